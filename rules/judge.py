"""From facts to findings, changes, score and grade: pure and deterministic, without clock, network or files.

The way of one domain: what each rule says by itself, then `needs` and waivers (`rules.needs`), then score and grade
(`rules.score`), then the findings in words (`rules.wording`) and the changes of what failed (`rules.changes`).
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rules.changes import changes_of
from rules.facts import NAME_FACTS, Unknown, to_documents
from rules.findings import NO_EVIDENCE, Case, Docket, Evidence, docket_of
from rules.model import Condition, Facts, Profile, Rule, Selection, Waiver
from rules.needs import MET_BY_WAIVER, Verdict, settle
from rules.results import Change, Finding, Score
from rules.score import Stake, grade, stake
from rules.waivers import WaiverBook, applied

__all__ = ["Judge", "Judgement", "judge", "own_verdict"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the rules say of one domain, ready for a `DomainResult`; findings in the order of the selection.

    `used_waivers` are those that met a finding, expired ones too, so that a run can tell which met none.
    """

    findings: tuple[Finding, ...]
    changes: tuple[Change, ...]
    score: Score
    grade: str
    grade_low: str
    grade_high: str
    cap_by: tuple[str, ...]
    used_waivers: tuple[Waiver, ...]


def judge(
    selection: Selection,
    facts: Facts,
    *,
    evidence: Evidence = NO_EVIDENCE,
    waivers: Sequence[Waiver] = (),
    today: datetime.date,
) -> Judgement:
    """Judges one domain. For many domains make one `Judge` and call its `of`: that compiles the selection once."""
    return Judge(selection, waivers=waivers, today=today).of(facts, evidence)


def own_verdict(rule: Rule, facts: Facts) -> tuple[Verdict, str]:
    """What a rule says by itself, without its needs; with the reason of an unknown, else "".

    The verdict is pass, fail, not_applicable (`when` is false), unsure (`when` is unknown) or unknown (the assertion
    is). A fact that is not in `facts` is a KeyError: nobody demanded what the rule reads.
    """
    return _verdict(rule.when.test if rule.when else None, rule.assertion.test, facts)


_Test = Callable[[Facts], bool | Unknown]


def _verdict(when: _Test | None, assertion: _Test, facts: Facts) -> tuple[Verdict, str]:
    if when is not None:
        applies = when(facts)
        if isinstance(applies, Unknown):
            return "unsure", applies.reason
        if not applies:
            return _NOT_APPLICABLE
    holds = assertion(facts)
    if isinstance(holds, Unknown):
        return "unknown", holds.reason
    return _PASS if holds else _FAIL


_NOT_APPLICABLE: Final[tuple[Verdict, str]] = ("not_applicable", "")
_PASS: Final[tuple[Verdict, str]] = ("pass", "")
_FAIL: Final[tuple[Verdict, str]] = ("fail", "")


def _never(_facts: Facts) -> bool:
    return False


def _condition_in(profile: Profile, when: Condition | None) -> _Test | None:
    """The test of a `when`; where it reads the profile's facts alone, what it comes to for every domain."""
    if when is None or not when.facts <= profile.facts.keys():
        return when.test if when else None
    applies = when.test(profile.facts)
    if isinstance(applies, Unknown):
        return when.test
    return None if applies else _never


class Judge:
    """Judges any number of domains by one selection; compiles what does not depend on the domain once.

    `today` is the UTC date by which waivers expire. Raises ValueError for a selection in which a rule stands before
    one that it needs, or twice.
    """

    def __init__(self, selection: Selection, *, waivers: Iterable[Waiver] = (), today: datetime.date) -> None:
        numbers: dict[str, int] = {}
        selected = {rule.id for rule in selection.rules}
        self._dockets: list[Docket] = []
        self._tests: list[tuple[_Test | None, _Test]] = []
        self._needs: list[tuple[int, ...]] = []
        self._stakes: list[Stake] = []
        for number, rule in enumerate(selection.rules):
            early = [needed for needed in rule.needs if needed in selected and needed not in numbers]
            if early or rule.id in numbers:
                raise ValueError(
                    f"the selection is not in order: {rule.id} " + (f"needs {early[0]}" if early else "is in it twice")
                )
            severity = selection.profile.severities.get(rule.id, rule.severity)
            self._needs.append(tuple(numbers[needed] for needed in rule.needs if needed in numbers))
            self._dockets.append(docket_of(rule, severity))
            self._tests.append((_condition_in(selection.profile, rule.when), rule.assertion.test))
            mendable = rule.fix is None or rule.fix.owner != "provider"
            self._stakes.append(stake(rule.id, severity, rule.cap, mendable=mendable))
            numbers[rule.id] = number
        self._name = NAME_FACTS[selection.judged]
        self._book = WaiverBook.of(waivers, today)
        self._waivable = [number for number, rule in enumerate(selection.rules) if rule.id in self._book.entries]

    def of(
        self, facts: Facts, evidence: Evidence = NO_EVIDENCE, documents: Mapping[str, Any] | None = None
    ) -> Judgement:
        """Judges one domain.

        `facts` holds every fact that the selection demands, `domain.name` (of submissions `submission.name`) and the profile's own `profile.*` included; `evidence` maps a
        fact to the indices of the answers that it was made from; `documents` are the facts in document form, from a
        caller that has them already.
        """
        if documents is None:
            documents = to_documents(facts)
        domain: str = facts[self._name]
        judged = [_verdict(when, assertion, facts) for when, assertion in self._tests]
        verdicts = [verdict for verdict, _ in judged]
        reasons = [reason for _, reason in judged]
        waivers = {
            number: found
            for number in self._waivable
            if (found := self._book.of_rule(self._dockets[number].rule.id, domain))
        }
        excused = {n for n, found in waivers.items() if any(self._book.holds(waiver) for waiver in found)}
        settled = settle(self._needs, verdicts, excused)
        graded = grade(self._stakes, self._needs, verdicts, settled.statuses)
        case = Case(self._dockets, domain, facts, documents, evidence, verdicts, reasons, settled)
        failed = ((d.rule, d.severity) for d, s in zip(self._dockets, settled.statuses, strict=True) if s == "fail")
        shown = {
            number: applied(waiver, expired=not self._book.holds(waiver))
            for number, found in waivers.items()
            for waiver in (self._book.deciding(found),)
        }
        return Judgement(
            findings=case.findings(shown),
            changes=changes_of(failed, facts),
            score=graded.score,
            grade=graded.grade,
            grade_low=graded.grade_low,
            grade_high=graded.grade_high,
            cap_by=graded.cap_by,
            used_waivers=tuple(
                waiver
                for number, found in waivers.items()
                if settled.statuses[number] in MET_BY_WAIVER
                for waiver in found
            ),
        )
