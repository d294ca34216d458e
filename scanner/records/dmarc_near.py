"""TXT records that were meant as DMARC but do not count, and what would make them count.

A receiver discards them (RFC 9989 section 4.10), so nearly every checker says "no record". Here each change that is needed
before the record counts is named by a code of `dmarc_problems.CODES`.
"""

from __future__ import annotations

import functools
import re
import unicodedata

import msgspec

from scanner.dns.answer import bytes_of_text
from scanner.records.dmarc_tags import HISTORIC_TAGS, KNOWN_TAGS, LONGEST_CACHED, counts

__all__ = ["NearMiss", "clean", "near_miss"]

_LONGEST = 4096
"""Characters that are looked at: no record that people write is longer."""

_QUOTES = dict.fromkeys(map(ord, "“”„‟«»‘’‚‛`´′″＂"), '"')
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－"), "-")
_BLANKS = dict.fromkeys(
    map(ord, "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"), " "
)
_NOTHING = dict.fromkeys(
    map(
        ord,
        "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\ufeff",
    )
)
_ODD = (("smart_quote", _QUOTES), ("dash", _DASHES), ("no_break_space", _BLANKS), ("zero_width_character", _NOTHING))

_TAG_NAMES = "|".join(sorted(KNOWN_TAGS.union(HISTORIC_TAGS) - {"v"}, key=len, reverse=True))
_POLICY = re.compile(r"(?:^|[;,\s])p\s*[=:]\s*(?:none|quarantine|reject)\b", re.IGNORECASE)
_REPORTS = re.compile(r"(?:^|[;,\s])ruf?\s*a?\s*=\s*mailto:", re.IGNORECASE)
_FIRST_TAG = re.compile(rf"(?:{_TAG_NAMES})\s*=", re.IGNORECASE)
# "v", "=" and the word, each of which people leave out or misspell; at most one of "v" and "=" may be missing.
_VERSION = re.compile(
    r"(?:(?<![a-z0-9])[a-z]{0,2}v[ \t]*[=:-]{0,2}[ \t]*|(?<![a-z0-9])=[ \t]*|\A)"
    r"(?P<word>d[ _-]?[mnr][ _-]?[armk][ _-]?[rmac][ _-]?[ckr]{1,2})(?P<number>[ _-]{0,2}[0-9l]{1,2}(?:\.0)?)?(?![a-z0-9_-])"
    r"|(?:\A|(?<=[;,\s]))v[ \t]*=[ \t]*DMARC1(?=(?:p|sp|rua)=)",
    re.IGNORECASE,
)
_SEPARATORS = " \t;,.:|'"


class NearMiss(msgspec.Struct, frozen=True, gc=False):
    """Why a TXT that was meant as DMARC does not count, and the text that would (its tags may still have faults)."""

    text: str
    codes: tuple[str, ...]
    mended: str


def clean(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with what word processors and consoles leave in it replaced by what was meant, and a code for each kind.

    Quotation marks become straight ones, dashes hyphens, odd blanks spaces; invisible characters, control characters and
    backslashes before punctuation go.
    """
    if text.isascii() and text.isprintable() and "\\" not in text:
        return text[:_LONGEST], ()
    codes: list[str] = []
    data = bytes_of_text(text[:_LONGEST])
    try:
        out = data.decode("utf-8")
    except UnicodeDecodeError:
        out = data.decode("cp1252", "replace")
    for code, table in _ODD:
        changed = out.translate(table)
        if changed != out:
            codes.append(code)
            out = changed
    changed = re.sub(r'\\(?=[;"=,:\s])', "", out)
    if changed != out:
        codes.append("backslash")
        out = changed
    changed = "".join(
        " " if c in "\r\n\v\f" else c for c in out if c in "\t\r\n\v\f" or not unicodedata.category(c).startswith("C")
    )
    if changed != out:
        codes.append("control_character")
        out = changed
    changed = unicodedata.normalize("NFKC", out)
    if changed != out:
        codes.append("odd_character")
        out = changed
    return out, tuple(codes)


def near_miss(text: str) -> NearMiss | None:
    """Why `text` does not count although it was meant as DMARC; None where it counts, or has nothing to do with DMARC."""
    if counts(text):
        return None
    return _near_miss(text) if len(text) <= LONGEST_CACHED else _near_miss.__wrapped__(text)


@functools.lru_cache(maxsize=1024)
def _near_miss(text: str) -> NearMiss | None:
    out, codes = clean(text)
    found = list(codes)
    if '"' in out or out.lstrip(" \t").startswith("'"):
        found.append("quotes")
        out = out.replace('"', "").strip("' \t") if out.lstrip().startswith("'") else out.replace('"', "")
    if out[:1] in (" ", "\t"):
        found.append("leading_blank")
        out = out.lstrip(" \t")
    if not counts(out):
        repaired = _repair_version(out, found)
        if repaired is None:
            return None
        out = repaired
    return NearMiss(text, tuple(dict.fromkeys(found)) or ("text_before_version",), out.rstrip(" \t"))


def _repair_version(text: str, codes: list[str]) -> str | None:
    version = _VERSION.search(text[:1000])
    if version is None:
        if not text[:200].lower().startswith("v=") and (_starts_with_policy(text) or _REPORTS.match(text)):
            codes.append("no_version")
            return f"v=DMARC1; {text}"
        return None
    before, rest = text[: version.start()].strip(_SEPARATORS), text[version.end() :]
    tags = rest.lstrip(_SEPARATORS)
    if before:
        if not (_POLICY.search(text) or _REPORTS.search(text) or not tags):
            return None
        first_tag = _FIRST_TAG.match(before)
        codes.append("version_not_first" if first_tag else "text_before_version")
        if first_tag:
            tags = "; ".join(part for part in (before, tags) if part)
    elif not _plausible(version[0], tags):
        return None
    _name_version(version[0], rest, tags, codes)
    return f"v=DMARC1; {tags}" if tags else "v=DMARC1"


def _name_version(version: str, rest: str, tags: str, codes: list[str]) -> None:
    word = re.sub(r"[ \t]*=[ \t]*", "=", version.strip())
    if word not in ("v=DMARC1", "V=DMARC1"):
        codes.append("version_case" if word.lower() == "v=dmarc1" else "version_misspelt")
    between = rest[: len(rest) - len(rest.lstrip(_SEPARATORS))]
    if tags and ";" not in between:
        codes.append("comma_separator" if "," in between else "missing_semicolon")
    elif between.strip(" \t")[:1] not in ("", ";") and "version_misspelt" not in codes:
        codes.append("version_misspelt")


def _plausible(version: str, tags: str) -> bool:
    """Something that only starts like the version ("dmarc-verification=...") is not a record."""
    if not tags:
        return "=" in version or version[-1].isdigit()
    return "=" in version or "=" in tags[:200] or _FIRST_TAG.match(tags) is not None


def _starts_with_policy(text: str) -> bool:
    found = _POLICY.search(text[:200])
    return found is not None and text[: found.start()].strip(_SEPARATORS) == ""
