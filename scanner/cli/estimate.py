"""What a list will cost: the questions of a domain that is set up for Microsoft 365, counted by scanning two of them.

The two are made up and answer from memory. What is asked for both is shared between domains, and asked once a run.
"""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rules.results import Target
from scanner.dns.answer import Answer, Link, Question, Status
from scanner.dns.patience import Patience
from scanner.dns.source import Told
from scanner.plan import Plan
from scanner.scan import scan_domain, scan_options

__all__ = ["Cost", "cost_of", "estimate_lines"]

RATES: Final = (1_000, 10_000, 50_000)
"""Questions a second: a public resolver that is not to be annoyed, one nearby, one on the same machine."""
ROUND_TRIP: Final = 0.02

_KEY: Final = "v=DKIM1; k=rsa; p=" + "A" * 392
_INCLUDED: Final = "spf.protection.outlook.com"


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one domain: questions of its own, questions shared with others, and rounds, each a round trip."""

    own: int
    shared: int
    rounds: int

    def questions(self, domains: int) -> int:
        """For a list; what is shared is asked once."""
        return domains * self.own + self.shared


@dataclass(slots=True)
class _Typical:
    """Answers as the zones of two well-kept Microsoft 365 domains do, and remembers what was asked."""

    answers: Mapping[Question, Answer]
    name: str = "typical domains"
    asked: dict[Question, None] = field(default_factory=dict)
    rounds: int = 0

    async def ask(self, questions: Sequence[Question], patience: Patience | None = None) -> list[Answer]:
        self.rounds += 1
        self.asked.update(dict.fromkeys(questions))
        return [self.answers.get(question) or Answer(question, Status.NXDOMAIN) for question in questions]

    def told(self) -> Told:
        return Told()

    async def close(self) -> None:
        """There is nothing to free."""


def cost_of(plans: Mapping[str, Plan], profile: str) -> Cost:
    """What the profile asks of a domain that is set up for Microsoft 365."""
    options = scan_options(plans, profile=profile, today=datetime.date(2026, 1, 1))
    asked: list[set[Question]] = []
    rounds = 0
    for domain in ("contoso.example", "fabrikam.example"):
        source = _Typical({answer.question: answer for answer in _zone(domain)})
        asyncio.run(scan_domain(Target(domain=domain), source, options))
        asked.append(set(source.asked))
        rounds = source.rounds
    shared = len(asked[0] & asked[1])
    return Cost(own=len(asked[0]) - shared, shared=shared, rounds=rounds)


def estimate_lines(cost: Cost, domains: int | None, concurrency: int, workers: int) -> Iterator[str]:
    """The estimate in words; `domains` is about how many the list has, None where nobody knows."""
    yield f"A domain that is set up for Microsoft 365 takes {cost.own} questions of its own in {cost.rounds} rounds,"
    yield f"and {cost.shared} of names that domains share, which are asked once a run."
    if domains is None:
        return
    questions = cost.questions(domains)
    yield f"For about {domains:,} such domains: {questions:,} questions."
    for rate in RATES:
        yield f"  at {rate:,} questions a second: {_span(questions / rate)}"
    waiting = domains * cost.rounds * ROUND_TRIP / (concurrency * workers)
    under_way = f"{concurrency * workers:,} domains under way (--concurrency{', --workers' if workers > 1 else ''})"
    yield f"  with {under_way} and {1000 * ROUND_TRIP:.0f} ms a round: {_span(waiting)} of waiting"
    yield "Domains with damaged or missing records take more questions, and silent servers up to --timeout each."


def _zone(domain: str) -> Iterator[Answer]:
    dashed = domain.replace(".", "-")
    exchange = f"{dashed}.mail.protection.outlook.com"
    yield _answer(domain, "MX", f"0 {exchange}.")
    yield _answer(exchange, "A", "192.0.2.10")
    yield _answer(exchange, "AAAA", "2001:db8::10")
    yield _answer(domain, "NS", "ns1.host.example.", "ns2.host.example.")
    yield _answer(domain, "TXT", f"v=spf1 include:{_INCLUDED} -all")
    yield _answer(_INCLUDED, "TXT", "v=spf1 ip4:198.51.100.0/24 -all")
    yield _answer(f"_dmarc.{domain}", "TXT", f"v=DMARC1; p=reject; rua=mailto:dmarc@{domain}")
    for selector in ("selector1", "selector2"):
        name, end = f"{selector}._domainkey.{domain}", f"{selector}-{dashed}._domainkey.contoso.onmicrosoft.com"
        yield Answer(Question(name, "TXT"), Status.NOERROR, (_KEY,), chain=(Link(name, end, 300),))


def _answer(name: str, type_: str, *values: str) -> Answer:
    return Answer(Question(name, type_), Status.NOERROR, values)


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 1 else "under a second"
    if seconds < 5400:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.1f} hours"
