"""SPF records: the complete grammar of RFC 7208 section 12, read without asking anything.

`parse` never raises: a record is its terms in order, and a term that breaks the grammar carries its fault. Any fault,
wherever it stands, makes the record a permerror (section 4.6). Input is the text form of `scanner.dns.answer`.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from typing import Final, Literal

import msgspec

from scanner.dns.answer import bytes_of_text, text_of_bytes
from scanner.records.spf_macros import DomainSpec, MacroError, read_domain_spec, read_macro_string

__all__ = [
    "LONGEST_KEPT",
    "BadTerm",
    "Fault",
    "Mechanism",
    "Modifier",
    "Network",
    "Record",
    "Term",
    "canonical",
    "is_spf",
    "parse",
    "read_term",
    "result_of",
]

Qualifier = Literal["+", "-", "~", "?"]


class Network(msgspec.Struct, frozen=True, gc=False):
    """The network of ip4 and ip6: the address as written, as a number, and the length; the network's lowest and highest address."""

    version: Literal[4, 6]
    address: int
    length: int
    first: int
    last: int


class Mechanism(msgspec.Struct, frozen=True, gc=False):
    """A mechanism with its qualifier. `domain` is None where the current domain is meant; `cidr4` and `cidr6` belong to a and mx."""

    text: str
    qualifier: Qualifier
    name: Literal["all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"]
    domain: DomainSpec | None = None
    network: Network | None = None
    cidr4: int = 32
    cidr6: int = 128

    @property
    def target(self) -> tuple[object, ...]:
        """What the term matches, whatever its qualifier and spelling: equal for terms that repeat each other."""
        if self.network:
            return (self.name, self.network.first, self.network.length)
        return (self.name, self.domain.text.lower().removesuffix(".") if self.domain else "", self.cidr4, self.cidr6)


class Modifier(msgspec.Struct, frozen=True, gc=False):
    """A modifier; `name` in lower case. `domain` is there for redirect and exp, which are the only ones with an effect."""

    text: str
    name: str
    value: str
    domain: DomainSpec | None = None


class Fault(msgspec.Struct, frozen=True, gc=False):
    """A syntax error: a code of `spf_problems.SYNTAX_CODES` and the term."""

    code: str
    term: str


class BadTerm(msgspec.Struct, frozen=True, gc=False):
    """A term that breaks the grammar."""

    text: str
    fault: Fault


Term = Mechanism | Modifier | BadTerm


class Record(msgspec.Struct, frozen=True, gc=False):
    """A record that begins with v=spf1.

    `evaluated` are the mechanisms that receivers read: up to the first all, that one left out. `redirect` is set only
    where it applies (there is no all, section 6.1). `faults` is empty for a valid record.
    """

    text: str
    terms: tuple[Term, ...]
    evaluated: tuple[Mechanism, ...]
    all: Mechanism | None
    redirect: Modifier | None
    faults: tuple[Fault, ...]


_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=(.*)", re.DOTALL)
_DIRECTIVE = re.compile(r"([+?~-]?)([A-Za-z0-9][A-Za-z0-9_.-]*)?(.*)", re.DOTALL)
_DUAL_CIDR = re.compile(r"(?::(.*?))?(?:/([0-9]+))?(?://([0-9]+))?", re.DOTALL)
_LENGTH = re.compile(r"0|[1-9][0-9]{0,2}")
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IP4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")
_IP4_TERM = re.compile(rf"([+?~-]?)ip4:({_OCTET}(?:\.{_OCTET}){{3}})(?:/(3[0-2]|[12]?[0-9]))?")
"""An ip4 that is written as usual and has no fault."""
_IP6 = re.compile(r"[0-9A-Fa-f:.]+")
_VISIBLE = re.compile(r"[!-~]*")
_OCTET_ESCAPE = re.compile(r"\\([0-9]{3})")
_NAMES: Final = frozenset({"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"})
_QUALIFIER_WORDS: Final[dict[str, Literal["pass", "fail", "softfail", "neutral"]]] = {
    "+": "pass",
    "-": "fail",
    "~": "softfail",
    "?": "neutral",
}


def result_of(mechanism: Mechanism) -> Literal["pass", "fail", "softfail", "neutral"]:
    """The result that a match of this mechanism gives (section 4.6.2)."""
    return _QUALIFIER_WORDS[mechanism.qualifier]


def canonical(text: str) -> str:
    r"""The text form with every escape that stands for an ordinary character undone; `\092` and `\ddd` of other octets stay."""
    return text_of_bytes(bytes_of_text(text)) if "\\" in text else text


def is_spf(text: str) -> bool:
    """A TXT that counts as an SPF record: exactly "v=spf1", in any case, then a space or the end (section 4.5)."""
    if "\\" in text:
        text = canonical(text)
    return text[6:7] in ("", " ") and text[:6].lower() == "v=spf1"


def parse(text: str) -> Record:
    """Reads a record for which `is_spf` holds (any text is taken: what stands before the first space is the version)."""
    return _parse_kept(text) if len(text) <= LONGEST_KEPT else _parse(text)


LONGEST_KEPT: Final = 2048
"""Characters. Longer texts are read anew each time, so that hostile ones cannot fill the memory."""


