"""reports.index: a list at a glance."""

from __future__ import annotations

import re

import hostile
import sample

from reports.index import index_page
from reports.summary import Summary, summary_of


def text(page: bytes) -> str:
    return re.sub(r"\s+", " ", " ".join(hostile.Reader(page).text))


def linked(number: int) -> Summary:
    summary = Summary()
    for result in sample.many(number).domains:
        summary.add(result, f"domains/{result.domain}.html")
    return summary


def test_an_index_of_a_thousand_is_under_700_kilobytes() -> None:
    page = index_page(linked(1000), sample.report())
    assert 100_000 < len(page) < 700_000
    assert hostile.Reader(page).tags.count("tr") > 1000


def test_a_thousand_domains_with_long_faults_stay_under_700_kilobytes() -> None:
    summary = Summary()
    for number in range(1000):
        name = f"{'long-label-' * 4}{number}.example"
        finding = sample.replace(sample.findings()[4], message="The record says: " + "v=spf1 include:x.example " * 40)
        summary.add(
            sample.result(name, client="A client with a long name Ltd", findings=(finding,)), f"domains/{name}.html"
        )
    assert len(index_page(summary, sample.report())) < 700_000


def test_every_domain_has_its_grade_its_client_the_first_thing_to_fix_and_a_link() -> None:
    page = index_page(linked(3), sample.report())
    said = text(page)
    for piece in (
        "customer-0000.example",
        "43 to 51 of 100",
        "Contoso Ltd",
        "does not authorise Microsoft 365",
        "between F and A",
    ):
        assert piece in said
    links = [
        v
        for tag, name, v in hostile.Reader(page).attributes
        if tag == "a" and name == "href" and v.startswith("domains/")
    ]
    assert sorted(links) == [f"domains/customer-{n:04d}.example.html" for n in range(3)]


def test_without_pages_there_are_no_links() -> None:
    assert b'href="domains/' not in index_page(summary_of(sample.report()), sample.report())


def test_counts_common_failures_bad_rows_and_unused_waivers_are_told() -> None:
    said = text(index_page(linked(30), sample.report()))
    for piece in (
        "A 10 domains",
        "? 10 domains without a grade yet",
        "A DMARC record is published 10",
        "It has a blank in it.",
        "w.yaml:3",
    ):
        assert piece in said


def test_a_very_long_list_shows_the_worst_and_says_so() -> None:
    summary = Summary(most=5)
    for result in sample.many(30).domains:
        summary.add(result)
    page = index_page(summary, sample.report())
    assert "The worst 5 domains; results.ndjson has all 30." in text(page)


def test_an_empty_list_has_an_index() -> None:
    assert "No check failed on any domain." in text(index_page(Summary(), sample.report()))
