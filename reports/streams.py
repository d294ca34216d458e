"""One report in one format into one stream.

NDJSON and CSV leave as the domains arrive. The other formats begin with what is known only at the end, so what the
domains become is held until then: of a page or an index the light rows, of JSON and Markdown the text, beyond some
megabytes in a temporary file. Memory does not grow with the number of domains.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, BinaryIO, Final, Protocol

from reports.brand import Brand
from reports.errors import OutputFailed, ReportError
from reports.jsondoc import encode_domain, encode_header, write_report
from reports.senders import senders_of
from reports.summary import Summary
from rules.results import Report, Result, Run, SubmissionResult

__all__ = ["FORMATS", "StreamWriter", "begun", "check_format", "output_failure", "render_one"]

FORMATS: Final = ("html", "json", "ndjson", "csv", "md", "actions", "xlsx")

_HELD: Final = 16_000_000
"""Octets of text held in memory before they go to a temporary file."""


def check_format(name: str) -> None:
    """Raises ReportError for a format that does not exist, or whose extra is not installed."""
    if name not in FORMATS:
        raise ReportError(f"No report format {name!r}. Choose from {', '.join(FORMATS)}.")
    if name == "xlsx":
        try:
            import xlsxwriter  # noqa: F401
        except ImportError:
            raise ReportError("XLSX needs XlsxWriter: install mailready[xlsx], or choose csv and actions.") from None


@contextmanager
def output_failure(what: Path | str) -> Iterator[None]:
    """Turns the system's errors into OutputFailed, naming what could not be written or read."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        if isinstance(error, BrokenPipeError):
            raise OutputFailed(
                f"{what}: {reason}: whoever read it has stopped. Results in a file (-o results.ndjson) stay whole, and"
                " --resume goes on with them."
            ) from error
        raise OutputFailed(f"{what}: {reason}. Give another place with -o, or make room there.") from error


def begun(report: Report) -> Report:
    """`report` with the run as its beginning knew it.

    The page of a domain is written while its run goes on. Made again from a stored report, which knows the end, it
    must be the same.
    """
    return replace(
        report,
        run=replace(report.run, finished="", resolvers=(), doubts=(), bad_rows=(), unused_waivers=(), more_bad_rows=0),
    )


def _alone(report: Report) -> Report:
    """`report` for the page of its one domain, which is written when the run has ended and tells who answered in it."""
    run = report.run
    return replace(report, run=replace(begun(report).run, resolvers=run.resolvers, doubts=run.doubts))


def render_one(report: Report, format_: str, brand: Brand | None = None) -> bytes:
    """A whole report in one format, as one file. HTML and Markdown of one domain are its page, of several the list.

    Raises ReportError for a format that does not exist.
    """
    out = io.BytesIO()
    writer = StreamWriter(out, format_, replace(report, domains=()), brand=brand)
    for result in report.results:
        writer.add(result)
    writer.close(report.run)
    return out.getvalue()


class StreamWriter:
    """One format into one stream: `add` each result as it comes, then `close`. The stream stays open.

    `name` is how messages call the stream. All methods raise OutputFailed; the first, ReportError for a format that
    does not exist.
    """

    def __init__(
        self,
        stream: BinaryIO,
        format_: str,
        header: Report,
        name: str = "the output",
        brand: Brand | None = None,
    ) -> None:
        check_format(format_)
        self._stream, self._name = stream, name
        with output_failure(name):
            self._form: _Form = _Page(stream, header, brand) if format_ == "html" else _FORMS[format_](stream, header)
            stream.flush()

    def add(self, result: Result) -> None:
        """One domain."""
        with output_failure(self._name):
            self._form.add(result)
            self._stream.flush()

    def add_line(self, line: bytes) -> None:
        """One domain as its line of NDJSON, for a stream of that."""
        with output_failure(self._name):
            self._stream.write(line + b"\n")
            self._stream.flush()

    def close(self, run: Run) -> None:
        """What is left to write, with what the run has become."""
        with output_failure(self._name):
            self._form.close(run)
            self._stream.flush()


class _Form(Protocol):
    def __init__(self, stream: BinaryIO, header: Report) -> None: ...

    def add(self, result: Result) -> None: ...

    def close(self, run: Run) -> None: ...


