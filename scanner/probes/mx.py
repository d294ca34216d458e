"""What this checks: where mail for the domain is delivered (RFC 5321 section 5.1, RFC 7505, RFC 2181 section 10.3).

Asked: the MX records; where facts about them need it, A and AAAA of each exchange; and, where no Microsoft exchange stands there,
the name that Microsoft would have given, which Microsoft's own name servers deny for a domain that they do not know.
"""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec

from rules.fact import documented
from rules.facts import Host, Mx, MxRecord, Profile, Unknown
from rules.results import Target
from scanner.dns.answer import Answer, Question, Status
from scanner.microsoft365 import (
    Cloud,
    MxForm,
    classify_dkim_target,
    classify_mx,
    token_matches,
    token_of,
    tokens_documented,
)
from scanner.probes.kleene import Truth, any_of, negation
from scanner.probes.probe import Ask, Collected, Observations, Probe, Rounds
from scanner.providers import provider_of_mx

__all__ = ["PROBE", "Exchange", "MxObservation", "clouds", "only_null", "receives_mail"]

T = TypeVar("T")

MOST_HOSTS: Final = 20
"""Exchanges whose addresses are asked for, by preference: a record set may hold thousands."""

_EXPECTED_FACTS: Final = frozenset({"mx.expected_m365", "mx.missing_m365", "mx.superseded"})
_ADDRESS_FACTS: Final = _EXPECTED_FACTS | {
    "mx.records",
    "mx.null_records",
    "mx.leftovers",
    "mx.unresolvable_hosts",
    "mx.cname_hosts",
}
_OF_EXPECTED: Final = tuple(_EXPECTED_FACTS)
_OF_ADDRESSES: Final = tuple(_ADDRESS_FACTS)

_FOUND: Final = Status.NOERROR

Addresses = Mapping[Host, tuple[Answer, Answer]]
"""The A and AAAA answers of each exchange."""


class Exchange(msgspec.Struct, frozen=True, gc=False):
    """One MX value, read. `form` is set for Microsoft's hosts; the null MX has an empty host (RFC 7505: `.` is no host).

    `provider` and `kind` are as in the fact `mx.records`.
    """

    host: Host
    preference: int
    form: MxForm | None
    is_ip: bool
    provider: str
    kind: str


class MxObservation(msgspec.Struct, frozen=True, gc=False):
    """Answers: the MX, addresses by host (None where they were not wanted), and Microsoft's name for the domain, if it was asked.

    `exchanges` are the MX values by preference, then host; `garbled` stand for those that are no MX value. `established` is the
    Microsoft exchange that is published and works, where the expected one is wanted.
    """

    mx: Answer
    exchanges: tuple[Exchange, ...]
    garbled: tuple[Unknown, ...]
    addresses: Addresses | None
    expected_wanted: bool
    selector: Answer | None = None
    candidate: Answer | None = None
    established: Host | Unknown | None = None


def _exchanges(answer: Answer) -> tuple[tuple[Exchange, ...], tuple[Unknown, ...]]:
    """The MX values by preference, then host; and those that are no MX value."""
    read: dict[tuple[int, Host], Exchange] = {}
    garbled: list[Unknown] = []
    for value in answer.values:
        parts = value.split()
        number = int(parts[0]) if len(parts) == 2 and _is_number(parts[0]) else -1
        if not 0 <= number <= 65535:
            garbled.append(Unknown(f"not an MX value: {value[:80]!r}"))
            continue
        host = Host(parts[1].lower().removesuffix("."))
        form = classify_mx(host)
        provider, kind = _provider(host, form)
        read[number, host] = Exchange(host, number, form, _is_address(host), provider, kind)
    if len(read) < 2:
        return tuple(read.values()), tuple(garbled)
    return tuple([read[key] for key in sorted(read)]), tuple(garbled)


def _is_number(text: str) -> bool:
    return len(text) <= 5 and text.isascii() and text.isdigit()


def _is_address(host: str) -> bool:
    if ":" not in host and host[-1:].isalpha():
        return False  # nearly every host
    try:
        ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


@functools.lru_cache(maxsize=256)
def _needs(wanted: frozenset[str]) -> tuple[bool, bool]:
    """Whether the wanted facts need the addresses of the exchanges, and the name that Microsoft would have given."""
    return not _ADDRESS_FACTS.isdisjoint(wanted), not _EXPECTED_FACTS.isdisjoint(wanted)


