"""Where a run's results go: the terminal, one stream, or a directory with the list on the terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Protocol

from reports.brand import Brand
from reports.errors import OutputFailed
from reports.escape import terminal
from reports.journal import Journal, journal_path
from reports.jsondoc import encode_domain, encode_header
from reports.summary import Summary
from reports.writers import DirectoryWriter, StreamWriter
from rules.results import Report, Result, Run
from scanner.cli.lines import give_up_output, standard_output
from scanner.cli.places import Place
from scanner.errors import OutputError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Item", "ResultItem", "Sink", "open_sink"]

TABLE_ROWS: Final = 100
"""Rows of the table on the terminal; of more the worst are shown."""


class Item(Protocol):
    """A result and its line of NDJSON, of which each is made when it is asked for, and its row in the list."""

    @property
    def result(self) -> Result: ...

    @property
    def line(self) -> bytes: ...

    @property
    def row(self) -> int: ...


@dataclass(frozen=True, slots=True)
class ResultItem:
    """A result that is there already, as a sink takes it."""

    row: int
    result: Result

    @property
    def line(self) -> bytes:
        return encode_domain(self.result)


class Sink(Protocol):
    """Takes results as they come. Methods raise OutputError where they cannot write.

    `close` ends what is complete, `leave` what broke off: only what can be gone on with stays useful. `counted` is what
    the run has counted, for a run that is resumed.
    """

    def keep(self, domain: str, name: str) -> None: ...

    def add(self, item: Item) -> None: ...

    def pass_over(self, row: int) -> None: ...

    def checkpoint(self, counted: Callable[[], Mapping[str, Any]]) -> None: ...

    def close(self, run: Run, counted: Mapping[str, Any] | None = None, *, complete: bool = True) -> None: ...

    def leave(self, counted: Mapping[str, Any]) -> None: ...

    def abandon(self) -> None: ...


def open_sink(place: Place, header: Report, brand: Brand | None = None, journal: Journal | None = None) -> Sink:
    """The sink at a place; `journal` is that of a run that goes on there. Raises UsageError for one that cannot be opened."""
    if not place.formats:
        return _Terminal(header)
    if place.path is None:
        return _Stream(standard_output(), "standard output", place.formats[0], header, brand)
    if place.is_directory:
        return _Directory(place.path, place.formats, header, brand, journal)
    if place.results is not None:
        return _Lines(place.results, header, journal)
    try:
        stream = place.path.open("wb")
    except OSError as error:
        raise UsageError(f"-o {place.path}: cannot be written: {error.strerror}.") from None
    return _Stream(stream, str(place.path), place.formats[0], header, brand, owned=place.path)


class _Unresumed:
    """A sink that cannot be gone on with."""

    def keep(self, domain: str, name: str) -> None:
        """No earlier run has any."""

    def pass_over(self, row: int) -> None:
        """A row of which nothing is shown."""

    def checkpoint(self, counted: Callable[[], Mapping[str, Any]]) -> None:
        """There is nothing to go on with."""

    def leave(self, counted: Mapping[str, Any]) -> None:
        """What was written stands."""


class _Terminal(_Unresumed):
    """Results for a person at the terminal: one domain in full, several as a table."""

    def __init__(self, header: Report) -> None:
        self._header = header
        self._results: list[Result] = []
        self._summary = Summary()

    def add(self, item: Item) -> None:
        if len(self._results) <= TABLE_ROWS:
            self._results.append(item.result)
        self._summary.add(item.result)

    def close(self, run: Run, counted: Mapping[str, Any] | None = None, *, complete: bool = True) -> None:
        from reports.terminal import print_report

        with _said():
            console = _console()
            if self._summary.domains <= TABLE_ROWS:
                print_report(replace(self._header, run=run).holding(self._results), console)
            else:
                _print_worst(self._summary, console, "give -o DIR for reports of all")

    def abandon(self) -> None:
        self._results.clear()


class _Stream(_Unresumed):
    """One format into a file or standard output."""

    def __init__(
        self,
        stream: BinaryIO,
        name: str,
        format_: str,
        header: Report,
        brand: Brand | None,
        *,
        owned: Path | None = None,
    ) -> None:
        self._stream, self._name, self._owned = stream, name, owned
        self._is_lines = format_ == "ndjson"
        with _said(name):
            self._writer = StreamWriter(stream, format_, header, name, brand)

    def add(self, item: Item) -> None:
        with _said(self._name):
            if self._is_lines:
                self._writer.add_line(item.line)
            else:
                self._writer.add(item.result)

    def close(self, run: Run, counted: Mapping[str, Any] | None = None, *, complete: bool = True) -> None:
        with _said(self._name):
            self._writer.close(run)
            if self._owned:
                self._stream.close()

    def abandon(self) -> None:
        if self._owned:
            with contextlib.suppress(OSError):
                self._stream.close()
                if self._owned.is_file():  # not a pipe or a device
                    self._owned.unlink()


class _Lines:
    """NDJSON into a file that a run can be resumed from."""

    def __init__(self, path: Path, header: Report, journal: Journal | None) -> None:
        try:
            self._journal = journal or Journal(path, encode_header(header), header.run.id)
        except OutputFailed as error:
            raise UsageError(f"-o {error}") from None

    def keep(self, domain: str, name: str) -> None:
        """The line is there."""

    def add(self, item: Item) -> None:
        with _said():
            self._journal.append(item.line, item.row)

    def pass_over(self, row: int) -> None:
        self._journal.pass_over(row)

    def checkpoint(self, counted: Callable[[], Mapping[str, Any]]) -> None:
        if self._journal.due:
            with _said():
                self._journal.checkpoint(counted())

    def close(self, run: Run, counted: Mapping[str, Any] | None = None, *, complete: bool = True) -> None:
        with _said():
            if complete:
                self._journal.finish()
            else:
                self._journal.leave(counted or {})

    def leave(self, counted: Mapping[str, Any]) -> None:
        with contextlib.suppress(OutputFailed):
            self._journal.leave(counted)

    def abandon(self) -> None:
        self._journal.abandon()
        with contextlib.suppress(OSError):
            self._journal.path.unlink()
            journal_path(self._journal.path).unlink()


class _Directory:
    """A directory of reports, and the list on the terminal with the names of what was written."""

    def __init__(
        self, path: Path, formats: tuple[str, ...], header: Report, brand: Brand | None, journal: Journal | None
    ) -> None:
        try:
            self._writer = DirectoryWriter(path, formats, header, journal=journal, brand=brand)
        except OutputFailed as error:
            raise UsageError(f"-o {error}") from None

    def keep(self, domain: str, name: str) -> None:
        """A domain that the run it goes on from has finished."""
        self._writer.keep(domain, name)

    def add(self, item: Item) -> None:
        with _said():
            if self._writer.has_pages:
                self._writer.add(item.result, item.line, item.row)
            else:
                self._writer.add_line(item.line, item.row)

    def pass_over(self, row: int) -> None:
        self._writer.journal.pass_over(row)

    def checkpoint(self, counted: Callable[[], Mapping[str, Any]]) -> None:
        if self._writer.journal.due:
            with _said():
                self._writer.journal.checkpoint(counted())

    def close(self, run: Run, counted: Mapping[str, Any] | None = None, *, complete: bool = True) -> None:
        with _said():
            written = self._writer.close(run, counted, complete=complete)
        with _said(f"the reports are in {self._writer.out}; standard output"):
            console = _console()
            if self._writer.summary.domains:
                _print_worst(self._writer.summary, console, "all are in the reports")
            for path in written:
                line = f"Written: {terminal(str(path))}"
                console.print(line, markup=False, emoji=False, soft_wrap=True, highlight=False)

    def leave(self, counted: Mapping[str, Any]) -> None:
        with contextlib.suppress(OutputFailed):
            self._writer.journal.leave(counted)

    def abandon(self) -> None:
        with contextlib.suppress(OSError):
            self._writer.abandon()


def _print_worst(summary: Summary, console: Console, others: str) -> None:
    from reports.terminal import print_domains

    print_domains(summary.worst(TABLE_ROWS), console, summary.kind, summary.by_grade)
    if summary.domains > TABLE_ROWS:
        console.print(f"The worst {TABLE_ROWS} of {summary.domains}; {others}.", markup=False)


def _console() -> Console:
    from rich.console import Console

    class _Told(Console):
        """rich ends the program with exit code 1 for a closed pipe; here that says something about grades."""

        def on_broken_pipe(self) -> None:
            raise  # noqa: PLE0704 - rich calls this where it has caught the BrokenPipeError

    return _Told(highlight=False, emoji=False, markup=False)


@contextlib.contextmanager
def _said(name: str = "standard output") -> Iterator[None]:
    """Turns what a writer or the terminal raises into an OutputError, which ends the run with exit code 4."""
    try:
        yield
    except OutputFailed as error:
        give_up_output()
        raise OutputError(str(error)) from error
    except OSError as error:
        give_up_output()
        raise OutputError(f"{name}: {error.strerror or error}") from error
