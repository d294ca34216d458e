"""The index of a list: how many domains have which grade, what to mend first, every domain with its page, by client;
what could not be checked, rows that were skipped, waivers that met nothing.

Everything is in the page as it is written; its script only filters, sorts and regroups.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from reports.bars import grade_bar, share_bar
from reports.brand import Brand
from reports.kinds import DOMAIN, Kind
from reports.summary import LONGEST_CELL, Row, Summary
from reports.theme import render
from reports.words import plural
from rules.results import GRADES, Report

__all__ = ["MOST_ROWS", "USUAL_INDEX", "Group", "index_page", "index_pages"]

MOST_ROWS: Final = 5000
"""More rows than this no browser shows with pleasure; the worst stay."""

USUAL_INDEX: Final = 700_000
"""In octets, for a thousand rows or fewer; more rows may have as much each. What would be larger has shorter cells."""

PAGE_ROWS: Final = 1000
"""Rows of a page where the index may have several."""

_MOST_FAILURES: Final = 12
_LEAST_FAILURES: Final = 5
_MOST_CAUSES: Final = 12
_LENGTHS: Final = (LONGEST_CELL, 80, 40, 20)
"""How long a cell may be, in characters, in the attempts to stay within the size; tags and tickets go with the last."""

_LETTERS: Final = {grade: grade for grade in GRADES} | {"?": "open", "-": "none"}
GRADE_WORDS: Final[Mapping[str, str]] = {
    "A": "in order",
    "B": "nearly in order",
    "C": "needs work",
    "D": "serious faults",
    "F": "fails",
    "?": "not known yet",
    "-": "nothing to grade",
}
_WORST_FIRST: Final = "FDC?BA-"


@dataclass(frozen=True, slots=True)
class Group:
    """The domains of one client, worst first; `grades` counts all of them, also those without a row, worst first."""

    client: str
    rows: tuple[Row, ...]
    domains: int
    grades: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Pager:
    """Where a page of a long list stands: its number of so many, its first and last domain, and links to others."""

    number: int
    pages: int
    first: int
    last: int

    @property
    def links(self) -> tuple[tuple[int, str], ...]:
        """Numbers and names of the first, the neighbours, itself, and the last."""
        near = {1, self.number - 1, self.number, self.number + 1, self.pages}
        return tuple((number, page_name(number)) for number in sorted(near) if 1 <= number <= self.pages)


def page_name(number: int) -> str:
    """The file of a page of the index."""
    return "index.html" if number == 1 else f"index-{number}.html"


def index_page(summary: Summary, report: Report, brand: Brand | None = None) -> bytes:
    """The index as one HTML file in UTF-8; of `report` only the header is read."""
    return _fitting(summary, report, summary.worst(MOST_ROWS), brand, None)


def index_pages(
    summary: Summary, rows: Iterable[Row], report: Report, brand: Brand | None = None
) -> Iterator[tuple[str, bytes]]:
    """The index over as many files as its rows need, each with its name; `rows` are all of them, worst first."""
    pages = max(1, -(-summary.domains // PAGE_ROWS))
    rest = iter(rows)
    for number in range(1, pages + 1):
        shown = tuple(islice(rest, PAGE_ROWS))
        first = (number - 1) * PAGE_ROWS + 1
        pager = Pager(number, pages, first, first + len(shown) - 1) if pages > 1 else None
        yield page_name(number), _fitting(summary, report, shown, brand, pager)


def _fitting(summary: Summary, report: Report, rows: Sequence[Row], brand: Brand | None, pager: Pager | None) -> bytes:
    """The page with cells as long as its size allows."""
    largest = USUAL_INDEX * max(1000, len(rows)) // 1000
    page = b""
    for length in _LENGTHS:
        page = _page(summary, report, rows, brand, pager, length)
        if len(page) <= largest:
            break
    return page


def _page(
    summary: Summary, report: Report, rows: Sequence[Row], brand: Brand | None, pager: Pager | None, length: int
) -> bytes:
    grades = summary.grades()
    return render(
        "index_more.html" if pager and pager.number > 1 else "index.html",
        brand,
        summary=summary,
        kind=summary.kind,
        pager=pager,
        report=report,
        cut=length < LONGEST_CELL,
        headline=headline(summary),
        grades=grades,
        grade_words=GRADE_WORDS,
        bar=grade_bar(grades, _said(grades)),
        share_bar=share_bar,
        letters=_LETTERS,
        failures=summary.failures.costly(report.rules, _MOST_FAILURES, _LEAST_FAILURES),
        groups=_groups(summary, rows, length),
        shown=len(rows),
        clients=len([client for client in summary.by_client if client]),
        tags=any(row.tags or row.ticket for row in rows),
        causes=summary.causes.first(_MOST_CAUSES),
    )


def headline(summary: Summary) -> tuple[str, str]:
    """What the list comes to, in a sentence and a few more."""
    by, domains, kind = summary.by_grade, summary.domains, summary.kind
    serious, fair, good = by["D"] + by["F"], by["C"], by["A"] + by["B"]
    if not domains:
        return f"There are no {kind.nouns} in this report.", ""
    if serious:
        first = f"{_of(serious, domains, kind)} {_has(serious)} serious faults."
        why = kind.consequence
    elif fair:
        first, why = (
            f"{_of(fair, domains, kind)} {_needs(fair)} work.",
            "Some of their mail is at risk, or they are weakly protected.",
        )
    elif good == domains:
        first, why = (
            (f"The {kind.noun} is" if domains == 1 else f"All {domains:,} {kind.nouns} are")
            + " in order or nearly so.",
            "",
        )
    elif good:
        first, why = f"{_of(good, domains, kind)} {_is(good)} in order or nearly so.", ""
    else:
        first, why = f"None of the {kind.nouns} could be graded.", ""
    more = [f"{plural(fair, 'more')[:-5]} {_needs(fair)} work."] if serious and fair else []
    if good and good < domains and (serious or fair):
        more.append(f"{good:,} {_is(good)} in order or nearly so.")
    if by["?"]:
        more.append(f"For {by['?']:,} too little {'of DNS ' if kind is DOMAIN else ''}could be read to give a grade.")
    if summary.failures.by_rule:
        more.append(f"What to mend first stands below, with how many {kind.nouns} it helps.")
    return first, " ".join(filter(None, [why, *more]))


def _of(number: int, domains: int, kind: Kind) -> str:
    if number == domains:
        return f"The {kind.noun}" if domains == 1 else f"All {domains:,} {kind.nouns}"
    return f"{number:,} of {domains:,} {kind.nouns}"


def _has(number: int) -> str:
    return "has" if number == 1 else "have"


def _needs(number: int) -> str:
    return "needs" if number == 1 else "need"


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def _groups(summary: Summary, rows: Sequence[Row], length: int) -> tuple[Group, ...]:
    """Rows by client, the client of the worst domain first; rows without a client last. One group where there is one."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.client, []).append(row)
    return tuple(
        Group(
            _brief(client, length),
            tuple(_cut(row, length) if length < LONGEST_CELL else row for row in of),
            sum(summary.by_client.get(client, {}).values()),
            _grades(summary, client),
        )
        for client, of in sorted(found.items(), key=lambda item: not item[0])
    )


def _cut(row: Row, length: int) -> Row:
    marks = length > _LENGTHS[-1]
    return replace(
        row,
        name=_brief(row.name, length),
        client=_brief(row.client, length),
        first=_brief(row.first, length),
        ticket=_brief(row.ticket, length) if marks else "",
        tags=tuple(_brief(tag, length) for tag in row.tags) if marks else (),
    )


def _brief(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _grades(summary: Summary, client: str) -> tuple[tuple[str, int], ...]:
    counts: Mapping[str, int] = summary.by_client.get(client, {})
    return tuple((grade, counts[grade]) for grade in _WORST_FIRST if counts.get(grade))


def _said(grades: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{grade}: {number:,}" for grade, number in grades if number) + "."
