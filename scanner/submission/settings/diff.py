"""A corrected file as a unified diff without context lines, and instructions for the lines that hold a secret.

A line that holds a secret is never printed: its correction is told as the new line with the secret masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from scanner.submission.masking import MASK, mask
from scanner.submission.settings.correcting import corrections_of
from scanner.submission.settings.reading import FileSettings
from scanner.submission.settings.values import Edit, Text

__all__ = ["FileDiff", "diff_of"]

_LINES: Final = re.compile(r"[^\n]*\n|[^\n]+")


_SAID: Final = re.compile(
    r"(?i)((?<![A-Za-z])(?:pw|pwd|pass|passwd|password|passphrase|passwort|kennwort|secret|token|api[_-]?key)(?![A-Za-z_])"
    r"(?:\s+(?:is|was|ist|war))?[\s:=]+)(?![=>])([^\s'\";,)]+)"
)
"""What a comment on a line says of a secret (`# pw: ...`, `# the old password is ...`): more than the names of settings."""


@dataclass(frozen=True, slots=True)
class FileDiff:
    """`patch` is for patch(1) or `git apply --unidiff-zero`, "" where no line can be changed by one; `instructions` are for people."""

    path: str
    patch: str
    instructions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines `first` to `last` (from 1) that edits touch; `last` is before `first` where lines are only added before `first`."""

    first: int
    last: int
    edits: tuple[Edit, ...]


def diff_of(file: FileSettings) -> FileDiff:
    """The corrections of a file."""
    text = file.text
    corrections = corrections_of(file.senders)
    secrets = sorted({place for settings in file.senders for place in settings.secrets})
    hunks: list[str] = []
    instructions: list[str] = []
    shift = 0
    utf16 = file.encoding.startswith("utf-16")
    for block in _blocks(text, corrections.edits):
        old = (
            text.content[text.line_start(block.first) : text.line_end(block.last)] if block.last >= block.first else ""
        )
        new = _applied(text, block, ())
        if utf16 or _holds_secret(text, block, secrets) or _careful(old) != old or _careful(new) != new:
            masked = _careful(_applied(text, block, secrets)).rstrip("\r\n")
            place = f"line {block.first}" if block.last <= block.first else f"lines {block.first} to {block.last}"
            why = f"  ({MASK} is the secret that stands there)" if MASK in masked else ""
            instructions.append(f"{place}: write: {masked}{why}")
            continue
        hunk, grown = _hunk(old, new, block, shift)
        if block.first == 1 and block.last >= 1 and file.bom:
            hunk = hunk.replace("\n-", f"\n-{file.bom}", 1).replace("\n+", f"\n+{file.bom}", 1)
        hunks.append(hunk)
        shift += grown
    header = f"--- {_quoted(file.path)}\n+++ {_quoted(file.path)}\n"
    return FileDiff(file.path, header + "".join(hunks) if hunks else "", (*instructions, *corrections.notes))


def _careful(text: str) -> str:
    """The text without what looks like a secret, even if that takes more than is one."""
    return _SAID.sub(lambda found: found[0] if found[2] == MASK else found[1] + MASK, mask(text))


def _quoted(path: str) -> str:
    """A file's name as a header of a diff has it; one with line ends would begin lines of its own."""
    if any(ord(character) < 0x20 or character in '"\\' for character in path):
        return '"' + path.encode("unicode_escape").decode("ascii").replace('"', '\\"') + '"'
    return path


def _blocks(text: Text, edits: Iterable[Edit]) -> list[_Block]:
    """Edits by the lines that they touch; those that touch the same lines are one block."""
    blocks: list[_Block] = []
    for edit in edits:
        first = text.line(edit.start)
        whole_lines = edit.start == edit.end and edit.text.endswith("\n") and edit.start == text.line_start(first)
        at_end = edit.start == len(text.content) and edit.text.startswith(("\n", "\r\n"))
        last = first - 1 if whole_lines else max(first, text.line(edit.end - 1 if edit.end > edit.start else edit.end))
        if (
            whole_lines
            and text.line_start(first) == len(text.content)
            and not text.content.endswith("\n")
            and text.content
        ):
            last = first
        if at_end:
            last = first
        previous = blocks[-1] if blocks else None
        if previous is not None and (
            first <= previous.last or (first == previous.first and last < first and previous.last < previous.first)
        ):
            blocks[-1] = _Block(previous.first, max(previous.last, last), (*previous.edits, edit))
        elif previous is not None and previous.last < previous.first == first:
            blocks[-1] = _Block(first, last, (*previous.edits, edit))
        else:
            blocks.append(_Block(first, last, (edit,)))
    return blocks


def _holds_secret(text: Text, block: _Block, secrets: Sequence[tuple[int, int]]) -> bool:
    begin, end = text.line_start(block.first), text.line_end(block.last)
    return block.last >= block.first and any(start < end and begin < stop for start, stop in secrets)


def _applied(text: Text, block: _Block, secrets: Sequence[tuple[int, int]]) -> str:
    """The new lines, with the secrets of those places masked."""
    begin = text.line_start(block.first)
    end = text.line_end(block.last) if block.last >= block.first else begin
    masks = [
        Edit(max(start, begin), min(stop, end), MASK)
        for start, stop in secrets
        if start < end and begin < stop and not any(e.start < stop and start < e.end for e in block.edits)
    ]
    out: list[str] = []
    at = begin
    for edit in sorted((*block.edits, *masks), key=lambda one: (one.start, one.end)):
        if edit.start < at:
            continue
        out += [text.content[at : edit.start], edit.text]
        at = edit.end
    out.append(text.content[at:end])
    return "".join(out)


def _hunk(old: str, new: str, block: _Block, shift: int) -> tuple[str, int]:
    """A hunk of a unified diff without context, and by how many lines it makes the file longer."""
    before, after = _LINES.findall(old), _LINES.findall(new)
    old_first = block.first if before else block.first - 1
    new_first = (block.first if after else block.first - 1) + shift
    head = f"@@ -{_range(old_first, len(before))} +{_range(new_first, len(after))} @@\n"
    lines = [_line("-", line) for line in before] + [_line("+", line) for line in after]
    return head + "".join(lines), len(after) - len(before)


def _range(first: int, count: int) -> str:
    return str(first) if count == 1 else f"{first},{count}"


def _line(sign: str, line: str) -> str:
    return f"{sign}{line}" if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"
