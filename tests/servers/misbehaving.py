"""A name server that does wrong on purpose, on a loopback port, over UDP and TCP.

What it does is a function from a query to what is sent: by the first label of the name (`servers.behaviours`), or one
manner in which it answers for a whole world (`servers.manners`). One event loop in a thread of its own serves it, so that
what it tells (`Misbehaving`) can be read by the test.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import cast

import dns.flags
import dns.message
import dns.rcode
from servers.behaviours import BEHAVIOURS
from servers.daemon import LOOPBACK
from servers.messages import Behaviour, Query, Send, reply

ROOT_SOA = ". 300 IN SOA ns.root.test. hostmaster.root.test. 1 7200 3600 1209600 60"
DRIP = 0.02
"""Seconds between octets: a message of any use takes longer than a test waits for it."""


@dataclass
class Misbehaving:
    """`asked` counts queries by (first label, type, "udp" or "tcp"); `edns` by (first label, with EDNS); `unchecked`
    those with CD, by first label. Queries that test the server itself are not counted."""

    port: int
    asked: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    edns: Counter[tuple[str, bool]] = field(default_factory=Counter)
    unchecked: Counter[str] = field(default_factory=Counter)

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"


def by_label(query: Query) -> list[Send]:
    return BEHAVIOURS[query.label](query)


def is_trap(name: str) -> bool:
    """One of the questions by which a client tests a resolver itself."""
    return (name.startswith("mailready-") and name.endswith((".invalid.", ".example."))) or name == "example.com."


def honest(query: Query) -> list[Send]:
    """The truth about what `is_trap` tells."""
    if query.name == "example.com.":
        soa = "example.com. 300 IN SOA ns.example.com. host.example.com. 1 7200 3600 1209600 60"
        return [Send(reply(query.message, soa).to_wire())]
    return [Send(reply(query.message, authority=(ROOT_SOA,), rcode=dns.rcode.NXDOMAIN).to_wire())]


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: _Server) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        for send in self._server.answers(data, tcp=False):
            if send.elsewhere:
                self._server.elsewhere.sendto(send.wire, addr)
            else:
                self._transport.sendto(send.wire, addr)


class _Server:
    def __init__(self, behaviour: Behaviour, *, tcp: bool, traps: bool) -> None:
        self._behaviour = behaviour
        self._traps = traps
        self._udp, self._listener = _pair()
        if not tcp:
            self._listener.close()
        self._tcp = tcp
        self.elsewhere = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.elsewhere.bind((LOOPBACK, 0))
        self._seen: Counter[tuple[str, str, bool]] = Counter()
        self.told = Misbehaving(self._udp.getsockname()[1])
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),), daemon=True)
        self._thread.start()
        self._ready.wait()

    async def _serve(self) -> None:
        transport, _ = await self._loop.create_datagram_endpoint(lambda: _Datagrams(self), sock=self._udp)
        listening = await asyncio.start_server(self._connection, sock=self._listener) if self._tcp else None
        self._ready.set()
        await self._stop.wait()
        transport.close()
        if listening is not None:
            listening.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers message after message, until the client closes or an answer is to be cut off."""
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                while True:
                    wire = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
                    for send in self.answers(wire, tcp=True):
                        if not await _sent(writer, send):
                            return
        finally:
            writer.close()

    def answers(self, wire: bytes, *, tcp: bool) -> list[Send]:
        message = dns.message.from_wire(wire)
        name = message.question[0].name.to_text()
        trap = is_trap(name)
        label = message.question[0].name.labels[0].decode("ascii", "replace")
        key = name.lower(), "" if self._behaviour is by_label else str(message.question[0].rdtype), tcp
        query = Query(message, self._seen[key], tcp)
        self._seen[key] += 1
        if not trap:
            self.told.asked[label, query.type, "tcp" if tcp else "udp"] += 1
            self.told.edns[label, message.edns >= 0] += 1
            self.told.unchecked[label] += bool(message.flags & dns.flags.CD)
        return honest(query) if trap and self._traps else self._behaviour(query)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()
        for opened in (self._udp, self._listener, self.elsewhere):
            opened.close()


async def _sent(writer: asyncio.StreamWriter, send: Send) -> bool:
    """Sends over TCP; False where the connection is to be closed."""
    if not send.wire:
        return False
    data = len(send.wire).to_bytes(2, "big") + send.wire
    data = data[: len(data) - send.short]
    if not send.drip:
        writer.write(data)
        await writer.drain()
    for octet in data if send.drip else b"":
        writer.write(bytes([octet]))
        await writer.drain()
        await asyncio.sleep(DRIP)
    return not send.short


def _pair() -> tuple[socket.socket, socket.socket]:
    """A UDP and a TCP socket on one port."""
    while True:
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        udp.bind((LOOPBACK, 0))
        try:
            tcp.bind((LOOPBACK, udp.getsockname()[1]))
        except OSError:
            udp.close()
            tcp.close()
        else:
            return udp, tcp


@contextmanager
def misbehaving_server(
    behaviour: Behaviour = by_label, *, tcp: bool = True, traps: bool = True
) -> Iterator[Misbehaving]:
    """Without `tcp` nothing listens on the TCP port. `traps`: names that cannot exist are told the truth about,
    whatever the behaviour."""
    server = _Server(behaviour, tcp=tcp, traps=traps)
    try:
        yield server.told
    finally:
        server.close()


class Silent:
    """A UDP port that takes queries and never answers."""

    def __init__(self, taken: socket.socket) -> None:
        self._socket = taken
        self.port: int = taken.getsockname()[1]
        self.address = f"{LOOPBACK}:{self.port}"

    def heard(self) -> int:
        """How many queries have come since the last time; those that test the server itself apart."""
        number = 0
        while True:
            try:
                wire = self._socket.recv(65535)
            except BlockingIOError:
                return number
            number += not is_trap(dns.message.from_wire(wire).question[0].name.to_text())


@contextmanager
def silent_server() -> Iterator[Silent]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((LOOPBACK, 0))
        taken.setblocking(False)
        yield Silent(taken)
