"""CPU time per domain by stage of a scan, against the budgets, for a well-run portfolio and for real record sets.

    MAILREADY_REALWORLD=DIR python benchmarks/stages.py [--domains N] [--rounds N]

Both loads answer from memory, so "collect" is what the probes and the round engine cost, not the wire. The profile is the
default one. Domains go through a stage in batches, with the process's CPU clock read between stages; of several rounds
the quickest counts, stage by stage. Without record sets only the portfolio is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import gc
import itertools
import time
from collections.abc import Iterator, Sequence

import portfolio
import realworld
from rich.console import Console
from rich.table import Table

from reports.jsondoc import encode_domain
from rules.facts import to_documents
from rules.loader import load_library
from rules.results import DomainResult, Target
from scanner.dns.answer import Answer, Question
from scanner.dns.recorded import RecordedSource
from scanner.dns.source import Source
from scanner.plan import PROBES, make_plans
from scanner.probes.rounds import collect
from scanner.scan import ScanOptions, evidence_of, facts_of, index_evidence, result_of, scan_options

PROFILE = "onboarding"
BATCH = 200
STAGES = ("collect", "facts", "evidence", "judge", "result", "encode")
JUDGE_BUDGET, BUDGET = 0.1, 1.0
"""Milliseconds a domain."""


class Clock:
    """CPU seconds by stage; `lap` gives what has passed since the last call to the stage named."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self._last = time.process_time()

    def start(self) -> None:
        self._last = time.process_time()

    def lap(self, stage: str) -> None:
        now = time.process_time()
        self.seconds[stage] += now - self._last
        self._last = now


async def scan_batch(targets: Sequence[Target], source: Source, options: ScanOptions, clock: Clock) -> int:
    """Scans the targets stage by stage; the octets of NDJSON that they make."""
    plan, judge = options.plans[PROFILE], options.judges[PROFILE]
    asked: list[dict[Question, Answer]] = [{} for _ in targets]
    clock.start()
    observed = [
        await collect(source, target, PROBES, plan.wanted, own) for target, own in zip(targets, asked, strict=True)
    ]
    clock.lap("collect")
    folded = [facts_of(target, plan, seen) for target, seen in zip(targets, observed, strict=True)]
    for facts, _ in folded:
        facts.update(plan.profile_facts)
    documents = [to_documents(facts) for facts, _ in folded]
    clock.lap("facts")
    indexed = [index_evidence(own) for own in asked]
    evidence = [evidence_of(made, places) for (_, made), (_, places) in zip(folded, indexed, strict=True)]
    clock.lap("evidence")
    judged = [
        judge.of(facts, proof, document)
        for (facts, _), proof, document in zip(folded, evidence, documents, strict=True)
    ]
    clock.lap("judge")
    results: list[DomainResult] = [
        result_of(target, (PROFILE, ""), judgement, document, records, own)
        for target, judgement, document, (records, _), own in zip(
            targets, judged, documents, indexed, asked, strict=True
        )
    ]
    clock.lap("result")
    octets = sum(len(encode_domain(result)) + 1 for result in results)
    clock.lap("encode")
    return octets


def batches(targets: Sequence[Target]) -> Iterator[Sequence[Target]]:
    rest = iter(targets)
    return iter(lambda: list(itertools.islice(rest, BATCH)), [])


async def measure(
    targets: Sequence[Target], source: Source, options: ScanOptions, rounds: int
) -> tuple[dict[str, float], int]:
    """CPU milliseconds a domain by stage, and octets of NDJSON a domain."""
    best = dict.fromkeys(STAGES, float("inf"))
    octets = 0
    for _ in range(rounds):
        clock = Clock()
        octets = 0
        for batch in batches(targets):
            octets += await scan_batch(batch, source, options, clock)
        best = {stage: min(best[stage], 1000 * clock.seconds[stage] / len(targets)) for stage in STAGES}
    return best, octets // len(targets)


def loads(number: int) -> Iterator[tuple[str, Sequence[Target], Source]]:
    yield "portfolio", [portfolio.target(place) for place in range(number)], portfolio.PortfolioSource(number)
    if realworld.record_files():
        targets = realworld.domains()
        step = max(1, len(targets) // number)
        yield "real records", targets[::step][:number], RecordedSource(realworld.record_files(), "nodata")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--domains", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    library = load_library()
    options = scan_options(
        make_plans(library, [PROFILE]), profile=PROFILE, today=datetime.datetime.now(datetime.UTC).date()
    )
    table = Table("ms a domain", title=f"CPU by stage, profile {PROFILE}", title_justify="left")
    columns: list[dict[str, float]] = []
    for name, targets, source in loads(arguments.domains):
        gc.collect()
        stages, octets = asyncio.run(measure(targets, source, options, max(1, arguments.rounds)))
        columns.append(stages)
        table.add_column(f"{name} ({len(targets):,}; {octets:,} octets)", justify="right")
    table.add_column("budget", justify="right")
    for stage in STAGES:
        budget = f"{JUDGE_BUDGET:.2f}" if stage == "judge" else ""
        table.add_row(stage, *(f"{column[stage]:.3f}" for column in columns), budget)
    table.add_row("all", *(f"{sum(column.values()):.3f}" for column in columns), f"{BUDGET:.2f}")
    Console().print(table)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