def _collect(target: Target, wanted: frozenset[str]) -> Rounds[MxObservation]:
    domain = target.domain
    resolve, expected = _needs(wanted)
    first = [Question(domain, "MX")]
    if expected and not tokens_documented(domain):
        first.append(Question(f"selector1._domainkey.{domain}", "TXT"))
    answer, *rest = yield first
    selector = rest[0] if rest else None
    found, garbled = _exchanges(answer)
    if not resolve:
        return MxObservation(answer, found, garbled, None, False)
    hosts = list(dict.fromkeys([entry.host for entry in found if entry.host and not entry.is_ip]))[:MOST_HOSTS]
    expected_known = expected and answer.known
    ahead = _candidate(domain, found, selector) if expected_known and not _in_use(found) else None
    questions = [Question(host, kind) for host in hosts for kind in ("A", "AAAA")]
    if ahead:
        questions.append(Question(ahead, "A"))
    answers: Sequence[Answer] = (yield questions) if questions else ()
    addresses = {host: (answers[2 * place], answers[2 * place + 1]) for place, host in enumerate(hosts)}
    last = answers[-1] if ahead else None
    established = _established(found, addresses) if expected_known else None
    if expected_known and last is None and established is None:
        name = _candidate(domain, found, selector)
        if name is not None:
            (last,) = yield [Question(name, "A")]
    return MxObservation(answer, found, garbled, addresses, expected, selector, last, established)


def _in_use(found: Sequence[Exchange]) -> list[Exchange]:
    """The exchanges of a current Microsoft form."""
    return [entry for entry in found if entry.form is not None and entry.form.current]


def _established(found: Sequence[Exchange], addresses: Addresses) -> Host | Unknown | None:
    """The published exchange of a current Microsoft form that has an address: one without is none that Microsoft hands out.

    Tokens are not compared: those of hyphenated domains are not documented, and a tenant may use another of its domains' hosts.
    """
    for entry in _in_use(found):
        resolves = _resolves(entry, addresses)
        if isinstance(resolves, Unknown):
            return resolves
        if resolves:
            return entry.host
    return None


def _candidate(domain: str, found: Sequence[Exchange], selector: Answer | None) -> str | None:
    """The classic host that Microsoft's name servers are to confirm.

    Its token is built only by the documented rule. A domain with hyphens has it from a retired Microsoft exchange or from the
    DKIM target, where that token can be this domain's.
    """
    token = token_of(domain) if tokens_documented(domain) else ""
    if not token:
        told = [entry.form.token for entry in found if entry.form and not entry.form.current]
        for link in selector.chain if selector else ():
            target = classify_dkim_target(link.target)
            told += [target.token] if target and target.cloud == "worldwide" else []
        token = next((name for name in told if name and token_matches(name, domain)), "")
    return f"{token}.mail.protection.outlook.com" if token else None


def _resolves(entry: Exchange, addresses: Addresses) -> Truth:
    if entry.is_ip or not entry.host:
        return False
    answers = addresses.get(entry.host)
    if answers is None:
        return Unknown(f"addresses of {entry.host} were not asked: more than {MOST_HOSTS} hosts")
    if answers[0].status is _FOUND or answers[1].status is _FOUND:
        return True
    return any_of([answer.unknown() for answer in answers if not answer.known])


def _is_alias(entry: Exchange, addresses: Addresses) -> Truth:
    if entry.is_ip or not entry.host:
        return False
    answers = addresses.get(entry.host)
    if answers is None:
        return Unknown(f"addresses of {entry.host} were not asked: more than {MOST_HOSTS} hosts")
    if answers[0].chain or answers[1].chain:
        return True
    # An alias shows in every answer, so one answer without it disproves it.
    return False if answers[0].known or answers[1].known else answers[0].unknown()


def _record(entry: Exchange, addresses: Addresses) -> MxRecord:
    return MxRecord(
        host=entry.host,
        preference=entry.preference,
        provider=entry.provider,
        kind=entry.kind,  # type: ignore[arg-type]
        resolves=_resolves(entry, addresses),
        is_cname=_is_alias(entry, addresses),
        is_ip=entry.is_ip,
    )


