"""Runs the benchmarks one after the other; with --write their tables become docs/performance.md.

    python benchmarks/run.py [--only NAME ...] [--large] [--write docs/performance.md]

The tables are kept in .cache/benchmarks, so that benchmarks that were run apart stand on one page.

Give the machine nothing else to do: what runs beside a benchmark is in its figures. Without --large the lists end at 100,000
domains. A quarter of an hour; with --large about an hour.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from installed import ROOT, environment

KEPT = ROOT / ".cache" / "benchmarks"
WIDTH = 120


@dataclass(frozen=True)
class Benchmark:
    """A script, what it shows, and how it is run; `large` replaces the arguments where there is time."""

    name: str
    title: str
    says: str
    arguments: tuple[str, ...] = ()
    large: tuple[str, ...] | None = None


BENCHMARKS = (
    Benchmark(
        "throughput",
        "Whole scans",
        "Asked, judged, and written as NDJSON by the command as a user runs it, its start included. Budget of one process:"
        " 1,000 domains a second on loopback and 800 at 20 ms, 20 and 300 times checkdmarc's full check; recording costs at"
        " most 15%. Two processes share the two cores with the servers here, so that their figure says little.",
    ),
    Benchmark(
        "dns_client",
        "Raw lookups",
        "The client alone, answers parsed and checked. Budget: 0.4 of dnsperf.",
        ("--domains", "20000"),
    ),
    Benchmark(
        "stages",
        "Processor time by stage",
        "Answers come from memory, so that `collect` is the probes and the engine of rounds, not the wire. `judge` is statuses,"
        " score, grade and changes; the findings are put into words and JSON in one go, in `encode`.",
    ),
    Benchmark(
        "questions", "Questions a domain", "What a cache cannot save (own), and what it asks once a run (shared)."
    ),
    Benchmark("one_domain", "One domain", "As a person asks it, by the time of a round trip to the resolver."),
    Benchmark("start_up", "Start-up", "Whole processes."),
    Benchmark(
        "memory",
        "Memory",
        "The most that the process held. Budget: 250 MB at 10,000 domains, and within 10% of that at 1,000,000.",
        ("--most", "100000"),
        ("--most", "1000000"),
    ),
    Benchmark("resume", "Going on", "Until a run that was cut off goes on. Budget: seconds.", ("--most", "100000"), ()),
    Benchmark("kills", "kill -9", "Fifty times, each resumed, against one run that nobody disturbed."),
    Benchmark("wire_fuzz", "The parser against dnspython", "Damaged messages, read by both."),
)


def machine() -> str:
    """What the figures were measured on."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model n")
        ]
        model = names[0] if names else model
    system = f"{platform.system()} {platform.release().split('-')[0]}"
    return f"{model}, {os.cpu_count()} cores, {system}, Python {platform.python_version()}"


def run(benchmark: Benchmark, *, large: bool) -> None:
    """Runs a benchmark, shows its table as it comes, and keeps it. Raises SystemExit where the benchmark fails."""
    given = benchmark.large if large and benchmark.large is not None else benchmark.arguments
    command = [sys.executable, str(Path(__file__).with_name(f"{benchmark.name}.py")), *given]
    print(f"== {' '.join(command[1:])}", flush=True)
    lines = []
    with subprocess.Popen(
        command, env=environment(COLUMNS=str(WIDTH), NO_COLOR="1"), cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line.rstrip())
    if process.returncode:
        raise SystemExit(f"{benchmark.name} ended with {process.returncode}")
    KEPT.mkdir(parents=True, exist_ok=True)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    (KEPT / f"{benchmark.name}.txt").write_text("\n".join([f"{today}, {machine()}", *lines]) + "\n")


def page() -> str:
    """The tables that are kept, as Markdown."""
    parts = [
        "# Measured",
        "Made by `python benchmarks/run.py --write docs/performance.md`. The servers (NSD behind a warm Unbound, and the way that"
        " takes time) run on the same machine, on the second core. Figures move between machines, ratios less; timings decide no"
        " test. A Python built without profile-guided optimisation, as pyenv builds it, takes a sixth longer than a distribution's.",
    ]
    for benchmark in BENCHMARKS:
        kept = KEPT / f"{benchmark.name}.txt"
        if kept.exists():
            where, _, table = kept.read_text().partition("\n")
            said = f"{benchmark.says} `benchmarks/{benchmark.name}.py`, {where}."
            parts += [f"## {benchmark.title}", said, "```text\n" + table.strip("\n") + "\n```"]
    return "\n\n".join(parts) + "\n"


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--only", nargs="+", choices=[one.name for one in BENCHMARKS], help="these alone")
    options.add_argument("--large", action="store_true", help="lists of a million domains too")
    options.add_argument("--write", type=Path, help="the page that the tables go into")
    given = options.parse_args()
    chosen = [one for one in BENCHMARKS if not given.only or one.name in given.only]
    for one in chosen:
        run(one, large=given.large)
    if given.write:
        given.write.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
