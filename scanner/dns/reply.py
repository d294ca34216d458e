"""What one DNS message says of a question: strict, and pure.

A message proves presence or absence only if it says so (RFC 2308). What it holds beside the question is ignored, and
what contradicts itself is MALFORMED. Extended errors (RFC 8914) count beside every code: what the resolver blocked is
REFUSED, and an absence that it only remembers (RFC 8767) proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from scanner.dns.answer import Link, Status, chain_fault, several_cnames, text_of_bytes
from scanner.dns.extended import ExtendedError, blocked, extended_errors, stale, words_of
from scanner.dns.presentation import BadFormError, canonical_value

__all__ = ["Reply", "name_text", "parse_message", "read_reply"]

_TEXT_TYPES = (dns.rdatatype.TXT, dns.rdatatype.SPF)
_ENDLESS = 2**31
"""A TTL with the first bit set counts as 0 (RFC 2181 section 8)."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A message's part of an Answer. `status` None: the links lead to `owner`, of which nothing is told: ask on.

    `reason` explains what is unknown, or doubtful of what is known.
    """

    status: Status | None
    values: tuple[str, ...] = ()
    ttl: int | None = None
    links: tuple[Link, ...] = ()
    ad: bool = False
    reason: str = ""
    strings: tuple[tuple[str, ...], ...] | None = None
    errors: tuple[ExtendedError, ...] = ()


def parse_message(wire: bytes) -> dns.message.Message | str:
    """A message, or why it is none."""
    try:
        return dns.message.from_wire(wire, one_rr_per_rrset=True)
    except Exception as error:
        # Hostile octets make dnspython raise more than its own exceptions; each means the same.
        return f"the answer cannot be parsed: {type(error).__name__}"


def name_text(name: dns.name.Name) -> str:
    """A name as questions have it."""
    return name.to_text(omit_final_dot=True).lower()


def read_reply(message: dns.message.Message, name: dns.name.Name, type_: dns.rdatatype.RdataType) -> Reply:
    """What the message says of the question `name` and `type_`, which it was checked to echo."""
    errors = extended_errors(message)
    if errors and blocked(errors):
        return Reply(Status.REFUSED, reason=words_of(errors), errors=errors)
    reply = _read(message, name, type_, errors)
    if errors and stale(errors):
        if reply.status in (Status.NODATA, Status.NXDOMAIN):
            return Reply(Status.SERVFAIL, links=reply.links, reason=words_of(errors), errors=errors)
        return replace(reply, reason=reply.reason or words_of(errors), errors=errors)
    return reply


def _read(
    message: dns.message.Message,
    name: dns.name.Name,
    type_: dns.rdatatype.RdataType,
    errors: tuple[ExtendedError, ...],
) -> Reply:
    rcode = message.rcode()
    records, aliases = _of_interest(message, type_)
    links, owner, fault = _follow(name, records, aliases)
    chain = tuple(links)
    if rcode in (dns.rcode.SERVFAIL, dns.rcode.REFUSED):
        status = Status.SERVFAIL if rcode == dns.rcode.SERVFAIL else Status.REFUSED
        return Reply(status, links=() if fault else chain, reason=words_of(errors), errors=errors)
    if rcode not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return Reply(Status.MALFORMED, reason=f"the answer's code is {dns.rcode.to_text(rcode)}")
    ad = bool(message.flags & dns.flags.AD)
    if fault:
        return Reply(Status.MALFORMED, links=chain, reason=fault)
    found = records.get(owner)
    if found:
        if rcode == dns.rcode.NXDOMAIN:
            return Reply(Status.MALFORMED, links=chain, reason="the answer says NXDOMAIN and has the records")
        return _present(found, type_, chain, ad)
    return _absent(message, owner, chain, ad)


_Records = dict[dns.name.Name, list[tuple[dns.rdata.Rdata, int]]]


def _of_interest(message: dns.message.Message, type_: dns.rdatatype.RdataType) -> tuple[_Records, _Records]:
    """The answer section's records of the type asked, and its CNAMEs, by owner."""
    records: _Records = {}
    aliases: _Records = {}
    for rrset in message.answer:
        if rrset.rdclass != dns.rdataclass.IN:
            continue
        kind = records if rrset.rdtype == type_ else aliases if rrset.rdtype == dns.rdatatype.CNAME else None
        if kind is not None:
            ttl = rrset.ttl if rrset.ttl < _ENDLESS else 0
            kind.setdefault(rrset.name, []).extend((rdata, ttl) for rdata in rrset)
    return records, aliases


