r"""Records as one pastes them: zone-file presentation (RFC 1035 section 5.1) of the values that evidence and changes carry.

There a TXT is its joined character-strings, unquoted, with `\ddd` for an octet that is not UTF-8 and `\092` for a backslash.
Everything that leaves here is printable ASCII on one line, so that a zone file cannot be broken out of.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["STRING_OCTETS", "absolute", "plain_value", "rdata", "record_line", "txt_octets", "txt_strings"]

STRING_OCTETS: Final = 255
"""The longest character-string of a TXT (RFC 1035 section 3.3.14)."""

_OCTET: Final = re.compile(r"\\([0-9]{3})")
_PRINTABLE: Final = re.compile(r"[\x20-\x7e]*")
_RDATA_UNSAFE: Final = re.compile(r"(\\[0-9]{3}|\\[\x21-\x7e])|([;\"()\\])|([^\x20-\x7e])")
_QUOTED_RDATA: Final = re.compile(
    r'[0-9]{1,5} (?:[0-9]{1,5} )?[a-z0-9]{1,32} ?"[\x20\x21\x23-\x5b\x5d-\x7e]*"', re.IGNORECASE
)
_NAME_UNSAFE: Final = re.compile(r"(\\[0-9]{3})|([^a-zA-Z0-9._*/-])")
_LONGEST_NAME: Final = 1100  # 255 octets, each written as four characters, and some
_TYPE: Final = re.compile(r"[A-Z][A-Z0-9]{0,15}")


def txt_octets(text: str) -> bytes:
    r"""The octets that a TXT value stands for; a backslash without three digits up to 255 behind it is itself."""
    pieces: list[bytes] = []
    end = 0
    for match in _OCTET.finditer(text):
        if int(match[1]) > 255:
            continue
        pieces += [text[end : match.start()].encode("utf-8", "replace"), bytes([int(match[1])])]
        end = match.end()
    pieces.append(text[end:].encode("utf-8", "replace"))
    return b"".join(pieces)


def txt_strings(text: str) -> tuple[str, ...]:
    r"""A TXT value as quoted character-strings of at most 255 octets each: `"` and a backslash escaped, other octets `\ddd`."""
    octets = txt_octets(text)
    starts = range(0, len(octets), STRING_OCTETS) if octets else (0,)
    return tuple(_quoted(octets[start : start + STRING_OCTETS]) for start in starts)


def plain_value(type_: str, value: str) -> str:
    """The value as one types it into a provider's form: a TXT unquoted and undivided.

    A TXT that is not plain printable ASCII has no such form; it comes quoted as in a zone file.
    """
    if type_ != "TXT":
        return rdata(type_, value)
    try:
        text = txt_octets(value).decode("ascii")
    except UnicodeDecodeError:
        return rdata(type_, value)
    return text if _PRINTABLE.fullmatch(text) and text.strip() == text != "" else rdata(type_, value)


def rdata(type_: str, value: str) -> str:
    """The value as a zone file has it."""
    if type_ in {"TXT", "SPF"}:
        return " ".join(txt_strings(value))
    if _QUOTED_RDATA.fullmatch(value):  # CAA, RFC 8659: the one other type in use with a quoted part
        return value
    return _RDATA_UNSAFE.sub(_rdata_escape, value)


def absolute(name: str) -> str:
    """A name with its final dot, safe in a zone file. What is far too long for a name (RFC 1035: 255 octets) is cut."""
    return _NAME_UNSAFE.sub(_name_escape, name[:_LONGEST_NAME].rstrip(".")) + "."


def record_line(name: str, ttl: int | None, type_: str, value: str) -> str:
    """One record as a line of a zone file: `contoso.com. 3600 IN TXT "v=spf1 -all"`."""
    safe_type = type_ if _TYPE.fullmatch(type_) else "TYPE65535"
    middle = f"{ttl} IN" if ttl is not None and ttl >= 0 else "IN"
    return f"{absolute(name)} {middle} {safe_type} {rdata(type_, value)}"


def _quoted(octets: bytes) -> str:
    return '"' + "".join(_character(octet) for octet in octets) + '"'


def _character(octet: int) -> str:
    if octet in b'"\\':
        return "\\" + chr(octet)
    return chr(octet) if 0x20 <= octet < 0x7F else f"\\{octet:03d}"


def _octets_of(character: str) -> str:
    return "".join(f"\\{octet:03d}" for octet in character.encode("utf-8", "replace"))


def _rdata_escape(match: re.Match[str]) -> str:
    if match[1]:
        return match[1]
    return f"\\{match[2]}" if match[2] else _octets_of(match[3])


def _name_escape(match: re.Match[str]) -> str:
    return match[1] or _octets_of(match[2])
