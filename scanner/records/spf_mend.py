"""Near misses in SPF records, and the record that was surely meant.

`mend` reads a TXT as a person would: it says what is wrong with it (codes of `spf_problems`) and gives the terms that
were meant, but only where there is one reading. It never drops a term that lets a sender pass today.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Final

import msgspec

from rules.facts import Problem
from scanner.records.spf import LONGEST_KEPT, BadTerm, Mechanism, Modifier, canonical, is_spf, parse, read_term
from scanner.records.spf_spelling import CLEAN_RECORD, Notes, spell

__all__ = ["Mended", "mend", "merge", "write"]

_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]|\\\\160")
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]|\\\\150|\\\\151")
_SMART_QUOTES = re.compile("[\u2018-\u201f\u00ab\u00bb\u2039\u203a\u2032\u2033]|\\\\14[5-8]")
_BREAKS = re.compile(r"[\t\n\r\v\f]")
_QUOTED_SPLIT = re.compile(r'"(\s*)"')
_SEPARATE_TERM = re.compile(r"[+?~-]|[A-Za-z][A-Za-z0-9]*[:=]|mx(?:/|$)", re.ASCII | re.IGNORECASE)

_VERSION = re.compile(r"v=spf1", re.IGNORECASE)
_MISSPELT = re.compile(
    r"(?:v\s*[=:]?\s*(?:spf|sfp|psf|spfv)\s*[=.:]?\s*[0-9il]{0,2}(?:\.0)?|v\s*=\s*sp1f|spf\s?v?=?1)(?=[\s;,]|$)",
    re.IGNORECASE,
)
_SENDER_ID = re.compile(r"(?:v=)?spf2\.0(?:/\S*)?", re.IGNORECASE)
_PREFIXED = re.compile(r"(\S{1,64}?)\s*(v=spf1)(?=\s|$)", re.IGNORECASE)
_LONGEST_TERM: Final = 300
"""Characters; a name has 253."""
_SOFTEST_LAST: Final = "-~?+"


class Mended(msgspec.Struct, frozen=True, gc=False):
    """What was found. `terms` are those that were surely meant, without the version, or None where that is not certain.

    `changed` says that they differ from what is published; where it is false the published text is fine as it is.
    """

    problems: tuple[Problem, ...]
    terms: tuple[str, ...] | None
    changed: bool


def write(terms: Sequence[str]) -> str:
    """The record of these terms."""
    return " ".join(["v=spf1", *terms])


def mend(text: str, strings: tuple[str, ...] = ()) -> Mended | None:
    """What is wrong with a TXT that is or resembles an SPF record; None for a TXT that has nothing to do with SPF.

    `strings` are the TXT's character-strings where there is more than one, in the text form of `scanner.dns.answer`.
    """
    return _mend_kept(text, strings) if len(text) <= LONGEST_KEPT else _mend_surely(text, strings)


def _mend_surely(text: str, strings: tuple[str, ...]) -> Mended | None:
    if not strings and (terms := _as_meant(text)) is not None:
        return Mended((), terms, False)
    mended = _mend(text, strings)
    if mended is not None and mended.terms is not None and mended.changed:
        again = _mend(write(mended.terms), ())
        if again is None or again.terms != mended.terms:
            # What mends to something that needs mending has more than one reading.
            return Mended(mended.problems, None, False)
    return mended


def _as_meant(text: str) -> tuple[str, ...] | None:
    """The terms of a record that is spelt as usual, and none of which is without effect: nearly every one is like that."""
    if not CLEAN_RECORD.fullmatch(text):
        return None
    record = parse(text)
    effective = len(record.evaluated) + (record.all is not None) + (record.redirect is not None)
    if record.faults or effective != len(record.terms):
        return None
    if len({term.target for term in record.evaluated}) != len(record.evaluated):
        return None
    return tuple([term.text for term in record.terms])


_mend_kept = functools.lru_cache(maxsize=512)(_mend_surely)
"""A domain's text is looked at several times, once for each of its facts."""


