"""What can be wrong with the way to ask DNS, drawn as a tree. What DNS itself does is an Answer, never an error.

UsageError (exit 2)
├── EvidenceError       evidence files cannot be used; `faults` has every place
├── ResolverError       a resolver's address is wrong, or the system has none
└── RecordPathError     the file to record to cannot be used
OutputError (exit 4)
└── RecordingError      writing evidence failed in the middle of a run
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scanner.errors import OutputError, UsageError

__all__ = ["EvidenceError", "RecordPathError", "RecordingError", "ResolverError"]

_TOLD: Final = 100


class EvidenceError(UsageError):
    """`faults` are sentences that begin with file:line; the text tells the first hundred."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        told = list(self.faults[:_TOLD])
        if len(self.faults) > _TOLD:
            told.append(f"... and {len(self.faults) - _TOLD} more faults")
        super().__init__("\n".join(told))


class ResolverError(UsageError):
    """No resolver to ask; the text says what to give instead."""


class RecordPathError(UsageError):
    """Nothing was asked yet: the file cannot be opened for writing, or is an input of the same run."""


class RecordingError(OutputError):
    """Evidence can no longer be written, such as on a full disk; what was written before stands."""
