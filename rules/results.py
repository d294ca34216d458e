"""What travels between the packages, in the shape that JSON shows (DESIGN: results and reports).

Everything here is plain data: text, numbers, lists and maps. A fact's value stands here in its document form
(`rules.facts.to_document`), an unknown one as `{"unknown": reason}`, so that a report made from a stored
JSON is the same as one made from a scan.

What is made for every domain are msgspec structs: a Finding costs 0.3 us to make and to encode, a frozen dataclass of its
size ten times that. They form no cycles, so the garbage collector need not look. What is made once a run are dataclasses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

__all__ = [
    "CAPS",
    "COMPACT_SCHEMA",
    "GRADES",
    "LETTERS",
    "SCHEMA",
    "SCORE_SENTENCES",
    "SEVERITIES",
    "STATUSES",
    "WEIGHTS",
    "AppliedWaiver",
    "BadRow",
    "Change",
    "DomainResult",
    "Finding",
    "Fix",
    "FrameworkText",
    "LostPoints",
    "PackInfo",
    "QueryRecord",
    "Report",
    "Requirement",
    "ResolverUse",
    "Result",
    "RuleText",
    "Run",
    "Score",
    "Severity",
    "Status",
    "SubmissionResult",
    "Target",
    "Tool",
    "UnusedWaiver",
]

SCHEMA: Final = "https://mailready.example/schema/report.v1.json"
"""Identifier of the report format; 1.x only adds fields."""
COMPACT_SCHEMA: Final = "https://mailready.example/schema/compact.v1.json"
"""Identifier of the compact form, for very long lists: the same header, and of each domain the least that says where it stands."""

Status = Literal["pass", "fail", "unknown", "blocked", "not_applicable", "waived"]
Severity = Literal["critical", "high", "medium", "low", "info"]
Effort = Literal["minutes", "hours", "days", "weeks"]
Owner = Literal["dns", "tenant", "registrar", "gateway", "sender", "provider"]
Action = Literal["add", "replace", "delete"]

STATUSES: Final[tuple[Status, ...]] = ("fail", "blocked", "unknown", "pass", "waived", "not_applicable")
"""In the order in which a reader wants them."""
SEVERITIES: Final[tuple[Severity, ...]] = ("critical", "high", "medium", "low", "info")
EFFORTS: Final[tuple[Effort, ...]] = ("minutes", "hours", "days", "weeks")
OWNERS: Final[tuple[Owner, ...]] = ("dns", "tenant", "registrar", "gateway", "sender", "provider")
ACTIONS: Final[tuple[Action, ...]] = ("add", "replace", "delete")
GRADES: Final = "ABCDF"
"""Best first. "-" (nothing to judge) and "?" (unknowns decide) stand beside them."""

WEIGHTS: Final[Mapping[Severity, int]] = MappingProxyType({"critical": 10, "high": 7, "medium": 4, "low": 1, "info": 0})
"""What a check weighs in the score (DESIGN: score)."""
CAPS: Final[Mapping[Severity, str]] = MappingProxyType(
    {"critical": "D", "high": "B", "medium": "", "low": "", "info": ""}
)
"""The best letter that is left when a check of the severity fails or is blocked; "" is none."""
LETTERS: Final = ((90, "A"), (75, "B"), (60, "C"), (40, "D"), (0, "F"))
"""From which score on each letter is given, without caps."""

SCORE_SENTENCES: Final[tuple[str, ...]] = (
    "Every check has a weight by its severity: critical 10, high 7, medium 4, low 1, for information 0.",
    "The score is the weight of the checks that passed, of 100 parts of the weight of those that passed, failed or are blocked, rounded half up.",
    "A check is blocked if one that it needs failed: it earns nothing, but is not told as a second problem. Waived checks and those that do not apply do not count.",
    "The letter is A from 90, B from 75, C from 60, D from 40, and F below.",
    "A cap can hold the letter down: at D if a critical check failed or is blocked, at B if a high one did, or at what a failed check names itself.",
    "A check that could not be completed is taken once as passed and once as failed: where that changes the score, it is a range.",
    "A letter is shown only if the checks that could not be completed cannot change it; otherwise the grade is ? with both ends. Where there is nothing to judge it is -.",
    "The reachable score is the one with every failure mended but those that only the provider can mend.",
)
"""How a score and a grade are made, for readers; every report prints them (DESIGN: score)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A domain to scan, with what its list said of it. `domain` is in A-labels, lower case, without final dot."""

    domain: str
    unicode: str = ""
    client: str = ""
    ticket: str = ""
    profile: str = ""
    tenant: str = ""
    selectors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class QueryRecord(Struct, frozen=True, kw_only=True, gc=False):
    """One answer as evidence: a record set, or the proof or failure that stood in its place."""

    name: str
    type: str
    status: str
    values: tuple[str, ...] = ()
    ttl: int | None = None
    ad: bool = False
    server: str = ""
    at: str = ""
    reason: str = ""
    strings: tuple[tuple[str, ...], ...] | None = None


class Fix(Struct, frozen=True, kw_only=True, gc=False):
    """How a failure is mended: words for people, with who must do it and how long it takes.

    Where one of the rules of `after` fails too, both are one job, and the other rule's part of it comes first.
    """

    effort: Effort
    owner: Owner
    text: str
    command: str = ""
    after: tuple[str, ...] = ()


class AppliedWaiver(Struct, frozen=True, kw_only=True, gc=False):
    """The waiver that holds for a finding, or that held until it expired (`expired`)."""

    reason: str
    owner: str
    expires: str
    ticket: str = ""
    expired: bool = False


class Finding(Struct, frozen=True, gc=False):
    """A rule's status on a target. `evidence` indexes DomainResult.answers; `blocked_by` names the needed rule that decided."""

    rule: str
    severity: Severity
    status: Status
    message: str
    expected: str
    observed: Mapping[str, Any] = msgspec.field(default_factory=dict)
    evidence: tuple[int, ...] = ()
    blocked_by: str = ""
    fix: Fix | None = None
    waiver: AppliedWaiver | None = None


