"""Questions and answers: what every Source takes and gives.

An answer never raises for what DNS did. Its status says whether the world spoke (NOERROR, NODATA, NXDOMAIN)
or could not be understood (everything else), and only the former proves anything.

They are msgspec structs because a scan makes and looks up some fifty of them: an Answer costs 0.15 us to make, a dataclass
of its size 1.6 us; a Question as a key a quarter of what a dataclass costs. They hold nothing that could refer back to
them, so the garbage collector need not look.
"""

from __future__ import annotations

import codecs
import datetime
import enum
import functools
import re
import time
from collections.abc import Sequence
from typing import Final

import msgspec

from rules.facts import Unknown

__all__ = [
    "MAX_CHAIN",
    "Answer",
    "Link",
    "Question",
    "Status",
    "bytes_of_text",
    "chain_fault",
    "instant",
    "several_cnames",
    "text_of_bytes",
]

MAX_CHAIN: Final = 16
"""CNAMEs that are followed from one name; resolvers have limits of the same order."""


class Status(enum.StrEnum):
    """How a question ended. With a CNAME chain it describes the chain's end (RFC 6604)."""

    NOERROR = "NOERROR"
    NODATA = "NODATA"
    NXDOMAIN = "NXDOMAIN"
    SERVFAIL = "SERVFAIL"
    REFUSED = "REFUSED"
    TIMEOUT = "TIMEOUT"
    MALFORMED = "MALFORMED"
    NOT_RECORDED = "NOT_RECORDED"


class Question(msgspec.Struct, frozen=True, order=True, gc=False):
    """A name in presentation form (A-labels, lower case, no final dot; "." is the root) and a type mnemonic such as "MX".

    Ordered by name, then type.
    """

    name: str
    type: str


class Link(msgspec.Struct, frozen=True, gc=False):
    """One CNAME on the way: `name` is an alias of `target` (both without final dot)."""

    name: str
    target: str
    ttl: int | None = None


def chain_fault(chain: Sequence[Link]) -> str:
    """Why a chain leads nowhere, or "": it comes back to a name, or has more than MAX_CHAIN links.

    Such a chain ends in the link that shows the fault, so that the CNAMEs alone tell the whole answer.
    """
    if not chain:
        return ""
    last = chain[-1].target
    if len(chain) == 1 and chain[0].name != last:
        return ""
    if any(link.name == last for link in chain):
        return f"CNAME loop at {last}"
    if len(chain) > MAX_CHAIN:
        return f"more than {MAX_CHAIN} CNAMEs in a row from {chain[0].name}"
    return ""


def several_cnames(number: int) -> str:
    """Why a name with more than one CNAME answers nothing."""
    return f"{number} CNAME records at one name; one is allowed (RFC 2181 section 10.1)"


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What a Source answered.

    `values` are in RFC 1035 presentation form, sorted, host names with a final dot; a TXT is its joined character-strings,
    unquoted, as `text_of_bytes` writes them, and `strings` keeps their boundaries where a record had more than one.
    `ttl` is in seconds (of the set; for NODATA and NXDOMAIN the negative TTL of RFC 2308), None where not told.
    `at` is UTC in RFC 3339 form. `reason` explains an unknown.
    """

    question: Question
    status: Status
    values: tuple[str, ...] = ()
    ttl: int | None = None
    chain: tuple[Link, ...] = ()
    ad: bool = False
    server: str = ""
    at: str = ""
    reason: str = ""
    strings: tuple[tuple[str, ...], ...] | None = None

    @property
    def known(self) -> bool:
        """The answer proves presence or absence."""
        return self.status in _KNOWN

    @property
    def absent(self) -> bool:
        """Proved: no such records at the chain's end. A CNAME that was seen is in `chain` all the same."""
        return self.status in _ABSENT

    @property
    def owner(self) -> str:
        """The name at the chain's end, which owns `values`."""
        return self.chain[-1].target if self.chain else self.question.name

    def unknown(self) -> Unknown:
        """Why nothing is known, as facts and reports show it; only for answers that are not `known`."""
        words = f"{self.status} for {self.question.type} {self.question.name}"
        if self.status is Status.NOT_RECORDED:
            words = f"not recorded: {self.question.type} {self.question.name}"
        if self.server:
            words += f" from {self.server}"
        return Unknown(f"{words} ({self.reason})" if self.reason else words)


_KNOWN = frozenset({Status.NOERROR, Status.NODATA, Status.NXDOMAIN})
_ABSENT = frozenset({Status.NODATA, Status.NXDOMAIN})


def instant() -> str:
    """The time of day as an Answer has it: UTC, in seconds."""
    return _instant_of(int(time.time()))


@functools.lru_cache(maxsize=4)
def _instant_of(second: int) -> str:
    return datetime.datetime.fromtimestamp(second, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_ESCAPE = re.compile(r"\\([0-9]{3})")


def _decimal(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return "".join(f"\\{octet:03d}" for octet in error.object[error.start : error.end]), error.end


codecs.register_error("mailready-decimal", _decimal)


def text_of_bytes(data: bytes) -> str:
    r"""A TXT's octets as evidence shows them: valid UTF-8 stays, other octets are `\ddd`, a backslash is `\092`."""
    return data.replace(b"\\", b"\\092").decode("utf-8", "mailready-decimal")


def bytes_of_text(text: str) -> bytes:
    r"""The octets that `text` stands for; a backslash without three digits up to 255 behind it is itself."""
    pieces: list[bytes] = []
    end = 0
    for match in _ESCAPE.finditer(text):
        octet = int(match[1])
        if octet > 255:
            continue
        pieces += [text[end : match.start()].encode("utf-8", "surrogatepass"), bytes([octet])]
        end = match.end()
    pieces.append(text[end:].encode("utf-8", "surrogatepass"))
    return b"".join(pieces)
