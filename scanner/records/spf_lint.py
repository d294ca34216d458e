"""What a readable SPF record is to be blamed for, as far as its text tells."""

from __future__ import annotations

import bisect
import functools
import ipaddress
from typing import Any, Final

from rules.facts import Problem
from scanner.data import read_data
from scanner.records.spf import Mechanism, Network, parse
from scanner.records.spf_problems import problem

__all__ = ["copies_microsoft", "is_private", "lint"]

_LONGEST: Final = 450
"""Octets; RFC 7208 section 3.4 keeps the answer under 512."""
_WIDEST: Final = {4: 8, 6: 16}
"""Shorter networks than this are wider than any single organisation has."""


def lint(text: str) -> tuple[Problem, ...]:
    """The problems of the terms of a record that receivers read, and of the record as a whole."""
    record = parse(text)
    found: list[Problem] = []
    for term in record.evaluated:
        if term.name == "ptr":
            found.append(problem("ptr", term.text))
        elif term.network:
            found += _of_network(term, term.network)
    if record.all is None:
        if record.redirect is None:
            found.append(problem("no_all", text))
    elif record.all.qualifier in "+?":
        found.append(problem("pass_all" if record.all.qualifier == "+" else "neutral_all", record.all.text))
    if (octets := len(text.encode("utf-8", "surrogatepass"))) > _LONGEST:
        found.append(problem("long_record", text, octets))
    return tuple(found)


def _of_network(term: Mechanism, network: Network) -> list[Problem]:
    found: list[Problem] = []
    if network.first != network.address:
        found.append(problem("host_bits", term.text))
    if network.length < _WIDEST[network.version]:
        found.append(problem("wide_network", term.text))
    elif is_private(network):
        found.append(problem("private_address", term.text))
    return found


@functools.lru_cache(maxsize=512)
def copies_microsoft(text: str) -> tuple[str, ...]:
    """A record's ip4 and ip6 terms that lie in the networks Microsoft 365 sends from."""
    return tuple(
        term.text
        for term in parse(text).evaluated
        if term.network and (_inside(term.network, "microsoft365") or _inside(term.network, "microsoft365_before"))
    )


def is_private(network: Network) -> bool:
    """No mail comes from this network on the public internet."""
    return _inside(network, "not_public")


def _inside(network: Network, group: str) -> bool:
    known = _networks()[group, network.version]
    place = bisect.bisect_right(known, (network.first, _ABOVE_ALL)) - 1
    return place >= 0 and network.last <= known[place][1]


_ABOVE_ALL: Final = 1 << 128


@functools.cache
def _networks() -> dict[tuple[str, int], list[tuple[int, int]]]:
    """First and last addresses by group and version, in order and none inside another: one at most can hold a given network."""
    data: Any = read_data("spf_ranges.yaml")
    found: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for group, entry in data.items():
        networks = [ipaddress.ip_network(text) for text in entry["networks"]]
        for version in (4, 6):
            spans = [(int(network[0]), int(network[-1])) for network in networks if network.version == version]
            found[group, version] = sorted(
                (first, last)
                for first, last in spans
                if not any((low, high) != (first, last) and low <= first and last <= high for low, high in spans)
            )
    return found
