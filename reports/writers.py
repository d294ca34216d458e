"""Where reports go: a directory that fills while the domains arrive, or one format into one stream.

A directory keeps `results.ndjson` from the first domain on (flushed, so that an interrupted run can be resumed and
read), a page a domain as each ends, and at the end what sums up. Files other than results.ndjson appear whole or not
at all: they are written beside their place and renamed. Memory does not grow with the number of domains, but for the
names of pages and, of the index, the worst rows.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final

from reports.brand import Brand
from reports.filenames import file_stem
from reports.jsondoc import decode_ndjson, encode_domain, encode_header, write_report
from reports.streams import FORMATS, StreamWriter, begun, check_format, output_failure, render_one
from reports.summary import Summary
from rules.results import DomainResult, Report, Run

__all__ = ["FORMATS", "RESULTS", "DirectoryWriter", "StreamWriter", "render_one"]

RESULTS: Final = "results.ndjson"
"""Always written into a directory: report.json is made of it, and `--resume`, `report` and `diff` read it."""


class DirectoryWriter:
    """A directory of reports: `add` each result as it comes, then `close`.

    `formats` are of FORMATS; results.ndjson is written in any case. With `resume` the domains that an earlier run
    left in results.ndjson are kept and counted (`kept` has them as (domain, client, ticket)); a last line that was
    cut off is dropped.
    """

    def __init__(
        self, out: Path, formats: Iterable[str], header: Report, *, resume: bool = False, brand: Brand | None = None
    ) -> None:
        self.out, self.formats, self.header = out, frozenset(formats), header
        self._begun, self._brand = begun(header), brand
        for name in sorted(self.formats):
            check_format(name)
        self.kept: list[tuple[str, str, str]] = []
        self._stems: set[str] = set()
        self.summary = Summary()
        self._table: BinaryIO | None = None
        with output_failure(out):
            (out / "domains" if self.formats & {"html", "md"} else out).mkdir(parents=True, exist_ok=True)
        with output_failure(out / "findings.csv"):
            if "csv" in self.formats:
                from reports.tables import csv_head

                self._table = _beside(out / "findings.csv").open("wb")
                self._table.write(csv_head())
        with output_failure(out / RESULTS):
            resume = resume and (out / RESULTS).exists()
            self._results = (out / RESULTS).open("r+b" if resume else "w+b")
        if resume:
            self._keep()
        else:
            self._line(encode_header(header))

    def add(self, result: DomainResult) -> None:
        """Writes one domain's line and files. Raises OutputFailed."""
        self._line(encode_domain(result))
        self._sum_up(result, again=True)

    def close(self, run: Run) -> list[Path]:
        """Writes index.html, report.json, findings.csv and report.md, with what the run has become.

        Returns the files of the directory itself that were written. Raises OutputFailed.
        """
        report = replace(self.header, run=run, domains=())
        written = [self.out / RESULTS]
        if "json" in self.formats:
            written.append(self.out / "report.json")
            with output_failure(written[-1]), _whole(written[-1]) as stream:
                write_report(stream, report, self._lines())
        if "html" in self.formats:
            from reports.index import index_page

            written.append(self.out / "index.html")
            self._put(written[-1], index_page(self.summary, report, self._brand))
        if "md" in self.formats:
            from reports.markdown import list_markdown

            written.append(self.out / "report.md")
            self._put(written[-1], list_markdown(self.summary, report).encode("utf-8", "replace"))
        if self._table is not None:
            written.append(self.out / "findings.csv")
            with output_failure(written[-1]):
                self._table.close()
                _beside(written[-1]).replace(written[-1])
        with output_failure(self.out / RESULTS):
            self._results.close()
        return written

    def abandon(self) -> None:
        """Closes without summing up: results.ndjson and the pages stay, what is half made goes."""
        if self._table is not None:
            self._table.close()
            _beside(self.out / "findings.csv").unlink(missing_ok=True)
        self._results.close()

    def _keep(self) -> None:
        with output_failure(self.out / RESULTS):
            end = _complete_end(self._results)
            self._results.truncate(end)
            self._results.seek(0)
            if not end:
                self._line(encode_header(self.header))
                return
            _, domains = decode_ndjson(self._results)
            for result in domains:
                self.kept.append((result.domain, result.client, result.ticket))
                self._sum_up(result, again=False)
            self._results.seek(0, os.SEEK_END)

    def _sum_up(self, result: DomainResult, *, again: bool) -> None:
        link = ""
        if self.formats & {"html", "md"}:
            stem = file_stem(result.domain, self._stems, "\0".join((result.client, result.ticket, result.profile)))
            self._stems.add(stem)
            link = f"domains/{stem}.html" if "html" in self.formats else ""
            self._page(result, stem, again=again)
        self.summary.add(result, link)
        if self._table is not None:
            from reports.tables import csv_rows

            with output_failure(self.out / "findings.csv"):
                self._table.write(csv_rows(result, self.header.rules))

    def _page(self, result: DomainResult, stem: str, *, again: bool) -> None:
        page, text = (self.out / "domains" / f"{stem}{ending}" for ending in (".html", ".md"))
        if "html" in self.formats and (again or not page.exists()):
            from reports.page import domain_page

            self._put(page, domain_page(result, self._begun, self._brand))
        if "md" in self.formats and (again or not text.exists()):
            from reports.markdown import domain_markdown

            self._put(text, domain_markdown(result, self._begun).encode("utf-8", "replace"))

    def _put(self, path: Path, data: bytes) -> None:
        with output_failure(path), _whole(path) as stream:
            stream.write(data)

    def _line(self, line: bytes) -> None:
        with output_failure(self.out / RESULTS):
            self._results.write(line + b"\n")
            self._results.flush()

    def _lines(self) -> Iterator[bytes]:
        self._results.seek(0)
        next(self._results, None)
        for line in self._results:
            if line.strip():
                yield line.rstrip(b"\n")


def _complete_end(stream: BinaryIO) -> int:
    """Where the last complete line ends."""
    end = stream.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - 65536)
        stream.seek(start)
        found = stream.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


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
