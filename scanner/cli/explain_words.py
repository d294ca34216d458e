"""Words that the terminal and Markdown share when they show an explanation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scanner.submission.catalogue import WHO
from scanner.submission.documents import (
    AccountNote,
    Document,
    Explanation,
    LogFacts,
    Recipient,
    SessionFacts,
    SourceNote,
)

__all__ = [
    "BOUNCE_TITLE",
    "MISSING",
    "account_line",
    "code_words",
    "facts_line",
    "headline",
    "log_line",
    "recipient_words",
    "session_lines",
    "source_words",
    "span",
    "who_words",
]

MISSING: Final = "No server's reply is in this text, so the cause cannot be told from it. This is how to get the reply:"
BOUNCE_TITLE: Final = "The bounce"
_CERTAINTIES: Final = {
    "confirmed": "the maker's own page",
    "secondary": "somebody else's account",
    "reported": "seen in published replies",
}
_FORMATS: Final = {
    "postfix": "Postfix log",
    "exim": "Exim log",
    "exchange": "Exchange table",
    "lines": "log",
}


def headline(document: Document) -> str:
    """One sentence for the whole."""
    if document.verdict == "accepted":
        return "The server took the message: no refusal is in this text."
    if document.verdict == "nothing_found":
        return "No delivery and no refusal was found in this log."
    if document.log is not None:
        return log_line(document.log)
    return document.explanations[0].title if document.explanations else MISSING


def code_words(explanation: Explanation) -> str:
    """`535 5.7.139`, or what there is of it."""
    return " ".join(str(part) for part in (explanation.code, explanation.status) if part)


def facts_line(explanation: Explanation) -> str:
    """Cause, host, code and certainty on one line."""
    parts = [explanation.cause or "unknown to the catalogue"]
    if explanation.host_name:
        by = f" (by {explanation.host_from})" if explanation.host_from else ""
        parts.append(f"{explanation.host_name}{by}")
    parts.append(code_words(explanation))
    if explanation.temporary is not None:
        parts.append("tried again by itself" if explanation.temporary else "final")
    if explanation.certainty == "likely":
        parts.append("likely, not certain")
    return "; ".join(part for part in parts if part)


def who_words(explanation: Explanation) -> str:
    """Who can mend it, the likeliest first."""
    return ", or ".join(WHO[who] for who in explanation.who)


def source_words(source: SourceNote) -> str:
    return f"{source.url} ({source.date}, {_CERTAINTIES.get(source.certainty, source.certainty)})"


def span(first: str, last: str) -> str:
    """From when to when, for people."""
    first, last = first.replace("T", " "), last.replace("T", " ")
    if not first:
        return "without times"
    return first if first == last else f"{first} to {last}"


def log_line(log: LogFacts) -> str:
    counts = f"{log.delivered:,} delivered, {log.deferred:,} put off, {log.failed:,} failed"
    return f"{_FORMATS.get(log.format, log.format)} of {log.lines:,} lines, {span(log.first, log.last)}: {counts}."


def account_line(note: AccountNote) -> str:
    return f"{note.account} ({note.messages:,} recipients): {' '.join(note.why)}"


def recipient_words(recipient: Recipient) -> str:
    """What became of one recipient of a bounce."""
    remote = f" at {recipient.remote}" if recipient.remote else ""
    return f"{recipient.action or 'failed'}{remote} {recipient.status}, {recipient.cause or 'cause not known'}"


def session_lines(session: SessionFacts) -> Iterator[str]:
    """What a transcript shows, a sentence each."""
    if session.server:
        yield f"The server is {session.server}."
    if session.last_command:
        yield f"The last command before the refusal, or at the end, was {session.last_command}."
    yield from session.notes
