"""Hostile texts in DNS, lists, packs and waivers, through a whole scan and every format, read by real parsers.

Pages are opened with their content security policy off, so that nothing but the escaping holds: a script that got
through would run.
"""

from __future__ import annotations

import itertools
import json
import os
import pty
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hostile
import hostile_world
import pyte
import pytest
import sample
from chromium import visit
from payloads import BY_AIM
from playwright.sync_api import Browser, Page

from reports.brand import Brand
from reports.page import LARGEST_PAGE
from reports.writers import render_one

ROOT = Path(__file__).parents[2]
MIXED = tuple(text for texts in BY_AIM.values() for text in texts if len(text) < 300)
"""Texts of which a page holds many at full length."""

VOCABULARY = r"""(page) => {
  const seen = new Set();
  for (const node of page.querySelectorAll('*')) {
    seen.add(node.namespaceURI.split('/').pop() + ' ' + node.localName);
    for (const name of node.classList) { seen.add('class ' + name); }
    for (const attribute of node.attributes) { seen.add(node.localName + ' ' + attribute.name); }
  }
  const walker = page.createTreeWalker(page, NodeFilter.SHOW_COMMENT | NodeFilter.SHOW_PROCESSING_INSTRUCTION);
  while (walker.nextNode()) { seen.add('comment ' + walker.currentNode.data.slice(0, 60)); }
  const link = /^(#[A-Za-z0-9_-]+|https:\/\/[^@\s]+|(\.\.\/|domains\/)?[a-z0-9._-]+\.html(#[a-z0-9-]*)?|data:,|data:image\/(png|svg\+xml);base64,[A-Za-z0-9+\/=]*)$/;
  for (const name of ['href', 'src', 'xlink:href', 'action', 'formaction', 'data', 'srcset', 'poster', 'ping', 'cite']) {
    for (const node of page.querySelectorAll('[' + name.replace(':', '\\:') + ']')) {
      if (!link.test(node.getAttribute(name))) { seen.add('address ' + node.getAttribute(name).slice(0, 80)); }
    }
  }
  return [...seen];
}"""
PARSED = f"(pages) => pages.map((text) => ({VOCABULARY})(new DOMParser().parseFromString(text, 'text/html')))"


def vocabularies(page: Page, documents: Iterator[str]) -> Iterator[set[str]]:
    """Elements, attributes, classes and bad links of each document, as the browser's parser reads it."""
    while batch := list(itertools.islice(documents, 16)):
        yield from map(set, page.evaluate(PARSED, batch))


def written_in_templates() -> set[str]:
    """Attributes and classes that stand in the templates, whether or not a calm page needs them."""
    found: set[str] = set()
    for path in (ROOT / "reports" / "templates").glob("*.html"):
        whole = path.read_text(encoding="utf-8")
        found |= {f"class {name}" for names in re.findall(r"""["']([a-z -]+)["']""", whole) for name in names.split()}
        text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", " ", whole, flags=re.DOTALL)
        for tag, attributes in re.findall(r"<([a-z][a-z0-9]*)((?:\s[^<>]*)?)>", text):
            found |= {f"{tag} {name}" for name in re.findall(r"([a-z-]+)=", attributes)}
            found |= {f"class {name}" for names in re.findall(r'class="([^"]*)"', attributes) for name in names.split()}
    return found


@pytest.fixture(scope="module")
def calm(browser: Browser, example: Path) -> set[str]:
    """What pages are made of where no text is hostile: the example's, the sample's, and ones with much plain text."""
    whole = [path.read_text(encoding="utf-8") for path in (*example.glob("domains/*.html"), example / "index.html")]
    for text in ("plain", "https://plain.example/", "plain " * 3000):
        for number in (1, 3):
            report = sample.report(*(sample.result(), sample.unreadable(), sample.good())[:number])
            brand = Brand(name="Plain", contact="https://plain.example/", footer="plain")
            whole.append(render_one(report, "html", brand).decode("utf-8"))
            calm = sample.map_text(report, lambda _, text=text: text, sample.FIXED)
            whole.append(render_one(calm, "html").decode("utf-8"))
    with visit(browser) as seen:
        return written_in_templates().union(*vocabularies(seen.page, iter(whole)))


