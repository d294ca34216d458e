"""The catalogue of facts: the vocabulary that probes provide and rules read.

One class a subject, one documented field a fact. The dotted name of a fact is the subject's
name and the field's name (`spf.lookups`); a field whose type is itself a subject nests (`dkim.selector1.cname`).

A fact is one of four things:

* a value of the field's type;
* `None`, where the type allows it: proved absent, or nothing to tell;
* `Unknown(reason)`: could not be determined. It never stands for absence, zero or an empty list;
* `NOT_ASKED`: nobody demanded it. It never reaches a rule or a report.

A list fact is a tuple and never `None`; single elements, and single fields of its records, may be Unknown.
"""

import dataclasses
import functools
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Union

from rules.fact import NOT_ASKED, Fact, Host, NotAsked, Problem, Unknown, Value, documented, fact, part, subject
from rules.submission import Submission, SubmissionAddress, SubmissionPort, SubmissionSetting

__all__ = [
    "CATALOGUE_SUBJECTS",
    "JUDGED",
    "M365",
    "NAME_FACTS",
    "NOT_ASKED",
    "Dkim",
    "DkimSelector",
    "Dmarc",
    "Dns",
    "Domain",
    "Fact",
    "FactType",
    "Host",
    "Judged",
    "Mx",
    "MxRecord",
    "NamedDkimSelector",
    "NotAsked",
    "Problem",
    "Profile",
    "Spf",
    "Submission",
    "SubmissionAddress",
    "SubmissionPort",
    "SubmissionSetting",
    "Unknown",
    "Value",
    "catalogue",
    "catalogue_of",
    "judged_by",
    "to_document",
    "to_documents",
]


@subject
class Domain:
    """The domain itself."""

    name: Fact[Host] = fact("The domain that is judged, in A-labels.")
    unicode: Fact[str] = fact("The domain as people write it (U-labels).")
    exists: Fact[bool] = fact("The name exists in DNS (its lookups do not end in NXDOMAIN).")
    organizational: Fact[Host] = fact("The organizational domain by the tree walk of RFC 9989 section 4.10.2.")
    sends_mail: Fact[bool] = fact(
        "Something is published that only a sending domain needs: SPF that lets anyone send, or a live DKIM key."
    )
    receives_mail: Fact[bool] = fact("An MX other than the null MX is published.")
    parked: Fact[bool] = fact("Neither sends nor receives mail, and carries no sign of a tenant being prepared.")


@subject
class Dns:
    """Who answers for the zone."""

    provider: Fact[str | None] = fact(
        "Who hosts the zone, told from its name servers; none where they are not in our list."
    )
    nameservers: Fact[tuple[Host, ...]] = fact("Name servers of the zone that holds the domain, sorted.")


@subject
class MxRecord:
    """One mail exchanger."""

    host: Host = part("The exchange host; empty for the null MX.")
    preference: int = part("The preference; the lowest is tried first.")
    provider: str = part("microsoft365, a provider's or gateway's id, or other.")
    kind: Literal["microsoft365", "gateway", "other", "none"] = part(
        "What the provider is to Microsoft 365; none for the null MX."
    )
    resolves: Union[bool, Unknown] = part("The host has an address (A or AAAA).")  # noqa: UP007
    is_cname: Union[bool, Unknown] = part("The host is an alias, which RFC 2181 section 10.3 forbids.")  # noqa: UP007
    is_ip: bool = part("The exchange is an address written as a name, which no sender can use.")


