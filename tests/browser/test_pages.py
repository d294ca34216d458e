"""Both pages in a real browser: quiet, accessible, without sideways scroll, usable by keyboard, in every scheme."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from chromium import visit
from playwright.sync_api import Browser, Page

KINDS = ("faults", "unreadable", "good", "every-status", "index", "long-index")
WIDTHS = (1280, 768, 320)
NO_SIDEWAYS = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
every_kind = pytest.mark.parametrize("kind", KINDS)


@every_kind
def test_axe_finds_nothing_and_the_page_says_and_asks_nothing(
    browser: Browser, pages: dict[str, Path], kind: str
) -> None:
    with visit(browser, color_scheme="light") as seen:
        seen.go(pages[kind])
        assert seen.misdeeds() == []
        assert seen.axe() == []


@pytest.mark.parametrize("kind", ["every-status", "index"])
def test_axe_finds_nothing_in_the_dark(browser: Browser, pages: dict[str, Path], kind: str) -> None:
    with visit(browser, color_scheme="dark") as seen:
        seen.go(pages[kind])
        assert seen.misdeeds() == []
        assert seen.axe() == []


@pytest.mark.parametrize("kind", ["faults", "index"])
def test_axe_finds_nothing_at_320_pixels_with_everything_unfolded(
    browser: Browser, pages: dict[str, Path], kind: str
) -> None:
    with visit(browser, viewport={"width": 320, "height": 700}) as seen:
        page = seen.go(pages[kind])
        page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true; })")
        assert seen.axe() == []


@every_kind
def test_no_width_makes_the_page_scroll_sideways(browser: Browser, pages: dict[str, Path], kind: str) -> None:
    with visit(browser) as seen:
        page = seen.go(pages[kind])
        page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true; })")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate(NO_SIDEWAYS) <= 0, width


@every_kind
def test_without_script_everything_is_there_and_nothing_offers_what_it_cannot_do(
    browser: Browser, pages: dict[str, Path], kind: str
) -> None:
    with visit(browser) as seen:
        with_script = _words(seen.go(pages[kind]))
    with visit(browser, java_script_enabled=False) as seen:
        page = seen.go(pages[kind])
        assert page.locator("button:visible, input:visible, select:visible").count() == 0
        assert _words(page) == with_script


def _words(page: Page) -> str:
    """The page's text but for its controls."""
    text: str = page.evaluate(
        """() => {
          const copy = document.querySelector('main').cloneNode(true);
          copy.querySelectorAll('th button').forEach((button) => button.replaceWith(...button.childNodes));
          copy.querySelectorAll('button, input, select, label, [role=status]').forEach((node) => node.remove());
          return copy.textContent.replace(/\\s+/g, '');
        }"""
    )
    return text


TARGETS = """() => [...document.querySelectorAll('button, input, select, summary, nav a, [role=button]')]
  .filter((node) => node.checkVisibility() && node.getClientRects().length)
  .map((node) => [node.outerHTML.slice(0, 100), node.getBoundingClientRect()])
  .filter(([_, box]) => box.width < 24 || box.height < 24).map(([html, box]) => `${html} ${box.width}x${box.height}`)"""


@every_kind
@pytest.mark.parametrize("width", [1280, 320])
def test_targets_are_at_least_24_pixels(browser: Browser, pages: dict[str, Path], kind: str, width: int) -> None:
    with visit(browser, viewport={"width": width, "height": 800}) as seen:
        assert seen.go(pages[kind]).evaluate(TARGETS) == []


FOCUSABLE = """() => [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')]
  .filter((node) => node.checkVisibility() && !node.closest('[hidden]'))
  .map((node, at) => { node.dataset.at = at; return at; }).length"""
FOCUSED = """() => { const node = document.activeElement, style = getComputedStyle(node);
  return {at: Number(node.dataset?.at ?? -1), html: node.outerHTML.slice(0, 120),
          seen: (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none',
          shown: node.getBoundingClientRect().right > 0}; }"""


@pytest.mark.parametrize("kind", ["every-status", "index"])
def test_the_keyboard_reaches_everything_in_order_and_focus_is_seen(
    browser: Browser, pages: dict[str, Path], kind: str
) -> None:
    with visit(browser, reduced_motion="reduce") as seen:
        page = seen.go(pages[kind])
        number = page.evaluate(FOCUSABLE)
        reached: list[dict[str, Any]] = []
        for _ in range(number):
            page.keyboard.press("Tab")
            reached.append(page.evaluate(FOCUSED))
    assert [item["at"] for item in reached] == list(range(number))
    assert [item["html"] for item in reached if not item["seen"] or not item["shown"]] == []


@pytest.mark.parametrize("kind", ["faults", "index"])
def test_the_first_tab_leads_past_the_contents(browser: Browser, pages: dict[str, Path], kind: str) -> None:
    with visit(browser, reduced_motion="reduce") as seen:
        page = seen.go(pages[kind])
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.tagName") == "MAIN"


MOTION = """() => [...document.querySelectorAll('*')].map((node) => [node, getComputedStyle(node)])
  .filter(([_, style]) => style.animationName !== 'none' || style.scrollBehavior === 'smooth'
    || style.transitionDuration.split(',').some((time) => parseFloat(time) > 0.01))
  .map(([node, _]) => node.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("kind", ["faults", "index"])
def test_nothing_moves_for_who_asks_for_less_motion(browser: Browser, pages: dict[str, Path], kind: str) -> None:
    with visit(browser, reduced_motion="reduce") as seen:
        assert seen.go(pages[kind]).evaluate(MOTION) == []


@pytest.mark.parametrize("kind", ["faults", "index"])
def test_links_within_the_page_have_their_ends_and_others_are_https_or_pages(
    browser: Browser, pages: dict[str, Path], kind: str
) -> None:
    with visit(browser) as seen:
        page = seen.go(pages[kind])
        targets = page.eval_on_selector_all("a[href]", "all => all.map((link) => link.getAttribute('href'))")
        assert targets
        for target in targets:
            if target.startswith("#"):
                assert page.evaluate("(id) => Boolean(document.getElementById(id))", target[1:]), target
            elif not target.startswith("https://"):
                assert (pages[kind].parent / target).is_file(), target
