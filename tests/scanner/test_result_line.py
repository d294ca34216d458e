"""The line put together from pieces is the line of the whole result, to the byte."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path

import hostile_world
import pytest
import scenarios
from msgspec.structs import replace
from portfolio import names, write_evidence

from reports.compact import KEPT_OUT
from reports.jsondoc import decode_domain, encode_domain
from rules.loader import load_library, load_waivers
from rules.results import Target
from scanner import result_line
from scanner.dns.recorded import RecordedSource
from scanner.plan import make_plans
from scanner.result_line import brief_line_of, line_of
from scanner.scan import Scanned, ScanOptions, scan_domain, scan_options
from scanner.tally import documents, note_of


def scan(targets: Iterable[Target], source: RecordedSource, options: ScanOptions) -> list[Scanned]:
    async def all_of_them() -> list[Scanned]:
        return [await scan_domain(target, source, options) for target in targets]

    return asyncio.run(all_of_them())


@pytest.fixture
def pieced(monkeypatch: pytest.MonkeyPatch) -> list[Scanned]:
    """What was put together from pieces."""
    found: list[Scanned] = []
    real = result_line._put_together

    def noted(scanned: Scanned, layout: result_line._Layout) -> bytes:
        line = real(scanned, layout)
        found.append(scanned)
        return line

    monkeypatch.setattr(result_line, "_put_together", noted)
    return found


def check(scanned: Scanned) -> None:
    """Twice, since an outcome has its pieces from the second time on."""
    whole = encode_domain(scanned.result)
    assert [line_of(scanned), line_of(scanned)] == [whole, whole]
    assert brief_line_of(scanned) == encode_domain(replace(scanned.result, left_out=KEPT_OUT))
    assert documents(scanned, dict.fromkeys(scanned.used_waivers, 0), compact=False) == (
        whole,
        note_of(decode_domain(whole), (0,) * len(scanned.used_waivers)),
    )


@pytest.mark.parametrize("scenario", scenarios.scenarios(), ids=lambda scenario: scenario.name)
def test_of_every_scenario(scenario: scenarios.Scenario, tmp_path: Path, pieced: list[Scanned]) -> None:
    source = scenarios.source_of(scenario, tmp_path)
    for profile in sorted({"auto", "parked", "onboarding", scenario.profile}):
        target = Target(domain=scenario.domain, profile=profile, selectors=scenario.selectors, tenant=scenario.tenant)
        (scanned,) = scan([target], source, scenarios.options())
        check(scanned)
        assert scanned in pieced


def test_of_a_portfolio(tmp_path: Path, pieced: list[Scanned]) -> None:
    domains = names(80)
    source = RecordedSource([write_evidence(tmp_path / "evidence.jsonl", domains)], missing="nodata")
    found = scan([Target(domain=domain) for domain in domains], source, scenarios.options())
    assert [line_of(one) for one in found] == [encode_domain(one.result) for one in found]
    assert len(pieced) > 70, "few outcomes serve all"
    for one in found:
        check(one)


def test_of_hostile_texts_in_records(tmp_path: Path, pieced: list[Scanned]) -> None:
    world = hostile_world.build(tmp_path)
    source = RecordedSource([tmp_path / "evidence.jsonl"], missing="nodata")
    cells = [octets.decode("utf-8", "replace") for octets in hostile_world.OCTETS]
    targets = [
        Target(domain=domain, client=cell, ticket=cell, tags=(cell,), tenant=cell)
        for domain, cell in zip(world.domains, (*cells, ""), strict=True)
    ]
    for one in scan(targets, source, scenarios.options()):
        check(one)
    assert len(pieced) >= len(targets)


def test_of_hostile_packs_and_waivers(tmp_path: Path, pieced: list[Scanned]) -> None:
    hostile_world.build(tmp_path)
    library = load_library([tmp_path / "house"])
    options = scan_options(
        make_plans(library, ["onboarding"]),
        profile="onboarding",
        waivers=load_waivers(tmp_path / "waivers.yaml", library),
        today=scenarios.TODAY,
    )
    source = RecordedSource([tmp_path / "evidence.jsonl"], missing="nodata")
    targets = [Target(domain=hostile_world.FAILING), Target(domain=hostile_world.WAIVED)]
    failing, waived = scan(targets, source, options)
    for one in (failing, waived):
        check(one)
    assert failing in pieced
    assert waived.used_waivers and waived not in pieced, "a waiver is told in words of its own"


def test_of_text_that_json_does_not_hold(tmp_path: Path) -> None:
    source = RecordedSource([write_evidence(tmp_path / "evidence.jsonl", names(1))], missing="nodata")
    (scanned,) = scan([Target(domain=names(1)[0])], source, scenarios.options())
    odd = Scanned(replace(scanned.head, client="a\udcff\0b"), scanned.draft)
    check(odd)
    assert json.loads(line_of(odd))["client"] == "a?\0b"
