"""`--fail-under`: the grade below which a run ends with exit code 1."""

from __future__ import annotations

from rules.results import GRADES
from scanner.errors import UsageError

__all__ = ["grade_of"]


def grade_of(text: str) -> str:
    """The letter that was given, "" for none. Raises UsageError for anything else."""
    grade = text.strip().upper()
    if grade and (len(grade) != 1 or grade not in GRADES):
        raise UsageError(f"--fail-under {text}: no such grade. Give one of {', '.join(GRADES)}.")
    return grade
