"""The errors that end a run, drawn as a tree; each says what, where, and what to do next.

    MailreadyError
    ├── UsageError          exit 2: an option, a list, a pack, a waiver or an evidence file is wrong
    ├── OutputError         exit 4: results could not be written; what was written before stands
    └── WorkerError         exit 4: processes that scan die again and again

What DNS does is never an error: it is an Answer.
"""

from __future__ import annotations

__all__ = ["MailreadyError", "OutputError", "UsageError", "WorkerError"]


class MailreadyError(Exception):
    """Ends the run; the text is for people and complete."""

    exit_code = 4


class UsageError(MailreadyError):
    """Something the user gave is wrong; nothing was scanned."""

    exit_code = 2


class OutputError(MailreadyError):
    """An output failed in the middle of a run."""


class WorkerError(MailreadyError):
    """The processes that scan cannot be kept alive."""