@subject
class Mx:
    """Where mail for the domain is delivered (RFC 5321 section 5.1, RFC 7505)."""

    status: Fact[Literal["none", "null_mx", "present"]] = fact("null_mx: `0 .` is the only record.")
    hosts: Fact[tuple[Host, ...]] = fact("Exchange hosts by preference, then name.")
    records: Fact[tuple[MxRecord, ...]] = fact("Every MX record by preference, then host.")
    null: Fact[bool] = fact("One of the records is the null MX.")
    provider: Fact[str] = fact("microsoft365, google, a gateway's or provider's id, other, mixed (several) or none.")
    primary_provider: Fact[str] = fact("The provider of the lowest preference; mixed where it has several.")
    primary_kind: Fact[Literal["microsoft365", "gateway", "other", "none", "mixed"]] = fact(
        "What receives first: the kind of the lowest preference."
    )
    m365_format: Fact[Literal["classic", "2025", "gov", "china", "retired", "none"]] = fact(
        "The form of the Microsoft 365 host name: classic (mail.protection.outlook.com), 2025 (mx.microsoft), gov, china or retired."
    )
    cloud: Fact[Literal["worldwide", "gcchigh", "dod", "china"] | None] = fact(
        "The Microsoft cloud the MX belongs to. DoD shares GCC High's form and is told as gcchigh here."
    )
    leftovers: Fact[tuple[MxRecord, ...]] = fact("Records that are not of the kind profile.inbound expects.")
    superseded: Fact[tuple[MxRecord, ...]] = fact(
        "Those of mx.leftovers, and hosts of a form that Microsoft has withdrawn, that may go, because a host that is to receive is proved "
        "to have an address: mx.expected_m365, or one of the gateway's. Empty where there is none, so that nothing is deleted without a "
        "successor."
    )
    null_records: Fact[tuple[MxRecord, ...]] = fact(
        "The null MX records; one is enough, and only where no host is named."
    )
    unresolvable_hosts: Fact[tuple[Host, ...]] = fact("Hosts that are proved to have no address.")
    cname_hosts: Fact[tuple[Host, ...]] = fact("Hosts that are aliases.")
    ip_literals: Fact[tuple[str, ...]] = fact("Exchanges that are addresses.")
    expected_m365: Fact[Host | None] = fact("The Microsoft 365 host for this domain, only where it is certain.")
    missing_m365: Fact[Host | None] = fact(
        "mx.expected_m365 where it is to be published: profile.inbound is microsoft365, and no MX record names it yet."
    )


@subject
class Spf:
    """Who may send for the domain (RFC 7208)."""

    status: Fact[Literal["none", "valid", "permerror"]] = fact(
        "none: no SPF record; permerror: receivers cannot use it."
    )
    record: Fact[str | None] = fact("The one SPF record as published; none where there is none or more than one.")
    records: Fact[tuple[str, ...]] = fact("All TXT records that begin with v=spf1.")
    error: Fact[str | None] = fact("Why it is a permerror.")
    problems: Fact[tuple[Problem, ...]] = fact("Near misses and faults, each with a stable code.")
    text_valid: Fact[bool] = fact("There is one record, and its own text follows the grammar, whatever it leads to.")
    text_problems: Fact[tuple[Problem, ...]] = fact(
        "Those of spf.problems that the domain's own texts show, whatever the record leads to."
    )
    terms: Fact[tuple[str, ...]] = fact("The record's terms in order, as published.")
    redirect: Fact[Host | None] = fact("The target of redirect=, if it applies.")
    all: Fact[Literal["pass", "neutral", "softfail", "fail", "none"]] = fact(
        "The result for senders that no term matches; redirect= is followed."
    )
    includes: Fact[tuple[Host, ...]] = fact("Every include: and redirect= target reached, in order of evaluation.")
    authorises_m365: Fact[bool] = fact("Microsoft 365 is reached with + before any all, in the right cloud.")
    clouds: Fact[tuple[str, ...]] = fact(
        "Microsoft clouds whose servers the record authorises: worldwide, gcchigh (DoD too), china."
    )
    lookups: Fact[int] = fact(
        "Terms in the whole tree that cause a DNS lookup (RFC 7208 section 4.6.4; the limit is 10)."
    )
    lookups_at_least: Fact[int] = fact("Lookups that are proved, whatever could not be read.")
    lookups_by_term: Fact[tuple[str, ...]] = fact(
        "What each term of the record spends, such as 'include:_spf.example: 4'."
    )
    over_limit: Fact[bool] = fact("More than 10 lookups.")
    void_lookups: Fact[int] = fact("Lookups that find nothing; more than 2 are an error (RFC 7208 section 4.6.4).")
    void_terms: Fact[tuple[str, ...]] = fact("The terms that spend the void lookups.")
    addresses: Fact[int] = fact(
        "IPv4 addresses authorised with +; Microsoft's and other includes counted, each address once."
    )
    suggested: Fact[str | None] = fact("The record to publish for the profile; none where no certain one can be given.")
    superseded: Fact[tuple[str, ...]] = fact(
        "TXT records that spf.suggested takes the place of: several records, or texts that were meant as one. Empty where it replaces "
        "the one record, and where none is suggested, so that nothing is deleted without a successor."
    )


