"""The DNS messages of the usual case, built and read by hand: a hundredth of what a full parser costs.

Only plain messages are read: one question, echoed to the byte; NOERROR or NXDOMAIN; host names of letters, digits,
hyphen, underscore and asterisk; A, AAAA, MX, NS, CNAME, SOA, TXT and SPF records; an empty OPT record. Of everything
else `read` says nothing, and `scanner.dns.reply` reads it with dnspython. What `read` tells is what the latter would
tell: it takes nothing that dnspython refuses (RFC 1035 section 4, RFC 6891 section 6.1). The tests and
`benchmarks/wire_fuzz.py` hold it to that.
"""

from __future__ import annotations

import functools
import socket
import struct
from collections.abc import Callable
from typing import Any, Final

from scanner.dns.answer import Link, Status, chain_fault, text_of_bytes
from scanner.dns.presentation import absolute

__all__ = ["PAYLOAD", "Reading", "around", "read", "section", "type_code"]

PAYLOAD: Final = 1232
"""EDNS buffer size that avoids fragments (DNS Flag Day 2020)."""

Reading = tuple[Status | None, tuple[str, ...], int | None, tuple[Link, ...], bool, tuple[tuple[str, ...], ...] | None]
"""Status, values, TTL, links, AD flag and strings, each as in `scanner.dns.reply.Reply`."""

_A, _NS, _CNAME, _SOA, _MX, _TXT, _AAAA, _OPT, _SPF = 1, 2, 5, 6, 15, 16, 28, 41, 99
_IN: Final = 1
_HEADER: Final = 12
_MAX_TTL: Final = 0x7FFFFFFF
_MAX_DEPTH: Final = 8
"""Compression pointers on the way through one name; dnspython takes 16."""
_MAX_NAMES: Final = 200
"""Names in one message."""
_MAX_NAME: Final = 253
"""Characters of the longest name: 255 octets."""

_FLAGS: Final = 0x0120
"""RD, and AD: we understand the flag (RFC 6840 section 5.7)."""
_CD: Final = 0x0010
_HEADERS: Final = {
    (edns, unchecked): struct.pack("!HHHHH", _FLAGS | (_CD if unchecked else 0), 1, 0, 0, int(edns))
    for edns in (True, False)
    for unchecked in (True, False)
}
_OPT_RECORD: Final = struct.pack("!BHHIH", 0, _OPT, PAYLOAD, 0, 0)
_OPT_START: Final = _OPT_RECORD[:3]

_PLAIN_OCTETS: Final = b"*-0123456789_abcdefghijklmnopqrstuvwxyz"
_FIRST_OCTET: Final = min(_PLAIN_OCTETS)

_read_header: Final = struct.Struct("!HHHHH").unpack_from
_read_record: Final = struct.Struct("!HHIH").unpack_from
_read_life: Final = struct.Struct("!IH").unpack_from
_read_short: Final = struct.Struct("!H").unpack_from
_read_long: Final = struct.Struct("!I").unpack_from
_read_numbers: Final = struct.Struct("!IIIII").unpack_from


class _OddError(Exception):
    """The message is not of the plain kind."""


@functools.lru_cache(maxsize=1024)
def type_code(type_: str) -> int | None:
    """The number of a record type, None where the mnemonic is none."""
    import dns.exception
    import dns.rdatatype

    try:
        return int(dns.rdatatype.from_text(type_))
    except (dns.exception.DNSException, ValueError):
        return None


@functools.lru_cache(maxsize=1024)
def _end_of_section(code: int) -> bytes:
    return struct.pack("!BHH", 0, code, _IN)


def section(name: str, code: int) -> bytes | None:
    """The question section for a name as questions have it; None if the name is not plain."""
    label, dot, parent = name.partition(".")
    try:
        octets = _label(label) + _labels(parent) if dot else _label(label)
    except ValueError:
        return None
    return octets + _end_of_section(code) if len(octets) <= _MAX_NAME + 1 else None


@functools.lru_cache(maxsize=64)
def _labels(text: str) -> bytes:
    """The labels of a name; several names below it are asked in a row, such as those of selectors. Few are at hand, since
    most will not be met again.
    """
    return b"".join(map(_label, text.split(".")))


