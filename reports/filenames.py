"""Names of files for domains: A-labels in lower case that are safe on every file system, and no two alike."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container
from typing import Final

__all__ = ["LONGEST_STEM", "file_stem"]

LONGEST_STEM: Final = 200
"""In octets; leaves room for an ending within the 255 that file systems give."""

_SAFE: Final = re.compile(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?")
# Device names of Windows, which hold with any ending (Microsoft: Naming Files, Paths, and Namespaces).
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")
_UNSAFE: Final = re.compile(r"[^a-z0-9._-]+")


def file_stem(domain: str, taken: Container[str] = (), distinguish: str = "") -> str:
    """The file's name without ending, such as `contoso.com`; never a path, never hidden, never one of `taken`.

    Over 200 octets, unsafe or taken: shortened, with a hash of the domain and `distinguish` (what tells two rows
    of one domain apart, such as the client) behind it.
    """
    plain = domain.lower()
    whole = (
        len(plain) <= LONGEST_STEM and ".." not in plain and _SAFE.fullmatch(plain) and not _RESERVED.fullmatch(plain)
    )
    if whole and plain not in taken:
        return plain
    start = _UNSAFE.sub("_", plain).strip("._-")[: LONGEST_STEM - 20].replace("..", "_")
    if not start or _RESERVED.fullmatch(start):
        start = f"_{start}"
    attempt = 0
    while True:
        seed = "\0".join((domain, distinguish, str(attempt) if attempt else ""))
        stem = f"{start}-{hashlib.sha256(seed.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"
        if stem not in taken:
            return stem
        attempt += 1
