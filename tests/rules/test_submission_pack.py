"""The pack submission: ways of sending, judged by the same engine as domains."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from rules.examples import run_examples
from rules.facts import Unknown, catalogue_of
from rules.judge import judge
from rules.loader import load_library, select
from rules.model import Rule, Slot, Waiver
from scanner.submission.catalogue import catalogue

TODAY = datetime.date(2026, 11, 21)
LIBRARY = load_library()
SELECTION = select(LIBRARY, "submission")
every_rule = pytest.mark.parametrize("rule", SELECTION.rules, ids=lambda rule: rule.id)


def texts(node: Any) -> set[str]:
    if isinstance(node, dict):
        return set().union(*map(texts, node.values())) if node else set()
    if isinstance(node, list | tuple):
        return set().union(*map(texts, node)) if node else set()
    return {node} if isinstance(node, str) else set()


def test_the_pack_has_at_least_40_rules_and_they_are_chosen_for_submissions_alone() -> None:
    ids = {rule.id for rule in SELECTION.rules}
    assert len(ids) >= 40
    assert ids == {rule.id for rule in LIBRARY.rules.values() if rule.pack == "submission"}
    for name, profile in LIBRARY.profiles.items():
        if profile.judges == "domains":
            assert not ids & {rule.id for rule in select(LIBRARY, name).rules}


@every_rule
def test_the_examples_of_a_rule_give_what_they_expect(rule: Rule) -> None:
    outcomes = run_examples([rule], LIBRARY.profiles["submission"].facts)
    assert {outcome.expected for outcome in outcomes} >= {"pass", "fail", "unknown"}
    assert [outcome for outcome in outcomes if not outcome.ok] == []


@every_rule
def test_a_rule_says_why_how_to_mend_it_and_where_it_is_written(rule: Rule) -> None:
    assert rule.why
    assert rule.fix is not None
    assert rule.refs
    assert rule.passed is not None


@every_rule
def test_a_failure_is_a_sentence_about_the_submission(rule: Rule) -> None:
    slots = {part.fact for part in rule.failed.parts if isinstance(part, Slot)}
    general = {"NET-001", "NET-007"}
    assert slots & {"submission.name", "submission.host", "submission.problems"} or rule.id in general
    last = rule.failed.parts[-1]
    assert isinstance(last, Slot) or last.endswith(".")


def test_what_is_wholly_unknown_is_judged_without_a_single_failure() -> None:
    facts: dict[str, Any] = {name: Unknown("TIMEOUT") for name in catalogue_of("submissions")}
    facts |= LIBRARY.profiles["submission"].facts | {"submission.name": "smtp.office365.com"}
    judgement = judge(SELECTION, facts, today=TODAY)
    assert {finding.status for finding in judgement.findings} == {"unknown"}
    assert judgement.grade == "?"


def test_every_cause_that_a_rule_names_is_one_of_explain() -> None:
    named = set()
    for rule in SELECTION.rules:
        for example in rule.examples:
            cause = example.facts.get("submission.reply_cause")
            if isinstance(cause, str):
                named.add(cause)
    assert named
    assert named <= catalogue().causes.keys()


def test_every_cause_of_a_refused_sign_in_that_the_sender_or_tenant_can_mend_has_a_rule() -> None:
    told = {
        example.facts["submission.reply_cause"]
        for rule in SELECTION.rules
        for example in rule.examples
        if example.expect == "fail" and "submission.reply_cause" in example.facts
    }
    causes = {name for name, cause in catalogue().causes.items() if cause.group == "signing_in" and cause.urgent < 3}
    # Of other providers, or without a cause of its own: AUTH-003 tells these.
    elsewhere = {"sign_in_refused", "app_password_required", "web_sign_in_required", "too_many_sign_ins"}
    assert causes - told - elsewhere == set()


def test_a_waiver_names_a_submission_by_its_name() -> None:
    facts = {name: Unknown("TIMEOUT") for name in catalogue_of("submissions")}
    facts |= LIBRARY.profiles["submission"].facts | {
        "submission.name": "shop/.env [old] (laravel)",
        "submission.verification": "off",
    }
    for pattern, status in (
        ("shop/.env [old] (laravel)", "waived"),
        ("shop/*(laravel)", "waived"),
        ("shop", "fail"),
    ):
        waiver = Waiver("APP-007", (), "test bench", "ops@contoso.com", TODAY, "", "w.yaml:1:1", (pattern,))
        judged = judge(SELECTION, facts, waivers=[waiver], today=TODAY)
        assert {f.status for f in judged.findings if f.rule == "APP-007"} == {status}, pattern
