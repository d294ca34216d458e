"""reports.standing: why a grade is no better, and each subject by the score's own weights."""

from __future__ import annotations

from typing import Any

import pytest
import sample
from sample import replace

from reports.standing import letter, standing, subjects
from rules.results import WEIGHTS, DomainResult, Finding, Fix, Score


def held(result: DomainResult) -> str:
    return standing(result, sample.RULES).held


def graded(
    low: int, grade: str, *findings: Finding, cap_by: tuple[str, ...] = (), reachable: int = 100
) -> DomainResult:
    return sample.result(
        findings=findings,
        grade=grade,
        grade_low=grade,
        grade_high=grade,
        cap_by=cap_by,
        score=Score(low=low, high=low, reachable=reachable),
    )


def failing(rule: str, severity: Any, owner: Any = "dns") -> Finding:
    return Finding(
        rule=rule,
        severity=severity,
        status="fail",
        message="",
        expected="",
        fix=Fix(effort="minutes", owner=owner, text=""),
    )


def test_a_cap_that_binds_is_named_with_the_letter_that_the_score_alone_would_be() -> None:
    assert held(graded(82, "D", failing("SPF-002", "critical"), cap_by=("SPF-002",))) == (
        "82 points alone would be a B. One critical check that failed (SPF-002, “SPF authorises Microsoft 365”) "
        "holds the grade at D."
    )


def test_several_that_cap_are_counted() -> None:
    two = (failing("SPF-002", "critical"), failing("MX-002", "critical"))
    assert "2 critical checks that failed (first SPF-002" in held(graded(82, "D", *two, cap_by=("SPF-002", "MX-002")))


def test_without_a_cap_the_points_that_the_next_letter_needs_are_told() -> None:
    assert held(graded(70, "C", failing("X-1", "medium"))) == "70 points are a C; a B begins at 75."


def test_a_cap_that_would_bind_later_is_told_with_the_points() -> None:
    assert held(graded(30, "F", failing("X-1", "critical"))) == (
        "30 points are an F; a D begins at 40. As long as a critical check fails, no more than a D is possible."
    )


def test_an_open_grade_is_told_by_its_ends() -> None:
    said = held(sample.unreadable())
    assert "the score is 100 (grade A)" in said
    assert "0 (grade F)" in said


def test_a_perfect_score_needs_no_reason() -> None:
    found = standing(sample.good(), sample.RULES)
    assert (found.held, found.reachable) == ("", "")


def test_the_reachable_letter_is_held_by_what_only_a_provider_can_mend() -> None:
    ours = graded(60, "C", failing("X-1", "high"), reachable=95)
    theirs = graded(60, "C", failing("X-1", "high", "provider"), reachable=95)
    assert standing(ours, {}).reachable == "With everything below mended the score is 95, grade A."
    assert standing(theirs, {}).reachable_letter == "B"


def test_where_nothing_can_be_mended_that_is_said() -> None:
    assert "Nothing that your side can mend" in standing(graded(60, "C", reachable=60), {}).reachable


@pytest.mark.parametrize(
    ("points", "name"), [(100, "A"), (90, "A"), (89, "B"), (74, "C"), (40, "D"), (39, "F"), (0, "F")]
)
def test_letters_begin_where_the_score_says(points: int, name: str) -> None:
    assert letter(points) == name


def test_subjects_add_up_to_the_score_of_the_domain() -> None:
    result = sample.result()
    weight = {
        title: sum(
            WEIGHTS[f.severity]
            for f in result.findings
            if f.rule.startswith(prefix) and f.status in ("pass", "fail", "blocked", "unknown")
        )
        for prefix, title in (
            ("MX", "Receiving mail (MX)"),
            ("SPF", "Permitted senders (SPF)"),
            ("DKIM", "Signatures (DKIM)"),
        )
    }
    found = {subject.title: subject for subject in subjects(result.findings)}
    assert weight["Receiving mail (MX)"] == 24
    assert found["Receiving mail (MX)"].low == 83  # 20 of 24
    assert (found["Signatures (DKIM)"].low, found["Signatures (DKIM)"].high) == (64, 100)  # 7 of 11, or all
    assert found["Permitted senders (SPF)"].words == "1 failed, 1 waiting, 1 passed"


def test_a_subject_of_which_nothing_counts_has_no_score_and_one_without_checks_is_left_out() -> None:
    info = Finding(rule="OWN-1", severity="info", status="fail", message="", expected="")
    out = replace(info, rule="BIMI-1", status="not_applicable")
    (own,) = subjects((info, out))
    assert (own.title, own.low, own.words) == ("OWN", None, "1 to consider")
