"""What this checks: who answers for the zone that holds the domain, so that a report can say where to publish.

Asked: NS at the domain; where it is no zone of its own, NS at each parent up to the registrable domain, all at once.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from rules.facts import Dns, Host, Profile, Unknown
from rules.results import Target
from scanner.dns.answer import Answer, Question
from scanner.probes.probe import Ask, Collected, Observations, Probe, Rounds
from scanner.providers import dns_provider

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

__all__ = ["PROBE", "DnsObservation", "parents"]

MOST_PARENTS: Final = 20
"""Levels above a domain at which name servers are asked for."""


class DnsObservation(msgspec.Struct, frozen=True, gc=False):
    """NS answers, the domain's own first, then its parents', nearest first; empty where nothing was wanted."""

    answers: tuple[Answer, ...] = ()
    cut_short: bool = False


@functools.cache
def _public_suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList

    # Suffixes of hosting companies are zones of those companies, where the search must go on.
    return PublicSuffixList(only_icann=True)


def parents(domain: str) -> list[str]:
    """The names above a domain, nearest first, down to the registrable domain; none for one of two labels."""
    labels = domain.split(".")
    if len(labels) <= 2:
        return []
    registrable = _public_suffixes().privatesuffix(domain)
    if not registrable:
        return []
    above = [".".join(labels[start:]) for start in range(1, len(labels))]
    return above[: above.index(registrable) + 1] if registrable in above else []


def _collect(target: Target, wanted: frozenset[str]) -> Rounds[DnsObservation]:
    if _FACTS.isdisjoint(wanted):
        return DnsObservation()
    (own,) = yield [Question(target.domain, "NS")]
    if not own.known or _holds_zone(own):
        return DnsObservation((own,))
    above = parents(target.domain)
    asked = above[:MOST_PARENTS]
    answers: Sequence[Answer] = (yield [Question(name, "NS") for name in asked]) if asked else ()
    return DnsObservation((own, *answers), cut_short=len(asked) < len(above))


def _holds_zone(answer: Answer) -> bool:
    """The name has name servers of its own; an alias leads to those of another zone."""
    return answer.known and not answer.absent and not answer.chain


def _name_servers(observed: DnsObservation) -> tuple[Host, ...] | Unknown:
    for answer in observed.answers:
        if not answer.known:
            return answer.unknown()
        if _holds_zone(answer):
            return tuple(sorted({Host(value.strip().lower().removesuffix(".")) for value in answer.values}))
    if observed.cut_short:
        return Unknown(f"the zone lies more than {MOST_PARENTS} levels above the domain")
    return ()


def _fold(target: Target, observations: Observations, profile: Profile) -> Collected:
    observed: DnsObservation = observations["dns"]
    if not observed.answers:
        return Collected(Dns())
    servers = _name_servers(observed)
    provider: Any = servers if isinstance(servers, Unknown) else dns_provider(servers)
    asked = tuple([answer.question for answer in observed.answers])
    return Collected(Dns(provider=provider, nameservers=servers), {(): asked})


_FACTS: Final = frozenset({"dns.provider", "dns.nameservers"})

PROBE = Probe(
    subject="dns",
    asks=(
        Ask("NS", "{domain}", _FACTS),
        Ask(
            "NS",
            "<each parent up to the registrable domain>",
            _FACTS,
            shared=True,
            when="where the domain is not a zone of its own",
        ),
    ),
    collect=_collect,
    fold=_fold,
)
