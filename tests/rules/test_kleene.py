"""Joining the reasons of several unknowns."""

from __future__ import annotations

from rules.facts import Unknown
from rules.kleene import MAX_REASON, MAX_REASONS, conjunction, join

MX = "TIMEOUT for MX contoso.com (no answer; 3 attempts)"
TXT = "TIMEOUT for TXT contoso.com (no answer; 3 attempts)"


def test_a_reason_with_a_semicolon_in_brackets_stays_whole() -> None:
    assert join([Unknown(MX), Unknown(TXT)]).reason == f"{MX}; {TXT}"


def test_joining_again_names_each_reason_once() -> None:
    both = conjunction([Unknown(MX), Unknown(TXT)])
    assert isinstance(both, Unknown)
    assert join([both, Unknown(TXT), Unknown("SERVFAIL")]).reason == f"{MX}; {TXT}; SERVFAIL"


def test_more_reasons_than_fit_end_in_an_ellipsis_however_often_they_are_joined() -> None:
    many = join([Unknown(str(number)) for number in range(2 * MAX_REASONS)])
    assert many.reason == "0; 1; 2; 3; …"
    assert join([many, Unknown("0")]).reason == many.reason


def test_brackets_that_never_close_do_not_make_a_reason_grow() -> None:
    reason = Unknown("(" + "; x" * 200_000)
    for _ in range(5):
        reason = join([reason, Unknown("y; z")])
    assert len(reason.reason) <= MAX_REASONS * (MAX_REASON + 2)
