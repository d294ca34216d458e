"""What Microsoft 365's names look like: its MX hosts, DKIM targets, SPF includes and autodiscover names.

The names are data (`data/microsoft365.yaml`, with source and date); this module gives them types and matches hosts
against them. Hosts are compared by labels, without case and final dot: `mx.microsoft` is below the top-level domain
`microsoft`, and `mx.microsoft.com` is not meant. A partition (`o-v1`) that nobody has seen before is accepted.
"""

from __future__ import annotations

import functools
import re
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from rules.facts import Host
from scanner.data import read_data

__all__ = [
    "DkimTarget",
    "MxForm",
    "autodiscover_cloud",
    "classify_dkim_target",
    "classify_mx",
    "dkim_target",
    "is_other_service_dkim_target",
    "is_retired_dkim_target",
    "obsolete_spf_includes",
    "spf_cloud",
    "spf_hosts",
    "token_matches",
    "token_of",
    "tokens_documented",
]

MxFormat = Literal["classic", "2025", "gov", "china", "retired"]
Cloud = Literal["worldwide", "gcchigh", "china"]

_TOKEN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_PARTITION = re.compile(r"[a-z0-9]{1,16}-v[0-9]{1,4}")
_DKIM_LABEL = re.compile(r"(selector[12])-([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)")
_LONGEST_TOKEN = 53
"""What a label of 63 octets leaves behind `selector1-`; how Microsoft shortens longer ones is not documented."""

_LONGEST_KEPT = 300
"""Characters of a host whose form is kept, since several facts of a domain ask for it."""


class MxForm(msgspec.Struct, frozen=True, gc=False):
    """A Microsoft MX host. `token` is empty where the form has none; `cloud` is None for a cloud that was closed."""

    format: MxFormat
    cloud: Cloud | None
    token: str
    partition: str = ""

    @property
    def current(self) -> bool:
        """Microsoft hands such hosts out today."""
        return self.format != "retired"


class DkimTarget(msgspec.Struct, frozen=True, gc=False):
    """What `selector1-contoso-com._domainkey.contoso.onmicrosoft.com` or its 2025 form says; all in lower case.

    `tenant_domain` is the tenant's initial domain, in the 2025 form derived from the prefix (Microsoft Learn,
    "Set up DKIM": InitialDomainPrefix). `host` is the target itself.
    """

    format: Literal["classic", "2025"]
    selector: str
    token: str
    tenant: str
    cloud: Cloud
    tenant_domain: Host
    partition: str
    host: Host


@dataclass(frozen=True, slots=True)
class _MxRule:
    suffix: str
    shape: Literal["token", "partition", "below"]
    format: MxFormat
    cloud: Cloud | None


@dataclass(frozen=True, slots=True)
class _DkimRule:
    ending: str
    shape: Literal["tenant", "partition"]
    format: Literal["classic", "2025"]
    cloud: Cloud
    initial_domain: str


@dataclass(frozen=True, slots=True)
class _Knowledge:
    mx: tuple[_MxRule, ...]
    dkim: tuple[_DkimRule, ...]
    dkim_retired: tuple[tuple[str, ...], ...]
    dkim_other: tuple[tuple[str, ...], ...]
    spf: Mapping[str, Cloud]
    spf_obsolete: tuple[str, ...]
    autodiscover: Mapping[str, str]


@functools.cache
def _knowledge() -> _Knowledge:
    data: Any = read_data("microsoft365.yaml")
    return _Knowledge(
        mx=tuple(_MxRule(_normal(r["suffix"]), r["shape"], r["format"], r["cloud"]) for r in data["mx"]),
        dkim=tuple(
            _DkimRule("." + _normal(r["suffix"]), r["shape"], r["format"], r["cloud"], r["initial_domain"])
            for r in data["dkim"]
        ),
        dkim_retired=tuple(_labels(r["suffix"]) for r in data["dkim_retired"]),
        dkim_other=tuple(_labels(r["suffix"]) for r in data["dkim_other"]),
        spf=types.MappingProxyType({r["host"]: r["cloud"] for r in data["spf"]}),
        spf_obsolete=tuple(r["host"] for r in data["spf_obsolete"]),
        autodiscover=types.MappingProxyType({r["host"]: r["cloud"] for r in data["autodiscover"]}),
    )


def _normal(host: str) -> str:
    return host.strip().lower().removesuffix(".")


def _labels(host: str) -> tuple[str, ...]:
    return tuple(_normal(host).split("."))


def _in_front(labels: tuple[str, ...], suffix: tuple[str, ...]) -> tuple[str, ...] | None:
    """The labels in front of the suffix; None where the name does not end in it."""
    cut = len(labels) - len(suffix)
    return labels[:cut] if cut >= 0 and labels[cut:] == suffix else None


def classify_mx(host: str) -> MxForm | None:
    """The Microsoft 365 form of an MX host; None for any other host.

    The consumer service (`olc.protection.outlook.com`) is not a tenant's MX, and neither is a name in which Microsoft's
    suffix stands behind more than the token (`contoso.com.mail.protection.outlook.com`).
    """
    return _mx_form_kept(host) if len(host) <= _LONGEST_KEPT else _mx_form(host)


