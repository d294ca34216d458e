"""Goes through a DMARC record tag by tag: what is wrong with it, and what it would be with every sure fault mended.

A fault is sure where one reading only is left: "p=rejct", "rua=dmarc@contoso.com", a comma between tags. What cannot be
mended with certainty is dropped, as receivers drop it (RFC 9989 section 4.7). Historic and unknown tags are dropped too.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping

import msgspec

from rules.facts import Problem
from scanner.records.checkdmarc_adapter import read_tags, report_address
from scanner.records.dmarc import report_uri
from scanner.records.dmarc_near import clean
from scanner.records.dmarc_plain import plain_tags
from scanner.records.dmarc_problems import problem
from scanner.records.dmarc_tags import HISTORIC_TAGS, KNOWN_TAGS, LONGEST_CACHED, POLICY_TAGS, REPORT_TAGS, Tag, split

__all__ = ["Mended", "mend"]

_LONGEST = 8000
_LONGEST_URI = 1000
_MOST_PIECES = 200
_MOST_PROBLEMS = 40
_POLICIES = ("none", "quarantine", "reject")
_BAD = {"p": "bad_policy", "sp": "bad_subdomain_policy", "np": "bad_nonexistent_policy"}
_NAMES = "|".join(sorted(KNOWN_TAGS.union(HISTORIC_TAGS), key=len, reverse=True))
_RUN = re.compile(r"[ \t]{8,}")
_INNER = re.compile(rf"([ \t]*,[ \t]*|[ \t]+)(?=(?:{_NAMES})[ \t]*=)", re.IGNORECASE)
_COLON = re.compile(rf"({_NAMES})[ \t]*[:-][ \t]*(\S.*)\Z", re.IGNORECASE)
_MAILBOX = re.compile(r"[^\s@:,;<>]+@[^\s@:,;<>]+\Z")
_SOUND = re.compile(r"[\x20-\x3a\x3c-\x7e]+")
_BLANK_IN_FRONT = re.compile(r"(?<=mailto:)[ \t]+", re.IGNORECASE)
_BETWEEN_URIS = re.compile(r"[ \t|]+")
_SCHEME = re.compile(r"([a-z]{4,8})[ \t]*[:=;/]+[ \t]*([^\s@]+@[^\s@]+)\Z", re.IGNORECASE)


class Mended(msgspec.Struct, frozen=True, gc=False):
    """The tags but `v`, in the owner's order, names and values as they should be; and what was wrong."""

    tags: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...]


def mend(text: str) -> Mended:
    """Goes through a record that counts (`dmarc_tags.counts`); of a very long one the first 8,000 characters. Never raises."""
    return _mend(text) if len(text) <= LONGEST_CACHED else _mend.__wrapped__(text[:_LONGEST])


@functools.lru_cache(maxsize=2048)
def _mend(text: str) -> Mended:
    problems: list[Problem] = []
    plain = plain_tags(text)
    mended = _careful(text, problems) if plain is None else _straight(text, plain, problems)
    if "fo" in mended and mended["fo"] != "0" and "ruf" not in mended:
        problems.append(problem("fo_without_ruf", f"fo={mended.pop('fo')}"))
    unique = tuple(problems) if len(problems) < 2 else tuple(dict.fromkeys(problems))[:_MOST_PROBLEMS]
    return Mended(tuple(mended.items()), unique)


def _straight(text: str, plain: Mapping[str, str], problems: list[Problem]) -> dict[str, str]:
    """The tags that stay of a record beyond doubt: those that are not historic."""
    mended = dict(plain)
    for name in [name for name in plain if name in HISTORIC_TAGS]:
        value = mended.pop(name)
        _historic(Tag(f"{name}={value}", name, value), problems)
    if "p" not in plain:
        problems.append(problem("no_policy", text))
    return mended


def _careful(text: str, problems: list[Problem]) -> dict[str, str]:
    """The tags of any record, every one looked at, with values put right."""
    tags = _collect(text, problems)
    if not any(tag.key == "p" for tag in split(text)):
        problems.append(problem("no_policy", text))
    return _values(tags, problems)


