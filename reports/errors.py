"""What can go wrong with reports:

ReportError
├── BadBrand         a brand file, or its logo, cannot be used
├── NotAReport       what was read is not a report of this format
└── OutputFailed     a report could not be written where it was to go
"""

from __future__ import annotations

__all__ = ["BadBrand", "NotAReport", "OutputFailed", "ReportError"]


class ReportError(Exception):
    """Something about reading or writing a report; the text says what, where and what to do."""


class BadBrand(ReportError):  # noqa: N818 - read aloud, the name is the message
    """A brand file, or its logo, cannot be used; the text names the file, the key, what is wrong and what to do."""


class NotAReport(ReportError):  # noqa: N818 - as above
    """What was read is not a report of this format."""


class OutputFailed(ReportError):  # noqa: N818 - as above
    """A report could not be written; the text names the file and the system's reason."""
