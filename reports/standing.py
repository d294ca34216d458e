"""How a grade comes about, for a reader: what holds it, what is within reach, and how each subject stands.

Told from the findings by the same weights and letters as the score (DESIGN: score). A subject's score takes the checks
of that subject alone, so that the subjects' lost weight adds up to that of the domain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from rules.results import CAPS, LETTERS, WEIGHTS, Finding, Result, RuleText

__all__ = ["SUBJECTS", "Standing", "Subject", "letter", "standing", "subjects"]

SUBJECTS: Final[Mapping[str, str]] = {
    "DOMAIN": "Domain and DNS",
    "DNS": "Domain and DNS",
    "MX": "Receiving mail (MX)",
    "SPF": "Permitted senders (SPF)",
    "DKIM": "Signatures (DKIM)",
    "DMARC": "Answer to forgery (DMARC)",
    "HOST": "Server",
    "NET": "Network",
    "TLS": "Encryption (TLS)",
    "AUTH": "Signing in (AUTH)",
    "APP": "Settings",
    "SEND": "Sending",
}
"""What the rules whose id begins so look at, in the order in which mail meets it. Other beginnings stand for themselves."""

_TOLD: Final = (
    ("fail", "failed"),
    ("blocked", "waiting"),
    ("unknown", "not checked"),
    ("pass", "passed"),
    ("note", "to consider"),
)
_NEXT_BETTER: Final = {"F": "D", "D": "C", "C": "B", "B": "A"}


@dataclass(frozen=True, slots=True)
class Standing:
    """Sentences: `held` says why the grade is no better, `reachable` what mending brings ("" where nothing is to say)."""

    held: str
    reachable: str
    reachable_letter: str


@dataclass(frozen=True, slots=True)
class Subject:
    """One subject: its score of 0 to 100 with every unknown taken as failed and as passed (None: nothing that counts
    was judged), and how many checks came out how, in words.
    """

    title: str
    low: int | None
    high: int | None
    words: str


def letter(points: int) -> str:
    """The letter of a score, without caps."""
    return next(name for least, name in LETTERS if points >= least)


def standing(result: Result, rules: Mapping[str, RuleText]) -> Standing:
    """Why the grade is what it is."""
    best = _reachable_letter(result)
    return Standing(_held(result, rules), _reachable(result, best), best)


def subjects(findings: Iterable[Finding]) -> tuple[Subject, ...]:
    """The subjects of which anything was judged, in the order of SUBJECTS, others behind."""
    found: dict[str, list[Finding]] = {title: [] for title in SUBJECTS.values()}
    for finding in findings:
        prefix = finding.rule.partition("-")[0]
        found.setdefault(SUBJECTS.get(prefix, prefix), []).append(finding)
    return tuple(
        _subject(title, of)
        for title, of in found.items()
        if any(finding.status not in ("not_applicable", "waived") for finding in of)
    )


def _subject(title: str, findings: list[Finding]) -> Subject:
    weight, number = Counter[str](), Counter[str]()
    for finding in findings:
        if finding.status in ("pass", "fail", "blocked", "unknown"):
            weight[finding.status] += WEIGHTS[finding.severity]
            number["note" if finding.status == "fail" and finding.severity == "info" else finding.status] += 1
    total = sum(weight.values())
    words = [f"{number[status]} {told}" for status, told in _TOLD if number[status]]
    low = _share(weight["pass"], total)
    high = _share(weight["pass"] + weight["unknown"], total)
    return Subject(title, low, high, ", ".join(words))


def _share(gained: int, total: int) -> int | None:
    """S of the score, rounded half up."""
    return (200 * gained + total) // (2 * total) if total else None


def _held(result: Result, rules: Mapping[str, RuleText]) -> str:
    score, grade = result.score, result.grade
    if score.low is None or score.high is None or grade == "-":
        return ""
    if grade == "?":
        return (
            f"If all checks that could not be completed pass, the score is {score.high} (grade {result.grade_high}); "
            f"if they fail, {score.low} (grade {result.grade_low})."
        )
    if score.low == 100:
        return ""
    alone, capping = letter(score.low), _capping(result)
    points = f"{score.low}" if score.low == score.high else f"{score.low} to {score.high}"
    cause = _cause(capping, rules)
    if result.cap_by and alone < grade:
        return f"{points} points alone would be {_a(alone)}. {cause} the grade at {grade}."
    if grade == "A":
        return "What is left weighs too little to cost the A."
    least = next(points for points, name in LETTERS if name == _NEXT_BETTER[grade])
    told = f"{points} points are {_a(grade)}; {_a(_NEXT_BETTER[grade])} begins at {least}."
    cap = max((CAPS[finding.severity] for finding in capping), default="")
    return (
        f"{told} As long as a {capping[0].severity} check fails, no more than {_a(cap)} is possible." if cap else told
    )


def _capping(result: Result) -> list[Finding]:
    """The failures that hold the grade down, those that the score names, or else those of the worst cap."""
    failed = [f for f in result.findings if f.status == "fail"] or _failed(result)
    named = [finding for finding in failed if finding.rule in result.cap_by]
    worst = max((CAPS[finding.severity] for finding in failed), default="")
    return named or [finding for finding in failed if worst and CAPS[finding.severity] == worst]


def _failed(result: Result) -> list[Finding]:
    return [finding for finding in result.findings if finding.status in ("fail", "blocked")]


def _cause(capping: list[Finding], rules: Mapping[str, RuleText]) -> str:
    """The beginning of a sentence that says who holds the grade."""
    if not capping:
        return "A check that failed holds"
    first = capping[0]
    title = rules[first.rule].title if first.rule in rules else first.rule
    if len(capping) == 1:
        return f"One {first.severity} check that failed ({first.rule}, “{title}”) holds"
    return f"{len(capping)} {first.severity} checks that failed (first {first.rule}, “{title}”) hold"


def _reachable(result: Result, best: str) -> str:
    score = result.score
    if score.low is None or score.reachable is None or result.grade in ("-", "?"):
        return ""
    if score.reachable <= score.low:
        return "" if score.low == 100 else "Nothing that your side can mend would change the score."
    return f"With everything below mended the score is {score.reachable}, grade {best}."


def _reachable_letter(result: Result) -> str:
    """The letter of the reachable score, held by what only a provider can mend."""
    if result.score.reachable is None:
        return ""
    held = [f for f in _failed(result) if f.fix is not None and f.fix.owner == "provider"]
    caps = [CAPS[f.severity] for f in held] + [result.grade_low for f in held if f.rule in result.cap_by]
    return max([letter(result.score.reachable), *caps])


def _a(name: str) -> str:
    """The letter with its article."""
    return f"an {name}" if name in "AF" else f"a {name}"
