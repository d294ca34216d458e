from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.conditions import compile_condition
from rules.entries import Page
from rules.errors import FactError, FaultLog, LoadError
from rules.fact import documented
from rules.facts import NOT_ASKED, FactType, MxRecord, Unknown, Value, catalogue
from rules.model import Condition
from rules.source import parse

GONE = Unknown("SERVFAIL from 192.0.2.53")
LATE = Unknown("no answer in time")


def compiled(text: str, types: Mapping[str, FactType] | None = None) -> Condition:
    """Compiles a condition written in YAML. Raises LoadError with all its faults."""
    log = FaultLog()
    file = parse("c.yaml", text.encode(), log)
    found = compile_condition(Page(file, log), file.root, types or catalogue()) if file else None
    log.raise_if_any()
    assert found is not None
    return found


def verdict(text: str, types: Mapping[str, FactType] | None = None, **facts: Value) -> bool | Unknown:
    """What a condition says of facts, whose dots are written `__`."""
    return compiled(text, types).test({name.replace("__", "."): value for name, value in facts.items()})


def told(text: str, types: Mapping[str, FactType] | None = None) -> str:
    with pytest.raises(LoadError) as caught:
        compiled(text, types)
    return str(caught.value)


def mx(**fields: Any) -> MxRecord:
    given = {"host": "mx.example", "preference": 10, "provider": "other", "kind": "other", "resolves": True}
    return MxRecord(**{**given, "is_cname": False, "is_ip": False, **fields})


# Single values


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("spf.over_limit: true", True, True),
        ("spf.over_limit: true", False, False),
        ("spf.over_limit: {equals: false}", False, True),
        ("spf.lookups: 10", 10, True),
        ("spf.lookups: {in: [1, 2]}", 2, True),
        ("spf.lookups: {in: [1, 2]}", 3, False),
        ("spf.lookups: {at_least: 10}", 10, True),
        ("spf.lookups: {at_least: 10}", 9, False),
        ("spf.lookups: {at_most: 10}", 11, False),
        ("spf.lookups: {at_least: -1, at_most: 10}", 10, True),
        ("spf.all: {in: [fail, softfail]}", "softfail", True),
        ("spf.all: {in: [fail, softfail]}", "none", False),
        ("spf.all: {like: '*fail'}", "softfail", True),
        ("mx.m365_format: 2025", "2025", True),
        ("spf.record: v=spf1 -all", "v=spf1 -all", True),
        ("spf.record: v=spf1 -all", "V=spf1 -all", False),
        ("spf.record: 1183", "1183", True),
        ("spf.record: 6.10", "6.10", True),
        ("spf.record: no", "no", True),
        ("spf.record: {contains_text: include}", "v=spf1 include:x", True),
        ("spf.record: {contains_text: Include}", "v=spf1 include:x", False),
        ("spf.record: {present: true}", "", True),
        ("spf.record: {present: false}", "x", False),
        ("spf.redirect: Example.COM.", "example.com", True),
        ("spf.redirect: example.com", "EXAMPLE.com.", True),
        ("spf.redirect: {in: [Example.com]}", "example.com.", True),
        ("spf.redirect: {like: '*.Example.com.'}", "a.b.example.COM", True),
        ("spf.redirect: {contains_text: MPLE}", "example.com", True),
    ],
)
def test_a_value_is_compared_by_its_type(text: str, value: Value, expected: bool) -> None:
    condition = compiled(text)
    assert condition.test({next(iter(condition.facts)): value}) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("protection.outlook.com", True),
        ("a.protection.outlook.com.", True),
        ("A.B.Protection.Outlook.COM", True),
        ("xprotection.outlook.com", False),
        ("outlook.com", False),
        ("protection.outlook.com.evil.example", False),
        ("", False),
    ],
)
def test_under_works_on_whole_labels(name: str, expected: bool) -> None:
    assert verdict("spf.redirect: {under: protection.outlook.com}", spf__redirect=name) is expected
    assert verdict("spf.redirect: {under: [x.example, Protection.outlook.com.]}", spf__redirect=name) is expected


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("*", "", True),
        ("**", "ab", True),
        ("a*", "a", True),
        ("*a", "ba", True),
        ("a*a", "a", False),
        ("a*a", "aa", True),
        ("a*b*c", "a-b-c", True),
        ("a*b*c", "a-c-b", False),
        ("*ab*ab*", "abab", True),
        ("*ab*ab*", "abb", False),
        ("ab*ba", "aba", False),
        ("a?c", "abc", False),
        ("[ab]", "a", False),
        ("a.c", "abc", False),
        ("a*c", "a\nb\nc", True),
    ],
)
def test_in_like_only_the_asterisk_is_special(pattern: str, value: str, expected: bool) -> None:
    assert verdict(f"spf.record: {{like: '{pattern}'}}", spf__record=value) is expected


