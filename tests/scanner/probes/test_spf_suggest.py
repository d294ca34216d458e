"""The SPF record to publish: what is surely wrong mended, Microsoft 365 authorised, the profile's end; and no more."""

from __future__ import annotations

import pytest
from spf_worlds import M365, ONBOARDING, PARKED, STATUS, SUGGESTED, facts

from rules.facts import Profile, Unknown
from scanner.dns.answer import Status
from scanner.records.spf import parse


@pytest.mark.parametrize(
    ("world", "profile", "record"), SUGGESTED, ids=[f"{row[0][6:60]}-{row[1].name}" for row in SUGGESTED]
)
def test_the_record_to_publish_mends_what_is_sure_and_no_more(world: str, profile: Profile, record: str | None) -> None:
    assert facts(world, profile=profile)["suggested"] == record


@pytest.mark.parametrize(
    ("cloud", "host"),
    [("gcchigh", "spf.protection.office365.us"), ("china", "spf.protection.partner.outlook.cn"), (None, M365[8:])],
)
def test_the_include_to_add_is_that_of_the_cloud(cloud: str | None, host: str) -> None:
    found = facts("@ TXT v=spf1 mx -all\n@ MX 0 .", clouds=frozenset({cloud}))
    assert found["suggested"] == f"v=spf1 mx include:{host} -all"


def test_an_unread_cloud_leaves_the_suggestion_open_only_where_it_matters() -> None:
    every = frozenset({None, "worldwide", "gcchigh", "china"})
    assert isinstance(facts("@ TXT hello", clouds=every)["suggested"], Unknown)
    assert facts("@ TXT hello", clouds=every, profile=PARKED)["suggested"] == "v=spf1 -all"


def test_a_mended_include_that_could_not_be_read_leaves_the_suggestion_open() -> None:
    world = f"@ TXT v=spf1 include: x.example {M365} -all\nx.example TXT v=spf1 -all"
    assert facts(world)["suggested"] == f"v=spf1 include:x.example {M365} -all"
    assert isinstance(facts(world, faults={("x.example", "TXT"): Status.SERVFAIL})["suggested"], Unknown)


def test_texts_that_were_meant_as_spf_give_way_to_the_suggested_record() -> None:
    found = facts(f"@ TXT v=spf1{M365} -all\n@ TXT MS=ms1 v=spf1 mx -all")
    assert found["superseded"] == (f"v=spf1{M365} -all",)
    assert facts("@ TXT v=spf1 a -all\n@ TXT v=spf1 mx -all")["superseded"] == ("v=spf1 a -all", "v=spf1 mx -all")
    assert facts(f"@ TXT v=spf1 {M365} -all")["superseded"] == ()


@pytest.mark.parametrize("world", [row[0] for row in STATUS], ids=range(len(STATUS)))
def test_a_suggested_record_is_valid_and_suggests_itself_when_published(world: str) -> None:
    suggested = facts(world)["suggested"]
    if suggested is None or isinstance(suggested, Unknown):
        return
    assert parse(suggested).faults == ()
    rest = "\n".join(line for line in world.splitlines() if not line.startswith("@ TXT"))
    assert facts(f"@ TXT {suggested}\n{rest}".strip(), profile=ONBOARDING)["suggested"] == suggested
