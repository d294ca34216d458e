"""The brand that `--brand` names."""

from __future__ import annotations

from pathlib import Path

from reports.brand import Brand, read_brand
from reports.errors import BadBrand
from scanner.errors import UsageError

__all__ = ["open_brand"]


def open_brand(path: Path | None) -> Brand | None:
    """The brand in a file, or none. Raises UsageError."""
    try:
        return read_brand(path) if path else None
    except BadBrand as error:
        raise UsageError(f"--brand {error}") from None