def test_like_takes_any_of_several_patterns() -> None:
    assert verdict("spf.record: {like: [a*, '*z']}", spf__record="xyz") is True


def test_like_stays_fast_on_patterns_that_make_regular_expressions_explode() -> None:
    pattern = "*a" * 1_500
    assert verdict(f"spf.record: {{like: '{pattern}b'}}", spf__record="a" * 200_000) is False


@pytest.mark.parametrize(
    "text",
    [
        "spf.record: x",
        "spf.record: {in: [x]}",
        "spf.record: {like: '*'}",
        "spf.record: {contains_text: x}",
        "spf.redirect: {under: x}",
        "dmarc.pct: {at_least: 0}",
        "dmarc.pct: {at_most: 9}",
        "spf.record: {present: true}",
        "spf.record: {equals: {fact: dmarc.record}}",
        "mx.cloud: {in: [worldwide]}",
    ],
)
def test_a_test_on_null_is_false_and_on_an_unknown_unknown(text: str) -> None:
    condition = compiled(text)
    facts = {"dmarc.record": "x"} | {name: None for name in condition.facts if name != "dmarc.record"}
    assert condition.test(facts) is False
    facts |= {name: GONE for name in condition.facts if name != "dmarc.record"}
    assert condition.test(facts) == GONE


def test_not_of_a_null_test_is_true_and_present_false_is_true_of_null() -> None:
    assert verdict("not: {spf.record: x}", spf__record=None) is True
    assert verdict("spf.record: {present: false}", spf__record=None) is True
    assert verdict("spf.record: {present: false}", spf__record=GONE) == GONE


def test_a_list_is_present_even_when_empty() -> None:
    assert verdict("spf.records: {present: true}", spf__records=()) is True
    assert verdict("spf.records: {present: true}", spf__records=(GONE,)) is True
    assert verdict("spf.records: {present: true}", spf__records=GONE) == GONE


# Comparisons with other facts


def test_facts_are_compared_with_facts() -> None:
    same = "mx.cloud: {equals: {fact: m365.cloud}}"
    assert verdict(same, mx__cloud="worldwide", m365__cloud="worldwide") is True
    assert verdict(same, mx__cloud="worldwide", m365__cloud="china") is False
    assert (
        verdict("spf.lookups: {at_most: {fact: spf.lookups_at_least}}", spf__lookups=3, spf__lookups_at_least=2)
        is False
    )
    assert (
        verdict("spf.redirect: {under: {fact: domain.name}}", spf__redirect="a.B.example", domain__name="b.example.")
        is True
    )
    assert verdict("spf.redirect: {like: {fact: dmarc.record}}", spf__redirect="a.example", dmarc__record="A.*") is True


def test_null_on_either_side_is_false_whatever_the_other_side_is() -> None:
    same = "mx.cloud: {equals: {fact: m365.cloud}}"
    for value in (None, GONE, "worldwide"):
        assert verdict(same, mx__cloud=value, m365__cloud=None) is False
        assert verdict(same, mx__cloud=None, m365__cloud=value) is False


def test_reasons_of_both_sides_are_told() -> None:
    found = verdict("mx.cloud: {equals: {fact: m365.cloud}}", mx__cloud=GONE, m365__cloud=LATE)
    assert found == Unknown("SERVFAIL from 192.0.2.53; no answer in time")


def test_a_list_fact_on_the_right_honours_its_unknown_elements() -> None:
    text = "spf.all: {in: {fact: profile.spf_all}}"
    assert verdict(text, spf__all="fail", profile__spf_all=(GONE, "fail")) is True
    assert verdict(text, spf__all="pass", profile__spf_all=("fail",)) is False
    assert verdict(text, spf__all="pass", profile__spf_all=(GONE, "fail")) == GONE
    assert verdict(text, spf__all=GONE, profile__spf_all=()) is False
    assert verdict("domain.name: {under: {fact: mx.hosts}}", domain__name="a.b", mx__hosts=(GONE, "B.")) is True


