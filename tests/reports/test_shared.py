"""reports.shared: what many domains' failures have in common, and how many one change would mend."""

from __future__ import annotations

from typing import Any

import sample
from sample import replace

from reports.shared import Bounded, Common, Failure, Failures, Record
from rules.results import Change, DomainResult, Finding, Fix, RuleText

RULES = {"SPF-014": RuleText(title="Everything that SPF includes exists", why="")}


def failing(domain: str, *findings: Finding, changes: tuple[Change, ...] = (), **more: Any) -> DomainResult:
    facts = {"domain": {"name": domain, "organizational": domain}}
    return sample.result(domain, findings=findings, changes=changes, facts=facts, **more)


def fault(message: str = "It fails.", rule: str = "SPF-014", **observed: Any) -> Finding:
    return Finding(
        rule=rule,
        severity="high",
        status="fail",
        message=message,
        expected="",
        observed=observed,
        fix=Fix(effort="minutes", owner="dns", text="Mend it."),
    )


def change(name: str, value: str, action: Any = "add", rule: str = "SPF-014") -> Change:
    return Change(action=action, name=name, type="TXT", value=value, rules=(rule,))


def told(*results: DomainResult) -> Failure:
    failures = Failures()
    for result in results:
        failures.add(result)
    (failure,) = failures.common(RULES, 9)
    return failure


def test_a_change_that_is_the_same_but_for_the_domains_own_name_is_one_kind() -> None:
    failure = told(
        *(
            failing(name, fault(), changes=(change(f"_dmarc.{name}", f"v=DMARC1; rua=mailto:d@{name}"),))
            for name in ("a.test", "b.test", "c.test")
        ),
        failing("d.test", fault(), changes=(change("_dmarc.d.test", "v=DMARC1; p=none"),)),
    )
    assert (failure.number, failure.title, failure.owner, failure.effort) == (
        4,
        RULES["SPF-014"].title,
        "dns",
        "minutes",
    )
    record = Record("add", "TXT", "_dmarc.{domain}", "v=DMARC1; rua=mailto:d@{domain}")
    assert failure.common == (Common("each", 3, (record,)),)


def test_one_record_outside_of_the_zones_mends_all_that_hang_on_it() -> None:
    inherited = change("_dmarc.contoso.com", "v=DMARC1; p=reject", "replace")
    failure = told(*(failing(f"{n}.contoso.com", fault(), changes=(inherited,)) for n in ("a", "b")))
    record = Record("replace", "TXT", "_dmarc.contoso.com", "v=DMARC1; p=reject")
    assert failure.common == (Common("record", 2, (record,)),)


def test_an_include_or_a_host_that_several_faults_are_at_is_named() -> None:
    def result(domain: str, include: str) -> DomainResult:
        problem = {"code": "include_gone", "text": f"The include {include} is gone.", "where": f"include:{include}"}
        other = {"code": "ptr", "text": "ptr", "where": "a:fine.example"}
        return failing(domain, fault(f"{domain}: {include} is gone.", **{"spf.problems": [problem, other]}))

    failure = told(*(result(f"{n}.test", "spf.shared.example") for n in "abc"), result("d.test", "spf.own.example"))
    assert failure.common == (Common("name", 3, names=("spf.shared.example",)),)


def test_what_the_message_does_not_tell_and_what_is_the_domains_own_is_no_common_cause() -> None:
    def result(domain: str) -> DomainResult:
        observed = {"mx.hosts": ["mx.other.example", f"mail.{domain}"], "x": {"unknown": "why.example"}}
        return failing(domain, fault(f"mail.{domain} of {domain} is gone; why.example", **observed))

    assert told(result("a.test"), result("b.test")).common == ()


def test_a_name_that_stands_in_the_common_record_is_told_by_it() -> None:
    def result(domain: str) -> DomainResult:
        left = fault("mail.oldhost.example is left.", **{"mx.leftovers": [{"host": "mail.oldhost.example."}]})
        return failing(domain, left, changes=(change(domain, "20 mail.oldhost.example.", "delete"),))

    (common,) = told(result("a.test"), result("b.test")).common
    assert common.kind == "each"


def test_what_only_one_domain_has_is_not_common() -> None:
    assert told(failing("a.test", fault(), changes=(change("a.test", "v=spf1 -all"),))).common == ()


def test_what_is_for_information_or_fails_twice_on_a_domain_does_not_count() -> None:
    failures = Failures()
    failures.add(failing("a.test", fault(), fault(), replace(fault(rule="IDEA-001"), severity="info")))
    assert [(f.rule, f.number) for f in failures.common(RULES, 9)] == [("SPF-014", 1)]


def test_what_costs_most_stands_first_and_single_domains_only_fill_up() -> None:
    failures = Failures()
    for number in range(3):
        failures.add(failing(f"{number}.test", replace(fault(rule="LOW-001"), severity="low"), fault(rule="HIGH-001")))
    failures.add(failing("x.test", replace(fault(rule="ONE-001"), severity="critical"), fault(rule="ONE-002")))
    assert [f.rule for f in failures.costly({}, 9, 0)] == ["HIGH-001", "LOW-001"]
    assert [f.rule for f in failures.costly({}, 9, 3)] == ["HIGH-001", "ONE-001", "LOW-001"]
    assert [f.rule for f in failures.costly({}, 1, 3)] == ["HIGH-001"]
    assert [f.rule for f in failures.common({}, 2)] == ["HIGH-001", "LOW-001"]


def test_a_million_kinds_are_counted_in_bounded_memory_and_the_frequent_one_is_found() -> None:
    counted: Bounded[str] = Bounded(most=50)
    for number in range(10_000):
        counted.add(f"rare-{number}")
        if number % 3 == 0:
            counted.add("common")
        assert len(counted) <= 50
    ((kind, number),) = counted.first(1)
    assert kind == "common"
    assert 0 < number <= 3334


def test_hostile_values_stay_short_and_are_made_visible() -> None:
    value = "\x1b\u202e" * 50_000
    failure = told(*(failing(n, fault(value, x=value), changes=(change(n, value),)) for n in ("a.test", "b.test")))
    (common,) = failure.common
    assert len(common.records[0].value) < 1000
    assert "\x1b" not in common.records[0].value
