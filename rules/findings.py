"""The findings of one domain: statuses in words, with what was expected, what was observed and what proves it.

Nearly all of a finding is the same for every domain for which a rule ends in one way. So it is made in two steps: a form,
which the domains of an outcome share, and the domain's own name, values and answers put into it.
"""

from __future__ import annotations

import functools
import itertools
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from rules.facts import Unknown
from rules.model import FixSpec, Rule, Slot, Template
from rules.needs import MET_BY_WAIVER, Settled, Verdict
from rules.results import AppliedWaiver, Finding, Fix, Severity, Status
from rules.wording import (
    Sentence,
    Words,
    around,
    blocked_sentence,
    command_of,
    needs_waived_sentence,
    not_applicable_sentence,
    pass_sentence,
    sentence_of,
    unknown_sentence,
    whole_text_of,
    with_waiver,
)

__all__ = [
    "NO_EVIDENCE",
    "Docket",
    "Evidence",
    "Exhibits",
    "Form",
    "Mend",
    "Provenance",
    "Sheet",
    "docket_of",
    "note_waivers",
    "sheet_of",
]

Evidence = Mapping[str, tuple[int, ...]]
"""A fact's dotted name to the indices of the answers that it was made from, ascending."""
Provenance = tuple[tuple[tuple[str, ...], tuple[int, ...]], ...]
"""The same by groups of facts: of a fact in several groups the last one tells. Domains of a kind have it alike."""
_Shown = tuple[list[Mapping[str, Any]], list[tuple[int, ...]]]
"""What findings show: facts in document form, and the indices of their answers. Rules that read the same facts share it."""
Mend = Callable[[Words], Fix]
NO_EVIDENCE: Final[Evidence] = types.MappingProxyType({})


class Form(NamedTuple):
    """A finding but for what is the domain's own. Its message is `around` the domain's name, or `told` where more comes
    into it; its fix is `fix`, or `mend` makes it where the domain comes into it; `exhibit` numbers what it shows.
    """

    rule: str
    severity: Severity
    status: Status
    expected: str
    exhibit: int
    around: tuple[str, ...]
    told: Sentence | None
    blocked_by: str = ""
    fix: Fix | None = None
    mend: Mend | None = None


class Sheet:
    """The `forms` of an outcome, one for each rule, to be filled in for many domains: by columns, because nearly every value
    of a column is there already or made as its neighbour is.

    `failed` are the rules that failed, those for information aside, sorted; `unknown` is how many are unknown.
    """

    def __init__(self, forms: Sequence[Form]) -> None:
        self.forms = tuple(forms)
        self.failed = tuple(sorted(one.rule for one in forms if one.status == "fail" and one.severity != "info"))
        self.unknown = sum(one.status == "unknown" for one in forms)
        columns: Iterator[tuple[Any, ...]] = zip(*forms, strict=True)
        (
            self._rules,
            self._severities,
            self._statuses,
            self._expected,
            self._exhibits,
            self._around,
            told,
            self._blocked_by,
            self._fixes,
            mends,
        ) = columns if forms else itertools.repeat((), len(Form._fields))
        self._told: list[tuple[int, Sentence]] = [(place, said) for place, said in enumerate(told) if said]
        self._mended: list[tuple[int, Mend]] = [(place, mend) for place, mend in enumerate(mends) if mend]

    def findings(self, words: Words, exhibits: _Shown) -> list[Finding]:
        """The forms with a domain's own put in."""
        messages = list(map(words.name.join, self._around))
        for number, told in self._told:
            messages[number] = told(words)
        fixes: list[Fix | None] = list(self._fixes)
        for number, mend in self._mended:
            fixes[number] = mend(words)
        observed, evidence = exhibits
        return list(
            map(
                Finding,
                self._rules,
                self._severities,
                self._statuses,
                messages,
                self._expected,
                map(observed.__getitem__, self._exhibits),
                map(evidence.__getitem__, self._exhibits),
                self._blocked_by,
                fixes,
            )
        )