def _follow(name: dns.name.Name, records: _Records, aliases: _Records) -> tuple[list[Link], dns.name.Name, str]:
    """The links from `name`, the name they end at, and what is wrong with them."""
    links: list[Link] = []
    owner = name
    while owner not in records and owner in aliases:
        targets = {rdata.target for rdata, _ in aliases[owner]}  # type: ignore[attr-defined]
        if len(targets) > 1:
            return links, owner, several_cnames(len(targets))
        (target,) = targets
        links.append(Link(name_text(owner), name_text(target), min(ttl for _, ttl in aliases[owner])))
        owner = target
        if fault := chain_fault(links):
            return links, owner, fault
    return links, owner, ""


def _present(
    found: list[tuple[dns.rdata.Rdata, int]], type_: dns.rdatatype.RdataType, chain: tuple[Link, ...], ad: bool
) -> Reply:
    ttl = min(ttl for _, ttl in found)
    if type_ in _TEXT_TYPES:
        pairs = sorted({_text_pair(rdata) for rdata, _ in found})
        several = any(len(pieces) != 1 for _, pieces in pairs)
        return Reply(
            Status.NOERROR,
            values=tuple(value for value, _ in pairs),
            ttl=ttl,
            links=chain,
            ad=ad,
            strings=tuple(pieces for _, pieces in pairs) if several else None,
        )
    try:
        values = sorted({canonical_value(dns.rdatatype.to_text(type_), rdata.to_text()) for rdata, _ in found})
    except BadFormError as error:
        return Reply(Status.MALFORMED, links=chain, reason=str(error))
    if type_ == dns.rdatatype.CNAME and len(values) > 1:
        return Reply(Status.MALFORMED, reason=several_cnames(len(values)))
    return Reply(Status.NOERROR, values=tuple(values), ttl=ttl, links=chain, ad=ad)


def _text_pair(rdata: Any) -> tuple[str, tuple[str, ...]]:
    strings: Iterable[bytes] = rdata.strings
    return text_of_bytes(b"".join(strings)), tuple(text_of_bytes(piece) for piece in strings)


def _absent(message: dns.message.Message, owner: dns.name.Name, chain: tuple[Link, ...], ad: bool) -> Reply:
    recursive = bool(message.flags & dns.flags.RA)
    authoritative = bool(message.flags & dns.flags.AA)
    proof, ttl = _negative_ttl(message, owner)
    if message.answer and not chain:
        return Reply(Status.MALFORMED, reason="the answer has records, but none for the question")
    if message.rcode() == dns.rcode.NXDOMAIN:
        if proof or recursive or authoritative:
            return Reply(Status.NXDOMAIN, ttl=ttl, links=chain, ad=ad)
        return Reply(Status.MALFORMED, links=chain, reason="NXDOMAIN from a server that is no authority for it")
    if proof:
        return Reply(Status.NODATA, ttl=ttl, links=chain, ad=ad)
    if chain:
        return Reply(None, links=chain, ad=ad)
    if not recursive:
        if any(rrset.rdtype == dns.rdatatype.NS for rrset in message.authority):
            return Reply(Status.MALFORMED, reason="a referral: the server does not resolve for us")
        if not authoritative:
            return Reply(Status.MALFORMED, reason="empty, from a server that neither resolves nor is an authority")
    return Reply(Status.NODATA, ad=ad)


def _negative_ttl(message: dns.message.Message, owner: dns.name.Name) -> tuple[bool, int | None]:
    """Whether a SOA of a zone that can hold `owner` stands as proof, and for how long (RFC 2308 section 5)."""
    for rrset in message.authority:
        if rrset.rdtype == dns.rdatatype.SOA and rrset.rdclass == dns.rdataclass.IN and owner.is_subdomain(rrset.name):
            minimum: int = rrset[0].minimum
            return True, min(rrset.ttl, minimum)
    return False, None
