"""The only module that imports checkdmarc, and the only words in which the rest of the project speaks to it.

checkdmarc decides what a DMARC tag's value means and whether a report address is a URI; it knows public suffixes; and in
benchmarks it gives a second opinion on whole domains. It never asks DNS: records are handed to it without report
addresses (the only part of its parser that looks anything up), and second opinions read answers already collected.

What it does not decide here, because version 6.0.4 answers otherwise than RFC 9989 or hides something (each is a named
case in the tests): which TXT counts as a record and what follows from several; tags that it drops (pct, rf, ri); one bad
value, where it refuses the whole record; empty tags (";;"); what an unknown answer means; inheritance and the tree walk.

Importing checkdmarc takes 0.3 to 0.5 s. Importing this module is cheap; `warm` does the rest, in a thread if wished.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import re
import sys
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec

from scanner.dns.answer import Answer, Status, bytes_of_text

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

__all__ = [
    "CANONICAL",
    "CollectedAnswers",
    "Opinion",
    "ReportAddress",
    "base_domain",
    "dmarc_opinion",
    "is_plain_mailto",
    "read_tags",
    "report_address",
    "spf_opinion",
    "warm",
]

VALUE_TAGS = ("p", "sp", "np", "t", "psd", "adkim", "aspf", "fo")
"""The tags whose values `read_tags` reads."""
_POLICIES = frozenset({"none", "quarantine", "reject"})
_ALIGNMENTS = frozenset({"r", "s"})
CANONICAL: Mapping[str, frozenset[str]] = {
    "p": _POLICIES,
    "sp": _POLICIES,
    "np": _POLICIES,
    "t": frozenset({"y", "n"}),
    "psd": frozenset({"y", "n", "u"}),
    "adkim": _ALIGNMENTS,
    "aspf": _ALIGNMENTS,
    "fo": frozenset({"0", "1", "d", "s"}),
}
"""Values as RFC 9989 section 4.7 spells them. They mean themselves, so that what nearly every record holds is read
without loading checkdmarc; whatever else stands there is for its grammar. A test holds the two together.
"""
_PLAIN_MAILTO = re.compile(
    r"mailto:([A-Za-z0-9]+(?:[._+-][A-Za-z0-9]+)*@((?:[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*\.)+[A-Za-z]{2,20}))"
)
"""Addresses that are beyond doubt; in any other URI checkdmarc tells what is one."""
_LONGEST_LABEL = 63
_LONGEST_CACHED = 200
"""Characters of values up to which they are remembered: the cache is bounded in memory, not only in number."""


class ReportAddress(msgspec.Struct, frozen=True, gc=False):
    """A report URI: scheme in lower case, the mail address (or, for another scheme, the whole URI), a historic size limit or ""."""

    scheme: str
    address: str
    size_limit: str = ""


@dataclass(frozen=True, slots=True)
class Opinion:
    """checkdmarc's own verdict on a domain. `unknown` names the questions whose answers it took for absence."""

    valid: bool
    record: str | None
    location: str | None
    error: str
    tags: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()


class _NoDns:
    """Stands where checkdmarc expects a resolver. Neither a DNSException nor an OSError: those it would swallow."""

    lifetime = timeout = 1.0
    nameservers: tuple[str, ...] = ()

    def resolve(self, name: object, rdtype: object, lifetime: float | None = None, **_: object) -> Any:
        raise RuntimeError(f"a record is read without DNS, yet checkdmarc asked for {rdtype} {name}")


_NO_DNS = _NoDns()
_LOADING = threading.Lock()


@functools.cache
def _load() -> SimpleNamespace:
    # Once only, whichever thread comes first: loading replaces checkdmarc's process-wide cache of answers, whose
    # keys ignore the resolver, so that two domains' collected answers would leak into one another.
    modules = _modules()

    class NoCache(modules["utils"].ExpiringDict):  # type: ignore[misc]  # checkdmarc carries no types
        def __init__(self) -> None:
            super().__init__(max_len=1, max_age_seconds=0)

        def get(self, *_: object, **__: object) -> None:
            return None

        def __setitem__(self, key: object, value: object) -> None:
            pass

    modules["utils"].DNS_CACHE = NoCache()
    return SimpleNamespace(**modules)


