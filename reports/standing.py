"""How a grade comes about, for a reader: what holds it, what is within reach, and how each subject stands.

Told from the findings by the same weights and letters as the score (DESIGN: score). A subject's score takes the checks
of that subject alone, so that the subjects' lost weight adds up to that of the domain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from rules.results import CAPS, LETTERS, WEIGHTS, DomainResult, Finding, RuleText

__all__ = ["SUBJECTS", "Standing", "Subject", "letter", "standing", "subjects"]

SUBJECTS: Final[Mapping[str, str]] = {
    "DOMAIN": "Domain and DNS",
    "DNS": "Domain and DNS",
    "MX": "Receiving mail (MX)",
    "SPF": "Permitted senders (SPF)",
    "DKIM": "Signatures (DKIM)",
    "DMARC": "Answer to forgery (DMARC)",
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


def standing(result: DomainResult, rules: Mapping[str, RuleText]) -> Standing:
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


def _held(result: DomainResult, rules: Mapping[str, RuleText]) -> str:
    score, grade = result.score, result.grade
    if score.low is None or score.high is None or grade == "-":
        return ""
    if grade == "?":
        return (
            f"If all checks that could not be completed pass, the score is {score.high} (grade {result.grade_high}); "
            f"if they fail, {score.low} (grade {result.grade_low})."
        )
    alone = letter(score.low)
    cause = _cause(result, rules)
    if result.cap_by and alone < grade:
        return f"{score.low} points alone would be {_a(alone)}. {cause} holds the grade at {grade}."
    if grade == "A":
        return "" if score.low == 100 else "What is left weighs too little to cost the A."
    least = next(points for points, name in LETTERS if name == _NEXT_BETTER[grade])
    told = f"{_a(_NEXT_BETTER[grade], 'A')} begins at {least} points."
    capping = [name for name in (CAPS[f.severity] for f in _failed(result)) if name >= grade and name != ""]
    if capping and cause:
        told += f" As long as a {_heaviest(result)} check fails, the grade cannot be better than {max(capping)} in any case."
    return told


def _failed(result: DomainResult) -> list[Finding]:
    return [finding for finding in result.findings if finding.status in ("fail", "blocked")]


def _heaviest(result: DomainResult) -> str:
    return min((f.severity for f in _failed(result)), key=lambda severity: -WEIGHTS[severity])


def _cause(result: DomainResult, rules: Mapping[str, RuleText]) -> str:
    """Who holds the grade down, as the beginning of a sentence."""
    failed = {f.rule: f for f in _failed(result)}
    names = [rule for rule in result.cap_by if rule in failed] or [f.rule for f in failed.values() if CAPS[f.severity]]
    direct = [rule for rule in names if failed[rule].status == "fail"]
    if not names:
        return ""
    first = (direct or names)[0]
    title = rules[first].title if first in rules else first
    more = f" and {len(direct) - 1} more" if len(direct) > 1 else ""
    return f"A {failed[first].severity} check that failed (“{title}”, {first}{more})"


def _reachable(result: DomainResult, best: str) -> str:
    score = result.score
    if score.low is None or score.reachable is None or result.grade in ("-", "?"):
        return ""
    if score.reachable <= score.low:
        return "" if score.low == 100 else "Nothing that your side can mend would change the score."
    return f"With everything below mended the score is {score.reachable}, grade {best}."


def _reachable_letter(result: DomainResult) -> str:
    """The letter of the reachable score, held by what only a provider can mend."""
    if result.score.reachable is None:
        return ""
    held = [f for f in _failed(result) if f.fix is not None and f.fix.owner == "provider"]
    caps = [CAPS[f.severity] for f in held] + [result.grade_low for f in held if f.rule in result.cap_by]
    return max([letter(result.score.reachable), *caps])


def _a(name: str, article: str = "a") -> str:
    """The letter with its article: `an A`, `a B`."""
    return f"{article}n {name}" if name in "AF" else f"{article} {name}"
