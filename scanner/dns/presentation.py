r"""Presentation form: names and record values as text, in the one form that everything here compares.

A name is in A-labels, lower case, without final dot, other octets escaped as in RFC 1035 section 5.1 ("." is the
root). A value is in RFC 1035 presentation form with absolute, lower-case names; a TXT is its joined text.
"""

from __future__ import annotations

import functools
import re
import socket
from collections.abc import Callable, Mapping
from typing import Final

from scanner.dns.answer import bytes_of_text, text_of_bytes

__all__ = ["BadFormError", "absolute", "canonical_name", "canonical_value", "is_dns_type", "relative"]

_PLAIN = re.compile(r"(?:[a-z0-9_*-]{1,63}\.)*[a-z0-9_*-]{1,63}", re.ASCII)
_UNPRINTED = re.compile(r"[\x00-\x20\x7f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_MAX_PLAIN: Final = 253
_MAX_TEXT: Final = 1020
"""Characters of the longest name: 255 octets, each escaped as \\ddd."""
_SHOWN: Final = 60


class BadFormError(ValueError):
    """The text is no name, or no value of its type; it says why and what was read."""


def absolute(name: str) -> str:
    """A name as a value writes it, with final dot."""
    return name if name == "." else f"{name}."


def relative(value: str) -> str:
    """A host of a canonical value as questions name it, without final dot."""
    return value if value == "." else value.removesuffix(".")


def canonical_name(text: str) -> str:
    """The canonical form of a name, with or without final dot, upper case, U-labels (IDNA 2008) or escapes.

    Raises BadFormError for what has no form on the wire: a label over 63 octets, a name over 255, an empty label.
    """
    if _PLAIN.fullmatch(text) and len(text) <= _MAX_PLAIN:
        return text
    if text.isascii():
        lowered = text.lower().removesuffix(".")
        if _PLAIN.fullmatch(lowered) and len(lowered) <= _MAX_PLAIN:
            return lowered
    return _odd_name(text)


def _odd_name(text: str) -> str:
    import dns.exception
    import dns.name

    if not text:
        raise BadFormError("an empty text is no domain name")
    if len(text) > _MAX_TEXT:
        raise BadFormError(f"{_shown(text)} is longer than a domain name can be (255 octets)")
    if text == "@":
        raise BadFormError("'@' stands for a zone's own name only in a zone file; write the name")
    if _UNPRINTED.search(text):
        raise BadFormError(f"{_shown(text)} has a blank or control character; one that belongs to the name is \\032")
    written = text if text.isascii() else _a_labels(text)
    try:
        name = dns.name.from_text(written, origin=dns.name.root)
    except dns.name.LabelTooLong:
        raise BadFormError(f"{_shown(text)} has a label longer than 63 octets") from None
    except dns.name.NameTooLong:
        raise BadFormError(f"{_shown(text)} is longer than a domain name can be (255 octets)") from None
    except dns.name.EmptyLabel:
        raise BadFormError(f"{_shown(text)} has an empty label (two dots in a row, or one in front)") from None
    except (dns.exception.DNSException, ValueError, IndexError):
        raise BadFormError(f"{_shown(text)} has a backslash that escapes nothing") from None
    return name.to_text(omit_final_dot=True).lower()


def _a_labels(text: str) -> str:
    import idna

    try:
        return ".".join(
            label if label.isascii() else idna.encode(label, uts46=True).decode("ascii") for label in text.split(".")
        )
    except (idna.IDNAError, UnicodeError) as error:
        raise BadFormError(f"{_shown(text)} is no internationalised domain name of IDNA 2008: {error}") from None


def canonical_value(type_: str, text: str) -> str:
    """The canonical form of a record's value. `type_` is an upper-case mnemonic that `is_dns_type` knows.

    A host without final dot is absolute all the same. Raises BadFormError if no record of this type has such a value.
    """
    form = _FORMS.get(type_)
    if form is None or text.startswith("\\# "):
        return _by_dnspython(type_, text)
    return form(text)


@functools.lru_cache(maxsize=1024)
def is_dns_type(type_: str) -> bool:
    """Whether it is the upper-case mnemonic of a DNS record type; TYPE65280 is one too (RFC 3597)."""
    if type_ in _FORMS:
        return True
    import dns.exception
    import dns.rdatatype

    try:
        return not dns.rdatatype.is_metatype(dns.rdatatype.from_text(type_)) and type_ == type_.upper()
    except (dns.exception.DNSException, ValueError):
        return False


def _text(text: str) -> str:
    return text_of_bytes(bytes_of_text(text)) if "\\" in text or _SURROGATE.search(text) else text


def _address(family: int, kind: str) -> Callable[[str], str]:
    def form(text: str) -> str:
        try:
            return socket.inet_ntop(family, socket.inet_pton(family, text))
        except (OSError, ValueError):
            raise BadFormError(f"{_shown(text)} is no {kind} address") from None

    return form


def _host(text: str) -> str:
    return absolute(canonical_name(text))


def _fields(what: str, *bounds: int | None) -> Callable[[str], str]:
    """A form of fields parted by blanks: a number up to each bound, a host name where the bound is None."""

    def form(text: str) -> str:
        parts = text.split()
        if len(parts) != len(bounds):
            raise BadFormError(f"{_shown(text)} is not of the form '{what}'")
        return " ".join(
            _host(part) if bound is None else _number(part, bound, text, what)
            for part, bound in zip(parts, bounds, strict=True)
        )

    return form


def _number(part: str, bound: int, text: str, what: str) -> str:
    if not (part.isascii() and part.isdigit() and len(part) <= 10 and int(part) <= bound):
        raise BadFormError(f"{_shown(text)} is not of the form '{what}': {_shown(part)} is no number up to {bound}")
    return str(int(part))


def _caa(text: str) -> str:
    parts = text.split(None, 2)
    if len(parts) == 3 and not parts[2].startswith('"'):
        # Zone files quote the value; lists of records often do not, and then ";" would begin a comment.
        text = f'{parts[0]} {parts[1]} "' + parts[2].replace('"', '\\"') + '"'
    return _by_dnspython("CAA", text)


def _by_dnspython(type_: str, text: str) -> str:
    import dns.name
    import dns.rdata
    import dns.rdataclass

    try:
        rdata = dns.rdata.from_text(dns.rdataclass.IN, type_, text, origin=dns.name.root, relativize=False)
        form: str = rdata.to_text()
    except Exception as error:
        # Whatever odd text makes dnspython raise, it is no value of this type.
        raise BadFormError(f"{_shown(text)} is no {type_} record: {error}") from None
    return form


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")


_FORMS: Final[Mapping[str, Callable[[str], str]]] = {
    "A": _address(socket.AF_INET, "IPv4"),
    "AAAA": _address(socket.AF_INET6, "IPv6"),
    "CAA": _caa,
    "CNAME": _host,
    "DNAME": _host,
    "MX": _fields("preference host", 65535, None),
    "NS": _host,
    "PTR": _host,
    "SOA": _fields("mname rname serial refresh retry expire minimum", None, None, *(4294967295,) * 5),
    "SPF": _text,
    "SRV": _fields("priority weight port target", 65535, 65535, 65535, None),
    "TXT": _text,
}
