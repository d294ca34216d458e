"""From a host's name to its addresses: the hosts file as programs read it, then DNS."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Final

from rules.facts import Unknown
from scanner.dns.answer import Question
from scanner.dns.evidence import decompose
from scanner.dns.patience import Patience
from scanner.dns.source import Source
from scanner.submission.checking.observed import Resolved

__all__ = ["HOSTS_FILE", "resolve"]

HOSTS_FILE: Final = Path("/etc/hosts") if os.name != "nt" else Path(r"C:\Windows\System32\drivers\etc\hosts")
_LOOPBACK: Final = ("127.0.0.1", "::1")
_LARGEST: Final = 1_000_000
"""Octets of a hosts file that are read."""


async def resolve(host: str, source: Source, seconds: float, hosts_file: Path = HOSTS_FILE) -> Resolved:
    """The addresses of a host, IPv4 first. What DNS does not answer within the seconds is unknown."""
    try:
        return Resolved("not_tried", (str(ipaddress.ip_address(host)),), words="an address")
    except ValueError:
        pass
    if named := _from_file(host, hosts_file):
        return Resolved("yes", named, words=f"from {hosts_file}")
    if host == "localhost" or host.endswith(".localhost"):
        return Resolved("yes", _LOOPBACK, words="the loopback addresses (RFC 6761 section 6.3)")
    answers = await source.ask([Question(host, "A"), Question(host, "AAAA")], Patience(seconds))
    records = tuple(dict.fromkeys(record for answer in answers for record in decompose(answer)))
    addresses = tuple(dict.fromkeys(value for answer in answers for value in answer.values))
    if addresses:
        return Resolved("yes", addresses, records, "from DNS")
    unknown = [answer for answer in answers if not answer.known]
    if unknown:
        return Resolved(Unknown(unknown[0].unknown().reason), (), records, unknown[0].unknown().reason)
    return Resolved("no", (), records, f"{answers[0].status} in DNS")


def _from_file(host: str, path: Path) -> tuple[str, ...]:
    """The addresses that the hosts file gives the name, in its order; a line is an address and its names (hosts(5))."""
    try:
        with path.open("rb") as stream:
            text = stream.read(_LARGEST).decode("utf-8", "replace")
    except OSError:
        return ()
    found = []
    for line in text.splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        if host in (name.lower().rstrip(".") for name in names):
            try:
                found.append(str(ipaddress.ip_address(address.partition("%")[0])))
            except ValueError:
                continue
    return tuple(dict.fromkeys(found))
