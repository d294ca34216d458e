"""Right settings to start from, by application and way of sending (`data/submission/snippets.yaml`)."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from scanner.data import read_data

__all__ = ["Snippet", "snippets"]


@dataclass(frozen=True, slots=True)
class Snippet:
    """Settings of an application. `way` is oauth, relay or password; `file` is the name that they usually have."""

    app: str
    way: str
    file: str
    notes: tuple[str, ...]
    text: str


@functools.cache
def snippets() -> tuple[Snippet, ...]:
    """All of them; the first of an application is the one to take where nobody says which."""
    return tuple(
        Snippet(entry["app"], entry["way"], entry["file"], tuple(entry["notes"]), entry["text"])
        for entry in read_data("submission/snippets.yaml")["snippets"]
    )
