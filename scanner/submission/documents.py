"""What `mailready explain --format json` writes, as classes. `docs/explain.md` tells the meaning of every key.

Within 1.x keys are only added. `cause` is a name of the closed list in `docs/explain.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

__all__ = [
    "SCHEMA",
    "AccountNote",
    "BounceFacts",
    "DatedNote",
    "Document",
    "Explanation",
    "FixStep",
    "Group",
    "InputFacts",
    "LogFacts",
    "MeaningElsewhere",
    "Missing",
    "Recipient",
    "RuleRef",
    "SessionFacts",
    "SourceNote",
    "StandardMeaning",
]

SCHEMA: Final = "https://mailready.example/schema/explain.v1.json"

Verdict = Literal["explained", "class_only", "reply_missing", "accepted", "nothing_found"]


@dataclass(frozen=True, slots=True)
class SourceNote:
    """Where something is known from. `certainty`: confirmed (the maker's own page), secondary (somebody else's
    account of it), reported (seen in published replies)."""

    url: str
    date: str
    certainty: str


@dataclass(frozen=True, slots=True)
class FixStep:
    """One thing to do; `run` is a command, or empty."""

    do: str
    run: str = ""


@dataclass(frozen=True, slots=True)
class DatedNote:
    """A fact that a date changes, as it stands on the day of the run."""

    name: str
    on: str
    passed: bool
    text: str
    source: SourceNote


@dataclass(frozen=True, slots=True)
class RuleRef:
    """A rule that would have foretold the cause."""

    rule: str
    title: str


@dataclass(frozen=True, slots=True)
class StandardMeaning:
    """What the code says by itself (RFC 5321, RFC 3463, IANA)."""

    reply: str
    code_class: str
    subject: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class MeaningElsewhere:
    """What the same code means at a host, where it is not known whose reply it is."""

    host: str
    cause: str
    title: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """One reply and what it means. `cause` is null where only the code's class is known; then `certainty` is class.

    `certainty`: certain (host and words or number agree), likely (only one of them speaks), class.
    """

    cause: str | None
    title: str
    certainty: Literal["certain", "likely", "class"]
    host: str | None
    host_name: str
    host_from: str
    code: int | None
    status: str | None
    temporary: bool | None
    reply: str
    entry: str | None
    meaning: str
    details: tuple[str, ...]
    fix: tuple[FixStep, ...]
    who: tuple[str, ...]
    source: SourceNote
    dated: tuple[DatedNote, ...]
    rules: tuple[RuleRef, ...]
    standard: StandardMeaning | None
    elsewhere: tuple[MeaningElsewhere, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """No server's reply is in the text: how to get it."""

    program: str | None
    program_name: str
    how: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What a transcript shows beside the replies."""

    server: str
    offered: tuple[str, ...]
    encrypted: bool | None
    signed_in: bool | None
    last_command: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient of a bounce. `cause` is null where only the class is known."""

    address: str
    action: str
    status: str
    remote: str
    diagnostic: str
    cause: str | None


@dataclass(frozen=True, slots=True)
class BounceFacts:
    """What a bounce says of the message (RFC 3464)."""

    reported_by: str
    sender: str
    subject: str
    date: str
    recipients: tuple[Recipient, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Failures of one cause and sender in a log; `explanation` is an index into `explanations`."""

    cause: str | None
    title: str
    sender: str
    failures: int
    deferrals: int
    first: str
    last: str
    recipients: tuple[str, ...]
    example: str
    urgent: int
    explanation: int


@dataclass(frozen=True, slots=True)
class AccountNote:
    """An account that stands out: `why` is a sentence. Hours are those of the log's own clock."""

    account: str
    messages: int
    busiest_hour: str
    in_busiest_hour: int
    foreign_from: tuple[str, ...]
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LogFacts:
    """A log, summed up. `delivered`, `deferred` and `failed` count deliveries to one recipient each."""

    format: str
    lines: int
    unreadable: int
    first: str
    last: str
    delivered: int
    deferred: int
    failed: int
    groups: tuple[Group, ...]
    accounts: tuple[AccountNote, ...]
    first_steps: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InputFacts:
    """What was read. `kind`: text, transcript, bounce or log."""

    name: str
    kind: Literal["text", "transcript", "bounce", "log"]


@dataclass(frozen=True, slots=True)
class Document:
    """The whole answer. `cause` is that of the first explanation: the one to mend first."""

    schema: str
    version: str
    date: str
    input: InputFacts
    verdict: Verdict
    cause: str | None
    explanations: tuple[Explanation, ...]
    missing: Missing | None
    session: SessionFacts | None
    bounce: BounceFacts | None
    log: LogFacts | None
