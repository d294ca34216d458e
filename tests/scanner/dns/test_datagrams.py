"""Queries over UDP to a socket of the test, which answers by hand."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from scanner.dns import datagrams
from scanner.dns.answer import Status
from scanner.dns.datagrams import SOCKETS, Datagrams
from scanner.dns.pace import Pace
from scanner.dns.reply import Reply
from scanner.dns.resolvers import Resolver
from scanner.dns.window import Window
from scanner.dns.wire import around, section

Address = tuple[str, int]


@dataclass
class Noted:
    """An asker that notes what came of its queries."""

    answers: dict[int, bytes] = field(default_factory=dict)
    misses: dict[int, Reply] = field(default_factory=dict)
    over: bool = False

    def answered(self, place: int, wire: bytes, spent: float, at: str) -> None:
        assert spent >= 0
        self.answers[place] = wire

    def missed(self, place: int, reply: Reply, spent: float) -> None:
        self.misses[place] = reply

    @property
    def settled(self) -> int:
        return len(self.answers) + len(self.misses)


class Server:
    """A socket that the test reads and writes."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.resolver = Resolver("127.0.0.1", self.socket.getsockname()[1])

    def queries(self) -> list[tuple[bytes, Address]]:
        """What has come since the last time."""
        found = []
        while True:
            try:
                found.append(self.socket.recvfrom(65535))
            except BlockingIOError:
                return found

    def answer(self, query: bytes, client: Address, *, name: str = "", extra: bytes = b"") -> bytes:
        """Sends an empty answer; to a question about another name if it is given."""
        question = query[12:-11] if not name else section(name, 1)
        assert question is not None
        wire = query[:2] + b"\x81\x80\x00\x01\x00\x00\x00\x00\x00\x00" + question + extra
        self.socket.sendto(wire, client)
        return wire


def queries(*names: str) -> list[datagrams.Query]:
    before, behind = around(edns=True)
    made = []
    for place, name in enumerate(names):
        octets = section(name, 1)
        assert octets is not None
        made.append((place, octets, before + octets + behind))
    return made


async def send(asked: Datagrams, asker: Noted, made: list[datagrams.Query], seconds: float) -> None:
    """Sends, and lets the event loop's turn end, when queries go out."""
    asked.send(asker, made, seconds)
    await asyncio.sleep(0)


def run(test: Callable[[Server, Datagrams, Noted], Awaitable[None]], most: int = 1000) -> Datagrams:
    async def bounded() -> Datagrams:
        server = Server()
        under_test = Datagrams(server.resolver, Window(most), Pace("192.0.2.53"))
        try:
            async with asyncio.timeout(30):
                await test(server, under_test, Noted())
        finally:
            under_test.close()
            server.socket.close()
        return under_test

    return asyncio.run(bounded())


async def until(there: Callable[[], bool]) -> None:
    while not there():  # noqa: ASYNC110 - sockets outside of the loop are waited for
        await asyncio.sleep(0)


def test_each_answer_goes_to_its_question() -> None:
    async def test(server: Server, asked: Datagrams, noted: Noted) -> None:
        names = [f"n{number}.test" for number in range(40)]
        await send(asked, noted, queries(*names), 5)
        arrived = server.queries()
        assert len(arrived) == 40
        for query, client in reversed(arrived):
            server.answer(query, client)
        await until(lambda: noted.settled == 40)
        for place, name in enumerate(names):
            octets = section(name, 1)
            assert octets is not None
            assert octets in noted.answers[place]

    assert run(test).dropped == 0


def test_what_is_asked_in_one_turn_goes_out_together() -> None:
    async def test(server: Server, asked: Datagrams, noted: Noted) -> None:
        other = Noted()
        asked.send(noted, queries("a.test", "b.test"), 5)
        asked.send(other, queries("c.test"), 5)
        assert server.queries() == []
        await asyncio.sleep(0)
        arrived = server.queries()
        assert len(arrived) == 3
        for query, client in arrived:
            server.answer(query, client)
        await until(lambda: noted.settled + other.settled == 3)

    run(test)


def test_one_turn_does_not_flood_a_resolver() -> None:
    async def test(server: Server, asked: Datagrams, noted: Noted) -> None:
        await send(asked, noted, queries("first.test"), 5)
        ((query, client),) = server.queries()
        server.answer(query, client)
        await until(lambda: noted.settled == 1)
        asked._window.size = 1000
        askers = [Noted() for _ in range(60)]
        for asker in askers:
            asked.send(asker, queries(*(f"n{number}.test" for number in range(10))), 5)
        seen: list[int] = []
        while sum(seen) < 600:
            await asyncio.sleep(0)
            seen.append(len(server.queries()))
        assert seen == [datagrams._BURST, datagrams._BURST, 600 - 2 * datagrams._BURST]

    run(test)


