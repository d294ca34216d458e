"""Whole scans a second, asked and judged and written as NDJSON, beside checkdmarc on the same domains in the same run.

    python benchmarks/throughput.py [--domains 20000] [--delay 20] [--peers 300] [--workers 2] [--runs 3]

Needs the Debian packages nsd and unbound. The loads are synthetic domains with Microsoft 365 (`benchmarks.rig`) and, where
MAILREADY_REALWORLD says, real record sets, both behind a warm resolver on loopback that keeps to a core of its own where
there are two. Ours is the command as a user runs it with the default profile, its start included; the peer's import is
not counted. The peer is measured twice: with its checks of MX, SPF and DMARC alone, and with its full check (`check_domains`:
also name servers, DNSSEC, MTA-STS, TLS-RPT and BIMI, but no TLS). It has no check of DKIM, of which ours asks.

A machine's speed drifts within minutes. So all take their turn, and again, and what is told is the median of the runs; of
the ratios that of each run's own.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import realworld
from installed import environment
from rich.console import Console
from rich.table import Table
from rig import LOOPBACK, Server, delayed, domain, pin, real_world, world

from scanner.dns.evidence import read_evidence

CLIENT_CORE, SERVER_CORE = 0, 1
PEER = """
import logging, sys, time, warnings
import checkdmarc, dns.resolver
from checkdmarc.dmarc import check_dmarc
from checkdmarc.smtp import check_mx
from checkdmarc.spf import check_spf
warnings.simplefilter("ignore")
logging.disable()
resolver = dns.resolver.Resolver(configure=False)
resolver.nameservers, resolver.port = [sys.argv[1]], int(sys.argv[2])
domains = sys.stdin.read().split()
began, used = time.perf_counter(), time.process_time()
for domain in domains:
    if sys.argv[3] == "full":
        checkdmarc.check_domains([domain], resolver=resolver)
    else:
        check_mx(domain, skip_tls=True, resolver=resolver)
        check_spf(domain, resolver=resolver)
        check_dmarc(domain, resolver=resolver)
