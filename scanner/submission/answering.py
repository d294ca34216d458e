"""The whole way of `mailready explain`: an input of any kind to one document."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.submission.bounces import FailedRecipient, read_bounce
from scanner.submission.documents import (
    SCHEMA,
    BounceFacts,
    Document,
    Explanation,
    InputFacts,
    LogFacts,
    Missing,
    Recipient,
    SessionFacts,
    Verdict,
)
from scanner.submission.exchange_csv import ExchangeTable
from scanner.submission.explaining import Explainer, missing_reply
from scanner.submission.inputs import Input, masked_lines
from scanner.submission.kinds import Kind, LogFormat, log_format, looks_like_message
from scanner.submission.log_summary import LogSummary
from scanner.submission.logs import EximLog, LineLog, LogReader, PostfixLog
from scanner.submission.masking import mask
from scanner.submission.replies import accepted
from scanner.submission.transcripts import looks_like_session, session_facts

__all__ = ["answer_input", "answer_text"]


@dataclass(slots=True)
class _Counter:
    """Counts the lines that pass."""

    lines: int = 0

    def over(self, lines: Iterator[str]) -> Iterator[str]:
        for line in lines:
            self.lines += 1
            yield line


def answer_text(text: str, name: str, explainer: Explainer, version: str) -> Document:
    """Explains a text that is at hand; of a log's lines, the sum. Secrets are masked here."""
    if log_format(text):
        return answer_input(Input(name, text.encode("utf-8", "surrogateescape")[:262_143], "utf-8"), explainer, version)
    masked = mask(text)
    if looks_like_session(masked):
        return _transcript(masked, name, explainer, version)
    return _text(masked, name, explainer, version)


def answer_input(source: Input, explainer: Explainer, version: str) -> Document:
    """Explains a file or standard input. A log streams; nothing else is read beyond a bound."""
    head = source.text()
    if looks_like_message(head):
        return _bounce(source, explainer, version)
    format_ = log_format(head)
    if format_ is None and not source.complete:
        format_ = "lines"
    if format_:
        return _log(source, format_, explainer, version)
    lines = "\n".join(masked_lines(source.lines()))
    if looks_like_session(lines):
        return _transcript(lines, source.name, explainer, version)
    return _text(lines, source.name, explainer, version)


def _text(masked: str, name: str, explainer: Explainer, version: str) -> Document:
    told = explainer.explain(masked)
    missing = None if told or accepted(masked) else missing_reply(masked, explainer.catalogue)
    return _document(explainer, version, name, "text", told, missing=missing, accepted_=not told and missing is None)


def _transcript(masked: str, name: str, explainer: Explainer, version: str) -> Document:
    session = session_facts(masked)
    told = explainer.explain(masked, first_wins=True)
    taken = not told and accepted(masked)
    missing = None if told or taken else missing_reply(masked, explainer.catalogue)
    return _document(explainer, version, name, "transcript", told, missing=missing, session=session, accepted_=taken)


def _bounce(source: Input, explainer: Explainer, version: str) -> Document:
    bounce = read_bounce(source.octets())
    found = [(recipient, explainer.explain(mask(recipient.text))) for recipient in bounce.recipients]
    words = explainer.explain(mask(bounce.words)) if bounce.is_bounce else ()
    told: dict[tuple[str, str, str], Explanation] = {}
    for index, (recipient, explanations) in enumerate(found):
        best = _better(explanations, words if len(found) == 1 else ())
        found[index] = (recipient, best)
        for explanation in best[:2] if len(found) == 1 else best[:1]:
            told.setdefault(
                (
                    explanation.cause or "",
                    explanation.host or "",
                    explanation.status or "" if explanation.cause is None else "",
                ),
                explanation,
            )
    if not told:
        told = {(str(index), "", ""): explanation for index, explanation in enumerate(words)}
    facts = BounceFacts(
        reported_by=mask(bounce.reported_by),
        sender=mask(bounce.sender),
        subject=mask(bounce.subject),
        date=bounce.date,
        recipients=tuple(_recipient(recipient, explanations) for recipient, explanations in found),
    )
    missing = None if told else missing_reply(mask(bounce.words), explainer.catalogue)
    if missing and not bounce.is_bounce:
        missing = Missing(
            None,
            "",
            ("This message is no bounce: it is an ordinary message, and no server's reply is in it.", *missing.how),
        )
    return _document(explainer, version, source.name, "bounce", tuple(told.values()), missing=missing, bounce=facts)


def _better(own: tuple[Explanation, ...], words: tuple[Explanation, ...]) -> tuple[Explanation, ...]:
    """The recipient's own fields, unless only the report's words name a cause."""
    if own and own[0].cause and own[0].cause not in ("message_expired", "unspecific_rejection", "policy_rejected"):
        return own
    named = tuple(
        item
        for item in words
        if item.cause and item.cause not in ("message_expired", "unspecific_rejection", "policy_rejected")
    )
    return (*named, *own) if named else own or words


def _recipient(recipient: FailedRecipient, told: tuple[Explanation, ...]) -> Recipient:
    return Recipient(
        address=mask(recipient.address),
        action=recipient.action,
        status=recipient.status,
        remote=recipient.remote,
        diagnostic=mask(recipient.diagnostic)[:700],
        cause=told[0].cause if told else None,
    )


def _log(source: Input, format_: LogFormat, explainer: Explainer, version: str) -> Document:
    counter = _Counter()
    lines = counter.over(masked_lines(source.lines()))
    summary = LogSummary(explainer)
    unreadable = 0
    if format_ == "exchange":
        table = ExchangeTable(explainer.today)
        for event in table.events(lines):
            summary.add(event)
        unreadable = table.unreadable
    else:
        reader = _reader(format_, explainer.today)
        for line in lines:
            for event in reader.line(line):
                summary.add(event)
    facts = summary.facts(format_, counter.lines, unreadable)
    order = dict.fromkeys(group.explanation for group in facts.groups)
    told = tuple(summary.explanations)
    cause = next((told[index].cause for index in order if told[index].cause), None)
    verdict: Verdict = (
        "explained" if cause else "class_only" if told else "accepted" if facts.delivered else "nothing_found"
    )
    missing = missing_reply("", explainer.catalogue) if verdict == "nothing_found" else None
    return _document(
        explainer, version, source.name, "log", told, missing=missing, log=facts, verdict=verdict, cause=cause
    )


def _reader(format_: LogFormat, today: datetime.date) -> LogReader:
    if format_ == "postfix":
        return PostfixLog(today)
    return EximLog(today) if format_ == "exim" else LineLog(today)


def _document(
    explainer: Explainer,
    version: str,
    name: str,
    kind: Kind,
    told: tuple[Explanation, ...],
    *,
    missing: Missing | None = None,
    session: SessionFacts | None = None,
    bounce: BounceFacts | None = None,
    log: LogFacts | None = None,
    accepted_: bool = False,
    verdict: Verdict | None = None,
    cause: str | None = None,
) -> Document:
    if verdict is None:
        cause = next((item.cause for item in told if item.cause), None)
        verdict = "explained" if cause else "class_only" if told else "accepted" if accepted_ else "reply_missing"
    return Document(
        schema=SCHEMA,
        version=version,
        date=explainer.today.isoformat(),
        input=InputFacts(name, kind),
        verdict=verdict,
        cause=cause,
        explanations=told,
        missing=missing,
        session=session,
        bounce=bounce,
        log=log,
    )