def _collect(text: str, problems: list[Problem]) -> dict[str, Tag]:
    """The known tags by name, pieces put right as far as the list goes; duplicates reduced to one."""
    tags: dict[str, Tag] = {}
    last = ""
    for tag in _pieces(text, problems):
        if not tag.name and last in REPORT_TAGS and "@" in tag.text:
            problems.append(problem("uri_separator", tag.text))
            tags[last] = _joined(tags[last], tag.text)
            continue
        known = _recognise(tag, problems)
        last = known.key if known else ""
        if known is None or last == "v":
            continue
        if last in tags:
            problems.append(problem("duplicate_tag", tag.text))
            known = _merged(tags[last], known)
        tags[last] = known
    return tags


def _pieces(text: str, problems: list[Problem]) -> Iterator[Tag]:
    """Every tag, also those that a comma or a blank joined; the characters cleaned."""
    seen_version = False
    for piece in split(text)[:_MOST_PIECES]:
        if not piece.text:
            problems.append(problem("empty_tag", text))
            continue
        out, codes = clean(piece.text)
        if '"' in out:
            codes = (*codes, "quotes")
            out = out.replace('"', "")
        problems.extend(problem(code, piece.text) for code in codes)
        # A run of blanks means no more than one, and patterns take long over it.
        parts = _INNER.split(_RUN.sub(" ", out.strip(" \t")))
        for separator in parts[1::2]:
            problems.append(problem("comma_separator" if "," in separator else "missing_semicolon", piece.text))
        for part in parts[::2]:
            for tag in split(part):
                if tag.key == "v" and seen_version:
                    problems.append(problem("duplicate_tag", tag.text))
                seen_version = seen_version or tag.key == "v"
                if tag.text:
                    yield tag


def _recognise(tag: Tag, problems: list[Problem]) -> Tag | None:
    if not tag.name:
        problems.append(problem("malformed_tag", tag.text))
        colon = _COLON.match(tag.text)
        if colon is None or colon[1].lower() in HISTORIC_TAGS:
            return None
        return Tag(tag.text, colon[1], colon[2], True)
    if tag.key in HISTORIC_TAGS:
        _historic(tag, problems)
        return Tag(tag.text, tag.key)
    if tag.key not in KNOWN_TAGS:
        problems.append(problem("unknown_tag", tag.text))
        near = [name for name in KNOWN_TAGS if len(name) > 2 and _distance(tag.key, name, 1) <= 1]
        return Tag(tag.text, near[0], tag.value, tag.sound) if len(near) == 1 and _fits(near[0], tag.value) else None
    if tag.name != tag.key:
        problems.append(problem("tag_case", tag.text))
    return tag


def _historic(tag: Tag, problems: list[Problem]) -> None:
    problems.append(problem("obsolete_tag", tag.text))
    if tag.key == "pct":
        if not re.fullmatch(r"100|[0-9]{1,2}", tag.value):
            problems.append(problem("bad_value", tag.text))
        elif tag.value != "100":
            problems.append(problem("partial_pct", tag.text))


def _fits(name: str, value: str) -> bool:
    if name in REPORT_TAGS:
        return report_uri(value.split(",", 1)[0]) is not None
    return read_tags({name: value})[name] is not None if value.isascii() and value.isprintable() and value else False


def _merged(first: Tag, second: Tag) -> Tag:
    """One tag of two. Nothing of such a record is in effect, so of two policies the weaker does no harm."""
    if first.key in REPORT_TAGS:
        return _joined(first, second.value)
    if first.key in POLICY_TAGS:
        ranks = {policy: rank for rank, policy in enumerate(_POLICIES)}
        return min(first, second, key=lambda tag: ranks.get(_policy(tag.value) or "", len(ranks)))
    return first


def _joined(tag: Tag, more: str) -> Tag:
    return Tag(tag.text, tag.name, f"{tag.value}, {more}", tag.sound)