print(len(domains) / (time.perf_counter() - began), 1000 * (time.process_time() - used) / len(domains))
"""
OURS = "mailready"
FULL, SOME = "checkdmarc, full check", "checkdmarc, MX SPF DMARC"


@dataclass(frozen=True)
class Figures:
    """Domains a second, milliseconds of processor time a domain, MB of memory at most, lines written."""

    rate: float
    cost: float
    memory: float = 0.0
    lines: int = 0


def ours(folder: Path, server: Server, domains: Sequence[str], *options: str) -> Figures:
    """The command over a list of domains."""
    listed, written = folder / "list", folder / "out.ndjson"
    listed.write_text("".join(f"{name}\n" for name in domains))
    command = [sys.executable, "-m", "scanner", "scan", "--file", str(listed), "--resolver", server.address]
    command += ["--output", str(written), "--quiet", *options]
    os.sync()  # what the run before left to be written is not this one's
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    peak = 0.0
    with process:
        status = Path(f"/proc/{process.pid}/status")
        while process.returncode is None:
            peak = max(peak, _peak(status))
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.2)
        if process.returncode not in (0, 3):
            raise SystemExit(f"the scan ended with {process.returncode}: {process.stderr and process.stderr.read()}")
    took = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    with written.open("rb") as lines:
        number = sum(1 for _ in lines) - 1
    written.unlink()
    return Figures(len(domains) / took, 1000 * used / len(domains), peak, number)


def _peak(status: Path) -> float:
    """The most memory that a process has held so far, in MB, where the system tells."""
    try:
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return 0.0
    return int(line.split()[1]) / 1024


def checkdmarc(server: Server, domains: Sequence[str], what: str) -> Figures:
    """checkdmarc over a list of domains, "full" or the same "three" subjects."""
    done = subprocess.run(
        [sys.executable, "-c", PEER, LOOPBACK, str(server.port), what],
        input="\n".join(domains),
        capture_output=True,
        text=True,
        check=True,
    )
    rate, cost = map(float, done.stdout.split())
    return Figures(rate, cost)


def peers(server: Server, sample: Sequence[str]) -> dict[str, Figures]:
    """checkdmarc in both ways."""
    return {SOME: checkdmarc(server, sample, "three"), FULL: checkdmarc(server, sample, "full")}


@contextmanager
def loads(number: int) -> Iterator[list[tuple[str, list[str], Callable[[Path], object]]]]:
    """Name, domains, and how the servers that know them are started."""
    found: list[tuple[str, list[str], Callable[[Path], object]]] = [
        (
            "synthetic",
            [domain(place) for place in range(number)],
            lambda folder: world(folder, max(20_000, number), core=SERVER_CORE),
        )
    ]
    if realworld.record_files():
        sets = [one for by_type in read_evidence(realworld.record_files()).sets.values() for one in by_type.values()]
        names = [target.domain for target in realworld.domains()]
        found.append(("real records", names, lambda folder: real_world(folder, sets, core=SERVER_CORE)))
    yield found


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--domains", type=int, default=20_000, help="domains of the synthetic load")
    options.add_argument("--delay", type=float, default=20, help="milliseconds of the second table; 0 leaves it out")
    options.add_argument("--peers", type=int, default=300, help="domains that checkdmarc is given on loopback")
    options.add_argument(
        "--workers", type=int, default=2, help="processes of the run that has several; 1 leaves it out"
    )
    options.add_argument("--runs", type=int, default=3, help="of each, in turn")
    options.add_argument("--json", type=Path, help="writes the figures to a file")
    given = options.parse_args()
    console, kept = Console(width=150), {}
    pin(0, CLIENT_CORE)
    with loads(given.domains) as found:
        for load, names, start in found:
            with tempfile.TemporaryDirectory() as made, start(Path(made)) as server:  # type: ignore[attr-defined]
                folder = Path(made)
                sample = random.Random(4).sample(names, min(given.peers, len(names)))
                ours(folder, server, names)  # so that the resolver knows all answers
                runs = [all_rows(folder, server, names, sample, given.workers) for _ in range(given.runs)]
                title = f"{len(names):,} domains, {load}, on loopback, {given.runs} runs"
                kept[title] = show(console, title, runs, len(sample))
                if given.delay:
                    with delayed(folder, server, given.delay, core=SERVER_CORE) as late:
                        few = sample[: max(10, given.peers // 10)]
                        runs = [{OURS: ours(folder, late, names), **peers(late, few)} for _ in range(given.runs)]
                        title = f"{len(names):,} domains, {load}, at {given.delay:g} ms round trip, {given.runs} runs"
                        kept[title] = show(console, title, runs, len(few))
    if given.json:
        given.json.write_text(json.dumps(kept))
    return 0


def all_rows(
    folder: Path, server: Server, names: Sequence[str], sample: Sequence[str], workers: int
) -> dict[str, Figures]:
    """Everybody's turn on loopback."""
    rows = {
        OURS: ours(folder, server, names),
        "mailready, recording": ours(folder, server, names, "--record", str(folder / "evidence")),
        "mailready, compact": ours(folder, server, names, "--compact"),
    }
    if workers > 1 and len(os.sched_getaffinity(0)) + 1 >= workers:
        pin_all()
        rows[f"mailready, {workers} processes"] = ours(folder, server, names, "--workers", str(workers))
        pin(0, CLIENT_CORE)
    return rows | peers(server, sample)


def pin_all() -> None:
    """Lets this process and its children use every core again."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))


def show(
    console: Console, title: str, runs: Sequence[dict[str, Figures]], sample: int
) -> dict[str, tuple[float, float, float]]:
    table = Table(title=title, title_justify="left")
    table.add_column("what")
    for heading in (
        "domains/s",
        "lowest to highest",
        "of the full check",
        "of MX SPF DMARC",
        "CPU ms a domain",
        "memory MB",
        "lines",
    ):
        table.add_column(heading, justify="right")
    kept = {}
    for name in runs[0]:
        rates = [run[name].rate for run in runs]
        rate, cost = statistics.median(rates), statistics.median(run[name].cost for run in runs)
        memory = max(run[name].memory for run in runs)
        lines = min(run[name].lines for run in runs)
        ratios = [
            "" if name in (FULL, SOME) else f"{statistics.median(run[name].rate / run[peer].rate for run in runs):,.1f}"
            for peer in (FULL, SOME)
        ]
        spread = f"{min(rates):,.1f} to {max(rates):,.1f}"
        held = f"{memory:,.0f}" if memory else ""
        shown = f"{lines:,}" if lines else f"{sample:,} domains"
        table.add_row(name, f"{rate:,.1f}", spread, *ratios, f"{cost:.2f}", held, shown)
        kept[name] = (rate, cost, memory)
    console.print(table)
    return kept


if __name__ == "__main__":
    sys.exit(main())
