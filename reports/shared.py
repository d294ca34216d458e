"""What the failures of many domains have in common: how many of them one change would mend.

Three things can be the same for a check on several domains: a record outside of their zones (one change there mends them
all), the changes that each zone needs (the same is pasted everywhere), and a name that their faults lead to, such as an
include that is gone or a host that does not resolve. Counted in bounded memory: where more kinds turn up than are kept,
the rare ones go and the numbers are at least right from below.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Literal, TypeVar

from reports.escape import shorten
from rules.results import EFFORTS, SEVERITIES, Change, Effort, Finding, Owner, Result, RuleText, Severity

__all__ = ["Bounded", "Common", "Failure", "Failures", "Record"]

K = TypeVar("K", bound=Hashable)

_WEIGHTS: Final[Mapping[Severity, int]] = {"critical": 10, "high": 7, "medium": 4, "low": 1, "info": 0}
_MOST_KINDS: Final = 2000
_MOST_NAMES: Final = 4
_LONGEST_VALUE: Final = 400
_HOST: Final = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", re.IGNORECASE)
_LEAD: Final = re.compile(r"[-+?~]?(?:include|redirect|exists|a|mx|ptr|mailto)[:=]", re.IGNORECASE)
_DEEPEST: Final = 4
_HERE: Final = "{domain}"


class Bounded(Generic[K]):
    """Counts kinds of things, at most so many kinds at once."""

    def __init__(self, most: int = _MOST_KINDS) -> None:
        self._most, self._counts = most, Counter[K]()

    def add(self, kind: K) -> None:
        self._counts[kind] += 1
        if len(self._counts) > self._most:
            kept = self._counts.most_common(self._most // 2)
            self._counts = Counter({kind: number for kind, number in kept if number > 1})

    def __len__(self) -> int:
        return len(self._counts)

    def first(self, number: int) -> list[tuple[K, int]]:
        """The most frequent kinds with their numbers; equals in the order of their names."""
        return sorted(self._counts.items(), key=lambda item: (-item[1], str(item[0])))[:number]


@dataclass(frozen=True, slots=True, order=True)
class Record:
    """A change as the domains share it: `{domain}` stands in name and value for each domain's own name."""

    action: str
    type: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Common:
    """Something that `number` domains have in common: one `record` elsewhere, `each` zone the same, or a
    `name` (several that turn up equally often stand together).
    """

    kind: Literal["record", "each", "name"]
    number: int
    records: tuple[Record, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """A check with the domains that fail it, who must act, and what one change would mend, most first.

    `cost` is the sum of the weights that the domains lose by it (DESIGN: score).
    """

    rule: str
    title: str
    number: int
    severity: Severity
    owner: Owner | None
    effort: Effort | None
    common: tuple[Common, ...]
    cost: int


@dataclass(slots=True)
class _Check:
    domains: int = 0
    severity: Counter[Severity] = field(default_factory=Counter)
    fix: Counter[tuple[Owner, Effort]] = field(default_factory=Counter)
    records: Bounded[tuple[Record, ...]] = field(default_factory=Bounded)
    each: Bounded[tuple[Record, ...]] = field(default_factory=Bounded)
    names: Bounded[str] = field(default_factory=Bounded)


@dataclass(slots=True)
class Failures:
    """The failures of all domains so far, by check."""

    by_rule: dict[str, _Check] = field(default_factory=dict)

    def add(self, result: Result) -> None:
        """One domain; a check that fails twice on it counts once, and what is for information not at all."""
        seen: set[str] = set()
        for finding in result.findings:
            if finding.status == "fail" and finding.severity != "info" and finding.rule not in seen:
                seen.add(finding.rule)
                self._count(self.by_rule.setdefault(finding.rule, _Check()), finding, result)

    def common(self, rules: Mapping[str, RuleText], most: int) -> tuple[Failure, ...]:
        """The checks that most domains fail; of equals the more severe, then the sooner mended."""
        return tuple(sorted(self._all(rules), key=_order)[:most])

    def costly(self, rules: Mapping[str, RuleText], most: int, least: int) -> tuple[Failure, ...]:
        """The checks that cost most, by severity times domains; those of one domain only to make up `least`."""
        found = sorted(self._all(rules), key=lambda failure: (-failure.cost, _order(failure)))
        several = sum(failure.number > 1 for failure in found)
        number = min(most, max(several, least))
        kept = sorted(found, key=lambda failure: failure.number == 1)[:number]
        return tuple(failure for failure in found if failure in kept)

    def _all(self, rules: Mapping[str, RuleText]) -> list[Failure]:
        return [_failure(rule, check, rules) for rule, check in self.by_rule.items()]

    def _count(self, check: _Check, finding: Finding, result: Result) -> None:
        check.domains += 1
        check.severity[finding.severity] += 1
        if finding.fix:
            check.fix[finding.fix.owner, finding.fix.effort] += 1
        changes = [change for change in result.changes if finding.rule in change.rules]
        if changes:
            outside = not any(_under(change.name, result.domain) for change in changes)
            records = tuple(sorted(_record(change, "" if outside else result.domain) for change in changes))
            (check.records if outside else check.each).add(records)
        for name in _names(finding, result):
            check.names.add(name)


def _order(failure: Failure) -> tuple[int, int, int, str]:
    effort = EFFORTS.index(failure.effort) if failure.effort else len(EFFORTS)
    return -failure.number, SEVERITIES.index(failure.severity), effort, failure.rule


def _failure(rule: str, check: _Check, rules: Mapping[str, RuleText]) -> Failure:
    owner, effort = (
        max(check.fix, key=lambda fix: (check.fix[fix], -EFFORTS.index(fix[1]))) if check.fix else (None, None)
    )
    return Failure(
        rule=rule,
        title=rules[rule].title if rule in rules else rule,
        number=check.domains,
        severity=min(check.severity, key=SEVERITIES.index),
        owner=owner,
        effort=effort,
        common=_common(check),
        cost=sum(_WEIGHTS[severity] * number for severity, number in check.severity.items()),
    )


def _common(check: _Check) -> tuple[Common, ...]:
    """What more than one domain shares; a name that stands in a record is told by it."""
    found = [Common("record", number, records) for records, number in check.records.first(1) if number > 1]
    found += [Common("each", number, records) for records, number in check.each.first(1) if number > 1]
    told = [record.value for common in found for record in common.records]
    names: dict[int, list[str]] = {}
    for name, number in check.names.first(_MOST_NAMES):
        if number > 1 and not any(name in value for value in told):
            names.setdefault(number, []).append(name)
    found += [Common("name", number, names=tuple(alike)) for number, alike in list(names.items())[:1]]
    return tuple(sorted(found, key=lambda common: -common.number))


def _record(change: Change, domain: str) -> Record:
    def here(text: str) -> str:
        shown = text[: 2 * _LONGEST_VALUE]
        return shorten(shown.replace(domain, _HERE) if domain else shown, _LONGEST_VALUE)

    return Record(change.action, change.type, here(change.name), here(change.value))


def _names(finding: Finding, result: Result) -> set[str]:
    """The hosts outside of the domain that the finding tells of: in its observed values as elements, and in its words."""
    organizational = (result.facts.get("domain") or {}).get("organizational")
    own = organizational if isinstance(organizational, str) and organizational else result.domain
    said = finding.message.lower()
    hosts = (_LEAD.sub("", text.strip().rstrip(".")).lower() for text in _texts(finding.observed, _DEEPEST))
    return {host for host in hosts if _HOST.fullmatch(host) and not _under(host, own) and host in said}


def _texts(value: Any, depth: int) -> Iterator[str]:
    """The short texts in a value in document form, but for reasons of what is unknown."""
    if isinstance(value, str):
        if len(value) <= 300:
            yield value.partition("@")[2] or value
    elif isinstance(value, Mapping) and depth and set(value) != {"unknown"}:
        for inner in value.values():
            yield from _texts(inner, depth - 1)
    elif isinstance(value, list | tuple) and depth:
        for inner in value:
            yield from _texts(inner, depth - 1)


def _under(name: str, domain: str) -> bool:
    return name == domain or name.endswith(f".{domain}")
