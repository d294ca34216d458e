"""Stored reports, read again: `report.json` or NDJSON, from a file, a directory of reports or a pipe.

Domains are read as they are asked for wherever the file has a domain a line, as mailready writes both forms, so that
a list of any length can be shown again in little memory. JSON in another layout is read whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from reports.errors import NotAReport
from reports.jsondoc import decode_domain, decode_header, decode_report
from rules.results import Report, Result, SubmissionResult

__all__ = ["StoredReport", "open_stored", "read_results", "stored_at", "stored_files", "stored_submissions"]

_DOMAINS: Final = b'"domains":['
_SUBMISSIONS: Final = b'],"submissions":['
_SUBMISSION: Final = b'{"submission":'
_END: Final = b"]}"
_BOM: Final = b"\xef\xbb\xbf"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


@dataclass(slots=True)
class StoredReport:
    """A report that is being read: its header (the report without domains) and, once, its domains.

    Iterating raises NotAReport, with the line's number, for a domain that cannot be read. `cut_off` is known when all
    were read: the number of the last line if the file breaks off in it or behind it, else 0.
    """

    header: Report
    domains: Iterator[Result]
    cut_off: int = 0


class _Shape(msgspec.Struct):
    domains: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


def stored_files(path: Path) -> tuple[Path, ...]:
    """The files that are read for the report at `path`: of a directory results.ndjson and, if there, report.json.

    Raises NotAReport for a directory without either.
    """
    if not path.is_dir():
        return (path,)
    found = tuple(file for file in (path / "results.ndjson", path / "report.json") if file.is_file())
    if not found:
        raise NotAReport(
            f"{path}: no results.ndjson is in this directory. Give one that mailready scan -o made, or a file."
        )
    return found


@contextmanager
def stored_at(path: Path) -> Iterator[StoredReport]:
    """The report at `path`, a file or a directory of reports. Raises NotAReport, OSError.

    The header of results.ndjson was written when the run began; how the run ended is told by the report.json beside it.
    """
    first, *others = stored_files(path)
    with first.open("rb") as stream:
        stored = open_stored(stream)
        for other in others:
            stored.header = _with_end(stored.header, other)
        yield stored


def read_results(path: Path) -> Report:
    """A whole report, all domains in memory; a last line that was cut off is left out. Raises NotAReport, OSError."""
    with stored_at(path) as stored:
        return stored.header.holding(stored.domains)


def stored_submissions(path: Path) -> tuple[SubmissionResult, ...]:
    """The submissions of the report at `path`, which pages of domains show; lines that cannot be read are left to
    whoever reads the whole. Raises NotAReport, OSError.
    """
    found: list[SubmissionResult] = []
    with stored_files(path)[0].open("rb") as stream:
        for line in stream:
            if line.lstrip().startswith(_SUBMISSION):
                try:
                    result = decode_domain(line.strip().removesuffix(b","))
                except NotAReport:
                    continue
                if isinstance(result, SubmissionResult):
                    found.append(result)
    return tuple(found)


def open_stored(stream: BinaryIO) -> StoredReport:
    """The report in a stream of either form; its header is read now. The stream need not be seekable. Raises NotAReport."""
    first = stream.readline()
    if first.startswith(_UTF_16):
        raise NotAReport(
            "Not a mailready report: it is UTF-16, as PowerShell's > writes. Let mailready write it with -o."
        )
    first = first.removeprefix(_BOM)
    line = first.strip()
    if not line.startswith(b"{"):
        said = "it does not begin with {" if line else "it is empty" if not first else "its first line is empty"
        raise NotAReport(f"Not a mailready report: {said}. Give a report.json or results.ndjson of mailready.")
    if line.endswith(_DOMAINS):
        return _by_line(decode_report(line + _END), stream, document=True)
    if line.endswith(b"}") and _is_header(line):
        return _by_line(decode_header(line), stream, document=False)
    report = decode_report(first + stream.read())
    return StoredReport(replace(report, domains=()), iter(report.results))


def _by_line(header: Report, stream: BinaryIO, *, document: bool) -> StoredReport:
    stored = StoredReport(header, iter(()))
    stored.domains = _domains(stored, stream, document=document)
    return stored


def _domains(stored: StoredReport, stream: BinaryIO, *, document: bool) -> Iterator[Result]:
    number, ended = 1, False
    for number, line in enumerate(stream, start=2):
        text = line.strip()
        if document:
            text = text.removesuffix(b",")
        if not text or (document and text == _SUBMISSIONS):
            continue
        if ended:
            raise NotAReport(f"Not a mailready report (line {number}): something stands behind the report's end.")
        if document and text == _END:
            ended = True
            continue
        try:
            result = decode_domain(text, f"line {number}", stored.header.rules)
        except NotAReport:
            if line.endswith(b"\n"):
                raise
            stored.cut_off = number
            return
        yield result
    if document and not ended:
        stored.cut_off = number


def _is_header(line: bytes) -> bool:
    """Whether a line has no domains of its own; one that is no JSON at all is left to the header's decoder to refuse."""
    try:
        return msgspec.json.decode(line, type=_Shape).domains is msgspec.UNSET
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return True


def _with_end(header: Report, document: Path) -> Report:
    """`header` with the run as `document` tells it, if that is the same run."""
    try:
        with document.open("rb") as stream:
            other = open_stored(stream).header
    except (NotAReport, OSError):
        return header
    return replace(header, run=other.run) if other.run.id == header.run.id else header