def mixed(start: int, number: int) -> bytes:
    """The sample's page with another hostile text in each field; as `start` goes through all, each field holds each."""
    texts = itertools.islice(itertools.cycle(MIXED), start, None)
    brand = Brand(name=next(texts), contact=next(texts), footer=next(texts))
    report = sample.report(*(sample.result(), sample.unreadable(), sample.good())[:number])
    return render_one(sample.map_text(report, lambda _: next(texts), sample.FIXED | sample.RULE_IDS), "html", brand)


@pytest.mark.parametrize("number", [1, 3], ids=["page", "index"])
def test_no_text_in_any_field_becomes_an_element_attribute_or_link(
    browser: Browser, calm: set[str], number: int
) -> None:
    assert [
        word for word in calm if word.startswith(("address ", "comment ")) or re.match(r"(?!class)\S+ on", word)
    ] == []
    with visit(browser) as seen:
        pages = (mixed(start, number).decode("utf-8") for start in range(len(MIXED)))
        for start, found in enumerate(vocabularies(seen.page, pages)):
            assert found <= calm, start


@pytest.mark.parametrize("number", [1, 3], ids=["page", "index"])
def test_no_text_in_any_field_runs_or_asks_for_anything(browser: Browser, tmp_path: Path, number: int) -> None:
    with visit(browser, bypass_csp=True) as seen:
        for start in range(0, len(MIXED), 23):
            path = tmp_path / f"{start}.html"
            path.write_bytes(mixed(start, number))
            seen.go(path)
            assert seen.misdeeds() == [], start
            assert seen.page.evaluate("document.scrollingElement.scrollWidth") <= 1280, start


def test_the_browser_notices_a_script_that_runs_and_a_request(browser: Browser, tmp_path: Path) -> None:
    """The bench itself: what it looks for, it finds."""
    path = tmp_path / "live.html"
    path.write_text("<!doctype html><p>x</p><script>alert(1)</script><img src=http://127.0.0.1:9/x.png>")
    with visit(browser, bypass_csp=True) as seen:
        seen.go(path)
        assert any("ran" in text for text in seen.misdeeds())
        assert any("request" in text for text in seen.misdeeds())
        (found,) = vocabularies(seen.page, iter(["<p onclick=alert(1)><a href=javascript:alert(1)>x</a><!-- x -->"]))
        assert {"p onclick", "address javascript:alert(1)"} <= found


def _pages(folder: Path) -> list[Path]:
    return sorted([*folder.glob("out/domains/*.html"), folder / "out" / "index.html"])


@pytest.fixture(params=["hostile_records", "hostile_rules"])
def hostile_scan(request: pytest.FixtureRequest) -> Path:
    """A finished scan: each of the two."""
    folder: Path = request.getfixturevalue(request.param)
    return folder


def test_pages_of_hostile_records_and_rules_hold_only_what_templates_make(
    browser: Browser, calm: set[str], hostile_scan: Path
) -> None:
    paths = _pages(hostile_scan)
    with visit(browser) as seen:
        texts = (path.read_text(encoding="utf-8") for path in paths)
        for path, found in zip(paths, vocabularies(seen.page, texts), strict=True):
            assert found <= calm, path.name


def test_pages_of_hostile_records_and_rules_run_nothing_ask_nothing_and_do_not_scroll_sideways(
    browser: Browser, hostile_scan: Path
) -> None:
    paths = _pages(hostile_scan)
    with visit(browser, bypass_csp=True) as seen:
        for path in dict.fromkeys([*paths[::17], *paths[-2:], hostile_scan / "out" / "index.html"]):
            seen.go(path)
            assert seen.misdeeds() == [], path.name
            for width in (1280, 320):
                seen.page.set_viewport_size({"width": width, "height": 800})
                sideways = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
                assert seen.page.evaluate(sideways) <= 0, (path.name, width)


