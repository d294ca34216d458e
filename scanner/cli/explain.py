"""`mailready scan --explain`: which facts the rules need and which questions the facts need, without asking any."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from rules.model import Library
from scanner.cli.estimate import cost_of, estimate_lines
from scanner.cli.lines import print_lines
from scanner.plan import AUTO, Plan, planned_asks
from scanner.probes.auto import AUTO_FACTS

__all__ = ["explain"]


def explain(
    plans: Mapping[str, Plan],
    library: Library,
    profile: str,
    *,
    domains: int | None = None,
    concurrency: int,
    workers: int,
) -> int:
    """Prints the plan of the run's profile; for auto, of every profile it may choose. Then what a list will cost:
    `domains` is about how many it has.
    """
    cost = estimate_lines(cost_of(plans, profile), domains, concurrency, workers)
    print_lines(itertools.chain(_lines(plans, library, profile), [""], cost))
    return 0


def _lines(plans: Mapping[str, Plan], library: Library, profile: str) -> Iterator[str]:
    yield "Packs: " + ", ".join(
        f"{pack.id} version {pack.version} (sha256 {pack.digest[:12]})" for pack in library.packs
    )
    if profile == AUTO:
        yield f"Profile auto: chosen for each domain from {', '.join(sorted(AUTO_FACTS))}."
    for name in plans if profile == AUTO else (profile,):
        yield ""
        yield from _plan_lines(name, plans[name])


@dataclass(slots=True)
class _Kind:
    """A kind of question, with everything that any probe declares of it."""

    shared: bool = False
    conditions: list[str] = field(default_factory=list)
    facts: set[str] = field(default_factory=set)

    @property
    def always(self) -> bool:
        return "" in self.conditions

    @property
    def note(self) -> str:
        notes = ["shared"] if self.shared else []
        if not self.always:
            notes += dict.fromkeys(self.conditions)
        return f"  ({'; '.join(notes)})" if notes else ""


def _kinds(plan: Plan) -> dict[tuple[str, str], _Kind]:
    kinds: dict[tuple[str, str], _Kind] = {}
    for _, ask, facts in planned_asks(plan):
        kind = kinds.setdefault((ask.type, ask.name), _Kind())
        kind.shared = kind.shared or ask.shared
        kind.conditions.append(ask.when)
        kind.facts |= facts
    return kinds


def _plan_lines(name: str, plan: Plan) -> Iterator[str]:
    kinds = _kinds(plan)
    always = [key for key, kind in kinds.items() if kind.always and not key[1].startswith("<")]
    yield f"Profile {name}: {len(plan.selection.rules)} rules need {len(plan.wanted)} facts."
    yield f"Asked for every domain: {len(always)} questions. The others depend on what the answers say; shared names"
    yield "are the same for many domains."
    for (type_, asked), kind in sorted(kinds.items(), key=lambda item: item[0] not in always):
        yield f"  {type_:<5} {asked}{kind.note}"
        yield f"          for {_some(sorted(kind.facts))}"


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"
