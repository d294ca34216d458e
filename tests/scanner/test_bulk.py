"""scanner.bulk: how many are under way, in which order they are handed on, and how a run ends early."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from itertools import pairwise
from typing import Any

import pytest

import scanner.bulk
from rules.results import Target
from scanner.bulk import LEAD, Order, Stop, scan_targets


class World:
    """Stands in for scanning: a domain ends when the test says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.gates: dict[str, asyncio.Event] = {}
        self.begun: list[str] = []
        self.taken = 0
        self.broken = ""
        monkeypatch.setattr(scanner.bulk, "scan_domain", self.scan)

    async def scan(self, target: Target, *_: object) -> str:
        self.begun.append(target.domain)
        gate = self.gates.get(target.domain)
        if gate is not None:
            await gate.wait()
        if target.domain == self.broken:
            raise ZeroDivisionError("a defect")
        return target.domain

    def rows(self, number: int) -> Iterator[tuple[int, Target]]:
        for row in range(1, number + 1):
            self.taken = row
            yield row, Target(domain=f"d{row}.example")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(60):
            await main()

    asyncio.run(bounded())


def scan(world: World, number: int, concurrency: int, stop: Stop, order: Order = "finished") -> Any:
    return scan_targets(world.rows(number), None, None, concurrency=concurrency, stop=stop, order=order)  # type: ignore[arg-type]


@pytest.mark.parametrize("order", ["finished", "list"])
@pytest.mark.parametrize("concurrency", [1, 3, 50])
def test_every_row_ends_once_and_what_needs_no_waiting_keeps_its_order(
    world: World, order: Order, concurrency: int
) -> None:
    async def main() -> None:
        found = [row async for row, _ in scan(world, 200, concurrency, Stop(), order)]
        assert found == list(range(1, 201))

    run(main)


def test_a_slow_domain_holds_up_none_behind_it(world: World) -> None:
    async def main() -> None:
        world.gates["d1.example"] = asyncio.Event()
        found = []
        async for row, _ in scan(world, 100, 4, Stop()):
            found.append(row)
            if len(found) == 99:
                world.gates["d1.example"].set()
        assert found == [*range(2, 101), 1]

    run(main)


@pytest.mark.parametrize("order", ["finished", "list"])
def test_who_takes_long_with_results_leaves_the_event_loop_its_turns(world: World, order: Order) -> None:
    async def main() -> None:
        turns = 0

        async def count() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        counting = asyncio.create_task(count())
        seen = []
        async for _ in scan(world, 40, 20, Stop(), order):
            seen.append(turns)
            time.sleep(2 * scanner.bulk._HOLD)  # noqa: ASYNC251 - a page that is made
        counting.cancel()
        assert all(later > earlier for earlier, later in pairwise(seen))

    run(main)


def test_more_domains_are_under_way_as_long_as_those_that_are_leave_time_to_spare(world: World) -> None:
    async def main() -> None:
        world.gates = {f"d{row}.example": asyncio.Event() for row in range(1, 301)}
        results = scan(world, 300, 200, Stop())
        first = asyncio.ensure_future(anext(results))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(world.begun) == scanner.bulk.AT_FIRST
        while len(world.begun) < 200:  # noqa: ASYNC110 - what is waited for is a list
            await asyncio.sleep(0.01)
        await asyncio.sleep(2 * scanner.bulk._LOOK)
        assert len(world.begun) == 200
        for gate in world.gates.values():
            gate.set()
        found = [(await first)[0], *[row async for row, _ in results]]
        assert sorted(found) == list(range(1, 301))

    run(main)


def test_no_more_domains_are_under_way_than_the_processor_has_time_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(1_000_000))
    monkeypatch.setattr(scanner.bulk.time, "thread_time", lambda: next(clock))  # a second and more between two looks

    async def main() -> None:
        world.gates = {f"d{row}.example": asyncio.Event() for row in range(1, 301)}
        results = scan(world, 300, 200, Stop())
        first = asyncio.ensure_future(anext(results))
        await asyncio.sleep(6 * scanner.bulk._LOOK)
        assert len(world.begun) == scanner.bulk.AT_FIRST
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await results.aclose()

    run(main)


def test_in_the_order_of_the_list_a_slow_domain_holds_back_a_bounded_number(world: World) -> None:
    async def main() -> None:
        gate = world.gates["d1.example"] = asyncio.Event()
        results = scan(world, 1000, 4, Stop(), "list")
        first = asyncio.ensure_future(anext(results))
        for _ in range(200):  # turns of the event loop, of which each would begin more
            await asyncio.sleep(0)
        assert len(world.begun) == 4 * LEAD
        gate.set()
        assert (await first)[0] == 1
        assert [row async for row, _ in results] == list(range(2, 1001))

    run(main)


def test_no_more_is_taken_from_the_list_than_the_caller_takes_and_is_under_way(world: World) -> None:
    async def main() -> None:
        results = scan(world, 1_000_000, 5, Stop())
        for _ in range(20):
            await anext(results)
        assert world.taken <= 20 + 2 * 5
        await results.aclose()

    run(main)


@pytest.mark.parametrize("order", ["finished", "list"])
def test_when_stopped_what_is_finished_is_handed_on_and_nothing_new_begins(world: World, order: Order) -> None:
    async def main() -> None:
        world.gates = {"d2.example": asyncio.Event(), "d3.example": asyncio.Event()}
        stop = Stop()
        found = []
        async for row, _ in scan(world, 1000, 6, stop, order):
            found.append(row)
            stop.set(15)
        ended = [name for name in world.begun if name not in world.gates]
        assert [f"d{row}.example" for row in found] == ended
        assert len(world.begun) < 50
        assert stop.signal == 15

    run(main)


def test_what_a_scan_raises_is_raised_after_what_is_finished(world: World) -> None:
    async def main() -> None:
        world.broken = "d5.example"
        found = []
        with pytest.raises(ZeroDivisionError):
            async for row, _ in scan(world, 100, 3, Stop()):
                found.append(row)
        assert found[:4] == [1, 2, 3, 4]

    run(main)
