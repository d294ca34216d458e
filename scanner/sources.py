"""Opens the Source that a run asks: recorded evidence or live resolvers, recorded on the way if so wanted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast, get_args

from scanner.dns.recorded import Missing, RecordedSource
from scanner.dns.source import Source
from scanner.errors import UsageError

if TYPE_CHECKING:
    from scanner.dns.recording import Recorder

__all__ = ["open_recorder", "open_source"]

_BLOCK: Final = 65_536


def open_source(
    evidence: Sequence[Path], missing: str, resolvers: Sequence[str], record: Path | None, *, append: bool = False
) -> Source:
    """The Source of a run; with `append` the record goes on after what an earlier run left there.

    Raises UsageError for options that do not fit together and for files that cannot be used.
    """
    if missing not in get_args(Missing):
        raise UsageError(f"--missing {missing}: give unknown or nodata.")
    if evidence and resolvers:
        raise UsageError("--evidence and --resolver exclude each other: evidence is scanned without a network.")
    source: Source
    if evidence:
        source = RecordedSource(evidence, missing=cast(Missing, missing))
    else:
        if missing != "unknown":
            raise UsageError("--missing belongs to --evidence; a live scan asks for every name.")
        from scanner.dns.cache import CachingSource
        from scanner.dns.live import live_source

        source = CachingSource(live_source(resolvers))
    if record is None:
        return source
    from scanner.dns.recording import RecordingSource

    if append:
        _cut_broken_line(record)
    return RecordingSource(source, record, inputs=evidence, append=append)


def open_recorder(record: Path, evidence: Sequence[Path], *, append: bool = False) -> Recorder:
    """What records the answers of several processes; as `open_source` for one."""
    from scanner.dns.recording import Recorder

    if append:
        _cut_broken_line(record)
    return Recorder(record, inputs=evidence, append=append)


def _cut_broken_line(record: Path) -> None:
    """Takes away the last line where the run that wrote it was ended in the middle of it."""
    try:
        with record.open("r+b") as stream:
            end = stream.seek(0, os.SEEK_END)
            kept = end
            while kept:
                start = max(0, kept - _BLOCK)
                stream.seek(start)
                found = stream.read(kept - start).rfind(b"\n")
                kept = start + found + 1 if found >= 0 else start
                if found >= 0:
                    break
            if kept < end:
                stream.truncate(kept)
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError(f"--record {record}: cannot be written: {error.strerror or error}.") from None
