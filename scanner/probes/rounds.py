"""The engine of probes: all of them step together, so that one round of the scan carries the questions of each."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from rules.results import Target
from scanner.dns.answer import Answer, Question, Status
from scanner.dns.source import Source
from scanner.probes.probe import Probe, Rounds

__all__ = ["MOST_ROUNDS", "close_demand", "collect", "turn"]

MOST_ROUNDS: Final = 40
"""Rounds of one domain, after which every further question counts as timed out. The longest chain of includes needs half of it."""

_LONGEST_NAME = 253
_LONGEST_LABEL = 63


class _Running(msgspec.Struct):
    """A probe's generator, what it waits for (None before it began), and its observation once it has ended."""

    subject: str
    rounds: Rounds[Any]
    waiting: Sequence[Question] | None = None
    observation: Any = None

    def step(self, asked: Mapping[Question, Answer], needed: dict[Question, None]) -> bool:
        """Runs the generator until it ends or waits for questions that were not asked yet, which `needed` gets; whether it waits.

        What it waited for has been asked.
        """
        waiting = self.waiting
        for _ in range(MOST_ROUNDS + 1):
            answers: Any = None if waiting is None else list(map(asked.__getitem__, waiting))
            try:
                waiting = self.rounds.send(answers)
            except StopIteration as end:
                self.observation = end.value
                return False
            missing = False
            for question in waiting:
                if question not in asked:
                    needed[question] = None
                    missing = True
            if missing:
                self.waiting = waiting
                return True
        raise RuntimeError(f"the probe {self.subject} never ends")


async def turn(*, abreast: bool) -> None:
    """Lets the other domains under way come to the same step, if they go `abreast`.

    Live answers come in bursts, for many domains at once. Where these take each step together, its code is in the
    processor's caches for all but the first, which spares a twentieth of a scan's time.
    """
    if abreast:
        await asyncio.sleep(0)


async def collect(
    source: Source,
    target: Target,
    probes: Iterable[Probe],
    wanted: frozenset[str],
    asked: dict[Question, Answer],
    *,
    abreast: bool = False,
) -> dict[str, Any]:
    """The observations, by subject, of every probe of which a fact is wanted.

    `asked` holds the domain's answers so far: nothing in it is asked again, and every new answer is put into it. Names that
    DNS cannot hold are not sent: they come out as MALFORMED. `abreast` as for `turn`.
    """
    subjects = _subjects(wanted)
    started = [_Running(probe.subject, probe.collect(target, wanted)) for probe in probes if probe.subject in subjects]
    running = started
    try:
        for number in range(2 * MOST_ROUNDS + 1):
            needed: dict[Question, None] = {}
            waiting: list[_Running] = []
            for one in running:
                await turn(abreast=abreast)
                if one.step(asked, needed):
                    waiting.append(one)
            running = waiting
            if not running:
                break
            sendable = list(needed)
            if refused := [one for one in needed if len(one.name) > _LONGEST_LABEL and not _fits(one.name)]:
                asked.update((question, _refused(question)) for question in refused)
                sendable = [question for question in needed if question not in asked]
            if number >= MOST_ROUNDS:
                asked.update((question, _out_of_rounds(question)) for question in sendable)
            elif sendable:
                asked.update(zip(sendable, await source.ask(sendable), strict=True))
        else:
            raise RuntimeError(f"the probe {running[0].subject} asks without end")
    finally:
        for one in running:
            one.rounds.close()
    return {one.subject: one.observation for one in started}


@functools.lru_cache(maxsize=256)
def _subjects(wanted: frozenset[str]) -> frozenset[str]:
    return frozenset(name.partition(".")[0] for name in wanted)


def _fits(name: str) -> bool:
    return len(name) <= _LONGEST_NAME and all(len(label) <= _LONGEST_LABEL for label in name.split("."))


def _refused(question: Question) -> Answer:
    return Answer(question, Status.MALFORMED, reason="the name is longer than DNS allows; it was not asked")


def _out_of_rounds(question: Question) -> Answer:
    return Answer(question, Status.TIMEOUT, reason=f"not asked: more than {MOST_ROUNDS} rounds of questions")


def close_demand(facts: Iterable[str], probes: Iterable[Probe]) -> frozenset[str]:
    """The facts together with those of other subjects that they are made from, and what these need in turn."""
    needs = {name: needed for probe in probes for name, needed in probe.needs.items()}
    closed: set[str] = set()
    waiting = list(facts)
    while waiting:
        name = waiting.pop()
        if name not in closed:
            closed.add(name)
            waiting += needs.get(name, ())
    return frozenset(closed)
