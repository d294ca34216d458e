"""What a probe is: it declares and folds, and never awaits.

`collect` is a generator of rounds: it yields the questions it wants asked at once and receives their answers in that
order; what it returns is the subject's observation. The scan steps all probes together, so that one round of the scan
carries the questions of every probe, and asks each question once a domain however many probes want it.

`fold` makes facts of the observations of all probes and the profile; it is pure, so it can run again for another
profile without asking anything.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from rules.facts import Profile
from rules.results import Target
from scanner.dns.answer import Answer, Question

T = TypeVar("T")

Rounds = Generator[Sequence[Question], Sequence[Answer], T]
"""Yields a round of questions, receives the answers in the same order, returns an observation."""
Observations = Mapping[str, Any]
"""Each probe's observation by subject; the type of each is documented by its probe."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A kind of question, declared so that `--explain` can print it and tests can hold the probe to it.

    `name` is a template: "{domain}", "selector1._domainkey.{domain}", or words in angle brackets for names that only
    answers tell: "<each MX host>". `facts` are the facts it is asked for. `shared` marks names that many domains have
    in common. `when` says in words when it is asked, if not always.
    """

    type: str
    name: str
    facts: frozenset[str]
    shared: bool = False
    when: str = ""


class Collected(msgspec.Struct, frozen=True, gc=False):
    """A subject's facts, and the questions that they were made from, by groups of facts (dotted names): a fact's are those of
    the last group that names it, else those of the group `()`, which is the first where it is there.
    """

    facts: Any
    asked: Mapping[tuple[str, ...], tuple[Question, ...]] = {}


@dataclass(frozen=True, slots=True)
class Probe:
    """One subject's probe.

    `collect(target, wanted)` asks only what the wanted facts need. `fold(target, observations, profile)` makes the
    subject's facts. `needs` names, for facts that are made from other subjects' observations, the facts of those
    subjects whose questions must be asked too; the scan closes the demand over it.
    """

    subject: str
    asks: tuple[Ask, ...]
    collect: Callable[[Target, frozenset[str]], Rounds[Any]]
    fold: Callable[[Target, Observations, Profile], Collected]
    needs: Mapping[str, frozenset[str]] = field(default_factory=dict)
