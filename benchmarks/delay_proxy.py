"""Stands before a name server on loopback and makes its answers late, over UDP and TCP.

    python benchmarks/delay_proxy.py LISTEN_PORT SERVER_PORT MILLISECONDS

Every client address has a socket of its own to the server, so no message is read or changed. A process of its own, so
that it takes nothing from the event loop that is measured.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections import deque
from collections.abc import Callable

LOOPBACK = "127.0.0.1"
BATCH = 64
BUFFER = 4 << 20
MOST_CLIENTS = 4096


class Datagrams:
    """Forwards queries at once and answers after `delay` seconds, in the order they came."""

    def __init__(self, port: int, server: int, delay: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._server = server
        self._delay = delay
        self._front = _socket()
        self._front.bind((LOOPBACK, port))
        self._clients: dict[tuple[str, int], socket.socket] = {}
        self._late: deque[tuple[float, bytes, tuple[str, int]]] = deque()
        self._waiting = False
        self._loop.add_reader(self._front.fileno(), self._query)

    def _query(self) -> None:
        try:
            for _ in range(BATCH):
                data, client = self._front.recvfrom(65535)
                (self._clients.get(client) or self._client(client)).send(data)
        except OSError:
            return

    def _client(self, client: tuple[str, int]) -> socket.socket:
        if len(self._clients) >= MOST_CLIENTS:
            oldest = self._clients.pop(next(iter(self._clients)))
            self._loop.remove_reader(oldest.fileno())
            oldest.close()
        made = self._clients[client] = _socket()
        made.connect((LOOPBACK, self._server))
        self._loop.add_reader(made.fileno(), self._answer, made, client)
        return made

    def _answer(self, behind: socket.socket, client: tuple[str, int]) -> None:
        due = self._loop.time() + self._delay
        try:
            for _ in range(BATCH):
                self._late.append((due, behind.recv(65535), client))
        except OSError:
            pass
        if self._late and not self._waiting:
            self._waiting = True
            self._loop.call_at(self._late[0][0], self._send)

    def _send(self) -> None:
        now = self._loop.time()
        late, send = self._late, self._front.sendto
        try:
            while late and late[0][0] <= now:
                _, data, client = late.popleft()
                send(data, client)
        except OSError:
            pass  # as networks do, it loses what it cannot send
        self._waiting = bool(late)
        if late:
            self._loop.call_at(late[0][0], self._send)


def _socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        made.setsockopt(socket.SOL_SOCKET, option, BUFFER)
    return made


async def _copy(reader: asyncio.StreamReader, write: Callable[[bytes], None], delay: float) -> None:
    loop = asyncio.get_running_loop()
    while data := await reader.read(65536):
        loop.call_later(delay, write, data)
    await asyncio.sleep(delay)


async def serve(port: int, server: int, delay: float) -> None:
    datagrams = Datagrams(port, server, delay)

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, before = await asyncio.open_connection(LOOPBACK, server)
        tasks = [
            asyncio.create_task(_copy(reader, before.write, 0.0)),
            asyncio.create_task(_copy(behind, writer.write, delay)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            before.close()
            writer.close()

    async with await asyncio.start_server(connection, LOOPBACK, port) as listening:
        await listening.serve_forever()
    del datagrams


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 1000))
