"""reports.theme: the policy allows what the page has, no more, and colours can be read."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files

import hostile
import pytest
import sample

from reports.brand import contrast
from reports.theme import content_security_policy, environment
from reports.writers import render_one

PAGES = {"page": sample.report(sample.result()), "index": sample.report()}


def sha256(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


@pytest.mark.parametrize("kind", PAGES)
def test_the_policy_is_the_first_word_of_the_page_and_its_hashes_are_those_of_the_elements(kind: str) -> None:
    read = hostile.Reader(render_one(PAGES[kind], "html"))
    policies = [v for tag, name, v in read.attributes if tag == "meta" and name == "content" and "default-src" in v]
    assert policies == [content_security_policy(read.styles[0], read.scripts[-1])]
    allowed = {part.split()[0]: part.split()[1:] for part in policies[0].split("; ")}
    assert allowed["default-src"] == ["'none'"]
    assert allowed["base-uri"] == allowed["form-action"] == ["'none'"]
    assert allowed["style-src"] == [sha256(read.styles[0])]
    assert allowed["script-src"] == [sha256(read.scripts[-1])]
    assert len(read.styles) == 1
    assert read.tags.index("meta") < read.tags.index("style") < read.tags.index("script")


@pytest.mark.parametrize("kind", PAGES)
def test_no_page_asks_anybody_for_anything(kind: str) -> None:
    read = hostile.Reader(render_one(PAGES[kind], "html"))
    assert read.live() == []
    assert {value for tag, name, value in read.attributes if tag == "link" and name == "href"} == {"data:,"}
    assert not re.search(r"url\(|@import|https?:", read.styles[0].replace('a[href^="https:"]', ""))
    assert not re.search(r"fetch|XMLHttp|import\(|https?:|innerHTML|eval", read.scripts[-1])


@pytest.mark.parametrize("kind", PAGES)
def test_no_style_or_event_attribute_is_anywhere(kind: str) -> None:
    read = hostile.Reader(render_one(PAGES[kind], "html"))
    assert not [name for _, name, _ in read.attributes if name == "style" or name.startswith("on")]


def palettes() -> list[dict[str, str]]:
    css = files("reports").joinpath("templates", "page.css").read_text(encoding="utf-8")
    return [
        dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    ]


@pytest.mark.parametrize("number", [0, 1, 2], ids=["light", "dark", "print"])
def test_text_has_the_contrast_of_wcag_aa_on_every_ground_it_stands_on(number: int) -> None:
    colours = palettes()[number]
    for ink in ("ink", "soft", "pass", "fail", "warn", "unknown", "link"):
        assert contrast(colours[ink], colours["ground"]) >= 4.5, ink
        assert contrast(colours[ink], colours["panel"]) >= 4.5, ink
    for ground in ("code", "old", "new"):
        assert contrast(colours["ink"], colours[ground]) >= 4.5, ground
        assert contrast(colours["soft"], colours[ground]) >= 4.5, ground
        assert contrast(colours["link"], colours[ground]) >= 4.5, ground
    for plate in ("pass", "fail", "warn", "unknown"):
        assert contrast(colours["on"], colours[plate]) >= 4.5, plate
    assert contrast(colours["rule"], colours["ground"]) >= 3


def test_a_value_without_a_limit_of_its_own_is_escaped_made_visible_and_short() -> None:
    shown = environment().from_string("{{ x }}|{{ x | whole }}").render(x="<\u202e>" + "y" * 1000)
    short, whole = shown.split("|")
    assert short.startswith(r"&lt;\u202e&gt;yyy")
    assert len(short) < 400
    assert whole == r"&lt;\u202e&gt;" + "y" * 1000
