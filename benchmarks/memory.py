"""Peak memory of whole runs against the length of the list: read, scanned, judged, written as NDJSON.

    python benchmarks/memory.py [--most N] [--compact]

Each length is a process of its own, with answers made up on the way. Budget: at most 250 MB at 10,000 domains, and the
same within 10% at 1,000,000 (which takes an hour or less; --most 100000 shortens it).
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from portfolio import _domain, target  # noqa: E402

from rules.loader import load_library  # noqa: E402
from rules.results import COMPACT_SCHEMA, SCHEMA, Report, Run, Tool  # noqa: E402
from scanner.cli.places import place_of  # noqa: E402
from scanner.cli.progress import Progress  # noqa: E402
from scanner.cli.rows import Rows  # noqa: E402
from scanner.cli.running import Running  # noqa: E402
from scanner.cli.sinks import open_sink  # noqa: E402
from scanner.dns.answer import Answer, Question, Status  # noqa: E402
from scanner.dns.cache import CachingSource  # noqa: E402
from scanner.dns.patience import Patience  # noqa: E402
from scanner.dns.source import Told  # noqa: E402
from scanner.plan import make_plans  # noqa: E402
from scanner.scan import scan_options  # noqa: E402
from scanner.tally import Tally  # noqa: E402

SIZES = (1_000, 10_000, 100_000, 1_000_000)
BUDGET_MB = 250
NUMBER = re.compile(r"client(\d+)")


class EndlessPortfolio:
    """Answers for a portfolio of any size, made as they are asked for; a hundred domains are at hand."""

    name = "endless portfolio"

    def __init__(self) -> None:
        self._near: OrderedDict[int, dict[Question, Answer]] = OrderedDict()

    async def ask(self, questions: Sequence[Question], patience: Patience | None = None) -> list[Answer]:
        await asyncio.sleep(0)
        return [self._answer(question) for question in questions]

    def told(self) -> Told:
        return Told()

    async def close(self) -> None:
        pass

    def _answer(self, question: Question) -> Answer:
        found = NUMBER.search(question.name)
        if found is not None:
            answer = self._of(int(found[1])).get(question)
            if answer is not None:
                return answer
        return Answer(question, Status.NXDOMAIN, ttl=300, server="192.0.2.53", at="2026-11-21T09:00:00Z")

    def _of(self, number: int) -> dict[Question, Answer]:
        known = self._near.get(number)
        if known is None:
            made = _domain(number, random.Random(number).randbytes(256))
            known = self._near[number] = {answer.question: answer for answer in made}
            if len(self._near) > 100:
                self._near.popitem(last=False)
        return known


def measure(size: int, *, compact: bool) -> None:
    """One run, and what it took: megabytes at the peak, seconds, and how large the results are."""
    library = load_library()
    plans = make_plans(library, ["onboarding"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.txt"
        with path.open("w", encoding="utf-8") as stream:
            stream.writelines(f"{target(number).domain}\n" for number in range(size))
        out = Path(folder) / "results.ndjson" if compact else Path("/dev/null")
        header = Report(
            schema=COMPACT_SCHEMA if compact else SCHEMA,
            tool=Tool(name="mailready", version="0"),
            run=Run(id="memory", started="2026-11-21T09:00:00Z"),
        )
        tally = Tally()
        run = Running(
            options=scan_options(plans, profile="onboarding", today=datetime.date(2026, 11, 21), timeout=15.0),
            waivers=(),
            sink=open_sink(place_of(str(out), "ndjson"), header),
            tally=tally,
            order="finished",
            concurrency=50,
            waiting=lambda _: nullcontext(),
            rules={},
            progress=Progress(tally, size),
            quiet=True,
            compact=compact,
        )
        began = time.perf_counter()
        asyncio.run(run.scan(iter(Rows((), (str(path),), frozenset())), CachingSource(EndlessPortfolio()), live=False))
        seconds = time.perf_counter() - began
        run.sink.close(header.run, run.counted())
        assert tally.done == size
        if compact:
            with out.open("rb") as lines:
                assert sum(1 for _ in lines) == size + 1
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, seconds)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--most", type=int, default=SIZES[-1])
    parser.add_argument(
        "--compact", action="store_true", help="write compact results to a file, not full ones to nowhere"
    )
    parser.add_argument("--one", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        measure(options.one, compact=options.compact)
        return
    table = Table(
        "domains", "peak MB", "against 10,000", "s", "domains/s", title="Memory against the length of the list"
    )
    reference = 0.0
    for size in [size for size in SIZES if size <= options.most]:
        command = [sys.executable, __file__, "--one", str(size), *(["--compact"] if options.compact else [])]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(done.stderr)
        peak, seconds = map(float, done.stdout.split())
        reference = peak if size == 10_000 else reference
        against = f"{100 * peak / reference - 100:+.1f}%" if reference else ""
        table.add_row(f"{size:,}", f"{peak:.0f}", against, f"{seconds:.1f}", f"{size / seconds:,.0f}")
    table.caption = f"Budget: {BUDGET_MB} MB at 10,000, within 10% of that at 1,000,000."
    Console().print(table)


if __name__ == "__main__":
    main()
