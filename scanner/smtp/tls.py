"""What encryption is wanted, and what the other side's certificate says.

Two contexts: `verifying` is the one over which anything secret may go; `looking` takes whatever there is, so that what
is wrong with it can be told. What was seen through `looking` is only looked at.
"""

from __future__ import annotations

import datetime
import functools
import os
import ssl
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

__all__ = ["Certificate", "certificate_of", "has_roots", "legacy", "looking", "verifying"]

_LOWEST: Final = "ALL:@SECLEVEL=0"
_MOST_NAMES: Final = 50
_MOST_CHAIN: Final = 10


@dataclass(frozen=True, slots=True)
class Certificate:
    """A server's certificate. `names` are those of its subjectAltName; `chain` the subjects as sent, the server's first;
    `issuers` every issuer of the chain, as one text each."""

    names: tuple[str, ...]
    subject: str
    issuer: str
    issuers: tuple[str, ...]
    chain: tuple[str, ...]
    expires: datetime.datetime | None

    def days(self, now: datetime.datetime) -> int | None:
        """Whole days until it expires; negative where it has."""
        return None if self.expires is None else (self.expires - now).days


@functools.lru_cache(maxsize=8)  # reading the system's roots takes some 20 ms each time
def verifying(ca_file: Path | None) -> ssl.SSLContext:
    """TLS 1.2 or later, a trusted chain, and the server's name. Raises OSError and ssl.SSLError for a CA file that is none."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is not None:
        context.load_verify_locations(cafile=ca_file)
    return context


@functools.cache
def looking() -> ssl.SSLContext:
    """Anything that OpenSSL still speaks, verified in nothing. Nothing secret may go over it."""
    return _open_context(ssl.TLSVersion.MINIMUM_SUPPORTED, ssl.TLSVersion.MAXIMUM_SUPPORTED)


@functools.cache
def legacy() -> ssl.SSLContext | None:
    """TLS 1.0 and 1.1 only; None where the local OpenSSL is built without them."""
    if not (ssl.HAS_TLSv1 or ssl.HAS_TLSv1_1):
        return None
    return _open_context(ssl.TLSVersion.TLSv1 if ssl.HAS_TLSv1 else ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_1)


def has_roots(ca_file: Path | None) -> bool:
    """There is anything that a chain could be verified against; without roots every chain looks untrusted."""
    if ca_file is not None:
        return True
    paths = ssl.get_default_verify_paths()
    if paths.cafile and Path(paths.cafile).is_file():
        return True
    if paths.capath and Path(paths.capath).is_dir():
        with os.scandir(paths.capath) as entries:
            return any(True for _ in entries)
    return bool(ssl.create_default_context().cert_store_stats().get("x509_ca"))


def certificate_of(tls: ssl.SSLObject) -> Certificate | None:
    """The certificate that the other side showed; None where it showed none, or one that cannot be read."""
    leaf = tls.getpeercert(binary_form=True)
    if leaf is None:
        return None
    return _certificate(_chain(tls) or [leaf])


def _open_context(lowest: ssl.TLSVersion, highest: ssl.TLSVersion) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers(_LOWEST)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = lowest
        context.maximum_version = highest
    return context


def _chain(tls: Any) -> list[bytes]:
    """The chain as sent. Python has a public method for it from 3.13 on, and the same one inside before."""
    if hasattr(tls, "get_unverified_chain"):
        return list(tls.get_unverified_chain() or [])[:_MOST_CHAIN]
    inner = getattr(tls, "_sslobj", None)
    if inner is None or not hasattr(inner, "get_unverified_chain"):
        return []
    # 2 is _ssl.ENCODING_DER
    return [bytes(found.public_bytes(2)) for found in (inner.get_unverified_chain() or [])[:_MOST_CHAIN]]


def _certificate(chain: Sequence[bytes]) -> Certificate | None:
    from cryptography import x509

    found = []
    for octets in chain:
        try:
            found.append(x509.load_der_x509_certificate(octets))
        except ValueError:
            break
    if not found:
        return None
    leaf = found[0]
    try:
        return Certificate(
            names=_names(leaf),
            subject=_name(leaf.subject),
            issuer=_name(leaf.issuer),
            issuers=tuple(dict.fromkeys(_name(each.issuer) for each in found)),
            chain=tuple(_name(each.subject) for each in found),
            expires=leaf.not_valid_after_utc,
        )
    except ValueError:
        return None


def _names(leaf: Any) -> tuple[str, ...]:
    from cryptography import x509

    try:
        extension = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return ()
    names = [*extension.get_values_for_type(x509.DNSName), *map(str, extension.get_values_for_type(x509.IPAddress))]
    return tuple(name[:255] for name in names[:_MOST_NAMES])


def _name(name: Any) -> str:
    """Organization and common name: what people know an issuer by."""
    from cryptography.x509.oid import NameOID

    parts = [
        str(attribute.value)[:120]
        for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
        for attribute in name.get_attributes_for_oid(oid)[:1]
    ]
    return ", ".join(dict.fromkeys(parts)) or name.rfc4514_string()[:200]
