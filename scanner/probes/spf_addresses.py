"""How many IPv4 addresses an SPF tree lets pass: those for which the first term that matches has a plus.

A term with a minus, tilde or question mark in front of a wider one takes its own addresses out of it, in an include as well
(RFC 7208 sections 4.6.2 and 5.2).
"""

from __future__ import annotations

import functools
import heapq
import itertools
import socket
from collections.abc import Iterator
from typing import Final

import msgspec

from rules.facts import Unknown
from scanner.dns.answer import Answer
from scanner.probes.spf_tree import MOST_MX_HOSTS, Node, Step, Tree, mx_hosts, steps_of
from scanner.records.spf import LONGEST_KEPT, Mechanism
from scanner.records.spf_lint import is_private

__all__ = ["addresses"]

_EVERY: Final = (0, (1 << 32) - 1)
_Range = tuple[int, int]
"""First and last address."""


class _Matches(msgspec.Struct, frozen=True, gc=False):
    """Ranges, why there may be more, and why (a term before them that was not read) there may be fewer."""

    ranges: tuple[_Range, ...] = ()
    more: Unknown | None = None
    fewer: Unknown | None = None


_NONE: Final = _Matches()


class _Sieve(msgspec.Struct):
    """The ranges of a record's terms in their order, each with whether the term passes."""

    terms: list[tuple[bool, tuple[_Range, ...]]] = []
    barred: bool = False
    mixed: bool = False

    def add(self, passes: bool, ranges: tuple[_Range, ...]) -> None:
        if ranges:
            self.terms.append((passes, ranges))
            self.mixed = self.mixed or (passes and self.barred)
            self.barred = self.barred or not passes

    def passing(self) -> tuple[_Range, ...]:
        """What the first term that matches lets pass."""
        if not self.mixed:
            # Nothing is taken out of what passes: nearly every record bars with its last term.
            return _union([each for passes, ranges in self.terms if passes for each in ranges])
        return _first_come(
            [(*each, place, passes) for place, (passes, ranges) in enumerate(self.terms) for each in ranges]
        )


def addresses(tree: Tree) -> int | Unknown:
    """How many IPv4 addresses pass: of ip4, a and mx, each once. Terms that depend on the sender, and ptr, add none.

    Networks from which no mail comes on the public internet (10.0.0.0/8 and the like) let nobody in, and are not counted.
    """
    passing = _passing(tree, tree.root, {}, set())
    if passing.fewer is not None:
        return passing.fewer
    if passing.more is not None and passing.ranges != (_EVERY,):
        return passing.more
    return sum([last - first + 1 for first, last in passing.ranges])


def _passing(tree: Tree, node: Node, known: dict[str, _Matches], path: set[str]) -> _Matches:
    """The addresses that the record of a node lets pass. A record that is being read lets nobody pass: receivers give up."""
    if node.name in known:
        return known[node.name]
    if node.name in path:
        return _NONE
    if not node.counting and len(node.records) == 1 and len(node.records[0]) <= LONGEST_KEPT:
        known[node.name] = _of_networks(node.records[0])
        return known[node.name]
    path.add(node.name)
    sieve = _Sieve()
    more: Unknown | None = None
    fewer: Unknown | None = None
    taken_out: Unknown | None = None
    entered: set[str] = set()
    for step in node.steps:
        if step.target is None:
            matches = _Matches(_of_term(step))
        elif not step.descends:
            matches = _of_lookup(tree, step, step.target)
        elif step.target in entered:
            continue
        else:
            entered.add(step.target)
            child = tree.node(step.target)
            matches = _Matches(more=child) if isinstance(child, Unknown) else _passing(tree, child, known, path)
        sieve.add(step.passes, matches.ranges)
        if not step.passes:
            taken_out = _first_of(taken_out, matches.more, matches.fewer)
        elif matches.ranges or matches.more is not None:
            more = _first_of(more, matches.more)
            fewer = _first_of(fewer, taken_out, matches.fewer)
    path.discard(node.name)
    known[node.name] = _Matches(sieve.passing(), more, fewer)
    return known[node.name]


