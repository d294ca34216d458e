"""The SPF probe's walk: what it asks, what an unread answer leaves open, and hostile trees."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spf_worlds import A_MANY, DOMAIN, INCLUDES, M365, STATUS, SUGGESTED, codes, facts, walked

from rules.facts import Unknown
from scanner.dns.answer import Status
from scanner.probes.spf_tree import DEEPEST, MOST_NAMES


@pytest.mark.parametrize(
    ("wanted", "asked"),
    [
        ("record", "TXT contoso.com"),
        ("terms", "TXT contoso.com"),
        ("all", "TXT contoso.com, TXT r.example"),
        ("lookups", "TXT contoso.com, TXT x.example, TXT r.example"),
        ("status", "TXT contoso.com, A contoso.com, AAAA contoso.com, MX contoso.com, TXT x.example, TXT r.example"),
        ("addresses", "TXT contoso.com, A contoso.com, AAAA contoso.com, MX contoso.com, TXT x.example, TXT r.example, A m.example"),
    ],
)  # fmt: skip
def test_only_what_the_wanted_fact_needs_is_asked(wanted: str, asked: str) -> None:
    world = "@ TXT v=spf1 a mx include:x.example redirect=r.example\n@ A 192.0.2.1\n@ MX 5 m.example.\n"
    world += "x.example TXT v=spf1 -all\nr.example TXT v=spf1 -all"
    name = frozenset({f"spf.{wanted}"})
    _, rounds = walked(world, name)
    assert ", ".join(f"{question.type} {question.name}" for questions in rounds for question in questions) == asked
    assert facts(world, name).keys() == {wanted}


def test_each_level_of_the_tree_is_one_round_and_nothing_is_asked_twice() -> None:
    world = "@ TXT v=spf1 a mx include:x.example include:y.example -all\n@ A 192.0.2.1\n@ MX 5 m.example.\n"
    world += "x.example TXT v=spf1 include:z.example a:contoso.com -all\ny.example TXT v=spf1 include:z.example -all\n"
    world += "z.example TXT v=spf1 mx:contoso.com -all"
    _, rounds = walked(world)
    assert len(rounds) == 3
    asked = [question for questions in rounds for question in questions]
    assert len(asked) == len(set(asked))


def test_a_microsoft_365_domain_costs_two_rounds_of_one_question() -> None:
    _, rounds = walked(f"@ TXT v=spf1 {M365} -all")
    assert [len(questions) for questions in rounds] == [1, 1]


# What an unread answer leaves open

RICH = f"""
@ TXT v=spf1 a mx a:gone.example exists:e.example {M365} include:x.example ?include:y.example ~all
@ A 192.0.2.1
@ MX 10 m.example.
m.example A 192.0.2.9
e.example A 127.0.0.2
x.example TXT v=spf1 a:x.example ip4:198.51.100.0/24 redirect=z.example
x.example A 192.0.2.33
y.example TXT v=spf1 mx:contoso.com -all
z.example TXT v=spf1 include:y.example ptr -all
"""
BROKEN = f"""
@ TXT v=spf1 {INCLUDES} include:gone.example include:x.example a:gone1.example a:gone2.example a:gone3.example -all
{A_MANY}
x.example TXT v=spf1 include:contoso.com mx:many.example foo -all
""" + "\n".join(f"many.example MX {n} m{n}.example." for n in range(11))
WORLDS = [RICH, BROKEN, *(row[0] for row in STATUS), *(row[0] for row in SUGGESTED)]
UNKNOWNS = (Status.SERVFAIL, Status.TIMEOUT, Status.REFUSED, Status.MALFORMED, Status.NOT_RECORDED)
OPEN_LISTS = {"includes", "clouds", "problems", "text_problems", "void_terms", "lookups_by_term"}


def unknown(value: Any) -> bool:
    """Not known, or a list that is not known to be whole."""
    return isinstance(value, Unknown) or (isinstance(value, tuple) and any(isinstance(item, Unknown) for item in value))


def assert_nothing_known_changed(before: dict[str, Any], after: dict[str, Any], why: object) -> None:
    """Every known fact is as it was, or Unknown; in lists an Unknown stands for what may be missing."""
    loops = bool(codes(before) & {"loop", "self_include"})
    for name, value in after.items():
        if isinstance(value, Unknown) or unknown(before[name]) or value == before[name]:
            continue
        if name == "lookups_at_least":
            assert value <= before[name] or loops, (why, name)
            continue
        assert name in OPEN_LISTS, (why, name, before[name], value)
        assert unknown(value), (why, name, before[name], value)
        known = {item for item in value if not isinstance(item, Unknown)}
        if (
            name == "problems"
        ):  # where a loop is seen, voids count once; and the terms in the text of void_limit are fewer
            assert {item.code for item in known} <= codes(before) | ({"void_limit"} if loops else set()), (why, name)
        else:
            assert known <= set(before[name]), (why, name, before[name], value)


@pytest.mark.parametrize("world", WORLDS, ids=range(len(WORLDS)))
def test_an_unread_answer_never_changes_what_is_known(world: str) -> None:
    before = facts(world)
    _, rounds = walked(world)
    asked = [(question.name, question.type) for questions in rounds for question in questions][:24]
    for number, question in enumerate(asked):
        after = facts(world, faults={question: UNKNOWNS[number % 5]})
        assert_nothing_known_changed(before, after, question)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_unread_answers_in_any_number_never_change_what_is_known(data: st.DataObject) -> None:
    world = data.draw(st.sampled_from([RICH, BROKEN]))
    _, rounds = walked(world)
    asked = sorted({(question.name, question.type) for questions in rounds for question in questions})
    unread = data.draw(st.dictionaries(st.sampled_from(asked), st.sampled_from(UNKNOWNS), min_size=1, max_size=4))
    assert_nothing_known_changed(facts(world), facts(world, faults=unread), unread)


def test_an_unread_record_leaves_everything_open() -> None:
    found = facts("@ TXT v=spf1 -all", faults={(DOMAIN, "TXT"): Status.SERVFAIL})
    assert found.pop("lookups_at_least") == Unknown("SERVFAIL for TXT contoso.com from 192.0.2.53")
    assert all(isinstance(value, Unknown) for value in found.values())


def test_what_is_proved_in_spite_of_an_unread_include_is_known() -> None:
    world = f"@ TXT v=spf1 {INCLUDES} include:x10.example include:dark.example -all\n{A_MANY}"
    found = facts(world, faults={("dark.example", "TXT"): Status.TIMEOUT})
    assert found["over_limit"] is True
    assert found["status"] == "permerror"
    assert found["lookups_at_least"] == 12
    assert isinstance(found["lookups"], Unknown)
    assert found["all"] == "fail"


def test_microsofts_own_record_need_not_be_read_to_know_that_it_is_included() -> None:
    found = facts(f"@ TXT v=spf1 {M365} -all", faults={(M365.removeprefix("include:"), "TXT"): Status.SERVFAIL})
    assert found["authorises_m365"] is True
    assert found["clouds"] == ("worldwide",)
    assert isinstance(found["status"], Unknown)


def test_a_syntax_error_is_proved_in_spite_of_an_unread_include() -> None:
    found = facts("@ TXT v=spf1 moo include:dark.example -all", faults={("dark.example", "TXT"): Status.TIMEOUT})
    assert found["status"] == "permerror"
    assert found["error"].startswith('"moo"')


def test_an_unread_address_leaves_the_status_open_and_the_lookups_known() -> None:
    found = facts("@ TXT v=spf1 a -all", faults={(DOMAIN, kind): Status.SERVFAIL for kind in ("A", "AAAA")})
    assert isinstance(found["status"], Unknown)
    assert isinstance(found["void_lookups"], Unknown)
    assert found["lookups"] == 1
    assert found["over_limit"] is False


def test_one_family_that_is_read_proves_that_a_finds_something() -> None:
    found = facts("@ TXT v=spf1 a -all\n@ A 192.0.2.1", faults={(DOMAIN, "AAAA"): Status.SERVFAIL})
    assert (found["status"], found["void_lookups"]) == ("valid", 0)


# Hostile trees


def test_a_chain_without_end_is_followed_only_so_far() -> None:
    world = "@ TXT v=spf1 include:n0.example -all\n"
    world += "\n".join(f"n{n}.example TXT v=spf1 include:n{n + 1}.example -all" for n in range(100))
    _, rounds = walked(world)
    assert len(rounds) == DEEPEST + 1
    found = facts(world)
    assert found["over_limit"] is True
    assert found["status"] == "permerror"
    assert isinstance(found["lookups"], Unknown)
    assert found["lookups_at_least"] == DEEPEST + 1


def test_a_record_of_a_thousand_terms_asks_a_bounded_number_of_questions() -> None:
    terms = " ".join(f"include:i{n}.example a:a{n}.example mx:m{n}.example exists:e{n}.example" for n in range(1000))
    mx = "\n".join(f"m{n}.example MX {k} h{n}-{k}.example." for n in range(1000) for k in range(10))
    _, rounds = walked(f"@ TXT v=spf1 {terms} -all\n{mx}")
    assert sum(map(len, rounds)) <= 1 + MOST_NAMES + 2 * MOST_NAMES + 10 * MOST_NAMES
    assert facts(f"@ TXT v=spf1 {terms} -all")["lookups_at_least"] == 4000


def test_a_list_of_problems_that_is_cut_says_so() -> None:
    found = facts("@ TXT v=spf1 " + " ".join(f"ip4:10.0.0.{n}" for n in range(150)) + " include:gone.example -all")
    assert len(found["problems"]) == 101
    assert found["problems"][-1] == Unknown("more than 100 problems")
    assert {"private_address", "include_not_found"} - codes(found) == {"include_not_found"}


def test_a_tree_that_doubles_at_each_level_is_counted_without_walking_it() -> None:
    world = "@ TXT v=spf1 include:n0.example a -all\n"
    world += "\n".join(
        f"n{n}.example TXT v=spf1 " + f"include:n{n + 1}.example " * 50 + "a:gone.example -all" for n in range(18)
    )
    began = time.process_time()
    found = facts(world + "\nn18.example TXT v=spf1 -all")
    assert found["lookups"] == 1_000_000
    assert found["void_lookups"] == 1_000_000
    assert time.process_time() - began < 2


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 90), st.integers(1, 9))
def test_random_trees_with_loops_end_within_the_bounds(seed: int, names: int, width: int) -> None:
    dice = random.Random(seed)

    def record() -> str:
        kinds = (
            "include:{}",
            "?include:{}",
            "redirect={}",
            "a:{}",
            "mx:{}",
            "exists:{}",
            "include:%{{i}}.{}",
            "-all",
            "x",
        )
        return "v=spf1 " + " ".join(
            dice.choice(kinds).format(f"n{dice.randrange(names)}.example") for _ in range(width)
        )

    world = f"@ TXT {record()}\n" + "\n".join(f"n{n}.example TXT {record()}" for n in range(names))
    unread = {(f"n{dice.randrange(names)}.example", dice.choice(("TXT", "A", "MX"))): Status.SERVFAIL for _ in range(3)}
    before = facts(world)
    _, rounds = walked(world)
    assert len(rounds) <= DEEPEST + 3
    assert sum(map(len, rounds)) <= 20 * MOST_NAMES
    assert_nothing_known_changed(before, facts(world, faults=unread), unread)
