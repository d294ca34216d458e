"""Scans every domain of real record sets as one portfolio, and prints how long it took and what came out.

    MAILREADY_REALWORLD=DIR python benchmarks/realworld.py [--missing unknown|nodata] [--profile auto]

All record files are evidence at once; a name without a line is not recorded (unknown) or proved empty (nodata). Nothing is
written, and only numbers are shown.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import json
import os
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from installed import ROOT
from rich.console import Console
from rich.table import Table

from reports.jsondoc import encode_domain
from rules.loader import load_library
from rules.results import DomainResult, Target
from scanner.bulk import Stop, scan_targets
from scanner.dns.recorded import RecordedSource
from scanner.plan import AUTO, make_plans
from scanner.scan import ScanOptions, scan_options
from scanner.targets import read_arguments

REALWORLD = Path(os.environ.get("MAILREADY_REALWORLD") or ROOT.parent / "shared" / "data" / "realworld")
MOST = 15
_NAME = re.compile(r"\S+\.\S+")


class Tally:
    """What is counted as the results come; none of them is kept."""

    def __init__(self) -> None:
        self.domains = self.octets = 0
        self.grades: Counter[str] = Counter()
        self.profiles: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.problems: Counter[str] = Counter()
        self.unknowns: Counter[str] = Counter()

    def add(self, result: DomainResult) -> None:
        self.domains += 1
        self.octets += len(encode_domain(result))
        self.grades[result.grade if result.grade != "?" else f"? ({result.grade_low} to {result.grade_high})"] += 1
        self.profiles[result.profile] += 1
        self.failures.update(finding.rule for finding in result.findings if finding.status == "fail")
        self.problems.update(set(problem_codes(result.facts)))
        causes = {cause_of(reason) for f in result.findings if f.status == "unknown" for reason in reasons(f.observed)}
        self.unknowns.update(causes)


def problem_codes(facts: Mapping[str, Any]) -> Iterator[str]:
    for subject in ("spf", "dmarc"):
        for problem in facts.get(subject, {}).get("problems", ()):
            if isinstance(problem, dict) and "code" in problem:
                yield f"{subject}: {problem['code']}"
    for selector in ("selector1", "selector2"):
        code = facts.get("dkim", {}).get(selector, {}).get("problem")
        if isinstance(code, str):
            yield f"dkim: {code}"


def reasons(value: Any) -> Iterator[str]:
    """Every reason for which some part of an observation is unknown."""
    if isinstance(value, dict):
        if value.keys() == {"unknown"}:
            yield value["unknown"]
        else:
            yield from reasons(list(value.values()))
    elif isinstance(value, list):
        for inner in value:
            yield from reasons(inner)


def cause_of(reason: str) -> str:
    """A reason without the names in it, so that equal causes can be counted."""
    return _NAME.sub("...", reason)


def domains() -> list[Target]:
    found: dict[str, None] = {}
    for path in record_files():
        with path.open(encoding="utf-8") as lines:
            found.update((json.loads(line)["domain"], None) for line in lines)
    return [row for row in read_arguments(list(found)) if isinstance(row, Target)]


def record_files() -> list[Path]:
    return sorted(path for path in REALWORLD.glob("*.jsonl") if "traits" not in path.name)


async def scan(targets: Iterable[Target], source: RecordedSource, options: ScanOptions, tally: Tally) -> None:
    async for _, scanned in scan_targets(enumerate(targets), source, options, concurrency=16, stop=Stop()):
        tally.add(scanned.result)


def table(title: str, counted: Iterable[tuple[str, object]]) -> Table:
    made = Table("what", "number", title=title, title_justify="left", min_width=60)
    made.columns[1].justify = "right"
    for what, number in counted:
        made.add_row(what, f"{number:,}" if isinstance(number, int) else str(number))
    return made


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--missing", choices=("unknown", "nodata"), default="unknown")
    parser.add_argument("--profile", default=AUTO)
    arguments = parser.parse_args()
    if not record_files():
        print(f"no record sets in {REALWORLD}; set MAILREADY_REALWORLD")
        return 2
    begun = time.perf_counter()
    source = RecordedSource(record_files(), arguments.missing)
    library = load_library()
    plans = make_plans(library, sorted(library.profiles), auto=arguments.profile == AUTO)
    options = scan_options(plans, profile=arguments.profile, today=datetime.datetime.now(datetime.UTC).date())
    targets, tally = domains(), Tally()
    ready = time.perf_counter()
    asyncio.run(scan(targets, source, options, tally))
    seconds = time.perf_counter() - ready
    show = Console().print
    show(
        table(
            f"{tally.domains:,} domains, missing={arguments.missing}, profile {arguments.profile}",
            [
                ("seconds to read evidence and rules", f"{ready - begun:.1f}"),
                ("seconds to scan and encode", f"{seconds:.1f}"),
                ("domains a second", f"{tally.domains / seconds:,.0f}"),
                ("octets of JSON a domain", tally.octets // max(1, tally.domains)),
            ],
        )
    )
    for title, counter in (
        ("grades", tally.grades),
        ("profiles", tally.profiles),
        ("failures", tally.failures),
        ("problems", tally.problems),
        ("unknown checks by cause, in domains", tally.unknowns),
    ):
        show(table(title, counter.most_common(MOST)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