def _parse(text: str) -> Record:
    terms: list[Term] = []
    evaluated: list[Mechanism] = []
    end: Mechanism | None = None
    redirect: Modifier | None = None
    seen: set[str] = set()
    faults: list[Fault] = []
    for token in canonical(text).split(" ")[1:]:
        if not token:
            continue
        term = read_term(token)
        if isinstance(term, Mechanism):
            if end is None and term.name == "all":
                end = term
            elif end is None:
                evaluated.append(term)
        elif isinstance(term, Modifier):
            if term.name in seen and term.name in ("redirect", "exp"):
                term = BadTerm(token, Fault("repeated_modifier", token))
            else:
                seen.add(term.name)
                redirect = term if term.name == "redirect" else redirect
        if isinstance(term, BadTerm):
            faults.append(term.fault)
        terms.append(term)
    return Record(
        text=text,
        terms=tuple(terms),
        evaluated=tuple(evaluated),
        all=end,
        redirect=None if end else redirect,
        faults=tuple(faults),
    )


_parse_kept = functools.lru_cache(maxsize=4096)(_parse)


def read_term(token: str) -> Term:
    """One term, without the spaces around it, in canonical text form."""
    return _read_kept(token) if len(token) <= LONGEST_KEPT // 8 else _read(token)


def _read(token: str) -> Term:
    if (match := _IP4_TERM.fullmatch(token)) is not None:
        # The most frequent of all terms, and one that seldom repeats.
        sign, text, digits = match.groups()
        network = _network(4, _ip4_number(text), int(digits) if digits else 32)
        return Mechanism(token, sign or "+", "ip4", None, network)  # type: ignore[arg-type]
    plain = _OCTET_ESCAPE.sub(lambda match: chr(int(match[1])), token) if "\\" in token else token
    if not _VISIBLE.fullmatch(plain):
        return BadTerm(token, Fault("bad_character", token))
    try:
        found: Mechanism | Modifier | str = (_read_modifier(token, plain) if "=" in plain else None) or _read_directive(
            token, plain
        )
    except MacroError:
        found = "bad_macro"
    return BadTerm(token, Fault(found, token)) if isinstance(found, str) else found


_read_kept = functools.lru_cache(maxsize=8192)(_read)


def _read_modifier(token: str, plain: str) -> Modifier | str | None:
    """The modifier, a fault's code, or None where the "=" belongs to a mechanism's value."""
    match = _MODIFIER.fullmatch(plain)
    if not match:
        before = plain.partition("=")[0]
        return None if before[:1] in ("+", "-", "~", "?") or ":" in before or "/" in before else "bad_modifier"
    name, value = match[1].lower(), match[2]
    if name not in ("redirect", "exp"):
        read_macro_string(value)
        return Modifier(token, name, value)
    if not value:
        return "missing_domain"
    domain = read_domain_spec(value)
    return Modifier(token, name, value, domain) if domain else "bad_domain"


def _read_directive(token: str, plain: str) -> Mechanism | str:
    """The mechanism, or a fault's code."""
    match = _DIRECTIVE.fullmatch(plain)
    sign, name, rest = match.groups() if match else ("", None, plain)
    name = (name or "").lower()
    if name not in _NAMES or (rest and rest[0] not in ":/"):
        return "unknown_mechanism"
    qualifier: Qualifier = sign or "+"  # type: ignore[assignment]
    if name == "all":
        return "unexpected_value" if rest else Mechanism(token, qualifier, "all")
    if name in ("ip4", "ip6"):
        network = _read_network(rest, 4 if name == "ip4" else 6)
        return network if isinstance(network, str) else Mechanism(token, qualifier, name, network=network)  # type: ignore[arg-type]
    if name in ("a", "mx"):
        return _read_host_mechanism(token, qualifier, name, rest)  # type: ignore[arg-type]
    if not rest and name == "ptr":
        return Mechanism(token, qualifier, "ptr")
    if len(rest) < 2 or rest[0] != ":":
        return "unexpected_value" if name == "ptr" and rest[:1] == "/" else "missing_domain"
    domain = read_domain_spec(rest[1:])
    return Mechanism(token, qualifier, name, domain) if domain else "bad_domain"  # type: ignore[arg-type]


def _read_host_mechanism(token: str, qualifier: Qualifier, name: Literal["a", "mx"], rest: str) -> Mechanism | str:
    match = _DUAL_CIDR.fullmatch(rest)
    if not match:
        return "bad_cidr"
    value, length4, length6 = match.groups()
    domain = None
    if value is not None:
        if not value:
            return "missing_domain"
        domain = read_domain_spec(value)
        if domain is None:
            return "bad_domain"
    cidr4 = 32 if length4 is None else _read_length(length4, 32)
    cidr6 = 128 if length6 is None else _read_length(length6, 128)
    if cidr4 is None or cidr6 is None:
        return "bad_cidr"
    return Mechanism(token, qualifier, name, domain, None, cidr4, cidr6)


def _read_network(rest: str, version: Literal[4, 6]) -> Network | str:
    if rest[:1] != ":" or len(rest) < 2:
        return "missing_address"
    text, slash, digits = rest[1:].partition("/")
    if version == 4:
        if not _IP4.fullmatch(text):
            return "bad_address"
        address = _ip4_number(text)
    else:
        if len(text) > 45 or not _IP6.fullmatch(text):
            return "bad_address"
        try:
            address = int(ipaddress.IPv6Address(text))
        except ValueError:
            return "bad_address"
    most = 32 if version == 4 else 128
    length = _read_length(digits, most) if slash else most
    return "bad_cidr" if length is None else _network(version, address, length)


def _ip4_number(text: str) -> int:
    a, b, c, d = text.split(".")
    return int(a) << 24 | int(b) << 16 | int(c) << 8 | int(d)


def _network(version: Literal[4, 6], address: int, length: int) -> Network:
    host_bits = (32 if version == 4 else 128) - length
    first = address >> host_bits << host_bits
    return Network(version, address, length, first, first | (1 << host_bits) - 1)


def _read_length(digits: str, most: int) -> int | None:
    return int(digits) if _LENGTH.fullmatch(digits) and int(digits) <= most else None
