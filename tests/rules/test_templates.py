from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.entries import Page
from rules.errors import FaultLog, LoadError
from rules.facts import FactType, catalogue
from rules.model import Slot, Template
from rules.source import Mapping, SourceFile, parse
from rules.templates import parse_template

HOSTS = catalogue()["mx.hosts"].element
RECORDS = catalogue()["mx.records"].element


def parsed(text: str, each: FactType | None = None) -> Template:
    """The template under the key `t` of a file. Raises LoadError with all faults."""
    log = FaultLog()
    file = parse("t.yaml", text.encode(), log)
    template = parse_template(Page(file, log), _value(file), catalogue(), "fail", each) if file else None
    log.raise_if_any()
    assert template is not None
    return template


def _value(file: SourceFile) -> object:
    assert isinstance(file.root, Mapping)
    return file.root.entries[0][1]


def told(text: str, each: FactType | None = None) -> list[str]:
    with pytest.raises(LoadError) as caught:
        parsed(text, each)
    return [str(fault).removeprefix("t.yaml:") for fault in caught.value.faults]


def test_placeholders_are_facts_and_the_domain_is_short_for_its_name() -> None:
    template = parsed("t: The record of {domain} is {spf.record}.")
    assert template.parts == ("The record of ", Slot("domain.name"), " is ", Slot("spf.record"), ".")
    assert template.facts == {"domain.name", "spf.record"}


def test_doubled_braces_are_braces_and_literal_text_is_one_piece() -> None:
    assert parsed("t: a{{b}}c").parts == ("a{b}c",)
    assert parsed("t: '{{{domain}}}'").parts == ("{", Slot("domain.name"), "}")
    assert parsed("t: '{{domain}}'").parts == ("{domain}",)


def test_blank_space_around_a_text_is_dropped_and_inside_it_stays() -> None:
    assert parsed("t: |\n\n  one\n\n  two {domain}\n\n").parts == ("one\n\ntwo ", Slot("domain.name"))


def test_items_are_placeholders_under_each_only() -> None:
    assert parsed("t: '{item} x'", HOSTS).parts == (Slot(""), " x")
    assert parsed("t: '{item.host} x'", RECORDS).parts == (Slot("", "host"), " x")
    assert parsed("t: '{item.host}'", RECORDS).facts == frozenset()
    assert told("t: x {item}") == ['1:6: "{item}" has a meaning only in a change with each']
    assert "the elements of each have no fields" in told("t: '{item.host}'", HOSTS)[0]
    assert "records; name one of item.host, item.preference" in told("t: '{item}'", RECORDS)[0]
    assert 'did you mean "item.host"?' in told("t: '{item.hosst}'", RECORDS)[0]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("t: a } b", "1:6: a single } in fail; write }} for a brace"),
        ("t: a { b", "1:6: a single { in fail; write {{ for a brace"),
        ("t: a {{{ b", "1:8: a single { in fail"),
        ("t: 'x {domain'", "1:7: a single { in fail"),
        ("t: a {} b", '1:6: unknown placeholder "{}"'),
        ("t: a { domain } b", '1:6: unknown placeholder "{ domain }"; did you mean "domain"?'),
        ("t: a {spf.recrd} b", '1:6: unknown placeholder "{spf.recrd}"; did you mean "spf.record"?'),
        ("t: a {domain!r} b", "1:6: unknown placeholder"),
        ("t: a {domain.name.__class__} b", "1:6: unknown placeholder"),
        ("t: a {0} b", "1:6: unknown placeholder"),
        ("t: |\n  one\n  two } x\n", "3:7: a single } in fail"),
        ("t: {a: b}", "1:4: fail must be text, not a mapping"),
        ("t: null", "1:4: fail must be text, not null"),
        ("t: ''", "1:4: fail must not be empty"),
        ("t: '  '", "1:4: fail must not be empty"),
    ],
)
def test_faults_stand_at_the_brace(text: str, fault: str) -> None:
    found = told(text)
    assert len(found) == 1
    assert found[0].startswith(fault)


def test_every_fault_of_a_text_is_told() -> None:
    assert len(told("t: a } b {spf.x} c {item} d {")) == 4


def test_a_text_without_end_is_a_fault() -> None:
    assert "longer than 4,000 characters" in told(f"t: {'x' * 4_001}")[0]


@given(st.text(st.sampled_from("{}ab domain.item")))
def test_any_text_is_a_template_or_has_faults(text: str) -> None:
    log = FaultLog()
    file = parse("t.yaml", f"t: '{text}'".encode(), log)
    assert file is not None
    template = parse_template(Page(file, log), _value(file), catalogue(), "fail", HOSTS)
    assert (template is None) == (len(log) > 0)
    if template is not None:
        shown = "".join(
            part.replace("{", "{{").replace("}", "}}") if isinstance(part, str) else "{" + (_name(part)) + "}"
            for part in template.parts
        )
        assert shown == text.strip().replace("{domain.name}", "{domain}")


def _name(slot: Slot) -> str:
    return {"": "item", "domain.name": "domain"}.get(slot.fact, slot.fact)
