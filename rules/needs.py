"""From what each rule says by itself to statuses: `needs` and waivers applied (DESIGN: order and statuses).

Rules are numbered in the order of a selection, needed ones first. The same pass makes the statuses that a report
shows, and the statuses under each assumption about the unknown that the score is made of.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Final, Literal, NamedTuple

from rules.results import Status

__all__ = ["MET_BY_WAIVER", "WAIVABLE", "Settled", "Verdict", "settle"]

Verdict = Literal["pass", "fail", "not_applicable", "unknown", "unsure", "at_best", "waived"]
"""What a rule says without its needs.

* `unknown`: it applies, but its assertion could not be decided; `unsure`: whether it applies could not be decided.
* `at_best`: an `unsure` rule at the upper end of the score: it passes, unless a needed rule blocks it. Then the best
  that its `when` can turn out to be is false.
* `waived`: held, whatever its needs say.
"""

WAIVABLE: Final[frozenset[Status]] = frozenset({"fail", "blocked", "unknown"})
"""The statuses that a waiver turns into waived."""
MET_BY_WAIVER: Final[frozenset[Status]] = WAIVABLE | {"waived"}
"""The statuses of findings that a waiver has met, whether it holds or has expired."""

_HARMLESS: Final = frozenset({"pass", "not_applicable"})
"""Statuses of a needed rule that leave the rule that needs it to itself."""


class Settled(NamedTuple):
    """Each rule's status, and the number of the needed rule that decided it; -1 where none did."""

    statuses: list[Status]
    decided_by: list[int]


def settle(needs: Sequence[tuple[int, ...]], verdicts: Sequence[Verdict], excused: Container[int] = ()) -> Settled:
    """Applies `needs`, then the waivers of the `excused` rules.

    `needs[i]` numbers the rules that rule i needs, in the order in which it names them, each below i. A rule whose
    `when` is false or unknown is decided by that alone. Otherwise, of several needs, one that failed or is blocked
    decides before an unknown one, and that before a waived one; of equals the first.
    """
    statuses: list[Status] = []
    decided_by = [-1] * len(verdicts)
    decisive = False
    for number, verdict in enumerate(verdicts):
        status: Status
        if verdict == "pass" and not (decisive and needs[number]):
            statuses.append("pass")
            continue
        if verdict == "unsure":
            status = "unknown"
        elif verdict == "not_applicable" or verdict == "waived":  # noqa: PLR1714 - mypy narrows only this form
            status = verdict
        else:
            status = "pass" if verdict == "at_best" else verdict
            if decisive and (needed := needs[number]):
                found, decider = _decisive(needed, statuses)
                if found is not None:
                    decided_by[number] = decider
                    status = "not_applicable" if found == "blocked" and verdict == "at_best" else found
        if status != "pass":
            if status in WAIVABLE and number in excused:
                status = "waived"
            decisive = decisive or status != "not_applicable"
        statuses.append(status)
    return Settled(statuses, decided_by)


def _decisive(needed: tuple[int, ...], statuses: Sequence[Status]) -> tuple[Status | None, int]:
    """The status that the needed rules force on the one that needs them, and which of them does; None where none does."""
    found: Status | None = None
    decider = -1
    for number in needed:
        status = statuses[number]
        if status in _HARMLESS:
            continue
        if status in ("fail", "blocked"):
            return "blocked", number
        if status == "unknown" and found != "unknown":
            found, decider = "unknown", number
        elif status == "waived" and found is None:
            found, decider = "not_applicable", number
    return found, decider
