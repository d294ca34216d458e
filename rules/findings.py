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
_Exhibit = tuple[Mapping[str, Any], tuple[int, ...]]
"""What a finding shows: facts in document form, and the indices of their answers. Rules that read the same facts share it."""
NO_EVIDENCE: Final[Evidence] = types.MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Docket:
    """A rule with what is the same for every domain: its severity in the profile, the facts that its finding shows, the
    messages of a pass and of a `when` that is false, and its fix in words where that has no placeholder.
    """

    rule: Rule
    id: str
    severity: Severity
    expected: str
    shown: tuple[str, ...]
    passed: Sentence
    not_applicable: Sentence
    fix: Fix | None


def docket_of(rule: Rule, severity: Severity) -> Docket:
    """Shown are the facts that `when` and the assertion read, sorted, without the profile's: those are expected values."""
    read = rule.assertion.facts | (rule.when.facts if rule.when else frozenset())
    shown = tuple(sorted(fact for fact in read if not fact.startswith("profile.")))
    fix = _fix(rule.fix, {}) if rule.fix and _is_plain(rule.fix) else None
    passed, not_applicable = pass_sentence(rule), not_applicable_sentence(rule)
    return Docket(rule, rule.id, severity, rule.assertion.text, shown, passed, not_applicable, fix)


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
        words = Words(self.facts)
        exhibits: dict[tuple[str, ...], _Exhibit] = {}
        made: list[Finding] = []
        statuses, decided_by = self.settled
        for number, (docket, status) in enumerate(zip(self.dockets, statuses, strict=True)):
            shown = docket.shown
            exhibit = exhibits.get(shown)
            if exhibit is None:
                exhibit = exhibits[shown] = self._exhibit(shown)
            if status == "pass":
                message = docket.passed(words)
            elif status == "not_applicable" and decided_by[number] < 0:
                message = docket.not_applicable(words)
            else:
                made.append(self._told(number, status, exhibit, waivers.get(number)))
                continue
            made.append(
                Finding(
                    rule=docket.id,
                    severity=docket.severity,
                    status=status,
                    message=message,
                    expected=docket.expected,
                    observed=exhibit[0],
                    evidence=exhibit[1],
                )
            )
        return tuple(made)

    def _told(self, number: int, status: Status, exhibit: _Exhibit, waiver: AppliedWaiver | None) -> Finding:
        """A finding that is more than the rule's own word that all is well, or that it does not apply."""
        docket, decider = self.dockets[number], self.settled.decided_by[number]
        spec = docket.rule.fix
        met = waiver if status in MET_BY_WAIVER else None
        message = self._message(number, status)
        return Finding(
            rule=docket.id,
            severity=docket.severity,
            status=status,
            message=with_waiver(message, met) if met is not None else message,
            expected=docket.expected,
            observed=exhibit[0],
            evidence=exhibit[1],
            blocked_by=self.dockets[decider].id if decider >= 0 else "",
            fix=docket.fix or _fix(spec, self.facts) if spec is not None and status in ("fail", "blocked") else None,
            waiver=met,
        )

    def _exhibit(self, shown: tuple[str, ...]) -> _Exhibit:
        """The facts in document form, and the indices of all answers that they were made from, ascending."""
        documents, evidence = self.documents, self.evidence
        if len(shown) == 1:
            (only,) = shown
            return {only: documents[only]}, evidence.get(only, ())
        observed: dict[str, Any] = {}
        places = evidence.get(shown[0], ()) if shown else ()
        differ = False
        for name in shown:  # a comprehension costs a call, which is more than what it does for two or three facts
            observed[name] = documents[name]
            differ = differ or evidence.get(name, ()) is not places
        if differ:
            found = {evidence.get(name, ()) for name in shown}
            places = found.pop() if len(found) == 1 else tuple(sorted(set().union(*found)))
        return observed, places

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
