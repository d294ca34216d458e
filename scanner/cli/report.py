"""`mailready report`: makes any format from a stored report, without scanning."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from reports.brand import Brand
from reports.errors import NotAReport
from reports.stored import StoredReport, open_stored, stored_at, stored_files, stored_submissions
from scanner.cli.brand import open_brand
from scanner.cli.lines import say, standard_input
from scanner.cli.places import STANDARD, Place, place_of, refuse_overwriting
from scanner.cli.sinks import ResultItem, open_sink
from scanner.cli.wanted import Wanted
from scanner.errors import UsageError

__all__ = ["ReportCommand"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportCommand:
    """The options of `mailready report`, as `scanner.cli.app` documents them."""

    run: str
    output: str
    formats: str
    brand: Path | None
    wanted: Wanted = Wanted()

    def make(self) -> int:
        """Writes the reports; the exit code. Raises MailreadyError for what ends it."""
        place = place_of(self.output, self.formats)
        brand = open_brand(self.brand)
        with self._told():
            inputs = stored_files(Path(self.run)) if self.run != STANDARD else ()
            refuse_overwriting(place, None, [*inputs, *(brand.files if brand else ())])
            with self._stored() as stored:
                self._write(stored, place, brand)
        return 0

    def _write(self, stored: StoredReport, place: Place, brand: Brand | None) -> None:
        header = stored.header
        if self.run != STANDARD and not header.submissions:
            header = replace(header, submissions=stored_submissions(Path(self.run)))
        sink = open_sink(place, header, brand)
        number = 0
        try:
            for number, result in enumerate(stored.domains, 1):
                if self.wanted.result(result):
                    sink.add(ResultItem(number, result))
        except BaseException:
            sink.abandon()
            raise
        sink.close(stored.header.run)
        if stored.cut_off:
            domains = f"{number} domain{'s' if number != 1 else ''}"
            say(f"{self._name}: breaks off at line {stored.cut_off}; the {domains} before that are reported.")

    @property
    def _name(self) -> str:
        return "standard input" if self.run == STANDARD else self.run

    @contextmanager
    def _stored(self) -> Iterator[StoredReport]:
        if self.run == STANDARD:
            yield open_stored(standard_input())
        else:
            with stored_at(Path(self.run)) as stored:
                yield stored

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turns what reading raises into a UsageError that names the report."""
        try:
            yield
        except NotAReport as error:
            raise UsageError(f"{self._name}: {error}") from None
        except OSError as error:
            raise UsageError(f"{self._name}: cannot be read: {error.strerror or error}.") from None
