"""Golden files: what the sample reports look like, whole, so that a change of what people see is seen in review.

    MAILREADY_RENEW_GOLDEN=1 pytest tests/reports/test_golden.py

writes tests/reports/golden anew; look at the difference before you commit it. The style sheet, the script and their
hashes are left out: they are files of their own.
"""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path

import pytest
import sample

from reports.jsondoc import decode_report, encode_report
from reports.markdown import domain_markdown
from reports.page import domain_page

FOLDER = Path(__file__).parent / "golden"
RENEW = "MAILREADY_RENEW_GOLDEN"
MOST_LINES = 80

REPORT = sample.report()
DOMAINS = {"faults": sample.result(), "good": sample.good(), "unreadable": sample.unreadable()}


def _page(name: str) -> str:
    page = domain_page(DOMAINS[name], REPORT).decode("utf-8")
    page = re.sub(r"(<style>).*?(</style>)", r"\1\2", page, flags=re.DOTALL)
    page = re.sub(r"(<script>).*?(</script>)", r"\1\2", page, flags=re.DOTALL)
    return re.sub(r"sha256-[A-Za-z0-9+/=]+", "sha256-", page)


def _hold(name: str, made: str) -> None:
    path = FOLDER / name
    if os.environ.get(RENEW):
        path.write_text(made, encoding="utf-8")
        return
    kept = path.read_text(encoding="utf-8") if path.exists() else ""
    if made == kept:
        return
    lines = list(difflib.unified_diff(kept.splitlines(), made.splitlines(), f"golden/{name}", "now", lineterm="", n=1))
    more = [f"... and {len(lines) - MOST_LINES} more lines"] if len(lines) > MOST_LINES else []
    told = "\n".join([*(line[:300] for line in lines[:MOST_LINES]), *more])
    pytest.fail(f"{name} is not what it was; if that is meant, run with {RENEW}=1.\n{told}", pytrace=False)


@pytest.mark.parametrize("name", DOMAINS)
def test_the_page_is_what_it_was(name: str) -> None:
    _hold(f"{name}.html", _page(name))


@pytest.mark.parametrize("name", DOMAINS)
def test_the_markdown_is_what_it_was(name: str) -> None:
    _hold(f"{name}.md", domain_markdown(DOMAINS[name], REPORT))


def test_the_json_is_what_it_was() -> None:
    # A field a line, so that a difference is one.
    _hold("report.json", re.sub(r'([,{])(?=")', r"\1\n", encode_report(REPORT).decode("utf-8")))


def test_the_golden_json_is_a_report_that_can_be_read() -> None:
    assert decode_report((FOLDER / "report.json").read_bytes()) == REPORT


def test_there_is_no_golden_file_without_a_test() -> None:
    made = {f"{name}.{kind}" for name in DOMAINS for kind in ("html", "md")} | {"report.json"}
    assert {path.name for path in FOLDER.iterdir()} == made