class Exhibits:
    """What the findings of a selection show, each combination of facts once; the first is of none."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, ...]] = [()]
        self._numbers: dict[tuple[str, ...], int] = {(): 0}

    def number_of(self, shown: tuple[str, ...]) -> int:
        """The number of the exhibit of these facts."""
        if shown not in self._numbers:
            self._numbers[shown] = len(self.shown)
            self.shown.append(shown)
        return self._numbers[shown]

    def of(self, documents: Mapping[str, Any], provenance: Provenance) -> _Shown:
        """Those of a domain by number: the facts in document form, and the indices of their answers."""
        return [{name: documents[name] for name in shown} for shown in self.shown], self.places(provenance)

    def places(self, provenance: Provenance) -> list[tuple[int, ...]]:
        """Those of a domain by number: the indices of all answers that the facts were made from, ascending."""
        evidence: dict[str, tuple[int, ...]] = {}
        for names, indices in provenance:
            evidence.update(dict.fromkeys(names, indices))
        places: list[tuple[int, ...]] = []
        for shown in self.shown:
            found: tuple[int, ...] = ()
            for name in shown:
                more = evidence.get(name, ())
                if more is not found:
                    found = _united(found, more) if found else more
            places.append(found)
        return places


@functools.lru_cache(maxsize=4096)
def _united(some: tuple[int, ...], more: tuple[int, ...]) -> tuple[int, ...]:
    """Kept because a domain has some dozens of answers, so that the same few places come together again and again."""
    return some if some == more else tuple(sorted({*some, *more}))


@dataclass(frozen=True, slots=True)
class Docket:
    """A rule with the forms that its finding can have, but for those that depend on an unknown's reason or on a waiver.
    `name` stands for the domain in them; `blocked` has those that were made, by the numbers of the rules that block.
    """

    rule: Rule
    name: Slot
    passed: Form
    not_applicable: Form
    failed: Form
    blocked: dict[tuple[int, int], Form] = field(default_factory=dict)


def docket_of(rule: Rule, severity: Severity, name: Slot, exhibits: Exhibits) -> Docket:
    """Shown are the facts that `when` and the assertion read, sorted, without the profile's: those are expected values."""
    read = rule.assertion.facts | (rule.when.facts if rule.when else frozenset())
    exhibit = exhibits.number_of(tuple(sorted(fact for fact in read if not fact.startswith("profile."))))
    blank = Form(rule.id, severity, "pass", rule.assertion.text, exhibit, (), None)
    fix, mend = _mending(rule.fix, name) if rule.fix else (None, None)
    failed = _said(blank, rule.failed, name)._replace(status="fail", fix=fix, mend=mend)
    return Docket(
        rule,
        name,
        _said(blank, pass_sentence(rule, name), name),
        _said(blank, not_applicable_sentence(rule, name), name)._replace(status="not_applicable"),
        failed if failed.told is None else failed._replace(told=_fail_sentence(rule, name)),
    )


def _said(form: Form, message: Template, name: Slot) -> Form:
    pieces = around(message, name.fact)
    return form._replace(around=pieces or (), told=sentence_of(message, name.fact) if pieces is None else None)


def sheet_of(dockets: Sequence[Docket], verdicts: Sequence[Verdict], reasons: Sequence[str], settled: Settled) -> Sheet:
    """The forms of an outcome; `reasons` are those of the verdicts that are unknown."""
    ruling = _Ruling(dockets, verdicts, reasons, settled)
    forms: list[Form] = []
    for number, (docket, status) in enumerate(zip(dockets, settled.statuses, strict=True)):
        if status == "pass":
            forms.append(docket.passed)
        elif status == "fail":
            forms.append(docket.failed)
        elif status == "not_applicable" and settled.decided_by[number] < 0:
            forms.append(docket.not_applicable)
        elif status == "blocked":
            forms.append(ruling.blocked(number))
        else:
            forms.append(ruling.form(number))
    return Sheet(forms)


