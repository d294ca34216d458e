"""Asks recursive resolvers: what a scan without evidence does.

A question gets three attempts, spread over the resolvers in their order. SERVFAIL and answers that make no sense are
asked once more, of the next resolver where there is one; CNAMEs that an answer leaves open are asked on. However it
ends, it ends in an Answer, within `sum(timeouts)` seconds, not counting the wait for a free slot.
"""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Sequence
from typing import Final

import dns.exception
import dns.name
import dns.rdatatype

from scanner.dns.answer import Answer, Link, Question, Status, chain_fault
from scanner.dns.presentation import BadFormError, canonical_name
from scanner.dns.reply import Reply
from scanner.dns.resolvers import Resolver, resolvers_for
from scanner.dns.upstream import Patience, Query, Upstream

__all__ = ["LiveSource", "live_source"]

TIMEOUTS: Final = (1.5, 2.5, 3.5)
"""Seconds for each attempt of a question."""
IN_FLIGHT: Final = 200
"""Queries under way to one resolver at a time."""

_DEAF_AFTER: Final = 3
"""Questions in a row without any answer, with none ever before: the resolvers are not there."""
_LISTEN_AGAIN: Final = 5.0
"""Seconds after which one more question is tried all the same."""
_DEMOTE_AFTER: Final = 3
"""Silent attempts in a row that put a resolver behind the others."""


def live_source(texts: Sequence[str] = ()) -> LiveSource:
    """The resolvers that `--resolver` names, or the system's where it names none. Raises ResolverError."""
    return LiveSource(resolvers_for(texts), name="resolver" if texts else "system resolver")


class LiveSource:
    """Asks `resolvers`, the first that answers first. To be used in one event loop, and closed there."""

    def __init__(
        self,
        resolvers: Sequence[Resolver],
        *,
        timeouts: Sequence[float] = TIMEOUTS,
        in_flight: int = IN_FLIGHT,
        name: str = "resolver",
    ) -> None:
        self.name = f"{name} {', '.join(map(str, resolvers))}"
        self._upstreams = [Upstream(resolver, in_flight) for resolver in resolvers]
        self._timeouts = tuple(timeouts)
        self._heard = False
        self._unheard = 0
        self._listen_at = 0.0

    async def ask(self, questions: Sequence[Question]) -> list[Answer]:
        if len(questions) == 1:
            return [await self._answer(questions[0])]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._answer(question)) for question in questions]
        return [task.result() for task in tasks]

    async def close(self) -> None:
        for upstream in self._upstreams:
            upstream.close()
        await asyncio.sleep(0)  # lets the event loop close the sockets before it ends itself

    async def _answer(self, question: Question) -> Answer:
        try:
            name = dns.name.from_text(canonical_name(question.name))
            type_ = dns.rdatatype.from_text(question.type)
        except BadFormError as error:
            return Answer(question, Status.MALFORMED, reason=str(error))
        except (dns.exception.DNSException, ValueError):
            return Answer(question, Status.MALFORMED, reason=f"{question.type!r} is no record type")
        if self._deaf():
            return Answer(
                question,
                Status.TIMEOUT,
                server=str(self._upstreams[-1].resolver),
                at=_now(),
                reason="no resolver has answered any question so far; not asked again",
            )
        patience = Patience(sum(self._timeouts))
        chain: list[Link] = []
        trusted = True
        while True:
            reply, upstream = await self._reply(Query.of(name, type_), patience)
            chain += reply.links
            trusted = trusted and reply.ad and upstream.resolver.trusted
            fault = chain_fault(chain)
            if reply.status is not None or fault:
                break
            name = dns.name.from_text(chain[-1].target)
        status, reason = (Status.MALFORMED, fault) if fault else (reply.status, reply.reason)
        assert status is not None
        return Answer(
            question=question,
            status=status,
            values=() if fault else reply.values,
            ttl=None if fault else reply.ttl,
            chain=tuple(chain),
            ad=trusted,
            server=str(upstream.resolver),
            at=_now(),
            reason=reason,
            strings=None if fault else reply.strings,
        )

    async def _reply(self, query: Query, patience: Patience) -> tuple[Reply, Upstream]:
        """The first reply that settles the question; else the last that came; else that none came."""
        order = sorted(self._upstreams, key=lambda upstream: upstream.misses >= _DEMOTE_AFTER)
        said: tuple[Reply, Upstream] | None = None
        objections = attempts = 0
        silence, upstream = "no answer in time", order[0]
        for seconds in self._timeouts:
            if patience.left <= 0:
                break
            upstream = order[attempts % len(order)]
            attempts += 1
            reply = await upstream.attempt(query, seconds, patience)
            if reply.status is Status.TIMEOUT:
                silence = reply.reason
                continue
            self._heard = True
            if reply.status not in _OBJECTIONS:
                return reply, upstream
            said = reply, upstream
            objections += 1
            if objections == 2 or (reply.status is Status.REFUSED and len(order) == 1):
                break
        if said is not None:
            return said
        self._unheard += 1
        self._listen_at = asyncio.get_running_loop().time() + _LISTEN_AGAIN
        tried = ", ".join(str(other.resolver) for other in order[:attempts])
        reason = f"{silence}; {attempts} attempts" + (f" at {tried}" if len(order) > 1 else "")
        return Reply(Status.TIMEOUT, reason=reason), upstream

    def _deaf(self) -> bool:
        if self._heard or self._unheard < _DEAF_AFTER:
            return False
        now = asyncio.get_running_loop().time()
        if now < self._listen_at:
            return True
        self._listen_at = now + _LISTEN_AGAIN
        return False


_OBJECTIONS: Final = frozenset({Status.SERVFAIL, Status.REFUSED, Status.MALFORMED})
"""A resolver spoke, and did not answer."""


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
