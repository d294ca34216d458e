"""Logs of Postfix and Exim, and lines of any program's log: deliveries and sign-ins, line by line.

A reader is fed lines and yields events. It remembers senders by queue id, of the latest messages only, so that memory
does not grow with the log.
"""

from __future__ import annotations

import datetime
import re
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

__all__ = ["Event", "EximLog", "LineLog", "LogReader", "PostfixLog", "Recent", "clock"]

Outcome = Literal["delivered", "deferred", "failed", "handed_in"]
MAX_REMEMBERED: Final = 50_000
"""Messages under way whose senders are remembered."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a message. `handed_in` counts `recipients` of a message that a sender gave.

    `account` is who signed in, where the log says so; `text` is the reply, `relay` the server that gave it.
    """

    when: datetime.datetime | None
    outcome: Outcome
    sender: str = ""
    account: str = ""
    recipient: str = ""
    text: str = ""
    relay: str = ""
    recipients: int = 0
    sure: bool = True
    """False where only the text says that anything failed."""


class LogReader(Protocol):
    """Reads one kind of log."""

    def line(self, line: str) -> Iterator[Event]:
        """The events of a line."""
        ...


@dataclass(slots=True)
class _Message:
    sender: str = ""
    account: str = ""
    counted: bool = False


class Recent:
    """The latest messages by id."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Message] = OrderedDict()

    def get(self, key: str) -> _Message:
        message = self._known.get(key)
        if message is None:
            message = self._known[key] = _Message()
            if len(self._known) > MAX_REMEMBERED:
                self._known.popitem(last=False)
        return message

    def drop(self, key: str) -> None:
        self._known.pop(key, None)


_ISO: Final = re.compile(r"\W{0,3}(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)")
_SYSLOG: Final = re.compile(r"\W{0,3}(?:<\d{1,3}>)?(\w{3}) +(\d{1,2}) (\d\d):(\d\d):(\d\d)")
_APACHE: Final = re.compile(r"\W{0,3}(\d\d)[/-](\w{3})[/-](\d{4})[: ](\d\d):(\d\d):(\d\d)")
_MONTHS: Final = {
    name: index
    for index, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}


def clock(line: str, today: datetime.date) -> datetime.datetime | None:
    """The time at the beginning of a line, by the log's own clock. A syslog time has no year: the latest that is not to come."""
    try:
        if found := _ISO.match(line):
            return _moment(int(found[1]), int(found[2]), int(found[3]), found.groups()[3:])
        if found := _SYSLOG.match(line):
            moment = _moment(today.year, _MONTHS[found[1].lower()], int(found[2]), found.groups()[2:])
            ahead = moment.date() > today + datetime.timedelta(days=1)
            return moment.replace(year=moment.year - 1) if ahead else moment
        if found := _APACHE.match(line):
            return _moment(int(found[3]), _MONTHS[found[2].lower()], int(found[1]), found.groups()[3:])
    except (ValueError, KeyError):
        return None
    return None


def _moment(year: int, month: int, day: int, time: Sequence[str]) -> datetime.datetime:
    hour, minute, second = map(int, time)
    return datetime.datetime(year, month, day, hour, minute, second)


class PostfixLog:
    """Postfix's log (syslog or ISO times)."""

    _LINE: Final = re.compile(r"^.{0,120}? (?:postfix[\w./-]*?/|[\w.-]{1,30}/)(\w+)\[\d+\]: (.*)$", re.S)
    _QUEUED: Final = re.compile(r"^([0-9A-Za-z]{5,24}): (.*)$", re.S)
    _TO: Final = re.compile(r"\bto=<([^>]*)>")
    _FROM: Final = re.compile(r"\bfrom=<([^>]*)>")
    _RELAY: Final = re.compile(r"\brelay=([^,\[\s]+)")
    _STATUS: Final = re.compile(r"\bstatus=(\w+)(?: \((.*)\))?", re.S)
    _DSN: Final = re.compile(r"\bdsn=([\d.]+)")
    _ACCOUNT: Final = re.compile(r"\bsasl_username=([^,\s]+)")
    _COUNT: Final = re.compile(r"\bnrcpt=(\d+)")
    _OUTCOMES: Final[dict[str, Outcome]] = {
        "sent": "delivered",
        "deferred": "deferred",
        "bounced": "failed",
        "expired": "failed",
    }

    def __init__(self, today: datetime.date) -> None:
        self._today = today
        self._recent = Recent()

    def line(self, line: str) -> Iterator[Event]:
        found = self._LINE.match(line)
        if found is None:
            return
        rest = found[2]
        if rest.startswith("NOQUEUE: "):
            yield from self._refused(line, rest)
            return
        queued = self._QUEUED.match(rest)
        if queued is None:
            return
        key, said = queued[1], queued[2]
        if said.startswith("removed"):
            self._recent.drop(key)
            return
        message = self._recent.get(key)
        if account := self._ACCOUNT.search(said):
            message.account = account[1]
        if status := self._STATUS.search(said):
            yield from self._delivery(line, said, status, message)
        elif said.startswith("from=<") and (sender := self._FROM.match(said)):
            message.sender = sender[1]
            count = self._COUNT.search(said)
            if count and not message.counted:
                message.counted = True
                yield Event(clock(line, self._today), "handed_in", sender[1], message.account, recipients=int(count[1]))

    def _delivery(self, line: str, said: str, status: re.Match[str], message: _Message) -> Iterator[Event]:
        outcome = self._OUTCOMES.get(status[1])
        recipient, relay, dsn = self._TO.search(said), self._RELAY.search(said), self._DSN.search(said)
        if outcome is None or recipient is None:
            return
        text = f"{dsn[1] if dsn else ''} {status[2] or ''}".strip() if outcome != "delivered" else ""
        yield Event(
            clock(line, self._today),
            outcome,
            message.sender,
            message.account,
            recipient[1],
            text,
            relay[1] if relay else "",
        )

    def _refused(self, line: str, rest: str) -> Iterator[Event]:
        if ": reject" not in rest[:30]:
            return
        sender, recipient, account = self._FROM.search(rest), self._TO.search(rest), self._ACCOUNT.search(rest)
        text = rest.partition("]: ")[2] or rest
        yield Event(
            clock(line, self._today),
            "failed",
            sender[1] if sender else "",
            account[1] if account else "",
            recipient[1] if recipient else "",
            text.partition("; from=<")[0],
        )


