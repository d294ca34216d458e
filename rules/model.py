"""What the loader makes of packs, profiles, frameworks and waivers: compiled once, judged many times."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rules.facts import FactType, Judged, Unknown, Value, judged_by
from rules.results import Action, Effort, FrameworkText, Owner, PackInfo, RuleText, Severity

Facts = Mapping[str, Value]
"""Fact values by dotted name, `profile.*` included."""
Verdict = bool | Unknown
"""Kleene: true, false, or unknown with its reason."""


Asks = Literal["presence", "among", "least", "size", "elements", ""]


@dataclass(frozen=True, slots=True)
class Look:
    """What a condition asks of one fact, which may be to compare it with `others`. `fields` are those of its records that
    it reads, without the fact's name.

    What it `asks` is told where it is simple: whether there is a value, whether it is among the `literals`, whether it is
    at least the one number in them, how the number of elements compares with that, or something of each element by itself.
    """

    fact: FactType
    test: Callable[[Facts], Verdict]
    others: frozenset[str] = frozenset()
    fields: tuple[str, ...] = ()
    asks: Asks = ""
    literals: frozenset[Any] = frozenset()


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition: a pure function of facts, the facts it reads, and itself in words ("spf.lookups is at most 10")."""

    test: Callable[[Facts], Verdict]
    facts: frozenset[str]
    text: str
    fields: frozenset[str] = frozenset()
    """The fields of records in lists that it reads: "mx.records.kind"."""
    culprits: Mapping[str, Callable[[Value, Facts], Verdict]] = field(default_factory=dict)
    """By list fact, the test of an element that makes the condition false: what `none` forbids, what `every` misses."""
    looks: tuple[Look, ...] = ()
    """All that decides it: where these say the same of two domains, so does the condition. Empty if it was not compiled."""


@dataclass(frozen=True, slots=True)
class Template:
    """Text with placeholders, parsed: literal pieces as they are, each placeholder as a `Slot`."""

    parts: tuple[str | Slot, ...]

    @property
    def facts(self) -> frozenset[str]:
        return frozenset(part.fact for part in self.parts if isinstance(part, Slot) and part.fact)


@dataclass(frozen=True, slots=True)
class Slot:
    """A placeholder: a fact's dotted name ("domain.name" for {domain}), or the item of `each` (fact "") and its field."""

    fact: str
    item_field: str = ""


@dataclass(frozen=True, slots=True)
class ChangeSpec:
    """A change before its placeholders are filled; `each` names a list fact to repeat over."""

    action: Action
    name: Template
    type: str
    value: Template
    ttl: int | None
    replaces: Template | None
    each: str


@dataclass(frozen=True, slots=True)
class FixSpec:
    effort: Effort
    owner: Owner
    text: Template
    command: Template | None
    changes: tuple[ChangeSpec, ...]
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """Facts and the status they must give. `where` is file:line:column."""

    facts: Mapping[str, Value]
    expect: str
    where: str


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    title: str
    severity: Severity
    needs: tuple[str, ...]
    when: Condition | None
    assertion: Condition
    failed: Template
    passed: Template | None
    why: str
    fix: FixSpec | None
    cap: str
    refs: tuple[str, ...]
    maps: Mapping[str, tuple[str, ...]]
    examples: tuple[Example, ...]
    pack: str
    where: str

    @property
    def facts(self) -> frozenset[str]:
        """Every fact the rule reads: to decide, to word its messages, and to fill its changes."""
        found = set(self.assertion.facts | self.failed.facts)
        if self.when:
            found |= self.when.facts
        if self.passed:
            found |= self.passed.facts
        if self.fix:
            templates = [self.fix.text, self.fix.command]
            for change in self.fix.changes:
                templates += [change.name, change.value, change.replaces]
                if change.each:
                    found.add(change.each)
            for template in templates:
                if template:
                    found |= template.facts
        return frozenset(found)

    @property
    def judged(self) -> Judged:
        """What the rule judges: submissions if it reads a `submission.*` fact, else domains."""
        return "submissions" if any(judged_by(name) == "submissions" for name in self.facts) else "domains"

    @property
    def text(self) -> RuleText:
        return RuleText(title=self.title, why=self.why, refs=self.refs, maps=self.maps)


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile with what it extends folded in: a choice of rules with severities, and expected values."""

    name: str
    title: str
    facts: Mapping[str, Value]
    severities: Mapping[str, Severity]
    disabled: frozenset[str]
    frameworks: tuple[str, ...] = ()
    """Only rules that map to one of these are chosen; all, where empty."""
    judges: Judged = "domains"
    """What it is for; only rules that judge this are chosen."""


@dataclass(frozen=True, slots=True)
class Library:
    """Everything that was loaded."""

    packs: tuple[PackInfo, ...]
    rules: Mapping[str, Rule]
    profiles: Mapping[str, Profile]
    frameworks: Mapping[str, FrameworkText]


@dataclass(frozen=True, slots=True)
class Selection:
    """What one profile chooses from a library: rules in the order in which they can be judged (needed ones first)."""

    profile: Profile
    rules: tuple[Rule, ...]
    facts: frozenset[str] = field(default_factory=frozenset)
    """Every fact but `profile.*` that the rules read."""

    @property
    def judged(self) -> Judged:
        return self.profile.judges


@dataclass(frozen=True, slots=True)
class Waiver:
    rule: str
    domains: tuple[str, ...]
    reason: str
    owner: str
    expires: datetime.date
    ticket: str
    where: str
    submissions: tuple[str, ...] = ()
    """Names of submissions; `*` and `?` stand for anything."""

    @property
    def names(self) -> tuple[str, ...]:
        """What it speaks of, as its file has it."""
        return (*self.domains, *self.submissions)
