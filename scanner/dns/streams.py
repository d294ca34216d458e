"""Queries over TCP or TLS to one resolver: few connections, kept for a while, many queries under way in each (RFC 7766).

Answers may come in any order. A server may close a connection when it likes; a query that was under way in one that had
served others is sent once more, in a connection of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import ssl
from dataclasses import dataclass, field
from typing import Final

from scanner.dns.query import Query, echo_of
from scanner.dns.resolvers import Resolver

__all__ = ["Streams"]

MOST: Final = 64
"""Queries under way to a resolver at a time."""
IDLE: Final = 5.0
"""Seconds that a connection is kept without queries (RFC 7766 section 6.2.3: in the order of seconds)."""


@dataclass(slots=True, eq=False)
class _Stream:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    waiting: dict[int, tuple[bytes, asyncio.Future[bytes]]] = field(default_factory=dict)
    served: int = 0
    task: asyncio.Task[None] | None = None
    idle: asyncio.TimerHandle | None = None


class Streams:
    """Connections to `resolver`, over TLS with a context, whose certificate is for `host` (by default its address)."""

    def __init__(self, resolver: Resolver, tls: ssl.SSLContext | None = None, host: str | None = None) -> None:
        self._resolver = resolver
        self._tls = tls
        self._host = host
        self._shared: _Stream | None = None
        self._streams: set[_Stream] = set()
        self._opening = asyncio.Lock()
        self._slots = asyncio.Semaphore(MOST)

    async def exchange(self, query: Query, *, edns: bool) -> bytes:
        """The answer's octets; none if what came answers something else.

        Raises OSError where there is no connection to be had, IncompleteReadError where it is closed on the way.
        """
        async with self._slots:
            stream = await self._stream()
            fresh = not stream.served and not stream.waiting
            try:
                return await self._ask(stream, query, edns=edns)
            except (asyncio.IncompleteReadError, ConnectionError):
                if fresh:
                    raise
            alone = await self._connect()
            try:
                return await self._ask(alone, query, edns=edns)
            finally:
                self._drop(alone)

    async def close(self) -> None:
        tasks = [stream.task for stream in self._streams if stream.task is not None]
        for stream in list(self._streams):
            self._drop(stream)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _stream(self) -> _Stream:
        async with self._opening:
            if self._shared is None or self._shared not in self._streams:
                self._shared = await self._connect()
            return self._shared

    async def _connect(self) -> _Stream:
        host = (self._host or self._resolver.address) if self._tls else None
        stream = _Stream(
            *await asyncio.open_connection(
                self._resolver.address, self._resolver.port, ssl=self._tls, server_hostname=host
            )
        )
        self._streams.add(stream)
        stream.task = asyncio.create_task(self._read(stream))
        return stream

    async def _ask(self, stream: _Stream, query: Query, *, edns: bool) -> bytes:
        id_ = secrets.randbits(16)
        while id_ in stream.waiting:
            id_ = secrets.randbits(16)
        if stream.idle is not None:
            stream.idle.cancel()
            stream.idle = None
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        stream.waiting[id_] = query.section, future
        wire = query.wire(id_, edns=edns)
        stream.writer.write(len(wire).to_bytes(2, "big") + wire)
        try:
            return await future
        finally:
            stream.waiting.pop(id_, None)
            if not stream.waiting and stream in self._streams:
                stream.idle = asyncio.get_running_loop().call_later(IDLE, self._drop, stream)

    async def _read(self, stream: _Stream) -> None:
        """Hands every message to whom it is for, until the connection ends."""
        error: Exception = ConnectionAbortedError("the connection was closed")
        try:
            while True:
                length = int.from_bytes(await stream.reader.readexactly(2), "big")
                wire = await stream.reader.readexactly(length)
                id_ = int.from_bytes(wire[:2], "big")
                section, future = stream.waiting.get(id_, (b"", None))
                if future is not None and not future.done():
                    stream.served += 1
                    future.set_result(wire if echo_of(wire, id_, section) == "ours" else b"")
        except (OSError, asyncio.IncompleteReadError) as ended:
            error = ended
        finally:
            for _, future in stream.waiting.values():
                if not future.done():
                    future.set_exception(error)
            self._drop(stream)

    def _drop(self, stream: _Stream) -> None:
        self._streams.discard(stream)
        if stream.idle is not None:
            stream.idle.cancel()
        if stream.task is not None and not stream.task.done() and stream.task is not asyncio.current_task():
            stream.task.cancel()
        with contextlib.suppress(RuntimeError):  # the loop may be gone
            stream.writer.transport.abort()
