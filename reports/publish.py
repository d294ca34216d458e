"""What to publish: the view of changes and things to do that every format shows, in the order of doing.

The order is severity, then effort. Each record stands with its type, TTL and value as one pastes it, what is there
now above what is proposed, who must do it, and the rules that ask for it. Failures that no record mends follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from reports.kinds import kind_of
from reports.words import order_of, plural
from reports.zonefile import absolute, plain_value, rdata, record_line, txt_strings
from rules.results import EFFORTS, Action, Change, Effort, Finding, Owner, QueryRecord, Result, RuleText, Severity

__all__ = ["Current", "Host", "Publication", "Record", "Task", "publication", "zone_block"]

_UNKNOWN: Final = frozenset({"SERVFAIL", "REFUSED", "TIMEOUT", "MALFORMED", "NOT_RECORDED"})


@dataclass(frozen=True, slots=True)
class Current:
    """What stands at the name and type now.

    `state` is present, absent, unknown or not_asked. `values` are what the change takes away, or, where it takes
    nothing away, nothing; `staying` are the other values of the set, which a change must leave alone.
    """

    state: str
    values: tuple[str, ...] = ()
    staying: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One change, ready to paste. `name` is absolute without the final dot; `host` is what most control panels want
    in their name field ("" where that is not certain).

    `value` is for a provider's form, `strings` are a TXT's quoted strings where it has more than one, `line` is the
    record in a zone file. `why` are the messages of the findings that ask for it, `text` their advice.
    """

    action: Action
    name: str
    host: str
    type: str
    ttl: int | None
    value: str
    strings: tuple[str, ...]
    line: str
    current: Current
    rules: tuple[str, ...]
    severity: Severity
    owner: Owner
    effort: Effort
    why: tuple[str, ...]
    text: tuple[str, ...]
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """A failure that no record mends, or none by itself (`lasting`: what goes on after a record is published): what is
    wrong, what to do, the command for it if a tool does it, and the rules whose failures are mended before.
    """

    rule: str
    title: str
    severity: Severity
    message: str
    text: str
    command: str
    owner: Owner | None
    effort: Effort | None
    after: tuple[str, ...] = ()
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Host:
    """Who hosts the zone, as far as the facts tell: the provider's name ("" if not in our list), the name servers,
    and why neither is known.
    """

    provider: str
    nameservers: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Publication:
    """Everything to be done for a domain, in the order of doing; `ideas` are what counts for nothing and may be left."""

    records: tuple[Record, ...]
    others: tuple[Task, ...]
    ideas: tuple[Task, ...]
    host: Host
    zone: tuple[str, ...]
    nothing: str
    """What to say where there are no records."""


def publication(result: Result, rules: Mapping[str, RuleText]) -> Publication:
    """The view of one domain."""
    failing = {f.rule: f for f in result.findings if f.status == "fail"}
    changes = sorted(result.changes, key=order_of)
    lasting = {rule for change in changes for rule in change.rules if rule in failing and _lasts(failing[rule], change)}
    covered = {rule for change in changes for rule in change.rules} - lasting
    origins = _origins(result)
    answers = {(_key(a.name), a.type): a for a in result.answers}
    leaving = _leaving(changes)
    records = tuple(
        _record(
            change,
            along,
            [failing[rule] for rule in change.rules if rule in failing and rule not in lasting],
            answers.get((_key(change.name), change.type)),
            leaving.get((_key(change.name), change.type), frozenset()),
            origins,
        )
        for change, along in _joined(changes)
    )
    left = [finding for finding in sorted(failing.values(), key=order_of) if finding.rule not in covered]
    others = tuple(_task(finding, rules, finding.rule in lasting) for finding in left if finding.severity != "info")
    ideas = tuple(_task(finding, rules, finding.rule in lasting) for finding in left if finding.severity == "info")
    return Publication(records, others, ideas, _host(result.facts), zone_block(changes), _nothing(result, bool(others)))


def _lasts(finding: Finding, change: Change) -> bool:
    """Mending goes on for days or weeks after the record is published, so that it is a thing to do of its own."""
    return (
        finding.fix is not None
        and EFFORTS.index(finding.fix.effort) >= EFFORTS.index("days")
        and EFFORTS.index(finding.fix.effort) > EFFORTS.index(change.effort)
    )


def zone_block(changes: list[Change]) -> tuple[str, ...]:
    """All changes as lines of a zone file. Deletions are comments: a zone file says what is, not what is to go."""
    lines: list[str] = []
    for change in changes:
        new = record_line(change.name, change.ttl, change.type, change.value)
        if change.action == "delete":
            lines += ["; delete this record:", f"; {new}"]
        elif change.action == "replace" and change.replaces:
            old = record_line(change.name, None, change.type, change.replaces)
            lines += ["; replace this record:", f"; {old}", "; by:", new]
        else:
            lines += ["; add:" if change.action == "add" else "; replace what is there by:", new]
    return tuple(lines)


