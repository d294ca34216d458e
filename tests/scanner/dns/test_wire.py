"""The hand-written reader of messages says what dnspython's says, and takes nothing that dnspython refuses."""

from __future__ import annotations

import random
from collections import Counter

import dns.flags
import dns.message
import dns.name
import dns.rdata
import dns.rdatatype
import dns.rrset
import pytest
from wire_messages import Message, damaged, message_of, ours, theirs, verdict

from scanner.dns import wire
from scanner.dns.answer import Status


def response(question: str, *sections: str, change: bytes | None = None, extra: bytes = b"") -> Message:
    """A message made by dnspython from a question "name type" and its answer, authority and additional sections."""
    name, type_ = question.split()
    made = dns.message.make_response(dns.message.make_query(name, type_, use_edns=0, payload=1232))
    made.flags |= dns.flags.RA
    for number, section in enumerate(sections):
        for line in section.strip().splitlines():
            owner, ttl, class_, kind, value = line.split(None, 4)
            data = dns.rdata.from_text(class_, kind, value, origin=dns.name.root, relativize=False)
            made.sections[number + 1].append(dns.rrset.from_rdata(dns.name.from_text(owner), int(ttl), data))
    return Message(name, type_, made.to_wire() + extra)


class TestQuestions:
    @pytest.mark.parametrize("edns", [True, False])
    @pytest.mark.parametrize(
        ("name", "type_"), [("contoso.com", "MX"), ("_dmarc.a-b.example", "TXT"), ("test", "TLSA")]
    )
    def test_a_query_is_the_one_that_dnspython_builds(self, name: str, type_: str, edns: bool) -> None:
        code = wire.type_code(type_)
        assert code is not None
        section = wire.section(name, code)
        assert section is not None
        before, behind = wire.around(edns=edns)
        built = dns.message.from_wire(b"\x12\x34" + before + section + behind)
        flags = dns.flags.RD | dns.flags.AD
        options: dict[str, int] = {"use_edns": 0, "payload": 1232} if edns else {}
        wanted = dns.message.make_query(name, type_, id=0x1234, flags=flags, **options)
        assert built == wanted
        assert built.to_wire() == wanted.to_wire()
        assert (built.edns, built.payload) == ((0, 1232) if edns else (-1, 0))

    @pytest.mark.parametrize(
        "name",
        [
            "",
            ".",
            "a..b",
            "a.",
            ".a",
            "x" * 64 + ".test",
            "x." * 127 + "yz",
            "Ünicode.test",
            "UPPER.test",
            "a b",
            "a\\.b",
        ],
    )
    def test_a_name_that_is_not_plain_is_left_to_dnspython(self, name: str) -> None:
        assert wire.section(name, 1) is None

    def test_the_longest_name_is_plain(self) -> None:
        name = ("x." * 127)[:-1]
        assert len(name) == 253
        section = wire.section(name, 1)
        assert section is not None
        assert section[:-4] == dns.name.from_text(name).to_wire()

    def test_a_type_that_does_not_exist_has_no_number(self) -> None:
        assert (wire.type_code("MX"), wire.type_code("TYPE65280"), wire.type_code("NONSENSE")) == (15, 65280, None)


class TestWhatItReads:
    @pytest.mark.parametrize(
        "message",
        [
            response("contoso.com MX", "contoso.com 60 IN MX 10 a.contoso.com\ncontoso.com 50 IN MX 5 b.other.example"),
            response("contoso.com TXT", 'contoso.com 60 IN TXT "one" "two"\ncontoso.com 60 IN TXT "a\\\\b caf\\233"'),
            response("contoso.com NS", "contoso.com 60 IN NS ns1.contoso.com\ncontoso.com 60 IN NS ns2.contoso.com"),
            response("contoso.com SOA", "contoso.com 60 IN SOA ns.contoso.com h.contoso.com 1 2 3 4 4294967295"),
            response("contoso.com A", "contoso.com 60 IN A 192.0.2.1\ncontoso.com 60 IN A 192.0.2.1"),
            response("contoso.com AAAA", "contoso.com 60 IN AAAA ::ffff:192.0.2.1\ncontoso.com 60 IN AAAA 2001:db8::"),
            response("a.test CNAME", "a.test 60 IN CNAME b.test"),
            response(
                "a.test A", "a.test 60 IN CNAME b.a.test\nb.a.test 50 IN CNAME a.b.a.test\na.b.a.test 9 IN A 192.0.2.9"
            ),
            response("a.test TLSA", "", "test 300 IN SOA ns.test h.test 1 2 3 4 77"),
            response(
                "a.test TXT", "a.test 60 IN CNAME b.other.test", "other.test 300 IN SOA ns.test h.test 1 2 3 4 77"
            ),
            response("a.test TXT", "a.test 60 IN CNAME b.other.test"),
            response("a.test MX", "a.test 60 IN MX 0 .", "test 60 IN NS ns.test", "ns.test 60 IN A 192.0.2.53"),
        ],
        ids=lambda message: f"{message.name} {message.type}",
    )
    def test_plain_messages_are_read_as_dnspython_reads_them(self, message: Message) -> None:
        assert ours(message) is not None
        assert verdict(message) == "equal"

    def test_messages_by_chance_are_read_as_dnspython_reads_them(self) -> None:
        chance = random.Random(1)  # a test case, no secret
        for _ in range(2000):
            message = message_of(chance)
            other = theirs(message)
            assert other is not None
            if ours(message) is None:
                assert other.status is Status.MALFORMED, message
            else:
                assert verdict(message) == "equal"


