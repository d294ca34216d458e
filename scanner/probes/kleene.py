"""Three-valued logic for facts that are made from other facts: true, false, or unknown with its reason."""

from __future__ import annotations

from collections.abc import Iterable

from rules.facts import Unknown

__all__ = ["Truth", "all_of", "any_of", "negation"]

Truth = bool | Unknown


def any_of(truths: Iterable[Truth]) -> Truth:
    """True as soon as one is; unknown (the first reason) where only an unknown one could be; else false."""
    unknown: Unknown | None = None
    for truth in truths:
        if isinstance(truth, Unknown):
            unknown = truth if unknown is None else unknown
        elif truth:
            return True
    return unknown if unknown is not None else False


def all_of(truths: Iterable[Truth]) -> Truth:
    """False as soon as one is; unknown (the first reason) where only an unknown one could be; else true."""
    return negation(any_of(negation(truth) for truth in truths))


def negation(truth: Truth) -> Truth:
    """The opposite; unknown stays unknown."""
    return truth if isinstance(truth, Unknown) else not truth
