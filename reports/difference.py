"""What a proposed value changes of the current ones, by the pieces that a reader sees: terms of SPF, tags of DMARC,
labels of a host name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from reports.escape import visible

__all__ = ["Difference", "Piece", "difference"]

_TERMS: Final = re.compile(r"[^ ;]+|[ ;]+")
_LABELS: Final = re.compile(r"[^ .]+|[ .]+")
_HOSTS: Final = frozenset({"CNAME", "MX", "NS", "SRV", "PTR"})
_MOST_VALUES: Final = 10
_MOST: Final = 400
"""Pieces of a value above which nothing is marked: comparing takes the square of them."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a value; `marked`: it goes (in a current value) or is new (in the proposed one)."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """The pieces of each current value, and of the proposed one; joined they are what `visible` makes of the values."""

    current: tuple[tuple[Piece, ...], ...]
    proposed: tuple[Piece, ...]

    @property
    def goes(self) -> bool:
        """Something of a current value is marked."""
        return any(piece.marked for value in self.current for piece in value)

    @property
    def comes(self) -> bool:
        """Something of the proposed value is marked."""
        return any(piece.marked for piece in self.proposed)


def difference(type_: str, current: Sequence[str], proposed: str) -> Difference:
    """Nothing is marked where the values have nothing in common, or are too long to compare."""
    pattern = _LABELS if type_ in _HOSTS else _TERMS
    new = pattern.findall(visible(proposed))
    olds = [pattern.findall(visible(value)) for value in current]
    plain = Difference(tuple(_plain(old) for old in olds), _plain(new))
    if len(olds) > _MOST_VALUES or max(map(len, (new, *olds))) > _MOST:
        return plain
    kept_of_new: set[int] = set()
    shown = []
    for old in olds:
        kept_of_old: set[int] = set()
        for block in SequenceMatcher(a=_same(old), b=_same(new), autojunk=False).get_matching_blocks():
            kept_of_old.update(range(block.a, block.a + block.size))
            kept_of_new.update(range(block.b, block.b + block.size))
        shown.append(_marked(old, kept_of_old))
    if not any(_is_word(new[index]) for index in kept_of_new):
        return plain
    return Difference(tuple(shown), _marked(new, kept_of_new))


def _same(pieces: Sequence[str]) -> list[str]:
    return [piece.lower().strip('"') for piece in pieces]


def _is_word(piece: str) -> bool:
    return piece.strip(" ;.") != ""


def _plain(pieces: Sequence[str]) -> tuple[Piece, ...]:
    return (Piece("".join(pieces), False),) if pieces else ()


def _marked(pieces: Sequence[str], kept: set[int]) -> tuple[Piece, ...]:
    """Neighbours of the same kind joined; blanks alone are not marked."""
    joined: list[Piece] = []
    for index, text in enumerate(pieces):
        marked = index not in kept and not text.isspace()
        if joined and joined[-1].marked == marked:
            joined[-1] = Piece(joined[-1].text + text, marked)
        else:
            joined.append(Piece(text, marked))
    return tuple(joined)