def _modules() -> dict[str, Any]:
    """The three modules of checkdmarc that are used here, without what its package file loads besides.

    `checkdmarc/__init__.py` imports every check, with requests, cryptography and the BIMI code behind them, a third of
    the time of a short run. While an empty package stands in its place, only what the three modules need is imported.
    What was loaded so is kept here alone: another `import checkdmarc` in this process gets a whole package of its own.
    """
    names = ("dmarc", "spf", "utils")
    found = importlib.util.find_spec("checkdmarc")
    if found is None:
        raise ImportError("checkdmarc is not installed; install mailready again")
    others = _taken_out()
    sys.modules["checkdmarc"] = importlib.util.module_from_spec(found)
    try:
        return {name: importlib.import_module(f"checkdmarc.{name}") for name in names}
    finally:
        _taken_out()
        sys.modules.update(others)


def _taken_out() -> dict[str, ModuleType]:
    """What is loaded of checkdmarc, no longer to be found by an import."""
    # A copy, made in one step: other threads go on importing.
    loaded = [name for name in list(sys.modules) if name == "checkdmarc" or name.startswith("checkdmarc.")]
    return {name: sys.modules.pop(name) for name in loaded}


def _checkdmarc() -> SimpleNamespace:
    with _LOADING:
        return _load()


def warm() -> None:
    """Imports checkdmarc. Safe to call from a thread while the first answers travel, and again at any time."""
    _checkdmarc()


def read_tags(tags: Mapping[str, str]) -> dict[str, str | None]:
    """The values of `VALUE_TAGS`, in lower case; None where a value is not one that RFC 9989 section 4.7 allows.

    `tags` maps names in lower case to values as published: printable ASCII without ";" and not empty. Other names are
    left alone. Nothing is asked and nothing raised.
    """
    wanted = tuple((name, value) for name, value in tags.items() if name in VALUE_TAGS)
    if all(value in CANONICAL[name] for name, value in wanted):
        return dict(wanted)
    if sum(len(value) for _, value in wanted) > _LONGEST_CACHED:
        return dict(_read_values.__wrapped__(wanted))
    return dict(_read_values(wanted))


@functools.lru_cache(maxsize=4096)
def _read_values(wanted: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str | None], ...]:
    found = _values(dict(wanted))
    if found is not None:
        return tuple(found.items())
    # checkdmarc refuses the record for one bad value; RFC 9989 section 4.7 discards that value alone. Tag by tag
    # tells which it is.
    return tuple((name, (_values({name: value}) or {name: None})[name]) for name, value in wanted)


def _values(tags: Mapping[str, str]) -> dict[str, str | None] | None:
    library = _checkdmarc()
    record = "; ".join(["v=DMARC1", *(f"{name}={value}" for name, value in tags.items())])
    try:
        parsed = library.dmarc.parse_dmarc_record(record, "domain.invalid", resolver=_NO_DNS)["tags"]
    except library.dmarc.DMARCError:
        return None
    # A value that gave way to the default is marked as not explicit.
    return {name: parsed[name]["value"] if parsed[name]["explicit"] else None for name in tags}


def is_plain_mailto(uri: str) -> bool:
    """A mailto URI in which nothing but an address stands, whose host is surely one of DNS."""
    plain = _PLAIN_MAILTO.fullmatch(uri) if len(uri) <= _LONGEST_CACHED else None
    return plain is not None and len(plain[2]) <= _LONGEST_LABEL


def report_address(uri: str) -> ReportAddress | None:
    """One URI of rua or ruf, or None where it is not one; of a mailto URI, checkdmarc reads only the front."""
    if plain := _PLAIN_MAILTO.fullmatch(uri if len(uri) <= _LONGEST_CACHED else ""):
        return ReportAddress("mailto", plain[1])
    library = _checkdmarc()
    try:
        parsed = library.dmarc.parse_dmarc_report_uri(uri)
    except library.dmarc.DMARCError:
        return None
    return ReportAddress(parsed["scheme"], parsed["address"], parsed["size_limit"] or "")


