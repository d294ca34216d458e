"""Evidence files: answers as JSON Lines, one record set a line, and how an Answer becomes such lines.

`name`, `type` and `values` are required; `status`, `ttl`, `ad`, `server`, `at`, `reason` and `strings` are optional,
other keys are ignored. An Answer that came over CNAMEs is one line of type CNAME for each of them and one line for
the chain's end. A value that cannot be a record of its type is a fault of the file; two CNAMEs at one name are a fault
of the world, and replay as MALFORMED.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from rules.results import QueryRecord
from scanner.dns.answer import Answer, Status, bytes_of_text, chain_fault, several_cnames
from scanner.dns.errors import EvidenceError
from scanner.dns.presentation import BadFormError, absolute, canonical_name, canonical_value, is_dns_type

__all__ = ["Evidence", "decompose", "end_of", "line_of", "places_of", "read_evidence", "record_of"]

MAX_LINE: Final = 4 * 1024 * 1024
"""Octets of one line. A DNS message has 65,535 octets; a longer line is no evidence."""
MAX_FAULTS: Final = 1000
"""A file with more faults is another kind of file; reading stops there."""

_KNOWN: Final = frozenset({"NOERROR", "NODATA", "NXDOMAIN"})
_STATUSES: Final = frozenset(Status)
_TEXT_TYPES: Final = ("TXT", "SPF")
_MAX_TTL: Final = 2**32 - 1
_BOM: Final = b"\xef\xbb\xbf"
_WORDS: Final = {status: status.value for status in Status}
"""An enumeration's `value` costs a call."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Record sets by name, then type. Lines of types that are not DNS are here as they were written."""

    sets: Mapping[str, Mapping[str, QueryRecord]]

    def find(self, name: str, type_: str) -> QueryRecord | None:
        """The record set of exactly this name and type."""
        types = self.sets.get(name)
        return types.get(type_) if types is not None else None


def decompose(answer: Answer) -> list[QueryRecord]:
    """An answer as record sets: one CNAME for each link of its chain, and what stands at the chain's end.

    A chain that leads nowhere has no end: its CNAMEs tell all there is.
    """
    records = [
        QueryRecord(
            name=link.name,
            type="CNAME",
            status="NOERROR",
            values=(absolute(link.target),),
            ttl=link.ttl,
            ad=answer.ad,
            server=answer.server,
            at=answer.at,
        )
        for link in answer.chain
    ]
    if not chain_fault(answer.chain):
        records.append(end_of(answer))
    return records


def end_of(answer: Answer) -> QueryRecord:
    """What stands at the end of an answer's chain, or at the name that was asked for, as a record set."""
    return QueryRecord(
        name=answer.owner,
        type=answer.question.type,
        status=_WORDS[answer.status],
        values=answer.values,
        ttl=answer.ttl,
        ad=answer.ad,
        server=answer.server,
        at=answer.at,
        reason=answer.reason,
        strings=answer.strings,
    )


def line_of(record: QueryRecord) -> bytes:
    """A record set as a line of an evidence file, line feed included. What is not known is left out."""
    return (
        _ENCODER.encode(
            _WrittenLine(
                name=record.name,
                type=record.type,
                status=record.status,
                ttl=record.ttl,
                ad=record.ad,
                values=record.values,
                server=record.server,
                at=record.at,
                reason=record.reason,
                strings=record.strings,
            )
        )
        + b"\n"
    )


