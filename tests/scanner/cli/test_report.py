"""`mailready report` as a user runs it: every format again from what a scan stored."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reports.writers import FORMATS

ROOT = Path(__file__).parents[3]
EVIDENCE = str(ROOT / "examples" / "evidence.jsonl")
CLIENTS = str(ROOT / "examples" / "clients.csv")


def mailready(*arguments: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "scanner", *arguments],
        input=stdin,
        capture_output=True,
        cwd=ROOT,
        timeout=60,
        check=False,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "100"},
    )


def scan(*arguments: str) -> bytes:
    done = mailready("scan", *arguments, "--evidence", EVIDENCE, "--missing", "nodata", "--profile", "auto")
    assert done.returncode in {0, 3}, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of a scan in all formats, with a skipped row."""
    place = tmp_path_factory.mktemp("scan")
    (place / "list.csv").write_text(Path(CLIENTS).read_text("utf-8") + "not a domain,,,\n", "utf-8")
    options = ("--evidence", EVIDENCE, "--missing", "nodata", "--profile", "auto", "--allow-bad-rows")
    done = mailready(
        "scan", "-f", str(place / "list.csv"), *options, "-o", f"{place}/out", "--format", ",".join(FORMATS)
    )
    assert done.returncode == 3, done.stderr
    return place / "out"


def files(place: Path) -> dict[str, bytes]:
    return {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()}


@pytest.mark.parametrize("stored", [".", "report.json"])
def test_a_directory_made_again_is_the_one_that_the_scan_made_to_the_byte(
    stored: str, out: Path, tmp_path: Path
) -> None:
    done = mailready("report", str(out / stored), "-o", f"{tmp_path}/again", "--format", ",".join(FORMATS))
    assert (done.returncode, done.stderr) == (0, b"")
    scanned, again = files(out), files(tmp_path / "again")
    # The first line of the scan's results.ndjson was written when the end of the run was not known.
    for made in (scanned, again):
        made["results.ndjson"] = made["results.ndjson"].partition(b"\n")[2]
    assert again == scanned
    assert b"not a domain" in again["index.html"]


@pytest.mark.parametrize("form", ["json", "ndjson"])
@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("domain", ["fabrikam.com", "northwind.example"])
def test_a_report_of_one_domain_is_the_one_that_the_scan_made_to_the_byte(
    domain: str, format_: str, form: str, out: Path, tmp_path: Path
) -> None:
    scanned = mailready("report", "-", "--format", form, stdin=one(out, domain)).stdout
    (tmp_path / f"stored.{form}").write_bytes(scanned)
    done = mailready("report", str(tmp_path / f"stored.{form}"), "--format", format_, "-o", f"{tmp_path}/made")
    assert (done.returncode, done.stderr) == (0, b"")
    piped = mailready("report", "-", "--format", format_, stdin=scanned)
    assert piped.stdout == (tmp_path / "made" / NAMES[format_].format(domain)).read_bytes()


NAMES = {
    "html": "domains/{}.html",
    "md": "domains/{}.md",
    "json": "report.json",
    "ndjson": "results.ndjson",
    "csv": "findings.csv",
    "actions": "actions.csv",
    "xlsx": "report.xlsx",
}


def one(out: Path, domain: str) -> bytes:
    lines = (out / "results.ndjson").read_bytes().splitlines(keepends=True)
    return lines[0] + next(line for line in lines[1:] if json.loads(line)["domain"] == domain)


@pytest.mark.parametrize("format_", FORMATS)
def test_what_a_scan_wrote_into_a_file_is_what_report_makes_of_its_json(format_: str, tmp_path: Path) -> None:
    """The run's id and times are of the scan, so all formats here come from one."""
    (tmp_path / "stored.json").write_bytes(scan("contoso.com", "fabrikam.com", "--format", "json"))
    first = mailready("report", str(tmp_path / "stored.json"), "--format", format_)
    lines = mailready("report", str(tmp_path / "stored.json"), "--format", "ndjson").stdout
    again = mailready("report", "-", "--format", format_, stdin=lines)
    assert first.stdout == again.stdout != b""
    if format_ == "json":
        assert first.stdout == (tmp_path / "stored.json").read_bytes()


def test_without_a_format_it_is_told_on_the_terminal(out: Path) -> None:
    assert b"fabrikam.com" in mailready("report", str(out)).stdout
    told = mailready("report", "-", stdin=one(out, "fabrikam.com")).stdout
    assert told.strip().startswith(b"fabrikam.com: grade D")


def test_a_run_that_was_cut_off_is_reported_as_far_as_it_is_whole(out: Path, tmp_path: Path) -> None:
    whole = (out / "results.ndjson").read_bytes()
    (tmp_path / "cut.ndjson").write_bytes(whole[:-1000])
    done = mailready("report", str(tmp_path / "cut.ndjson"), "--format", "json")
    assert done.returncode == 0
    assert len(json.loads(done.stdout)["domains"]) == 7
    assert b"cut.ndjson: breaks off at line 9; the 7 domains before that are reported." in done.stderr


