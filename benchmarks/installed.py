"""The command as users have it: this tree, its modules compiled beforehand as an installation does."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["ROOT", "environment"]

ROOT = Path(__file__).parent.parent


def environment(**more: str) -> dict[str, str]:
    """For a process that runs it. Without what keeps Python from compiling a module once for all starts."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(ROOT), **more}
