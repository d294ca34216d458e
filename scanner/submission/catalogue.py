"""The catalogue of replies: causes, entries, dated facts, host families and programs, read from `data/replies/*.yaml`.

The data says what each key means (microsoft365.yaml). Text of entries is compared in lower case.
"""

from __future__ import annotations

import datetime
import functools
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from scanner.data import read_data

__all__ = [
    "FAMILIES",
    "GROUPS",
    "WHO",
    "Catalogue",
    "Cause",
    "DatedFact",
    "Entry",
    "Family",
    "Fix",
    "Program",
    "SourceRef",
    "StatusPattern",
    "catalogue",
]

Certainty = Literal["confirmed", "secondary", "reported"]
"""Of a source: the maker's own page; somebody else's account of it; seen in replies that people published."""

WHO: Final[Mapping[str, str]] = types.MappingProxyType(
    {
        "sender": "whoever runs the sending application, device or server",
        "tenant": "an administrator of the sending organization",
        "dns": "whoever manages the sending domain's DNS",
        "network": "whoever manages the network or the IP address",
        "recipient": "the recipient or the recipient's administrators",
        "provider": "the receiving service",
        "wait": "nobody; it passes",
    }
)
GROUPS: Final[Mapping[str, str]] = types.MappingProxyType(
    {
        "signing_in": "Signing in",
        "encryption": "Encryption",
        "connection": "Connection",
        "sending_as": "Sending as",
        "limits": "Limits",
        "reputation": "Reputation and content",
        "authentication": "Authentication of the domain",
        "recipient": "The recipient",
        "routing": "Routing",
        "message": "The message",
        "service": "The server",
    }
)
FAMILIES: Final = (
    "microsoft365",
    "outlook_com",
    "gmail",
    "yahoo",
    "icloud",
    "filters",
    "generic",
    "client",
)
"""The files of entries, in the order in which they are documented."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause that can be named. `rules` are ids of rules that would have foretold it; `urgent` 1 is the most urgent."""

    name: str
    title: str
    group: str
    who: tuple[str, ...]
    urgent: int
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceRef:
    """Where an entry is known from. `date` is that of the page or of the reading, as YYYY-MM-DD."""

    url: str
    date: str
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class Fix:
    """One thing to do; `run` is a command for it, or empty."""

    do: str
    run: str = ""


@dataclass(frozen=True, slots=True)
class DatedFact:
    """A fact that a date changes."""

    name: str
    on: datetime.date
    before: str
    after: str
    source: SourceRef

    def told(self, today: datetime.date) -> str:
        """The fact as it stands on a day."""
        days = abs((self.on - today).days)
        text = self.before if today <= self.on else self.after
        return text.replace("{days}", str(days)).replace("{date}", self.on.isoformat())


@dataclass(frozen=True, slots=True)
class StatusPattern:
    """An enhanced status code or a range of them: `x.7.139`, `4.7.500-699`. x is 4 or 5."""

    class_: str
    subject: str
    first: int
    last: int

    def fits(self, status: str) -> bool:
        class_, subject, detail = status.split(".")
        return self.class_ in ("x", class_) and self.subject == subject and self.first <= int(detail) <= self.last

    @classmethod
    def parse(cls, text: str) -> StatusPattern:
        class_, subject, detail = text.split(".")
        first, _, last = detail.partition("-")
        return cls(class_, subject, int(first), int(last or first))

    def __str__(self) -> str:
        return f"{self.class_}.{self.subject}.{self.first}" + (f"-{self.last}" if self.last != self.first else "")


@dataclass(frozen=True, slots=True)
class Entry:
    """One reply of one family of hosts: how to know it, and what it means."""

    id: str
    family: str
    cause: str
    replies: frozenset[int]
    statuses: tuple[StatusPattern, ...]
    text: tuple[str, ...]
    words: tuple[str, ...]
    code_alone: bool
    wrapper: bool
    unspecific: bool
    weak: bool
    meaning: str
    fix: tuple[Fix, ...]
    source: SourceRef
    dated: tuple[str, ...]

    def fits_status(self, status: str) -> bool:
        """The entry names this enhanced status code."""
        return bool(status) and any(pattern.fits(status) for pattern in self.statuses)


