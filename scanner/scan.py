"""One domain, in one direction: questions, answers, facts, findings, result."""

from __future__ import annotations

import datetime
import functools
import itertools
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from rules.changes import HOST_VALUES
from rules.facts import NOT_ASKED, Value, catalogue
from rules.findings import Provenance
from rules.judge import Draft, Judge
from rules.model import Waiver
from rules.results import Change, DomainResult, QueryRecord, Target
from scanner.dns.answer import Answer, Question
from scanner.dns.evidence import decompose, end_of
from scanner.dns.patience import PatientSource
from scanner.dns.source import Source
from scanner.plan import AUTO, PROBES, Plan
from scanner.probes.auto import AUTO_FACTS, choose_profile
from scanner.probes.rounds import close_demand, collect, turn

__all__ = ["ScanOptions", "Scanned", "scan_domain", "scan_options", "unused"]


_DEMAND_OF_AUTO: Final = close_demand(AUTO_FACTS, PROBES)


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """What is the same for every domain of a run.

    `profile` holds where a target names none; it may be "auto". `timeout` is the most seconds that the questions of one
    domain may take; what is not answered by then is unknown. Where domains go `abreast`, those under way take each step
    together: that is quicker, and they end in another order than they began.
    """

    plans: Mapping[str, Plan]
    judges: Mapping[str, Judge]
    profile: str
    timeout: float | None = None
    abreast: bool = False


def scan_options(
    plans: Mapping[str, Plan],
    *,
    profile: str,
    waivers: Iterable[Waiver] = (),
    today: datetime.date,
    timeout: float | None = None,
    abreast: bool = False,
) -> ScanOptions:
    """Options with a judge compiled for each plan; `today` is the UTC date by which waivers expire."""
    held = tuple(waivers)
    judges = {name: Judge(plan.selection, waivers=held, today=today) for name, plan in plans.items()}
    return ScanOptions(plans=plans, judges=judges, profile=profile, timeout=timeout, abreast=abreast)


class Scanned(Struct, frozen=True, gc=False):
    """A domain that was scanned: `head` is its result but for findings and facts, which `draft` and its documents tell."""

    head: DomainResult
    draft: Draft

    @property
    def result(self) -> DomainResult:
        """The whole result, made anew each time."""
        documents = self.draft.documents
        return replace(self.head, findings=self.draft.findings(documents), facts=nested(documents))

    @property
    def used_waivers(self) -> tuple[Waiver, ...]:
        """The waivers that met a finding of it."""
        return self.draft.used_waivers


async def scan_domain(target: Target, source: Source, options: ScanOptions) -> Scanned:
    """Asks what the target's profile needs, judges it, and puts the result together."""
    if options.timeout is not None:
        source = PatientSource(source, options.timeout, target.domain)
    asked: dict[Question, Answer] = {}
    name = target.profile or options.profile
    reason = "named by the list" if target.profile else "the profile of the run"
    if name == AUTO:
        name, reason = await _choose(target, source, options, asked)
    plan = options.plans[name]
    observed = await collect(source, target, PROBES, plan.wanted, asked, abreast=options.abreast)
    answers, places = index_evidence(asked)
    facts, provenance = await facts_of(target, plan, observed, places, abreast=options.abreast)
    facts.update(plan.profile_facts)
    await turn(abreast=options.abreast)
    draft = options.judges[name].draft(facts, provenance)
    await turn(abreast=options.abreast)
    return Scanned(head_of(target, (name, reason), draft, answers, asked), draft)


def head_of(
    target: Target,
    profile: tuple[str, str],
    draft: Draft,
    answers: tuple[QueryRecord, ...],
    asked: Mapping[Question, Answer],
) -> DomainResult:
    """The result but for findings and facts; `profile` is the profile's name and why it was chosen."""
    graded = draft.graded
    return DomainResult(
        domain=target.domain,
        unicode=target.unicode or target.domain,
        client=target.client,
        ticket=target.ticket,
        tags=target.tags,
        profile=profile[0],
        profile_reason=profile[1],
        score=graded.score,
        grade=graded.grade,
        grade_low=graded.grade_low,
        grade_high=graded.grade_high,
        cap_by=graded.cap_by,
        changes=_not_published(draft.changes, asked),
        answers=answers,
        tenant=target.tenant,
        selectors=target.selectors,
    )


async def _choose(
    target: Target, source: Source, options: ScanOptions, asked: dict[Question, Answer]
) -> tuple[str, str]:
    """The profile that the domain's own records call for. Judged with the onboarding profile's expectations."""
    plan = options.plans["onboarding"]
    observed = await collect(source, target, PROBES, _DEMAND_OF_AUTO, asked, abreast=options.abreast)
    facts, _ = await facts_of(target, plan, observed, wanted=AUTO_FACTS, abreast=options.abreast)
    return choose_profile(facts)


Places = Mapping[Question, tuple[int, ...]]
"""For each question the indices of the answers that it led to, ascending."""
_NOWHERE: Final[Places] = MappingProxyType({})