class TestWhatItLeaves:
    @pytest.mark.parametrize(
        "message",
        [
            response("a.test A", "a.test 60 IN A 192.0.2.1", extra=b"\x00"),
            response("a.test A", "a.test 60 CH A a. 1"),
            response("a.test A", "b.test 60 IN A 192.0.2.1"),
            response("a.test CNAME", "a.test 60 IN CNAME b.test\na.test 60 IN CNAME c.test"),
            response("a.test A", "a.test 60 IN CNAME b.test\na.test 60 IN CNAME c.test"),
            response("a.test A", "a.test 60 IN CNAME a.test"),
            response("a.test CAA", 'a.test 60 IN CAA 0 issue "ca.test"'),
            response("a.test MX", "a.test 60 IN MX 0 a\\.b.test"),
            response("a.test A", "a.test 2147483648 IN A 192.0.2.1"),
        ],
        ids=["trailing octet", "class", "owner", "two cnames", "two aliases", "loop", "type", "escaped dot", "ttl"],
    )
    def test_what_is_odd_is_left_to_dnspython(self, message: Message) -> None:
        assert ours(message) is None

    @pytest.mark.parametrize(
        ("place", "octets"),
        [
            (2, b"\x01"),  # no response
            (2, b"\x89"),  # another opcode
            (2, b"\x83"),  # truncated
            (3, b"\x82"),  # SERVFAIL
            (4, b"\x00\x02"),
            (6, b"\x00\x02"),
            (8, b"\x00\x01"),
            (10, b"\x00\x00"),
            (10, b"\x00\x02"),
            (24, b"\xc0\x18"),  # a pointer to itself
            (24, b"\xc0\x26"),  # a pointer ahead
            (24, b"\xc0\x0d"),  # a pointer into the middle of a label
            (24, b"\x80\x0c"),  # a label of an unknown kind
            (34, b"\x00\x03"),  # a length that the data does not have
            (34, b"\xff\xff"),
            (40, b"\x01"),  # an OPT record that is not at the root
            (45, b"\x01"),  # an extended code
            (46, b"\x01"),  # another version of EDNS
            (50, b"\x01"),  # options that are not there
        ],
    )
    def test_what_is_damaged_is_left_to_dnspython(self, place: int, octets: bytes) -> None:
        whole = response("a.test A", "a.test 60 IN A 192.0.2.1")
        assert ours(whole) is not None
        changed = whole.wire[:place] + octets + whole.wire[place + len(octets) :]
        assert changed != whole.wire
        assert ours(Message(whole.name, whole.type, changed)) is None

    def test_no_part_of_a_message_is_taken_for_the_whole(self) -> None:
        whole = response(
            "a.test MX", "a.test 60 IN MX 5 b.c.test", "test 60 IN NS ns.test", "ns.test 60 IN A 192.0.2.53"
        )
        assert ours(whole) is not None
        for end in range(len(whole.wire)):
            assert ours(Message(whole.name, whole.type, whole.wire[:end])) is None

    def test_pointers_to_pointers_end(self) -> None:
        """Two thousand pointers, each to the one in front of it: neither an answer nor an error."""
        section = wire.section("a.test", 15)
        assert section is not None
        start = 12 + len(section)
        pointers = b"".join(
            (0xC000 | (start + 14 + 2 * (number - 1) if number else 12)).to_bytes(2, "big") for number in range(2000)
        )
        record = b"\xc0\x0c\x00\x0f\x00\x01\x00\x00\x00\x3c" + (len(pointers) + 2).to_bytes(2, "big") + b"\x00\x05"
        octets = b"\x00\x00\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00" + section + record + pointers
        assert ours(Message("a.test", "MX", octets)) is None


def test_of_damaged_messages_none_is_taken_that_dnspython_refuses() -> None:
    """`benchmarks/wire_fuzz.py` does the same with more of them."""
    chance = random.Random(20_000)
    verdicts: Counter[str] = Counter()
    for _ in range(20_000):
        message = damaged(message_of(chance, odd=0.03), chance)
        if ours(message) is None:
            verdicts["left"] += 1
            continue
        said = verdict(message)
        assert said == "equal", message
        verdicts[said] += 1
    assert verdicts["equal"] > 2000
    assert verdicts["left"] > 10_000
