"""What can go wrong in rules.

RulesError
├── LoadError       files of packs, profiles, frameworks or waivers are wrong: every fault, each with its place
└── ProfileError    a profile was asked for that has not been loaded

LookupError
└── FactError       a condition met facts without one that it reads: a fault of the program, not of a pack
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

__all__ = [
    "MAX_FAULTS",
    "FactError",
    "Fault",
    "FaultLog",
    "LoadError",
    "ProfileError",
    "RulesError",
    "did_you_mean",
    "quote",
]

MAX_FAULTS: Final = 200
"""After so many faults a load gives up: nobody reads further, and garbage must not cost time without end."""

_LONGEST_WORD: Final = 80
_LONGEST_QUOTE: Final = 60


class RulesError(Exception):
    """Whatever a user of packs, profiles, frameworks or waivers can mend."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a file. Lines and columns count from 1; both are 0 where the whole file is meant,
    and then its text names the file alone.
    """

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        place = f":{self.line}:{self.column}" if self.line else ""
        return f"{_printable(self.file)}{place}: {self.message}"


class LoadError(RulesError):
    """Files could not be loaded. `faults` holds all of them by file and place; as text it is a fault a line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


class ProfileError(RulesError):
    """No such profile."""


class FactError(KeyError):
    """A condition was evaluated without a fact that it reads. Facts are collected by demand, so demand and rule disagree."""

    def __str__(self) -> str:
        return str(self.args[0])


class FaultLog:
    """The faults of one load, collected so that they can be told at once."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._files: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._faults)

    def add(self, file: str, line: int, column: int, message: str) -> None:
        """Notes a fault. Raises LoadError with all so far when there are MAX_FAULTS."""
        self._files.setdefault(file, len(self._files))
        self._faults.append(Fault(file, line, column, message))
        if len(self._faults) >= MAX_FAULTS:
            self._faults.append(Fault(file, line, column, f"more than {MAX_FAULTS} faults; the rest is not told"))
            self.raise_if_any()

    def raise_if_any(self) -> None:
        """Raises LoadError if anything was noted: faults by file in the order of reading, then by place."""
        if self._faults:
            # The sort is stable, so that several faults at one place stay in the order in which they were found.
            raise LoadError(sorted(self._faults, key=lambda fault: (self._files[fault.file], fault.line, fault.column)))


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """The end of a message about an unknown word: `; did you mean "spf.lookups"?`, or nothing if none is near."""
    if len(word) > _LONGEST_WORD:
        return ""
    by_lower_case = {candidate.lower(): candidate for candidate in candidates}
    near = difflib.get_close_matches(word.lower(), by_lower_case, n=1, cutoff=0.6)
    return f"; did you mean {quote(by_lower_case[near[0]])}?" if near else ""


def quote(text: str) -> str:
    """Text from a file as messages show it: in quotes, short, on one line and without control characters."""
    if len(text) > _LONGEST_QUOTE:
        text = text[: _LONGEST_QUOTE - 1] + "…"
    return f'"{_printable(text)}"'


def _printable(text: str) -> str:
    return text if text.isprintable() else repr(text)[1:-1]
