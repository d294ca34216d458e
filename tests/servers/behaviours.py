"""What a misbehaving server does for each name, by its first label (`wrong-id.misbehaving.test`)."""

from __future__ import annotations

from collections.abc import Callable

import dns.edns
import dns.flags
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.TXT
import dns.rrset
from servers.messages import (
    SOA,
    ZONE,
    Behaviour,
    Query,
    Send,
    chain,
    fine,
    looping,
    other_question,
    reply,
    truncated,
    upper_case,
    wrong_id,
)


def _over_tcp(then: Callable[[Query], Send]) -> Behaviour:
    return lambda query: [then(query) if query.tcp else Send(truncated(query))]


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


def _explained(code: int, text: str = "", **given: object) -> Behaviour:
    return _says(options=(dns.edns.EDEOption(dns.edns.EDECode.make(code), text),), **given)


def _validates(query: Query) -> list[Send]:
    """As a resolver that cannot validate the name and does not say why."""
    if query.message.flags & dns.flags.CD:
        return [Send(fine(query, "not to be believed"))]
    return [Send(reply(query.message, rcode=dns.rcode.SERVFAIL).to_wire())]


def _recovers(query: Query) -> list[Send]:
    """Fails twice, then answers: a burst that looks like a failing validation to who asks once more without it."""
    return [Send(fine(query) if query.before > 1 else reply(query.message, rcode=dns.rcode.SERVFAIL).to_wire())]


def _record(text: str, ttl: int = 60, **given: object) -> Behaviour:
    return lambda query: _says_one(query, f"{query.name} {ttl} IN {text}", given)


def _says_one(query: Query, record: str, given: dict[str, object]) -> list[Send]:
    return [Send(reply(query.message, record, **given).to_wire())]  # type: ignore[arg-type]


def _huge(query: Query) -> Send:
    """One TXT of nearly 64 KB, as much as a message holds."""
    message = reply(query.message)
    message.answer.append(dns.rrset.from_rdata(query.message.question[0].name, 60, HUGE))
    return Send(message.to_wire(max_size=65535))


HUGE = dns.rdtypes.ANY.TXT.TXT(dns.rdataclass.IN, dns.rdatatype.TXT, [b"x" * 255] * 255)


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
    "compression-loop": lambda q: [Send(looping(fine(q)))],
    "trailing": lambda q: [Send(fine(q) + b"junk")],
    # odd, and right
    "answered-twice": lambda q: [Send(fine(q)), Send(fine(q, "again"))],
    "wrong-case": lambda q: [Send(upper_case(fine(q)))],
    # too long for UDP
    "huge": _over_tcp(_huge),
    "tcp-drip": _over_tcp(lambda q: Send(fine(q), drip=True)),
    "tcp": _over_tcp(lambda q: Send(fine(q, "over TCP"))),
    "tcp-closed": _over_tcp(lambda q: Send(b"")),
    "tcp-half": _over_tcp(lambda q: Send(fine(q), short=5)),
    "tcp-truncated": _over_tcp(lambda q: Send(truncated(q))),
    "tcp-wrong-question": _over_tcp(lambda q: Send(other_question(q))),
    # codes
    "servfail": _says(rcode=dns.rcode.SERVFAIL, options=(_UNREACHABLE,)),
    "servfail-once": lambda q: [Send(fine(q) if q.before else reply(q.message, rcode=dns.rcode.SERVFAIL).to_wire())],
    "servfail-chain": lambda q: [Send(reply(q.message, *chain(q), rcode=dns.rcode.SERVFAIL).to_wire())],
    "bogus-unexplained": _validates,
    "servfail-burst": _recovers,
    "bogus": _explained(6, rcode=dns.rcode.SERVFAIL),
    "signature-expired": _explained(7, "signature of <b>\x1b[31m", rcode=dns.rcode.SERVFAIL),
    "new-code": _explained(4711, rcode=dns.rcode.SERVFAIL),
    "blocked-nxdomain": _explained(15, "by list 7", rcode=dns.rcode.NXDOMAIN, authority=(SOA,)),
    "censored-nodata": _explained(16, authority=(SOA,)),
    "filtered-record": _record("TXT forged", options=(dns.edns.EDEOption(dns.edns.EDECode.FILTERED),)),
    "prohibited": _explained(18, rcode=dns.rcode.REFUSED),
    "stale": _record("TXT old", ttl=30, options=(dns.edns.EDEOption(dns.edns.EDECode.STALE_ANSWER),)),
    "stale-nodata": _explained(3, authority=(SOA,)),
    "stale-nxdomain": _explained(19, rcode=dns.rcode.NXDOMAIN, authority=(SOA,)),
    "refused": _says(rcode=dns.rcode.REFUSED),
    "formerr": _says(rcode=dns.rcode.FORMERR),
    "yxdomain": _says(rcode=dns.rcode.YXDOMAIN),
    "no-edns": _edns_refused(dns.rcode.FORMERR),
    "old-edns": _edns_refused(dns.rcode.BADVERS),
    # nothing, told well and badly
    "nodata": _says(authority=(SOA,)),
    "nodata-expired": _says(authority=(SOA.replace(" 300 IN", " 0 IN"),)),
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
    "ttl-zero": _record("TXT now", ttl=0),
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
    "dname-alone": lambda q: [Send(reply(q.message, f"{ZONE} 60 IN DNAME elsewhere.test.").to_wire())],
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
