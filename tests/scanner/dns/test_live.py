"""Live answers, from real name servers and from ones that do wrong on purpose."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

import pytest
from servers.behaviours import BEHAVIOURS
from servers.messages import Send, fine
from servers.misbehaving import Misbehaving, Silent, misbehaving_server
from servers.nsd import Nsd
from servers.unbound import Unbound

from scanner.dns.answer import Answer, Link, Question, Status, bytes_of_text
from scanner.dns.live import LiveSource, live_source
from scanner.dns.resolvers import Resolver, parse_resolver

QUICK = (0.15, 0.15, 0.15)
"""For what is never answered: the test waits them out."""
PATIENT = (5, 5, 5)
LOST_FIRST = (0.15, 5, 5)
TIMEOUTS = {
    **dict.fromkeys(
        ("another-port", "a-query", "cut-question", "open-to-silence", "wrong-case", "wrong-id", "wrong-question"),
        QUICK,
    ),
    **dict.fromkeys(("late", "silent-once"), LOST_FIRST),
    "tcp-drip": QUICK,
}


def ask(address: str | Sequence[str], *questions: tuple[str, str], timeouts: Sequence[float] = PATIENT) -> list[Answer]:
    async def run() -> list[Answer]:
        addresses = [address] if isinstance(address, str) else address
        source = LiveSource([parse_resolver(text) for text in addresses], timeouts=timeouts)
        try:
            return await source.ask([Question(*question) for question in questions])
        finally:
            await source.close()

    return asyncio.run(run())


def ask_one(address: str | Sequence[str], name: str, type_: str = "TXT", **options: Sequence[float]) -> Answer:
    (answer,) = ask(address, (name, type_), **options)
    assert answer.question == Question(name, type_)
    return answer


def ask_odd(server: Misbehaving, label: str, type_: str = "TXT") -> Answer:
    return ask_one(server.address, f"{label}.misbehaving.test", type_, timeouts=TIMEOUTS.get(label, PATIENT))


@pytest.mark.servers
class TestThroughUnbound:
    def test_records_come_in_presentation_form_with_ttl_server_and_time(self, unbound: Unbound) -> None:
        answer = ask_one(unbound.address, "contoso.com", "MX")
        assert answer.status is Status.NOERROR
        assert answer.values == ("0 contoso-com.mail.protection.outlook.com.",)
        assert answer.ttl is not None
        assert 0 < answer.ttl <= 3600
        assert answer.server == unbound.address
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", answer.at)
        assert not answer.ad
        assert answer.strings is None

    def test_values_are_sorted_and_the_order_of_questions_is_kept(self, unbound: Unbound) -> None:
        questions = [("contoso.com", "TXT"), ("mx.odd.test", "MX"), ("contoso-com.mail.protection.outlook.com", "A")]
        answers = ask(unbound.address, *questions)
        assert [(a.question.name, a.question.type) for a in answers] == questions
        assert answers[0].values == ("MS=ms12345678", "v=spf1 include:spf.protection.outlook.com -all")
        assert answers[1].values == ("20 b.odd.test.", "5 a.odd.test.")
        assert answers[2].values == ("192.0.2.10", "192.0.2.11")

    def test_a_name_that_does_not_exist_is_nxdomain_with_the_negative_ttl(self, unbound: Unbound) -> None:
        answer = ask_one(unbound.address, "nothing.fabrikam.com", "A")
        assert answer.status is Status.NXDOMAIN
        assert answer.ttl is not None
        assert 0 < answer.ttl <= 120

    def test_a_name_without_such_records_is_nodata(self, unbound: Unbound) -> None:
        answer = ask_one(unbound.address, "fabrikam.com", "MX")
        assert (answer.status, answer.values) == (Status.NODATA, ())
        assert answer.ttl is not None
        assert 0 < answer.ttl <= 120

    def test_an_empty_non_terminal_exists(self, unbound: Unbound) -> None:
        assert ask_one(unbound.address, "under.fabrikam.com").status is Status.NODATA

    def test_a_wildcard_answers(self, unbound: Unbound) -> None:
        assert ask_one(unbound.address, "any.thing.wild.odd.test").values == ("whatever is asked",)

    def test_a_chain_across_zones_is_followed_to_its_end(self, unbound: Unbound) -> None:
        answer = ask_one(unbound.address, "one.odd.test")
        assert answer.values == ("the end of the chain",)
        assert [(link.name, link.target) for link in answer.chain] == [
            ("one.odd.test", "two.odd.test"),
            ("two.odd.test", "three.other.example"),
        ]
        assert answer.owner == "three.other.example"
        assert all(link.ttl is not None and link.ttl <= 900 for link in answer.chain)

    def test_a_chain_to_nothing_is_nxdomain_with_its_links(self, unbound: Unbound) -> None:
        answer = ask_one(unbound.address, "gone.odd.test")
        assert answer.status is Status.NXDOMAIN
        assert [link.target for link in answer.chain] == ["nothing.other.example"]

    def test_a_dormant_selector_has_its_cname_and_no_key(self, unbound: Unbound) -> None:
        answer = ask_one(unbound.address, "selector2._domainkey.contoso.com")
        assert answer.status is Status.NXDOMAIN
        assert answer.chain[0].target == "selector2-contoso-com._domainkey.contoso.onmicrosoft.com"

    def test_an_alias_to_a_name_without_such_records_is_nodata_with_its_links(self, unbound: Unbound) -> None:
        answer = ask_one(unbound.address, "dormant.odd.test")
        assert answer.status is Status.NODATA
        assert answer.owner == "quiet.other.example"

    def test_a_cname_is_a_value_when_it_is_asked_for(self, unbound: Unbound) -> None:
        answer = ask_one(unbound.address, "one.odd.test", "CNAME")
        assert (answer.values, answer.chain) == (("two.odd.test.",), ())
        assert ask_one(unbound.address, "contoso.com", "CNAME").status is Status.NODATA

    @pytest.mark.parametrize("name", ["self.odd.test", "circle.odd.test", "chain1.odd.test"])
    def test_a_chain_that_leads_nowhere_proves_nothing(self, unbound: Unbound, name: str) -> None:
        answer = ask_one(unbound.address, name)
        assert not answer.known
        assert answer.values == ()

    def test_a_lame_delegation_is_servfail(self, unbound: Unbound) -> None:
        answer = ask_one(unbound.address, "www.lame.test", "A")
        assert answer.status is Status.SERVFAIL
        assert not answer.absent

    def test_a_name_the_resolver_does_not_serve_is_refused(self, unbound: Unbound) -> None:
        assert ask_one(unbound.address, "elsewhere.example", "A").status is Status.REFUSED

    def test_a_long_answer_comes_over_tcp(self, unbound: Unbound) -> None:
        answer = ask_one(unbound.address, "long.odd.test")
        assert answer.status is Status.NOERROR
        assert len(answer.values[0]) == 2000
        assert answer.strings is not None
        assert [len(piece) for piece in answer.strings[0]] == [250] * 8

    def test_text_is_joined_and_its_boundaries_are_kept(self, unbound: Unbound) -> None:
        answer = ask_one(unbound.address, "split.odd.test")
        assert answer.values == ("v=spf1 ip4:192.0.2.0/24 -all",)
        assert answer.strings == (("v=spf1 ip4:192.0.", "2.0/24 -all"),)
        several = ask_one(unbound.address, "several.odd.test")
        assert several.values == ("onetwothree", "whole")
        assert several.strings == (("one", "two", "three"), ("whole",))

    @pytest.mark.parametrize(
        ("label", "text"),
        [
            ("latin1", "caf\\233"),
            ("utf8", "café"),
            ("backslash", "a\\092b"),
            ("quotes", 'say "hello"; done'),
            ("empty", ""),
            ("control", "bell \x07 escape \x1b[31m"),
            ("mixed", "Case Is Kept In Text"),
        ],
    )
    def test_octets_of_text_are_kept(self, unbound: Unbound, label: str, text: str) -> None:
        answer = ask_one(unbound.address, f"{label}.odd.test")
        assert answer.values == (text,)
        assert answer.strings is None
        if label == "latin1":
            assert bytes_of_text(answer.values[0]) == b"caf\xe9"

    @pytest.mark.parametrize(
        ("name", "type_", "values"),
        [
            ("mixed.odd.test", "MX", ("10 mail.odd.test.",)),
            ("nullmx.odd.test", "MX", ("0 .",)),
            ("service.odd.test", "SRV", ("10 20 443 host.odd.test.",)),
            ("caa.odd.test", "CAA", ('0 issue "letsencrypt.org; validationmethods=dns-01"',)),
            ("six.odd.test", "AAAA", ("2001:db8::1",)),
            ("_443._tcp.odd.test", "TLSA", ("3 1 1 " + "0" * 64,)),
            ("odd.test", "NS", ("ns.odd.test.",)),
            ("odd.test", "SOA", ("ns.odd.test. hostmaster.odd.test. 1 7200 3600 1209600 60",)),
            ("dotted\\.label.odd.test", "TXT", ("a dot inside of a label",)),
            ("escaped.odd.test", "CNAME", ("target\\032.other.example.",)),
            ("escaped.odd.test", "TXT", ("behind a name that ends in a blank",)),
        ],
    )
    def test_every_type_has_one_written_form(
        self, unbound: Unbound, name: str, type_: str, values: tuple[str, ...]
    ) -> None:
        assert ask_one(unbound.address, name, type_).values == values

    def test_many_questions_at_once_are_all_answered(self, unbound: Unbound) -> None:
        answers = ask(unbound.address, *((f"n{number}.wild.odd.test", "TXT") for number in range(600)))
        assert {
            (answer.values, answer.unknown().reason) for answer in answers if answer.values != ("whatever is asked",)
        } == set()
        assert [answer.question.name for answer in answers] == [f"n{number}.wild.odd.test" for number in range(600)]


@pytest.mark.servers
class TestOfAnAuthority:
    def test_its_own_names_are_known(self, nsd: Nsd) -> None:
        assert ask_one(nsd.address, "contoso.com", "MX").status is Status.NOERROR
        assert ask_one(nsd.address, "nothing.fabrikam.com", "MX").status is Status.NXDOMAIN
        assert ask_one(nsd.address, "fabrikam.com", "MX").status is Status.NODATA

    def test_a_chain_that_it_leaves_open_is_asked_on(self, nsd: Nsd) -> None:
        answer = ask_one(nsd.address, "one.odd.test")
        assert answer.values == ("the end of the chain",)
        assert len(answer.chain) == 2

    def test_a_loop_across_zones_is_found(self, nsd: Nsd) -> None:
        answer = ask_one(nsd.address, "circle.odd.test")
        assert (answer.status, answer.reason) == (Status.MALFORMED, "CNAME loop at circle.odd.test")
        assert [link.target for link in answer.chain] == ["circle.other.example", "circle.odd.test"]

    def test_a_chain_over_the_limit_is_cut_off(self, nsd: Nsd) -> None:
        answer = ask_one(nsd.address, "chain1.odd.test")
        assert (answer.status, answer.reason) == (Status.MALFORMED, "more than 16 CNAMEs in a row from chain1.odd.test")
        assert len(answer.chain) == 17
        assert ask_one(nsd.address, "chain4.odd.test").values == ("the end",)

    def test_other_names_are_refused(self, nsd: Nsd) -> None:
        assert ask_one(nsd.address, "elsewhere.invalid").status is Status.REFUSED


class TestForgeries:
    @pytest.mark.parametrize(
        ("label", "status"),
        [
            ("wrong-id", Status.TIMEOUT),
            ("another-port", Status.TIMEOUT),
            ("a-query", Status.TIMEOUT),
            ("wrong-question", Status.MALFORMED),
            ("wrong-case", Status.MALFORMED),
        ],
    )
    def test_what_was_not_asked_is_not_taken(self, misbehaving: Misbehaving, label: str, status: Status) -> None:
        answer = ask_odd(misbehaving, label)
        assert (answer.status, answer.values) == (status, ())
        assert misbehaving.asked[label, "TXT", "udp"] == (2 if status is Status.MALFORMED else 3)

    def test_the_wait_goes_on_behind_a_forgery(self, misbehaving: Misbehaving) -> None:
        assert ask_odd(misbehaving, "forged-first").values == ("true",)

    def test_an_answer_to_an_earlier_attempt_is_not_taken(self, misbehaving: Misbehaving) -> None:
        assert ask_odd(misbehaving, "late").values == ("in time",)


class TestMessagesThatAreNone:
    @pytest.mark.parametrize("label", ["garbage", "compression-loop", "cut-question", "trailing"])
    def test_what_cannot_be_parsed_is_malformed(self, misbehaving: Misbehaving, label: str) -> None:
        answer = ask_odd(misbehaving, label)
        assert answer.status is Status.MALFORMED
        assert answer.reason.startswith("the answer cannot be parsed")

    @pytest.mark.parametrize(
        ("label", "reason"),
        [
            ("tcp-closed", "the connection was closed in the middle"),
            ("tcp-half", "the connection was closed in the middle"),
            ("tcp-truncated", "the message is cut there too"),
            ("tcp-wrong-question", "the message answers another question"),
        ],
    )
    def test_a_retry_over_tcp_that_fails_proves_nothing(
        self, misbehaving: Misbehaving, label: str, reason: str
    ) -> None:
        answer = ask_odd(misbehaving, label)
        assert answer.status is Status.MALFORMED
        assert reason in answer.reason
        assert misbehaving.asked[label, "TXT", "tcp"] == 2

    def test_a_closed_tcp_port_proves_nothing(self) -> None:
        with misbehaving_server(tcp=False) as server:
            answer = ask_odd(server, "tcp")
        assert answer.status is Status.MALFORMED
        assert "over TCP: " in answer.reason

    def test_the_answer_over_tcp_counts(self, misbehaving: Misbehaving) -> None:
        assert ask_odd(misbehaving, "tcp").values == ("over TCP",)

    def test_a_record_of_64_kb_comes_whole(self, misbehaving: Misbehaving) -> None:
        answer = ask_odd(misbehaving, "huge")
        assert answer.values == ("x" * 255 * 255,)
        assert answer.strings is not None
        assert len(answer.strings[0]) == 255

    def test_a_message_that_drips_ends_with_the_time_for_it(self, misbehaving: Misbehaving) -> None:
        answer = ask_odd(misbehaving, "tcp-drip")
        assert (answer.status, answer.values) == (Status.TIMEOUT, ())
        assert "over TCP: no answer in time" in answer.reason


class TestOddAndRight:
    @pytest.mark.parametrize("label", ["answered-twice"])
    def test_what_is_odd_and_says_the_truth_is_taken(self, misbehaving: Misbehaving, label: str) -> None:
        assert ask_odd(misbehaving, label).values == ("fine",)


class TestExtendedErrors:
    @pytest.mark.parametrize(
        ("label", "reason"),
        [
            ("bogus", "fails DNSSEC validation (extended error 6, DNSSEC bogus)"),
            (
                "signature-expired",
                "fails DNSSEC validation (extended error 7, signature expired: signature of <b>\x1b[31m)",
            ),
            ("new-code", "extended error 4711, not registered"),
        ],
    )
    def test_servfail_says_what_the_resolver_says(self, misbehaving: Misbehaving, label: str, reason: str) -> None:
        answer = ask_odd(misbehaving, label)
        assert (answer.status, answer.reason) == (Status.SERVFAIL, reason)
        assert misbehaving.unchecked[label] == 0

    def test_a_resolver_that_does_not_validate_does_not_overrule_one_that_does(self, misbehaving: Misbehaving) -> None:
        with misbehaving_server(lambda query: [Send(fine(query, "forged"))]) as careless:
            answer = ask_one([misbehaving.address, careless.address], "bogus.misbehaving.test")
            assert (answer.status, answer.server) == (Status.SERVFAIL, misbehaving.address)
            assert misbehaving.asked["bogus", "TXT", "udp"] == 1

    @pytest.mark.parametrize("label", ["blocked-nxdomain", "censored-nodata", "filtered-record", "prohibited"])
    def test_what_the_resolver_blocks_is_neither_absent_nor_there(self, misbehaving: Misbehaving, label: str) -> None:
        answer = ask_odd(misbehaving, label)
        assert (answer.status, answer.values) == (Status.REFUSED, ())
        assert answer.reason.startswith(
            "blocked by the resolver, so nothing is known of the name itself (extended error"
        )
        assert misbehaving.asked[label, "TXT", "udp"] == 1

    def test_another_resolver_is_asked_for_what_the_first_blocks(self, misbehaving: Misbehaving) -> None:
        with misbehaving_server(lambda query: [Send(fine(query, "open"))]) as open_:
            answer = ask_one([misbehaving.address, open_.address], "blocked-nxdomain.misbehaving.test")
        assert (answer.values, answer.server) == (("open",), open_.address)

    def test_a_stale_record_is_there_and_said_to_be_stale(self, misbehaving: Misbehaving) -> None:
        answer = ask_odd(misbehaving, "stale")
        assert (answer.values, answer.ttl) == (("old",), 30)
        assert answer.reason.startswith("stale: ")

    @pytest.mark.parametrize("label", ["stale-nodata", "stale-nxdomain"])
    def test_an_absence_that_is_only_remembered_proves_nothing(self, misbehaving: Misbehaving, label: str) -> None:
        answer = ask_odd(misbehaving, label)
        assert answer.status is Status.SERVFAIL
        assert answer.reason.startswith("stale: the zone's name servers did not answer")

    def test_a_servfail_that_nobody_explains_is_asked_without_validation(self, misbehaving: Misbehaving) -> None:
        answer = ask_odd(misbehaving, "bogus-unexplained")
        assert (answer.status, answer.values) == (Status.SERVFAIL, ())
        assert answer.reason == "fails DNSSEC validation: the resolver answers only if told not to check"
        assert misbehaving.unchecked["bogus-unexplained"] == 1

    def test_a_server_that_recovers_in_the_meantime_is_believed(self, misbehaving: Misbehaving) -> None:
        answer = ask_odd(misbehaving, "servfail-burst")
        assert (answer.values, answer.reason) == (("fine",), "")
        assert misbehaving.unchecked["servfail-burst"] == 1

    def test_a_failure_that_has_other_causes_stays_unexplained(self, misbehaving: Misbehaving) -> None:
        answer = ask_odd(misbehaving, "servfail-chain")
        assert (answer.status, answer.reason) == (Status.SERVFAIL, "")


class TestCodes:
    def test_servfail_is_asked_once_more_and_told_with_its_reason(self, misbehaving: Misbehaving) -> None:
        answer = ask_odd(misbehaving, "servfail")
        assert answer.status is Status.SERVFAIL
        assert answer.reason == (
            "the resolver reached no name server of the zone"
            " (extended error 22, no reachable authority: at delegation misbehaving.test)"
        )
        assert misbehaving.asked["servfail", "TXT", "udp"] == 2

    def test_a_passing_servfail_does_no_harm(self, misbehaving: Misbehaving) -> None:
        assert ask_odd(misbehaving, "servfail-once").values == ("fine",)

    def test_a_cname_that_came_with_servfail_is_seen(self, misbehaving: Misbehaving) -> None:
        answer = ask_odd(misbehaving, "servfail-chain")
        assert answer.status is Status.SERVFAIL
        assert answer.owner == "next.servfail-chain.misbehaving.test"

    def test_refused_is_refused(self, misbehaving: Misbehaving) -> None:
        assert ask_odd(misbehaving, "refused").status is Status.REFUSED

    @pytest.mark.parametrize("label", ["formerr", "yxdomain"])
    def test_other_codes_prove_nothing(self, misbehaving: Misbehaving, label: str) -> None:
        answer = ask_odd(misbehaving, label)
        assert answer.status is Status.MALFORMED
        assert label.upper() in answer.reason

    @pytest.mark.parametrize("label", ["no-edns", "old-edns"])
    def test_a_server_without_edns_is_asked_without(self, misbehaving: Misbehaving, label: str) -> None:
        assert ask_odd(misbehaving, label).values == ("fine",)
        assert misbehaving.edns == {(label, True): 1, (label, False): 1}

    def test_one_that_takes_edns_is_asked_with_it_whatever_some_names_do(self, misbehaving: Misbehaving) -> None:
        async def run() -> None:
            source = LiveSource([parse_resolver(misbehaving.address)])
            for label in ("fine", *["no-edns"] * 5):
                await source.ask([Question(f"{label}.misbehaving.test", "TXT")])
            await source.close()

        asyncio.run(run())
        assert misbehaving.edns["no-edns", True] == 5

    def test_one_that_never_takes_edns_is_soon_asked_without(self) -> None:
        with misbehaving_server(BEHAVIOURS["no-edns"], traps=False) as without:

            async def run() -> int:
                source = LiveSource([parse_resolver(without.address)])
                for type_ in ("TXT", "MX", "A", "NS", "SOA"):
                    await source.ask([Question("contoso.com", type_)])
                await source.close()
                return without.edns["contoso", True]

            assert asyncio.run(run()) == 1


class TestAbsence:
    @pytest.mark.parametrize(
        ("label", "status", "ttl"),
        [
            ("nodata", Status.NODATA, 77),
            ("nodata-expired", Status.NODATA, 0),
            ("nodata-no-soa", Status.NODATA, None),
            ("nodata-authority", Status.NODATA, None),
            ("foreign-soa", Status.NODATA, None),
            ("nxdomain", Status.NXDOMAIN, 77),
            ("nxdomain-no-soa", Status.NXDOMAIN, None),
        ],
    )
    def test_absence_has_the_ttl_of_its_soa(
        self, misbehaving: Misbehaving, label: str, status: Status, ttl: int | None
    ) -> None:
        answer = ask_odd(misbehaving, label)
        assert (answer.status, answer.ttl) == (status, ttl)

    @pytest.mark.parametrize(
        "label",
        ["referral", "lame", "nxdomain-lame", "nxdomain-with-records", "other-class", "other-owner", "dname-alone"],
    )
    def test_what_does_not_prove_absence_is_malformed(self, misbehaving: Misbehaving, label: str) -> None:
        answer = ask_odd(misbehaving, label)
        assert (answer.status, answer.values) == (Status.MALFORMED, ())
        assert answer.reason


class TestChains:
    def test_an_open_chain_is_asked_on(self, misbehaving: Misbehaving) -> None:
        answer = ask_odd(misbehaving, "open-chain")
        assert (answer.values, answer.ttl) == (("at the end",), 50)
        assert answer.chain == (Link("open-chain.misbehaving.test", "next.open-chain.misbehaving.test", 60),)

    def test_a_chain_whose_end_is_silent_keeps_its_links(self, misbehaving: Misbehaving) -> None:
        answer = ask_odd(misbehaving, "open-to-silence")
        assert answer.status is Status.TIMEOUT
        assert answer.owner == "silent.misbehaving.test"

    @pytest.mark.parametrize("label", ["loop", "open-loop"])
    def test_a_loop_is_malformed_and_shows_its_links(self, misbehaving: Misbehaving, label: str) -> None:
        answer = ask_odd(misbehaving, label)
        assert (answer.status, answer.reason) == (Status.MALFORMED, f"CNAME loop at {label}.misbehaving.test")
        assert answer.chain[0].name == f"{label}.misbehaving.test"

    @pytest.mark.parametrize(("label", "status"), [("nxdomain-chain", "NXDOMAIN"), ("nodata-chain", "NODATA")])
    def test_absence_behind_a_chain_is_that_of_its_end(self, misbehaving: Misbehaving, label: str, status: str) -> None:
        answer = ask_odd(misbehaving, label)
        assert (answer.status, answer.ttl, answer.owner) == (status, 77, f"next.{label}.misbehaving.test")

    @pytest.mark.parametrize("type_", ["TXT", "CNAME"])
    def test_two_cnames_at_a_name_prove_nothing(self, misbehaving: Misbehaving, type_: str) -> None:
        answer = ask_odd(misbehaving, "two-cnames", type_)
        assert (answer.status, answer.chain, answer.values) == (Status.MALFORMED, (), ())
        assert answer.reason.startswith("2 CNAME records at one name")

    def test_a_dname_counts_by_the_cname_made_from_it(self, misbehaving: Misbehaving) -> None:
        answer = ask_odd(misbehaving, "dname")
        assert (answer.values, answer.owner) == (("moved",), "elsewhere.test")


class TestSilence:
    def test_a_lost_packet_is_sent_again(self, misbehaving: Misbehaving) -> None:
        assert ask_odd(misbehaving, "silent-once").values == ("fine",)

    def test_no_answer_at_all_is_a_timeout_after_three_attempts(self, silent: Silent) -> None:
        answer = ask_one(silent.address, "contoso.com", "MX", timeouts=QUICK)
        assert (answer.status, answer.reason) == (Status.TIMEOUT, "no answer; 3 attempts")
        assert answer.server == silent.address
        assert silent.heard() == 3

    def test_where_nothing_listens_the_question_ends_at_once(self, misbehaving: Misbehaving) -> None:
        with misbehaving_server() as server:
            closed = server.address
        answer = ask_one(closed, "contoso.com", "MX", timeouts=(60, 60, 60))
        assert answer.status is Status.TIMEOUT
        assert answer.reason.startswith("cannot be reached: ")

    def test_resolvers_that_never_answered_are_not_asked_again(self, silent: Silent) -> None:
        async def run() -> list[Answer]:
            source = LiveSource([parse_resolver(silent.address)], timeouts=(0.05, 0.05))
            await source.ask([Question(f"n{number}.contoso.com", "MX") for number in range(8)])
            assert silent.heard() == 16
            answers = await source.ask([Question(f"n{number}.contoso.com", "TXT") for number in range(8)])
            await source.close()
            return answers

        answers = asyncio.run(run())
        assert silent.heard() == 0
        assert {answer.status for answer in answers} == {Status.TIMEOUT}
        assert {answer.reason for answer in answers} == {
            "no resolver has answered any question so far; not asked again"
        }

    def test_one_that_answered_before_is_always_asked_again(self, misbehaving: Misbehaving) -> None:
        async def run() -> list[Answer]:
            source = LiveSource([parse_resolver(misbehaving.address)], timeouts=QUICK)
            await source.ask([Question("fine.misbehaving.test", "TXT")])
            await source.ask([Question("silent.misbehaving.test", type_) for type_ in ("TXT", "MX", "A", "NS", "SOA")])
            answers = await source.ask([Question("fine.misbehaving.test", "TXT")])
            await source.close()
            return answers

        assert asyncio.run(run())[0].values == ("fine",)

    def test_the_next_resolver_takes_over(self, misbehaving: Misbehaving, silent: Silent) -> None:
        answer = ask_one([silent.address, misbehaving.address], "fine.misbehaving.test", timeouts=LOST_FIRST)
        assert (answer.values, answer.server) == (("fine",), misbehaving.address)

    def test_a_silent_resolver_is_put_behind_the_others(self, misbehaving: Misbehaving, silent: Silent) -> None:
        async def run() -> None:
            resolvers = [parse_resolver(silent.address), parse_resolver(misbehaving.address)]
            source = LiveSource(resolvers, timeouts=(0.05, 2))
            for _ in range(6):
                assert (await source.ask([Question("fine.misbehaving.test", "TXT")]))[0].known
            await source.close()

        asyncio.run(run())
        assert silent.heard() == 3

    @pytest.mark.parametrize("label", ["servfail", "refused"])
    def test_another_resolver_is_asked_where_the_first_will_not_answer(
        self, misbehaving: Misbehaving, label: str
    ) -> None:
        with misbehaving_server() as second:
            answer = ask_one([misbehaving.address, second.address], f"{label}.misbehaving.test")
            assert answer.status == label.upper()
            assert misbehaving.asked[label, "TXT", "udp"] == second.asked[label, "TXT", "udp"] == 1


class TestTrust:
    def ad(self, server: Misbehaving, *, trusted: bool) -> bool:
        async def run() -> bool:
            source = LiveSource([Resolver("127.0.0.1", server.port, trusted=trusted)])
            (answer,) = await source.ask([Question("ad.misbehaving.test", "TXT")])
            await source.close()
            assert answer.values == ("signed",)
            return answer.ad

        return asyncio.run(run())

    def test_the_ad_flag_counts_only_from_a_trusted_resolver(self, misbehaving: Misbehaving) -> None:
        assert self.ad(misbehaving, trusted=True)
        assert not self.ad(misbehaving, trusted=False)


class TestRecords:
    def test_a_record_that_comes_twice_is_one_with_the_lower_ttl(self, misbehaving: Misbehaving) -> None:
        answer = ask_odd(misbehaving, "twice")
        assert (answer.values, answer.ttl) == (("same",), 40)

    def test_a_ttl_of_zero_is_one(self, misbehaving: Misbehaving) -> None:
        assert ask_odd(misbehaving, "ttl-zero").ttl == 0


class TestQuestionsThatCannotBeAsked:
    @pytest.mark.parametrize(
        "name",
        ["a" * 64 + ".contoso.com", "x." * 130 + "com", "a..contoso.com", "a\\", "", "bad name.test", "\\999.test"],
    )
    def test_a_name_that_has_no_form_on_the_wire_is_malformed_unasked(self, silent: Silent, name: str) -> None:
        answer = ask_one(silent.address, name, "TXT", timeouts=QUICK)
        assert answer.status is Status.MALFORMED
        assert answer.reason
        assert silent.heard() == 0

    def test_a_type_that_does_not_exist_is_malformed_unasked(self, silent: Silent) -> None:
        answer = ask_one(silent.address, "contoso.com", "NONSENSE", timeouts=QUICK)
        assert answer.reason == "'NONSENSE' is no record type"


class TestTheEnd:
    def test_a_round_that_is_given_up_leaves_nothing_behind(self, silent: Silent) -> None:
        async def run() -> set[asyncio.Task[object]]:
            source = LiveSource([parse_resolver(silent.address)])
            asking = asyncio.create_task(source.ask([Question(f"n{n}.test", "A") for n in range(20)]))
            while not silent.heard():  # noqa: ASYNC110 - a socket outside of the loop is waited for
                await asyncio.sleep(0)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            await source.close()
            await source.close()
            return asyncio.all_tasks() - {asyncio.current_task()}

        assert asyncio.run(run()) == set()

    def test_the_name_tells_whom_it_asks(self) -> None:
        assert live_source(["192.0.2.53", "[2001:db8::53]:5353"]).name == "resolver 192.0.2.53, [2001:db8::53]:5353"
