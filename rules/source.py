"""The strict YAML reader: bytes of a file to nodes that know their place.

Only a part of YAML 1.1 is let in, so that a file means what it shows. Anchors, aliases, merge keys, tags, directives,
further documents, duplicate keys and keys that are not text are faults. No scalar is typed here: a node keeps its
source text and whether it was plain, and who reads it knows which type is due. `true`, `false`, `null` and decimal
numbers are the only plain scalars that stand for anything but their text (`no`, `010`, `1:30`, `2027-01-31` do not).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

import yaml

from rules.errors import FaultLog, quote

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "Mapping",
    "Node",
    "Readable",
    "Scalar",
    "Sequence",
    "SourceFile",
    "Unusable",
    "parse",
    "read",
]

MAX_BYTES: Final = 1_048_576
"""The largest file that is read."""
MAX_DEPTH: Final = 48
"""How deep sequences and mappings may nest; checked while parsing."""
MAX_DIGITS: Final = 15
"""Longer numbers stay text, and are then no numbers."""

# libyaml where PyYAML was built with it: ten times as fast.
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER: Final = re.compile(rf"0|-?[1-9][0-9]{{0,{MAX_DIGITS - 1}}}")
# What YAML forbids, and its exotic line ends, with which no editor's line numbers agree.
_FORBIDDEN: Final = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_ESCAPED: Final = re.compile("[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Scalar:
    """Text, with the style it was written in: "" for plain, else the quote or block sign."""

    text: str
    style: str
    line: int
    column: int

    @property
    def plain(self) -> bool:
        return not self.style

    @property
    def is_null(self) -> bool:
        """Plain `null`, or nothing at all after the colon."""
        return not self.style and self.text in ("null", "")

    @property
    def boolean(self) -> bool | None:
        """The value of a plain `true` or `false`; None for all else."""
        return {"true": True, "false": False}.get(self.text) if not self.style else None

    @property
    def number(self) -> int | None:
        """The value of a plain decimal number; None for all else."""
        return int(self.text) if not self.style and _NUMBER.fullmatch(self.text) else None


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    elements: tuple[Node, ...]
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and what stands under them, in the order of the file; no key twice."""

    entries: tuple[tuple[Scalar, Node], ...]
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Unusable:
    """Stands where a fault was told already, so that nobody tells a second one of it."""

    line: int
    column: int


