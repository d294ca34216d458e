"""The knowledge of rules/: the pack m365, the profiles that choose from it, and the frameworks that it answers."""

from __future__ import annotations

import asyncio
import datetime
import functools
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml
from scenarios import FaultySource, options, scenarios, source_of

from rules.examples import run_examples
from rules.facts import Unknown, catalogue
from rules.judge import judge
from rules.loader import load_library, select
from rules.model import Rule, Slot
from rules.results import Target
from scanner.data import read_data
from scanner.records import dmarc_problems, spf_problems
from scanner.scan import scan_domain

TODAY = datetime.date(2026, 11, 21)
LIBRARY = load_library()
RULES = tuple(rule for rule in LIBRARY.rules.values() if rule.pack == "m365")
every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
every_profile = pytest.mark.parametrize(
    "profile", sorted(name for name, profile in LIBRARY.profiles.items() if profile.judges == "domains")
)


def asserted(rule_id: str) -> Any:
    """The `assert` of a rule as its file has it."""
    return _raw()[rule_id]["assert"]


@functools.cache
def _raw() -> dict[str, Any]:
    folder = resources.files("rules").joinpath("packs", "m365")
    files = [yaml.safe_load(file.read_text("utf-8")) for file in folder.iterdir() if file.name.endswith(".yaml")]
    return {rule["id"]: rule for file in files for rule in file["rules"]}


def texts(node: Any) -> Iterator[str]:
    """Every text in a condition, keys left out."""
    if isinstance(node, dict):
        for value in node.values():
            yield from texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value)
    elif isinstance(node, str):
        yield node


def test_the_pack_has_at_least_35_rules_of_five_subjects() -> None:
    assert len(RULES) >= 35
    assert {rule.id.partition("-")[0] for rule in RULES} == {"DOMAIN", "MX", "SPF", "DKIM", "DMARC"}


@every_rule
def test_a_rule_says_why_how_to_mend_it_and_where_it_is_written(rule: Rule) -> None:
    assert rule.why
    assert rule.fix is not None
    assert rule.refs
    assert rule.passed is not None
    assert "{" not in rule.why, "why takes no placeholders"


@every_rule
def test_a_failure_is_a_sentence_that_names_the_domain(rule: Rule) -> None:
    slots = [part.fact for part in rule.failed.parts if isinstance(part, Slot)]
    assert "domain.name" in slots
    last = rule.failed.parts[-1]
    if isinstance(last, str):
        assert last.endswith(".")
    else:
        # A record as published, or the sentence of a problem, stands at the end without a full stop of ours.
        assert last.fact.endswith(("record", "records", "near_misses", "problems", "text_problems", "error"))


@every_rule
def test_the_examples_of_a_rule_give_what_they_expect(rule: Rule) -> None:
    outcomes = run_examples([rule], LIBRARY.profiles["onboarding"].facts)
    assert {outcome.expected for outcome in outcomes} >= {"pass", "fail", "unknown"}
    assert [outcome for outcome in outcomes if not outcome.ok] == []


@every_profile
def test_a_profile_judges_what_is_wholly_unknown_without_a_single_failure(profile: str) -> None:
    selection = select(LIBRARY, profile)
    assert selection.rules
    facts: dict[str, Any] = {name: Unknown("TIMEOUT") for name in catalogue() if not name.startswith("profile.")}
    facts |= LIBRARY.profiles[profile].facts | {"domain.name": "contoso.com"}
    judgement = judge(selection, facts, today=TODAY)
    assert {finding.status for finding in judgement.findings} <= {"unknown", "not_applicable"}
    assert judgement.grade == "?"
    assert judgement.changes == ()


def test_the_profiles_are_those_that_the_command_line_promises() -> None:
    promised = {"onboarding", "behind-gateway", "parked", "bulk-sender", "cis-m365", "scuba"}
    assert promised <= LIBRARY.profiles.keys()


@pytest.mark.parametrize(
    ("profile", "frameworks"),
    [
        ("cis-m365", {"cis_m365_v6"}),
        ("scuba", {"scuba_exo"}),
        ("scuba-federal", {"scuba_exo"}),
        ("bulk-sender", {"google_bulk", "yahoo_bulk", "microsoft_bulk"}),
    ],
)
def test_a_framework_profile_chooses_only_rules_that_its_frameworks_ask_for(profile: str, frameworks: set[str]) -> None:
    assert all(frameworks & rule.maps.keys() for rule in select(LIBRARY, profile).rules)


def test_every_testable_requirement_is_tested_and_no_other() -> None:
    testable = {(f.id, r.id) for f in LIBRARY.frameworks.values() for r in f.requirements if r.testable}
    tested = {(framework, item) for rule in RULES for framework, items in rule.maps.items() for item in items}
    assert tested == testable


def test_every_requirement_that_dns_cannot_answer_says_why() -> None:
    silent = [r.id for f in LIBRARY.frameworks.values() for r in f.requirements if not r.testable and not r.note]
    assert silent == []


