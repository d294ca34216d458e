from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.changes import changes_of
from rules.facts import MxRecord, Unknown
from rules.model import ChangeSpec, Condition, FixSpec, Rule, Slot, Template
from rules.results import Change

UNKNOWN = Unknown("SERVFAIL for TXT contoso.com")
NAME = Template((Slot("domain.name"),))
FACTS: dict[str, Any] = {"domain.name": "contoso.com"}


def text(value: str | Slot | Template | None) -> Template | None:
    return value if value is None or isinstance(value, Template) else Template((value,))


def spec(
    action: str,
    type_: str,
    value: str | Slot | Template,
    *,
    name: str | Template = NAME,
    replaces: str | Slot | None = None,
    each: str = "",
    ttl: int | None = None,
) -> ChangeSpec:
    filled, named = text(value), text(name)
    assert filled is not None
    assert named is not None
    return ChangeSpec(action, named, type_, filled, ttl, text(replaces), each)  # type: ignore[arg-type]


def rule(id_: str, *specs: ChangeSpec, effort: str = "minutes", owner: str = "dns") -> Rule:
    return Rule(
        id=id_,
        title=id_,
        severity="low",
        needs=(),
        when=None,
        assertion=Condition(lambda facts: False, frozenset(), "never"),
        failed=Template(("x",)),
        passed=None,
        why="",
        fix=FixSpec(effort, owner, Template(("x",)), None, specs),  # type: ignore[arg-type]
        cap="",
        refs=(),
        maps={},
        examples=(),
        pack="test",
        where="",
    )


def changes(*failed: tuple[str, Rule], **facts: Any) -> list[Change]:
    named = {name.replace("__", "."): value for name, value in facts.items()}
    return list(changes_of([(r, severity) for severity, r in failed], FACTS | named))  # type: ignore[misc]


def mx(host: Any, preference: int = 10) -> MxRecord:
    return MxRecord(
        host=host, preference=preference, provider="other", kind="other", resolves=True, is_cname=False, is_ip=False
    )


def test_a_change_is_filled_from_facts_and_says_who_asks_for_it() -> None:
    fix = spec("replace", "TXT", Slot("spf.suggested"), replaces=Slot("spf.record"), ttl=3600)
    found = changes(
        ("critical", rule("SPF-002", fix, effort="hours")),
        spf__suggested="v=spf1 include:spf.protection.outlook.com -all",
        spf__record="v=spf1 -all",
    )
    assert found == [
        Change(
            action="replace",
            name="contoso.com",
            type="TXT",
            value="v=spf1 include:spf.protection.outlook.com -all",
            ttl=3600,
            replaces="v=spf1 -all",
            rules=("SPF-002",),
            severity="critical",
            owner="dns",
            effort="hours",
        )
    ]


@pytest.mark.parametrize("missing", [None, UNKNOWN, ""])
@pytest.mark.parametrize("fact", ["spf.suggested", "spf.record"])
def test_a_change_is_dropped_where_the_value_or_what_it_replaces_is_not_known(fact: str, missing: Any) -> None:
    fix = spec("replace", "TXT", Slot("spf.suggested"), replaces=Slot("spf.record"))
    facts = {"spf__suggested": "v=spf1 -all", "spf__record": "v=spf1 ~all"} | {fact.replace(".", "__"): missing}
    assert changes(("high", rule("R-1", fix)), **facts) == []


def test_a_change_that_changes_nothing_is_dropped() -> None:
    same = spec("replace", "CNAME", "Target.contoso.test", replaces="target.contoso.test.")
    assert changes(("high", rule("R-1", same))) == []


