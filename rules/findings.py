"""The findings of one domain: statuses in words, with what was expected, what was observed and what proves it."""

from __future__ import annotations

import types
from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rules.facts import Unknown
from rules.model import Facts, FixSpec, Rule, Slot
from rules.needs import MET_BY_WAIVER, Settled, Verdict
from rules.results import AppliedWaiver, Finding, Fix, Severity, Status
from rules.wording import (
    Sentence,
    Words,
    blocked_sentence,
    needs_waived_sentence,
    not_applicable_sentence,
    pass_sentence,
    render,
    render_command,
    unknown_sentence,
    with_waiver,
)

__all__ = ["NO_EVIDENCE", "Case", "Docket", "Evidence", "docket_of"]

Evidence = Mapping[str, tuple[int, ...]]
"""A fact's dotted name to the indices of the answers that it was made from, ascending."""
NO_EVIDENCE: Final[Evidence] = types.MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Docket:
    """A rule with what is the same for every domain: its severity in the profile, the facts that its finding shows, the
    messages of a pass and of a `when` that is false, and its fix in words where that has no placeholder.
    """

    rule: Rule
    severity: Severity
    shown: tuple[str, ...]
    passed: Sentence
    not_applicable: Sentence
    fix: Fix | None


def docket_of(rule: Rule, severity: Severity) -> Docket:
    """Shown are the facts that `when` and the assertion read, sorted, without the profile's: those are expected values."""
    read = rule.assertion.facts | (rule.when.facts if rule.when else frozenset())
    shown = tuple(sorted(fact for fact in read if not fact.startswith("profile.")))
    fix = _fix(rule.fix, {}) if rule.fix and _is_plain(rule.fix) else None
    return Docket(rule, severity, shown, pass_sentence(rule), not_applicable_sentence(rule), fix)


@dataclass(slots=True)
class Case:
    """One domain's facts, as they are and in document form, with the rules' verdicts on them in the order of the selection."""

    dockets: Sequence[Docket]
    domain: str
    facts: Facts
    documents: Mapping[str, Any]
    evidence: Evidence
    verdicts: Sequence[Verdict]
    reasons: Sequence[str]
    settled: Settled

    def findings(self, waivers: Mapping[int, AppliedWaiver]) -> tuple[Finding, ...]:
        """A finding for each rule; `waivers` by the number of the rule, those that hold and those that have expired."""
        facts, documents, evidence, words = self.facts, self.documents, self.evidence, Words(self.facts)
        decided_by = self.settled.decided_by
        made = []
        for number, (docket, status) in enumerate(zip(self.dockets, self.settled.statuses, strict=True)):
            rule, shown = docket.rule, docket.shown
            blocked_by, fix, waiver = "", None, None
            decider = decided_by[number]
            if status == "pass":
                message = docket.passed(words)
            elif status == "not_applicable" and decider < 0:
                message = docket.not_applicable(words)
            else:
                message = self._message(number, status)
                if decider >= 0:
                    blocked_by = self.dockets[decider].rule.id
                if rule.fix is not None and status in ("fail", "blocked"):
                    fix = docket.fix or _fix(rule.fix, facts)
                if status in MET_BY_WAIVER and (waiver := waivers.get(number)) is not None:
                    message = with_waiver(message, waiver)
            # A loop: a comprehension costs a call, which is more than what it does for the two or three facts of a rule.
            observed, places, differ = {}, evidence.get(shown[0], ()) if shown else (), False
            for name in shown:
                observed[name] = documents[name]
                differ = differ or evidence.get(name, ()) is not places
            made.append(
                Finding(
                    rule=rule.id,
                    severity=docket.severity,
                    status=status,
                    message=message,
                    expected=rule.assertion.text,
                    observed=observed,
                    evidence=self._places(shown) if differ else places,
                    blocked_by=blocked_by,
                    fix=fix,
                    waiver=waiver,
                )
            )
        return tuple(made)

    def _places(self, shown: tuple[str, ...]) -> tuple[int, ...]:
        """The indices of all answers that the facts were made from, ascending."""
        evidence = self.evidence
        found = {evidence.get(name, ()) for name in shown}
        return found.pop() if len(found) == 1 else tuple(sorted(set().union(*found)))

    def _message(self, number: int, status: Status) -> str:
        """That of a finding whose status is no pass, and neither comes from the rule's own `when`."""
        rule = self.dockets[number].rule
        decider = self.settled.decided_by[number]
        if status == "waived":
            status = self._before_waiver(number)
        if status == "fail":
            return render(rule.failed, self._culprits(rule))
        if status == "not_applicable":
            return needs_waived_sentence(rule, self.domain, self.dockets[decider].rule)
        first = self._first(number)
        if status == "blocked":
            return blocked_sentence(rule, self.domain, self.dockets[first].rule)
        return unknown_sentence(
            rule,
            self.domain,
            self.reasons[first],
            needed=self.dockets[first].rule if first != number else None,
            applies=self.verdicts[first] != "unsure",
        )

    def _culprits(self, rule: Rule) -> Facts:
        """The facts, with lists cut down to the elements that made the rule fail: what else they hold is not its matter."""
        spoilt = {}
        for name, hits in rule.assertion.culprits.items():
            elements = self.facts[name]
            if isinstance(elements, tuple):
                hit = tuple(one for one in elements if not isinstance(one, Unknown) and hits(one, self.facts) is True)
                spoilt[name] = hit or elements
        return ChainMap(spoilt, self.facts) if spoilt else self.facts  # type: ignore[arg-type]

    def _before_waiver(self, number: int) -> Status:
        """What a waived rule would be without its waiver."""
        decider = self.settled.decided_by[number]
        if decider >= 0:
            return "unknown" if self.settled.statuses[decider] == "unknown" else "blocked"
        return "fail" if self.verdicts[number] == "fail" else "unknown"

    def _first(self, number: int) -> int:
        """The rule at the end of the chain of deciding needs: the one that failed, or that lacks a fact."""
        while self.settled.decided_by[number] >= 0:
            number = self.settled.decided_by[number]
        return number


def _is_plain(spec: FixSpec) -> bool:
    """Neither the text nor the command has a placeholder."""
    parts = spec.text.parts + (spec.command.parts if spec.command else ())
    return not any(isinstance(part, Slot) for part in parts)


def _fix(spec: FixSpec, facts: Facts) -> Fix:
    return Fix(
        effort=spec.effort,
        owner=spec.owner,
        text=render(spec.text, facts, longest=None),
        command=render_command(spec.command, facts) if spec.command else "",
        after=spec.after,
    )
