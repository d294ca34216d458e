"""reports.verdict: the consequence for mail first, the acronym last, and nothing of what is only unknown."""

from __future__ import annotations

from typing import Any

import pytest
import sample
from sample import replace

from reports.publish import publication
from reports.steps import steps
from reports.verdict import Verdict, verdict
from rules.results import DomainResult, Finding, Fix


def of(result: DomainResult) -> Verdict:
    return verdict(result, steps(result, publication(result, sample.RULES)))


def failing(
    observed: dict[str, Any], severity: Any = "high", rule: str = "X-001", message: str = "It is so.", **changed: Any
) -> DomainResult:
    finding = Finding(rule=rule, severity=severity, status="fail", message=message, expected="", observed=observed)
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
        (
            {"dkim.selector1.key_status": "none", "dkim.selector2.key_status": "revoked"},
            "no signature that anybody could",
        ),
        ({"dkim.selectors": []}, "no valid signature"),
        ({"domain.exists": False}, "does not exist in DNS"),
    ],
)
def test_a_failure_is_told_by_what_it_does_to_mail(observed: dict[str, Any], words: str) -> None:
    (sentence,) = of(failing(observed)).consequences
    assert words in sentence


def test_a_failure_without_a_sentence_is_told_by_the_first_one_of_its_message() -> None:
    assert of(failing({"spf.lookups": 11}, rule="OWN-1")).consequences == ("It is so.",)
    said = "Mail is lost, e.g. today. Nobody knows. Ever."
    assert of(failing({"x.y": 1}, message=said)).consequences == ("Mail is lost, e.g. today.",)


def test_one_live_key_among_others_is_not_told_as_no_signature() -> None:
    observed = {"dkim.selector1.key_status": "live", "dkim.selector2.key_status": "none"}
    assert of(failing(observed, rule="DKIM-002")).consequences == ("It is so.",)


def test_an_unknown_key_is_not_told_as_no_signature() -> None:
    observed = {"dkim.selector1.key_status": {"unknown": "TIMEOUT"}, "dkim.selector2.key_status": "none"}
    assert "signature" not in of(failing(observed, rule="DKIM-002")).consequences[0]


def test_one_sentence_a_subject_the_worst_first_no_more_than_three_and_then_what_is_unknown() -> None:
    found = of(sample.result()).consequences
    assert len(found) == 4
    assert "Microsoft 365 sends" in found[0]
    assert "Anyone can send" in found[1]
    assert found[3].startswith("DNS gave no usable answer about the signatures of its mail (DKIM)")


def test_low_failures_are_no_consequence() -> None:
    assert of(failing({"dmarc.status": "none"}, severity="low")).consequences == ()


def test_what_is_unknown_is_said_to_be_so_and_not_to_be_missing() -> None:
    (said,) = of(sample.unreadable()).consequences
    assert "DNS gave no usable answer about where its mail goes (MX), which servers may send its mail (SPF)" in said
    assert "is not known yet" in said


def test_what_is_waived_has_no_consequence() -> None:
    waived = tuple(replace(f, status="waived") for f in sample.findings())
    assert of(sample.result(findings=waived)).consequences == ()


def test_a_domain_without_faults_is_told_what_is_right_and_only_that() -> None:
    (said,) = of(sample.good()).consequences
    assert said.startswith("Mail arrives where it should, the servers that may send are named (SPF)")
    assert "DMARC" not in said  # of which nothing was judged


def test_a_parked_domain_is_praised_only_if_all_of_it_is_closed() -> None:
    findings = tuple(
        Finding(rule=rule, severity="high", status="pass", message="", expected="")
        for rule in ("MX-1", "SPF-1", "DMARC-1")
    )
    closed = sample.result(profile="parked", findings=findings, changes=(), grade="A")
    assert "neither sends nor receives mail" in of(closed).consequences[0]
    assert of(replace(closed, findings=findings[:2])).consequences == ()


def test_a_domain_that_is_to_receive_nothing_is_not_told_that_its_mail_is_lost() -> None:
    parked = failing({"mx.status": "none"}, rule="MX-001", facts={"profile": {"inbound": "none"}})
    assert of(parked).consequences == ("It is so.",)


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


def test_a_domain_without_mail_is_told_what_spf_would_say_for_it() -> None:
    (said,) = of(failing({"spf.status": "none"}, profile="parked")).consequences
    assert said.startswith("Nothing says that contoso.com sends no mail")


def test_steps_of_one_owner_are_told_in_one_breath_and_optional_ones_are_not_counted() -> None:
    fix = Fix(effort="hours", owner="dns", text="Do it.")
    failed = [
        Finding(rule=f"X-{n}", severity="high", status="fail", message="", expected="", fix=fix) for n in range(2)
    ]
    assert of(sample.result(findings=tuple(failed[:1]), changes=())).remedy == (
        "One step mends this, for whoever manages the DNS (hours)."
    )
    optional = replace(sample.changes()[0], severity="info")
    assert of(sample.result(findings=tuple(failed), changes=(optional,))).remedy == (
        "2 steps mend this, all for whoever manages the DNS (hours)."
    )


def test_the_remedy_counts_the_steps_by_who_does_them() -> None:
    assert of(sample.result()).remedy == (
        "4 steps mend this: 3 for whoever manages the DNS (minutes) and 1 for an administrator of Microsoft 365 (hours)."
    )
    assert of(sample.good()).remedy == ""