def _joined(changes: list[Change]) -> list[tuple[Change, tuple[Change, ...]]]:
    """Each change with the deletions that go with it: of the same set, for the same rule. Two records to be merged
    into one are told as one replacement; a deletion that went along is not told again.
    """
    joined: list[tuple[Change, tuple[Change, ...]]] = []
    gone: set[int] = set()
    for change in changes:
        along = tuple(
            (index, other)
            for index, other in enumerate(changes)
            if change.action != "delete"
            and other.action == "delete"
            and index not in gone
            and (_key(other.name), other.type) == (_key(change.name), change.type)
            and set(other.rules) & set(change.rules)
        )
        gone |= {index for index, _ in along}
        joined.append((change, tuple(other for _, other in along)))
    return [pair for index, pair in enumerate(joined) if index not in gone]


def _leaving(changes: list[Change]) -> dict[tuple[str, str], frozenset[str]]:
    """By name and type, what any change takes away."""
    found: dict[tuple[str, str], set[str]] = {}
    for change in changes:
        taken = change.value if change.action == "delete" else change.replaces
        if taken:
            found.setdefault((_key(change.name), change.type), set()).add(_same(change.type, taken))
    return {key: frozenset(values) for key, values in found.items()}


def _key(name: str) -> str:
    return name.rstrip(".").lower()


def _same(type_: str, value: str) -> str:
    return rdata(type_, value).rstrip(".") if type_ == "TXT" else rdata(type_, value).rstrip(".").lower()


def _record(
    change: Change,
    along: tuple[Change, ...],
    findings: list[Finding],
    answer: QueryRecord | None,
    leaving: frozenset[str],
    origins: frozenset[str],
) -> Record:
    fixes = [f.fix for f in sorted(findings, key=order_of) if f.fix]
    strings = txt_strings(change.value) if change.type == "TXT" else ()
    return Record(
        action="replace" if along else change.action,
        name=change.name.rstrip("."),
        host=_relative(change.name, origins),
        type=change.type,
        ttl=change.ttl,
        value=plain_value(change.type, change.value),
        strings=strings if len(strings) > 1 else (),
        line=record_line(change.name, change.ttl, change.type, change.value),
        current=_current(change, along, answer, leaving),
        rules=change.rules,
        severity=change.severity,
        owner=change.owner,
        effort=change.effort,
        why=tuple(dict.fromkeys(f.message for f in findings)),
        text=tuple(dict.fromkeys(fix.text for fix in fixes if fix.text)),
        commands=tuple(dict.fromkeys(fix.command for fix in fixes if fix.command)),
    )


def _current(change: Change, along: tuple[Change, ...], answer: QueryRecord | None, leaving: frozenset[str]) -> Current:
    taken = [change.value if change.action == "delete" else change.replaces, *(other.value for other in along)]
    gone = tuple(plain_value(change.type, value) for value in taken if value)
    if answer is None:
        return Current("present" if gone else "not_asked", gone)
    if answer.status in _UNKNOWN:
        return Current("present" if gone else "unknown", gone, reason=answer.reason or answer.status)
    staying = tuple(
        plain_value(change.type, value) for value in answer.values if _same(change.type, value) not in leaving
    )
    if change.action == "replace" and not gone:
        return Current("present" if staying else "absent", staying)
    return Current("present" if gone or staying else "absent", gone, staying)


def _nothing(result: Result, others: bool) -> str:
    kind = kind_of(result)
    unknown = sum(finding.status == "unknown" for finding in result.findings)
    if unknown:
        return kind.nothing_known.replace("{checks}", plural(unknown, "check"))
    return kind.only_tasks if others else kind.nothing


def _origins(result: Result) -> frozenset[str]:
    """Names that are known to be the top of a zone: those with NS records, and the organizational domain."""
    found = {_key(answer.name) for answer in result.answers if answer.type == "NS" and answer.status == "NOERROR"}
    if isinstance(organizational := _fact(result.facts, "domain", "organizational"), str):
        found.add(_key(organizational))
    return frozenset(found - {""})


def _relative(name: str, origins: frozenset[str]) -> str:
    """The name without the closest zone at or above it; "@" is the zone itself, "" that no zone is known."""
    labels = absolute(name).lower()[:-1].split(".")
    for start in range(len(labels)):
        if ".".join(labels[start:]) in origins:
            return ".".join(labels[:start]) or "@"
    return ""


def _task(finding: Finding, rules: Mapping[str, RuleText], lasting: bool) -> Task:
    fix = finding.fix
    return Task(
        rule=finding.rule,
        title=rules[finding.rule].title if finding.rule in rules else finding.rule,
        severity=finding.severity,
        message=finding.message,
        text=fix.text if fix else "",
        command=fix.command if fix else "",
        owner=fix.owner if fix else None,
        effort=fix.effort if fix else None,
        after=fix.after if fix else (),
        lasting=lasting,
    )


def _host(facts: Mapping[str, Any]) -> Host:
    provider, servers = _fact(facts, "dns", "provider"), _fact(facts, "dns", "nameservers")
    unknown = next((v["unknown"] for v in (servers, provider) if isinstance(v, Mapping) and "unknown" in v), "")
    return Host(
        provider if isinstance(provider, str) else "",
        tuple(s for s in servers if isinstance(s, str)) if isinstance(servers, list | tuple) else (),
        str(unknown),
    )


def _fact(facts: Mapping[str, Any], subject: str, name: str) -> Any:
    inner = facts.get(subject)
    return inner.get(name) if isinstance(inner, Mapping) else None