def _mend(text: str, strings: tuple[str, ...]) -> Mended | None:
    notes = Notes()
    published = canonical(text)
    if not is_spf(published) and "spf" not in published.lower() and "ſ" not in published:
        return None
    pieces = tuple(canonical(string) for string in strings)
    joined = _join(pieces, notes) if len(pieces) > 1 and "".join(pieces) == published else published
    body = _without_version(_with_right_characters(joined, notes), notes)
    if body is None:
        return Mended(notes.problems, None, False) if notes.problems else None
    parts = _records([token for token in body.split(" ") if token], notes)
    terms = merge([_settle(part, notes) for part in parts])
    if terms is None:
        for fault in (fault for part in parts for fault in parse(write(part)).faults):
            if not notes.about(fault.term):
                notes.add(fault.code, fault.term)
    elif is_spf(published):
        # What a redirect= beside all does not do any more makes the published record a permerror all the same.
        for fault in parse(published).faults:
            if fault.code == "repeated_modifier":
                notes.add(fault.code, fault.term)
    changed = not is_spf(published) or terms != tuple(t for t in published.split(" ")[1:] if t)
    if not is_spf(published) and not terms:
        terms = None
    return Mended(notes.problems, terms, changed and terms is not None)


def _join(strings: tuple[str, ...], notes: Notes) -> str:
    """The strings joined as receivers do (section 3.3), but with a split that hurts mended."""
    text = strings[0]
    for string in strings[1:]:
        left = text.rstrip(" ").rpartition(" ")[2]
        right = string.lstrip(" ").partition(" ")[0]
        spaced = text.endswith(" ") or string.startswith(" ")
        left_stands, right_stands = _stands_alone(left), _stands_alone(right)
        if spaced and left and right and not (left_stands and right_stands) and _stands_alone(left + right):
            notes.add("split_inside_term", left + right)
            text = text.rstrip(" ") + string.lstrip(" ")
        elif not spaced and left_stands and right_stands and _is_separate(left, right):
            notes.add("split_without_space", left + right)
            text = f"{text} {string}"
        else:
            text += string
    return text


def _stands_alone(token: str) -> bool:
    if len(token) > _LONGEST_TERM:
        return False
    return bool(_VERSION.fullmatch(token)) or isinstance(read_term(token), Mechanism | Modifier)


def _is_separate(left: str, right: str) -> bool:
    return bool(_VERSION.fullmatch(left) or (_SEPARATE_TERM.match(right) and not left.endswith(".")))


def _with_right_characters(text: str, notes: Notes) -> str:
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return text
    quoted = '"' in text
    for code, pattern, instead in (
        ("zero_width", _INVISIBLE, ""),
        ("no_break_space", _SPACES, " "),
        ("control_character", _BREAKS, " "),
        ("dash_lookalike", _DASHES, "-"),
        ("smart_quotes", _SMART_QUOTES, '"'),
    ):
        if found := pattern.search(text):
            notes.add(code, _around(text, found.start()))
            text = pattern.sub(instead, text)
    if '"' in text:
        if quoted:
            notes.add("literal_quotes", _around(text, text.index('"')))
        text = _QUOTED_SPLIT.sub(_at_quoted_split, text).replace('"', "")
    return text


def _around(text: str, place: int) -> str:
    """What stands between the ASCII spaces around a place."""
    return text[text.rfind(" ", 0, place) + 1 :].partition(" ")[0]


def _at_quoted_split(match: re.Match[str]) -> str:
    """What stands for `" "` inside the text: a zone file's split, so nothing, unless that runs two terms together."""
    left = match.string[: match.start()].rpartition(" ")[2].strip('"')
    right = match.string[match.end() :].partition(" ")[0].strip('"')
    apart = _stands_alone(left) and _stands_alone(right) and _is_separate(left, right)
    return " " if apart else ""