class _WrittenLine(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """A line as it is written, its keys in this order."""

    name: str
    type: str
    status: str
    ttl: int | None = None
    ad: bool
    values: tuple[str, ...]
    server: str = ""
    at: str = ""
    reason: str = ""
    strings: tuple[tuple[str, ...], ...] | None = None


def record_of(line: bytes) -> QueryRecord:
    """The record set of a line; raises ValueError where it is none."""
    return _record(_DECODER.decode(line.removeprefix(_BOM)))


def places_of(path: Path) -> Iterator[tuple[QueryRecord, int, int]]:
    """The record sets of an evidence file in its order, each with where its line begins and the octets up to its end.

    Raises EvidenceError behind the last if lines hold none.
    """
    faults: list[str] = []
    end = 0
    try:
        with path.open("rb") as file:
            for number, line in _lines(file):
                start, end = end, file.tell()
                try:
                    record = record_of(line)
                except (ValueError, RecursionError):
                    faults.extend(f"{path}:{number}: {fault}" for fault in _faults(line))
                    if len(faults) >= MAX_FAULTS:
                        break
                else:
                    yield record, start, end - start
    except OSError as error:
        faults.append(f"{path}: cannot be read: {error.strerror or error}")
    except _WrongFileError as error:
        faults.append(f"{path}:{error}")
    if faults:
        raise EvidenceError(faults)


def read_evidence(paths: Sequence[Path]) -> Evidence:
    """Reads evidence files ("-" is standard input). Later files win, and later lines of a file.

    A later file that proves a CNAME at a name takes the place of all earlier files' lines of that name, and one that
    proves there is another record set takes away their CNAME, since the two exclude each other (RFC 1034 section 3.6.2).

    Raises EvidenceError with every fault of all files.
    """
    sets: dict[str, dict[str, QueryRecord]] = {}
    faults: list[str] = []
    for path in paths:
        _lay_over(sets, _read_file(path, faults))
    if faults:
        raise EvidenceError(faults)
    return Evidence(sets)


def _lay_over(sets: dict[str, dict[str, QueryRecord]], later: dict[str, dict[str, QueryRecord]]) -> None:
    if not sets:
        sets.update(later)
        return
    for name, types in later.items():
        known = sets.get(name)
        if known is None:
            sets[name] = types
            continue
        alias = types.get("CNAME")
        if alias is not None and alias.status == "NOERROR":
            known.clear()
        elif any(record.status in _KNOWN for type_, record in types.items() if type_ != "CNAME"):
            known.pop("CNAME", None)
        known.update(types)


class _Line(msgspec.Struct):
    """A line whose keys have the right types."""

    name: str
    type: str
    values: tuple[str, ...]
    status: str | None = None
    ttl: int | None = None
    ad: bool | None = None
    server: str | None = None
    at: str | None = None
    reason: str | None = None
    strings: tuple[tuple[str, ...], ...] | None = None


_DECODER = msgspec.json.Decoder(_Line)
_ENCODER = msgspec.json.Encoder()


def _read_file(path: Path, faults: list[str]) -> dict[str, dict[str, QueryRecord]]:
    sets: dict[str, dict[str, QueryRecord]] = {}
    first = len(faults)
    try:
        with _open(path) as file:
            for number, line in _lines(file):
                try:
                    record = _record(_DECODER.decode(line))
                except (ValueError, RecursionError):  # msgspec's errors and our own are ValueErrors
                    faults.extend(f"{path}:{number}: {fault}" for fault in _faults(line))
                    if len(faults) - first >= MAX_FAULTS:
                        faults.append(f"{path}: more faults than that; is it an evidence file?")
                        break
                else:
                    sets.setdefault(record.name, {})[record.type] = record
    except OSError as error:
        faults.append(f"{path}: cannot be read: {error.strerror or error}")
    except _WrongFileError as error:
        faults.append(f"{path}:{error}")
    return sets


def _open(path: Path) -> IO[bytes]:
    # A descriptor that is not ours to close stays open.
    return open(sys.stdin.fileno(), "rb", closefd=False) if str(path) == "-" else path.open("rb")


class _WrongFileError(Exception):
    """No line-by-line reading can make sense of the file; begins with the line's number."""


def _lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := file.readline(MAX_LINE):
        number += 1
        if len(line) == MAX_LINE and not line.endswith(b"\n"):
            raise _WrongFileError(f"{number}: the line is longer than {MAX_LINE // 1024 // 1024} MiB")
        if number == 1:
            if line.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise _WrongFileError("1: the file is UTF-16; save it as UTF-8")
            line = line.removeprefix(_BOM)
        if line := line.strip():
            yield number, line


def _record(line: _Line) -> QueryRecord:
    """The record set of a line; raises ValueError where something is wrong, for `_faults` to tell all of it."""
    type_ = line.type.upper()
    if not is_dns_type(type_):
        return _foreign(line)
    values, strings = line.values, None
    if line.strings is not None and type_ in _TEXT_TYPES:
        values, strings = _with_strings(type_, values, line.strings)
    elif len(values) == 1:
        values = (canonical_value(type_, values[0]),)
    elif values:
        values = tuple(sorted({canonical_value(type_, value) for value in values}))
    status, reason = _status(line), line.reason or ""
    if type_ == "CNAME" and len(values) > 1:
        status, reason, values = "MALFORMED", several_cnames(len(values)), ()
    if line.ttl is not None and not 0 <= line.ttl <= _MAX_TTL:
        raise ValueError(f"ttl: {line.ttl} is not between 0 and {_MAX_TTL}")
    return QueryRecord(
        name=canonical_name(line.name),
        type=type_,
        status=status,
        values=values,
        ttl=line.ttl,
        ad=bool(line.ad),
        server=line.server or "",
        at=line.at or "",
        reason=reason,
        strings=strings,
    )


def _foreign(line: _Line) -> QueryRecord:
    """A line of a type that is not DNS: kept as written for those who know the type."""
    if not line.type or any(character.isspace() for character in line.type):
        raise ValueError(f"type: {line.type!r} is no record type")
    return QueryRecord(
        name=line.name,
        type=line.type,
        status=line.status or ("NOERROR" if line.values else "NODATA"),
        values=line.values,
        ttl=line.ttl,
        ad=bool(line.ad),
        server=line.server or "",
        at=line.at or "",
        reason=line.reason or "",
        strings=line.strings,
    )


def _status(line: _Line) -> str:
    status = line.status
    if status is None or status == "NOERROR":
        return "NOERROR" if line.values else "NODATA"
    if status not in _STATUSES:
        near = difflib.get_close_matches(status[:40].upper(), sorted(_STATUSES), 1)
        hint = f"did you mean {near[0]}?" if near else f"it is one of {', '.join(Status)}"
        raise ValueError(f"status: {status[:40]!r} is no status; {hint}")
    if line.values:
        raise ValueError(f"status: {status} with values; only NOERROR has any")
    return status


def _with_strings(
    type_: str, values: Sequence[str], strings: Sequence[Sequence[str]]
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...] | None]:
    if len(strings) != len(values):
        raise ValueError(f"strings: {len(strings)} lists for {len(values)} values; there is one a value")
    pairs = set()
    for index, (value, pieces) in enumerate(zip(values, strings, strict=True)):
        octets = [bytes_of_text(piece) for piece in pieces]
        if b"".join(octets) != bytes_of_text(value):
            raise ValueError(f"strings[{index}]: joined, they are not values[{index}]")
        if any(len(piece) > 255 for piece in octets):
            raise ValueError(f"strings[{index}]: a character-string has 255 octets at most (RFC 1035 section 3.3)")
        pairs.add((canonical_value(type_, value), tuple(canonical_value(type_, piece) for piece in pieces)))
    ordered = sorted(pairs)
    several = any(len(pieces) != 1 for _, pieces in ordered)
    return tuple(value for value, _ in ordered), tuple(pieces for _, pieces in ordered) if several else None


