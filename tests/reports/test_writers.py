"""reports.writers: directories that fill as domains arrive, streams of one format, and runs that were cut off."""

from __future__ import annotations

import io
import json
import weakref
from pathlib import Path

import pytest
import sample
from sample import replace

from reports.errors import OutputFailed, ReportError
from reports.journal import Journal, progress_of
from reports.jsondoc import decode_report, encode_domain, encode_header, encode_ndjson
from reports.stored import read_results
from reports.tables import findings_csv
from reports.writers import FORMATS, DirectoryWriter, StreamWriter, render_one
from rules.results import Report, Run

REPORT = sample.report()
HEADER = replace(REPORT, domains=(), run=Run(id="r1", started="2026-11-21T09:00:00Z"))


def fill(out: Path, report: Report = REPORT, formats: tuple[str, ...] = FORMATS) -> list[Path]:
    writer = DirectoryWriter(out, formats, replace(report, domains=()))
    for result in report.domains:
        writer.add(result)
    return writer.close(report.run)


def names(out: Path) -> list[str]:
    return sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())


def test_a_directory_holds_what_the_design_names(tmp_path: Path) -> None:
    written = fill(tmp_path, formats=("html", "json", "ndjson", "csv"))
    assert names(tmp_path) == [
        "domains/contoso.com.html",
        "domains/fabrikam.com.html",
        "domains/silent.test.html",
        "findings.csv",
        "index.html",
        "report.json",
        "results.ndjson",
    ]
    assert sorted(path.name for path in written) == ["findings.csv", "index.html", "report.json", "results.ndjson"]


def test_the_files_say_what_one_report_in_one_format_says(tmp_path: Path) -> None:
    fill(tmp_path)
    assert (tmp_path / "report.json").read_bytes() == render_one(REPORT, "json")
    assert (tmp_path / "results.ndjson").read_bytes() == encode_ndjson(REPORT)
    assert (tmp_path / "findings.csv").read_bytes() == findings_csv(REPORT)
    page = render_one(replace(REPORT, domains=REPORT.domains[:1]), "html")
    assert (tmp_path / "domains" / "contoso.com.html").read_bytes() == page


def test_every_link_of_the_index_leads_to_a_file(tmp_path: Path) -> None:
    import hostile

    odd = sample.report(
        sample.result("../../etc/passwd"), sample.result("con.test"), sample.result("a" * 250), sample.result("A.test")
    )
    fill(tmp_path / "out", odd)
    read = hostile.Reader((tmp_path / "out" / "index.html").read_bytes())
    links = [value for _, name, value in read.attributes if name == "href" and value.startswith("domains/")]
    assert len(links) == 4
    assert all((tmp_path / "out" / link).is_file() for link in links)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_rows_of_one_domain_have_a_page_each(tmp_path: Path) -> None:
    fill(tmp_path, sample.report(*(sample.result(client=client) for client in ("one", "two", "two"))))
    pages = [name for name in names(tmp_path) if name.startswith("domains/") and name.endswith(".html")]
    assert len(pages) == 3
    assert "domains/contoso.com.html" in pages


def test_results_can_be_read_while_the_run_goes_on(tmp_path: Path) -> None:
    writer = DirectoryWriter(tmp_path, FORMATS, HEADER)
    writer.add(REPORT.domains[0])
    lines = (tmp_path / "results.ndjson").read_bytes().splitlines()
    assert [json.loads(line).get("domain") for line in lines] == [None, "contoso.com"]
    assert not (tmp_path / "report.json").exists()
    assert not (tmp_path / "findings.csv").exists()
    writer.abandon()
    assert names(tmp_path) == [
        "domains/contoso.com.html",
        "domains/contoso.com.md",
        "results.ndjson",
        "results.ndjson.resume",
    ]


def test_a_run_that_was_cut_off_is_resumed_without_loss_or_repetition(tmp_path: Path) -> None:
    writer = DirectoryWriter(tmp_path, FORMATS, HEADER)
    for result in REPORT.domains[:2]:
        writer.add(result)
    writer.journal.leave({"done": 2})
    results = tmp_path / "results.ndjson"
    with results.open("ab") as stream:
        stream.write(b'{"domain":"cut.test","gra')
    progress = progress_of(results, HEADER.run.id)
    assert progress is not None
    assert progress.counted == {"done": 2}
    journal = Journal(results, encode_header(HEADER), HEADER.run.id, progress)
    again = DirectoryWriter(tmp_path, FORMATS, HEADER, journal=journal)
    for result in REPORT.domains[:2]:
        again.keep(result.domain, "")
    again.add(REPORT.domains[2], row=3)
    again.close(REPORT.run)
    assert decode_report((tmp_path / "report.json").read_bytes()) == REPORT
    assert (tmp_path / "findings.csv").read_bytes() == findings_csv(REPORT)
    assert again.summary.domains == 3
    assert not (tmp_path / "results.ndjson.resume").exists()


def test_what_sums_up_is_in_the_order_of_the_list_however_the_domains_ended(tmp_path: Path) -> None:
    writer = DirectoryWriter(tmp_path, FORMATS, HEADER)
    for row in (2, 3, 1):
        writer.add(REPORT.domains[row - 1], row=row)
    writer.close(REPORT.run)
    assert decode_report((tmp_path / "report.json").read_bytes()) == REPORT
    assert (tmp_path / "findings.csv").read_bytes() == findings_csv(REPORT)
    lines = (tmp_path / "results.ndjson").read_bytes().splitlines()[1:]
    assert lines == [encode_domain(REPORT.domains[row - 1]) for row in (2, 3, 1)]


