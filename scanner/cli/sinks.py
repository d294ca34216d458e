"""Where a run's results go: the terminal, one stream, or a directory with the list on the terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

from reports.brand import Brand
from reports.errors import OutputFailed
from reports.summary import Summary
from reports.writers import DirectoryWriter, StreamWriter
from rules.results import DomainResult, Report, Run
from scanner.cli.lines import give_up_output, standard_output
from scanner.cli.places import Place
from scanner.errors import OutputError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Sink", "open_sink"]

TABLE_ROWS: Final = 100
"""Rows of the table on the terminal; of more the worst are shown."""


class Sink(Protocol):
    """Takes results as they come. `add` and `close` raise OutputError where they cannot write.

    `abandon` stands in for `close` where the results break off: what would be half a report goes.
    """

    def add(self, result: DomainResult) -> None: ...

    def close(self, run: Run) -> None: ...

    def abandon(self) -> None: ...


def open_sink(place: Place, header: Report, brand: Brand | None = None) -> Sink:
    """The sink at a place. Raises UsageError for one that cannot be opened."""
    if not place.formats:
        return _Terminal(header)
    if place.path is None:
        return _Stream(standard_output(), "standard output", place.formats[0], header, brand)
    if place.is_directory:
        return _Directory(place.path, place.formats, header, brand)
    try:
        stream = place.path.open("wb")
    except OSError as error:
        raise UsageError(f"-o {place.path}: cannot be written: {error.strerror}.") from None
    return _Stream(stream, str(place.path), place.formats[0], header, brand, owned=place.path)


class _Terminal:
    """Results for a person at the terminal: one domain in full, several as a table."""

    def __init__(self, header: Report) -> None:
        self._header = header
        self._results: list[DomainResult] = []
        self._summary = Summary()

    def add(self, result: DomainResult) -> None:
        if len(self._results) <= TABLE_ROWS:
            self._results.append(result)
        self._summary.add(result)

    def close(self, run: Run) -> None:
        from reports.terminal import print_report

        with _said():
            console = _console()
            if self._summary.domains <= TABLE_ROWS:
                print_report(replace(self._header, run=run, domains=tuple(self._results)), console)
            else:
                _print_worst(self._summary, console, "give -o DIR for reports of all")

    def abandon(self) -> None:
        self._results.clear()


class _Stream:
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
        with _said(name):
            self._writer = StreamWriter(stream, format_, header, name, brand)

    def add(self, result: DomainResult) -> None:
        with _said(self._name):
            self._writer.add(result)

    def close(self, run: Run) -> None:
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


class _Directory:
    """A directory of reports, and the list on the terminal with the names of what was written."""

    def __init__(self, path: Path, formats: tuple[str, ...], header: Report, brand: Brand | None) -> None:
        try:
            self._writer = DirectoryWriter(path, formats, header, brand=brand)
        except OutputFailed as error:
            raise UsageError(f"-o {error}") from None

    def add(self, result: DomainResult) -> None:
        with _said():
            self._writer.add(result)

    def close(self, run: Run) -> None:
        with _said():
            written = self._writer.close(run)
            console = _console()
            _print_worst(self._writer.summary, console, "all are in the reports")
            for path in written:
                console.print(f"Written: {path}", markup=False, soft_wrap=True, highlight=False)

    def abandon(self) -> None:
        with contextlib.suppress(OSError):
            self._writer.abandon()


def _print_worst(summary: Summary, console: Console, others: str) -> None:
    from reports.terminal import print_domains

    print_domains(summary.worst(TABLE_ROWS), console)
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
