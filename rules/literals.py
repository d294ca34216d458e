"""Reads values of facts from nodes, typed by the catalogue: the right sides of conditions, profiles' facts, examples."""

from __future__ import annotations

import re
from typing import Final

from rules.entries import Page, name_of
from rules.errors import did_you_mean, quote
from rules.facts import FactType, Unknown, Value
from rules.grammar import MAX_LIST, MAX_TEXT, Text
from rules.source import Mapping, Node, Scalar, Sequence

__all__ = ["NOT_GIVEN", "host_name", "observation", "plain_value"]

NOT_GIVEN: Final = Unknown("not given in the example")
"""A field that an example's record leaves out because the rule does not read it."""

REASON: Final = Text(500, one_line=True)
_HOST: Final = re.compile(r"[!-)+-~]*")


def host_name(name: str) -> str:
    """A host name as it is compared: without case and final dot."""
    return (name[:-1] if name.endswith(".") else name).lower()


def plain_value(page: Page, node: Node, fact_type: FactType, what: str) -> Value:
    """A literal of a fact's type, never null and never unknown; None after a fault.

    Text is taken as the file has it, so that `1183` and `no` need no quotes; a plain true, false or null there is a
    fault, because it is more often a mistake than meant. Lists become tuples. `what` names the place in messages.
    """
    return _Reader(page, observed=False).value(node, fact_type, what)


def observation(page: Page, node: Node, fact_type: FactType, what: str) -> Value:
    """A value of a fact as an example states it: as `plain_value`, and null where the type has it, `{unknown: reason}`
    anywhere, and records as mappings, in which fields that are left out are `NOT_GIVEN`.
    """
    return _Reader(page, observed=True).value(node, fact_type, what)


class _Reader:
    def __init__(self, page: Page, observed: bool) -> None:
        self._page = page
        self._observed = observed

    def value(self, node: Node, fact_type: FactType, what: str) -> Value:
        if self._observed and isinstance(node, Mapping) and [key.text for key, _ in node.entries] == ["unknown"]:
            reason = self._page.text(node.entries[0][1], REASON, f"the reason why {what} is unknown")
            return Unknown(reason or "")
        if fact_type.kind == "list":
            return self._list(node, fact_type, what)
        if fact_type.kind == "record":
            return self._record(node, fact_type, what)
        if not isinstance(node, Scalar):
            self._wrong(node, fact_type, what)
            return None
        if node.is_null:
            if self._observed and fact_type.nullable and node.text:
                return None
            if not node.text:
                self._page.fault(node, f'{what} has no value; write "" for empty text')
            elif self._observed:
                self._page.fault(node, f"{what} is never null; it is {_kind(fact_type)}")
            else:
                self._page.fault(node, f"{what} cannot be compared with null; write {{present: false}}")
            return None
        return self._scalar(node, fact_type, what)

    def _scalar(self, node: Scalar, fact_type: FactType, what: str) -> Value:
        if fact_type.kind == "bool":
            if node.boolean is None:
                self._wrong(node, fact_type, what)
            return node.boolean
        if fact_type.kind == "int":
            if node.number is None:
                self._wrong(node, fact_type, what)
            return node.number
        if fact_type.kind == "enum":
            if node.text in fact_type.choices:
                return node.text
            self._wrong(node, fact_type, what)
            return None
        if node.boolean is not None:
            hint = f"write {quote(node.text)} in quotes if that text is meant"
            if node.boolean and not self._observed:
                hint += ", or {present: true}"
            self._page.fault(node, f"{what} is {_kind(fact_type)}, not {node.text}; {hint}")
            return None
        if len(node.text) > MAX_TEXT:
            self._page.fault(node, f"{what} is longer than {MAX_TEXT:,} characters")
            return None
        if fact_type.kind == "host":
            return self._host(node, what)
        return node.text

    def _host(self, node: Scalar, what: str) -> str | None:
        if _HOST.fullmatch(node.text):
            return host_name(node.text)
        if "*" in node.text:
            self._page.fault(node, f"{what} is a host name, and * stands for anything only in like: {quote(node.text)}")
        else:
            self._page.fault(node, f"{what} must be a host name in ASCII (xn-- for others), not {quote(node.text)}")
        return None

    def _list(self, node: Node, fact_type: FactType, what: str) -> Value:
        if not isinstance(node, Sequence) or fact_type.element is None:
            self._wrong(node, fact_type, what)
            return None
        if len(node.elements) > MAX_LIST:
            self._page.fault(node, f"{what} has more than {MAX_LIST:,} elements")
            return None
        return tuple(self.value(element, fact_type.element, f"an element of {what}") for element in node.elements)

    def _record(self, node: Node, fact_type: FactType, what: str) -> Value:
        fields = fact_type.fields or {}
        if not isinstance(node, Mapping):
            self._wrong(node, fact_type, what)
            return None
        record: dict[str, Value] = dict.fromkeys(fields, NOT_GIVEN)
        for key, value in node.entries:
            if key.text in fields:
                record[key.text] = self.value(value, fields[key.text], key.text)
            else:
                self._page.unknown(key, f"field {quote(key.text)} of {what}", key.text, fields)
        return record

    def _wrong(self, node: Node, fact_type: FactType, what: str) -> None:
        hint = did_you_mean(node.text, fact_type.choices) if isinstance(node, Scalar) else ""
        if fact_type.kind == "int" and isinstance(node, Scalar) and not node.plain:
            hint = "; numbers stand without quotes"
        self._page.fault(node, f"{what} must be {_kind(fact_type)}, not {name_of(node)}{hint}")


def _kind(fact_type: FactType) -> str:
    words = {
        "bool": "true or false",
        "int": "a whole number",
        "text": "text",
        "host": "a host name",
        "record": "a mapping with the fields " + ", ".join(fact_type.fields or ()),
        "list": "a list",
        "enum": "one of " + ", ".join(fact_type.choices),
    }
    return words[fact_type.kind]