def test_hosts_are_compared_as_hosts_with_text_too() -> None:
    assert (
        verdict("spf.record: {equals: {fact: domain.name}}", spf__record="B.Example.", domain__name="b.example") is True
    )


# Lists


@pytest.mark.parametrize(
    ("elements", "every", "any_", "none"),
    [
        ((), False, False, True),
        (("a.x",), True, True, False),
        (("a.x", "b"), False, True, False),
        (("b",), False, False, True),
        (("a.x", GONE), GONE, True, False),
        (("b", GONE), False, GONE, GONE),
        ((GONE,), GONE, GONE, GONE),
        ((GONE, "a.x", "b"), False, True, False),
        (GONE, GONE, GONE, GONE),
    ],
)
def test_quantifiers_decide_as_soon_as_the_known_elements_do(
    elements: Value, every: Value, any_: Value, none: Value
) -> None:
    for word, expected in (("every", every), ("any", any_), ("none", none)):
        assert verdict(f"spf.includes: {{{word}: {{under: x}}}}", spf__includes=elements) == expected


def test_contains_compares_as_the_elements_type_does() -> None:
    assert verdict("mx.hosts: {contains: A.Example.}", mx__hosts=("a.example",)) is True
    assert verdict("dmarc.rua: {contains: A}", dmarc__rua=("a",)) is False
    assert verdict("mx.hosts: {contains: a}", mx__hosts=("b", GONE)) == GONE
    assert verdict("mx.hosts: {contains: a}", mx__hosts=(GONE, "a")) is True
    assert verdict("mx.hosts: {contains: {fact: domain.name}}", mx__hosts=("a",), domain__name="A.") is True
    assert verdict("mx.hosts: {contains: {fact: domain.name}}", mx__hosts=(), domain__name=GONE) is False


@pytest.mark.parametrize(
    ("test", "known", "unknown", "expected"),
    [
        ("at_least: 2", 2, 0, True),
        ("at_least: 2", 1, 0, False),
        ("at_least: 2", 2, 5, True),
        ("at_least: 2", 1, 1, None),
        ("at_least: 3", 1, 1, False),
        ("at_most: 2", 2, 0, True),
        ("at_most: 2", 1, 1, True),
        ("at_most: 2", 1, 2, None),
        ("at_most: 2", 3, 1, False),
        ("equals: 1", 1, 0, True),
        ("equals: 1", 1, 1, None),
        ("equals: 1", 0, 1, None),
        ("equals: 1", 2, 1, False),
        ("equals: 3", 1, 1, False),
        ("equals: 0", 0, 0, True),
        ("at_least: 1, at_most: 2", 1, 1, True),
        ("at_least: 2, at_most: 0", 1, 0, False),
    ],
)
def test_a_count_with_unknown_elements_is_a_range(test: str, known: int, unknown: int, expected: bool | None) -> None:
    elements = ("x",) * known + (GONE,) * unknown
    found = verdict(f"spf.records: {{count: {{{test}}}}}", spf__records=elements)
    assert found == (GONE if expected is None else expected)


def test_a_count_is_compared_with_a_fact() -> None:
    text = "mx.hosts: {count: {equals: {fact: spf.lookups}}}"
    assert verdict(text, mx__hosts=("a",), spf__lookups=1) is True
    assert verdict(text, mx__hosts=("a",), spf__lookups=GONE) == GONE
    assert verdict("mx.hosts: {count: {at_least: {fact: dmarc.pct}}}", mx__hosts=GONE, dmarc__pct=None) is False


def test_records_are_tested_by_a_whole_condition_over_their_fields() -> None:
    text = "mx.records: {any: {kind: other, any: [{preference: {at_least: 20}}, {not: {is_ip: false}}]}}"
    assert verdict(text, mx__records=(mx(preference=20),)) is True
    assert verdict(text, mx__records=(mx(is_ip=True),)) is True
    assert verdict(text, mx__records=(mx(), mx(kind="gateway", preference=30))) is False


def test_a_record_with_unknown_fields_is_there() -> None:
    record = mx(resolves=GONE)
    assert verdict("mx.records: {count: {equals: 1}}", mx__records=(record,)) is True
    assert verdict("mx.records: {every: {kind: other}}", mx__records=(record,)) is True
    assert verdict("mx.records: {every: {resolves: true}}", mx__records=(record,)) == GONE
    assert verdict("mx.records: {every: {resolves: true, kind: gateway}}", mx__records=(record,)) is False
    assert verdict("mx.records: {every: {kind: other}}", mx__records=(record, GONE)) == GONE