@subject
class DkimSelector:
    """One DKIM selector (RFC 6376 section 3.6, RFC 8301, RFC 8463; Microsoft 365: two CNAMEs)."""

    cname: Fact[Host | None] = fact("The CNAME target at selector._domainkey.")
    target_format: Fact[Literal["classic", "2025", "other", "none"]] = fact(
        "classic: onmicrosoft.com and its kin; 2025: dkim.mail.microsoft; other: another target; none: no CNAME."
    )
    target_matches: Fact[bool] = fact("The target is Microsoft's for this selector and this domain.")
    tenant: Fact[str | None] = fact("The tenant's initial domain prefix in the target.")
    key_status: Fact[Literal["live", "revoked", "testing", "none", "invalid"]] = fact(
        "The key behind the selector; none: no key record."
    )
    key_type: Fact[Literal["rsa", "ed25519", "other"] | None] = fact("The key's algorithm.")
    bits: Fact[int | None] = fact("The key's size in bits.")
    problem: Fact[str | None] = fact(
        "Stable code of what is wrong with the selector: target_as_txt, zone_appended, wrong_selector, other_domain, other_tenant, other_target, bad_target, retired_target, txt_instead_of_cname, several_keys, bad_key, weak_key; none where nothing is."
    )
    suggested: Fact[Host | None] = fact(
        "The CNAME target to publish, only where it follows with certainty from what is published."
    )
    superseded: Fact[tuple[str, ...]] = fact(
        "TXT records at the selector that must go before the suggested CNAME can stand there. Empty where none is suggested, so that "
        "nothing is deleted without a successor, and where a wildcard answers, because then there is nothing to delete."
    )


@subject
class NamedDkimSelector:
    """A selector in the list of all that were looked at; fields as in dkim.selector1."""

    name: str = part("The selector.")
    cname: Union[Host, Unknown, None] = part("The CNAME target.")  # noqa: UP007
    target_format: Literal["classic", "2025", "other", "none"] | Unknown = part("As dkim.selector1.target_format.")
    target_matches: Union[bool, Unknown] = part("As dkim.selector1.target_matches.")  # noqa: UP007
    tenant: Union[str, Unknown, None] = part("As dkim.selector1.tenant.")  # noqa: UP007
    key_status: Literal["live", "revoked", "testing", "none", "invalid"] | Unknown = part(
        "As dkim.selector1.key_status."
    )
    key_type: Union[Literal["rsa", "ed25519", "other"], Unknown, None] = part("As dkim.selector1.key_type.")  # noqa: UP007
    bits: Union[int, Unknown, None] = part("As dkim.selector1.bits.")  # noqa: UP007
    problem: Union[str, Unknown, None] = part("As dkim.selector1.problem.")  # noqa: UP007


@subject
class Dkim:
    """Signing keys of the domain."""

    selector1: DkimSelector | NotAsked = fact("The first Microsoft 365 selector.")
    selector2: DkimSelector | NotAsked = fact("The second Microsoft 365 selector; dormant until the keys are rotated.")
    selectors: Fact[tuple[NamedDkimSelector, ...]] = fact(
        "Every selector looked at: selector1, selector2 and those of the target's list."
    )
    tenant: Fact[str | None] = fact("The tenant in the targets; none where they disagree or name none.")
    same_target: Fact[bool] = fact("Both selectors point to one target.")
    wildcard: Fact[bool] = fact("Any selector answers, so an answer proves nothing.")


