"""Reports to show: a realistic domain with every status, an unreadable one, a good one, and lists of any length."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from rules.results import (
    AppliedWaiver,
    BadRow,
    Change,
    DomainResult,
    Finding,
    Fix,
    FrameworkText,
    LostPoints,
    PackInfo,
    QueryRecord,
    Report,
    Requirement,
    RuleText,
    Run,
    Score,
    Tool,
    UnusedWaiver,
)

T = TypeVar("T")


def replace(value: T, /, **changes: Any) -> T:
    """The same struct or dataclass with other values."""
    made: Any = value
    return msgspec.structs.replace(made, **changes) if _is_struct(value) else dataclasses.replace(made, **changes)


def _is_struct(value: object) -> bool:
    return isinstance(value, msgspec.Struct)


def field_names(value: object) -> tuple[str, ...]:
    """The fields of a struct or a dataclass; none of any other value."""
    made: Any = value
    if _is_struct(value):
        return tuple(made.__struct_fields__)
    return tuple(field.name for field in dataclasses.fields(made)) if dataclasses.is_dataclass(made) else ()


SPF = "v=spf1 include:spf.mailer.example ip4:192.0.2.7 ~all"
SPF_NEW = "v=spf1 include:spf.protection.outlook.com include:spf.mailer.example ip4:192.0.2.7 -all"

RULES: dict[str, RuleText] = {
    "MX-001": RuleText(
        title="An MX record is published",
        why="Without one, mail to the domain has no server to go to.",
        refs=("https://www.rfc-editor.org/rfc/rfc5321#section-5.1",),
    ),
    "MX-002": RuleText(
        title="Mail is delivered to Microsoft 365 first",
        why="Mail goes to the lowest preference; another server there keeps it from the mailboxes.",
        maps={"scuba": ("MS.EXO.1.1v1",)},
    ),
    "MX-004": RuleText(
        title="No old mail servers are left", why="Senders fall back to them, and mail is stranded there."
    ),
    "SPF-001": RuleText(
        title="Exactly one SPF record",
        why="With two, receivers use neither.",
        refs=("https://www.rfc-editor.org/rfc/rfc7208#section-3.2",),
        maps={"cis_m365_v6": ("2.1.8",), "google_bulk": ("spf",)},
    ),
    "SPF-002": RuleText(
        title="SPF authorises Microsoft 365",
        why="Receivers treat mail that Microsoft 365 sends for this domain as forged.",
        refs=("https://learn.microsoft.com/en-us/defender-office-365/email-authentication-spf-configure",),
        maps={"cis_m365_v6": ("2.1.8",), "google_bulk": ("spf",)},
    ),
    "SPF-005": RuleText(title="At most ten lookups", why="Receivers stop reading after ten, and SPF fails."),
    "DKIM-001": RuleText(
        title="Mail is signed with DKIM",
        why="Unsigned mail cannot be told from changed mail.",
        maps={"cis_m365_v6": ("2.1.9",), "google_bulk": ("dkim",)},
    ),
    "DKIM-002": RuleText(title="The second selector points to Microsoft 365", why="Without it keys cannot be rotated."),
    "DMARC-001": RuleText(
        title="A DMARC record is published",
        why="Without one, receivers are not told what to do with forged mail.",
        maps={"cis_m365_v6": ("2.1.10",), "google_bulk": ("dmarc",)},
    ),
    "DMARC-003": RuleText(
        title="DMARC asks receivers to refuse forged mail",
        why="With policy none, forged mail is delivered.",
        maps={"cis_m365_v6": ("2.1.10",), "scuba": ("MS.EXO.4.2v1",)},
    ),
    "DMARC-007": RuleText(title="Reports have a destination", why="Without reports, nobody sees who is refused."),
    "TENANT-001": RuleText(title="Signing is switched on", why="A published key signs nothing by itself."),
}

FRAMEWORKS: dict[str, FrameworkText] = {
    "cis_m365_v6": FrameworkText(
        id="cis_m365_v6",
        title="CIS Microsoft 365 Foundations Benchmark v6",
        url="https://www.cisecurity.org/benchmark/microsoft_365",
        requirements=(
            Requirement(
                id="2.1.1", title="Safe Links is on", testable=False, note="A tenant setting; DNS does not show it."
            ),
            Requirement(id="2.1.8", title="SPF records are published for all Exchange domains"),
            Requirement(id="2.1.9", title="DKIM is enabled for all Exchange domains"),
            Requirement(id="2.1.10", title="DMARC records are published for all Exchange domains"),
        ),
    ),
    "scuba": FrameworkText(
        id="scuba",
        title="CISA SCuBA Secure Configuration Baseline for Exchange Online",
        url="https://www.cisa.gov/resources-tools/services/secure-cloud-business-applications-scuba-project",
        requirements=(
            Requirement(id="MS.EXO.1.1v1", title="Automatic forwarding to external domains SHALL be disabled"),
            Requirement(id="MS.EXO.4.2v1", title="The DMARC message rejection option SHALL be p=reject"),
            Requirement(id="MS.EXO.4.9v1", title="Nothing maps to this one"),
        ),
    ),
}


def answers() -> tuple[QueryRecord, ...]:
    at, server = "2026-11-21T09:00:00Z", "192.0.2.53"
    return (
        QueryRecord(name="_dmarc.contoso.com", type="TXT", status="NXDOMAIN", ttl=300, server=server, at=at),
        QueryRecord(
            name="contoso.com",
            type="MX",
            status="NOERROR",
            values=("0 contoso-com.mail.protection.outlook.com.", "20 mail.oldhost.example."),
            ttl=3600,
            server=server,
            at=at,
        ),
        QueryRecord(
            name="contoso.com",
            type="NS",
            status="NOERROR",
            values=("ns1.dnshost.example.",),
            ttl=3600,
            server=server,
            at=at,
        ),
        QueryRecord(
            name="contoso.com",
            type="TXT",
            status="NOERROR",
            values=("MS=ms12345678", SPF),
            ttl=3600,
            server=server,
            at=at,
        ),
        QueryRecord(
            name="selector1._domainkey.contoso.com",
            type="CNAME",
            status="NOERROR",
            values=("selector1-contoso-com._domainkey.contoso.onmicrosoft.com.",),
            ttl=3600,
            ad=True,
            server=server,
            at=at,
        ),
        QueryRecord(
            name="selector2._domainkey.contoso.com",
            type="CNAME",
            status="SERVFAIL",
            server=server,
            at=at,
            reason="EDE 22: No Reachable Authority",
        ),
    )


def findings() -> tuple[Finding, ...]:
    return (
        Finding(
            rule="MX-001",
            severity="critical",
            status="pass",
            message="contoso.com publishes 2 MX records.",
            expected="mx.status is present",
            observed={"mx.status": "present"},
            evidence=(1,),
        ),
        Finding(
            rule="MX-002",
            severity="critical",
            status="pass",
            message="Mail for contoso.com goes to Microsoft 365 first.",
            expected="mx.primary_kind is profile.inbound (microsoft365)",
            observed={"mx.primary_kind": "microsoft365"},
            evidence=(1,),
        ),
        Finding(
            rule="MX-004",
            severity="medium",
            status="fail",
            message="contoso.com still names servers of an earlier provider: mail.oldhost.example.",
            expected="mx.leftovers has no element",
            observed={
                "mx.leftovers": [
                    {
                        "host": "mail.oldhost.example",
                        "preference": 20,
                        "resolves": {"unknown": "TIMEOUT"},
                        "is_cname": False,
                    }
                ]
            },
            evidence=(1,),
            fix=Fix(effort="minutes", owner="dns", text="Delete the MX records of the earlier provider."),
        ),
        Finding(
            rule="SPF-001",
            severity="critical",
            status="pass",
            message="contoso.com publishes exactly one SPF record.",
            expected="spf.records has exactly 1 element",
            observed={"spf.records": [SPF]},
            evidence=(3,),
        ),
        Finding(
            rule="SPF-002",
            severity="critical",
            status="fail",
            message=f"The SPF record of contoso.com does not authorise Microsoft 365: {SPF}",
            expected="spf.authorises_m365 is true",
            observed={"spf.authorises_m365": False, "spf.record": SPF},
            evidence=(3,),
            fix=Fix(
                effort="minutes",
                owner="dns",
                text="Change the one existing SPF record; a second one makes SPF fail for every sender.",
            ),
        ),
        Finding(
            rule="SPF-005",
            severity="high",
            status="blocked",
            message="Not judged: SPF-002 failed.",
            expected="spf.lookups is at most 10",
            blocked_by="SPF-002",
        ),
        Finding(
            rule="DKIM-001",
            severity="high",
            status="pass",
            message="Mail of contoso.com can be signed: selector1 has a live 2048-bit key.",
            expected="any dkim.selectors: key_status is live",
            observed={"dkim.selector1.key_status": "live", "dkim.selector1.bits": 2048},
            evidence=(4,),
        ),
        Finding(
            rule="DKIM-002",
            severity="medium",
            status="unknown",
            message="Whether selector2 of contoso.com points to Microsoft 365 could not be determined: "
            "SERVFAIL for CNAME selector2._domainkey.contoso.com from 192.0.2.53.",
            expected="dkim.selector2.target_format is classic or 2025",
            observed={"dkim.selector2.target_format": {"unknown": "SERVFAIL from 192.0.2.53"}},
            evidence=(5,),
        ),
        Finding(
            rule="DMARC-001",
            severity="high",
            status="fail",
            message="contoso.com publishes no DMARC record.",
            expected="dmarc.status is not none",
            observed={"dmarc.status": "none"},
            evidence=(0,),
            fix=Fix(effort="minutes", owner="dns", text="Publish the record; begin with p=none and read the reports."),
        ),
        Finding(
            rule="DMARC-003",
            severity="medium",
            status="waived",
            message="contoso.com does not ask receivers to refuse forged mail.",
            expected="dmarc.applied_policy is quarantine or reject",
            observed={"dmarc.applied_policy": None},
            evidence=(0,),
            waiver=AppliedWaiver(reason="migration", owner="ops@contoso.com", expires="2027-01-31", ticket="T-17"),
        ),
        Finding(
            rule="DMARC-007",
            severity="low",
            status="not_applicable",
            message="Does not apply to contoso.com: dmarc.status is none.",
            expected="dmarc.rua is not empty",
        ),
        Finding(
            rule="TENANT-001",
            severity="high",
            status="fail",
            message="Signing for contoso.com is not switched on in its tenant.",
            expected="dkim.selectors has a live key",
            observed={"dkim.same_target": False},
            evidence=(4,),
            fix=Fix(
                effort="hours",
                owner="tenant",
                text="Switch signing on in Microsoft 365.",
                command="Connect-ExchangeOnline\nSet-DkimSigningConfig -Identity contoso.com -Enabled $true",
            ),
            waiver=AppliedWaiver(reason="old", owner="ops@contoso.com", expires="2026-01-31", expired=True),
        ),
    )


def changes() -> tuple[Change, ...]:
    return (
        Change(
            action="add",
            name="_dmarc.contoso.com",
            type="TXT",
            ttl=3600,
            value="v=DMARC1; p=none; rua=mailto:dmarc@contoso.com",
            rules=("DMARC-001",),
            severity="high",
        ),
        Change(
            action="replace",
            name="contoso.com",
            type="TXT",
            ttl=3600,
            replaces=SPF,
            value=SPF_NEW,
            rules=("SPF-002",),
            severity="critical",
        ),
        Change(
            action="delete",
            name="contoso.com",
            type="MX",
            value="20 mail.oldhost.example.",
            rules=("MX-004",),
            severity="medium",
        ),
    )


def result(domain: str = "contoso.com", **changed: Any) -> DomainResult:
    """A D: faults of every kind, and one thing unknown that does not matter to the grade."""
    given: dict[str, Any] = {
        "domain": domain,
        "unicode": domain,
        "client": "Contoso Ltd",
        "ticket": "T-1",
        "tags": ("pilot",),
        "profile": "onboarding",
        "profile_reason": "asked for",
        "score": Score(
            low=43,
            high=51,
            reachable=100,
            lost=(
                LostPoints(rule="SPF-002", points=16.0, status="fail"),
                LostPoints(rule="SPF-005", points=13.0, status="blocked"),
                LostPoints(rule="DMARC-001", points=13.0, status="fail"),
                LostPoints(rule="DKIM-002", points=8.0, status="unknown"),
                LostPoints(rule="MX-004", points=7.0, status="fail"),
            ),
        ),
        "grade": "D",
        "grade_low": "D",
        "grade_high": "D",
        "cap_by": ("SPF-002",),
        "findings": findings(),
        "changes": changes(),
        "facts": {
            "domain": {"name": domain, "organizational": domain, "exists": True},
            "dns": {"provider": "DNS Host", "nameservers": ["ns1.dnshost.example", "ns2.dnshost.example"]},
            "dkim": {"selector2": {"target_format": {"unknown": "SERVFAIL from 192.0.2.53"}}},
        },
        "answers": answers(),
    }
    return DomainResult(**(given | changed))


def good(domain: str = "fabrikam.com") -> DomainResult:
    """An A: everything passes."""
    passed = tuple(
        replace(f, status="pass", fix=None, waiver=None, blocked_by="", evidence=())
        for f in findings()
        if f.status == "pass"
    )
    return result(
        domain,
        score=Score(low=100, high=100, reachable=100),
        grade="A",
        grade_low="A",
        grade_high="A",
        cap_by=(),
        findings=passed,
        changes=(),
        client="Fabrikam",
    )


def unreadable(domain: str = "silent.test") -> DomainResult:
    """A "?": nothing answered."""
    reason = "TIMEOUT for every server"
    return result(
        domain,
        unicode="",
        score=Score(low=0, high=100, reachable=100),
        grade="?",
        grade_low="F",
        grade_high="A",
        cap_by=(),
        findings=tuple(
            replace(
                f,
                status="unknown",
                message=f"Could not be determined: {reason}.",
                observed={"domain.exists": {"unknown": reason}},
                evidence=(0,),
                fix=None,
                waiver=None,
                blocked_by="",
            )
            for f in findings()
        ),
        changes=(),
        facts={"dns": {"provider": {"unknown": reason}, "nameservers": {"unknown": reason}}},
        answers=(QueryRecord(name=domain, type="MX", status="TIMEOUT", reason=reason),),
    )


def report(*domains: DomainResult, **changed: Any) -> Report:
    given: dict[str, Any] = {
        "tool": Tool(name="mailready", version="0.1.0", packs=(PackInfo(id="m365", version="1", digest="ab" * 32),)),
        "run": Run(
            id="r1",
            started="2026-11-21T09:00:00Z",
            finished="2026-11-21T09:00:02Z",
            source="system resolver",
            bad_rows=(BadRow(source="clients.csv", row=7, text="not a domain", error="It has a blank in it."),),
            unused_waivers=(
                UnusedWaiver(rule="SPF-009", domains=("*.fabrikam.com",), expires="2027-01-31", where="w.yaml:3"),
            ),
        ),
        "frameworks": FRAMEWORKS,
        "rules": RULES,
        "domains": domains or (result(), good(), unreadable()),
    }
    return Report(**(given | changed))


def many(number: int) -> Report:
    """A list of `number` domains, grades mixed."""
    makers: tuple[Callable[[str], DomainResult], ...] = (result, good, unreadable)
    return report(*(makers[i % 3](f"customer-{i:04d}.example") for i in range(number)))


FIXED = frozenset(
    {
        (Finding, "severity"),
        (Finding, "status"),
        (Fix, "effort"),
        (Fix, "owner"),
        (Change, "action"),
        (Change, "severity"),
        (Change, "owner"),
        (Change, "effort"),
        (LostPoints, "status"),
        (DomainResult, "grade"),
        (DomainResult, "grade_low"),
        (DomainResult, "grade_high"),
        (Report, "schema"),
    }
)
"""Fields that hold one of a few words; everything else can be hostile."""

RULE_IDS = frozenset(
    {(Finding, "rule"), (Finding, "blocked_by"), (Change, "rules"), (LostPoints, "rule"), (DomainResult, "cap_by")}
)


def map_text(
    value: T, change: Callable[[str], str], keep: frozenset[tuple[type, str]] = FIXED, keys: bool = False
) -> T:
    """`value` with `change` applied to every text in it but the fields of `keep`; to keys of maps too if `keys`."""
    if isinstance(value, str):
        return change(value)  # type: ignore[return-value]
    if names := field_names(value):
        new = {
            name: map_text(getattr(value, name), change, keep, keys)
            for name in names
            if (type(value), name) not in keep
        }
        return replace(value, **new)
    if isinstance(value, Mapping):
        return {  # type: ignore[return-value]
            (change(key) if keys else key): map_text(inner, change, keep, keys) for key, inner in value.items()
        }
    if isinstance(value, tuple | list):
        return type(value)(map_text(inner, change, keep, keys) for inner in value)  # type: ignore[call-arg]
    return value
