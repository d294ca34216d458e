"""A recording that keeps few names in memory writes and answers what one would that keeps them all."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from rules.results import QueryRecord
from scanner.dns.answer import Answer, Link, Question, Status
from scanner.dns.evidence import line_of
from scanner.dns.patience import Patience
from scanner.dns.recorded import RecordedSource
from scanner.dns.recording import RecordingSource
from scanner.dns.source import Told
from scanner.dns.written import Written

NAMES = [f"n{number}.contoso.com" for number in range(40)]


class Moody:
    """Answers by chance, and another time otherwise: values, TTL, failures, aliases."""

    name = "moody"

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self.given: list[Answer] = []

    async def ask(self, questions: Sequence[Question], patience: Patience | None = None) -> list[Answer]:
        answers = [self._answer(question) for question in questions]
        self.given += answers
        return answers

    def _answer(self, question: Question) -> Answer:
        chance = self._chance
        status = chance.choice((Status.NOERROR, Status.NOERROR, Status.NODATA, Status.NXDOMAIN, Status.SERVFAIL))
        values = (f"text {chance.randrange(3)}",) if status is Status.NOERROR else ()
        chain = (Link(question.name, f"end.{question.name}", 60),) if chance.random() < 0.2 else ()
        reason = "" if status is not Status.SERVFAIL else "nobody knows"
        return Answer(
            question, status, values, ttl=chance.randrange(100), chain=chain, server="192.0.2.53", reason=reason
        )

    def told(self) -> Told:
        return Told()

    async def close(self) -> None:
        """There is nothing to free."""


def recorded(path: Path, seed: int, at_hand: int, parts: int = 1) -> list[Answer]:
    """What a recording of 800 questions by chance answers; in `parts`, each continuing the file."""
    chance = random.Random(seed)
    questions = [Question(chance.choice(NAMES), chance.choice(("TXT", "SPF"))) for _ in range(800)]
    moody = Moody(seed)

    async def run() -> list[Answer]:
        answers: list[Answer] = []
        each = len(questions) // parts
        for part in range(parts):
            source = RecordingSource(moody, path, append=part > 0, at_hand=at_hand)
            for start in range(part * each, (part + 1) * each, 4):
                answers += await source.ask(questions[start : start + 4])
            await source.close()
        return answers

    return asyncio.run(run())


@pytest.mark.parametrize("seed", range(5))
def test_few_names_in_memory_change_nothing(tmp_path: Path, seed: int) -> None:
    all_at_hand = recorded(tmp_path / "all", seed, 1000)
    few_at_hand = recorded(tmp_path / "few", seed, 3)
    assert few_at_hand == all_at_hand
    assert (tmp_path / "few").read_bytes() == (tmp_path / "all").read_bytes()


@pytest.mark.parametrize("seed", range(3))
def test_a_recording_that_is_continued_goes_on_as_if_it_had_not_ended(tmp_path: Path, seed: int) -> None:
    assert recorded(tmp_path / "parts", seed, 3, parts=4) == recorded(tmp_path / "whole", seed, 1000)
    assert (tmp_path / "parts").read_bytes() == (tmp_path / "whole").read_bytes()


def test_what_was_answered_last_replays(tmp_path: Path) -> None:
    path = tmp_path / "few"
    last = {answer.question: answer for answer in recorded(path, 7, 3)}
    replayed = asyncio.run(RecordedSource([path]).ask(list(last)))
    known = [answer for answer in replayed if answer.known]
    assert len(known) > 40
    assert {answer.question: answer.values for answer in known} == {
        question: answer.values for question, answer in last.items() if answer.known
    }


def test_it_keeps_no_more_names_at_hand_than_allowed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    written = Written(path, at_hand=10)
    with path.open("wb") as file:
        for number in range(500):
            record = QueryRecord(name=f"n{number}.test", type="A", status="NOERROR", values=("192.0.2.1",))
            line = line_of(record)
            written.lay(record, file.tell(), len(line))
            file.write(line)
            file.flush()
            written.put_away()
            assert len(written) <= 10
    assert written["n3.test"]["A"].values == ("192.0.2.1",)
    assert "n499.test" in written
    assert "n500.test" not in written
    with pytest.raises(KeyError):
        written["n500.test"]
    written.close()


def test_of_what_cannot_be_read_back_nothing_is_kept(tmp_path: Path) -> None:
    written = Written(Path("/dev/null"), at_hand=10)
    for number in range(100):
        written.lay(QueryRecord(name=f"n{number}.test", type="A", status="NODATA"), 0, 1)
        written.put_away()
    assert "n1.test" not in written
    assert len(written._places) <= 10
    written.close()
