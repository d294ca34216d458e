"""What each rule of a selection says by itself, and what follows from that alone: statuses, score and grade.

Domains of one portfolio differ in names and texts, but hardly in what rules make of them. So what follows is kept by what
the rules looked at: facts of few values as they are, and of every other fact the answers to what was asked of it.
"""

from __future__ import annotations

import bisect
import operator
from collections.abc import Callable, Container, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rules.errors import FactError
from rules.facts import FactType, Unknown
from rules.findings import Docket, Sheet, sheet_of
from rules.model import Condition, Facts, Look, Profile, Rule
from rules.needs import Settled, Verdict, settle
from rules.results import Severity
from rules.score import Graded, Stake, grade

__all__ = ["Bench", "Outcome", "own_verdict"]

MOST_KEPT: Final = 1024
"""Outcomes that are kept, of some 9 KB each. A portfolio has some dozens."""

_Test = Callable[[Facts], bool | Unknown]
_Said = tuple[Verdict, str]
"""What a rule says by itself, with the reason of an unknown, else ""."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What comes of one way in which all rules may be answered; shared by the domains for which they are.

    `verdicts` are the rules' own with the `reasons` of those that are unknown, else ""; `settled` and `graded` what
    needs, waivers and weights make of them, `sheet` the findings without the domain's own. `failed` are the rules that
    failed, with their severities. All in the order of the selection.
    """

    verdicts: tuple[Verdict, ...]
    reasons: tuple[str, ...]
    settled: Settled
    graded: Graded
    sheet: Sheet
    failed: tuple[tuple[Rule, Severity], ...]


class Bench:
    """The rules of a selection, in order; `needs` and `stakes` as in `rules.score.grade`. `profile` holds for all domains."""

    def __init__(
        self, profile: Profile, dockets: Sequence[Docket], needs: Sequence[tuple[int, ...]], stakes: Sequence[Stake]
    ) -> None:
        rules = [docket.rule for docket in dockets]
        self._dockets = dockets
        self._needs = needs
        self._stakes = stakes
        self._tests = [(_condition_in(profile, rule.when), rule.assertion.test) for rule in rules]
        self._keyed = _keyed(look for rule in rules for look in _looks(profile, rule))
        self._kept: dict[Hashable, Outcome] = {}
        self._distinct: dict[tuple[_Said, ...], Outcome] = {}

    def outcome(self, facts: Facts, excused: Container[int] = ()) -> Outcome:
        """`excused` are the numbers of the rules for which a waiver holds."""
        if excused:
            return self._made(self._said(facts), excused)
        try:
            key = self._keyed.of(facts)
        except (FactError, KeyError, AttributeError):  # something is missing that perhaps no rule comes to look at
            return self._made(self._said(facts))
        kept = self._kept.get(key)
        if kept is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
                self._distinct.clear()
            said = self._said(facts)
            kept = self._distinct.get(said)
            if kept is None:  # what differs between domains often comes to the same in the end
                kept = self._distinct[said] = self._made(said)
            self._kept[key] = kept
        return kept

    @property
    def kept(self) -> int:
        """How many outcomes are kept."""
        return len(self._kept)

    def _said(self, facts: Facts) -> tuple[_Said, ...]:
        return tuple([_verdict(when, assertion, facts) for when, assertion in self._tests])

    def _made(self, said: tuple[_Said, ...], excused: Container[int] = ()) -> Outcome:
        verdicts = tuple([verdict for verdict, _ in said])
        settled = settle(self._needs, verdicts, excused)
        graded = grade(self._stakes, self._needs, verdicts, settled.statuses)
        reasons = tuple([reason for _, reason in said])
        sheet = sheet_of(self._dockets, verdicts, reasons, settled)
        failed = [
            (docket.rule, form.severity)
            for docket, form in zip(self._dockets, sheet.forms, strict=True)
            if form.status == "fail"
        ]
        return Outcome(verdicts, reasons, settled, graded, sheet, tuple(failed))


def own_verdict(rule: Rule, facts: Facts) -> _Said:
    """What a rule says by itself, without its needs; with the reason of an unknown, else "".

    The verdict is pass, fail, not_applicable (`when` is false), unsure (`when` is unknown) or unknown (the assertion
    is). A fact that is not in `facts` is a KeyError: nobody demanded what the rule reads.
    """
    return _verdict(rule.when.test if rule.when else None, rule.assertion.test, facts)


def _verdict(when: _Test | None, assertion: _Test, facts: Facts) -> _Said:
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