def _is_one(summary: Summary, first: Result | None, header: Report) -> bool:
    """One result, or one domain with the ways of sending that its own page shows."""
    if first is None or isinstance(first, SubmissionResult):
        return summary.domains == 1
    return summary.domains - len(header.submissions) == 1 and len(senders_of(first, header)) == len(header.submissions)


class _Lines:
    """NDJSON."""

    def __init__(self, stream: BinaryIO, header: Report) -> None:
        self._stream = stream
        stream.write(encode_header(header) + b"\n")

    def add(self, result: Result) -> None:
        self._stream.write(encode_domain(result) + b"\n")

    def close(self, run: Run) -> None:
        pass


class _Table:
    """CSV."""

    def __init__(self, stream: BinaryIO, header: Report) -> None:
        from reports.tables import csv_head

        self._stream, self._rules = stream, header.rules
        stream.write(csv_head())

    def add(self, result: Result) -> None:
        from reports.tables import csv_rows

        self._stream.write(csv_rows(result, self._rules))

    def close(self, run: Run) -> None:
        pass


class _Actions:
    """The records to publish as CSV."""

    def __init__(self, stream: BinaryIO, header: Report) -> None:
        from reports.actions import actions_csv_head

        self._stream = stream
        stream.write(actions_csv_head())

    def add(self, result: Result) -> None:
        from reports.actions import actions_csv_rows

        self._stream.write(actions_csv_rows(result))

    def close(self, run: Run) -> None:
        pass


class _Spreadsheet:
    """XLSX."""

    def __init__(self, stream: BinaryIO, header: Report) -> None:
        from reports.workbook import Workbook

        self._stream, self._book = stream, Workbook(header.run, header.rules)

    def add(self, result: Result) -> None:
        self._book.add(result)

    def close(self, run: Run) -> None:
        self._book.write(self._stream)


class _Document:
    """JSON: the run stands before the domains and is known after them."""

    def __init__(self, stream: BinaryIO, header: Report) -> None:
        self._stream, self._header, self._domains = stream, header, _spool()

    def add(self, result: Result) -> None:
        self._domains.write(encode_domain(result) + b"\n")

    def close(self, run: Run) -> None:
        self._domains.seek(0)
        write_report(self._stream, replace(self._header, run=run), (line.rstrip(b"\n") for line in self._domains))
        self._domains.close()


class _Page:
    """HTML: the page of one domain, the index of several."""

    def __init__(self, stream: BinaryIO, header: Report, brand: Brand | None = None) -> None:
        self._stream, self._header, self._brand = stream, header, brand
        self._summary = Summary()
        self._first: Result | None = None

    def add(self, result: Result) -> None:
        self._first = self._first or result
        self._summary.add(result)

    def close(self, run: Run) -> None:
        report = replace(self._header, run=run)
        if _is_one(self._summary, self._first, report) and self._first:
            from reports.page import domain_page

            self._stream.write(domain_page(self._first, _alone(report), self._brand))
        else:
            from reports.index import index_page

            self._stream.write(index_page(self._summary, report, self._brand))


class _Text:
    """Markdown: the text of one domain; of several the list, then the text of each."""

    def __init__(self, stream: BinaryIO, header: Report) -> None:
        self._stream, self._header, self._begun, self._domains = stream, header, begun(header), _spool()
        self._summary = Summary()
        self._first: Result | None = None

    def add(self, result: Result) -> None:
        from reports.markdown import domain_markdown

        self._first = self._first or result

        if self._summary.domains:
            self._domains.write(b"\n")
        self._summary.add(result)
        self._domains.write(domain_markdown(result, self._begun).encode("utf-8", "replace"))

    def close(self, run: Run) -> None:
        from reports.markdown import domain_markdown, list_markdown

        report = replace(self._header, run=run)
        if _is_one(self._summary, self._first, report) and self._first:
            self._stream.write(domain_markdown(self._first, _alone(report)).encode("utf-8", "replace"))
        else:
            text = list_markdown(self._summary, report)
            self._stream.write(text.encode("utf-8", "replace") + (b"\n" if self._summary.domains else b""))
            self._domains.seek(0)
            shutil.copyfileobj(self._domains, self._stream)
        self._domains.close()


_FORMS: Final[dict[str, type[_Form]]] = {
    "json": _Document,
    "ndjson": _Lines,
    "csv": _Table,
    "md": _Text,
    "actions": _Actions,
    "xlsx": _Spreadsheet,
}


def _spool() -> IO[bytes]:
    return tempfile.SpooledTemporaryFile(_HELD)
