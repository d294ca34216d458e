"""A list of applications: a CSV with a row for each settings file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Literal, cast

from rules.results import BadRow
from scanner.csv_rows import cut, delimiter_of, lines_of, rows_of
from scanner.errors import UsageError
from scanner.submission.judge import Origin

__all__ = ["COLUMNS", "AppRow", "read_apps"]

COLUMNS: Final = ("file", "app", "client", "ticket", "tenant", "tags", "recipients")
"""The columns; only `file` is required. Tags hold several, parted by blanks or ";"."""

Recipients = Literal["internal", "external", "both", "unset"]
_RECIPIENTS: Final = ("internal", "external", "both")


@dataclass(frozen=True, slots=True)
class AppRow:
    """One application. `file` is as the list has it, taken from the list's own directory; `app` names its form where the file does not show it."""

    file: Path
    app: str
    origin: Origin
    recipients: Recipients
    row: int


def read_apps(stream: BinaryIO, source: str, directory: Path) -> Iterator[AppRow | BadRow]:
    """The rows of a list, `directory` being where its relative paths begin.

    Raises UsageError for a file that is no such list: empty, a header without file, a misspelt column, UTF-16.
    """
    lines = lines_of(stream, source)
    number, text = next(((number, line) for number, line in lines if line.strip()), (0, ""))
    delimiter = delimiter_of(text)
    header = [cell.strip().strip('"').strip().lower() for cell in text.split(delimiter)]
    if "file" not in header:
        said = f"{source}:{number}: the header has no file column" if number else f"{source}: the list is empty"
        raise UsageError(f"{said}. Write a CSV with the columns {', '.join(COLUMNS)}; only file is required.")
    for row in rows_of(lines, header, delimiter, source, number, COLUMNS):
        yield row if isinstance(row, BadRow) else _app(row[0], directory, source, row[1], row[2])


def _app(cells: dict[str, str], directory: Path, source: str, row: int, text: str) -> AppRow | BadRow:
    def bad(error: str) -> BadRow:
        return BadRow(source=source, row=row, text=cut(text), error=error)

    values = {name: (cells.get(name) or "").strip() for name in COLUMNS}
    if not values["file"]:
        return bad("no file is given")
    if "\0" in values["file"]:
        return bad("the file's name has a null character, which no path has")
    recipients = values["recipients"].lower()
    if recipients not in ("", *_RECIPIENTS):
        return bad(f"recipients {cut(recipients)!r}: give {', '.join(_RECIPIENTS)}, or nothing")
    tags = tuple(dict.fromkeys(part for part in re.split(r"[\s;,|]+", values["tags"]) if part))
    origin = Origin(values["client"], values["ticket"], values["tenant"].lower(), tags)
    return AppRow(directory / values["file"], values["app"], origin, cast(Recipients, recipients or "unset"), row)
