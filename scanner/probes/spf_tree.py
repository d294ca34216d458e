"""The tree of SPF records: what a domain's record leads to, and the rounds in which it is asked.

A record's terms become steps: the terms that receivers read for a sender that none of them matches, each with the name
that it asks for. A node is one name's SPF record; every name is asked and read once, however often it is included.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Literal

import msgspec

from rules.facts import Unknown
from scanner.dns.answer import Answer, Question
from scanner.dns.presentation import BadFormError, canonical_name
from scanner.probes.probe import Rounds
from scanner.records.spf import LONGEST_KEPT, Mechanism, Modifier, Record, is_spf, parse
from scanner.records.spf_macros import DomainSpec, expand

__all__ = [
    "DEEPEST",
    "MOST_MX_HOSTS",
    "MOST_NAMES",
    "Node",
    "Reach",
    "Step",
    "Steps",
    "Tree",
    "mx_hosts",
    "steps_of",
    "walk",
]

MOST_NAMES: Final = 60
"""Names of include: and redirect=, and likewise of a, mx and exists, that one domain's tree may ask for."""
DEEPEST: Final = 20
"""Levels of includes that are followed."""
MOST_MX_HOSTS: Final = 10
"""RFC 7208 section 4.6.4: more hosts for one mx are a permerror."""

Reach = Literal["record", "redirect", "includes", "hosts", "mx_hosts"]
"""How far a walk goes, each including those before it: the domain's own TXT; redirect= too; every include: and redirect=; the names of a,
mx and exists; the addresses of MX hosts."""
REACHES: Final[tuple[Reach, ...]] = ("record", "redirect", "includes", "hosts", "mx_hosts")

LOOKUPS: Final = frozenset({"include", "redirect", "a", "mx", "ptr", "exists"})
"""Terms that count towards the limit of 10 (RFC 7208 section 4.6.4)."""


TYPES: Final[Mapping[str, tuple[str, ...]]] = {"a": ("A", "AAAA"), "mx": ("MX",), "exists": ("A",)}
"""What a mechanism asks for at its name."""


class Step(msgspec.Struct, frozen=True, gc=False):
    """One term that receivers read.

    `target` is the name it asks for: None where the term asks nothing, where it depends on the sender, and where the name
    is malformed. `passes`: a match lets the sender pass (what redirect= finds counts as the record's own). `descends`: it leads
    to another SPF record.
    """

    kind: Literal["all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists", "redirect"]
    term: Mechanism | Modifier
    target: str | None
    sender_dependent: bool
    passes: bool
    descends: bool

    @property
    def malformed(self) -> bool:
        """The name cannot be asked for (RFC 7208 sections 4.3 and 4.8)."""
        return self.kind in LOOKUPS and self.target is None and not self.sender_dependent


class Steps(msgspec.Struct, frozen=True, gc=False):
    """A record's steps in order; `counting` are those that count towards the limit of lookups."""

    steps: tuple[Step, ...] = ()
    counting: tuple[Step, ...] = ()


class Node(msgspec.Struct, frozen=True, gc=False):
    """The SPF records at a name. `record` is the only one, read; `steps` are its terms in order. `known` is that of the answer."""

    name: str
    answer: Answer
    known: bool
    records: tuple[str, ...] = ()
    record: Record | None = None
    steps: tuple[Step, ...] = ()
    counting: tuple[Step, ...] = ()


class Tree(msgspec.Struct, frozen=True, gc=False):
    """What was found from a domain on: nodes by name, other answers by question.

    A name that is not in `nodes` was not asked: too deep, or one too many. `answers` holds the others by name and type.
    """

    domain: str
    reach: Reach
    root: Node
    nodes: Mapping[str, Node]
    answers: Mapping[tuple[str, str], Answer]

    @property
    def order(self) -> tuple[Node, ...]:
        """Every node that the domain's own leads to, and itself, each once, in order of evaluation."""
        found: dict[str, Node] = {}
        waiting = [self.domain]
        while waiting:
            name = waiting.pop()
            node = self.nodes.get(name)
            if node is None or name in found:
                continue
            found[name] = node
            waiting += [step.target for step in reversed(node.counting) if step.descends and step.target is not None]
        return tuple(found.values())

    def reaches(self, reach: Reach) -> bool:
        """The walk went at least this far."""
        return REACHES.index(self.reach) >= REACHES.index(reach)

    def node(self, name: str) -> Node | Unknown:
        """The node of a name, or why its records are not known."""
        node = self.nodes.get(name)
        if node is None:
            return Unknown(f"not asked: more than {MOST_NAMES} names or {DEEPEST} levels of includes before {name}")
        return node if node.known else node.answer.unknown()

    def answer(self, name: str, kind: str) -> Answer | Unknown:
        """The answer to another question of the walk, or why it is not known."""
        answer = self.answers.get((name, kind))
        if answer is None:
            return Unknown(f"not asked: {kind} {name}")
        return answer if answer.known else answer.unknown()


def steps_of(text: str, domain: str, origin: str) -> Steps:
    """The terms of a record that receivers read at `domain`, when `origin` is checked."""
    if len(text) > LONGEST_KEPT:
        return _steps(text, domain, origin)
    return _steps_anywhere(text) or _steps_kept(text, domain, origin if "%{" in text else "")


