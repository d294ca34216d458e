"""One exchange of messages with one resolver: UDP with EDNS, TCP where the answer was cut, TLS where it is wanted."""

from __future__ import annotations

import asyncio
import ssl
from typing import Final

import dns.message
import dns.rcode

from scanner.dns.answer import Status
from scanner.dns.datagrams import Datagrams, unreachable
from scanner.dns.https import Https
from scanner.dns.pace import Pace
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

    At most `in_flight` queries are under way to its UDP port at a time; the rest wait their turn. One that is asked over
    TLS or HTTPS has no `datagrams`; `tls` checks its certificate, by default against the system's authorities. `pace` is
    how long it takes.
    """

    def __init__(self, resolver: Resolver, in_flight: int, tls: ssl.SSLContext | None = None) -> None:
        self.resolver = resolver
        self.edns = True
        self.window = Window(in_flight)
        self.pace = Pace(str(resolver))
        self.datagrams: Datagrams | None = None
        self._edns_refusals: float = 0
        self._streams: Streams | Https
        if resolver.way == "https":
            self._streams = Https(resolver.url, tls or ssl.create_default_context())
        elif resolver.way == "tls":
            self._streams = Streams(resolver, tls or ssl.create_default_context(), resolver.host or None)
        else:
            self.datagrams = Datagrams(resolver, self.window, self.pace)
            self._streams = Streams(resolver)

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

    async def over_stream(self, query: Query, *, edns: bool) -> bytes:
        """Over TCP, TLS or HTTPS."""
        return await self._streams.exchange(query, edns=edns)

    async def close(self) -> None:
        if self.datagrams is not None:
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
        datagrams = self._upstream.datagrams
        if datagrams is None:
            outcome = await self._over_stream(edns=edns)
        else:
            outcome = first if first is not None else await self._over_udp(datagrams, edns=edns)
            if isinstance(outcome, bytes) and outcome[2] & _TC:
                outcome = await self._over_stream(edns=edns)
        return parse_message(outcome) if isinstance(outcome, bytes) else outcome

    async def _over_udp(self, datagrams: Datagrams, *, edns: bool) -> bytes | str | Reply:
        asker = _Asker()
        query = (0, self._query.section, self._query.wire(0, edns=edns)[2:])
        datagrams.send(asker, [query], max(self._seconds - self.spent, 0.0))
        outcome, spent = await asker.future
        self.spent += spent
        return outcome

    async def _over_stream(self, *, edns: bool) -> bytes | str | Reply:
        after_udp = f"{_TOO_LONG} " if self._upstream.datagrams is not None else ""
        clock = asyncio.get_running_loop().time
        began = clock()
        answered = False
        try:
            async with asyncio.timeout(self._seconds - self.spent):
                wire = await self._upstream.over_stream(self._query, edns=edns)
            answered = True
        except TimeoutError:
            return Reply(Status.TIMEOUT, reason=f"{after_udp}no answer in time" if after_udp else "no answer")
        except asyncio.IncompleteReadError:
            return f"{after_udp}the connection was closed in the middle of the message"
        except OSError as error:
            if not after_udp:
                return unreachable(error)
            return f"{after_udp}{error.strerror or error or type(error).__name__}"
        finally:
            taken = clock() - began
            self.spent += taken
            if answered:
                self._upstream.pace.heard(1, taken, taken)
            else:
                self._upstream.pace.missed(1, taken)
        if not wire:
            return f"{after_udp}the message answers another question"
        if wire[2] & _TC:
            return f"{after_udp}the message is cut there too"
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
