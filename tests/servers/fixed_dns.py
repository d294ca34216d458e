"""A Source that knows a few names, for tests that are not about DNS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scanner.dns.answer import Answer, Question, Status
from scanner.dns.patience import Patience
from scanner.dns.source import Told


class FixedDns:
    """Addresses by name; another name does not exist, and of those in `failing` nothing is known."""

    name = "fixed"

    def __init__(self, addresses: Mapping[str, Sequence[str]] = {}, failing: Sequence[str] = ()) -> None:
        self._addresses, self._failing = addresses, failing

    async def ask(self, questions: Sequence[Question], patience: Patience | None = None) -> list[Answer]:
        return [self._answer(question) for question in questions]

    def _answer(self, question: Question) -> Answer:
        if question.name in self._failing:
            return Answer(question, Status.SERVFAIL, reason="no answer")
        if question.name not in self._addresses:
            return Answer(question, Status.NXDOMAIN)
        fitting = tuple(a for a in self._addresses[question.name] if (":" in a) == (question.type == "AAAA"))
        return Answer(question, Status.NOERROR if fitting else Status.NODATA, fitting)

    def told(self) -> Told:
        return Told()

    async def close(self) -> None:
        """Nothing is open."""
