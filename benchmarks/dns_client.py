"""Lookups a second of our DNS client beside dnsperf, and massdns where it is installed: one run, one resolver, one table.

    python benchmarks/dns_client.py [--domains 20000] [--queries 200000] [--delay 20] [--runs 3]

Needs the Debian packages nsd, unbound and dnsperf. The servers keep to one core and the clients to another, where there
are two. The list has 16 questions a domain (`benchmarks.rig.questions`) and no answer too long for UDP. Shown is the
median of the runs, which take turns, and beside it the client's own processor time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rig import LOOPBACK, Server, delayed, domain, pin, questions, world

from scanner.dns.answer import Question
from scanner.dns.live import LiveSource
from scanner.dns.resolvers import Resolver

CLIENT_CORE, SERVER_CORE = 0, 1
FIRST_ROUND = 12
"""Questions of a domain that are asked at once; the others follow when they are answered."""
LONGEST_RUN = 600.0


@dataclass
class Figures:
    """Of each run: lookups a second, seconds of processor time for 10,000 lookups, and how they ended."""

    rate: list[float] = field(default_factory=list)
    cost: list[float] = field(default_factory=list)
    ended: Counter[str] = field(default_factory=Counter)


def ours(server: Server, domains: int, in_flight: int) -> tuple[float, float, Counter[str]]:
    """One run of our client over all questions of the first `domains`: seconds, processor seconds, statuses."""
    asked = [[Question(*question) for question in questions(domain(number))] for number in range(domains)]
    ended: Counter[str] = Counter()

    async def worker(source: LiveSource, work: Iterator[list[Question]]) -> None:
        for batch in work:
            for part in (batch[:FIRST_ROUND], batch[FIRST_ROUND:]):
                ended.update([answer.status for answer in await source.ask(part)])

    async def run() -> tuple[float, float]:
        source = LiveSource([Resolver(LOOPBACK, server.port)], in_flight=in_flight)
        await source.ask(asked[0])
        work = iter(asked)
        began, used = time.perf_counter(), time.process_time()
        await asyncio.gather(*(worker(source, work) for _ in range(max(1, in_flight // FIRST_ROUND))))
        took = time.perf_counter() - began, time.process_time() - used
        await source.close()
        return took

    return *asyncio.run(run()), ended


def dnsperf(server: Server, names: Path, queries: int, in_flight: int) -> tuple[float, float, Counter[str]]:
    command = ["dnsperf", "-s", LOOPBACK, "-p", str(server.port), "-d", str(names), "-n", "1", "-e"]
    command += ["-q", str(in_flight), "-c", "8", "-T", "1"]
    _, used, text = _timed(command)
    completed = re.search(r"Queries completed:\s+(\d+)", text)
    run_time = re.search(r"Run time \(s\):\s+([\d.]+)", text)
    if completed is None or run_time is None:
        raise SystemExit(f"dnsperf said:\n{text}")
    lost = queries - int(completed[1])
    return float(run_time[1]), used, Counter({"completed": int(completed[1]), "lost": lost})


def massdns(server: Server, names: Path, queries: int, in_flight: int) -> tuple[float, float, Counter[str]]:
    listed = names.with_name("resolvers")
    listed.write_text(f"{server.address}\n")
    plain = names.with_name("massdns")
    plain.write_text("".join(f"{line.split()[0]}\n" for line in names.read_text().splitlines()))
    took, used, _ = _timed(
        ["massdns", "-r", str(listed), "-t", "TXT", "-o", "S", "-w", os.devnull, "-s", str(in_flight), str(plain)]
    )
    return took, used, Counter({"completed": queries})


def _timed(command: list[str]) -> tuple[float, float, str]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONGEST_RUN)
    took = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return took, used, done.stdout + done.stderr


def compare(server: Server, names: Path, domains: int, runs: int, in_flight: int) -> dict[str, Figures]:
    number = domains * len(questions(domain(0)))
    found: dict[str, Figures] = {}
    for _ in range(runs):
        clients = [("mailready", lambda: ours(server, domains, in_flight))]
        if shutil.which("dnsperf"):
            clients.append(("dnsperf", lambda: dnsperf(server, names, number, in_flight)))
        if shutil.which("massdns"):
            clients.append(("massdns", lambda: massdns(server, names, number, in_flight)))
        for name, client in clients:
            took, used, ended = client()
            figures = found.setdefault(name, Figures())
            figures.rate.append(number / took)
            figures.cost.append(used / number * 10_000)
            figures.ended = ended
    return found


def show(console: Console, title: str, found: dict[str, Figures]) -> None:
    table = Table(title=title)
    for heading in ("client", "lookups/s", "lowest to highest", "of dnsperf", "CPU s per 10,000", "ended"):
        table.add_column(heading, justify="left" if heading in ("client", "ended") else "right")
    peer = found.get("dnsperf")
    for name, figures in found.items():
        rate = statistics.median(figures.rate)
        share = f"{rate / statistics.median(peer.rate):.2f}" if peer else ""
        table.add_row(
            name,
            f"{rate:,.0f}",
            f"{min(figures.rate):,.0f} to {max(figures.rate):,.0f}",
            share,
            f"{statistics.median(figures.cost):.3f}",
            ", ".join(f"{status} {count:,}" for status, count in sorted(figures.ended.items())),
        )
    console.print(table)


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--domains", type=int, default=20_000, help="domains that the servers know")
    options.add_argument("--queries", type=int, default=160_000, help="lookups of a run")
    options.add_argument("--delay", type=float, default=20, help="milliseconds of the second table; 0 leaves it out")
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--in-flight", type=int, default=1000)
    options.add_argument("--json", type=Path, help="writes the figures to a file")
    given = options.parse_args()
    console = Console(width=150)
    each = len(questions(domain(0)))
    domains = min(given.domains, max(1, given.queries // each))
    tables: dict[str, dict[str, Figures]] = {}
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        names = folder / "queries"
        names.write_text(
            "".join(f"{name} {type_}\n" for number in range(domains) for name, type_ in questions(domain(number)))
        )
        with world(folder, given.domains, core=SERVER_CORE) as server:
            pin(0, CLIENT_CORE)
            ours(server, domains, 200)  # so that the resolver knows all answers
            tables["loopback"] = compare(server, names, domains, given.runs, given.in_flight)
            show(console, f"{domains * each:,} lookups on loopback", tables["loopback"])
            if given.delay:
                with delayed(folder, server, given.delay, core=SERVER_CORE) as late:
                    key = f"{given.delay:g} ms"
                    tables[key] = compare(late, names, domains, 1, given.in_flight)
                    show(console, f"{domains * each:,} lookups at {key} round trip", tables[key])
    if given.json:
        shown = {key: {name: [one.rate, one.cost] for name, one in found.items()} for key, found in tables.items()}
        given.json.write_text(json.dumps(shown))
    return 0


if __name__ == "__main__":
    sys.exit(main())