def _steps(text: str, domain: str, origin: str) -> Steps:
    record = parse(text)
    found = [
        _step(term.name, term, term.domain, domain, origin)
        if term.network is None
        else Step(term.name, term, None, False, term.qualifier == "+", False)
        for term in record.evaluated
    ]
    if record.all:
        found.append(_step("all", record.all, None, domain, origin))
    elif record.redirect:
        found.append(_step("redirect", record.redirect, record.redirect.domain, domain, origin))
    return Steps(tuple(found), tuple([step for step in found if step.kind in LOOKUPS]))


_steps_kept = functools.lru_cache(maxsize=4096)(_steps)


@functools.lru_cache(maxsize=4096)
def _steps_anywhere(text: str) -> Steps | None:
    """The steps of a record that reads alike at every name: it has no macros, and each a and mx has a name of its own."""
    if "%{" in text or any(term.domain is None and term.name in ("a", "mx") for term in parse(text).evaluated):
        return None
    return _steps(text, "", "")


def _step(
    kind: Literal["all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists", "redirect"],
    term: Mechanism | Modifier,
    spec: DomainSpec | None,
    domain: str,
    origin: str,
) -> Step:
    passes = isinstance(term, Modifier) or term.qualifier == "+"
    if kind not in LOOKUPS:
        return Step(kind, term, None, False, passes, False)
    target: str | None = None
    sender_dependent = kind == "ptr"
    if kind in ("a", "mx") and spec is None:
        target = domain
    elif kind != "ptr" and spec is not None:
        name = expand(spec, domain=domain, origin=origin)
        sender_dependent = name is None
        target = _queryable(name) if name is not None else None
    return Step(kind, term, target, sender_dependent, passes, kind in ("include", "redirect"))


def _queryable(name: str) -> str | None:
    """The name as questions write it; None where DNS cannot have it."""
    if "\\" in name or " " in name:
        name = name.replace("\\", "\\092").replace(" ", "\\032")
    try:
        return canonical_name(name)
    except BadFormError:
        return None


def _node(answer: Answer, name: str, origin: str) -> Node:
    if not answer.known:
        return Node(name, answer, False)
    records = tuple([value for value in answer.values if is_spf(value)])
    if len(records) != 1:
        return Node(name, answer, True, records)
    steps = steps_of(records[0], name, origin)
    return Node(name, answer, True, records, parse(records[0]), steps.steps, steps.counting)


def walk(domain: str, reach: Reach, meant: Callable[[Node], Iterable[Step]] = lambda _: ()) -> Rounds[Tree]:
    """Asks level by level: everything that one level of records leads to is one round.

    `meant` gives further steps of the domain's own node, which its damaged records were meant to hold: from the reach "includes" on
    their records are read too, so that a mended record is known before it is suggested. The tree's `order` is without them.
    """
    follow = REACHES.index(reach)
    nodes: dict[str, Node] = {}
    answers: dict[tuple[str, str], Answer] = {}
    wanted: dict[Question, None] = {Question(domain, "TXT"): None}
    requested = {domain}
    hosts: set[str] = set()
    mx_total = level = 0
    while wanted:
        questions = list(wanted)
        wanted = {}
        level += 1
        for question, answer in zip(questions, (yield questions), strict=True):
            if question.type != "TXT":
                answers[question.name, question.type] = answer
                if question.type == "MX" and follow >= 4:
                    names = mx_hosts(answer)
                    mx_total += len(names)
                    if len(names) <= MOST_MX_HOSTS and mx_total <= MOST_NAMES:
                        for name in filter(None, names):
                            _want(Question(name, "A"), wanted, answers)
                continue
            node = nodes[question.name] = _node(answer, question.name, domain)
            steps = node.counting
            if level == 1 and follow >= 2:
                steps += tuple([step for step in meant(node) if step.descends])
            for step in steps:
                target = step.target
                if target is None:
                    continue
                if step.descends:
                    deep_enough = follow >= (1 if step.kind == "redirect" else 2) and level <= DEEPEST
                    if deep_enough and target not in requested and len(requested) <= MOST_NAMES:
                        requested.add(target)
                        wanted[Question(target, "TXT")] = None
                elif follow >= 3 and (target in hosts or len(hosts) < MOST_NAMES):
                    hosts.add(target)
                    for kind in TYPES[step.kind]:
                        _want(Question(target, kind), wanted, answers)
    return Tree(domain, reach, nodes[domain], nodes, answers)


def _want(question: Question, wanted: dict[Question, None], answers: Mapping[tuple[str, str], Answer]) -> None:
    if (question.name, question.type) not in answers:
        wanted[question] = None


def mx_hosts(answer: Answer) -> tuple[str, ...]:
    """The hosts of an MX answer, one for each record; "" for the null MX and for what is no host name."""
    found: list[str] = []
    for value in answer.values:
        host = value.rpartition(" ")[2].removesuffix(".")
        try:
            found.append(canonical_name(host) if host else "")
        except BadFormError:
            found.append("")
    return tuple(found)