def test_records_may_be_mappings_as_in_examples() -> None:
    assert verdict("mx.records: {every: {kind: other}}", mx__records=({"kind": "other"},)) is True


def test_fields_are_compared_with_facts_and_with_lists_of_facts() -> None:
    text = "mx.records: {any: {host: {in: {fact: mx.hosts}}, preference: {at_least: {fact: spf.lookups}}}}"
    assert verdict(text, mx__records=(mx(host="A."),), mx__hosts=("a",), spf__lookups=3) is True
    assert compiled(text).facts == {"mx.records", "mx.hosts", "spf.lookups"}
    assert compiled(text).fields == {"mx.records.host", "mx.records.preference"}


def _nested() -> dict[str, FactType]:
    """A catalogue with lists inside records, plain ones and records."""
    text = FactType("", "text", False, "")
    number = FactType("size", "int", True, "")
    part = FactType("parts", "record", False, "", fields={"size": number})
    record = FactType(
        "",
        "record",
        False,
        "",
        fields={
            "names": FactType("names", "list", False, "", element=text),
            "parts": FactType("parts", "list", False, "", element=part),
        },
    )
    return {"a.rows": FactType("a.rows", "list", False, "", element=record)}


def test_lists_inside_records_are_lists_too() -> None:
    types = _nested()
    text = "a.rows: {every: {names: {contains: x}, parts: {any: {size: {at_least: 2}}}}}"
    row: Any = {"names": ("x", GONE), "parts": ({"size": 1}, {"size": 3})}
    assert verdict(text, types, a__rows=(row,)) is True
    assert verdict(text, types, a__rows=({**row, "parts": ({"size": None},)},)) is False
    assert verdict(text, types, a__rows=({**row, "parts": GONE},)) == GONE
    assert verdict("a.rows: {any: {names: {count: {at_least: 2}}}}", types, a__rows=(row,)) == GONE
    assert compiled(text, types).fields == {"a.rows.names", "a.rows.parts", "a.rows.parts.size"}
    assert 'unknown field of a.rows.parts "sise"; did you mean "size"?' in told(
        "a.rows: {any: {parts: {any: {sise: 1}}}}", types
    )


# Logic


KLEENE = {"true": True, "false": False, "unknown": GONE}


@pytest.mark.parametrize(("left", "right"), list(itertools.product(KLEENE, repeat=2)))
def test_all_and_any_follow_kleene(left: str, right: str) -> None:
    values = {KLEENE[left], KLEENE[right]}
    facts = {"spf__over_limit": KLEENE[left], "mx__null": KLEENE[right]}
    both = False if False in values else GONE if GONE in values else True
    either = True if True in values else GONE if GONE in values else False
    for text in ("{spf.over_limit: true, mx.null: true}", "[{spf.over_limit: true}, {mx.null: true}]"):
        assert verdict(text, **facts) == both
    assert verdict("all: [{spf.over_limit: true}, {mx.null: true}]", **facts) == both
    assert verdict("any: [{spf.over_limit: true}, {mx.null: true}]", **facts) == either
    assert verdict("not: {any: [{spf.over_limit: true}, {mx.null: true}]}", **facts) == (
        GONE if either == GONE else not either
    )


def test_an_unknown_tells_each_reason_once_and_not_without_end() -> None:
    found = verdict("{spf.over_limit: true, mx.null: true}", spf__over_limit=GONE, mx__null=GONE)
    assert found == GONE
    many = tuple(Unknown(f"reason {n} " + "x" * 1_000) for n in range(50))
    found = verdict("mx.hosts: {any: {under: x}}", mx__hosts=many)
    assert isinstance(found, Unknown)
    assert found.reason.startswith("reason 0")
    assert len(found.reason) < 1_500


def test_a_fact_that_was_not_collected_or_asked_is_an_error_of_the_program() -> None:
    with pytest.raises(FactError, match=r"spf\.lookups was not collected"):
        verdict("spf.lookups: 1")
    with pytest.raises(FactError, match=r"spf\.lookups was not asked for"):
        verdict("spf.lookups: 1", spf__lookups=NOT_ASKED)
    with pytest.raises(FactError, match=r"m365\.cloud was not collected"):
        verdict("mx.cloud: {equals: {fact: m365.cloud}}", mx__cloud="china")


