"""Runs of the command that are cut off: it tells of every result that it has written, so that nobody has to guess when."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["IN_STEP", "ROOT", "eager", "telling", "to_the_end", "wait_for"]

ROOT = Path(__file__).parents[1]
IN_STEP = 1 << 16
"""Octets that fill a pipe: a run that writes so many for a result goes on only when they are read."""

_EAGER = """
import os, sys
from reports import journal
journal.CHECKPOINT_SECONDS = 0.0
told, octets, append = int(sys.argv.pop(1)), int(sys.argv.pop(1)), journal.Journal.append

def append_and_tell(self, *line):
    append(self, *line)
    rest = bytes(octets if told else 0)
    while rest:
        rest = rest[os.write(told, rest):]

journal.Journal.append = append_and_tell
from scanner.cli import main
main()
"""


def eager(*arguments: str, told: int = 0, octets: int = 1) -> list[str]:
    """The command with a checkpoint as often as the disk takes one, so that a short run has many.

    So many octets are written to the descriptor `told` for each result that has been written.
    """
    return [sys.executable, "-c", _EAGER, str(told), str(octets), *arguments]


@contextmanager
def telling(*arguments: str, octets: int = 1, **options: Any) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The command under way, and the descriptor from which to read so many octets for each result; it ends inside."""
    ours, theirs = os.pipe()
    try:
        command = eager(*arguments, told=theirs, octets=octets)
        process = subprocess.Popen(command, cwd=ROOT, text=True, pass_fds=[theirs], **options)
        os.close(theirs)
        try:
            yield process, ours
        finally:
            process.kill()
            process.communicate()
    finally:
        os.close(ours)


def wait_for(octets: int, told: int) -> bool:
    """Returns once so many more octets are written; False where the run ended before."""
    while octets > 0:
        found = os.read(told, octets)
        if not found:
            return False
        octets -= len(found)
    return True


def to_the_end(told: int) -> None:
    """Returns when the run has ended."""
    while os.read(told, IN_STEP):
        pass
