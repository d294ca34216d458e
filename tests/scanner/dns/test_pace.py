"""scanner.dns.pace: which resolvers a run waits for, by answers of known duration."""

from __future__ import annotations

from scanner.dns.pace import Pace, slowest
from scanner.dns.source import Told, together


def paced(server: str, *seconds: float, lost: int = 0, waited: float = 0.0) -> Pace:
    pace = Pace(server)
    for each in seconds:
        pace.heard(1, each, each)
    pace.missed(lost, waited)
    return pace


def test_the_mean_is_of_answers_and_there_is_none_without_any() -> None:
    assert paced("a", 0.25, 0.75, lost=5, waited=10).mean == 0.5
    assert paced("a", 0.25, 0.75).longest == 0.75
    assert paced("a", lost=5, waited=10).mean is None


def test_slowest_is_what_a_query_waits_for_answered_or_not() -> None:
    quick, slow, dead, unasked = paced("quick", 0.01), paced("slow", 0.5), paced("dead", lost=2, waited=3), Pace("no")
    lossy = paced("lossy", 0.01, 0.01, lost=2, waited=4)
    paces = [quick, unasked, slow, dead, lossy]
    assert slowest(paces, 9) == [dead, lossy, slow, quick]
    assert slowest(paces, 2) == [dead, lossy]


def test_what_several_processes_saw_of_a_server_is_one() -> None:
    told = together(
        [Told(paces=(paced("a", 0.25, lost=1, waited=2),)), Told(paces=(paced("a", 0.75), paced("b", 0.5)))]
    )
    assert told.paces == (paced("a", 0.25, 0.75, lost=1, waited=2), paced("b", 0.5))
