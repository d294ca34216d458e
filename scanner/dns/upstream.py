"""One exchange of messages with one resolver: UDP with EDNS, TCP where the answer was cut, TLS where it is wanted."""

from __future__ import annotations

import asyncio
from typing import Final

import dns.message
import dns.rcode

from scanner.dns.answer import Status
from scanner.dns.datagrams import Datagrams
from scanner.dns.patience import Patience
from scanner.dns.query import Query
from scanner.dns.reply import Reply, parse_message, read_reply
from scanner.dns.resolvers import Resolver
from scanner.dns.streams import Streams
from scanner.dns.window import Window

__all__ = ["Upstream"]

_EDNS_REFUSALS: Final = 3
"""Refusals of EDNS by a resolver that has never taken it, after which it is left out."""
_NEVER: Final = float("-inf")
_NO_EDNS: Final = (dns.rcode.FORMERR, dns.rcode.NOTIMP, dns.rcode.BADVERS)
_TC: Final = 0x02
_TOO_LONG: Final = "the answer is too long for UDP, and over TCP:"


class Upstream:
    """A resolver, the ways to it, and whether it takes EDNS.

    At most `in_flight` queries are under way at a time; the rest wait their turn.
    """

    def __init__(self, resolver: Resolver, in_flight: int) -> None:
        self.resolver = resolver
        self.edns = True
        self.window = Window(in_flight)
        self.datagrams = Datagrams(resolver, self.window)
        self._streams = Streams(resolver)
        self._edns_refusals: float = 0

    async def attempt(self, query: Query, seconds: float, patience: Patience, *, first: bytes | None = None) -> Reply:
        """One try, over as soon as anything final comes. Never raises for what the network does.

        `first` are the octets of an answer that has come already, over UDP, with EDNS if that is asked for.
        """
        course = _Attempt(self, query, min(seconds, patience.left))
        try:
            return await course.run(first)
        finally:
            patience.left -= course.spent

    def takes_edns(self) -> None:
        self._edns_refusals = _NEVER

    def refuses_edns(self) -> None:
        """Leaves EDNS out from now on where it is the resolver that refuses it, and not some authority behind it.

        Without EDNS there are no extended errors, so that a blocked name would look absent.
        """
        self._edns_refusals += 1
        self.edns = self._edns_refusals < _EDNS_REFUSALS

    async def over_tcp(self, query: Query, *, edns: bool) -> bytes:
        return await self._streams.exchange(query, edns=edns)

    async def close(self) -> None:
        self.datagrams.close()
        await self._streams.close()


class _Attempt:
    """One try at one question, within `seconds`; `spent` are those gone, not counting the wait for a free slot."""

    def __init__(self, upstream: Upstream, query: Query, seconds: float) -> None:
        self.spent = 0.0
        self._upstream = upstream
        self._query = query
        self._seconds = seconds

    async def run(self, first: bytes | None) -> Reply:
        edns = self._upstream.edns
        message = await self._message(edns=edns, first=first)
        if edns and isinstance(message, dns.message.Message):
            if message.rcode() in _NO_EDNS:
                message = await self._message(edns=False)
                if isinstance(message, dns.message.Message) and message.rcode() not in _NO_EDNS:
                    self._upstream.refuses_edns()
            elif message.edns >= 0:
                self._upstream.takes_edns()
        if isinstance(message, Reply):
            return message
        if isinstance(message, str):
            return Reply(Status.MALFORMED, reason=message)
        return read_reply(message, self._query.name, self._query.type)

    async def _message(self, *, edns: bool, first: bytes | None = None) -> dns.message.Message | str | Reply:
        """A message, why it is none, or the reply that stands for an exchange which came to nothing."""
        wire = first if first is not None else await self._over_udp(edns=edns)
        if isinstance(wire, Reply):
            return wire
        if wire[2] & _TC:
            whole = await self._over_tcp(edns=edns)
            return parse_message(whole) if isinstance(whole, bytes) else whole
        return parse_message(wire)

    async def _over_udp(self, *, edns: bool) -> bytes | Reply:
        asker = _Asker()
        query = (0, self._query.section, self._query.wire(0, edns=edns)[2:])
        self._upstream.datagrams.send(asker, [query], max(self._seconds - self.spent, 0.0))
        outcome, spent = await asker.future
        self.spent += spent
        return outcome

    async def _over_tcp(self, *, edns: bool) -> bytes | str | Reply:
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            async with asyncio.timeout(self._seconds - self.spent):
                wire = await self._upstream.over_tcp(self._query, edns=edns)
        except TimeoutError:
            return Reply(Status.TIMEOUT, reason=f"{_TOO_LONG} no answer in time")
        except asyncio.IncompleteReadError:
            return f"{_TOO_LONG} the connection was closed in the middle of the message"
        except OSError as error:
            return f"{_TOO_LONG} {error.strerror or error or type(error).__name__}"
        finally:
            self.spent += clock() - began
        if not wire:
            return f"{_TOO_LONG} the message answers another question"
        if wire[2] & _TC:
            return f"{_TOO_LONG} the message is cut there too"
        return wire


class _Asker:
    """Waits for one query."""

    def __init__(self) -> None:
        self.future: asyncio.Future[tuple[bytes | Reply, float]] = asyncio.get_running_loop().create_future()

    @property
    def over(self) -> bool:
        return self.future.done()

    def answered(self, place: int, wire: bytes, spent: float, at: str) -> None:
        if not self.future.done():
            self.future.set_result((wire, spent))

    def missed(self, place: int, reply: Reply, spent: float) -> None:
        if not self.future.done():
            self.future.set_result((reply, spent))
