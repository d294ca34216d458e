"""Queries as a misbehaving server sees them, what it sends, and the messages that are made of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

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
    def label(self) -> str:
        return self.message.question[0].name.labels[0].decode("ascii", "replace")

    @property
    def type(self) -> str:
        return dns.rdatatype.to_text(self.message.question[0].rdtype)


@dataclass(frozen=True)
class Send:
    """Octets to send.

    Over UDP `elsewhere` sends from another port than the one that was asked. Over TCP `drip` sends an octet at a time,
    and `short` leaves out that many octets of the length that was told. No octets close the connection.
    """

    wire: bytes
    elsewhere: bool = False
    drip: bool = False
    short: int = 0


Behaviour = Callable[[Query], list[Send]]


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


def upper_case(wire: bytes) -> bytes:
    """The same message with the question's name in capitals, as no server should echo it."""
    end = 12
    while wire[end]:
        end += wire[end] + 1
    return wire[:12] + wire[12:end].upper() + wire[end:]


def looping(wire: bytes) -> bytes:
    """The same message with the first answer's owner a pointer to itself."""
    end = wire.index(b"\0", 12) + 5
    assert wire[end] & 0xC0
    return wire[:end] + bytes([0xC0 | end >> 8, end & 0xFF]) + wire[end + 2 :]


def wrong_id(wire: bytes) -> bytes:
    return bytes([wire[0] ^ 0xFF, wire[1]]) + wire[2:]


def other_question(query: Query) -> bytes:
    stranger = dns.message.make_query("stranger.test.", query.type, id=query.message.id, use_edns=0)
    return reply(stranger, 'stranger.test. 60 IN TXT "forged"').to_wire()


def chain(query: Query) -> list[str]:
    return [f"{query.name} 60 IN CNAME next.{query.name}"]
