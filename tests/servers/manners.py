"""Manners in which a server spoils true answers, for every question alike.

`HARMLESS` lose nothing: a client that knows DNS gets the truth through all of them. Through `SPOILING` the truth may not
be found, and must not be replaced. `FORGING` make answers up, for names that cannot exist too.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable

import dns.edns
import dns.flags
import dns.message
import dns.rcode
from servers.messages import Behaviour, Query, Send, looping, other_question, reply, truncated, upper_case, wrong_id
from servers.world import World

Manner = Callable[[Query, bytes], list[Send]]
"""From a query and the wire of its true answer to what is sent instead."""


def in_manner(manner: Manner, world: World) -> Behaviour:
    return lambda query: manner(query, world.truth(query).to_wire(max_size=65535))


def _code(query: Query, rcode: dns.rcode.Rcode, *codes: int) -> Send:
    options = tuple(dns.edns.EDEOption(dns.edns.EDECode.make(code)) for code in codes)
    return Send(reply(query.message, rcode=rcode, options=options).to_wire())


def _without_edns(query: Query, wire: bytes, refusal: dns.rcode.Rcode) -> list[Send]:
    return [Send(wire)] if query.message.edns < 0 else [_code(query, refusal)]


def _late(query: Query, wire: bytes) -> list[Send]:
    """The first of each question stays unanswered until it is asked again, and is then answered twice."""
    return [Send(wire), Send(wire)] if query.before else []


def _over_tcp(query: Query, wire: bytes) -> list[Send]:
    return [Send(wire if query.tcp else truncated(query))]


def lossy(share: float, seed: int) -> Manner:
    dice = random.Random(seed)
    return lambda query, wire: [] if dice.random() < share else [Send(wire)]


def changing() -> Manner:
    """The truth, with another TTL in every answer, so that no two askers are told the same."""
    seen = 0

    def behave(query: Query, wire: bytes) -> list[Send]:
        nonlocal seen
        seen += 1
        message = dns.message.from_wire(wire)
        for rrset in (*message.answer, *message.authority):
            rrset.ttl = 1000 + seen
        return [Send(message.to_wire(max_size=65535))]

    return behave


def bursts(failing: int, fine: int) -> Manner:
    """SERVFAIL for `failing` queries in a row, the truth for the next `fine`."""
    seen = 0

    def behave(query: Query, wire: bytes) -> list[Send]:
        nonlocal seen
        seen += 1
        return [_code(query, dns.rcode.SERVFAIL) if seen % (failing + fine) < failing else Send(wire)]

    return behave


def limited(a_second: int, above: Callable[[Query], list[Send]]) -> Manner:
    """The truth for so many queries a second, `above` for the others."""
    recent: deque[float] = deque()

    def behave(query: Query, wire: bytes) -> list[Send]:
        now = time.monotonic()
        while recent and recent[0] < now - 1:
            recent.popleft()
        if len(recent) >= a_second:
            return above(query)
        recent.append(now)
        return [Send(wire)]

    return behave


def looping_aliases(query: Query, wire: bytes) -> list[Send]:
    """Every name is an alias of itself: a lie, but one that DNS tells."""
    return [Send(reply(query.message, f"{query.name} 60 IN CNAME {query.name}").to_wire())]


def _two_cnames(query: Query, wire: bytes) -> list[Send]:
    return [
        Send(reply(query.message, f"{query.name} 60 IN CNAME a.test.", f"{query.name} 60 IN CNAME b.test.").to_wire())
    ]


_RECORDS = {
    "A": "198.51.100.7",
    "AAAA": "2001:db8::7",
    "MX": "10 portal.test.",
    "NS": "ns.portal.test.",
    "CNAME": "portal.test.",
    "TXT": '"v=spf1 include:spf.protection.outlook.com -all"',
    "SOA": "ns.portal.test. host.portal.test. 1 2 3 4 5",
}


def _everything(query: Query, wire: bytes) -> list[Send]:
    if query.type not in _RECORDS:
        return [Send(reply(query.message).to_wire())]
    return [Send(reply(query.message, f"{query.name} 60 IN {query.type} {_RECORDS[query.type]}").to_wire())]


def _something_else_each_time(query: Query, wire: bytes) -> list[Send]:
    value = f'"v=spf1 -all {query.label}"' if query.type == "TXT" else _RECORDS.get(query.type, "")
    if query.type == "MX":
        value = f"10 {query.label}.portal.test."
    return [Send(reply(query.message, *([f"{query.name} 60 IN {query.type} {value}"] if value else [])).to_wire())]


def _portal(query: Query, wire: bytes) -> list[Send]:
    """As captive portals do: one address for every name, and nothing else."""
    return _everything(query, wire) if query.type == "A" else [Send(reply(query.message).to_wire())]


def _portal_by_alias(query: Query, wire: bytes) -> list[Send]:
    end = ("portal.test. 60 IN A 198.51.100.7",) if query.type == "A" else ()
    return [Send(reply(query.message, f"{query.name} 60 IN CNAME portal.test.", *end).to_wire())]


def rewriting(world: World) -> Manner:
    """As some access networks do: the truth, but an address for names that do not exist."""

    def behave(query: Query, wire: bytes) -> list[Send]:
        missing = world.truth(query).rcode() == dns.rcode.NXDOMAIN
        return _portal(query, wire) if missing else [Send(wire)]

    return behave


HARMLESS: dict[str, Callable[[], Manner]] = {
    "honest": lambda: lambda q, wire: [Send(wire)],
    "twice": lambda: lambda q, wire: [Send(wire), Send(wire)],
    "late": lambda: _late,
    "forgeries-first": lambda: (
        lambda q, wire: [
            Send(wrong_id(wire)),
            Send(other_question(q)),
            Send(wire, elsewhere=True),
            Send(b"\x00"),
            Send(wire),
        ]
    ),
    "over-tcp": lambda: _over_tcp,
    "formerr-on-edns": lambda: lambda q, wire: _without_edns(q, wire, dns.rcode.FORMERR),
    "badvers": lambda: lambda q, wire: _without_edns(q, wire, dns.rcode.BADVERS),
    "one-servfail-each": lambda: lambda q, wire: [Send(wire) if q.before else _code(q, dns.rcode.SERVFAIL)],
}

SPOILING: dict[str, Callable[[], Manner]] = {
    "silent": lambda: lambda q, wire: [],
    "another-port": lambda: lambda q, wire: [Send(wire, elsewhere=True)],
    "wrong-id": lambda: lambda q, wire: [Send(wrong_id(wire))],
    "wrong-case": lambda: lambda q, wire: [Send(upper_case(wire))],
    "wrong-question": lambda: lambda q, wire: [Send(other_question(q))],
    "truncated": lambda: lambda q, wire: [Send(truncated(q))],
    "garbage-behind": lambda: lambda q, wire: [Send(wire + b"garbage")],
    "garbage": lambda: lambda q, wire: [Send(wire[: len(wire) // 2])],
    "compression-loop": lambda: lambda q, wire: [Send(looping(wire))],
    "tcp-closed": lambda: lambda q, wire: [Send(b"" if q.tcp else truncated(q))],
    "tcp-cut": lambda: lambda q, wire: [Send(wire, short=7) if q.tcp else Send(truncated(q))],
    "tcp-drip": lambda: lambda q, wire: [Send(wire, drip=True) if q.tcp else Send(truncated(q))],
    "servfail": lambda: lambda q, wire: [_code(q, dns.rcode.SERVFAIL)],
    "bogus": lambda: lambda q, wire: [_code(q, dns.rcode.SERVFAIL, 6)],
    "bogus-unexplained": lambda: (
        lambda q, wire: [Send(wire) if q.message.flags & dns.flags.CD else _code(q, dns.rcode.SERVFAIL)]
    ),
    "refused": lambda: lambda q, wire: [_code(q, dns.rcode.REFUSED)],
    "blocked": lambda: lambda q, wire: [_code(q, dns.rcode.NXDOMAIN, 15)],
    "filtered": lambda: lambda q, wire: [_code(q, dns.rcode.NOERROR, 17)],
    "stale-denial": lambda: lambda q, wire: [_code(q, dns.rcode.NXDOMAIN, 19)],
    "bursts": lambda: bursts(9, 5),
    "loss": lambda: lossy(0.3, 1),
    "heavy-loss": lambda: lossy(0.7, 2),
    "refuses-above-10": lambda: limited(10, lambda q: [_code(q, dns.rcode.REFUSED)]),
    "silent-above-10": lambda: limited(10, lambda q: []),
    "two-cnames": lambda: _two_cnames,
    "referral": lambda: (
        lambda q, wire: [Send(reply(q.message, flags=0, authority=("test. 300 IN NS ns.test.",)).to_wire())]
    ),
    "lame": lambda: lambda q, wire: [Send(reply(q.message, flags=0).to_wire())],
    "another-class": lambda: lambda q, wire: [Send(reply(q.message, f'{q.name} 60 CH TXT "chaos"').to_wire())],
}

FORGING: dict[str, Callable[[World], Manner]] = {
    "everything": lambda world: _everything,
    "something-else-each-time": lambda world: _something_else_each_time,
    "portal": lambda world: _portal,
    "portal-by-alias": lambda world: _portal_by_alias,
    "rewriting": rewriting,
    "nothing-anywhere": lambda world: lambda q, wire: [Send(reply(q.message).to_wire())],
}

SECLUDED: Manner = lambda q, wire: [_code(q, dns.rcode.NXDOMAIN)]  # noqa: E731 - as all manners here
"""No name exists: what a resolver says that sees no public DNS. It is believed, and doubted aloud."""
