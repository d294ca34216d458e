"""JavaScript, JSON and Ruby: assignments, calls and objects of a file, read and never run."""

from __future__ import annotations

import re
from typing import Any, Final

from scanner.submission.settings.errors import SettingsError
from scanner.submission.settings.structured_files import assignments_of, render_json
from scanner.submission.settings.trees import Names, nodes, parse, settle, unescaped
from scanner.submission.settings.values import (
    Assignment,
    Call,
    Computed,
    Entry,
    Literal,
    Many,
    Plain,
    Script,
    Step,
    Table,
    Text,
    Value,
)

__all__ = ["read_javascript", "read_json", "read_ruby", "render_javascript", "render_ruby"]

_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_ENVIRONMENT: Final = ("process.env", "import.meta.env", "ENV")


def render_javascript(value: Plain) -> str:
    """A value as JavaScript writes it, in single quotes."""
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return render_json(value)


def render_ruby(value: Plain) -> str:
    """A value as Ruby writes it."""
    return "nil" if value is None else render_json(value)


def read_json(text: Text) -> Script:
    """Reads JSON, with comments as appsettings.json may have. Raises SettingsError for what is none."""
    reader = _Reader(text)
    root = parse(text, "json")
    top = next((child for child in root.named_children if child.type in ("object", "array")), None)
    value = reader.value(top) if top is not None else None
    if isinstance(value, Many):
        value = Table(
            tuple(Entry(str(i), one, one.start, one.end) for i, one in enumerate(value.values)), value.start, value.end
        )
    if not isinstance(value, Table):
        raise SettingsError("no object", 1)
    return Script(text, (Assignment(("",), value, value.start, value.end), *assignments_of(value)), render_json)


def read_javascript(text: Text) -> Script:
    """Reads JavaScript. Raises SettingsError for what is none."""
    reader = _Reader(text)
    for node in nodes(parse(text, "javascript")):
        if node.type == "variable_declarator":
            reader.assign(node, "name", "value")
        elif node.type == "assignment_expression":
            reader.assign(node, "left", "right")
        elif node.type in ("call_expression", "new_expression"):
            reader.steps.append(reader.call(node))
    return Script(text, settle(reader.steps, reader.names), render_javascript)


def read_ruby(text: Text) -> Script:
    """Reads Ruby: assignments such as `gitlab_rails['smtp_port'] = 587`. Raises SettingsError for what is no Ruby."""
    reader = _Reader(text)
    for node in nodes(parse(text, "ruby")):
        if node.type == "assignment":
            reader.assign(node, "left", "right")
    return Script(text, settle(reader.steps, reader.names), render_ruby)


class _Reader:
    def __init__(self, text: Text) -> None:
        self.text = text
        self.names = Names()
        self.steps: list[Step] = []

    def source(self, node: Any) -> str:
        return self.text.content[node.start_byte : node.end_byte]

    def assign(self, node: Any, left_field: str, right_field: str) -> None:
        left, right = node.child_by_field_name(left_field), node.child_by_field_name(right_field)
        if left is None or right is None:
            return
        path = self.path(left)
        value = self.value(right)
        if left.type == "identifier":
            self.names.give(path[0], value)
        if isinstance(value, Call):
            self.steps.append(Call(value.target, value.arguments, value.named, value.start, value.end, ".".join(path)))
        self.steps.append(Assignment(path, value, node.start_byte, node.end_byte))

    def path(self, node: Any) -> tuple[str, ...]:
        if node.type == "member_expression":
            inner, name = node.child_by_field_name("object"), node.child_by_field_name("property")
            return (*self.path(inner), self.source(name))
        if node.type in ("subscript_expression", "element_reference"):
            named = node.named_children
            key = self.value(named[1]) if len(named) > 1 else None
            return (*self.path(named[0]), str(key.value).lstrip(":") if isinstance(key, Literal) else "")
        if node.type in ("await_expression", "parenthesized_expression") and node.named_children:
            return self.path(node.named_children[-1])
        return (self.source(node) if node.end_byte - node.start_byte < 200 else "",)

    def call(self, node: Any) -> Call:
        function = node.child_by_field_name("function") or node.child_by_field_name("constructor")
        target = ".".join(self.path(function)) if function is not None else ""
        holder = node.child_by_field_name("arguments")
        named = holder.named_children if holder is not None else ()
        arguments = tuple(self.value(child) for child in named if child.type != "comment")
        return Call(target, arguments, (), node.start_byte, node.end_byte)

    def value(self, node: Any, depth: int = 0) -> Value:
        start, end = node.start_byte, node.end_byte
        source = self.source(node)
        if depth > 60:
            raise SettingsError("nested too deep", self.text.line(start))
        match node.type:
            case "string" | "template_string":
                if any(child.type in ("template_substitution", "interpolation") for child in node.named_children):
                    return Computed("put together from variables", start, end)
                return Literal(unescaped(source[1:-1], source[0]), start, end)
            case "number" | "integer" | "float":
                return Literal(int(source) if _NUMBER.fullmatch(source) else source, start, end)
            case "true" | "false":
                return Literal(node.type == "true", start, end)
            case "null" | "nil" | "undefined":
                return Literal(None, start, end)
            case "simple_symbol":
                return Literal(source[1:], start, end)
            case "identifier" | "constant":
                return Computed("$" + source, start, end)
            case "object" | "hash":
                return Table(tuple(self.entries(node, depth + 1)), start, end)
            case "array":
                return Many(
                    tuple(self.value(one, depth + 1) for one in node.named_children if one.type != "comment"),
                    start,
                    end,
                )
            case "call_expression" | "new_expression":
                return self.call(node)
            case "await_expression" | "parenthesized_expression" if node.named_children:
                return self.value(node.named_children[-1], depth + 1)
        environment = any(word in source for word in _ENVIRONMENT)
        return Computed("taken from the environment" if environment else "computed", start, end)

    def entries(self, node: Any, depth: int) -> list[Entry]:
        found = []
        for child in node.named_children:
            if child.type == "pair":
                key, held = child.child_by_field_name("key"), child.child_by_field_name("value")
                if key is None or held is None:
                    continue
                source = self.source(key)
                name = unescaped(source[1:-1], source[0]) if source[:1] in "'\"" else source.strip(":")
                found.append(Entry(name, self.value(held, depth), child.start_byte, child.end_byte))
            elif child.type == "shorthand_property_identifier":
                name = self.source(child)
                found.append(
                    Entry(
                        name, Computed("$" + name, child.start_byte, child.end_byte), child.start_byte, child.end_byte
                    )
                )
        return found
