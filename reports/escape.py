r"""The one place that escapes. Whatever comes from DNS, from a list or from a stored report is hostile until it went
through here, once, for the output it goes to.

Everything that is shown goes through `visible` first: characters that a reader cannot see, or that move text about
(controls, terminal escapes, bidirectional marks, zero-width characters, odd blanks), become their Python escape, such
as `\x1b` or `\u202e`. What remains is escaped for the output: HTML by Jinja's autoescape on top of `visible`
(reports/theme.py), Markdown, CSV and JSON in a script element by the functions below. A terminal needs no more than
`visible`, given that rich's markup is never interpreted (reports/terminal.py hands it Text, never markup).
"""

from __future__ import annotations

import re
from typing import Final

__all__ = [
    "csv_cell",
    "https_link",
    "markdown_block",
    "markdown_code",
    "markdown_text",
    "script_json",
    "shorten",
    "terminal",
    "visible",
]

# Controls, blanks other than the space, format characters (Cf), line and paragraph separators, variation selectors
# and fillers that show as nothing, surrogates, private use, non-characters. Unicode 16, by category.
_HIDDEN: Final = (
    "\x00-\x1f\x7f-\xa0\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u1680\u17b4\u17b5"
    "\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ud800-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\ufffb\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000efffe-\U0010ffff"
) + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 14))
_HIDDEN_CHARACTER: Final = re.compile(f"[{_HIDDEN}]")


def visible(text: str) -> str:
    r"""`text` on one line with every hidden character as its escape: `\x0a`, `\xa0`, `\u202e`, `\U000e0041`."""
    return _HIDDEN_CHARACTER.sub(_escape, text)


def terminal(text: str) -> str:
    """`text` for a terminal: it cannot move the cursor, colour, ring, or rename the window. Not for rich's markup."""
    return visible(text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def shorten(text: str, limit: int) -> str:
    """`visible(text)` of at most `limit` characters; where it is longer, its beginning with a note of the true length.

    Costs no more for a megabyte than for `limit` characters.
    """
    shown = visible(text[:limit])
    if len(text) <= limit and len(shown) <= limit:
        return shown
    return f"{shown[:limit]}… ({len(text):,} characters in all)"


# A word with one of these would be, or on some site become, more than text: code, emphasis, links, tags, entities,
# tables, strike-through, headings and issue numbers, mentions, formulas.
_MARKDOWN_ACTIVE: Final = re.compile(
    r"[\\`*_\[\]<>&|~#@$^{}]|//|^www\.|\bwww\.|^[a-z][a-z0-9+.-]*:[^\s]", re.IGNORECASE
)
_MARKDOWN_OPENING: Final = re.compile(r"[-+=:]|[0-9]+[.)]")
_BACKTICKS: Final = re.compile("`+")


def markdown_text(text: str) -> str:
    """Running text for Markdown on one line. Words that any dialect could take for markup become code spans,
    so that they read and copy as they are, even where a ticket system shows the source.
    """
    pieces: list[str] = []
    held: list[str] = []  # neighbouring words that share a code span
    for word in visible(text.replace("\n", " ")).split(" "):
        if not word:
            continue
        if _MARKDOWN_ACTIVE.search(word) or (not pieces and not held and _MARKDOWN_OPENING.match(word)):
            held.append(word)
            continue
        if held:
            pieces.append(markdown_code(" ".join(held)))
            held = []
        pieces.append(word)
    if held:
        pieces.append(_code_with_outer_stop(" ".join(held)))
    return " ".join(pieces)


def _code_with_outer_stop(text: str) -> str:
    body = text.rstrip(".,;:")
    if body and len(text) - len(body) == 1 and text.endswith("."):
        return markdown_code(body) + "."
    return markdown_code(text)


def markdown_code(text: str) -> str:
    """A code span that nothing inside can end (CommonMark section 6.1)."""
    shown = visible(text)
    if not shown.strip():
        return "(empty)"
    fence = "`" * (_longest_run(shown) + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def markdown_block(lines: list[str]) -> str:
    """A fenced code block that nothing inside can end (CommonMark section 4.5); a line each, with its end."""
    shown = [visible(line) for line in lines]
    fence = "`" * max(3, 1 + max((_longest_run(line) for line in shown), default=0))
    return "\n".join([fence, *shown, fence]) + "\n"


def _longest_run(text: str) -> int:
    return max(map(len, _BACKTICKS.findall(text)), default=0)


_FORMULA: Final = re.compile(r"^[\s'\"]*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n]")
_FORMULA_BEHIND_SEMICOLON: Final = re.compile(r";(?=[\s'\"]*[=+\-@\uff1d\uff0b\uff0d\uff20])")


def csv_cell(text: str) -> str:
    r"""`text` as a cell that spreadsheets take for text.

    What begins like a formula (`= + - @`, tab, CR, also behind blanks and quotes) gets a leading `'`. So does what
    follows a semicolon, because a spreadsheet whose list separator is `;` begins a new cell there.
    """
    guarded = "'" + visible(text) if _FORMULA.match(text) else visible(text)
    return _FORMULA_BEHIND_SEMICOLON.sub(";'", guarded)


_HTTPS: Final = re.compile(
    r"https://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?(?:[/?#][A-Za-z0-9/?#:@!$&'()*+,;=._~%-]*)?",
    re.IGNORECASE,
)


def https_link(url: str) -> str:
    """`url` if it is an absolute https URL of plain characters and without user information, else ""."""
    return url if len(url) <= 2000 and _HTTPS.fullmatch(url) else ""


_SCRIPT_UNSAFE: Final = re.compile(f"[<>&{_HIDDEN}]")


def script_json(data: bytes) -> str:
    r"""JSON text for a script element: `<`, `>`, `&` and hidden characters as `\uXXXX`.

    Compact JSON has these only inside its strings, where such an escape means the character itself.
    """
    return _SCRIPT_UNSAFE.sub(_json_escape, data.decode("utf-8").strip())


def _json_escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
