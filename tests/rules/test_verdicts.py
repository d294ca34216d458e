"""Outcomes that are kept are those that the rules would come to again."""

from __future__ import annotations

import dataclasses
import datetime
import random
from types import SimpleNamespace
from typing import Any

import pytest

from rules.facts import FactType, Unknown, catalogue
from rules.judge import Judge
from rules.loader import load_library, select
from rules.model import Condition, Facts, Selection
from rules.verdicts import Bench, Outcome

SELECTION = select(load_library(), "onboarding")


LOOKS = [look for rule in SELECTION.rules for half in (rule.when, rule.assertion) if half for look in half.looks]
TEXTS = sorted({text for look in LOOKS if look.asks == "among" for text in look.literals if isinstance(text, str)})
NUMBERS = sorted(
    {number + off for look in LOOKS if look.asks == "least" for number in look.literals for off in (-1, 0)}
)


def bench(selection: Selection = SELECTION) -> Bench:
    return Judge(selection, today=datetime.date(2026, 11, 21)).bench


def some_value(draw: random.Random, kind: FactType) -> Any:
    if draw.random() < 0.1:
        return Unknown(f"SERVFAIL from 192.0.2.{draw.randrange(3)}")
    if kind.nullable and draw.random() < 0.2:
        return None
    match kind.kind:
        case "bool":
            return draw.random() < 0.5
        case "int":
            return draw.choice((0, 1, 3, 11, 1024, 2048, *NUMBERS))
        case "text":
            return draw.choice(("", "v=spf1 -all", "no_policy", "bad_key", "rsa", *TEXTS))
        case "host":
            return draw.choice(("contoso.test", "mail.fabrikam.test", "contoso-test.mail.protection.outlook.com"))
        case "enum":
            return draw.choice(kind.choices)
        case "list":
            assert kind.element is not None
            return tuple(some_value(draw, kind.element) for _ in range(draw.randrange(4)))
        case "record":
            return SimpleNamespace(**{name: some_value(draw, field) for name, field in (kind.fields or {}).items()})


def said(outcome: Outcome) -> tuple[Any, ...]:
    return outcome.verdicts, outcome.reasons, outcome.settled, outcome.graded


def test_a_kept_outcome_is_what_the_rules_say_anew() -> None:
    """Domains that differ from one another in a fact or two, so that each is close to one whose outcome is kept."""
    draw = random.Random(20261121)
    types = {name: kind for name, kind in catalogue().items() if name in SELECTION.facts}
    facts: dict[str, Any] = {name: some_value(draw, kind) for name, kind in types.items()}
    facts.update(SELECTION.profile.facts)
    kept = bench()
    distinct = set()
    for _ in range(1200):
        name = draw.choice(sorted(types))
        facts = {**facts, name: some_value(draw, types[name])}
        outcome = kept.outcome(facts)
        assert said(outcome) == said(bench().outcome(facts)), name
        distinct.add(id(outcome))
    assert len(distinct) < 1200, "no outcome was used twice"


@pytest.mark.parametrize(
    ("fact", "asks", "values"),
    [
        ("dkim.selector1.cname", "presence", ("a.contoso.test", None)),
        ("dkim.selector1.problem", "among", ("zone_appended", "wrong_selector", "weak_key")),
        ("spf.void_lookups", "least", (2, 3)),
        ("spf.records", "size", ((), ("v=spf1 -all",), ("v=spf1 -all", "v=spf1 ~all"))),
    ],
)
def test_outcomes_are_told_apart_by_what_a_condition_asks(fact: str, asks: str, values: tuple[Any, ...]) -> None:
    assert asks in {look.asks for look in LOOKS if look.fact.name == fact}
    draw = random.Random(3)
    facts = {name: some_value(draw, catalogue()[name]) for name in SELECTION.facts} | dict(SELECTION.profile.facts)
    one = bench()
    for value in values:
        assert said(one.outcome({**facts, fact: value})) == said(bench().outcome({**facts, fact: value}))
    assert one.kept == len(values)


def test_domains_that_differ_in_their_names_alone_share_an_outcome() -> None:
    draw = random.Random(7)
    facts = {name: some_value(draw, catalogue()[name]) for name in SELECTION.facts} | dict(SELECTION.profile.facts)
    one = bench()
    first = one.outcome({**facts, "domain.name": "contoso.test", "dkim.selector1.cname": "a.contoso.test"})
    second = one.outcome({**facts, "domain.name": "fabrikam.test", "dkim.selector1.cname": "a.fabrikam.test"})
    assert first is second


def test_a_fact_that_no_rule_comes_to_look_at_may_be_missing() -> None:
    facts: Facts = {"mx.status": "none", "domain.name": "contoso.test"}
    when = Condition(lambda facts: facts["mx.status"] == "present", frozenset({"mx.status"}), "there is an MX")
    assertion = Condition(lambda facts: facts["mx.null"] is False, frozenset({"mx.null"}), "none is null")
    rule = next(rule for rule in SELECTION.rules if not rule.needs)
    alone = Selection(SELECTION.profile, (dataclasses.replace(rule, when=when, assertion=assertion),))
    assert bench(alone).outcome(facts).verdicts == ("not_applicable",)
    with pytest.raises(KeyError):
        bench(alone).outcome({**facts, "mx.status": "present"})


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rules.verdicts.MOST_KEPT", 2)
    draw = random.Random(7)
    facts = {name: some_value(draw, catalogue()[name]) for name in SELECTION.facts} | dict(SELECTION.profile.facts)
    one = bench()
    for status in catalogue()["mx.status"].choices:
        outcome = one.outcome({**facts, "mx.status": status})
        assert said(outcome) == said(bench().outcome({**facts, "mx.status": status}))
        assert one.kept <= 2