def test_names_are_a_labels_in_lower_case_without_final_dot() -> None:
    found = changes(("high", rule("R-1", spec("add", "TXT", "x", name="_DMARC.Bücher.example."))))
    assert found[0].name == "_dmarc.xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("type_", "value", "expected"),
    [
        ("CNAME", "Selector1.Contoso.test", "selector1.contoso.test."),
        ("CNAME", "selector1.contoso.test.", "selector1.contoso.test."),
        ("MX", "0 contoso-com.mail.protection.outlook.com", "0 contoso-com.mail.protection.outlook.com."),
        ("MX", "0 .", "0 ."),
        ("MX", "0 ", "0 ."),
        ("SRV", "100 1 443 sipdir.online.lync.com", "100 1 443 sipdir.online.lync.com."),
        ("NS", "ns1.contoso.test", "ns1.contoso.test."),
        ("TXT", "v=spf1 include:Example.TEST -all", "v=spf1 include:Example.TEST -all"),
    ],
)
def test_host_values_end_in_a_dot_and_text_stays_as_it_is(type_: str, value: str, expected: str) -> None:
    (found,) = changes(("high", rule("R-1", spec("add", type_, value))))
    assert found.value == expected


def test_each_makes_a_change_of_every_known_element() -> None:
    fix = spec("delete", "MX", Template((Slot("", "preference"), " ", Slot("", "host"))), each="mx.leftovers")
    found = changes(
        ("high", rule("R-1", fix)), mx__leftovers=(mx("a.test"), UNKNOWN, mx(UNKNOWN), mx("b.test", 20), mx("", 0))
    )
    assert [change.value for change in found] == ["10 a.test.", "20 b.test.", "0 ."]


@pytest.mark.parametrize("elements", [UNKNOWN, ()])
def test_each_of_nothing_known_makes_no_change(elements: Any) -> None:
    fix = spec("delete", "TXT", Slot(""), each="spf.records")
    assert changes(("high", rule("R-1", fix)), spf__records=elements) == []


def test_equal_changes_merge_under_the_highest_severity() -> None:
    one = rule("R-1", spec("add", "TXT", "v=spf1 -all", ttl=300), effort="hours", owner="tenant")
    two = rule("R-2", spec("add", "TXT", "v=spf1 -all"), effort="minutes", owner="dns")
    (found,) = changes(("medium", one), ("critical", two))
    assert (found.rules, found.severity, found.owner, found.effort) == (("R-1", "R-2"), "critical", "dns", "minutes")
    assert found.ttl == 300


def test_the_order_is_severity_then_effort_then_rules() -> None:
    def adding(id_: str, effort: str) -> Rule:
        return rule(id_, spec("add", "TXT", f"{id_}=1"), effort=effort)

    found = changes(
        ("low", adding("R-1", "minutes")),
        ("high", adding("R-2", "days")),
        ("high", adding("R-3", "minutes")),
        ("high", adding("R-4", "minutes")),
        ("critical", adding("R-5", "weeks")),
    )
    assert [change.rules[0] for change in found] == ["R-5", "R-3", "R-4", "R-2", "R-1"]


CLASHES = {
    "replaced by two values": (
        spec("replace", "MX", "0 a.test", replaces="9 z.test"),
        spec("replace", "MX", "0 b.test", replaces="9 z.test"),
    ),
    "replaced and deleted": (
        spec("replace", "TXT", "b", replaces="a"),
        spec("delete", "TXT", "a"),
    ),
    "two aliases": (spec("add", "CNAME", "a.test"), spec("replace", "CNAME", "b.test", replaces="c.test")),
    "an alias and something else": (spec("add", "CNAME", "a.test"), spec("add", "MX", "0 b.test")),
    "two SPF records": (spec("add", "TXT", "v=spf1 -all"), spec("replace", "TXT", "V=SPF1 ~all", replaces="v=spf1")),
    "two DMARC records": (spec("add", "TXT", "v=DMARC1; p=none"), spec("add", "TXT", "v=DMARC1;p=reject")),
    "added and deleted": (spec("add", "MX", "0 a.test"), spec("delete", "MX", "0 A.test.")),
    "published and replaced": (spec("add", "TXT", "a=1"), spec("replace", "TXT", "b=1", replaces="a=1")),
}


