"""Knowledge that changes, as YAML with source and date, and the one way to read it."""

from __future__ import annotations

import importlib.resources
from typing import Any

import yaml

__all__ = ["read_data"]

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_data(name: str) -> Any:
    """The parsed content of a data file beside this module; callers keep what they make of it."""
    text = (importlib.resources.files(__name__) / name).read_text(encoding="utf-8")
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - one of the two safe loaders
