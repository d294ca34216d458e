"""The words of reports: statuses, severities, who must act, how long it takes, and facts' values for people.

Plain English for readers who have never heard of SPF. A thing that could not be determined is never called an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rules.results import EFFORTS, SEVERITIES, Change, Finding, Result

__all__ = [
    "ACTION_WORDS",
    "ANSWER_WORDS",
    "EFFORT_WORDS",
    "NOTE_SIGN",
    "NOTE_WORDS",
    "OWNER_NAMES",
    "OWNER_WORDS",
    "SEVERITY_WORDS",
    "STATUS_SIGNS",
    "STATUS_WORDS",
    "display_name",
    "first_sentence",
    "grade_words",
    "left_out_words",
    "listed",
    "observed_text",
    "order_of",
    "plural",
    "score_words",
    "time_words",
]

STATUS_WORDS: Final[Mapping[str, str]] = {
    "fail": "failed",
    "blocked": "blocked",
    "unknown": "could not be checked",
    "pass": "passed",
    "waived": "waived",
    "not_applicable": "does not apply",
}

STATUS_SIGNS: Final[Mapping[str, str]] = {
    "fail": "✗",
    "blocked": "⊘",
    "unknown": "?",
    "pass": "✓",
    "waived": "~",
    "not_applicable": "–",
}
"""A shape each, so that colour is never the only difference."""

NOTE_WORDS: Final = "to consider"
"""What a failure for information is called: it costs nothing."""
NOTE_SIGN: Final = "i"

SEVERITY_WORDS: Final[Mapping[str, str]] = {
    "critical": "critical: mail is lost or anyone can forge it",
    "high": "high: much mail is at risk",
    "medium": "medium: some mail is at risk, or protection is weak",
    "low": "low: good practice",
    "info": "for information: does not count",
}

OWNER_WORDS: Final[Mapping[str, str]] = {
    "dns": "whoever manages the domain's DNS",
    "tenant": "an administrator of the Microsoft 365 tenant",
    "registrar": "whoever manages the domain at its registrar",
    "gateway": "whoever runs the mail gateway",
    "sender": "whoever runs the service that sends the mail",
    "provider": "the provider; nobody on your side can do it",
}

OWNER_NAMES: Final[Mapping[str, str]] = {
    "dns": "DNS admin",
    "tenant": "Microsoft 365 admin",
    "registrar": "Registrar",
    "gateway": "Mail gateway",
    "sender": "Sending services",
    "provider": "Provider",
}
"""Short, for a column of a list."""

EFFORT_WORDS: Final[Mapping[str, str]] = {
    "minutes": "takes minutes",
    "hours": "takes hours",
    "days": "takes days",
    "weeks": "takes weeks",
}

ACTION_WORDS: Final[Mapping[str, str]] = {"add": "Add", "replace": "Replace", "delete": "Delete"}

ANSWER_WORDS: Final[Mapping[str, str]] = {
    "NOERROR": "answered",
    "NODATA": "no such record at this name",
    "NXDOMAIN": "the name does not exist",
    "SERVFAIL": "the server could not answer (SERVFAIL)",
    "REFUSED": "the server refused to answer (REFUSED)",
    "TIMEOUT": "no answer in time (TIMEOUT)",
    "MALFORMED": "the answer could not be understood (MALFORMED)",
    "NOT_RECORDED": "not in the recorded evidence (NOT_RECORDED)",
}


_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"“])")
_MOMENT: Final = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})T(?P<clock>[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)?(?:Z|\+00:00)",
    re.ASCII,
)
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def order_of(item: Finding | Change) -> tuple[int, int]:
    """What to do first: severity, then effort. Python's sort keeps the order of equals."""
    effort = item.effort if isinstance(item, Change) else item.fix.effort if item.fix else "weeks"
    return SEVERITIES.index(item.severity), EFFORTS.index(effort)


def first_sentence(text: str) -> str:
    """`text` up to the end of its first sentence."""
    return _SENTENCE_END.split(text.strip(), maxsplit=1)[0]


def time_words(moment: str) -> str:
    """`21 November 2026, 09:00:02 UTC` for a time in RFC 3339 at UTC; anything else as it is."""
    found = _MOMENT.fullmatch(moment)
    if not found or not 1 <= int(found["month"]) <= 12:
        return moment
    return f"{int(found['day'])} {_MONTHS[int(found['month']) - 1]} {found['year']}, {found['clock']} UTC"


def listed(pieces: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, [", ".join(pieces[:-1]), pieces[-1]])) if pieces else ""


def plural(number: int, one: str, many: str = "") -> str:
    """`1 record`, `2 records`; thousands with commas."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def display_name(result: Result) -> str:
    """The domain, with its form in A-labels behind it where people write it otherwise."""
    if result.unicode and result.unicode != result.domain:
        return f"{result.unicode} ({result.domain})"
    return result.domain


def grade_words(result: Result) -> str:
    """The grade in a few words: `B`, `between D and B`, `not graded`."""
    if result.grade == "?":
        return f"between {result.grade_low} and {result.grade_high}"
    return "not graded" if result.grade == "-" else result.grade


def score_words(result: Result) -> str:
    """The score in a few words: `82 of 100`, `64 to 82 of 100`, `no score`."""
    score = result.score
    if score.low is None or score.high is None:
        return "no score"
    if score.low == score.high:
        return f"{score.low} of 100"
    return f"{score.low} to {score.high} of 100"


def observed_text(value: Any, depth: int = 4) -> str:
    """A fact's value in document form for people: `none`, `yes`, `a, b`, `host: x, preference: 10; host: y ...`.

    Keys are sorted, so that a stored report reads as the scan did. Unknown values come with their reason. Deeper than `depth` it is told only that there is more.
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value or "(empty)"
    if isinstance(value, int | float):
        return f"{value}"
    if depth == 0:
        return "(more)"
    if isinstance(value, Mapping):
        if set(value) == {"unknown"}:
            return f"could not be determined: {value['unknown']}"
        return (
            ", ".join(f"{key}: {observed_text(inner, depth - 1)}" for key, inner in sorted(value.items()))
            or "(nothing)"
        )
    if isinstance(value, list | tuple):
        separator = "; " if any(isinstance(inner, Mapping) and "unknown" not in inner for inner in value) else ", "
        return separator.join(observed_text(inner, depth - 1) for inner in value) or "none (an empty list)"
    return str(value)


def left_out_words(result: Result) -> str:
    """What a compact result does not have, as a sentence; "" of a whole one."""
    if not result.left_out:
        return ""
    return (
        f"Made of a compact result, which leaves out {', '.join(result.left_out[:-1])} and {result.left_out[-1]}."
        " Scan again without --compact for them."
    )