def test_what_waits_for_a_turn_is_forgotten_when_closed() -> None:
    async def test(server: Server, asked: Datagrams, noted: Noted) -> None:
        asked.send(noted, queries("a.test"), 5)
        asked.close()
        await asyncio.sleep(0)
        assert server.queries() == []

    run(test)


def test_what_answers_took_is_counted_and_what_was_lost() -> None:
    async def test(server: Server, asked: Datagrams, noted: Noted) -> None:
        await send(asked, noted, queries("a.test", "b.test", "c.test"), 0.0)
        server.queries()
        await until(lambda: noted.settled == 3)
        await send(asked, noted, queries("d.test", "e.test"), 5)
        for query, client in server.queries():
            server.answer(query, client)
        await until(lambda: noted.settled == 5)

    pace = run(test).pace
    assert (pace.answered, pace.lost) == (2, 3)
    assert pace.waited > 0
    assert pace.mean is not None
    assert 0 < pace.mean <= pace.longest


def test_ports_and_ids_are_many() -> None:
    async def test(server: Server, asked: Datagrams, noted: Noted) -> None:
        seen: list[tuple[bytes, Address]] = []
        for number in range(64):
            await send(asked, noted, queries(f"n{number}.test"), 5)
            seen += server.queries()
        assert len({client for _, client in seen}) == SOCKETS
        assert len({query[:2] for query, _ in seen}) > 50

    run(test)


@pytest.mark.parametrize(
    ("forge", "reason"),
    [
        (lambda query: query, "no answer"),
        (lambda query: bytes([query[0] ^ 1]) + query[1:2] + b"\x81\x80" + query[4:], "no answer"),
        (
            lambda query: query[:2] + b"\x81\x80" + query[4:12] + b"\x01x" + query[14:],
            "the answer is to another question",
        ),
        (lambda query: query[:2] + b"\x81\x80" + query[4:12] + query[12:].upper(), "the answer is to another question"),
        (lambda query: query[:2] + b"\x81\x80\x00\x02" + query[6:], "the answer is to another question"),
        (lambda query: query[:2] + b"\x81\x80\x00\x01", "cut off in the question"),
        (lambda query: query[:2] + b"\x81\x80" + query[4:15], "cut off in the question"),
        (lambda query: query[:2] + b"\x81\x80" + bytes(8), "cut off in the question"),
        (lambda query: b"", "no answer"),
        (lambda query: query[:1], "no answer"),
    ],
    ids=["query", "id", "question", "case", "two questions", "header", "cut", "header alone", "empty", "octet"],
)
def test_what_answers_nothing_is_dropped_and_counted(forge: Callable[[bytes], bytes], reason: str) -> None:
    async def test(server: Server, asked: Datagrams, noted: Noted) -> None:
        await send(asked, noted, queries("contoso.test"), 0.2)
        ((query, client),) = server.queries()
        server.socket.sendto(forge(query), client)
        await until(lambda: noted.settled == 1)
        assert reason in noted.misses[0].reason
        assert noted.misses[0].status is (Status.TIMEOUT if reason == "no answer" else Status.MALFORMED)

    assert run(test).dropped == 1


def test_an_answer_behind_a_forged_one_counts() -> None:
    async def test(server: Server, asked: Datagrams, noted: Noted) -> None:
        await send(asked, noted, queries("contoso.test"), 5)
        ((query, client),) = server.queries()
        server.answer(query, client, name="stranger.test")
        wire = server.answer(query, client)
        await until(lambda: noted.settled == 1)
        assert noted.answers == {0: wire}

    assert run(test).dropped == 1


def test_what_comes_from_another_port_never_arrives() -> None:
    async def test(server: Server, asked: Datagrams, noted: Noted) -> None:
        await send(asked, noted, queries("contoso.test"), 0.2)
        ((query, client),) = server.queries()
        stranger = Server()
        stranger.answer(query, client)
        await until(lambda: noted.settled == 1)
        stranger.socket.close()
        assert noted.misses[0].status is Status.TIMEOUT

    run(test)


