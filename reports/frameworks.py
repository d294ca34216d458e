"""Frameworks: each requirement judged from the findings of the rules that map to it.

A requirement is met if every mapped rule that applies passed; one failure decides that it is not, whatever is unknown
besides. A waived failure is neither: the risk was accepted. Rules that the profile did not choose are counted, so that
"met" never hides how much of it was looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from rules.results import FrameworkText, Requirement, Result, RuleText

__all__ = ["OUTCOME_SIGNS", "OUTCOME_WORDS", "JudgedFramework", "JudgedRequirement", "Outcome", "judge_frameworks"]

Outcome = Literal["met", "not_met", "unknown", "waived", "not_applicable", "not_judged", "not_testable"]

OUTCOME_WORDS: Final[Mapping[Outcome, str]] = {
    "met": "met",
    "not_met": "not met",
    "unknown": "could not be checked",
    "waived": "waived",
    "not_applicable": "does not apply",
    "not_judged": "not judged with this profile",
    "not_testable": "cannot be seen from outside",
}


OUTCOME_SIGNS: Final[Mapping[Outcome, str]] = {
    "met": "✓",
    "not_met": "✗",
    "unknown": "?",
    "waived": "~",
    "not_applicable": "–",
    "not_judged": "·",
    "not_testable": "◌",
}
"""A shape each, so that colour is never the only difference."""


@dataclass(frozen=True, slots=True)
class JudgedRequirement:
    """A requirement with its outcome. `rules` were judged; `left_out` map to it but are not in the profile."""

    requirement: Requirement
    outcome: Outcome
    rules: tuple[str, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JudgedFramework:
    """A framework with every requirement judged, and how many came out how, outcomes that did not occur left out."""

    framework: FrameworkText
    requirements: tuple[JudgedRequirement, ...]
    tally: Mapping[Outcome, int]


def judge_frameworks(
    result: Result, frameworks: Mapping[str, FrameworkText], rules: Mapping[str, RuleText]
) -> tuple[JudgedFramework, ...]:
    """Every framework of the report, judged on one domain."""
    statuses = {finding.rule: finding.status for finding in result.findings}
    mapped: dict[tuple[str, str], list[str]] = {}
    for rule, text in sorted(rules.items(), key=lambda item: item[0]):
        for identifier, items_of in text.maps.items():
            for item in items_of:
                mapped.setdefault((identifier, item), []).append(rule)
    judged = []
    for key, framework in sorted(frameworks.items(), key=lambda item: item[0]):
        items = tuple(_judge(r, mapped.get((key, r.id), []), statuses) for r in framework.requirements)
        tally: dict[Outcome, int] = {}
        for outcome in OUTCOME_WORDS:
            if number := sum(item.outcome == outcome for item in items):
                tally[outcome] = number
        judged.append(JudgedFramework(framework, items, tally))
    return tuple(judged)


def _judge(requirement: Requirement, mapped: list[str], statuses: Mapping[str, str]) -> JudgedRequirement:
    chosen = tuple(rule for rule in mapped if rule in statuses)
    left_out = tuple(rule for rule in mapped if rule not in statuses)
    seen = {statuses[rule] for rule in chosen}
    outcome: Outcome
    if not requirement.testable:
        outcome = "not_testable"
    elif not chosen:
        outcome = "not_judged"
    elif seen & {"fail", "blocked"}:
        outcome = "not_met"
    elif "unknown" in seen:
        outcome = "unknown"
    elif "waived" in seen:
        outcome = "waived"
    else:
        outcome = "met" if "pass" in seen else "not_applicable"
    return JudgedRequirement(requirement, outcome, chosen, left_out)
