"""Extended DNS errors (RFC 8914): what a resolver says of its own accord about an answer, in words.

They ride in the OPT record beside any response code, so a message with one proves less than its code says: an answer
that the resolver blocked is no NXDOMAIN, whatever it claims.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import dns.edns
import dns.message

__all__ = ["ExtendedError", "blocked", "bogus", "extended_errors", "stale", "words_of"]

# RFC 8914 section 5.2 and the registry it founded: https://www.iana.org/assignments/dns-parameters
_TITLES: Final[Mapping[int, str]] = {
    0: "other error",
    1: "unsupported DNSKEY algorithm",
    2: "unsupported DS digest type",
    3: "stale answer",
    4: "forged answer",
    5: "DNSSEC indeterminate",
    6: "DNSSEC bogus",
    7: "signature expired",
    8: "signature not yet valid",
    9: "DNSKEY missing",
    10: "RRSIGs missing",
    11: "no zone key bit set",
    12: "NSEC missing",
    13: "cached error",
    14: "not ready",
    15: "blocked",
    16: "censored",
    17: "filtered",
    18: "prohibited",
    19: "stale NXDOMAIN answer",
    20: "not authoritative",
    21: "not supported",
    22: "no reachable authority",
    23: "network error",
    24: "invalid data",
    25: "signature expired before valid",
    26: "too early",
    27: "unsupported NSEC3 iterations value",
    28: "unable to conform to policy",
    29: "synthesized",
    30: "invalid query type",
}

_DNSSEC: Final = frozenset({1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 25, 27})
_BLOCKED: Final = frozenset({4, 15, 16, 17, 18})
_STALE: Final = frozenset({3, 19})
_UNREACHABLE: Final = frozenset({22, 23})
_MEANINGS: Final[tuple[tuple[frozenset[int], str], ...]] = (
    (_DNSSEC, "fails DNSSEC validation"),
    (_BLOCKED, "blocked by the resolver, so nothing is known of the name itself"),
    (_STALE, "stale: the zone's name servers did not answer, and the resolver repeats what it knew before"),
    (_UNREACHABLE, "the resolver reached no name server of the zone"),
)
_MOST: Final = 3
"""Errors told of one message."""
_LONGEST_TEXT: Final = 120


@dataclass(frozen=True, slots=True)
class ExtendedError:
    """A code of the registry and the text that the resolver added, which is as hostile as all it says."""

    code: int
    text: str = ""

    def __str__(self) -> str:
        words = f"extended error {self.code}, {_TITLES.get(self.code, 'not registered')}"
        text = " ".join(self.text.split())
        if len(text) > _LONGEST_TEXT:
            text = text[:_LONGEST_TEXT] + "..."
        return f"{words}: {text}" if text else words


def extended_errors(message: dns.message.Message) -> tuple[ExtendedError, ...]:
    """The extended errors of a message, each once, in its order."""
    if not message.options:
        return ()
    return tuple(
        dict.fromkeys(
            ExtendedError(int(option.code), option.text or "")
            for option in message.options
            if isinstance(option, dns.edns.EDEOption)
        )
    )


def words_of(errors: Iterable[ExtendedError]) -> str:
    """What errors mean, the gravest first, and how the resolver put them; "" without any."""
    told = tuple(errors)
    meaning = next((words for codes, words in _MEANINGS if any(error.code in codes for error in told)), "")
    listed = "; ".join(map(str, told[:_MOST]))
    return f"{meaning} ({listed})" if meaning else listed


def blocked(errors: Iterable[ExtendedError]) -> bool:
    """The resolver did not pass on what the zone says (blocked, censored, filtered, prohibited, forged)."""
    return any(error.code in _BLOCKED for error in errors)


def bogus(errors: Iterable[ExtendedError]) -> bool:
    """The resolver has the answer and may not vouch for it (RFC 4035 section 4.3)."""
    return any(error.code in _DNSSEC for error in errors)


def stale(errors: Iterable[ExtendedError]) -> bool:
    """The answer's time to live has passed, and no authority confirmed it (RFC 8767)."""
    return any(error.code in _STALE for error in errors)
