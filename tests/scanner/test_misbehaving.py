"""Whole scans through servers that misbehave: what is told is the truth, or unknown. Never absent for a failure."""

from __future__ import annotations

import asyncio
import datetime
import functools
from collections.abc import Callable, Sequence

import pytest
from servers.manners import FORGING, HARMLESS, SECLUDED, SPOILING, Manner, in_manner, looping_aliases
from servers.misbehaving import misbehaving_server
from servers.world import World

from rules.loader import load_library
from rules.results import DomainResult, Target
from scanner.dns.live import LiveSource
from scanner.dns.resolvers import parse_resolver
from scanner.dns.source import Told
from scanner.plan import make_plans
from scanner.scan import ScanOptions, scan_domain, scan_options

PATIENT = (5.0, 5.0, 5.0)
QUICK = (0.2, 0.2, 0.2)
LOST_FIRST = (0.2, 5.0, 5.0)
DOMAINS = ("contoso.com", "fabrikam.com")
"""One in good order, one with faults: neither may look like the other."""


@functools.cache
def world() -> World:
    return World.of_evidence()


@functools.cache
def options() -> ScanOptions:
    plans = make_plans(load_library(), ["onboarding"])
    return scan_options(plans, profile="onboarding", today=datetime.date(2026, 11, 21), timeout=10)


def scan(addresses: Sequence[str], domain: str, timeouts: Sequence[float]) -> tuple[DomainResult, Told]:
    async def run() -> tuple[DomainResult, Told]:
        source = LiveSource([parse_resolver(address) for address in addresses], timeouts=timeouts)
        try:
            return (await scan_domain(Target(domain=domain), source, options())).result, source.told()
        finally:
            await source.close()

    return asyncio.run(run())


def scan_in(manner: Manner, domain: str, timeouts: Sequence[float] = QUICK, *, traps: bool = True) -> DomainResult:
    with misbehaving_server(in_manner(manner, world()), traps=traps) as server:
        return scan([server.address], domain, timeouts)[0]


@functools.cache
def truth(domain: str) -> DomainResult:
    return scan_in(HARMLESS["honest"](), domain, PATIENT)


def statuses(result: DomainResult) -> dict[str, str]:
    return {finding.rule: finding.status for finding in result.findings}


def untrue(result: DomainResult) -> dict[str, tuple[str, str]]:
    """The findings that are neither unknown nor what an honest server makes of them."""
    true = statuses(truth(result.domain))
    return {
        rule: (status, true[rule]) for rule, status in statuses(result).items() if status not in ("unknown", true[rule])
    }


def test_the_world_is_worth_spoiling() -> None:
    good, bad = (set(statuses(truth(domain)).values()) for domain in DOMAINS)
    assert "pass" in good
    assert {"pass", "fail"} <= bad


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("manner", [name for name in HARMLESS if name != "honest"])
def test_what_is_only_odd_changes_nothing(manner: str, domain: str) -> None:
    timeouts = LOST_FIRST if manner == "late" else PATIENT
    result = scan_in(HARMLESS[manner](), domain, timeouts)
    assert statuses(result) == statuses(truth(domain))
    assert result.score == truth(domain).score


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("manner", SPOILING)
def test_what_is_spoilt_is_unknown_and_never_absent(manner: str, domain: str) -> None:
    result = scan_in(SPOILING[manner](), domain)
    assert untrue(result) == {}
    assert {answer.status for answer in result.answers} & {"NODATA", "NXDOMAIN"} <= {
        answer.status for answer in truth(domain).answers
    }
    score = truth(domain).score
    assert result.score.low is not None
    assert result.score.high is not None
    assert score.low is not None
    assert result.score.low <= score.low <= result.score.high
    reasons = [answer.reason for answer in result.answers if answer.status in ("MALFORMED", "TIMEOUT")]
    assert all(reasons)


def test_a_world_of_aliases_of_themselves_has_no_records_and_lacks_none() -> None:
    result = scan_in(looping_aliases, "contoso.com")
    assert {answer.type for answer in result.answers} == {"CNAME"}
    for subject, fact in (("mx", "status"), ("spf", "record"), ("dmarc", "record")):
        assert "CNAME loop at" in result.facts[subject][fact]["unknown"]


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("manner", FORGING)
def test_what_is_made_up_is_unknown(manner: str, domain: str) -> None:
    result = scan_in(FORGING[manner](world()), domain, traps=False)
    assert untrue(result) == {}


@pytest.mark.parametrize("manner", [*FORGING, "secluded"])
def test_one_that_makes_answers_up_is_named_and_gives_way_to_an_honest_one(manner: str) -> None:
    forging: Callable[[World], Manner] = FORGING.get(manner, lambda _: SECLUDED)
    with (
        misbehaving_server(in_manner(forging(world()), world()), traps=False) as forger,
        misbehaving_server(in_manner(HARMLESS["honest"](), world())) as honest,
    ):
        result, told = scan([forger.address, honest.address], "contoso.com", PATIENT)
    assert statuses(result) == statuses(truth("contoso.com"))
    assert {answer.server for answer in result.answers} == {honest.address}
    assert [doubt for doubt in told.doubts if doubt.startswith(f"The resolver {forger.address} ")]
    answers = {resolver.server: resolver.answers for resolver in told.resolvers}
    assert list(answers) == [forger.address, honest.address]
    assert answers[forger.address] == 0
    assert answers[honest.address] > 0


def test_one_that_sees_no_public_dns_is_believed_and_doubted() -> None:
    with misbehaving_server(in_manner(SECLUDED, world()), traps=False) as server:
        result, told = scan([server.address], "contoso.com", PATIENT)
    assert result.facts["domain"]["exists"] is False
    (doubt,) = told.doubts
    assert doubt.startswith(f"The resolver {server.address} says that example.com does not exist")
