"""Environment files (`.env`): the assignments as python-dotenv parses them, with their places."""

from __future__ import annotations

import io
import re
from typing import Final

from scanner.submission.settings.errors import SettingsError
from scanner.submission.settings.values import Assignment, Computed, Literal, Plain, Script, Text, Value

__all__ = ["read_dotenv", "render_dotenv"]

_VALUE: Final = re.compile(r"\s*(?:export[^\S\n]+)?(?:'[^']+'|[^=#\s]+)[^\S\n]*=[^\S\n]*", re.S)
_REFERENCE: Final = re.compile(r"\$\{([A-Za-z_]\w*)(:-[^}]*)?\}")
_PLAIN: Final = re.compile(r"[A-Za-z0-9@%+./:_?&=-]*")
_LONGEST_CHAIN: Final = 8


def read_dotenv(text: Text) -> Script:
    """Reads the file. Raises SettingsError for a line that is no assignment."""
    from dotenv.parser import parse_stream

    assignments: list[Assignment] = []
    offset = 0
    for binding in parse_stream(io.StringIO(text.content, newline="")):
        original = binding.original.string
        if binding.error:
            line = text.line(offset + len(original) - len(original.lstrip()))
            raise SettingsError("neither an assignment (NAME=value) nor a comment", line)
        if binding.key is not None and binding.value is not None:
            found = _VALUE.match(original)
            if found is not None:
                assignments.append(_assignment(binding.key, binding.value, original, offset, found.end()))
        offset += len(original)
    return Script(text, tuple(_resolve(assignments)), render_dotenv)


def render_dotenv(value: Plain) -> str:
    """A value as environment files write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    written = "" if value is None else str(value)
    return written if _PLAIN.fullmatch(written) else '"' + written.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _assignment(key: str, value: str, original: str, offset: int, begin: int) -> Assignment:
    rest = original[begin:]
    if rest[:1] in ("'", '"'):
        closing = re.match(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", rest, re.S)
        length = closing.end() if closing else len(rest.rstrip())
    else:
        line = rest.splitlines()[0] if rest.strip() else ""
        length = len(re.split(r"\s+#", line)[0].rstrip()) if line else 0
    start = offset + begin
    head = offset + len(original) - len(original.lstrip())
    return Assignment((key,), Literal(value, start, start + length), head, start + length)


def _resolve(assignments: list[Assignment]) -> list[Assignment]:
    """Follows values that are wholly a reference to another of the file; others with a reference are computed."""
    known = {found.path[0]: found.value for found in assignments}
    resolved = []
    for found in assignments:
        value: Value = found.value
        for _ in range(_LONGEST_CHAIN):
            if not isinstance(value, Literal) or not isinstance(value.value, str) or "${" not in value.value:
                break
            whole = _REFERENCE.fullmatch(value.value)
            target = known.get(whole[1]) if whole else None
            if isinstance(target, Literal):
                value = Literal(target.value, found.value.start, found.value.end)
            else:
                value = Computed("made from other variables of the environment", found.value.start, found.value.end)
        if isinstance(value, Literal) and isinstance(value.value, str) and _REFERENCE.search(value.value):
            value = Computed("made from other variables of the environment", found.value.start, found.value.end)
        resolved.append(Assignment(found.path, value, found.start, found.end))
    return resolved
