"""DNS messages by chance, good ones and damaged ones, and the comparison of the two readers of them.

Everything follows from a `random.Random`, so that a seed is a test case. Names are compressed by chance, in ways that
name servers use and in ways that they could.
"""

from __future__ import annotations

import random
import struct
from dataclasses import dataclass, field
from typing import Literal

import dns.name
import dns.rdatatype

from scanner.dns import wire
from scanner.dns.reply import Reply, parse_message, read_reply

TYPES = ("A", "AAAA", "CNAME", "MX", "NS", "SOA", "SPF", "TXT")
_EMPTY_TYPES = (*TYPES, "TLSA", "DS", "CAA", "SRV", "PTR")
_LABELS = ("a", "mx1", "_dmarc", "selector1", "_domainkey", "contoso", "fabrikam-example-com", "x" * 41, "b2", "*")
_ENDS = ("test", "example", "contoso.com", "fabrikam.com", "mail.protection.outlook.com", "onmicrosoft.com")
_ODD_LABELS = (
    b"a.b",
    b"sp ace",
    b"\x00",
    b"caf\xc3\xa9",
    b'"quo"',
    b"back\\slash",
    b"(x)",
    b"UPPER",
    b"/",
    b"y" * 45,
    b"z" * 63,
    b"1" * 48,
)

Verdict = Literal["equal", "left to dnspython", "refused by both", "taken by ours alone", "different"]


@dataclass
class Message:
    """A response and the question it was made for."""

    name: str
    type: str
    wire: bytes

    @property
    def code(self) -> int:
        return int(dns.rdatatype.from_text(self.type))

    @property
    def section(self) -> bytes:
        made = wire.section(self.name, self.code)
        assert made is not None
        return made


def name_of(chance: random.Random) -> str:
    """A plain name, as questions have it."""
    labels = [chance.choice(_LABELS) for _ in range(chance.randint(0, 4))]
    return ".".join([*labels, chance.choice(_ENDS)])[-240:].lstrip(".")


@dataclass
class Writer:
    """Writes records behind a question, with names compressed as `chance` has it."""

    chance: random.Random
    octets: bytearray
    places: dict[tuple[bytes, ...], int] = field(default_factory=dict)
    odd: float = 0.0

    def name(self, text: str) -> None:
        labels = tuple(text.encode("ascii").split(b".")) if text != "." else ()
        if labels and self.chance.random() < self.odd:
            labels = (self.chance.choice(_ODD_LABELS), *labels[1:])
        for index in range(len(labels)):
            rest = labels[index:]
            place = self.places.get(rest)
            if place is not None and self.chance.random() < 0.9:
                self.octets += struct.pack("!H", 0xC000 | place)
                return
            if len(self.octets) < 0x3FFF:
                self.places.setdefault(rest, len(self.octets))
            self.octets += bytes([len(labels[index])]) + labels[index]
        self.octets.append(0)

    def record(self, owner: str, type_: str, ttl: int, class_: int = 1) -> None:
        self.name(owner)
        self.octets += struct.pack("!HHIH", dns.rdatatype.from_text(type_), class_, ttl, 0)
        start = len(self.octets)
        self.data(type_)
        self.octets[start - 2 : start] = struct.pack("!H", len(self.octets) - start)

    def data(self, type_: str) -> None:
        chance = self.chance
        if type_ == "A":
            self.octets += chance.randbytes(4)
        elif type_ == "AAAA":
            self.octets += chance.choice(
                (chance.randbytes(16), bytes(10) + b"\xff\xff" + chance.randbytes(4), bytes(16))
            )
        elif type_ == "MX":
            self.octets += struct.pack("!H", chance.choice((0, 10, 65535)))
            self.name(chance.choice((name_of(chance), ".")))
        elif type_ in {"NS", "CNAME"}:
            self.name(chance.choice((name_of(chance), name_of(chance), ".")))
        elif type_ == "SOA":
            self.name(name_of(chance))
            self.name(name_of(chance))
            self.octets += struct.pack("!IIIII", *(chance.choice((1, 60, 3600, 2**31, 2**32 - 1)) for _ in range(5)))
        elif type_ in {"TXT", "SPF"}:
            for _ in range(chance.choice((1, 1, 1, 2, 3))):
                text = chance.choice((b"v=spf1 -all", b"", b"caf\xe9 \\ \x07", "größe".encode(), chance.randbytes(255)))
                self.octets += bytes([len(text)]) + text
        else:
            self.octets += chance.randbytes(chance.randint(1, 8))


