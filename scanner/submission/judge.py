"""From the facts of a way of sending to its result: pure, no network, no clock."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, cast

from rules.fact import changed
from rules.facts import NOT_ASKED, FactType, Submission, Value, catalogue_of, to_documents
from rules.findings import NO_EVIDENCE, Evidence
from rules.judge import Judge
from rules.loader import select
from rules.model import Library, Waiver
from rules.results import QueryRecord, SubmissionResult
from scanner.scan import nested
from scanner.submission.basic_auth import basic_auth

__all__ = ["DEFAULT_PROFILE", "JudgedSubmission", "Origin", "SubmissionJudge", "complete_facts"]

DEFAULT_PROFILE: Final = "submission"

_REQUIRED: Final = ("name", "kind", "host_kind")
_NEUTRAL: Final = ("not_tried", "unset", "not_used")
"""What an enumeration says where nobody looked, the first that it has."""
_DEFAULT_CAUSE: Final = "the profile of the run"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a submission comes from, as its list tells."""

    client: str = ""
    ticket: str = ""
    tenant: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JudgedSubmission:
    """A result, and the waivers that met a finding of it."""

    result: SubmissionResult
    used_waivers: tuple[Waiver, ...]


class SubmissionJudge:
    """Judges any number of submissions by one profile; `today` (UTC) decides on dates and waivers.

    Raises ProfileError for a profile that there is not.
    """

    def __init__(
        self,
        library: Library,
        *,
        profile: str = DEFAULT_PROFILE,
        waivers: Iterable[Waiver] = (),
        today: datetime.date,
    ) -> None:
        self.selection = select(library, profile)
        self._judge = Judge(self.selection, waivers=waivers, today=today)
        self._profile, self._today = profile, today

    def of(
        self,
        submission: Submission,
        *,
        answers: tuple[QueryRecord, ...] = (),
        evidence: Evidence = NO_EVIDENCE,
        origin: Origin = Origin(),
    ) -> JudgedSubmission:
        """The result of one submission.

        What was not looked at may be left NOT_ASKED, all but name, kind and host_kind (ValueError). `answers` are the
        sessions and settings as evidence; `evidence` maps a fact's dotted name to their indices.
        """
        facts = complete_facts(submission, self._today)
        profile = self.selection.profile
        judged = self._judge.of({**facts, **profile.facts}, evidence)
        result = SubmissionResult(
            submission=facts["submission.name"],
            kind=cast(Literal["endpoint", "settings"], facts["submission.kind"]),
            client=origin.client,
            ticket=origin.ticket,
            tenant=origin.tenant,
            tags=origin.tags,
            profile=self._profile,
            profile_reason=_DEFAULT_CAUSE,
            score=judged.score,
            grade=judged.grade,
            grade_low=judged.grade_low,
            grade_high=judged.grade_high,
            cap_by=judged.cap_by,
            findings=judged.findings,
            changes=judged.changes,
            facts=nested(to_documents(facts)),
            answers=answers,
        )
        return JudgedSubmission(result, judged.used_waivers)


def complete_facts(submission: Submission, today: datetime.date) -> dict[str, Value]:
    """Every fact by its dotted name: those that nobody looked at as that, those of dates as they are on the day."""
    missing = [name for name in _REQUIRED if getattr(submission, name) is NOT_ASKED]
    if missing:
        raise ValueError(f"a submission lacks {', '.join(missing)}")
    if submission.basic_auth is NOT_ASKED:
        state, end = basic_auth(submission, today)
        submission = changed(submission, basic_auth=state, basic_auth_end=end)
    types: Mapping[str, FactType] = catalogue_of("submissions")
    facts = {name: getattr(submission, name.removeprefix("submission.")) for name in types}
    return {name: _not_looked_at(types[name]) if value is NOT_ASKED else value for name, value in facts.items()}


def _not_looked_at(fact_type: FactType) -> Value:
    if fact_type.kind == "list":
        return ()
    if fact_type.kind == "enum" and not fact_type.nullable:
        return next(word for word in _NEUTRAL if word in fact_type.choices)
    return None
