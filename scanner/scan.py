"""One domain, in one direction: questions, answers, facts, findings, result."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rules.changes import HOST_VALUES
from rules.facts import Value, flatten, to_document
from rules.judge import Judge
from rules.model import Waiver
from rules.results import Change, DomainResult, QueryRecord, Target
from scanner.dns.answer import Answer, Question
from scanner.dns.evidence import decompose
from scanner.dns.patience import PatientSource
from scanner.dns.source import Source
from scanner.plan import AUTO, PROBES, Plan
from scanner.probes.auto import AUTO_FACTS, choose_profile
from scanner.probes.rounds import close_demand, collect

__all__ = ["ScanOptions", "Scanned", "scan_domain", "scan_options", "unused"]


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """What is the same for every domain of a run.

    `profile` holds where a target names none; it may be "auto". `timeout` is the most seconds that the questions of one
    domain may take; what is not answered by then is unknown.
    """

    plans: Mapping[str, Plan]
    judges: Mapping[str, Judge]
    profile: str
    timeout: float | None = None


def scan_options(
    plans: Mapping[str, Plan],
    *,
    profile: str,
    waivers: Iterable[Waiver] = (),
    today: datetime.date,
    timeout: float | None = None,
) -> ScanOptions:
    """Options with a judge compiled for each plan; `today` is the UTC date by which waivers expire."""
    held = tuple(waivers)
    judges = {name: Judge(plan.selection, waivers=held, today=today) for name, plan in plans.items()}
    return ScanOptions(plans=plans, judges=judges, profile=profile, timeout=timeout)


@dataclass(frozen=True, slots=True)
class Scanned:
    """A domain's result, and the waivers that met a finding of it."""

    result: DomainResult
    used_waivers: tuple[Waiver, ...]


async def scan_domain(target: Target, source: Source, options: ScanOptions) -> Scanned:
    """Asks what the target's profile needs, judges it, and puts the result together."""
    if options.timeout is not None:
        source = PatientSource(source, options.timeout)
    asked: dict[Question, Answer] = {}
    name = target.profile or options.profile
    reason = "named by the list" if target.profile else "the profile of the run"
    if name == AUTO:
        name, reason = await _choose(target, source, options, asked)
    plan = options.plans[name]
    observed = await collect(source, target, PROBES, plan.wanted, asked)
    facts, questions = _facts(target, plan, observed)
    answers, places = _evidence(asked)
    facts.update(plan.profile_facts)
    judgement = options.judges[name].of(
        facts,
        evidence={
            fact: tuple(sorted({place for question in asking for place in places.get(question, ())}))
            for fact, asking in questions.items()
        },
    )
    result = DomainResult(
        domain=target.domain,
        unicode=target.unicode or target.domain,
        client=target.client,
        ticket=target.ticket,
        tags=target.tags,
        profile=name,
        profile_reason=reason,
        score=judgement.score,
        grade=judgement.grade,
        grade_low=judgement.grade_low,
        grade_high=judgement.grade_high,
        cap_by=judgement.cap_by,
        findings=judgement.findings,
        changes=_not_published(judgement.changes, asked),
        facts=_nested(facts),
        answers=answers,
    )
    return Scanned(result=result, used_waivers=judgement.used_waivers)


async def _choose(
    target: Target, source: Source, options: ScanOptions, asked: dict[Question, Answer]
) -> tuple[str, str]:
    """The profile that the domain's own records call for. Judged with the onboarding profile's expectations."""
    plan = options.plans["onboarding"]
    observed = await collect(source, target, PROBES, close_demand(AUTO_FACTS, PROBES), asked)
    facts, _ = _facts(target, plan, observed, AUTO_FACTS)
    return choose_profile(facts)


def _facts(
    target: Target, plan: Plan, observed: Mapping[str, Any], wanted: frozenset[str] | None = None
) -> tuple[dict[str, Value], dict[str, tuple[Question, ...]]]:
    """The wanted facts by dotted name, and for each the questions it was made from."""
    names = plan.wanted if wanted is None else wanted
    values: dict[str, Value] = {}
    questions: dict[str, tuple[Question, ...]] = {}
    for probe in PROBES:
        if probe.subject not in observed:
            continue
        collected = probe.fold(target, observed, plan.profile)
        common = collected.asked.get("", ())
        for name, value in flatten(probe.subject, collected.facts):
            if name in names:
                values[name] = value
                questions[name] = collected.asked.get(name.removeprefix(f"{probe.subject}."), common)
    return values, questions


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


def _evidence(
    asked: Mapping[Question, Answer],
) -> tuple[tuple[QueryRecord, ...], dict[Question, tuple[int, ...]]]:
    """Every record set once, sorted by name and type, and for each question the places of its own."""
    records: dict[tuple[str, str], QueryRecord] = {}
    keys: dict[Question, list[tuple[str, str]]] = {}
    for question, answer in asked.items():
        keys[question] = []
        for record in decompose(answer):
            key = (record.name, record.type)
            records.setdefault(key, record)
            keys[question].append(key)
    ordered = sorted(records)
    places = {key: index for index, key in enumerate(ordered)}
    return tuple(records[key] for key in ordered), {
        question: tuple(places[key] for key in own) for question, own in keys.items()
    }


def _nested(facts: Mapping[str, Value]) -> dict[str, Any]:
    """Facts as JSON shows them: nested at the dots, sorted, in document form."""
    document: dict[str, Any] = {}
    for name in sorted(facts):
        *path, last = name.split(".")
        level = document
        for step in path:
            level = level.setdefault(step, {})
        level[last] = to_document(facts[name])
    return document


def unused(waivers: Iterable[Waiver], used: Iterable[Waiver]) -> tuple[Waiver, ...]:
    """The waivers that met no finding in the whole run."""
    met = set(used)
    return tuple(waiver for waiver in waivers if waiver not in met)
