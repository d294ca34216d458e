"""The findings of one domain: statuses in words, with what was expected, what was observed and what proves it."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rules.facts import to_document
from rules.model import Facts, FixSpec, Rule
from rules.needs import MET_BY_WAIVER, Settled, Verdict
from rules.results import AppliedWaiver, Finding, Fix, Severity, Status
from rules.wording import (
    blocked_sentence,
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

_PLAIN: Final = frozenset({str, int, bool, type(None)})
"""Types whose document form is the value itself."""

_set_rule, _set_severity, _set_status, _set_message, _set_expected = (
    getattr(Finding, name).__set__ for name in ("rule", "severity", "status", "message", "expected")
)
_set_observed, _set_evidence, _set_blocked_by, _set_fix, _set_waiver = (
    getattr(Finding, name).__set__ for name in ("observed", "evidence", "blocked_by", "fix", "waiver")
)


@dataclass(frozen=True, slots=True)
class Docket:
    """A rule with what is the same for every domain: its severity in the profile and the facts that its finding shows."""

    rule: Rule
    severity: Severity
    shown: tuple[str, ...]


def docket_of(rule: Rule, severity: Severity) -> Docket:
    """Shown are the facts that `when` and the assertion read, sorted, without the profile's: those are expected values."""
    read = rule.assertion.facts | (rule.when.facts if rule.when else frozenset())
    return Docket(rule, severity, tuple(sorted(fact for fact in read if not fact.startswith("profile."))))


@dataclass(slots=True)
class Case:
    """One domain's facts with the rules' verdicts on them, in the order of the selection."""

    dockets: Sequence[Docket]
    domain: str
    facts: Facts
    evidence: Evidence
    verdicts: Sequence[Verdict]
    reasons: Sequence[str]
    settled: Settled

    def findings(self, waivers: Mapping[int, AppliedWaiver]) -> tuple[Finding, ...]:
        """A finding for each rule; `waivers` by the number of the rule, those that hold and those that have expired."""
        documents: dict[str, Any] = {}
        findings = []
        for number, (docket, status) in enumerate(zip(self.dockets, self.settled.statuses, strict=True)):
            rule = docket.rule
            blocked_by, fix, waiver = "", None, None
            if status == "pass" and rule.passed is None:
                message = pass_sentence(rule, self.domain)
            else:
                message = self._message(number, status)
                decider = self.settled.decided_by[number]
                if decider >= 0:
                    blocked_by = self.dockets[decider].rule.id
                if rule.fix is not None and status in ("fail", "blocked"):
                    fix = _fix(rule.fix, self.facts)
                if status in MET_BY_WAIVER and (waiver := waivers.get(number)) is not None:
                    message = with_waiver(message, waiver)
            observed = {}
            for name in docket.shown:
                value = self.facts[name]
                if type(value) not in _PLAIN:
                    if name not in documents:
                        documents[name] = to_document(value)
                    value = documents[name]
                observed[name] = value
            # As Finding(...) in a third of the time: the constructor of a frozen dataclass looks the setter of each
            # field up by name, which for some sixty findings a domain costs more than everything else here.
            finding = object.__new__(Finding)
            _set_rule(finding, rule.id)
            _set_severity(finding, docket.severity)
            _set_status(finding, status)
            _set_message(finding, message)
            _set_expected(finding, rule.assertion.text)
            _set_observed(finding, observed)
            _set_evidence(finding, self._evidence(docket.shown))
            _set_blocked_by(finding, blocked_by)
            _set_fix(finding, fix)
            _set_waiver(finding, waiver)
            findings.append(finding)
        return tuple(findings)

    def _evidence(self, shown: tuple[str, ...]) -> tuple[int, ...]:
        if len(shown) == 1:
            return self.evidence.get(shown[0], ())
        return tuple(sorted({index for name in shown for index in self.evidence.get(name, ())}))

    def _message(self, number: int, status: Status) -> str:
        rule = self.dockets[number].rule
        decider = self.settled.decided_by[number]
        if status == "waived":
            status = self._before_waiver(number)
        if status == "pass":
            return render(rule.passed, self.facts) if rule.passed else pass_sentence(rule, self.domain)
        if status == "fail":
            return render(rule.failed, self.facts)
        if status == "not_applicable":
            return not_applicable_sentence(rule, self.domain, self.dockets[decider].rule if decider >= 0 else None)
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


def _fix(spec: FixSpec, facts: Facts) -> Fix:
    return Fix(
        effort=spec.effort,
        owner=spec.owner,
        text=render(spec.text, facts, longest=None),
        command=render_command(spec.command, facts) if spec.command else "",
    )
