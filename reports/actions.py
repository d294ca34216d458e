"""actions.csv: the records to publish, one a row, over all domains (RFC 4180, UTF-8 with BOM)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reports.tables import csv_lines
from rules.results import Result

__all__ = ["ACTION_COLUMNS", "action_rows", "actions_csv_head", "actions_csv_rows"]

ACTION_COLUMNS: Final = (
    "domain",
    "client",
    "ticket",
    "action",
    "name",
    "type",
    "ttl",
    "value",
    "replaces",
    "owner",
    "effort",
    "severity",
    "rules",
)
"""Columns are only added, at the end."""


def action_rows(result: Result) -> Iterator[tuple[str, ...]]:
    """A row for each change, in the order in which they are to be made."""
    for change in result.changes:
        yield (
            result.domain,
            result.client,
            result.ticket,
            change.action,
            change.name,
            change.type,
            "" if change.ttl is None else str(change.ttl),
            change.value,
            change.replaces,
            change.owner,
            change.effort,
            change.severity,
            " ".join(change.rules),
        )


def actions_csv_head() -> bytes:
    """The byte order mark and the header row."""
    return b"\xef\xbb\xbf" + csv_lines([ACTION_COLUMNS])


def actions_csv_rows(result: Result) -> bytes:
    """One domain's rows."""
    return csv_lines(action_rows(result))
