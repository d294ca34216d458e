"""The operators on lists. An Unknown element may or may not be there; a record with Unknown fields is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from rules.facts import Unknown
from rules.kleene import Test, conjunction, disjunction, join
from rules.model import Facts, Verdict

__all__ = ["COUNTS", "count", "every", "none", "some"]

COUNTS: Final = ("at_least", "at_most", "equals")
"""What can be said of a count."""


def _verdicts(test: Test, elements: Any, facts: Facts) -> Iterator[Verdict]:
    return (element if isinstance(element, Unknown) else test(element, facts) for element in elements)


def every(test: Test) -> Test:
    """The test holds for each element, and there is one: "no MX, so all MX are Microsoft's" is not true."""

    def verdict(elements: Any, facts: Facts) -> Verdict:
        if isinstance(elements, Unknown):
            return elements
        return conjunction(_verdicts(test, elements, facts)) if elements else False

    return verdict


def some(test: Test) -> Test:
    """The test holds for at least one element."""

    def verdict(elements: Any, facts: Facts) -> Verdict:
        return elements if isinstance(elements, Unknown) else disjunction(_verdicts(test, elements, facts))

    return verdict


def none(test: Test) -> Test:
    """The test holds for no element; true of an empty list."""
    found = some(test)

    def verdict(elements: Any, facts: Facts) -> Verdict:
        hit = found(elements, facts)
        return hit if isinstance(hit, Unknown) else not hit

    return verdict


def count(name: str, limit: Callable[[Facts], Any]) -> Test:
    """Compares the number of elements, a range where some are Unknown. `limit` gives a number, null or an Unknown."""

    def verdict(elements: Any, facts: Facts) -> Verdict:
        bound = limit(facts)
        if bound is None:
            return False
        unknown_sides = [side for side in (elements, bound) if isinstance(side, Unknown)]
        if unknown_sides:
            return join(unknown_sides)
        unknowns = [element for element in elements if isinstance(element, Unknown)]
        most = len(elements)
        least = most - len(unknowns)
        if name == "at_least":
            always, never = least >= bound, most < bound
        elif name == "at_most":
            always, never = most <= bound, least > bound
        else:
            always, never = least == most == bound, not least <= bound <= most
        return True if always else False if never else join(unknowns)

    return verdict
