"""Keeps answers for as long as they hold: what many domains share (includes, MX hosts, parents) is asked once.

A question that is under way for one asker is not sent again for another. What stands below the domain for which is asked
is of no use to others, but for the addresses of its hosts, and is not kept: it would push out what is. What could not be
determined is kept for seconds only, so that a portfolio of domains at one dead server does not wait for it each time (RFC
9520). Answers keep
their own server and time, so the evidence of every domain is complete.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from scanner.dns.answer import Answer, Question, Status
from scanner.dns.patience import Patience
from scanner.dns.source import Source, Told

__all__ = ["CachingSource"]

MOST_ANSWERS: Final = 50_000
MOST_OCTETS: Final = 32 * 1024 * 1024
"""What the answers kept may take together, by estimate."""

_WITHOUT_SOA: Final = 60
"""Seconds for which an absence holds that came without the SOA that tells how long."""
_LONGEST: Final = 86_400
_LONGEST_ABSENCE: Final = 10_800
"""RFC 2308 section 5: caches keep an absence for three hours at most."""
_MOST: Final = {Status.NOERROR: _LONGEST, Status.NODATA: _LONGEST_ABSENCE, Status.NXDOMAIN: _LONGEST_ABSENCE}
_FAILURE: Final = 5.0
_SHARED: Final = 1.0
"""Seconds to wait for the round of another asker, whose other questions may be slow, before asking oneself."""
_PUBLIC: Final = frozenset({"A", "AAAA"})
"""Types that others ask of a domain's names too: those of its mail exchangers."""
_OVERHEAD: Final = 600
"""Octets that an answer takes beside its values."""


_Half = dict[Question, tuple[float, Answer]]
"""Until when an answer holds, and the answer."""


class _Batch:
    """Questions that were asked together. Only who waits for them makes a future and a table: hardly any are waited for."""

    __slots__ = ("_answers", "_ended", "_pairs")

    def __init__(self) -> None:
        self._pairs: Sequence[tuple[Question, Answer]] | None = None
        self._answers: dict[Question, Answer] = {}
        self._ended: asyncio.Future[None] | None = None

    @property
    def over(self) -> bool:
        return self._pairs is not None

    def end(self, pairs: Sequence[tuple[Question, Answer]]) -> None:
        """The round has ended with these."""
        self._pairs = pairs
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(None)

    def ended(self) -> asyncio.Future[None]:
        """Done once the round has ended, which it has not yet."""
        if self._ended is None:
            self._ended = asyncio.get_running_loop().create_future()
        return self._ended

    def answer(self, question: Question) -> Answer | None:
        """What was answered, None as long as the round has not ended, or if it did not come to an answer."""
        if self._pairs and not self._answers:
            self._answers = dict(self._pairs)
        return self._answers.get(question)


