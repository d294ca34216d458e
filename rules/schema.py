"""JSON Schemas of the pack, profile, waiver and framework formats, made from the tables by which the loader reads.

They are for editors: `# yaml-language-server: $schema=...` at the top of a file completes keys, facts, operators and
values, and marks most faults while typing. The loader is stricter and has the last word. The files in `rules/schema/`
are what `python -m rules.schema` writes. Draft 7, because editors know no later one well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from rules import grammar, lists, operators
from rules.facts import FactType, catalogue
from rules.grammar import Choice, Dictionary, Flag, Listing, Number, Shape, Special, Table, Text
from rules.operators import LIST_OPERATORS, OPERATORS, Operator

__all__ = ["BASE", "schemas"]

BASE: Final = "https://mailready.example/schema/"

Schema = dict[str, Any]

_TITLES: Final = {
    "pack.v1": (grammar.PACK, "A mailready pack: rules"),
    "profile.v1": (grammar.PROFILE, "A mailready profile: a choice of rules and expected values"),
    "waivers.v1": (grammar.WAIVERS, "Mailready waivers: findings that are accepted for a time"),
    "framework.v1": (grammar.FRAMEWORK, "A framework: the requirements of a standard that rules map to"),
}
_NUMBERISH: Final = ["string", "number"]
"""Text that may look like a number, which the loader takes as the file has it and an editor as a number."""


def schemas(types: Mapping[str, FactType] | None = None) -> dict[str, Schema]:
    """The schemas by file name without `.json`; over the catalogue, unless other facts are given."""
    facts = types if types is not None else catalogue()
    found = {}
    for name, (table, title) in _TITLES.items():
        writer = _Writer(facts)
        body = writer.shape(table)
        found[name] = {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "$id": f"{BASE}{name}.json",
            "title": title,
            **body,
            **({"definitions": writer.definitions} if writer.definitions else {}),
        }
    return found


def _object(properties: Mapping[str, Any], **further: Any) -> Schema:
    return {"type": "object", "properties": dict(properties), "additionalProperties": False, **further}


def _text(shape: Text) -> Schema:
    if not shape.pattern:
        return {"type": _NUMBERISH, "minLength": 1, "maxLength": shape.most}
    kind = _NUMBERISH if re.fullmatch(shape.pattern, "1") else "string"
    return {"type": kind, "pattern": f"^(?:{shape.pattern})$", "maxLength": shape.most}


def _choices(options: Iterable[str]) -> Schema:
    # 2025 without quotes is a number to an editor.
    return {"enum": [value for text in options for value in ([text, int(text)] if text.isdecimal() else [text])]}


def _kind(fact_type: FactType) -> str:
    """A name for what is alike in every fact of a type: definitions are shared by it."""
    if fact_type.kind == "list" and fact_type.element is not None:
        return f"list_of_{_kind(fact_type.element)}"
    return "_".join([fact_type.kind, *fact_type.choices, *(fact_type.fields or ())])


class _Writer:
    """Writes shapes as schemas; what is used in many places, or within itself, becomes a definition."""

    def __init__(self, types: Mapping[str, FactType]) -> None:
        self._types = types
        self.definitions: dict[str, Schema] = {}

    def shape(self, shape: Shape) -> Schema:
        match shape:
            case Text():
                return _text(shape)
            case Choice():
                return _choices(shape.options)
            case Number():
                return {"type": "integer", "minimum": shape.least, "maximum": shape.most}
            case Flag():
                return {"type": "boolean"}
            case Listing():
                items = self.shape(shape.element)
                return {"type": "array", "items": items, "minItems": shape.least, "maxItems": shape.most}
            case Dictionary():
                names = {"pattern": f"^(?:{shape.key.pattern})$"}
                return {"type": "object", "propertyNames": names, "additionalProperties": self.shape(shape.value)}
            case Table():
                return self._table(shape)
            case Special():
                return self._special(shape.name)

    def _table(self, table: Table) -> Schema:
        properties = {
            name: {**self.shape(field.shape), "description": field.doc} for name, field in table.fields.items()
        }
        schema = _object(properties)
        if required := [name for name, field in table.fields.items() if field.required]:
            schema["required"] = required
        if table is grammar.CHANGE:
            is_replace = {"properties": {"action": {"const": "replace"}}}
            schema |= {
                "if": is_replace,
                "then": {"required": ["replaces"]},
                "else": {"not": {"required": ["replaces"]}},
            }
        if table is grammar.RULE:
            expected = [
                _object({"expect": {"const": status}}, required=["expect"]) for status in ("pass", "fail", "unknown")
            ]
            for wanted in expected:
                wanted.pop("additionalProperties")
            properties["examples"]["allOf"] = [{"contains": wanted} for wanted in expected]
        return schema

    def _special(self, name: str) -> Schema:
        if name == "template":
            return _text(Text())
        if name == "list_fact":
            return {"enum": [fact.name for fact in self._types.values() if fact.kind == "list"]}
        if name == "profile_facts":
            settable = {n: t for n, t in self._types.items() if n.startswith("profile.") and n != "profile.name"}
            return _object({n: {**self._literal(t), "description": t.doc} for n, t in settable.items()})
        if name == "example":
            return self._defined("example", self._example)
        return self._defined("condition", lambda: self._condition(self._types))

    def _defined(self, name: str, make: Any) -> Schema:
        if name not in self.definitions:
            self.definitions[name] = {}  # holds the place, so that what refers to itself ends
            self.definitions[name] = make()
        # In draft 7 a $ref hides what stands beside it.
        return {"allOf": [{"$ref": f"#/definitions/{name}"}]}

    # Conditions

    def _condition(self, types: Mapping[str, FactType], name: str = "condition") -> Schema:
        itself = {"$ref": f"#/definitions/{name}"}
        several = {"type": "array", "items": itself, "minItems": 1}
        properties = {
            "all": {**several, "description": "All of these are true."},
            "any": {**several, "description": "At least one of these is true."},
            "not": {"allOf": [itself], "description": "This is false; true of a null test."},
        }
        for fact, fact_type in types.items():
            properties[fact] = {**self._about(fact_type), "description": f"{fact_type.doc} ({fact_type.describe()})"}
        return {"anyOf": [_object(properties, minProperties=1), several]}

    def _about(self, fact_type: FactType) -> Schema:
        if fact_type.kind == "list" and fact_type.element is not None:
            element = fact_type.element
            return self._defined(f"about_list_of_{_kind(element)}", lambda: self._about_list(element))
        return self._defined(f"about_{_kind(fact_type)}", lambda: self._about_scalar(fact_type))

    def _about_scalar(self, fact_type: FactType) -> Schema:
        return {"anyOf": [self._literal(fact_type), self._test(fact_type)]}

    def _test(self, fact_type: FactType) -> Schema:
        fitting = (operator for operator in OPERATORS.values() if fact_type.kind in operator.kinds)
        return _object({o.name: {**self._right(o, fact_type), "description": o.doc} for o in fitting}, minProperties=1)

    def _right(self, operator: Operator, fact_type: FactType) -> Schema:
        if operator.right == "flag":
            return {"type": "boolean"}
        pattern_or_part = operator.right == "name" and operator.name != "under"
        one = _text(Text()) if pattern_or_part else self._literal(fact_type)
        several = {"type": "array", "items": one, "minItems": 1}
        ways = {"never": [one], "may": [one, several], "must": [several]}[operator.lists]
        return {"anyOf": [*ways, self._fact_like(fact_type.kind, operator.lists)]}

    def _fact_like(self, kind: str, listed: str) -> Schema:
        """`{fact: name}` of the facts that can be compared with a kind, single ones or lists of it."""
        kinds = operators.STRINGS if kind in operators.STRINGS else frozenset({kind})
        family = "text" if kind in operators.STRINGS else kind

        def make() -> Schema:
            names = [
                fact.name
                for fact in self._types.values()
                if (listed != "must" and fact.kind in kinds)
                or (listed != "never" and fact.element is not None and fact.element.kind in kinds)
            ]
            return _object({"fact": {"enum": names, "description": "Another fact."}}, required=["fact"])

        return self._defined(f"{family}_fact_{listed}", make)

    def _about_list(self, element: FactType) -> Schema:
        if element.kind == "record" and element.fields is not None:
            name = f"over_{_kind(element)}"
            fields = element.fields
            test = self._defined(name, lambda: self._condition(fields, name))
        else:
            test = self._defined(f"test_{_kind(element)}", lambda: self._test(element))
        number = FactType("", "int", False, "")
        counts = {name: self._right(OPERATORS[name], number) for name in lists.COUNTS}
        rights: dict[str, Schema] = {
            "every": test,
            "any": test,
            "none": test,
            "count": _object(counts, minProperties=1),
            "present": {"type": "boolean"},
        }
        if element.kind != "record":
            rights["contains"] = self._right(OPERATORS["equals"], element)
        docs = {**LIST_OPERATORS, "present": OPERATORS["present"].doc}
        return _object({name: {**right, "description": docs[name]} for name, right in rights.items()}, minProperties=1)

    # Values

    def _literal(self, fact_type: FactType) -> Schema:
        if fact_type.kind == "enum":
            return self._defined(_kind(fact_type), lambda: _choices(fact_type.choices))
        if fact_type.kind == "list" and fact_type.element is not None:
            return {"type": "array", "items": self._literal(fact_type.element)}
        simple: dict[str, Schema] = {
            "bool": {"type": "boolean"},
            "int": {"type": "integer"},
            "text": {"type": _NUMBERISH, "maxLength": grammar.MAX_TEXT},
            "host": {"type": _NUMBERISH, "pattern": "^[!-)+-~]*$"},
        }
        return simple[fact_type.kind]

    def _observation(self, fact_type: FactType) -> Schema:
        name = f"given_{_kind(fact_type)}{'_or_null' if fact_type.nullable else ''}"
        return self._defined(name, lambda: self._given(fact_type))

    def _given(self, fact_type: FactType) -> Schema:
        unknown = self._defined("unknown", lambda: _object({"unknown": _text(Text(500))}, required=["unknown"]))
        if fact_type.kind == "list" and fact_type.element is not None:
            known: Schema = {"type": "array", "items": self._observation(fact_type.element)}
        elif fact_type.kind == "record":
            known = _object({name: self._observation(field) for name, field in (fact_type.fields or {}).items()})
        else:
            known = self._literal(fact_type)
        nothing: list[Schema] = [{"type": "null"}] if fact_type.nullable else []
        return {"anyOf": [known, *nothing, unknown]}

    def _example(self) -> Schema:
        properties = {name: self._observation(fact_type) for name, fact_type in self._types.items()}
        properties["expect"] = _choices(grammar.EXAMPLE_STATUSES)
        return _object(properties, required=["expect"])


def _write(directory: Path) -> None:
    for name, schema in schemas().items():
        (directory / f"{name}.json").write_text(json.dumps(schema, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    _write(Path(__file__).with_suffix(""))