def test_pages_of_a_domain_with_several_rows_keep_their_names_when_a_run_is_resumed(tmp_path: Path) -> None:
    import hostile

    rows = [sample.result(client=client) for client in ("one", "two", "three")]
    writer = DirectoryWriter(tmp_path, ("html",), HEADER)
    writer.add(rows[1], row=2)
    writer.add(rows[0], row=1)
    writer.journal.leave({})
    progress = progress_of(tmp_path / "results.ndjson", HEADER.run.id)
    assert progress is not None
    journal = Journal(tmp_path / "results.ndjson", encode_header(HEADER), HEADER.run.id, progress)
    again = DirectoryWriter(tmp_path, ("html",), HEADER, journal=journal)
    for row in (1, 2):
        again.keep(rows[row - 1].domain, progress.names.get(row, ""))
    again.add(rows[2], row=3)
    again.close(REPORT.run)
    read = hostile.Reader((tmp_path / "index.html").read_bytes())
    links = [value for _, name, value in read.attributes if name == "href" and value.startswith("domains/")]
    assert len(set(links)) == 3
    for link in links:
        page = (tmp_path / link).read_text("utf-8")
        assert sum(f">{client}<" in page or f" {client}" in page for client in ("one", "two", "three")) >= 1


def test_a_new_run_replaces_the_results_of_the_old_one(tmp_path: Path) -> None:
    fill(tmp_path)
    fill(tmp_path, replace(REPORT, domains=REPORT.domains[:1]))
    assert len(read_results(tmp_path).domains) == 1


def test_no_part_files_stay_behind(tmp_path: Path) -> None:
    fill(tmp_path)
    assert not [name for name in names(tmp_path) if ".part" in name]


def test_a_place_that_cannot_be_written_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputFailed, match=r"file/out: Not a directory"):
        DirectoryWriter(tmp_path / "file" / "out", FORMATS, HEADER)


@pytest.mark.parametrize("format_", FORMATS)
def test_a_stream_gets_what_one_report_in_the_format_is(format_: str) -> None:
    out = io.BytesIO()
    writer = StreamWriter(out, format_, replace(REPORT, domains=()))
    for result in REPORT.domains:
        writer.add(result)
    writer.close(REPORT.run)
    assert out.getvalue() == render_one(REPORT, format_)


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("number", [1, 3])
def test_a_stored_report_shows_as_the_scan_did(format_: str, number: int) -> None:
    report = replace(REPORT, domains=REPORT.domains[:number])
    turned = replace(
        report,
        rules=dict(reversed(report.rules.items())),
        frameworks=dict(reversed(report.frameworks.items())),
        domains=tuple(
            replace(d, findings=tuple(replace(f, observed=dict(reversed(f.observed.items()))) for f in d.findings))
            for d in report.domains
        ),
    )
    assert render_one(decode_report(render_one(turned, "json")), format_) == render_one(report, format_)
    assert render_one(turned, format_) == render_one(report, format_)


@pytest.mark.parametrize("format_", ["ndjson", "csv"])
def test_lines_leave_as_the_domains_arrive(format_: str) -> None:
    out = io.BytesIO()
    writer = StreamWriter(out, format_, HEADER)
    before = len(out.getvalue())
    writer.add(REPORT.domains[0])
    assert b"contoso.com" in out.getvalue()[before:]


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("number", [0, 1, 3])
def test_every_format_takes_any_number_of_domains(format_: str, number: int) -> None:
    assert render_one(replace(REPORT, domains=REPORT.domains[:number]), format_)


def test_a_broken_stream_is_an_output_that_failed() -> None:
    class Full(io.BytesIO):
        def write(self, _: object) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OutputFailed, match="No space left"):
        StreamWriter(Full(), "ndjson", HEADER)


def test_an_unknown_format_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"'pdf'.*html, json"):
        render_one(REPORT, "pdf")
    with pytest.raises(ReportError, match="'pdf'"):
        StreamWriter(io.BytesIO(), "pdf", HEADER)
    with pytest.raises(ReportError, match="'pdf'"):
        DirectoryWriter(tmp_path, ("pdf",), HEADER)


@pytest.mark.parametrize("format_", ["html", "md"])
def test_the_page_of_a_domain_does_not_depend_on_how_its_run_went_on(format_: str, tmp_path: Path) -> None:
    ended = replace(REPORT, domains=REPORT.domains[:1])
    fill(tmp_path / "made again", ended)
    run = replace(REPORT.run, finished="", bad_rows=(), unused_waivers=())
    writer = DirectoryWriter(tmp_path / "scanned", FORMATS, replace(HEADER, run=run))
    writer.add(ended.domains[0])
    writer.close(ended.run)
    name = f"domains/contoso.com.{format_}"
    page = (tmp_path / "scanned" / name).read_bytes()
    assert (tmp_path / "made again" / name).read_bytes() == page
    assert render_one(ended, format_) == page


@pytest.mark.parametrize("format_", ["html", "json", "md"])
def test_what_can_be_written_only_at_the_end_does_not_keep_the_domains(format_: str) -> None:
    class Watched(dict[str, object]):
        """The facts of a result, which are held by nothing else; a struct itself cannot be referred to weakly."""

    writer = StreamWriter(io.BytesIO(), format_, HEADER)
    writer.add(REPORT.domains[0])
    seen = []
    for number in range(3):
        passing = replace(REPORT.domains[1], facts=Watched(REPORT.domains[1].facts))
        seen.append(weakref.ref(passing.facts))
        writer.add(passing)
        del passing
        assert seen[number]() is None
    writer.close(REPORT.run)
