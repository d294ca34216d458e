"""Every hostile text through every field and every format: none comes out alive.

tests/browser/test_hostile.py does the same with a real browser, and with texts that come in through DNS, lists,
packs and waivers.
"""

from __future__ import annotations

import functools
import io
import json
import re
from collections.abc import Iterator

import hostile
import pytest
import sample
from payloads import BY_AIM, PAYLOADS
from rich.console import Console

from reports.escape import visible
from reports.page import USUAL_PAGE
from reports.publish import publication
from reports.terminal import print_report
from reports.writers import render_one
from rules.results import Report

PLAIN = "plain"


def poisoned(text: str, *, ids: bool, number: int = 1) -> Report:
    """The sample with `text` in every field; with `ids`, in the rules' ids and the keys of maps too."""
    whole = sample.report(*(sample.result(), sample.unreadable(), sample.good())[:number])
    keep = sample.FIXED if ids else sample.FIXED | sample.RULE_IDS
    return sample.map_text(whole, lambda _: text, keep, keys=ids)


def poisonings(aim: str, *, ids: bool, number: int = 1) -> Iterator[tuple[str, Report]]:
    for text in BY_AIM[aim]:
        yield text, poisoned(text, ids=ids, number=number)


@functools.cache
def calm_page(ids: bool, number: int) -> hostile.Reader:
    return hostile.Reader(render_one(poisoned(PLAIN, ids=ids, number=number), "html"))


every_aim = pytest.mark.parametrize("aim", BY_AIM)
both_ways = pytest.mark.parametrize("ids", [False, True], ids=["values", "values-and-ids"])


def test_there_are_at_least_sixty_hostile_texts() -> None:
    assert len(set(PAYLOADS)) >= 60


@every_aim
@both_ways
@pytest.mark.parametrize("number", [1, 3], ids=["page", "index"])
def test_html_has_no_element_attribute_link_or_script_but_its_own(aim: str, ids: bool, number: int) -> None:
    calm = calm_page(ids, number)
    for text, report in poisonings(aim, ids=ids, number=number):
        page = render_one(report, "html")
        read = hostile.Reader(page)
        assert read.live() == [], text[:80]
        assert not hostile.HIDDEN.search(page.decode("utf-8")), text[:80]
        for tag in ("svg", "style", "title"):
            assert read.tags.count(tag) == calm.tags.count(tag), text[:80]
        assert read.scripts[-1] == calm.scripts[-1], text[:80]
        assert read.styles == calm.styles, text[:80]
        assert len(page) < 300_000, text[:80]


@every_aim
def test_the_json_that_rides_in_the_page_says_the_same_as_the_report(aim: str) -> None:
    for text, report in poisonings(aim, ids=False):
        page = render_one(report, "html")
        read = hostile.Reader(page)
        data = render_one(report, "json")
        if len(read.scripts) == 2:
            assert json.loads(read.scripts[0]) == json.loads(data)["domains"][0]
        else:
            assert len(page) + len(data) > USUAL_PAGE, text[:80]  # left out only where they do not fit


@every_aim
@both_ways
def test_json_and_ndjson_say_what_was_put_in(aim: str, ids: bool) -> None:
    for text, report in poisonings(aim, ids=ids, number=2):
        expected = text.encode("utf-8", "replace").decode("utf-8")
        whole = json.loads(render_one(report, "json"))
        lines = render_one(report, "ndjson").split(b"\n")
        assert whole["domains"][0]["client"] == expected
        assert len(lines) == 4
        assert lines[3] == b""
        assert [json.loads(line) for line in lines[1:3]] == whole["domains"]


@every_aim
@both_ways
@pytest.mark.parametrize("number", [1, 3], ids=["domain", "list"])
def test_markdown_is_text_and_code_and_nothing_else(aim: str, ids: bool, number: int) -> None:
    for text, report in poisonings(aim, ids=ids, number=number):
        assert hostile.live_in_markdown(render_one(report, "md").decode("utf-8")) == [], text[:80]


@every_aim
@both_ways
def test_csv_has_one_row_a_finding_and_no_cell_that_a_spreadsheet_would_run(aim: str, ids: bool) -> None:
    for text, report in poisonings(aim, ids=ids):
        rows = 1 + len(report.domains[0].findings)
        assert hostile.live_in_csv(render_one(report, "csv"), rows) == [], text[:80]


def printed(report: Report, *, colour: bool) -> str:
    out = io.StringIO()
    colours = {"color_system": "standard", "legacy_windows": False} if colour else {}
    print_report(report, Console(file=out, width=100, force_terminal=colour, **colours))  # type: ignore[arg-type]
    return out.getvalue()


@every_aim
@both_ways
@pytest.mark.parametrize("number", [1, 3], ids=["domain", "list"])
def test_the_terminal_gets_no_control_and_rich_interprets_no_markup(aim: str, ids: bool, number: int) -> None:
    for text, report in poisonings(aim, ids=ids, number=number):
        shown = printed(report, colour=False)
        assert hostile.live_in_terminal(shown) == [], text[:80]
        assert "\x1b" not in shown
        if number == 1 and 0 < len(text.strip()) < 30:
            assert visible(text).split()[0] in shown  # as it is: neither interpreted nor dropped


@every_aim
def test_the_terminal_in_colour_has_no_escape_of_the_records(aim: str) -> None:
    calm = hostile.colours(printed(poisoned(PLAIN, ids=False), colour=True))
    for text, report in poisonings(aim, ids=False):
        shown = printed(report, colour=True)
        assert hostile.live_in_terminal(shown) == [], text[:80]
        assert hostile.colours(shown) <= calm, text[:80]


@every_aim
def test_the_zone_block_is_printable_and_holds_one_record_a_change(aim: str) -> None:
    for text, report in poisonings(aim, ids=False):
        lines = publication(report.domains[0], report.rules).zone
        live = [line for line in lines if not line.startswith(";")]
        assert all(re.fullmatch(r"[\x20-\x7e]*", line) for line in lines), text[:80]
        assert len(live) == 2, text[:80]
        assert not any(line.startswith("$") for line in live), text[:80]
