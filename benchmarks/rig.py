"""The world that benchmarks ask: an authoritative server with many domains, a resolver before it, and a way that takes time.

All of it runs on loopback ports and ends with the block that started it. Needs the Debian packages nsd and unbound.
"""

from __future__ import annotations

import base64
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from portfolio import key_record

from rules.results import QueryRecord
from scanner.dns.answer import bytes_of_text

LOOPBACK = "127.0.0.1"
DEADLINE = 120.0
"""Seconds for a server to load its zones and answer."""

_APEX = (
    "$TTL 86400\n@ SOA ns1.host.example. hostmaster.host.example. 1 3600 600 86400 86400\n"
    "@ NS ns1.host.example.\n@ NS ns2.host.example.\n"
)
_MICROSOFT_SPF = (
    "v=spf1 ip4:40.92.0.0/15 ip4:40.107.0.0/16 ip4:52.100.0.0/15 ip4:52.102.0.0/16 ip4:52.103.0.0/17 ip4:104.47.0.0/17"
    " ip6:2a01:111:f400::/48 ip6:2a01:111:f403::/49 ip6:2a01:111:f403:8000::/51 ip6:2a01:111:f403:c000::/51"
    " ip6:2a01:111:f403:f000::/52 -all"
)
_SENDERS = ("_spf.crm.example", "spf.news.example", "mail.desk.example", "servers.shop.example")


@dataclass(frozen=True)
class Server:
    """A name server on a loopback port."""

    port: int

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"


def domain(number: int) -> str:
    """One of the domains of the rig."""
    return f"d{number:06d}.test"


def questions(name: str) -> list[tuple[str, str]]:
    """What a thorough check of mail asks about a domain of the rig: sixteen questions, a quarter of them for nothing."""
    host = f"{name.replace('.', '-')}.mail.protection.outlook.com"
    return [
        *((name, type_) for type_ in ("MX", "TXT", "NS", "SOA", "A", "DS", "DNSKEY")),
        *((f"{label}.{name}", "TXT") for label in ("_dmarc", "selector1._domainkey", "selector2._domainkey")),
        *((f"{label}.{name}", "TXT") for label in ("_mta-sts", "_smtp._tls")),
        (f"autodiscover.{name}", "CNAME"),
        *((host, type_) for type_ in ("A", "AAAA")),
        (f"_25._tcp.{host}", "TLSA"),
    ]


def write_zones(folder: Path, number: int) -> list[str]:
    """Writes the zones of `number` domains that use Microsoft 365, and of all they point to; their names."""
    chance = random.Random(7)
    names: list[str] = []

    def write(name: str, records: str) -> None:
        (folder / f"{name or 'root'}.zone").write_text(_APEX + records)
        names.append(name)

    hosts: list[str] = []
    keys: list[str] = []
    for index in range(number):
        name = domain(index)
        write(name, _domain_records(index, name))
        dashed = name.replace(".", "-")
        hosts += [f"{dashed}.mail.protection A 198.51.100.{index % 250 + part}" for part in (1, 2)]
        hosts.append(f"{dashed}.mail.protection AAAA 2001:db8::{index:x}")
        if index % 10 < 7:
            keys += [f"selector{part}-{dashed}._domainkey.t{index} TXT {_key(chance)}" for part in (1, 2)]
    write(
        "outlook.com", "\n".join([*hosts, f'spf.protection TXT "{_MICROSOFT_SPF}"', "autodiscover A 198.51.100.9", ""])
    )
    write("onmicrosoft.com", "\n".join([*keys, ""]))
    for sender in ("crm", "news", "desk", "shop"):
        labels = ("_spf", "spf", "mail", "servers")
        write(f"{sender}.example", "".join(f'{label} TXT "v=spf1 ip4:203.0.113.0/24 ~all"\n' for label in labels))
    write("reports.example", '*._report._dmarc TXT "v=DMARC1"\n')
    write("host.example", "ns1 A 192.0.2.53\nns2 A 192.0.2.54\n")
    write("example.com", "")
    for top in ("test", "example", "com", ""):
        write(top, "")
    return names


