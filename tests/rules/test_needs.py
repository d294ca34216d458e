"""How the status of needed rules decides, case by case."""

from __future__ import annotations

import pytest

from rules.needs import settle


def statuses(*rules: tuple[str, tuple[int, ...]], excused: tuple[int, ...] = ()) -> list[str]:
    return settle([needs for _, needs in rules], [verdict for verdict, _ in rules], excused).statuses  # type: ignore[misc]


@pytest.mark.parametrize(
    ("needed", "expected"),
    [
        ("pass", "pass"),
        ("fail", "blocked"),
        ("unknown", "unknown"),
        ("unsure", "unknown"),
        ("waived", "not_applicable"),
        ("not_applicable", "pass"),
    ],
)
def test_one_needed_rule_decides(needed: str, expected: str) -> None:
    assert statuses((needed, ()), ("pass", (0,)))[1] == expected


def test_a_blocked_rule_blocks_what_needs_it() -> None:
    assert statuses(("fail", ()), ("pass", (0,)), ("pass", (1,))) == ["fail", "blocked", "blocked"]


def test_a_rule_that_does_not_apply_because_its_need_is_waived_leaves_what_needs_it_to_itself() -> None:
    assert statuses(("waived", ()), ("pass", (0,)), ("fail", (1,))) == ["waived", "not_applicable", "fail"]


@pytest.mark.parametrize("own", ["pass", "fail", "unknown"])
def test_needs_come_before_the_assertion(own: str) -> None:
    assert statuses(("fail", ()), (own, (0,)))[1] == "blocked"


def test_a_false_condition_comes_before_needs() -> None:
    assert statuses(("fail", ()), ("not_applicable", (0,)))[1] == "not_applicable"


def test_an_unknown_condition_comes_before_needs() -> None:
    assert statuses(("fail", ()), ("unsure", (0,)))[1] == "unknown"


def test_blocked_decides_before_unknown_and_unknown_before_waived_wherever_they_stand() -> None:
    first = [("waived", ()), ("unknown", ()), ("fail", ()), ("fail", ())]
    settled = settle([(), (), (), (), (0, 1, 2, 3), (0, 1)], [*[v for v, _ in first], "pass", "pass"])  # type: ignore[list-item]
    assert settled.statuses[4:] == ["blocked", "unknown"]
    assert settled.decided_by[4:] == [2, 1]


def test_of_equals_the_first_that_the_rule_names_decides() -> None:
    settled = settle([(), (), (1, 0)], ["unknown", "unknown", "pass"])
    assert settled.decided_by == [-1, -1, 1]
    settled = settle([(), (), (1, 0)], ["waived", "waived", "pass"])
    assert settled.decided_by == [-1, -1, 1]


def test_a_waiver_turns_fail_blocked_and_unknown_and_nothing_else() -> None:
    everyone = (0, 1, 2, 3, 4, 5)
    rules = (("pass", ()), ("fail", ()), ("unknown", ()), ("unsure", ()), ("not_applicable", ()))
    assert statuses(*rules, excused=everyone) == ["pass", "waived", "waived", "waived", "not_applicable"]
    assert statuses(("fail", ()), ("pass", (0,)), excused=(1,)) == ["fail", "waived"]


def test_a_held_waiver_stands_whatever_its_needs_say() -> None:
    assert statuses(("fail", ()), ("waived", (0,)))[1] == "waived"


def test_an_open_condition_at_its_best_passes_or_does_not_apply() -> None:
    assert statuses(("pass", ()), ("at_best", (0,)))[1] == "pass"
    assert statuses(("fail", ()), ("at_best", (0,)))[1] == "not_applicable"
    assert statuses(("waived", ()), ("at_best", (0,)))[1] == "not_applicable"
