"""scanner.shard and scanner.workers: shards as plain calls, and processes that work, die, and are replaced."""

from __future__ import annotations

import datetime
import os
import pickle
import signal
from pathlib import Path

import portfolio
import pytest

from rules.results import Target
from scanner.errors import UsageError, WorkerError
from scanner.shard import Document, ShardOptions, scan_shard
from scanner.workers import Crew

DOMAINS = 120
TODAY = datetime.date(2026, 11, 21)


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> ShardOptions:
    path = portfolio.write_evidence(tmp_path_factory.mktemp("shard") / "evidence.jsonl", portfolio.names(DOMAINS))
    return ShardOptions(profile="onboarding", today=TODAY, evidence=(path,), missing="nodata", concurrency=8)


ROWS = [(number, Target(domain=name)) for number, name in enumerate(portfolio.names(DOMAINS), 1)]


@pytest.fixture(scope="module")
def whole(options: ShardOptions) -> list[Document]:
    return scan_shard(ROWS, options)


def test_a_shard_is_a_plain_call_of_what_can_be_pickled(options: ShardOptions, whole: list[Document]) -> None:
    again = pickle.loads(pickle.dumps((ROWS[:5], options)))
    assert pickle.loads(pickle.dumps(scan_shard(*again))) == whole[:5]


def test_workers_make_what_one_call_makes(options: ShardOptions, whole: list[Document]) -> None:
    with Crew(2, options) as crew:
        assert sorted(crew.scan(iter(ROWS))) == whole
    assert len(crew.told) == 2


def test_workers_keep_the_order_of_the_list_if_asked(options: ShardOptions, whole: list[Document]) -> None:
    with Crew(2, options, order="list") as crew:
        assert list(crew.scan(iter(ROWS))) == whole


def test_a_list_that_one_worker_could_take_is_shared(options: ShardOptions) -> None:
    with Crew(2, options) as crew:
        found = crew.scan(iter(ROWS[:20]))
        next(found)
        assert sorted(len(worker.rows) for worker in crew._workers)[0] > 0
        found.close()


def test_the_list_is_taken_no_further_than_workers_are(options: ShardOptions) -> None:
    taken: list[int] = []

    def rows() -> object:
        for row in ROWS:
            taken.append(row[0])
            yield row

    with Crew(2, options) as crew:
        found = crew.scan(rows())  # type: ignore[arg-type]
        next(found)
        assert len(taken) <= 2 * 2 * options.concurrency
        found.close()


def test_the_rows_of_a_worker_that_dies_are_scanned_again_and_none_is_lost_or_doubled(
    options: ShardOptions, whole: list[Document]
) -> None:
    said: list[str] = []
    found: list[Document] = []
    with Crew(2, options, said=said.append) as crew:
        for document in crew.scan(iter(ROWS)):
            found.append(document)
            if len(found) in (10, 60):
                victim = next(worker for worker in crew._workers if worker.rows)
                os.kill(victim.process.pid or 0, signal.SIGKILL)
    assert sorted(found) == whole
    assert len(said) >= 1
    assert all("SIGKILL" in text for text in said)


def test_rows_that_go_under_with_every_worker_end_the_run(options: ShardOptions) -> None:
    with Crew(1, options) as crew, pytest.raises(WorkerError, match=r"SIGKILL.*d000000\.example"):

        def rows() -> object:
            yield from ROWS

        scan = crew.scan(rows())  # type: ignore[arg-type]
        _kill_all_at_once(crew)
        list(scan)


def _kill_all_at_once(crew: Crew) -> None:
    """Every worker is dead before it can have read a row."""
    hire = crew._hire

    def doomed() -> object:
        worker = hire()
        worker.process.kill()
        return worker

    crew._hire = doomed  # type: ignore[method-assign,assignment]
    for worker in crew._workers:
        worker.process.kill()


def test_what_a_worker_cannot_use_is_told_as_the_usage_error_that_it_is(options: ShardOptions, tmp_path: Path) -> None:
    import dataclasses

    missing = dataclasses.replace(options, evidence=(tmp_path / "nowhere.jsonl",))
    with Crew(1, missing) as crew, pytest.raises(UsageError, match=r"nowhere\.jsonl"):
        list(crew.scan(iter(ROWS)))


def test_a_crew_that_is_stopped_ends_after_what_has_come_back(options: ShardOptions) -> None:
    with Crew(2, options) as crew:
        found = []
        for document in crew.scan(iter(ROWS)):
            found.append(document)
            crew.stop()
    rows = [row for row, _, _ in found]
    assert 0 < len(rows) == len(set(rows)) < DOMAINS
