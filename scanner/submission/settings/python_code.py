"""Python by the standard library's `ast`: assignments, calls and settings of a file, read and never run."""

from __future__ import annotations

import ast
import re
import warnings
from typing import Final

from scanner.submission.settings.errors import SettingsError
from scanner.submission.settings.trees import Names, settle
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

__all__ = ["read_python", "render_python"]

_ENVIRONMENT: Final = re.compile(r"(?:^|\.)(?:environ|getenv|env|config|secrets?)\b")


def render_python(value: Plain) -> str:
    """A value as Python writes it; names of the ssl module stay names."""
    if isinstance(value, str) and value.startswith("ssl."):
        return value
    return repr(value)


def read_python(text: Text) -> Script:
    """Reads the file. Raises SettingsError for what is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(re.sub("[\ud800-\udfff]", "?", text.content))
    except SyntaxError as error:
        raise SettingsError(
            "not Python: " + re.sub(r"\s*['\"(].*", "", error.msg or "syntax error"), error.lineno
        ) from None
    except (RecursionError, MemoryError, ValueError):
        raise SettingsError("not Python, or nested too deep") from None
    reader = _Reader(text)
    try:
        reader.body(tree)
    except RecursionError:
        raise SettingsError("nested too deep") from None
    return Script(text, settle(reader.steps, reader.names), render_python, tuple(reader.imports))


class _Reader:
    def __init__(self, text: Text) -> None:
        self.text = text
        self.names = Names()
        self.steps: list[Step] = []
        self.imports: list[str] = []
        self._octets: dict[int, bytes] = {}

    def body(self, node: ast.AST) -> None:
        """Every assignment and call at or below the node, in the order of the text."""
        if isinstance(node, ast.Import):
            self.imports += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            self.imports += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                self._assign(target, node.value, node)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self._assign(node.target, node.value, node)
        elif isinstance(node, ast.With):
            for item in node.items:
                if item.optional_vars is not None:
                    self._assign(item.optional_vars, item.context_expr, item.context_expr)
        elif isinstance(node, ast.Call):
            self.steps.append(self.call(node))
        for child in ast.iter_child_nodes(node):
            self.body(child)

    def _assign(self, target: ast.expr, held: ast.expr, statement: ast.AST) -> None:
        path = self._path(target)
        value = self.value(held)
        start, end = self._place(statement)
        if isinstance(target, ast.Name):
            self.names.give(path[0], value)
        if isinstance(value, Call):
            self.steps.append(Call(value.target, value.arguments, value.named, value.start, value.end, ".".join(path)))
        self.steps.append(Assignment(path, value, start, end))

    def _path(self, node: ast.expr) -> tuple[str, ...]:
        if isinstance(node, ast.Name):
            return (node.id,)
        if isinstance(node, ast.Attribute):
            return (*self._path(node.value), node.attr)
        if isinstance(node, ast.Subscript):
            key = node.slice.value if isinstance(node.slice, ast.Constant) else ""
            return (*self._path(node.value), str(key))
        return ("",)

    def call(self, node: ast.Call) -> Call:
        """A call with its arguments."""
        start, end = self._place(node)
        arguments = tuple(self.value(one) for one in node.args)
        named = []
        for one in node.keywords:
            value = self.value(one.value)
            named.append(Entry(one.arg or "", value, *self._place(one)))
        return Call(".".join(self._path(node.func)), arguments, tuple(named), start, end)

    def value(self, node: ast.expr) -> Value:
        """The value of an expression."""
        start, end = self._place(node)
        if isinstance(node, ast.Constant):
            plain = node.value
            return (
                Literal(plain, start, end)
                if isinstance(plain, str | int | float | None)
                else Computed("computed", start, end)
            )
        if isinstance(node, ast.Name):
            return Computed("$" + node.id, start, end)
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return Many(tuple(self.value(one) for one in node.elts), start, end)
        if isinstance(node, ast.Dict):
            entries = [
                Entry(str(key.value), self.value(held), self._place(key)[0], self._place(held)[1])
                for key, held in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant)
            ]
            return Table(tuple(entries), start, end)
        if isinstance(node, ast.Attribute):
            path = ".".join(self._path(node))
            if path.startswith(("ssl.", "TLSVersion.")):
                return Literal(path, start, end)
        if isinstance(node, ast.Call):
            call = self.call(node)
            if call.name in ("int", "str", "bool", "float") and len(call.arguments) == 1:
                return (
                    call.arguments[0] if isinstance(call.arguments[0], Computed) else Computed("computed", start, end)
                )
            return Computed("taken from the environment", start, end) if _ENVIRONMENT.search(call.target) else call
        environment = isinstance(node, ast.Subscript) and _ENVIRONMENT.search(".".join(self._path(node.value)))
        return Computed("taken from the environment" if environment else "computed", start, end)

    def _place(self, node: ast.AST) -> tuple[int, int]:
        line, end_line = getattr(node, "lineno", 1), getattr(node, "end_lineno", 1) or 1
        return (
            self._offset(line, getattr(node, "col_offset", 0)),
            self._offset(end_line, getattr(node, "end_col_offset", 0) or 0),
        )

    def _offset(self, line: int, column: int) -> int:
        """The offset of a column, which `ast` counts in octets of UTF-8."""
        start = self.text.line_start(line)
        content = self.text.content[start : self.text.line_end(line)]
        if content.isascii():
            return start + column
        octets = re.sub("[\ud800-\udfff]", "?", content).encode("utf-8")
        return start + len(octets[:column].decode("utf-8", "ignore"))
