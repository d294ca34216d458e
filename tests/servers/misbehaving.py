"""Name servers that do wrong on purpose: what the first label of the name says (`wrong-id.misbehaving.test`).

One thread serves all sockets; a behaviour is a function that takes a query and says what to send.
"""

from __future__ import annotations

import selectors
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
from servers.daemon import LOOPBACK

ZONE = "misbehaving.test."
SOA = f"{ZONE} 300 IN SOA ns.{ZONE} hostmaster.{ZONE} 1 7200 3600 1209600 77"


@dataclass(frozen=True)
class Query:
    """A query as it came, and how often its name was asked before, this transport counted alone."""

    message: dns.message.Message
    before: int
    tcp: bool

    @property
    def name(self) -> str:
        return self.message.question[0].name.to_text()

    @property
    def type(self) -> str:
        return dns.rdatatype.to_text(self.message.question[0].rdtype)


@dataclass(frozen=True)
class Send:
    """Octets to send; over UDP from another port than the one that was asked, if it says so."""

    wire: bytes
    elsewhere: bool = False


Behaviour = Callable[[Query], list[Send]]


@dataclass
class Misbehaving:
    """`asked` counts queries by (first label, type, "udp" or "tcp"); `edns` by (first label, with EDNS)."""

    port: int
    asked: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    edns: Counter[tuple[str, bool]] = field(default_factory=Counter)

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"


def reply(
    query: dns.message.Message,
    *answer: str,
    authority: tuple[str, ...] = (),
    rcode: dns.rcode.Rcode = dns.rcode.NOERROR,
    flags: int = dns.flags.RA,
    options: tuple[dns.edns.Option, ...] = (),
) -> dns.message.Message:
    """A response with records written as in a zone file, each a record of its own however they repeat."""
    message = dns.message.make_response(query)
    message.flags |= flags
    if not flags & dns.flags.RA:
        message.flags &= ~dns.flags.RA
    if query.edns >= 0:
        message.use_edns(0, 0, 1232, options=list(options))
    message.set_rcode(rcode)
    for section, lines in ((message.answer, answer), (message.authority, authority)):
        for line in lines:
            owner, ttl, class_, type_, value = line.split(None, 4)
            section.append(dns.rrset.from_text(owner, int(ttl), class_, type_, value))
    return message


def fine(query: Query, text: str = "fine") -> bytes:
    """The right answer: one TXT."""
    return reply(query.message, f'{query.name} 60 IN TXT "{text}"').to_wire()


def truncated(query: Query) -> bytes:
    return reply(query.message, flags=dns.flags.RA | dns.flags.TC).to_wire()


def wrong_id(wire: bytes) -> bytes:
    return bytes([wire[0] ^ 0xFF, wire[1]]) + wire[2:]


def other_question(query: Query) -> bytes:
    stranger = dns.message.make_query("stranger.test.", query.type, id=query.message.id, use_edns=0)
    return reply(stranger, 'stranger.test. 60 IN TXT "forged"').to_wire()


def chain(query: Query) -> list[str]:
    return [f"{query.name} 60 IN CNAME next.{query.name}"]


def _over_tcp(then: Callable[[Query], bytes]) -> Behaviour:
    return lambda query: [Send(then(query) if query.tcp else truncated(query))]


def _edns_refused(rcode: dns.rcode.Rcode) -> Behaviour:
    def behave(query: Query) -> list[Send]:
        if query.message.edns < 0:
            return [Send(fine(query))]
        if rcode == dns.rcode.FORMERR:  # as servers do that do not know EDNS: the header alone
            return [Send(query.message.to_wire()[:2] + b"\x81\x81" + bytes(8))]
        return [Send(reply(query.message, rcode=rcode).to_wire())]

    return behave


def _says(**given: object) -> Behaviour:
    return lambda query: [Send(reply(query.message, **given).to_wire())]  # type: ignore[arg-type]


def _late(query: Query) -> list[Send]:
    if query.before == 0:
        _LATE[query.name] = fine(query, "late")
        return []
    return [Send(_LATE[query.name]), Send(fine(query, "in time"))]


