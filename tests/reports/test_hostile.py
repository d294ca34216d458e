"""Every hostile text through every field and every format: none comes out alive."""

from __future__ import annotations

import csv
import io
import json
import re

import hostile
import pytest
import sample
from markdown_it import MarkdownIt
from rich.console import Console

from reports.escape import visible
from reports.publish import publication
from reports.terminal import print_report
from reports.writers import render_one
from rules.results import Report

PLAIN = "plain"
NAMES = [
    f"{number}-{re.sub('[^A-Za-z0-9]+', '', text)[:16] or 'signs'}" for number, text in enumerate(hostile.PAYLOADS)
]


def poisoned(text: str, *, ids: bool, number: int = 1) -> Report:
    """The sample with `text` in every field; with `ids`, in the rules' ids and the keys of maps too."""
    whole = sample.report(*(sample.result(), sample.unreadable(), sample.good())[:number])
    keep = sample.FIXED if ids else sample.FIXED | sample.RULE_IDS
    return sample.map_text(whole, lambda _: text, keep, keys=ids)


every_payload = pytest.mark.parametrize("text", hostile.PAYLOADS, ids=NAMES)
both_ways = pytest.mark.parametrize("ids", [False, True], ids=["values", "values-and-ids"])


def test_there_are_at_least_sixty_hostile_texts() -> None:
    assert len(set(hostile.PAYLOADS)) >= 60


@every_payload
@both_ways
@pytest.mark.parametrize("number", [1, 3], ids=["page", "index"])
def test_html_has_no_element_attribute_link_or_script_but_its_own(text: str, ids: bool, number: int) -> None:
    page = render_one(poisoned(text, ids=ids, number=number), "html")
    read, calm = hostile.Reader(page), hostile.Reader(render_one(poisoned(PLAIN, ids=ids, number=number), "html"))
    assert read.live() == []
    assert not hostile.HIDDEN.search(page.decode("utf-8"))
    assert {tag: read.tags.count(tag) for tag in ("svg", "style", "title")} == {
        tag: calm.tags.count(tag) for tag in ("svg", "style", "title")
    }
    assert read.scripts[-1] == calm.scripts[-1]
    assert read.styles == calm.styles
    assert len(page) < 300_000


@every_payload
def test_the_json_that_rides_in_the_page_says_the_same_as_the_report(text: str) -> None:
    report = poisoned(text, ids=False)
    read = hostile.Reader(render_one(report, "html"))
    if len(read.scripts) == 2:
        whole = json.loads(render_one(report, "json"))
        assert json.loads(read.scripts[0]) == whole["domains"][0]
    else:
        assert len(text) > 1000  # only giant content leaves the data out


@every_payload
@both_ways
def test_json_and_ndjson_say_what_was_put_in(text: str, ids: bool) -> None:
    report = poisoned(text, ids=ids, number=2)
    expected = text.encode("utf-8", "replace").decode("utf-8")
    whole = json.loads(render_one(report, "json"))
    lines = render_one(report, "ndjson").split(b"\n")
    assert whole["domains"][0]["client"] == expected
    assert len(lines) == 4
    assert lines[3] == b""
    assert [json.loads(line) for line in lines[1:3]] == whole["domains"]


@every_payload
@both_ways
@pytest.mark.parametrize("number", [1, 3], ids=["domain", "list"])
def test_markdown_is_text_and_code_and_nothing_else(text: str, ids: bool, number: int) -> None:
    source = render_one(poisoned(text, ids=ids, number=number), "md").decode("utf-8")
    assert not hostile.HIDDEN.search(source)
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    tokens = parser.parse(source)
    allowed = {"paragraph", "heading", "bullet_list", "ordered_list", "list_item", "inline", "fence"}
    assert {token.type.removesuffix("_open").removesuffix("_close") for token in tokens} <= allowed
    inner = [child for token in tokens if token.type == "inline" for child in token.children or ()]
    assert {child.type for child in inner} <= {"text", "code_inline", "softbreak"}
    # Links and mentions that sites make of bare text: none may be left outside of code.
    outside = "".join(child.content for child in inner if child.type == "text")
    assert not re.search(r"://|www\.|@[a-z]|(?:^|\s)#[0-9]", outside)


@every_payload
@both_ways
def test_csv_has_one_row_a_finding_and_no_cell_that_a_spreadsheet_would_run(text: str, ids: bool) -> None:
    report = poisoned(text, ids=ids)
    table = render_one(report, "csv").decode("utf-8-sig")
    assert not hostile.HIDDEN.search(table)
    rows = list(csv.reader(io.StringIO(table, newline=""), strict=True))
    assert len(rows) == 1 + len(report.domains[0].findings)
    assert {len(row) for row in rows} == {len(rows[0])}
    csv.field_size_limit(10_000_000)
    for separator in ",;\t":
        for row in csv.reader(io.StringIO(table, newline=""), delimiter=separator):
            for cell in row:
                assert not re.match(r"[\s\"]*[=+\-@\t\r]", cell), (separator, cell[:50])


@every_payload
@both_ways
@pytest.mark.parametrize("number", [1, 3], ids=["domain", "list"])
def test_the_terminal_gets_no_control_and_rich_interprets_no_markup(text: str, ids: bool, number: int) -> None:
    out = io.StringIO()
    console = Console(file=out, width=100, force_terminal=False)
    print_report(poisoned(text, ids=ids, number=number), console)
    shown = out.getvalue()
    assert not hostile.HIDDEN.search(shown)
    assert "\t" not in shown
    assert "\r" not in shown
    if number == 1 and 0 < len(text.strip()) < 30:
        assert visible(text).split()[0] in shown  # as it is: neither interpreted nor dropped


@every_payload
def test_the_terminal_in_colour_has_no_escape_of_the_records(text: str) -> None:
    out = io.StringIO()
    console = Console(file=out, width=100, force_terminal=True, color_system="standard", legacy_windows=False)
    print_report(poisoned(text, ids=False), console)
    without_colours = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())
    assert not hostile.HIDDEN.search(without_colours)
    calm = io.StringIO()
    print_report(
        poisoned(PLAIN, ids=False),
        Console(file=calm, width=100, force_terminal=True, color_system="standard", legacy_windows=False),
    )
    assert set(re.findall(r"\x1b\[[0-9;]*m", out.getvalue())) <= set(re.findall(r"\x1b\[[0-9;]*m", calm.getvalue()))


@every_payload
def test_the_zone_block_is_printable_and_holds_one_record_a_change(text: str) -> None:
    report = poisoned(text, ids=False)
    lines = publication(report.domains[0], report.rules).zone
    live = [line for line in lines if not line.startswith(";")]
    assert all(re.fullmatch(r"[\x20-\x7e]*", line) for line in lines)
    assert len(live) == 2
    assert not any(line.startswith("$") for line in live)
