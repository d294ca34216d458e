"""Extended DNS errors in words."""

from __future__ import annotations

import pytest

from scanner.dns.extended import ExtendedError, blocked, stale, words_of


@pytest.mark.parametrize("code", [6, 7, 8, 9, 10, 12])
def test_every_code_of_validation_says_so(code: int) -> None:
    assert words_of([ExtendedError(code)]).startswith("fails DNSSEC validation (extended error ")


@pytest.mark.parametrize("code", [4, 15, 16, 17, 18])
def test_what_is_blocked_is_told_apart_from_what_fails(code: int) -> None:
    assert blocked([ExtendedError(22), ExtendedError(code)])
    assert not stale([ExtendedError(code)])
    assert words_of([ExtendedError(code)]).startswith("blocked by the resolver")


@pytest.mark.parametrize("code", [3, 19])
def test_what_is_stale_is_not_blocked(code: int) -> None:
    assert stale([ExtendedError(code)])
    assert not blocked([ExtendedError(code)])


def test_the_gravest_meaning_leads_and_all_codes_follow() -> None:
    words = words_of([ExtendedError(22, "at ns.test"), ExtendedError(9)])
    assert words == (
        "fails DNSSEC validation (extended error 22, no reachable authority: at ns.test;"
        " extended error 9, DNSKEY missing)"
    )


def test_a_code_without_meaning_is_told_as_it_came() -> None:
    assert words_of([ExtendedError(49152)]) == "extended error 49152, not registered"
    assert words_of([]) == ""


def test_a_text_is_one_line_of_bounded_length() -> None:
    words = words_of([ExtendedError(0, "first\n\tsecond " + "x" * 5000)])
    assert words.startswith("extended error 0, other error: first second xxx")
    assert len(words) < 200
    assert words_of([ExtendedError(0, f"{number}" * 99) for number in range(50)]).count("extended error") == 3
