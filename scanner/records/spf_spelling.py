"""The spelling of SPF terms: what people write, and the terms that they mean by it.

Each step takes the tokens of a record (what stands between spaces) and gives them as they were meant, with a note for
whatever it changes. A token that has no one reading is left as it is.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
from typing import Final

from rules.facts import Problem
from scanner.records.spf import BadTerm, Mechanism, Modifier, read_term
from scanner.records.spf_problems import problem

__all__ = ["CLEAN_RECORD", "Notes", "spell"]

_MECHANISM_AND_COLON = re.compile(r"[+?~-]?(?:include|exists|ipv?[46]|ip|a|mx|ptr):|(?:redirect|exp)=", re.IGNORECASE)
_BARE_NAME = re.compile(r"[+?~-]?(?:include|exists|ipv?[46]|ip|a|mx|ptr|redirect|exp)", re.IGNORECASE)
_TERM_START = re.compile(
    r"[+?~-]?(?:(?:all|a|mx|ptr)$|(?:include|exists|ipv?[46]|ip|a|mx|ptr):|(?:redirect|exp)=|v=spf1)", re.IGNORECASE
)
_BOUNDARY = re.compile(
    r"(?<![:=+?~._-])(?=[+?~-]?(?:include|exists|ipv?[46]):)(?<!^)|(?<![:=+?~._-])(?=redirect=|v=spf1)(?<!^)",
    re.IGNORECASE,
)
_ALL_AT_END = re.compile(r"(.+)([~?+-]all)", re.IGNORECASE)
_ALL_AT_START = re.compile(r"([~?+-]all)(.+)", re.IGNORECASE)
_RUN = re.compile(r"(?:[+?~-]?(?:mx|ptr|a(?!ll)))+(?:[+?~-]all)?", re.IGNORECASE)
_RUN_PARTS = re.compile(r"[+?~-]?(?:all|mx|ptr|a)", re.IGNORECASE)
_IP_TERM = re.compile(r"([+?~-]?)(ipv?[46]|ip):(.+)", re.IGNORECASE)
_NAME_TERM = re.compile(r"([+?~-]?)(a|mx|include):(.+)", re.IGNORECASE)
_REPEATED = re.compile(r"([+?~-]?)(include|exists|ip4|ip6|a|mx):\2:(.+)", re.IGNORECASE)
_EQUALS = re.compile(r"([+?~-]?(?:include|exists|ipv?[46]|ip|a|mx|ptr))=(.+)", re.IGNORECASE)
_COLON = re.compile(r"(redirect|exp):(.+)", re.IGNORECASE)
_NEEDLESS_LENGTH = re.compile(r"([+?~-]?(?:include|exists|ptr):[^/]+)/[0-9]{1,3}", re.IGNORECASE)
_MISSPELT_ALL = re.compile(r"([~?+-])(?:al|alll|aal|aall|lal|alle|a11|ali)", re.IGNORECASE)
_LETTERS_AND_COLON = re.compile(r"([+?~-]?)([A-Za-z]{4,10}):(.+)")
_HOST = re.compile(r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]\.?")
_HOST_CHARACTERS = re.compile(r"[A-Za-z0-9._-]+")
_CLEAN_TERM: Final = (
    r"(?:[+?~-]?(?:all|(?:a|mx)(?::N)?(?:/[0-9]+)?|ptr(?::N)?|include:N|ip4:[0-9.]+(?:/[0-9]+)?"
    r"|ip6:[0-9A-Fa-f:]+(?:/[0-9]+)?)|redirect=N)"
).replace("N", r"[A-Za-z0-9_.-]*[A-Za-z0-9_]\.[A-Za-z]{2,63}")
_CLEAN = re.compile(_CLEAN_TERM)
"""The usual terms, spelt as usual: most records have no others, and need no second look."""
CLEAN_RECORD: Final = re.compile(rf"v=spf1(?: +{_CLEAN_TERM})* *")
"""A record of such terms. They may still be wrong as terms: a network of 33 bits."""
_STRAY: Final = ".\"'`*)]>:!"
_REPORTING: Final = frozenset({"ra", "rp", "rr"})
"""The modifiers of RFC 6652."""
_FOREIGN = re.compile(r"ms|v|p|sp|rua|ruf|t|.*verif.*|.*validation.*|.*-site.*|.*domain.*", re.IGNORECASE)


class Notes:
    """The problems of one record, each once, in the order in which they were found."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Problem] = {}

    def add(self, code: str, where: str = "") -> None:
        self._found.setdefault((code, where), problem(code, where))

    def about(self, where: str) -> bool:
        """Something was said of this term."""
        return any(place == where for _, place in self._found)

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(self._found.values())