@dataclass(frozen=True, slots=True)
class _Ruling:
    """How rules end that another rule, an unknown or a waiver decides; all by the rule's number."""

    dockets: Sequence[Docket]
    verdicts: Sequence[Verdict]
    reasons: Sequence[str]
    settled: Settled

    def blocked(self, number: int) -> Form:
        """The form of a blocked rule, made once for each pair of rules that can block it."""
        kept = self.dockets[number].blocked
        by = self.settled.decided_by[number], self._first(number)
        form = kept.get(by)
        if form is None:
            form = kept[by] = self.form(number)
        return form

    def form(self, number: int) -> Form:
        docket, decider = self.dockets[number], self.settled.decided_by[number]
        status = self.settled.statuses[number]
        form = docket.failed
        message = self._message(number, self._before_waiver(number) if status == "waived" else status)
        if message is not None:
            form = _said(form, message, docket.name)
        blocked_by = self.dockets[decider].rule.id if decider >= 0 else ""
        form = form._replace(status=status, blocked_by=blocked_by)
        return form if status == "blocked" else form._replace(fix=None, mend=None)

    def _message(self, number: int, status: Status) -> Template | None:
        """None for that of a failure."""
        docket = self.dockets[number]
        rule, name = docket.rule, docket.name
        if status == "fail":
            return None
        if status == "not_applicable":
            return needs_waived_sentence(rule, name, self.dockets[self.settled.decided_by[number]].rule)
        first = self._first(number)
        if status == "blocked":
            return blocked_sentence(rule, name, self.dockets[first].rule)
        needed = self.dockets[first].rule if first != number else None
        applies = self.verdicts[first] != "unsure"
        return unknown_sentence(rule, name, self.reasons[first], needed=needed, applies=applies)

    def _before_waiver(self, number: int) -> Status:
        """What a waived rule would be without its waiver."""
        decider = self.settled.decided_by[number]
        if decider >= 0:
            return "unknown" if self.settled.statuses[decider] == "unknown" else "blocked"
        return "fail" if self.verdicts[number] == "fail" else "unknown"

    def _first(self, number: int) -> int:
        """The rule at the end of the chain of deciding needs: the one that failed, or that lacks a fact."""
        decided_by = self.settled.decided_by
        while decided_by[number] >= 0:
            number = decided_by[number]
        return number


def note_waivers(findings: list[Finding], waivers: Mapping[int, AppliedWaiver]) -> None:
    """Tells with findings of the waivers that met them; `waivers` by the number of the rule, those that hold and those that have expired."""
    for number, waiver in waivers.items():
        finding = findings[number]
        if finding.status in MET_BY_WAIVER:
            findings[number] = replace(finding, message=with_waiver(finding.message, waiver), waiver=waiver)


def _fail_sentence(rule: Rule, name: Slot) -> Sentence:
    """The rule's `fail`. Lists of which it speaks are cut down to the elements that made the rule fail: what else they
    hold is not its matter.
    """
    sentence = sentence_of(rule.failed, name.fact)
    culprits = {name: hits for name, hits in rule.assertion.culprits.items() if name in rule.failed.facts}
    if not culprits:
        return sentence

    def told(words: Words) -> str:
        facts = words.facts
        spoilt = {}
        for fact, hits in culprits.items():
            elements = facts[fact]
            if isinstance(elements, tuple):
                hit = tuple([one for one in elements if not isinstance(one, Unknown) and hits(one, facts) is True])
                spoilt[fact] = hit or elements
        return sentence(Words({**facts, **spoilt}, words.whole))

    return told


def _mending(spec: FixSpec, name: Slot) -> tuple[Fix | None, Mend | None]:
    """The fix of all domains, or what makes that of one."""
    text = whole_text_of(spec.text, name.fact)
    command = command_of(spec.command or Template(()), name.fact)

    def mend(words: Words) -> Fix:
        return Fix(effort=spec.effort, owner=spec.owner, text=text(words), command=command(words), after=spec.after)

    if spec.text.facts or (spec.command and spec.command.facts):
        return None, mend
    return mend(Words({}, "")), None
