"""A directory of reports that fills while the domains arrive.

`results.ndjson` and the domains' pages are written as each domain ends, in whatever order; what sums up is made of
results.ndjson at the end, in the order of the list. So a run that is cut off loses nothing, and one that goes on from
another sums up both. Files other than results.ndjson appear whole or not at all: they are written beside their place
and renamed. Memory does not grow with the number of domains, but for the worst rows of the index.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, Final

from reports.brand import Brand
from reports.filenames import file_stem
from reports.journal import Journal
from reports.jsondoc import decode_domain, encode_domain, encode_header, write_report
from reports.rowstore import RowStore
from reports.seen import Seen
from reports.streams import FORMATS, StreamWriter, begun, check_format, output_failure, render_one
from reports.summary import Summary, row_of
from rules.results import Report, Result, Run

__all__ = ["FORMATS", "RESULTS", "DirectoryWriter", "StreamWriter", "render_one"]

RESULTS: Final = "results.ndjson"
"""Always written into a directory: the other reports are made of it, and `--resume`, `report` and `diff` read it."""

_NAMES: Final = {
    "html": "index.html",
    "json": "report.json",
    "csv": "findings.csv",
    "md": "report.md",
    "actions": "actions.csv",
    "xlsx": "report.xlsx",
}
_TABLES: Final = ("csv", "actions", "xlsx")


class DirectoryWriter:
    """A directory of reports: `add` each result as it comes, then `close`.

    `formats` are of FORMATS; results.ndjson is written in any case. `journal` is that of a run that is to go on; the
    domains that it has are then told by `keep`, so that their pages are not written over. Raises ReportError for a
    format that does not exist; all methods raise OutputFailed.
    """

    def __init__(
        self,
        out: Path,
        formats: Iterable[str],
        header: Report,
        *,
        journal: Journal | None = None,
        brand: Brand | None = None,
    ) -> None:
        self.out, self.formats, self.header = out, frozenset(formats), header
        self._begun, self._brand = begun(header), brand
        for name in sorted(self.formats):
            check_format(name)
        self.summary = Summary()
        self._stems = Seen()
        self._row = 0
        with output_failure(out):
            (out / "domains" if self.formats & {"html", "md"} else out).mkdir(parents=True, exist_ok=True)
        self.journal = journal or Journal(out / RESULTS, encode_header(header), header.run.id)

    @property
    def has_pages(self) -> bool:
        """Whether each domain gets files of its own."""
        return bool(self.formats & {"html", "md"})

    def keep(self, domain: str, name: str) -> None:
        """A domain that the journal has already, and the name that it has with it."""
        if self.has_pages:
            self._stems.add(name or file_stem(domain))

    def add(self, result: Result, line: bytes | None = None, row: int | None = None) -> None:
        """Writes one domain's line and files. `line` is its encoded form, `row` its place in the list: by default the
        results come in the order of the list.
        """
        name = ""
        if self.has_pages:
            stem = file_stem(result.domain, self._stems, "\0".join((result.client, result.ticket, result.profile)))
            self._stems.add(stem)
            self._page(result, stem)
            name = stem if stem != file_stem(result.domain) else ""
        self.add_line(line or encode_domain(result), row, name)

    def add_line(self, line: bytes, row: int | None = None, name: str = "") -> None:
        """Writes a domain's line alone, which is all there is to write where domains have no pages."""
        self._row = self._row + 1 if row is None else row
        self.journal.append(line, self._row, name)

    def close(self, run: Run, counted: Mapping[str, Any] | None = None, *, complete: bool = True) -> list[Path]:
        """Writes index.html, report.json, findings.csv and report.md, with what the run has become.

        A run that is not complete can be resumed; `counted` is then what it had counted. Returns the files of the
        directory itself that were written.
        """
        counted = counted or {}
        report = replace(self.header, run=run, domains=())
        written = [self.out / RESULTS]
        if "json" in self.formats:
            written.append(self.out / _NAMES["json"])
            with output_failure(written[-1]), _whole(written[-1]) as stream:
                write_report(stream, report, (line for _, _, line in self.journal.lines(counted)))
        if self.formats & {"html", "md", *_TABLES}:
            written += self._sum_up(report, counted)
        if complete:
            self.journal.finish()
        else:
            self.journal.leave(counted)
        return written

    def abandon(self) -> None:
        """Closes without summing up: results.ndjson and the pages stay, and the run can be resumed."""
        self.journal.abandon()

    def _sum_up(self, report: Report, counted: Mapping[str, Any]) -> list[Path]:
        written: list[Path] = []
        rows = RowStore()
        with ExitStack() as stack:
            tables: list[StreamWriter] = []
            for name in _TABLES:
                if name in self.formats:
                    written.append(self.out / _NAMES[name])
                    tables.append(_table(stack, written[-1], name, report))
            for _, name, line in self.journal.lines(counted):
                result = decode_domain(line, rules=report.rules)
                stem = name or file_stem(result.domain)
                link = f"domains/{stem}.html" if "html" in self.formats else ""
                self.summary.add(result, link)
                rows.add(row_of(result, link))
                for table in tables:
                    table.add(result)
            for table in tables:
                table.close(report.run)
        if "html" in self.formats:
            written.append(self.out / _NAMES["html"])
            self._index(rows, report)
        if "md" in self.formats:
            from reports.markdown import list_markdown

            written.append(self.out / _NAMES["md"])
            self._put(written[-1], list_markdown(self.summary, report).encode("utf-8", "replace"))
        return written

    def _index(self, rows: RowStore, report: Report) -> None:
        """The index, over several files if it is long; what an earlier and longer one left behind goes."""
        from reports.index import index_pages

        made: set[str] = set()
        for name, page in index_pages(self.summary, rows.worst_first(), report, self._brand):
            self._put(self.out / name, page)
            made.add(name)
        for path in self.out.glob("index-*.html"):
            if path.name not in made and path.stem.removeprefix("index-").isdigit():
                with output_failure(path):
                    path.unlink()

    def _page(self, result: Result, stem: str) -> None:
        page, text = (self.out / "domains" / f"{stem}{ending}" for ending in (".html", ".md"))
        if "html" in self.formats:
            from reports.page import domain_page

            self._put(page, domain_page(result, self._begun, self._brand))
        if "md" in self.formats:
            from reports.markdown import domain_markdown

            self._put(text, domain_markdown(result, self._begun).encode("utf-8", "replace"))

    def _put(self, path: Path, data: bytes) -> None:
        with output_failure(path), _whole(path) as stream:
            stream.write(data)


def _table(stack: ExitStack, path: Path, format_: str, report: Report) -> StreamWriter:
    stack.enter_context(output_failure(path))
    return StreamWriter(stack.enter_context(_whole(path)), format_, report, str(path))


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


@contextmanager
def _whole(path: Path) -> Iterator[BinaryIO]:
    """A stream whose content is at `path` only once all of it is written."""
    part = _beside(path)
    try:
        with part.open("wb") as stream:
            yield stream
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
