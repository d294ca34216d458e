"""Opens the Source that a command asks: recorded evidence or live resolvers, recorded on the way if so wanted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast, get_args

from scanner.dns.recorded import Missing, RecordedSource
from scanner.dns.source import Source
from scanner.errors import UsageError

__all__ = ["open_source"]


def open_source(evidence: Sequence[Path], missing: str, resolvers: Sequence[str], record: Path | None) -> Source:
    """The Source of a run. Raises UsageError for options that do not fit together and for files that cannot be used."""
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
        from scanner.dns.live import live_source

        source = live_source(resolvers)
    if record is None:
        return source
    from scanner.dns.recording import RecordingSource

    return RecordingSource(source, record, inputs=evidence)
