"""The verdict: what a domain's state means for its mail, for a reader who knows no acronym.

First the consequence, then, in brackets, the name under which an expert looks it up. Consequences are told of
findings that failed for certain, by the facts that these saw; a failure that no sentence here covers is told by
its own message.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reports.kinds import Kind, kind_of
from reports.steps import Step
from reports.words import first_sentence, listed, order_of, plural
from rules.results import EFFORTS, Effort, Finding, Owner, Result

__all__ = ["Verdict", "verdict"]

_WHOSE: Final[Mapping[Owner, str]] = {
    "dns": "whoever manages the DNS",
    "tenant": "an administrator of Microsoft 365",
    "registrar": "the registrar",
    "gateway": "whoever runs the mail gateway",
    "provider": "the provider",
}
_MOST: Final = 3
"""More consequences than this are not read; the findings have the rest."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`headline` is one sentence with the grade's meaning; `consequences` what goes wrong and what could not be read, or
    else what is right; `remedy` what mending takes.
    """

    headline: str
    consequences: tuple[str, ...]
    remedy: str


@dataclass(frozen=True, slots=True)
class _Consequence:
    """A sentence for failures of a subject where `holds` is true of the facts that the finding saw; `without_mail` is told
    of a domain that is to receive none.
    """

    subject: str
    holds: Callable[[Mapping[str, Any]], bool]
    text: str
    without_mail: str = ""


def _is(fact: str, *expected: Any) -> Callable[[Mapping[str, Any]], bool]:
    return lambda seen: fact in seen and seen[fact] in expected


def _any(fact: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda seen: isinstance(seen.get(fact), list | tuple) and bool(seen[fact])


def _either(*tests: Callable[[Mapping[str, Any]], bool]) -> Callable[[Mapping[str, Any]], bool]:
    return lambda seen: any(test(seen) for test in tests)


def _several(fact: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda seen: isinstance(seen.get(fact), list | tuple) and len(seen[fact]) > 1


def _no_live_key_of_microsoft(seen: Mapping[str, Any]) -> bool:
    return _no_live_key(seen) and {"dkim.selector1.key_status", "dkim.selector2.key_status"} <= seen.keys()


def _no_host(seen: Mapping[str, Any]) -> bool:
    """No MX host has an address; where one could not be looked up, that is not known."""
    records = seen.get("mx.records")
    return (
        isinstance(records, list | tuple)
        and bool(records)
        and all(isinstance(record, Mapping) and record.get("resolves") is False for record in records)
    )


def _with_code(fact: str, *codes: str) -> Callable[[Mapping[str, Any]], bool]:
    def test(seen: Mapping[str, Any]) -> bool:
        problems = seen.get(fact)
        return isinstance(problems, list | tuple) and any(
            isinstance(problem, Mapping) and problem.get("code") in codes for problem in problems
        )

    return test


def _no_live_key(seen: Mapping[str, Any]) -> bool:
    listed = seen.get("dkim.selectors")
    states = [value for name, value in seen.items() if name.startswith("dkim.") and name.endswith(".key_status")]
    if isinstance(listed, list | tuple):
        states += [selector.get("key_status") for selector in listed if isinstance(selector, Mapping)]
        if not listed:
            return True
    return bool(states) and all(state in ("none", "revoked", "invalid") for state in states)


_BROKEN_INCLUDE: Final = (
    "include_without_record",
    "include_not_found",
    "include_not_valid",
    "redirect_without_record",
)

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
        _no_host,
        "Mail to {domain} comes back: none of the servers named for it has an address (MX).",
    ),
    _Consequence(
        "mx",
        _is("mx.primary_kind", "other", "google", "mixed", "gateway"),
        "Mail to {domain} does not arrive where it is expected: its first server is of another mail system (MX).",
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
        "Nothing says that {domain} sends no mail, so forgeries in its name are hard to tell (no SPF record).",
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
        _with_code("spf.problems", *_BROKEN_INCLUDE),
        "{domain}'s list of permitted senders counts on a name that is gone or broken, so receivers cannot use the list and its own mail looks forged (SPF).",
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
        _no_live_key_of_microsoft,
        "Mail that Microsoft 365 sends for {domain} carries no signature that anybody could verify, so it is taken for forged once it is forwarded (DKIM).",
    ),
    _Consequence(
        "dkim",
        _no_live_key,
        "Mail from {domain} carries no valid signature, so receivers cannot tell whether it was changed or forged (DKIM).",
    ),
)


def verdict(result: Result, steps: Sequence[Step]) -> Verdict:
    """The first paragraph of every report on a domain."""
    failures = sorted((f for f in result.findings if f.status == "fail"), key=order_of)
    faulty = any(finding.severity != "info" for finding in failures)
    said = _consequences(result, failures) + _open_matters(result)
    return Verdict(_headline(result, faulty), said or _strengths(result), _remedy(steps, kind_of(result)))


def _headline(result: Result, failing: bool) -> str:
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
    calm, worried = kind_of(result).headlines[result.grade if result.grade in kind_of(result).headlines else "F"]
    return (worried if failing else calm).replace("{domain}", domain)


def _consequences(result: Result, failures: list[Finding]) -> tuple[str, ...]:
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
        words = (fitting.without_mail if quiet and fitting.without_mail else fitting.text) if fitting else ""
        told[key] = words.replace("{domain}", domain) or first_sentence(finding.message)
    return tuple(told.values())


def _wants_no_mail(result: Result) -> bool:
    """Of a domain that is to receive no mail, sentences about mail that does not arrive are beside the point."""
    profile = result.facts.get("profile")
    return result.profile == "parked" or (isinstance(profile, Mapping) and profile.get("inbound") == "none")


def _subject_of(finding: Finding) -> str:
    subjects = [name.partition(".")[0] for name in sorted(finding.observed)]
    return next((s for s in subjects if s not in {"domain", "profile", "m365"}), finding.rule)


def _strengths(result: Result) -> tuple[str, ...]:
    """What is right, of a domain in which nothing of weight is wrong."""
    domain = result.unicode or result.domain
    if _wants_no_mail(result):
        if not all(_all_pass(result, subject) for subject in ("MX", "SPF", "DMARC")):
            return ()
        return (
            f"{domain} neither sends nor receives mail, and says so: mail that pretends to come from it is refused.",
        )
    held = listed([words for subject, words in kind_of(result).strengths.items() if _all_pass(result, subject)])
    return (f"{held[:1].upper()}{held[1:]}.",) if held else ()


def _all_pass(result: Result, subject: str) -> bool:
    counted = [f.status for f in result.findings if f.rule.partition("-")[0] == subject and f.severity != "info"]
    return "pass" in counted and not {"fail", "blocked", "unknown"}.intersection(counted)


def _open_matters(result: Result) -> tuple[str, ...]:
    """What could not be read, in words for people; nothing where it is of no subject that has words."""
    unknown = {f.rule.partition("-")[0] for f in result.findings if f.status == "unknown" and f.severity != "info"}
    matters = [words for subject, words in kind_of(result).matters.items() if subject in unknown]
    if not matters:
        return ()
    return (kind_of(result).open_matters.replace("{matters}", listed(matters)),)


def _remedy(steps: Sequence[Step], kind: Kind) -> str:
    """How many steps, whose, and how long the longest of each owner's takes."""
    jobs = [step for step in steps if step.owners and step.severity != "info"]
    if not jobs:
        return ""
    longest: dict[Owner, Effort] = {}
    number: Counter[Owner] = Counter()
    for step in jobs:
        owner, effort = step.owners[-1], step.effort or "minutes"
        number[owner] += 1
        longest[owner] = max(longest.get(owner, effort), effort, key=EFFORTS.index)
    if len(longest) == 1:
        ((owner, effort),) = longest.items()
        many = "One step mends this," if len(jobs) == 1 else f"{plural(len(jobs), 'step')} mend this, all"
        return f"{many} for {kind.whose(owner, _WHOSE)} ({effort})."
    shares = [f"{number[owner]} for {kind.whose(owner, _WHOSE)} ({effort})" for owner, effort in longest.items()]
    return f"{plural(len(jobs), 'step')} mend this: {listed(shares)}."
