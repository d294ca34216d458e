"""Knowledge that changes, as YAML with source and date, and the one way to read it."""

from __future__ import annotations

import importlib.resources
from typing import Any

__all__ = ["read_data"]


def read_data(name: str) -> Any:
    """The parsed content of a data file beside this module; callers keep what they make of it."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = (importlib.resources.files(__name__) / name).read_text(encoding="utf-8")
    return yaml.load(text, Loader=loader)  # noqa: S506 - one of the two safe loaders