@pytest.mark.parametrize("clash", CLASHES.values(), ids=CLASHES.keys())
def test_of_two_changes_that_clash_the_higher_severity_wins_then_the_earlier_rule(
    clash: tuple[ChangeSpec, ChangeSpec],
) -> None:
    one, two = (rule(f"R-{number}", each) for number, each in enumerate(clash, start=1))
    assert [c.rules for c in changes(("high", one), ("high", two))] == [("R-1",)]
    assert [c.rules for c in changes(("low", one), ("high", two))] == [("R-2",)]
    assert [c.rules for c in changes(("high", two), ("low", one))] == [("R-2",)]
    elsewhere = dataclasses.replace(clash[1], name=Template(("elsewhere.test",)))
    assert len(changes(("high", one), ("low", rule("R-2", elsewhere)))) == 2


PEACE = {
    "an alias in the place of a text": (spec("add", "CNAME", "a.test"), spec("delete", "TXT", "a.test")),
    "texts of different kinds": (spec("add", "TXT", "v=spf1 -all"), spec("add", "TXT", "MS=ms123")),
    "a second mail exchanger": (spec("add", "MX", "0 a.test"), spec("add", "MX", "10 b.test")),
    "one SPF record changed, another deleted": (
        spec("replace", "TXT", "v=spf1 -all", replaces="v=spf1 ~all"),
        spec("delete", "TXT", "v=spf1 ?all"),
    ),
}


@pytest.mark.parametrize("pair", PEACE.values(), ids=PEACE.keys())
def test_changes_that_go_together_are_both_kept(pair: tuple[ChangeSpec, ChangeSpec]) -> None:
    one, two = (rule(f"R-{number}", each) for number, each in enumerate(pair, start=1))
    assert len(changes(("high", one), ("high", two))) == 2


def test_a_rule_without_fix_wants_no_change() -> None:
    assert changes(("high", dataclasses.replace(rule("R-1"), fix=None))) == []


SPECS = st.builds(
    spec,
    st.sampled_from(["add", "replace", "delete"]),
    st.sampled_from(["TXT", "CNAME", "MX"]),
    st.sampled_from(["a", "b", "v=spf1 a", "v=spf1 b"]),
    name=st.sampled_from(["x.test", "y.test"]),
    replaces=st.sampled_from(["a", "b", "v=spf1 a"]),
)


@given(st.lists(st.tuples(st.sampled_from(["critical", "high", "low"]), SPECS), max_size=12))
def test_what_is_kept_leaves_no_name_with_two_aliases_two_spf_records_or_a_value_both_there_and_gone(
    wanted: list[tuple[str, ChangeSpec]],
) -> None:
    kept = changes(*((severity, rule(f"R-{n}", each)) for n, (severity, each) in enumerate(wanted)))
    there = [(c.name, c.type, c.value) for c in kept if c.action != "delete"]
    gone = [(c.name, c.type, c.replaces if c.action == "replace" else c.value) for c in kept if c.action != "add"]
    assert not set(there) & set(gone)
    assert len(gone) == len(set(gone))
    for name in ("x.test", "y.test"):
        types = [type_ for owner, type_, _ in there if owner == name]
        assert "CNAME" not in types or len(types) == 1
        assert sum(value.startswith("v=spf1") for owner, type_, value in there if (owner, type_) == (name, "TXT")) <= 1


@given(st.text(max_size=40), st.sampled_from(["TXT", "MX", "CNAME"]), st.sampled_from(["add", "replace", "delete"]))
def test_no_text_from_outside_makes_it_raise(hostile: str, type_: str, action: str) -> None:
    fix = spec(action, type_, Slot("x.value"), replaces=Slot("x.value"), name=Template((Slot("x.value"), ".test")))
    other = spec(action, type_, Template((Slot("x.value"), " y")), replaces=Slot("x.value"))
    assert len(changes(("high", rule("R-1", fix, other)), x__value=hostile)) <= 2