_LATE: dict[str, bytes] = {}
_UNREACHABLE = dns.edns.EDEOption(dns.edns.EDECode.NO_REACHABLE_AUTHORITY, "at delegation misbehaving.test")

BEHAVIOURS: dict[str, Behaviour] = {
    "fine": lambda q: [Send(fine(q))],
    "silent": lambda q: [],
    "silent-once": lambda q: [Send(fine(q))] if q.before else [],
    "late": _late,
    # forgeries
    "wrong-id": lambda q: [Send(wrong_id(fine(q, "forged")))],
    "wrong-question": lambda q: [Send(other_question(q))],
    "another-port": lambda q: [Send(fine(q, "forged"), elsewhere=True)],
    "a-query": lambda q: [Send(q.message.to_wire())],
    "forged-first": lambda q: [
        Send(wrong_id(fine(q, "forged"))),
        Send(other_question(q)),
        Send(fine(q, "forged"), elsewhere=True),
        Send(b""),
        Send(b"\x00"),
        Send(fine(q, "true")),
    ],
    # garbage
    "garbage": lambda q: [Send(fine(q)[:-15])],
    "cut-question": lambda q: [Send(fine(q)[:20])],
    "trailing": lambda q: [Send(fine(q) + b"junk")],
    # too long for UDP
    "tcp": _over_tcp(lambda q: fine(q, "over TCP")),
    "tcp-closed": _over_tcp(lambda q: b""),
    "tcp-half": _over_tcp(lambda q: fine(q)[:-5]),
    "tcp-truncated": _over_tcp(truncated),
    "tcp-wrong-question": _over_tcp(other_question),
    # codes
    "servfail": _says(rcode=dns.rcode.SERVFAIL, options=(_UNREACHABLE,)),
    "servfail-once": lambda q: [Send(fine(q) if q.before else reply(q.message, rcode=dns.rcode.SERVFAIL).to_wire())],
    "servfail-chain": lambda q: [Send(reply(q.message, *chain(q), rcode=dns.rcode.SERVFAIL).to_wire())],
    "refused": _says(rcode=dns.rcode.REFUSED),
    "formerr": _says(rcode=dns.rcode.FORMERR),
    "yxdomain": _says(rcode=dns.rcode.YXDOMAIN),
    "no-edns": _edns_refused(dns.rcode.FORMERR),
    "old-edns": _edns_refused(dns.rcode.BADVERS),
    # nothing, told well and badly
    "nodata": _says(authority=(SOA,)),
    "nodata-no-soa": _says(),
    "nodata-authority": _says(flags=dns.flags.AA),
    "nxdomain": _says(rcode=dns.rcode.NXDOMAIN, authority=(SOA,)),
    "nxdomain-no-soa": _says(rcode=dns.rcode.NXDOMAIN),
    "nxdomain-lame": _says(rcode=dns.rcode.NXDOMAIN, flags=0),
    "foreign-soa": _says(authority=("elsewhere.test. 300 IN SOA ns.x. host.x. 1 2 3 4 5",)),
    "referral": _says(flags=0, authority=(f"{ZONE} 300 IN NS ns.{ZONE}",)),
    "lame": _says(flags=0),
    # records
    "ad": lambda q: [
        Send(reply(q.message, f'{q.name} 60 IN TXT "signed"', flags=dns.flags.RA | dns.flags.AD).to_wire())
    ],
    "twice": lambda q: [Send(reply(q.message, f'{q.name} 60 IN TXT "same"', f'{q.name} 40 IN TXT "same"').to_wire())],
    "nxdomain-with-records": lambda q: [
        Send(reply(q.message, f'{q.name} 60 IN TXT "there"', rcode=dns.rcode.NXDOMAIN).to_wire())
    ],
    "other-class": lambda q: [Send(reply(q.message, f'{q.name} 60 CH TXT "chaos"').to_wire())],
    "other-owner": lambda q: [Send(reply(q.message, f'x.{ZONE} 60 IN TXT "not asked"').to_wire())],
    # aliases
    "next": lambda q: [Send(reply(q.message, f'{q.name} 50 IN TXT "at the end"').to_wire())],
    "open-chain": lambda q: [Send(reply(q.message, *chain(q)).to_wire())],
    "open-to-silence": lambda q: [Send(reply(q.message, f"{q.name} 60 IN CNAME silent.{ZONE}").to_wire())],
    "open-loop": lambda q: [Send(reply(q.message, f"{q.name} 60 IN CNAME {q.name}").to_wire())],
    "loop": lambda q: [Send(reply(q.message, *chain(q), f"next.{q.name} 60 IN CNAME {q.name}").to_wire())],
    "nxdomain-chain": lambda q: [
        Send(reply(q.message, *chain(q), rcode=dns.rcode.NXDOMAIN, authority=(SOA,)).to_wire())
    ],
    "nodata-chain": lambda q: [Send(reply(q.message, *chain(q), authority=(SOA,)).to_wire())],
    "two-cnames": lambda q: [Send(reply(q.message, *chain(q), f"{q.name} 60 IN CNAME other.{ZONE}").to_wire())],
    "dname": lambda q: [
        Send(
            reply(
                q.message,
                f"dname.{ZONE} 60 IN DNAME elsewhere.test.",
                f"{q.name} 60 IN CNAME elsewhere.test.",
                'elsewhere.test. 30 IN TXT "moved"',
            ).to_wire()
        )
    ],
}


