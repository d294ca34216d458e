"""Compact results, for very long lists: at most 2 KB a domain, without what a second scan can find out again.

A compact line has the grade, the score, every rule's status and the changes; no messages, values, facts or answers. It
reads as a result all the same: what is not kept is named in `left_out`, and a finding's message is made of its rule's
title. Where even that does not fit, the rules that do not apply or passed are left out, then the last changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from rules.results import Change, DomainResult, Finding, RuleText, Score, Severity, Status

__all__ = [
    "KEPT_OUT",
    "MOST_OCTETS",
    "PREFIX",
    "Compact",
    "CompactScore",
    "Statuses",
    "compact_of",
    "encode_compact",
    "result_of",
    "statuses_of",
]

MOST_OCTETS: Final = 2048
"""Of a line with its end."""
KEPT_OUT: Final = ("messages", "expected and observed values", "fixes", "facts", "answers", "lost points")
"""What no compact result has."""
PREFIX: Final = b'{"compact":'
"""How a compact line begins, and no other."""

Statuses = Mapping[Status, Mapping[Severity, tuple[str, ...]]]
"""Rules by status and severity."""

_SHORT: Final = 80

_TITLED: Final[Mapping[Status, str]] = {
    "pass": "{}.",
    "fail": "Not so: {}.",
    "blocked": "Not checked, since a check that it needs failed: {}.",
    "unknown": "Could not be completed: {}.",
    "waived": "Waived: {}.",
    "not_applicable": "Does not apply: {}.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactScore:
    low: int | None
    high: int | None
    reachable: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compact:
    """A domain as a compact line. `statuses` has rules by status and severity; `left_out` what had no room."""

    compact: Literal[1] = 1
    domain: str
    unicode: str = ""
    client: str = ""
    ticket: str = ""
    tags: tuple[str, ...] = ()
    profile: str
    profile_reason: str
    tenant: str = ""
    selectors: tuple[str, ...] = ()
    score: CompactScore
    grade: str
    grade_low: str
    grade_high: str
    cap_by: tuple[str, ...] = ()
    statuses: Statuses = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    left_out: tuple[str, ...] = ()


def statuses_of(told: Iterable[tuple[str, Severity, Status]]) -> Statuses:
    """Of rules, each with its severity and status."""
    statuses: dict[Status, dict[Severity, tuple[str, ...]]] = {}
    for rule, severity, status in told:
        by_severity = statuses.setdefault(status, {})
        by_severity[severity] = (*by_severity.get(severity, ()), rule)
    return statuses


def compact_of(result: DomainResult, statuses: Statuses | None = None) -> Compact:
    """The compact form, of whatever size; `statuses` are those of the findings, from a caller that did not make them."""
    if statuses is None:
        statuses = statuses_of((finding.rule, finding.severity, finding.status) for finding in result.findings)
    score = result.score
    return Compact(
        domain=result.domain,
        unicode=result.unicode,
        client=result.client,
        ticket=result.ticket,
        tags=result.tags,
        profile=result.profile,
        profile_reason=result.profile_reason,
        tenant=result.tenant,
        selectors=result.selectors,
        score=CompactScore(low=score.low, high=score.high, reachable=score.reachable),
        grade=result.grade,
        grade_low=result.grade_low,
        grade_high=result.grade_high,
        cap_by=result.cap_by,
        statuses=statuses,
        changes=result.changes,
        left_out=tuple(text for text in result.left_out if text not in KEPT_OUT),
    )


def encode_compact(result: DomainResult, encode: Callable[[Compact], bytes], statuses: Statuses | None = None) -> bytes:
    """The compact line, without its end, as `encode` writes it; `statuses` as in `compact_of`."""
    compact = compact_of(result, statuses)
    line = encode(compact)
    if len(line) < MOST_OCTETS:
        return line
    for smaller in _smaller(compact):
        line = encode(smaller)
        if len(line) < MOST_OCTETS:
            break
    return line


def result_of(compact: Compact, rules: Mapping[str, RuleText]) -> DomainResult:
    """The result that a compact line tells; `rules` are those of its report."""
    findings = tuple(
        Finding(rule=rule, severity=severity, status=status, message=_message(rule, status, rules), expected="")
        for status, by_severity in compact.statuses.items()
        for severity, ids in by_severity.items()
        for rule in ids
    )
    score = compact.score
    return DomainResult(
        domain=compact.domain,
        unicode=compact.unicode,
        client=compact.client,
        ticket=compact.ticket,
        tags=compact.tags,
        profile=compact.profile,
        profile_reason=compact.profile_reason,
        tenant=compact.tenant,
        selectors=compact.selectors,
        score=Score(low=score.low, high=score.high, reachable=score.reachable),
        grade=compact.grade,
        grade_low=compact.grade_low,
        grade_high=compact.grade_high,
        cap_by=compact.cap_by,
        findings=findings,
        changes=compact.changes,
        left_out=(*KEPT_OUT, *compact.left_out),
    )


def _message(rule: str, status: Status, rules: Mapping[str, RuleText]) -> str:
    title = rules[rule].title if rule in rules else f"rule {rule}"
    return _TITLED[status].format(title)


def _smaller(compact: Compact) -> Iterator[Compact]:
    """Ever less of it, the least missed first."""
    for status in ("not_applicable", "pass"):
        rules = sum(len(ids) for ids in compact.statuses.get(status, {}).values())
        if rules:
            kept = {name: ids for name, ids in compact.statuses.items() if name != status}
            compact = _said(replace(compact, statuses=kept), f"{_plural(rules, 'finding')} with status {status}")
            yield compact
    for left in range(len(compact.changes) - 1, -1, -1):
        gone = len(compact.changes) - left
        yield _said(replace(compact, changes=compact.changes[:left]), _plural(gone, "change"))
    if compact.changes:
        compact = _said(replace(compact, changes=()), _plural(len(compact.changes), "change"))
    compact = _said(replace(compact, tags=(), selectors=()), "tags and selectors")
    yield compact
    compact = _said(
        replace(
            compact,
            unicode=_cut(compact.unicode),
            client=_cut(compact.client),
            ticket=_cut(compact.ticket),
            tenant=_cut(compact.tenant),
            profile_reason=_cut(compact.profile_reason),
        ),
        "the ends of long texts",
    )
    yield compact
    yield _said(replace(compact, statuses={}, cap_by=()), "all findings")


def _said(compact: Compact, what: str) -> Compact:
    return replace(compact, left_out=(*compact.left_out, what))


def _cut(text: str) -> str:
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}…"


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
