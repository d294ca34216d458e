"""On paper: every record, every failure and every unknown, on numbered pages, in dark ink on white."""

from __future__ import annotations

import io
import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from chromium import visit
from playwright.sync_api import Browser
from pypdf import PdfReader

from reports.escape import visible

MOST_PAGES = 28
papers = pytest.mark.parametrize("paper", ["A4", "Letter"])


def _printed(browser: Browser, path: Path, paper: str, scheme: str = "dark") -> list[str]:
    """The text of each page, without blanks: lines break anywhere."""
    with visit(browser, color_scheme=scheme) as seen:
        pdf = seen.go(path).pdf(format=paper, print_background=False)
        assert seen.misdeeds() == []
    reader = PdfReader(io.BytesIO(pdf))
    return [_dense(page.extract_text()) for page in reader.pages]


def _dense(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))  # ligatures too


def _result(example: Path, name: str) -> dict[str, Any]:
    report = json.loads((example / "report.json").read_bytes())
    (found,) = [domain for domain in report["domains"] if domain["domain"] == name]
    return dict(found)


@pytest.mark.parametrize(
    ("name", "paper"), [("fabrikam.com", "A4"), ("fabrikam.com", "Letter"), ("northwind.example", "A4")]
)
def test_a_printed_page_holds_every_record_failure_and_unknown(
    browser: Browser, example: Path, name: str, paper: str
) -> None:
    result = _result(example, name)
    sheets = _printed(browser, example / "domains" / f"{name}.html", paper)
    whole = "".join(sheets)
    assert 1 <= len(sheets) <= MOST_PAGES
    assert all(f"{number}/{len(sheets)}" in sheet for number, sheet in enumerate(sheets, start=1))
    for change in result["changes"]:
        assert _dense(visible(change["value"])) in whole
        assert _dense(visible(change["name"])) in whole
    for finding in result["findings"]:
        if finding["status"] == "fail":
            assert _dense(visible(finding["message"])) in whole
        if finding["status"] in {"fail", "unknown"}:
            assert finding["rule"] in whole
    for answer in result["answers"]:
        if answer["status"] not in {"NOERROR", "NODATA", "NXDOMAIN"}:
            assert _dense(answer["name"]) in whole
    assert "Copy" not in whole


@papers
def test_a_printed_index_holds_every_domain(browser: Browser, example: Path, paper: str) -> None:
    report = json.loads((example / "report.json").read_bytes())
    sheets = _printed(browser, example / "index.html", paper)
    whole = "".join(sheets)
    assert 1 <= len(sheets) <= 6
    assert all(f"{number}/{len(sheets)}" in sheet for number, sheet in enumerate(sheets, start=1))
    assert all(_dense(domain["domain"]) in whole for domain in report["domains"])


INK = """() => { const style = getComputedStyle(document.body);
  const light = (text) => { const [r, g, b] = text.match(/[0-9.]+/g).map(Number); return (r + g + b) / 3; };
  const ground = style.backgroundColor.endsWith(', 0)') ? 255 : light(style.backgroundColor);
  return [light(style.color), ground]; }"""


@pytest.mark.parametrize("kind", ["faults", "index"])
def test_paper_is_light_whatever_the_screen_is(browser: Browser, pages: dict[str, Path], kind: str) -> None:
    with visit(browser, color_scheme="dark") as seen:
        page = seen.go(pages[kind])
        page.emulate_media(media="print", color_scheme="dark")
        ink, ground = page.evaluate(INK)
        assert ink < 80
        assert ground > 240


@pytest.mark.parametrize("kind", ["faults", "index"])
def test_paper_has_no_controls(browser: Browser, pages: dict[str, Path], kind: str) -> None:
    with visit(browser) as seen:
        page = seen.go(pages[kind])
        page.emulate_media(media="print")
        assert page.locator("button:visible, input:visible, select:visible").count() == 0
        assert page.get_by_role("status").locator("visible=true").count() == 0
