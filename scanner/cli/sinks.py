"""Where a run's results go: the terminal, one stream, or a directory with the list on the terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

from reports.errors import OutputFailed
from reports.writers import FORMATS, DirectoryWriter, StreamWriter
from rules.results import DomainResult, Report, Run
from scanner.errors import OutputError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Sink", "open_sink"]

DIRECTORY_FORMATS: Final = ("html", "json", "ndjson", "csv")
"""What a directory gets where `--format` does not say."""
TABLE_ROWS: Final = 100
"""Rows of the table that stands on the terminal beside a directory; the worst come first."""

_SUFFIXES: Final = {f".{name}": name for name in FORMATS} | {".htm": "html", ".jsonl": "ndjson", ".markdown": "md"}


class Sink(Protocol):
    """Takes results as they come. Both methods raise OutputError where they cannot write."""

    def add(self, result: DomainResult) -> None: ...

    def close(self, run: Run) -> None: ...


def open_sink(output: str, formats: str, header: Report) -> Sink:
    """The sink that `-o` and `--format` ask for. Raises UsageError for what cannot be opened."""
    wanted = _formats(formats)
    if not output and not wanted:
        return _Terminal(header)
    if not output or output == "-":
        return _Stream(sys.stdout.buffer, _one(wanted, "standard output", "json"), header)
    path = Path(output)
    suffix = _SUFFIXES.get(path.suffix.lower())
    if path.is_dir() or output.endswith("/") or (suffix is None and len(wanted) != 1) or len(wanted) > 1:
        return _Directory(path, wanted or DIRECTORY_FORMATS, header)
    return _file(path, _one(wanted, output, suffix or ""), header)


def _formats(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    for name in names:
        if name not in FORMATS:
            raise UsageError(f"--format {text}: no format {name!r}. Formats are {', '.join(FORMATS)}.")
    return names


def _one(wanted: tuple[str, ...], place: str, default: str) -> str:
    if len(wanted) > 1:
        raise UsageError(f"{place} takes one format, not {', '.join(wanted)}. For several give a directory with -o.")
    return wanted[0] if wanted else default


def _file(path: Path, format_: str, header: Report) -> Sink:
    try:
        stream = path.open("wb")
    except OSError as error:
        raise UsageError(f"-o {path}: cannot be written: {error.strerror}.") from None
    return _Stream(stream, format_, header, owned=True)


class _Terminal:
    """Results for a person at the terminal: one domain in full, several as a table."""

    def __init__(self, header: Report) -> None:
        self._header = header
        self._results: list[DomainResult] = []

    def add(self, result: DomainResult) -> None:
        self._results.append(result)

    def close(self, run: Run) -> None:
        from reports.terminal import print_report

        with _said():
            print_report(replace(self._header, run=run, domains=tuple(self._results)), _console())


class _Stream:
    """One format into a file or standard output."""

    def __init__(self, stream: BinaryIO, format_: str, header: Report, *, owned: bool = False) -> None:
        self._stream, self._owned = stream, owned
        with _said():
            self._writer = StreamWriter(stream, format_, header)

    def add(self, result: DomainResult) -> None:
        with _said():
            self._writer.add(result)

    def close(self, run: Run) -> None:
        with _said():
            self._writer.close(run)
            if self._owned:
                self._stream.close()


class _Directory:
    """A directory of reports, and the list on the terminal with the names of what was written."""

    def __init__(self, path: Path, formats: tuple[str, ...], header: Report) -> None:
        try:
            self._writer = DirectoryWriter(path, formats, header)
        except OutputFailed as error:
            raise UsageError(f"-o {error}") from None

    def add(self, result: DomainResult) -> None:
        with _said():
            self._writer.add(result)

    def close(self, run: Run) -> None:
        from reports.terminal import print_domains

        with _said():
            written = self._writer.close(run)
            summary = self._writer.summary
            console = _console()
            print_domains(summary.worst(TABLE_ROWS), console)
            if summary.domains > TABLE_ROWS:
                console.print(f"The worst {TABLE_ROWS} of {summary.domains}; all are in the reports.", markup=False)
            for path in written:
                console.print(f"Written: {path}", markup=False, soft_wrap=True, highlight=False)


def _console() -> Console:
    from rich.console import Console

    return Console(highlight=False, emoji=False, markup=False)


@contextlib.contextmanager
def _said() -> Iterator[None]:
    """Turns what a writer or the terminal raises into an OutputError, which ends the run with exit code 4."""
    try:
        yield
    except OutputFailed as error:
        raise OutputError(str(error)) from error
    except OSError as error:
        raise OutputError(f"standard output: {error.strerror or error}") from error
