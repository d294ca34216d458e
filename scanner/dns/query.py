"""A question ready for the wire, and the check that a message answers it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final, Literal

import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype

from scanner.dns.wire import around

__all__ = ["HEADER", "Echo", "Query", "echo_of"]

HEADER: Final = struct.Struct("!HHHHHH")
_BARE: Final = (dns.rcode.FORMERR, dns.rcode.SERVFAIL, dns.rcode.NOTIMP, dns.rcode.REFUSED)


@dataclass(frozen=True, slots=True)
class Query:
    """A question ready for the wire; `unchecked` asks a validating resolver for what it would not vouch for (CD)."""

    name: dns.name.Name
    type: dns.rdatatype.RdataType
    section: bytes
    unchecked: bool = False

    @classmethod
    def of(cls, name: dns.name.Name, type_: dns.rdatatype.RdataType, *, unchecked: bool = False) -> Query:
        wire = name.to_wire()
        assert wire is not None
        return cls(name, type_, wire + struct.pack("!HH", type_, dns.rdataclass.IN), unchecked)

    def wire(self, id_: int, *, edns: bool) -> bytes:
        before, behind = around(edns=edns, unchecked=self.unchecked)
        return id_.to_bytes(2, "big") + before + self.section + behind


Echo = Literal["ours", "unsolicited", "garbage", "other question"]


def echo_of(wire: bytes, id_: int, section: bytes) -> Echo:
    """Whether a message answers the question that was sent with this id; only "ours" may be looked at further."""
    if len(wire) < HEADER.size:
        return "garbage" if wire[:2] == id_.to_bytes(2, "big") else "unsolicited"
    got, flags, questions, *_ = HEADER.unpack_from(wire)
    if got != id_ or not flags & 0x8000 or flags & 0x7800:
        return "unsolicited"
    if questions == 0 and len(wire) == HEADER.size and flags & 0xF in _BARE:
        return "ours"  # servers that cannot read a query return its header alone
    end = HEADER.size + len(section)
    if len(wire) < end:
        return "garbage"
    return "ours" if questions == 1 and wire[HEADER.size : end] == section else "other question"
