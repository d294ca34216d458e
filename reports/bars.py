"""Bars of the index as inline SVG, in parts of the width they are given; the numbers stand as text beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from rules.results import GRADES

__all__ = ["grade_bar", "share_bar"]

_LEAST: Final = 1.5
"""The narrowest part of a bar, in percent, so that one domain of thousands is seen."""
_LETTERED: Final = 4.0
"""The narrowest part that has room for its letter, in percent of a bar across the page."""


def grade_bar(grades: Sequence[tuple[str, int]], said: str) -> Markup:
    """One bar, a part a grade with its letter; `said` tells the numbers."""
    total = sum(number for _, number in grades)
    present = [(grade, number) for grade, number in grades if number]
    if not present:
        return Markup("")
    spare = 100 - _LEAST * len(present)
    pieces, start = [], 0.0
    for grade, number in present:
        width = _LEAST + spare * number / total
        pieces.append(_part(grade, start, width))
        start += width
    return Markup(
        '<svg class="grades-bar" role="img" width="100%" height="44"><title>Domains by grade</title><desc>{said}</desc>{pieces}</svg>'
    ).format(said=said, pieces=Markup("").join(pieces))


def share_bar(number: int, total: int) -> Markup:
    """How many of all; hidden from those who hear the page, who have the numbers."""
    return Markup(
        '<svg class="share" aria-hidden="true" width="100%" height="6"><rect class="rail" width="100%" height="6" rx="3"/>'
        '<rect class="full" width="{width:.1f}%" height="6" rx="3"/></svg>'
    ).format(width=max(_LEAST, 100 * number / total) if total else 0)


def _part(grade: str, start: float, width: float) -> Markup:
    kind = f"p-{grade.lower()}" if grade in GRADES else "p-open" if grade == "?" else "p-none"
    letter = Markup('<text class="{kind}" x="{x:.2f}%" y="28" text-anchor="middle">{grade}</text>').format(
        kind=kind, x=start + width / 2, grade=grade
    )
    return Markup('<rect class="{kind}" x="{x:.2f}%" y="0" width="{width:.2f}%" height="44"/>{letter}').format(
        kind=kind, x=start, width=width, letter=letter if width >= _LETTERED else ""
    )
