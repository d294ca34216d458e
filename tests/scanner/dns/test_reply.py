"""No octets make reading a reply fail, and what is no whole message proves nothing."""

from __future__ import annotations

import dns.flags
import dns.message
import dns.name
import dns.rdatatype
import dns.rrset
from hypothesis import example, given
from hypothesis import strategies as st

from scanner.dns.answer import Status
from scanner.dns.presentation import canonical_value
from scanner.dns.query import Query, echo_of
from scanner.dns.reply import Reply, parse_message, read_reply

NAME = dns.name.from_text("selector1._domainkey.contoso.com")


def message() -> bytes:
    query = dns.message.make_query(NAME, "TXT", use_edns=0, id=7)
    answer = dns.message.make_response(query)
    answer.flags |= dns.flags.RA
    for line in (
        f"{NAME} 60 IN CNAME target.example.",
        'target.example. 60 IN TXT "v=DKIM1; p=" "abc"',
        "target.example. 60 IN MX 10 mail.example.",
        "example. 300 IN SOA ns.example. host.example. 1 2 3 4 5",
    ):
        owner, ttl, class_, type_, value = line.split(None, 4)
        answer.answer.append(dns.rrset.from_text(owner, int(ttl), class_, type_, value))
    return answer.to_wire()


WHOLE = message()


def read(wire: bytes, type_: dns.rdatatype.RdataType = dns.rdatatype.TXT) -> Reply | str:
    parsed = parse_message(wire)
    return parsed if isinstance(parsed, str) else read_reply(parsed, NAME, type_)


def test_the_whole_message_is_read() -> None:
    reply = read(WHOLE)
    assert isinstance(reply, Reply)
    assert (reply.status, reply.values, reply.strings) == (
        Status.NOERROR,
        ("v=DKIM1; p=abc",),
        (("v=DKIM1; p=", "abc"),),
    )


def test_no_part_of_a_message_proves_anything() -> None:
    for length in range(len(WHOLE)):
        assert isinstance(read(WHOLE[:length]), str)


@given(
    st.lists(st.tuples(st.integers(2, len(WHOLE) - 1), st.integers(0, 255)), max_size=6),
    st.sampled_from([dns.rdatatype.TXT, dns.rdatatype.MX, dns.rdatatype.CNAME, dns.rdatatype.SOA, dns.rdatatype.A]),
)
@example([], dns.rdatatype.CNAME)
def test_a_changed_message_is_read_or_refused(changes: list[tuple[int, int]], type_: dns.rdatatype.RdataType) -> None:
    wire = bytearray(WHOLE)
    for place, octet in changes:
        wire[place] = octet
    reply = read(bytes(wire), type_)
    if isinstance(reply, Reply) and reply.status is Status.NOERROR:
        assert reply.values
        name = dns.rdatatype.to_text(type_)
        assert [canonical_value(name, value) for value in reply.values] == list(reply.values) == sorted(reply.values)
    elif isinstance(reply, Reply):
        assert reply.values == ()
        assert reply.status is not None or reply.links


@given(st.binary(max_size=200))
def test_octets_that_echo_nothing_are_not_ours(wire: bytes) -> None:
    query = Query.of(NAME, dns.rdatatype.TXT)
    if query.section not in wire and len(wire) != 12:
        assert echo_of(wire, int.from_bytes(wire[:2], "big"), query.section) != "ours"


def test_the_echoed_question_is_the_one_that_was_sent_to_the_letter() -> None:
    query = Query.of(NAME, dns.rdatatype.TXT)
    shouted = WHOLE.replace(b"contoso", b"CONTOSO")
    assert echo_of(WHOLE, 7, query.section) == "ours"
    assert echo_of(shouted, 7, query.section) == "other question"
    assert echo_of(WHOLE, 8, query.section) == "unsolicited"
    assert echo_of(WHOLE, 7, Query.of(NAME, dns.rdatatype.MX).section) == "other question"
    assert echo_of(WHOLE[:20], 7, query.section) == "garbage"
