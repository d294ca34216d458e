"""reports.page: one file a domain, in the order of the design, whole without a script, never too large."""

from __future__ import annotations

import json
import re

import hostile
import pytest
import sample
from sample import replace

from reports.jsondoc import encode_domain
from reports.page import LARGEST_PAGE, domain_page
from rules.results import SCORE_SENTENCES, Change, DomainResult, QueryRecord, Requirement, RuleText

REPORT = sample.report()


def read(result: DomainResult) -> hostile.Reader:
    return hostile.Reader(domain_page(result, REPORT))


def text(result: DomainResult) -> str:
    return re.sub(r"\s+", " ", " ".join(read(result).text))


def test_the_sections_stand_in_the_order_of_the_design() -> None:
    ids = [value for tag, name, value in read(sample.result()).attributes if tag == "section" and name == "id"]
    assert ids == [
        "verdict",
        "do",
        "figures",
        "publish",
        "findings",
        "unknown",
        "waived",
        "frameworks",
        "queries",
        "grade",
    ]


def test_grade_and_verdict_stand_before_everything_else() -> None:
    said = text(sample.result())
    assert said.index("Grade D") < said.index("has a serious fault") < said.index("What to publish")


@pytest.mark.parametrize("make", [sample.result, sample.good, sample.unreadable])
def test_every_finding_and_every_answer_is_there(make: object) -> None:
    result = make()  # type: ignore[operator]
    said = text(result)
    for finding in result.findings:
        assert finding.rule in said
        grouped = finding.status in ("unknown", "blocked")  # told once for all that have the same cause
        assert (sample.RULES[finding.rule].title if grouped else finding.message) in said
    for answer in result.answers:
        assert answer.name in said
        assert all(value in said for value in answer.values)


def test_what_could_not_be_checked_has_its_reason_and_stands_apart_from_failures() -> None:
    said = text(sample.result())
    section = said[said.index("What could not be checked, and why") : said.index("Waived ", said.index("and why"))]
    assert "DKIM-002" in section
    assert "EDE 22: No Reachable Authority" in section
    assert "SPF-002" not in section


def test_expected_and_observed_and_evidence_stand_with_a_failure() -> None:
    page = domain_page(sample.result(), REPORT).decode()
    article = page[page.index('<article class="fail" id="finding-1">\n<h3>The SPF record') :]
    article = article[: article.index("</article>")]
    for piece in ("spf.authorises_m365 is true", "spf.record", sample.SPF, 'href="#q3"', "Receivers treat mail"):
        assert piece in article


def test_every_link_within_the_page_leads_somewhere() -> None:
    found = read(sample.result())
    targets = {value for _, name, value in found.attributes if name == "id"}
    links = {
        value[1:] for tag, name, value in found.attributes if tag == "a" and name == "href" and value.startswith("#")
    }
    assert links
    assert links <= targets


def test_no_id_stands_twice() -> None:
    ids = [value for _, name, value in read(sample.result()).attributes if name == "id"]
    assert len(ids) == len(set(ids))


def test_records_stand_as_one_pastes_them_the_current_one_above() -> None:
    page = domain_page(sample.result(), REPORT).decode()
    old = "v=spf1 include:spf.mailer.example ip4:192.0.2.7 <del>~all</del>"
    new = (
        "v=spf1 <ins>include:spf.protection.outlook.com</ins> include:spf.mailer.example ip4:192.0.2.7 <ins>-all</ins>"
    )
    assert page.index(f'<pre class="old">{old}</pre>') < page.index(f'<pre class="new">{new}</pre>')


def test_waivers_are_shown_with_who_and_until_when_and_expired_ones_with_their_finding() -> None:
    said = text(sample.result())
    for piece in ("migration", "ops@contoso.com", "2027-01-31", "T-17", "expired on 2026-01-31"):
        assert piece in said


def test_how_the_grade_is_made_is_told_in_full() -> None:
    said = text(sample.result())
    assert all(sentence in said for sentence in SCORE_SENTENCES)
    assert "held down by" in said
    assert "16.0" in said
    assert all(lost.rule in said for lost in sample.result().score.lost)


def test_frameworks_are_told_requirement_by_requirement() -> None:
    said = text(sample.result())
    for piece in (
        "CIS Microsoft 365 Foundations",
        "2.1.8",
        "not met",
        "cannot be seen from outside",
        "not judged with this profile",
    ):
        assert piece in said


def test_the_json_of_the_domain_rides_along() -> None:
    found = read(sample.result())
    assert json.loads(found.scripts[0]) == json.loads(encode_domain(sample.result()))


def test_there_is_one_heading_of_the_first_level_a_language_a_title_and_landmarks() -> None:
    found = read(sample.result())
    assert found.tags.count("h1") == 1
    assert ("html", "lang", "en") in found.attributes
    for landmark in ("header", "nav", "main", "footer", "title"):
        assert found.tags.count(landmark) >= 1
    first_link = next(value for tag, name, value in found.attributes if tag == "a" and name == "href")
    assert first_link == "#main"


def test_every_table_has_a_caption_and_every_head_a_scope() -> None:
    found = read(sample.result())
    assert found.tags.count("table") == found.tags.count("caption") > 3
    scoped = [value for tag, name, value in found.attributes if tag == "th" and name == "scope"]
    assert len(scoped) == found.tags.count("th")


def test_only_passed_checks_and_those_that_do_not_apply_are_folded_and_paper_says_so() -> None:
    page = domain_page(sample.result(), REPORT).decode()
    folded = "".join(re.findall(r"<details>.*?</details>", page, re.DOTALL))
    assert "MX-001" in folded
    assert "DMARC-007" in folded
    assert not any(rule in folded for rule in ("SPF-002", "DKIM-002", "DMARC-003"))
    assert '<p class="print">4 checks passed; left out on paper.</p>' in page


