"""Every SPF verdict of ours that differs from checkdmarc's own, over real record sets, with the reason for each kind.

    MAILREADY_REALWORLD=DIR python benchmarks/spf_against_checkdmarc.py [--list]

Both read the same evidence; a name without a line counts as empty for both, since checkdmarc knows no "unknown". So names that the
evidence never had (most of what a and mx ask for) are void lookups here, for both alike. Compared is whether receivers can use
the record, and, where both say yes, the lookups and void lookups. Ends with 1 if a difference is met for which no reason is
written here.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from rules.facts import Profile
from rules.results import Target
from scanner.dns.answer import Answer, Question
from scanner.dns.recorded import RecordedSource
from scanner.probes.rounds import collect
from scanner.probes.spf import PROBE
from scanner.records.checkdmarc_adapter import Opinion, spf_opinion
from scanner.records.spf import parse

ROOT = Path(__file__).parent.parent
REALWORLD = Path(os.environ.get("MAILREADY_REALWORLD", ROOT.parent / "shared" / "data" / "realworld"))
FACTS = frozenset(
    f"spf.{name}"
    for name in ("status", "error", "problems", "record", "records", "lookups", "void_lookups", "includes")
)

KINDS = {
    "version in upper case": "The version is case-insensitive (RFC 7208 section 4.5); checkdmarc's grammar takes lower case only.",
    "blank that is no space": "Only spaces separate terms (section 4.6.1); checkdmarc reads other white space as one.",
    "fault after all": "A syntax error anywhere makes a permerror (section 4.6); checkdmarc stops reading at all.",
    "macro in a name": "%{d} and %{o} do not depend on the sender, so the include is followed (section 7); checkdmarc skips it.",
    "ptr as a void lookup": "What ptr asks for depends on the client's address; checkdmarc asks for the domain's own PTR and counts it.",
    "null MX as a void lookup": "A null MX is a record, so the answer is not empty (section 4.6.4); checkdmarc counts it as void.",
}
"""Each kind of difference with its reason. All of them are decisions of ours by RFC 7208."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A domain with both verdicts."""

    domain: str
    facts: Any
    opinion: Opinion
    has_ptr: bool
    has_null_mx: bool
    """Somewhere in the tree, as the name of an mx."""

    def differences(self) -> Iterator[tuple[str, str, str]]:
        """Kind, ours, theirs."""
        ours = self.facts.status
        if (ours == "valid") != self.opinion.valid:
            error = " ".join(self.opinion.error.split())[:90]
            yield self._kind_of_verdict(), f"{ours}: {self.facts.error or self.facts.record}"[:90], error or "valid"
        elif ours == "valid":
            for name, number in (("lookups", "dns_lookups"), ("void_lookups", "void_dns_lookups")):
                mine, theirs = str(getattr(self.facts, name)), self.opinion.tags.get(number)
                if theirs is not None and mine != theirs:
                    yield self._kind_of_number(name), f"{mine} {name}", f"{theirs} {name}"

    def _kind_of_verdict(self) -> str:
        record = self.facts.record or ""
        if self.facts.status == "valid":
            if not record.startswith("v=spf1"):
                return "version in upper case"
            return self._kind_of_number("void_lookups") if "void" in self.opinion.error else "unexplained: they refuse"
        if any(
            fault.code == "bad_character" and set(fault.term) & set("\t\r\n\u00a0") for fault in parse(record).faults
        ):
            return "blank that is no space"
        if "text_after_all" in {problem.code for problem in self.facts.problems}:
            return "fault after all"
        return "macro in a name" if "%{d}" in record or "%{o}" in record else "unexplained: they accept"

    def _kind_of_number(self, name: str) -> str:
        if name == "void_lookups" and self.has_ptr:
            return "ptr as a void lookup"
        if name == "void_lookups" and self.has_null_mx:
            return "null MX as a void lookup"
        return f"unexplained: {name}"


async def look(source: RecordedSource, domain: str) -> tuple[Seen, float, float]:
    """Both verdicts, and the seconds of processor time that each took (asking left out for checkdmarc's)."""
    asked: dict[Question, Answer] = {}
    target = Target(domain=domain)
    began = time.process_time()
    observed = await collect(source, target, [PROBE], FACTS, asked)
    facts = PROBE.fold(target, observed, Profile()).facts
    ours = time.process_time() - began
    # checkdmarc asks for more than we do (PTR, AAAA of MX hosts): hand it what it misses until nothing is missing.
    for _ in range(20):
        began = time.process_time()
        opinion = spf_opinion(domain, asked.values())
        theirs = time.process_time() - began
        missing = [Question(name, kind) for kind, _, name in (text.partition(" ") for text in opinion.unknown)]
        missing = [question for question in missing if question not in asked]
        if not missing:
            break
        asked.update(zip(missing, await source.ask(missing), strict=True))
    has_ptr = any(step.kind == "ptr" for node in observed["spf"].tree.order for step in node.counting)
    mx_sets = (answer.values for (_, kind), answer in observed["spf"].tree.answers.items() if kind == "MX")
    has_null_mx = any(value.endswith(" .") for values in mx_sets for value in values)
    return Seen(domain, facts, opinion, has_ptr, has_null_mx), ours, theirs


def domains_of(files: list[Path]) -> list[str]:
    """Every domain of the record files, but the names that only serve as include targets."""
    lines = (
        json.loads(line)
        for path in files
        if "include-targets" not in path.name
        for line in path.read_text("utf-8").splitlines()
    )
    return sorted({line["domain"] for line in lines})


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--list", action="store_true", help="show every domain, not only the kinds")
    options = parser.parse_args()
    files = sorted(path for path in REALWORLD.glob("*.jsonl") if "traits" not in path.name)
    if not files:
        print(f"no evidence in {REALWORLD}; set MAILREADY_REALWORLD to the folder", file=sys.stderr)
        return 2
    source = RecordedSource(files, "nodata")
    kinds: dict[str, list[tuple[Seen, str, str]]] = defaultdict(list)
    seen, ours, theirs = [], 0.0, 0.0
    for domain in domains_of(files):
        one, mine, other = asyncio.run(look(source, domain))
        seen.append(one)
        ours, theirs = ours + mine, theirs + other
        for kind, first, second in one.differences():
            kinds[kind].append((one, first, second))
    console = Console(width=None if sys.stdout.isatty() else 200)
    states = [one.facts.status for one in seen]
    console.print(
        f"{len(seen)} domains: {states.count('valid')} valid, {states.count('permerror')} permerror, "
        f"{states.count('none')} without a record; {sum(map(len, kinds.values()))} differences."
    )
    console.print(
        f"Processor time a domain: {ours / len(seen) * 1e6:.0f} us with the asking from evidence, "
        f"checkdmarc {theirs / len(seen) * 1e6:.0f} us without."
    )
    _print(console, kinds, options.list)
    return 1 if any(kind not in KINDS for kind in kinds) else 0


def _print(console: Console, kinds: dict[str, list[tuple[Seen, str, str]]], everything: bool) -> None:
    table = Table("kind", "domains", "example", "ours", "checkdmarc", "why")
    for kind, cases in sorted(kinds.items(), key=lambda entry: -len(entry[1])):
        for place, (one, ours, theirs) in enumerate(cases if everything else cases[:1]):
            count = str(len(cases)) if place == 0 else ""
            why = KINDS.get(kind, "no reason is written here") if place == 0 else ""
            table.add_row(kind if place == 0 else "", count, one.domain, ascii(ours)[1:-1], ascii(theirs)[1:-1], why)
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