@functools.lru_cache(maxsize=256)
def _label(text: str) -> bytes:
    """A label with its length; raises ValueError if it is not plain. The labels of mail's names are few."""
    octets = text.encode("ascii")
    if not 0 < len(octets) < 64 or octets.translate(None, _PLAIN_OCTETS):
        raise ValueError(text)
    return bytes([len(octets)]) + octets


def around(*, edns: bool, unchecked: bool = False) -> tuple[bytes, bytes]:
    """What stands between the id and the question of a query with recursion desired, and what behind the question.

    `unchecked` asks a validating resolver for what it would not vouch for (CD, RFC 4035 section 3.2.2).
    """
    return _HEADERS[edns, unchecked], _OPT_RECORD if edns else b""


def read(wire: bytes, name: str, code: int, end_of_question: int) -> Reading | None:
    """What a message says of the plain question that stands between its header and `end_of_question`.

    The caller has seen that the question is the one it sent, to the byte. None: read it with dnspython.
    """
    try:
        return _read(wire, name, code, end_of_question)
    except (_OddError, LookupError, OSError, ValueError, struct.error):
        return None


def _read(wire: bytes, name: str, code: int, at: int) -> Reading | None:
    flags, questions, answers, authorities, additionals = _read_header(wire, 2)
    # QR set, opcode QUERY, not truncated; NOERROR or NXDOMAIN.
    if questions != 1 or flags & 0xFA0F not in _CLEAR:
        return None
    names: _Names = {_HEADER: (name, at, 0)}
    values: list[Any] = []
    links: tuple[Link, ...] = ()
    ttl: int | None = None
    if answers:
        start, (own, reader) = at, _OWN[code]
        ttl = _MAX_TTL
        # As good as always all are of the name asked, told by a pointer, and of the type.
        while len(values) < answers and wire.startswith(own, at):
            lifetime, length = _read_life(wire, at + 6)
            at += 12 + length
            if at > len(wire) or lifetime > _MAX_TTL:
                return None
            ttl = min(ttl, lifetime)
            values.append(reader(wire, at - length, at, names))
        if len(values) < answers:
            values = []
            at, ttl, links = _chain(wire, start, answers, names, code, values)
    delegated = False
    if authorities:
        at, delegated, absence = _authority(wire, at, authorities, names, links[-1].target if links else name)
        ttl = ttl if values else absence
    if additionals:
        # As good as always it is the OPT record alone.
        usual = additionals == 1 and wire[at:] in _USUAL_OPT
        at = len(wire) if usual else _additional(wire, at, additionals, names)
    if at != len(wire):
        return None
    ad = flags & 0x0020 != 0
    if values:
        if flags & 0xF or (code == _CNAME and len(values) > 1):
            return None
        if code in _TEXTS and tuple in map(type, values):
            texts, strings = _texts(values)
            return _NOERROR, texts, ttl, links, ad, strings
        return _NOERROR, tuple(values if len(values) == 1 else sorted(set(values))), ttl, links, ad, None
    serves = flags & 0x0480  # RA or AA
    if flags & 0xF:
        return (_NXDOMAIN, (), ttl, links, ad, None) if ttl is not None or serves else None
    if ttl is not None:
        return _NODATA, (), ttl, links, ad, None
    if links:
        return None, (), None, links, ad, None
    if serves & 0x0080 or (serves and not delegated):
        return _NODATA, (), None, (), ad, None
    return None


_Names = dict[int, tuple[str, int, int]]
"""The names read so far by their places: text, where its own octets end, and the pointers on the way through it.

The question's name stands at the end of the header.
"""


def _chain(
    wire: bytes, at: int, number: int, names: _Names, code: int, values: list[Any]
) -> tuple[int, int | None, tuple[Link, ...]]:
    """Reads an answer section of CNAMEs, each leading to the next, and of records of the type asked behind them."""
    _, reader = _OWN[code]
    links: list[Link] = []
    owner, ttl = names[_HEADER][0], _MAX_TTL
    for _ in range(number):
        name, kind, lifetime, at, end = _record(wire, at, names)
        if name != owner:
            raise _OddError
        if kind == code:
            values.append(reader(wire, at, end, names))
            ttl = min(ttl, lifetime)
        elif kind == _CNAME and not values:
            owner = _host(wire, at, end, names)
            links.append(Link(name, owner, lifetime))
            if chain_fault(links):
                raise _OddError
        else:
            raise _OddError
        at = end
    return at, ttl if values else None, tuple(links)


