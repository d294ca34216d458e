"""Names of DNS in the one form in which they are compared and published."""

from __future__ import annotations

__all__ = ["ascii_name"]


def ascii_name(name: str) -> str:
    """A name in lower case and A-labels, without final dot.

    Labels that IDNA 2008 refuses are left in lower case, so that such a name equals nothing that DNS can hold.
    """
    name = name.strip().lower().removesuffix(".")
    return name if name.isascii() else ".".join(_ascii_label(label) for label in name.split("."))


def _ascii_label(label: str) -> str:
    if label.isascii():
        return label
    import idna

    try:
        return idna.encode(label, uts46=True).decode("ascii")
    except UnicodeError:
        return label
