"""Targets: what people write for a domain, made into domains; lists read row by row.

A list is a text file with a domain a line, or a CSV with a header. Every row that cannot be used is reported with
its number, and the rest goes on. Nothing here asks DNS.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import urlsplit

from reports.seen import Seen
from rules.results import BadRow, Target
from scanner.csv_rows import MAX_ROW, cut, delimiter_of, lines_of, rows_of, shown
from scanner.errors import UsageError

__all__ = ["COLUMNS", "InvalidDomainError", "normalise", "open_list", "read_arguments", "read_list", "unique"]

COLUMNS: Final = ("domain", "client", "ticket", "profile", "tenant", "selectors", "tags")
"""The columns of a CSV list; only `domain` is required. Selectors and tags hold several, parted by blanks or ";"."""

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?", re.ASCII)
_PLAIN = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
"""A domain as it is: what most rows of long lists are, a tenth of the work of reading the others."""
_SELECTOR = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?", re.ASCII)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE | re.ASCII)


class InvalidDomainError(ValueError):
    """What was written is no domain; the text says why."""


def normalise(text: str) -> tuple[str, str]:
    """A domain, URL or e-mail address as (A-labels in lower case without final dot, the same in U-labels).

    IDNA 2008 with the mapping of UTS 46 (upper case and full-width forms are folded). Raises InvalidDomainError.
    """
    if _PLAIN.fullmatch(text) and len(text) <= 253 and "xn--" not in text:
        return text, text
    written = text.strip().strip("\"'<>").strip()
    if not written:
        raise InvalidDomainError("no domain is given")
    if len(written) > 1000:
        raise InvalidDomainError(f"{len(written)} characters are too long for a domain")
    name = _host_part(written)
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        pass
    else:
        raise InvalidDomainError(
            f"{shown(written)} is an address; give the domain whose mail records are to be looked at"
        )
    name = name.removesuffix(".").removesuffix("。")
    if name.startswith("*."):
        raise InvalidDomainError(f"{shown(written)} is a wildcard; give one domain")
    ascii_name, unicode_name = _a_labels(name, written)
    labels = ascii_name.split(".")
    for label in labels:
        if not label:
            raise InvalidDomainError(f"{shown(written)} has an empty label (two dots in a row, or one in front)")
        if len(label) > 63:
            raise InvalidDomainError(f"{shown(written)} has a label of {len(label)} octets; 63 are allowed")
        if label.startswith("-") or label.endswith("-"):
            raise InvalidDomainError(f"{shown(written)} has a label that begins or ends with a hyphen: {shown(label)}")
        if not _LABEL.fullmatch(label):
            raise InvalidDomainError(
                f"{shown(written)} has a character that no domain name has, in the label {shown(label)}"
            )
    if len(ascii_name) > 253:
        raise InvalidDomainError(f"{shown(written)} has {len(ascii_name)} octets; 253 are allowed")
    if len(labels) < 2:
        raise InvalidDomainError(f"{shown(written)} is a single label; give the whole domain, such as {labels[0]}.com")
    if labels[-1].isdigit():
        raise InvalidDomainError(f"{shown(written)} ends in a number, which no top-level domain does")
    return ascii_name, unicode_name


def _host_part(written: str) -> str:
    if _SCHEME.match(written):
        try:
            host = urlsplit(written).hostname
        except ValueError as error:
            raise InvalidDomainError(f"{shown(written)} is no usable URL: {error}") from None
        if not host:
            raise InvalidDomainError(f"{shown(written)} is a URL without a host")
        return host
    name = written.removeprefix("mailto:").rpartition("@")[2]
    name = re.split(r"[/?#]", name, maxsplit=1)[0]
    host, colon, port = name.rpartition(":")
    return host if colon and port.isdigit() and ":" not in host else name


def _a_labels(name: str, written: str) -> tuple[str, str]:
    lowered = name.lower()
    if lowered.isascii() and "xn--" not in lowered:
        return lowered, lowered
    import idna  # only names that need it pay for its tables

    try:
        ascii_name = idna.encode(name, uts46=True).decode("ascii").lower()
        return ascii_name, idna.decode(ascii_name)
    except idna.IDNAError as error:
        raise InvalidDomainError(
            f"{shown(written)} is no internationalised domain name of IDNA 2008: {error}"
        ) from None


def read_arguments(arguments: Iterable[str]) -> Iterator[Target | BadRow]:
    """The domains of a command line; a bad one is a bad row numbered by its place."""
    for number, text in enumerate(arguments, 1):
        yield _target({"domain": text}, "command line", number, text, None)


def open_list(path: str) -> BinaryIO:
    """Opens a list for `read_list`. Raises UsageError."""
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise UsageError(
            f"{path}: cannot read the list: {error.strerror}. Give the path of a text file or CSV."
        ) from None


def read_list(stream: BinaryIO, source: str, profiles: Collection[str] | None = None) -> Iterator[Target | BadRow]:
    """Reads a list, a row at a time, whatever its size.

    A first row that names a `domain` column makes it a CSV (comma, semicolon or tab); else each line is one domain, and
    blank lines and those that begin with # are passed over. `profiles` are the names that a row may ask for. Raises
    UsageError for a file that is no list at all: a header without domain, a misspelt column, UTF-16.
    """
    lines = lines_of(stream, source)
    first = next(lines, None)
    while first is not None and not first[1].strip():
        first = next(lines, None)
    if first is None:
        raise UsageError(
            f"{source}: the list is empty. Write a domain a line, or a CSV with a header that has a domain column."
        )
    delimiter = delimiter_of(first[1])
    header = [cell.strip().strip('"').strip().lower() for cell in first[1].split(delimiter)]
    if "domain" in header:
        for row in rows_of(lines, header, delimiter, source, first[0], COLUMNS):
            yield row if isinstance(row, BadRow) else _target(row[0], source, row[1], row[2], profiles)
        return
    if delimiter in first[1] and not first[1].lstrip().startswith("#"):
        raise _header_error(source, header)
    yield from _text_rows(first, lines, source)


def _header_error(source: str, header: list[str]) -> UsageError:
    found = next((name for name in header if difflib.get_close_matches(name, ["domain"], 1, 0.6)), None)
    hint = f" (did you mean domain by {shown(found)}?)" if found else ""
    return UsageError(f"{source}:1: the header has no domain column{hint}. Columns are {', '.join(COLUMNS)}.")


def _text_rows(first: tuple[int, str], lines: Iterator[tuple[int, str]], source: str) -> Iterator[Target | BadRow]:
    for number, line in _chain(first, lines):
        text = line.split("#", 1)[0].strip()
        if text:
            yield _target({"domain": text}, source, number, line.strip(), None)


def _chain(first: tuple[int, str], rest: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    yield first
    yield from rest


def _target(
    cells: dict[str, str], source: str, row: int, text: str, profiles: Collection[str] | None
) -> Target | BadRow:
    def bad(error: str) -> BadRow:
        return BadRow(source=source, row=row, text=cut(text), error=error)

    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        return bad("the row is not UTF-8; save the list as UTF-8")
    if len(text) > MAX_ROW:
        return bad(f"the row has more than {MAX_ROW} characters")
    try:
        domain, unicode = normalise(cells.get("domain") or "")
    except InvalidDomainError as error:
        return bad(str(error))
    profile = (cells.get("profile") or "").strip()
    if profile and profiles is not None and profile not in profiles:
        near = difflib.get_close_matches(profile, sorted(profiles), 1)
        return bad(f"unknown profile {shown(profile)}" + (f"; did you mean {near[0]}?" if near else ""))
    selectors = _several(cells.get("selectors"))
    for selector in selectors:
        if not _SELECTOR.fullmatch(selector) or any(not 0 < len(label) < 64 for label in selector.split(".")):
            return bad(f"{shown(selector)} is no DKIM selector")
    return Target(
        domain=domain,
        unicode=unicode,
        client=(cells.get("client") or "").strip(),
        ticket=(cells.get("ticket") or "").strip(),
        profile=profile,
        tenant=(cells.get("tenant") or "").strip().lower(),
        selectors=tuple(selector.lower() for selector in selectors),
        tags=_several(cells.get("tags")),
    )


def _several(cell: str | None) -> tuple[str, ...]:
    if not cell:
        return ()
    return tuple(dict.fromkeys(part for part in re.split(r"[\s;,|]+", cell or "") if part))


def unique(rows: Iterable[Target | BadRow]) -> Iterator[Target | BadRow]:
    """Passes rows on, identical targets once. Holds a hash of each target, and of very many not even that in memory."""
    seen = Seen()
    for row in rows:
        if isinstance(row, BadRow) or seen.add(row):
            yield row


def with_profile(target: Target, profile: str) -> Target:
    """The target, with the run's profile where its row names none."""
    return target if target.profile else replace(target, profile=profile)
