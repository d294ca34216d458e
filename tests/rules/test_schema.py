from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from rules import grammar
from rules.errors import FaultLog
from rules.facts import catalogue
from rules.operators import LIST_OPERATORS, OPERATORS
from rules.schema import schemas
from rules.source import Mapping, Node, Scalar, Sequence, parse

HOME = Path(str(resources.files("rules")))


def as_an_editor_reads(node: Node) -> Any:
    """Nodes as YAML 1.2 types them: what looks like a number is one."""
    if isinstance(node, Mapping):
        return {key.text: as_an_editor_reads(value) for key, value in node.entries}
    if isinstance(node, Sequence):
        return [as_an_editor_reads(element) for element in node.elements]
    assert isinstance(node, Scalar)
    if node.is_null or node.boolean is not None:
        return node.boolean
    try:
        return (int(node.text) if node.text.lstrip("-").isdigit() else float(node.text)) if node.plain else node.text
    except ValueError:
        return node.text


def document(text: str) -> Any:
    log = FaultLog()
    file = parse("x.yaml", text.encode(), log)
    log.raise_if_any()
    assert file is not None
    return as_an_editor_reads(file.root)


def rule_schema() -> jsonschema.Draft7Validator:
    pack = schemas()["pack.v1"]
    return jsonschema.Draft7Validator({**pack["properties"]["rules"]["items"], "definitions": pack["definitions"]})


RULE = """
id: XX-001
title: 6.10
severity: low
assert: {spf.lookups: {at_most: 10}}
fail: x
why: x
examples: [{spf.lookups: 1, expect: pass}, {spf.lookups: 11, expect: fail}, {spf.lookups: {unknown: x}, expect: unknown}]
"""


@pytest.mark.parametrize("name", sorted(schemas()))
def test_the_published_schemas_are_what_the_tables_make(name: str) -> None:
    published = json.loads((HOME / "schema" / f"{name}.json").read_text("utf-8"))
    assert published == schemas()[name], "run: python -m rules.schema"


def test_no_further_schema_of_ours_lies_about() -> None:
    assert {path.stem for path in (HOME / "schema").glob("*.json")} == set(schemas())


@pytest.mark.parametrize("name", sorted(schemas()))
def test_the_schemas_are_schemas(name: str) -> None:
    jsonschema.Draft7Validator.check_schema(schemas()[name])


@pytest.mark.parametrize(
    ("pattern", "name"),
    [("packs/*/*.yaml", "pack.v1"), ("profiles/*.yaml", "profile.v1"), ("frameworks/*.yaml", "framework.v1")],
)
def test_what_is_built_in_is_valid_to_an_editor_too(pattern: str, name: str) -> None:
    files = sorted(HOME.glob(pattern))
    assert files
    validator = jsonschema.Draft7Validator(schemas()[name])
    for file in files:
        errors = [
            f"{file.name}: {list(e.path)}: {e.message}"
            for e in validator.iter_errors(document(file.read_text("utf-8")))
        ]
        assert errors == []


def test_every_fact_operator_and_key_is_offered() -> None:
    text = json.dumps(schemas()["pack.v1"])
    for word in (
        *catalogue(),
        *OPERATORS,
        *LIST_OPERATORS,
        *grammar.RULE.fields,
        *grammar.FIX.fields,
        *grammar.CHANGE.fields,
    ):
        assert f'"{word}": {{' in text, word


@pytest.mark.parametrize(
    "condition",
    [
        "{mx.m365_format: 2025}",
        "{any: [{spf.all: {in: {fact: profile.spf_all}}}, [{spf.record: 1183}]], not: {mx.null: true}}",
        "{mx.records: {every: {kind: other, host: {under: [a, b]}}, count: {at_least: {fact: spf.lookups}}}}",
        "{spf.redirect: {under: {fact: domain.name}}, mx.hosts: {contains: a.example}}",
        "{spf.record: {like: [a*, b*], present: true}}",
    ],
)
def test_conditions_that_load_are_valid(condition: str) -> None:
    rule_schema().validate(document(RULE + f"when: {condition}"))


@pytest.mark.parametrize(
    "further",
    [
        "when: {spf.lookup: 3}",
        "when: {spf.lookups: {at_last: 3}}",
        "when: {spf.lookups: x}",
        "when: {spf.lookups: {like: x}}",
        "when: {spf.all: permit}",
        "when: {spf.all: null}",
        "when: {spf.all: [fail]}",
        "when: {spf.all: {in: fail}}",
        "when: {spf.over_limit: yes}",
        "when: {mx.records: {every: {knd: other}}}",
        "when: {mx.records: {contains: x}}",
        "when: {mx.hosts: x}",
        "when: {spf.record: {equals: {fact: spf.lookups}}}",
        "when: {any: {spf.over_limit: true}}",
        "when: {any: []}",
        "when: {}",
        "neds: []",
        "cap: A",
        "needs: [spf-1]",
        "refs: ['http://a.example/']",
        "fix: {effort: hours, owner: dns}",
        "fix: {effort: hours, owner: dns, text: x, changes: [{action: replace, name: a, type: TXT, value: b}]}",
        "fix: {effort: hours, owner: dns, text: x, changes: [{action: add, name: a, type: TXT, value: b, replaces: c}]}",
        "fix: {effort: hours, owner: dns, text: x, changes: [{action: add, name: a, type: TXT, value: b, each: spf.record}]}",
    ],
)
def test_what_does_not_load_is_marked_by_editors(further: str) -> None:
    assert rule_schema().is_valid(document(RULE))
    assert not rule_schema().is_valid(document(RULE + further))


@pytest.mark.parametrize(
    "examples",
    [
        "[{spf.lookups: 1, expect: pass}]",
        "[{spf.lookups: 1, expect: pass}, {spf.lookups: 1, expect: pass}, {spf.lookups: 99, expect: fail}]",
        "[{spf.lookups: 1, expect: pass}, {spf.lookups: 99, expect: fail}, {spf.lookups: null, expect: unknown}]",
    ],
)
def test_examples_that_do_not_do_are_marked(examples: str) -> None:
    text = RULE.strip().rpartition("\n")[0]
    assert not rule_schema().is_valid(document(f"{text}\nexamples: {examples}"))


def test_profiles_and_waivers_are_checked() -> None:
    profile = jsonschema.Draft7Validator(schemas()["profile.v1"])
    assert profile.is_valid(
        document("profile: ours\nextends: parked\nfacts: {profile.spf_all: [fail]}\nrules: {XX-001: {enabled: false}}")
    )
    assert not profile.is_valid(document("profile: ours\nfacts: {profile.spf_all: fail}"))
    assert not profile.is_valid(document("profile: ours\nrules: {xx: {enabled: false}}"))
    waivers = jsonschema.Draft7Validator(schemas()["waivers.v1"])
    good = "waivers: [{rule: XX-001, domains: ['*.contoso.com'], reason: x, owner: y, expires: 2027-01-31}]"
    assert waivers.is_valid(document(good))
    assert not waivers.is_valid(document(good.replace(", owner: y", "")))
    assert not waivers.is_valid(document(good.replace("2027-01-31", "soon")))