def message_of(chance: random.Random, *, odd: float = 0.0) -> Message:
    """A response that a name server might give; `odd` is the share of names and shapes that are rare."""
    name, type_ = name_of(chance), chance.choice(TYPES)
    kind = chance.choice(("records", "records", "chain", "chain only", "absent", "absent", "bare"))
    if kind in {"absent", "bare"}:
        type_ = chance.choice(_EMPTY_TYPES)
    if type_ == "CNAME" and kind in {"chain", "chain only"}:
        kind = "records"
    made = Message(name, type_, b"")
    writer = Writer(chance, bytearray(12) + made.section, odd=odd)
    labels = tuple(name.encode("ascii").split(b"."))
    place = 12
    for index, label in enumerate(labels):
        writer.places[labels[index:]] = place
        place += 1 + len(label)
    owner, answers, met = name, 0, {name}
    for _ in range(chance.randint(1, 3) if kind in {"chain", "chain only"} else 0):
        target = name_of(chance)
        while target in met and chance.random() >= odd:
            target = name_of(chance)
        met.add(target)
        _cname(writer, owner, target)
        owner, answers = target, answers + 1
    if kind in {"records", "chain"}:
        number = 1 if type_ == "CNAME" and chance.random() > odd else chance.randint(1, 4)
        for _ in range(number):
            writer.record(owner, type_, chance.choice((0, 60, 3600, 2**31 - 1, 2**31) if odd else (0, 60, 3600)))
        answers += number
    authorities = 0
    if kind in {"absent", "chain only"} and chance.random() < 0.9:
        above = owner.split(".")
        zone = ".".join(above[chance.randrange(len(above)) :]) if chance.random() < 0.9 else "elsewhere.test"
        writer.record(zone, "SOA", chance.choice((5, 300)))
        authorities = 1
    elif chance.random() < 0.3:
        authorities = chance.randint(1, 3)
        for _ in range(authorities):
            writer.record(owner, "NS", 300)
    additionals = _additional(writer, chance, odd)
    flags = 0x8100 | chance.choice((0x0080, 0x0080, 0x00A0, 0x0400, 0x0480, 0x0000))
    if kind in {"absent", "chain only"} and chance.random() < 0.6:
        flags |= 3
    if chance.random() < odd:
        flags |= chance.choice((1, 2, 4, 5, 0x0200, 0x0040, 0x0010))
    writer.octets[:12] = chance.randbytes(2) + struct.pack("!HHHHH", flags, 1, answers, authorities, additionals)
    made.wire = bytes(writer.octets)
    return made


def _cname(writer: Writer, owner: str, target: str) -> None:
    writer.name(owner)
    writer.octets += struct.pack("!HHIH", 5, 1, writer.chance.choice((60, 300)), 0)
    start = len(writer.octets)
    writer.name(target)
    writer.octets[start - 2 : start] = struct.pack("!H", len(writer.octets) - start)


def _additional(writer: Writer, chance: random.Random, odd: float) -> int:
    number = 0
    if chance.random() < 0.2:
        writer.record(name_of(chance), chance.choice(("A", "AAAA")), 60)
        number += 1
    if chance.random() < 0.9:
        payload = chance.choice((512, 1232, 4096, 1111))
        extended = chance.choice((0, 0x8000, 1 << 16, 1 << 24)) if chance.random() < odd else 0
        options = chance.choice((b"", b"\x00\x0f\x00\x02\x00\x16", b"\x00\x03\x00")) if chance.random() < odd else b""
        writer.octets += struct.pack("!BHHIH", 0, 41, payload, extended, len(options)) + options
        number += 1
    if chance.random() < odd:
        writer.record(name_of(chance), chance.choice(("TXT", "MX", "TLSA", "SRV")), 60)
        number += 1
    return number


def damaged(message: Message, chance: random.Random) -> Message:
    """The message with some octets changed, cut off, put in or moved; the question as it was, as far as it goes."""
    octets = bytearray(message.wire)
    end = 12 + len(message.section)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 4))):
        way = chance.randrange(8)
        at = (
            chance.randrange(2, len(octets))
            if chance.random() < 0.3
            else chance.randrange(min(end, len(octets) - 1), len(octets))
        )
        if way <= 2:
            octets[at] = chance.randrange(256)
        elif way == 3:
            octets[at] ^= 1 << chance.randrange(8)
        elif way == 4:
            octets[at : at + 2] = struct.pack("!H", 0xC000 | chance.randrange(len(octets) + 2))
        elif way == 5:
            del octets[at : at + chance.randint(1, 4)]
        elif way == 6:
            octets[at:at] = chance.randbytes(chance.randint(1, 4))
        else:
            count = chance.randrange(4, 12, 2)
            octets[count : count + 2] = struct.pack("!H", chance.randrange(4))
        if len(octets) <= end + 1:
            break
    if chance.random() < 0.1:
        del octets[chance.randrange(12, len(octets) + 1) :]
    if chance.random() < 0.05:
        octets += chance.randbytes(chance.randint(1, 12))
    if len(octets) >= end and chance.random() < 0.97:
        octets[12:end] = message.section
    return Message(message.name, message.type, bytes(octets))


def ours(message: Message) -> Reply | None:
    """What the fast reader says, called as the client does: only where the question is echoed to the octet."""
    end = 12 + len(message.section)
    if message.wire[12:end] != message.section:
        return None
    said = wire.read(message.wire, message.name, message.code, end)
    if said is None:
        return None
    status, values, ttl, links, ad, strings = said
    return Reply(status, values=values, ttl=ttl, links=links, ad=ad, strings=strings)


def theirs(message: Message) -> Reply | None:
    """What dnspython's reader says, None where it takes it for no message."""
    parsed = parse_message(message.wire)
    if isinstance(parsed, str):
        return None
    return read_reply(parsed, dns.name.from_text(message.name), dns.rdatatype.from_text(message.type))


def verdict(message: Message) -> Verdict:
    mine = ours(message)
    other = theirs(message)
    if mine is None:
        return "refused by both" if other is None else "left to dnspython"
    if other is None:
        return "taken by ours alone"
    return "equal" if mine == other else "different"
