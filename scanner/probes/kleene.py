"""Three-valued logic on the values of facts, by the engine's own rules (`rules.kleene`): true, false, or unknown with its reason."""

from __future__ import annotations

from rules.facts import Unknown
from rules.kleene import conjunction as all_of
from rules.kleene import disjunction as any_of
from rules.model import Verdict as Truth

__all__ = ["Truth", "all_of", "any_of", "negation"]


def negation(truth: Truth) -> Truth:
    """The opposite; unknown stays unknown."""
    return truth if isinstance(truth, Unknown) else not truth
