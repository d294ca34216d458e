"""How long to wait: for one question, and for all the questions of one domain; and whose these are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from scanner.dns.answer import Answer, Question
    from scanner.dns.source import Source, Told

__all__ = ["Patience", "PatientSource"]

_MOMENT: Final = 0.001
"""Seconds; less than that is no time to ask in."""


class Patience:
    """Seconds that are left to wait; waiting for a free slot behind other questions costs none of them.

    `reason` is what the Answer says where they did not suffice, if that is worth saying. `domain` is the one for whose sake
    is asked, "" where there is none.
    """

    __slots__ = ("domain", "left", "reason")

    def __init__(self, seconds: float, reason: str = "", domain: str = "") -> None:
        self.left = seconds
        self.reason = reason
        self.domain = domain

    @property
    def out(self) -> bool:
        return self.left < _MOMENT

    def share(self, most: float) -> Patience:
        """The patience for one of several questions that are asked at once: at most `most` seconds of this one."""
        return Patience(self.left, self.reason) if self.left <= most else Patience(most)


class PatientSource:
    """A Source for `domain`, which ends `seconds` after its questions began to be asked.

    What is not answered by then is a TIMEOUT that says so. Rounds follow each other, so the time of a round is that of
    its slowest question; recorded answers take none.
    """

    def __init__(self, source: Source, seconds: float, domain: str = "") -> None:
        self.name = source.name
        self._source = source
        self._patience = Patience(seconds, f"not answered within {seconds:g} s, the time for one domain", domain)

    async def ask(self, questions: Sequence[Question], patience: Patience | None = None) -> list[Answer]:
        return await self._source.ask(questions, patience or self._patience)

    def told(self) -> Told:
        return self._source.told()

    async def close(self) -> None:
        """The source below is not its own."""
