"""reports.verdict: the consequence for mail first, the acronym last, and nothing of what is only unknown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sample

from reports.publish import publication
from reports.verdict import Verdict, verdict
from rules.results import DomainResult, Finding


def of(result: DomainResult) -> Verdict:
    return verdict(result, sample.RULES, publication(result, sample.RULES))


def failing(observed: dict[str, Any], severity: Any = "high", rule: str = "X-001", **changed: Any) -> DomainResult:
    finding = Finding(rule=rule, severity=severity, status="fail", message="It is so.", expected="", observed=observed)
    return sample.result(findings=(finding,), changes=(), **changed)


@pytest.mark.parametrize(
    ("observed", "words"),
    [
        ({"mx.status": "none"}, "Mail to contoso.com has no server to go to"),
        ({"mx.leftovers": [{"host": "x"}]}, "another provider"),
        ({"mx.unresolvable_hosts": ["x"]}, "do not exist"),
        ({"dmarc.status": "none"}, "Anyone can send mail that looks as if it came from contoso.com"),
        ({"dmarc.found_at": None}, "Anyone can send mail that looks as if it came from contoso.com"),
        ({"spf.records": []}, "does not say which servers may send"),
        ({"dmarc.applied_policy": "none"}, "receivers are told to deliver it"),
        ({"dmarc.status": "invalid"}, "cannot be read"),
        ({"spf.status": "none"}, "does not say which servers may send"),
        ({"spf.status": "permerror"}, "cannot use the list"),
        ({"spf.records": ["v=spf1 a", "v=spf1 mx"]}, "publishes several lists"),
        ({"spf.over_limit": True}, "too long"),
        ({"spf.authorises_m365": False}, "looks forged"),
        ({"spf.all": "pass"}, "every server on the internet"),
        ({"dkim.selector1.key_status": "none", "dkim.selector2.key_status": "revoked"}, "no valid signature"),
        ({"dkim.selectors": []}, "no valid signature"),
        ({"domain.exists": False}, "does not exist in DNS"),
    ],
)
def test_a_failure_is_told_by_what_it_does_to_mail(observed: dict[str, Any], words: str) -> None:
    (sentence,) = of(failing(observed)).consequences
    assert words in sentence


def test_a_failure_without_a_sentence_is_told_by_the_rules_why_and_else_by_its_message() -> None:
    assert of(failing({"spf.lookups": 11}, rule="SPF-005")).consequences == (sample.RULES["SPF-005"].why,)
    assert of(failing({"spf.lookups": 11}, rule="OWN-1")).consequences == ("It is so.",)


def test_of_a_long_why_only_the_first_sentence_is_told() -> None:
    rules = {"X-001": sample.replace(sample.RULES["SPF-005"], why="Mail is lost, e.g. today. Nobody knows. Ever.")}
    result = failing({"x.y": 1})
    assert verdict(result, rules, publication(result, rules)).consequences == ("Mail is lost, e.g. today.",)


def test_one_live_key_among_others_is_not_told_as_no_signature() -> None:
    observed = {"dkim.selector1.key_status": "live", "dkim.selector2.key_status": "none"}
    assert of(failing(observed, rule="DKIM-002")).consequences == (sample.RULES["DKIM-002"].why,)


def test_an_unknown_key_is_not_told_as_no_signature() -> None:
    observed = {"dkim.selector1.key_status": {"unknown": "TIMEOUT"}, "dkim.selector2.key_status": "none"}
    assert "signature" not in of(failing(observed, rule="DKIM-002")).consequences[0]


def test_one_sentence_a_subject_the_worst_first_and_no_more_than_three() -> None:
    found = of(sample.result()).consequences
    assert len(found) == 3
    assert "Microsoft 365 sends" in found[0]
    assert "Anyone can send" in found[1]


def test_low_failures_are_no_consequence() -> None:
    assert of(failing({"dmarc.status": "none"}, severity="low")).consequences == ()


def test_what_is_unknown_or_waived_has_no_consequence() -> None:
    assert of(sample.unreadable()).consequences == ()
    waived = tuple(replace(f, status="waived") for f in sample.findings())
    assert of(sample.result(findings=waived)).consequences == ()


def test_a_domain_that_is_to_receive_nothing_is_not_told_that_its_mail_is_lost() -> None:
    parked = failing({"mx.status": "none"}, rule="MX-001", facts={"profile": {"inbound": "none"}})
    assert of(parked).consequences == (sample.RULES["MX-001"].why,)


@pytest.mark.parametrize("grade", ["A", "B", "C", "D", "F"])
def test_every_letter_has_a_headline_of_its_own(grade: str) -> None:
    others = {of(sample.result(grade=other)).headline for other in "ABCDF" if other != grade}
    headline = of(sample.result(grade=grade)).headline
    assert headline not in others
    assert "contoso.com" in headline
    assert headline.endswith(".")


def test_an_open_grade_is_said_to_be_open_with_both_ends() -> None:
    assert of(sample.unreadable()).headline == (
        "No grade can be given for silent.test yet: 12 checks could not be completed, and the grade lies between F and A."
    )


def test_nothing_to_judge_is_said_so() -> None:
    assert "no check applies" in of(sample.result(grade="-", findings=())).headline
    assert "could not be completed" in of(replace(sample.unreadable(), grade="-")).headline


def test_the_remedy_counts_what_is_to_do() -> None:
    assert of(sample.result()).remedy == (
        "What it takes: 3 changes in DNS (minutes) and 1 thing without a record to paste (hours)."
    )
    assert of(sample.good()).remedy == ""