Node = Scalar | Sequence | Mapping | Unusable


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that could be parsed. `name` is how messages call it, `lines` its text without line ends."""

    name: str
    lines: tuple[str, ...]
    root: Node

    def place_of(self, scalar: Scalar, offset: int) -> tuple[int, int]:
        """Line and column of a character of a scalar's text, where that can be told; else those of the scalar.

        It can be told for text on one line that is written without escapes, and for block text after `|`.
        """
        start = self.lines[scalar.line - 1][scalar.column - 1 :] if scalar.line <= len(self.lines) else ""
        if scalar.style in ("", "'", '"'):
            opening = len(scalar.style)
            if start[opening:].startswith(scalar.text[: offset + 1]):
                return scalar.line, scalar.column + opening + offset
        elif scalar.style == "|":
            before, _, _ = scalar.text[:offset].rpartition("\n")
            line_number = scalar.line + 1 + (before.count("\n") + 1 if "\n" in scalar.text[:offset] else 0)
            in_line = offset - (len(before) + 1 if "\n" in scalar.text[:offset] else 0)
            wanted = scalar.text.split("\n")[line_number - scalar.line - 1]
            shown = self.lines[line_number - 1] if line_number <= len(self.lines) else ""
            if shown.rstrip("\r").endswith(wanted):
                return line_number, len(shown.rstrip("\r")) - len(wanted) + in_line + 1
        return scalar.line, scalar.column


class Readable(Protocol):
    """A `pathlib.Path` or a file of `importlib.resources`."""

    def is_file(self) -> bool: ...
    def open(self, mode: Any = "rb", /) -> Any: ...


def read(file: Readable, name: str, log: FaultLog) -> bytes | None:
    """The bytes of a file; None with a fault if it cannot be read, is no regular file or too large."""
    try:
        if not file.is_file():
            # Never opened: a named pipe would block for ever.
            log.add(name, 0, 0, "is not a file that can be read")
            return None
        with file.open("rb") as stream:
            data: bytes = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        log.add(name, 0, 0, f"cannot be read: {reason}")
        return None
    if len(data) > MAX_BYTES:
        log.add(name, 0, 0, f"is larger than {MAX_BYTES:,} bytes")
        return None
    return data


def parse(name: str, data: bytes, log: FaultLog) -> SourceFile | None:
    """Parses a file's bytes. None with a fault if that is not possible; faults that leave the rest readable are only told."""
    text = _decode(name, data, log)
    if text is None:
        return None
    lines = tuple(re.split("\r\n|\n|\r", text))
    composer = _Composer(name, log)
    try:
        root = composer.document(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        log.add(name, line, column, f"is not YAML: {error.problem or error.context or 'syntax error'}")
        return None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # The parser written in Python raises ValueError on some escapes that libyaml refuses with a mark.
        log.add(name, 1, 1, f"is not YAML: {quote(str(error))}")
        return None
    except _TooDeepError as error:
        log.add(name, error.line, error.column, f"nests deeper than {MAX_DEPTH} levels")
        return None
    return SourceFile(name, lines, root) if root is not None else None


def _decode(name: str, data: bytes, log: FaultLog) -> str | None:
    if data.startswith(b"\xef\xbb\xbf"):
        log.add(name, 1, 1, "begins with a byte order mark; save it as UTF-8 without one")
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        log.add(name, line, column, "is not UTF-8")
        return None
    if found := _FORBIDDEN.search(text):
        before_it = text[: found.start()]
        line = len(re.findall("\r\n|\n|\r", before_it)) + 1
        column = found.start() - max(before_it.rfind("\n"), before_it.rfind("\r"))
        log.add(name, line, column, f"holds the character U+{ord(found[0]):04X}, which is not allowed")
        return None
    return text


class _TooDeepError(Exception):
    def __init__(self, event: Any) -> None:
        self.line = event.start_mark.line + 1
        self.column = event.start_mark.column + 1


class _Composer:
    """Makes nodes of parser events. Recursion ends at MAX_DEPTH, before Python's own limit."""

    def __init__(self, name: str, log: FaultLog) -> None:
        self._name = name
        self._log = log
        self._events: Iterator[Any] = iter(())

    def _fault(self, event: Any, message: str) -> None:
        self._log.add(self._name, event.start_mark.line + 1, event.start_mark.column + 1, message)

    def document(self, events: Iterator[Any]) -> Node | None:
        self._events = events
        root: Node | None = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    self._fault(event, "a second document begins here; a file holds one")
                    return root
                if event.version or event.tags:
                    self._fault(event, "directives (%YAML, %TAG) are not allowed")
                root = self._node(next(events), 0)
        if root is None:
            self._log.add(self._name, 1, 1, "is empty")
        elif isinstance(root, Scalar) and root.plain and not root.text:
            self._log.add(self._name, 1, 1, "is empty")
            return None
        return root

    def _node(self, event: Any, depth: int) -> Node:
        kind = type(event)
        line = event.start_mark.line + 1
        column = event.start_mark.column + 1
        if kind is yaml.AliasEvent:
            self._fault(event, f"aliases are not allowed: {quote(event.anchor)}")
            return Unusable(line, column)
        if event.anchor is not None:
            self._fault(event, f"anchors are not allowed: {quote(event.anchor)}")
        if event.tag is not None:
            self._fault(event, f"tags are not allowed: {quote(event.tag)}")
        if kind is yaml.ScalarEvent:
            if event.style == '"' and (found := _ESCAPED.search(event.value)):
                self._fault(event, f"holds the character U+{ord(found[0]):04X}, which is not allowed")
                return Unusable(line, column)
            return Scalar(event.value, event.style or "", line, column)
        if depth >= MAX_DEPTH:
            raise _TooDeepError(event)
        if kind is yaml.SequenceStartEvent:
            elements = []
            while type(inner := next(self._events)) is not yaml.SequenceEndEvent:
                elements.append(self._node(inner, depth + 1))
            return Sequence(tuple(elements), line, column)
        return self._mapping(depth, line, column)

    def _mapping(self, depth: int, line: int, column: int) -> Mapping:
        entries: dict[str, tuple[Scalar, Node]] = {}
        while type(inner := next(self._events)) is not yaml.MappingEndEvent:
            key = self._node(inner, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(key, Scalar):
                if not isinstance(key, Unusable):
                    self._log.add(self._name, key.line, key.column, "a key must be text")
            elif key.plain and key.text == "<<":
                self._log.add(self._name, key.line, key.column, "merge keys (<<) are not allowed")
            elif key.text in entries:
                first = entries[key.text][0].line
                self._log.add(
                    self._name, key.line, key.column, f"duplicate key {quote(key.text)}; it is in line {first} already"
                )
            else:
                entries[key.text] = (key, value)
        return Mapping(tuple(entries.values()), line, column)
