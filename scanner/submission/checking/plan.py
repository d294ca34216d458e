"""What is to be tried, and for how long."""

from __future__ import annotations

import difflib
import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, cast, get_args

from scanner.errors import UsageError
from scanner.submission.hosts import Cloud, HostForm, host_form

__all__ = [
    "CheckPlan",
    "HostPort",
    "Mode",
    "PortPlan",
    "Seconds",
    "parse_address",
    "parse_host",
    "parse_host_port",
    "parse_ports",
]

Mode = Literal["starttls", "tls", "plain"]

_IMPLICIT_TLS: Final = 465
_MOST_PORTS: Final = 16
_PORT: Final = re.compile(r"([0-9]{1,5})(?:/([a-z]+))?")
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_ADDRESS: Final = re.compile(r"([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64})@([^@\s<>]{1,253})")


@dataclass(frozen=True, slots=True)
class PortPlan:
    """A port, and how encryption is to begin there."""

    port: int
    mode: Mode


@dataclass(frozen=True, slots=True)
class HostPort:
    """A server as `host:port`."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seconds:
    """How long each part may take. Looking takes at most `total`, whatever the server does."""

    total: float = 8.0
    lookup: float = 3.0
    connect: float = 5.0
    signing_in: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPlan:
    """What to look at. `ehlo` is the name to greet with, by default our own address."""

    host: str
    ports: tuple[PortPlan, ...]
    control: HostPort | None
    cloud: Cloud | None = None
    ca_file: Path | None = None
    legacy_tls: bool = False
    ehlo: str = ""
    seconds: Seconds = Seconds()

    @property
    def form(self) -> HostForm:
        return host_form(self.host)


def parse_ports(text: str) -> tuple[PortPlan, ...]:
    """`587,25,465` or `10587/starttls,10465/tls,10025/plain`: without a mode 465 is tls, any other starttls. Raises UsageError."""
    found: dict[int, PortPlan] = {}
    for part in filter(None, (each.strip().lower() for each in text.split(","))):
        match = _PORT.fullmatch(part)
        if match is None or not 1 <= int(match[1]) <= 65_535:
            raise UsageError(
                f"--ports {text}: {part!r} is no port. Give numbers from 1 to 65535, each with a mode if need be: 587,10465/tls."
            )
        port, mode = int(match[1]), match[2] or ("tls" if int(match[1]) == _IMPLICIT_TLS else "starttls")
        if mode not in get_args(Mode):
            near = difflib.get_close_matches(mode, get_args(Mode), 1)
            hint = f"did you mean {near[0]}?" if near else f"modes are {', '.join(get_args(Mode))}."
            raise UsageError(f"--ports {text}: no mode {mode!r}; {hint}")
        if port in found and found[port].mode != mode:
            raise UsageError(f"--ports {text}: port {port} stands there twice, with different modes.")
        found[port] = PortPlan(port, cast(Mode, mode))
    if not found:
        raise UsageError(f"--ports {text!r}: no port. Give numbers with commas between: 587,25,465.")
    if len(found) > _MOST_PORTS:
        raise UsageError(f"--ports: {len(found)} ports; at most {_MOST_PORTS} are tried.")
    return tuple(found.values())


def parse_host(text: str, option: str = "HOST") -> str:
    """A server's name in A-labels and lower case, or an IP address in its short form. Raises UsageError."""
    written = text.strip()
    bare = written.removeprefix("[").removesuffix("]") if written.startswith("[") else written
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        pass
    if "://" in written or "@" in written or "/" in written:
        raise UsageError(f"{option} {_shown(text)}: give the server's name only, such as smtp.office365.com.")
    if ":" in written:
        raise UsageError(
            f"{option} {_shown(text)}: give the port with --ports, such as {_shown(written.partition(':')[0])} --ports 587."
        )
    name = _a_labels(written.rstrip("."), option)
    if not name or len(name) > 253 or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise UsageError(f"{option} {_shown(text)}: is no host name or IP address.")
    return name


def parse_host_port(text: str, option: str) -> HostPort:
    """`host:port` or `[IPv6]:port`. Raises UsageError."""
    host, colon, port = text.strip().rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or len(port) > 5 or not 1 <= int(port) <= 65_535:
        raise UsageError(f"{option} {_shown(text)}: give a host and a port, such as www.example.com:443.")
    return HostPort(parse_host(host, option), int(port))


def parse_address(text: str, option: str) -> str:
    """A mail address for an envelope, its domain in A-labels. Raises UsageError: no display name, no line break, no Unicode before @."""
    match = _ADDRESS.fullmatch(text.strip())
    if match is None or match[1].startswith(".") or match[1].endswith(".") or ".." in match[1]:
        raise UsageError(f"{option} {_shown(text)}: is no mail address. Give it alone, such as shop@contoso.com.")
    return f"{match[1]}@{parse_host(match[2], option)}"


def _a_labels(name: str, option: str) -> str:
    if name.isascii():
        return name.lower()
    import idna

    try:
        return idna.encode(name, uts46=True).decode()
    except (idna.IDNAError, UnicodeError) as error:
        raise UsageError(f"{option} {_shown(name)}: is no host name: {error}.") from None


def _shown(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:80]}..."
