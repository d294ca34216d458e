"""`mailready scan --explain` with a list: what it will cost, counted and not asked."""

from __future__ import annotations

import pytest

from rules.loader import load_library
from scanner.cli.estimate import Cost, cost_of, estimate_lines
from scanner.plan import make_plans


def test_a_microsoft_365_domain_takes_no_more_than_sixteen_questions_of_its_own() -> None:
    cost = cost_of(make_plans(load_library(), ["onboarding"]), "onboarding")
    assert 8 <= cost.own <= 16
    assert cost.shared >= 1
    assert 2 <= cost.rounds <= 4


def test_every_profile_can_be_estimated() -> None:
    library = load_library()
    for name, profile in library.profiles.items():
        if profile.judges == "domains":
            assert cost_of(make_plans(library, [name]), name).own > 0


def test_what_is_shared_is_counted_once() -> None:
    assert Cost(own=10, shared=3, rounds=3).questions(1000) == 10_003


@pytest.mark.parametrize("domains", [None, 100_000])
def test_the_estimate_is_told_in_words(domains: int | None) -> None:
    text = "\n".join(estimate_lines(Cost(own=10, shared=3, rounds=3), domains, 50, 2))
    assert "10 questions of its own in 3 rounds" in text
    assert ("1,000,003 questions" in text) is (domains is not None)
    if domains:
        assert "at 1,000 questions a second: 17 minutes" in text
        assert "100 domains under way (--concurrency, --workers) and 20 ms a round: 60 s of waiting" in text