@pytest.mark.parametrize("target", ["made.html", "made.csv", "directory"])
def test_a_broken_line_ends_it_and_leaves_no_half_report(target: str, out: Path, tmp_path: Path) -> None:
    lines = (out / "results.ndjson").read_bytes().splitlines(keepends=True)
    (tmp_path / "broken.ndjson").write_bytes(b"".join([*lines[:4], b"broken\n", *lines[5:]]))
    done = mailready("report", str(tmp_path / "broken.ndjson"), "-o", str(tmp_path / target))
    assert done.returncode == 2
    assert b"broken.ndjson: Not a mailready report (line 5)" in done.stderr
    left = files(tmp_path)
    assert not {name for name in left if "index" in name or "findings" in name or "made" in name or "part" in name}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", b"it is empty"),
        (b"domain\ncontoso.com\n", b"does not begin with {"),
        (b'{"schema":"https://mailready.example/schema/report.v2.json"}\n', b"report.v2"),
        (b'{"name":"contoso.com","type":"MX","values":[]}\n', b"schema"),
    ],
)
def test_what_is_no_report_ends_with_2_and_touches_nothing(content: bytes, says: bytes, tmp_path: Path) -> None:
    (tmp_path / "given").write_bytes(content)
    (tmp_path / "made.html").write_bytes(b"an older one")
    done = mailready("report", str(tmp_path / "given"), "-o", str(tmp_path / "made.html"))
    assert done.returncode == 2
    assert done.stdout == b""
    assert b"given: Not a" in done.stderr
    assert says in done.stderr
    assert b"Traceback" not in done.stderr
    assert (tmp_path / "made.html").read_bytes() == b"an older one"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("none.json",), b"none.json: cannot be read: No such file"),
        (("examples",), b"no results.ndjson is in this directory"),
        (("-", "--format", "pdf"), b"no format 'pdf'"),
        (("-", "--format", "html,csv", "-o", "-"), b"takes one format"),
    ],
)
def test_what_cannot_be_used_ends_with_2_and_says_why(arguments: tuple[str, ...], says: bytes) -> None:
    done = mailready("report", *arguments, stdin=b"")
    assert done.returncode == 2
    assert says in done.stderr


@pytest.mark.parametrize("stored", ["results.ndjson", "report.json", "."])
@pytest.mark.parametrize("place", [".", "results.ndjson", "report.json"])
def test_what_it_reads_is_not_written_over(stored: str, place: str, out: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("results.ndjson", "report.json"):
        (copy / name).write_bytes((out / name).read_bytes())
    before = files(copy)
    options = ("--format", "html,csv,json") if place == "." else ()
    done = mailready("report", str(copy / stored), "-o", str(copy / place), *options)
    if stored in {place, "."} or place == ".":
        assert done.returncode == 2
        assert b"would write over" in done.stderr
        assert files(copy) == before
    else:
        assert done.returncode == 0


def test_a_full_disk_ends_it_with_4(out: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("the system has no /dev/full")
    done = mailready("report", str(out), "--format", "html", "-o", "/dev/full")
    assert done.returncode == 4
    assert b"No space left" in done.stderr


BRAND = str(ROOT / "examples" / "brand" / "brand.yaml")


def test_a_brand_is_shown_by_scan_and_report_alike(tmp_path: Path) -> None:
    options = ("fabrikam.com", "contoso.com", "--brand", BRAND, "--format", "html,json", "-o", f"{tmp_path}/scanned")
    scan(*options)
    done = mailready("report", f"{tmp_path}/scanned", *options[2:6], "-o", f"{tmp_path}/again")
    assert (done.returncode, done.stderr) == (0, b"")
    for name in ("index.html", "domains/fabrikam.com.html"):
        page = (tmp_path / "scanned" / name).read_bytes()
        assert b"Wingtip Mail Services" in page
        assert (tmp_path / "again" / name).read_bytes() == page


@pytest.mark.parametrize("command", [("scan", "contoso.com"), ("report", "-")])
def test_a_brand_that_cannot_be_used_ends_with_2_before_anything_is_done(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "brand.yaml").write_text("name: x\naccent: '#ffee00'\n")
    done = mailready(*command, "--brand", f"{tmp_path}/brand.yaml", "-o", f"{tmp_path}/out/", stdin=b"")
    assert done.returncode == 2
    assert b"brand.yaml: accent: #ffee00 on white has a contrast of" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["brand.yaml", "logo.svg"])
def test_a_brand_is_not_written_over(name: str, tmp_path: Path) -> None:
    for path in Path(BRAND).parent.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    before = files(tmp_path)
    options = ("--brand", f"{tmp_path}/brand.yaml", "--format", "html", "-o", f"{tmp_path}/{name}")
    done = mailready("scan", "contoso.com", "--evidence", EVIDENCE, *options)
    assert done.returncode == 2
    assert b"would write over" in done.stderr
    assert files(tmp_path) == before
