"""Reads the files of a pack: rules with compiled conditions, parsed templates and typed examples."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, cast

from rules.conditions import compile_condition
from rules.entries import Entry, Page, distinct_texts
from rules.errors import quote
from rules.facts import FactType, Unknown, Value
from rules.grammar import CHANGE, EXAMPLE_STATUSES, FIX, MAPPED, PACK, REQUIREMENT_ID, RULE, Choice, Text
from rules.literals import NOT_GIVEN, observation
from rules.model import ChangeSpec, Condition, Example, FixSpec, Rule, Template
from rules.results import Action, Effort, Owner, Severity
from rules.source import Mapping as MappingNode
from rules.source import Node
from rules.templates import parse_template

__all__ = ["Drafted", "PackFile", "read_pack_file"]

_EXPECT = "expect"
_NOTHING = Template(())
_Named: TypeAlias = tuple[tuple[str, Node], ...]
_NO_CONDITION = Condition(lambda _: False, frozenset(), "")


@dataclass(frozen=True, slots=True)
class Drafted:
    """A rule with the places of what can only be checked when all files are read."""

    rule: Rule
    page: Page
    id_node: Node
    needs: _Named
    after: _Named
    maps: tuple[tuple[str, Node, tuple[tuple[str, Node], ...]], ...]


@dataclass(frozen=True, slots=True)
class PackFile:
    """One file of a pack."""

    page: Page
    pack: str
    pack_node: Node
    version: str
    version_node: Node
    rules: tuple[Drafted, ...]


def read_pack_file(page: Page, types: Mapping[str, FactType]) -> PackFile | None:
    """Reads a pack file; all that one file can show to be wrong goes to the page. None if it is no pack at all.

    After faults what is returned has gaps, and serves only to find more faults.
    """
    entry = page.table(page.file.root, PACK, "a pack")
    if entry is None:
        return None
    pack = entry.text("pack")
    drafts = [_rule(page, node, pack, types) for node in entry.elements("rules")]
    rules = tuple(draft for draft in drafts if draft is not None)
    nodes = entry.nodes
    return PackFile(
        page, pack, nodes.get("pack", entry.node), entry.text("version"), nodes.get("version", entry.node), rules
    )


def _rule(page: Page, node: Node, pack: str, types: Mapping[str, FactType]) -> Drafted | None:
    entry = page.table(node, RULE)
    if entry is None:
        return None
    needs = tuple(entry.texts("needs"))
    maps = tuple(
        (
            framework,
            key,
            tuple(distinct_texts(page, page.elements(listed, MAPPED, framework), REQUIREMENT_ID, framework)),
        )
        for framework, key, listed in entry.pairs("maps")
    )
    fix, after = _fix(page, entry.nodes["fix"], types) if "fix" in entry.nodes else (None, ())
    when = _condition(entry, "when", types)
    assertion = _condition(entry, "assert", types)
    rule = Rule(
        id=entry.text("id"),
        title=entry.text("title"),
        severity=cast(Severity, entry.text("severity")),
        needs=tuple(name for name, _ in needs),
        when=when,
        assertion=assertion or _NO_CONDITION,
        failed=_template(entry, "fail", types) or _NOTHING,
        passed=_template(entry, "pass", types),
        why=entry.text("why"),
        fix=fix,
        cap=entry.text("cap"),
        refs=tuple(link for link, _ in entry.texts("refs")),
        maps={framework: tuple(item for item, _ in items) for framework, _, items in maps},
        examples=_examples(entry, when, assertion, types),
        pack=pack,
        where=page.where(entry.node),
    )
    return Drafted(rule, page, entry.nodes.get("id", entry.node), needs, after, maps)


def _condition(entry: Entry, key: str, types: Mapping[str, FactType]) -> Condition | None:
    return compile_condition(entry.page, entry.nodes[key], types) if key in entry.nodes else None


def _template(entry: Entry, key: str, types: Mapping[str, FactType], each: FactType | None = None) -> Template | None:
    return parse_template(entry.page, entry.nodes[key], types, key, each) if key in entry.nodes else None


def _fix(page: Page, node: Node, types: Mapping[str, FactType]) -> tuple[FixSpec | None, _Named]:
    """The fix, and the rules that it names, each with its place."""
    entry = page.table(node, FIX)
    if entry is None:
        return None, ()
    after = tuple(entry.texts("after"))
    changes = [_change(page, change, types) for change in entry.elements("changes")]
    fix = FixSpec(
        effort=cast(Effort, entry.text("effort")),
        owner=cast(Owner, entry.text("owner")),
        text=_template(entry, "text", types) or _NOTHING,
        command=_template(entry, "command", types),
        changes=tuple(change for change in changes if change is not None),
        after=tuple(name for name, _ in after),
    )
    return fix, after


def _change(page: Page, node: Node, types: Mapping[str, FactType]) -> ChangeSpec | None:
    entry = page.table(node, CHANGE)
    if entry is None:
        return None
    action = entry.text("action")
    if action == "replace" and "replaces" not in entry.nodes:
        page.fault(entry.node, "a change with replace lacks replaces, the value that goes away")
    if action in ("add", "delete") and "replaces" in entry.nodes:
        page.fault(entry.nodes["replaces"], f"replaces belongs to a change with replace, not {action}")
    each, element = _each(page, entry.nodes["each"], types) if "each" in entry.nodes else ("", None)
    return ChangeSpec(
        action=cast(Action, action),
        name=_template(entry, "name", types, element) or _NOTHING,
        type=entry.text("type"),
        value=_template(entry, "value", types, element) or _NOTHING,
        ttl=entry.number("ttl"),
        replaces=_template(entry, "replaces", types, element),
        each=each,
    )


def _each(page: Page, node: Node, types: Mapping[str, FactType]) -> tuple[str, FactType | None]:
    name = page.text(node, Text(one_line=True), "each")
    if name is None:
        return "", None
    if name not in types:
        lists = [fact.name for fact in types.values() if fact.kind == "list"]
        page.unknown(node, f"fact {quote(name)}", name, lists)
        return "", None
    if types[name].element is None:
        page.fault(node, f"each takes a list, and {name} is {types[name].describe()}")
    return name, types[name].element


def _examples(
    entry: Entry, when: Condition | None, assertion: Condition | None, types: Mapping[str, FactType]
) -> tuple[Example, ...]:
    if "examples" not in entry.nodes:
        return ()
    page = entry.page
    whole = assertion is not None and (when is not None or "when" not in entry.nodes)
    conditions = [condition for condition in (when, assertion) if condition is not None]
    reads = frozenset[str]().union(*(condition.facts for condition in conditions)) if whole else None
    fields = frozenset[str]().union(*(condition.fields for condition in conditions))
    found = [_example(page, node, reads, fields, types) for node in entry.elements("examples")]
    examples = tuple(example for example in found if example is not None)
    given = {example.expect for example in examples}
    missing = [status for status in ("pass", "fail", "unknown") if status not in given]
    # An example without a readable status was told already, and may be the missing one.
    if missing and len(examples) == len(found) and "" not in given:
        page.fault(entry.nodes["examples"], f"no example that expects {' or '.join(missing)}")
    return examples


def _example(
    page: Page, node: Node, reads: frozenset[str] | None, fields: frozenset[str], types: Mapping[str, FactType]
) -> Example | None:
    """`reads` are the facts that the rule's conditions read; None where they could not be compiled."""
    if not isinstance(node, MappingNode):
        page.fault(node, "an example must be a mapping of facts and expect")
        return None
    facts: dict[str, Value] = {}
    expect: str | None = None
    for key, value in node.entries:
        if key.text == _EXPECT:
            expect = page.choice(value, Choice(EXAMPLE_STATUSES), _EXPECT) or ""
        elif key.text not in types:
            page.unknown(key, f"fact {quote(key.text)}", key.text, [*types, _EXPECT])
        elif reads is not None and key.text not in reads:
            page.fault(key, f"the rule does not read {key.text}; leave it out of the example")
        else:
            facts[key.text] = observation(page, value, types[key.text], key.text)
            _demand_fields(page, value, facts[key.text], key.text, fields)
    if expect is None:
        page.fault(node, "the example lacks expect")
    absent = sorted(fact for fact in (reads or ()) if fact not in facts and not fact.startswith("profile."))
    if absent:
        page.fault(node, f"the example lacks {', '.join(absent)}, which the rule reads")
    return Example(facts, expect or "", page.where(node))


def _demand_fields(page: Page, node: Node, value: Value, path: str, fields: Collection[str]) -> None:
    """Faults for records that leave out a field which the rule reads."""
    if isinstance(value, tuple):
        for element_node, element in zip(_inner(node), value, strict=False):
            _demand_fields(page, element_node, element, path, fields)
    elif isinstance(value, dict):
        missing = [name for name, field in value.items() if field is NOT_GIVEN and f"{path}.{name}" in fields]
        if missing:
            page.fault(node, f"the record lacks {', '.join(missing)}, which the rule reads")
        if isinstance(node, MappingNode):
            for key, inner in node.entries:
                if key.text in value and not isinstance(value[key.text], Unknown):
                    _demand_fields(page, inner, value[key.text], f"{path}.{key.text}", fields)


def _inner(node: Node) -> Iterable[Node]:
    return getattr(node, "elements", ())
