"""The tag list of a DMARC record (RFC 9989 section 4.8), split and no more: what a value means is not decided here.

checkdmarc's grammar refuses a whole record for one odd piece; RFC 9989 section 4.7 discards the piece. So each piece
between semicolons is looked at by itself, and only well-formed tags go on.
"""

from __future__ import annotations

import functools
import re

import msgspec

__all__ = [
    "HISTORIC_TAGS",
    "KNOWN_TAGS",
    "LONGEST_CACHED",
    "POLICY_TAGS",
    "REPORT_TAGS",
    "Tag",
    "counts",
    "known_tags",
    "split",
]

KNOWN_TAGS = frozenset({"v", "p", "sp", "np", "t", "psd", "adkim", "aspf", "fo", "rua", "ruf"})
"""The tags of RFC 9989 section 4.7."""
HISTORIC_TAGS = ("pct", "rf", "ri")
"""Tags of RFC 7489 that RFC 9989 made historic: new receivers ignore them, older ones honour them."""
REPORT_TAGS = ("rua", "ruf")
POLICY_TAGS = ("p", "sp", "np")

_VERSION = re.compile(r"[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|\Z)")
_TAG = re.compile(r"([A-Za-z]+)[ \t]*=[ \t]*(.*)\Z", re.DOTALL)
_SOUND = re.compile(r"[\x20-\x3a\x3c-\x7e]+\Z")
_BLANKS = " \t"
_MOST_PIECES = 500
"""Pieces of a record that are looked at: a bound for hostile ones, ten times what anybody publishes."""
LONGEST_CACHED = 2000
"""Characters of a record up to which what was made of it is remembered, so that the caches are bounded in memory."""


class Tag(msgspec.Struct, frozen=True, gc=False):
    """A piece between semicolons, blanks around it removed.

    `name` is as published, "" where the piece is no tag at all; `sound`: the value is there and printable ASCII.
    """

    text: str
    name: str = ""
    value: str = ""
    sound: bool = False

    @property
    def key(self) -> str:
        """The name in lower case: receivers and checkdmarc do not tell p from P."""
        return self.name.lower()


def counts(text: str) -> bool:
    """Whether a TXT is a DMARC record at all: its first tag is `v` with exactly the value DMARC1 (RFC 9989 section 4.10)."""
    return text.startswith("v=DMARC1;") or (text[:1] in ("v", "V") and _VERSION.match(text) is not None)


def split(text: str) -> tuple[Tag, ...]:
    """The pieces in order, the one that a final semicolon leaves empty left out."""
    return _split(text) if len(text) <= LONGEST_CACHED else _split.__wrapped__(text)


@functools.lru_cache(maxsize=2048)
def _split(text: str) -> tuple[Tag, ...]:
    pieces = text.split(";", _MOST_PIECES)[:_MOST_PIECES]
    if not pieces[-1].strip(_BLANKS):
        pieces.pop()
    return tuple(_tag(piece.strip(_BLANKS)) for piece in pieces)


def _tag(piece: str) -> Tag:
    match = _TAG.match(piece)
    if match is None:
        return Tag(piece)
    return Tag(piece, match[1], match[2], _SOUND.match(match[2]) is not None)


def known_tags(tags: tuple[Tag, ...]) -> tuple[dict[str, Tag], tuple[str, ...]]:
    """The known and historic tags by name in lower case, the first of each, and the names that come more than once."""
    first: dict[str, Tag] = {}
    twice: dict[str, None] = {}
    for tag in tags:
        if tag.key in KNOWN_TAGS or tag.key in HISTORIC_TAGS:
            if tag.key in first:
                twice[tag.key] = None
            first.setdefault(tag.key, tag)
    return first, tuple(twice)
