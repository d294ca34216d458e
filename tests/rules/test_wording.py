from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.facts import MxRecord, Problem, Unknown
from rules.model import Slot, Template
from rules.results import AppliedWaiver
from rules.wording import (
    LONGEST,
    Words,
    around,
    command_of,
    fill,
    in_words,
    sentence_of,
    shorten,
    whole_text_of,
    with_waiver,
)

UNKNOWN = Unknown("SERVFAIL for TXT contoso.com")


def mx(host: str) -> MxRecord:
    return MxRecord(
        host=host,  # type: ignore[arg-type]
        preference=10,
        provider="other",
        kind="other",
        resolves=UNKNOWN,
        is_cname=False,
        is_ip=False,
    )


def template(*parts: str | Slot) -> Template:
    return Template(parts)


NAME = "domain.name"


def words(facts: dict[str, Any]) -> Words:
    return Words(facts, facts.get(NAME, "contoso.com"))


def said(text: Template, facts: dict[str, Any]) -> str:
    return sentence_of(text, NAME)(words(facts))


def command(text: Template, facts: dict[str, Any]) -> str:
    return command_of(text, NAME)(words(facts))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("v=spf1 -all", "v=spf1 -all"),
        ("", ""),
        (11, "11"),
        (0, "0"),
        (True, "yes"),
        (False, "no"),
        (None, "none"),
        (UNKNOWN, "could not be determined"),
        ((), "none"),
        (("a", "b", "c"), "a, b, c"),
        (("a", UNKNOWN), "a, could not be determined"),
        ((Problem(code="dash", text="A dash is not a minus.", where="-all"),), "A dash is not a minus."),
        ((mx("mail.contoso.com"), mx("")), "mail.contoso.com, ."),
        ("line\nbreak\x1b[31m", "line\nbreak\x1b[31m"),
    ],
)
def test_values_in_words(value: Any, expected: str) -> None:
    assert in_words(value) == expected


def test_substitution_is_one_pass() -> None:
    text = template("Record: ", Slot("spf.record"), " of ", Slot("domain.name"))
    facts = {"spf.record": "{domain.name} {{0.__class__}}", "domain.name": "contoso.com"}
    assert said(text, facts) == "Record: {domain.name} {{0.__class__}} of contoso.com"


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("100% of ", Slot(NAME), " and ", Slot(NAME), "."), "100% of contoso.com and contoso.com."),
        ((Slot(NAME), " has ", Slot("spf.record"), "."), "contoso.com has 5% {x}."),
        ((Slot("spf.record"), " is that of ", Slot(NAME), ", 1%s."), "5% {x} is that of contoso.com, 1%s."),
        (("100%: ", Slot("spf.record"), ", ", Slot("spf.lookups"), ", ", Slot(NAME)), "100%: 5% {x}, 3, contoso.com"),
        (("Nothing but 1% text.",), "Nothing but 1% text."),
    ],
)
def test_a_sentence_is_its_template_with_the_facts_in_it(parts: tuple[str | Slot, ...], expected: str) -> None:
    facts = {NAME: "contoso.com", "spf.record": "5% {x}", "spf.lookups": 3}
    text = template(*parts)
    assert said(text, facts) == whole_text_of(text, NAME)(words(facts)) == expected
    pieces = around(text, NAME)
    assert pieces is None or "contoso.com".join(pieces) == expected
    assert (pieces is None) == ("5% {x}" in expected)


def test_a_name_is_cut_in_a_message_and_whole_in_a_fix() -> None:
    text, facts = template("See ", Slot(NAME), "."), {NAME: "a" * 1000}
    assert "".join(around(text, NAME) or ()) == "See ."
    assert words(facts).name == "a" * (LONGEST - 1) + "…"
    assert whole_text_of(text, NAME)(words(facts)) == "See " + "a" * 1000 + "."
    assert command(template("Get-It ", Slot(NAME)), facts) == "Get-It " + "a" * 1000


