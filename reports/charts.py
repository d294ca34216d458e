"""Small pictures as inline SVG: the grade's badge, how many checks came out how, where the score lies.

Each has a title and a description; the numbers stand as text beside it, so nothing is told by picture or colour alone.
Colours come from the style sheet by class. Input is numbers and the fixed words of statuses and grades.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from markupsafe import Markup

from reports.words import STATUS_WORDS
from rules.results import GRADES, STATUSES

__all__ = ["grade_badge", "score_band", "status_bar"]

_WIDTH: Final = 320
_BOUNDS: Final = ((0, "F"), (40, "D"), (60, "C"), (75, "B"), (90, "A"))
"""Where the letters begin (DESIGN: score)."""


def grade_badge(grade: str, words: str, size: int = 72) -> Markup:
    """The letter in a square; `words` say it in full ("between F and A")."""
    kind = f"g-{grade.lower()}" if len(grade) == 1 and grade in GRADES else "g-open"
    return Markup(
        '<svg class="badge {kind}" role="img" width="{size}" height="{size}" viewBox="0 0 72 72">'
        "<title>Grade {words}</title><desc>The grade of the domain, A is the best and F the worst.</desc>"
        '<rect class="plate" x="2" y="2" width="68" height="68" rx="10"/>'
        '<text class="letter" x="36" y="50" text-anchor="middle" font-size="40" font-weight="700">{letter}</text></svg>'
    ).format(kind=kind, size=size, words=words, letter=grade[:1] or "-")


def status_bar(counts: Mapping[str, int]) -> Markup:
    """One bar, a part a status in the order in which a reader wants them; each part at least wide enough to be seen."""
    present = [(status, counts.get(status, 0)) for status in STATUSES if counts.get(status, 0) > 0]
    total = sum(number for _, number in present)
    if not total:
        return Markup("")
    least = 6.0
    spare = _WIDTH - least * len(present)
    pieces, start = [], 0.0
    for status, number in present:
        width = least + spare * number / total
        pieces.append(
            Markup('<rect class="s-{status}" x="{x:.1f}" y="0" width="{width:.1f}" height="16"/>').format(
                status=status, x=start, width=max(width - 1.5, 1)
            )
        )
        start += width
    said = ", ".join(f"{number} {STATUS_WORDS[status]}" for status, number in present)
    return Markup(
        '<svg class="bar" role="img" width="{width}" height="16" viewBox="0 0 {width} 16" preserveAspectRatio="none">'
        "<title>Checks by outcome</title><desc>{said}</desc>{pieces}</svg>"
    ).format(width=_WIDTH, said=said, pieces=Markup("").join(pieces))


def score_band(low: int | None, high: int | None, reachable: int | None) -> Markup:
    """A scale of 0 to 100 with the letters' bounds, the score (a band where it is a range) and the reachable score."""
    if low is None or high is None:
        return Markup("")
    scale = (_WIDTH - 20) / 100
    marks = Markup("").join(
        Markup(
            '<path class="tick" d="M{x:.1f} 8v14"/><text class="bound" x="{text:.1f}" y="38" font-size="12">{letter}</text>'
        ).format(x=10 + bound * scale, text=12 + bound * scale, letter=letter)
        for bound, letter in _BOUNDS
    )
    said = f"The score is {low}" + (f" to {high}" if high != low else "") + " of 100."
    goal = Markup("")
    if reachable is not None:
        said += f" Reachable is {reachable}."
        goal = Markup('<path class="goal" d="M{x:.1f} 6l5 -6h-10z"/>').format(x=10 + reachable * scale)
    return Markup(
        '<svg class="band" role="img" width="{width}" height="42" viewBox="0 0 {width} 42">'
        "<title>Score</title><desc>{said}</desc>"
        '<rect class="rail" x="10" y="11" width="{rail:.1f}" height="8" rx="4"/>{marks}'
        '<rect class="reach" x="{x:.1f}" y="9" width="{length:.1f}" height="12" rx="3"/>{goal}</svg>'
    ).format(
        width=_WIDTH,
        said=said,
        rail=100 * scale,
        marks=marks,
        x=10 + low * scale - 3,
        length=(high - low) * scale + 6,
        goal=goal,
    )