def _mx_form(host: str) -> MxForm | None:
    name = _normal(host)
    for rule in _knowledge().mx:
        if not name.endswith(rule.suffix):
            continue
        above = name[: -len(rule.suffix)]
        if above and above[-1] != ".":
            continue
        front = above[:-1].split(".") if above else []
        if rule.shape == "below":
            token = front[0] if len(front) == 1 and _TOKEN.fullmatch(front[0]) else ""
            return MxForm(rule.format, rule.cloud, token)
        if rule.shape == "token" and len(front) == 1 and _TOKEN.fullmatch(front[0]):
            return MxForm(rule.format, rule.cloud, front[0])
        if (
            rule.shape == "partition"
            and len(front) == 2
            and _TOKEN.fullmatch(front[0])
            and _PARTITION.fullmatch(front[1])
        ):
            return MxForm(rule.format, rule.cloud, front[0], front[1])
    return None


_mx_form_kept = functools.lru_cache(maxsize=4096)(_mx_form)


def classify_dkim_target(host: str) -> DkimTarget | None:
    """What a CNAME target says of selector and tenant; None where it is not exactly of a Microsoft form."""
    return _dkim_target_kept(host) if len(host) <= _LONGEST_KEPT else _dkim_target(host)


def _dkim_target(host: str) -> DkimTarget | None:
    name = _normal(host)
    label, _, rest = name.partition("._domainkey.")
    named = _DKIM_LABEL.fullmatch(label)
    if named is None:
        return None
    for rule in _knowledge().dkim:
        if not rest.endswith(rule.ending):
            continue
        tenant, dot, partition = rest.removesuffix(rule.ending).partition(".")
        shaped = not dot if rule.shape == "tenant" else _PARTITION.fullmatch(partition)
        if not shaped or not _TOKEN.fullmatch(tenant):
            continue
        return DkimTarget(
            format=rule.format,
            selector=named[1],
            token=named[2],
            tenant=tenant,
            cloud=rule.cloud,
            tenant_domain=Host(f"{tenant}.{rule.initial_domain}"),
            partition=partition,
            host=Host(name),
        )
    return None


_dkim_target_kept = functools.lru_cache(maxsize=4096)(_dkim_target)


def dkim_target(target: DkimTarget, selector: str) -> DkimTarget:
    """The same tenant's and domain's target for another selector (selector1 or selector2)."""
    _, _, rest = target.host.partition(".")
    swapped = Host(f"{selector}-{target.token}.{rest}")
    return DkimTarget(
        target.format,
        selector,
        target.token,
        target.tenant,
        target.cloud,
        target.tenant_domain,
        target.partition,
        swapped,
    )


def is_retired_dkim_target(host: str) -> bool:
    """The target lies in the zone of a Microsoft cloud that was closed."""
    labels = _labels(host)
    return any(_in_front(labels, suffix) for suffix in _knowledge().dkim_retired)


def is_other_service_dkim_target(host: str) -> bool:
    """The target is that of another Microsoft service, such as Azure Communication Services."""
    labels = _labels(host)
    return any(_in_front(labels, suffix) for suffix in _knowledge().dkim_other)


def spf_cloud(include_host: str) -> Cloud | None:
    """The cloud whose sending servers an include names; None for any other host."""
    return _knowledge().spf.get(_normal(include_host))


def spf_hosts() -> Mapping[Cloud, str]:
    """The host to include for each cloud; GCC High's serves DoD too."""
    return {cloud: host for host, cloud in _knowledge().spf.items()}


def obsolete_spf_includes() -> tuple[str, ...]:
    """Includes of former Microsoft services, which spend lookups for nothing."""
    return _knowledge().spf_obsolete


def autodiscover_cloud(host: str) -> str | None:
    """The cloud (dod told apart) that an autodiscover CNAME's target belongs to; None for any other host."""
    return _knowledge().autodiscover.get(_normal(host))


def token_of(domain: str) -> str:
    """Microsoft's token for a domain: dots become dashes; a domain with hyphens loses them and gains a suffix.

    The former is documented (Microsoft Learn, "External DNS records"), the latter is not: the suffix was read from
    public samples (a bitmap of the hyphens' positions, four a letter, runs of empty ones counted). So a mismatch
    informs and never decides; ask `token_matches`.
    """
    domain = _normal(domain)
    base = domain.replace("-", "").replace(".", "-")
    hyphens = [index for index, character in enumerate(domain) if character == "-"]
    if not hyphens:
        return base
    nibbles = [0] * (hyphens[-1] // 4 + 1)
    for position in hyphens:
        nibbles[position // 4] |= 1 << position % 4
    suffix, empty = "0", 0
    for nibble in nibbles:
        if nibble == 0:
            empty += 1
            continue
        suffix += (str(empty) if empty else "") + chr(ord("a") + nibble)
        empty = 0
    return base + suffix


def tokens_documented(domain: str) -> bool:
    """The domain's token follows from the documented rule alone, so that it may be built and asked for."""
    domain = _normal(domain)
    return "-" not in domain and len(domain) <= _LONGEST_TOKEN


def token_matches(token: str, domain: str) -> bool:
    """False only where a token is proved to be another domain's.

    Only the letters and digits in their order are compared: what Microsoft does with the hyphens of a domain is not
    documented. Internationalised and very long domains match any token, because nothing is known of theirs.
    """
    if token == domain.replace(".", "-"):  # nearly every one, by the documented rule
        return True
    token, domain = token.lower(), _normal(domain)
    base = domain.replace("-", "").replace(".", "-")
    if len(base) > _LONGEST_TOKEN or any(label.startswith("xn--") for label in domain.split(".")):
        return True
    if token.replace("-", "") == domain.replace("-", "").replace(".", ""):
        return True
    return "-" in domain and re.fullmatch(r"0[a-p0-9]*", token.removeprefix(base)) is not None and token != base
