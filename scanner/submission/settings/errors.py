"""What can be wrong with a settings file, drawn as a tree.

SettingsError           line and reason; the reason never repeats the file's text, which may be a secret
"""

from __future__ import annotations

__all__ = ["SettingsError"]


class SettingsError(Exception):
    """A file that does not parse, or is none that can be read. `line` is from 1; None where the whole file is meant."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
