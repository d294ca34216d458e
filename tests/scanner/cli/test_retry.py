"""`mailready scan --retry-unknown` and `--compact`, as a user runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import portfolio
import pytest

ROOT = Path(__file__).parents[3]
DOMAINS = 30


def mailready(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scanner", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Evidence in which every eleventh domain fails, the same mended, and a run of each."""
    path = tmp_path_factory.mktemp("retry")
    names = portfolio.names(DOMAINS)
    portfolio.write_list(path / "list.csv", names)
    portfolio.write_evidence(path / "failing.jsonl", names)
    lines = (path / "failing.jsonl").read_text("utf-8").splitlines()
    mended = [line for line in lines if "SERVFAIL" not in line]
    (path / "mended.jsonl").write_text("\n".join(mended) + "\n", "utf-8")
    scan(path, "failing", "-o", str(path / "first"), "--format", "json,csv,html", code=3)
    scan(path, "failing", "-o", str(path / "compact.ndjson"), "--compact", code=3)
    scan(path, "mended", "-o", str(path / "best.ndjson"), code=0)
    return path


def scan(world: Path, evidence: str, *more: str, code: int, rows: bool = True) -> subprocess.CompletedProcess[str]:
    given = ("-f", str(world / "list.csv")) if rows else ()
    done = mailready("scan", *given, "--evidence", str(world / f"{evidence}.jsonl"), "--missing", "nodata", *more)
    assert done.returncode == code, done.stderr
    return done


def lines_of(path: Path) -> dict[str, bytes]:
    return {json.loads(line)["domain"]: line for line in path.read_bytes().splitlines()[1:]}


def test_only_what_was_unknown_is_asked_again_and_the_result_is_whole(world: Path, tmp_path: Path) -> None:
    """The evidence of the second run has nothing but the domains that failed, so that any other would differ."""
    names = portfolio.names(DOMAINS)
    failed = [name for index, name in enumerate(names) if index % 11 == 10]
    lines = (world / "mended.jsonl").read_text("utf-8").splitlines()
    (tmp_path / "few.jsonl").write_text("\n".join(line for line in lines if any(n in line for n in failed)), "utf-8")
    out = tmp_path / "again"
    given = ("--evidence", str(tmp_path / "few.jsonl"), "--missing", "nodata", "-o", str(out), "--format", "json,csv")
    done = mailready("scan", "--retry-unknown", str(world / "first"), *given)
    assert done.returncode == 0, done.stderr
    first, again, best = (
        lines_of(path) for path in (world / "first" / "results.ndjson", out / "results.ndjson", world / "best.ndjson")
    )
    assert again == first | {name: best[name] for name in failed}
    document: dict[str, Any] = json.loads((out / "report.json").read_bytes())
    assert [result["domain"] for result in document["domains"]] == names


def test_a_compact_run_is_retried_into_a_compact_one(world: Path, tmp_path: Path) -> None:
    out = tmp_path / "again.ndjson"
    scan(world, "mended", "--retry-unknown", str(world / "compact.ndjson"), "-o", str(out), code=0, rows=False)
    lines = out.read_bytes().splitlines()
    assert json.loads(lines[0])["schema"].endswith("compact.v1.json")
    assert len(lines) == DOMAINS + 1
    assert all(line.startswith(b'{"compact":1') and len(line) < 2048 for line in lines[1:])
    assert not any(json.loads(line)["grade"] == "?" for line in lines[1:])


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--profile", "parked"), "profile: then onboarding"),
        (("--all-facts",), "facts: then none, now all"),
        (("contoso.com",), "give no others"),
    ],
)
def test_another_judgement_is_refused(world: Path, tmp_path: Path, more: tuple[str, ...], says: str) -> None:
    given = ("--retry-unknown", str(world / "first"), "-o", str(tmp_path / "again.ndjson"))
    done = scan(world, "mended", *given, *more, code=2, rows=False)
    assert says in done.stderr
    assert not (tmp_path / "again.ndjson").exists()


@pytest.mark.parametrize(
    ("run", "out", "says"),
    [
        ("first", "first", "would write over"),
        ("first", "x.csv", "needs a new directory"),
        ("list.csv", "x.ndjson", "Not a mailready report"),
        ("nowhere", "x.ndjson", "cannot be read"),
    ],
)
def test_what_cannot_be_retried_is_said(world: Path, run: str, out: str, says: str) -> None:
    given = ("--retry-unknown", str(world / run), "-o", str(world / out))
    assert says in scan(world, "mended", *given, code=2, rows=False).stderr


def test_reports_are_made_of_compact_results(world: Path, tmp_path: Path) -> None:
    done = mailready(
        "report", str(world / "compact.ndjson"), "-o", str(tmp_path / "out"), "--format", "html,json,csv,md"
    )
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "out" / "domains" / "d000001.example.html").read_text("utf-8")
    assert "compact result" in page
    assert lines_of(tmp_path / "out" / "results.ndjson") == lines_of(world / "compact.ndjson")