def _record(wire: bytes, at: int, names: _Names) -> tuple[str, int, int, int, int]:
    """Owner, type, TTL and the bounds of the data of the record at `at`."""
    if wire[at] < 192:
        owner, at = _name(wire, at, len(wire), names)
    else:
        owner, _ = _tail(wire, at, at, names)
        at += 2
    kind, class_, ttl, length = _read_record(wire, at)
    at += 10
    end = at + length
    if class_ != _IN or ttl > _MAX_TTL or end > len(wire):
        raise _OddError
    return owner, kind, ttl, at, end


def _authority(wire: bytes, at: int, number: int, names: _Names, owner: str) -> tuple[int, bool, int | None]:
    """Where the authority section ends; whether it delegates, and the TTL of the absence that its SOA proves."""
    delegated = False
    negative: int | None = None
    for _ in range(number):
        zone, kind, lifetime, at, end = _record(wire, at, names)
        if kind == _SOA:
            rest = _past_name(wire, _past_name(wire, at, end), end)
            if end - rest != 20:
                raise _OddError
            if negative is None and (zone in (owner, ".") or owner.endswith(f".{zone}")):
                minimum = _read_long(wire, rest + 16)[0]
                negative = minimum if minimum < lifetime else lifetime
        elif kind == _NS:
            delegated = True
            if _past_name(wire, at, end) != end:
                raise _OddError
        else:
            raise _OddError
        at = end
    return at, delegated, negative


def _additional(wire: bytes, at: int, number: int, names: _Names) -> int:
    """Where the additional section ends: addresses, and one OPT record that says nothing (RFC 6891 section 6.1.2)."""
    told = False
    for _ in range(number):
        if wire.startswith(_OPT_START, at):
            _, _, extended, length = _read_record(wire, at + 1)
            if told or extended > 0xFFFF or length:
                raise _OddError
            told = True
            at += 11
            continue
        _, kind, _, at, end = _record(wire, at, names)
        if end - at != _ADDRESS_LENGTHS.get(kind):
            raise _OddError
        at = end
    return at


def _name(wire: bytes, at: int, end: int, names: _Names) -> tuple[str, int]:
    """The name at `at`, in lower case, and where what follows it begins; nothing of it may stand behind `end`."""
    first = at
    labels = 0
    length = wire[at]
    while 0 < length < _FIRST_OCTET:
        at += 1 + length
        labels += 1
        length = wire[at]
    if 0 < length < 64:
        raise _OddError  # so long a label could hide in the text
    after = at + 2 if length else at + 1
    if after > end:
        raise _OddError
    tail, depth = _tail(wire, first, at, names) if length else ("", 0)
    if labels:
        # The length octets between the labels become the dots; what is no host name's octet becomes no ASCII.
        text = wire[first + 1 : at].translate(_FOLD).decode("ascii")
        if text.count(".") != labels - 1:
            raise _OddError
        if tail and tail != ".":
            text = f"{text}.{tail}"
        if len(text) > _MAX_NAME:
            raise _OddError
    else:
        text = tail or "."
    names[first] = text, after, depth
    return text, after


def _tail(wire: bytes, first: int, at: int, names: _Names) -> tuple[str, int]:
    """The name that the pointer at `at` leads to, and the pointers on the way; the name it ends begins at `first`.

    A pointer leads back, to octets that end in front of those it belongs to (so dnspython; RFC 1035 is laxer).
    """
    pointer = wire[at]
    target = (pointer & 63) << 8 | wire[at + 1]
    if pointer < 192 or target >= first:
        raise _OddError
    name, end_of_question, _ = names[_HEADER]
    if target < end_of_question:
        place = target - _HEADER
        # In a plain name each length octet stands where the text has the dot in front of the label.
        if place and not (0 < place < len(name) and name[place - 1] == "."):
            raise _OddError
        return name[place:], 1
    if target not in names:
        # Into the middle of a name.
        if len(names) > _MAX_NAMES:
            raise _OddError
        names[target] = _UNREAD
        _name(wire, target, first, names)
    text, after, depth = names[target]
    if after > first or depth == _MAX_DEPTH:
        raise _OddError
    return text, depth + 1


