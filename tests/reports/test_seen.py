"""reports.seen: what was met before, in memory or beyond it."""

from __future__ import annotations

import sqlite3

import pytest

from reports.errors import OutputFailed
from reports.seen import Seen


@pytest.mark.parametrize("in_memory", [0, 3, 1000])
def test_each_thing_is_new_once_wherever_it_is_kept(in_memory: int) -> None:
    seen = Seen(in_memory)
    things = [f"d{number}.example" for number in range(20)]
    assert all(thing not in seen for thing in things)
    assert [seen.add(thing) for thing in [*things, *things]] == [True] * 20 + [False] * 20
    assert all(thing in seen for thing in things)
    assert "other.example" not in seen


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("reports.seen.sqlite3.connect", full)
    with pytest.raises(OutputFailed, match="disk is full"):
        Seen(0).add("contoso.com")
