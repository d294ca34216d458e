"""An explanation as Markdown for a ticket's comment: plain lists and code blocks only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reports.escape import https_link, markdown_block, markdown_code, markdown_text, shorten
from scanner.cli.explain_words import (
    BOUNCE_TITLE,
    MISSING,
    account_line,
    facts_line,
    headline,
    log_line,
    recipient_words,
    session_lines,
    span,
    who_words,
)
from scanner.submission.documents import Document, Explanation, LogFacts

__all__ = ["markdown"]

_LONGEST: Final = 700
_MOST: Final = 40
_MOST_CAUSES: Final = 6


def markdown(document: Document) -> str:
    """The document as Markdown."""
    lines = [*_heading(headline(document) if document.missing is None else "The server's reply is missing", "=")]
    if document.log is not None:
        lines += _log(document, document.log)
    else:
        lines += _plain(document)
    lines.append(f"mailready {_text(document.version)}, {_text(document.date)}")
    return "\n".join(lines).rstrip() + "\n"


def _plain(document: Document) -> Iterator[str]:
    if document.missing is not None:
        yield _text(MISSING)
        yield ""
        if document.missing.program_name:
            yield _text(f"The text is of {document.missing.program_name}.")
            yield ""
        yield from (f"{number}. {_text(step)}" for number, step in enumerate(document.missing.how, start=1))
        yield ""
    for told in document.explanations[:1]:
        yield from _explanation(told)
    if len(document.explanations) > 1:
        yield from _heading("Also in the text")
        yield from (f"- {_text(f'{told.title} ({facts_line(told)})')}" for told in document.explanations[1:_MOST])
        yield ""
    if document.session is not None and (shown := list(session_lines(document.session))):
        yield from _heading("What the session shows")
        yield from (f"- {_text(line)}" for line in shown)
        yield ""
    if document.bounce is not None:
        yield from _heading(BOUNCE_TITLE)
        bounce = document.bounce
        yield from (
            f"- {name}: {_text(value)}"
            for name, value in (
                ("Reported by", bounce.reported_by),
                ("Sender", bounce.sender),
                ("Subject", bounce.subject),
                ("Date", bounce.date),
            )
            if value
        )
        yield from (
            f"- {markdown_code(shorten(item.address, 320))}: {_text(recipient_words(item))}"
            for item in bounce.recipients[:_MOST]
        )
        yield ""


def _explanation(told: Explanation) -> Iterator[str]:
    yield _text(facts_line(told))
    yield ""
    yield _text(told.meaning)
    yield ""
    yield from (f"- {_text(line)}" for line in told.details)
    yield from (f"- At {_text(f'{other.host}: {other.title} ({other.cause})')}" for other in told.elsewhere)
    yield ""
    yield from _heading("What to do, the likeliest first")
    yield from _fix(told)
    yield _text(f"Who can: {who_words(told)}.")
    yield ""
    if told.dated:
        yield from _heading("Dates")
        yield from (f"- {_text(note.text)}" for note in told.dated)
        yield ""
    yield from _heading("The reply")
    yield markdown_block([shorten(told.reply, _LONGEST)])
    if told.rules:
        yield _text(
            "What would have foretold it: mailready scan DOMAIN, rules "
            + ", ".join(rule.rule for rule in told.rules)
            + "."
        )
        yield ""
    link = https_link(told.source.url)
    yield f"Source: {f'<{link}>' if link else _text(told.source.url)} ({_text(f'{told.source.date}, {told.source.certainty}')})"
    yield ""


def _fix(told: Explanation) -> Iterator[str]:
    for number, step in enumerate(told.fix, start=1):
        yield f"{number}. {_text(step.do)}"
        if step.run:
            yield ""
            yield markdown_block([step.run])
    yield ""


def _log(document: Document, log: LogFacts) -> Iterator[str]:
    if document.missing is not None:
        yield _text(log_line(log))
        yield ""
    if log.first_steps:
        yield from _heading("What to do first")
        yield from (f"{number}. {_text(step)}" for number, step in enumerate(log.first_steps, start=1))
        yield ""
    if log.accounts:
        yield from _heading("Accounts that stand out")
        yield from (f"- {_text(account_line(note))}" for note in log.accounts[:_MOST])
        yield ""
    if log.groups:
        yield from _heading("Failures by cause and sender")
        for group in log.groups[:_MOST]:
            counts = f"{group.failures:,} failed, {group.deferrals:,} put off"
            yield f"- {_text(group.title)} {markdown_code(shorten(group.sender, 320)) if group.sender else 'sender not known'}: {counts}, {_text(span(group.first, group.last))}"
        yield ""
    for index in list(dict.fromkeys(group.explanation for group in log.groups))[:_MOST_CAUSES]:
        told = document.explanations[index]
        yield from _heading(told.title)
        yield _text(told.meaning)
        yield ""
        yield from _fix(told)
    yield from (_text(line) for line in log.notes)
    yield ""


def _heading(text: str, underline: str = "-") -> list[str]:
    shown = _text(text)
    return [shown, underline * max(3, min(len(shown), 80)), ""]


def _text(text: str) -> str:
    return markdown_text(shorten(text, _LONGEST))