async def facts_of(
    target: Target,
    plan: Plan,
    observed: Mapping[str, Any],
    places: Places = _NOWHERE,
    wanted: frozenset[str] | None = None,
    *,
    abreast: bool = False,
) -> tuple[dict[str, Value], Provenance]:
    """The wanted facts by dotted name; and for each of them, perhaps for others too, the places of the answers that it was made
    from. `abreast` as for `turn`.
    """
    layout = _layout(plan.wanted if wanted is None else wanted)
    values: dict[str, Value] = {}
    provenance: list[tuple[tuple[str, ...], tuple[int, ...]]] = []
    for probe in PROBES:
        if probe.subject not in observed:
            continue
        await turn(abreast=abreast)
        collected = probe.fold(target, observed, plan.profile)
        names, read, parts = layout[probe.subject]
        provenance += [(group or names, _places_of(asked, places)) for group, asked in collected.asked.items()]
        try:
            values.update(zip(names, read(collected.facts), strict=False))
        except AttributeError:  # of a part that was not asked
            values.update(_in_parts(collected.facts, parts))
    if any(map(operator.is_, values.values(), itertools.repeat(NOT_ASKED))):  # hardly ever
        values = {name: value for name, value in values.items() if value is not NOT_ASKED}
    return values, tuple(provenance)


def _in_parts(facts: Any, parts: Mapping[str, Sequence[tuple[str, str]]]) -> Iterator[tuple[str, Value]]:
    """The facts of a subject of which some parts were not asked."""
    for part, fields in parts.items():
        whole = getattr(facts, part) if part else facts
        if whole is not NOT_ASKED:
            yield from [(name, getattr(whole, field)) for name, field in fields]


def _places_of(questions: tuple[Question, ...], places: Places) -> tuple[int, ...]:
    """The places of the answers to the questions, ascending."""
    if len(questions) == 1:
        return places.get(questions[0], ())
    found = map(places.get, questions, itertools.repeat(()))
    return tuple(sorted(set(itertools.chain.from_iterable(found))))


_Reader = Callable[[Any], tuple[Value, ...]]
_Layout = tuple[tuple[str, ...], _Reader, Mapping[str, Sequence[tuple[str, str]]]]
"""Of a subject: the names of its facts; what reads all of their values at once; and by part ("" or "selector1") the names
and the fields that hold them.
"""


@functools.lru_cache(maxsize=256)
def _layout(wanted: frozenset[str]) -> Mapping[str, _Layout]:
    """By subject ("dkim") where the wanted facts lie."""
    found: dict[str, dict[str, list[tuple[str, str]]]] = {probe.subject: {} for probe in PROBES}
    for name in catalogue():
        if name in wanted:
            subject, _, path = name.partition(".")
            part, _, field = path.rpartition(".")
            found.setdefault(subject, {}).setdefault(part, []).append((name, field))
    return {subject: _layout_of(parts) for subject, parts in found.items()}


def _layout_of(parts: Mapping[str, Sequence[tuple[str, str]]]) -> _Layout:
    names = tuple(name for fields in parts.values() for name, _ in fields)
    paths = [name.partition(".")[2] for name in names]
    # attrgetter gives a tuple only where it is asked for more than one.
    return names, operator.attrgetter(*paths, paths[0]) if paths else lambda _: (), parts


def _not_published(changes: tuple[Change, ...], asked: Mapping[Question, Answer]) -> tuple[Change, ...]:
    """The changes without records to add that are there already: of two records that say the same, one only goes."""
    kept: list[Change] = []
    for change in changes:
        answer = asked.get(Question(change.name, change.type))
        present = answer.values if change.action == "add" and answer is not None and not answer.chain else ()
        if change.type in HOST_VALUES:
            there = change.value.lower() in {value.lower() for value in present}
        else:
            there = change.value in present
        if not there:
            kept.append(change)
    return tuple(kept)


def index_evidence(
    asked: Mapping[Question, Answer],
) -> tuple[tuple[QueryRecord, ...], dict[Question, tuple[int, ...]]]:
    """Every record set once, sorted by name and type, and for each question the places of its own."""
    records: dict[Question, QueryRecord] = {}
    aliased: dict[Question, list[Question]] = {}
    for question, answer in asked.items():
        if answer.chain:
            aliased[question] = []
            for record in decompose(answer):
                key = Question(record.name, record.type)
                records.setdefault(key, record)
                aliased[question].append(key)
        elif question not in records:  # nearly every answer
            records[question] = end_of(answer)
    ordered = sorted(records)
    places: dict[Question, tuple[int, ...]] = {question: (index,) for index, question in enumerate(ordered)}
    found = {
        question: tuple(sorted({*itertools.chain(*map(places.__getitem__, own))})) for question, own in aliased.items()
    }
    places.update(found)
    return tuple(map(records.__getitem__, ordered)), places


def nested(documents: Mapping[str, Any]) -> dict[str, Any]:
    """Facts in document form as JSON shows them: nested at the dots, sorted."""
    return _filled(_shape(tuple(documents)), documents)


def _filled(shape: Mapping[str, Any], documents: Mapping[str, Any]) -> dict[str, Any]:
    return {key: documents[inner] if type(inner) is str else _filled(inner, documents) for key, inner in shape.items()}


@functools.lru_cache(maxsize=256)
def _shape(names: tuple[str, ...]) -> dict[str, Any]:
    """The nested form, with each fact's dotted name in the place of its value."""
    shape: dict[str, Any] = {}
    for name in sorted(names):
        *path, last = name.split(".")
        level = shape
        for step in path:
            level = level.setdefault(step, {})
        level[last] = name
    return shape


def unused(waivers: Iterable[Waiver], used: Iterable[Waiver]) -> tuple[Waiver, ...]:
    """The waivers that met no finding in the whole run."""
    met = set(used)
    return tuple(waiver for waiver in waivers if waiver not in met)
