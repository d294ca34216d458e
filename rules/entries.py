"""Reads nodes by the tables of the grammar: checked text, numbers, lists and tables, every fault noted with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rules.errors import FaultLog, did_you_mean, quote
from rules.grammar import Choice, Dictionary, Flag, Listing, Number, Table, Text
from rules.source import Mapping, Node, Scalar, Sequence, SourceFile, Unusable

__all__ = ["Entry", "Page", "name_of"]


def name_of(node: Node) -> str:
    """What a node is, as messages call it: `a list`, `a mapping`, `null`, or its text in quotes."""
    if isinstance(node, Sequence):
        return "a list"
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Scalar):
        return "null" if node.is_null else quote(node.text)
    return "nothing that can be read"


@dataclass(frozen=True, slots=True)
class Page:
    """A file that is being read, and where its faults go. Readers return what was due, or None after a fault."""

    file: SourceFile
    log: FaultLog

    def where(self, node: Node) -> str:
        return f"{self.file.name}:{node.line}:{node.column}"

    def fault(self, node: Node, message: str) -> None:
        """Notes a fault at a node; a node of which one was told already gets no second."""
        if not isinstance(node, Unusable):
            self.log.add(self.file.name, node.line, node.column, message)

    def text(self, node: Node, shape: Text, what: str) -> str | None:
        """Text as the file has it (`6.10`, `1183`), without blank space around it."""
        if not isinstance(node, Scalar):
            self.fault(node, f"{what} must be text, not {name_of(node)}")
            return None
        text = node.text.strip()
        if not text or node.is_null:
            self.fault(node, f"{what} must not be empty" if not text else f"{what} must be text, not null")
        elif len(text) > shape.most:
            self.fault(node, f"{what} is longer than {shape.most:,} characters")
        elif shape.one_line and "\n" in text:
            self.fault(node, f"{what} must be one line")
        elif shape.pattern and not re.fullmatch(shape.pattern, text):
            self.fault(node, f"{what} must be {shape.says}, not {quote(text)}")
        else:
            return text
        return None

    def choice(self, node: Node, shape: Choice, what: str) -> str | None:
        if isinstance(node, Scalar) and node.text in shape.options:
            return node.text
        text = node.text if isinstance(node, Scalar) else ""
        options = ", ".join(shape.options)
        self.fault(node, f"{what} must be one of {options}, not {name_of(node)}{did_you_mean(text, shape.options)}")
        return None

    def number(self, node: Node, shape: Number, what: str) -> int | None:
        number = node.number if isinstance(node, Scalar) else None
        if number is not None and shape.least <= number <= shape.most:
            return number
        self.fault(node, f"{what} must be a whole number from {shape.least} to {shape.most:,}, not {name_of(node)}")
        return None

    def flag(self, node: Node, what: str) -> bool | None:
        flag = node.boolean if isinstance(node, Scalar) else None
        if flag is None:
            self.fault(node, f"{what} must be true or false, not {name_of(node)}")
        return flag

    def elements(self, node: Node, shape: Listing, what: str) -> tuple[Node, ...]:
        if not isinstance(node, Sequence):
            self.fault(node, f"{what} must be a list, not {name_of(node)}")
            return ()
        if len(node.elements) > shape.most:
            self.fault(node, f"{what} has more than {shape.most:,} elements")
            return ()
        if len(node.elements) < shape.least:
            self.fault(node, f"{what} must have at least {shape.least} element{'s' if shape.least > 1 else ''}")
        return node.elements

    def pairs(self, node: Node, shape: Dictionary, what: str) -> Iterator[tuple[str, Scalar, Node]]:
        """Keys as text and node, and what stands under them."""
        if not isinstance(node, Mapping):
            self.fault(node, f"{what} must be a mapping, not {name_of(node)}")
        elif len(node.entries) > shape.most:
            self.fault(node, f"{what} has more than {shape.most:,} keys")
        else:
            for key, value in node.entries:
                text = self.text(key, shape.key, f"a key of {what}")
                if text is not None:
                    yield text, key, value

    def table(self, node: Node, table: Table, what: str = "") -> Entry | None:
        """A mapping with the table's keys; faults for keys that are unknown or missing."""
        what = what or f"a {table.name}"
        if not isinstance(node, Mapping):
            self.fault(node, f"{what} must be a mapping, not {name_of(node)}")
            return None
        nodes: dict[str, Node] = {}
        for key, value in node.entries:
            if key.text in table.fields:
                nodes[key.text] = value
            else:
                self.unknown(key, f"key {quote(key.text)} of {what}", key.text, table.fields)
        missing = [name for name, field in table.fields.items() if field.required and name not in nodes]
        if missing:
            self.fault(node, f"{what} lacks {', '.join(missing)}")
        return Entry(self, node, table, nodes)

    def unknown(self, node: Node, what: str, word: str, candidates: Iterable[str]) -> None:
        """The fault of a name that nothing has."""
        self.fault(node, f"unknown {what}{did_you_mean(word, candidates)}")


@dataclass(frozen=True, slots=True)
class Entry:
    """A mapping read by a table. A key that is left out or at fault reads as empty: the load fails anyway if it is at fault."""

    page: Page
    node: Mapping
    table: Table
    nodes: dict[str, Node]

    def text(self, key: str) -> str:
        shape = self.table.fields[key].shape
        if key not in self.nodes:
            return ""
        if isinstance(shape, Choice):
            return self.page.choice(self.nodes[key], shape, key) or ""
        assert isinstance(shape, Text)
        return self.page.text(self.nodes[key], shape, key) or ""

    def number(self, key: str) -> int | None:
        shape = self.table.fields[key].shape
        assert isinstance(shape, Number)
        return self.page.number(self.nodes[key], shape, key) if key in self.nodes else None

    def flag(self, key: str) -> bool | None:
        assert isinstance(self.table.fields[key].shape, Flag)
        return self.page.flag(self.nodes[key], key) if key in self.nodes else None

    def elements(self, key: str) -> tuple[Node, ...]:
        shape = self.table.fields[key].shape
        assert isinstance(shape, Listing)
        return self.page.elements(self.nodes[key], shape, key) if key in self.nodes else ()

    def texts(self, key: str) -> list[tuple[str, Node]]:
        """The texts of a list, each with its node; repeated ones are faults."""
        shape = self.table.fields[key].shape
        assert isinstance(shape, Listing) and isinstance(shape.element, Text)
        return distinct_texts(self.page, self.elements(key), shape.element, key)

    def pairs(self, key: str) -> Iterator[tuple[str, Scalar, Node]]:
        shape = self.table.fields[key].shape
        assert isinstance(shape, Dictionary)
        return self.page.pairs(self.nodes[key], shape, key) if key in self.nodes else iter(())


def distinct_texts(page: Page, nodes: Iterable[Node], shape: Text, what: str) -> list[tuple[str, Node]]:
    """Texts with their nodes; one that stands there twice is a fault."""
    found: dict[str, Node] = {}
    for node in nodes:
        text = page.text(node, shape, f"an element of {what}")
        if text is not None and found.setdefault(text, node) is not node:
            page.fault(node, f"{what} names {quote(text)} twice")
    return list(found.items())
