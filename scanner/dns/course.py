"""The course of one question: whom to ask next, what a reply is worth, when it is settled. It never touches the network.

A question gets three attempts, spread over the resolvers in their order. SERVFAIL, REFUSED and answers that make no
sense are asked once more, of the next resolver where there is one. A SERVFAIL that nobody explains is asked once more
with checking disabled (RFC 4035 section 3.2.2): if that is answered, and the plain question again is not, validation is
what fails. CNAMEs that an answer leaves open are asked on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import dns.exception
import dns.name
import dns.rdatatype

from scanner.dns.answer import Answer, Link, Question, Status, chain_fault, instant
from scanner.dns.extended import bogus
from scanner.dns.forgery import Forgery
from scanner.dns.patience import Patience
from scanner.dns.presentation import BadFormError, canonical_name
from scanner.dns.query import Query
from scanner.dns.reply import Reply
from scanner.dns.resolvers import Resolver

__all__ = ["Attempt", "Course", "Roster", "Standing", "query_of", "unaskable"]

_DEAF_AFTER: Final = 3
"""Questions in a row without any answer, with none ever before: the resolvers are not there."""
_LISTEN_AGAIN: Final = 5.0
"""Seconds after which one more question is tried all the same."""
_DEMOTE_AFTER: Final = 3
"""Silent attempts in a row that put a resolver behind the others."""
_BOGUS: Final = "fails DNSSEC validation: the resolver answers only if told not to check"
_OBJECTIONS: Final = frozenset({Status.SERVFAIL, Status.REFUSED, Status.MALFORMED})
"""A resolver spoke, and did not answer."""


@dataclass(slots=True, eq=False)
class Standing:
    """What is known of a resolver in a run.

    `silent` counts attempts in a row without a reply, `answers` the Answers it gave. Until it was `tested`, nobody knows
    whether it makes answers up. `server` is how Answers name it.
    """

    resolver: Resolver
    silent: int = 0
    answers: int = 0
    tested: bool = False
    forgery: Forgery | None = None
    server: str = field(init=False)

    def __post_init__(self) -> None:
        self.server = str(self.resolver)


class Roster:
    """The resolvers of a run, in the order in which the user or the system names them."""

    def __init__(self, resolvers: Sequence[Resolver]) -> None:
        self.standings = [Standing(resolver) for resolver in resolvers]
        self._heard = False
        self._unheard = 0
        self._listen_at = 0.0

    def order(self) -> list[Standing]:
        """Whom to ask first: the silent come behind the others, and those that make answers up behind all."""
        return sorted(self.standings, key=lambda one: (one.forgery is not None, one.silent >= _DEMOTE_AFTER))

    def front(self) -> Standing | None:
        """The resolver to be asked first; None where there is a doubt whether it answers, or answers the truth."""
        first = self.order()[0] if len(self.standings) > 1 else self.standings[0]
        return None if first.forgery is not None or (self._unheard and not self._heard) else first

    def heard(self, standing: Standing) -> None:
        self._heard = True
        standing.silent = 0

    def unanswered(self, now: float) -> None:
        """A question got no reply from anyone."""
        self._unheard += 1
        self._listen_at = now + _LISTEN_AGAIN

    def deaf(self, now: float) -> bool:
        """Nobody has ever answered, so there is no use in asking; once in a while there is."""
        if self._heard or self._unheard < _DEAF_AFTER:
            return False
        if now < self._listen_at:
            return True
        self._listen_at = now + _LISTEN_AGAIN
        return False


@dataclass(frozen=True, slots=True)
class Attempt:
    """A query to be sent to a resolver, and the seconds to wait for its reply."""

    standing: Standing
    query: Query
    seconds: float


def query_of(question: Question) -> Query | str:
    """The question for the wire, or why it cannot be asked."""
    try:
        return Query.of(dns.name.from_text(canonical_name(question.name)), dns.rdatatype.from_text(question.type))
    except BadFormError as error:
        return str(error)
    except (dns.exception.DNSException, ValueError):
        return f"{question.type!r} is no record type"


def unaskable(question: Question, roster: Roster, patience: Patience, now: float) -> Answer | None:
    """The Answer to a question that there is no use in sending: nobody listens, or the time is over."""
    if roster.deaf(now):
        reason = "no resolver has answered any question so far; not asked again"
        return Answer(question, Status.TIMEOUT, server=str(roster.standings[-1].resolver), at=instant(), reason=reason)
    if patience.out:
        return Answer(question, Status.TIMEOUT, at=instant(), reason=patience.reason or "no time is left to ask")
    return None


_Stage = Literal["plain", "unchecked", "plain again"]


class Course:
    """One question under way: `next` says what to do, `take` hands in what came of it."""

    def __init__(
        self,
        question: Question,
        query: Query,
        roster: Roster,
        timeouts: Sequence[float],
        patience: Patience,
        first: Standing | None = None,
    ) -> None:
        self.question = question
        self.patience = patience
        self._query = query
        self._roster = roster
        self._timeouts = timeouts
        self._chain: list[Link] = []
        self._trusted = True
        self._begin(first)

    def _begin(self, first: Standing | None = None) -> None:
        """For the question's name, and again for each name that its aliases lead to; `first` is asked first."""
        self._order = self._roster.order()
        if first is not None:
            self._order.sort(key=lambda one: one is not first)
        self._asked = self._order[0]
        self._attempts = 0
        self._objections = 0
        self._silence = "no answer in time"
        self._said: tuple[Reply, Standing] | None = None
        self._held: Reply | None = None
        self._stage: _Stage = "plain"
        self._settled = False

    def next(self, now: float) -> Attempt | Standing | Answer:
        """An attempt to make, a resolver that must be tested before its reply counts, or the end."""
        while True:
            if self._held is not None:
                if not self._asked.tested:
                    return self._asked
                reply, self._held = self._held, None
                self._weigh(reply)
            elif self._settled or self.patience.out or self._exhausted:
                if answer := self._end(now):
                    return answer
            else:
                return self._attempt()

    def take(self, reply: Reply) -> None:
        """The outcome of the last attempt."""
        if reply.status is Status.TIMEOUT:
            self._asked.silent += 1
            if self._stage == "plain":
                self._silence = reply.reason
            else:
                self._settled = True
            return
        self._roster.heard(self._asked)
        self._held = reply

    @property
    def _exhausted(self) -> bool:
        return self._stage == "plain" and self._attempts >= len(self._timeouts)

    def _attempt(self) -> Attempt:
        if self._stage == "plain":
            self._asked = self._order[self._attempts % len(self._order)]
            seconds = self._timeouts[self._attempts]
            self._attempts += 1
        else:
            seconds = self._timeouts[0]
        query = self._query
        if self._stage == "unchecked":
            query = Query.of(query.name, query.type, unchecked=True)
        return Attempt(self._asked, query, seconds)

    def _weigh(self, reply: Reply) -> None:
        if self._stage == "unchecked":
            self._settled = reply.status in _OBJECTIONS
            self._stage = "plain again"
            return
        if self._stage == "plain again" and reply.status is Status.SERVFAIL:
            reply = replace(reply, reason=reply.reason or _BOGUS)
        forgery = self._asked.forgery
        if forgery is not None and (objection := forgery.objection(self.question.type, reply)):
            reply = Reply(Status.MALFORMED, reason=objection)
        self._said = reply, self._asked
        if self._stage == "plain again":
            self._settled = True
        elif forgery is not None:
            self._settled = all(other.forgery is not None for other in self._order[self._attempts :])
        elif reply.status not in _OBJECTIONS:
            self._settled = True
        else:
            self._object(reply)

    def _object(self, reply: Reply) -> None:
        if reply.status is Status.SERVFAIL and bogus(reply.errors):
            # Nobody who checks says otherwise, and who does not check must not overrule it.
            self._settled = True
            return
        self._objections += 1
        alone = len(self._order) == 1
        if self._objections == 2 or (alone and reply.status is Status.REFUSED):
            # What the resolver explains needs no second look.
            self._settled = reply.status is not Status.SERVFAIL or bool(reply.errors)
            self._stage = "unchecked"

    def _end(self, now: float) -> Answer | None:
        """The Answer; None where the chain leads on to a name that is still to be asked."""
        reply, standing = self._said or self._unanswered(now)
        self._chain += reply.links
        self._trusted = self._trusted and reply.ad and standing.resolver.trusted
        fault = chain_fault(self._chain)
        if reply.status is None and not fault:
            self._query = Query.of(dns.name.from_text(self._chain[-1].target), self._query.type)
            self._begin()
            return None
        if self._said is not None:
            standing.answers += 1
        if fault:
            reply = Reply(Status.MALFORMED, reason=fault)
        assert reply.status is not None
        return Answer(
            question=self.question,
            status=reply.status,
            values=reply.values,
            ttl=reply.ttl,
            chain=tuple(self._chain),
            ad=self._trusted,
            server=str(standing.resolver),
            at=instant(),
            reason=reply.reason,
            strings=reply.strings,
        )

    def _unanswered(self, now: float) -> tuple[Reply, Standing]:
        self._roster.unanswered(now)
        if self.patience.out and self.patience.reason:
            return Reply(Status.TIMEOUT, reason=self.patience.reason), self._asked
        tried = ", ".join(str(other.resolver) for other in self._order[: self._attempts])
        reason = f"{self._silence}; {self._attempts} attempts"
        return Reply(Status.TIMEOUT, reason=reason + (f" at {tried}" if len(self._order) > 1 else "")), self._asked
