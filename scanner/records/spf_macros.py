"""SPF macros: the macro-string of RFC 7208 section 7, read and, where no sender is needed, expanded.

macro-string  = *( macro-expand / macro-literal )
macro-expand  = ( "%{" macro-letter transformers *delimiter "}" ) / "%%" / "%_" / "%-"
macro-letter  = "s" / "l" / "o" / "d" / "i" / "p" / "h" / "c" / "r" / "t" / "v"
transformers  = *DIGIT [ "r" ]
delimiter     = "." / "-" / "+" / "," / "/" / "_" / "="
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

import msgspec

__all__ = ["DomainSpec", "Macro", "MacroError", "expand", "read_domain_spec", "read_macro_string"]

_MACRO = re.compile(r"%(?:\{([A-Za-z])([0-9]*)([rR]?)([-.+,/_=]*)\}|([%_-]))")
_LITERALS: Final = {"%": "%", "_": " ", "-": "%20"}
_EVERYWHERE: Final = frozenset("slodiphv")
_ONLY_IN_EXPLANATIONS: Final = frozenset("crt")
_LONGEST_NAME: Final = 253
_HYPHENATED_LABEL = re.compile(r"[A-Za-z0-9]+-(?:[A-Za-z0-9-]*[A-Za-z0-9])")


class MacroError(ValueError):
    """A "%" that begins no macro, or a macro letter that is not allowed here."""


class Macro(msgspec.Struct, frozen=True, gc=False):
    """One macro: letter in lower case, how many right-hand parts to keep (0: all), reversed or not, where to split, URL-escaped or not."""

    letter: str
    parts: int
    reverse: bool
    delimiters: str
    escape: bool

    @property
    def sender_dependent(self) -> bool:
        """Everything but the current domain (d) and the domain of the sender (o), which is the one that is checked."""
        return self.letter not in "do"


class DomainSpec(msgspec.Struct, frozen=True, gc=False):
    """A domain-spec as published, and read: literal pieces and macros in order."""

    text: str
    pieces: tuple[str | Macro, ...]

    @property
    def sender_dependent(self) -> bool:
        """What it expands to depends on who sends, from where."""
        return any(isinstance(piece, Macro) and piece.sender_dependent for piece in self.pieces)

    @property
    def has_macros(self) -> bool:
        return any(isinstance(piece, Macro) for piece in self.pieces)


def read_macro_string(text: str, *, explanation: bool = False) -> tuple[str | Macro, ...]:
    """The pieces of a macro-string; `explanation` allows c, r and t (section 7.2). MacroError where it is not one.

    The digits of a transformer must not be zero (section 7.3).
    """
    if "%" not in text:
        return (text,) if text else ()
    pieces: list[str | Macro] = []
    literal: list[str] = []
    end = 0
    while (start := text.find("%", end)) >= 0:
        match = _MACRO.match(text, start)
        if not match:
            raise MacroError(text[start:])
        literal.append(text[end:start])
        letter, digits, reverse, delimiters, escaped = match.groups()
        if escaped:
            literal.append(_LITERALS[escaped])
        else:
            lower = letter.lower()
            if lower not in _EVERYWHERE and not (explanation and lower in _ONLY_IN_EXPLANATIONS):
                raise MacroError(match[0])
            if digits and not digits.strip("0"):
                raise MacroError(match[0])
            if before := "".join(literal):
                pieces.append(before)
            literal.clear()
            # More parts than a name can have labels are all of them; int() of endless digits would be slow.
            parts = int(digits) if 0 < len(digits) < 6 else 0
            pieces.append(Macro(lower, parts, bool(reverse), delimiters, letter.isupper()))
        end = match.end()
    literal.append(text[end:])
    if rest := "".join(literal):
        pieces.append(rest)
    return tuple(pieces)


def read_domain_spec(text: str) -> DomainSpec | None:
    """The domain-spec, or None where it does not end in a toplabel or macro (RFC 7208 section 7.1). MacroError as above.

    domain-spec = macro-string domain-end;  domain-end = ( "." toplabel [ "." ] ) / macro-expand
    """
    pieces = read_macro_string(text)
    if not _ends_in_macro(text):
        before, dot, label = text.removesuffix(".").rpartition(".")
        del before
        if not dot or not (_is_alphanumeric_toplabel(label) or _HYPHENATED_LABEL.fullmatch(label)):
            return None
    return DomainSpec(text, pieces)


def _is_alphanumeric_toplabel(label: str) -> bool:
    return label.isascii() and label.isalnum() and not label.isdigit()


def _ends_in_macro(text: str) -> bool:
    end = 0
    while (start := text.find("%", end)) >= 0:
        match = _MACRO.match(text, start)
        if not match:
            return False
        end = match.end()
    return 0 < end == len(text)


def expand(spec: DomainSpec, *, domain: str, origin: str) -> str | None:
    """The name that a domain-spec stands for, without final dot, or None where it depends on the sender.

    `domain` is the current <domain> (d), `origin` the domain that is checked (o). A name of more than 253 characters
    that macros made loses labels on the left (section 7.3).
    """
    if len(spec.pieces) == 1 and isinstance(spec.pieces[0], str):
        return spec.pieces[0].removesuffix(".")
    found: list[str] = []
    for piece in spec.pieces:
        if isinstance(piece, str):
            found.append(piece)
        elif piece.sender_dependent:
            return None
        else:
            found.append(_transform(piece, domain if piece.letter == "d" else origin))
    name = "".join(found).removesuffix(".")
    while len(name) > _LONGEST_NAME and "." in name:
        name = name.partition(".")[2]
    return name


def _transform(macro: Macro, value: str) -> str:
    parts = re.split(f"[{re.escape(macro.delimiters or '.')}]", value)
    if macro.reverse:
        parts.reverse()
    if macro.parts:
        parts = parts[-macro.parts :]
    joined = ".".join(parts)
    return quote(joined, safe="") if macro.escape else joined
