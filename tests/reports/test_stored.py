"""reports.stored: both forms, from files, directories and pipes, a domain at a time, whole or broken off."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sample
from sample import replace

from reports.errors import NotAReport
from reports.jsondoc import encode_ndjson, encode_report
from reports.stored import open_stored, read_results, stored_files
from reports.writers import DirectoryWriter
from rules.results import Report

REPORT = sample.report()
BEGUN = replace(REPORT, run=replace(REPORT.run, finished="", bad_rows=(), unused_waivers=()))
FORMS = {"json": encode_report(REPORT), "ndjson": encode_ndjson(REPORT)}

both = pytest.mark.parametrize("form", FORMS)


def whole(data: bytes) -> Report:
    stored = open_stored(io.BytesIO(data))
    report = replace(stored.header, domains=tuple(stored.domains))
    assert stored.cut_off == 0
    return report


class Pipe(io.RawIOBase):
    """Gives a line at a time, can neither seek nor be read beyond what is asked for."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines, self.taken = lines, 0

    def readline(self, limit: int | None = -1) -> bytes:  # type: ignore[override]
        self.taken += 1
        return next(self._lines, b"")

    def read(self, size: int = -1) -> bytes:
        raise AssertionError("read whole")


@both
def test_a_report_reads_as_it_was_written(form: str) -> None:
    assert whole(FORMS[form]) == REPORT


@both
def test_an_editor_may_have_put_a_mark_in_front_other_line_ends_or_taken_the_last_one(form: str) -> None:
    assert whole(b"\xef\xbb\xbf" + FORMS[form]) == REPORT
    assert whole(FORMS[form].replace(b"\n", b"\r\n")) == REPORT
    assert whole(FORMS[form].rstrip(b"\n")) == REPORT


@pytest.mark.parametrize(
    "layout", [{"indent": 2}, {"separators": (",", ":")}, {}], ids=["indented", "compact", "spaced"]
)
def test_json_in_any_layout_is_a_report(layout: dict[str, object]) -> None:
    document = json.loads(FORMS["json"])
    assert whole(json.dumps(document, **layout).encode()) == REPORT  # type: ignore[arg-type]
    assert whole(json.dumps(document, **layout).encode() + b"\n") == REPORT  # type: ignore[arg-type]


@both
def test_a_report_without_domains_is_one(form: str) -> None:
    empty = replace(REPORT, domains=())
    assert whole({"json": encode_report, "ndjson": encode_ndjson}[form](empty)) == empty


@both
def test_domains_are_read_as_they_are_asked_for(form: str) -> None:
    lines = FORMS[form].splitlines(keepends=True)
    pipe = Pipe(iter([*lines[:2], b"broken\n"]))
    stored = open_stored(pipe)  # type: ignore[arg-type]
    assert pipe.taken == 1
    assert next(stored.domains) == REPORT.domains[0]
    assert pipe.taken == 2


@both
@pytest.mark.parametrize("end", ["in a line", "between lines"])
def test_a_report_that_breaks_off_gives_what_is_whole_and_says_where(form: str, end: str) -> None:
    lines = FORMS[form].splitlines(keepends=True)
    cut = b"".join(lines[:3]) + (lines[3][:50] if end == "in a line" else b"")
    stored = open_stored(io.BytesIO(cut))
    assert tuple(stored.domains) == REPORT.domains[:2]
    # Between its lines NDJSON ends like any other.
    assert stored.cut_off == {"in a line": 4, "between lines": 3 if form == "json" else 0}[end]


@both
@pytest.mark.parametrize(
    ("put", "says"),
    [
        (b"{}", "line 3.*missing required field"),
        (b"not json", "line 3.*malformed"),
        (b'{"domain":"cut.test","gra', "line 3.*truncated"),
        (b"\xff\xfe\x00", "line 3"),
        (b"\0" * 40, "line 3"),
        (b"[" * 100_000, "line 3"),
    ],
)
def test_a_broken_line_is_named_by_its_number(form: str, put: bytes, says: str) -> None:
    lines = FORMS[form].splitlines()
    lines[2] = put
    stored = open_stored(io.BytesIO(b"\n".join(lines) + b"\n"))
    assert next(stored.domains) == REPORT.domains[0]
    with pytest.raises(NotAReport, match=says):
        next(stored.domains)


def test_what_stands_behind_the_end_of_a_report_is_refused() -> None:
    with pytest.raises(NotAReport, match=r"line 6.*behind the report's end"):
        whole(FORMS["json"] + FORMS["json"])


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\n\n", "first line is empty"),
        (b"domain,grade\r\ncontoso.com,A\r\n", "does not begin with"),
        (b"[1, 2]", "does not begin with"),
        (b"<!doctype html>", "does not begin with"),
        ('{"schema": 1}'.encode("utf-16"), "UTF-16"),
        (b"{}\n", "`schema`"),
        (b'{"name":"contoso.com","type":"MX","values":[]}\n', "`schema`"),
        (b'{"schema":', "truncated"),
        (b'{"schema":}\n{"domain":"x"}\n', "line 1.*malformed"),
        (FORMS["ndjson"].split(b"\n", 1)[1], "line 1.*`schema`"),
        (FORMS["json"].replace(b"report.v1", b"report.v2"), "report.v2.*version of mailready that wrote it"),
        (FORMS["ndjson"].replace(b"report.v1", b"report.v2"), "report.v2.*version of mailready that wrote it"),
        (b'{"schema":"https://json-schema.org/draft/2020-12/schema"}\n', "json-schema.org"),
        (b'{"a":' * 100_000, "Not a mailready report"),
    ],
)
def test_what_is_no_report_is_refused_with_words(data: bytes, says: str) -> None:
    with pytest.raises(NotAReport, match=says):
        whole(data)


def scanned(out: Path, formats: tuple[str, ...]) -> None:
    writer = DirectoryWriter(out, formats, replace(BEGUN, domains=()))
    for result in REPORT.domains:
        writer.add(result)
    writer.close(REPORT.run)


def test_a_directory_is_read_with_the_end_of_its_run_where_the_report_tells_it(tmp_path: Path) -> None:
    scanned(tmp_path, ("json",))
    assert read_results(tmp_path) == REPORT
    assert read_results(tmp_path / "report.json") == REPORT
    assert read_results(tmp_path / "results.ndjson") == BEGUN
    (tmp_path / "results.ndjson").unlink()
    assert read_results(tmp_path) == REPORT


def test_the_end_of_another_run_is_not_taken(tmp_path: Path) -> None:
    scanned(tmp_path, ("json",))
    (tmp_path / "results.ndjson").write_bytes(encode_ndjson(replace(BEGUN, run=replace(BEGUN.run, id="later"))))
    assert read_results(tmp_path).run.finished == ""
    (tmp_path / "report.json").write_bytes(b"{broken")
    assert read_results(tmp_path).run.id == "later"


def test_a_directory_without_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotAReport, match=r"no results\.ndjson"):
        stored_files(tmp_path)
