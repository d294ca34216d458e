"""Facts that SPF texts alone decide are kept for the next domain with the same texts, and no others are."""

from __future__ import annotations

import re
from typing import Any

import pytest
from spf_worlds import FACTS, M365, ONBOARDING, STATUS, SUGGESTED, answer, zone

from rules.results import Target
from scanner.dns.answer import Status
from scanner.probes import spf

WORLDS = sorted({row[0] for row in (*STATUS, *SUGGESTED)})


def told(domain: str, world: str, faults: dict[tuple[str, str], Status] | None = None) -> Any:
    """The facts of a world in which "@" is this domain."""
    sets = zone(re.sub(r"(?m)^@", domain, world))
    collecting = spf.PROBE.collect(Target(domain=domain), FACTS)
    questions = next(collecting)
    while True:
        try:
            questions = collecting.send([answer(sets, faults or {}, question) for question in questions])
        except StopIteration as end:
            return spf.PROBE.fold(Target(domain=domain), {"spf": end.value}, ONBOARDING).facts


@pytest.fixture(autouse=True)
def nothing_kept():
    spf._found_kept.cache_clear()


def kept() -> int:
    return spf._found_kept.cache_info().hits


@pytest.mark.parametrize("world", WORLDS)
def test_a_domain_is_told_the_same_whatever_domain_with_its_texts_came_before(world: str) -> None:
    alone = told("contoso.com", world)
    spf._found_kept.cache_clear()
    told("fabrikam.com", world)
    assert told("contoso.com", world) == alone


def test_the_facts_of_equal_texts_are_made_once() -> None:
    world = f"@ TXT v=spf1 {M365} include:x.example -all\nx.example TXT v=spf1 ip4:192.0.2.1 -all"
    assert told("contoso.com", world) == told("fabrikam.com", world)
    assert kept() == 1


@pytest.mark.parametrize(
    "other",
    [
        f"@ TXT v=spf1 {M365} include:x.example -all\nx.example TXT v=spf1 ip4:192.0.2.2 -all",
        f"@ TXT v=spf1 {M365} include:x.example -all\nx.example A 192.0.2.1",
        f"@ TXT v=spf1 {M365} include:x.example ~all\nx.example TXT v=spf1 ip4:192.0.2.1 -all",
    ],
)
def test_other_texts_anywhere_below_make_facts_of_their_own(other: str) -> None:
    told("contoso.com", f"@ TXT v=spf1 {M365} include:x.example -all\nx.example TXT v=spf1 ip4:192.0.2.1 -all")
    seen = told("fabrikam.com", other)
    assert kept() == 0
    spf._found_kept.cache_clear()
    assert seen == told("fabrikam.com", other)


@pytest.mark.parametrize(
    "world",
    [
        f"@ TXT v=spf1 a {M365} -all\n@ A 192.0.2.1",
        f"@ TXT v=spf1 {M365} include:fabrikam.com -all\nfabrikam.com TXT v=spf1 -all",
        f"@ TXT v=spf1 {M365} include:%{{d}} -all",
        f"@ TXT v=spf1 {M365}, -all",
        f"@ TXT v=spf1 {M365} -all\n@ TXT v=spf1 -all",
        "@ TXT MS=ms12345678",
    ],
)
def test_what_hosts_names_or_mending_decide_is_never_kept(world: str) -> None:
    told("fabrikam.com", world)
    told("fabrikam.com", world)
    assert kept() == 0


def test_a_failed_answer_is_told_with_its_own_reason() -> None:
    world = f"@ TXT v=spf1 {M365} include:x.example -all\nx.example TXT v=spf1 ip4:192.0.2.1 -all"
    told("contoso.com", world)
    failed = told("fabrikam.com", world, {("x.example", "TXT"): Status.SERVFAIL})
    assert "SERVFAIL" in failed.lookups.reason
    assert kept() == 0
