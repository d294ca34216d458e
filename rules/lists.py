"""The operators on lists. An Unknown element may or may not be there; a record with Unknown fields is there."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final

from rules.facts import Unknown
from rules.kleene import Test, join
from rules.model import Facts, Verdict

__all__ = ["COUNTS", "count", "every", "none", "some"]

COUNTS: Final = ("at_least", "at_most", "equals")
"""What can be said of a count."""


def every(test: Test) -> Test:
    """The test holds for each element, and there is one: "no MX, so all MX are Microsoft's" is not true."""

    def verdict(elements: Any, facts: Facts) -> Verdict:
        if isinstance(elements, Unknown):
            return elements
        unknowns: list[Unknown] = []
        for element in elements:
            hit = element if isinstance(element, Unknown) else test(element, facts)
            if hit is False:
                return False
            if hit is not True:
                unknowns.append(hit)
        return join(unknowns) if unknowns else bool(elements)

    return verdict


def some(test: Test) -> Test:
    """The test holds for at least one element."""

    def verdict(elements: Any, facts: Facts) -> Verdict:
        if isinstance(elements, Unknown):
            return elements
        unknowns: list[Unknown] = []
        for element in elements:
            hit = element if isinstance(element, Unknown) else test(element, facts)
            if hit is True:
                return True
            if hit is not False:
                unknowns.append(hit)
        return join(unknowns) if unknowns else False

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

    compare = {"at_least": operator.ge, "at_most": operator.le, "equals": operator.eq}[name]

    def verdict(elements: Any, facts: Facts) -> Verdict:
        bound = limit(facts)
        if type(elements) is tuple and type(bound) is int and Unknown not in map(type, elements):
            return bool(compare(len(elements), bound))
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
