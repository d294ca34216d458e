"""`mailready scan --explain`: which facts the rules need and which questions the facts need, without asking any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reports.escape import terminal
from rules.model import Library
from scanner.plan import AUTO, Plan, planned_asks
from scanner.probes.auto import AUTO_FACTS

__all__ = ["explain"]


def explain(plans: Mapping[str, Plan], library: Library, profile: str) -> int:
    """Prints the plan of the run's profile; for auto, of every profile it may choose."""
    for line in _lines(plans, library, profile):
        print(terminal(line))
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


def _plan_lines(name: str, plan: Plan) -> Iterator[str]:
    rules = plan.selection.rules
    yield f"Profile {name}: {len(rules)} rules need {len(plan.wanted)} facts."
    asks = list(planned_asks(plan))
    fixed = [ask for _, ask, _ in asks if not ask.name.startswith("<") and not ask.shared and not ask.when]
    distinct = {(ask.type, ask.name) for ask in fixed}
    yield f"Always asked for each domain: {len(distinct)} questions. The others depend on the answers; shared names are asked once for many domains."
    width = max(len(ask.name) for _, ask, _ in asks)
    seen: set[tuple[str, str]] = set()
    for _, ask, _ in asks:
        if (ask.type, ask.name) in seen:
            continue
        seen.add((ask.type, ask.name))
        reasons = frozenset().union(
            *(facts for _, other, facts in asks if (other.type, other.name) == (ask.type, ask.name))
        )
        notes = [note for note in ("shared" if ask.shared else "", ask.when) if note]
        tail = f"  ({'; '.join(notes)})" if notes else ""
        yield f"  {ask.type:<5} {ask.name:<{width}}{tail}"
        yield f"          for {_some(sorted(reasons))}"


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"
