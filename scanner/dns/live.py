"""Asks recursive resolvers: what a scan without evidence does.

`course` holds the policy of one question, `upstream` the exchange with one resolver; this module brings them together
for the questions of a round. However a question ends, it ends in an Answer, within `sum(timeouts)` seconds and the
patience of its asker, not counting the wait for a free slot.
"""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import Coroutine, Sequence
from typing import Any, Final, TypeVar

from rules.results import ResolverUse
from scanner.dns.answer import Answer, Question, Status
from scanner.dns.course import Attempt, Course, Roster, Standing, query_of, unaskable
from scanner.dns.datagrams import Datagrams
from scanner.dns.doubts import PrivateAddresses, differing, doubts_of_forgery
from scanner.dns.forgery import forgery_in, trap_questions
from scanner.dns.patience import Patience
from scanner.dns.reply import Reply
from scanner.dns.resolvers import Resolver, resolvers_for
from scanner.dns.round import Round
from scanner.dns.signs import Remark, Strain
from scanner.dns.source import Told
from scanner.dns.upstream import Upstream

__all__ = ["LiveSource", "live_source"]

_T = TypeVar("_T")

TIMEOUTS: Final = (1.5, 2.5, 3.5)
"""Seconds for each attempt of a question."""
IN_FLIGHT: Final = 1000
"""Queries under way to one resolver at a time."""

_CURT: Final = (0.5, 1.0)
"""Seconds for each attempt of a question about a resolver itself, which the first answers wait for."""
_JITTER: Final = 0.1
"""Seconds that a question waits at most before it is asked again."""
_ADDRESS_TYPES: Final = frozenset({"A", "AAAA"})
_GRACE: Final = 0.25
"""Seconds that a comparison of resolvers may still take when the run is over."""


def live_source(texts: Sequence[str] = ()) -> LiveSource:
    """The resolvers that `--resolver` names, or the system's where it names none. Raises ResolverError."""
    return LiveSource(resolvers_for(texts), name="resolver" if texts else "system resolver")


