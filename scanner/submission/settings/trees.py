"""Syntax trees by tree-sitter, and what all languages' readers share: unquoting, names given once, calls and assignments."""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from scanner.submission.settings.errors import SettingsError
from scanner.submission.settings.values import (
    Assignment,
    Call,
    Computed,
    Entry,
    Literal,
    Many,
    Step,
    Table,
    Text,
    Value,
)

__all__ = ["Names", "nodes", "parse", "settle", "unescaped"]

Node = Any
"""A node of a tree; tree-sitter's own type, whose offsets are ours as the text is parsed in ASCII."""

_LANGUAGES: Final = {
    "php": ("tree_sitter_php", "language_php"),
    "javascript": ("tree_sitter_javascript", "language"),
    "json": ("tree_sitter_json", "language"),
    "ruby": ("tree_sitter_ruby", "language"),
    "powershell": ("tree_sitter_powershell", "language"),
}
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}
_DEEPEST: Final = 400


@functools.cache
def _language(name: str) -> Any:
    import tree_sitter

    module, function = _LANGUAGES[name]
    return tree_sitter.Language(getattr(importlib.import_module(module), function)())


def parse(text: Text, language: str, *, typographic: bool = False, matters: re.Pattern[str] | None = None) -> Node:
    """The root of the text's tree. Raises SettingsError with the line of the first place that does not parse.

    `matters`: what does not parse and has nothing of this in it is passed over, for a language of which the grammar knows
    less than its own parser. `typographic`: curved quotes and long dashes mean what their straight kin mean, as in PowerShell.
    """
    import tree_sitter

    content = text.content
    if typographic:
        content = _SIZE.sub(lambda size: "1" * len(size[0]), content.translate(_STRAIGHT))
    octets = re.sub(r"[^\x00-\x7f]", "x", content).encode("ascii")
    root = tree_sitter.Parser(_language(language)).parse(octets).root_node
    if root.has_error and (matters is None or _touches(root, text, matters)):
        raise SettingsError(*_fault(root, text))
    _check_depth(root)
    return root


_SIZE: Final = re.compile(r"(?<![\w.])\d+[kmgtp]b\b", re.I)
"""Numbers such as 1MB, which PowerShell knows and the grammar does not."""
_STRAIGHT: Final = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00a0": " "})


def _touches(root: Node, text: Text, matters: re.Pattern[str]) -> bool:
    """Whether a line that does not parse, or what was missed in it, is about what matters."""
    faults = [node for node in nodes(root, into=lambda one: one.has_error) if node.is_error or node.is_missing]
    return any(
        matters.search(
            text.content,
            text.line_start(text.line(node.start_byte)),
            text.line_end(text.line(max(node.start_byte, node.end_byte - 1))),
        )
        for node in faults
    )


def _fault(root: Node, text: Text) -> tuple[str, int]:
    """What does not parse, and its line: never the text itself."""
    first: Node = None
    for node in nodes(root, into=lambda one: one.has_error):
        if (node.is_error or node.is_missing) and (first is None or node.start_byte < first.start_byte):
            first = node
    if first is None:
        return "does not parse", 1
    line = text.line(first.start_byte)
    if first.is_missing:
        return f"does not parse: {first.type!r} is missing", line
    return "does not parse from here", line


def _check_depth(root: Node) -> None:
    cursor = root.walk()
    while True:
        if cursor.depth > _DEEPEST:
            raise SettingsError("nested too deep", cursor.node.start_point[0] + 1)
        if cursor.goto_first_child() or cursor.goto_next_sibling():
            continue
        while cursor.goto_parent():
            if cursor.goto_next_sibling():
                break
        else:
            return


def nodes(root: Node, into: Callable[[Node], bool] = lambda _: True) -> Iterator[Node]:
    """The node and all below it, in the order of the text; `into` says of which the children are wanted."""
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        if into(node):
            pending += reversed(node.children)


def unescaped(written: str, quote: str) -> str:
    """The text of a string literal without its quotes. In single quotes only quote and backslash are escaped."""
    if "\\" not in written:
        return written
    if quote == "'":
        return written.replace("\\\\", "\0").replace("\\'", "'").replace("\0", "\\")
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), written, flags=re.S)


class Names:
    """Names that are given one value in the whole file: what they stand for."""

    def __init__(self) -> None:
        self._values: dict[str, Value | None] = {}

    def give(self, name: str, value: Value) -> None:
        """Remembers a value; a name that gets another one stands for nothing certain."""
        known = self._values.get(name, value)
        same = known is not None and (known is value or _plain(known) == _plain(value) != (None,))
        self._values[name] = value if same or name not in self._values else None

    def of(self, name: str, start: int, end: int) -> Value:
        """The value of a name, else that it is computed."""
        value = self._values.get(name)
        return value if value is not None else Computed("given by a variable", start, end)


def _plain(value: Value) -> tuple[object, ...]:
    return (value.value,) if isinstance(value, Literal) else (None,)


def _refers(value: Value) -> str:
    """The name that a value is a reference to, "" for none: readers mark one by a reason that begins with `$`."""
    return value.reason[1:] if isinstance(value, Computed) and value.reason.startswith("$") else ""


def settle(steps: list[Step], names: Names) -> tuple[Step, ...]:
    """The steps with references to names replaced by what they stand for; a call that gives a name its value counts once."""

    def settled(value: Value, depth: int = 0) -> Value:
        name = _refers(value)
        if name and depth < 8:
            found = names.of(name, value.start, value.end)
            return settled(found, depth + 1) if found is not value else found
        if depth > 24:
            return value
        if isinstance(value, Many):
            return Many(tuple(settled(one, depth + 1) for one in value.values), value.start, value.end)
        if isinstance(value, Table):
            return Table(tuple(entry(one, depth + 1) for one in value.entries), value.start, value.end)
        if isinstance(value, Call):
            return call(value, depth + 1)
        return value

    def entry(one: Entry, depth: int) -> Entry:
        return Entry(one.key, settled(one.value, depth), one.start, one.end)

    def call(one: Call, depth: int = 0) -> Call:
        arguments = tuple(settled(value, depth) for value in one.arguments)
        named = tuple(entry(value, depth) for value in one.named)
        return Call(one.target, arguments, named, one.start, one.end, one.bound)

    bound = {(step.start, step.end) for step in steps if isinstance(step, Call) and step.bound}
    return tuple(
        call(step) if isinstance(step, Call) else Assignment(step.path, settled(step.value), step.start, step.end)
        for step in steps
        if not (isinstance(step, Call) and not step.bound and (step.start, step.end) in bound)
    )
