"""Whose server a host name is, and where each Microsoft cloud takes mail (`data/submission/hosts.yaml`)."""

from __future__ import annotations

import functools
import ipaddress
from dataclasses import dataclass
from typing import Any, Final, Literal, cast, get_args

from scanner.data import read_data

__all__ = ["CLOUDS", "Cloud", "CloudEndpoint", "HostForm", "HostKind", "cloud_endpoint", "host_form"]

HostKind = Literal[
    "client_submission",
    "legacy_tls",
    "mailbox_protocols",
    "consumer",
    "relay_mx",
    "hve",
    "acs",
    "other_microsoft",
    "gateway",
    "other",
    "ip_literal",
    "none",
]
Cloud = Literal["worldwide", "gcchigh", "dod", "china"]
CLOUDS: Final[tuple[Cloud, ...]] = get_args(Cloud)


@dataclass(frozen=True, slots=True)
class HostForm:
    """What a host's name says. `cloud` is None where it is of no Microsoft cloud."""

    kind: HostKind
    cloud: Cloud | None = None

    @property
    def is_microsoft(self) -> bool:
        return self.kind not in ("gateway", "other", "ip_literal", "none")


@dataclass(frozen=True, slots=True)
class CloudEndpoint:
    """Where a cloud takes mail from programs, and `host:port` of its control connection."""

    host: str
    control: str


@functools.lru_cache(maxsize=1024)
def host_form(host: str | None) -> HostForm:
    """The form of a host's name or address; case and a final dot do not matter."""
    name = (host or "").strip().rstrip(".").lower()
    if not name:
        return HostForm("none")
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        for pattern, form in _forms():
            if name.endswith(pattern) if pattern.startswith(".") else name == pattern:
                return form
        return HostForm("other")
    return HostForm("ip_literal")


def cloud_endpoint(cloud: Cloud) -> CloudEndpoint:
    """The endpoint of a cloud."""
    raw = _data()["clouds"][cloud]
    return CloudEndpoint(raw["host"], raw["control"])


@functools.cache
def _forms() -> tuple[tuple[str, HostForm], ...]:
    return tuple(
        (name, HostForm(cast(HostKind, entry["kind"]), entry["cloud"]))
        for entry in _data()["hosts"]
        for name in entry["names"]
    )


@functools.cache
def _data() -> Any:
    return read_data("submission/hosts.yaml")