@subject
class Dmarc:
    """What receivers are told to do with mail that fails (RFC 9989, 9990)."""

    status: Fact[Literal["none", "valid", "invalid"]] = fact(
        "invalid: something is published but no DMARC processing follows from it."
    )
    record: Fact[str | None] = fact("The record that applies, as published.")
    records: Fact[tuple[str, ...]] = fact(
        "The counting records at the name where the record was found, or at the domain's own name."
    )
    near_misses: Fact[tuple[str, ...]] = fact(
        "TXT records at the domain's own _dmarc name that were meant as DMARC but do not count, as published."
    )
    spf_records: Fact[tuple[str, ...]] = fact(
        "SPF records at the domain's own _dmarc name, where nobody looks for them."
    )
    alias: Fact[Host | None] = fact("Where the domain's own _dmarc name points to, if it is a CNAME.")
    found_at: Fact[Host | None] = fact("The domain whose _dmarc name holds the record that applies.")
    inherited: Fact[bool] = fact("The record is the organizational or public suffix domain's.")
    error: Fact[str | None] = fact("Why the status is invalid.")
    problems: Fact[tuple[Problem, ...]] = fact("Near misses and faults, each with a stable code.")
    policy: Fact[Literal["none", "quarantine", "reject"] | None] = fact("The record's p; none if it has no valid one.")
    subdomain_policy: Fact[Literal["none", "quarantine", "reject"] | None] = fact("The record's sp, if it has one.")
    nonexistent_policy: Fact[Literal["none", "quarantine", "reject"] | None] = fact("The record's np, if it has one.")
    applied_policy: Fact[Literal["none", "quarantine", "reject"] | None] = fact(
        "What holds for this domain after inheritance, sp, np and t."
    )
    testing: Fact[bool] = fact("t=y: receivers apply one step less.")
    pct: Fact[int | None] = fact("The historic pct tag, still honoured by older receivers.")
    fo: Fact[str | None] = fact("Failure reporting options.")
    alignment_spf: Fact[Literal["relaxed", "strict"] | None] = fact("aspf.")
    alignment_dkim: Fact[Literal["relaxed", "strict"] | None] = fact("adkim.")
    rua: Fact[tuple[str, ...]] = fact("Destinations of aggregate reports.")
    ruf: Fact[tuple[str, ...]] = fact("Destinations of failure reports.")
    unauthorised_destinations: Fact[tuple[Host, ...]] = fact(
        "Domains of report destinations that do not say they accept the reports (RFC 9990 section 4)."
    )
    obsolete_tags: Fact[tuple[str, ...]] = fact("Historic tags that the record carries: pct, rf, ri.")
    suggested: Fact[str | None] = fact(
        "The next record to publish for the profile; none where nothing is to be changed."
    )


@subject
class M365:
    """What DNS tells of the Microsoft 365 tenant."""

    tenant_domain: Fact[Host | None] = fact(
        "The tenant's initial domain, such as contoso.onmicrosoft.com, where the DKIM targets show it."
    )
    cloud: Fact[Literal["worldwide", "gcchigh", "dod", "china"] | None] = fact(
        "The Microsoft cloud that MX and DKIM show (dod only where autodiscover says so); none where they show none or disagree."
    )
    verification: Fact[str | None] = fact("The MS= token in the apex TXT records.")


@subject
class Profile:
    """What the profile expects; packs compare facts with it."""

    name: Fact[str] = fact("The profile's name.")
    inbound: Fact[Literal["microsoft365", "gateway", "other", "none"]] = fact(
        "Who is to receive the domain's mail first."
    )
    sends_from_m365: Fact[bool] = fact("Microsoft 365 sends for the domain.")
    spf_all: Fact[tuple[Literal["pass", "neutral", "softfail", "fail", "none"], ...]] = fact(
        "Accepted ends of the SPF record."
    )
    dmarc_policies: Fact[tuple[Literal["none", "quarantine", "reject"], ...]] = fact("Accepted applied DMARC policies.")
    dkim_bits: Fact[int] = fact("The least RSA key size that is accepted.")


CATALOGUE_SUBJECTS: Final[Mapping[str, type]] = types.MappingProxyType(
    {
        "domain": Domain,
        "dns": Dns,
        "mx": Mx,
        "spf": Spf,
        "dkim": Dkim,
        "dmarc": Dmarc,
        "m365": M365,
        "submission": Submission,
        "profile": Profile,
    }
)

Judged = Literal["domains", "submissions"]
"""What is judged: domains by their DNS, or ways of sending (SMTP submission). A rule reads facts of one of the two."""
JUDGED: Final[tuple[Judged, ...]] = typing.get_args(Judged)
NAME_FACTS: Final[Mapping[Judged, str]] = types.MappingProxyType(
    {"domains": "domain.name", "submissions": "submission.name"}
)
"""The fact that names what is judged."""


