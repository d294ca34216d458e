"""`mailready smtp advise`: which way of sending fits, from options or from questions in a terminal."""

from __future__ import annotations

import dataclasses
import datetime
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from scanner.cli.lines import print_lines
from scanner.errors import UsageError
from scanner.submission.advice import Advice, Question, WayAdvice, advise, questions

__all__ = ["AdviseCommand"]

FORMATS: Final = ("text", "json")
_HEADS: Final = {"fits": "This fits", "open": "This may fit", "does_not_fit": "This does not fit"}
_MOST_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class AdviseCommand:
    """The command's options, as given; `answers` are those that options gave."""

    answers: dict[str, str | int]
    format: str = "text"

    def run(self) -> int:
        """Runs the command; the exit code: 0 a way fits, 3 answers are missing, or none fits."""
        if self.format not in FORMATS:
            raise UsageError(f"--format {self.format}: no such format. Formats are {', '.join(FORMATS)}.")
        answers = {name: _checked(name, answer) for name, answer in self.answers.items()}
        if self.format == "text" and sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty():
            answers |= _asked(answers)
        advice = advise(answers, datetime.datetime.now(datetime.UTC).date())
        print_lines([_json(advice)] if self.format == "json" else list(_lines(advice)))
        return 0 if advice.ways[0].verdict == "fits" else 3


def _checked(name: str, answer: str | int) -> str | int:
    question = next(one for one in questions() if one.name == name)
    if question.answers and str(answer) not in question.answers:
        raise UsageError(f"--{name.replace('_', '-')} {answer}: give {', '.join(question.answers)}.")
    return answer


def _asked(known: dict[str, str | int]) -> dict[str, str | int]:
    """Asks what no option answered; an empty answer leaves a question open."""
    found: dict[str, str | int] = {}
    for question in questions():
        if question.name in known:
            continue
        for _ in range(_MOST_TRIES):
            try:
                said = input(f"{question.ask} ").strip().lower()
            except EOFError:
                return found
            answer = _understood(question, said)
            if answer is not None:
                found[question.name] = answer
            if answer is not None or not said:
                break
            print(f"Give {', '.join(question.answers) or 'a number'}, or nothing.", file=sys.stderr)
    return found


def _understood(question: Question, said: str) -> str | int | None:
    if not question.answers:
        digits = said.replace(",", "").replace(".", "")
        return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else None
    fitting = [answer for answer in question.answers if said and answer.startswith(said)]
    return fitting[0] if len(fitting) == 1 else None


def _json(advice: Advice) -> str:
    import json

    ways: list[dict[str, Any]] = [
        {**dataclasses.asdict(one.way), "verdict": one.verdict, "reasons": one.reasons, "dates": one.dates}
        for one in advice.ways
    ]
    return json.dumps({"answers": dict(advice.answers), "ways": ways}, ensure_ascii=False)


def _lines(advice: Advice) -> Iterator[str]:
    verdict = ""
    for number, one in enumerate(advice.ways):
        if one.verdict != verdict:
            yield from ([""] if number else [])
            verdict = one.verdict
            yield _HEADS[verdict] + (", the best first" if verdict == "fits" else "")
        yield from _way_lines(one, in_full=one.verdict == "fits" or number == 0)


def _way_lines(one: WayAdvice, *, in_full: bool) -> Iterator[str]:
    way = one.way
    yield ""
    yield f"  {way.title}" + ("" if way.confirmed else " (details not confirmed by a page of Microsoft that was read)")
    for reason in one.reasons:
        yield f"    {'to be known: ' if one.verdict == 'open' else ''}{reason}"
    if not in_full:
        return
    yield f"    {way.what}"
    for head, entries in (("Limits", way.limits), ("DNS", way.dns), ("Steps", way.steps), ("Dates", one.dates)):
        for number, entry in enumerate(entries):
            yield f"    {head if number == 0 else '':<7} {entry}"
    yield f"    Source  {way.source} (read {way.date})"
