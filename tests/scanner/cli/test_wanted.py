"""`--client`, `--tag`, `--only-failing`: rows that are scanned, and results that are shown."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
EXAMPLES = ("--evidence", str(ROOT / "examples" / "evidence.jsonl"), "--missing", "nodata", "--profile", "auto")
CLIENTS = ("-f", str(ROOT / "examples" / "clients.csv"))


def mailready(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scanner", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)


def domains(path: Path) -> set[str]:
    return {json.loads(line)["domain"] for line in path.read_bytes().splitlines()[1:]}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("wanted") / "all.ndjson"
    assert mailready("scan", *CLIENTS, *EXAMPLES, "-o", str(path)).returncode == 3
    return path


@pytest.mark.parametrize(
    "options",
    [
        ("--client", "contoso"),
        ("--client", "Contoso", "--client", "Fabrikam"),
        ("--tag", "PARKED"),
        ("--only-failing",),
        ("--client", "Contoso", "--only-failing"),
        ("--client", "nobody"),
    ],
)
def test_scanning_and_reporting_choose_alike(whole: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
    scanned, reported = tmp_path / "scan.ndjson", tmp_path / "report.ndjson"
    done = mailready("scan", *CLIENTS, *EXAMPLES, *options, "-o", str(scanned))
    assert done.returncode in (0, 3), done.stderr
    done = mailready("report", str(whole), *options, "-o", str(reported))
    assert done.returncode == 0, done.stderr
    assert domains(scanned) == domains(reported) < domains(whole)


def test_only_failing_keeps_what_could_not_be_checked_and_leaves_out_what_is_fine(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = mailready("scan", *CLIENTS, *EXAMPLES, "--only-failing", "-o", str(out), "--format", "json,csv,actions")
    assert done.returncode == 3
    shown = domains(out / "results.ndjson")
    assert "northwind.example" in shown
    assert "contoso.com" not in shown
    assert {result["domain"] for result in json.loads((out / "report.json").read_bytes())["domains"]} == shown
    assert "8 domains in" in done.stderr
