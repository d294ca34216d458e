"""Start-up: `mailready --help` and one recorded domain, as whole processes, against an interpreter that does nothing.

    python benchmarks/start_up.py [--runs 9]

Prints wall-clock medians beside the budgets of docs/performance.md.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

from installed import ROOT, environment
from rich.console import Console
from rich.table import Table

EVIDENCE = str(ROOT / "examples" / "evidence.jsonl")
COMMANDS = (
    ("python -c pass", [sys.executable, "-c", "pass"], None),
    ("mailready --help", [sys.executable, "-m", "scanner", "--help"], 0.25),
    (
        "one recorded domain, terminal",
        [sys.executable, "-m", "scanner", "scan", "contoso.com", "--evidence", EVIDENCE],
        0.8,
    ),
    (
        "one recorded domain, HTML",
        [sys.executable, "-m", "scanner", "scan", "contoso.com", "--evidence", EVIDENCE, "--format", "html", "-o", "-"],
        0.8,
    ),
)


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(
        command, cwd=ROOT, env=environment(), check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    table = Table("command", "median s", "least s", "budget s", title=f"Start-up, {runs} runs each")
    for name, command, budget in COMMANDS:
        seconds(command)  # fills the disk cache and writes the byte code
        taken = [seconds(command) for _ in range(runs)]
        table.add_row(name, f"{statistics.median(taken):.3f}", f"{min(taken):.3f}", f"{budget}" if budget else "")
    Console().print(table)


if __name__ == "__main__":
    main()
