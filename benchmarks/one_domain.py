"""One domain asked live, as a person does it: the whole command against the round trips that it cannot do without.

    python benchmarks/one_domain.py [--runs 7] [--delays 0,20,100]

Needs the Debian packages nsd and unbound. The way to a warm resolver takes so many milliseconds there and back. Beside the
command stands an import of checkdmarc in a process of its own, which hides behind the answers where they take long enough.
Budget: 1.3 times the rounds of the domain, 0.4 s for the start, and one such import. Shown are medians.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from installed import ROOT, environment
from rich.console import Console
from rich.table import Table
from rig import delayed, domain, world

START, ALLOWANCE = 0.4, 1.3
ROUNDS = 2
"""What a domain set up for Microsoft 365 takes (`benchmarks/questions.py`)."""
DOMAINS = 50


def seconds(*arguments: str, runs: int) -> float:
    """The median of whole processes."""
    took = []
    for _ in range(runs):
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
        )
        took.append(time.perf_counter() - began)
        if done.returncode not in (0, 3):
            raise SystemExit(f"{arguments} ended with {done.returncode}: {done.stderr}")
    return statistics.median(took)


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--runs", type=int, default=7)
    options.add_argument("--delays", default="0,20,100", help="milliseconds of a round trip")
    given = options.parse_args()
    nothing = seconds("-c", "pass", runs=given.runs)
    imported = seconds("-c", "import checkdmarc", runs=given.runs) - nothing
    table = Table(title=f"One domain, live (checkdmarc imports in {imported:.2f} s)", title_justify="left")
    for heading in ("round trip", "rounds", "seconds", "budget", "without the round trips"):
        table.add_column(heading, justify="right")
    with tempfile.TemporaryDirectory() as made, world(Path(made), DOMAINS) as server:
        for delay in map(float, given.delays.split(",")):
            with delayed(Path(made), server, delay) as late:
                command = ("-m", "scanner", "scan", domain(4), "--resolver", late.address)
                took = seconds(*command, runs=given.runs)
            path = ROUNDS * delay / 1000
            budget = ALLOWANCE * path + START + imported
            table.add_row(f"{delay:g} ms", str(ROUNDS), f"{took:.2f}", f"{budget:.2f}", f"{took - path:.2f}")
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