_NOT_APPLICABLE: Final[_Said] = ("not_applicable", "")
_PASS: Final[_Said] = ("pass", "")
_FAIL: Final[_Said] = ("fail", "")


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


@dataclass(frozen=True, slots=True)
class _Keyed:
    """What is compared of two domains, so far as conditions can tell them apart: the `values` of facts; whether facts are
    `present`; of others which of the `literals` they are, if any; between which of the `bounds` numbers lie; the `sizes` of
    lists up to a most; of lists of records what is `read` of each, told once where several are alike; and the answers to
    what is `asked` of all others.
    """

    values: Callable[[Facts], tuple[Hashable, ...]]
    present: tuple[str, ...]
    literals: tuple[tuple[str, frozenset[Any]], ...]
    bounds: tuple[tuple[str, list[int]], ...]
    sizes: tuple[tuple[str, int], ...]
    read: tuple[tuple[str, Callable[[Any], Hashable]], ...]
    asked: tuple[_Test, ...]

    def of(self, facts: Facts) -> Hashable:
        key = list(self.values(facts))
        for name in self.present:
            value = facts[name]
            key.append(value if type(value) is Unknown else value is None)
        for name, literals in self.literals:
            value = facts[name]
            key.append(value if type(value) is Unknown or value in literals else None)
        for name, bounds in self.bounds:
            value = facts[name]
            key.append(bisect.bisect_right(bounds, value) if type(value) is int else value)
        for name, most in self.sizes:
            key.append(_size(facts[name], most))
        for name, read in self.read:
            value = facts[name]
            if type(value) is tuple and value:
                value = tuple(dict.fromkeys([one if type(one) is Unknown else read(one) for one in value]))
            key.append(value)
        for test in self.asked:
            key.append(test(facts))
        return tuple(key)


def _size(elements: Any, most: int) -> Hashable:
    """The number of elements, with those that may not be there; what is beyond `most` counts as one more."""
    if type(elements) is Unknown:
        return elements
    if Unknown in map(type, elements):
        return len(elements), tuple(element for element in elements if type(element) is Unknown)
    return min(len(elements), most + 1)


def _keyed(looks: Iterable[Look]) -> _Keyed:
    values: dict[str, None] = {}
    present: dict[str, None] = {}
    literals: dict[str, frozenset[Any]] = {}
    bounds: dict[str, set[int]] = {}
    sizes: dict[str, int] = {}
    fields: dict[str, set[str]] = {}
    asked: list[_Test] = []
    for look in looks:
        fact, name = look.fact, look.fact.name
        if not all(other.startswith("profile.") for other in look.others):
            asked.append(look.test)
        elif fact.kind in ("bool", "enum"):
            values[name] = None
        elif look.asks == "presence":
            present[name] = None
        elif look.asks == "among":
            literals[name] = literals.get(name, frozenset()) | look.literals
        elif look.asks == "least":
            bounds.setdefault(name, set()).update(look.literals)
        elif look.asks == "size":
            sizes[name] = max(sizes.get(name, 0), *look.literals)
        elif look.asks == "elements" and look.fields and fact.element and _are_few(fact.element, look.fields):
            fields.setdefault(name, set()).update(look.fields)
        else:
            asked.append(look.test)
    return _Keyed(
        operator.itemgetter(*values) if len(values) > 1 else lambda facts: tuple([facts[name] for name in values]),
        tuple(present),
        tuple(literals.items()),
        tuple((name, sorted(found)) for name, found in bounds.items()),
        tuple(sizes.items()),
        tuple((name, operator.attrgetter(*sorted(read))) for name, read in fields.items()),
        tuple(asked),
    )


def _are_few(record: FactType, fields: Iterable[str]) -> bool:
    """None of the fields is a host: those are each domain's own."""
    types = record.fields or {}
    return all(types[name].kind in ("bool", "int", "enum", "text") for name in fields)


def _looks(profile: Profile, rule: Rule) -> Iterable[Look]:
    """What decides a rule; nothing where the profile alone says that it does not apply."""
    when = _condition_in(profile, rule.when)
    if when is _never:
        return
    if rule.when is not None and when is not None:
        yield from _looks_of(rule.when)
    yield from _looks_of(rule.assertion)


def _looks_of(condition: Condition) -> tuple[Look, ...]:
    """Of a condition that was not compiled, itself."""
    return condition.looks or (Look(_WHOLE, condition.test, condition.facts),)


_WHOLE: Final = FactType("", "text", False, "")
