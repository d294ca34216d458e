"""`mailready scan --resume` as a user meets it: processes that are killed, disks that are full, other lists."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import portfolio
import pytest
from cut_off import IN_STEP, ROOT, eager, telling, to_the_end, wait_for

from reports.journal import journal_path

DOMAINS = 240


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A list, evidence for it, and what one uninterrupted run makes of them."""
    path = tmp_path_factory.mktemp("portfolio")
    names = portfolio.names(DOMAINS)
    portfolio.write_list(path / "list.csv", names)
    portfolio.write_evidence(path / "evidence.jsonl", names)
    done = scan(path, "-o", str(path / "whole"), "--format", "json,csv,html")
    assert done.returncode == 3, done.stderr
    return path


@pytest.fixture(scope="module")
def broken_off(world: Path) -> Path:
    """Results of a run that was killed, with the file beside."""
    out = world / "broken" / "out.ndjson"
    out.parent.mkdir()
    killed(world, 30, "-o", str(out))
    assert journal_path(out).exists()
    return out


def copy_of(results: Path, folder: Path) -> Path:
    for path in (results, journal_path(results)):
        shutil.copy(path, folder)
    return folder / results.name


def arguments(world: Path, *more: str) -> list[str]:
    given = ("-f", str(world / "list.csv"), "--evidence", str(world / "evidence.jsonl"), "--missing", "nodata")
    return ["scan", *given, *more]


def scan(world: Path, *more: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        eager(*arguments(world, *more)), capture_output=True, text=True, cwd=ROOT, timeout=120, check=False, **options
    )


def killed(world: Path, lines: int, *more: str) -> None:
    """Starts a run, and kills it without warning once it has written so many results, if it ever does."""
    with telling(*arguments(world, *more), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as (process, told):
        if wait_for(lines, told):
            process.send_signal(signal.SIGKILL)
        process.wait(120)


def lines_of(results: Path) -> list[bytes]:
    """The sorted results, each of which is whole."""
    data = results.read_bytes()
    assert data.endswith(b"\n")
    lines = data.splitlines()[1:]
    for line in lines:
        json.loads(line)
    return sorted(lines)


def without_run(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_bytes())
    del document["run"]
    return document


@pytest.mark.parametrize(("seed", "workers"), [(0, "1"), (1, "2")])
def test_whenever_a_run_is_killed_it_is_resumed_to_what_one_run_makes(
    world: Path, tmp_path: Path, seed: int, workers: str
) -> None:
    choose = random.Random(seed)
    out = tmp_path / "out"
    options = ("-o", str(out), "--format", "json,csv,html", "--workers", workers)
    for _ in range(2):
        killed(world, choose.randrange(DOMAINS // 2), *options, "--resume")
    done = scan(world, *options, "--resume")
    assert done.returncode == 3, done.stderr
    assert lines_of(out / "results.ndjson") == lines_of(world / "whole" / "results.ndjson")
    assert without_run(out / "report.json") == without_run(world / "whole" / "report.json")
    assert (out / "findings.csv").read_bytes() == (world / "whole" / "findings.csv").read_bytes()
    assert {path.name for path in (out / "domains").iterdir()} == {
        path.name for path in (world / "whole" / "domains").iterdir()
    }
    assert not list(out.glob("*.resume"))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_file_of_results_is_resumed_and_its_evidence_is_whole(world: Path, tmp_path: Path, workers: str) -> None:
    out, record = tmp_path / "out.ndjson", tmp_path / "record.jsonl"
    options = ("-o", str(out), "--record", str(record), "--workers", workers)
    killed(world, 60, *options)
    assert 60 <= len(out.read_bytes().splitlines()) - 1 < DOMAINS
    with record.open("ab") as stream:
        stream.write(b'{"name":"d0000')
    assert scan(world, *options, "--resume").returncode == 3
    assert lines_of(out) == lines_of(world / "whole" / "results.ndjson")
    given = ("-f", str(world / "list.csv"), "--evidence", str(record), "-o", str(tmp_path / "replay.ndjson"))
    replay = subprocess.run([sys.executable, "-m", "scanner", "scan", *given], cwd=ROOT, timeout=120, check=False)
    assert replay.returncode == 3
    assert lines_of(tmp_path / "replay.ndjson") == lines_of(out)


def test_a_run_that_had_ended_is_found_finished(world: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.ndjson"
    scan(world, "-o", str(out))
    before = out.read_bytes()
    done = scan(world, "-o", str(out), "--resume")
    assert (done.returncode, out.read_bytes()) == (3, before)
    assert f"{DOMAINS} domains are finished" in done.stderr


def test_where_nothing_is_to_be_resumed_the_run_begins(world: Path, tmp_path: Path) -> None:
    done = scan(world, "-o", str(tmp_path / "new.ndjson"), "--resume")
    assert done.returncode == 3
    assert "nothing to resume" in done.stderr
    assert lines_of(tmp_path / "new.ndjson") == lines_of(world / "whole" / "results.ndjson")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("-f", "{other}"), "list 1: then none, now sha256:"),
        (("--profile", "parked"), "profile: then onboarding, sha256:"),
        (("--all-facts",), "facts: then none, now all"),
        (("contoso.com",), "domains: then none, now sha256:"),
        (("--waivers", "{waivers}"), "waivers: then none, now sha256:"),
        (("--pack", "{pack}"), "pack ours: then none, now version 1"),
    ],
)
def test_another_question_is_refused_with_the_difference_named(
    world: Path, broken_off: Path, tmp_path: Path, more: tuple[str, ...], says: str
) -> None:
    out = copy_of(broken_off, tmp_path)
    before = out.read_bytes()
    (tmp_path / "other.csv").write_text("domain\nfabrikam.com\n", "utf-8")
    (tmp_path / "waivers.yaml").write_text("waivers: []\n", "utf-8")
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "ours.yaml").write_text(PACK, "utf-8")
    places = {name: str(tmp_path / f"{name}{end}") for name, end in FILES.items()}
    done = scan(world, "-o", str(out), "--resume", *(option.format(**places) for option in more))
    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert out.read_bytes() == before