class LiveSource:
    """Asks `resolvers`, the first that answers first. To be used in one event loop, and closed there.

    `tls` checks the certificates of those that are asked over TLS or HTTPS, by default against the system's authorities.
    """

    def __init__(
        self,
        resolvers: Sequence[Resolver],
        *,
        timeouts: Sequence[float] = TIMEOUTS,
        in_flight: int = IN_FLIGHT,
        name: str = "resolver",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.name = f"{name} {', '.join(map(str, resolvers))}"
        self._roster = Roster(resolvers)
        self._upstreams = {standing: Upstream(standing.resolver, in_flight, tls) for standing in self._roster.standings}
        self._timeouts = tuple(timeouts)
        self._tests: dict[Standing, asyncio.Task[None]] = {}
        self._comparison: asyncio.Task[None] | None = None
        self._private = PrivateAddresses()
        self._difference = ""

    async def ask(self, questions: Sequence[Question], patience: Patience | None = None) -> list[Answer]:
        patience = patience or Patience(float("inf"))
        if self._comparison is None:
            self._compare(questions)
        shares = _Shares(patience, sum(self._timeouts))
        standing = None if patience.out else self._roster.front()
        datagrams = self._upstreams[standing].datagrams if standing is not None else None
        if standing is None or datagrams is None or not questions:
            answers = await _together([self._answer(question, shares.one()) for question in questions])
        else:
            answers = await self._at_once(questions, standing, datagrams, shares)
        for answer in answers:
            if answer.question.type in _ADDRESS_TYPES:
                self._private.see(answer)
        patience.left -= shares.spent
        return answers

    async def _at_once(
        self, questions: Sequence[Question], standing: Standing, datagrams: Datagrams, shares: _Shares
    ) -> list[Answer]:
        """Answers from the resolver that comes first; what it does not answer plainly takes its course."""
        upstream = self._upstreams[standing]

        async def carefully(question: Question, first: bytes | Reply | None, spent: float) -> Answer:
            patience = shares.one()
            patience.left -= spent
            return await self._answer(question, patience, None if first is None else (standing, first))

        self._tested(standing)
        edns = upstream.edns
        one = Round(questions, standing, min(self._timeouts[0], shares.most), carefully)
        answers = await one.ask(datagrams, edns=edns)
        shares.saw(one.spent)
        if one.plain:
            self._roster.heard(standing)
            if edns:
                upstream.takes_edns()
            if not standing.tested:
                began = asyncio.get_running_loop().time()
                await asyncio.wait([self._tested(standing)])
                shares.saw(one.spent + asyncio.get_running_loop().time() - began)
            if standing.forgery is not None:
                return await _together([self._answer(question, shares.one()) for question in questions])
            standing.answers += one.plain
        return answers

    def told(self) -> Told:
        return Told(
            resolvers=tuple(
                ResolverUse(server=str(standing.resolver), answers=standing.answers)
                for standing in self._roster.standings
            ),
            signs=(
                *doubts_of_forgery(self._roster.standings),
                *([Remark("name servers", self._difference)] if self._difference else []),
                *self._private.signs(),
                *self._strains(),
            ),
            paces=tuple(upstream.pace for upstream in self._upstreams.values()),
        )

    def _strains(self) -> list[Strain]:
        strains = (one.window.strain(str(one.resolver)) for one in self._upstreams.values())
        return [strain for strain in strains if strain is not None]

    async def close(self) -> None:
        if self._comparison is not None:
            await asyncio.wait([self._comparison], timeout=_GRACE)
        tasks = [*self._tests.values(), *([self._comparison] if self._comparison is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for upstream in self._upstreams.values():
            await upstream.close()
        await asyncio.sleep(0)  # lets the event loop close the sockets before it ends itself

    async def _answer(
        self, question: Question, patience: Patience, first: tuple[Standing, bytes | Reply] | None = None
    ) -> Answer:
        """The Answer at the end of a question's course; `first` is what its first attempt gave where it was made."""
        query = query_of(question)
        if isinstance(query, str):
            return Answer(question, Status.MALFORMED, reason=query)
        clock = asyncio.get_running_loop().time
        if first is None and (answer := unaskable(question, self._roster, patience, clock())):
            return answer
        course = Course(question, query, self._roster, self._timeouts, patience, first[0] if first else None)
        again = False
        while True:
            step = course.next(clock())
            if isinstance(step, Answer):
                return step
            if isinstance(step, Standing):
                began = clock()
                await asyncio.wait([self._tested(step)])
                patience.left -= clock() - began
                continue
            self._tested(step.standing)
            if again:
                # What was lost together is not to come back together.
                pause = min(_JITTER * secrets.randbelow(1000) / 1000, patience.left)
                await asyncio.sleep(pause)
                patience.left -= pause
            again = True
            course.take(await self._attempt(step, patience, first[1] if first else None))
            first = None

    async def _attempt(self, attempt: Attempt, patience: Patience, first: bytes | Reply | None) -> Reply:
        if isinstance(first, Reply):
            return first
        upstream = self._upstreams[attempt.standing]
        return await upstream.attempt(attempt.query, attempt.seconds, patience, first=first)

    def _tested(self, standing: Standing) -> asyncio.Task[None]:
        """Tests whether a resolver makes answers up: once, while the first question to it is under way."""
        task = self._tests.get(standing)
        if task is None:
            task = self._tests[standing] = asyncio.create_task(self._run_test(standing))
        return task

    async def _run_test(self, standing: Standing) -> None:
        try:
            questions = trap_questions()
            replies = await _together([self._curtly(standing, question) for question in questions])
            standing.forgery = forgery_in(dict(zip(questions, replies, strict=True)))
        finally:
            standing.tested = True

    async def _curtly(self, standing: Standing, question: Question) -> Reply:
        """A reply or none, soon."""
        query = query_of(question)
        assert not isinstance(query, str)
        patience = Patience(sum(_CURT))
        reply = Reply(Status.TIMEOUT)
        for seconds in _CURT:
            if reply.status is Status.TIMEOUT and not patience.out:
                reply = await self._upstreams[standing].attempt(query, seconds, patience)
        return reply

    def _compare(self, questions: Sequence[Question]) -> None:
        """Begins to compare the resolvers by the first domain whose MX is asked."""
        if len(self._roster.standings) < 2:
            return
        for question in questions:
            if question.type == "MX" and not isinstance(query_of(question), str):
                self._comparison = asyncio.create_task(self._difference_of(Question(question.name, "NS")))
                return

    async def _difference_of(self, question: Question) -> None:
        standings = self._roster.standings
        replies = await _together([self._curtly(standing, question) for standing in standings])
        honest = {
            str(standing.resolver): reply
            for standing, reply in zip(standings, replies, strict=True)
            if standing.forgery is None
        }
        self._difference = differing(question.name, honest)


class _Shares:
    """What each question of a round may take of the asker's patience, and what the slowest took."""

    def __init__(self, patience: Patience, most: float) -> None:
        self._patience = patience
        self._given: list[tuple[float, Patience]] = []
        self._spent = 0.0
        self.most = min(patience.left, most)

    def one(self) -> Patience:
        share = self._patience.share(self.most)
        self._given.append((share.left, share))
        return share

    def saw(self, spent: float) -> None:
        self._spent = max(self._spent, spent)

    @property
    def spent(self) -> float:
        return max([self._spent, *(was - share.left for was, share in self._given)]) if self._given else self._spent


async def _together(coroutines: Sequence[Coroutine[Any, Any, _T]]) -> list[_T]:
    if len(coroutines) == 1:
        return [await coroutines[0]]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(coroutine) for coroutine in coroutines]
    return [task.result() for task in tasks]
