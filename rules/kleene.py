"""Three-valued logic (Kleene): true, false, and unknown with its reason. What is decided in spite of an unknown part is decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from rules.facts import Unknown
from rules.model import Facts, Verdict

__all__ = ["Test", "all_of", "any_of", "conjunction", "disjunction", "join", "negate"]

Test = Callable[[Any, Facts], Verdict]
"""A test of a value (a fact's, an element's, a record) where all facts stand by for comparison."""

MAX_REASONS: Final = 4
MAX_REASON: Final = 300
_BETWEEN: Final = "; "
_MORE: Final = "…"


def join(unknowns: Sequence[Unknown]) -> Unknown:
    """One Unknown for several: their distinct reasons in order, at most MAX_REASONS of at most MAX_REASON characters each."""
    if len(unknowns) == 1:
        return unknowns[0]
    reasons = list(dict.fromkeys(part for unknown in unknowns for part in _parts(unknown.reason)))
    more = len(reasons) > MAX_REASONS or _MORE in reasons
    shown = [reason[:MAX_REASON] for reason in reasons if reason != _MORE][:MAX_REASONS]
    return Unknown(_BETWEEN.join([*shown, _MORE] if more else shown))


def _parts(reason: str) -> Iterator[str]:
    """The reasons that a joined one is made of. What stands in brackets belongs together: "(no answer; 3 attempts)"."""
    if _BETWEEN not in reason:
        yield reason
        return
    start = position = depth = 0
    for piece in reason.split(_BETWEEN):
        position += len(piece)
        depth += piece.count("(") - piece.count(")")
        if depth <= 0:
            yield reason[start:position]
            start, depth = position + len(_BETWEEN), 0
        position += len(_BETWEEN)
    if start < position:
        yield reason[start:]


def conjunction(verdicts: Iterable[Verdict]) -> Verdict:
    """False if any is false, else unknown if any is unknown, else true."""
    unknowns: list[Unknown] = []
    for verdict in verdicts:
        if verdict is False:
            return False
        if isinstance(verdict, Unknown):
            unknowns.append(verdict)
    return join(unknowns) if unknowns else True


def disjunction(verdicts: Iterable[Verdict]) -> Verdict:
    """True if any is true, else unknown if any is unknown, else false."""
    unknowns: list[Unknown] = []
    for verdict in verdicts:
        if verdict is True:
            return True
        if isinstance(verdict, Unknown):
            unknowns.append(verdict)
    return join(unknowns) if unknowns else False


def all_of(tests: Sequence[Test]) -> Test:
    """The conjunction of the tests of one value; none is made after one that is false."""
    if len(tests) == 1:
        return tests[0]

    def test_all(value: Any, facts: Facts) -> Verdict:
        unknowns: list[Unknown] = []
        for test in tests:
            verdict = test(value, facts)
            if verdict is False:
                return False
            if verdict is not True:
                unknowns.append(verdict)
        return join(unknowns) if unknowns else True

    return test_all


def any_of(tests: Sequence[Test]) -> Test:
    """The disjunction of the tests of one value; none is made after one that is true."""
    if len(tests) == 1:
        return tests[0]

    def test_any(value: Any, facts: Facts) -> Verdict:
        unknowns: list[Unknown] = []
        for test in tests:
            verdict = test(value, facts)
            if verdict is True:
                return True
            if verdict is not False:
                unknowns.append(verdict)
        return join(unknowns) if unknowns else False

    return test_any


def negate(test: Test) -> Test:
    def negated(value: Any, facts: Facts) -> Verdict:
        verdict = test(value, facts)
        return verdict if isinstance(verdict, Unknown) else not verdict

    return negated
