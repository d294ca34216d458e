"""Finds out resolvers that make answers up: captive portals, resolvers that rewrite NXDOMAIN, and those that see no Internet.

Every resolver is asked once a run, beside the first real questions, for names below two top-level domains that will
never be delegated (RFC 6761 sections 6.4 and 6.5; a resolver that leaves "invalid" alone may still rewrite the other).
What it says of them, it may say of anything, so an answer that equals it proves nothing. It is also asked for a zone
that exists: one that denies it shows another DNS than the public one, as in a closed network or a laboratory, which is
told as a doubt and changes no answer. The names are made for each run, since a forger could know fixed ones; what is
found becomes part of the answers, so a replay agrees.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from scanner.dns.answer import Question, Status
from scanner.dns.reply import Reply

__all__ = ["NEVER", "Forgery", "forgery_in", "trap_questions"]

_MADE_UP: Final = (
    "the resolver answers alike for names that cannot exist, so it makes answers up:"
    " a captive portal, or a resolver that rewrites NXDOMAIN"
)
NEVER: Final = "mailready-"
"""How the first label of a name that cannot exist begins."""

_ADDRESSES: Final = ("A", "AAAA")
_TYPES: Final = (*_ADDRESSES, "TXT", "MX")
_PUBLIC: Final = Question("example.com", "SOA")
"""A zone that exists (RFC 6761 section 6.5): who denies it does not see the public DNS."""


@dataclass(frozen=True, slots=True)
class Forgery:
    """What a resolver made up.

    `records` are the (type, value) pairs it gave names that cannot exist, `targets` the names its CNAMEs led to.
    `varying` types had other records at each name, so no record of them can be told from a forged one. Of `hollow` types
    it said NODATA for every such name, so its NODATA proves nothing. `secluded`: it denies what the public DNS has.
    `example` is one forged answer in words, "" where nothing was made up.
    """

    records: frozenset[tuple[str, str]] = frozenset()
    targets: frozenset[str] = frozenset()
    varying: frozenset[str] = frozenset()
    hollow: frozenset[str] = frozenset()
    secluded: bool = False
    example: str = ""

    def objection(self, type_: str, reply: Reply) -> str:
        """Why a reply to a question of this type may be made up, or ""."""
        aliases = [link.target for link in reply.links]
        if type_ == "CNAME":
            aliases += [value.removesuffix(".") for value in reply.values]
        if not self.targets.isdisjoint(aliases):
            return _MADE_UP
        if reply.status is Status.NODATA:
            return _MADE_UP if self._like(type_) in self.hollow else ""
        if reply.status is Status.NOERROR and self._made(type_, reply.values):
            return _MADE_UP
        return ""

    def _like(self, type_: str) -> str:
        """The type by which one that was not tried is judged."""
        return type_ if type_ in _TYPES else "TXT"

    def _made(self, type_: str, values: Sequence[str]) -> bool:
        if type_ not in _TYPES:
            # Who makes up more than addresses makes up all types.
            return any(made not in _ADDRESSES for made, _ in self.records)
        return type_ in self.varying or any((type_, value) in self.records for value in values)


def trap_questions() -> list[Question]:
    """The questions that show whether a resolver makes answers up, with fresh names."""
    names = [f"{NEVER}{secrets.token_hex(6)}.{tld}" for tld in ("invalid", "example")]
    return [*(Question(name, type_) for type_ in _TYPES for name in names), _PUBLIC]


def forgery_in(replies: Mapping[Question, Reply]) -> Forgery | None:
    """What replies to `trap_questions` show; None where they show nothing, as those that failed do."""
    public = replies.get(_PUBLIC)
    secluded = public is not None and public.status in (Status.NXDOMAIN, Status.NODATA)
    spoken = {
        question: reply
        for question, reply in replies.items()
        if question != _PUBLIC and (reply.status is None or reply.status in _SPOKEN)
    }
    made = {question: reply for question, reply in spoken.items() if reply.values or reply.links}
    hollow = {question.type for question, reply in spoken.items() if reply.status is Status.NODATA}
    hollow -= {question.type for question, reply in spoken.items() if reply.status is not Status.NODATA}
    if not made and not hollow and not secluded:
        return None
    return Forgery(
        records=frozenset((question.type, value) for question, reply in made.items() for value in reply.values),
        targets=frozenset(link.target for reply in made.values() for link in reply.links),
        varying=frozenset(type_ for type_ in _TYPES if _varies([r for q, r in made.items() if q.type == type_])),
        hollow=frozenset(hollow),
        secluded=secluded,
        example=_example(made)
        if made
        else f"the {', '.join(sorted(hollow))} of each is said to be empty"
        if hollow
        else "",
    )


_SPOKEN: Final = (Status.NOERROR, Status.NODATA, Status.NXDOMAIN)


def _varies(replies: Sequence[Reply]) -> bool:
    values = [set(reply.values) for reply in replies if reply.values]
    return len(values) > 1 and not set.intersection(*values)


def _example(made: Mapping[Question, Reply]) -> str:
    for question, reply in made.items():
        if reply.values:
            return f"{question.type} of {question.name} is {reply.values[0][:80]}"
    question, reply = next(iter(made.items()))
    return f"{question.name} is an alias of {reply.links[0].target}"