class _Server:
    def __init__(self, *, tcp: bool) -> None:
        self._selector = selectors.DefaultSelector()
        self._udp, self._listener = _pair()
        self._elsewhere = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._elsewhere.bind((LOOPBACK, 0))
        self._stop, self._stopped = socket.socketpair()
        self._selector.register(self._udp, selectors.EVENT_READ, self._datagram)
        self._selector.register(self._stopped, selectors.EVENT_READ, None)
        if tcp:
            self._listener.listen(64)
            self._selector.register(self._listener, selectors.EVENT_READ, self._connection)
        self._seen: Counter[tuple[str, bool]] = Counter()
        self.told = Misbehaving(self._udp.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    return
                key.data()

    def _datagram(self) -> None:
        wire, client = self._udp.recvfrom(65535)
        for send in self._answers(wire, tcp=False):
            (self._elsewhere if send.elsewhere else self._udp).sendto(send.wire, client)

    def _connection(self) -> None:
        """One message and the connection is closed: what is short of the length told was cut off."""
        connection, _ = self._listener.accept()
        connection.settimeout(5)
        with connection, suppress(OSError):
            wire = _exactly(connection, int.from_bytes(_exactly(connection, 2), "big"))
            for send in self._answers(wire, tcp=True):
                whole = len(send.wire) + (5 if b"tcp-half" in wire else 0)
                connection.sendall((whole.to_bytes(2, "big") + send.wire) if send.wire else b"")

    def _answers(self, wire: bytes, *, tcp: bool) -> list[Send]:
        message = dns.message.from_wire(wire)
        label = message.question[0].name.labels[0].decode("ascii")
        query = Query(message, self._seen[label, tcp], tcp)
        self._seen[label, tcp] += 1
        self.told.asked[label, query.type, "tcp" if tcp else "udp"] += 1
        self.told.edns[label, message.edns >= 0] += 1
        return BEHAVIOURS[label](query)

    def close(self) -> None:
        self._stop.send(b"x")
        self._thread.join()
        for opened in (self._udp, self._listener, self._elsewhere, self._stop, self._stopped):
            opened.close()
        self._selector.close()


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


def _exactly(connection: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        piece = connection.recv(length - len(data))
        if not piece:
            raise OSError("closed")
        data += piece
    return data


@contextmanager
def misbehaving_server(*, tcp: bool = True) -> Iterator[Misbehaving]:
    """Without `tcp` nothing listens on the TCP port."""
    server = _Server(tcp=tcp)
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
        """How many queries have come since the last time."""
        number = 0
        while True:
            try:
                self._socket.recv(65535)
            except BlockingIOError:
                return number
            number += 1


@contextmanager
def silent_server() -> Iterator[Silent]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((LOOPBACK, 0))
        taken.setblocking(False)
        yield Silent(taken)
