"""Report destinations outside the organization, and whether they say that they accept the reports (RFC 9990 section 4)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rules.facts import Host, Unknown
from scanner.dns.answer import Answer, Question
from scanner.probes.dmarc_walk import Found
from scanner.records.checkdmarc_adapter import base_domain
from scanner.records.dmarc import counts

__all__ = ["MOST_ASKED", "Destination", "destinations", "external_hosts", "unauthorised"]

MOST_ASKED = 10
"""Destinations asked for one domain; receivers promise no more than two addresses."""
_LONGEST_NAME = 253


class Destination(msgspec.Struct, frozen=True, gc=False):
    """A host outside, and its answer: None where it was not asked because of `MOST_ASKED`, or can have no such name."""

    host: Host
    question: Question | None
    answer: Answer | None = None


def external_hosts(found: Found) -> tuple[Host, ...]:
    """Hosts in rua and ruf that are not in the organization of the domain where the record is, in the record's order.

    Organizations are told apart by the public suffix list: the walk that RFC 9990 asks for would cost up to eight questions
    a destination. They differ only for domains that publish psd.
    """
    record = found.record
    hosts = [uri.host for uri in (*record.rua, *record.ruf) if uri.host and uri.host != found.domain]
    if not hosts:
        return ()
    organization = base_domain(found.domain)
    return tuple([Host(host) for host in dict.fromkeys(hosts) if base_domain(host) != organization])


def destinations(found: Found) -> tuple[Destination, ...]:
    """The external destinations with the question for each: TXT at `<policy domain>._report._dmarc.<host>`."""
    asked = []
    for host in external_hosts(found):
        name = f"{found.domain}._report._dmarc.{host}"
        asked.append(Destination(host, Question(name, "TXT") if len(name) <= _LONGEST_NAME else None))
    return tuple(asked)


def unauthorised(asked: Sequence[Destination]) -> tuple[Host | Unknown, ...]:
    """Hosts that are proved not to accept the reports, and an Unknown for each of which it cannot be told."""
    refused: list[Host | Unknown] = []
    for destination in asked:
        if destination.question is None:  # section 4, step 4: a name too long for DNS authorises nothing
            refused.append(destination.host)
        elif destination.answer is None:
            refused.append(Unknown(f"{destination.host} not asked: more than {MOST_ASKED} report destinations"))
        elif not destination.answer.known:
            refused.append(destination.answer.unknown())
        elif not any(counts(value) for value in destination.answer.values):
            refused.append(destination.host)
    return tuple(refused)