def _values(tags: dict[str, Tag], problems: list[Problem]) -> dict[str, str]:
    sound = {name: tag.value for name, tag in tags.items() if _SOUND.fullmatch(tag.value)}
    read = read_tags(sound)
    mended: dict[str, str] = {}
    for name, tag in tags.items():
        if name in HISTORIC_TAGS:
            continue
        if name in REPORT_TAGS:
            uris = dict.fromkeys(_uris(tag, problems))
            if uris:
                mended[name] = ",".join(uris)
            continue
        value = read.get(name)
        if value is None:
            problems.append(problem(_BAD.get(name, "bad_value"), tag.text))
            value = _policy(tag.value) if name in POLICY_TAGS else _letter(name, tag.value)
            if name == "t":
                value = None  # receivers apply the whole policy today, and would apply less
        if value is not None:
            mended[name] = value
    return mended


def _policy(value: str) -> str | None:
    """The policy that is certainly meant, or None."""
    word = re.sub(r"[^a-z]", "", value.lower())
    if word in _POLICIES:
        return word
    near = [policy for policy in _POLICIES if _distance(word, policy, 2) <= (1 if policy == "none" else 2)]
    return near[0] if len(near) == 1 else None


def _letter(name: str, value: str) -> str | None:
    """A value such as "Yes", "relaxed" or "1;" cut to the letter that is certainly meant, or None."""
    meant = {"yes": "y", "true": "y", "no": "n", "false": "n", "relaxed": "r", "strict": "s"}
    word = re.sub(r"[^a-z0-9:]", "", value.lower())
    found = meant.get(word, word)
    return read_tags({name: found})[name] if found else None


def _uris(tag: Tag, problems: list[Problem]) -> Iterator[str]:
    for text in tag.value.split(",", 100)[:100]:
        uri = text.strip(" \t")
        if len(uri) > _LONGEST_URI:
            problems.append(problem("bad_report_uri", uri))
            continue
        joined = _BLANK_IN_FRONT.sub("", uri)
        if joined != uri:
            problems.append(problem("blank_in_uri", uri))
            uri = joined
        parts = _BETWEEN_URIS.split(uri)
        if sum("@" in part for part in parts) > 1:
            problems.append(problem("uri_separator", uri))
            for part in parts:
                yield from _uri(part, tag, problems)
        else:
            yield from _uri(uri, tag, problems)


def _uri(uri: str, tag: Tag, problems: list[Problem]) -> Iterator[str]:
    found = report_uri(uri)
    if found is not None and found.uri.startswith("mailto:"):
        if "!" in uri and (address := report_address(uri)) is not None and address.size_limit:
            problems.append(problem("size_limit", uri))
        yield found.uri
        return
    bare = uri.strip("<>'. \t")
    scheme = _SCHEME.match(bare)
    misspelt = scheme is not None and _distance(scheme[1].lower(), "mailto", 2) <= 2
    if found is not None and not misspelt:
        problems.append(problem("unsupported_scheme", uri))
        yield found.uri
        return
    squeezed = re.sub(r"[ \t]+", "", bare)
    if _MAILBOX.match(bare) and not misspelt:
        problems.append(problem("missing_mailto", uri))
        bare = f"mailto:{bare}"
    elif squeezed != bare and report_uri(squeezed) is not None:
        problems.append(problem("blank_in_uri", uri))
        bare = squeezed
    else:
        problems.append(problem("bad_report_uri", uri or tag.text))
        if scheme is not None and misspelt:
            bare = f"mailto:{scheme[2]}"
    mended = report_uri(re.sub(r"^mailto:<", "mailto:", bare))
    if mended is not None:
        yield mended.uri


def _distance(one: str, other: str, limit: int) -> int:
    """Insertions, deletions, changes and swaps of neighbours between two words; `limit` + 1 where certainly more than that."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before, row = list[int](), list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b)))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                row[j] = min(row[j], older[j - 2] + 1)
    return row[-1]
