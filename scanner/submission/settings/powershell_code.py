"""PowerShell: commands with their parameters, splatted tables and assignments of a script, read and never run."""

from __future__ import annotations

import re
from typing import Any, Final

from scanner.submission.settings.trees import Names, nodes, parse, settle
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

__all__ = ["read_powershell", "render_powershell"]

_WRAPPERS: Final = 40
_MATTERS: Final = re.compile(r"mail|smtp|credential|securestring|passw|securityprotocol|certificate", re.I)


def render_powershell(value: Plain) -> str:
    """A value as PowerShell writes it."""
    if isinstance(value, bool):
        return "$true" if value else "$false"
    if value is None:
        return "$null"
    if isinstance(value, str) and value.startswith("["):
        return value
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


def read_powershell(text: Text) -> Script:
    """Reads the script. Raises SettingsError for what is no PowerShell."""
    reader = _Reader(text)
    for node in nodes(parse(text, "powershell", typographic=True, matters=_MATTERS)):
        if node.type == "assignment_expression":
            reader.assign(node)
        elif node.type == "command":
            reader.steps.append(reader.command(node))
    return Script(text, settle(reader.steps, reader.names), render_powershell)


class _Reader:
    def __init__(self, text: Text) -> None:
        self.text = text
        self.names = Names()
        self.steps: list[Step] = []

    def source(self, node: Any) -> str:
        return self.text.content[node.start_byte : node.end_byte]

    def assign(self, node: Any) -> None:
        left, right = node.named_children[0], node.named_children[-1]
        value = self.value(right)
        path = tuple(part for part in re.split(r"[.\[\]:]+", self.source(left).strip().lstrip("$")) if part)
        if not path:
            return
        if len(path) == 1:
            self.names.give(path[0].lower(), value)
        if isinstance(value, Call):
            self.steps.append(Call(value.target, value.arguments, value.named, value.start, value.end, path[0].lower()))
        self.steps.append(Assignment(path, value, node.start_byte, node.end_byte))

    def command(self, node: Any) -> Call:
        name = node.child_by_field_name("command_name") or node.named_children[0]
        elements = next((child for child in node.named_children if child.type == "command_elements"), None)
        named: list[Entry] = []
        positional: list[Value] = []
        parameter: Any = None
        for child in elements.named_children if elements is not None else ():
            if child.type == "command_argument_sep":
                continue
            if child.type == "command_parameter":
                self._switch(parameter, named)
                parameter = child
                continue
            value = self.value(child)
            if parameter is not None:
                key = self.source(parameter).strip("-:")
                named.append(Entry(key, value, parameter.start_byte, child.end_byte))
                parameter = None
            else:
                positional.append(value)
        self._switch(parameter, named)
        return Call(self.source(name), tuple(positional), tuple(named), node.start_byte, node.end_byte)

    def _switch(self, parameter: Any, named: list[Entry]) -> None:
        """A parameter that no value followed is a switch that is set."""
        if parameter is not None:
            key = self.source(parameter).strip("-:")
            at = parameter.end_byte
            named.append(Entry(key, Literal(True, at, at), parameter.start_byte, at))

    def value(self, node: Any) -> Value:
        for _ in range(_WRAPPERS):
            named = [child for child in node.named_children if child.type != "command_argument_sep"]
            if len(named) != 1 or node.type in (
                "hash_literal_expression",
                "expandable_string_literal",
                "command",
                "type_literal",
            ):
                break
            if node.start_byte != named[0].start_byte and node.type not in (
                "parenthesized_expression",
                "expression_with_unary_operator",
            ):
                break
            if node.type == "expression_with_unary_operator":
                break
            node = named[0]
        start, end = node.start_byte, node.end_byte
        source = self.source(node)
        match node.type:
            case "expandable_string_literal":
                if node.named_children or re.search(r"\$[\w({]", source):
                    return Computed("put together from variables", start, end)
                return Literal(re.sub(r"`(.)", r"\1", source[1:-1]).replace('""', '"'), start, end)
            case "verbatim_string_characters" | "verbatim_string_literal":
                return Literal(source[1:-1].replace("''", "'"), start, end)
            case "decimal_integer_literal" | "integer_literal":
                return Literal(int(source) if re.fullmatch(r"\d{1,9}", source) else source, start, end)
            case "variable":
                return self._variable(source, start, end)
            case "generic_token":
                return Literal(source, start, end)
            case "hash_literal_expression":
                return self._table(node)
            case "command":
                return self.command_value(node)
            case "array_literal_expression" | "argument_expression_list":
                return Many(tuple(self.value(child) for child in node.named_children), start, end)
            case "member_access":
                return Literal(re.sub(r".*[.:\]]", "", source), start, end)
        environment = "$env:" in source.lower()
        return Computed("taken from the environment" if environment else "computed", start, end)

    def _variable(self, source: str, start: int, end: int) -> Value:
        name = source.lstrip("$@").strip("{}").lower()
        if name in ("true", "false"):
            return Literal(name == "true", start, end)
        if name == "null":
            return Literal(None, start, end)
        if name.startswith("env:"):
            return Computed("taken from the environment", start, end)
        return Computed("$" + name, start, end)

    def command_value(self, node: Any) -> Value:
        """`New-Object Type(arguments)` and other commands whose outcome is used."""
        call = self.command(node)
        lists = [child for child in nodes(node) if child.type == "argument_expression_list"]
        kind = call.argument("TypeName", 0)
        if call.target.lower() != "new-object" or not isinstance(kind, Literal):
            return call
        listed = call.argument("ArgumentList")
        if isinstance(listed, Many):
            arguments = list(listed.values)
        elif listed is not None:
            arguments = [listed]
        else:
            arguments = [value for value in call.arguments if value is not kind]
            if lists:
                arguments = [self.value(child) for child in lists[0].named_children]
        type_name = str(kind.value).rpartition(".")[2].lower()
        return Call(f"new {type_name}", tuple(arguments), call.named, call.start, call.end)

    def _table(self, node: Any) -> Table:
        entries = []
        for child in nodes(node, into=lambda one: one.type in ("hash_literal_expression", "hash_literal_body")):
            if child.type == "hash_entry" and len(child.named_children) >= 2:
                key = self.source(child.named_children[0]).strip("'\"")
                entries.append(Entry(key, self.value(child.named_children[-1]), child.start_byte, child.end_byte))
        return Table(tuple(entries), node.start_byte, node.end_byte)
