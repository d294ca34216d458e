"""The one method by which everything asks DNS."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from rules.results import ResolverUse
from scanner.dns.answer import Answer, Question
from scanner.dns.pace import Pace
from scanner.dns.patience import Patience
from scanner.dns.signs import Sign, joined

__all__ = ["Source", "Told", "together"]


@dataclass(frozen=True, slots=True)
class Told:
    """What a Source can tell of the run so far: who answered, and what is doubtful about the answers as a whole.

    Where answers are kept, `asked` counts the questions that were asked, `cached` those that needed not be. `paces` are
    for people who watch; no report has them.
    """

    resolvers: tuple[ResolverUse, ...] = ()
    signs: tuple[Sign, ...] = ()
    asked: int = 0
    cached: int = 0
    paces: tuple[Pace, ...] = ()

    @property
    def doubts(self) -> tuple[str, ...]:
        """The signs, as sentences."""
        return tuple(sign.sentence for sign in self.signs)


def together(told: Iterable[Told]) -> Told:
    """What several Sources tell of one run."""
    answers: dict[str, int] = {}
    signs: list[Sign] = []
    paces: dict[str, Pace] = {}
    asked = cached = 0
    for each in told:
        asked, cached = asked + each.asked, cached + each.cached
        signs += each.signs
        for resolver in each.resolvers:
            answers[resolver.server] = answers.get(resolver.server, 0) + resolver.answers
        for pace in each.paces:
            paces.setdefault(pace.server, Pace(pace.server)).add(pace)
    resolvers = tuple(ResolverUse(server=server, answers=number) for server, number in answers.items())
    return Told(resolvers, joined(signs), asked, cached, tuple(paces.values()))


class Source(Protocol):
    """Answers DNS questions: live, recorded, or a layer over another Source."""

    name: str
    """What `run.source` shows, such as "system resolver" or "evidence: run.jsonl"."""

    async def ask(self, questions: Sequence[Question], patience: Patience | None = None) -> list[Answer]:
        """One round: all questions are sent at once; answers come in the order of the questions.

        A DNS failure is an Answer, never an exception. `patience` is what the asker has left to wait, for this round and
        those behind it; the round takes from it what its slowest question took.
        """
        ...

    def told(self) -> Told:
        """Nothing for a Source that asks nobody."""
        ...

    async def close(self) -> None:
        """Frees sockets and files. Safe to call twice."""
        ...
