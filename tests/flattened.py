"""A subject's facts by dotted name, for tests of single probes."""

from __future__ import annotations

from collections.abc import Iterator

from rules.fact import documented
from rules.facts import NOT_ASKED, DkimSelector, Value


def flatten(name: str, subject: object) -> Iterator[tuple[str, Value]]:
    """The facts of one subject object as (dotted name, value), those not asked left out."""
    for field in documented(type(subject)):
        value = getattr(subject, field)
        if isinstance(value, DkimSelector):
            yield from flatten(f"{name}.{field}", value)
        elif value is not NOT_ASKED:
            yield f"{name}.{field}", value
