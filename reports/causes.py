"""Why checks could not be completed: grouped by what went wrong with the questions, with what to try.

One silent server holds up many checks; a reader needs it told once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reports.words import ANSWER_WORDS
from rules.results import Finding, QueryRecord, Result

__all__ = ["KNOWN", "TRY_WORDS", "Cause", "causes"]

KNOWN: Final = frozenset({"NOERROR", "NODATA", "NXDOMAIN"})
"""Outcomes by which a question is answered; all others leave it open."""

TRY_WORDS: Final[Mapping[str, str]] = {
    "SERVFAIL": "The name servers of the zone gave the resolver no usable answer: they are down, do not serve the zone, "
    "or its DNSSEC signatures do not verify. Ask each of them directly, look at the zone with its host, then scan again.",
    "REFUSED": "The server does not answer this question for us. Ask through another resolver (--resolver), and see with "
    "the host of the zone whether its name servers still serve it; then scan again.",
    "TIMEOUT": "Nothing came back in time. Scan again; if it stays so, ask through another resolver (--resolver): if that "
    "one gets no answer either, the zone's name servers are down or behind a firewall that drops UDP or TCP port 53.",
    "MALFORMED": "What came back is no usable DNS answer. A firewall, a filter or a captive portal on the way may have "
    "changed it: scan from another network or through another resolver (--resolver). If it stays so, tell the zone's host.",
    "NOT_RECORDED": "The recorded evidence has no line for this question. Scan live, or record again with --record; if the "
    "evidence holds everything that exists, say so by --missing nodata.",
}
_BY_REASON: Final = (
    (
        "SERVFAIL",
        re.compile(r"dnssec|bogus|rrsig|signature|\bEDE:? ?(?:[5-9]|1[0-2]|27)\b", re.IGNORECASE),
        "The DNSSEC signatures of the zone do not verify, so that every resolver that checks them gives no answer. Have the "
        "zone signed again, or the DS record at the registrar corrected or removed; then scan again.",
    ),
    (
        "SERVFAIL",
        re.compile(r"reached no name server|no name server of the zone|no reachable authority", re.IGNORECASE),
        "All name servers of the zone are down, cannot be reached, or do not know the zone (a lame delegation). Compare the "
        "name servers at the registrar with those of the DNS host; then scan again.",
    ),
    (
        "REFUSED",
        re.compile(r"blocked|censored|filtered|prohibited", re.IGNORECASE),
        "A filter of the resolver stands in the place of the answer. Ask a resolver without a filter (--resolver).",
    ),
    (
        "TIMEOUT",
        re.compile(r"cannot be reached"),
        "Nothing listens at the resolver's address, or there is no way to it. Check the address and the network.",
    ),
    (
        "TIMEOUT",
        re.compile(r"not answered within"),
        "The time for the domain was over. Give it more (--timeout), another resolver (--resolver), or in a list a lower "
        "--concurrency.",
    ),
    (
        "TIMEOUT",
        re.compile(r"over TCP"),
        "The answer needs TCP, and TCP failed. Open TCP port 53 towards the resolver, or ask another one (--resolver).",
    ),
    (
        "MALFORMED",
        re.compile(r"cannot exist|captive"),
        "The resolver makes answers up, as a captive portal does. Sign in to the network, or ask another resolver "
        "(--resolver).",
    ),
    (
        "MALFORMED",
        re.compile(r"denies example|a referral|neither resolves nor"),
        "The server asked is no resolver for public names. Give the address of one (--resolver).",
    ),
    (
        "MALFORMED",
        re.compile(r"CNAME loop|CNAMEs in a row|more than [0-9]+ CNAMEs|CNAME records at one name"),
        "The aliases at this name lead in a circle, too far, or to several places, so no receiver finds the end. Correct the "
        "CNAME records that the evidence shows; then scan again.",
    ),
)
"""What to try where the reason tells more than the status (docs/live.md), the first that fits."""
_OTHER: Final = "See what each of these checks says, and scan again."
_OF_SENDING: Final = "Try again, and from another network: what differs between the two tells who is at fault."
_SENDING: Final = frozenset({"SMTP", "SETTING"})
"""Types of what is no question to DNS: sessions and settings."""
_PLAIN_NAME: Final = re.compile(r"[a-z0-9_*-]+(?:\.[a-z0-9_-]+)*\.?", re.IGNORECASE)
_PLAIN_TYPE: Final = re.compile(r"[A-Z0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class Cause:
    """`title` says what went wrong; `questions` are those without an answer, by their place among the answers;
    `findings` what they hold up; `command` asks the first of them by hand ("" where its name is no plain one).
    """

    title: str
    status: str
    server: str
    reason: str
    questions: tuple[tuple[int, QueryRecord], ...]
    findings: tuple[Finding, ...]
    advice: str
    command: str


def causes(result: Result) -> tuple[Cause, ...]:
    """The causes of all findings that are unknown, the one that holds up most first. One finding may have several."""
    unknown = {f.rule: f for f in result.findings if f.status == "unknown"}
    questions: dict[tuple[str, str, str], dict[int, QueryRecord]] = {}
    held: dict[tuple[str, str, str], dict[str, Finding]] = {}
    for finding in unknown.values():
        open_ = _open_questions(finding, unknown, result.answers)
        keys = {(query.status, query.server, query.reason) for _, query in open_} or {("", "", _reason(finding))}
        for key in keys:
            held.setdefault(key, {})[finding.rule] = finding
        for index, query in open_:
            questions.setdefault((query.status, query.server, query.reason), {})[index] = query
    found = [_cause(key, questions.get(key, {}), tuple(of.values())) for key, of in held.items()]
    return tuple(sorted(found, key=lambda cause: (-len(cause.findings), cause.status, cause.server, cause.reason)))


def _open_questions(
    finding: Finding, unknown: Mapping[str, Finding], answers: Sequence[QueryRecord]
) -> list[tuple[int, QueryRecord]]:
    """The questions without an answer of a finding, or else of the one that it waits for."""
    seen: set[str] = set()
    while finding.rule not in seen:
        seen.add(finding.rule)
        at = [(index, answers[index]) for index in finding.evidence if 0 <= index < len(answers)]
        open_ = [(index, query) for index, query in at if query.status not in KNOWN]
        if open_:
            return open_
        finding = unknown.get(finding.blocked_by, finding)
    return []


def _reason(finding: Finding) -> str:
    reasons = sorted({r for value in finding.observed.values() for r in _reasons(value, 4)})
    return reasons[0] if reasons else ""


def _reasons(value: Any, depth: int) -> list[str]:
    if isinstance(value, Mapping):
        if set(value) == {"unknown"}:
            return [str(value["unknown"])]
        return [r for inner in value.values() for r in _reasons(inner, depth - 1)] if depth else []
    if isinstance(value, list | tuple):
        return [r for inner in value for r in _reasons(inner, depth - 1)] if depth else []
    return []


def _cause(key: tuple[str, str, str], questions: Mapping[int, QueryRecord], findings: tuple[Finding, ...]) -> Cause:
    status, server, reason = key
    words = ANSWER_WORDS.get(status, status)
    title = words[:1].upper() + words[1:] if words else "What is needed could not be determined"
    return Cause(
        title=title,
        status=status,
        server=server,
        reason=reason,
        questions=tuple(sorted(questions.items())),
        findings=findings,
        advice=_OF_SENDING if _is_of_sending(questions) else _advice(status, reason[:2000]),
        command=_command(questions, status),
    )


def _is_of_sending(questions: Mapping[int, QueryRecord]) -> bool:
    return any(query.type in _SENDING for query in questions.values())


def _advice(status: str, reason: str) -> str:
    fitting = (words for of, pattern, words in _BY_REASON if of == status and pattern.search(reason))
    return next(fitting, TRY_WORDS.get(status, _OTHER))


def _command(questions: Mapping[int, QueryRecord], status: str) -> str:
    first = questions[min(questions)] if questions else None
    if first is None or status == "NOT_RECORDED" or first.type in _SENDING:
        return ""
    plain = _PLAIN_NAME.fullmatch(first.name) and _PLAIN_TYPE.fullmatch(first.type) and not first.name.startswith("-")
    return f"dig {first.type} {first.name}" if plain else ""
