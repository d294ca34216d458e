"""A small world of DNS in text, and the engine driven through it without an event loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace

import pytest
from flattened import flatten

from rules.facts import Profile, catalogue
from rules.results import Target
from scanner.dns.answer import Answer, Link, Question, Status
from scanner.probes.rounds import close_demand, collect


class World:
    """Answers from lines of `name type value`; `faults` are statuses for (name, type), at the chain's end too."""

    name = "world"

    def __init__(self, text: str, faults: Mapping[tuple[str, str], str] | None = None) -> None:
        self.sets: dict[tuple[str, str], list[str]] = {}
        self.names: set[str] = set()
        for line in filter(str.strip, text.split("\n")):
            name, kind, value = line.lstrip(" ").split(" ", 2)
            name = name.lower().rstrip(".")
            self.sets.setdefault((name, kind), []).append(value)
            labels = name.split(".")
            self.names.update(".".join(labels[start:]) for start in range(len(labels)))
        self.faults = dict(faults or {})
        self.rounds: list[list[Question]] = []

    async def ask(self, questions: Sequence[Question]) -> list[Answer]:
        self.rounds.append(list(questions))
        return [self.answer(question) for question in questions]

    async def close(self) -> None:
        """Nothing to free."""

    def answer(self, question: Question) -> Answer:
        chain: list[Link] = []
        name = question.name.lower()
        while question.type != "CNAME" and len(chain) < 8:
            if (name, question.type) in self.faults or (name, "CNAME") not in self.sets:
                break
            target = self.sets[name, "CNAME"][0].removesuffix(".")
            chain.append(Link(name, target, 300))
            name = target.lower()
        fault = self.faults.get((name, question.type))
        if fault:
            return Answer(question, Status(fault), chain=tuple(chain), server="192.0.2.53")
        values = tuple(sorted(self.sets.get((name, question.type), ())))
        if values:
            return Answer(question, Status.NOERROR, values, 300, tuple(chain))
        known = name in self.names or ("*." + name.partition(".")[2]) in self.names
        return Answer(question, Status.NODATA if known else Status.NXDOMAIN, (), 60, tuple(chain))

    @property
    def questions(self) -> list[Question]:
        return [question for questions in self.rounds for question in questions]


def finish(coroutine):
    """Runs a coroutine that never really waits."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("the coroutine waits for something outside")


def observe(world, target, probes, wanted):
    return finish(collect(world, target, probes, frozenset(wanted), {}))


def facts_of(world, target, probes, wanted, profile=None):
    """The facts of the probes as a dictionary by dotted name, those that were not asked left out."""
    closed = close_demand(wanted, probes)
    observed = observe(world, target, probes, closed)
    found = {}
    for probe in probes:
        if probe.subject in observed:
            collected = probe.fold(target, observed, profile or Profile(inbound="microsoft365"))
            found.update(flatten(probe.subject, collected.facts))
    return found


def provenance(collected, subject):
    """By dotted name the questions behind each fact of the subject."""
    others = collected.asked.get((), ())
    named = {name: questions for names, questions in collected.asked.items() for name in names}
    return {name: named.pop(name, others) for name in catalogue() if name.startswith(f"{subject}.")} | named


@pytest.fixture(scope="session")
def driver():
    """World, Target, Profile and the functions above under one name."""
    return SimpleNamespace(
        World=World,
        Target=Target,
        Profile=Profile,
        finish=finish,
        observe=observe,
        facts_of=facts_of,
        provenance=provenance,
    )
