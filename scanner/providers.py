"""Who receives a domain's mail and who hosts its zone, told from host names.

The names are data (`data/providers.yaml`, `data/dns_providers.yaml`, with source and date); this module matches hosts against
them, by labels and without case and final dot.
"""

from __future__ import annotations

import fnmatch
import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from scanner.data import read_data

__all__ = ["Provider", "dns_provider", "gateway_name", "gateways", "provider_of_mx", "provider_of_spf"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Provider:
    """A mail provider. `kind` is what it is to Microsoft 365: a gateway hands mail on, another keeps it."""

    id: str
    name: str
    kind: Literal["gateway", "other"]
    mx: tuple[str, ...]
    spf: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Suffixes(Generic[T]):
    """Names to look up hosts below; `patterns` are those with a `*` in a label."""

    exact: dict[str, T]
    patterns: tuple[tuple[tuple[str, ...], T], ...]

    def find(self, host: str) -> T | None:
        """What stands at the host or the nearest name above it."""
        name = host.strip().lower().removesuffix(".")
        if name.count(".") >= _MOST_LABELS:
            name = ".".join(name.split(".")[-_MOST_LABELS:])
        above, dot = name, "."
        while dot:
            found = self.exact.get(above)
            if found is not None:
                return found
            _, dot, above = above.partition(".")
        for pattern, value in self.patterns:
            tail = name.split(".")[-len(pattern) :]
            if len(tail) == len(pattern) and all(map(fnmatch.fnmatchcase, tail, pattern)):
                return value
        return None


_MOST_LABELS = 128


def _suffixes(pairs: Iterable[tuple[str, T]]) -> _Suffixes[T]:
    exact: dict[str, T] = {}
    patterns: list[tuple[tuple[str, ...], T]] = []
    for name, value in pairs:
        if "*" in name:
            patterns.append((tuple(name.split(".")), value))
        else:
            exact[name] = value
    return _Suffixes(exact, tuple(patterns))


@functools.cache
def _providers() -> tuple[Provider, ...]:
    data: Any = read_data("providers.yaml")
    return tuple(
        Provider(entry["id"], entry["name"], entry["kind"], tuple(entry["mx"]), tuple(entry["spf"]))
        for entry in data["providers"]
    )


@functools.cache
def _by_mx() -> _Suffixes[Provider]:
    return _suffixes((name, provider) for provider in _providers() for name in provider.mx)


@functools.cache
def _by_spf() -> _Suffixes[Provider]:
    return _suffixes((name, provider) for provider in _providers() for name in provider.spf)


@functools.cache
def _by_name_server() -> _Suffixes[str]:
    data: Any = read_data("dns_providers.yaml")
    return _suffixes((name, entry["name"]) for entry in data["providers"] for name in entry["ns"])


def provider_of_mx(host: str) -> Provider | None:
    """The provider whose MX host this is; None for one that is not in our list. Microsoft 365's are not asked here."""
    return _by_mx().find(host)


def provider_of_spf(include_host: str) -> Provider | None:
    """The provider that asks for this SPF include; None for one that is not in our list."""
    return _by_spf().find(include_host)


def gateways() -> tuple[Provider, ...]:
    """Every gateway of the list."""
    return tuple(provider for provider in _providers() if provider.kind == "gateway")


def dns_provider(name_servers: Iterable[str]) -> str | None:
    """Who hosts a zone with these name servers: one name, or several sorted and joined; None where none is in our list."""
    return _hosted_by(tuple(name_servers))


@functools.lru_cache(maxsize=1024)
def _hosted_by(name_servers: tuple[str, ...]) -> str | None:
    names = {name for server in name_servers if (name := _by_name_server().find(server)) is not None}
    return " and ".join(sorted(names)) or None


def gateway_name(provider_id: str) -> str | None:
    """The name of the gateway with this id; None for another id."""
    return next((provider.name for provider in gateways() if provider.id == provider_id), None)