class EximLog:
    """Exim's main log."""

    _LINE: Final = re.compile(
        r"^(?:\S+ \S+ \S+ exim\[\d+\]: )?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d+)?(?: [+-]\d{4})?(?: \[\d+\])? (\w{6}-\w{6,11}-\w{2,4}) (<=|=>|->|>>|\*\*|==|Completed|SMTP error)\s?(.*)$",
        re.S,
    )
    _REJECTED: Final = re.compile(
        r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d.{0,400}? (?:rejected (?:RCPT|MAIL|after DATA|EHLO|connection)|authenticator failed)",
        re.S,
    )
    _AUTH: Final = re.compile(r" A=[\w-]+:([^\s:]+)")
    _RETURN: Final = re.compile(r" [FP]=<([^>]*)>")
    _HOST: Final = re.compile(r" H=([^\s:]+)")
    _FOR: Final = re.compile(r" for (\S+@\S+(?: \S+@\S+)*)$")
    _REASON: Final = re.compile(r"(?: H=[^:]*| T=\S+| R=\S+)(?:[^:]*?): (.*)$", re.S)

    def __init__(self, today: datetime.date) -> None:
        self._today = today
        self._recent = Recent()

    def line(self, line: str) -> Iterator[Event]:
        found = self._LINE.match(line)
        if found is None:
            if self._REJECTED.match(line):
                sender = re.search(r"F=<([^>]*)>", line)
                recipient = re.search(r"RCPT <([^>]*)>", line)
                yield Event(
                    clock(line, self._today),
                    "failed",
                    sender[1] if sender else "",
                    "",
                    recipient[1] if recipient else "",
                    line[20:],
                )
            return
        when, key, flag, rest = clock(found[1], self._today), found[2], found[3], found[4]
        if flag == "Completed":
            self._recent.drop(key)
        elif flag == "<=":
            message = self._recent.get(key)
            message.sender = rest.split(" ", 1)[0].strip("<>")
            account = self._AUTH.search(rest)
            message.account = account[1] if account else ""
            count = self._FOR.search(rest)
            yield Event(
                when, "handed_in", message.sender, message.account, recipients=len(count[1].split()) if count else 1
            )
        else:
            yield from self._delivery(when, key, flag, rest)

    def _delivery(self, when: datetime.datetime | None, key: str, flag: str, rest: str) -> Iterator[Event]:
        message = self._recent.get(key)
        sender = self._RETURN.search(rest)
        host = self._HOST.search(rest)
        address = re.search(r"<([^>@\s]+@[^>\s]+)>", rest[:200]) if not rest.split(" ", 1)[0].count("@") else None
        recipient = address[1] if address else rest.split(" ", 1)[0].strip("<>:")
        outcome: Outcome = {"**": "failed", "==": "deferred", "SMTP error": "deferred"}.get(flag, "delivered")  # type: ignore[assignment]
        if flag == "SMTP error":
            return
        reason = self._REASON.search(rest) if outcome != "delivered" else None
        text = "" if outcome == "delivered" else (reason[1] if reason else rest.partition(": ")[2] or rest)
        yield Event(
            when,
            outcome,
            message.sender or (sender[1] if sender else ""),
            message.account,
            recipient,
            text,
            host[1] if host else "",
        )


class LineLog:
    """Any other log: every line that holds a refusal is a failure."""

    _FAILS: Final = re.compile(
        r"(?<![\d.])(?:[45]\d\d[ -]|[45]\.[0-7]\.\d{1,3}\b|\([45]\d\d,)|ECONN|ETIMEDOUT|timed out|certificate|refused",
        re.I,
    )
    _FROM: Final = re.compile(r"\b(?:from|sender|mailfrom)['\"]?\s*[=:]\s*['\"]?<?([\w.+-]+@[\w.-]+\w)", re.I)
    _TO: Final = re.compile(r"\b(?:to|rcpt|recipient)['\"]?\s*[=:]\s*['\"]?<?([\w.+-]+@[\w.-]+\w)", re.I)

    def __init__(self, today: datetime.date) -> None:
        self._today = today
        self._when: datetime.datetime | None = None

    def line(self, line: str) -> Iterator[Event]:
        self._when = clock(line, self._today) or self._when
        if not self._FAILS.search(line):
            return
        sender, recipient = self._FROM.search(line), self._TO.search(line)
        yield Event(
            self._when, "failed", sender[1] if sender else "", "", recipient[1] if recipient else "", line, sure=False
        )
