"""What a list of domains comes to: light rows and counts, gathered one result at a time in bounded memory.

Counts are of all domains. Of a very long list only the worst rows are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from reports.escape import visible
from reports.words import display_name, grade_words, order_of, score_words
from rules.results import DomainResult, Finding, Report, RuleText

__all__ = ["Row", "Summary", "first_to_fix", "row_of", "summary_of"]

_GRADE_ORDER = {"F": 0, "D": 1, "C": 2, "?": 3, "B": 4, "A": 5, "-": 6}
_LONGEST_CELL = 140


@dataclass(frozen=True, slots=True)
class Row:
    """A domain in a list. `first` is the first thing to fix, "" if nothing failed; `link` is relative, "" if no page."""

    domain: str
    name: str
    client: str
    ticket: str
    grade: str
    grade_words: str
    score_words: str
    rank: tuple[int, int, str, str]
    failed: int
    unknown: int
    first: str
    link: str


@dataclass(slots=True)
class Summary:
    """Counts and rows so far; results may come in any order."""

    most: int = 5000
    domains: int = 0
    failing: int = 0
    by_grade: Counter[str] = field(default_factory=Counter)
    by_rule: Counter[str] = field(default_factory=Counter)
    kept: list[Row] = field(default_factory=list)

    def add(self, result: DomainResult, link: str = "") -> None:
        """Counts one domain; `link` is where its page is, relative to the index."""
        failed = {f.rule for f in result.findings if f.status == "fail" and f.severity != "info"}
        self.domains += 1
        self.failing += bool(failed)
        self.by_grade[result.grade] += 1
        self.by_rule.update(failed)
        self.kept.append(row_of(result, link))
        if len(self.kept) >= 2 * self.most:
            self.kept = self.worst(self.most)

    def worst(self, number: int) -> list[Row]:
        """At most `number` rows, worst first: F, D, C, what could not be graded, B, A, what had nothing to grade."""
        return sorted(self.kept, key=lambda row: row.rank)[: min(number, self.most)]

    def grades(self) -> list[tuple[str, int]]:
        """How many domains have which grade, best first; A to F always, "?" and "-" where there are any."""
        found = [(grade, self.by_grade[grade]) for grade in ("A", "B", "C", "D", "F", "?", "-")]
        return [(grade, number) for grade, number in found if number or grade in "ABCDF"]

    def common_failures(self, rules: Mapping[str, RuleText], most: int = 10) -> list[tuple[str, str, int]]:
        """The rules that fail most often: id, title, number of domains."""
        ordered = sorted(self.by_rule.items(), key=lambda item: (-item[1], item[0]))
        return [(rule, rules[rule].title if rule in rules else rule, number) for rule, number in ordered[:most]]


def row_of(result: DomainResult, link: str = "") -> Row:
    """The light row of one domain."""
    low = result.score.low
    return Row(
        domain=result.domain,
        name=_short(display_name(result)),
        client=_short(result.client),
        ticket=_short(result.ticket),
        grade=result.grade,
        grade_words=grade_words(result),
        score_words=score_words(result),
        rank=(_GRADE_ORDER.get(result.grade, 3), 101 if low is None else low, result.domain, result.client),
        failed=sum(finding.status == "fail" for finding in result.findings),
        unknown=sum(finding.status == "unknown" for finding in result.findings),
        first=_short(first_to_fix(result)),
        link=link,
    )


def first_to_fix(result: DomainResult) -> str:
    """The message of the failure to mend first; "" if nothing failed that counts."""
    failed: list[Finding] = sorted(
        (f for f in result.findings if f.status == "fail" and f.severity != "info"), key=order_of
    )
    return failed[0].message if failed else ""


def summary_of(report: Report) -> Summary:
    """The summary of a whole report, without links."""
    summary = Summary()
    for result in report.domains:
        summary.add(result)
    return summary


def _short(text: str) -> str:
    shown = visible(text[: _LONGEST_CELL + 1])
    return shown if len(shown) <= _LONGEST_CELL else shown[: _LONGEST_CELL - 1] + "…"
