"""How many queries may be under way to a resolver at a time.

The window doubles while answers come, and is halved when many of them do not, or only as SERVFAIL or REFUSED: some
failures are the asked names' own, so it takes a large share of them to mean that the resolver is overloaded, or limits
the rate of its clients.
"""

from __future__ import annotations

from typing import Final

from scanner.dns.signs import Strain

__all__ = ["Window"]

START: Final = 64
LEAST: Final = 16

_EPOCH: Final = 32
"""Outcomes at least before the window changes: a share of few says nothing."""
_MANY: Final = 0.4
"""The share of failures from which on the window shrinks. Lost packets alone rarely come to a third."""
_FEW: Final = 0.15
"""The share up to which it grows."""
_STRAINED: Final = 3
"""Times that the window shrank, from which on it is worth a word."""


class Window:
    """`size` queries may be under way; at most `most`."""

    def __init__(self, most: int) -> None:
        self.size = min(START, most)
        self._most = most
        self._least = min(LEAST, most)
        self._answers = self._failures = 0
        self._answered = self._refused = self._silent = 0
        self._shrunk = 0

    def answered(self, good: int, bad: int) -> None:
        """So many answers came, and so many that were SERVFAIL or REFUSED."""
        self._answered += good
        self._refused += bad
        self._saw(good, bad)

    def lost(self, number: int) -> None:
        """So many queries were given up."""
        self._silent += number
        self._saw(0, number)

    def _saw(self, good: int, bad: int) -> None:
        self._answers += good
        self._failures += bad
        seen = self._answers + self._failures
        if seen < max(_EPOCH, self.size):
            return
        share = self._failures / seen
        if share >= _MANY:
            self._shrunk += self._answered > 0
            self.size = max(self._least, self.size // 2)
        elif share <= _FEW:
            self.size = min(self._most, self.size * 2)
        self._answers = self._failures = 0

    def strain(self, server: str) -> Strain | None:
        """What the resolver did that looks like a limit to the rate of queries, if it did.

        A resolver that never answered anything is not there, which is another matter.
        """
        if self._shrunk < _STRAINED:
            return None
        return Strain(server, self._answered + self._refused + self._silent, self._silent, self._refused)