@dataclass(frozen=True, slots=True)
class Family:
    """A family of hosts. Entries of the families in `also` hold at its hosts too."""

    family: str
    name: str
    also: tuple[str, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A program that hides the server's reply, and how to get it out."""

    id: str
    name: str
    signs: tuple[str, ...]
    how: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StatusCodes:
    """What codes say by themselves (RFC 5321, RFC 3463, IANA)."""

    source: SourceRef
    classes: Mapping[str, str]
    subjects: Mapping[str, str]
    details: Mapping[str, str]
    replies: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything of `data/replies`."""

    causes: Mapping[str, Cause]
    entries: tuple[Entry, ...]
    dates: Mapping[str, DatedFact]
    families: tuple[Family, ...]
    programs: tuple[Program, ...]
    any_program: tuple[str, ...]
    codes: StatusCodes

    def family(self, name: str) -> Family | None:
        return next((family for family in self.families if family.family == name), None)


@functools.cache
def catalogue() -> Catalogue:
    """The catalogue; read once."""
    programs = _read("programs")
    codes = _read("status_codes")
    return Catalogue(
        causes=types.MappingProxyType({name: _cause(name, raw) for name, raw in _read("causes")["causes"].items()}),
        entries=tuple(entry for name in FAMILIES for entry in _entries(_read(name))),
        dates=types.MappingProxyType({name: _dated(name, raw) for name, raw in _read("dates")["dates"].items()}),
        families=tuple(
            Family(raw["family"], raw["name"], tuple(raw["also"]), tuple(raw["signs"]))
            for raw in _read("hosts")["families"]
        ),
        programs=tuple(
            Program(raw["id"], raw["name"], tuple(raw["signs"]), tuple(raw["how"])) for raw in programs["programs"]
        ),
        any_program=tuple(programs["anything"]),
        codes=StatusCodes(
            SourceRef(**codes["source"]), codes["classes"], codes["subjects"], codes["details"], codes["replies"]
        ),
    )


def _read(name: str) -> Any:
    return read_data(f"replies/{name}.yaml")


def _cause(name: str, raw: Mapping[str, Any]) -> Cause:
    return Cause(name, raw["title"], raw["group"], tuple(raw["who"]), raw["urgent"], tuple(raw.get("rules", ())))


def _dated(name: str, raw: Mapping[str, Any]) -> DatedFact:
    source = SourceRef(raw["source"], raw["read"], raw["certainty"])
    return DatedFact(name, datetime.date.fromisoformat(raw["day"]), raw["before"], raw["after"], source)


def _entries(page: Mapping[str, Any]) -> list[Entry]:
    sources = {name: SourceRef(**raw) for name, raw in page["sources"].items()}
    return [_entry(page["family"], raw, sources) for raw in page["entries"]]


def _entry(family: str, raw: Mapping[str, Any], sources: Mapping[str, SourceRef]) -> Entry:
    return Entry(
        id=raw["id"],
        family=family,
        cause=raw["cause"],
        replies=frozenset(raw.get("reply", ())),
        statuses=tuple(map(StatusPattern.parse, raw.get("status", ()))),
        text=tuple(str(phrase) for phrase in raw.get("text", ())),
        words=tuple(str(phrase) for phrase in raw.get("words", ())),
        code_alone=raw.get("code_alone", False),
        wrapper=raw.get("wrapper", False),
        unspecific=raw.get("unspecific", False),
        weak=raw.get("weak", False),
        meaning=raw["meaning"],
        fix=tuple(Fix(item) if isinstance(item, str) else Fix(item["do"], item["run"]) for item in raw["fix"]),
        source=sources[raw["source"]],
        dated=tuple(raw.get("dated", ())),
    )
