"""Which entry of the catalogue a reply is: by its words, its code, and whose server said it.

The host decides what a number means: an entry of Gmail's does not hold at Microsoft by its number, and the other way
round. Words that only one family uses name the family by themselves. Of several entries the most telling one wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from scanner.submission.catalogue import Catalogue, Entry
from scanner.submission.replies import Reply

__all__ = ["Match", "best_in_words", "best_match", "claimed_elsewhere"]

_NAMED_BY_WORDS: Final = 18
"""Characters of a phrase that names its family by itself; shorter ones count only where the family is known."""
_SHORT: Final = 8
"""Shorter phrases must end where a word ends."""
_WHOLE_TEXT: Final = 12
"""Characters of a phrase that is believed in a text without any code."""
_ANYWHERE: Final = frozenset({"generic"})


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that a reply fits. `certain` is false where only the number, or only the words, speak for it."""

    entry: Entry
    score: int
    certain: bool

    @property
    def rank(self) -> int:
        """How much the entry says: 4 a cause, 3 a cause with several reasons, 2 common words, 1 a wrapper."""
        if self.entry.wrapper:
            return 1
        if self.entry.weak:
            return 2
        return 3 if self.entry.unspecific else 4


def best_match(reply: Reply, catalogue: Catalogue) -> Match | None:
    """The entry that tells most about a reply; None where no entry fits it."""
    chain = _chain(reply.family, catalogue)
    found = [match for entry in catalogue.entries if (match := _match(entry, reply, chain, catalogue))]
    return max(found, key=lambda match: match.score, default=None)


def best_in_words(low: str, catalogue: Catalogue, family: str = "") -> Match | None:
    """The entry whose words are in a text that has no code (it was cut off, or a library speaks)."""
    chain = _chain(family, catalogue)
    best: Match | None = None
    for entry in catalogue.entries:
        phrase = _longest(entry.text, low)
        if not phrase or entry.weak:
            continue
        needed = (
            0
            if _telling(phrase)
            else {"client": 0, "generic": _WHOLE_TEXT}.get(
                entry.family, 0 if entry.family in chain else _NAMED_BY_WORDS
            )
        )
        if len(phrase) < needed:
            continue
        score = len(phrase) + (0 if entry.family in _ANYWHERE else 40 if entry.family == "client" else 80)
        score -= 60 if entry.wrapper or entry.unspecific else 0
        if best is None or score > best.score:
            best = Match(entry, score, certain=entry.family == "client" or len(phrase) >= _NAMED_BY_WORDS)
    return best


def claimed_elsewhere(reply: Reply, catalogue: Catalogue) -> list[Entry]:
    """Entries of named families that mean something by this status code, for a reply whose host is not known."""
    return [
        entry
        for entry in catalogue.entries
        if entry.family not in ("generic", "client")
        and entry.code_alone
        and not entry.weak
        and entry.fits_status(reply.status)
        and not (entry.replies and reply.code and reply.code not in entry.replies)
    ]


def _chain(family: str, catalogue: Catalogue) -> tuple[str, ...]:
    known = catalogue.family(family)
    return (family, *known.also) if known else ()


def _match(entry: Entry, reply: Reply, chain: tuple[str, ...], catalogue: Catalogue) -> Match | None:
    phrase = _longest(entry.text, reply.low)
    status = entry.fits_status(reply.status)
    code = reply.code in entry.replies
    score = min(len(phrase), 60) + (50 if status else 0) + (20 if code else 0)
    if entry.statuses and reply.status and not status:
        score -= 40
    score -= 150 if entry.wrapper else 0
    if entry.family == "client":
        return Match(entry, (110 if entry.unspecific else 170) + score, certain=True) if phrase else None
    if entry.family in _ANYWHERE:
        return _generic(entry, reply, phrase, score, status=status, code=code)
    return _named(entry, reply, phrase, score, chain, catalogue, status=status)


def _named(
    entry: Entry,
    reply: Reply,
    phrase: str,
    score: int,
    chain: tuple[str, ...],
    catalogue: Catalogue,
    *,
    status: bool,
) -> Match | None:
    """An entry of a family of hosts."""
    at_home = entry.family in chain
    first = 10 if chain and entry.family == chain[0] else 0
    other_code = reply.code and entry.replies and reply.code not in entry.replies
    if phrase and (at_home or len(phrase) >= _NAMED_BY_WORDS):
        conflict = bool(reply.status and entry.statuses and not status) or bool(other_code)
        if at_home or not conflict:
            return Match(entry, 400 + score + first - (0 if at_home else 120) - (150 if conflict else 0), certain=True)
    if not status or other_code or (reply.family and not at_home):
        return None
    if any(word in reply.low for word in entry.words):
        elsewhere = 0 if at_home else 120 if _registered(reply, catalogue) else 40
        return Match(entry, 300 + score + first - elsewhere, certain=at_home)
    if entry.code_alone and (at_home or _only_claim(entry, reply, catalogue)):
        return Match(entry, (40 if entry.weak else 260) + score + first - (0 if at_home else 60), certain=at_home)
    return None


def _only_claim(entry: Entry, reply: Reply, catalogue: Catalogue) -> bool:
    """No standard and no other family gives the code a meaning, so that it names its host."""
    if _registered(reply, catalogue):
        return False
    return {other.family for other in claimed_elsewhere(reply, catalogue)} == {entry.family}


def _registered(reply: Reply, catalogue: Catalogue) -> bool:
    """IANA's registry gives the status code a meaning of its own."""
    return reply.status.partition(".")[2] in catalogue.codes.details


def _telling(phrase: str) -> bool:
    """One word with digits, such as an error number, names its family however short."""
    return len(phrase) >= 10 and " " not in phrase and any(map(str.isdigit, phrase))


def _generic(entry: Entry, reply: Reply, phrase: str, score: int, *, status: bool, code: bool) -> Match | None:
    """An entry that holds at any host."""
    fits = status or code or not (entry.replies or entry.statuses)
    same_class = reply.code // 100 in {number // 100 for number in entry.replies} if reply.code else bool(reply.status)
    base = 60 if entry.weak else 200
    if phrase and (fits or (same_class and len(phrase) >= _WHOLE_TEXT)):
        return Match(entry, base + score, certain=not entry.weak)
    coded = status or (code and not reply.status)
    if entry.words and coded and any(word in reply.low for word in entry.words):
        return Match(entry, base - 20 + score, certain=not entry.weak)
    alone = status or (code and not reply.status and len(entry.replies) == 1)
    if len(entry.replies) == 1 and not code:
        return None
    if entry.code_alone and alone and not (entry.replies and reply.code and not code):
        return Match(entry, (0 if entry.weak else 100) + score, certain=False)
    return None


def _longest(phrases: tuple[str, ...], low: str) -> str:
    """The longest phrase that is in the text at the edges of words; empty where none is."""
    best = ""
    for phrase in phrases:
        if len(phrase) > len(best) and phrase in low and _at_words(phrase, low):
            best = phrase
    return best


def _at_words(phrase: str, low: str) -> bool:
    start = low.find(phrase)
    while start >= 0:
        end = start + len(phrase)
        begins = not phrase[0].isalnum() or start == 0 or not low[start - 1].isalnum()
        ends = len(phrase) >= _SHORT or not phrase[-1].isalnum() or end == len(low) or not low[end].isalnum()
        if begins and ends:
            return True
        start = low.find(phrase, start + 1)
    return False
