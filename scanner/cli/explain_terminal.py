"""An explanation in the terminal: the cause first, then what to do, then on what it rests.

All text went through `escape.terminal` and is handed to rich as Text, never as markup. Commands stand on lines of their
own that nothing wraps, so that they can be pasted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reports.escape import shorten, terminal
from scanner.cli.explain_words import (
    BOUNCE_TITLE,
    MISSING,
    account_line,
    code_words,
    facts_line,
    headline,
    log_line,
    recipient_words,
    session_lines,
    source_words,
    span,
    who_words,
)
from scanner.submission.documents import BounceFacts, Document, Explanation, LogFacts, Missing

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

__all__ = ["print_document", "print_explanation"]

_LONGEST: Final = 900
_MOST_OTHERS: Final = 6
_MOST_GROUPS: Final = 40
_MOST_CAUSES: Final = 6
_MOST_RECIPIENTS: Final = 20


def print_document(document: Document, console: Console) -> None:
    """Prints a document."""
    if document.log is not None:
        _log(console, document, document.log)
        return
    if document.verdict == "accepted":
        _title(console, f"✓ {headline(document)}", "green")
    if document.missing is not None:
        _missing(console, document.missing)
    if document.explanations:
        print_explanation(console, document.explanations[0])
        _others(console, document.explanations[1:])
    if document.session is not None and (lines := list(session_lines(document.session))):
        _title(console, "What the session shows")
        for line in lines:
            _say(console, f"- {line}")
    if document.bounce is not None:
        _bounce(console, document.bounce)


def print_explanation(console: Console, told: Explanation) -> None:
    """Prints what one reply means and what to do."""
    _title(console, f"✗ {told.title}", "red" if told.cause else "magenta")
    _say(console, facts_line(told), "bright_black")
    console.print()
    _say(console, told.meaning)
    for line in told.details:
        _say(console, f"- {line}")
    if told.elsewhere:
        _title(console, "The same code elsewhere")
        for other in told.elsewhere:
            _say(console, f"- {other.host}: {other.title} ({other.cause})")
    _fix(console, told)
    if told.dated:
        _title(console, "Dates")
        for note in told.dated:
            _say(console, f"- {note.text}")
    _title(console, "The reply")
    _paste(console, told.reply, "")
    if told.rules:
        rules = ", ".join(f"{rule.rule} ({rule.title})" if rule.title else rule.rule for rule in told.rules)
        _title(console, "What would have foretold it")
        _say(console, f"mailready scan DOMAIN checks it: {rules}.")
    console.print()
    _paste(console, f"Source: {source_words(told.source)}", "bright_black")


def _fix(console: Console, told: Explanation) -> None:
    _title(console, "What to do, the likeliest first")
    for number, step in enumerate(told.fix, start=1):
        _say(console, f"{number}. {step.do}")
        if step.run:
            _paste(console, step.run, "green")
    _say(console, f"Who can: {who_words(told)}.")


def _others(console: Console, others: tuple[Explanation, ...]) -> None:
    if not others:
        return
    _title(console, "Also in the text")
    for told in others[:_MOST_OTHERS]:
        _say(
            console, f"- {told.title} ({facts_line(told)}) {told.fix[0].do if told.fix and told.cause else ''}".rstrip()
        )
    if len(others) > _MOST_OTHERS:
        _say(console, f"- and {len(others) - _MOST_OTHERS} more; --format json has them all.")


def _missing(console: Console, missing: Missing) -> None:
    _title(console, f"? {MISSING}", "magenta")
    if missing.program_name:
        _say(console, f"The text is of {missing.program_name}.")
    for number, step in enumerate(missing.how, start=1):
        _say(console, f"{number}. {step}")


def _bounce(console: Console, bounce: BounceFacts) -> None:
    _title(console, BOUNCE_TITLE)
    for name, value in (
        ("Reported by", bounce.reported_by),
        ("Sender", bounce.sender),
        ("Subject", bounce.subject),
        ("Date", bounce.date),
    ):
        if value:
            _say(console, f"{name}: {value}")
    for recipient in bounce.recipients[:_MOST_RECIPIENTS]:
        _say(console, f"- {recipient.address}: {recipient_words(recipient)}")
    if len(bounce.recipients) > _MOST_RECIPIENTS:
        _say(console, f"- and {len(bounce.recipients) - _MOST_RECIPIENTS} more recipients")


def _log(console: Console, document: Document, log: LogFacts) -> None:
    _title(console, log_line(log), "red" if log.failed else "yellow" if log.deferred else "green")
    if log.unreadable:
        _say(console, f"{log.unreadable:,} rows could not be read and are not counted.")
    if document.missing is not None:
        _missing(console, document.missing)
    if log.first_steps:
        _title(console, "What to do first")
        for number, step in enumerate(log.first_steps, start=1):
            _say(console, f"{number}. {step}")
    if log.accounts:
        _title(console, "Accounts that stand out", "red")
        for note in log.accounts:
            _say(console, f"- {account_line(note)}")
    if log.groups:
        _groups(console, log)
    shown = list(dict.fromkeys(group.explanation for group in log.groups))[:_MOST_CAUSES]
    for index in shown:
        _cause(console, document.explanations[index])
    for line in log.notes:
        _say(console, line)


def _groups(console: Console, log: LogFacts) -> None:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), expand=False)
    table.add_column("Failed", justify="right", no_wrap=True)
    table.add_column("Put off", justify="right", no_wrap=True)
    table.add_column("Cause", overflow="fold", min_width=20)
    table.add_column("Sender", overflow="fold", min_width=12)
    table.add_column("When", overflow="fold", min_width=10)
    for group in log.groups[:_MOST_GROUPS]:
        cells = (
            f"{group.failures:,}",
            f"{group.deferrals:,}",
            group.title,
            group.sender or "not known",
            span(group.first, group.last),
        )
        table.add_row(*(_text(console, cell) for cell in cells))
    console.print(table)
    if len(log.groups) > _MOST_GROUPS:
        _say(console, f"{len(log.groups) - _MOST_GROUPS:,} more pairs of cause and sender; --format json has them all.")


def _cause(console: Console, told: Explanation) -> None:
    _title(console, f"✗ {told.title}", "red" if told.cause else "magenta")
    _say(console, facts_line(told), "bright_black")
    _say(console, told.meaning)
    for number, step in enumerate(told.fix, start=1):
        _say(console, f"{number}. {step.do}")
        if step.run:
            _paste(console, step.run, "green")
    _say(console, f"Seen as: {code_words(told)}" if not told.reply else f"Seen as: {told.reply}", "bright_black")


def _title(console: Console, text: str, colour: str = "") -> None:
    console.print()
    _say(console, text, f"bold {colour}".strip())


def _say(console: Console, text: str, style: str = "") -> None:
    console.print(_text(console, shorten(text, _LONGEST), style), highlight=False, overflow="fold")


def _paste(console: Console, text: str, style: str) -> None:
    """On one line of its own, whatever the width, with nothing before and behind it."""
    console.print(_text(console, shorten(text, _LONGEST), style), highlight=False, soft_wrap=True)


def _text(console: Console, text: str, style: str = "") -> Text:
    from rich.text import Text

    shown = terminal(text)
    if not console.encoding.startswith("utf"):
        shown = shown.encode(console.encoding, "backslashreplace").decode(console.encoding)
    return Text(shown, style=style)
