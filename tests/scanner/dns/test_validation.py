"""Answers about signed zones, from a real resolver that validates: secure, insecure, bogus and why."""

from __future__ import annotations

import asyncio

import pytest
from servers.nsd import Nsd
from servers.unbound import Unbound

from scanner.dns.answer import Answer, Question, Status
from scanner.dns.live import LiveSource
from scanner.dns.resolvers import Resolver, parse_resolver

pytestmark = pytest.mark.servers
BOGUS = {
    "damaged.test": "DNSSEC bogus",
    "expired.test": "signature expired",
    "stripped.test": "DNSKEY missing",
}


def ask(resolver: Resolver, name: str, type_: str) -> Answer:
    async def run() -> Answer:
        source = LiveSource([resolver], timeouts=(5, 5, 5))
        (answer,) = await source.ask([Question(name, type_)])
        await source.close()
        assert source.told().doubts == ()
        return answer

    return asyncio.run(run())


def ask_at(server: Unbound | Nsd, name: str, type_: str = "TXT") -> Answer:
    return ask(parse_resolver(server.address), name, type_)


@pytest.mark.parametrize(
    ("name", "type_", "status"),
    [
        ("secure.test", "TXT", Status.NOERROR),
        ("any.wild.secure.test", "TXT", Status.NOERROR),
        ("alias.secure.test", "A", Status.NOERROR),
        ("mail.secure.test", "MX", Status.NODATA),
        ("nothing.secure.test", "TXT", Status.NXDOMAIN),
        ("wild.secure.test", "TXT", Status.NODATA),
    ],
)
def test_what_is_signed_is_secure_present_or_absent(validating: Unbound, name: str, type_: str, status: Status) -> None:
    answer = ask_at(validating, name, type_)
    assert (answer.status, answer.ad) == (status, True)


def test_a_resolver_that_nobody_vouches_for_makes_nothing_secure(validating: Unbound) -> None:
    answer = ask(Resolver("127.0.0.1", validating.port, trusted=False), "secure.test", "TXT")
    assert (answer.status, answer.ad) == (Status.NOERROR, False)


@pytest.mark.parametrize(("name", "status"), [("insecure.test", Status.NOERROR), ("no.insecure.test", Status.NXDOMAIN)])
def test_what_is_not_signed_is_known_and_not_secure(validating: Unbound, name: str, status: Status) -> None:
    answer = ask_at(validating, name)
    assert (answer.status, answer.ad) == (status, False)


@pytest.mark.parametrize("zone", BOGUS)
def test_what_fails_validation_is_unknown_with_the_reason(validating: Unbound, zone: str) -> None:
    answer = ask_at(validating, zone)
    assert (answer.status, answer.values) == (Status.SERVFAIL, ())
    assert answer.reason.startswith("fails DNSSEC validation (extended error ")
    assert BOGUS[zone] in answer.reason


@pytest.mark.parametrize("zone", ["expired.test", "stripped.test"])
def test_absence_that_fails_validation_proves_nothing(validating: Unbound, zone: str) -> None:
    assert ask_at(validating, f"nothing.{zone}").status is Status.SERVFAIL


@pytest.mark.parametrize("zone", BOGUS)
def test_validation_is_found_to_fail_where_the_resolver_does_not_say_so(
    silently_validating: Unbound, zone: str
) -> None:
    answer = ask_at(silently_validating, zone)
    assert (answer.status, answer.values) == (Status.SERVFAIL, ())
    assert answer.reason == "fails DNSSEC validation: the resolver answers only if told not to check"


def test_a_failure_of_another_kind_is_not_blamed_on_validation(silently_validating: Unbound) -> None:
    answer = ask_at(silently_validating, "www.lame.test")
    assert (answer.status, answer.reason) == (Status.SERVFAIL, "")


def test_an_authority_answers_what_it_has_without_vouching_for_it(signing_nsd: Nsd) -> None:
    answer = ask_at(signing_nsd, "damaged.test")
    assert (answer.status, answer.ad, answer.values) == (Status.NOERROR, False, ("v=spf1 mx +all",))
