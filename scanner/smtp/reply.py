"""Reads replies (RFC 5321 section 4.2) and what EHLO offers (section 4.1.1.1), within bounds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from scanner.dns.answer import text_of_bytes
from scanner.smtp.errors import ProtocolError
from scanner.smtp.transcript import Transcript
from scanner.smtp.wire import Wire

__all__ = ["MOST_LINES", "MOST_OCTETS", "Offer", "Reply", "read_offer", "read_reply"]

MOST_LINES: Final = 128
"""Lines of one reply that are taken; EHLO of a rich server has some twenty."""
MOST_OCTETS: Final = 65_536
"""Octets of one reply that are taken."""

_LINE: Final = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?", re.S)
_MASKED: Final = re.compile(r"X{4,}[A-Z]?|\*{4,}", re.I)
"""What some firewalls put in the place of STARTTLS (Cisco PIX and ASA: SMTP inspection)."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply: its code and its lines without it. Octets that are no UTF-8 are written `\\ddd`."""

    code: int
    lines: tuple[str, ...]
    clean: bool = True
    """All of it was UTF-8."""

    @property
    def text(self) -> str:
        """The whole reply as it stood on the wire, on one line."""
        return f"{self.code} {' '.join(self.lines)}".rstrip()

    @property
    def ok(self) -> bool:
        return 200 <= self.code < 300


@dataclass(frozen=True, slots=True)
class Offer:
    """What EHLO offers. `masked`: a keyword was overwritten on the way; `auth` in upper case; `size` in octets."""

    keywords: frozenset[str]
    auth: tuple[str, ...]
    size: int | None
    masked: bool

    @property
    def starttls(self) -> bool:
        return "STARTTLS" in self.keywords


async def read_reply(wire: Wire, transcript: Transcript, what: str) -> Reply:
    """The next reply. Raises ProtocolError for what is none, or is too much, and what the wire raises."""
    code = b""
    lines: list[str] = []
    octets = 0
    clean = True
    while True:
        line = await wire.line(what)
        octets += len(line) + 2
        if len(lines) >= MOST_LINES or octets > MOST_OCTETS:
            raise ProtocolError(
                "reply_too_long", f"{what} has more than {MOST_LINES} lines or {MOST_OCTETS // 1024} KB"
            )
        match = _LINE.fullmatch(line)
        if match is None or (code and match[1] != code):
            raise ProtocolError(
                "not_a_reply", f"{what} is no SMTP reply: {transcript.clean(text_of_bytes(line[:80]))!r}"
            )
        code = match[1]
        clean = clean and _is_utf8(line)
        text = transcript.clean(text_of_bytes(match[3] or b""))
        transcript.server(f"{code.decode()}{(match[2] or b' ').decode()}{text}")
        lines.append(text)
        if match[2] != b"-":
            return Reply(int(code), tuple(lines), clean)


def read_offer(reply: Reply) -> Offer:
    """What a reply to EHLO offers; its first line is the greeting."""
    keywords: dict[str, list[str]] = {}
    masked = False
    for line in reply.lines[1:]:
        word, *rest = line.replace("=", " ", 1).split() if line[:5].upper() == "AUTH=" else line.split() or [""]
        keyword = word.upper()
        masked = masked or _MASKED.fullmatch(keyword) is not None
        keywords.setdefault(keyword, []).extend(rest)
    size = keywords.get("SIZE", [])[:1]
    return Offer(
        keywords=frozenset(keywords),
        auth=tuple(dict.fromkeys(name.upper()[:40] for name in keywords.get("AUTH", ())))[:32],
        size=int(size[0]) if size and size[0].isascii() and size[0].isdigit() and len(size[0]) <= 18 else None,
        masked=masked,
    )


def _is_utf8(octets: bytes) -> bool:
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
