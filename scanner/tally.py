"""What a run counts as it goes: small, however long the list, and kept with every checkpoint so that a run that is
resumed sums up the whole list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from msgspec import Struct

from reports.jsondoc import decode_domain
from rules.model import Waiver
from rules.results import GRADES, Result, RuleText
from scanner.result_line import brief_line_of, line_of
from scanner.scan import Scanned

__all__ = ["Finished", "Note", "Tally", "documents", "note_of", "used_waivers"]

PROVED: Final = frozenset({"NOERROR", "NODATA", "NXDOMAIN"})
MOST_CAUSES: Final = 200
"""Causes of unknowns counted apart; servers can be many, and what comes later is counted together."""
OTHER_CAUSES: Final = "other"


class Note(Struct, frozen=True, gc=False):
    """What of one result is counted. `waivers` are places in the run's waivers; `causes` are of its unknowns."""

    grade: str
    low: str
    high: str
    failed: tuple[str, ...]
    unknown: int
    causes: tuple[str, ...]
    answers: int
    waivers: tuple[int, ...] = ()


@dataclass(slots=True)
class Finished:
    """One row's result as its line of NDJSON, with its note: what travels between processes and into the sinks."""

    row: int
    line: bytes
    note: Note
    rules: Mapping[str, RuleText]
    scanned: Result | None = None

    @property
    def result(self) -> Result:
        """The result as its line tells it."""
        if self.scanned is None:
            self.scanned = decode_domain(self.line, rules=self.rules)
        return self.scanned


def documents(scanned: Scanned, waivers: Mapping[Waiver, int], *, compact: bool) -> tuple[bytes, Note]:
    """What a scan ends as: a line of NDJSON, and what is counted of it."""
    used = tuple(sorted([waivers[waiver] for waiver in scanned.used_waivers]))
    sheet = scanned.draft.sheet
    note = _noted(scanned.head, sheet.failed, sheet.unknown, used)
    return brief_line_of(scanned) if compact else line_of(scanned), note


def note_of(result: Result, waivers: tuple[int, ...] = ()) -> Note:
    """What is counted of a result."""
    failed = {finding.rule for finding in result.findings if finding.status == "fail" and finding.severity != "info"}
    unknown = sum(finding.status == "unknown" for finding in result.findings)
    return _noted(result, tuple(sorted(failed)), unknown, waivers)


def _noted(result: Result, failed: tuple[str, ...], unknown: int, waivers: tuple[int, ...]) -> Note:
    causes: set[str] = set()
    if unknown:
        for answer in result.answers:
            if answer.status not in PROVED:
                causes.add(f"{answer.status} from {answer.server}" if answer.server else answer.status)
    return Note(
        grade=result.grade,
        low=result.grade_low,
        high=result.grade_high,
        failed=failed,
        unknown=unknown,
        causes=tuple(sorted(causes)),
        answers=len(result.answers),
        waivers=waivers,
    )


def used_waivers(result: Result, waivers: Sequence[Waiver]) -> tuple[int, ...]:
    """The places of the waivers that met a finding of a stored result; a compact one only tells their rules."""
    if result.left_out:
        waived = {finding.rule for finding in result.findings if finding.status == "waived"}
        return tuple(place for place, waiver in enumerate(waivers) if waiver.rule in waived)
    met = {
        (finding.rule, held.reason, held.owner, held.ticket, held.expires)
        for finding in result.findings
        if (held := finding.waiver) is not None
    }
    return tuple(
        place
        for place, waiver in enumerate(waivers)
        if (waiver.rule, waiver.reason, waiver.owner, waiver.ticket, waiver.expires.isoformat()) in met
    )


@dataclass(slots=True)
class Tally:
    """Counts of all domains that are done, those of before a resume included. `seconds` is what earlier runs took."""

    done: int = 0
    answers: int = 0
    unknown: int = 0
    seconds: float = 0.0
    grades: Counter[str] = field(default_factory=Counter)
    ends: Counter[tuple[str, str]] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    waivers: set[int] = field(default_factory=set)

    def add(self, note: Note) -> None:
        """Counts one domain; `unknown` are the domains with any unknown finding."""
        self.done += 1
        self.answers += note.answers
        self.unknown += note.unknown > 0
        self.grades[note.grade] += 1
        self.ends[note.low, note.high] += 1
        self.failed.update(note.failed)
        self.waivers.update(note.waivers)
        for cause in note.causes:
            known = cause in self.causes or len(self.causes) < MOST_CAUSES
            self.causes[cause if known else OTHER_CAUSES] += 1

    def exit_code(self, fail_under: str) -> int:
        """1 if a best possible grade is below `fail_under`; 3 if only a worst possible one is, or if a grade is open."""
        if not fail_under:
            return 3 if any(low != high for low, high in self.ends) else 0
        if any(_below(high, fail_under) for _, high in self.ends):
            return 1
        return 3 if any(_below(low, fail_under) for low, _ in self.ends) else 0

    def document(self, seconds: float = 0.0) -> dict[str, Any]:
        """The counts for a checkpoint; `seconds` is what this run has taken so far."""
        return {
            "done": self.done,
            "answers": self.answers,
            "unknown": self.unknown,
            "seconds": round(self.seconds + seconds, 3),
            "grades": dict(self.grades),
            "ends": [[low, high, number] for (low, high), number in self.ends.items()],
            "failed": dict(self.failed),
            "causes": dict(self.causes),
            "waivers": sorted(self.waivers),
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Tally:
        """The counts that a checkpoint holds; of nothing, where it holds none."""
        ends: Sequence[Sequence[Any]] = document.get("ends", ())
        return cls(
            done=document.get("done", 0),
            answers=document.get("answers", 0),
            unknown=document.get("unknown", 0),
            seconds=document.get("seconds", 0.0),
            grades=Counter(document.get("grades", {})),
            ends=Counter({(low, high): number for low, high, number in ends}),
            failed=Counter(document.get("failed", {})),
            causes=Counter(document.get("causes", {})),
            waivers=set(document.get("waivers", ())),
        )


def _below(grade: str, bound: str) -> bool:
    return grade in GRADES and GRADES.index(grade) > GRADES.index(bound)
