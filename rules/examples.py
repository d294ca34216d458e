"""Runs the examples that rules carry: the facts of each must give the status that it expects."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from rules.model import Example, Facts, Library, Rule
from rules.needs import Verdict
from rules.results import Status
from rules.verdicts import own_verdict

__all__ = ["ExampleOutcome", "run_examples"]

_STATUS_OF: Final[dict[Verdict, Status]] = {
    "pass": "pass",
    "fail": "fail",
    "not_applicable": "not_applicable",
    "unknown": "unknown",
    "unsure": "unknown",
}


@dataclass(frozen=True, slots=True)
class ExampleOutcome:
    """What an example gave. `example` is its number in the rule, from 1; `where` is file:line:column of the example.

    `reason` says why the status is unknown.
    """

    rule: str
    example: int
    where: str
    got: str
    expected: str
    reason: str = ""

    @property
    def ok(self) -> bool:
        return self.got == self.expected


def run_examples(rules: Library | Iterable[Rule], profile_facts: Facts) -> tuple[ExampleOutcome, ...]:
    """Judges every example of every rule, `needs` left aside, in the order of the rules.

    `profile_facts` are the `profile.*` of the onboarding profile; an example's own facts come before them.
    """
    chosen = rules.rules.values() if isinstance(rules, Library) else rules
    return tuple(
        _outcome(rule, number, example, profile_facts)
        for rule in chosen
        for number, example in enumerate(rule.examples, start=1)
    )


def _outcome(rule: Rule, number: int, example: Example, profile_facts: Facts) -> ExampleOutcome:
    verdict, reason = own_verdict(rule, {**profile_facts, **example.facts})
    return ExampleOutcome(rule.id, number, example.where, _STATUS_OF[verdict], example.expect, reason)
