"""Keeps answers for as long as they hold: what many domains share (includes, MX hosts, parents) is asked once.

A question that is under way for one asker is not sent again for another. What could not be determined is kept for
seconds only, so that a portfolio of domains at one dead server does not wait for it each time (RFC 9520). Answers keep
their own server and time, so the evidence of every domain is complete.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from scanner.dns.answer import Answer, Question, Status
from scanner.dns.patience import Patience
from scanner.dns.source import Source, Told

__all__ = ["CachingSource"]

MOST_ANSWERS: Final = 50_000
MOST_OCTETS: Final = 32 * 1024 * 1024
"""What the answers kept may take together, by estimate."""

_WITHOUT_SOA: Final = 60.0
"""Seconds for which an absence holds that came without the SOA that tells how long."""
_LONGEST: Final = 86_400.0
_LONGEST_ABSENCE: Final = 10_800.0
"""RFC 2308 section 5: caches keep an absence for three hours at most."""
_FAILURE: Final = 5.0
_SHARED: Final = 1.0
"""Seconds to wait for the round of another asker, whose other questions may be slow, before asking oneself."""
_OVERHEAD: Final = 600
"""Octets that an answer takes beside its values."""


class _Kept(NamedTuple):
    until: float
    answer: Answer
    octets: int


class CachingSource:
    """A layer over a Source that remembers. To be used in one event loop.

    The answers used longest ago give way when there are too many. `clock` counts seconds.
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
        self._most_answers = most_answers
        self._most_octets = most_octets
        self._clock = clock
        self._kept: OrderedDict[Question, _Kept] = OrderedDict()
        self._octets = 0
        self._under_way: dict[Question, asyncio.Future[Answer | None]] = {}
        self._asked = self._hits = 0

    async def ask(self, questions: Sequence[Question], patience: Patience | None = None) -> list[Answer]:
        found: dict[Question, Answer] = {}
        open_ = questions
        while True:
            others, own = self._look_up(open_, found)
            if own:
                found.update(zip(own, await self._ask(own, patience), strict=True))
            if not others:
                return [found[question] for question in questions]
            open_ = await self._wait(others, found, patience)

    def told(self) -> Told:
        return replace(self._source.told(), asked=self._asked, cached=self._hits)

    async def close(self) -> None:
        await self._source.close()

    def _look_up(
        self, questions: Sequence[Question], found: dict[Question, Answer]
    ) -> tuple[dict[Question, asyncio.Future[Answer | None]], list[Question]]:
        """Puts into `found` what is kept, and tells which of the others are under way, and which are not."""
        others: dict[Question, asyncio.Future[Answer | None]] = {}
        own: list[Question] = []
        now = self._clock()
        for question in questions:
            kept = self._kept.get(question)
            if kept is not None and kept.until > now:
                self._kept.move_to_end(question)
                found[question] = kept.answer
                self._hits += 1
            elif question in self._under_way:
                others[question] = self._under_way[question]
            elif question not in own:
                own.append(question)
        return others, own

    async def _ask(self, questions: list[Question], patience: Patience | None) -> list[Answer]:
        loop = asyncio.get_running_loop()
        futures = {question: loop.create_future() for question in questions}
        self._under_way.update(futures)
        self._asked += len(questions)
        try:
            answers = await self._source.ask(questions, patience)
            # What one asker had no more time for, another may have.
            hurried = patience is not None and patience.out
            for question, answer in zip(questions, answers, strict=True):
                if not (hurried and answer.status is Status.TIMEOUT):
                    futures[question].set_result(answer)
                    self._keep(question, answer)
            return answers
        finally:
            for question, future in futures.items():
                if not future.done():
                    future.set_result(None)
                if self._under_way.get(question) is future:
                    del self._under_way[question]

    async def _wait(
        self,
        others: dict[Question, asyncio.Future[Answer | None]],
        found: dict[Question, Answer],
        patience: Patience | None,
    ) -> list[Question]:
        """Waits for what others asked; what is still open then is to be asked anew."""
        seconds = _SHARED if patience is None else min(_SHARED, patience.left)
        began = self._clock()
        await asyncio.wait(others.values(), timeout=max(seconds, 0.0))
        if patience is not None:
            patience.left -= self._clock() - began
        still: list[Question] = []
        for question, future in others.items():
            answer = future.result() if future.done() else None
            if answer is not None:
                found[question] = answer
                self._hits += 1
                continue
            if self._under_way.get(question) is future:
                del self._under_way[question]
            still.append(question)
        return still

    def _keep(self, question: Question, answer: Answer) -> None:
        seconds = _lifetime(answer)
        before = self._kept.pop(question, None)
        if before is not None:
            self._octets -= before.octets
        if seconds <= 0:
            return
        octets = _OVERHEAD + 2 * sum(map(len, answer.values))
        self._kept[question] = _Kept(self._clock() + seconds, answer, octets)
        self._octets += octets
        while len(self._kept) > self._most_answers or self._octets > self._most_octets:
            self._octets -= self._kept.popitem(last=False)[1].octets


def _lifetime(answer: Answer) -> float:
    """Seconds for which an answer holds: its own, and those of the aliases on the way."""
    if not answer.known:
        return _FAILURE
    if answer.absent:
        longest, own = _LONGEST_ABSENCE, _WITHOUT_SOA if answer.ttl is None else answer.ttl
    else:
        longest, own = _LONGEST, 0 if answer.ttl is None else answer.ttl
    return min([longest, own, *(link.ttl for link in answer.chain if link.ttl is not None)])
