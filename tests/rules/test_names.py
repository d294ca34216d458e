from __future__ import annotations

import pytest

from rules.names import ascii_name


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Contoso.COM.", "contoso.com"),
        ("_DMARC.contoso.com", "_dmarc.contoso.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("*.Bücher.example", "*.xn--bcher-kva.example"),
        ("", ""),
        (".", ""),
    ],
)
def test_names_are_in_lower_case_and_a_labels_without_final_dot(given: str, expected: str) -> None:
    assert ascii_name(given) == expected


@pytest.mark.parametrize("given", ["a\u0000é.example", "\u202e.example", "é" * 300, "-é-.example", "\ud800.example"])
def test_what_idna_refuses_stays_as_it_is_and_raises_nothing(given: str) -> None:
    assert not ascii_name(given).isascii()
