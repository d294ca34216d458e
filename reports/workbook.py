"""A spreadsheet file (XLSX): sheets of domains, findings and actions. Needs the extra `xlsx` (XlsxWriter).

Every cell of text is written as text, so that nothing from outside becomes a formula or a link. Rows leave memory as
they are written.
"""

from __future__ import annotations

import datetime
import io
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Final

from reports.actions import ACTION_COLUMNS, action_rows
from reports.escape import visible
from reports.tables import COLUMNS, LONGEST_CELL, finding_rows
from rules.results import Result, RuleText, Run

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

__all__ = ["DOMAIN_COLUMNS", "MOST_ROWS", "Workbook"]

DOMAIN_COLUMNS: Final = (
    "domain",
    "client",
    "ticket",
    "tags",
    "profile",
    "grade",
    "score_low",
    "score_high",
    "reachable",
    "failed",
    "unknown",
    "changes",
)
MOST_ROWS: Final = 1_048_576
"""Rows of a sheet in the format; what is over goes to a further sheet."""

_WIDE: Final = {"domain": 28, "client": 22, "title": 40, "message": 60, "value": 60, "replaces": 40, "name": 36}


class Workbook:
    """`add` each result, then `write` the file."""

    def __init__(self, run: Run, rules: Mapping[str, RuleText], most_rows: int = MOST_ROWS) -> None:
        from xlsxwriter import Workbook as Book

        self._rules = rules
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - until it is written
        self._book = Book(self._file, {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False})
        self._book.set_properties({"title": "Mail readiness", "created": _moment(run.started)})
        self._sheets = {
            name: _Sheets(self._book, name, columns, most_rows)
            for name, columns in (("domains", DOMAIN_COLUMNS), ("findings", COLUMNS), ("actions", ACTION_COLUMNS))
        }

    def add(self, result: Result) -> None:
        """One domain."""
        self._sheets["domains"].add(_domain_row(result))
        for row in finding_rows(result, self._rules):
            self._sheets["findings"].add(row)
        for row in action_rows(result):
            self._sheets["actions"].add(row)

    def write(self, stream: BinaryIO) -> None:
        """The whole file; the workbook is done with then."""
        for sheets in self._sheets.values():
            sheets.finish()
        self._book.close()
        self._file.seek(0, io.SEEK_SET)
        shutil.copyfileobj(self._file, stream)
        self._file.close()


class _Sheets:
    """A table over as many sheets as its rows need."""

    def __init__(self, book: Any, name: str, columns: Sequence[str], most_rows: int) -> None:
        self._book, self._name, self._columns, self._most = book, name, columns, most_rows
        self._bold = book.add_format({"bold": True})
        self._number = 0
        self._begin()

    def add(self, row: Iterable[str | int]) -> None:
        if self._row >= self._most:
            self.finish()
            self._begin()
        for column, value in enumerate(row):
            if isinstance(value, int):
                self._sheet.write_number(self._row, column, value)
            elif value:
                self._sheet.write_string(self._row, column, _cell(value))
        self._row += 1

    def finish(self) -> None:
        self._sheet.autofilter(0, 0, max(self._row - 1, 1), len(self._columns) - 1)

    def _begin(self) -> None:
        self._number += 1
        self._sheet: Worksheet = self._book.add_worksheet(self._name + (f" {self._number}" if self._number > 1 else ""))
        self._sheet.freeze_panes(1, 1)
        for column, title in enumerate(self._columns):
            self._sheet.set_column(column, column, _WIDE.get(title, 14))
        for column, title in enumerate(self._columns):
            self._sheet.write_string(0, column, title, self._bold)
        self._row = 1


def _domain_row(result: Result) -> tuple[str | int, ...]:
    score = result.score
    return (
        result.domain,
        result.client,
        result.ticket,
        " ".join(result.tags),
        result.profile,
        result.grade,
        "" if score.low is None else score.low,
        "" if score.high is None else score.high,
        "" if score.reachable is None else score.reachable,
        sum(finding.status == "fail" and finding.severity != "info" for finding in result.findings),
        sum(finding.status == "unknown" for finding in result.findings),
        len(result.changes),
    )


def _cell(text: str) -> str:
    shown = visible(text[: LONGEST_CELL + 1]).encode("utf-8", "replace").decode("utf-8")
    return shown if len(shown) <= LONGEST_CELL else shown[:LONGEST_CELL] + "… (shortened)"


def _moment(text: str) -> datetime.datetime:
    try:
        return datetime.datetime.fromisoformat(text.removesuffix("Z"))
    except ValueError:
        return datetime.datetime(2000, 1, 1)
