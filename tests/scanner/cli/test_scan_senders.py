"""A domain and those that send for it, in one run and on one page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
EXAMPLES = ("--evidence", str(ROOT / "examples" / "evidence.jsonl"), "--missing", "nodata")


def mailready(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scanner", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        timeout=60,
        check=False,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "100"},
    )


ENV = """\
MAIL_MAILER=smtp
MAIL_HOST=smtp.office365.com
MAIL_PORT=465
MAIL_USERNAME=shop@contoso.com
MAIL_PASSWORD=planted-Secret-4711
MAIL_ENCRYPTION=ssl
MAIL_FROM_ADDRESS=shop@contoso.com
"""


@pytest.fixture
def env(tmp_path: Path) -> Path:
    file = tmp_path / ".env"
    file.write_text(ENV)
    return file


def test_a_domain_and_its_senders_stand_on_one_page(env: Path, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    done = mailready("scan", "contoso.com", *EXAMPLES, "--submission", str(env), "-o", str(out))
    assert done.returncode in (0, 3), done.stderr
    page = out.read_text("utf-8")
    assert "How its mail is sent" in page
    assert "(laravel)" in page
    assert "Set port 587 with STARTTLS" in page
    assert "planted-Secret-4711" not in page + done.stdout + done.stderr


def test_a_directory_and_a_report_made_from_it_tell_the_same(env: Path, tmp_path: Path) -> None:
    out, again = tmp_path / "out", tmp_path / "again"
    done = mailready(
        "scan", "contoso.com", *EXAMPLES, "--submission", str(env), "-o", str(out), "--format", "html,json,csv,md"
    )
    assert done.returncode in (0, 3), done.stderr
    document = json.loads((out / "report.json").read_bytes())
    assert [each["domain"] for each in document["domains"]] == ["contoso.com"]
    (sender,) = document["submissions"]
    assert sender["kind"] == "settings"
    assert {"APP-001"} <= {f["rule"] for f in sender["findings"] if f["status"] == "fail"}
    assert "APP-001" in document["rules"]
    assert mailready("report", str(out), "-o", str(again), "--format", "html,json,csv,md").returncode == 0
    for file in ("domains/contoso.com.html", "index.html", "report.json", "findings.csv", "report.md"):
        assert (out / file).read_bytes() == (again / file).read_bytes(), file
    everything = b"".join(file.read_bytes() for file in out.rglob("*") if file.is_file())
    assert b"planted-Secret-4711" not in everything


def test_a_file_that_does_not_parse_is_told_and_the_rest_is_reported(env: Path, tmp_path: Path) -> None:
    broken = tmp_path / "settings.bin"
    broken.write_bytes(b"\0\0")
    done = mailready(
        "scan", "contoso.com", *EXAMPLES, "--submission", str(broken), "--submission", str(env), "--format", "json"
    )
    assert done.returncode == 2
    assert "settings.bin:1: is no text" in done.stderr
    document = json.loads(done.stdout)
    assert len(document["submissions"]) == 1
    assert [row["source"] for row in document["run"]["bad_rows"]] == [str(broken)]


def test_what_cannot_go_together_is_refused(env: Path, tmp_path: Path) -> None:
    done = mailready("scan", "contoso.com", *EXAMPLES, "--submission", str(env), "--compact")
    assert done.returncode == 2
    assert "--submission goes with no" in done.stderr


def test_domains_are_not_judged_by_a_profile_for_submissions() -> None:
    done = mailready("scan", "contoso.com", *EXAMPLES, "--profile", "submission")
    assert done.returncode == 2
    assert "judges submissions" in done.stderr
