"""DKIM key records: what a TXT at `selector._domainkey` says (RFC 6376 section 3.6.1, RFC 8301, RFC 8463).

Pure: takes text, gives a reading, never raises. Reasons are stable codes; people read the words of the rules.
"""

from __future__ import annotations

import base64
import binascii
import functools
import re
from typing import Final, Literal

import msgspec

__all__ = ["KeyReading", "KeyStatus", "KeyType", "is_key_record", "read_key", "rsa_modulus_bits"]

KeyStatus = Literal["live", "revoked", "testing", "invalid"]
KeyType = Literal["rsa", "ed25519", "other"]

LEAST_RSA_BITS = 1024
"""RFC 8301 section 3.2: verifiers must not accept signatures of smaller keys."""
ED25519_OCTETS = 32
"""RFC 8463 section 4.2: the key is the raw 32 octets."""

_VERSION = re.compile(r"\s*v\s*=\s*([^;]*)", re.IGNORECASE)
_TOKEN = re.compile(r"\s*[A-Za-z0-9._-]{2,}\s*=")
_PUBLIC_KEY = re.compile(r"(?:^|;)\s*p\s*=")
_TAG_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_FOLDING = re.compile(r"[ \t\r\n]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_RSA_ENCRYPTION = bytes.fromhex("2a864886f70d010101")

_USUAL_FRONTS: Final = frozenset(
    {"v=DKIM1; k=rsa; p=", "v=DKIM1;k=rsa;p=", "v=DKIM1; p=", "v=DKIM1;p=", "k=rsa; p=", "p="}
)
"""What nearly all records have in front of their key, and nothing but a final semicolon behind it."""
_USUAL_HEADS: Final = {
    392: (2048, bytes.fromhex("30820122300d06092a864886f70d01010105000382010f003082010a0282010100")),
    216: (1024, bytes.fromhex("30819f300d06092a864886f70d010101050003818d0030818902818100")),
}
"""By the length of its base64 form: the size of an RSA key, and the octets of DER in front of its modulus."""
_USUAL_END: Final = bytes.fromhex("0203010001")
"""The exponent 65537 in DER."""


class KeyReading(msgspec.Struct, frozen=True, gc=False):
    """What a key record says.

    `status`: live (usable), testing (usable, but t=y asks to treat failures as unsigned), revoked (empty p=) or invalid:
    receivers cannot verify with it. `reason` is the code of why it is invalid, else None: escaped_semicolons, quoted,
    bad_version, version_not_first, bad_tag, duplicate_tag, no_key, bad_base64, bad_key, weak_key, unknown_key_type,
    no_sha256 or not_for_email. `notes` are codes of oddities that do no harm: bare_rsa_key, trailing_data, no_padding.
    """

    status: KeyStatus
    key_type: KeyType | None = None
    bits: int | None = None
    reason: str | None = None
    notes: tuple[str, ...] = ()


def is_key_record(text: str) -> bool:
    """Not a record of something else: RFC 6376 section 3.6.1 has records discarded that begin with a `v=` of another kind.

    So are verification tokens (`google-site-verification=...`), which a wildcard or an alias to the apex brings to a selector.
    """
    if text.startswith("v=DKIM1;"):
        return True
    version = _VERSION.match(text)
    if version is not None:
        return version[1].strip().lower().startswith("dkim")
    return _TOKEN.match(text) is None or _PUBLIC_KEY.search(text) is not None


def read_key(text: str) -> KeyReading:
    """Reads one key record, its character-strings joined."""
    return _read_kept(text) if len(text) <= _LONGEST_KEPT else _read(text)


_LONGEST_KEPT = 2048
"""Characters of a record whose reading is kept; a key of 4096 bits has 750. Several facts of a domain read the same one."""


def _read(text: str) -> KeyReading:
    return _usual(text) or _parsed(text)


def _usual(text: str) -> KeyReading | None:
    """The reading of a record that is written as nearly all are, which needs no parser; None for any other."""
    front, equals, encoded = text.partition("p=")
    encoded = encoded.removesuffix(";")
    expected = _USUAL_HEADS.get(len(encoded))
    if expected is None or front + equals not in _USUAL_FRONTS:
        return None
    try:
        key = binascii.a2b_base64(encoded, strict_mode=True)
    except ValueError:
        return None
    bits, head = expected
    # Octets of the length that the head tells, and a modulus whose first bit is set.
    whole = len(key) == 3 * len(encoded) // 4 and key.startswith(head) and key.endswith(_USUAL_END)
    return KeyReading("live", "rsa", bits) if whole and key[len(head)] & 0x80 else None


def _parsed(text: str) -> KeyReading:
    tags = _tags(text)
    if isinstance(tags, str):
        return KeyReading("invalid", reason=tags)
    named = tags.get("k", "rsa")
    key_type: KeyType = "rsa" if named == "rsa" else "ed25519" if named == "ed25519" else "other"
    if "v" in tags and tags["v"] != "DKIM1":
        return KeyReading("invalid", key_type, reason="bad_version")
    if "v" in tags and next(iter(tags)) != "v":
        return KeyReading("invalid", key_type, reason="version_not_first")
    if "p" not in tags:
        return KeyReading("invalid", None, reason="no_key")
    flags = _listed(tags.get("t", ""))
    encoded = _FOLDING.sub("", tags["p"])
    if not encoded:
        return KeyReading("revoked", key_type)
    if key_type == "other":
        return KeyReading("invalid", key_type, reason="unknown_key_type")
    key = _decoded(encoded)
    if key is None:
        return KeyReading("invalid", key_type, reason="bad_base64")
    notes: tuple[str, ...] = ("no_padding",) if len(encoded) % 4 else ()
    if key_type == "rsa":
        size = _rsa(key)
        if size is None:
            return KeyReading("invalid", key_type, reason="bad_key", notes=notes)
        bits, seen = size
        notes += seen
    elif len(key) == ED25519_OCTETS:
        bits = 8 * ED25519_OCTETS
    else:
        return KeyReading("invalid", key_type, reason="bad_key", notes=notes)
    reason = _unusable(tags, key_type, bits)
    if reason:
        return KeyReading("invalid", key_type, bits, reason, notes)
    return KeyReading("testing" if "y" in flags else "live", key_type, bits, None, notes)


_read_kept = functools.lru_cache(maxsize=1024)(_read)


def _unusable(tags: dict[str, str], key_type: KeyType, bits: int) -> str | None:
    """Why receivers would not verify mail with a key that can be read."""
    if key_type == "rsa" and bits < LEAST_RSA_BITS:
        return "weak_key"
    if "h" in tags and "sha256" not in _listed(tags["h"]):
        return "no_sha256"
    if "s" in tags and not _listed(tags["s"]) & {"*", "email"}:
        return "not_for_email"
    return None


def _tags(text: str) -> dict[str, str] | str:
    """The tag list (RFC 6376 section 3.2) in its order, or the code of what is wrong with it."""
    text = text.strip(" \t\r\n")
    if text[:1] in ("'", '"', "“", "”", "„"):
        return "quoted"
    if r"\092;" in text or r"\;" in text:
        return "escaped_semicolons"
    tags: dict[str, str] = {}
    pieces = text.split(";")
    if pieces and not pieces[-1].strip():
        pieces.pop()
    for piece in pieces:
        name, equals, value = piece.partition("=")
        name = name.strip(" \t\r\n")
        if not equals or not _TAG_NAME.fullmatch(name):
            return "bad_tag"
        if name in tags:
            return "duplicate_tag"
        tags[name] = value.strip(" \t\r\n")
    return tags


def _listed(value: str) -> set[str]:
    return {entry.strip() for entry in value.split(":")}


def _decoded(encoded: str) -> bytes | None:
    if not _BASE64.fullmatch(encoded):
        return None
    stripped = encoded.rstrip("=")
    try:
        return base64.b64decode(stripped + "=" * (-len(stripped) % 4), validate=True)
    except binascii.Error:
        return None


def rsa_modulus_bits(der: bytes) -> int | None:
    """The size of an RSA key in DER (SubjectPublicKeyInfo or bare RSAPublicKey); None where it is neither."""
    size = _rsa(der)
    return size[0] if size else None


def _rsa(der: bytes) -> tuple[int, tuple[str, ...]] | None:
    """Modulus size and notes. Verifiers take both forms; RFC 6376 section 3.6.1 with erratum 3017 means the former."""
    outer = _value(der, 0, _SEQUENCE)
    if outer is None:
        return None
    body, end = outer
    notes = () if end == len(der) else ("trailing_data",)
    bare = _modulus(body)
    if bare is not None:
        return bare, (*notes, "bare_rsa_key")
    algorithm = _value(body, 0, _SEQUENCE)
    if algorithm is None:
        return None
    oid = _value(algorithm[0], 0, _OBJECT_IDENTIFIER)
    bit_string = _value(body, algorithm[1], _BIT_STRING)
    if oid is None or oid[0] != _RSA_ENCRYPTION or bit_string is None or bit_string[0][:1] != b"\0":
        return None
    key = _value(bit_string[0][1:], 0, _SEQUENCE)
    bits = _modulus(key[0]) if key else None
    return None if bits is None else (bits, notes)


_SEQUENCE, _INTEGER, _BIT_STRING, _OBJECT_IDENTIFIER = 0x30, 0x02, 0x03, 0x06


def _modulus(body: bytes) -> int | None:
    modulus = _value(body, 0, _INTEGER)
    exponent = _value(body, modulus[1], _INTEGER) if modulus else None
    if modulus is None or exponent is None:
        return None
    n, e = int.from_bytes(modulus[0], signed=True), int.from_bytes(exponent[0], signed=True)
    return n.bit_length() if n > 0 and e > 1 else None


def _value(data: bytes, start: int, tag: int) -> tuple[bytes, int] | None:
    """The content of the DER element of this tag at `start`, and where the next one begins."""
    if len(data) < start + 2 or data[start] != tag:
        return None
    length, begin = data[start + 1], start + 2
    if length & 0x80:
        octets = length & 0x7F
        if not 1 <= octets <= 3 or len(data) < begin + octets:
            return None
        length = int.from_bytes(data[begin : begin + octets])
        begin += octets
    end = begin + length
    return (data[begin:end], end) if end <= len(data) else None
