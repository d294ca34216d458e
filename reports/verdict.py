"""The verdict: what a domain's state means for its mail, for a reader who knows no acronym.

First the consequence, then, in brackets, the name under which an expert looks it up. Consequences are told of
findings that failed for certain, by the facts that these saw; a failure that no sentence here covers is told by
the rule's own `why`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from reports.publish import Publication
from reports.words import order_of, plural
from rules.results import EFFORTS, DomainResult, Finding, RuleText

__all__ = ["Verdict", "verdict"]

_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_MOST: Final = 3
"""More consequences than this are not read; the findings have the rest."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`headline` is one sentence with the grade's meaning; `consequences` what goes wrong; `remedy` what it takes."""

    headline: str
    consequences: tuple[str, ...]
    remedy: str


@dataclass(frozen=True, slots=True)
class _Consequence:
    """A sentence for failures of a subject where `holds` is true of the facts that the finding saw."""

    subject: str
    holds: Callable[[Mapping[str, Any]], bool]
    text: str


def _is(fact: str, *expected: Any) -> Callable[[Mapping[str, Any]], bool]:
    return lambda seen: fact in seen and seen[fact] in expected


def _any(fact: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda seen: isinstance(seen.get(fact), list | tuple) and bool(seen[fact])


def _either(*tests: Callable[[Mapping[str, Any]], bool]) -> Callable[[Mapping[str, Any]], bool]:
    return lambda seen: any(test(seen) for test in tests)


def _several(fact: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda seen: isinstance(seen.get(fact), list | tuple) and len(seen[fact]) > 1


def _no_live_key(seen: Mapping[str, Any]) -> bool:
    listed = seen.get("dkim.selectors")
    states = [value for name, value in seen.items() if name.startswith("dkim.") and name.endswith(".key_status")]
    if isinstance(listed, list | tuple):
        states += [selector.get("key_status") for selector in listed if isinstance(selector, Mapping)]
        if not listed:
            return True
    return bool(states) and all(state in ("none", "revoked", "invalid") for state in states)


# One a subject is told, the first that holds.
_CONSEQUENCES: Final = (
    _Consequence(
        "domain", _is("domain.exists", False), "{domain} does not exist in DNS, so nobody can send mail to it."
    ),
    _Consequence("mx", _is("mx.status", "none"), "Mail to {domain} has no server to go to (there is no MX record)."),
    _Consequence(
        "mx",
        _is("mx.status", "null_mx"),
        "{domain} tells the world that it accepts no mail (its only MX is the null MX).",
    ),
    _Consequence(
        "mx",
        _any("mx.unresolvable_hosts"),
        "Some servers named for mail to {domain} do not exist, so mail is late or lost (MX).",
    ),
    _Consequence(
        "mx",
        _any("mx.leftovers"),
        "Part of the mail to {domain} can still be delivered to servers of another provider (MX).",
    ),
    _Consequence(
        "dmarc",
        _either(_is("dmarc.status", "none"), _is("dmarc.found_at", None)),
        "Anyone can send mail that looks as if it came from {domain}, and receivers are not told to refuse it (no DMARC record).",
    ),
    _Consequence(
        "dmarc",
        _is("dmarc.status", "invalid"),
        "Anyone can send mail that looks as if it came from {domain}: what it publishes against that cannot be read (DMARC).",
    ),
    _Consequence(
        "dmarc",
        _is("dmarc.applied_policy", "none"),
        "Anyone can send mail that looks as if it came from {domain}, and receivers are told to deliver it (DMARC policy none).",
    ),
    _Consequence(
        "spf",
        _either(_is("spf.status", "none"), _is("spf.records", [], ())),
        "{domain} does not say which servers may send its mail, so receivers cannot tell it from forgeries (no SPF record).",
    ),
    _Consequence(
        "spf",
        _is("spf.status", "permerror"),
        "Receivers cannot use the list of servers that may send for {domain}, so its own mail looks forged (SPF).",
    ),
    _Consequence(
        "spf",
        _several("spf.records"),
        "{domain} publishes several lists of the servers that may send for it, so receivers use none of them and its own mail looks forged (SPF).",
    ),
    _Consequence(
        "spf",
        _is("spf.over_limit", True),
        "The list of servers that may send for {domain} is too long for receivers to read to its end, so its own mail looks forged (SPF).",
    ),
    _Consequence(
        "spf",
        _is("spf.authorises_m365", False),
        "Mail that Microsoft 365 sends for {domain} looks forged to receivers (SPF does not name it).",
    ),
    _Consequence(
        "spf", _is("spf.all", "pass"), "{domain} says that every server on the internet may send its mail (SPF +all)."
    ),
    _Consequence(
        "dkim",
        _no_live_key,
        "Mail from {domain} carries no valid signature, so receivers cannot tell whether it was changed or forged (DKIM).",
    ),
)

_HEADLINES: Final[Mapping[str, tuple[str, str]]] = {
    "A": ("Mail for {domain} is set up well.", "Mail for {domain} is set up well; a few points can still be better."),
    "B": ("Mail for {domain} is in good order.", "Mail for {domain} works, but something in it is worth mending soon."),
    "C": (
        "Mail for {domain} works with gaps.",
        "Mail for {domain} works, but has gaps that put delivery or its good name at risk.",
    ),
    "D": ("Mail for {domain} has a serious fault.", "Mail for {domain} has a serious fault that should be mended now."),
    "F": ("Mail for {domain} is not set up.", "Mail for {domain} is not set up as it has to be."),
}


def verdict(result: DomainResult, rules: Mapping[str, RuleText], publication: Publication) -> Verdict:
    """The first paragraph of every report on a domain."""
    failures = sorted((f for f in result.findings if f.status == "fail"), key=order_of)
    faulty = any(finding.severity != "info" for finding in failures)
    return Verdict(_headline(result, faulty), _consequences(result, failures, rules), _remedy(publication))


def _headline(result: DomainResult, failing: bool) -> str:
    domain = result.unicode or result.domain
    unknown = sum(f.status == "unknown" for f in result.findings)
    if result.grade == "-":
        words = f"Nothing about {domain} could be graded"
        return (
            f"{words}: {plural(unknown, 'check')} could not be completed." if unknown else f"{words}: no check applies."
        )
    if result.grade == "?":
        return (
            f"No grade can be given for {domain} yet: {plural(unknown, 'check')} could not be completed, "
            f"and the grade lies between {result.grade_low} and {result.grade_high}."
        )
    calm, worried = _HEADLINES.get(result.grade, _HEADLINES["F"])
    return (worried if failing else calm).replace("{domain}", domain)


def _consequences(result: DomainResult, failures: list[Finding], rules: Mapping[str, RuleText]) -> tuple[str, ...]:
    domain = result.unicode or result.domain
    told: dict[str, str] = {}
    quiet = {"mx"} if _wants_no_mail(result) else set()
    for finding in failures:
        if len(told) == _MOST or finding.severity in {"low", "info"}:
            break
        subjects = {name.partition(".")[0] for name in finding.observed} - quiet
        fitting = next((c for c in _CONSEQUENCES if c.subject in subjects and c.holds(finding.observed)), None)
        key = fitting.subject if fitting else _subject_of(finding)
        if key in told:
            continue
        told[key] = fitting.text.replace("{domain}", domain) if fitting else _why(finding, rules)
    return tuple(told.values())


def _wants_no_mail(result: DomainResult) -> bool:
    """Of a domain that is to receive no mail, sentences about mail that does not arrive are beside the point."""
    profile = result.facts.get("profile")
    return result.profile == "parked" or (isinstance(profile, Mapping) and profile.get("inbound") == "none")


def _subject_of(finding: Finding) -> str:
    subjects = [name.partition(".")[0] for name in sorted(finding.observed)]
    return next((s for s in subjects if s not in {"domain", "profile", "m365"}), finding.rule)


def _why(finding: Finding, rules: Mapping[str, RuleText]) -> str:
    text = rules[finding.rule].why.strip() if finding.rule in rules else ""
    return _SENTENCE_END.split(text, maxsplit=1)[0] or finding.message


def _remedy(publication: Publication) -> str:
    records = [EFFORTS.index(record.effort) for record in publication.records]
    others = [EFFORTS.index(task.effort) if task.effort else 0 for task in publication.others]
    steps = []
    if records:
        steps.append(f"{plural(len(records), 'change')} in DNS ({EFFORTS[max(records)]})")
    if others:
        steps.append(f"{plural(len(others), 'thing')} without a record to paste ({EFFORTS[max(others)]})")
    return f"What it takes: {' and '.join(steps)}." if steps else ""
