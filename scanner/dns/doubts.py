"""Doubts about a live run's answers as a whole. A doubt is said beside the results; it never changes a fact.

A resolver may show another view of a domain than the world has (split-brain DNS, RFC 8499 "split DNS"). Two signs of it
cost next to nothing: a mail host with a private address, and name servers of the first domain asked that differ from
one configured resolver to the next.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Final

from scanner.dns.answer import Answer, Status
from scanner.dns.course import Standing
from scanner.dns.reply import Reply
from scanner.dns.signs import ELSEWHERE, NAMED, PrivateNames, Remark

__all__ = ["PrivateAddresses", "differing", "doubts_of_forgery"]

_PRIVATE: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "10.0.0.0/8",  # RFC 1918
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",  # RFC 6598
        "169.254.0.0/16",  # RFC 3927
        "fc00::/7",  # RFC 4193
        "fe80::/10",  # RFC 4291
    )
)
_LOOKS_PRIVATE: Final = ("10.", "172.", "192.168.", "100.", "169.254.", "fc", "fd", "fe8", "fe9", "fea", "feb")


class PrivateAddresses:
    """Remembers which names a resolver gave private addresses, a few of them by name."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[str, str]] = {}
        self._more: dict[str, int] = {}

    def see(self, answer: Answer) -> None:
        if answer.question.type not in ("A", "AAAA") or answer.status is not Status.NOERROR:
            return
        private = [value for value in answer.values if value.startswith(_LOOKS_PRIVATE) and _is_private(value)]
        if not private:
            return
        seen = self._seen.setdefault(answer.server, {})
        if len(seen) < NAMED:
            seen.setdefault(answer.question.name, private[0])
        elif answer.question.name not in seen:
            self._more[answer.server] = self._more.get(answer.server, 0) + 1

    def signs(self) -> list[PrivateNames]:
        return [
            PrivateNames(server, tuple(names.items()), self._more.get(server, 0))
            for server, names in self._seen.items()
        ]


def _is_private(value: str) -> bool:
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    return any(address.version == network.version and address in network for network in _PRIVATE)


def differing(name: str, replies: Mapping[str, Reply]) -> str:
    """A doubt where resolvers tell different name servers of a domain, or only some that it exists; else "".

    `replies` to NS questions, by resolver. What a resolver could not tell is no difference.
    """
    views: dict[tuple[str, ...], list[str]] = {}
    for server, reply in replies.items():
        if reply.status is Status.NOERROR:
            views.setdefault(reply.values, []).append(server)
        elif reply.status in (Status.NODATA, Status.NXDOMAIN):
            views.setdefault((), []).append(server)
    if len(views) < 2:
        return ""
    told = "; ".join(
        f"{' and '.join(servers)}: {', '.join(host.removesuffix('.') for host in values[:4]) or 'none'}"
        for values, servers in views.items()
    )
    return (
        f"The resolvers disagree about the name servers of {name} ({told}): one of them may show the view from inside a"
        f" network (split-brain DNS), or records from before a change. The first that answers is believed; {ELSEWHERE}"
    )


def doubts_of_forgery(standings: Iterable[Standing]) -> list[Remark]:
    """What each resolver was found to make up, and what to do about it."""
    remarks = []
    for standing in standings:
        forgery = standing.forgery
        if forgery is None:
            continue
        if forgery.example:
            sentence = (
                f"The resolver {standing.resolver} also answers for names that cannot exist ({forgery.example}):"
                " a captive portal, or a resolver that rewrites answers. What it may have made up counts as unknown."
                " Sign in to the network, or name another resolver with --resolver, and scan again."
            )
        else:
            sentence = (
                f"The resolver {standing.resolver} says that example.com does not exist, which it does: it shows another DNS"
                f" than the public one, and what it calls absent may be there; {ELSEWHERE}"
            )
        remarks.append(Remark(standing.server, sentence))
    return remarks
