"""How many addresses an SPF tree lets pass, held to an evaluation address by address."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spf_worlds import facts

from rules.facts import Unknown
from scanner.dns.answer import Status
from scanner.probes.spf_addresses import _first_come, _union

OK = "ok.example TXT v=spf1 ip4:203.0.113.0/28 ~all"


@pytest.mark.parametrize(
    ("world", "count"),
    [
        ("@ TXT v=spf1 -ip4:192.0.2.0/25 ip4:192.0.2.0/24 -all", 128),
        ("@ TXT v=spf1 ?ip4:192.0.2.0/25 ip4:192.0.2.0/24 -all", 128),
        ("@ TXT v=spf1 ~ip4:192.0.2.0/25 ip4:192.0.2.0/24 -all", 128),
        ("@ TXT v=spf1 ip4:192.0.2.0/24 -ip4:192.0.2.0/25 -all", 256),
        ("@ TXT v=spf1 ip4:192.0.2.128/26 -ip4:192.0.2.128/25 ip4:192.0.2.0/24 -all", 192),
        ("@ TXT v=spf1 -a ip4:192.0.2.0/24 -all\n@ A 192.0.2.7", 255),
        ("@ TXT v=spf1 -mx/30 ip4:192.0.2.0/24 -all\n@ MX 0 m.example.\nm.example A 192.0.2.7", 252),
        (f"@ TXT v=spf1 -include:ok.example ip4:203.0.113.0/24 -all\n{OK}", 240),
        (f"@ TXT v=spf1 include:ok.example ip4:203.0.113.0/24 -all\n{OK}", 256),
        (f"@ TXT v=spf1 -ip4:203.0.113.0/29 redirect=ok.example\n{OK}", 8),
        ("@ TXT v=spf1 include:x.example -all\nx.example TXT v=spf1 -ip4:203.0.113.0/29 ip4:203.0.113.0/28 -all", 8),
        # What an include refuses is not refused by the record that includes it: later terms decide (section 5.2).
        ("@ TXT v=spf1 include:x.example ip4:203.0.113.0/28 -all\nx.example TXT v=spf1 -ip4:203.0.113.0/29 ip4:198.51.100.1 -all", 17),
        ("@ TXT v=spf1 -ip4:192.0.2.0/24 +all", 2**32 - 256),
        ("@ TXT v=spf1 include:x.example -all\nx.example TXT v=spf1 +all", 2**32),
        ("@ TXT v=spf1 a/0 -all\n@ A 192.0.2.1", 2**32),
        ("@ TXT v=spf1 -all ip4:192.0.2.1", 0),
        ("@ TXT v=spf1 include:contoso.com ip4:192.0.2.1 -all", 1),
    ],
)  # fmt: skip
def test_the_first_term_that_matches_decides_for_each_address(world: str, count: int) -> None:
    assert facts(world)["addresses"] == count


@pytest.mark.parametrize(
    ("record", "known"),
    [
        ("v=spf1 -a:m.example ip4:192.0.2.0/24 -all", None),
        ("v=spf1 ip4:192.0.2.0/24 -a:m.example -all", 256),
        ("v=spf1 a:m.example ip4:192.0.2.0/24 -all", None),
        ("v=spf1 a:m.example +all", 2**32),
        ("v=spf1 -a:m.example +all", None),
        ("v=spf1 include:x.example -all", None),
        ("v=spf1 -include:x.example -all", 0),
    ],
)
def test_a_host_that_is_not_known_hides_the_number_where_it_can_change_it(record: str, known: int | None) -> None:
    lost = {("m.example", "A"): Status.SERVFAIL, ("m.example", "AAAA"): Status.SERVFAIL}
    world = f"@ TXT {record}\nx.example TXT v=spf1 -a:m.example ip4:192.0.2.0/24 -all"
    found = facts(world, faults=lost)["addresses"]
    assert found == known if known is not None else isinstance(found, Unknown)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 20), st.booleans()), max_size=12))
def test_the_sweep_finds_what_trying_each_address_finds(terms: list[tuple[int, int, bool]]) -> None:
    found = [(first, first + length, place, passes) for place, (first, length, passes) in enumerate(terms)]
    expected = set()
    for address in range(70):
        deciding = next((passes for first, last, _, passes in found if first <= address <= last), False)
        if deciding:
            expected.add(address)
    swept = _first_come(list(found))
    assert {address for first, last in swept for address in range(first, last + 1)} == expected
    assert sum(last - first + 1 for first, last in swept) == len(expected)
    assert all(one[1] + 1 < other[0] for one, other in itertools.pairwise(swept))


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 6)), max_size=8))
def test_where_every_term_lets_pass_the_union_is_what_the_sweep_finds(spans: list[tuple[int, int]]) -> None:
    ranges = [(first, first + length) for first, length in spans]
    assert _union(list(ranges)) == _first_come([(*each, place, True) for place, each in enumerate(ranges)])
