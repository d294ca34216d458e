"""CPU time per domain by stage of a scan, against the budgets, for a well-run portfolio and for real record sets.

    MAILREADY_REALWORLD=DIR python benchmarks/stages.py [--domains N]

Both loads answer from memory, so "collect" is what the probes and the round engine cost, not the wire. The profile is the
default one. The process's CPU clock is read between the stages of each domain. Without record sets only the portfolio is
measured.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import gc
import time
from collections.abc import Iterator, Sequence

import portfolio
import realworld
from rich.console import Console
from rich.table import Table

from rules.loader import load_library
from rules.results import Target
from scanner import garbage
from scanner.dns.answer import Answer, Question
from scanner.dns.recorded import RecordedSource
from scanner.dns.source import Source
from scanner.plan import PROBES, make_plans
from scanner.probes.rounds import collect
from scanner.result_line import line_of
from scanner.scan import Scanned, ScanOptions, facts_of, head_of, index_evidence, scan_options

PROFILE = "onboarding"
WARM = 50
"""Domains scanned before the clock starts."""
STAGES = ("collect", "evidence", "facts", "judge", "result", "encode")
JUDGE_BUDGET, BUDGET = 0.1, 1.0
"""Milliseconds a domain."""


class Clock:
    """CPU seconds by stage; `lap` adds what has passed since the last call to the stage named."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self._last = time.process_time()

    def lap(self, stage: str) -> None:
        now = time.process_time()
        self.seconds[stage] += now - self._last
        self._last = now


async def scan(target: Target, source: Source, options: ScanOptions, clock: Clock) -> int:
    """`scanner.scan.scan_domain` and its line of NDJSON with a lap after each stage; the octets of the line."""
    plan, judge = options.plans[PROFILE], options.judges[PROFILE]
    asked: dict[Question, Answer] = {}
    observed = await collect(source, target, PROBES, plan.wanted, asked)
    clock.lap("collect")
    answers, places = index_evidence(asked)
    clock.lap("evidence")
    facts, provenance = await facts_of(target, plan, observed, places)
    facts.update(plan.profile_facts)
    clock.lap("facts")
    draft = judge.draft(facts, provenance)
    clock.lap("judge")
    scanned = Scanned(head_of(target, (PROFILE, ""), draft, answers, asked), draft)
    clock.lap("result")
    octets = len(line_of(scanned)) + 1
    clock.lap("encode")
    return octets


async def measure(targets: Sequence[Target], source: Source, options: ScanOptions) -> tuple[dict[str, float], int]:
    """CPU milliseconds a domain by stage, and octets of NDJSON a domain. Each is scanned once: caches know no domain yet."""
    for target in targets[:WARM]:
        await scan(target, source, options, Clock())
    clock = Clock()
    octets = 0
    for target in targets[WARM:]:
        octets += await scan(target, source, options, clock)
    number = len(targets) - WARM
    return {stage: 1000 * seconds / number for stage, seconds in clock.seconds.items()}, octets // number


def loads(number: int) -> Iterator[tuple[str, Sequence[Target], Source]]:
    yield "portfolio", [portfolio.target(place) for place in range(number)], portfolio.PortfolioSource(number)
    if realworld.record_files():
        targets = realworld.domains()
        step = max(1, len(targets) // number)
        yield "real records", targets[::step][:number], RecordedSource(realworld.record_files(), "nodata")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--domains", type=int, default=3000)
    arguments = parser.parse_args()
    garbage.seldom()  # as the command does
    library = load_library()
    options = scan_options(
        make_plans(library, [PROFILE]), profile=PROFILE, today=datetime.datetime.now(datetime.UTC).date()
    )
    table = Table("ms a domain", title=f"CPU by stage, profile {PROFILE}", title_justify="left")
    columns: list[dict[str, float]] = []
    for name, targets, source in loads(WARM + max(1, arguments.domains)):
        gc.collect()
        stages, octets = asyncio.run(measure(targets, source, options))
        columns.append(stages)
        table.add_column(f"{name} ({len(targets) - WARM:,}; {octets:,} octets)", justify="right")
    table.add_column("budget", justify="right")
    for stage in STAGES:
        budget = f"{JUDGE_BUDGET:.2f}" if stage == "judge" else ""
        table.add_row(stage, *(f"{column[stage]:.3f}" for column in columns), budget)
    table.add_row("all", *(f"{sum(column.values()):.3f}" for column in columns), f"{BUDGET:.2f}")
    Console().print(table)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
