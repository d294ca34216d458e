"""Every DMARC verdict of ours that differs from checkdmarc's own, over real record sets, with the reason for each kind.

    MAILREADY_REALWORLD=DIR python benchmarks/dmarc_against_checkdmarc.py [--list]

Both read the same evidence; a name without a line counts as empty for both, since checkdmarc knows no "unknown". Its check
runs with other TXT records at the name ignored, which is what RFC 9989 section 4.10 asks. Ends with 1 if a difference is met
for which no reason is written here.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from rules.facts import Dmarc, Profile, catalogue
from rules.results import Target
from scanner.dns.answer import Answer, Question
from scanner.dns.recorded import RecordedSource
from scanner.probes.dmarc import PROBE
from scanner.probes.rounds import collect
from scanner.records.checkdmarc_adapter import Opinion, dmarc_opinion
from scanner.records.dmarc import read

ROOT = Path(__file__).parent.parent
REALWORLD = Path(os.environ.get("MAILREADY_REALWORLD", ROOT.parent / "shared" / "data" / "realworld"))
FACTS = frozenset(name for name in catalogue() if name.startswith("dmarc."))

KINDS = {
    "several records": "Both have no record; checkdmarc does not say which texts collide.",
    "near miss": "We name the text that was meant as DMARC (invalid); checkdmarc says that no record exists.",
    "misplaced": "We say none and name the place; checkdmarc says invalid.",
    "no record": "A domain without a record is `none` to us, `valid: False` to checkdmarc.",
    "piece that is no tag": "RFC 9989 section 4.7 ignores the piece; checkdmarc refuses the record.",
    "empty tag": "Two semicolons in a row are a syntax error that section 4.7 discards; checkdmarc refuses the record.",
    "bad report address": "The address alone is discarded (section 4.7); checkdmarc refuses the record.",
    "bad value": "The tag takes its default (section 4.7); checkdmarc refuses the record.",
    "bad policy with reports": "Acts as p=none where a valid rua is there (section 4.10.1); checkdmarc refuses the record.",
    "odd character": "Only the tag with the character is discarded (section 4.7); checkdmarc reads up to it or refuses.",
    "discarded parent": "Several records above are discarded and the walk goes on (section 4.10); checkdmarc stops.",
    "historic tags hidden": "Older receivers honour pct, rf and ri: we show them; checkdmarc drops them.",
    "test mode": "t=y lowers what is applied by one step (section 4.7); checkdmarc shows p alone.",
    "inherited policy": "sp or np is what holds for a domain without a record of its own; checkdmarc shows p.",
}
"""Each kind of difference with its reason. All of them are decisions of ours by RFC 9989."""


class Seen:
    """A domain with both verdicts."""

    def __init__(self, domain: str, facts: Dmarc, opinion: Opinion) -> None:
        self.domain, self.opinion = domain, opinion
        self.facts: Any = facts
        self.codes = {problem.code for problem in self.facts.problems}

    def differences(self) -> Iterator[tuple[str, str, str]]:
        """Kind, ours, theirs."""
        ours, theirs = self.facts.status, "valid" if self.opinion.valid else "not valid"
        if (ours == "valid") != self.opinion.valid:
            yield self._kind_of_refusal(), ours, self.opinion.error.splitlines()[0][:90]
        elif ours == "invalid" and "multiple_records" in self.codes:
            yield "several records", f"{len(self.facts.records)} records", theirs
        elif ours == "invalid" and self.facts.near_misses:
            yield "near miss", str(self.facts.near_misses[0])[:60], theirs
        elif ours == "none":
            yield "misplaced" if self.codes & {"at_apex", "doubled_zone"} else "no record", ours, theirs
        if ours == "valid" and self.opinion.valid:
            yield from self._of_values()

    def _kind_of_refusal(self) -> str:
        if self.facts.status == "valid":
            kinds = (
                ("empty tag", {"empty_tag"}),
                ("piece that is no tag", {"malformed_tag"}),
                ("bad report address", {"bad_report_uri", "missing_mailto", "blank_in_uri", "uri_separator"}),
                ("bad policy with reports", {"bad_policy", "bad_subdomain_policy", "bad_nonexistent_policy"}),
                ("bad value", {"bad_value"}),
                ("odd character", {"no_break_space", "zero_width_character", "smart_quote", "dash", "odd_character"}),
                ("discarded parent", {"multiple_records"}),
            )
            return next((kind for kind, codes in kinds if codes & self.codes), "unexplained: they refuse")
        return "unexplained: they accept"

    def _of_values(self) -> Iterator[tuple[str, str, str]]:
        facts, theirs = self.facts, self.opinion.tags
        record = read(facts.record)
        if facts.found_at != self.opinion.location:
            yield "unexplained: place", facts.found_at, str(self.opinion.location)
        policy = record.policy or "none"
        ours = {
            "p": policy,
            "sp": record.subdomain_policy or policy,
            "np": record.nonexistent_policy or record.subdomain_policy or policy,
            "t": "y" if record.testing else "n",
            "psd": record.psd,
            "adkim": record.alignment_dkim[0],
            "aspf": record.alignment_spf[0],
            "fo": record.fo,
        }
        for name, value in ours.items():
            if theirs[name] != value:
                kind = "unexplained: value" if not self.codes & {"malformed_tag", "odd_character"} else "odd character"
                yield kind, f"{name}={value}", f"{name}={theirs[name]}"
        if record.historic:
            yield "historic tags hidden", ", ".join(record.historic), "-"
        if facts.applied_policy != theirs["p"]:
            kind = "inherited policy" if facts.inherited else "test mode"
            yield kind, f"applied {facts.applied_policy}", f"p={theirs['p']}"


async def look(source: RecordedSource, domain: str) -> Seen:
    asked: dict[Question, Answer] = {}
    target = Target(domain=domain)
    observed = await collect(source, target, [PROBE], FACTS, asked)
    facts = PROBE.fold(target, observed, Profile()).facts
    # checkdmarc asks for more than we do (MX of report hosts): hand it what it misses until nothing is missing.
    for _ in range(20):
        opinion = dmarc_opinion(domain, asked.values())
        missing = [Question(name, kind) for kind, _, name in (text.partition(" ") for text in opinion.unknown)]
        if not missing:
            break
        asked.update(zip(missing, await source.ask(missing), strict=True))
    return Seen(domain, facts, opinion)


def domains_with_dmarc(files: list[Path]) -> list[str]:
    """Every domain that has a line at its _dmarc name."""
    import json

    lines = (json.loads(line) for path in files for line in path.read_text("utf-8").splitlines() if '"_dmarc.' in line)
    names = {line["name"] for line in lines if "name" in line}
    return sorted(name.removeprefix("_dmarc.") for name in names if name.startswith("_dmarc."))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--list", action="store_true", help="show every domain, not only the kinds")
    options = parser.parse_args()
    files = sorted(path for path in REALWORLD.glob("*.jsonl") if "traits" not in path.name)
    if not files:
        print(f"no evidence in {REALWORLD}; set MAILREADY_REALWORLD to the folder", file=sys.stderr)
        return 2
    source = RecordedSource(files, "nodata")
    domains = domains_with_dmarc(files)
    by_kind: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    agreed = 0
    for domain in domains:
        differences = list(asyncio.run(look(source, domain)).differences())
        agreed += not differences
        for kind, ours, theirs in differences:
            by_kind[kind].append((domain, ours, theirs))

    console = Console(width=None if sys.stdout.isatty() else 160, markup=False)
    table = Table(
        "difference", "domains", "why", title=f"DMARC of {len(domains)} domains: {agreed} without a difference"
    )
    for kind, rows in sorted(by_kind.items(), key=lambda item: -len(item[1])):
        table.add_row(kind, str(len(rows)), KINDS.get(kind, "NOT EXPLAINED"))
    console.print(table)
    unexplained = [kind for kind in by_kind if kind not in KINDS]
    listed = Table("difference", "domain", "ours", "checkdmarc's")
    for kind, rows in sorted(by_kind.items()):
        for domain, ours, theirs in rows if options.list or kind in unexplained else ():
            listed.add_row(kind, domain, ours, theirs)
    if listed.row_count:
        console.print(listed)
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