class CachingSource:
    """A layer over a Source that remembers. To be used in one event loop.

    Answers stand in two halves: when the young one is full it becomes the old one, and what nobody used since the last time
    goes with the old one: nearly what was used longest ago, without the cost of keeping that order.
    `clock` counts seconds.
    """

    def __init__(
        self,
        source: Source,
        *,
        most_answers: int = MOST_ANSWERS,
        most_octets: int = MOST_OCTETS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = source.name
        self._source = source
        self._most_answers = most_answers // 2
        self._most_octets = most_octets // 2
        self._clock = clock
        self._young: _Half = {}
        self._old: _Half = {}
        self._octets = 0
        self._under_way: dict[Question, _Batch] = {}
        self._asked = self._hits = 0

    async def ask(self, questions: Sequence[Question], patience: Patience | None = None) -> list[Answer]:
        found: dict[Question, Answer] = {}
        open_ = questions
        domain = patience.domain if patience is not None else ""
        while True:
            batch = _Batch()
            others, own = self._look_up(open_, found, batch, domain)
            if own:
                answers = await self._ask(own, batch, patience)
                if len(own) == len(questions):
                    return answers
                found.update(zip(own, answers, strict=True))
            if not others:
                return [found[question] for question in questions]
            open_ = await self._wait(others, found, patience)

    def told(self) -> Told:
        return replace(self._source.told(), asked=self._asked, cached=self._hits)

    async def close(self) -> None:
        await self._source.close()

    def _look_up(
        self, questions: Sequence[Question], found: dict[Question, Answer], batch: _Batch, domain: str
    ) -> tuple[dict[Question, _Batch], list[Question]]:
        """Puts into `found` what is kept, and tells which of the others are under way, and which are not.

        These are under way from now on, in `batch`, but for those that only `domain` asks.
        """
        others: dict[Question, _Batch] = {}
        own: list[Question] = []
        now, young, old = self._clock(), self._young, self._old
        for question in questions:
            # A name that only ends alike is asked once more, which does no harm.
            if domain and question.name.endswith(domain) and question.type not in _PUBLIC:
                if question not in own:
                    own.append(question)
                continue
            kept = young.get(question)
            if kept is None and (kept := old.get(question)) is not None:
                self._put(question, kept)
            if kept is not None and kept[0] > now:
                found[question] = kept[1]
                self._hits += 1
                continue
            under_way = self._under_way.setdefault(question, batch)
            if under_way is not batch:
                others[question] = under_way
            elif question not in own:
                own.append(question)
        return others, own

    async def _ask(self, questions: list[Question], batch: _Batch, patience: Patience | None) -> list[Answer]:
        self._asked += len(questions)
        shared: Sequence[tuple[Question, Answer]] = ()
        try:
            answers = await self._source.ask(questions, patience)
            shared = [pair for pair in zip(questions, answers, strict=True) if pair[0] in self._under_way]
            if patience is not None and patience.out:
                # What one asker had no more time for, another may have.
                shared = [pair for pair in shared if pair[1].status is not Status.TIMEOUT]
            self._keep(shared)
            return answers
        finally:
            for question in questions:
                under_way = self._under_way.pop(question, batch)
                if under_way is not batch:
                    self._under_way[question] = under_way
            batch.end(shared)

    async def _wait(
        self, others: dict[Question, _Batch], found: dict[Question, Answer], patience: Patience | None
    ) -> list[Question]:
        """Waits for what others asked; what is still open then is to be asked anew."""
        seconds = _SHARED if patience is None else min(_SHARED, patience.left)
        began = self._clock()
        if under_way := {batch.ended() for batch in others.values() if not batch.over}:
            await asyncio.wait(under_way, timeout=max(seconds, 0.0))
        if patience is not None:
            patience.left -= self._clock() - began
        still: list[Question] = []
        for question, batch in others.items():
            answer = batch.answer(question)
            if answer is not None:
                found[question] = answer
                self._hits += 1
                continue
            if self._under_way.get(question) is batch:
                del self._under_way[question]
            still.append(question)
        return still

    def _keep(self, answers: Iterable[tuple[Question, Answer]]) -> None:
        """Keeps answers for as long as they hold."""
        now = self._clock()
        for question, answer in answers:
            seconds = _lifetime(answer)
            if seconds > 0:
                self._put(question, (now + seconds, answer))

    def _put(self, question: Question, kept: tuple[float, Answer]) -> None:
        """Into the young half, which becomes the old one if it is full."""
        self._young[question] = kept
        # A question that was there counts twice, which only makes the halves change earlier.
        self._octets += _OVERHEAD + 2 * sum(map(len, kept[1].values))
        if len(self._young) >= self._most_answers or self._octets > self._most_octets:
            self._old, self._young, self._octets = self._young, {}, 0


def _lifetime(answer: Answer) -> float:
    """Seconds for which an answer holds: its own, and those of the aliases on the way."""
    most = _MOST.get(answer.status)
    if most is None:
        return _FAILURE
    seconds = answer.ttl
    if seconds is None:
        seconds = _WITHOUT_SOA if answer.absent else 0
    elif seconds > most:
        seconds = most
    for link in answer.chain:
        if link.ttl is not None and link.ttl < seconds:
            seconds = link.ttl
    return seconds
