"""What the script adds: copy buttons; filter and sort of the index, with a word for who cannot see them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from chromium import visit
from playwright.sync_api import Browser, Page

CLIPBOARD = ["clipboard-read", "clipboard-write"]


@pytest.mark.parametrize("name", ["fabrikam.com", "tailspin.example"])
def test_copy_buttons_put_exactly_what_is_to_be_published_into_the_clipboard(
    browser: Browser, example: Path, name: str
) -> None:
    report = json.loads((example / "report.json").read_bytes())
    (result,) = [domain for domain in report["domains"] if domain["domain"] == name]
    with visit(browser, permissions=CLIPBOARD) as seen:
        page = seen.go(example / "domains" / f"{name}.html")
        copied: set[str] = set()
        buttons = page.get_by_role("button", name="Copy")
        for number in range(buttons.count()):
            page.evaluate("navigator.clipboard.writeText('nothing was copied')")
            button = buttons.nth(number)
            before = button.text_content()
            button.click()
            page.wait_for_function(
                "([node, before]) => node.textContent !== before", arg=[button.element_handle(), before]
            )
            copied.add(page.evaluate("navigator.clipboard.readText()"))
        assert seen.misdeeds() == []
    assert "nothing was copied" not in copied
    wanted = {change["value"] for change in result["changes"] if change["action"] != "delete"}
    assert wanted
    assert wanted <= copied


def _rows(page: Page) -> list[str]:
    """The names of the domains that the list shows, in their order."""
    return [text.strip() for text in page.locator("#list tbody tr th[scope=row]:visible").all_text_contents()]


def test_the_filter_leaves_the_rows_that_match_and_says_how_many(browser: Browser, example: Path) -> None:
    with visit(browser) as seen:
        page = seen.go(example / "index.html")
        everything = _rows(page)
        search = page.locator("#list").get_by_role("searchbox")
        search.fill("contoso")
        assert sorted(_rows(page)) == sorted(name for name in everything if "contoso" in name)
        assert str(len(_rows(page))) in (page.locator("[role=status]").first.text_content() or "")
        search.fill("no such domain")
        assert _rows(page) == []
        assert "0" in (page.locator("[role=status]").first.text_content() or "")
        search.fill("")
        assert _rows(page) == everything
        assert seen.misdeeds() == []


def test_every_column_sorts_both_ways_by_keyboard_and_says_so(browser: Browser, pages: dict[str, Path]) -> None:
    with visit(browser) as seen:
        page = seen.go(pages["long-index"])
        everything = _rows(page)
        assert len(everything) == 60
        heads = page.locator("#list thead").first.locator("th")
        for number in range(heads.count()):
            button = heads.nth(number).get_by_role("button")
            if not button.count():
                continue
            button.focus()
            page.keyboard.press("Enter")
            said, there = heads.nth(number).get_attribute("aria-sort"), _rows(page)
            page.keyboard.press("Enter")
            said_again, back = heads.nth(number).get_attribute("aria-sort"), _rows(page)
            assert {said, said_again} == {"ascending", "descending"}
            assert sorted(there) == sorted(back) == sorted(everything)
            assert there != back
            assert page.locator("#list th[aria-sort]").count() == 1
        assert seen.misdeeds() == []


def test_domains_sort_by_their_names(browser: Browser, pages: dict[str, Path]) -> None:
    with visit(browser) as seen:
        page = seen.go(pages["long-index"])
        button = page.locator("#list").get_by_role("columnheader", name="Domain").get_by_role("button")
        button.click()
        assert _rows(page) in (sorted(_rows(page)), sorted(_rows(page), reverse=True))


def _tally(example: Path) -> list[dict[str, str]]:
    return [dict(domain) for domain in json.loads((example / "report.json").read_bytes())["domains"]]


@pytest.mark.parametrize(("label", "key"), [("Grade", "grade"), ("Client", "client")])
def test_a_choice_leaves_the_domains_that_have_it(browser: Browser, example: Path, label: str, key: str) -> None:
    domains = _tally(example)
    with visit(browser) as seen:
        page = seen.go(example / "index.html")
        choice = page.get_by_label(label, exact=True)
        offered = [text for text in choice.locator("option").all_text_contents() if text != "all"]
        assert sorted(offered) == sorted({domain[key] for domain in domains})
        for value in offered:
            choice.select_option(value)
            assert sorted(_rows(page)) == sorted(d["domain"] for d in domains if d[key] == value)
        assert seen.misdeeds() == []


def test_tags_are_offered_whole_and_choices_hold_together(browser: Browser, example: Path) -> None:
    domains = _tally(example)
    with visit(browser) as seen:
        page = seen.go(example / "index.html")
        page.get_by_label("Tag", exact=True).select_option("live")
        page.get_by_label("Grade", exact=True).select_option("A")
        wanted = [d["domain"] for d in domains if "live" in d["tags"] and d["grade"] == "A"]
        assert wanted
        assert sorted(_rows(page)) == sorted(wanted)


def test_only_what_is_present_is_offered(browser: Browser, pages: dict[str, Path], tmp_path: Path) -> None:
    import sample

    from reports.writers import render_one

    alike = sample.report(sample.good("a.test"), sample.good("b.test"))
    (tmp_path / "index.html").write_bytes(render_one(alike, "html"))
    with visit(browser) as seen:
        page = seen.go(tmp_path / "index.html")
        assert page.locator("#list").get_by_role("searchbox").is_visible()
        assert page.locator("#list select:visible, #list input[type=checkbox]:visible").count() == 0


def test_sorting_dissolves_the_clients_and_grouping_brings_them_back(browser: Browser, example: Path) -> None:
    with visit(browser) as seen:
        page = seen.go(example / "index.html")
        grouped = _rows(page)
        clients = page.locator("#list tr.group:visible")
        number = clients.count()
        assert number > 1
        page.locator("#list").get_by_role("columnheader", name="Domain").get_by_role("button").click()
        assert clients.count() == 0
        assert page.get_by_role("columnheader", name="Client").is_visible()
        page.get_by_label("Group by client").check()
        assert clients.count() == number
        assert _rows(page) == grouped
        assert seen.misdeeds() == []