# Words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("spf.lookups: {at_most: 10}", "spf.lookups is at most 10"),
        ("spf.authorises_m365: true", "spf.authorises_m365 is true"),
        ("mx.records: {every: {kind: microsoft365}}", "every mx.records has kind microsoft365"),
        ("spf.all: {in: {fact: profile.spf_all}}", "spf.all is one of profile.spf_all"),
        ("spf.all: {in: [fail, softfail]}", "spf.all is one of fail, softfail"),
        ("spf.record: {present: true}", "spf.record is present"),
        ("spf.record: {present: false}", "spf.record is absent"),
        ("not: {spf.record: {present: true}}", "spf.record is absent"),
        ("spf.record: v=spf1 -all", 'spf.record is "v=spf1 -all"'),
        ("spf.record: {like: v=spf1*}", "spf.record matches v=spf1*"),
        ("spf.record: {like: [a*, b*]}", "spf.record matches one of a*, b*"),
        ("spf.record: {contains_text: include}", "spf.record contains the text include"),
        ("not: {spf.record: {contains_text: include}}", "spf.record does not contain the text include"),
        ("spf.redirect: {under: [a.example, b.example]}", "spf.redirect is at or below one of a.example, b.example"),
        ("spf.records: {count: {equals: 1}}", "the number of spf.records is 1"),
        (
            "spf.records: {count: {at_least: 1, at_most: 2}}",
            "the number of spf.records is at least 1 and the number of spf.records is at most 2",
        ),
        ("mx.hosts: {contains: a.example}", "mx.hosts contains a.example"),
        ("mx.hosts: {none: {under: a.example}}", "no mx.hosts is at or below a.example"),
        ("not: {mx.hosts: {any: {under: a.example}}}", "no mx.hosts is at or below a.example"),
        ("mx.records: {any: {kind: other, resolves: true}}", "some mx.records has kind other and resolves true"),
        (
            "mx.records: {none: {host: {like: '*.x'}, not: {is_ip: true}}}",
            "no mx.records has host matching *.x and is_ip not true",
        ),
        (
            "mx.records: {every: {any: [{kind: other}, {is_ip: true}]}}",
            "every mx.records has (kind other or is_ip true)",
        ),
        (
            "{mx.null: true, any: [{spf.all: fail}, {spf.all: pass}]}",
            "mx.null is true and (spf.all is fail or spf.all is pass)",
        ),
        ("not: [{mx.null: true}, {spf.all: fail}]", "not (mx.null is true and spf.all is fail)"),
        ("not: {not: {mx.null: true}}", "mx.null is true"),
    ],
)
def test_a_condition_says_in_words_what_it_wants(text: str, words: str) -> None:
    assert compiled(text).text == words


