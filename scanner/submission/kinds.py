"""Tells what an input is from its beginning: a log and of which program, a bounce, a session's transcript, or plain text."""

from __future__ import annotations

import re
from typing import Final, Literal

from scanner.submission.transcripts import looks_like_session

__all__ = ["Kind", "LogFormat", "log_format", "looks_like_message"]

LogFormat = Literal["postfix", "exim", "exchange", "lines"]
Kind = Literal["text", "transcript", "bounce", "log"]

_POSTFIX: Final = re.compile(
    r"^\S.{0,120}? (?:postfix[\w./-]*|\S{1,30}/(?:smtpd?|qmgr|lmtp|error))\[\d+\]: ", re.MULTILINE
)
_POSTFIX_DELIVERY: Final = re.compile(r"\bstatus=(?:sent|deferred|bounced)\b|: from=<|sasl_username=|NOQUEUE: reject")
_EXIM: Final = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?(?: [+-]\d{4})?(?: \[\d+\])? \w{6}-\w{6,11}-\w{2,4} (?:<=|=>|->|\*\*|==|Completed)",
    re.MULTILINE,
)
_HEADER: Final = re.compile(r"\A(?:From \S+.*\r?\n)?(?:[A-Za-z][A-Za-z0-9-]{1,60}:[ \t].*\r?\n(?:[ \t].*\r?\n)*){2,}")
_MESSAGE: Final = re.compile(
    r"^(?:content-type:[ \t]*multipart/report|content-type:[ \t]*message/delivery-status|mime-version:|return-path:|received:|x-failed-recipients:|message-id:)",
    re.I | re.M,
)
_STAMP: Final = re.compile(
    r"^\W{0,3}(?:\d{4}-\d\d-\d\d[ T]\d\d:\d\d|\w{3} [ \d]\d \d\d:\d\d:\d\d|\d\d/\w{3}/\d{4}:\d\d)", re.MULTILINE
)
_FAILS: Final = re.compile(
    r"(?<![\d.])(?:[45]\d\d[ -][45]\.\d\.\d|[45]\.[0-7]\.\d{1,3}\b|(?:4[25]|5[0-5])\d[ -][A-Za-z#])"
)
_CSV: Final = re.compile(r"recipient", re.I)
_CSV_OTHER: Final = re.compile(r"sender|status|event|mail-?from", re.I)


def log_format(text: str) -> LogFormat | None:
    """The format of a log of several deliveries; None where the text is none."""
    first = next((line for line in text.splitlines() if line.strip()), "").lstrip("\ufeff")
    if first.startswith(("#Software:", "#Fields:")) or _is_table_head(first):
        return "exchange" if text.count("\n") > 0 else None
    if len(_POSTFIX.findall(text)) > 1 and len(_POSTFIX_DELIVERY.findall(text)) > 1:
        return "postfix"
    if len(_EXIM.findall(text)) > 1:
        return "exim"
    if looks_like_session(text) or looks_like_message(text):
        return None
    failing = [line for line in text.splitlines() if _FAILS.search(line)]
    if len(failing) > 2 and len([line for line in failing if _STAMP.search(line)]) > 2:
        return "lines"
    return None


def looks_like_message(text: str) -> bool:
    """The text begins with a message's header (RFC 5322)."""
    head = _HEADER.match(text[:60_000])
    return head is not None and _MESSAGE.search(head[0]) is not None


def _is_table_head(line: str) -> bool:
    cells = [cell.strip("\" '") for cell in re.split("[,;\t]", line)]
    names = len(cells) > 2 and all(len(cell) < 60 for cell in cells)
    return names and any(map(_CSV.search, cells)) and any(map(_CSV_OTHER.search, cells)) and "@" not in line
