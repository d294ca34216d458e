"""A round of questions to one resolver: sent at once, and one future for all of them.

A plain answer is read as it comes and is done. A question that needs a second look (no answer in time, a failure, a cut
or an odd message, a chain that leads on) gets a task and a course of its own at once, while the others still travel.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, cast

from scanner.dns.answer import Answer, Question
from scanner.dns.course import Standing
from scanner.dns.datagrams import Datagrams, Query
from scanner.dns.reply import Reply
from scanner.dns.wire import around, read, section, type_code

__all__ = ["Careful", "Round"]

Careful = Callable[[Question, bytes | Reply | None, float], Coroutine[Any, Any, Answer]]
"""Finds the Answer to a question of which the first attempt gave this and took so many seconds; None: it was not made."""


class Round:
    """`questions` to a resolver; each attempt has `seconds`. `spent` are those that the slowest plain answer took."""

    def __init__(self, questions: Sequence[Question], standing: Standing, seconds: float, careful: Careful) -> None:
        self.spent = 0.0
        self.plain = 0
        self._questions = questions
        self._server = standing.server
        self._trusted = standing.resolver.trusted
        self._seconds = seconds
        self._careful = careful
        self._asked: list[tuple[Question, int, int]] = []
        self._answers: list[Answer | None] = [None] * len(questions)
        self._left = len(questions)
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tasks: set[asyncio.Task[Answer]] = set()

    async def ask(self, datagrams: Datagrams, *, edns: bool) -> list[Answer]:
        queries: list[Query] = []
        before, behind = around(edns=edns)
        for place, question in enumerate(self._questions):
            code = type_code(question.type)
            octets = section(question.name, code) if code is not None else None
            if code is None or octets is None:
                self._asked.append((question, 0, 0))
                self._look_again(place, None, 0.0)
            else:
                self._asked.append((question, code, 12 + len(octets)))
                queries.append((place, octets, before + octets + behind))
        datagrams.send(self, queries, self._seconds)
        try:
            await self._done
        finally:
            if self._tasks:
                for task in self._tasks:
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)
        return cast(list[Answer], self._answers)

    @property
    def over(self) -> bool:
        return self._done.done()

    def answered(self, place: int, wire: bytes, spent: float, at: str) -> None:
        question, code, end = self._asked[place]
        said = read(wire, question.name, code, end)
        if said is None:
            self._look_again(place, wire, spent)
            return
        status, values, ttl, links, ad, strings = said
        if status is None:
            self._look_again(place, wire, spent)
            return
        self.plain += 1
        self.spent = max(self.spent, spent)
        self._answers[place] = Answer(
            question, status, values, ttl, links, ad and self._trusted, self._server, at, "", strings
        )
        self._left -= 1
        if not self._left and not self._done.done():
            self._done.set_result(None)

    def missed(self, place: int, reply: Reply, spent: float) -> None:
        self._look_again(place, reply, spent)

    def _look_again(self, place: int, first: bytes | Reply | None, spent: float) -> None:
        if self.over:
            return
        task = asyncio.create_task(self._careful(self._questions[place], first, spent))
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._ended(place, done))

    def _ended(self, place: int, task: asyncio.Task[Answer]) -> None:
        self._tasks.discard(task)
        if self.over or task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self._done.set_exception(error)
            return
        self._answers[place] = task.result()
        self._left -= 1
        if not self._left:
            self._done.set_result(None)