class Change(Struct, frozen=True, kw_only=True, gc=False):
    """A record to add, replace or delete.

    `value` is what to publish (add, replace) or to remove (delete), in RFC 1035 presentation form, TXT joined and
    unquoted; `replaces` is the value that a replace takes away: other records of the set stay. `rules` ask for it.
    """

    action: Action
    name: str
    type: str
    value: str
    ttl: int | None = None
    replaces: str = ""
    rules: tuple[str, ...] = ()
    severity: Severity = "info"
    owner: Owner = "dns"
    effort: Effort = "minutes"


class LostPoints(Struct, frozen=True, kw_only=True, gc=False):
    """What a rule costs, of 100, with every unknown taken as fail; the status says whether it is certain."""

    rule: str
    points: float
    status: Status


class Score(Struct, frozen=True, kw_only=True, gc=False):
    """Low and high end (equal where nothing unknown matters), and what mending all but the provider's faults reaches.

    All three are None where there is nothing to judge. `lost` adds up to 100 - low, before rounding.
    """

    low: int | None
    high: int | None
    reachable: int | None
    lost: tuple[LostPoints, ...] = ()


class DomainResult(Struct, frozen=True, kw_only=True, gc=False):
    """Everything about one scanned domain. `grade` is A to F, "?" (between grade_low and grade_high) or "-".

    `tenant` and `selectors` are what its list said. `left_out` names what a compact result does not have.
    """

    domain: str
    unicode: str = ""
    client: str = ""
    ticket: str = ""
    tags: tuple[str, ...] = ()
    profile: str
    profile_reason: str
    score: Score
    grade: str
    grade_low: str
    grade_high: str
    cap_by: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] = ()
    facts: Mapping[str, Any] = msgspec.field(default_factory=dict)
    answers: tuple[QueryRecord, ...] = ()
    tenant: str = ""
    selectors: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


