"""The index of a list: how many domains have which grade, each with the first thing to fix and a link to its page,
the most common failures, rows that were skipped, waivers that met nothing.
"""

from __future__ import annotations

from typing import Final

from reports.brand import Brand
from reports.summary import Summary
from reports.theme import render
from rules.results import GRADES, Report

__all__ = ["MOST_ROWS", "index_page"]

MOST_ROWS: Final = 5000
"""More rows than this no browser shows with pleasure; the worst stay."""

_LETTERS: Final = {grade: grade for grade in GRADES} | {"?": "open", "-": "none"}


def index_page(summary: Summary, report: Report, brand: Brand | None = None) -> bytes:
    """The index as one HTML file in UTF-8; of `report` only the header is read."""
    return render(
        "index.html",
        brand,
        summary=summary,
        report=report,
        rows=summary.worst(MOST_ROWS),
        failures=summary.common_failures(report.rules),
        letters=_LETTERS,
    )