@functools.lru_cache(maxsize=1024)
def _of_networks(text: str) -> _Matches:
    """The addresses that a record lets pass which names nothing but networks and all: the same for all who include it."""
    sieve = _Sieve()
    for step in steps_of(text, "", "").steps:
        sieve.add(step.passes, _of_term(step))
    return _Matches(sieve.passing())


def _first_of(*reasons: Unknown | None) -> Unknown | None:
    for reason in reasons:
        if reason is not None:
            return reason
    return None


def _of_lookup(tree: Tree, step: Step, name: str) -> _Matches:
    """What a term matches by the addresses that a name has: a and mx."""
    term = step.term
    if step.kind not in ("a", "mx") or not isinstance(term, Mechanism):
        return _NONE
    ranges: list[_Range] = []
    hidden: Unknown | None = None
    for found in _of_hosts(tree, name, step.kind):
        if isinstance(found, Unknown):
            hidden = _first_of(hidden, found)
        else:
            first = found >> 32 - term.cidr4 << 32 - term.cidr4
            ranges.append((first, first + (1 << 32 - term.cidr4) - 1))
    return _Matches(tuple(ranges), hidden)


def _of_term(step: Step) -> tuple[_Range, ...]:
    """What a term matches by itself: all, and ip4."""
    if step.kind == "all":
        return (_EVERY,)
    network = step.term.network if step.kind == "ip4" and isinstance(step.term, Mechanism) else None
    if network is None or (step.passes and is_private(network)):
        return ()
    return ((network.first, network.last),)


def _of_hosts(tree: Tree, name: str, kind: str) -> Iterator[int | Unknown]:
    names: tuple[str, ...] = (name,)
    if kind == "mx":
        answer = tree.answer(name, "MX")
        if isinstance(answer, Unknown):
            yield answer
            return
        names = mx_hosts(answer)
        if len(names) > MOST_MX_HOSTS:
            return
    for host in filter(None, dict.fromkeys(names)):
        found = tree.answer(host, "A")
        if isinstance(found, Unknown):
            yield found
        else:
            yield from _numbers(found)


def _numbers(answer: Answer) -> Iterator[int]:
    for value in answer.values:
        try:
            yield int.from_bytes(socket.inet_pton(socket.AF_INET, value), "big")
        except (OSError, ValueError):
            continue


def _union(ranges: list[_Range]) -> tuple[_Range, ...]:
    """The ranges in order, those that overlap or touch made one."""
    if len(ranges) < 2:
        return tuple(ranges)
    ranges.sort()
    merged: list[_Range] = []
    first, last = ranges[0]
    for low, high in ranges:
        if low <= last + 1:
            last = max(last, high)
        else:
            merged.append((first, last))
            first, last = low, high
    return (*merged, (first, last))


def _first_come(found: list[tuple[int, int, int, bool]]) -> tuple[_Range, ...]:
    """The ranges in which the first term that matches lets pass. `found`: first, last, the term's place, whether it passes.

    A sweep from address to address with the terms that match there in a heap, so that a hostile record costs n log n.
    """
    found.sort()
    edges = sorted({edge for first, last, _, _ in found for edge in (first, last + 1)})
    active: list[tuple[int, int, bool]] = []
    merged: list[_Range] = []
    entering = 0
    for edge, following in itertools.pairwise(edges):
        while entering < len(found) and found[entering][0] == edge:
            _, last, place, passes = found[entering]
            heapq.heappush(active, (place, last, passes))
            entering += 1
        while active and active[0][1] < edge:
            heapq.heappop(active)
        if not active or not active[0][2]:
            continue
        if merged and merged[-1][1] == edge - 1:
            merged[-1] = (merged[-1][0], following - 1)
        else:
            merged.append((edge, following - 1))
    return tuple(merged)
