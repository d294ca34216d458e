"""One domain through the judge: statuses, messages, evidence, fixes, waivers, changes."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from rules.facts import MxRecord, Unknown
from rules.judge import Judge, Judgement, judge
from rules.model import ChangeSpec, Condition, FixSpec, Profile, Rule, Selection, Slot, Template, Waiver
from rules.results import Finding, Fix

TODAY = datetime.date(2026, 11, 21)
SERVFAIL = Unknown("SERVFAIL for TXT contoso.com from 192.0.2.53")
FACTS: dict[str, Any] = {"domain.name": "contoso.com", "profile.sends_from_m365": True}
PROFILE = Profile("onboarding", "", {}, {}, frozenset())


def reads(fact: str, *others: str) -> Condition:
    """Gives what the fact is; the others are only said to be read."""
    return Condition(lambda facts: facts[fact], frozenset({fact, *others}), f"{fact} is true")


def rule(id_: str, fact: str = "spf.ok", *others: str, **fields: Any) -> Rule:
    given: dict[str, Any] = {
        "title": f"Title of {id_}",
        "severity": "high",
        "needs": (),
        "when": None,
        "assertion": reads(fact, *others),
        "failed": Template((Slot("domain.name"), f" fails {id_}.")),
        "passed": None,
        "why": "",
        "fix": None,
        "cap": "",
        "refs": (),
        "maps": {},
        "examples": (),
        "pack": "test",
        "where": "",
    }
    return Rule(id=id_, **(given | fields))


def fix(owner: str = "dns", command: Template | None = None, *changes: ChangeSpec) -> FixSpec:
    return FixSpec("minutes", owner, Template(("Publish it for ", Slot("domain.name"), ".")), command, changes)  # type: ignore[arg-type]


def waiver(rule_id: str, *, domain: str = "contoso.com", expires: datetime.date = TODAY) -> Waiver:
    return Waiver(rule_id, (domain,), "migration", "ops@contoso.com", expires, "T-17", "")


def judged(*rules: Rule, profile: Profile = PROFILE, **arguments: Any) -> Judgement:
    facts = FACTS | arguments.pop("facts", {})
    return judge(Selection(profile, rules), facts, today=TODAY, **arguments)


def finding(judgement: Judgement, rule_id: str) -> Finding:
    return next(found for found in judgement.findings if found.rule == rule_id)


def test_each_verdict_has_its_status() -> None:
    when = {"when": reads("x.when")}
    for facts, fields, status in (
        ({"spf.ok": True}, {}, "pass"),
        ({"spf.ok": False}, {}, "fail"),
        ({"spf.ok": SERVFAIL}, {}, "unknown"),
        ({"spf.ok": False, "x.when": False}, when, "not_applicable"),
        ({"spf.ok": False, "x.when": SERVFAIL}, when, "unknown"),
        ({"spf.ok": False, "x.when": True}, when, "fail"),
    ):
        assert judged(rule("R-1", **fields), facts=facts).findings[0].status == status


def test_findings_are_in_the_order_of_the_selection_with_the_severity_of_the_profile() -> None:
    profile = Profile("parked", "", {}, {"R-2": "critical"}, frozenset())
    judgement = judged(rule("R-1"), rule("R-2"), profile=profile, facts={"spf.ok": False})
    assert [(f.rule, f.severity) for f in judgement.findings] == [("R-1", "high"), ("R-2", "critical")]
    assert judgement.cap_by == ()
    assert judgement.grade == "F"


def test_a_need_that_is_not_selected_is_ignored() -> None:
    judgement = judged(rule("R-1", needs=("GONE-001",)), facts={"spf.ok": True})
    assert judgement.findings[0].status == "pass"


def test_a_finding_shows_what_was_expected_and_observed_and_what_proves_it() -> None:
    record = MxRecord(
        host="a.test",  # type: ignore[arg-type]
        preference=5,
        provider="other",
        kind="other",
        resolves=SERVFAIL,
        is_cname=False,
        is_ip=False,
    )
    when = reads("mx.present", "profile.inbound", "profile.sends_from_m365")
    judgement = judged(
        rule("R-1", "mx.ok", "mx.records", "domain.name", when=when),
        rule("R-2", "mx.ok"),
        facts={"mx.ok": False, "mx.records": (record,), "mx.present": True, "profile.inbound": "none"},
        evidence={"mx.records": (4, 7), "mx.present": (1, 4), "mx.ok": (7,), "spf.record": (2,)},
    )
    first, second = judgement.findings
    assert first.expected == "mx.ok is true"
    assert list(first.observed) == ["domain.name", "mx.ok", "mx.present", "mx.records"]
    assert first.observed["mx.records"][0]["host"] == "a.test"
    assert first.observed["mx.records"][0]["resolves"] == {"unknown": SERVFAIL.reason}
    assert first.evidence == (1, 4, 7)
    assert (second.observed, second.evidence) == ({"mx.ok": False}, (7,))


def test_an_unknown_is_observed_as_json_shows_it() -> None:
    judgement = judged(rule("R-1"), facts={"spf.ok": SERVFAIL})
    assert judgement.findings[0].observed == {"spf.ok": {"unknown": SERVFAIL.reason}}


def test_a_finding_equals_one_that_its_constructor_makes() -> None:
    judgement = judged(rule("R-1", fix=fix()), facts={"spf.ok": False}, evidence={"spf.ok": (3,)})
    assert judgement.findings[0] == Finding(
        rule="R-1",
        severity="high",
        status="fail",
        message="contoso.com fails R-1.",
        expected="spf.ok is true",
        observed={"spf.ok": False},
        evidence=(3,),
        blocked_by="",
        fix=Fix(effort="minutes", owner="dns", text="Publish it for contoso.com.", command=""),
        waiver=None,
    )


def test_a_pass_is_worded_by_the_rule_or_else_by_the_engine() -> None:
    worded = rule("R-2", passed=Template(("All is well with ", Slot("domain.name"), ".")))
    judgement = judged(rule("R-1"), worded, facts={"spf.ok": True})
    assert finding(judgement, "R-1").message == "contoso.com passes the check “Title of R-1”."
    assert finding(judgement, "R-2").message == "All is well with contoso.com."


def test_an_unknown_says_why_and_what_it_waits_for() -> None:
    judgement = judged(
        rule("R-1"),
        rule("R-2", "dkim.ok", needs=("R-1",)),
        rule("R-3", "dkim.ok", needs=("R-2",)),
        rule("R-4", "dkim.ok", when=reads("spf.ok")),
        facts={"spf.ok": SERVFAIL, "dkim.ok": True},
    )
    reason = "SERVFAIL for TXT contoso.com from 192.0.2.53."
    assert finding(judgement, "R-1").message == (
        f"The check “Title of R-1” could not be completed for contoso.com: {reason}"
    )
    assert finding(judgement, "R-1").blocked_by == ""
    for rule_id, needed in (("R-2", "R-1"), ("R-3", "R-2")):
        found = finding(judgement, rule_id)
        assert (found.status, found.blocked_by) == ("unknown", needed)
        assert found.message.endswith(f"because R-1 (“Title of R-1”), which it needs, could not be: {reason}")
    assert finding(judgement, "R-4").message.endswith(f"could not be determined whether it applies: {reason}")


def test_a_blocked_rule_names_the_one_to_mend_first() -> None:
    judgement = judged(
        rule("R-1"),
        rule("R-2", "dkim.ok", needs=("R-1",)),
        rule("R-3", "dkim.ok", needs=("R-2",), fix=fix()),
        facts={"spf.ok": False, "dkim.ok": True},
    )
    assert finding(judgement, "R-2").blocked_by == "R-1"
    third = finding(judgement, "R-3")
    assert (third.status, third.blocked_by) == ("blocked", "R-2")
    assert third.message.endswith("R-1 (“Title of R-1”) must be mended first.")
    assert third.fix is not None


def test_what_does_not_apply_says_why() -> None:
    judgement = judged(
        rule("R-1"),
        rule("R-2", needs=("R-1",)),
        rule("R-3", when=reads("mx.present")),
        facts={"spf.ok": False, "mx.present": False},
        waivers=[waiver("R-1")],
    )
    second = finding(judgement, "R-2")
    assert (second.status, second.blocked_by) == ("not_applicable", "R-1")
    assert second.message == (
        "The check “Title of R-2” does not apply to contoso.com: R-1 (“Title of R-1”), which it needs, is waived."
    )
    third = finding(judgement, "R-3")
    assert (third.status, third.blocked_by) == ("not_applicable", "")
    assert third.message.endswith("It is made only where mx.present is true.")


@pytest.mark.parametrize(
    ("ok", "needed", "was"),
    [
        (False, True, "contoso.com fails R-2."),
        (SERVFAIL, True, "could not be completed"),
        (True, False, "must be mended first."),
        (False, SERVFAIL, "which it needs, could not be"),
    ],
)
def test_a_waived_finding_says_what_is_waived_by_whom_and_until_when(ok: Any, needed: Any, was: str) -> None:
    judgement = judged(
        rule("R-1", "mx.ok"),
        rule("R-2", needs=("R-1",), fix=fix()),
        facts={"spf.ok": ok, "mx.ok": needed},
        waivers=[waiver("R-2")],
    )
    found = finding(judgement, "R-2")
    assert (found.status, found.fix) == ("waived", None)
    assert was in found.message
    assert found.message.endswith("Waived through 2026-11-21: migration (owner ops@contoso.com, ticket T-17).")
    assert found.waiver is not None
    assert (found.waiver.expires, found.waiver.ticket, found.waiver.expired) == ("2026-11-21", "T-17", False)
    assert judgement.used_waivers == (waiver("R-2"),)


def test_an_expired_waiver_brings_the_finding_back_and_says_so() -> None:
    old = waiver("R-1", expires=TODAY - datetime.timedelta(days=1))
    judgement = judged(rule("R-1", fix=fix()), facts={"spf.ok": False}, waivers=[old])
    (found,) = judgement.findings
    assert (found.status, found.fix is not None) == ("fail", True)
    assert found.message.startswith("contoso.com fails R-1. A waiver expired on 2026-11-20")
    assert found.waiver is not None
    assert found.waiver.expired
    assert judgement.used_waivers == (old,)


def test_a_waiver_that_meets_no_finding_is_not_used() -> None:
    others = [waiver("R-1", domain="fabrikam.com"), waiver("R-2"), waiver("GONE-001")]
    judgement = judged(rule("R-1"), rule("R-2", "mx.ok"), facts={"spf.ok": False, "mx.ok": True}, waivers=others)
    assert [f.status for f in judgement.findings] == ["fail", "pass"]
    assert judgement.used_waivers == ()
    assert all(found.waiver is None for found in judgement.findings)


def test_only_failed_and_blocked_rules_carry_a_fix() -> None:
    for ok, has_fix in ((True, False), (False, True), (SERVFAIL, False)):
        judgement = judged(rule("R-1", fix=fix()), facts={"spf.ok": ok})
        assert (judgement.findings[0].fix is not None) is has_fix


def test_a_fix_brings_its_command_filled() -> None:
    command = Template(("Get-DkimSigningConfig -Identity ", Slot("domain.name")))
    judgement = judged(rule("R-1", fix=fix("tenant", command)), facts={"spf.ok": False})
    found = judgement.findings[0].fix
    assert found is not None
    assert (found.owner, found.command) == ("tenant", "Get-DkimSigningConfig -Identity contoso.com")


def test_only_failed_rules_bring_changes() -> None:
    def adding(value: str) -> FixSpec:
        change = ChangeSpec("add", Template((Slot("domain.name"),)), "TXT", Template((value,)), 3600, None, "")
        return fix("dns", None, change)

    judgement = judged(
        rule("FAILS", fix=adding("a=1")),
        rule("BLOCKED", needs=("FAILS",), fix=adding("b=1")),
        rule("WAIVED", fix=adding("c=1")),
        rule("PASSES", "mx.ok", fix=adding("d=1")),
        rule("UNKNOWN", "dkim.ok", fix=adding("e=1")),
        facts={"spf.ok": False, "mx.ok": True, "dkim.ok": SERVFAIL},
        waivers=[waiver("WAIVED")],
    )
    assert [(c.value, c.rules, c.severity) for c in judgement.changes] == [("a=1", ("FAILS",), "high")]


def test_a_change_has_the_severity_that_the_profile_gives_its_rule() -> None:
    change = ChangeSpec("add", Template(("x.test",)), "TXT", Template(("a=1",)), None, None, "")
    profile = Profile("parked", "", {}, {"R-1": "low"}, frozenset())
    judgement = judged(rule("R-1", fix=fix("dns", None, change)), profile=profile, facts={"spf.ok": False})
    assert judgement.changes[0].severity == "low"


def test_a_fact_that_nobody_demanded_is_an_error() -> None:
    with pytest.raises(KeyError):
        judged(rule("R-1", "mta_sts.ok"))


def test_a_selection_out_of_order_is_refused() -> None:
    with pytest.raises(ValueError, match="R-2 needs R-1"):
        Judge(Selection(PROFILE, (rule("R-2", needs=("R-1",)), rule("R-1"))), today=TODAY)
    with pytest.raises(ValueError, match="twice"):
        Judge(Selection(PROFILE, (rule("R-1"), rule("R-1"))), today=TODAY)


def test_one_judge_serves_many_domains_without_remembering_any() -> None:
    shared = Judge(Selection(PROFILE, (rule("R-1"),)), waivers=[waiver("R-1")], today=TODAY)
    bad = FACTS | {"spf.ok": False}
    first = shared.of(bad)
    other = shared.of(bad | {"domain.name": "fabrikam.com"})
    assert [first.findings[0].status, other.findings[0].status] == ["waived", "fail"]
    assert shared.of(bad) == first


def test_hostile_text_in_facts_is_kept_as_data_and_bounded_in_messages() -> None:
    failed = Template(("The record is ", Slot("spf.record")))
    hostile = "<script>\x1b[2J{domain.name}" + "A" * 60_000
    judgement = judged(rule("R-1", failed=failed), facts={"spf.ok": False, "spf.record": hostile})
    message = judgement.findings[0].message
    assert message.startswith("The record is <script>\x1b[2J{domain.name}AAA")
    assert len(message) < 500


def test_a_rule_that_reads_the_profile_alone_shows_nothing() -> None:
    (found,) = judged(rule("R-1", "profile.sends_from_m365"), facts={"profile.sends_from_m365": True}).findings
    assert (found.status, found.observed, found.evidence) == ("pass", {}, ())
