"""Score and grade (DESIGN: score; told to readers in docs/score.md and by `rules.results.SCORE_SENTENCES`).

All arithmetic that decides a score or a letter is in integers. An end of the range is made by deciding every unknown
verdict and applying `needs` again. Three corners that the formulas leave open:

* Nothing to judge is said of the lower end: no rule that carries weight passes, fails, is blocked or unknown. Then the
  grade is "-", whatever an info rule would cap. Where only the upper end has nothing left to judge (every such rule
  would turn out not to apply), that end loses no points: it counts as 100.
* A rule whose `when` is unknown may also turn out not to apply. Below an end where it fails and an end where it passes
  that changes nothing, unless a needed rule has failed: then the rule is blocked however it is decided, but out of the
  sum if it does not apply. So at the upper end it counts as not applicable.
* A waived rule stays waived at both ends and in the reachable score.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rules.needs import Verdict, settle
from rules.results import CAPS, LETTERS, WEIGHTS, LostPoints, Score, Severity, Status

__all__ = ["Graded", "Stake", "grade", "letter", "stake"]


@dataclass(frozen=True, slots=True)
class Stake:
    """What is at stake with a rule: its weight, the letter that its failure caps at ("" for none), and whether
    the customer's side can mend it.
    """

    rule: str
    weight: int
    cap: str
    mendable: bool


class Graded(NamedTuple):
    """A score with its letters; `cap_by` are the rules whose cap, not the score, makes `grade_low`."""

    score: Score
    grade: str
    grade_low: str
    grade_high: str
    cap_by: tuple[str, ...]


class _End(NamedTuple):
    """One end of the range: weight passed, weight judged, and the worst cap."""

    gained: int
    total: int
    cap: str

    @property
    def points(self) -> int:
        """S, rounded half up."""
        return (200 * self.gained + self.total) // (2 * self.total) if self.total else 100

    @property
    def grade(self) -> str:
        return _worse(letter(self.points), self.cap)


def stake(rule: str, severity: Severity, own_cap: str, *, mendable: bool) -> Stake:
    """A rule's stake under the severity that the profile gives it."""
    return Stake(rule, WEIGHTS[severity], _worse(CAPS[severity], own_cap), mendable)


def letter(points: int) -> str:
    """The letter of a score of 0 to 100, without caps."""
    return next(name for least, name in LETTERS if points >= least)


def grade(
    stakes: Sequence[Stake],
    needs: Sequence[tuple[int, ...]],
    verdicts: Sequence[Verdict],
    statuses: Sequence[Status],
) -> Graded:
    """Score and grade of one domain.

    `verdicts` are the rules' own, `statuses` what `settle` and the waivers made of them, all in the order of `stakes`;
    `needs` as in `settle`.
    """
    held = verdicts
    if "waived" in statuses:
        held = ["waived" if s == "waived" else v for v, s in zip(verdicts, statuses, strict=True)]
    at_worst: Sequence[Verdict] = held
    if "unknown" in held or "unsure" in held:
        at_worst = ["fail" if v in ("unknown", "unsure") else v for v in held]
    if "unknown" in statuses:
        at_best: list[Verdict] = ["pass" if v == "unknown" else "at_best" if v == "unsure" else v for v in held]
        low_statuses: Sequence[Status] = settle(needs, at_worst).statuses
        low, high = _end(stakes, low_statuses), _end(stakes, settle(needs, at_best).statuses)
    else:
        low_statuses = statuses
        low = high = _end(stakes, statuses)
    if not low.total:
        return Graded(Score(low=None, high=None, reachable=None), "-", "-", "-", ())
    score = Score(
        low=low.points,
        high=high.points,
        reachable=_reachable(stakes, needs, at_worst) if low.gained < low.total else 100,
        lost=_lost(stakes, low_statuses, statuses, low.total),
    )
    worst, best = low.grade, high.grade
    binding = _binding(stakes, low_statuses, low.cap) if low.cap > letter(low.points) else ()
    return Graded(score, worst if worst == best else "?", worst, best, binding)


def _worse(one: str, other: str) -> str:
    """The worse of two letters, "" being none. The alphabet runs from best to worst."""
    return max(one, other)


def _end(stakes: Sequence[Stake], statuses: Sequence[Status]) -> _End:
    gained = total = 0
    cap = ""
    for at_stake, status in zip(stakes, statuses, strict=True):
        if status == "pass":
            gained += at_stake.weight
            total += at_stake.weight
        elif status in ("fail", "blocked"):
            total += at_stake.weight
            cap = max(cap, at_stake.cap)
    return _End(gained, total, cap)


def _reachable(stakes: Sequence[Stake], needs: Sequence[tuple[int, ...]], at_worst: Sequence[Verdict]) -> int:
    """S once every failure is mended but those that only a provider can mend; what those block stays blocked."""
    if all(at_stake.mendable or verdict != "fail" for at_stake, verdict in zip(stakes, at_worst, strict=True)):
        return 100  # with no failure left, nothing is blocked either
    mended: list[Verdict] = [
        "pass" if verdict == "fail" and at_stake.mendable else verdict
        for at_stake, verdict in zip(stakes, at_worst, strict=True)
    ]
    return _end(stakes, settle(needs, mended).statuses).points


def _lost(
    stakes: Sequence[Stake], low_statuses: Sequence[Status], statuses: Sequence[Status], total: int
) -> tuple[LostPoints, ...]:
    """What each rule costs at the lower end, most first; `statuses` tell which losses are certain."""
    lost = [
        LostPoints(rule=at_stake.rule, points=100 * at_stake.weight / total, status=status)
        for at_stake, low_status, status in zip(stakes, low_statuses, statuses, strict=True)
        if low_status in ("fail", "blocked") and at_stake.weight
    ]
    return tuple(sorted(lost, key=lambda loss: (-loss.points, loss.rule)))


def _binding(stakes: Sequence[Stake], statuses: Sequence[Status], cap: str) -> tuple[str, ...]:
    """The rules that set the cap, heaviest first."""
    found = [
        at_stake
        for at_stake, status in zip(stakes, statuses, strict=True)
        if status in ("fail", "blocked") and at_stake.cap == cap
    ]
    return tuple(at_stake.rule for at_stake in sorted(found, key=lambda at_stake: (-at_stake.weight, at_stake.rule)))
