"""A log summed up while it streams by: failures by cause and sender, accounts that stand out, and what to do first."""

from __future__ import annotations

import datetime
import re
import statistics
from collections import Counter, OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from scanner.submission.documents import AccountNote, Explanation, Group, LogFacts
from scanner.submission.explaining import Explainer
from scanner.submission.logs import Event

__all__ = ["LogSummary", "summarise"]

MAX_GROUPS: Final = 5_000
MAX_ACCOUNTS: Final = 5_000
_HOURS: Final = 400
_TEMPLATES: Final = 4_096
_SHOWN_RECIPIENTS: Final = 5
_FOREIGN: Final = 20
BURST: Final = 100
"""Recipients in an hour from which a rise is looked at."""
BURST_ALONE: Final = 500
"""Recipients in the only hour an account was seen in, from which it is told."""
RISE: Final = 5
"""How many times the account's usual hour makes a burst."""
PER_MINUTE: Final = 30
"""Messages a minute that Microsoft 365 takes from a mailbox (reference: Exchange Online sending limits)."""
OTHERS: Final = "(others)"
NO_REASON: Final = "no reason"

_VARIABLE: Final = re.compile(
    r"<[^<>]{0,320}>|[\w.+%=-]+@[\w.-]+|\[[^\[\]]{0,120}\]|(?<![.\d])\d{4,}(?![.\d])|\b[0-9A-Za-z]{12,}\b"
)


@dataclass(slots=True)
class _Counted:
    explanation: int
    failures: int = 0
    deferrals: int = 0
    first: datetime.datetime | None = None
    last: datetime.datetime | None = None
    recipients: list[str] = field(default_factory=list)
    example: str = ""

    def add(self, event: Event) -> None:
        if event.outcome == "failed":
            self.failures += 1
        else:
            self.deferrals += 1
        if event.when:
            self.first = min(self.first or event.when, event.when)
            self.last = max(self.last or event.when, event.when)
        if event.recipient and len(self.recipients) < _SHOWN_RECIPIENTS and event.recipient not in self.recipients:
            self.recipients.append(event.recipient[:320])
        self.example = self.example or " ".join(event.text.split())[:500]


@dataclass(slots=True)
class _Account:
    messages: int = 0
    hours: dict[str, int] = field(default_factory=dict)
    foreign: Counter[str] = field(default_factory=Counter)
    minute: str = ""
    in_minute: int = 0
    busiest_minute: int = 0

    def add(self, event: Event, sender: str) -> None:
        self.messages += event.recipients
        if event.when:
            hour = event.when.strftime("%Y-%m-%dT%H:00")
            if hour in self.hours or len(self.hours) < _HOURS:
                self.hours[hour] = self.hours.get(hour, 0) + event.recipients
            minute = event.when.strftime("%Y-%m-%dT%H:%M")
            self.in_minute = self.in_minute + 1 if minute == self.minute else 1
            self.minute = minute
            self.busiest_minute = max(self.busiest_minute, self.in_minute)
        if sender and (sender in self.foreign or len(self.foreign) < _FOREIGN):
            self.foreign[sender] += 1