def test_a_status_is_told_by_a_sign_and_a_word() -> None:
    said = text(sample.result())
    for words in ("✗ failed", "⊘ blocked", "? could not be checked", "✓ passed"):
        assert words in said


def test_an_http_reference_is_text_and_no_link() -> None:
    rules = {
        **sample.RULES,
        "SPF-002": replace(sample.RULES["SPF-002"], refs=("http://plain.test/x", "javascript:alert(1)")),
    }
    found = hostile.Reader(domain_page(sample.result(), replace(REPORT, rules=rules)))
    assert not [v for _, name, v in found.attributes if name == "href" and ("plain.test" in v or "alert" in v)]
    assert "http://plain.test/x" in "".join(found.text)


def usual() -> DomainResult:
    """Forty findings and as many queries, which is what a domain with every subject has."""
    base = sample.result()
    findings = tuple(replace(f, rule=f"{f.rule}-{n}") for n in range(4) for f in base.findings)[:40]
    answers = tuple(replace(a, name=f"n{n}.{a.name}") for n in range(6) for a in base.answers)
    return replace(base, findings=findings, answers=answers)


def test_a_large_page_leaves_the_data_out_first_and_says_where_they_are() -> None:
    padded = replace(usual(), facts={"x": "y" * 85_000})
    page = domain_page(padded, REPORT)
    assert b"too long to ride along" in page
    assert len(page) < 150_000


def test_a_usual_page_is_under_150_kilobytes() -> None:
    assert 30_000 < len(domain_page(usual(), REPORT)) < 150_000


@pytest.mark.parametrize("filling", ["x", "<", '"', "\u202e", "é", "\\", "&"])
def test_giant_records_make_no_giant_page_and_the_page_says_what_it_left_out(filling: str) -> None:
    values = (filling * 65_000, *(f"{number}{filling * 200}" for number in range(200)))
    answers = tuple(replace(a, values=values, status="NOERROR") for a in usual().answers)
    page = domain_page(replace(usual(), answers=answers), REPORT)
    assert len(page) < LARGEST_PAGE
    assert b"characters in all" in page
    assert b"more records, in results.ndjson" in page
    assert b"too long to ride along" in page


def test_a_value_too_long_to_show_is_never_offered_cut_off_for_pasting() -> None:
    long = "v=spf1 " + "ip4:192.0.2.1 " * 5000
    change = Change(action="add", name="contoso.com", type="TXT", value=long, rules=("SPF-002",))
    page = domain_page(sample.result(changes=(change,)), REPORT).decode()
    assert '<pre class="new">' not in page
    assert "is too long for this page" in page


def test_thousands_of_queries_findings_and_changes_stay_within_the_limit() -> None:
    base = sample.result()
    answers = tuple(
        QueryRecord(name=f"{n}.contoso.com", type="TXT", status="NOERROR", values=("x" * 300,)) for n in range(5000)
    )
    changes = tuple(Change(action="add", name=f"{n}.contoso.com", type="TXT", value="x" * 300) for n in range(500))
    page = domain_page(replace(base, answers=answers, changes=changes), REPORT)
    assert len(page) < LARGEST_PAGE
    assert b"more queries" in page
    assert b"more steps" in page


def test_thousands_of_long_failures_rules_and_requirements_stay_within_the_limit_too() -> None:
    long = "a <& word " * 60
    failed = [finding for finding in sample.findings() if finding.status == "fail"]
    findings = tuple(
        replace(finding, rule=f"EVIL-{number}", message=long, expected=long, status=status)
        for number in range(100)
        for finding in failed[:1]
        for status in ("fail", "pass", "waived", "blocked", "unknown", "not_applicable")
    )
    rules = {
        f"EVIL-{number}": RuleText(title=long, why=long, refs=("https://x.example/",) * 9) for number in range(100)
    }
    requirements = tuple(
        Requirement(id=f"r{n}", title=long, note=f"{n}{long}", testable=bool(n % 2)) for n in range(900)
    )
    frameworks = {
        f"f{n}": replace(sample.FRAMEWORKS["scuba"], id=f"f{n}", requirements=requirements) for n in range(30)
    }
    result = sample.result(findings=findings, cap_by=tuple(rules))
    page = domain_page(result, sample.report(rules=rules, frameworks=frameworks))
    assert len(page) < LARGEST_PAGE
    assert b"more checks, in results.ndjson" in page
    assert b"more requirements" in page
    assert b'id="grade"' in page


def test_evidence_that_points_nowhere_is_passed_over() -> None:
    broken = tuple(replace(f, evidence=(99, -1)) for f in sample.findings())
    assert b"#q99" not in domain_page(sample.result(findings=broken), REPORT)


def test_a_bare_result_makes_a_page() -> None:
    bare = sample.result(
        findings=(),
        changes=(),
        facts={},
        answers=(),
        grade="-",
        score=sample.Score(low=None, high=None, reachable=None),
    )
    page = domain_page(bare, sample.report(rules={}, frameworks={}))
    assert b"no check applies" in page
    assert b"No framework is part" in page


def test_the_same_result_makes_the_same_page() -> None:
    assert domain_page(sample.result(), REPORT) == domain_page(sample.result(), REPORT)


def test_a_requirement_without_a_page_of_its_own_breaks_nothing() -> None:
    odd = replace(sample.FRAMEWORKS["scuba"], url="", requirements=(Requirement(id="x", title="<b>"),))
    assert b"&lt;b&gt;" in domain_page(sample.result(), sample.report(frameworks={"scuba": odd}))