def test_a_long_value_in_a_message_ends_in_an_ellipsis() -> None:
    facts = {"spf.record": "v=spf1 " + "x" * 10_000}
    message = said(template("Record: ", Slot("spf.record")), facts)
    assert message.endswith("x…")
    assert len(message) == len("Record: ") + LONGEST


def test_a_long_list_in_a_message_says_how_many_more_there_are() -> None:
    hosts = tuple(f"mail{n:05}.contoso.com" for n in range(5000))
    message = said(template(Slot("mx.hosts")), {"mx.hosts": hosts})
    assert len(message) < LONGEST + 50
    shown = message.split(" and ")[0].split(", ")
    assert shown == list(hosts[: len(shown)])
    assert message.endswith(f" and {5000 - len(shown)} more")


def test_the_first_element_of_a_list_is_shown_however_long_it_is() -> None:
    assert said(template(Slot("x")), {"x": ("a" * 1000, "b")}) == "a" * (LONGEST - 1) + "… and 1 more"


@given(st.text(), st.integers(1, 50))
def test_shortening_keeps_the_beginning_and_the_limit(text: str, longest: int) -> None:
    short = shorten(text, longest)
    assert len(short) <= longest
    assert short == text if len(text) <= longest else text.startswith(short[:-1])


def test_what_is_to_be_published_is_never_cut() -> None:
    record = "v=spf1 " + "x" * 10_000
    assert fill(template(Slot("spf.record")), {"spf.record": record}) == record


@pytest.mark.parametrize("value", [None, UNKNOWN, (), ("a", UNKNOWN), ("a", None)])
def test_what_is_to_be_published_is_dropped_where_a_placeholder_cannot_be_filled(value: Any) -> None:
    assert fill(template("v=spf1 ", Slot("x")), {"x": value}) is None


def test_a_field_of_the_item_is_filled_and_an_unknown_field_drops_it() -> None:
    assert fill(template(Slot("", "preference"), " ", Slot("", "host")), {}, mx("a.test")) == "10 a.test"
    assert fill(template(Slot("", "resolves")), {}, mx("a.test")) is None
    assert fill(template(Slot("")), {}, "a.test") == "a.test"
    assert fill(template(Slot("", "no_such_field")), {}, "a.test") is None


def test_a_command_takes_plain_values() -> None:
    text = template("New-DkimSigningConfig -DomainName ", Slot("domain.name"), " -Enabled $true")
    assert (
        command(text, {"domain.name": "contoso.com"}) == "New-DkimSigningConfig -DomainName contoso.com -Enabled $true"
    )


@pytest.mark.parametrize(
    "value",
    [
        "a; rm -rf /",
        "a b",
        "$(x)",
        "`x`",
        "'",
        '"',
        "\u2019",
        "a\nb",
        "-Force",
        "@x",
        "a|b",
        "&",
        "",
        UNKNOWN,
        None,
        (),
        ("ok.test", "; x"),
    ],
)
def test_a_command_is_dropped_where_a_value_could_mean_more_than_itself(value: Any) -> None:
    assert command(template("Do-It ", Slot("x")), {"x": value}) == ""


def test_a_command_is_dropped_where_the_name_could_mean_more_than_itself() -> None:
    assert command(template("Do-It ", Slot(NAME)), {NAME: "a; rm -rf /"}) == ""
    assert command(template("Do-It"), {NAME: "a; rm -rf /"}) == "Do-It"


def test_a_waiver_is_told_behind_a_full_stop() -> None:
    waiver = AppliedWaiver(reason="migration", owner="ops@contoso.com", expires="2027-01-31", ticket="T-17")
    assert (
        with_waiver("The record is: v=spf1 -all", waiver)
        == "The record is: v=spf1 -all. Waived through 2027-01-31: migration (owner ops@contoso.com, ticket T-17)."
    )
    expired = AppliedWaiver(reason="migration", owner="ops@contoso.com", expires="2026-01-31", expired=True)
    assert (
        with_waiver("It failed.", expired)
        == "It failed. A waiver expired on 2026-01-31: migration (owner ops@contoso.com)."
    )