# Faults


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("spf.lookup: 3", '1:1: unknown fact "spf.lookup"; did you mean "spf.lookups"?'),
        ("spf.lookups: {at_last: 3}", '1:15: unknown operator "at_last"; did you mean "at_least"?'),
        ("mx.records: {any: {knd: x}}", '1:20: unknown field of mx.records "knd"; did you mean "kind"?'),
        ("mx.records: {any: {spf.lookups: 1}}", "unknown field of mx.records"),
        ("kind: other", "unknown fact"),
        ("spf.all: permit", "spf.all must be one of pass, neutral, softfail, fail, none"),
        ("spf.all: {in: [fail, sofftail]}", 'did you mean "softfail"?'),
        ("spf.lookups: '10'", "numbers stand without quotes"),
        ("spf.lookups: 010", 'must be a whole number, not "010"'),
        ("spf.over_limit: yes", 'must be true or false, not "yes"'),
        ("spf.over_limit: 'true'", "must be true or false"),
        ("spf.record: true", "or {present: true}"),
        ("spf.record: null", "cannot be compared with null; write {present: false}"),
        ("spf.record:", "has no value"),
        ("spf.lookups: {at_most: null}", "cannot be compared with null"),
        ("spf.record: {in: [a, null]}", "cannot be compared with null"),
        ("mx.records: {any: {host: null}}", "cannot be compared with null"),
        ("spf.record: {at_least: 1}", "at_least does not fit spf.record, which is text"),
        ("spf.over_limit: {like: x}", "like does not fit spf.over_limit, which is bool"),
        ("spf.record: {under: x}", "under does not fit spf.record"),
        ("spf.lookups: {contains_text: x}", "contains_text does not fit"),
        ("spf.lookups: {every: {equals: 1}}", "every does not fit spf.lookups, which is int, not a list"),
        (
            "mx.hosts: {like: x}",
            "like does not fit mx.hosts, which is a list; use every, any, none, contains, count, present",
        ),
        ("mx.hosts: a", "mx.hosts is a list; say every, any, none, contains or count"),
        ("mx.hosts: [a]", "mx.hosts is a list"),
        ("spf.all: [fail]", "for one of several values write {in: [...]}"),
        ("spf.all: {equals: [fail]}", "takes one value, not a list; for one of several values use in"),
        ("spf.all: {in: fail}", 'takes a list, not "fail"; for one value use equals'),
        ("spf.all: {in: []}", "an empty list is never met"),
        ("spf.record: {contains_text: [a]}", "takes one value, not a list"),
        ("spf.record: {contains_text: ''}", "must not be empty"),
        ("spf.redirect: '*.example'", "* stands for anything only in like"),
        ("spf.redirect: {under: bücher.example}", "host name in ASCII"),
        ("mx.hosts: {contains: [a]}", "contains of mx.hosts takes one value; for several write any: {in: [...]}"),
        ("mx.records: {contains: a}", "contains does not fit mx.records, whose elements are records; use any"),
        ("mx.hosts: {every: a}", "every of mx.hosts takes a test; write {equals: a}"),
        ("mx.hosts: {every: {kind: other}}", 'unknown operator "kind"'),
        ("mx.records: {every: {under: x}}", 'unknown field of mx.records "under"'),
        ("mx.records: {every: other}", "must be a mapping or a list"),
        ("mx.hosts: {count: 3}", "write {equals: 3}"),
        ("mx.hosts: {count: {more: 3}}", 'unknown operator "more" of count'),
        ("mx.hosts: {count: {equals: x}}", "must be a whole number"),
        ("spf.record: {present: yes}", "present must be true or false"),
        ("spf.record: {fact: dmarc.record}", "write {equals: {fact: ...}}"),
        ("spf.record: {equals: {fact: dmarc.recrd}}", 'unknown fact "dmarc.recrd"; did you mean "dmarc.record"?'),
        (
            "spf.record: {equals: {fact: spf.lookups}}",
            "equals cannot compare spf.record (text, or null) with spf.lookups (int)",
        ),
        ("spf.lookups: {equals: {fact: spf.over_limit}}", "equals cannot compare"),
        ("spf.all: {equals: {fact: profile.spf_all}}", "equals cannot compare"),
        ("spf.all: {in: {fact: spf.status}}", "in takes a list, and spf.status is"),
        ("spf.all: {equals: {fact: mx.cloud}}", "spf.all and mx.cloud have no value in common"),
        ("spf.redirect: {under: {fact: spf.record}}", "under cannot compare"),
        ("spf.record: {equals: {fact: mx.records}}", "equals cannot compare"),
        ("spf.record: {equals: {value: x}}", "takes a literal or {fact: other.fact}"),
        ("spf.record: {}", "nothing is said of spf.record"),
        ("{}", "an empty condition says nothing"),
        ("any: []", "an empty condition says nothing"),
        ("any: {spf.record: x}", "any takes a list of conditions, not a mapping"),
        ("not: x", "a condition must be a mapping or a list"),
        ("x", "a condition must be a mapping or a list"),
        ("true", "a condition must be a mapping or a list"),
    ],
)
def test_what_cannot_be_meant_is_told_when_loading(text: str, words: str) -> None:
    assert words in told(text)


def test_all_faults_of_a_condition_are_told_at_once() -> None:
    found = told("any: [{spf.lokups: 1}, {spf.all: x}, {not: {mx.hosts: {count: {equals: a}}}}]")
    assert len(found.splitlines()) == 3


def test_a_pack_cannot_execute_anything() -> None:
    assert "tags are not allowed" in told("spf.record: !!python/object/apply:os.system [x]")
    assert "takes a literal or {fact: other.fact}" in told("spf.record: {equals: {__import__: os}}")


# Laws


