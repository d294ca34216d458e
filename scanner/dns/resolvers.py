"""Which resolvers to ask: those that the user names, or the system's."""

from __future__ import annotations

import ipaddress
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit, urlunsplit

from scanner.dns.errors import ResolverError

__all__ = ["Resolver", "parse_resolver", "resolvers_for", "system_resolvers"]

RESOLV_CONF: Final = Path("/etc/resolv.conf")
_HOST: Final = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?",
    re.IGNORECASE | re.ASCII,
)
_MAX_SYSTEM: Final = 3
"""As many as libc takes (resolv.conf(5), MAXNS)."""


Way = Literal["udp", "tls", "https"]
"""How queries travel: over UDP and TCP, DNS over TLS (RFC 7858), or DNS over HTTPS (RFC 8484)."""

_PORTS: Final[Mapping[Way, int]] = {"udp": 53, "tls": 853, "https": 443}


@dataclass(frozen=True, slots=True)
class Resolver:
    """A resolver's address. `trusted`: its AD flag counts, since the way to it is loopback or the user vouches for it.

    Over TLS, `host` is the name in its certificate, by default its address. Over HTTPS, `url` is all there is to know, and
    `address` only its host.
    """

    address: str
    port: int = 53
    trusted: bool = False
    way: Way = "udp"
    host: str = ""
    url: str = ""

    def __str__(self) -> str:
        if self.way == "https":
            return self.url
        bracketed = f"[{self.address}]" if ":" in self.address else self.address
        if self.way == "tls":
            port = "" if self.port == _PORTS["tls"] else f":{self.port}"
            return f"tls://{bracketed}{port}" + (f"#{self.host}" if self.host else "")
        return self.address if self.port == 53 else f"{bracketed}:{self.port}"


def resolvers_for(texts: Sequence[str]) -> tuple[Resolver, ...]:
    """The resolvers named by `--resolver`, or the system's where none is. Raises ResolverError."""
    return tuple(dict.fromkeys(map(parse_resolver, texts))) if texts else system_resolvers()


def parse_resolver(text: str) -> Resolver:
    """ADDRESS, ADDRESS:PORT or [IPV6]:PORT; tls://ADDRESS[:PORT][#NAME]; https://HOST[:PORT]/PATH.

    Trusted, since the user named it. Raises ResolverError.
    """
    written = text.strip()
    scheme, separator, rest = written.partition("://")
    if not separator:
        address, port = _address_and_port(text, written, 53)
        return Resolver(address, port, trusted=True)
    if scheme.lower() == "tls":
        place, _, host = rest.partition("#")
        address, port = _address_and_port(text, place.removesuffix("/"), _PORTS["tls"])
        if "#" in rest and not _HOST.fullmatch(host):
            raise ResolverError(
                f"resolver {text!r}: {host!r} is no host name; behind # stands the name in the certificate"
            )
        return Resolver(address, port, trusted=True, way="tls", host=host.lower())
    if scheme.lower() == "https":
        return _https_resolver(text, written)
    raise ResolverError(f"resolver {text!r}: {scheme!r} is no way to ask; there are tls:// and https://")


def _https_resolver(text: str, written: str) -> Resolver:
    try:
        parts = urlsplit(written)
        host, port = parts.hostname or "", parts.port or _PORTS["https"]
    except ValueError as error:
        raise ResolverError(f"resolver {text!r} is no URL: {error}") from None
    if not host or parts.username or parts.fragment or not (_HOST.fullmatch(host) or _is_address(host)):
        raise ResolverError(f"resolver {text!r}: write it as https://HOST/PATH, such as https://dns.example/dns-query")
    url = urlunsplit(("https", parts.netloc.lower(), parts.path or "/dns-query", parts.query, ""))
    return Resolver(host, port, trusted=True, way="https", url=url)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _address_and_port(text: str, written: str, usual: int) -> tuple[str, int]:
    host, port = written, ""
    if written.startswith("["):
        host, bracket, rest = written[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ResolverError(f"resolver {text!r}: write an IPv6 address with a port as [2001:db8::53]:53")
        port = rest[1:]
        if rest == ":":
            raise ResolverError(f"resolver {text!r}: the port is missing after the colon")
    elif written.count(":") == 1:
        host, _, port = written.partition(":")
        if not port:
            raise ResolverError(f"resolver {text!r}: the port is missing after the colon")
    try:
        address = str(ipaddress.ip_address(host))
    except ValueError:
        raise ResolverError(
            f"resolver {text!r}: {host!r} is no IP address; give an address with or without a port, such as 192.0.2.53"
            " or [2001:db8::53]:5353 (a resolver's name would itself have to be looked up)"
        ) from None
    if not port:
        return address, usual
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 1 <= int(port) <= 65535):
        raise ResolverError(f"resolver {text!r}: {port!r} is no port; ports are 1 to 65535")
    return address, int(port)


def system_resolvers(path: Path = RESOLV_CONF) -> tuple[Resolver, ...]:
    """The name servers of resolv.conf (Windows: of the registry), its search list and options ignored.

    Only those on loopback are trusted. Raises ResolverError where there is none.
    """
    if sys.platform == "win32":
        import dns.resolver

        addresses = [str(address) for address in dns.resolver.Resolver().nameservers]
        place = "the system's network settings"
    else:
        addresses = _nameservers(path)
        place = str(path)
    if not addresses:
        raise ResolverError(f"{place}: no name server is set; name a resolver with --resolver ADDRESS")
    return tuple(
        Resolver(address, trusted=ipaddress.ip_address(address).is_loopback)
        for address in dict.fromkeys(addresses[:_MAX_SYSTEM])
    )


def _nameservers(path: Path) -> list[str]:
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError as error:
        raise ResolverError(
            f"{path} cannot be read ({error.strerror or error}), so the system's resolver is not known;"
            " name one with --resolver ADDRESS"
        ) from error
    found: list[str] = []
    for line in lines:
        words = line.split()
        if len(words) >= 2 and words[0] == "nameserver":
            try:
                found.append(str(ipaddress.ip_address(words[1])))
            except ValueError:
                continue  # as libc does: the other lines still serve
    return found