def test_an_error_without_its_question_is_an_answer() -> None:
    async def test(server: Server, asked: Datagrams, noted: Noted) -> None:
        await send(asked, noted, queries("contoso.test"), 5)
        ((query, client),) = server.queries()
        server.socket.sendto(query[:2] + b"\x81\x81" + bytes(8), client)
        await until(lambda: noted.settled == 1)
        assert noted.answers[0][3] & 0xF == 1

    run(test)


def test_an_answer_that_is_too_long_for_udp_is_taken_for_cut() -> None:
    async def test(server: Server, asked: Datagrams, noted: Noted) -> None:
        await send(asked, noted, queries("contoso.test"), 5)
        ((query, client),) = server.queries()
        server.answer(query, client, extra=bytes(5000))
        await until(lambda: noted.settled == 1)
        assert noted.answers[0][2] & 0x02

    run(test)


def test_no_more_are_under_way_than_the_window_allows() -> None:
    async def test(server: Server, asked: Datagrams, noted: Noted) -> None:
        await send(asked, noted, queries(*(f"n{number}.test" for number in range(50))), 20)
        seen = 0
        while seen < 50:
            arrived = server.queries()
            assert len(arrived) <= 7
            for query, client in arrived:
                server.answer(query, client)
            seen += len(arrived)
            await asyncio.sleep(0)
        await until(lambda: noted.settled == 50)
        assert not noted.misses

    run(test, most=7)


def test_the_time_of_those_that_wait_begins_when_they_are_sent() -> None:
    async def test(server: Server, asked: Datagrams, noted: Noted) -> None:
        await send(asked, noted, queries("first.test", "second.test"), 0.2)
        assert len(server.queries()) == 1
        await until(lambda: bool(noted.misses))
        ((query, client),) = server.queries()
        server.answer(query, client)
        await until(lambda: noted.settled == 2)
        assert list(noted.answers) == [1]

    run(test, most=1)


def test_who_has_given_up_is_not_sent_for() -> None:
    async def test(server: Server, asked: Datagrams, noted: Noted) -> None:
        gone = Noted(over=True)
        await send(asked, noted, queries("first.test"), 5)
        await send(asked, gone, queries("gone.test"), 5)
        await send(asked, noted, [(1, *queries("last.test")[0][1:])], 5)
        ((query, client),) = server.queries()
        server.answer(query, client)
        await until(lambda: 0 in noted.answers)
        await asyncio.sleep(0)
        ((query, _),) = server.queries()
        assert b"\x04last" in query

    run(test, most=1)


def test_answers_that_wait_while_we_are_busy_are_not_lost() -> None:
    async def test(server: Server, asked: Datagrams, noted: Noted) -> None:
        await send(asked, noted, queries(*(f"n{number}.test" for number in range(600))), 60)
        while noted.settled < 600:  # and meanwhile the window grows
            for query, client in server.queries():
                server.answer(query, client)
            await asyncio.sleep(0)
        busy = Noted()
        await send(asked, busy, queries(*(f"n{number}.test" for number in range(200))), 0.01)
        arrived = server.queries()
        assert len({client for _, client in arrived}) == 1
        assert len(arrived) == 200
        for query, client in arrived:
            server.answer(query, client)
        time.sleep(0.2)  # noqa: ASYNC251 - what keeps the event loop busy
        await until(lambda: busy.settled == 200)
        assert not busy.misses

    assert run(test).pace.lost == 0


def test_nothing_listens_there() -> None:
    async def test(server: Server, asked: Datagrams, noted: Noted) -> None:
        server.socket.close()
        await send(asked, noted, queries("first.test", "second.test"), 60)
        await until(lambda: noted.settled == 2)
        assert all(reply.reason.startswith("cannot be reached: ") for reply in noted.misses.values())

    run(test)


def test_a_system_that_takes_no_more_is_asked_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(server: Server, asked: Datagrams, noted: Noted) -> None:
        full = [True]
        real = datagrams._Socket.__init__

        def made(one: datagrams._Socket, resolver: Resolver) -> None:
            real(one, resolver)
            one.send = lambda data: _full() if full[0] else one.socket.send(data)

        monkeypatch.setattr(datagrams._Socket, "__init__", made)
        await send(asked, noted, queries("first.test", "second.test"), 5)
        assert server.queries() == []
        full[0] = False
        seen: list[tuple[bytes, Address]] = []
        while len(seen) < 2:
            seen += server.queries()
            await asyncio.sleep(0)
        for query, client in seen:
            server.answer(query, client)
        await until(lambda: noted.settled == 2)
        assert not noted.misses

    run(test)


def _full() -> int:
    raise BlockingIOError
