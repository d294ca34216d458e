"""reports.summary: counts of everything, rows of the worst, whatever the order of arrival."""

from __future__ import annotations

import random

import sample
from sample import replace

from reports.summary import Summary, row_of, summary_of
from rules.results import Score


def test_counts_are_of_all_domains() -> None:
    summary = summary_of(sample.many(30))
    assert summary.domains == 30
    assert dict(summary.grades()) == {"A": 10, "B": 0, "C": 0, "D": 10, "F": 0, "?": 10}
    assert summary.failing == 10


def test_the_worst_stand_first_and_what_is_open_before_what_is_good() -> None:
    results = [sample.result(f"{g.lower()}.test", grade=g) for g in "ABCDF"] + [
        sample.unreadable(),
        sample.result("n.test", grade="-"),
    ]
    summary = Summary()
    for result in results:
        summary.add(result)
    assert [row.grade for row in summary.worst(99)] == ["F", "D", "C", "?", "B", "A", "-"]


def test_within_a_grade_the_lower_score_stands_first() -> None:
    summary = Summary()
    for low in (50, 41, 45):
        summary.add(sample.result(f"x{low}.test", score=Score(low=low, high=low, reachable=100)))
    assert [row.domain for row in summary.worst(9)] == ["x41.test", "x45.test", "x50.test"]


def test_memory_is_bounded_and_the_worst_are_kept_whatever_the_order() -> None:
    results = [sample.result(f"d{n}.test", score=Score(low=n, high=n, reachable=100)) for n in range(100)]
    random.Random(7).shuffle(results)
    summary = Summary(most=10)
    for result in results:
        summary.add(result)
        assert len(summary.kept) < 20
    assert [row.domain for row in summary.worst(99)] == [f"d{n}.test" for n in range(10)]
    assert summary.domains == 100


def test_the_most_common_failures_count_domains_and_not_findings() -> None:
    twice = sample.result(findings=sample.findings() * 2)
    summary = Summary()
    summary.add(twice)
    summary.add(sample.result("b.test", findings=sample.findings()[:3]))
    assert summary.common_failures(sample.RULES)[0] == ("MX-004", "No old mail servers are left", 2)
    assert ("SPF-002", "SPF authorises Microsoft 365", 1) in summary.common_failures(sample.RULES)


def test_the_first_thing_to_fix_is_the_worst_failure_and_no_unknown() -> None:
    assert row_of(sample.result()).first.startswith("The SPF record of contoso.com does not authorise Microsoft 365")
    assert row_of(sample.unreadable()).first == ""
    assert row_of(sample.unreadable()).unknown == 12


def test_rows_are_light_and_harmless() -> None:
    heavy = sample.result(
        client="\x1b" * 9999, findings=tuple(replace(f, message="x" * 99_999) for f in sample.findings())
    )
    row = row_of(heavy)
    assert len(row.client) < 200
    assert "\x1b" not in row.client
    assert len(row.first) < 200


def test_what_counts_for_nothing_is_neither_first_to_fix_nor_a_common_failure() -> None:
    idea = sample.replace(next(f for f in sample.findings() if f.status == "fail"), rule="IDEA-001", severity="info")
    summary = Summary()
    summary.add(sample.good())
    summary.add(sample.replace(sample.good("b.test"), findings=(idea,)))
    assert summary.common_failures({}) == []
    assert [row.first for row in summary.worst(2)] == ["", ""]


def test_grades_are_counted_by_client_too() -> None:
    summary = summary_of(sample.many(30))
    assert {client: dict(counts) for client, counts in summary.by_client.items()} == {
        "Contoso Ltd": {"D": 10, "?": 10},
        "Fabrikam": {"A": 10},
    }


def test_what_dns_did_not_answer_is_counted_by_cause_and_domain() -> None:
    summary = Summary()
    for number in range(3):
        summary.add(sample.unreadable(f"{number}.test"))
    summary.add(sample.good())
    assert summary.waiting == 3
    ((cause, number),) = summary.causes.first(9)
    assert (cause.title, cause.reason, number) == ("No answer in time (TIMEOUT)", "TIMEOUT for every server", 3)
    assert "Scan again" in cause.advice
