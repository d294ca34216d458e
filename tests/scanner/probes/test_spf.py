"""The SPF probe's facts: what a record is worth, what it spends, and whom it lets pass."""

from __future__ import annotations

from typing import Any

import pytest
from spf_worlds import DOMAIN, M365, ONBOARDING, STATUS, TARGET, codes, facts, walked

from rules.fact import documented
from rules.facts import Spf, Unknown
from scanner.dns.answer import Answer, Question, Status
from scanner.probes import dkim, mx, spf
from scanner.probes.spf import authorises_anyone


@pytest.mark.parametrize(
    ("world", "status", "lookups", "voids", "expected"), STATUS, ids=[row[0][6:70] for row in STATUS]
)
def test_each_record_is_judged_as_receivers_judge_it(
    world: str, status: str, lookups: int, voids: int, expected: set[str]
) -> None:
    found = facts(world)
    assert (found["status"], found["lookups"], found["void_lookups"]) == (status, lookups, voids)
    assert codes(found) - {"long_record"} == expected
    assert found["lookups_at_least"] == lookups
    assert found["over_limit"] is (lookups > 10)
    assert (found["error"] is None) is (status != "permerror")


def test_every_fact_of_the_subject_is_provided() -> None:
    found = facts(f"@ TXT v=spf1 {M365} -all")
    assert found.keys() == set(documented(Spf))
    assert {f"spf.{name}" for name in found} == {fact for ask in spf.PROBE.asks for fact in ask.facts}


def test_a_plain_record_shows_all_its_facts() -> None:
    found = facts(f"@ TXT v=spf1 ip4:192.0.2.0/24 mx {M365} ~all\n@ MX 10 m.example.\nm.example A 198.51.100.1")
    assert found["record"] == f"v=spf1 ip4:192.0.2.0/24 mx {M365} ~all"
    assert found["records"] == (found["record"],)
    assert found["terms"] == ("ip4:192.0.2.0/24", "mx", M365, "~all")
    assert found["redirect"] is None
    assert found["all"] == "softfail"
    assert found["includes"] == ("spf.protection.outlook.com",)
    assert found["authorises_m365"] is True
    assert found["clouds"] == ("worldwide",)
    assert found["lookups_by_term"] == ("mx: 1", f"{M365}: 1")
    assert found["void_terms"] == ()
    assert found["addresses"] == 256 + 1 + 2**17 + 2**17
    assert found["suggested"] == found["record"]
    assert found["problems"] == ()


def test_each_term_is_told_what_it_spends() -> None:
    found = facts(
        "@ TXT v=spf1 a include:x.example redirect=y.example\n@ A 192.0.2.1\n"
        "x.example TXT v=spf1 include:y.example a:gone.example ~all\ny.example TXT v=spf1 ptr -all"
    )
    assert found["lookups_by_term"] == ("a: 1", "include:x.example: 4", "redirect=y.example: 2")
    assert found["void_terms"] == ("a:gone.example (in x.example)",)
    assert found["redirect"] == "y.example"
    assert found["all"] == "fail"
    assert found["includes"] == ("x.example", "y.example")


@pytest.mark.parametrize(
    ("world", "end"),
    [
        ("@ TXT v=spf1 all", "pass"),
        ("@ TXT v=spf1 ?all", "neutral"),
        ("@ TXT v=spf1 mx", "none"),
        ("@ TXT hello", "none"),
        (
            "@ TXT v=spf1 redirect=x.example\nx.example TXT v=spf1 redirect=y.example\ny.example TXT v=spf1 ~all",
            "softfail",
        ),
        ("@ TXT v=spf1 redirect=x.example", "none"),
        ("@ TXT v=spf1 redirect=contoso.com", "none"),
        ("@ TXT v=spf1 redirect=x.example ?all\nx.example TXT v=spf1 -all", "neutral"),
    ],
)
def test_the_end_follows_redirect(world: str, end: str) -> None:
    assert facts(world)["all"] == end


GOV = "include:spf.protection.office365.us"


@pytest.mark.parametrize(
    ("record", "more", "clouds", "expected"),
    [
        (f"{M365} -all", "", {"worldwide"}, True),
        (f"+{M365.upper()}. -all", "", {"worldwide"}, True),
        (f"?{M365} -all", "", {"worldwide"}, False),
        (f"-{M365} -all", "", {"worldwide"}, False),
        (f"-all {M365}", "", {"worldwide"}, False),
        ("ip4:40.92.0.0/15 -all", "", {"worldwide"}, False),
        (f"redirect={M365[8:]}", "", {"worldwide"}, True),
        ("include:x.example -all", f"x.example TXT v=spf1 {M365} -all", {"worldwide"}, True),
        ("redirect=x.example", f"x.example TXT v=spf1 {M365} -all", {"worldwide"}, True),
        ("~include:x.example -all", f"x.example TXT v=spf1 {M365} -all", {"worldwide"}, False),
        ("include:x.example -all", f"x.example TXT v=spf1 -all {M365}", {"worldwide"}, False),
        (f"{M365} -all", "", {"gcchigh"}, False),
        (f"{GOV} -all", "", {"gcchigh"}, True),
        (f"{GOV} -all", "", {None}, True),
        ("mx -all", "", {None}, False),
        (f"{M365} -all", "", {None, "worldwide"}, True),
        (f"{M365} -all", "", {None, "worldwide", "gcchigh", "china"}, "unknown"),
        ("mx -all", "", {None, "worldwide", "gcchigh", "china"}, False),
        ("include:%{i}.x.example -all", "", {"worldwide"}, "unknown"),
        (f"include:%{{i}}.x.example {M365} -all", "", {"worldwide"}, True),
        ("exists:%{i}.x.example -all", "", {"worldwide"}, False),
    ],
)
def test_microsoft_365_is_authorised_only_by_a_passing_include_of_its_cloud(
    record: str, more: str, clouds: set[str | None], expected: bool | str
) -> None:
    found = facts(f"@ TXT v=spf1 {record}\n{more}".strip(), clouds=frozenset(clouds))["authorises_m365"]
    assert ("unknown" if isinstance(found, Unknown) else found) == expected