class SubmissionResult(Struct, frozen=True, kw_only=True, gc=False):
    """Everything about one way of sending; but for `submission` and `kind` the fields are those of DomainResult.

    `submission` is its name: the host of an endpoint, or the file and form of settings. `answers` are sessions (type SMTP,
    named host:port) and settings that were read (type SETTING, named file:line), secrets masked.
    """

    submission: str
    kind: Literal["endpoint", "settings"]
    client: str = ""
    ticket: str = ""
    tags: tuple[str, ...] = ()
    profile: str
    profile_reason: str
    score: Score
    grade: str
    grade_low: str
    grade_high: str
    cap_by: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] = ()
    facts: Mapping[str, Any] = msgspec.field(default_factory=dict)
    answers: tuple[QueryRecord, ...] = ()
    tenant: str = ""

    # What reports read of every result, so that a submission is shown by the same pages as a domain.

    @property
    def domain(self) -> str:
        return self.submission

    @property
    def unicode(self) -> str:
        return self.submission

    @property
    def selectors(self) -> tuple[str, ...]:
        return ()

    @property
    def left_out(self) -> tuple[str, ...]:
        return ()


Result = DomainResult | SubmissionResult


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleText:
    """What is the same for every domain: told once a report."""

    title: str
    why: str
    refs: tuple[str, ...] = ()
    maps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One requirement of a framework. `testable` is false where public DNS cannot answer it; `note` says why."""

    id: str
    title: str
    testable: bool = True
    note: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameworkText:
    """A framework with every requirement."""

    id: str
    title: str
    url: str
    requirements: tuple[Requirement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackInfo:
    """Which rules judged: a pack with the SHA-256 of its files."""

    id: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    name: str
    version: str
    packs: tuple[PackInfo, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row of a list that was skipped, with its number and why."""

    source: str
    row: int
    text: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusedWaiver:
    """A waiver that met no finding."""

    rule: str
    domains: tuple[str, ...]
    expires: str
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolverUse:
    """A resolver that was asked in a run, and how many of the questions it answered."""

    server: str
    answers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run; the only part of a report in which a replay differs from the original.

    `resolvers` are those of a live run, in the order in which they were to be asked. `doubts` are sentences about the
    answers as a whole: a resolver that forges some, or that shows another view than the world has.
    `asked` is what the run was asked to do, by option, contents as digests: what `--resume` compares.
    Of very many bad rows `bad_rows` has the first; `more_bad_rows` counts the others.
    """

    id: str
    started: str
    finished: str = ""
    source: str = ""
    resolvers: tuple[ResolverUse, ...] = ()
    doubts: tuple[str, ...] = ()
    bad_rows: tuple[BadRow, ...] = ()
    unused_waivers: tuple[UnusedWaiver, ...] = ()
    asked: Mapping[str, str] = field(default_factory=dict)
    more_bad_rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A whole report, as report.json holds it.

    NDJSON has the same but `domains` and `submissions` in its first line, then a domain or a submission a line.
    """

    schema: str = SCHEMA
    tool: Tool
    run: Run
    frameworks: Mapping[str, FrameworkText] = field(default_factory=dict)
    rules: Mapping[str, RuleText] = field(default_factory=dict)
    domains: tuple[DomainResult, ...] = ()
    submissions: tuple[SubmissionResult, ...] = ()

    @property
    def results(self) -> tuple[Result, ...]:
        """Domains, then submissions."""
        return (*self.domains, *self.submissions)

    def with_senders(self, submissions: tuple[SubmissionResult, ...], rules: Mapping[str, RuleText]) -> Report:
        """The header with submissions, which the pages of their domains show, and the texts of the rules that judged them."""
        return replace(self, submissions=submissions, rules={**self.rules, **rules})

    def holding(self, results: Iterable[Result]) -> Report:
        """The same report with these results, each kind in its order."""
        held = tuple(results)
        return replace(
            self,
            domains=tuple(result for result in held if isinstance(result, DomainResult)),
            submissions=tuple(result for result in held if isinstance(result, SubmissionResult)),
        )

    @property
    def is_compact(self) -> bool:
        """Whether its domains are compact: without messages, values, facts and answers."""
        return self.schema == COMPACT_SCHEMA
