"""A list with more bad rows than anybody reads: the first thousand are told, the rest are counted, the good are scanned."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import portfolio
import pytest
from cut_off import ROOT, eager

from scanner.cli.rows import MOST_BAD_ROWS

BAD, GOOD = MOST_BAD_ROWS + 234, 12


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder, names = tmp_path_factory.mktemp("bad"), portfolio.names(GOOD)
    rows = [f"not a name {number}," for number in range(BAD)]
    for number, name in enumerate(names):
        rows.insert(number * (BAD // GOOD), f"{name},Client")
    (folder / "list.csv").write_text("\n".join(["domain,client", *rows]) + "\n", "utf-8")
    evidence = portfolio.write_evidence(folder / "evidence.jsonl", names)
    return ["-f", str(folder / "list.csv"), "--evidence", str(evidence), "--missing", "nodata"]


def scan(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(eager("scan", *arguments), capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_first_thousand_are_told_by_number_and_the_rest_are_counted(
    given: list[str], tmp_path: Path, workers: str
) -> None:
    done = scan(*given, "--workers", workers, "-o", str(tmp_path), "--format", "json,html,md")
    assert done.returncode == 2, done.stderr
    told = re.findall(r"list\.csv:(\d+): 'not a name \d+' has a character", done.stderr)
    assert len(told) == len(set(told)) == MOST_BAD_ROWS
    assert re.search(r"list\.csv:\d+: a further bad row; from here on they are only counted", done.stderr)
    assert f"{BAD} bad rows skipped, {GOOD} domains scanned" in done.stderr
    report = json.loads((tmp_path / "report.json").read_bytes())
    assert {result["domain"] for result in report["domains"]} == set(portfolio.names(GOOD))
    assert [str(bad["row"]) for bad in report["run"]["bad_rows"]] == told
    assert report["run"]["more_bad_rows"] == BAD - MOST_BAD_ROWS
    page = (tmp_path / "index.html").read_text("utf-8")
    assert f"{BAD:,} rows of the list could not be scanned" in page
    assert f"{BAD - 500} more rows; report.json has the first {MOST_BAD_ROWS:,} rows." in page
    assert f"- {BAD - MOST_BAD_ROWS} more" in (tmp_path / "report.md").read_text("utf-8")


def test_with_bad_rows_allowed_the_end_is_that_of_the_good_ones(given: list[str], tmp_path: Path) -> None:
    done = scan(*given, "-o", str(tmp_path / "out.ndjson"), "--allow-bad-rows")
    assert done.returncode == 3
    assert f"{BAD} bad rows skipped" in done.stderr