def _domain_records(index: int, name: str) -> str:
    dashed = name.replace(".", "-")
    token = base64.b64encode(index.to_bytes(32, "big")).decode()
    lines = [
        f"@ MX 0 {dashed}.mail.protection.outlook.com.",
        f"@ A 192.0.2.{index % 250 + 1}",
        f'@ TXT "v=spf1 include:spf.protection.outlook.com include:{_SENDERS[index % 4]} -all"',
        f'@ TXT "MS=ms{index:08d}"',
        f'@ TXT "google-site-verification={token}"',
        "autodiscover CNAME autodiscover.outlook.com.",
    ]
    if index % 10 < 8:
        policy = ("none", "quarantine", "reject", "reject")[index % 4]
        lines.append(f'_dmarc TXT "v=DMARC1; p={policy}; rua=mailto:dmarc@{name},mailto:x@reports.example; fo=1"')
    if index % 10 < 7:
        for part in (1, 2):
            target = f"selector{part}-{dashed}._domainkey.t{index}.onmicrosoft.com."
            lines.append(f"selector{part}._domainkey CNAME {target}")
    if index % 10 < 2:
        lines += [f'_mta-sts TXT "v=STSv1; id={index}"', f'_smtp._tls TXT "v=TLSRPTv1; rua=mailto:tls@{name}"']
    return "\n".join([*lines, ""])


def _key(chance: random.Random) -> str:
    """A key's record in two character-strings."""
    text = key_record(chance.randbytes(256))
    return f'"{text[:255]}" "{text[255:]}"'


def write_record_sets(folder: Path, sets: Iterable[QueryRecord]) -> list[str]:
    """Writes real record sets as one zone of everything, and example.com beside it; the zones' names.

    What would cut the zone (NS, DNAME, SOA), what stands beside a CNAME, and types that have no plain form are left out:
    the zone answers for those that they do not exist.
    """
    kept = {(one.name, one.type): one for one in sets if one.type in _PLAIN and one.values}
    aliases = {name for name, type_ in kept if type_ == "CNAME"}
    with (folder / "root.zone").open("w") as zone:
        zone.write(_APEX)
        for (name, type_), one in kept.items():
            if type_ == "CNAME" or name not in aliases:
                values = one.values[:1] if type_ == "CNAME" else one.values
                zone.writelines(f"{name}. {type_} {_written(type_, value)}\n" for value in values)
    (folder / "example.com.zone").write_text(_APEX)
    return ["", "example.com"]


_PLAIN = frozenset({"A", "AAAA", "CNAME", "MX", "TXT"})
_LONGEST_STRING = 255


def _written(type_: str, value: str) -> str:
    """A value of evidence as a zone file has it."""
    if type_ != "TXT":
        return value
    octets = bytes_of_text(value)
    strings = [octets[at : at + _LONGEST_STRING] for at in range(0, len(octets), _LONGEST_STRING)] or [b""]
    return " ".join('"' + "".join(f"\\{octet:03d}" for octet in string) + '"' for string in strings)


@contextmanager
def authority(folder: Path, zones: Path, names: Sequence[str], *, core: int | None = None) -> Iterator[Server]:
    """NSD with `names`, each from its file in `zones`."""
    port = free_port()
    lines = [
        "server:",
        f"  ip-address: {LOOPBACK}@{port}",
        "  server-count: 1",
        "  rrl-ratelimit: 0",
        '  username: ""',
        '  chroot: ""',
        '  pidfile: ""',
        '  database: ""',
        f'  zonesdir: "{zones}"',
        f'  zonelistfile: "{folder}/zone.list"',
        f'  xfrdfile: "{folder}/xfrd.state"',
        f'  xfrdir: "{folder}"',
        "remote-control:",
        "  control-enable: no",
    ]
    for name in names:
        lines += ["zone:", f'  name: "{name or "."}"', f'  zonefile: "{name or "root"}.zone"']
    config = folder / "nsd.conf"
    config.write_text("\n".join(lines) + "\n")
    with running(["nsd", "-d", "-c", str(config)], folder / "nsd.log", port, core=core):
        yield Server(port)