@pytest.mark.parametrize("profile", ["cis-m365", "scuba", "bulk-sender"])
def test_a_framework_profile_tests_every_testable_requirement_of_its_frameworks(profile: str) -> None:
    chosen = LIBRARY.profiles[profile].frameworks
    tested = {(f, item) for rule in select(LIBRARY, profile).rules for f in chosen for item in rule.maps.get(f, ())}
    testable = {(f, r.id) for f in chosen for r in LIBRARY.frameworks[f].requirements if r.testable}
    # Only federal agencies report to CISA; scuba-federal judges that.
    assert testable - tested <= {("scuba_exo", "MS.EXO.4.3v1")}


def unconfirmed_names() -> set[str]:
    data: Any = read_data("microsoft365.yaml")
    named = [*data["mx"], *data["dkim"]]
    return {entry["suffix"] for entry in named if not entry["confirmed"]} | {e["host"] for e in data["spf_obsolete"]}


def test_no_unconfirmed_microsoft_name_weighs_anything() -> None:
    names = unconfirmed_names()
    assert names
    weighing = [rule.id for rule in RULES if rule.severity != "info"]
    assert [i for i in weighing if names & set(texts(asserted(i)))] == []
    # The facts that such names go into: the host's form, and the includes of former services.
    assert [i for i in weighing if "mx.m365_format" in LIBRARY.rules[i].assertion.facts] == []
    assert [i for i in weighing if "obsolete_microsoft_include" in texts(asserted(i))] == []


def test_the_cloud_that_no_microsoft_page_confirms_decides_nothing() -> None:
    rule = LIBRARY.rules["MX-013"]
    assert rule.when is not None
    facts = {"profile.inbound": "microsoft365", "profile.sends_from_m365": True, "mx.cloud": "china"}
    assert rule.when.test(facts) is False


SPF_CODES_WITH_A_FACT = {
    "multiple_records": "SPF-003",
    "over_limit": "SPF-005",
    "void_limit": "SPF-006",
    "pass_all": "SPF-007",
    "no_all": "SPF-008",
    "neutral_all": "SPF-008",
}
SPF_CODES_OF_TEXTS_THAT_DO_NOT_COUNT = {
    "leading_space",
    "text_before_version",
    "version_without_space",
    "misspelt_version",
    "sender_id",
}


def test_every_problem_of_spf_is_told_by_a_rule() -> None:
    told = {text for rule_id in _raw() if rule_id.startswith("SPF") for text in texts(asserted(rule_id))}
    told |= spf_problems.SYNTAX_CODES  # SPF-012, by spf.text_valid
    told |= SPF_CODES_WITH_A_FACT.keys() | SPF_CODES_OF_TEXTS_THAT_DO_NOT_COUNT  # the latter: SPF-010, by their number
    # A macro depends on the sender: that is said by what it leaves unknown, and is no fault.
    assert spf_problems.CODES.keys() - told == {"sender_dependent"}
    assert set(SPF_CODES_WITH_A_FACT.values()) <= LIBRARY.rules.keys()


DMARC_CODES_WITH_A_FACT = {
    "multiple_records": "DMARC-002",
    "obsolete_tag": "DMARC-009",
    "partial_pct": "DMARC-008",
    "version_misspelt": "DMARC-012",
    "version_case": "DMARC-012",
    "version_not_first": "DMARC-012",
    "no_version": "DMARC-012",
    "text_before_version": "DMARC-012",
    "leading_blank": "DMARC-012",
}


def test_every_problem_of_dmarc_is_told_by_a_rule() -> None:
    told = {text for rule_id in _raw() if rule_id.startswith("DMARC") for text in texts(asserted(rule_id))}
    # Another TXT record at _dmarc, such as a proof of ownership, harms nothing.
    assert dmarc_problems.CODES.keys() - told - DMARC_CODES_WITH_A_FACT.keys() == {"unrelated_txt"}
    assert set(DMARC_CODES_WITH_A_FACT.values()) <= LIBRARY.rules.keys()


def test_every_problem_of_dkim_is_told_by_a_rule() -> None:
    documented = catalogue()["dkim.selector1.problem"].doc.partition(":")[2].partition(";")[0]
    codes = set(re.findall(r"[a-z_]+_[a-z_]+|[a-z]+_[a-z]+", documented))
    by_target = {"other_domain", "other_tenant", "other_target", "bad_target", "retired_target"}  # DKIM-004, DKIM-005
    by_key = {"several_keys", "bad_key", "weak_key"}  # DKIM-010, DKIM-013
    told = {text for rule_id in ("DKIM-003", "DKIM-007", "DKIM-008") for text in texts(asserted(rule_id))}
    assert "zone_appended" in codes
    assert codes - told - by_target - by_key == set()


def test_a_normal_domain_takes_at_most_16_questions(tmp_path: Path) -> None:
    chosen = {scenario.name: scenario for scenario in scenarios()}["healthy-classic"]
    source = FaultySource(source_of(chosen, tmp_path))
    asyncio.run(scan_domain(Target(domain=chosen.domain), source, options()))
    assert 0 < len(source.asked) <= 16


def test_no_rule_is_left_out_of_every_profile() -> None:
    chosen = {rule.id for profile in LIBRARY.profiles for rule in select(LIBRARY, profile).rules}
    assert LIBRARY.rules.keys() - chosen == set()


def test_the_built_in_packs_are_one_for_domains_and_one_for_submissions() -> None:
    assert [pack.id for pack in LIBRARY.packs] == ["m365", "submission"]