_KEYS: Final[Mapping[str, tuple[Any, bool, str]]] = {
    "name": (str, True, "a text"),
    "type": (str, True, "a text"),
    "values": (tuple[str, ...], True, "a list of texts"),
    "status": (str | None, False, "a text"),
    "ttl": (int | None, False, "a whole number"),
    "ad": (bool | None, False, "true or false"),
    "server": (str | None, False, "a text"),
    "at": (str | None, False, "a text"),
    "reason": (str | None, False, "a text"),
    "strings": (tuple[tuple[str, ...], ...] | None, False, "a list of lists of texts"),
}


def _faults(line: bytes) -> list[str]:
    """Everything that is wrong with a line that could not be read: the slow way, with words for people."""
    try:
        document = msgspec.json.decode(line)
    except UnicodeDecodeError as error:
        return [f"not UTF-8: {error.reason}"]
    except RecursionError:
        return ["not usable: nested too deeply"]
    except ValueError as error:
        return [f"not JSON: {error}"]
    if not isinstance(document, dict):
        return ['not a JSON object; a line looks like {"name": ..., "type": ..., "values": [...]}']
    faults: list[str] = []
    for key, (wanted, required, words) in _KEYS.items():
        if key not in document:
            if required:
                near = [found for found in difflib.get_close_matches(key, map(str, document), 1) if found not in _KEYS]
                faults.append(f"{key} is missing" + (f"; is {near[0]!r} meant for it?" if near else ""))
            continue
        try:
            msgspec.convert(document[key], wanted)
        except ValueError:
            faults.append(f"{key}: is not {words}")
    return faults or _faults_of_content(msgspec.convert(document, _Line)) or ["cannot be read"]


def _faults_of_content(line: _Line) -> list[str]:
    faults: list[str] = []
    type_ = line.type.upper()
    if is_dns_type(type_):
        try:
            canonical_name(line.name)
        except BadFormError as error:
            faults.append(f"name: {error}")
        for index, value in enumerate(line.values[:MAX_FAULTS]):
            try:
                canonical_value(type_, value)
            except BadFormError as error:
                faults.append(f"values[{index}]: {error}")
        try:
            _status(line)
        except ValueError as error:
            faults.append(str(error))
    if not faults:
        try:
            _record(line)
        except ValueError as error:
            faults.append(str(error))
    return faults
