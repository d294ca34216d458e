"""The one method by which everything asks DNS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from scanner.dns.answer import Answer, Question


class Source(Protocol):
    """Answers DNS questions: live, recorded, or a layer over another Source."""

    name: str
    """What `run.source` shows, such as "system resolver" or "evidence: run.jsonl"."""

    async def ask(self, questions: Sequence[Question]) -> list[Answer]:
        """One round: all questions are sent at once; answers come in the order of the questions.

        A DNS failure is an Answer, never an exception.
        """
        ...

    async def close(self) -> None:
        """Frees sockets and files. Safe to call twice."""
        ...
