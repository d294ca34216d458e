"""scanner.workers against a live server: nothing is lost or made absent, and what is told is of all processes, once."""

from __future__ import annotations

import datetime
import json
import os
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import portfolio
import pytest
from servers.manners import FORGING, Manner, changing, in_manner, lossy
from servers.messages import Query, Send
from servers.misbehaving import misbehaving_server
from servers.world import World

from rules.results import Target
from scanner.dns.recording import Recorder
from scanner.dns.source import Told, together
from scanner.shard import Document, ShardOptions, scan_shard
from scanner.workers import Crew

DOMAINS = 60
TODAY = datetime.date(2026, 11, 21)
ROWS = [(number, Target(domain=name)) for number, name in enumerate(portfolio.names(DOMAINS), 1)]
PROVED = {"NOERROR", "NODATA", "NXDOMAIN"}


def honest(query: Query, wire: bytes) -> list[Send]:
    return [Send(wire)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World.of_evidence(portfolio.write_evidence(tmp_path_factory.mktemp("w") / "e", portfolio.names(DOMAINS)))


def options(**more: Any) -> ShardOptions:
    return ShardOptions(profile="onboarding", today=TODAY, concurrency=30, **more)


def in_two(
    world: World,
    manner: Manner,
    *,
    traps: bool = True,
    recorder: Recorder | None = None,
    timeout: float | None = None,
    each: Callable[[Crew, int], None] = lambda crew, number: None,
) -> tuple[list[Document], Told, Counter[tuple[str, str, str]]]:
    """What two workers make of the portfolio, in the order of the list; what their Sources tell; what was asked."""
    found = []
    with misbehaving_server(in_manner(manner, world), traps=traps) as server:
        with Crew(2, options(resolvers=(server.address,), timeout=timeout), recorder=recorder) as crew:
            for document in crew.scan(iter(ROWS)):
                found.append(document)
                each(crew, len(found))
        return sorted(found), together(crew.told), server.asked


@pytest.fixture(scope="module")
def truth(world: World) -> dict[str, dict[str, Any]]:
    with misbehaving_server(in_manner(honest, world)) as server:
        return results(scan_shard(ROWS, options(resolvers=(server.address,))))


def results(documents: list[Document]) -> dict[str, dict[str, Any]]:
    return {result["domain"]: result for result in (json.loads(line) for _, line, _ in documents)}


def statuses(result: dict[str, Any]) -> dict[str, str]:
    return {finding["rule"]: finding["status"] for finding in result["findings"]}


def test_what_two_workers_are_told_is_told_once(world: World, truth: dict[str, dict[str, Any]]) -> None:
    documents, told, asked = in_two(world, honest)
    found = results(documents)
    assert {domain: statuses(result) for domain, result in found.items()} == {
        domain: statuses(result) for domain, result in truth.items()
    }
    (resolver,) = told.resolvers
    assert resolver.answers == told.asked <= sum(asked.values()) + DOMAINS  # it counts no questions after wildcards
    assert told.cached > 0
    (pace,) = told.paces
    assert pace.server == resolver.server
    assert pace.answered >= told.asked
    assert told.doubts == ()


def test_what_both_workers_doubt_is_one_doubt(world: World) -> None:
    _, told, _ = in_two(world, FORGING["portal"](world), traps=False)
    assert len(told.signs) == 1
    assert "also answers for names that cannot exist" in told.doubts[0]


class Kill:
    """Kills one worker without warning that has rows under way and has told something."""

    def __init__(self) -> None:
        self.told = Told()

    def __call__(self, crew: Crew, number: int) -> None:
        victim = next((worker for worker in crew._workers if worker.rows and worker.told.asked), None)
        if number >= 10 and not self.told.asked and victim:
            self.told = victim.told
            os.kill(victim.process.pid or 0, signal.SIGKILL)


def test_a_worker_that_is_killed_takes_no_domain_with_it_nor_what_it_told(
    world: World, truth: dict[str, dict[str, Any]]
) -> None:
    kill = Kill()
    documents, told, _ = in_two(world, honest, each=kill)
    assert [row for row, _, _ in documents] == [row for row, _ in ROWS]
    assert {domain: statuses(result) for domain, result in results(documents).items()} == {
        domain: statuses(result) for domain, result in truth.items()
    }
    assert told.asked > kill.told.asked > 0


def test_under_loss_every_domain_ends_and_none_is_wrongly_absent(
    world: World, truth: dict[str, dict[str, Any]]
) -> None:
    documents, told, _ = in_two(world, lossy(0.3, 7), timeout=4)
    assert [row for row, _, _ in documents] == [row for row, _ in ROWS]
    for domain, result in results(documents).items():
        true = {(answer["name"], answer["type"]): answer["status"] for answer in truth[domain]["answers"]}
        for answer in result["answers"]:
            if answer["status"] in PROVED and (answer["name"], answer["type"]) in true:
                assert answer["status"] == true[answer["name"], answer["type"]], answer
        true = statuses(truth[domain])
        untrue = {rule: status for rule, status in statuses(result).items() if status not in ("unknown", true[rule])}
        assert untrue == {}, domain
    (pace,) = told.paces
    assert pace.lost > 0


def test_what_two_workers_record_replays_to_what_they_made_of_it(world: World, tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    recorder, kill = Recorder(path), Kill()
    documents, _, _ = in_two(world, changing(), recorder=recorder, each=kill)
    recorder.close()
    assert kill.told.asked
    replayed = scan_shard(ROWS, options(evidence=(path,)))
    assert [line for _, line, _ in sorted(replayed)] == [line for _, line, _ in documents]
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert len({(line["name"], line["type"]) for line in lines}) == len(lines), "each record set is there once"