@contextmanager
def resolver(folder: Path, behind: Server, *, core: int | None = None) -> Iterator[Server]:
    """Unbound, which asks `behind` for everything and keeps all that it was told."""
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
        "  do-ip6: no",
        "  do-not-query-localhost: no",
        '  module-config: "iterator"',
        '  local-zone: "test." nodefault',
        '  local-zone: "invalid." nodefault',
        f"  access-control: {LOOPBACK}/8 allow",
        "  msg-cache-size: 600m",
        "  rrset-cache-size: 1200m",
        "  msg-cache-slabs: 1",
        "  rrset-cache-slabs: 1",
        "  cache-min-ttl: 3600",
        "  cache-max-negative-ttl: 86400",
        "  outgoing-range: 4096",
        "  num-queries-per-thread: 4096",
        "  so-rcvbuf: 4m",
        "  so-sndbuf: 4m",
        "  minimal-responses: yes",
        "  edns-buffer-size: 1232",
        "remote-control:",
        "  control-enable: no",
        "forward-zone:",
        '  name: "."',
        f"  forward-addr: {LOOPBACK}@{behind.port}",
    ]
    config = folder / "unbound.conf"
    config.write_text("\n".join(lines) + "\n")
    with running(["unbound", "-d", "-c", str(config)], folder / "unbound.log", port, core=core):
        yield Server(port)


@contextmanager
def delayed(folder: Path, behind: Server, milliseconds: float, *, core: int | None = None) -> Iterator[Server]:
    """The way to `behind` with a round trip of `milliseconds`."""
    port = free_port()
    program = Path(__file__).with_name("delay_proxy.py")
    command = [sys.executable, str(program), str(port), str(behind.port), str(milliseconds)]
    with running(command, folder / "delay.log", port, core=core):
        yield Server(port)


def free_port() -> int:
    """A loopback port that neither UDP nor TCP uses at this moment."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind((LOOPBACK, 0))
            port: int = udp.getsockname()[1]
            try:
                tcp.bind((LOOPBACK, port))
            except OSError:
                continue
            return port


@contextmanager
def running(command: Sequence[str], log: Path, port: int, *, core: int | None = None) -> Iterator[None]:
    """Runs a server until the block ends, on one processor core if it is said which; it is up when it answers."""
    binary = shutil.which(command[0]) or shutil.which(command[0], path="/usr/sbin:/usr/local/sbin")
    if binary is None:
        raise SystemExit(f"{command[0]} is not installed; on Debian: apt-get install {command[0]}")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [binary, *command[1:]], stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )
    if core is not None:
        pin(process.pid, core)
    try:
        _wait(process, log, port)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def pin(process: int, core: int) -> None:
    """Keeps a process on one core where the system can (0 is this process)."""
    if hasattr(os, "sched_setaffinity"):
        with suppress(OSError):  # a machine without that core
            os.sched_setaffinity(process, {core})


_ASK_EXAMPLE = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x06\x00\x01"


def _wait(process: subprocess.Popen[bytes], log: Path, port: int) -> None:
    deadline = time.monotonic() + DEADLINE
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.3)
        while time.monotonic() < deadline and process.poll() is None:
            try:
                asking.sendto(_ASK_EXAMPLE, (LOOPBACK, port))
                if asking.recv(4096)[3] & 0xF == 0:
                    return
            except OSError:
                time.sleep(0.1)
    raise SystemExit(f"{process.args!r} does not answer:\n{log.read_text('utf-8', 'replace')[-2000:]}")


@contextmanager
def world(folder: Path, number: int, *, core: int | None = None) -> Iterator[Server]:
    """A resolver that knows `number` domains, and everything they point to, by way of an authority."""
    zones = folder / "zones"
    zones.mkdir()
    with _served(folder, zones, write_zones(zones, number), core) as server:
        yield server


@contextmanager
def real_world(folder: Path, sets: Iterable[QueryRecord], *, core: int | None = None) -> Iterator[Server]:
    """A resolver that knows real record sets, by way of an authority."""
    zones = folder / "zones"
    zones.mkdir()
    with _served(folder, zones, write_record_sets(zones, sets), core) as server:
        yield server


@contextmanager
def _served(folder: Path, zones: Path, names: Sequence[str], core: int | None) -> Iterator[Server]:
    with authority(folder, zones, names, core=core) as behind, resolver(folder, behind, core=core) as server:
        yield server
