"""The ways of sending that belong to a domain, as its own page shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reports.publish import publication
from reports.steps import Step, steps
from reports.verdict import verdict
from reports.words import grade_words, score_words
from rules.results import Report, Result, SubmissionResult

__all__ = ["MOST_SENDERS", "Sender", "senders_of"]

MOST_SENDERS: Final = 30
"""Of more than these the page counts the others; each has a page of its own."""


@dataclass(frozen=True, slots=True)
class Sender:
    """One way of sending: its grade and verdict, what to do, and how many checks could not be completed."""

    name: str
    grade: str
    grade_words: str
    score_words: str
    headline: str
    through: str
    steps: Sequence[Step]
    unknown: int


def senders_of(result: Result, report: Report) -> tuple[Sender, ...]:
    """Of the report's submissions those that send as the domain or a name below it; the worst first.

    One of which the From domain is not known belongs to every domain of its client: better shown once too often than never.
    """
    if isinstance(result, SubmissionResult):
        return ()
    own = [each for each in report.submissions if _belongs(each, result)]
    own.sort(key=lambda each: (101 if each.score.low is None else each.score.low, each.submission))
    return tuple(_sender(each, report) for each in own)


def _belongs(submission: SubmissionResult, domain: Result) -> bool:
    own = _fact(submission, "from_domain")
    if isinstance(own, str):
        name = own.lower().removesuffix(".")
        return name == domain.domain or name.endswith(f".{domain.domain}")
    return submission.client == domain.client


def _sender(result: SubmissionResult, report: Report) -> Sender:
    jobs = steps(result, publication(result, report.rules))
    host, port = _fact(result, "host"), _fact(result, "port")
    through = f"{host}{f':{port}' if isinstance(port, int) else ''}" if isinstance(host, str) else ""
    return Sender(
        name=result.submission,
        grade=result.grade,
        grade_words=grade_words(result),
        score_words=score_words(result),
        headline=verdict(result, jobs).headline,
        through=through,
        steps=jobs,
        unknown=sum(finding.status == "unknown" for finding in result.findings),
    )


def _fact(result: SubmissionResult, name: str) -> Any:
    facts = result.facts.get("submission")
    return facts.get(name) if isinstance(facts, Mapping) else None
