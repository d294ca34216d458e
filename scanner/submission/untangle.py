r"""Undoes what mail programs, terminals and tickets did to a reply, so that it reads as the server sent it.

Escaped line ends (`\r\n` as four letters), Python bytes, JSON strings, HTML, quote marks, wrapped lines, curly quotes,
and the codes that SMTP repeats at the start of every line of a long reply (RFC 5321 section 4.2.1).
"""

from __future__ import annotations

import html
import re
from typing import Final

__all__ = ["one_line", "searchable", "untangle"]

_QUOTES: Final = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "‚": "'",
        "‛": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "\xa0": " ",
        "\u200b": "",
        "\ufeff": "",
        "–": "-",
        "—": "-",
        "‑": "-",
    }
)
_ESCAPED_ENDS: Final = re.compile(r"(?:\\r)?\\n|\\r|\\u000[dD]\\u000[aA]")
_EMPTY_LINES: Final = re.compile(r"\n[ \t\r]{0,80}(?:\n[ \t\r]{0,80}){2,}")
_BROKEN_BYTES: Final = re.compile(r"['\"]\s*\n\s*b?['\"]")
_TAGS: Final = re.compile(
    r"<(/?)(br|p|div|span|b|i|u|strong|em|code|pre|td|tr|table|li|ul|font|a)\b[^<>]{0,400}>", re.I
)
_ENTITY: Final = re.compile(r"&(?:#\d{1,6}|#x[0-9a-f]{1,5}|lt|gt|amp|quot|apos|nbsp);", re.I)
_CONTINUED: Final = re.compile(r"(?<![\d.])([245]\d\d)[- ](?:([245]\.\d\.\d{1,3})[ \t]+)?")


def untangle(text: str) -> str:
    """The text with line ends, quotes and markup restored; line ends stay."""
    text = text.translate(_QUOTES)
    if "\\" in text:
        text = _ESCAPED_ENDS.sub("\n", text).replace('\\"', '"').replace("\\'", "'").replace("\\/", "/")
    if "<" in text:
        text = _TAGS.sub(lambda tag: "\n" if tag[2].lower() in ("br", "p", "div", "tr", "li") else " ", text)
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    return _BROKEN_BYTES.sub(" ", _EMPTY_LINES.sub("\n\n", text))


def one_line(text: str) -> str:
    """The text on one line, without the codes that SMTP repeats on the further lines of one reply."""
    text = " ".join(text.split())
    first = _CONTINUED.search(text)
    if first is None:
        return text
    code, status = first[1], first[2]
    begin = first.end()

    def drop(match: re.Match[str]) -> str:
        same = match[1] == code and (match[2] is None or match[2] == status)
        is_continuation = match[0][3] == "-" or match[2] is not None
        return "" if same and is_continuation else match[0]

    return text[:begin] + _CONTINUED.sub(drop, text[begin:])


def searchable(text: str) -> str:
    """One line in lower case, as phrases are compared."""
    return one_line(text).lower()
