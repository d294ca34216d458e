"""JSON, YAML and XML files by their well-kept parsers (tree-sitter, PyYAML, defusedxml), with places."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any, Final

from scanner.submission.settings.errors import SettingsError
from scanner.submission.settings.values import Assignment, Entry, Literal, Many, Plain, Script, Table, Text, Value

__all__ = ["assignments_of", "read_xml", "read_yaml", "render_json", "render_xml", "render_yaml"]

_DEEPEST: Final = 60
_MOST_NODES: Final = 50_000
_YAML_PLAIN: Final = re.compile(r"[A-Za-z0-9@][A-Za-z0-9@+./_-]*(:\d+)?")
_YAML_WORDS: Final = re.compile(r"(?i:true|false|yes|no|on|off|null|y|n)|[0-9.e+-]+")
_ATTRIBUTE: Final = re.compile(r"([^\s=<>/\"']+)\s*=\s*(\"[^\"]*\"|'[^']*')")


def assignments_of(table: Table, path: tuple[str, ...] = ()) -> list[Assignment]:
    """Every value of a table and of those in it, with its path; elements of lists have their number from 0."""
    found: list[Assignment] = []
    pending: list[tuple[Value, tuple[str, ...], int, int]] = [(table, path, table.start, table.end)]
    while pending:
        value, where, start, end = pending.pop()
        if where:
            found.append(Assignment(where, value, start, end))
        if isinstance(value, Table):
            pending += [(entry.value, (*where, entry.key), entry.start, entry.end) for entry in reversed(value.entries)]
        elif isinstance(value, Many):
            pending += [(v, (*where, str(i)), v.start, v.end) for i, v in reversed(list(enumerate(value.values)))]
    return found


def render_json(value: Plain) -> str:
    """A value as JSON and JavaScript write it."""
    import json

    return json.dumps(value, ensure_ascii=False)


def render_yaml(value: Plain) -> str:
    """A value as YAML writes it."""
    if isinstance(value, str) and (not _YAML_PLAIN.fullmatch(value) or _YAML_WORDS.fullmatch(value)):
        return "'" + value.replace("'", "''") + "'"
    return value if isinstance(value, str) else render_json(value)


def render_xml(value: Plain) -> str:
    """A value as an attribute, quotes included."""
    from xml.sax.saxutils import quoteattr

    return quoteattr(str(value).lower() if isinstance(value, bool) else "" if value is None else str(value))


def read_yaml(text: Text) -> Script:
    """Reads the first document that is a mapping. Raises SettingsError for what is no YAML, or is nested too deep."""
    import yaml

    try:
        root = yaml.compose(_masked(text.content), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = re.sub(r"\s*['\"].*", "", (error.problem or "no YAML").splitlines()[0])
        raise SettingsError(f"not YAML: {reason}", mark.line + 1 if mark else None) from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise SettingsError("not YAML, or nested too deep") from None
    value = _yaml_value(root, 0, itertools.count()) if root is not None else None
    if not isinstance(value, Table):
        raise SettingsError("no mapping of keys to values", 1)
    return Script(text, tuple(assignments_of(value)), render_yaml)


def _masked(content: str) -> str:
    """Octets that are no UTF-8 as question marks, which keep their place."""
    return re.sub("[\ud800-\udfff]", "?", content)


def _yaml_value(node: Any, depth: int, seen: Iterator[int]) -> Value:
    """The value of a node. An alias is read anew wherever it stands, so what is read is counted, not what is written."""
    import yaml

    if next(seen) > _MOST_NODES:
        raise SettingsError("more values than settings have", node.start_mark.line + 1)

    start, end = node.start_mark.index, node.end_mark.index
    if depth > _DEEPEST:
        raise SettingsError("nested too deep", node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        entries = [
            Entry(str(key.value), _yaml_value(value, depth + 1, seen), key.start_mark.index, value.end_mark.index)
            for key, value in node.value
            if isinstance(key, yaml.ScalarNode)
        ]
        return Table(tuple(entries), start, end)
    if isinstance(node, yaml.SequenceNode):
        return Many(tuple(_yaml_value(value, depth + 1, seen) for value in node.value), start, end)
    return Literal(None if node.tag.endswith(":null") else node.value, start, end)


def read_xml(text: Text) -> Script:
    """Reads elements as tables: attributes by `@name`, children by their names.

    Raises SettingsError for what is no XML, and for a document type, entities or great depth, which settings do not have.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    octets = _ascii(text.content).encode("ascii")
    target = _Elements(text)
    parser: Any = DefusedXMLParser(target=target, forbid_dtd=True)
    target.parser = parser.parser
    try:
        parser.feed(octets)
        parser.close()
    except DefusedXmlException:
        raise SettingsError("a document type or entities, which settings do not need", 1) from None
    except ParseError as error:
        raise SettingsError(f"not XML: {_expat_reason(error)}", error.position[0]) from None
    return Script(text, tuple(target.found), render_xml)


def _ascii(content: str) -> str:
    """The text with an `x` for every character beyond ASCII, so that octets count as characters."""
    declared = re.sub(
        r"^(\s*<\?xml[^>]*?)encoding\s*=\s*([\"'])[^\"']*\2", lambda m: m[1] + " " * (len(m[0]) - len(m[1])), content
    )
    return re.sub(r"[^\x00-\x7f]", "x", declared)


def _expat_reason(error: Any) -> str:
    from xml.parsers.expat import ErrorString

    return ErrorString(error.code) or "syntax error"


class _Elements:
    """Takes the parser's events; every attribute becomes an assignment with the path of its element."""

    def __init__(self, text: Text) -> None:
        self.parser: Any = None
        self.found: list[Assignment] = []
        self._text = text
        self._path: list[str] = []

    def start(self, tag: str, attrs: dict[str, str]) -> None:
        if len(self._path) >= _DEEPEST:
            raise SettingsError("nested too deep", self.parser.CurrentLineNumber)
        self._path.append(tag.rpartition("}")[2])
        begin = self.parser.CurrentByteIndex
        end = _tag_end(self._text.content, begin)
        entries = []
        for match in _ATTRIBUTE.finditer(self._text.content, begin, end):
            value = Literal(_unescaped(match[2][1:-1]), begin + match.start(2) - begin, match.end(2))
            entries.append(Entry(match[1], value, match.start(), match.end()))
        self.found.append(Assignment(tuple(self._path), Table(tuple(entries), begin, end), begin, end))

    def end(self, tag: str) -> None:
        self._path.pop()

    def data(self, data: str) -> None:
        """Text between elements says nothing of mail."""

    def comment(self, data: str) -> None:
        """Nor do comments."""

    def pi(self, target: str, data: str | None = None) -> None:
        """Nor do processing instructions."""

    def close(self) -> None:
        """The end of the document."""


def _tag_end(content: str, begin: int) -> int:
    """Behind the `>` that ends a start tag; one inside quotes does not."""
    quote = ""
    for at in range(begin, len(content)):
        character = content[at]
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character == ">":
            return at + 1
    return len(content)


def _unescaped(value: str) -> str:
    from xml.sax.saxutils import unescape

    return unescape(value, {"&quot;": '"', "&apos;": "'"})
