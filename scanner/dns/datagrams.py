"""Many queries at a time over a handful of UDP sockets to one resolver.

An answer counts only if it comes from the address and port that was asked, to the port that asked, with the id and the
question that were sent, to the letter (RFC 5452 section 9). What else arrives is dropped and counted, and the wait
goes on. There is no task and no timer for a query: a socket that has something is read until it is empty, and one timer
for all looks now and then for queries that took too long.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections import deque
from collections.abc import Sequence
from typing import Final, Protocol

import dns.rcode

from scanner.dns.answer import Status, instant
from scanner.dns.pace import Pace
from scanner.dns.reply import Reply
from scanner.dns.resolvers import Resolver
from scanner.dns.window import Window

__all__ = ["Asker", "Datagrams", "unreachable"]

SOCKETS: Final = 8
"""Sockets to a resolver, each with a random port: a forger has to guess port and id."""
TICK: Final = 0.05
"""Seconds between looks for queries that took too long."""

_BURST: Final = 256
"""Queries sent in one turn of the event loop. So many fit into the buffer that Linux gives a socket (212,992 octets) while
the resolver that reads it sleeps.
"""
_BATCH: Final = 64
"""Datagrams read from a socket before the others and their askers have their turn."""
_LONGEST: Final = 4096
"""Octets read of a datagram; three times what EDNS allows to send us. A longer one is cut, and told as such."""
_BUFFER: Final = 1 << 20
"""Octets of answers that a socket holds while we are busy; the system may allow less."""
_ONE: Final = b"\x00\x01"
_BARE: Final = frozenset({dns.rcode.FORMERR, dns.rcode.SERVFAIL, dns.rcode.NOTIMP, dns.rcode.REFUSED})


class Asker(Protocol):
    """Who asked takes what comes of it; `place` is the number it gave the query, `spent` the seconds since it was sent."""

    def answered(self, place: int, wire: bytes, spent: float, at: str) -> None:
        """The octets of an answer to the question, and the time of day."""
        ...

    def missed(self, place: int, reply: Reply, spent: float) -> None:
        """There will be none, and why."""
        ...

    @property
    def over(self) -> bool:
        """Nobody waits any more."""
        ...


Query = tuple[int, bytes, bytes]
"""The place that its asker gave a query, its question section, and all of the message but the id."""

_Sent = tuple[float, bytes, int, Asker, int, float]
"""Deadline, question section, where that ends in a message, who asked, the place, and when it was sent."""


class _Socket:
    """A connected socket, what was sent from it by id, and what came for an id that was not its answer."""

    def __init__(self, resolver: Resolver) -> None:
        family, kind, protocol, _, address = socket.getaddrinfo(
            resolver.address, resolver.port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST
        )[0]
        self.socket = socket.socket(family, kind, protocol)
        try:
            self.socket.setblocking(False)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            self.socket.connect(address)
        except OSError:
            self.socket.close()
            raise
        self.send = self.socket.send
        self.receive = self.socket.recv
        self.sent: dict[bytes, _Sent] = {}
        self.noise: dict[bytes, str] = {}


class Datagrams:
    """The sockets to `resolver`. To be used in one event loop.

    As many queries are under way as `window` allows; the others wait their turn, and their time begins when they are
    sent. `dropped` counts datagrams that answered nothing that was asked, `pace` is told what took how long.
    """

    def __init__(self, resolver: Resolver, window: Window, pace: Pace) -> None:
        self.dropped = 0
        self._resolver = resolver
        self._window = window
        self.pace = pace
        self._sockets: list[_Socket] = []
        self._turn = 0
        self._pumping = False
        self._under_way = 0
        self._queue: deque[tuple[Asker, Sequence[Query], float]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def send(self, asker: Asker, queries: Sequence[Query], seconds: float) -> None:
        """Sends queries at the end of the event loop's turn, or when there is room; each has so many seconds from then on."""
        self._queue.append((asker, queries, seconds))
        self._pump_soon()

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for one in self._sockets:
            asyncio.get_running_loop().remove_reader(one.socket.fileno())
            one.socket.close()
        self._sockets = []
        self._queue.clear()
        self._under_way = 0

    def _transmit(self, asker: Asker, queries: Sequence[Query], seconds: float) -> int:
        """How many of the queries are settled: sent, or known not to be sendable. The system may take no more for now."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(TICK, self._tick)
        try:
            one = self._next_socket()
        except OSError as error:
            for query in queries:
                asker.missed(query[0], unreachable(error), 0.0)
            return len(queries)
        send, sent = one.send, one.sent
        ids = os.urandom(2 * len(queries))
        settled = 0
        deadline = now + seconds
        try:
            for place, section, rest in queries:
                id_ = ids[2 * settled : 2 * settled + 2]
                while id_ in sent:
                    id_ = os.urandom(2)
                send(id_ + rest)
                sent[id_] = (deadline, section, 12 + len(section), asker, place, now)
                settled += 1
        except BlockingIOError:
            pass
        except OSError as error:
            asker.missed(queries[settled][0], unreachable(error), 0.0)
            settled += 1
            self._under_way += settled - 1
            self._fail(one, error, now)
            return settled
        self._under_way += settled
        return settled

    def _next_socket(self) -> _Socket:
        if len(self._sockets) < SOCKETS:
            one = _Socket(self._resolver)
            self._sockets.append(one)
            asyncio.get_running_loop().add_reader(one.socket.fileno(), self._receive, one)
            return one
        self._turn = (self._turn + 1) % SOCKETS
        return self._sockets[self._turn]

    def _receive(self, one: _Socket) -> bool:
        """Takes what has come, a batch of it at most; whether that was all."""
        now = asyncio.get_running_loop().time()
        time_of_day = instant()
        receive, sent = one.receive, one.sent
        empty = True
        good = bad = 0
        seconds = longest = 0.0
        try:
            for _ in range(_BATCH):
                wire = receive(_LONGEST)
                id_ = wire[:2]
                entry = sent.get(id_)
                if entry is None:
                    self.dropped += 1
                    continue
                _, section, end, asker, place, at = entry
                # Response bit, opcode QUERY, one question, and that ours.
                ours = wire.startswith(section, 12) and wire[2] & 0xF8 == 0x80 and wire.startswith(_ONE, 4)
                if not ours and not _is_bare(wire):
                    self._drop(one, id_, wire, end)
                    continue
                del sent[id_]
                if wire[3] & 0xF in _FAILURES:
                    bad += 1
                else:
                    good += 1
                if len(wire) == _LONGEST:
                    wire = wire[:2] + bytes([wire[2] | 0x02]) + wire[3:]
                spent = now - at
                seconds += spent
                longest = max(longest, spent)
                asker.answered(place, wire, spent, time_of_day)
            empty = False
        except BlockingIOError:
            pass
        except OSError as error:
            self._fail(one, error, now)
        self._under_way -= good + bad
        self._window.answered(good, bad)
        self.pace.heard(good + bad, seconds, longest)
        if self._queue:
            self._pump_soon()
        return empty

    def _drop(self, one: _Socket, id_: bytes, wire: bytes, end: int) -> None:
        self.dropped += 1
        if len(wire) < 12:
            one.noise[id_] = "garbage"
        elif wire[2] & 0xF8 == 0x80:
            one.noise[id_] = "garbage" if len(wire) < end else "other question"

    def _tick(self) -> None:
        now = asyncio.get_running_loop().time()
        lost = 0
        for one in self._sockets:
            for id_ in self._overdue(one, now):
                _, _, _, asker, place, at = one.sent.pop(id_)
                lost += 1
                self.pace.missed(1, now - at)
                asker.missed(place, _out_of_time(one.noise.pop(id_, "")), now - at)
            if one.noise and not one.sent:
                one.noise.clear()
        self._under_way -= lost
        if lost:
            self._window.lost(lost)
        self._pump()
        self._timer = None
        if self._under_way or self._queue:
            self._timer = asyncio.get_running_loop().call_later(TICK, self._tick)

    def _overdue(self, one: _Socket, now: float) -> list[bytes]:
        """The ids of queries whose time is up. Answers that came while we had no time to fetch them are fetched first."""
        for _ in range(len(one.sent) // _BATCH + 1):
            if not any(entry[0] <= now for entry in one.sent.values()) or self._receive(one):
                break
        return [id_ for id_, entry in one.sent.items() if entry[0] <= now]

    def _pump_soon(self) -> None:
        # What all domains ask in a turn goes together: a resolver beside us that has nothing to do falls asleep, and to wake
        # it up costs as much as twenty queries, on virtual machines more.
        if not self._pumping:
            self._pumping = True
            asyncio.get_running_loop().call_soon(self._pump)

    def _pump(self) -> None:
        """Sends what waits, as far as there is room; what was asked together goes together."""
        self._pumping = False
        queue, left = self._queue, _BURST
        while queue and (room := min(self._window.size - self._under_way, left)) > 0:
            asker, queries, seconds = queue.popleft()
            if asker.over:
                continue
            sent = self._transmit(asker, queries if len(queries) <= room else queries[:room], seconds)
            left -= sent
            if sent < len(queries):
                queue.appendleft((asker, queries[sent:], seconds))
                if sent < room:
                    return
        if not left and queue:
            self._pump_soon()

    def _fail(self, one: _Socket, error: OSError, now: float) -> None:
        """What the system says of a socket holds for all that was sent from it."""
        failed = list(one.sent.values())
        one.sent.clear()
        one.noise.clear()
        self._under_way -= len(failed)
        reply = unreachable(error)
        for _, _, _, asker, place, at in failed:
            self.pace.missed(1, now - at)
            asker.missed(place, reply, now - at)


_FAILURES: Final = frozenset({dns.rcode.SERVFAIL, dns.rcode.REFUSED})


def _is_bare(wire: bytes) -> bool:
    """A header alone with an error's code: so do servers answer that cannot read the query."""
    return len(wire) == 12 and wire[2] & 0xF8 == 0x80 and wire[4:6] == b"\0\0" and wire[3] & 0xF in _BARE


def unreachable(error: OSError) -> Reply:
    """That nothing can be sent there."""
    words = getattr(error, "verify_message", "") or error.strerror or str(error) or type(error).__name__
    return Reply(Status.TIMEOUT, reason=f"cannot be reached: {words}")


def _out_of_time(noise: str) -> Reply:
    if noise == "garbage":
        return Reply(Status.MALFORMED, reason="the answer cannot be parsed: it is cut off in the question")
    if noise:
        return Reply(Status.MALFORMED, reason="the answer is to another question")
    return Reply(Status.TIMEOUT, reason="no answer")
