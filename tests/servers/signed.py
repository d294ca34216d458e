"""Zones for a validating resolver: signed well, damaged after it, signed in the past, not signed at all.

The keys are made for each run and belong to nobody: the resolver is told of them as trust anchors, so that nothing above
the zones is needed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import dns.dnssec
import dns.dnssectypes
import dns.name
import dns.rdatatype
import dns.rrset
import dns.transaction
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec

HOUR = 3600
ZONE = """
$TTL 300
@        SOA   ns hostmaster 1 7200 3600 1209600 60
@        NS    ns
ns       A     192.0.2.53
@        MX    10 mail
mail     A     192.0.2.25
@        TXT   "v=spf1 mx -all"
alias    CNAME mail
*.wild   TXT   "whatever is asked"
"""
TRUE, FALSE = b"v=spf1 mx -all", b"v=spf1 mx +all"


@dataclass(frozen=True)
class SignedZones:
    """A folder of zone files, and the trust anchors of those that are to be signed."""

    folder: Path
    anchors: tuple[str, ...]


def signed_zones(folder: Path) -> SignedZones:
    """`secure.test`; `damaged.test`, one record changed after signing; `expired.test`; `stripped.test`, which its anchor
    says to be signed; and `insecure.test`, which nobody expects to be."""
    now = int(time.time())
    anchors = []
    for name, signatures in (
        ("secure.test", (now - HOUR, now + 24 * HOUR)),
        ("damaged.test", (now - HOUR, now + 24 * HOUR)),
        ("expired.test", (now - 48 * HOUR, now - 24 * HOUR)),
        ("stripped.test", None),
    ):
        zone = _zone(name)
        anchors.append(_signed(zone, signatures))
        if name == "damaged.test":
            octets = zone.to_text(relativize=False).replace(TRUE.decode(), FALSE.decode())
            (folder / f"{name}.zone").write_text(octets)
        else:
            zone.to_file(str(folder / f"{name}.zone"), relativize=False)
    _zone("insecure.test").to_file(str(folder / "insecure.test.zone"), relativize=False)
    return SignedZones(folder, tuple(anchors))


def _zone(name: str) -> dns.zone.Zone:
    return dns.zone.from_text(ZONE, origin=name, relativize=False)


def _signed(zone: dns.zone.Zone, signatures: tuple[int, int] | None) -> str:
    """Signs a zone with one new key, for the time between two instants; the DS record of the key."""
    assert zone.origin is not None
    private = ec.generate_private_key(ec.SECP256R1())
    key = dns.dnssec.make_dnskey(private.public_key(), dns.dnssec.ECDSAP256SHA256, flags=257)
    now = int(time.time())

    def sign(transaction: dns.transaction.Transaction, rrset: dns.rrset.RRset) -> None:
        # The key itself is good, so that what fails is the signature of what is asked.
        first, last = signatures if rrset.rdtype != dns.rdatatype.DNSKEY else (now - HOUR, now + 24 * HOUR)
        made = dns.dnssec.sign(rrset, private, zone.origin, key, inception=first, expiration=last)
        transaction.add(rrset.name, rrset.ttl, made)

    if signatures is not None:
        with zone.writer() as transaction:
            dns.dnssec.sign_zone(
                zone, transaction, keys=[(private, key)], dnskey_ttl=300, rrset_signer=sign, lifetime=1
            )
    ds = dns.dnssec.make_ds(zone.origin, key, dns.dnssectypes.DSDigest.SHA256)
    return f"{zone.origin} IN DS {ds}"
