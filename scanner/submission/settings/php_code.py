"""PHP: assignments, calls, constants and arrays of a file, read and never run."""

from __future__ import annotations

import re
from typing import Any, Final

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

__all__ = ["read_php", "render_php"]

_CALLS: Final = (
    "function_call_expression",
    "member_call_expression",
    "scoped_call_expression",
    "object_creation_expression",
)
_ENVIRONMENT: Final = ("getenv", "env", "getenv_docker")


def render_php(value: Plain) -> str:
    """A value as PHP writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, str) and value.startswith("PHPMailer::"):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'" if isinstance(value, str) else str(value)


def read_php(text: Text) -> Script:
    """Reads the file. Raises SettingsError for what is no PHP."""
    reader = _Reader(text)
    root = parse(text, "php")
    imports = []
    for node in nodes(root):
        if node.type == "assignment_expression":
            reader.assign(node)
        elif node.type in _CALLS:
            reader.steps.append(reader.call(node))
        elif node.type == "namespace_use_clause":
            imports.append(reader.source(node))
    return Script(text, settle(reader.steps, reader.names), render_php, tuple(imports))


class _Reader:
    def __init__(self, text: Text) -> None:
        self.text = text
        self.names = Names()
        self.steps: list[Step] = []

    def source(self, node: Any) -> str:
        return self.text.content[node.start_byte : node.end_byte]

    def assign(self, node: Any) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return
        value = self.value(right)
        path = self.path(left)
        if left.type == "variable_name":
            self.names.give(path[0], value)
            if isinstance(value, Call):
                value = Call(value.target, value.arguments, value.named, value.start, value.end, path[0])
                self.steps.append(value)
        self.steps.append(Assignment(path, value, node.start_byte, node.end_byte))

    def path(self, node: Any) -> tuple[str, ...]:
        """`$mail->SMTPOptions['ssl']` is (mail, SMTPOptions, ssl)."""
        if node.type == "variable_name":
            return (self.source(node).lstrip("$"),)
        if node.type in ("member_access_expression", "nullsafe_member_access_expression"):
            inner, name = node.child_by_field_name("object"), node.child_by_field_name("name")
            return (*self.path(inner), self.source(name))
        if node.type == "subscript_expression":
            named = [child for child in node.children if child.is_named]
            key = self.value(named[1]) if len(named) > 1 else None
            return (*self.path(named[0]), str(key.value) if isinstance(key, Literal) else "")
        if node.type == "parenthesized_expression" and node.named_children:
            return self.path(node.named_children[0])
        if node.type in _CALLS:
            return (self.call(node).target,)
        return ("",)

    def call(self, node: Any) -> Call:
        if node.type == "object_creation_expression":
            named = [child for child in node.children if child.type in ("name", "qualified_name")]
            target = "new " + self.source(named[0]).rpartition("\\")[2] if named else "new"
        elif node.type == "function_call_expression":
            target = self.source(node.child_by_field_name("function")).rpartition("\\")[2]
        else:
            inner = node.child_by_field_name("object") or node.child_by_field_name("scope")
            target = ".".join((*self.path(inner), self.source(node.child_by_field_name("name"))))
            if node.type == "scoped_call_expression":
                target = f"{self.source(inner).rpartition(chr(92))[2]}.{self.source(node.child_by_field_name('name'))}"
        holder = node.child_by_field_name("arguments")
        if holder is None:
            holder = next((child for child in node.children if child.type == "arguments"), None)
        arguments: list[Value] = []
        named_arguments: list[Entry] = []
        for child in holder.named_children if holder is not None else ():
            if child.type != "argument" or not child.named_children:
                continue
            value = self.value(child.named_children[-1])
            name = child.child_by_field_name("name")
            if name is not None:
                named_arguments.append(Entry(self.source(name), value, child.start_byte, child.end_byte))
            else:
                arguments.append(value)
        return Call(target, tuple(arguments), tuple(named_arguments), node.start_byte, node.end_byte)

    def value(self, node: Any) -> Value:
        start, end = node.start_byte, node.end_byte
        source = self.source(node)
        match node.type:
            case "string" | "encapsed_string":
                if any(child.type not in ("string_content", "escape_sequence") for child in node.named_children):
                    return Computed("put together from variables", start, end)
                return Literal(unescaped(source[1:-1], source[0]), start, end)
            case "integer":
                return Literal(int(source) if re.fullmatch(r"[0-9]{1,9}", source) else source, start, end)
            case "boolean":
                return Literal(source.lower() == "true", start, end)
            case "null":
                return Literal(None, start, end)
            case "variable_name":
                return Computed(source, start, end)
            case "class_constant_access_expression" | "name" | "qualified_name":
                return Literal(source.rpartition("\\")[2], start, end)
            case "parenthesized_expression" if node.named_children:
                return self.value(node.named_children[0])
            case "array_creation_expression":
                return self.array(node)
            case kind if kind in _CALLS:
                call = self.call(node)
                if call.target in _ENVIRONMENT:
                    return Computed("taken from the environment", start, end)
                return call
        environment = "$_ENV" in source or "getenv" in source or "$_SERVER" in source
        return Computed("taken from the environment" if environment else "computed", start, end)

    def array(self, node: Any) -> Value:
        entries: list[Entry] = []
        values: list[Value] = []
        for child in node.named_children:
            if child.type != "array_element_initializer" or not child.named_children:
                continue
            value = self.value(child.named_children[-1])
            if len(child.named_children) > 1:
                key = self.value(child.named_children[0])
                name = str(key.value) if isinstance(key, Literal) else ""
                entries.append(Entry(name, value, child.start_byte, child.end_byte))
            else:
                values.append(value)
        if entries:
            return Table(tuple(entries), node.start_byte, node.end_byte)
        return Many(tuple(values), node.start_byte, node.end_byte)
