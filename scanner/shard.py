"""A piece of a list, scanned: a plain function of rows and options, both of which can be pickled.

A worker process of this machine, or of another, needs nothing but these two; what comes back are documents.
"""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rules.model import Waiver
from rules.results import Target
from scanner.bulk import Feed, Stop, each_row
from scanner.dns.source import Source
from scanner.library import domain_profiles, open_library, open_waivers
from scanner.plan import AUTO, make_plans
from scanner.scan import ScanOptions, scan_domain, scan_options
from scanner.sources import open_source
from scanner.tally import Note, documents

__all__ = ["Document", "ShardOptions", "ShardScan", "open_shard", "scan_shard"]

Document = tuple[int, bytes, Note]
"""A row's number, its result as a line of NDJSON, and what is counted of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardOptions:
    """What is the same for every row of a run, by names and paths. `concurrency` holds in each shard.

    `profile` is a name or the path of a profile file. `today` is the UTC date by which waivers expire.
    """

    profile: str
    today: datetime.date
    packs: tuple[Path, ...] = ()
    waivers: Path | None = None
    all_facts: bool = False
    compact: bool = False
    evidence: tuple[Path, ...] = ()
    missing: str = "unknown"
    resolvers: tuple[str, ...] = ()
    timeout: float | None = None
    concurrency: int


@dataclass(slots=True)
class ShardScan:
    """Options opened: rules compiled, a Source to ask. To be used in one event loop, and closed there."""

    options: ScanOptions
    waivers: tuple[Waiver, ...]
    source: Source
    concurrency: int
    compact: bool

    async def scan(self, rows: Iterable[tuple[int, Target]] | Feed[Target], take: Callable[[Document], Any]) -> None:
        """Scans the rows, and hands on each as it ends."""
        places = {waiver: place for place, waiver in enumerate(self.waivers)}

        async def work(target: Target) -> tuple[bytes, Note]:
            return documents(await scan_domain(target, self.source, self.options), places, compact=self.compact)

        made = each_row(rows, work, concurrency=self.concurrency, stop=Stop())
        async with aclosing(made):
            async for row, (line, note) in made:
                take((row, line, note))


def open_shard(options: ShardOptions) -> ShardScan:
    """What a shard is scanned with. Raises UsageError."""
    library, profile = open_library(options.packs, options.profile)
    waivers = open_waivers(options.waivers, library)
    plans = make_plans(library, sorted(domain_profiles(library)), all_facts=options.all_facts, auto=profile == AUTO)
    source = open_source(options.evidence, options.missing, options.resolvers, None)
    opened = scan_options(
        plans,
        profile=profile,
        waivers=waivers,
        today=options.today,
        timeout=options.timeout,
        abreast=not options.evidence,
    )
    return ShardScan(opened, waivers, source, options.concurrency, options.compact)


def scan_shard(rows: Sequence[tuple[int, Target]], options: ShardOptions) -> list[Document]:
    """Scans numbered targets; the documents in the order in which they ended. Raises MailreadyError."""
    shard = open_shard(options)
    found: list[Document] = []

    async def main() -> None:
        try:
            await shard.scan(rows, found.append)
        finally:
            await shard.source.close()

    asyncio.run(main())
    return found
