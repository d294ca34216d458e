"""Small pictures as inline SVG: the grade's badge, how many checks came out how, where the score lies.

Each has a title and a description; the numbers stand as text beside it, so nothing is told by picture or colour alone.
Colours come from the style sheet by class. Input is numbers and the fixed words of statuses and grades.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from markupsafe import Markup

from reports.standing import letter
from reports.words import NOTE_WORDS, STATUS_WORDS
from rules.results import GRADES, LETTERS, STATUSES

__all__ = ["grade_badge", "meter", "score_band", "status_bar"]

_WIDTH: Final = 320
_EDGE: Final = 4
_SCALE: Final = (_WIDTH - 2 * _EDGE) / 100


def grade_badge(grade: str, words: str, size: int = 72) -> Markup:
    """The letter in a square; `words` say it in full ("between F and A")."""
    kind = f"g-{grade.lower()}" if len(grade) == 1 and grade in GRADES else "g-open"
    return Markup(
        '<svg class="badge {kind}" role="img" width="{size}" height="{size}" viewBox="0 0 72 72">'
        "<title>Grade {words}</title><desc>The grade of the domain, A is the best and F the worst.</desc>"
        '<rect class="plate" x="1" y="1" width="70" height="70" rx="12"/>'
        '<text class="letter" x="36" y="51" text-anchor="middle" font-size="42" font-weight="700">{letter}</text></svg>'
    ).format(kind=kind, size=size, words=words, letter=grade[:1] or "-")


def status_bar(counts: Mapping[str, int]) -> Markup:
    """One bar, a part a status in the order in which a reader wants them; each part at least wide enough to be seen."""
    present = [(status, counts.get(status, 0)) for status in (*STATUSES, "note") if counts.get(status, 0) > 0]
    total = sum(number for _, number in present)
    if not total:
        return Markup("")
    least = 6.0
    spare = _WIDTH - least * len(present)
    pieces, start = [], 0.0
    for status, number in present:
        width = least + spare * number / total
        pieces.append(
            Markup('<rect class="s-{status}" x="{x:.1f}" y="0" width="{width:.1f}" height="14"/>').format(
                status=status, x=start, width=max(width - 1.5, 1)
            )
        )
        start += width
    said = ", ".join(f"{number} {STATUS_WORDS.get(status, NOTE_WORDS)}" for status, number in present)
    return Markup(
        '<svg class="bar" role="img" width="{width}" height="14" viewBox="0 0 {width} 14" preserveAspectRatio="none">'
        "<title>Checks by outcome</title><desc>{said}</desc>{pieces}</svg>"
    ).format(width=_WIDTH, said=said, pieces=Markup("").join(pieces))


def meter(low: int | None, high: int | None, said: str) -> Markup:
    """A bar of 0 to 100, filled to `low` and shaded from there to `high`; without a score nothing."""
    if low is None or high is None:
        return Markup("")
    return Markup(
        '<svg class="meter" role="img" width="100" height="8" viewBox="0 0 100 8" preserveAspectRatio="none">'
        '<title>{said}</title><rect class="rail" x="0" y="0" width="100" height="8"/>'
        '<rect class="open" x="{low}" y="0" width="{more}" height="8"/>'
        '<rect class="full {kind}" x="0" y="0" width="{low}" height="8"/></svg>'
    ).format(said=said, low=low, more=high - low, kind=f"g-{letter(low).lower()}")


def score_band(low: int | None, high: int | None, reachable: int | None) -> Markup:
    """A scale of 0 to 100 in the letters' zones, the score above it (a bracket where it is a range), the reachable
    score below it.
    """
    if low is None or high is None:
        return Markup("")
    said = f"The score is {low}" + (f" to {high}" if high != low else "") + " of 100."
    goal = Markup("")
    if reachable is not None and reachable != low:
        said += f" Reachable is {reachable}."
        goal = Markup('<path class="goal" d="M{x:.1f} 45l5 8h-10z"/>{text}').format(
            x=_at(reachable), text=_label("aim", reachable, f"{reachable} reachable", 65)
        )
    shown = f"{low}" if low == high else f"{low} to {high}"
    return Markup(
        '<svg class="band" role="img" width="{width}" height="70" viewBox="0 0 {width} 70">'
        "<title>Score</title><desc>{said}</desc>{zones}"
        '<rect class="reach" x="{x:.1f}" y="16" width="{length:.1f}" height="30" rx="2"/>{label}{goal}</svg>'
    ).format(
        width=_WIDTH,
        said=said,
        zones=_zones(),
        x=_at(low) - 2,
        length=(high - low) * _SCALE + 4,
        label=_label("score", (low + high) // 2, shown, 12),
        goal=goal,
    )


def _at(points: float) -> float:
    return _EDGE + points * _SCALE


def _zones() -> Markup:
    """The letters' parts of the scale, each with its letter."""
    pieces, end = [], 100
    for least, name in LETTERS:
        pieces.append(
            Markup(
                '<rect class="zone z-{kind}" x="{x:.1f}" y="20" width="{width:.1f}" height="22"/>'
                '<text class="bound" x="{middle:.1f}" y="35.5" text-anchor="middle" font-size="12">{name}</text>'
            ).format(
                kind=name.lower(),
                x=_at(least),
                width=(end - least) * _SCALE - (1 if end < 100 else 0),
                middle=_at((least + end) / 2),
                name=name,
            )
        )
        end = least
    return Markup("").join(pieces)


def _label(kind: str, points: int, text: str, y: int) -> Markup:
    """Text at a score, kept inside the picture at its ends."""
    anchor = "start" if points < 15 else "end" if points > 85 else "middle"
    x = (
        max(_at(points) - 5, 0)
        if anchor == "start"
        else min(_at(points) + 5, _WIDTH)
        if anchor == "end"
        else _at(points)
    )
    return Markup(
        '<text class="{kind}" x="{x:.1f}" y="{y}" text-anchor="{anchor}" font-size="13">{text}</text>'
    ).format(kind=kind, x=x, y=y, anchor=anchor, text=text)
