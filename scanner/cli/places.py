"""Where a run writes, and that it writes over nothing that it reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reports.errors import ReportError
from reports.streams import check_format
from reports.writers import FORMATS, RESULTS
from scanner.dns.recording import same_file
from scanner.errors import UsageError

__all__ = ["DIRECTORY_FORMATS", "STANDARD", "Place", "place_of", "refuse_overwriting"]

STANDARD: Final = "-"
"""Standard input or output, in the place of a path."""
DIRECTORY_FORMATS: Final = ("html", "json", "ndjson", "csv")
"""What a directory gets where `--format` does not say."""

_SUFFIXES: Final = {f".{name}": name for name in FORMATS if name != "actions"} | {
    ".htm": "html",
    ".jsonl": "ndjson",
    ".markdown": "md",
}
_DIRECTORY_FILES: Final = {
    "html": "index.html",
    "json": "report.json",
    "csv": "findings.csv",
    "md": "report.md",
    "actions": "actions.csv",
    "xlsx": "report.xlsx",
}


@dataclass(frozen=True, slots=True)
class Place:
    """What `-o` and `--format` ask for: the terminal (no formats), a stream (no path), a file or a directory."""

    formats: tuple[str, ...] = ()
    path: Path | None = None
    is_directory: bool = False

    @property
    def results(self) -> Path | None:
        """The NDJSON file that a run leaves its results in and can be resumed from; None where there is none."""
        if self.path is None or not self.formats:
            return None
        if self.is_directory:
            return self.path / RESULTS
        is_there = self.path.exists()
        return self.path if self.formats == ("ndjson",) and (self.path.is_file() or not is_there) else None

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that are written at once; not the pages of single domains."""
        if self.path is None:
            return ()
        if not self.is_directory:
            return (self.path,)
        names = [_DIRECTORY_FILES[name] for name in self.formats if name in _DIRECTORY_FILES]
        return tuple(self.path / name for name in [*names, RESULTS])


def place_of(output: str, formats: str) -> Place:
    """The place that the options name. Raises UsageError for formats that are none or do not fit the place.

    A path is a file if it is one, or if it ends in the suffix of a format or, beside one `--format`, in any suffix;
    a name without a suffix becomes a directory.
    """
    wanted = _formats(formats)
    if not output and not wanted:
        return Place()
    if not output or output == STANDARD:
        return Place((_one(wanted, "standard output", "json"),))
    path = Path(output)
    suffix = _SUFFIXES.get(path.suffix.lower())
    is_file = path.exists() and not path.is_dir()
    named = suffix is not None or (len(wanted) == 1 and (is_file or path.suffix != ""))
    if path.is_dir() or output.endswith("/") or len(wanted) > 1 or not named:
        return Place(wanted or DIRECTORY_FORMATS, path, is_directory=True)
    format_ = _one(wanted, output, suffix or "")
    _check(format_)
    return Place((format_,), path)


def _formats(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    for name in names:
        if name not in FORMATS:
            raise UsageError(f"--format {text}: no format {name!r}. Formats are {', '.join(FORMATS)}.")
        _check(name)
    return names


def _check(name: str) -> None:
    try:
        check_format(name)
    except ReportError as error:
        raise UsageError(str(error)) from None


def _one(wanted: tuple[str, ...], place: str, default: str) -> str:
    if len(wanted) > 1:
        raise UsageError(f"{place} takes one format, not {', '.join(wanted)}. For several give a directory with -o.")
    return wanted[0] if wanted else default


def refuse_overwriting(place: Place, record: Path | None, inputs: Sequence[Path]) -> None:
    """Raises UsageError if a report or the record would take the place of an input, or of each other."""
    for option, outputs in (("-o", place.files), ("--record", (record,) if record else ())):
        for path in outputs:
            for given in inputs:
                if given.is_file() and same_file(path, given):
                    raise UsageError(f"{option} {path}: would write over {given}, which this run reads. Name another.")
    for path in place.files:
        if record and same_file(path, record) and (path.is_file() or not path.exists()):
            raise UsageError(f"-o and --record both write {path}. Name another for one of them.")
