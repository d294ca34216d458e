"""One exchange of messages with one resolver: UDP with EDNS, TCP where the answer was cut, nothing accepted unasked.

An answer counts only if it comes from the address and port that was asked, to the port that asked, with the id and the
question that were sent (RFC 5452 section 9). What else arrives is dropped, and the wait goes on.
"""

from __future__ import annotations

import asyncio
import errno
import secrets
from dataclasses import dataclass
from typing import Final, cast

import dns.message
import dns.rcode

from scanner.dns.answer import Status
from scanner.dns.patience import Patience
from scanner.dns.query import Query, echo_of
from scanner.dns.reply import Reply, parse_message, read_reply
from scanner.dns.resolvers import Resolver

__all__ = ["Upstream"]

CHANNELS: Final = 8
"""UDP sockets to a resolver, each with a random port: a forger has to guess port and id."""
MAX_TCP: Final = 20
"""TCP connections to a resolver at a time."""

_EDNS_REFUSALS: Final = 3
"""Refusals of EDNS by a resolver that has never taken it, after which it is left out."""
_NEVER: Final = float("-inf")
_NO_EDNS: Final = (dns.rcode.FORMERR, dns.rcode.NOTIMP, dns.rcode.BADVERS)


@dataclass(slots=True)
class _Trace:
    """What happened on the way of an attempt, for the reason where it ends in nothing."""

    noise: str = ""
    truncated: bool = False


class _Channel(asyncio.DatagramProtocol):
    """A connected UDP socket: the kernel drops what comes from elsewhere."""

    def __init__(self) -> None:
        self._transport: asyncio.DatagramTransport | None = None
        self._waiting: dict[int, tuple[bytes, asyncio.Future[bytes], _Trace]] = {}

    @property
    def open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or ConnectionAbortedError(errno.ECONNABORTED, "the socket was closed"))

    def error_received(self, exc: Exception) -> None:
        self._fail(exc)

    def datagram_received(self, data: bytes, addr: object) -> None:
        id_ = int.from_bytes(data[:2], "big")
        section, future, trace = self._waiting.get(id_, _NOBODY)
        if future is None or future.done():
            return
        echo = echo_of(data, id_, section)
        if echo == "ours":
            future.set_result(data)
        elif echo != "unsolicited":
            trace.noise = echo

    def _fail(self, error: Exception) -> None:
        for _, future, _ in self._waiting.values():
            if not future.done():
                future.set_exception(error)

    async def exchange(self, query: Query, trace: _Trace, *, edns: bool) -> bytes:
        """The answer's octets; raises OSError where nothing listens."""
        assert self._transport is not None
        id_ = secrets.randbits(16)
        while id_ in self._waiting:
            id_ = secrets.randbits(16)
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[id_] = (query.section, future, trace)
        try:
            self._transport.sendto(query.wire(id_, edns=edns))
            return await future
        finally:
            del self._waiting[id_]

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


_NOBODY: Final[tuple[bytes, None, _Trace]] = (b"", None, _Trace())


class Upstream:
    """A resolver, its sockets, and whether it takes EDNS.

    At most `in_flight` queries are under way at a time; the rest wait their turn.
    """

    def __init__(self, resolver: Resolver, in_flight: int) -> None:
        self.resolver = resolver
        self._edns = True
        self._edns_refusals: float = 0
        self._channels: list[_Channel] = []
        self._opening = asyncio.Lock()
        self._slots = asyncio.Semaphore(in_flight)
        self._tcp_slots = asyncio.Semaphore(MAX_TCP)

    async def attempt(self, query: Query, seconds: float, patience: Patience) -> Reply:
        """One try, over as soon as anything final comes. Never raises for what the network does."""
        async with self._slots:
            clock = asyncio.get_running_loop().time
            began = clock()
            trace = _Trace()
            try:
                async with asyncio.timeout(min(seconds, patience.left)):
                    reply = await self._ask(query, trace)
            except TimeoutError:
                reply = _out_of_time(trace)
            except OSError as error:
                reply = Reply(Status.TIMEOUT, reason=f"cannot be reached: {_words(error)}")
            patience.left -= clock() - began
        return reply

    async def _ask(self, query: Query, trace: _Trace) -> Reply:
        edns = self._edns
        message = await self._message(query, trace, edns=edns)
        if edns and not isinstance(message, str):
            if message.rcode() in _NO_EDNS:
                message = await self._message(query, trace, edns=False)
                self._refused_edns(message)
            elif message.edns >= 0:
                self._edns_refusals = _NEVER
        if isinstance(message, str):
            return Reply(Status.MALFORMED, reason=message)
        return read_reply(message, query.name, query.type)

    def _refused_edns(self, without: dns.message.Message | str) -> None:
        """Leaves EDNS out from now on where it is the resolver that refuses it, and not some authority behind it.

        Without EDNS there are no extended errors, so that a blocked name would look absent.
        """
        if isinstance(without, str) or without.rcode() in _NO_EDNS:
            return
        self._edns_refusals += 1
        self._edns = self._edns_refusals < _EDNS_REFUSALS

    async def _message(self, query: Query, trace: _Trace, *, edns: bool) -> dns.message.Message | str:
        channel = await self._channel()
        wire = await channel.exchange(query, trace, edns=edns)
        if wire[2] & _TC:
            trace.truncated = True
            try:
                wire = await self._over_tcp(query, edns=edns)
            except TimeoutError:
                raise
            except asyncio.IncompleteReadError:
                return f"{_TOO_LONG} the connection was closed in the middle of the message"
            except OSError as error:
                return f"{_TOO_LONG} {_words(error)}"
            if not wire:
                return f"{_TOO_LONG} the message answers another question"
            if wire[2] & _TC:
                return f"{_TOO_LONG} the message is cut there too"
        return parse_message(wire)

    async def _over_tcp(self, query: Query, *, edns: bool) -> bytes:
        """The message, or no octets if it answers something else (RFC 7766)."""
        async with self._tcp_slots:
            reader, writer = await asyncio.open_connection(self.resolver.address, self.resolver.port)
            try:
                id_ = secrets.randbits(16)
                wire = query.wire(id_, edns=edns)
                writer.write(len(wire).to_bytes(2, "big") + wire)
                answer = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
                return answer if echo_of(answer, id_, query.section) == "ours" else b""
            finally:
                writer.transport.abort()

    async def _channel(self) -> _Channel:
        async with self._opening:
            self._channels = [channel for channel in self._channels if channel.open]
            if len(self._channels) < CHANNELS:
                _, channel = await asyncio.get_running_loop().create_datagram_endpoint(
                    _Channel, remote_addr=(self.resolver.address, self.resolver.port)
                )
                self._channels.append(channel)
                return channel
        return secrets.choice(self._channels)

    def close(self) -> None:
        for channel in self._channels:
            channel.close()
        self._channels = []


_TC: Final = 0x02
_TOO_LONG: Final = "the answer is too long for UDP, and over TCP:"


def _out_of_time(trace: _Trace) -> Reply:
    if trace.truncated:
        return Reply(Status.TIMEOUT, reason=f"{_TOO_LONG} no answer in time")
    if trace.noise == "garbage":
        return Reply(Status.MALFORMED, reason="the answer cannot be parsed: it is cut off in the question")
    if trace.noise:
        return Reply(Status.MALFORMED, reason="the answer is to another question")
    return Reply(Status.TIMEOUT, reason="no answer")


def _words(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