def _without_version(text: str, notes: Notes) -> str | None:
    """What follows the version; None where the text is not SPF, with a note where it resembles it."""
    stripped = text.lstrip(" ")
    if _VERSION.match(stripped):
        if stripped != text:
            notes.add("leading_space", stripped.partition(" ")[0])
        return _after_version(stripped, notes)
    if match := _SENDER_ID.match(stripped):
        notes.add("sender_id", match[0])
        return None
    if match := _MISSPELT.match(stripped):
        notes.add("misspelt_version", match[0])
        return stripped[match.end() :].lstrip(" ;,:")
    if match := _PREFIXED.match(stripped):
        notes.add("text_before_version", match[1])
        return stripped[match.end() :]
    return None


def _after_version(text: str, notes: Notes) -> str:
    version, rest = text[:6], text[6:]
    if not rest or rest[0] == " ":
        if version != "v=spf1":
            notes.add("uppercase_version", version)
        return rest
    if rest[0] in ";,:":
        notes.add("separator" if rest[0] in ";," else "misspelt_version", text.split(" ", maxsplit=1)[0])
        return rest.lstrip(";,: ")
    if rest[0] in "0123456789.":
        notes.add("misspelt_version", text.split(" ", maxsplit=1)[0])
        return rest.lstrip("0123456789.")
    notes.add("version_without_space", text.split(" ", maxsplit=1)[0])
    return rest


def _records(tokens: list[str], notes: Notes) -> list[list[str]]:
    """The terms as they were meant, of each record that the text holds."""
    parts: list[list[str]] = [[]]
    for token in spell(tokens, notes):
        if _VERSION.fullmatch(token):
            notes.add("two_records_in_one", token)
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _settle(tokens: list[str], notes: Notes) -> list[str]:
    """One record's terms without those that have no effect: repeated, after all, or a redirect= beside all."""
    terms = [read_term(token) for token in tokens]
    has_all = any(isinstance(term, Mechanism) and term.name == "all" for term in terms)
    ended = False
    seen: set[tuple[object, ...]] = set()
    kept: list[str] = []
    for term in terms:
        if isinstance(term, Modifier) and term.name == "redirect" and has_all:
            notes.add("redirect_ignored", term.text)
        elif isinstance(term, Modifier) and term.name == "exp":
            kept.append(term.text)
        elif ended:
            notes.add("text_after_all", term.text)
        elif isinstance(term, Mechanism):
            if term.target in seen:
                notes.add("repeated_term", term.text)
                continue
            seen.add(term.target)
            ended = term.name == "all"
            kept.append(term.text)
        else:
            kept.append(term.text)
    return kept


def merge(records: Sequence[Sequence[str]]) -> tuple[str, ...] | None:
    """One record's terms that let pass whoever one of the records (their terms) lets pass; None where a term is not valid.

    The end is the most lenient of the ends. A redirect= becomes an include where the records end differently.
    """
    read = [[read_term(token) for token in record] for record in records]
    if any(isinstance(term, BadTerm) for record in read for term in record):
        return None
    if len(read) == 1:
        names = [term.name for term in read[0] if isinstance(term, Modifier) and term.name in ("redirect", "exp")]
        return tuple(records[0]) if len(names) == len(set(names)) else None
    ends: set[str] = set()
    mechanisms: dict[tuple[object, ...], str] = {}
    modifiers: dict[str, str] = {}
    for record in read:
        for term in record:
            if isinstance(term, Modifier):
                if term.name == "redirect":
                    ends.add(term.text.lower())
                modifiers.setdefault(term.name, term.text)
            elif isinstance(term, Mechanism) and term.name == "all":
                ends.add(term.qualifier)
            elif isinstance(term, Mechanism):
                mechanisms.setdefault(term.target, term.text)
    signs = sorted((end for end in ends if len(end) == 1), key=_SOFTEST_LAST.index)
    if len(ends) > 1 and "redirect" in modifiers:
        del modifiers["redirect"]
        for end in sorted(ends - set(signs)):
            term = read_term("include:" + end.partition("=")[2])
            if isinstance(term, Mechanism):
                mechanisms.setdefault(term.target, term.text)
    last = [modifiers.pop(name) for name in ("redirect", "exp") if name in modifiers]
    return (*mechanisms.values(), *modifiers.values(), *([f"{signs[-1]}all"] if signs else []), *last)
