"""The common form that every syntax is read into: values with their place, assignments and calls in the order of the text.

Places are offsets of characters into the file's text, the end exclusive.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

__all__ = ["Assignment", "Call", "Computed", "Edit", "Entry", "Literal", "Many", "Script", "Table", "Text", "Value"]

Plain = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that stands in the file."""

    value: Plain
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Computed:
    """A value that only running the file would tell; `reason` says where it comes from."""

    reason: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Many:
    """A list of values."""

    values: tuple[Value, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a table with its value; `start` and `end` are of both together."""

    key: str
    value: Value
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Table:
    """Keys and values: an object, a hash, an associative array, an element with its attributes."""

    entries: tuple[Entry, ...]
    start: int
    end: int

    def get(self, *keys: str) -> Value | None:
        """The value of the first of the keys that is there; of a key that is there twice, the last. Case does not matter."""
        for key in keys:
            for entry in reversed(self.entries):
                if entry.key.lower() == key.lower():
                    return entry.value
        return None


@dataclass(frozen=True, slots=True)
class Call:
    """A call: `target` is what is called, dotted (`server.login`); constructors too."""

    target: str
    arguments: tuple[Value, ...]
    named: tuple[Entry, ...]
    start: int
    end: int
    bound: str = ""
    """The variable that takes the outcome, "" for none."""

    @property
    def name(self) -> str:
        """The last part of the target."""
        return self.target.rpartition(".")[2]

    @property
    def receiver(self) -> str:
        """What it is called on."""
        return self.target.rpartition(".")[0]

    def argument(self, name: str, position: int | None = None) -> Value | None:
        """The argument of that name, or else at that position."""
        for entry in self.named:
            if entry.key.lower() == name.lower():
                return entry.value
        if position is not None and position < len(self.arguments):
            return self.arguments[position]
        return None


Value = Literal | Computed | Many | Table | Call


@dataclass(frozen=True, slots=True)
class Assignment:
    """A value that is given a name: a variable, a member, an element, a key of a file, as the parts of its path."""

    path: tuple[str, ...]
    value: Value
    start: int
    end: int


Step = Assignment | Call


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of the text: what stands from `start` to `end` becomes `text`. It never holds a secret.

    Of several edits of one `group` the last holds, "" is no group.
    """

    start: int
    end: int
    text: str
    group: str = ""


class Text:
    """A file's text with its lines."""

    __slots__ = ("_starts", "content", "eol")

    def __init__(self, content: str) -> None:
        self.content: Final = content
        self.eol: Final = "\r\n" if "\r\n" in content else "\n"
        self._starts = [0, *(at + 1 for at, character in enumerate(content) if character == "\n")]

    def line(self, offset: int) -> int:
        """The line of an offset, from 1."""
        return bisect.bisect_right(self._starts, offset)

    def line_start(self, line: int) -> int:
        """Where a line begins; the end of the text for a line past the last."""
        return self._starts[line - 1] if line <= len(self._starts) else len(self.content)

    def line_end(self, line: int) -> int:
        """Where the next line begins."""
        return self.line_start(line + 1)

    @property
    def line_count(self) -> int:
        return len(self._starts)

    def indent(self, offset: int) -> str:
        """The white space that begins the line of an offset."""
        begin = self.line_start(self.line(offset))
        line = self.content[begin : self.line_end(self.line(offset))]
        return line[: len(line) - len(line.lstrip(" \t"))]

    def insert_line(self, line: int, content: str) -> Edit:
        """The edit that puts a line before the line of that number, after the last where there is none."""
        at = self.line_start(line)
        if at == len(self.content) and self.content and not self.content.endswith("\n"):
            return Edit(at, at, self.eol + content)
        return Edit(at, at, content + self.eol)


Render = Callable[[Plain], str]
"""Writes a value as the syntax does."""


@dataclass(frozen=True, slots=True)
class Script:
    """A file in the common form. `render` writes a value in the file's syntax."""

    text: Text
    steps: tuple[Step, ...]
    render: Render
    imports: tuple[str, ...] = field(default=())

    def assignments(self) -> Iterator[Assignment]:
        """The assignments, in order."""
        return (step for step in self.steps if isinstance(step, Assignment))

    def calls(self) -> Iterator[Call]:
        """The calls, in order."""
        return (step for step in self.steps if isinstance(step, Call))