def _provider(host: Host, form: MxForm | None) -> tuple[str, str]:
    if form is not None:
        return "microsoft365", "microsoft365"
    if not host:
        return "none", "none"
    provider = provider_of_mx(host)
    return (provider.id, provider.kind) if provider else ("other", "other")


def _is_leftover(kind: str, inbound: str) -> bool:
    """Not of the kind that the profile expects.

    A Microsoft exchange beside a gateway lets mail pass the gateway by. Where another system receives, a filter in front of it is
    in order, so only Microsoft's exchanges and the null MX are left over there.
    """
    if inbound == "other":
        return kind in ("microsoft365", "none")
    return kind != inbound


def receives_mail(observed: MxObservation | None) -> Truth:
    """An MX other than the null MX is published."""
    if observed is None:
        return Unknown("the MX records were not asked")
    if not observed.mx.known:
        return observed.mx.unknown()
    return any_of((*[bool(entry.host) for entry in observed.exchanges], *observed.garbled))


def only_null(observed: MxObservation | None) -> Truth:
    """The null MX is the only record: the domain says that it receives no mail (RFC 7505)."""
    receives = receives_mail(observed)
    if observed is None or isinstance(receives, Unknown):
        return receives
    return not receives and bool(observed.mx.values)


def clouds(observed: MxObservation | None) -> tuple[str | Unknown | None, ...]:
    """The Microsoft cloud of each exchange of a current form; the reason for each value that could not be read."""
    if observed is None:
        return (Unknown("the MX records were not asked"),)
    if not observed.mx.known:
        return (observed.mx.unknown(),)
    in_use = [entry.form.cloud for entry in observed.exchanges if entry.form is not None and entry.form.current]
    return (*in_use, *observed.garbled)


def _only(names: Sequence[str]) -> str:
    """The one name there is, mixed where there are several, none where there is none."""
    if len(names) < 2:
        return names[0] if names else "none"
    return names[0] if len(set(names)) == 1 else "mixed"


def _fold(target: Target, observations: Observations, profile: Profile) -> Collected:
    observed: MxObservation = observations["mx"]
    question = (observed.mx.question,)
    if not observed.mx.known:
        why = observed.mx.unknown()
        names = [name for name in _FIELDS if observed.addresses is not None or f"mx.{name}" not in _ADDRESS_FACTS]
        if not observed.expected_wanted:
            names = [name for name in names if f"mx.{name}" not in _EXPECTED_FACTS]
        return Collected(Mx(**dict.fromkeys(names, why)), {(): question})
    found, garbled = observed.exchanges, observed.garbled
    real = [entry for entry in found if entry.host]
    first = [entry for entry in real if entry.preference == real[0].preference]
    provider = _only([entry.provider for entry in real])

    def certain(value: T) -> T | Unknown:
        """The value, unless a record that could not be read may change it."""
        return garbled[0] if garbled else value

    null = len(real) < len(found)
    fields: dict[str, Any] = {
        "status": "present" if real else certain("null_mx" if null else "none"),
        "hosts": (*dict.fromkeys([entry.host for entry in real]), *garbled),
        "null": True if null else certain(False),
        "provider": provider if provider == "mixed" else certain(provider),
        "primary_provider": certain(_only([entry.provider for entry in first])),
        "primary_kind": certain(_only([entry.kind for entry in first])),
        "m365_format": certain(next((entry.form.format for entry in real if entry.form), "none")),
        "cloud": certain(_cloud(real)),
        "ip_literals": (*dict.fromkeys([entry.host for entry in real if entry.is_ip]), *garbled),
    }
    asked: dict[tuple[str, ...], tuple[Question, ...]] = {(): question}
    addresses = observed.addresses
    if addresses is None:
        return Collected(Mx(**fields), asked)
    records = [_record(entry, addresses) for entry in found]
    inbound = profile.inbound
    fields["records"] = (*records, *garbled)
    fields["null_records"] = (*[record for record in records if not record.host], *garbled)
    fields["leftovers"] = (
        (*[record for record in records if _is_leftover(record.kind, inbound)], *garbled)
        if isinstance(inbound, str)
        else Unknown("the profile does not say who is to receive the mail")
    )
    named = [record for record in records if record.host and not record.is_ip]
    unresolvable = _proved([(record.host, negation(record.resolves)) for record in named])
    fields["unresolvable_hosts"] = (*unresolvable, *garbled)
    fields["cname_hosts"] = (*_proved([(record.host, record.is_cname) for record in named]), *garbled)
    looked_up = (*question, *[answer.question for pair in addresses.values() for answer in pair])
    asked[_OF_ADDRESSES] = looked_up
    if observed.expected_wanted:
        expected = certain(_expected(observed))
        fields["expected_m365"] = expected
        fields["missing_m365"] = _missing(expected, real, profile.inbound)
        fields["superseded"] = _superseded(found, records, profile.inbound, expected)
        further = [answer.question for answer in (observed.selector, observed.candidate) if answer is not None]
        asked[_OF_EXPECTED] = (*looked_up, *further)
    return Collected(Mx(**fields), asked)