def judged_by(name: str) -> Judged | None:
    """What a fact is about, by its dotted name; None for `profile.*`, which both kinds of rules may read."""
    match name.partition(".")[0]:
        case "submission":
            return "submissions"
        case "profile":
            return None
        case _:
            return "domains"


@dataclass(frozen=True, slots=True)
class FactType:
    """The type of a fact, of a list's elements or of a record's field.

    `kind` is bool, int, text, host, enum, list or record; `choices` belongs to enum, `element` to list, `fields` to record.
    """

    name: str
    kind: Literal["bool", "int", "text", "host", "enum", "list", "record"]
    nullable: bool
    doc: str
    choices: tuple[str, ...] = ()
    element: "FactType | None" = None
    fields: "Mapping[str, FactType] | None" = None

    def describe(self) -> str:
        """The type in a few words, as `rules facts` prints it."""
        words = {"enum": " | ".join(self.choices), "host": "host name"}.get(self.kind, self.kind)
        if self.kind == "list" and self.element is not None:
            inner = self.element
            words = "list of " + ("records" if inner.kind == "record" else inner.describe())
        return words + (", or null" if self.nullable else "")


def _members(annotation: Any) -> list[Any]:
    return (
        list(typing.get_args(annotation)) if typing.get_origin(annotation) in (Union, types.UnionType) else [annotation]
    )


def _type_of(name: str, annotation: Any, doc: str) -> FactType:
    members = [m for m in _members(annotation) if m not in (Unknown, NotAsked)]
    nullable = type(None) in members
    (known,) = [m for m in members if m is not type(None)]
    origin = typing.get_origin(known)
    if origin is Literal:
        return FactType(name, "enum", nullable, doc, choices=typing.get_args(known))
    if origin is tuple:
        return FactType(name, "list", nullable, doc, element=_type_of(name, typing.get_args(known)[0], doc))
    if documented(known):
        return FactType(name, "record", nullable, doc, fields=_fields_of(known, ""))
    kinds: dict[Any, Literal["bool", "int", "text", "host"]] = {bool: "bool", int: "int", str: "text", Host: "host"}
    return FactType(name, kinds[known], nullable, doc)


def _fields_of(subject: type, prefix: str) -> dict[str, FactType]:
    hints = typing.get_type_hints(subject)
    return {name: _type_of(prefix + name, hints[name], doc) for name, doc in documented(subject).items()}


@functools.cache
def catalogue() -> Mapping[str, FactType]:
    """Every fact by its dotted name, in the order of the subjects and their fields; nested subjects flattened."""

    def walk(prefix: str, subject: type) -> Iterator[FactType]:
        for fact_type in _fields_of(subject, prefix).values():
            if fact_type.kind == "record" and fact_type.fields is not None:
                yield from (dataclasses.replace(f, name=f"{fact_type.name}.{n}") for n, f in fact_type.fields.items())
            else:
                yield fact_type

    found = [f for name, subject in CATALOGUE_SUBJECTS.items() for f in walk(f"{name}.", subject)]
    return types.MappingProxyType({f.name: f for f in found})


@functools.cache
def catalogue_of(judged: Judged) -> Mapping[str, FactType]:
    """The facts of one kind of target, without `profile.*`."""
    return types.MappingProxyType({name: found for name, found in catalogue().items() if judged_by(name) == judged})


_PLAIN: Final = frozenset({str, int, bool, type(None)})
"""Types whose document form is the value itself."""


def to_document(value: Value) -> Any:
    """A fact's value as JSON shows it: `{"unknown": reason}`, lists of objects, plain scalars."""
    kind: Any = type(value)
    if kind in _PLAIN:
        return value
    if kind is Unknown:
        return {"unknown": value.reason}
    if kind is tuple or kind is list:
        return [element if type(element) in _PLAIN else to_document(element) for element in value] if value else []
    if names := documented(kind):
        document: dict[str, Any] = {}
        for name in names:
            part = getattr(value, name)
            document[name] = part if type(part) in _PLAIN else to_document(part)
        return document
    return value


def to_documents(facts: Mapping[str, Value]) -> dict[str, Any]:
    """Each fact by its name in document form."""
    documents = dict(facts)
    for name, value in facts.items():
        if type(value) not in _PLAIN:  # of most facts the value itself is the document
            documents[name] = to_document(value)
    return documents