def _values(fact_type: FactType, unknown: bool) -> st.SearchStrategy[Value]:
    """Values of a type; with `unknown`, also Unknown, and Unknown elements and fields."""
    plain: dict[str, st.SearchStrategy[Value]] = {
        "bool": st.booleans(),
        "int": st.integers(-2, 4),
        "text": st.sampled_from(["", "a", "ab", "a.b", "A"]),
        "host": st.sampled_from(["", "a", "a.b", "b.", "A.b"]),
        "enum": st.sampled_from(fact_type.choices or ("",)),
    }
    if fact_type.kind == "list":
        assert fact_type.element is not None
        values = st.lists(_values(fact_type.element, unknown), max_size=3).map(tuple)
    elif fact_type.kind == "record":
        assert fact_type.fields is not None
        values = st.fixed_dictionaries({name: _values(field, unknown) for name, field in fact_type.fields.items()})
    else:
        values = plain[fact_type.kind]
    if fact_type.nullable:
        values = st.none() | values
    return st.just(GONE) | values if unknown else values


_KINDS: dict[str, FactType] = {
    "f.flag": FactType("f.flag", "bool", False, ""),
    "f.size": FactType("f.size", "int", False, ""),
    "f.bits": FactType("f.bits", "int", True, ""),
    "f.text": FactType("f.text", "text", True, ""),
    "f.host": FactType("f.host", "host", True, ""),
    "f.enum": FactType("f.enum", "enum", False, "", choices=("x", "y")),
    "f.names": FactType("f.names", "list", False, "", element=FactType("", "host", False, "")),
    "f.texts": FactType("f.texts", "list", False, "", element=FactType("", "text", False, "")),
    "f.sizes": FactType("f.sizes", "list", False, "", element=FactType("", "int", False, "")),
}
_RECORD = FactType(
    "",
    "record",
    False,
    "",
    fields={
        "flag": _KINDS["f.flag"],
        "size": _KINDS["f.bits"],
        "host": _KINDS["f.host"],
        "names": _KINDS["f.names"],
    },
)
_TYPES = {**_KINDS, "f.rows": FactType("f.rows", "list", False, "", element=_RECORD)}

_INTS = st.integers(-1, 3).map(str) | st.sampled_from(["{fact: f.size}", "{fact: f.bits}"])
_NAMES = st.sampled_from(["a", "a.b", "[a, b]", "{fact: f.host}", "{fact: f.names}"])
_SCALARS = st.sampled_from(["a", "a.b", "{fact: f.host}", "{fact: f.text}"])


def _tests(kind: str) -> st.SearchStrategy[str]:
    """Operators that fit a kind, as the inside of a mapping."""
    by_kind = {
        "bool": st.sampled_from(["equals: true", "equals: false", "equals: {fact: f.flag}"]),
        "int": st.tuples(st.sampled_from(["at_least", "at_most", "equals"]), _INTS).map(": ".join)
        | st.sampled_from(["in: [0, 1, 2]", "in: {fact: f.sizes}"]),
        "host": _NAMES.map("under: {}".format)
        | _SCALARS.map("equals: {}".format)
        | st.sampled_from(["in: [a, b]", "in: {fact: f.names}", "like: ['a*', '*b']", "contains_text: b"]),
        "text": _SCALARS.map("equals: {}".format)
        | st.sampled_from(["in: [a, b]", "in: {fact: f.texts}", "like: '*b'", "contains_text: {fact: f.text}"]),
        "enum": st.sampled_from(["equals: x", "in: [x, y]", "like: x*", "equals: {fact: f.text}"]),
    }
    return by_kind[kind] | st.sampled_from(["present: true", "present: false"])


def _about(name: str, fact_type: FactType) -> st.SearchStrategy[str]:
    if fact_type.element is None:
        return _tests(fact_type.kind).map(lambda test: f"{{{name}: {{{test}}}}}")
    element = fact_type.element
    if element.kind == "record":
        inner = _conditions(element.fields or {}, 3)
        contains: st.SearchStrategy[str] = st.nothing()
    else:
        inner = _tests(element.kind).map("{{{}}}".format)
        contains = (_INTS if element.kind == "int" else _SCALARS).map("contains: {}".format)
    quantified = st.tuples(st.sampled_from(["every", "any", "none"]), inner).map(": ".join)
    counted = st.tuples(st.sampled_from(["at_least", "at_most", "equals"]), _INTS).map(
        lambda pair: f"count: {{{pair[0]}: {pair[1]}}}"
    )
    return (quantified | counted | contains).map(lambda test: f"{{{name}: {{{test}}}}}")


