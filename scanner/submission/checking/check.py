"""The whole check: look, diagnose, sign in, send; facts and evidence come out."""

from __future__ import annotations

import datetime
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from rules.facts import Submission
from rules.results import QueryRecord
from scanner.dns.source import Source
from scanner.submission.checking.diagnosis import Diagnosis, diagnose
from scanner.submission.checking.evidence import evidence_of
from scanner.submission.checking.facts import endpoint_facts
from scanner.submission.checking.network import observe
from scanner.submission.checking.observed import Note, Observation
from scanner.submission.checking.plan import CheckPlan
from scanner.submission.checking.signin import Errand, Explain, SignedIn, run_errand, without_session

__all__ = ["Checked", "check_endpoint"]

Prepare = Callable[[Errand], Awaitable[tuple[Errand, tuple[Note, ...], str]]]
"""What is still to be got once a session is known to be possible (a token, what DNS says of the From domain): the errand
completed, what is to be said of it, and why it cannot go on ("" where it can)."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Everything that a check of an endpoint gave."""

    facts: Submission
    answers: tuple[QueryRecord, ...]
    evidence: Mapping[str, tuple[int, ...]]
    observed: Observation
    diagnosis: Diagnosis
    signed: SignedIn
    expectation: tuple[str, ...] = ()


async def check_endpoint(
    plan: CheckPlan,
    source: Source,
    errand: Errand,
    *,
    prepare: Prepare,
    explain: Explain,
    now: Callable[[], datetime.datetime],
) -> Checked:
    """Checks an endpoint; never raises for what servers and the network do."""
    observed = await observe(plan, source)
    diagnosis = diagnose(plan, observed)
    signed, errand = await _errand(plan, diagnosis, errand, prepare, explain, now)
    answers, evidence = evidence_of(observed, signed)
    return Checked(
        facts=endpoint_facts(plan, observed, diagnosis, signed, now()),
        answers=answers,
        evidence=evidence,
        observed=observed,
        diagnosis=diagnosis,
        signed=signed,
        expectation=errand.expectation,
    )


async def _errand(
    plan: CheckPlan,
    diagnosis: Diagnosis,
    errand: Errand,
    prepare: Prepare,
    explain: Explain,
    now: Callable[[], datetime.datetime],
) -> tuple[SignedIn, Errand]:
    if errand.is_empty:
        return without_session(plan, errand, ""), errand
    place = diagnosis.usable
    if place is None:
        return without_session(plan, errand, "no port let a session inside verified encryption come about"), errand
    ready, notes, reason = await prepare(errand)
    signed = without_session(plan, ready, reason) if reason else await run_errand(plan, place, ready, explain, now())
    return replace(signed, notes=(*notes, *signed.notes)), ready
