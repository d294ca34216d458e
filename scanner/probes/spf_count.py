"""What an SPF tree spends: DNS lookups and void lookups, in total and by term (RFC 7208 section 4.6.4).

Counted is the whole tree, also what lies beyond the limit and beyond a term at which a receiver would stop for some sender. Only what
stands after all is never read. A record that is included twice counts twice, as it does for receivers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from rules.facts import Unknown
from scanner.probes.kleene import Truth
from scanner.probes.spf_tree import TYPES, Node, Step, Tree

__all__ = ["LOOKUP_LIMIT", "VOID_LIMIT", "Count", "count_lookups", "count_voids", "lookups_by_term", "void_terms"]

LOOKUP_LIMIT: Final = 10
VOID_LIMIT: Final = 2
_MOST: Final = 1_000_000
"""Counting stops here: records that include each other twofold would reach numbers of any size."""


@dataclass(frozen=True, slots=True)
class Count:
    """A number that may be known in part: `at_least`, and up to `more` (None: any number) that `reason` hides.

    `endless` marks a tree that leads back to itself.
    """

    at_least: int = 0
    more: int | None = 0
    reason: Unknown | None = None
    endless: bool = False

    def plus(self, other: Count) -> Count:
        if other is _NOTHING:
            return self
        more = None if self.more is None or other.more is None else min(self.more + other.more, _MOST)
        total = min(self.at_least + other.at_least, _MOST)
        reason = self.reason if self.reason is not None else other.reason
        return Count(total, more, reason, self.endless or other.endless)

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
_Own = Callable[[Tree, Step], Count]


def _sum(tree: Tree, own: _Own, loop: Count) -> tuple[Count, tuple[Count, ...]]:
    """The total of the root, and what each of its counting steps spends. A step that leads into a loop counts as `loop`."""
    known: dict[str, Count] = {}
    path = {tree.domain}

    def of_step(step: Step) -> Count:
        count = own(tree, step)
        if not step.descends or step.target is None:
            return count
        if step.target in path:
            return loop
        child = tree.node(step.target)
        if isinstance(child, Unknown):
            return count.plus(Count(0, None, child))
        if child.name not in known:
            path.add(child.name)
            known[child.name] = add_up(of_step(step) for step in child.counting)
            path.discard(child.name)
        below = known[child.name]
        return loop if below.endless else count.plus(below)

    def add_up(counts: Iterable[Count]) -> Count:
        total = _NOTHING
        for count in counts:
            total = total.plus(count)
        return total

    steps = tuple(of_step(step) for step in tree.root.counting)
    return add_up(steps), steps


def _one_lookup(tree: Tree, step: Step) -> Count:
    del tree, step
    return _ONE


_LOOP: Final = Count(LOOKUP_LIMIT + 1, endless=True)
"""A loop is followed until the limit is passed, whatever else it holds."""


def count_lookups(tree: Tree) -> Count:
    """Terms of the whole tree that cause lookups. Terms that depend on the sender count one: what lies behind them cannot be read."""
    return _sum(tree, _one_lookup, _LOOP)[0]


def lookups_by_term(tree: Tree) -> tuple[str | Unknown, ...]:
    """What each term of the domain's own record spends, such as "include:_spf.example: 4"; Unknown for a term that is not known."""
    counts = zip(tree.root.counting, _sum(tree, _one_lookup, _LOOP)[1], strict=True)
    return tuple(
        count.value if isinstance(count.value, Unknown) else f"{step.term.text}: {count.value}"
        for step, count in counts
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


def _one_void(tree: Tree, step: Step) -> Count:
    void = void_of(tree, step)
    if void is False:
        return _NOTHING
    return Count(0, 1, void) if isinstance(void, Unknown) else _ONE


def count_voids(tree: Tree) -> Count:
    """Lookups of the whole tree that find nothing. In a tree that loops each term counts once: where receivers end is not told."""
    total = _sum(tree, _one_void, Count(endless=True))[0]
    if total.endless:
        total = _NOTHING
        for node in tree.order:
            for step in node.counting:
                total = total.plus(_one_void(tree, step))
                if step.descends and step.target is not None and isinstance(child := tree.node(step.target), Unknown):
                    total = total.plus(Count(0, None, child))
    return total


def void_terms(tree: Tree) -> tuple[str | Unknown, ...]:
    """The terms whose lookups find nothing, in order; below the domain's own record with the name that holds them.

    An Unknown stands for a term that may be one of them.
    """
    found: dict[str | Unknown, None] = {}
    for node in tree.order:
        for step in node.counting:
            void = void_of(tree, step)
            if isinstance(void, Unknown):
                found.setdefault(void)
            elif void:
                found.setdefault(place(tree, node, step))
    return tuple(found)


def place(tree: Tree, node: Node, step: Step) -> str:
    """How a term is named to people: with the name whose record holds it, where that is not the domain's own."""
    return step.term.text if node.name == tree.domain else f"{step.term.text} (in {node.name})"
