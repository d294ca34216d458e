"""Lines for people, made harmless, and the standard streams; a fault of the output is told as one."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable
from typing import BinaryIO, TextIO

from reports.escape import terminal
from scanner.errors import OutputError, UsageError

__all__ = ["give_up_output", "print_lines", "say", "standard_input", "standard_output", "tell", "write_out"]


def print_lines(lines: Iterable[str]) -> None:
    """Prints lines, each made harmless for a terminal. Raises OutputError where standard output takes no more."""
    text = "".join(f"{terminal(line)}\n" for line in lines)
    write_out(text.encode(getattr(sys.stdout, "encoding", None) or "utf-8", "replace"))


def write_out(octets: bytes) -> None:
    """Octets to standard output. Raises OutputError where it takes no more."""
    stream = standard_output()
    try:
        stream.write(octets)
        stream.flush()
    except OSError as error:
        give_up_output()
        raise OutputError(f"standard output: {error.strerror or error}") from error


def say(text: str) -> None:
    """A line for people on standard error."""
    tell(f"mailready: {terminal(text)}")


def tell(text: str) -> None:
    """Lines for people on standard error, as they are. That nobody reads them there ends no run."""
    if sys.stderr is None:  # print would take standard output instead, where results are
        return
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        _give_up(sys.stderr)


def standard_output() -> BinaryIO:
    """Standard output as octets. Raises UsageError where the command was started without one."""
    if sys.stdout is None:
        raise UsageError("standard output is closed; give a file or a directory with -o.")
    return sys.stdout.buffer


def standard_input() -> BinaryIO:
    """Standard input as octets. Raises UsageError where the command was started without one."""
    if sys.stdin is None:
        raise UsageError("standard input is closed; give the path of a list.")
    return sys.stdin.buffer


def give_up_output() -> None:
    """Lets what standard output still holds go nowhere, so that Python does not fail a second time when it ends."""
    if sys.stdout is not None:
        _give_up(sys.stdout)


def _give_up(stream: TextIO) -> None:
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
