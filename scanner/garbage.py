"""When the interpreter looks for garbage that reference counts do not free."""

from __future__ import annotations

import gc
from typing import Final

__all__ = ["seldom"]

_THRESHOLD: Final = 500_000
"""Containers made and not freed between two looks. Start-up makes some hundred thousand that stay, and as many are held by
the domains that are under way: with Python's 700 a twentieth of a run went into looking through them, and a run of
thousands of domains leaves a few hundred objects in cycles.
"""


def seldom() -> None:
    """For a process that scans: makes looks as rare as they are worth."""
    gc.set_threshold(_THRESHOLD)
