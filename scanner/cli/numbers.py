"""Numbers that options take."""

from __future__ import annotations

import math

import typer

__all__ = ["seconds"]


def seconds(value: float) -> float:
    """What an option of seconds was given; a range lets "nan" through, which is neither below nor above anything."""
    if math.isnan(value):
        raise typer.BadParameter("nan is no number of seconds")
    return value
