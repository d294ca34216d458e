"""What can go wrong with reports:

ReportError
├── NotAReport       what was read is not a report of this format
└── OutputFailed     a report could not be written where it was to go
"""

from __future__ import annotations

__all__ = ["NotAReport", "OutputFailed", "ReportError"]


class ReportError(Exception):
    """Something about reading or writing a report; the text says what, where and what to do."""


class NotAReport(ReportError):  # noqa: N818 - read aloud, the name is the message
    """What was read is not a report of this format."""


class OutputFailed(ReportError):  # noqa: N818 - as above
    """A report could not be written; the text names the file and the system's reason."""
