"""Tells who waits for one domain that there is something to wait for: to a terminal, and only if it takes long."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from reports.escape import terminal
from scanner.dns.source import Source

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["waiting_for"]

PATIENT: Final = 1.0
"""Seconds for which nobody wonders."""


@contextmanager
def waiting_for(domain: str, source: Source, seconds: float) -> Iterator[None]:
    """While inside, and once it has taken a second, a line on standard error counts answers and time.

    To be used in an event loop. Where standard error is no terminal nothing is shown.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    shown: list[Progress] = []

    def show() -> None:
        progress = _progress(domain, source, seconds)
        progress.start()
        shown.append(progress)

    timer = asyncio.get_running_loop().call_later(PATIENT, show)
    try:
        yield
    finally:
        timer.cancel()
        for progress in shown:
            progress.stop()


def _progress(domain: str, source: Source, seconds: float) -> Progress:
    from rich.console import Console
    from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TimeElapsedColumn
    from rich.text import Text

    class Answers(ProgressColumn):
        def render(self, task: Task) -> Text:
            answers = sum(resolver.answers for resolver in source.told().resolvers)
            return Text(f"Asking about {terminal(domain)}: {answers} answers so far, {seconds:g} s at most")

    console = Console(stderr=True, markup=False, highlight=False, emoji=False)
    progress = Progress(SpinnerColumn(), Answers(), TimeElapsedColumn(), console=console, transient=True)
    progress.add_task("")
    return progress
