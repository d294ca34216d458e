"""Signs that a live run's answers as a whole are doubtful, in a shape that several processes' signs can be joined in.

`doubts` finds them; each becomes a sentence for people only where somebody reads it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

__all__ = ["ELSEWHERE", "NAMED", "PrivateNames", "Remark", "Sign", "Strain", "joined"]

NAMED: Final = 3
"""Names that a sentence names; further ones are counted."""
ELSEWHERE: Final = "ask a public resolver with --resolver to see what other mail servers see."


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence `about` something, of which one is enough."""

    about: str
    sentence: str

    def joined(self, other: Remark) -> Remark:
        return self


@dataclass(frozen=True, slots=True)
class PrivateNames:
    """Some names to which a resolver gave private addresses, and how often `more` of them were seen."""

    about: str
    names: tuple[tuple[str, str], ...]
    more: int = 0

    def joined(self, other: PrivateNames) -> PrivateNames:
        names = dict(self.names) | {name: address for name, address in other.names if name not in dict(self.names)}
        beyond = max(len(names) - NAMED, 0)
        return PrivateNames(self.about, tuple(names.items())[:NAMED], self.more + other.more + beyond)

    @property
    def sentence(self) -> str:
        listed = ", ".join(f"{name} ({address})" for name, address in self.names)
        listed += f" and {self.more} more" if self.more else ""
        return (
            f"The resolver {self.about} gives private addresses for {listed}: it may show the view from inside a network"
            f" (split-brain DNS); {ELSEWHERE}"
        )


@dataclass(frozen=True, slots=True)
class Strain:
    """What a resolver did that looks like a limit to the rate of queries: of those `asked` so many were not answered in
    time, and so many refused or failed.
    """

    about: str
    asked: int
    silent: int
    refused: int

    def joined(self, other: Strain) -> Strain:
        return Strain(self.about, self.asked + other.asked, self.silent + other.silent, self.refused + other.refused)

    @property
    def sentence(self) -> str:
        return (
            f"The resolver {self.about} limits how much it answers, or is overloaded: {self.silent} of {self.asked} queries"
            f" were not answered in time and {self.refused} refused or failed. It was asked less at a time, and what it"
            " would not answer is unknown. Use a resolver of your own, or several, for long lists."
        )


Sign = Remark | PrivateNames | Strain


def joined(signs: Iterable[Sign]) -> tuple[Sign, ...]:
    """Signs of one kind about one thing as one."""
    kinds: dict[tuple[type[Sign], str], Sign] = {}
    for sign in signs:
        key = type(sign), sign.about
        known = kinds.get(key)
        kinds[key] = sign if known is None else known.joined(sign)  # type: ignore[arg-type]  # of one kind, by the key
    return tuple(kinds.values())
