"""What people see of a run on standard error: how far it is, how it goes, and at the end what came of it.

A terminal shows it live; elsewhere a line is written now and then, and only when a run takes long. `--quiet` shows
neither.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reports.escape import terminal
from rules.results import GRADES, RuleText
from scanner.cli.lines import say
from scanner.cli.places import STANDARD
from scanner.dns.pace import Pace, slowest
from scanner.dns.source import Told
from scanner.tally import Tally

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["Progress", "rows_of", "shown", "summary_lines"]

PATIENT: Final = 1.0
"""Seconds before a terminal shows anything."""
EVERY: Final = 10.0
"""Seconds between two lines where there is no terminal."""
MOST: Final = 5
"""Failures and causes that the end names."""
SLOWEST: Final = 2
"""Servers that are named while a run goes on; its end names `MOST`."""

_GRADES: Final = (*GRADES, "?", "-")
_BLOCK: Final = 1 << 20
_SILENT: Final = "TIMEOUT from "


@dataclass(slots=True)
class Progress:
    """How far a run is. `total` is None where nobody knows; `before` is what an earlier run had finished."""

    tally: Tally
    total: int | None
    told: Callable[[], Told] = Told
    clock: Callable[[], float] = time.monotonic
    before: int = 0
    began: float = 0.0
    _lines: float = field(default=0.0)

    def __post_init__(self) -> None:
        self.before = self.tally.done
        self.began = self._lines = self.clock()

    @property
    def seconds(self) -> float:
        return max(self.clock() - self.began, 1e-9)

    @property
    def rate(self) -> float:
        """Domains a second, of this run."""
        return (self.tally.done - self.before) / self.seconds

    def first(self) -> str:
        """How far, how fast, and how long it will take."""
        done = f"{self.tally.done:,}"
        text = f"{done} of {self.total:,} domains" if self.total else f"{done} domains"
        text += f", {self.rate:,.0f}/s" if self.rate >= 10 else f", {self.rate:.1f}/s"
        left = (self.total or 0) - self.tally.done
        if self.total and left > 0 and self.rate > 0:
            text += f", about {_span(left / self.rate)} left"
        return text

    def second(self) -> str:
        """How it goes: grades and unknowns."""
        parts = [_grades(self.tally.grades)] if self.tally.grades else []
        if self.tally.done:
            parts.append(f"{100 * self.tally.unknown / self.tally.done:.1f}% with unknowns")
        return "; ".join(parts)

    def third(self) -> str:
        """What it waits for, or what leaves most open; "" where that is nothing."""
        causes = dict(self.tally.causes)
        if slow := slowest(self.told().paces, SLOWEST):
            return "slowest: " + ", ".join(f"{pace.server} ({_pace(pace)})" for pace in slow)
        if late := late_servers(causes):
            return "slowest: " + ", ".join(f"{server} (late for {_number(n, 'domain')})" for server, n in late)
        if causes:
            return "most unknowns: " + ", ".join(f"{cause} ({n:,})" for cause, n in _most(causes)[:2])
        return ""

    def line_due(self) -> bool:
        """Whether it is time for a further line."""
        if self.clock() - self._lines < EVERY:
            return False
        self._lines = self.clock()
        return True


def late_servers(causes: Mapping[str, int]) -> list[tuple[str, int]]:
    """The servers of evidence that most domains waited for in vain when it was recorded, with the numbers of these domains."""
    silent = {cause.removeprefix(_SILENT): number for cause, number in causes.items() if cause.startswith(_SILENT)}
    return _most(silent)[:SLOWEST]


@contextmanager
def shown(progress: Progress, *, quiet: bool) -> Iterator[Callable[[], None]]:
    """Shows the progress while inside; what it gives is to be called after every domain."""
    if quiet or sys.stderr is None:
        yield lambda: None
    elif sys.stderr.isatty():
        yield from _live(progress)
    else:

        def step() -> None:
            if progress.line_due():
                say("; ".join(filter(None, (progress.first(), progress.second(), progress.third()))))

        yield step


def _live(progress: Progress) -> Iterator[Callable[[], None]]:
    from rich.console import Console
    from rich.live import Live

    live = Live(
        console=Console(stderr=True, markup=False, highlight=False, emoji=False),
        get_renderable=lambda: _rendered(progress),
        refresh_per_second=4,
        transient=True,
    )
    begun = False

    def step() -> None:
        nonlocal begun
        if not begun and progress.seconds > PATIENT:
            begun = True
            live.start()

    try:
        yield step
    finally:
        if begun:
            live.stop()


def _rendered(progress: Progress) -> RenderableType:
    from rich.console import Group
    from rich.padding import Padding
    from rich.progress_bar import ProgressBar
    from rich.text import Text

    def line(text: str) -> Text:
        return Text(terminal(text), overflow="ellipsis", no_wrap=True)

    lines: list[RenderableType] = [line(progress.first())]
    if progress.total:
        bar = ProgressBar(total=progress.total, completed=min(progress.tally.done, progress.total), width=60)
        lines.append(Padding(bar))  # the bar alone ends no line
    lines += [line(text) for text in (progress.second(), progress.third()) if text]
    return Group(*lines)


def summary_lines(progress: Progress, rules: Mapping[str, RuleText]) -> Iterator[str]:
    """What came of the run: of all domains, those of before a resume included."""
    tally, told = progress.tally, progress.told()
    seconds = tally.seconds + progress.seconds
    yield f"{_number(tally.done, 'domain')} in {_span(seconds)} ({tally.done / seconds:,.0f}/s): {_grades(tally.grades)}"
    if tally.failed:
        yield "Most common failures:"
        for rule, number in _most(tally.failed):
            title = f" {rules[rule].title}" if rule in rules else ""
            yield f"  {number:,}  {rule}{title}"
    if tally.causes:
        yield f"Unknowns, on {_number(tally.unknown, 'domain')}:"
        for cause, number in _most(tally.causes):
            yield f"  {number:,}  {cause}"
    if slow := slowest(told.paces, MOST):
        yield "Slowest servers:"
        for pace in slow:
            yield f"  {pace.server}: {_pace(pace)}"
    if told.asked:
        yield f"Questions: {told.asked + told.cached:,}, of which {told.cached:,} were answered from the cache."
    else:
        yield f"Answers in evidence: {tally.answers:,}."


def rows_of(domains: Sequence[str], lists: Sequence[str]) -> int | None:
    """About how many rows there are, by counting line ends; None where a list cannot be counted beforehand."""
    number = sum(domain != STANDARD for domain in domains)
    if STANDARD in (*domains, *lists):
        return None
    for name in lists:
        path = Path(name)
        if not path.is_file():
            return None
        last = b"\n"
        with path.open("rb") as stream:
            first = stream.readline(65_536)
            number += 1 - (b"domain" in first.lower())
            while block := stream.read(_BLOCK):
                number += block.count(b"\n")
                last = block[-1:]
            number += last != b"\n"
    return number


def _most(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST]


def _grades(grades: Mapping[str, int]) -> str:
    found = dict(grades)
    return ", ".join(f"{found[grade]:,} {grade}" for grade in _GRADES if found.get(grade)) or "no grades yet"


def _pace(pace: Pace) -> str:
    lost = _number(pace.lost, "query", "queries")
    if pace.mean is None:
        return f"no answer to {lost}"
    told = f"{1000 * pace.mean:,.0f} ms on average, {1000 * pace.longest:,.0f} at most"
    return f"{told}, {lost} unanswered" if pace.lost else told


def _number(number: int, noun: str, plural: str = "") -> str:
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def _span(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