@pytest.mark.parametrize(
    ("world", "count"),
    [
        ("@ TXT v=spf1 -all", 0),
        ("@ TXT hello", 0),
        ("@ TXT v=spf1 ip4:192.0.2.0/24 ip4:192.0.2.128/25 ip4:192.0.3.0/32 -all", 257),
        ("@ TXT v=spf1 -ip4:192.0.2.0/24 ?ip4:198.51.100.1 -all", 0),
        ("@ TXT v=spf1 ip4:10.0.0.0/8 ip4:192.168.4.0/22 ip4:192.0.2.1 -all", 1),
        ("@ TXT v=spf1 ip4:0.0.0.0/0 -all", 2**32),
        ("@ TXT v=spf1 +all", 2**32),
        ("@ TXT v=spf1 a/24 -all\n@ A 192.0.2.1\n@ A 192.0.2.77", 256),
        ("@ TXT v=spf1 mx -all\n@ MX 1 m.example.\n@ MX 2 n.example.\nm.example A 192.0.2.1\nn.example A 192.0.2.2", 2),
        ("@ TXT v=spf1 include:x.example -all\nx.example TXT v=spf1 ip4:192.0.2.0/30 ?all", 4),
        ("@ TXT v=spf1 ?include:x.example -all\nx.example TXT v=spf1 ip4:192.0.2.0/30 ?all", 0),
        ("@ TXT v=spf1 ip6:2001:db8::/32 ptr exists:%{i}.x.example -all", 0),
    ],
)
def test_each_authorised_address_is_counted_once(world: str, count: int) -> None:
    assert facts(world)["addresses"] == count


def test_the_strings_of_a_record_are_looked_at() -> None:
    text = "v=spf1 include:a.exampleinclude:b.example -all"
    question = Question(DOMAIN, "TXT")
    collecting = spf.PROBE.collect(TARGET, frozenset({"spf.problems", "spf.record"}))
    next(collecting)
    strings = (("MS=ms1",), ("v=spf1 include:a.example", "include:b.example -all"))
    reply = Answer(question, Status.NOERROR, ("MS=ms1", text), strings=strings)
    questions = collecting.send([reply])
    with pytest.raises(StopIteration) as end:
        collecting.send([Answer(question, Status.NXDOMAIN) for question in questions])
    found = spf.PROBE.fold(TARGET, {"spf": end.value.value}, ONBOARDING).facts
    assert "split_without_space" in {problem.code for problem in found.problems}


@pytest.mark.parametrize(
    ("world", "anyone"),
    [
        ("@ TXT hello", False),
        ("@ TXT v=spf1 -all", False),
        ("@ TXT v=spf1 ~all", False),
        ("@ TXT v=spf1 +all", True),
        ("@ TXT v=spf1 mx -all", True),
        (f"@ TXT v=spf1 {M365} -all", True),
        ("@ TXT v=spf1 include:x.example -all\nx.example TXT v=spf1 -all", False),
        ("@ TXT v=spf1 include:x.example -all\nx.example TXT v=spf1 ip6:::1 -all", True),
        ("@ TXT v=spf1 include:gone.example -all", False),
        ("@ TXT v=spf1 ?mx -all", False),
        ("@ TXT v=spf1 -all\n@ TXT v=spf1 mx -all", True),
        ("@ TXT v=spf1 -all\n@ TXT v=spf1 ~all", False),
    ],
)
def test_it_is_told_whether_anyone_may_send(world: str, anyone: bool) -> None:
    observation, _ = walked(world)
    assert authorises_anyone(observation) is anyone


def test_whether_anyone_may_send_is_open_where_an_include_is_unread() -> None:
    world, unread = "@ TXT v=spf1 include:x.example -all", {("x.example", "TXT"): Status.SERVFAIL}
    assert isinstance(authorises_anyone(walked(world, faults=unread)[0]), Unknown)
    assert authorises_anyone(walked(world.replace("-all", "mx -all"), faults=unread)[0]) is True


@pytest.mark.parametrize(
    ("exchange", "authorised"),
    [
        ("contoso-com.mail.protection.outlook.com.", False),
        ("contoso.mail.protection.office365.us.", True),
        ("mail.contoso.com.", True),
    ],
)
def test_the_right_cloud_is_the_one_that_the_mx_shows(driver: Any, exchange: str, authorised: bool) -> None:
    world = driver.World(f"contoso.com TXT v=spf1 {GOV} -all\ncontoso.com MX 0 {exchange}")
    probes = [mx.PROBE, dkim.PROBE, spf.PROBE]
    found = driver.facts_of(world, TARGET, probes, {"spf.authorises_m365"}, ONBOARDING)
    assert found["spf.authorises_m365"] is authorised


def test_a_failing_mx_leaves_the_right_cloud_open(driver: Any) -> None:
    world = driver.World(f"contoso.com TXT v=spf1 {GOV} -all", {("contoso.com", "MX"): "SERVFAIL"})
    probes = [mx.PROBE, dkim.PROBE, spf.PROBE]
    found = driver.facts_of(world, TARGET, probes, {"spf.authorises_m365"}, ONBOARDING)
    assert isinstance(found["spf.authorises_m365"], Unknown)
