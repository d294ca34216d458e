"""DMARC records beyond doubt, which nearly all are: read without the grammars that the others need.

Every tag is known or historic, comes once and has a value that means itself; every report address is a plain mailto URI;
no character is there that could be something else. `dmarc.read` and `dmarc_mend.mend` have their straight path for these,
and go the careful way for any other text. A test holds both ways together.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from scanner.records.checkdmarc_adapter import CANONICAL, is_plain_mailto
from scanner.records.dmarc_tags import HISTORIC_TAGS, LONGEST_CACHED, REPORT_TAGS

__all__ = ["plain_tags"]


def plain_tags(text: str) -> Mapping[str, str] | None:
    """The tags but `v` of a record beyond doubt, in its order, with blanks between report addresses removed; else None."""
    return _plain_tags(text) if len(text) <= LONGEST_CACHED else None


@functools.lru_cache(maxsize=2048)
def _plain_tags(text: str) -> Mapping[str, str] | None:
    if not text.isascii() or not text.isprintable() or '"' in text or "\\" in text:
        return None
    version, *pieces = text.split(";")
    if version.rstrip(" ") != "v=DMARC1":
        return None
    if pieces and not pieces[-1].strip(" "):
        pieces.pop()
    tags: dict[str, str] = {}
    for piece in pieces:
        name, _, value = piece.strip(" ").partition("=")
        allowed = CANONICAL.get(name)
        if allowed is None:
            value = _addresses(value) if name in REPORT_TAGS else _historic(name, value)
        elif value not in allowed:
            return None
        if not value or name in tags:
            return None
        tags[name] = value
    return tags


def _addresses(value: str) -> str:
    """The report addresses without blanks between them; "" where one of them is not plain or comes twice."""
    if "," not in value:
        return value if is_plain_mailto(value) else ""
    uris = [uri.strip(" ") for uri in value.split(",")]
    return ",".join(uris) if all(map(is_plain_mailto, uris)) and len(set(uris)) == len(uris) else ""


def _historic(name: str, value: str) -> str:
    """The value of a historic tag; "" where the tag is none, or where another tag may stand within the value."""
    return value if name in HISTORIC_TAGS and " " not in value and "," not in value else ""