def spell(tokens: list[str], notes: Notes) -> list[str]:
    """The terms that the tokens mean; "v=spf1" stays a token of its own where a second record begins."""
    if all(_CLEAN.fullmatch(token) and not isinstance(read_term(token), BadTerm) for token in tokens):
        return tokens
    tokens = _without_separators(tokens, notes)
    tokens = _joined(tokens, notes)
    tokens = [piece for token in tokens for piece in _apart(token, notes)]
    found: list[str] = []
    for token in tokens:
        meant = _corrected(token, notes)
        if meant.lower() == "redirect=v=spf1" and len(tokens) > 1:
            notes.add("redirect_to_record", token)
            continue
        found.append(meant)
        _remark(meant, notes)
    return found


def _without_separators(tokens: list[str], notes: Notes) -> list[str]:
    found: list[str] = []
    for token in tokens:
        if "%" in token or (";" not in token and "," not in token):
            found.append(token)
            continue
        notes.add("separator", token)
        pieces = [piece for piece in re.split("[;,]", token) if piece]
        if len(pieces) == 2 and _BARE_NAME.fullmatch(pieces[0]) and (_address(pieces[1]) or _HOST.fullmatch(pieces[1])):
            pieces = [":".join(pieces)]
        prefix = _MECHANISM_AND_COLON.match(pieces[0]) if pieces else None
        for number, piece in enumerate(pieces):
            continues = number and prefix and (_address(piece) or _HOST.fullmatch(piece))
            found.append(prefix[0] + piece if continues and prefix else piece)
    return found


def _joined(tokens: list[str], notes: Notes) -> list[str]:
    """Terms that have a space inside them."""
    found: list[str] = []
    for token in tokens:
        before = found[-1] if found else ""
        belongs = (
            (bool(_MECHANISM_AND_COLON.fullmatch(before)) and not _TERM_START.match(token) and len(token) > 1)
            or (before in ("+", "-", "~", "?") and bool(_TERM_START.match(token)) and token[0] not in "+-~?")
            or (token[0] in ":=" and bool(_BARE_NAME.fullmatch(before)))
            or (bool(re.fullmatch(r"//?[0-9]+", token)) and bool(_IP_TERM.fullmatch(before)) and "/" not in before)
            or (before.endswith("/") and token.isdigit() and bool(_IP_TERM.fullmatch(before)))
        )
        if belongs:
            notes.add("space_in_term", f"{before} {token}")
            found[-1] = before + token
        else:
            found.append(token)
    return found


def _apart(token: str, notes: Notes) -> list[str]:
    """The terms that run together in a token."""
    ends = [match.start() for match in _BOUNDARY.finditer(token) if match.start()]
    pieces = [token[a:b] for a, b in zip([0, *ends], [*ends, len(token)], strict=True)]
    if len(pieces) > 1:
        notes.add("missing_space", token)
    found: list[str] = []
    for glued in pieces:
        piece = glued
        if glued[:6].lower() == "v=spf1" and len(glued) > 6:
            notes.add("missing_space", token)
            found.append(glued[:6])
            piece = glued[6:]
        if (match := _RUN.fullmatch(piece)) and len(parts := _RUN_PARTS.findall(piece)) > 1:
            notes.add("missing_space", piece)
            found += parts
        elif (match := _ALL_AT_END.fullmatch(piece)) and isinstance(
            read_term(_corrected(match[1], Notes())), Mechanism
        ):
            notes.add("missing_space", piece)
            found += [match[1], match[2]]
        elif (match := _ALL_AT_START.fullmatch(piece)) and not _MISSPELT_ALL.fullmatch(piece):
            if not match[2].strip(_STRAY):
                notes.add("stray_punctuation", piece)
                found.append(match[1])
            elif not match[2][0].isalnum() or "=" in match[2]:
                notes.add("foreign_text", match[2])
                found += [match[1], match[2]]
            else:
                found.append(piece)
        else:
            found.append(piece)
    return found


