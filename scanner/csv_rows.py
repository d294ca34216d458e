"""CSV with a header, read row by row, whatever its size: rows that are none are reported with their numbers."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final

from rules.results import BadRow
from scanner.errors import UsageError

__all__ = ["MAX_ROW", "Cells", "cut", "delimiter_of", "lines_of", "rows_of", "shown"]

MAX_ROW: Final = 10_000
"""Characters of one row; a longer one is no row of a list but a wrong file."""

Cells = tuple[dict[str, str], int, str]
"""A row's cells by column, the number of its first line, and its text."""

_SHOWN: Final = 80


def lines_of(stream: BinaryIO, source: str) -> Iterator[tuple[int, str]]:
    """The lines with their numbers, however long they are. Raises UsageError for UTF-16."""
    limit = MAX_ROW * 4  # octets of UTF-8; what is cut off here is over the row's limit all the same
    for number, raw in enumerate(iter(lambda: stream.readline(limit), b""), 1):
        rest = raw
        while len(rest) == limit and not rest.endswith(b"\n"):
            rest = stream.readline(limit)
        if number == 1 and raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise UsageError(f"{source}: the list is UTF-16. Save it as CSV UTF-8.")
        data = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
        yield number, data.decode("utf-8", "surrogateescape")


def delimiter_of(header: str) -> str:
    """What parts the cells of a header: comma, semicolon or tab."""
    return max(",;\t", key=header.count)


def rows_of(
    lines: Iterator[tuple[int, str]],
    header: list[str],
    delimiter: str,
    source: str,
    header_line: int,
    columns: Sequence[str],
) -> Iterator[Cells | BadRow]:
    """The rows below a header. Raises UsageError for a column that is misspelt or there twice."""
    for name in header:
        if name and name not in columns and (near := difflib.get_close_matches(name, columns, 1, 0.8)):
            raise UsageError(f"{source}:{header_line}: unknown column {shown(name)}; did you mean {near[0]}?")
    doubled = [name for name in columns if header.count(name) > 1]
    if doubled:
        raise UsageError(f"{source}:{header_line}: the column {doubled[0]} is there more than once.")
    number = header_line

    def texts() -> Iterator[str]:
        nonlocal number
        for line_number, line in lines:
            number = line_number
            yield line

    rows = csv.reader(texts(), delimiter=delimiter, strict=False)
    while True:
        start = number + 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield BadRow(source=source, row=start, text="", error=f"the row is no CSV: {error}")
            continue
        if not any(cell.strip() for cell in cells):
            continue
        text = delimiter.join(cells)
        if len(cells) > len(header):
            extra = f"{len(cells)} cells under a header of {len(header)}; a cell that holds {delimiter!r} is written in quotes"
            yield BadRow(source=source, row=start, text=cut(text), error=extra)
            continue
        if any("\ud800" <= char <= "\udfff" for char in text):
            yield BadRow(source=source, row=start, text=cut(text), error="the row is not UTF-8; save the list as UTF-8")
        elif len(text) > MAX_ROW:
            yield BadRow(source=source, row=start, text=cut(text), error=f"the row has more than {MAX_ROW} characters")
        else:
            yield dict(zip(header, cells, strict=False)), start, text


def shown(text: str) -> str:
    """A text as messages quote it."""
    short = text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
    return repr(short)


def cut(text: str) -> str:
    """A row's text as reports show it."""
    clean = text.strip().encode("utf-8", "replace").decode("utf-8")
    return clean if len(clean) <= 200 else clean[:200] + "..."
