"""Kills a run without warning, again and again, and resumes it each time: nothing may be lost, doubled or broken.

    python benchmarks/kills.py [--domains 5000] [--kills 50] [--seed 1] [--workers 1]

The moments are random numbers of results after which the process gets SIGKILL. In the end the results are compared with
those of one run that nobody disturbed.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import portfolio  # noqa: E402

EAGER = "import reports.journal\nreports.journal.CHECKPOINT_SECONDS = 0.05\nfrom scanner.cli import main\nmain()\n"


def command(folder: Path, out: str, *more: str) -> list[str]:
    given = ("-f", str(folder / "list.csv"), "--evidence", str(folder / "evidence.jsonl"), "--missing", "nodata")
    return [sys.executable, "-c", EAGER, "scan", *given, "--compact", "-q", "-o", str(folder / out), *more]


def lines_of(results: Path) -> list[bytes]:
    data = results.read_bytes()
    assert data.endswith(b"\n"), "the last line is broken"
    return sorted(data.splitlines()[1:])


def killed_after(folder: Path, number: int, *more: str) -> int:
    """How many lines were there when the process was killed, or had ended."""
    results = folder / "killed.ndjson"
    process = subprocess.Popen(command(folder, "killed.ndjson", "--resume", *more), cwd=ROOT, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        if results.exists() and results.read_bytes().count(b"\n") > number:
            process.kill()
        time.sleep(0.005)
    return results.read_bytes().count(b"\n") - 1


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--domains", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", default="1")
    options = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        names = portfolio.names(options.domains)
        portfolio.write_list(folder / "list.csv", names)
        portfolio.write_evidence(folder / "evidence.jsonl", names)
        subprocess.run(command(folder, "whole.ndjson"), cwd=ROOT, check=False)
        moments = sorted(random.Random(options.seed).sample(range(options.domains), options.kills))
        for place, moment in enumerate(moments, 1):
            there = killed_after(folder, moment, "--workers", options.workers)
            console.print(f"{place:>3}. killed at {there:,} results (wanted {moment:,})", highlight=False)
        subprocess.run(
            command(folder, "killed.ndjson", "--resume", "--workers", options.workers), cwd=ROOT, check=False
        )
        whole, killed = lines_of(folder / "whole.ndjson"), lines_of(folder / "killed.ndjson")
        if whole != killed:
            sys.exit(
                f"The results differ: {len(whole):,} lines undisturbed, {len(killed):,} after {options.kills} kills."
            )
        console.print(f"{options.kills} kills, {len(whole):,} domains: the same as one run that nobody disturbed.")


if __name__ == "__main__":
    main()