@dataclass(slots=True)
class LogSummary:
    """Takes events and keeps counts; memory is bounded by groups and accounts, not by the log."""

    explainer: Explainer
    explanations: list[Explanation] = field(default_factory=list)
    groups: dict[tuple[int, str], _Counted] = field(default_factory=dict)
    accounts: dict[str, _Account] = field(default_factory=dict)
    delivered: int = 0
    deferred: int = 0
    failed: int = 0
    first: datetime.datetime | None = None
    last: datetime.datetime | None = None
    _templates: OrderedDict[str, int] = field(default_factory=OrderedDict)
    _index: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def add(self, event: Event) -> None:
        """Counts one event."""
        if event.when:
            self.first = min(self.first or event.when, event.when)
            self.last = max(self.last or event.when, event.when)
        if event.outcome == "handed_in":
            self._hand_in(event)
        elif event.outcome == "delivered":
            self.delivered += 1
        else:
            self._fail(event)

    def _hand_in(self, event: Event) -> None:
        name = (event.account or event.sender).lower()[:320]
        if not name:
            return
        account = self.accounts.get(name)
        if account is None:
            if len(self.accounts) >= MAX_ACCOUNTS:
                return
            account = self.accounts[name] = _Account()
        account.add(event, _foreign(event.account, event.sender))

    def _fail(self, event: Event) -> None:
        index = self._explanation(event)
        if index < 0 and not event.sure:
            return
        if event.outcome == "failed":
            self.failed += 1
        else:
            self.deferred += 1
        if index < 0:
            index = self._without_reason()
        key = (index, (event.account or event.sender).lower()[:320])
        if key not in self.groups and len(self.groups) >= MAX_GROUPS:
            key = (index, OTHERS)
        counted = self.groups.get(key)
        if counted is None:
            counted = self.groups[key] = _Counted(index)
        counted.add(event)

    def _explanation(self, event: Event) -> int:
        """The index of the explanation of an event's text; -1 where it holds no refusal."""
        text = event.text[:4000]
        template = f"{event.relay}|{_VARIABLE.sub('*', text)}"
        if template in self._templates:
            self._templates.move_to_end(template)
            return self._templates[template]
        told = self.explainer.explain(f"relay={event.relay} ({text})" if event.relay else text)
        index = -1
        if told:
            first = told[0]
            key = (first.cause or "", first.host or "", "" if first.cause else f"{first.code} {first.status}")
            if key not in self._index and len(self.explanations) < MAX_GROUPS:
                self._index[key] = len(self.explanations)
                self.explanations.append(first)
            index = self._index.get(key, -1)
        self._templates[template] = index
        if len(self._templates) > _TEMPLATES:
            self._templates.popitem(last=False)
        return index

    def _without_reason(self) -> int:
        """The index of the explanation for failures of which the log only says that they happened."""
        key = ("", "", NO_REASON)
        if key not in self._index:
            self._index[key] = len(self.explanations)
            self.explanations.append(self.explainer.without_reason())
        return self._index[key]

    def facts(self, format_: str, lines: int, unreadable: int) -> LogFacts:
        """The summary; groups in the order of what to mend first."""
        groups = sorted(
            (self._group(sender, counted) for (_, sender), counted in self.groups.items()),
            key=lambda group: (
                group.urgent,
                not group.cause,
                -group.failures,
                -group.deferrals,
                group.title,
                group.sender,
            ),
        )
        accounts = tuple(self._accounts())
        notes = []
        if len(self.groups) >= MAX_GROUPS:
            notes.append(
                f"More than {MAX_GROUPS:,} pairs of cause and sender: the further senders are counted as {OTHERS}."
            )
        if len(self.accounts) >= MAX_ACCOUNTS:
            notes.append(f"More than {MAX_ACCOUNTS:,} accounts: only the first ones were watched.")
        return LogFacts(
            format=format_,
            lines=lines,
            unreadable=unreadable,
            first=_iso(self.first),
            last=_iso(self.last),
            delivered=self.delivered,
            deferred=self.deferred,
            failed=self.failed,
            groups=tuple(groups),
            accounts=accounts,
            first_steps=tuple(self._first_steps(groups, accounts)),
            notes=tuple(notes),
        )

    def _group(self, sender: str, counted: _Counted) -> Group:
        told = self.explanations[counted.explanation]
        cause = self.explainer.catalogue.causes.get(told.cause or "")
        return Group(
            cause=told.cause,
            title=told.title,
            sender=sender,
            failures=counted.failures,
            deferrals=counted.deferrals,
            first=_iso(counted.first),
            last=_iso(counted.last),
            recipients=tuple(counted.recipients),
            example=counted.example,
            urgent=cause.urgent if cause else 3,
            explanation=counted.explanation,
        )

    def _accounts(self) -> Iterable[AccountNote]:
        found = [note for name, account in self.accounts.items() if (note := _note(name, account))]
        return sorted(found, key=lambda note: (-len(note.foreign_from), -note.in_busiest_hour, note.account))[:50]

    def _first_steps(self, groups: list[Group], accounts: tuple[AccountNote, ...]) -> Iterable[str]:
        for note in accounts[:3]:
            yield f"Look at {note.account}: {note.why[0]} If nobody meant that, reset its password and end its sessions first."
        totals: dict[int, int] = {}
        for group in groups:
            totals[group.explanation] = totals.get(group.explanation, 0) + group.failures + group.deferrals
        ranked = sorted(
            totals, key=lambda index: (self._urgency(index), not self.explanations[index].cause, -totals[index])
        )
        for index in ranked[:4]:
            told = self.explanations[index]
            times = "once" if totals[index] == 1 else f"{totals[index]:,} times"
            yield f"{told.title} ({times}) {told.fix[0].do if told.fix else ''}".strip()

    def _urgency(self, index: int) -> int:
        cause = self.explainer.catalogue.causes.get(self.explanations[index].cause or "")
        return cause.urgent if cause else 3


def summarise(events: Iterable[Event], explainer: Explainer) -> LogSummary:
    """The summary of events."""
    summary = LogSummary(explainer)
    for event in events:
        summary.add(event)
    return summary


def _foreign(account: str, sender: str) -> str:
    """The sender's address where its domain is not that of the account that signed in; empty where it is, or cannot be told."""
    if "@" not in account or "@" not in sender:
        return ""
    own, used = account.lower().rpartition("@")[2], sender.lower().rpartition("@")[2]
    return "" if own == used or own.endswith(f".{used}") or used.endswith(f".{own}") else sender.lower()[:320]


def _note(name: str, account: _Account) -> AccountNote | None:
    """What stands out about an account; None where nothing does."""
    why = []
    hour = max(account.hours, key=lambda key: account.hours[key], default="")
    most = account.hours.get(hour, 0)
    others = [count for key, count in account.hours.items() if key != hour]
    usual = statistics.median(others) if others else 0
    if most >= BURST and others and most >= RISE * max(usual, 1):
        why.append(
            f"It sent to {most:,} recipients in the hour from {hour.replace('T', ' ')}, where {usual:,.0f} are usual."
        )
    elif most >= BURST_ALONE and not others:
        why.append(f"It sent to {most:,} recipients in the one hour it was seen in, from {hour.replace('T', ' ')}.")
    if account.foreign:
        shown = ", ".join(address for address, _ in account.foreign.most_common(3))
        times = sum(account.foreign.values())
        why.append(f"It sent {times:,} message{'s' if times != 1 else ''} as addresses of other domains ({shown}).")
    if not why:
        return None
    if account.busiest_minute > PER_MINUTE:
        why.append(
            f"At most {account.busiest_minute:,} messages went out in one minute; Microsoft 365 takes {PER_MINUTE}."
        )
    return AccountNote(
        name, account.messages, hour, most, tuple(address for address, _ in account.foreign.most_common()), tuple(why)
    )


def _iso(when: datetime.datetime | None) -> str:
    return when.isoformat() if when else ""
