"""Which way of sending fits: the decision table `data/submission/advice.yaml`, applied to answers."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from scanner.data import read_data
from scanner.submission.catalogue import catalogue

__all__ = ["Advice", "Question", "Way", "WayAdvice", "advise", "questions"]

Answers = Mapping[str, str | int]
"""Answers to questions by their names; one that is left out was not answered."""
Verdict = Literal["fits", "open", "does_not_fit"]
_ORDER: Final = {"fits": 0, "open": 1, "does_not_fit": 2}


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and the words that answer it; none where a number does."""

    name: str
    ask: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """A way of sending, as the data has it."""

    id: str
    title: str
    what: str
    limits: tuple[str, ...]
    dns: tuple[str, ...]
    steps: tuple[str, ...]
    dates: tuple[str, ...]
    confirmed: bool
    source: str
    date: str


@dataclass(frozen=True, slots=True)
class WayAdvice:
    """What is said of a way: whether it fits, why not or what is still to be known, and its dates on the day of the run."""

    way: Way
    verdict: Verdict
    reasons: tuple[str, ...]
    dates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """All ways, those that fit first. `ways[0]` is advised where its verdict is fits."""

    answers: Answers
    ways: tuple[WayAdvice, ...]


@functools.cache
def questions() -> tuple[Question, ...]:
    """The questions, in the order of asking."""
    asked = _data()["questions"]
    return tuple(
        Question(name, entry["ask"], () if entry["answers"] == "number" else tuple(map(_word, entry["answers"])))
        for name, entry in asked.items()
    )


def advise(answers: Answers, today: datetime.date) -> Advice:
    """The ways with what the answers say of each. `today` decides how dates are told."""
    told = [_told(entry, answers, today) for entry in _data()["ways"]]
    return Advice(answers, tuple(sorted(told, key=lambda one: _ORDER[one.verdict])))


def _told(entry: Mapping[str, Any], answers: Answers, today: datetime.date) -> WayAdvice:
    against: list[str] = []
    unanswered: list[str] = []
    for name, allowed in entry["fits"].items():
        if name not in answers:
            unanswered.append(name)
        elif str(answers[name]) not in map(_word, allowed):
            against.append(entry["not"][name])
    volume = answers.get("volume")
    for bound, words in (("most", "over"), ("least", "under")):
        if bound not in entry:
            continue
        if volume is None:
            unanswered += ["volume"] if bound == "least" else []
        elif int(volume) > entry[bound] if bound == "most" else int(volume) < entry[bound]:
            against.append(entry[words])
    way = Way(
        entry["id"], entry["title"], entry["what"], tuple(entry["limits"]), tuple(entry["dns"]), tuple(entry["steps"]),
        tuple(entry["dates"]), entry["confirmed"], entry["source"], entry["date"],
    )  # fmt: skip
    dates = tuple(_dated(name, today) for name in way.dates)
    if against:
        return WayAdvice(way, "does_not_fit", tuple(against), dates)
    if unanswered:
        asked = {question.name: question.ask for question in questions()}
        return WayAdvice(way, "open", tuple(asked[name] for name in dict.fromkeys(unanswered)), dates)
    return WayAdvice(way, "fits", (), dates)


def _dated(name: str, today: datetime.date) -> str:
    return catalogue().dates[name].told(today)


def _word(answer: Any) -> str:
    """YAML's yes and no as the words that they are."""
    return {True: "yes", False: "no"}.get(answer, str(answer)) if isinstance(answer, bool) else str(answer)


@functools.cache
def _data() -> Any:
    return read_data("submission/advice.yaml")