FILES = {"other": ".csv", "waivers": ".yaml", "pack": ""}
PACK = """\
pack: ours
version: 1
rules:
  - id: OUR-001
    title: There is an MX record
    severity: low
    assert: {mx.status: present}
    fail: "{domain} has no MX record."
    why: We say so.
    refs: [https://www.rfc-editor.org/rfc/rfc5321]
    examples:
      - {mx.status: present, expect: pass}
      - {mx.status: none, expect: fail}
      - {mx.status: {unknown: SERVFAIL}, expect: unknown}
"""


def test_another_version_is_refused(world: Path, broken_off: Path, tmp_path: Path) -> None:
    out = copy_of(broken_off, tmp_path)
    header, rest = out.read_bytes().split(b"\n", 1)
    changed = json.loads(header)
    changed["tool"]["version"] = "0.0.1"
    out.write_bytes(json.dumps(changed).encode() + b"\n" + rest)
    done = scan(world, "-o", str(out), "--resume")
    assert done.returncode == 2
    assert "version: then 0.0.1, now " in done.stderr


@pytest.mark.parametrize(
    ("more", "says"),
    [((), "--resume needs"), (("-o", "{tmp}/x.csv"), "--resume needs"), (("-o", "{tmp}/diary.ndjson"), "Not a")],
)
def test_what_cannot_be_resumed_is_said(world: Path, tmp_path: Path, more: tuple[str, ...], says: str) -> None:
    (tmp_path / "diary.ndjson").write_text("dear diary\n", "utf-8")
    done = scan(world, "--resume", *(option.format(tmp=tmp_path) for option in more))
    assert done.returncode == 2
    assert says in done.stderr


def test_a_list_that_cannot_be_read_twice_is_refused(tmp_path: Path, world: Path) -> None:
    given = ("--evidence", str(world / "evidence.jsonl"), "-o", str(tmp_path / "out.ndjson"))
    command = [sys.executable, "-m", "scanner", "scan", "-", *given]
    for options, code in ((), 3), (("--resume",), 2):
        done = subprocess.run(
            [*command, *options], input=b"d000001.example\n", capture_output=True, cwd=ROOT, timeout=60, check=False
        )
        assert done.returncode == code, done.stderr
    assert b"save the list as a file" in done.stderr


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="needs the file size limits of Linux")
def test_a_disk_that_fills_ends_the_run_with_4_and_it_is_resumed_where_there_is_room(
    world: Path, tmp_path: Path
) -> None:
    """A limit on the size of files stands in for the disk: writing fails in the middle of a line."""
    import resource

    out = tmp_path / "out.ndjson"
    size = (world / "whole" / "results.ndjson").stat().st_size // 2

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    done = scan(world, "-o", str(out), preexec_fn=limit)
    assert done.returncode == 4, done.stderr
    assert "File too large" in done.stderr
    assert "--resume" in done.stderr
    assert "Traceback" not in done.stderr
    assert 0 < len(lines_of(out)) < DOMAINS
    assert scan(world, "-o", str(out), "--resume").returncode == 3
    assert lines_of(out) == lines_of(world / "whole" / "results.ndjson")


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_is_resumed(world: Path, tmp_path: Path, number: int, code: int) -> None:
    out = tmp_path / "out"
    results = out / "results.ndjson"
    given = arguments(world, "-o", str(out), "--concurrency", "2")
    with telling(*given, octets=IN_STEP, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as (process, told):
        assert wait_for(10 * IN_STEP, told)
        process.send_signal(number)
        to_the_end(told)
        assert process.stderr is not None
        said = process.stderr.read()
        assert process.wait(60) == code, said
    assert "--resume goes on from there" in said
    assert json.loads((out / "report.json").read_bytes())["domains"]
    assert scan(world, "-o", str(out), "--resume").returncode == 3
    assert lines_of(results) == lines_of(world / "whole" / "results.ndjson")
    assert without_run(out / "report.json") == without_run(world / "whole" / "report.json")
