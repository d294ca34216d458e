"""Signs of another view of a domain than the world has, and the patience of one domain."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractContextManager

import pytest
from servers.messages import Query, Send, fine, reply, truncated
from servers.misbehaving import Misbehaving, Silent, misbehaving_server

from rules.results import ResolverUse
from scanner.dns.answer import Answer, Question, Status
from scanner.dns.doubts import PrivateAddresses, differing
from scanner.dns.live import LiveSource
from scanner.dns.patience import Patience, PatientSource
from scanner.dns.reply import Reply
from scanner.dns.resolvers import parse_resolver
from scanner.dns.source import Told

ABSENT = Reply(Status.NXDOMAIN)


def servers(*hosts: str) -> Reply:
    return Reply(Status.NOERROR, values=hosts)


def told(addresses: Sequence[str], *questions: tuple[str, str]) -> tuple[list[Answer], Told]:
    async def run() -> tuple[list[Answer], Told]:
        source = LiveSource([parse_resolver(address) for address in addresses], timeouts=(1, 1, 1))
        answers = await source.ask([Question(*question) for question in questions])
        await source.close()
        return answers, source.told()

    return asyncio.run(run())


class TestPrivateAddresses:
    @pytest.mark.parametrize(
        "address",
        ["10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "169.254.1.1", "fd00::1", "fe80::1"],
    )
    def test_a_private_address_is_a_doubt_that_names_it(self, address: str) -> None:
        seen = PrivateAddresses()
        type_ = "AAAA" if ":" in address else "A"
        seen.see(Answer(Question("mail.contoso.com", type_), Status.NOERROR, values=(address,), server="192.0.2.53"))
        (sign,) = seen.signs()
        assert f"192.0.2.53 gives private addresses for mail.contoso.com ({address})" in sign.sentence

    @pytest.mark.parametrize(
        "address",
        [
            "172.15.0.1",
            "172.32.0.1",
            "100.63.0.1",
            "100.128.0.1",
            "192.0.2.1",
            "127.0.0.2",
            "2001:db8::1",
            "fc",
            "10.x",
        ],
    )
    def test_every_other_address_is_none(self, address: str) -> None:
        seen = PrivateAddresses()
        seen.see(Answer(Question("mail.contoso.com", "A"), Status.NOERROR, values=(address,), server="192.0.2.53"))
        assert seen.signs() == []

    def test_many_names_are_told_by_their_number(self) -> None:
        seen = PrivateAddresses()
        for number in [*range(500), *range(3)]:
            question = Question(f"mx{number}.contoso.com", "A")
            seen.see(Answer(question, Status.NOERROR, values=("10.0.0.1",), server="192.0.2.53"))
        (sign,) = seen.signs()
        assert "mx2.contoso.com (10.0.0.1) and 497 more" in sign.sentence


class TestResolversThatDiffer:
    def test_other_name_servers_are_a_doubt(self) -> None:
        doubt = differing(
            "contoso.com", {"192.0.2.1": servers("ns1.contoso.com."), "192.0.2.2": servers("dc.corp.test.")}
        )
        assert "contoso.com (192.0.2.1: ns1.contoso.com; 192.0.2.2: dc.corp.test)" in doubt
        assert "split-brain" in doubt

    def test_one_that_knows_nothing_of_the_domain_is_a_doubt(self) -> None:
        doubt = differing("contoso.com", {"192.0.2.1": servers("ns1.contoso.com."), "192.0.2.2": ABSENT})
        assert "192.0.2.2: none" in doubt

    @pytest.mark.parametrize("failure", [Status.SERVFAIL, Status.REFUSED, Status.TIMEOUT, Status.MALFORMED])
    def test_a_failure_is_no_difference(self, failure: Status) -> None:
        assert not differing("contoso.com", {"192.0.2.1": servers("ns."), "192.0.2.2": Reply(failure)})

    def test_agreement_is_none(self) -> None:
        assert not differing("contoso.com", {"192.0.2.1": servers("a.", "b."), "192.0.2.2": servers("a.", "b.")})
        assert not differing("contoso.com", {"192.0.2.1": ABSENT, "192.0.2.2": Reply(Status.NODATA)})


def view(name: str) -> AbstractContextManager[Misbehaving]:
    def behave(query: Query) -> list[Send]:
        record = {"NS": f"NS {name}.", "A": "A 10.0.0.5"}.get(query.type, "MX 10 mail.contoso.com.")
        return [Send(reply(query.message, f"{query.name} 60 IN {record}").to_wire())]

    return misbehaving_server(behave)


def test_a_run_tells_of_both_signs_and_who_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.dns.live._GRACE", 10)
    with view("ns.contoso.com") as outside, view("dc.corp.test") as inside:
        answers, run = told([outside.address, inside.address], ("contoso.com", "MX"), ("mail.contoso.com", "A"))
    assert [answer.status for answer in answers] == [Status.NOERROR] * 2
    assert run.resolvers == (
        ResolverUse(server=outside.address, answers=2),
        ResolverUse(server=inside.address, answers=0),
    )
    disagree, private = run.doubts
    assert f"{inside.address}: dc.corp.test" in disagree
    assert "mail.contoso.com (10.0.0.5)" in private


def test_one_resolver_that_says_the_truth_leaves_no_doubt(misbehaving: Misbehaving) -> None:
    _, run = told([misbehaving.address], ("fine.misbehaving.test", "TXT"))
    assert (run.resolvers, run.doubts) == ((ResolverUse(server=misbehaving.address, answers=1),), ())
    (pace,) = run.paces
    assert (pace.server, pace.lost) == (misbehaving.address, 0)
    assert pace.answered >= 1


class TestPatience:
    def rounds(self, address: str, seconds: float, *rounds: Sequence[str]) -> list[Answer]:
        async def run() -> list[Answer]:
            source = LiveSource([parse_resolver(address)], timeouts=(5, 5, 5))
            patient = PatientSource(source, seconds)
            assert patient.name == source.name
            answers = [
                answer
                for names in rounds
                for answer in await patient.ask([Question(f"{name}.misbehaving.test", "TXT") for name in names])
            ]
            await source.close()
            return answers

        return asyncio.run(run())

    def test_what_is_not_answered_in_time_says_so_and_the_rest_counts(self, misbehaving: Misbehaving) -> None:
        fine_one, silent_one, late = self.rounds(misbehaving.address, 0.5, ["fine", "silent"], ["fine"])
        assert fine_one.values == ("fine",)
        assert (silent_one.status, late.status) == (Status.TIMEOUT, Status.TIMEOUT)
        assert silent_one.reason == late.reason == "not answered within 0.5 s, the time for one domain"
        assert misbehaving.asked["fine", "TXT", "udp"] == 1, "when the time is over nothing more is sent"

    def test_a_refusal_is_told_rather_than_the_time_it_took(self, misbehaving: Misbehaving) -> None:
        answer, _ = self.rounds(misbehaving.address, 0.5, ["refused", "silent"])
        assert answer.status is Status.REFUSED

    @pytest.mark.parametrize("drip", [False, True])
    def test_connections_that_never_end_do_not_last_longer(self, drip: bool) -> None:
        def behave(query: Query) -> list[Send]:
            return (
                [Send(fine(query), drip=True)] if query.tcp and drip else [] if query.tcp else [Send(truncated(query))]
            )

        with misbehaving_server(behave) as server:
            (answer,) = self.rounds(server.address, 0.5, ["x"])
        assert answer.status is Status.TIMEOUT

    def test_waiting_for_the_test_of_a_resolver_is_waiting_too(self, silent: Silent) -> None:
        (answer,) = self.rounds(silent.address, 0.3, ["fine"])
        assert answer.reason == "not answered within 0.3 s, the time for one domain"

    def test_questions_of_a_round_share_what_is_left(self) -> None:
        whole = Patience(10, "over")
        assert (whole.share(7).left, whole.share(7).reason) == (7, "")
        whole.left = 3
        assert (whole.share(7).left, whole.share(7).reason) == (3, "over")
        whole.left = 0
        assert whole.share(7).out
