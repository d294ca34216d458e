"""Unbound, a recursive resolver that knows the zones of an NSD and nothing of the world outside.

`lame.test` is delegated to a server that does not know it: SERVFAIL. Every name outside of our zones is REFUSED.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from servers.daemon import LOOPBACK, free_port, program, running
from servers.nsd import Nsd


@dataclass(frozen=True)
class Unbound:
    port: int

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"


@contextmanager
def unbound(folder: Path, authority: Nsd, *, anchors: Sequence[str] = (), ede: bool = True) -> Iterator[Unbound]:
    """Resolves the zones of `authority`; `folder` takes its configuration and log.

    With trust `anchors` it validates. `ede`: it says why it fails (RFC 8914).
    """
    binary = program("unbound", "unbound")
    port = free_port()
    lines = [
        "server:",
        f"  interface: {LOOPBACK}",
        f"  port: {port}",
        "  do-daemonize: no",
        '  username: ""',
        '  chroot: ""',
        '  pidfile: ""',
        f'  directory: "{folder}"',
        "  use-syslog: no",
        "  num-threads: 1",
        "  so-reuseport: no",
        f'  module-config: "{"validator iterator" if anchors else "iterator"}"',
        "  do-not-query-localhost: no",
        "  do-ip6: no",
        f"  ede: {'yes' if ede else 'no'}",
        f"  access-control: {LOOPBACK}/8 allow",
        '  local-zone: "." refuse',
    ]
    lines += [f'  trust-anchor: "{anchor}"' for anchor in anchors]
    stubs = [*authority.zones, "lame.test"]
    lines += [f'  local-zone: "{name}." transparent' for name in stubs]
    lines += ["remote-control:", "  control-enable: no"]
    for name in stubs:
        lines += ["stub-zone:", f'  name: "{name}."', f"  stub-addr: {LOOPBACK}@{authority.port}"]
    config = folder / "unbound.conf"
    config.write_text("\n".join(lines) + "\n")
    with running(
        [binary, "-d", "-c", str(config)],
        folder / "unbound.log",
        port,
        "insecure.test" if anchors else authority.zones[0],
    ):
        yield Unbound(port)
