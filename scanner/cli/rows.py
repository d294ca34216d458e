"""The rows of the command line and its lists: numbered, identical ones once, bad ones told and counted."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator
from typing import BinaryIO, Final

from rules.results import BadRow, DomainResult, Target
from scanner.cli.lines import say, standard_input
from scanner.cli.places import STANDARD
from scanner.errors import UsageError
from scanner.targets import open_list, read_arguments, read_list, unique

__all__ = ["MOST_BAD_ROWS", "Rows"]

MOST_BAD_ROWS: Final = 1000
"""Bad rows that are told and reported one by one; of a list of nothing but bad rows the others are counted."""


class Rows:
    """Numbered targets, to be iterated once. Raises UsageError when made, for lists that are none.

    A target's number is its place among the distinct good rows, whatever `wanted` leaves out, so that it is the same
    whenever the same lists are read.
    """

    def __init__(
        self,
        domains: tuple[str, ...],
        lists: tuple[str, ...],
        profiles: Collection[str],
        *,
        wanted: Callable[[Target], bool] = lambda _: True,
        tell: bool = True,
    ) -> None:
        self.bad: list[BadRow] = []
        self.more_bad = 0
        self._wanted, self._tell = wanted, tell
        rows = unique(_rows(domains, lists, frozenset(profiles)))
        first = next(rows, None)
        self.empty = first is None
        self._rows = rows if first is None else itertools.chain([first], rows)

    @property
    def bad_rows(self) -> int:
        """How many rows had to be skipped."""
        return len(self.bad) + self.more_bad

    def __iter__(self) -> Iterator[tuple[int, Target | DomainResult]]:
        number = 0
        for row in self._rows:
            if isinstance(row, BadRow):
                self._is_bad(row)
                continue
            number += 1
            if self._wanted(row):
                yield number, row

    def _is_bad(self, row: BadRow) -> None:
        if len(self.bad) < MOST_BAD_ROWS:
            self.bad.append(row)
            if self._tell:
                say(f"{row.source}:{row.row}: {row.error}")
            return
        if not self.more_bad and self._tell:
            say(f"{row.source}:{row.row}: a further bad row; from here on they are only counted")
        self.more_bad += 1


def _rows(domains: tuple[str, ...], lists: tuple[str, ...], profiles: frozenset[str]) -> Iterator[Target | BadRow]:
    """All rows of the command line and the lists; every list's header is read before the first row goes out."""
    arguments = tuple(domain for domain in domains if domain != STANDARD)
    names = [*lists, *(domain for domain in domains if domain == STANDARD)]
    if names.count(STANDARD) > 1:
        raise UsageError("standard input (-) was given twice; it can be read once.")
    readers = [_begun(read_list(_open_list(name), _list_name(name), profiles)) for name in names]
    return itertools.chain(read_arguments(arguments), *readers)


def _begun(rows: Iterator[Target | BadRow]) -> Iterator[Target | BadRow]:
    """The same rows, with the first one read now: a list that is none is refused before anything is scanned."""
    first = next(rows, None)
    return iter(()) if first is None else itertools.chain([first], rows)


def _open_list(name: str) -> BinaryIO:
    return standard_input() if name == STANDARD else open_list(name)


def _list_name(name: str) -> str:
    return "standard input" if name == STANDARD else name
