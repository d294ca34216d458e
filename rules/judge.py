"""From facts to findings, changes, score and grade: pure and deterministic, without clock, network or files.

The way of one domain: what each rule says by itself, then `needs` and waivers (`rules.needs`), then score and grade
(`rules.score`), then the findings in words (`rules.wording`) and the changes of what failed (`rules.changes`).
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from rules.changes import changes_of
from rules.facts import NAME_FACTS, to_documents
from rules.findings import NO_EVIDENCE, Docket, Evidence, Exhibits, Provenance, Sheet, docket_of, note_waivers
from rules.model import Facts, Selection, Slot, Waiver
from rules.needs import MET_BY_WAIVER
from rules.results import AppliedWaiver, Change, Finding, Score
from rules.score import Graded, Stake, stake
from rules.verdicts import Bench
from rules.waivers import WaiverBook, applied
from rules.wording import Words

__all__ = ["Draft", "Judge", "Judgement", "judge"]


class Draft(Struct, frozen=True, kw_only=True, gc=False):
    """A judgement of which the findings were not made yet: bulk runs write lines without them.

    They are told by the `sheet` of the outcome, with the domain's `words` and the `exhibits` of its facts and `provenance`
    put in, and what `waived` some of them, by the number of the rule. `used_waivers` are as in the judgement.
    """

    sheet: Sheet
    words: Words
    exhibits: Exhibits
    provenance: Provenance
    waived: Mapping[int, AppliedWaiver]
    changes: tuple[Change, ...]
    graded: Graded
    used_waivers: tuple[Waiver, ...]

    @property
    def documents(self) -> dict[str, Any]:
        """The facts in document form; made anew each time."""
        return to_documents(self.words.facts)

    def findings(self, documents: Mapping[str, Any]) -> tuple[Finding, ...]:
        """Ready for a `DomainResult`, in the order of the selection; made anew each time, from the `documents` above."""
        findings = self.sheet.findings(self.words, self.exhibits.of(documents, self.provenance))
        note_waivers(findings, self.waived)
        return tuple(findings)


class Judgement(Struct, frozen=True, kw_only=True, gc=False):
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


class Judge:
    """Judges any number of domains by one selection; compiles what does not depend on the domain once.

    `today` is the UTC date by which waivers expire. `bench` has the rules' verdicts. Raises ValueError for a selection in which a rule stands before
    one that it needs, or twice.
    """

    def __init__(self, selection: Selection, *, waivers: Iterable[Waiver] = (), today: datetime.date) -> None:
        numbers: dict[str, int] = {}
        selected = {rule.id for rule in selection.rules}
        self._dockets: list[Docket] = []
        self._exhibits = Exhibits()
        self._name = NAME_FACTS[selection.judged]
        needs: list[tuple[int, ...]] = []
        stakes: list[Stake] = []
        for number, rule in enumerate(selection.rules):
            early = [needed for needed in rule.needs if needed in selected and needed not in numbers]
            if early or rule.id in numbers:
                raise ValueError(
                    f"the selection is not in order: {rule.id} " + (f"needs {early[0]}" if early else "is in it twice")
                )
            severity = selection.profile.severities.get(rule.id, rule.severity)
            needs.append(tuple(numbers[needed] for needed in rule.needs if needed in numbers))
            self._dockets.append(docket_of(rule, severity, Slot(self._name), self._exhibits))
            mendable = rule.fix is None or rule.fix.owner != "provider"
            stakes.append(stake(rule.id, severity, rule.cap, mendable=mendable))
            numbers[rule.id] = number
        self.bench = Bench(selection.profile, self._dockets, needs, stakes)
        self._book = WaiverBook.of(waivers, today)
        self._waivable = [number for number, rule in enumerate(selection.rules) if rule.id in self._book.entries]

    def of(self, facts: Facts, evidence: Evidence = NO_EVIDENCE) -> Judgement:
        """Judges one domain.

        `facts` holds every fact that the selection demands, `domain.name` (of submissions `submission.name`) and the profile's own `profile.*` included; `evidence` maps a
        fact to the indices of the answers that it was made from.
        """
        draft = self.draft(facts, tuple(((fact,), places) for fact, places in evidence.items()))
        graded = draft.graded
        return Judgement(
            findings=draft.findings(draft.documents),
            changes=draft.changes,
            score=graded.score,
            grade=graded.grade,
            grade_low=graded.grade_low,
            grade_high=graded.grade_high,
            cap_by=graded.cap_by,
            used_waivers=draft.used_waivers,
        )

    def draft(self, facts: Facts, provenance: Provenance) -> Draft:
        """As `of`, without making the findings."""
        words = Words(facts, facts[self._name])
        waivers = self._waivers_of(words.whole) if self._waivable else {}
        excused = {n for n, found in waivers.items() if any(map(self._book.holds, found))}
        outcome = self.bench.outcome(facts, excused)
        statuses = outcome.settled.statuses
        deciding = {number: self._book.deciding(found) for number, found in waivers.items()}
        met = [found for number, found in waivers.items() if statuses[number] in MET_BY_WAIVER]
        return Draft(
            sheet=outcome.sheet,
            words=words,
            exhibits=self._exhibits,
            provenance=provenance,
            waived={n: applied(w, expired=not self._book.holds(w)) for n, w in deciding.items()},
            changes=changes_of(outcome.failed, facts),
            graded=outcome.graded,
            used_waivers=tuple(itertools.chain.from_iterable(met)),
        )

    def _waivers_of(self, name: str) -> dict[int, tuple[Waiver, ...]]:
        """By the number of their rule, those that name the domain or submission."""
        found = {number: self._book.of_rule(self._dockets[number].rule.id, name) for number in self._waivable}
        return {number: waivers for number, waivers in found.items() if waivers}
