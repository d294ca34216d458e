"""Parses text with placeholders. `{domain}`, `{fact.name}`, and inside a change with `each` `{item}` or `{item.field}`.

`{{` and `}}` stand for braces. There is nothing else: no formats, no expressions, one pass.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from rules.entries import Page, name_of
from rules.errors import did_you_mean, quote
from rules.facts import FactType
from rules.grammar import MAX_TEXT
from rules.model import Slot, Template
from rules.source import Node, Scalar

__all__ = ["ITEM", "parse_template"]

ITEM: Final = "item"
"""The placeholder for the element of `each`."""

_PIECE: Final = re.compile(r"\{\{|\}\}|\{[^{}\n]*\}|[{}]")
_DOMAIN: Final = "domain"


def parse_template(
    page: Page, node: Node, types: Mapping[str, FactType], what: str, each: FactType | None = None
) -> Template | None:
    """A text's literal pieces and placeholders; None after faults. `each` is the type of the items, where there are any.

    Faults stand at the column of the brace where the file shows it plainly. Blank space around the text is dropped.
    """
    if not isinstance(node, Scalar) or node.is_null or not node.text.strip():
        wrong = (
            "must not be empty"
            if isinstance(node, Scalar) and not node.is_null
            else f"must be text, not {name_of(node)}"
        )
        page.fault(node, f"{what} {wrong}")
        return None
    if len(node.text) > MAX_TEXT:
        page.fault(node, f"{what} is longer than {MAX_TEXT:,} characters")
        return None
    before = len(page.log)
    reader = _Reader(page, node, types, what, each)
    parts: list[str | Slot] = []
    end = len(node.text.rstrip())
    position = len(node.text) - len(node.text.lstrip())
    for found in _PIECE.finditer(node.text, position, end):
        _append(parts, node.text[position : found.start()])
        position = found.end()
        piece = reader.piece(found[0], found.start())
        if isinstance(piece, str):
            _append(parts, piece)
        elif piece is not None:
            parts.append(piece)
    _append(parts, node.text[position:end])
    return Template(tuple(parts)) if len(page.log) == before else None


def _append(parts: list[str | Slot], text: str) -> None:
    if text and parts and isinstance(parts[-1], str):
        parts[-1] += text
    elif text:
        parts.append(text)


class _Reader:
    def __init__(
        self, page: Page, node: Scalar, types: Mapping[str, FactType], what: str, each: FactType | None
    ) -> None:
        self._page = page
        self._node = node
        self._types = types
        self._what = what
        self._each = each

    def piece(self, text: str, offset: int) -> str | Slot | None:
        """A piece that begins with a brace: the brace that a doubled one means, a placeholder, or None after a fault."""
        if text in ("{{", "}}"):
            return text[0]
        if len(text) == 1:
            self._fault(offset, f"a single {text} in {self._what}; write {text}{text} for a brace")
            return None
        return self._slot(text[1:-1], offset)

    def _slot(self, name: str, offset: int) -> Slot | None:
        if name == _DOMAIN:
            return Slot("domain.name")
        if name == ITEM or name.startswith(ITEM + "."):
            return self._item(name.removeprefix(ITEM).removeprefix("."), name, offset)
        if name in self._types:
            return Slot(name)
        known = [_DOMAIN, *self._types, *self._item_names()]
        self._fault(offset, f"unknown placeholder {quote('{' + name + '}')}{did_you_mean(name, known)}")
        return None

    def _item(self, field: str, name: str, offset: int) -> Slot | None:
        shown = quote("{" + name + "}")
        if self._each is None:
            self._fault(offset, f"{shown} has a meaning only in a change with each")
        elif self._each.fields is None:
            if name == ITEM:
                return Slot("")
            self._fault(offset, f'{shown}: the elements of each have no fields; write "{{item}}"')
        elif name == ITEM:
            fields = ", ".join(self._item_names())
            self._fault(offset, f"{shown}: the elements of each are records; name one of {fields}")
        elif field in self._each.fields:
            return Slot("", field)
        else:
            self._fault(offset, f"unknown placeholder {shown}{did_you_mean(name, self._item_names())}")
        return None

    def _item_names(self) -> list[str]:
        return [f"{ITEM}.{field}" for field in (self._each.fields or ())] if self._each else []

    def _fault(self, offset: int, message: str) -> None:
        line, column = self._page.file.place_of(self._node, offset)
        self._page.log.add(self._page.file.name, line, column, message)
