"""What an SPF tree spends: DNS lookups and void lookups, in total and by term (RFC 7208 section 4.6.4).

Counted is the whole tree, also what lies beyond the limit and beyond a term at which a receiver would stop for some sender. Only what
stands after all is never read. A record that is included twice counts twice, as it does for receivers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from rules.facts import Unknown
from scanner.probes.kleene import Truth
from scanner.probes.spf_tree import TYPES, Node, Step, Tree

__all__ = [
    "LOOKUP_LIMIT",
    "VOID_LIMIT",
    "Count",
    "LookedUp",
    "count_lookups",
    "count_voids",
    "looked_up",
    "lookups_by_term",
    "void_of",
    "void_terms",
]

LOOKUP_LIMIT: Final = 10
VOID_LIMIT: Final = 2
_MOST: Final = 1_000_000
"""Counting stops here: records that include each other twofold would reach numbers of any size."""


class Count(msgspec.Struct, frozen=True, gc=False):
    """A number that may be known in part: `at_least`, and up to `more` (None: any number) that `reason` hides.

    `endless` marks a tree that leads back to itself.
    """

    at_least: int = 0
    more: int | None = 0
    reason: Unknown | None = None
    endless: bool = False

    @property
    def value(self) -> int | Unknown:
        """The number, if it is known."""
        return self.reason if self.reason is not None else self.at_least

    def above(self, limit: int) -> Truth:
        """More than the limit; known where what is hidden cannot change it."""
        if self.at_least > limit:
            return True
        if self.reason is not None and (self.more is None or self.at_least + self.more > limit):
            return self.reason
        return False


_NOTHING: Final = Count()
_ONE: Final = Count(1)


def _add_up(counts: Sequence[Count]) -> Count:
    at_least = 0
    more: int | None = 0
    reason: Unknown | None = None
    endless = False
    for count in counts:
        at_least += count.at_least
        endless = endless or count.endless
        if count.more != 0:
            more = None if more is None or count.more is None else more + count.more
        if reason is None:
            reason = count.reason
    return Count(min(at_least, _MOST), None if more is None else min(more, _MOST), reason, endless)


def _each(tree: Tree, steps: Iterable[Step], own: Callable[[Step], Count], loop: Count) -> tuple[Count, ...]:
    """What each of the domain's own steps spends with all below it. A step that leads into a loop counts as `loop`."""
    known: dict[str, Count] = {}
    path = {tree.domain}

    def of_step(step: Step) -> Count:
        count, target = own(step), step.target
        if target is None or not step.descends:
            return count
        if target in path:
            return loop
        if target not in known:
            child = tree.node(target)
            if isinstance(child, Unknown):
                known[target] = Count(0, None, child)
            else:
                path.add(target)
                known[target] = _add_up([of_step(below) for below in child.counting])
                path.discard(target)
        below = known[target]
        return loop if below.endless else _add_up((count, below))

    return tuple([of_step(step) for step in steps])


def _one_lookup(step: Step) -> Count:
    del step
    return _ONE


_LOOP: Final = Count(LOOKUP_LIMIT + 1, endless=True)
"""A loop is followed until the limit is passed, whatever else it holds."""


def count_lookups(tree: Tree, steps: Iterable[Step] | None = None) -> tuple[Count, tuple[Count, ...]]:
    """Terms of the whole tree that cause lookups, and how many of them each of the domain's own counting terms spends.

    Terms that depend on the sender count one: what lies behind them cannot be read. `steps` take the place of the domain's own.
    """
    each = _each(tree, tree.root.counting if steps is None else steps, _one_lookup, _LOOP)
    return _add_up(each), each


def lookups_by_term(tree: Tree, counts: Iterable[Count]) -> tuple[str | Unknown, ...]:
    """What each term of the domain's own record spends, such as "include:_spf.example: 4"; Unknown for a term that is not known."""
    return tuple(
        [
            f"{step.term.text}: {count.at_least}" if count.reason is None else count.reason
            for step, count in zip(tree.root.counting, counts, strict=True)
        ]
    )


def void_of(tree: Tree, step: Step) -> Truth:
    """The term's own lookup finds nothing: NXDOMAIN or no such record; for a, neither A nor AAAA."""
    if step.target is None:
        return False
    if step.descends:
        node = tree.node(step.target)
        return node if isinstance(node, Unknown) else node.answer.absent
    found: Truth = True
    for kind in TYPES[step.kind]:
        answer = tree.answer(step.target, kind)
        if isinstance(answer, Unknown):
            found = answer if found is True else found
        elif not answer.absent:
            return False
    return found


LookedUp = tuple[tuple[Node, tuple[tuple[Step, Truth], ...]], ...]
"""The nodes of a tree in order of evaluation, and of each its counting steps with `void_of` them."""


def looked_up(tree: Tree) -> LookedUp:
    """Every counting term of the tree."""
    return tuple([(node, tuple([(step, void_of(tree, step)) for step in node.counting])) for node in tree.order])


def _as_count(void: Truth) -> Count:
    if void is False:
        return _NOTHING
    return Count(0, 1, void) if isinstance(void, Unknown) else _ONE


def count_voids(tree: Tree, seen: LookedUp) -> Count:
    """Lookups of the whole tree that find nothing. In a tree that loops each term counts once: where receivers end is not told."""
    if all(void is False for _, steps in seen for _, void in steps):
        return _NOTHING  # nearly every domain
    own = _each(tree, tree.root.counting, lambda step: _as_count(void_of(tree, step)), Count(endless=True))
    total = _add_up(own)
    if not total.endless:
        return total
    counts: list[Count] = []
    for _, steps in seen:
        for step, void in steps:
            counts.append(_as_count(void))
            if step.descends and step.target is not None and isinstance(child := tree.node(step.target), Unknown):
                counts.append(Count(0, None, child))
    return _add_up(counts)


def void_terms(tree: Tree, seen: LookedUp) -> tuple[str | Unknown, ...]:
    """The terms whose lookups find nothing, in order; below the domain's own record with the name that holds them.

    An Unknown stands for a term that may be one of them.
    """
    found: dict[str | Unknown, None] = {}
    for node, steps in seen:
        for step, void in steps:
            if isinstance(void, Unknown):
                found.setdefault(void)
            elif void:
                found.setdefault(place(tree, node, step))
    return tuple(found)


def place(tree: Tree, node: Node, step: Step) -> str:
    """How a term is named to people: with the name whose record holds it, where that is not the domain's own."""
    return step.term.text if node.name == tree.domain else f"{step.term.text} (in {node.name})"
