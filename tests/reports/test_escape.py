"""reports.escape: one function an output, each against what that output takes for more than text."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reports.escape import (
    csv_cell,
    https_link,
    markdown_block,
    markdown_code,
    markdown_text,
    script_json,
    shorten,
    terminal,
    visible,
)


def test_every_character_that_unicode_calls_invisible_is_made_visible() -> None:
    left = [
        f"U+{code:04X}"
        for code in range(0x110000)
        if (unicodedata.category(chr(code)) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp", "Zs"} and code != 0x20)
        and visible(chr(code)) == chr(code)
    ]
    assert left == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", r"\x1b[31m"),
        ("a\u202eb", r"a\u202eb"),
        ("\x9b", r"\x9b"),
        ("a\nb\tc", r"a\x0ab\x09c"),
        ("v=spf1\u00a0-all", r"v=spf1\xa0-all"),
        ("\U000e0041", r"\U000e0041"),
        ("Zürich 漢字 😀 – “x”", "Zürich 漢字 😀 – “x”"),
    ],
)
def test_hidden_characters_become_their_escapes_and_others_stay(text: str, shown: str) -> None:
    assert visible(text) == terminal(text) == shown


def test_short_text_is_not_shortened_and_long_text_says_how_long_it_was() -> None:
    assert shorten("abc", 3) == "abc"
    assert shorten("abcd", 3) == "abc… (4 characters in all)"
    assert shorten("x" * 70_000, 2) == "xx… (70,000 characters in all)"
    assert shorten("\x1b\x1b", 4) == "\\x1b… (2 characters in all)"


def rendered(source: str) -> list[tuple[str, str]]:
    """Inline pieces of Markdown with strike-through and tables on: (type, content)."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    tokens = parser.parse(source)
    assert {token.type for token in tokens} <= {"paragraph_open", "inline", "paragraph_close"}, source
    return [(child.type, child.content) for token in tokens for child in token.children or () if child.content]


@given(st.text(alphabet=st.sampled_from("ab `*_[]()<>#|~\\&!@:/.-+=1\n\x1b{}$^;\"'"), max_size=40))
def test_markdown_text_is_only_text_and_code_and_loses_no_letter(text: str) -> None:
    pieces = rendered("x " + markdown_text(text))
    assert {kind for kind, _ in pieces} <= {"text", "code_inline"}
    assert "".join(content for _, content in pieces).replace(" ", "") == "x" + visible(text.replace("\n", " ")).replace(
        " ", ""
    )


def test_characters_that_are_none_are_made_visible() -> None:
    assert [plane for plane in range(17) if chr(plane << 16 | 0xFFFE) in visible(chr(plane << 16 | 0xFFFE))] == []
    assert visible("\U0001ffff\ufdd0") == r"\U0001ffff\ufdd0"


def test_a_link_without_scheme_is_code_since_some_sites_link_it() -> None:
    assert markdown_text("see //evil.test/x") == "see `//evil.test/x`"


@given(st.text(alphabet=st.sampled_from("-+=:>#1.) ab`\n"), max_size=20))
def test_markdown_text_at_the_beginning_of_a_line_starts_no_list_or_heading(text: str) -> None:
    assert {kind for kind, _ in rendered(markdown_text(text))} <= {"text", "code_inline"}


@given(st.text(alphabet=st.sampled_from("ab `\\\n|<>"), max_size=30))
def test_nothing_ends_a_code_span_from_inside(text: str) -> None:
    pieces = rendered(markdown_code(text))
    assert len(pieces) == 1
    if visible(text).strip():
        assert pieces == [("code_inline", visible(text))]


@given(st.lists(st.text(alphabet=st.sampled_from("ab `~\n\r"), max_size=20), min_size=1, max_size=4))
def test_nothing_ends_a_code_block_from_inside(lines: list[str]) -> None:
    tokens = MarkdownIt("commonmark").parse(markdown_block(lines))
    assert [token.type for token in tokens] == ["fence"]
    assert tokens[0].content == "".join(visible(line) + "\n" for line in lines)


@pytest.mark.parametrize("start", [*list("=+-@"), "\t=", "\r=", " =", '"=', "\n+", "＝"])
def test_what_begins_like_a_formula_is_made_text(start: str) -> None:
    assert csv_cell(start + "1+1").startswith("'")


def test_plain_cells_stay_as_they_are() -> None:
    for text in ("contoso.com", "v=spf1 include:x.example -all", "v=DMARC1; p=none; rua=mailto:a@b.example", "", "43"):
        assert csv_cell(text) == text


def test_a_formula_behind_a_semicolon_is_broken_for_spreadsheets_that_divide_there() -> None:
    assert csv_cell("x;=1+1; @y") == "x;'=1+1;' @y"
    assert csv_cell('x;\uff1d1+1;"=y') == "x;'\uff1d1+1;'\"=y"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "javascript:alert(1)",
        "https:example.com",
        "https://",
        "https://user@example.com/",
        'https://example.com/"x',
        "https://example.com/<x>",
        "https://example.com/\nx",
        " https://example.com/",
        "https://example.com/" + "x" * 3000,
        "//example.com",
        "https://exa\u202emple.com",
    ],
)
def test_only_plain_https_is_a_link(url: str) -> None:
    assert https_link(url) == ""


def test_an_honest_reference_is_a_link() -> None:
    url = "https://www.rfc-editor.org/rfc/rfc7208#section-5.2"
    assert https_link(url) == url


@given(st.text())
def test_json_in_a_script_element_means_the_same_and_cannot_end_it(text: str) -> None:
    text = text.encode("utf-8", "replace").decode("utf-8")
    shown = script_json(
        json.dumps({"x": text + "</script>"}, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    )
    assert json.loads(shown) == {"x": text + "</script>"}
    assert not set("<>&") & set(shown)
    assert visible(shown) == shown
