"""NSD, the authoritative server for every zone of tests/zones; other names are REFUSED."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from servers.daemon import LOOPBACK, free_port, program, running

ZONES = Path(__file__).parent.parent / "zones"


@dataclass(frozen=True)
class Nsd:
    port: int
    zones: tuple[str, ...]

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"


@contextmanager
def nsd(folder: Path, zones: Path = ZONES) -> Iterator[Nsd]:
    """Serves `zones`/*.zone; `folder` takes its configuration and log."""
    binary = program("nsd", "nsd")
    port = free_port()
    files = sorted(zones.glob("*.zone"))
    names = tuple(path.name.removesuffix(".zone") for path in files)
    lines = [
        "server:",
        f"  ip-address: {LOOPBACK}@{port}",
        "  server-count: 1",
        "  rrl-ratelimit: 0",  # a whole test suite asks from one address
        '  username: ""',
        '  chroot: ""',
        '  pidfile: ""',
        f'  zonesdir: "{zones}"',
        f'  zonelistfile: "{folder}/zone.list"',
        f'  xfrdfile: "{folder}/xfrd.state"',
        f'  xfrdir: "{folder}"',
        "remote-control:",
        "  control-enable: no",
    ]
    if _version(binary) < (4, 8):
        lines.insert(1, '  database: ""')  # elsewhere than in the system's folder; later versions have none
    for name, path in zip(names, files, strict=True):
        lines += ["zone:", f'  name: "{name}"', f'  zonefile: "{path}"']
    config = folder / "nsd.conf"
    config.write_text("\n".join(lines) + "\n")
    with running([binary, "-d", "-c", str(config)], folder / "nsd.log", port, names[0]):
        yield Nsd(port, names)


def _version(binary: str) -> tuple[int, int]:
    told = subprocess.run([binary, "-v"], capture_output=True, text=True, check=False)
    found = re.search(r"version (\d+)\.(\d+)", told.stdout + told.stderr)
    assert found, f"{binary} -v tells no version"
    return int(found[1]), int(found[2])