@functools.lru_cache(maxsize=4096)
def base_domain(name: str) -> str:
    """The registrable domain of a name in A-labels by the public suffix list that comes with it; a suffix is its own."""
    return _public_suffixes().privatesuffix(name) or name


@functools.cache
def _public_suffixes() -> PublicSuffixList:
    # The list that checkdmarc itself takes; private suffixes are owned by different people and count.
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


class CollectedAnswers:
    """A resolver for checkdmarc that only knows answers already collected.

    `unknown` lists, as "TYPE name", what was asked and could not be told: checkdmarc takes it for absent.
    """

    lifetime = timeout = 1.0
    nameservers: tuple[str, ...] = ()

    def __init__(self, answers: Iterable[Answer]) -> None:
        self._answers = {(a.question.name.lower(), a.question.type): a for a in answers}
        self.unknown: list[str] = []

    def resolve(self, name: object, rdtype: object, lifetime: float | None = None, **_: object) -> list[Any]:
        """The records as dnspython holds them, or dnspython's exception for what the answer's status says."""
        import dns.resolver

        qname, qtype = str(name).rstrip(".").lower(), str(rdtype)
        if qtype == "SPF":  # type 99 is historic (RFC 7208 section 3.1)
            raise dns.resolver.NoAnswer
        if qtype == "CNAME":  # only a diagnosis of checkdmarc's; collected answers follow their aliases
            raise dns.resolver.NoAnswer
        answer = self._answers.get((qname, qtype))
        if answer is None or not answer.known:
            self.unknown.append(f"{qtype} {qname}")
            if answer is not None and answer.status is Status.TIMEOUT:
                # checkdmarc reads the time-out's arguments, so they must be there
                raise dns.resolver.LifetimeTimeout(timeout=0.0, errors=[])  # type: ignore[no-untyped-call]
            raise dns.resolver.NoNameservers
        if answer.status is Status.NXDOMAIN:
            raise dns.resolver.NXDOMAIN
        if not answer.values:
            raise dns.resolver.NoAnswer
        return [_record(qtype, value) for value in answer.values]


def _record(qtype: str, value: str) -> Any:
    import dns.rdata
    import dns.rdataclass
    import dns.rdatatype
    from dns.rdtypes.ANY.TXT import TXT

    if qtype == "TXT":
        data = bytes_of_text(value)
        strings = [data[i : i + 255] for i in range(0, len(data), 255)] or [b""]
        return TXT(dns.rdataclass.IN, dns.rdatatype.TXT, strings)
    return dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(qtype), value)


def dmarc_opinion(domain: str, answers: Iterable[Answer]) -> Opinion:
    """checkdmarc's own DMARC check over collected answers, other TXT records at the name ignored as RFC 9989 has it.

    For benchmarks and tests: it takes an unknown answer for an absent one.
    """
    resolver = CollectedAnswers(answers)
    found = _checkdmarc().dmarc.check_dmarc(domain, ignore_unrelated_records=True, resolver=resolver)
    tags = {name: tag["value"] for name, tag in found.get("tags", {}).items() if isinstance(tag["value"], str)}
    return Opinion(
        found["valid"], found["record"], found["location"], found.get("error", ""), tags, tuple(resolver.unknown)
    )


def spf_opinion(domain: str, answers: Iterable[Answer]) -> Opinion:
    """checkdmarc's own SPF check over collected answers, for benchmarks and tests; `tags` has its count of lookups."""
    library = _checkdmarc()
    resolver = CollectedAnswers(answers)
    ask = library.spf.get_txt_records
    # Its lookup for exp= forgets the resolver it was given and would ask the system's.
    library.spf.get_txt_records = lambda name, **options: ask(name, **{**options, "resolver": resolver})
    try:
        found = library.spf.check_spf(domain, resolver=resolver)
    finally:
        library.spf.get_txt_records = ask
    tags = {name: str(found[name]) for name in ("dns_lookups", "void_dns_lookups") if found.get(name) is not None}
    return Opinion(found["valid"], found["record"], domain, found.get("error", ""), tags, tuple(resolver.unknown))