def _cloud(real: Sequence[Exchange]) -> Cloud | None:
    """The cloud of the Microsoft exchange that comes first; none where several come first and disagree."""
    forms = [(entry.preference, entry.form.cloud) for entry in real if entry.form]
    first = {cloud for preference, cloud in forms if preference == forms[0][0]}
    return first.pop() if len(first) == 1 else None


def _proved(truths: Sequence[tuple[Host, Truth]]) -> Collection[Host | Unknown]:
    """The hosts for which it is true, and the reason for each for which it is unknown."""
    told: dict[Host, Host | Unknown] = {}
    for host, truth in truths:
        if truth is False:
            continue
        told[host] = truth if isinstance(truth, Unknown) else host
    return told.values()


def _missing(expected: Host | Unknown | None, real: Sequence[Exchange], inbound: object) -> Host | Unknown | None:
    """The Microsoft host to add. Behind a gateway it would be a way around it."""
    if not isinstance(inbound, str):
        return Unknown("the profile does not say who is to receive the mail")
    if inbound != "microsoft365" or any(entry.host == expected for entry in real):
        return None
    return expected


def _superseded(
    found: Sequence[Exchange], records: Sequence[MxRecord], inbound: object, expected: Host | Unknown | None
) -> tuple[MxRecord, ...] | Unknown:
    """The leftovers and withdrawn hosts, if mail still arrives without them: who deletes a record must be left with one that works."""
    if not isinstance(inbound, str):
        return Unknown("the profile does not say who is to receive the mail")
    withdrawn = {entry.host for entry in found if entry.form is not None and not entry.form.current}
    leftovers = tuple([record for record in records if _is_leftover(record.kind, inbound) or record.host in withdrawn])
    if not leftovers or inbound == "none":
        return leftovers
    if inbound == "microsoft365":
        remains: Truth = expected if isinstance(expected, Unknown) else expected is not None
    else:
        remains = any_of(record.resolves for record in records if record not in leftovers)
    if isinstance(remains, Unknown):
        return remains
    return leftovers if remains else ()


def _expected(observed: MxObservation) -> Host | Unknown | None:
    if observed.established is not None:
        return observed.established
    answer = observed.candidate
    if answer is None:
        # Without a documented token only the DKIM target could have told it.
        selector = observed.selector
        return selector.unknown() if selector is not None and not selector.known and not selector.chain else None
    if not answer.known:
        return answer.unknown()
    return Host(answer.question.name) if answer.status is _FOUND else None


_FIELDS: Final = tuple(documented(Mx))
_FACTS: Final = frozenset(f"mx.{name}" for name in _FIELDS)

PROBE = Probe(
    subject="mx",
    asks=(
        Ask("MX", "{domain}", _FACTS),
        Ask("A", "<each MX host>", _ADDRESS_FACTS, when=f"up to {MOST_HOSTS} hosts"),
        Ask("AAAA", "<each MX host>", _ADDRESS_FACTS, when=f"up to {MOST_HOSTS} hosts"),
        Ask("TXT", "selector1._domainkey.{domain}", _EXPECTED_FACTS, when="where the domain has hyphens"),
        Ask(
            "A",
            "<Microsoft's token>.mail.protection.outlook.com",
            _EXPECTED_FACTS,
            when="where no Microsoft exchange of the domain's own is published",
        ),
    ),
    collect=_collect,
    fold=_fold,
)
