"""What becomes of a run whose output or whose words nobody reads any more: a clear end, and never a grade's exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import portfolio
import pytest
from cut_off import ROOT

DOMAINS = 60
OPEN_GRADES = 3


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A list, with evidence of which some is unknown; its results are longer than what a pipe holds."""
    folder, names = tmp_path_factory.mktemp("portfolio"), portfolio.names(DOMAINS)
    rows = portfolio.write_list(folder / "list.csv", names)
    evidence = portfolio.write_evidence(folder / "evidence.jsonl", names)
    return ["-f", str(rows), "--evidence", str(evidence), "--missing", "nodata"]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "scanner", "scan", *arguments]


def scan(*arguments: str, stdout: int = subprocess.PIPE, stderr: int = subprocess.PIPE) -> tuple[int, bytes, str]:
    done = subprocess.run(command(*arguments), stdout=stdout, stderr=stderr, cwd=ROOT, timeout=120, check=False)
    return done.returncode, done.stdout or b"", (done.stderr or b"").decode()


@contextmanager
def nobody_reads() -> Iterator[int]:
    """The writing end of a pipe that has no other."""
    read, write = os.pipe()
    os.close(read)
    try:
        yield write
    finally:
        os.close(write)


def domains(lines: bytes) -> set[str]:
    found = [json.loads(line)["domain"] for line in lines.splitlines()[1:]]
    assert len(found) == len(set(found))
    return set(found)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_reader_that_takes_one_line_ends_the_run_with_4_and_what_to_do(given: list[str], workers: str) -> None:
    """As `mailready scan ... --format ndjson | head -1` does."""
    process = subprocess.Popen(
        command(*given, "--format", "ndjson", "--workers", workers),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    header = json.loads(process.stdout.readline())
    process.stdout.close()
    said = process.stderr.read().decode()
    assert process.wait(60) == 4, said
    process.stderr.close()
    assert header["tool"]["name"] == "mailready"
    assert "standard output: Broken pipe: whoever read it has stopped" in said
    assert "--resume" in said
    assert "Traceback" not in said


def test_a_run_whose_words_nobody_reads_goes_on_to_its_end(given: list[str], tmp_path: Path) -> None:
    out = tmp_path / "out.ndjson"
    bad = tmp_path / "bad.csv"
    bad.write_text("domain\n" + "not a name\n" * 3, "utf-8")
    with nobody_reads() as stderr:
        code, _, _ = scan(*given, "-f", str(bad), "-o", str(out), "--allow-bad-rows", stderr=stderr)
    assert code == OPEN_GRADES
    assert domains(out.read_bytes()) == set(portfolio.names(DOMAINS))
    assert not list(tmp_path.glob("*.resume"))


def test_an_error_that_nobody_reads_keeps_its_exit_code() -> None:
    with nobody_reads() as stderr:
        assert scan("contoso.com", "--fail-under", "Z", stderr=stderr)[0] == 2


@pytest.mark.skipif(os.name != "posix", reason="needs a shell that closes descriptors")
def test_without_standard_error_no_word_for_people_gets_into_the_results(given: list[str], tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("domain\nnot a name\n", "utf-8")
    arguments = command(*given, "-f", str(bad), "--allow-bad-rows", "--format", "ndjson")
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" 2>&-', "sh", *arguments], stdout=subprocess.PIPE, cwd=ROOT, timeout=120, check=False
    )
    assert done.returncode == OPEN_GRADES
    assert domains(done.stdout) == set(portfolio.names(DOMAINS))


def test_reports_in_a_directory_are_whole_though_nobody_reads_the_table(given: list[str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ("-o", str(out), "--format", "json,csv")
    with nobody_reads() as stdout:
        code, _, said = scan(*given, *options, stdout=stdout)
    assert code == 4
    assert f"the reports are in {out}; standard output: Broken pipe" in said
    assert "Traceback" not in said
    assert len(json.loads((out / "report.json").read_bytes())["domains"]) == DOMAINS
    before = (out / "results.ndjson").read_bytes()
    code, _, said = scan(*given, *options, "--resume")
    assert code == OPEN_GRADES
    assert f"{DOMAINS} domains are finished" in said
    assert (out / "results.ndjson").read_bytes() == before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_whose_reader_goes_away_ends_the_run_with_4(given: list[str], tmp_path: Path) -> None:
    pipe = tmp_path / "results.ndjson"
    os.mkfifo(pipe)
    process = subprocess.Popen(command(*given, "-o", str(pipe)), stderr=subprocess.PIPE, cwd=ROOT)
    with pipe.open("rb") as reader:
        assert json.loads(reader.readline())["tool"]["name"] == "mailready"
    assert process.stderr is not None
    said = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(60) == 4, said
    assert f"{pipe}: Broken pipe: whoever read it has stopped" in said
    assert pipe.is_fifo(), "what was there before the run stays"
