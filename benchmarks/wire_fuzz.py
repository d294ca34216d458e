"""Compares the hand-written reader of DNS messages with dnspython over many damaged messages, and prints the counts.

    python benchmarks/wire_fuzz.py [--messages 200000] [--seed 1] [--processes 2]

Ends with 1 if a message was taken that dnspython refuses, or if the two read one differently; such messages are shown.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
import time
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from wire_messages import damaged, message_of, verdict

BLOCK = 5000
WRONG = ("taken by ours alone", "different")


def block(seed: int) -> tuple[Counter[str], list[str]]:
    """The verdicts over a block of messages, and those that must not be."""
    chance = random.Random(seed)
    verdicts: Counter[str] = Counter()
    shown: list[str] = []
    for _ in range(BLOCK):
        message = damaged(message_of(chance, odd=0.03), chance)
        said = verdict(message)
        verdicts[said] += 1
        if said in WRONG:
            shown.append(f"{said}: {message.name} {message.type} {message.wire.hex()}")
    return verdicts, shown


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--messages", type=int, default=200_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--processes", type=int, default=2)
    given = options.parse_args()
    console = Console()
    began = time.perf_counter()
    verdicts: Counter[str] = Counter()
    wrong: list[str] = []
    blocks = -(-given.messages // BLOCK)
    with multiprocessing.Pool(given.processes) as pool:
        seeds = range(given.seed * 1_000_000, given.seed * 1_000_000 + blocks)
        for counted, shown in pool.imap_unordered(block, seeds):
            verdicts += counted
            wrong += shown
    table = Table(title=f"{verdicts.total():,} damaged messages in {time.perf_counter() - began:.0f} s")
    table.add_column("verdict")
    table.add_column("messages", justify="right")
    for said in ("equal", "left to dnspython", "refused by both", *WRONG):
        table.add_row(said, f"{verdicts[said]:,}")
    console.print(table)
    for line in wrong[:20]:
        console.print(line, soft_wrap=True, markup=False)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