def test_hostile_pages_stay_within_twice_their_budget_and_say_what_was_shortened(hostile_scan: Path) -> None:
    for path in _pages(hostile_scan):
        page = path.read_bytes()
        assert len(page) <= LARGEST_PAGE, path.name
        if len(page) > LARGEST_PAGE // 2:
            assert b"characters in all" in page or b"results.ndjson" in page, path.name


def test_names_of_files_are_plain_and_stay_in_their_folder(hostile_scan: Path) -> None:
    out = hostile_scan / "out"
    named = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert named
    assert all(re.fullmatch(r"(domains/)?[a-z0-9_.-]+", name) and ".." not in name for name in named)


def test_json_and_ndjson_hold_the_texts_as_they_are(hostile_scan: Path) -> None:
    whole = json.loads((hostile_scan / "out" / "report.json").read_bytes())
    lines = (hostile_scan / "out" / "results.ndjson").read_bytes().split(b"\n")
    assert [json.loads(line) for line in lines[1:-1]] == whole["domains"]
    told = {domain["domain"]: domain for domain in whole["domains"]}
    for number, octets in enumerate(hostile_world.OCTETS):
        if (name := f"p{number:03d}.example") in told:
            cell = octets.decode("utf-8", "replace")[: hostile_world.LONGEST_CELL]
            assert told[name]["client"].split() == cell.split(), name


def test_markdown_of_hostile_records_and_rules_is_text_and_code(hostile_scan: Path) -> None:
    for path in sorted((hostile_scan / "out").rglob("*.md")):
        assert hostile.live_in_markdown(path.read_text(encoding="utf-8")) == [], path.name


def test_csv_of_hostile_records_and_rules_holds_no_formula(hostile_scan: Path) -> None:
    whole: dict[str, Any] = json.loads((hostile_scan / "out" / "report.json").read_bytes())
    rows = 1 + sum(len(domain["findings"]) for domain in whole["domains"])
    assert hostile.live_in_csv((hostile_scan / "out" / "findings.csv").read_bytes(), rows) == []


def test_what_a_scan_prints_holds_no_control(hostile_scan: Path) -> None:
    for name in ("stdout", "stderr"):
        printed = (hostile_scan / name).read_text(encoding="utf-8")
        assert hostile.live_in_terminal(printed) == [], name
        assert "\x1b" not in printed, name


@pytest.mark.parametrize("aim", ["html", "terminals", "unseen"])
def test_a_terminal_shows_one_hostile_domain_as_it_was_written(hostile_records: Path, aim: str) -> None:
    """`mailready scan` on a terminal; pyte plays the terminal."""
    number = hostile_world.OCTETS.index(BY_AIM[aim][0].encode())
    command = [sys.executable, "-m", "scanner", "scan", f"p{number:03d}.example", "--missing", "nodata"]
    raw = _on_a_terminal([*command, "--evidence", "evidence.jsonl"], hostile_records)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", raw.replace("\r\n", "\n"))
    assert hostile.live_in_terminal(plain) == []
    lines = [line.rstrip() for line in plain.rstrip().split("\n")]
    screen = pyte.Screen(max(map(len, lines)) + 1, len(lines) + 2)
    pyte.Stream(screen).feed(raw)
    assert (screen.title, screen.icon_name) == ("", "")
    assert [line.rstrip() for line in screen.display][: len(lines)] == lines


def _on_a_terminal(command: list[str], folder: Path) -> str:
    """What the command writes to a terminal of 100 columns, line ends as a terminal gets them."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100", "TERM": "xterm-256color"}
    pieces: list[bytes] = []

    def read() -> None:
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # Linux tells the end of a pseudo-terminal so
                return
            if not piece:
                return
            pieces.append(piece)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        subprocess.run(command, cwd=folder, env=environment, stdout=theirs, stderr=theirs, check=False, timeout=60)
    finally:
        os.close(theirs)
        reader.join(timeout=30)
        os.close(ours)
    return b"".join(pieces).decode("utf-8")
