"""scanner.cli.progress: what people see while a long list is scanned, and at its end."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from rules.results import ResolverUse, RuleText
from scanner.cli.progress import EVERY, PATIENT, Progress, rows_of, shown, summary_lines
from scanner.dns.pace import Pace
from scanner.dns.source import Told, together
from scanner.tally import Note, Tally


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def note(grade: str = "A", *, failed: tuple[str, ...] = (), causes: tuple[str, ...] = ()) -> Note:
    return Note(grade=grade, low=grade, high=grade, failed=failed, unknown=len(causes), causes=causes, answers=12)


def filled(clock: Clock, total: int | None = 1000) -> Progress:
    progress = Progress(Tally(), total, clock=clock)
    for _ in range(300):
        progress.tally.add(note("A"))
    for _ in range(100):
        progress.tally.add(note("D", failed=("SPF-002", "MX-001"), causes=("SERVFAIL from 192.0.2.53",)))
    clock.now += 20
    return progress


def test_rate_and_rest_are_told_with_grades_and_unknowns() -> None:
    progress = filled(Clock())
    assert progress.first() == "400 of 1,000 domains, 20/s, about 30 s left"
    assert progress.second() == "300 A, 100 D; 25.0% with unknowns"
    assert progress.third() == "most unknowns: SERVFAIL from 192.0.2.53 (100)"


def test_without_a_total_nothing_is_promised() -> None:
    assert filled(Clock(), None).first() == "400 domains, 20/s"


def test_what_an_earlier_run_did_does_not_make_this_one_faster() -> None:
    clock = Clock()
    progress = Progress(filled(clock).tally, 1000, clock=clock)
    progress.tally.add(note())
    clock.now += 10
    assert progress.rate == pytest.approx(0.1)


def test_without_a_terminal_a_line_comes_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr("sys.stderr", said)
    clock = Clock()
    progress = Progress(Tally(), 10, clock=clock)
    with shown(progress, quiet=False) as step:
        for _ in range(10):
            progress.tally.add(note())
            clock.now += EVERY / 4
            step()
    assert said.getvalue().count("domains") == 2
    assert "mailready: 4 of 10 domains" in said.getvalue()


@pytest.mark.parametrize("seconds", [0.0, PATIENT + 1])
def test_a_terminal_shows_a_run_that_takes_long(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    clock = Clock()
    progress = Progress(Tally(), 10, clock=clock)
    with shown(progress, quiet=False) as step:
        progress.tally.add(note())
        clock.now += seconds
        step()
    assert ("1 of 10 domains" in screen.getvalue()) is (seconds > PATIENT)


def test_on_a_terminal_of_80_columns_each_thing_has_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("COLUMNS", "80")
    clock = Clock()
    progress = filled(clock)
    progress.told = lambda: Told(paces=(Pace("192.0.2.1", answered=3, seconds=0.03, longest=0.02),))
    with shown(progress, quiet=False) as step:
        step()
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen.getvalue()).replace("\r", "")
    first, bar, *rest = plain.splitlines()[:4]
    assert first == progress.first()
    assert set(bar.strip()) <= set("━╸╺")
    assert rest == [progress.second(), "slowest: 192.0.2.1 (10 ms on average, 20 at most)"]


def test_quiet_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    clock = Clock()
    with shown(Progress(Tally(), 10, clock=clock), quiet=True) as step:
        clock.now += 100
        step()
    assert screen.getvalue() == ""


def test_the_end_tells_grades_failures_unknowns_questions_and_time() -> None:
    progress = filled(Clock())
    lines = list(summary_lines(progress, {"SPF-002": RuleText(title="SPF authorises Microsoft 365", why="x")}))
    assert lines == [
        "400 domains in 20 s (20/s): 300 A, 100 D",
        "Most common failures:",
        "  100  MX-001",
        "  100  SPF-002 SPF authorises Microsoft 365",
        "Unknowns, on 100 domains:",
        "  100  SERVFAIL from 192.0.2.53",
        "Answers in evidence: 4,800.",
    ]


def test_servers_that_are_waited_for_are_named() -> None:
    progress = filled(Clock())
    for _ in range(7):
        progress.tally.add(note("?", causes=("TIMEOUT from 192.0.2.99", "SERVFAIL from 192.0.2.53")))
    assert progress.third() == "slowest: 192.0.2.99 (late for 7 domains)"


def test_the_slowest_resolvers_are_named_with_what_they_take() -> None:
    progress = filled(Clock())
    paces = (
        Pace("192.0.2.1", answered=3, seconds=0.03, longest=0.02),
        Pace("192.0.2.2", answered=4, seconds=1.0, longest=0.4, lost=1, waited=1.5),
        Pace("192.0.2.3", lost=1200, waited=1800.0),
    )
    progress.told = lambda: Told(paces=paces, asked=10)
    slow = (
        "192.0.2.3 (no answer to 1,200 queries)",
        "192.0.2.2 (250 ms on average, 400 at most, 1 query unanswered)",
    )
    assert progress.third() == "slowest: " + ", ".join(slow)
    lines = list(summary_lines(progress, {}))
    assert lines[lines.index("Slowest servers:") + 1 : -1] == [
        "  192.0.2.3: no answer to 1,200 queries",
        "  192.0.2.2: 250 ms on average, 400 at most, 1 query unanswered",
        "  192.0.2.1: 10 ms on average, 20 at most",
    ]


def test_questions_of_several_processes_are_added_up() -> None:
    progress = filled(Clock())
    use = ResolverUse(server="192.0.2.53", answers=3)
    told = together([Told(resolvers=(use,), asked=10, cached=5), Told(resolvers=(use,), asked=20, cached=7)])
    assert told.resolvers == (ResolverUse(server="192.0.2.53", answers=6),)
    progress.told = lambda: told
    assert list(summary_lines(progress, {}))[-1] == "Questions: 42, of which 12 were answered from the cache."


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("domain,client\na.test,A\nb.test,B\n", 2),
        ("domain\na.test\nb.test", 2),
        ("a.test\nb.test\n", 2),
        ("a.test", 1),
        ("", 1),
    ],
)
def test_rows_are_counted_without_being_read(tmp_path: Path, text: str, rows: int) -> None:
    path = tmp_path / "list"
    path.write_text(text, "utf-8")
    assert rows_of((), (str(path),)) == rows
    assert rows_of(("c.test",), (str(path),)) == rows + 1


def test_what_cannot_be_counted_has_no_total() -> None:
    assert rows_of(("-",), ()) is None
    assert rows_of((), ("/nowhere",)) is None
