"""What a report tells to publish helps: applied to every scenario's zone and scanned again, it mends what it was for.

The changes of one scan are applied as a name server would take them, and the zone is scanned again, until nothing is left to
publish: DMARC goes from monitoring to enforcement in steps, so that a step may show what the next one is for.
"""

from __future__ import annotations

import asyncio
import copy
import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from scenarios import Scenario, options, scenarios, source_of

from rules.results import Change, DomainResult, Target
from scanner.scan import scan_domain

HOSTS = ("CNAME", "MX", "NS")
MOST_STEPS = 5
NEVER_MENDED = {
    # A domain without mail has no mailbox of its own for reports, so the record for it names none.
    "parked": {"DMARC-010"},
}

Zone = dict[tuple[str, str], dict[str, Any]]


def zone_of(scenario: Scenario) -> Zone:
    """Lines by name and type; later ones win, as in evidence files."""
    return {(plain(line["name"]), line["type"]): copy.deepcopy(dict(line)) for line in scenario.answers}


def plain(name: str) -> str:
    return name.lower().removesuffix(".")


def same(type_: str, one: str, other: str) -> bool:
    return plain(one) == plain(other) if type_ in HOSTS else one == other


def publish(zone: Zone, changes: Iterable[Change]) -> Zone:
    """The zone with the changes, each of which must be possible in a real zone."""
    new = copy.deepcopy(zone)
    for change in changes:
        key = (plain(change.name), change.type)
        present = list(new.get(key, {}).get("values", []))
        taken = {"add": None, "replace": change.replaces, "delete": change.value}[change.action]
        if taken is not None:
            left = [value for value in present if not same(change.type, value, taken)]
            assert len(left) == len(present) - 1, f"{change.action} of a record that is not there: {taken}"
            present = left
        if change.action != "delete":
            assert not any(same(change.type, value, change.value) for value in present), f"{change.value} is there"
            present.append(change.value)
        new.pop(key, None)
        if present or change.type != "CNAME":
            new[key] = {"name": key[0], "type": key[1], "values": present}
    for name in {name for name, type_ in new if type_ == "CNAME" and new[name, type_]["values"]}:
        assert len(new[name, "CNAME"]["values"]) == 1
        beside = [type_ for other, type_ in new if other == name and type_ != "CNAME"]
        assert not [type_ for type_ in beside if new[name, type_].get("values")], f"a CNAME beside others at {name}"
        for type_ in beside:
            del new[name, type_]
    return new


def scan(scenario: Scenario, zone: Zone, profile: str, folder: Path) -> DomainResult:
    published = dataclasses.replace(scenario, answers=tuple(zone.values()))
    target = Target(
        domain=scenario.domain,
        tenant=scenario.tenant,
        selectors=scenario.selectors,
        profile=profile or scenario.profile,
    )
    return asyncio.run(scan_domain(target, source_of(published, folder), options())).result


def statuses(result: DomainResult) -> dict[str, str]:
    return {finding.rule: finding.status for finding in result.findings}


def bad(result: DomainResult) -> set[str]:
    """Rules that failed, or could not be judged because another failed; information is no fault."""
    return {f.rule for f in result.findings if f.status in ("fail", "blocked") and f.severity != "info"}


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario.name)
def test_what_is_told_to_publish_mends_what_it_is_for_and_breaks_nothing(scenario: Scenario, tmp_path: Path) -> None:
    zone = zone_of(scenario)
    first = result = scan(scenario, zone, "", tmp_path)
    told: set[str] = set()
    for _ in range(MOST_STEPS):
        if not result.changes:
            break
        told |= {rule for change in result.changes for rule in change.rules}
        zone = publish(zone, result.changes)
        after = scan(scenario, zone, first.profile, tmp_path)
        keeps_what_is_right(result, after)
        result = after
    assert not result.changes
    wrong = {rule for rule, status in statuses(result).items() if status in ("fail", "blocked")}
    assert not (told - NEVER_MENDED.get(first.profile, set())) & wrong
    assert len(bad(result)) <= len(bad(first))


def keeps_what_is_right(before: DomainResult, after: DomainResult) -> None:
    """One step on: nothing that was in order fails, nothing becomes uncertain, and whoever may send still may."""
    was, now = statuses(before), statuses(after)
    assert not [rule for rule, status in now.items() if status in ("fail", "blocked") and was[rule] == "pass"]
    assert not [rule for rule, status in now.items() if status == "unknown" and was[rule] != "unknown"]
    assert before.score.high is None or after.score.high is None or after.score.high >= before.score.high
    spf, spf_now = before.facts["spf"], after.facts["spf"]
    if before.profile != "parked" and isinstance(spf.get("addresses"), int) and spf.get("all") != "pass":
        assert spf_now["addresses"] >= spf["addresses"]
    if before.profile != "parked" and isinstance(spf.get("clouds"), list):
        assert set(spf["clouds"]) <= set(spf_now["clouds"])


def test_the_scenarios_hold_many_changes_of_every_kind(tmp_path: Path) -> None:
    found = [change for scenario in scenarios() for change in scan(scenario, zone_of(scenario), "", tmp_path).changes]
    assert {change.action for change in found} == {"add", "replace", "delete"}
    assert {change.type for change in found} >= {"MX", "TXT", "CNAME"}
    assert len({rule for change in found for rule in change.rules}) >= 30