def _past_name(wire: bytes, at: int, end: int) -> int:
    """Where what follows the name at `at` begins; its labels may be of any octets, and are not kept."""
    first = at
    length = wire[at]
    while 0 < length < 64:
        at += 1 + length
        length = wire[at]
    after = at + 2 if length else at + 1
    if after > end:
        raise _OddError
    size = at - first
    for _ in range(_MAX_DEPTH):
        if not length:
            if size > _MAX_NAME + 1:
                raise _OddError
            return after
        target = (length & 63) << 8 | wire[at + 1]
        if length < 192 or not _HEADER <= target < first:
            raise _OddError
        at = target
        length = wire[at]
        while 0 < length < 64:
            at += 1 + length
            length = wire[at]
        if at + (2 if length else 1) > first:
            raise _OddError
        size += at - target
        first = target
    raise _OddError


def _ipv4(wire: bytes, at: int, end: int, names: _Names) -> str:
    return socket.inet_ntoa(wire[at:end])


def _ipv6(wire: bytes, at: int, end: int, names: _Names) -> str:
    return socket.inet_ntop(socket.AF_INET6, wire[at:end])


def _host(wire: bytes, at: int, end: int, names: _Names) -> str:
    name, after = _name(wire, at, end, names)
    if after != end:
        raise _OddError
    return name


def _absolute_host(wire: bytes, at: int, end: int, names: _Names) -> str:
    return absolute(_host(wire, at, end, names))


def _mx(wire: bytes, at: int, end: int, names: _Names) -> str:
    return f"{_read_short(wire, at)[0]} {absolute(_host(wire, at + 2, end, names))}"


def _soa(wire: bytes, at: int, end: int, names: _Names) -> str:
    mname, at = _name(wire, at, end, names)
    rname, at = _name(wire, at, end, names)
    if end - at != 20:
        raise _OddError
    return " ".join((absolute(mname), absolute(rname), *map(str, _read_numbers(wire, at))))


def _text(wire: bytes, at: int, end: int, names: _Names) -> str | tuple[str, tuple[str, ...]]:
    """A text of one string; or a text and its strings (RFC 1035 section 3.3.14)."""
    after = at + 1 + wire[at]
    if after == end:
        return text_of_bytes(wire[at + 1 : end])
    pieces: list[bytes] = []
    while at < end:
        after = at + 1 + wire[at]
        pieces.append(wire[at + 1 : after])
        at = after
    if at != end or not pieces:
        raise _OddError
    return text_of_bytes(b"".join(pieces)), tuple(map(text_of_bytes, pieces))


def _texts(found: list[str | tuple[str, tuple[str, ...]]]) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Texts and their strings, where some have several."""
    if len(found) == 1 and isinstance(found[0], tuple):
        return (found[0][0],), (found[0][1],)
    pairs = sorted({text if isinstance(text, tuple) else (text, (text,)) for text in found})
    return tuple([value for value, _ in pairs]), tuple([pieces for _, pieces in pairs])


# A member of an enumeration costs a look-up each time.
_NOERROR, _NODATA, _NXDOMAIN = Status.NOERROR, Status.NODATA, Status.NXDOMAIN

_Reader = Callable[[bytes, int, int, _Names], Any]
"""Reads a record's data between two places, and raises where it does not fill them."""

_OWN: Final[dict[int, tuple[bytes, _Reader]]] = {
    code: (struct.pack("!HHH", 0xC000 | _HEADER, code, _IN), reader)
    for code, reader in {
        _A: _ipv4,
        _AAAA: _ipv6,
        _CNAME: _absolute_host,
        _MX: _mx,
        _NS: _absolute_host,
        _SOA: _soa,
        _SPF: _text,
        _TXT: _text,
    }.items()
}
"""How a record of the question's own name begins, and what reads its data, by type."""
_TEXTS: Final = frozenset({_TXT, _SPF})
_ADDRESS_LENGTHS: Final = {_A: 4, _AAAA: 16}
_CLEAR: Final = frozenset({0x8000, 0x8003})
_USUAL_OPT: Final = frozenset(
    struct.pack("!BHHIH", 0, _OPT, payload, 0, 0) for payload in (512, 1220, PAYLOAD, 1400, 1410, 1452, 4096, 65494)
)
_UNREAD: Final = ("", 1 << 16, 0)
_FOLD: Final = bytes(
    octet if octet in _PLAIN_OCTETS
    else octet + 32 if octet in b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    else 0x2E if 0 < octet < _FIRST_OCTET
    else 0xFF
    for octet in range(256)
)  # fmt: skip
