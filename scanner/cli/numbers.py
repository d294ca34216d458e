"""Numbers that options take."""

from __future__ import annotations

import math
from typing import Any

import typer

__all__ = ["seconds"]


def seconds(least: float, most: float, says: str, panel: str) -> Any:
    """An option of seconds, `says` its help."""
    return typer.Option(metavar="SECONDS", min=least, max=most, callback=_told, help=says, rich_help_panel=panel)


def _told(value: float) -> float:
    """A range lets "nan" through, which is neither below nor above anything."""
    if math.isnan(value):
        raise typer.BadParameter("nan is no number of seconds")
    return value
