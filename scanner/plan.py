"""From the rules chosen to the facts, from the facts to the questions: what a scan will do, before it does it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from rules.facts import Profile, Value, catalogue_of
from rules.model import Library, Selection
from scanner.probes import dkim, dmarc, dns, domain, m365, mx, spf
from scanner.probes.auto import AUTO_FACTS
from scanner.probes.probe import Ask, Probe
from scanner.probes.rounds import close_demand

__all__ = ["AUTO", "PROBES", "Plan", "make_plan", "planned_asks"]

PROBES: Final[tuple[Probe, ...]] = (domain.PROBE, dns.PROBE, mx.PROBE, spf.PROBE, dkim.PROBE, dmarc.PROBE, m365.PROBE)

AUTO: Final = "auto"
"""The profile name that lets the scan choose for each domain."""

REPORT_FACTS: Final = frozenset({"domain.name", "domain.unicode", "domain.exists", "dns.provider", "dns.nameservers"})
"""What every report shows of a domain, whatever the rules read: its name, and who hosts the zone that is to be changed."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is judged by a profile, and every fact that this needs (`profile.*` aside)."""

    selection: Selection
    profile: Profile
    profile_facts: Mapping[str, Value]
    wanted: frozenset[str]


def make_plan(selection: Selection, *, all_facts: bool = False, auto: bool = False) -> Plan:
    """The plan of one selection; `all_facts` demands the whole catalogue, `auto` what choosing a profile needs too."""
    demanded = selection.facts | REPORT_FACTS
    if auto:
        demanded |= AUTO_FACTS
    if all_facts:
        demanded |= catalogue_of("domains").keys()
    wanted = close_demand({name for name in demanded if not name.startswith("profile.")}, PROBES)
    profile_facts = selection.profile.facts
    profile = Profile(**{name.removeprefix("profile."): value for name, value in profile_facts.items()})
    return Plan(selection=selection, profile=profile, profile_facts=profile_facts, wanted=wanted)


def planned_asks(plan: Plan) -> Iterable[tuple[Probe, Ask, frozenset[str]]]:
    """The questions of a plan: the probe, the kind of question, and the wanted facts that it is asked for."""
    for probe in PROBES:
        for ask in probe.asks:
            if reasons := ask.facts & plan.wanted:
                yield probe, ask, reasons


def make_plans(
    library: Library, names: Iterable[str], *, all_facts: bool = False, auto: bool = False
) -> dict[str, Plan]:
    """A plan for each profile of the library that `names` gives. Raises the loader's error for an unknown one."""
    from rules.loader import select

    return {name: make_plan(select(library, name), all_facts=all_facts, auto=auto) for name in names}
