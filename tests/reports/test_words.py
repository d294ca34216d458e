"""reports.words: every state has words, and values read as sentences do."""

from __future__ import annotations

from typing import Any, get_args

import pytest
import sample

from reports import words
from rules.results import ACTIONS, EFFORTS, OWNERS, SEVERITIES, STATUSES, Score, Status


def test_every_status_severity_owner_effort_and_action_has_words() -> None:
    assert set(words.STATUS_WORDS) == set(words.STATUS_SIGNS) == set(STATUSES) == set(get_args(Status))
    assert set(words.SEVERITY_WORDS) == set(SEVERITIES)
    assert set(words.OWNER_WORDS) == set(OWNERS)
    assert set(words.EFFORT_WORDS) == set(EFFORTS)
    assert set(words.ACTION_WORDS) == set(ACTIONS)


def test_signs_tell_statuses_apart_without_colour() -> None:
    assert len(set(words.STATUS_SIGNS.values())) == len(STATUSES)


def test_what_is_only_unknown_is_never_called_an_error() -> None:
    said = [words.STATUS_WORDS["unknown"], *words.ANSWER_WORDS.values(), words.observed_text({"unknown": "TIMEOUT"})]
    assert not any("error" in text.lower() or "fail" in text.replace("SERVFAIL", "").lower() for text in said)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        ("", "(empty)"),
        ([], "none (an empty list)"),
        (["a", "b"], "a, b"),
        (["a", {"unknown": "TIMEOUT"}], "a, could not be determined: TIMEOUT"),
        ({"unknown": "SERVFAIL"}, "could not be determined: SERVFAIL"),
        (
            [{"host": "x", "preference": 1}, {"host": "y", "preference": 2}],
            "host: x, preference: 1; host: y, preference: 2",
        ),
        ({}, "(nothing)"),
    ],
)
def test_values_are_told_in_words(value: Any, text: str) -> None:
    assert words.observed_text(value) == text


def test_a_value_of_endless_depth_ends() -> None:
    deep: Any = "x"
    for _ in range(500):
        deep = [deep]
    assert words.observed_text(deep) == "(more)"


def test_the_order_is_severity_then_effort() -> None:
    ordered = sorted(sample.changes(), key=words.order_of)
    assert [change.severity for change in ordered] == ["critical", "high", "medium"]
    quick, slow = (sample.replace(sample.changes()[0], effort=effort) for effort in ("minutes", "weeks"))
    assert sorted([slow, quick], key=words.order_of) == [quick, slow]


def test_scores_and_grades_are_told_as_ranges_where_they_are() -> None:
    assert words.score_words(sample.result()) == "43 to 51 of 100"
    assert words.score_words(sample.good()) == "100 of 100"
    assert words.score_words(sample.result(score=Score(low=None, high=None, reachable=None))) == "no score"
    assert words.grade_words(sample.unreadable()) == "between F and A"
    assert words.grade_words(sample.result(grade="-")) == "not graded"


def test_a_domain_of_other_scripts_is_named_both_ways() -> None:
    assert words.display_name(sample.result("xn--bcher-kva.example", unicode="bücher.example")) == (
        "bücher.example (xn--bcher-kva.example)"
    )
    assert words.display_name(sample.result()) == "contoso.com"