def _corrected(token: str, notes: Notes) -> str:
    """The term that one token means; the token itself where that is not certain."""
    meant = token
    if match := _EQUALS.fullmatch(meant):
        notes.add("equals_instead_of_colon", token)
        meant = f"{match[1]}:{match[2]}"
    if match := _COLON.fullmatch(meant):
        notes.add("colon_instead_of_equals", token)
        meant = f"{match[1]}={match[2]}"
    while match := _REPEATED.fullmatch(meant):
        notes.add("repeated_prefix", token)
        meant = f"{match[1]}{match[2]}:{match[3]}"
    if (match := _NEEDLESS_LENGTH.fullmatch(meant)) and not _is_term(meant):
        notes.add("cidr_not_allowed", token)
        meant = match[1]
    if match := _MISSPELT_ALL.fullmatch(meant):
        notes.add("misspelt_all", token)
        return f"{match[1]}all"
    if match := _IP_TERM.fullmatch(meant):
        return _corrected_ip(token, meant, match, notes)
    if (match := _NAME_TERM.fullmatch(meant)) and (version := _address(match[3])):
        notes.add("address_as_name", token)
        return f"{match[1]}ip{version}:{match[3]}"
    sign = meant[:1] if meant[:1] in ("+", "-", "~", "?") else ""
    if version := _address(meant[len(sign) :]):
        notes.add("bare_address", token)
        return f"{sign}ip{version}:{meant[len(sign) :]}"
    if (match := _LETTERS_AND_COLON.fullmatch(meant)) and isinstance(read_term(meant), BadTerm):
        close = difflib.get_close_matches(match[2].lower(), ("include", "exists"), n=1, cutoff=0.75)
        if close and _HOST.fullmatch(match[3]) and match[2].lower() != close[0]:
            notes.add("misspelt_mechanism", token)
            meant = f"{match[1]}{close[0]}:{match[3]}"
    return _without_final_dot(token, meant, notes)


def _corrected_ip(token: str, meant: str, match: re.Match[str], notes: Notes) -> str:
    sign, name, value = match[1], match[2].lower(), match[3]
    if again := re.fullmatch(r"(?:ipv?[46]|ip):(.+)", value, re.IGNORECASE):
        notes.add("repeated_prefix", token)
        value = again[1]
    version = _address(value)
    if not version:
        if _HOST.fullmatch(value):
            notes.add("name_as_address", token)
        elif name not in ("ip4", "ip6"):
            notes.add("ip_mechanism_name", token)
        return meant
    if name not in ("ip4", "ip6"):
        notes.add("ip_mechanism_name", token)
    elif name != f"ip{version}":
        notes.add("wrong_family", token)
    elif value == match[3]:
        return meant
    return f"{sign}ip{version}:{value}"


def _without_final_dot(token: str, meant: str, notes: Notes) -> str:
    if not meant.endswith("."):
        return meant
    shorter = meant[:-1]
    if isinstance(read_term(shorter), Mechanism) or (shorter.lower().startswith("redirect=") and _is_term(shorter)):
        notes.add("trailing_dot", token)
        return shorter
    return meant


def _is_term(token: str) -> bool:
    return not isinstance(read_term(token), BadTerm)


def _remark(token: str, notes: Notes) -> None:
    """What is to be said of a term that is not changed."""
    term = read_term(token)
    if isinstance(term, Mechanism):
        if term.domain and not term.domain.has_macros and not _HOST_CHARACTERS.fullmatch(term.domain.text):
            notes.add("not_a_host_name", token)
    elif isinstance(term, Modifier):
        if term.name not in ("redirect", "exp", "v") and term.name not in _REPORTING:
            notes.add("foreign_text" if _FOREIGN.fullmatch(term.name) else "unknown_modifier", token)
    elif _HOST.fullmatch(token):
        notes.add("bare_name", token)


def _address(text: str) -> int:
    """4 or 6 where the text is an address of that family, with or without a length; 0 where it is none."""
    address, slash, length = text.partition("/")
    if slash and not (length.isascii() and length.isdigit()):
        return 0
    if len(address) > 45 or "%" in address:
        return 0
    if not any(mark in address for mark in ".:") or not address.isascii():
        return 0
    try:
        return ipaddress.ip_address(address).version
    except ValueError:
        return 0
