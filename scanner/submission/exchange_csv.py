"""Exchange's tables: message trace (admin center, Get-MessageTrace, Get-MessageTraceDetail), message tracking and
protocol logs. Columns are found by their names, since every tool has its own.
"""

from __future__ import annotations

import csv
import datetime
import re
from collections.abc import Iterator
from typing import Final

from scanner.submission.inputs import MAX_LINE
from scanner.submission.logs import Event, Outcome, Recent, clock

__all__ = ["ExchangeTable"]

_COLUMNS: Final = {
    "when": ("received", "datetimeutc", "origintimestamputc", "datetime", "date", "eventtime", "timestamp"),
    "sender": ("senderaddress", "sender", "mailfrom", "returnpath"),
    "recipient": ("recipientaddress", "recipients", "recipient", "recipientstatus"),
    "status": ("status", "deliverystatus", "eventid", "event", "recipientstatus", "finalstatus"),
    "detail": (
        "detail",
        "statusdetail",
        "recipientstatus",
        "reason",
        "error",
        "lasterror",
        "customdata",
        "sourcecontext",
        "data",
    ),
    "session": ("sessionid",),
    "data": ("data",),
    "sequence": ("sequencenumber",),
}
_DELIVERED: Final = re.compile(r"deliver|^send$|sent|expanded|resolved", re.I)
_DEFERRED: Final = re.compile(r"defer|pending|getting ?status|none", re.I)
_FAILED: Final = re.compile(r"fail|quarantin|spam|reject|bounce|badmail|poison|^dsn$", re.I)
_SKIPPED: Final = re.compile(
    r"^(?:receive|submit|transfer|hadeliver|haredirect|hareceive|process|agentinfo|load|dup|notifymapi|resubmit|redirect|expand|resolve|throttle)",
    re.I,
)
_REPLY: Final = re.compile(r"^[45]\d\d[ -]|^[45]\.\d\.\d")
_MAIL: Final = re.compile(r"^MAIL FROM:\s*<([^>]*)>", re.I)
_RCPT: Final = re.compile(r"^RCPT TO:\s*<([^>]*)>", re.I)
_PLACED: Final = re.compile(r"([^;#\s]+@[^;#\s]+)##([^;]*)")

csv.field_size_limit(131_072)


class ExchangeTable:
    """Reads a table from lines. `unreadable` counts rows that could not be read."""

    def __init__(self, today: datetime.date) -> None:
        self._today = today
        self._columns: dict[str, int] = {}
        self._recent = Recent()
        self.unreadable = 0

    def events(self, lines: Iterator[str]) -> Iterator[Event]:
        """The events of a whole table."""
        delimiter = ","
        rows = None
        for line in lines:
            bare = line.lstrip("\ufeff")
            if bare.startswith("#Fields:"):
                self._name_columns(bare[8:].strip().split(","))
            elif bare.startswith("#") or not bare.strip():
                continue
            elif not self._columns:
                delimiter = max(",;\t", key=bare.count)
                self._name_columns(next(csv.reader([bare], delimiter=delimiter)))
            else:
                rows = csv.reader(self._chain(line, lines), delimiter=delimiter)
                break
        while rows is not None:
            try:
                row = next(rows, None)
            except csv.Error:
                self.unreadable += 1
                continue
            if row is None:
                return
            yield from self._row(row)

    def _chain(self, first: str, lines: Iterator[str]) -> Iterator[str]:
        yield first + "\n"
        for line in lines:
            if len(line) >= MAX_LINE:
                self.unreadable += 1  # its end was cut off, and with it the quote that closes the field
            elif not line.startswith("#"):
                yield line.replace("\0", "") + "\n"

    def _name_columns(self, names: list[str]) -> None:
        plain = [re.sub(r"[^a-z]", "", name.lower()) for name in names]
        for wanted, candidates in _COLUMNS.items():
            for candidate in candidates:
                if candidate in plain:
                    self._columns[wanted] = plain.index(candidate)
                    break
        self._details = [plain.index(name) for name in _COLUMNS["detail"] if name in plain]

    def _cell(self, row: list[str], column: str) -> str:
        index = self._columns.get(column)
        return row[index].strip()[:20_000] if index is not None and index < len(row) else ""

    def _row(self, row: list[str]) -> Iterator[Event]:
        if len(row) < 2:
            self.unreadable += bool(row)
            return
        if "sequence" in self._columns and "session" in self._columns:
            yield from self._protocol(row)
            return
        when = clock(self._cell(row, "when"), self._today) or _other_clock(self._cell(row, "when"))
        sender, status = self._cell(row, "sender").strip("<>").lower(), self._cell(row, "status")
        detail = " ".join(row[index] for index in self._details if index < len(row) and row[index].strip())[:20_000]
        recipients = [(address, said) for address, said in _PLACED.findall(self._cell(row, "recipient"))]
        for address, said in recipients or [(self._cell(row, "recipient").split(";")[0], status)]:
            outcome = _outcome(said or status)
            if outcome is None:
                continue
            if outcome == "delivered" and _REPLY.search(detail):
                outcome = "failed"
            text = "" if outcome == "delivered" else (detail if recipients == [] or not _worthless(detail) else said)
            yield Event(when, "handed_in", sender, "", address, recipients=1)
            yield Event(when, outcome, sender, "", address.strip("<>"), text or said or status)

    def _protocol(self, row: list[str]) -> Iterator[Event]:
        """A line of a protocol log: the conversation itself."""
        message = self._recent.get(self._cell(row, "session"))
        data = self._cell(row, "data")
        if sender := _MAIL.match(data):
            message.sender = sender[1]
        elif recipient := _RCPT.match(data):
            message.account = recipient[1]
        elif _REPLY.match(data):
            when = clock(self._cell(row, "when"), self._today)
            yield Event(
                when, "deferred" if data.startswith("4") else "failed", message.sender, "", message.account, data
            )


def _outcome(status: str) -> Outcome | None:
    if _SKIPPED.match(status) and not _FAILED.search(status):
        return None
    if _FAILED.search(status):
        return "failed"
    if _DEFERRED.search(status):
        return "deferred"
    return "delivered" if _DELIVERED.search(status) else None


def _worthless(detail: str) -> bool:
    return not re.search(r"[45]\.\d\.\d|[45]\d\d ", detail)


def _other_clock(text: str) -> datetime.datetime | None:
    """Times as spreadsheets and PowerShell write them. Day and month are told apart only where they can be."""
    for form in (
        "%m/%d/%Y %I:%M:%S %p",
        "%m/%d/%Y %H:%M:%S",
        "%m/%d/%Y %H:%M",
        "%d.%m.%Y %H:%M:%S",
        "%d/%m/%Y %H:%M:%S",
        "%Y/%m/%d %H:%M:%S",
    ):
        try:
            return datetime.datetime.strptime(text, form)
        except ValueError:
            continue
    return None
