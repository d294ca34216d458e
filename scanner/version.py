"""The version of the installed wheel."""

from __future__ import annotations

import importlib.metadata

__all__ = ["version"]


def version() -> str:
    """The version, such as "0.1.0"."""
    return importlib.metadata.version("mailready")