def _conditions(types: Mapping[str, FactType], leaves: int) -> st.SearchStrategy[str]:
    """Conditions as flow YAML over these facts or fields."""
    leaf = st.one_of([_about(name, fact_type) for name, fact_type in types.items()])
    return st.recursive(
        leaf,
        lambda inner: st.lists(inner, min_size=1, max_size=3).flatmap(
            lambda parts: st.sampled_from(
                [
                    f"{{any: [{', '.join(parts)}]}}",
                    f"{{all: [{', '.join(parts)}]}}",
                    f"{{not: {parts[0]}}}",
                    f"[{', '.join(parts)}]",
                ]
            )
        ),
        max_leaves=leaves,
    )


_FACTS = st.fixed_dictionaries({name: _values(fact_type, True) for name, fact_type in _TYPES.items()})


def _resolved(data: st.DataObject, value: Value, fact_type: FactType) -> Value:
    """The value with every unknown part decided: some value of its type; an element may turn out not to be there."""
    if isinstance(value, Unknown):
        return data.draw(_values(fact_type, False))
    if isinstance(value, tuple):
        assert fact_type.element is not None
        kept = [e for e in value if not isinstance(e, Unknown) or data.draw(st.booleans())]
        return tuple(_resolved(data, element, fact_type.element) for element in kept)
    if isinstance(value, dict):
        assert fact_type.fields is not None
        return {name: _resolved(data, inner, fact_type.fields[name]) for name, inner in value.items()}
    return value


@settings(max_examples=400, deadline=None)
@given(_conditions(_TYPES, 5), _FACTS, st.data())
def test_deciding_what_is_unknown_never_contradicts_a_verdict(
    text: str, facts: dict[str, Value], data: st.DataObject
) -> None:
    condition = compiled(text, _TYPES)
    before = condition.test(facts)
    assert before is True or before is False or (isinstance(before, Unknown) and before.reason == GONE.reason)
    decided = {name: _resolved(data, value, _TYPES[name]) for name, value in facts.items()}
    after = condition.test(decided)
    assert isinstance(after, bool), "with nothing unknown every condition is decided"
    if isinstance(before, bool):
        assert after is before


@settings(max_examples=200, deadline=None)
@given(_conditions(_TYPES, 4), _FACTS)
def test_not_is_the_opposite_and_a_list_of_one_is_the_same(text: str, facts: dict[str, Value]) -> None:
    plain = compiled(text, _TYPES).test(facts)
    opposite = compiled(f"{{not: {text}}}", _TYPES).test(facts)
    assert opposite == (plain if isinstance(plain, Unknown) else not plain)
    assert compiled(f"{{all: [{text}]}}", _TYPES).test(facts) == plain
    assert compiled(f"[{text}, {text}]", _TYPES).test(facts) == plain


@settings(max_examples=300, deadline=None)
@given(_conditions(_TYPES, 4), _FACTS)
def test_a_condition_reads_the_facts_that_it_names_and_no_others(text: str, facts: dict[str, Value]) -> None:
    condition = compiled(text, _TYPES)
    read = {name: value for name, value in facts.items() if name in condition.facts}
    assert condition.test(read) == condition.test(facts)
    assert all(name in text for name in condition.facts)


_WORDS = st.sampled_from(
    [
        *itertools.islice(catalogue(), 60),
        "every",
        "any",
        "none",
        "not",
        "all",
        "in",
        "like",
        "under",
        "equals",
        "count",
        "present",
        "fact",
        "true",
        "null",
        "3",
        "x",
        "",
        "contains",
        "kind",
        "host",
        "at_least",
    ]
)


@settings(max_examples=500, deadline=None)
@given(
    st.recursive(
        _WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=3), max_leaves=12
    )
)
def test_any_tree_of_words_is_a_condition_or_has_faults(tree: object) -> None:
    import json

    log = FaultLog()
    file = parse("c.yaml", json.dumps(tree).replace('"', "'").encode(), log)
    if file is not None:
        found = compile_condition(Page(file, log), file.root, catalogue())
        assert (found is None) == (len(log) > 0)


def test_every_operator_works_on_dataclass_records_of_the_catalogue() -> None:
    fields = set(documented(MxRecord))
    records = catalogue()["mx.records"].element
    assert records is not None
    assert set(records.fields or ()) == fields
