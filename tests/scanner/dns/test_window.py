"""How many queries are under way at a time."""

from __future__ import annotations

from scanner.dns.window import LEAST, START, Window


def test_it_doubles_while_answers_come_and_ends_at_the_most() -> None:
    window = Window(1000)
    sizes = {window.size}
    for _ in range(3000):
        window.answered(1, 0)
        sizes.add(window.size)
    assert sorted(sizes) == [START, 128, 256, 512, 1000]


def test_it_is_halved_while_most_are_lost_and_ends_at_the_least() -> None:
    window = Window(1000)
    for _ in range(500):
        window.lost(1)
    assert window.size == LEAST


def test_it_shrinks_where_the_resolver_refuses() -> None:
    window = Window(1000)
    window.answered(30, 70)
    assert window.size == START // 2


def test_failures_of_some_names_and_packets_lost_now_and_then_change_nothing() -> None:
    window = Window(1000)
    for _ in range(100):
        window.lost(10)
        window.answered(35, 5)
    assert window.size == START


def test_it_recovers() -> None:
    window = Window(1000)
    window.lost(100)
    assert window.size < START
    for _ in range(1000):
        window.answered(1, 0)
    assert window.size > START


def test_it_never_allows_more_than_it_was_told() -> None:
    window = Window(3)
    for _ in range(100):
        window.lost(10)
        assert window.size == 3
        window.answered(100, 0)
        assert window.size == 3


def test_a_resolver_that_limits_its_clients_is_worth_a_word() -> None:
    window = Window(1000)
    window.answered(200, 0)
    assert window.strain("192.0.2.53") is None
    for _ in range(3):
        window.answered(10, 60)
        window.lost(300)
    strain = window.strain("192.0.2.53")
    assert strain is not None
    assert "192.0.2.53 limits" in strain.sentence
    assert "900 of 1310 queries were not answered in time and 180 refused or failed" in strain.sentence


def test_one_that_is_not_there_limits_nobody() -> None:
    window = Window(1000)
    for _ in range(10):
        window.lost(100)
    assert window.strain("192.0.2.53") is None
