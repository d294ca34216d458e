"""reports.difference: what a new value changes, piece by piece, and never another text than the value."""

from __future__ import annotations

import payloads
import pytest

from reports.difference import Piece, difference
from reports.escape import visible


def marked(pieces: tuple[Piece, ...]) -> list[str]:
    return [piece.text for piece in pieces if piece.marked]


def test_terms_of_spf_that_go_and_come_are_marked() -> None:
    found = difference("TXT", ["v=spf1 include:a.example ~all"], "v=spf1 include:b.example include:a.example -all")
    assert [marked(value) for value in found.current] == [["~all"]]
    assert marked(found.proposed) == ["include:b.example", "-all"]


def test_a_semicolon_that_was_missing_is_marked() -> None:
    found = difference("TXT", ["v=DMARC1 p=none"], "v=DMARC1; p=none")
    assert marked(found.proposed) == ["; "]
    assert not found.goes or marked(found.current[0]) == []


def test_labels_of_a_target_that_a_zone_was_appended_to_are_marked() -> None:
    found = difference("CNAME", ["s1._domainkey.x.onmicrosoft.com.contoso.com."], "s1._domainkey.x.onmicrosoft.com.")
    assert "".join(marked(found.current[0])).strip(".") == "contoso.com"
    assert not found.comes


def test_of_two_records_that_become_one_only_what_neither_has_is_new() -> None:
    found = difference("TXT", ["v=spf1 a ~all", "v=spf1 mx ~all"], "v=spf1 a mx ip4:192.0.2.1 ~all")
    assert marked(found.proposed) == ["ip4:192.0.2.1"]
    assert not found.goes


def test_values_with_nothing_in_common_are_not_marked() -> None:
    found = difference("TXT", ["one two"], "three four")
    assert not found.goes
    assert not found.comes


def test_very_long_values_are_not_compared() -> None:
    found = difference("TXT", ["v=spf1 " + "a " * 50_000], "v=spf1 " + "b " * 50_000)
    assert not found.goes
    assert not found.comes


@pytest.mark.parametrize("text", payloads.PAYLOADS)
def test_the_pieces_joined_are_the_visible_text(text: str) -> None:
    found = difference("TXT", [text, "v=spf1 " + text], text + " v=spf1")
    assert "".join(piece.text for piece in found.proposed) == visible(text + " v=spf1")
    assert "".join(piece.text for piece in found.current[0]) == visible(text)
