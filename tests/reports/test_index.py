"""reports.index: a list at a glance."""

from __future__ import annotations

import re

import hostile
import pytest
import sample

from reports import index
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
        "43 to 51",
        "Contoso Ltd",
        "does not authorise Microsoft 365",
        "F to A",
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


def test_counts_common_failures_unknowns_bad_rows_and_unused_waivers_are_told() -> None:
    said = text(index_page(linked(30), sample.report()))
    for piece in (
        "10 of 30 domains have serious faults.",
        "10 are in order or nearly so. For 10 too little of DNS could be read",
        "A 10 in order",
        "? 10 not known yet",
        "10 domains fail A DMARC record is published",
        "Could not be checked (20 domains)",
        "No answer in time (TIMEOUT)",
        "ask through another resolver",
        "It has a blank in it.",
        "w.yaml:3",
    ):
        assert piece in said


def test_what_one_change_would_mend_is_told_with_the_record_and_who_does_it() -> None:
    said = text(index_page(linked(30), sample.report()))
    assert "One change mends 10 domains; it is outside of their zones: Add TXT _dmarc.contoso.com: v=DMARC1" in said
    assert said.index("SPF authorises Microsoft 365") < said.index("No old mail servers are left")


def test_domains_stand_by_client_with_the_grades_of_each() -> None:
    page = index_page(linked(6), sample.report())
    said = text(page)
    assert said.index("Contoso Ltd 4 domains D 2 ? 2") < said.index("Fabrikam 2 domains A 2")
    assert b'class="grouped ' in page
    one = Summary()
    one.add(sample.good())
    assert b'class="group"' not in index_page(one, sample.report())


def test_without_clients_there_is_no_column_for_them() -> None:
    summary = Summary()
    summary.add(sample.result(client=""))
    assert "Client" not in re.findall(r"<th scope=.col.[^>]*>([^<]*)", index_page(summary, sample.report()).decode())


def test_tickets_and_tags_are_shown() -> None:
    said = text(index_page(linked(3), sample.report()))
    assert "T-1 pilot" in said


def test_a_thousand_clients_and_hostile_names_stay_under_the_size_and_say_what_was_cut() -> None:
    summary = Summary()
    for number in range(1000):
        summary.add(
            sample.result(f"d{number}.test", client=f"{number}" + "<&'>" * 400, ticket="'" * 400, tags=("<" * 300,) * 8)
        )
    page = index_page(summary, sample.report())
    assert len(page) < 1_400_000
    assert "Long texts are cut short here" in text(page)


@pytest.mark.parametrize(
    ("grades", "headline"),
    [
        ("", "There are no domains in this report."),
        ("A", "The domain is in order or nearly so."),
        ("F", "The domain has serious faults."),
        ("AB", "All 2 domains are in order or nearly so."),
        ("DF", "All 2 domains have serious faults."),
        ("ADC", "1 of 3 domains has serious faults."),
        ("AC", "1 of 2 domains needs work."),
        ("A?", "1 of 2 domains is in order or nearly so."),
        ("?", "None of the domains could be graded."),
    ],
)
def test_the_headline_tells_the_worst_that_there_is(grades: str, headline: str) -> None:
    summary = Summary()
    for number, grade in enumerate(grades):
        summary.add(sample.result(f"d{number}.test", grade=grade))
    assert index.headline(summary)[0] == headline


def test_a_very_long_list_shows_the_worst_and_says_so() -> None:
    summary = Summary(most=5)
    for result in sample.many(30).domains:
        summary.add(result)
    page = index_page(summary, sample.report())
    assert "The worst 5 domains; results.ndjson has all 30." in text(page)


def test_an_empty_list_has_an_index() -> None:
    assert "No check failed on any domain." in text(index_page(Summary(), sample.report()))
