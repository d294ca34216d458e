"""Questions a domain, counted, against the budget: those of its own, those of names that domains share, and the rounds.

    MAILREADY_REALWORLD=DIR python benchmarks/questions.py [--domains 1000]

A question is shared if more than one domain of the load asks it; the cache then asks it once. Loads are the well-run
portfolio and, where there are record sets, real domains; a budget holds for the former.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
from collections import Counter
from collections.abc import Sequence

import portfolio
import realworld
from rich.console import Console
from rich.table import Table

from rules.loader import load_library
from rules.results import Target
from scanner.dns.answer import Answer, Question
from scanner.dns.patience import Patience
from scanner.dns.recorded import RecordedSource
from scanner.dns.source import Source, Told
from scanner.plan import make_plans
from scanner.scan import scan_domain, scan_options

BUDGET = 16
PROFILES = ("onboarding", "behind-gateway", "bulk-sender", "parked", "cis-m365", "scuba")


class Counted:
    """Notes what one domain asks of a Source."""

    def __init__(self, source: Source) -> None:
        self.name = source.name
        self.rounds = 0
        self.asked: set[Question] = set()
        self._source = source

    async def ask(self, questions: Sequence[Question], patience: Patience | None = None) -> list[Answer]:
        self.rounds += 1
        self.asked.update(questions)
        return await self._source.ask(questions, patience)

    def told(self) -> Told:
        return Told()

    async def close(self) -> None:
        """The source below is not its own."""


async def count(profile: str, targets: Sequence[Target], source: Source) -> tuple[float, int, float, float]:
    """Of each domain: its own questions on average and at most, shared names on average, rounds on average."""
    plans = make_plans(load_library(), [profile])
    options = scan_options(plans, profile=profile, today=datetime.datetime.now(datetime.UTC).date())
    each = []
    for target in targets:
        counted = Counted(source)
        await scan_domain(target, counted, options)
        each.append(counted)
    askers = Counter(question for one in each for question in one.asked)
    own = [sum(askers[question] == 1 for question in one.asked) for one in each]
    asked, number = sum(len(one.asked) for one in each), len(each)
    return sum(own) / number, max(own), (asked - sum(own)) / number, sum(one.rounds for one in each) / number


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--domains", type=int, default=1000)
    number = parser.parse_args().domains
    loads: list[tuple[str, Sequence[Target], Source]] = [
        ("portfolio", [portfolio.target(place) for place in range(number)], portfolio.PortfolioSource(number))
    ]
    if realworld.record_files():
        targets = realworld.domains()
        step = max(1, len(targets) // number)
        loads.append(("real records", targets[::step][:number], RecordedSource(realworld.record_files(), "nodata")))
    table = Table(title=f"Questions a domain; budget: {BUDGET} of its own, default profile", title_justify="left")
    for heading in ("profile", "load", "own", "most", "shared", "rounds"):
        table.add_column(heading, justify="left" if heading in ("profile", "load") else "right")
    for profile in PROFILES:
        for load, targets, source in loads:
            own, most, shared, rounds = asyncio.run(count(profile, targets, source))
            table.add_row(profile, load, f"{own:.1f}", str(most), f"{shared:.1f}", f"{rounds:.1f}")
    Console().print(table)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
