"""Every scenario zone: the rules that must fail do, the ones that must not do not, and no fault makes it worse."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scenarios import FaultySource, Scenario, options, scenarios, source_of

from rules.results import DomainResult, Target
from scanner.dns.answer import Answer, Question, Status
from scanner.dns.source import Source
from scanner.scan import scan_domain

FAULTS = (Status.SERVFAIL, Status.TIMEOUT, Status.REFUSED, Status.MALFORMED)
every_scenario = pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario.name)


async def scan(scenario: Scenario, source: Source, profile: str = "") -> DomainResult:
    target = Target(
        domain=scenario.domain,
        tenant=scenario.tenant,
        selectors=scenario.selectors,
        profile=profile or scenario.profile,
    )
    return (await scan_domain(target, source, options())).result


def statuses(result: DomainResult) -> dict[str, str]:
    return {finding.rule: finding.status for finding in result.findings}


def test_there_are_scenarios_for_the_usual_and_the_odd() -> None:
    assert len(scenarios()) >= 40
    profiles = {scenario.profile for scenario in scenarios()}
    assert {"onboarding", "parked", "behind-gateway", "auto"} <= profiles


@every_scenario
def test_a_scenario_finds_what_it_must_and_nothing_that_it_must_not(scenario: Scenario, tmp_path: Path) -> None:
    result = asyncio.run(scan(scenario, source_of(scenario, tmp_path)))
    found = statuses(result)
    assert not [rule for rule in (*scenario.fails, *scenario.not_fails, *scenario.statuses) if rule not in found]
    failed = {rule for rule, status in found.items() if status == "fail"}
    assert set(scenario.fails) <= failed
    assert not failed & set(scenario.not_fails)
    assert {rule: found[rule] for rule in scenario.statuses} == scenario.statuses
    if scenario.grade:
        assert result.grade == scenario.grade
    published = [
        {"action": c.action, "name": c.name, "type": c.type, "value": c.value, "replaces": c.replaces}
        for c in result.changes
    ]
    for change in scenario.changes:
        assert any(change.items() <= known.items() for known in published), (change, published)


@every_scenario
def test_no_fault_turns_a_finding_to_fail_or_a_fact_to_absent(scenario: Scenario, tmp_path: Path) -> None:
    asyncio.run(_faults(scenario, FaultySource(source_of(scenario, tmp_path))))


async def _faults(scenario: Scenario, source: FaultySource) -> None:
    good = await scan(scenario, source)
    questions = list(source.asked)
    for faults in _plagues(questions):
        source.faults = faults
        shown = {f"{question.type} {question.name}": answer.status for question, answer in faults.items()}
        spoiled = await scan(scenario, source, good.profile)
        before, after = statuses(good), statuses(spoiled)
        worse = {rule for rule, status in after.items() if status == "fail" and before[rule] != "fail"}
        assert not worse, shown
        changed = list(_contradictions("", good.facts, spoiled.facts))
        assert not changed, shown


def _plagues(questions: list[Question]) -> Iterator[dict[Question, Answer]]:
    """Each question alone with every fault, then each pair with one fault each."""
    for question in questions:
        for status in FAULTS:
            yield {question: Answer(question=question, status=status, server="192.0.2.66")}
    for turn, pair in enumerate(itertools.combinations(questions, 2)):
        yield {
            question: Answer(question=question, status=FAULTS[(turn + place) % 4], server="192.0.2.66")
            for place, question in enumerate(pair)
        }


def _contradictions(name: str, good: Any, spoiled: Any) -> Iterator[str]:
    """Where a fact under faults is neither what it was nor unknown.

    A list may lose what could not be seen if it says so by an unknown element; a lower bound may be lower.
    """
    if good == spoiled or _is_unknown(spoiled) or _is_unknown(good):
        return
    if name == ".spf.lookups_at_least" and spoiled <= good:
        return
    if isinstance(good, dict) and isinstance(spoiled, dict):
        for key in good.keys() | spoiled.keys():
            yield from _contradictions(f"{name}.{key}", good.get(key), spoiled.get(key))
        return
    if isinstance(good, list) and isinstance(spoiled, list):
        known = [element for element in spoiled if not _is_unknown(element)]
        complete = len(known) == len(spoiled)
        strangers = [element for element in known if not any(_agree(other, element) for other in good)]
        if not strangers and (not complete or len(known) == len(good)):
            return
    yield f"{name}: {good!r} became {spoiled!r}"


def _agree(good: Any, spoiled: Any) -> bool:
    return not list(_contradictions("", good, spoiled))


def _is_unknown(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"unknown"}
