"""`--resume`: goes on from where an earlier run of the same question stopped, and refuses another question."""

from __future__ import annotations

import hashlib
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reports.errors import NotAReport, OutputFailed
from reports.journal import Journal, Progress, progress_of, write_log
from reports.jsondoc import decode_domain, decode_header, encode_header
from rules.model import Library, Waiver
from rules.results import Report, Result, Target
from scanner.cli.places import STANDARD
from scanner.errors import UsageError
from scanner.tally import Tally, note_of, used_waivers

__all__ = ["Earlier", "Rows", "asked_of", "differences", "earlier_run", "identity_of", "list_digest"]

Rows = Callable[[], Iterable[tuple[int, Target | Result]]]
"""Reads the list from its beginning: a row's number, and its target (or the result that is taken over)."""

_SHOWN: Final = 19
"""Characters of a digest that tell two apart for a reader, with "sha256:" in front."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier run: its header, how far it came, which rows it has finished, and what it had counted."""

    header: Report
    progress: Progress
    done: bytearray
    tally: Tally

    def has(self, row: int) -> bool:
        """Whether the row is finished."""
        return row < len(self.done) and self.done[row] == 1

    def name(self, row: int) -> str:
        """The name that the row's page has, where it is not that of its domain."""
        return self.progress.names.get(row, "")

    def journal(self, path: Path) -> Journal:
        """The results to go on with. Raises UsageError."""
        try:
            return Journal(path, encode_header(self.header), self.header.run.id, self.progress)
        except OutputFailed as error:
            raise UsageError(str(error)) from None


def asked_of(
    lists: Sequence[str], domains: Sequence[str], library: Library, profile: str, options: Mapping[str, str]
) -> dict[str, str]:
    """What a run is asked to do, as its header keeps it: contents by digest, so that a name may change.

    `options` are further ones, by name; those that are "" are left out.
    """
    names = [*lists, *(domain for domain in domains if domain == STANDARD)]
    asked = {f"list {number}" if len(names) > 1 else "list": list_digest(name) for number, name in enumerate(names, 1)}
    if arguments := [domain for domain in domains if domain != STANDARD]:
        asked["domains"] = _digest("\n".join(arguments).encode("utf-8", "surrogateescape"))
    told = "\n".join(
        f"{each.name} {sorted(each.facts.items())} {sorted(each.severities.items())} {sorted(each.disabled)}"
        for each in sorted(library.profiles.values(), key=lambda each: each.name)
    )
    asked["profile"] = f"{profile}, {_digest(told.encode())}"
    return asked | {name: text for name, text in options.items() if text}


def list_digest(name: str) -> str:
    """The digest of a file's content; what is no file, such as standard input, cannot be read twice and has none."""
    path = Path(name)
    if name == STANDARD or not path.is_file():
        return "not a file"
    try:
        with path.open("rb") as stream:
            return f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
    except OSError as error:
        raise UsageError(f"{name}: cannot be read: {error.strerror or error}.") from None


def earlier_run(path: Path, header: Report, rows: Rows, waivers: Sequence[Waiver]) -> Earlier | None:
    """The run that left its results at `path`; None where none came as far as to write its header.

    Raises UsageError if it was asked something else than the one that `header` begins, naming every difference, and
    for what is no run.
    """
    try:
        with path.open("rb") as stream:
            first = stream.readline()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}.") from None
    if not first.endswith(b"\n"):
        return None
    try:
        found = decode_header(first)
    except NotAReport as error:
        raise UsageError(f"{path}: cannot be resumed: {error}") from None
    _refuse_another(path, found, header)
    try:
        progress = progress_of(path, found.run.id)
        if progress is None:
            _rebuild(path, found.run.id, len(first), rows, waivers)
            progress = progress_of(path, found.run.id)
    except (OutputFailed, NotAReport) as error:
        raise UsageError(f"{path}: cannot be resumed: {error}") from None
    if progress is None:
        raise UsageError(f"{path}: cannot be resumed: something else writes there.")
    done = bytearray(max(progress.rows, default=0) + 1)
    for row in progress.rows:
        done[row] = 1
    return Earlier(found, progress, done, Tally.of(progress.counted))


def _refuse_another(path: Path, found: Report, header: Report) -> None:
    found_apart = list(differences(identity_of(found), identity_of(header)))
    if "not a file" in header.run.asked.values() and not found_apart:
        raise UsageError(f"{path}: cannot be resumed from standard input or a pipe; save the list as a file.")
    if found_apart:
        raise UsageError(
            f"{path}: cannot be resumed, since it is of another run: {'; '.join(found_apart)}."
            " Give what that run was given, or scan anew without --resume."
        )


def identity_of(report: Report) -> dict[str, str]:
    """What two runs must have alike to be one, by name."""
    packs = {f"pack {pack.id}": f"version {pack.version}, sha256:{pack.digest}" for pack in report.tool.packs}
    return {"version": report.tool.version} | packs | dict(report.run.asked)


def differences(then: Mapping[str, str], now: Mapping[str, str]) -> Iterable[str]:
    """What differs, in words, digests shortened."""
    for name in sorted(then.keys() | now.keys()):
        before, after = then.get(name, "none"), now.get(name, "none")
        if before != after:
            yield f"{name}: then {_short(before)}, now {_short(after)}"


def _short(text: str) -> str:
    head, mark, digest = text.partition("sha256:")
    return f"{head}{mark}{digest[: _SHOWN - len(mark)]}" if mark else text


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _rebuild(path: Path, run: str, start: int, rows: Rows, waivers: Sequence[Waiver]) -> None:
    """Makes the log of a run anew where there is none, as of one that ended: reads all results and matches the list."""
    sizes: list[int] = []
    lines: dict[tuple[str, ...], deque[int]] = defaultdict(deque)
    tally = Tally()
    with path.open("rb") as stream:
        stream.seek(start)
        for number, line in enumerate(stream, 2):
            if not line.endswith(b"\n"):
                break
            result = decode_domain(line, f"line {number}")  # its words are not needed
            lines[_key(result)].append(len(sizes))
            sizes.append(len(line))
            tally.add(note_of(result, used_waivers(result, waivers)))
    places: list[int] = [0] * len(sizes)
    for row, target in rows():
        if places_of := lines.get(_key(target)):
            places[places_of.popleft()] = row
    if 0 in places:
        raise UsageError(f"{path}: cannot be resumed: it has {places.count(0)} domains that the list does not have.")
    write_log(path, run, start, zip(places, sizes, strict=True), tally.document())


def _key(row: Target | Result) -> tuple[str, ...]:
    return (row.domain, row.client, row.ticket, *row.tags)
