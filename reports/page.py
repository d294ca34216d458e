"""The page of one domain: one HTML file that opens anywhere, asks nobody for anything and needs no script.

In the order of the design: verdict, what to publish, findings, what could not be checked, waived, frameworks, every
query, how the grade is made. Long text is shortened here, with a note of how much; results.ndjson has all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from markupsafe import Markup

from reports.brand import Brand
from reports.causes import causes
from reports.escape import script_json
from reports.frameworks import judge_frameworks
from reports.jsondoc import encode_domain
from reports.kinds import kind_of
from reports.publish import publication
from reports.senders import MOST_SENDERS, senders_of
from reports.standing import standing, subjects
from reports.steps import steps
from reports.theme import render
from reports.verdict import verdict
from reports.words import display_name, grade_words, order_of, score_words
from rules.results import SCORE_SENTENCES, STATUSES, Finding, QueryRecord, Report, Result, RuleText

__all__ = ["LARGEST_PAGE", "USUAL_PAGE", "Limits", "domain_page"]

USUAL_PAGE: Final = 150_000
"""In octets. In a page above it the data no longer ride along; they stand in results.ndjson anyway."""

LARGEST_PAGE: Final = 300_000
"""In octets. A page above it is made again with tighter limits, which only hostile or giant content needs."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of hostile or giant content a page shows, in characters and pieces."""

    text: int
    observed: int
    value: int
    values: int
    queries: int
    pasted: int
    json: int
    checks: int = 400
    steps: int = 60


_FULL: Final = Limits(text=1200, observed=600, value=1200, values=40, queries=400, pasted=4096, json=90_000)
_ATTEMPTS: Final = (
    (_FULL, USUAL_PAGE),
    (replace(_FULL, json=0), LARGEST_PAGE),
    (Limits(text=500, observed=200, value=300, values=12, queries=150, pasted=2048, json=0), LARGEST_PAGE),
    (Limits(text=200, observed=60, value=80, values=4, queries=60, pasted=512, json=0), LARGEST_PAGE),
    (Limits(100, 60, 80, values=2, queries=40, pasted=256, json=0, checks=40, steps=30), LARGEST_PAGE),
    (Limits(100, 60, 80, values=1, queries=20, pasted=128, json=0, checks=10, steps=10), LARGEST_PAGE),
)
"""How a page is tried, and how large it may be so."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A finding as the page shows it, with its rule's text and the queries that it rests on."""

    finding: Finding
    rule: RuleText
    evidence: tuple[tuple[int, QueryRecord], ...]


def domain_page(result: Result, report: Report, brand: Brand | None = None) -> bytes:
    """The page of one domain of `report` (whose own domains are not read, and whose submissions are shown as its senders) in UTF-8, under 300 KB whatever the content."""
    page = b""
    for limits, largest in _ATTEMPTS:
        page = _page(result, report, limits, brand)
        if len(page) <= largest:
            break
    return page


def _page(result: Result, report: Report, limits: Limits, brand: Brand | None) -> bytes:
    todo = publication(result, report.rules)
    jobs = steps(result, todo)
    whole: dict[str, tuple[_Shown, ...]] = {status: tuple(_shown(result, report, status)) for status in STATUSES}
    groups = {status: found[: limits.checks] for status, found in whole.items()}
    return render(
        "domain.html",
        brand,
        result=result,
        kind=kind_of(result),
        senders=senders_of(result, report),
        most_senders=min(MOST_SENDERS, limits.steps),
        report=report,
        limits=limits,
        name=display_name(result),
        grade_words=grade_words(result),
        score_words=score_words(result),
        verdict=verdict(result, jobs),
        standing=standing(result, report.rules),
        subjects=subjects(result.findings),
        todo=todo,
        steps=jobs,
        step_of={rule: step.number for step in reversed(jobs[: limits.steps]) for rule in step.rules},
        groups=groups,
        left_out={status: len(found) - len(groups[status]) for status, found in whole.items()},
        anchors={shown.finding.rule: f"finding-{number}" for number, shown in enumerate(groups["fail"], start=1)},
        waiting=_waiting(whole["blocked"]),
        causes=causes(result),
        counts=_counts(whole),
        frameworks=judge_frameworks(result, report.frameworks, report.rules),
        capping=[finding for finding in result.findings if finding.rule in result.cap_by],
        lost=sorted(result.score.lost, key=lambda lost: -lost.points),
        score_sentences=SCORE_SENTENCES,
        document=_document(result, limits.json),
    )


def _counts(groups: Mapping[str, Sequence[_Shown]]) -> dict[str, int]:
    """How many checks came out how; failures for information are notes."""
    counts = {status: len(found) for status, found in groups.items()}
    counts["note"] = sum(shown.finding.severity == "info" for shown in groups["fail"])
    counts["fail"] -= counts["note"]
    return counts


def _waiting(blocked: Sequence[_Shown]) -> list[tuple[str, list[Finding]]]:
    """Blocked findings by the rule that they wait for in the end."""
    before = {shown.finding.rule: shown.finding.blocked_by for shown in blocked}
    found: dict[str, list[Finding]] = {}
    for shown in blocked:
        rule, passed = shown.finding.blocked_by, {shown.finding.rule}
        while rule in before and rule not in passed:
            passed.add(rule)
            rule = before[rule]
        found.setdefault(rule, []).append(shown.finding)
    return list(found.items())


def _shown(result: Result, report: Report, status: str) -> Iterator[_Shown]:
    found: Sequence[Finding] = [finding for finding in result.findings if finding.status == status]
    for finding in sorted(found, key=order_of) if status in {"fail", "unknown"} else found:
        yield _Shown(
            finding,
            report.rules.get(finding.rule) or RuleText(title=finding.rule, why=""),
            tuple((index, result.answers[index]) for index in finding.evidence if 0 <= index < len(result.answers)),
        )


def _document(result: Result, largest: int) -> Markup:
    encoded = encode_domain(result)
    if len(encoded) > largest:
        return Markup("")
    document = script_json(encoded)
    return Markup(document if len(document.encode("utf-8")) <= largest else "")  # noqa: S704 - escaped for its place
