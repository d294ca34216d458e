"""Tables as sheets: looking up a key of an object, and writing one into it in the hand of its neighbours."""

from __future__ import annotations

import re

from scanner.submission.settings.settings import Correction
from scanner.submission.settings.values import Computed, Edit, Entry, Literal, Plain, Script, Table, Value

__all__ = ["TableSheet"]


class TableSheet:
    """An object of JSON, JavaScript or PowerShell. `separator` is what stands between entries, `assign` between key and value."""

    def __init__(self, script: Script, table: Table, *, assign: str = ": ", separator: str = ",") -> None:
        self.script, self.table = script, table
        self._assign, self._separator = assign, separator
        self._added: list[str] = []

    def find(self, *keys: str) -> tuple[str, Value | None]:
        """The first of the keys that is there with its value; ("", None) for none."""
        entry = self.entry(*keys)
        return (entry.key, entry.value) if entry is not None else ("", None)

    def entry(self, *keys: str) -> Entry | None:
        """The entry of the first of the keys that is there; case does not matter."""
        for key in keys:
            for entry in reversed(self.table.entries):
                if entry.key.lower() == key.lower():
                    return entry
        return None

    def inner(self, key: str) -> TableSheet | None:
        """The table that stands at a key."""
        _, value = self.find(key)
        if not isinstance(value, Table):
            return None
        return TableSheet(self.script, value, assign=self._assign, separator=self._separator)

    def put(self, *changes: tuple[str, Plain]) -> Correction:
        """Sets keys: replaces what stands there, adds what is missing. None leaves a key that is missing alone."""
        edits: list[Edit] = []
        notes: list[str] = []
        for key, value in changes:
            entry = self.entry(key)
            written = self.script.render(value)
            if entry is None:
                if value is not None:
                    edits.append(self._add(key, written))
            elif isinstance(entry.value, Computed):
                line = self.script.text.line(entry.start)
                notes.append(f"line {line}: {entry.key} is computed; let it come out as {written}.")
            elif isinstance(entry.value, Literal) and entry.value.value != value:
                edits.append(Edit(entry.value.start, entry.value.end, written))
        return Correction(tuple(edits), tuple(notes))

    def remove(self, key: str) -> Correction:
        """Takes an entry out, with the comma behind it, or before it where it is the last."""
        entry = self.entry(key)
        if entry is None:
            return Correction()
        content = self.script.text.content
        behind = re.compile(r"\s*,[ \t]*").match(content, entry.end)
        if behind is not None:
            return Correction((Edit(entry.start, behind.end(), ""),))
        before = content.rfind(",", self.table.start, entry.start)
        alone = before < 0 or any(other.start < before < other.end for other in self.table.entries)
        return Correction((Edit(entry.start if alone else before, entry.end, ""),))

    def _add(self, key: str, written: str) -> Edit:
        """Behind the first entry, which is on a line of its own where the table has several."""
        text = self.script.text
        if not self.table.entries:
            return Edit(self.table.start + 1, self.table.start + 1, f"{self._quoted(key)}{self._assign}{written}")
        first = self.table.entries[0]
        name = self._quoted(key)
        begins_line = text.line(first.start) != text.line(self.table.start)
        if begins_line:
            at = text.line_start(text.line(first.start))
            separator = self._separator.strip() if self._separator.strip() == "," else ""
            return Edit(at, at, f"{text.indent(first.start)}{name}{self._assign}{written}{separator}{text.eol}")
        separator = self._separator.rstrip() or ";"
        return Edit(first.start, first.start, f"{name}{self._assign}{written}{separator} ")

    def _quoted(self, key: str) -> str:
        first = self.table.entries[0] if self.table.entries else None
        head = self.script.text.content[first.start : first.start + 1] if first is not None else ""
        return f"{head}{key}{head}" if head in ("'", '"') else key
