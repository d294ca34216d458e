"""Files of keys and values: looking one up by its names, and writing one in the file's own syntax."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from scanner.submission.settings.settings import Correction
from scanner.submission.settings.values import Assignment, Computed, Edit, Literal, Script, Value
from scanner.submission.settings.values import Text as FileText

__all__ = ["Sheet"]

Plain = str | int | bool | None
Write = Callable[[str, str], Edit]
"""The edit that adds a key with a rendered value."""


class Sheet:
    """The assignments that belong to one sender, by the last part of their path in lower case; the last one holds."""

    def __init__(self, script: Script, assignments: Iterable[Assignment], write: Write) -> None:
        self.script = script
        self._write = write
        self._by_key: dict[str, Assignment] = {}
        for assignment in assignments:
            self._by_key[assignment.path[-1].lower()] = assignment

    def __bool__(self) -> bool:
        return bool(self._by_key)

    @property
    def text(self) -> FileText:
        return self.script.text

    @property
    def first_line(self) -> int:
        """Where the sender begins."""
        return min((self.text.line(found.start) for found in self._by_key.values()), default=1)

    @property
    def last_line(self) -> int:
        """Where the sender ends."""
        return max((self.text.line(max(found.end - 1, found.start)) for found in self._by_key.values()), default=1)

    def keys(self) -> tuple[str, ...]:
        """The keys, in lower case."""
        return tuple(self._by_key)

    def find(self, *keys: str) -> tuple[str, Value | None]:
        """The first of the keys that is there, as the file writes it, with its value; ("", None) for none."""
        for key in keys:
            found = self._by_key.get(key.lower())
            if found is not None:
                return found.path[-1], found.value
        return "", None

    def put(self, *changes: tuple[str, Plain]) -> Correction:
        """Sets keys: replaces what stands there, adds what is missing. None leaves a key that is missing alone."""
        edits: list[Edit] = []
        notes: list[str] = []
        for key, value in changes:
            found = self._by_key.get(key.lower())
            if found is None:
                if value is not None:
                    edits.append(self._write(key, self.script.render(value)))
            elif isinstance(found.value, Computed):
                line = self.text.line(found.start)
                notes.append(
                    f"line {line}: {found.path[-1]} is computed; let it come out as {self.script.render(value)}."
                )
            elif not (isinstance(found.value, Literal) and found.value.value == value):
                edits.append(Edit(found.value.start, found.value.end, self.script.render(value)))
        return Correction(tuple(edits), tuple(notes))
