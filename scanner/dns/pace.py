"""How long resolvers take to answer: for people who want to know what a run waits for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Pace", "slowest"]


@dataclass(slots=True)
class Pace:
    """What asking one resolver took: `answered` queries, the seconds that these took together and the longest of them;
    queries that were `lost`, and the seconds waited for them together.
    """

    server: str
    answered: int = 0
    seconds: float = 0.0
    longest: float = 0.0
    lost: int = 0
    waited: float = 0.0

    def heard(self, answers: int, seconds: float, longest: float) -> None:
        """So many answers came, after so many seconds together and at the longest."""
        self.answered += answers
        self.seconds += seconds
        self.longest = max(self.longest, longest)

    def missed(self, queries: int, seconds: float) -> None:
        """So many queries were given up, after so many seconds together."""
        self.lost += queries
        self.waited += seconds

    @property
    def mean(self) -> float | None:
        """Seconds to an answer; None where none came."""
        return self.seconds / self.answered if self.answered else None

    @property
    def cost(self) -> float:
        """Seconds that a query takes, answered or not."""
        queries = self.answered + self.lost
        return (self.seconds + self.waited) / queries if queries else 0.0

    def add(self, other: Pace) -> None:
        """Counts what another one counted."""
        self.heard(other.answered, other.seconds, other.longest)
        self.missed(other.lost, other.waited)


def slowest(paces: Iterable[Pace], most: int) -> list[Pace]:
    """At most so many that were asked anything, those first that a query waits for longest."""
    asked = [pace for pace in paces if pace.answered or pace.lost]
    return sorted(asked, key=lambda pace: (-pace.cost, pace.server))[:most]
