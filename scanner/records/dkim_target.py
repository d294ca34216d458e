"""What a CNAME target at `selectorN._domainkey` says: whose it is, what is wrong with it, what was meant.

Pure: takes names, gives a reading, never raises. Only what follows with certainty is mended; the sentence of Microsoft Learn
("Set up DKIM") that the value must be read and not built holds here too.
"""

from __future__ import annotations

import functools
import re
from typing import Literal

import msgspec

from rules.facts import Host
from scanner.microsoft365 import (
    DkimTarget,
    classify_dkim_target,
    dkim_target,
    is_other_service_dkim_target,
    is_retired_dkim_target,
    token_matches,
)

__all__ = ["MICROSOFT_SELECTORS", "TargetReading", "other_selector", "read_target", "tenant_prefix"]

MICROSOFT_SELECTORS = ("selector1", "selector2")

_DIRT = re.compile(r'\\(?:032|009|010|013|034|039|194\\160|226\\128\\1(?:39|40|41))|\\?["\';,]|\s')
"""Blanks, quotes and the like inside a name, as presentation form escapes them."""
_SELECTOR_LABEL = re.compile(r"s?elector[12]-")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONGEST = 512


class TargetReading(msgspec.Struct, frozen=True, gc=False):
    """A target read for one selector of one domain.

    `target` is the Microsoft target that stands there, or that a damaged one was certainly meant to be; `problem` is a code of
    `dkim.selector1.problem`; `mended` is what to publish instead, where it is certain.
    """

    format: Literal["classic", "2025", "other"]
    matches: bool
    target: DkimTarget | None
    problem: str | None
    mended: Host | None = None


def read_target(cname: str, selector: str, domain: str, tenant: str = "") -> TargetReading:
    """Reads a target. `tenant` is what the list of domains said: an initial domain or its prefix; a GUID says nothing here."""
    target = classify_dkim_target(cname)
    if target is not None and selector in MICROSOFT_SELECTORS and _fault(target, selector, domain, tenant) is None:
        return TargetReading(target.format, True, target, None)
    read = _read_kept if len(cname) + len(tenant) <= _LONGEST else _read
    return read(cname, selector, domain, tenant)


def _read(cname: str, selector: str, domain: str, tenant: str) -> TargetReading:
    name = cname.lower().removesuffix(".")
    microsoft_selector = selector in MICROSOFT_SELECTORS
    target = classify_dkim_target(name)
    if target is not None:
        fault = _fault(target, selector, domain, tenant) if microsoft_selector else None
        mended = None
        if fault == "wrong_selector":
            swapped = dkim_target(target, selector)
            mended = swapped.host if _fault(swapped, selector, domain, tenant) is None else None
        return TargetReading(target.format, microsoft_selector and fault is None, target, fault, mended)
    if not microsoft_selector:
        return TargetReading("other", False, None, None)
    problem, meant = _meant(name[:_LONGEST], domain)
    certain = meant is not None and _fault(meant, selector, domain, tenant) is None
    return TargetReading("other", False, meant, problem, meant.host if meant and certain else None)


_read_kept = functools.lru_cache(maxsize=2048)(_read)


def other_selector(selector: str) -> str:
    """selector2 for selector1 and the reverse."""
    return MICROSOFT_SELECTORS[selector == MICROSOFT_SELECTORS[0]]


def _fault(target: DkimTarget, selector: str, domain: str, tenant: str) -> str | None:
    if target.selector != selector:
        return "wrong_selector"
    if not token_matches(target.token, domain):
        return "other_domain"
    expected = tenant_prefix(tenant) if tenant else ""
    if expected and expected != target.tenant:
        return "other_tenant"
    return None


def tenant_prefix(tenant: str) -> str:
    """The initial domain's prefix in what a list says of a tenant ("contoso", "contoso.onmicrosoft.com"); "" for a GUID or another domain."""
    name = tenant.strip().lower().removesuffix(".")
    if _GUID.fullmatch(name):
        return ""
    prefix, dot, rest = name.partition(".")
    return prefix if not dot or rest.startswith(("onmicrosoft.", "partner.onmschina.", "onmschina.")) else ""


def _meant(name: str, domain: str) -> tuple[str, DkimTarget | None]:
    """Why a name that is no Microsoft target is wrong, and the target it was certainly meant to be."""
    for zone in _zones(domain):
        if name.endswith(f".{zone}"):
            front = classify_dkim_target(name.removesuffix(f".{zone}"))
            if front is not None:
                return "zone_appended", front
    if is_retired_dkim_target(name):
        return "retired_target", None
    if is_other_service_dkim_target(name):
        return "other_target", None
    clean = _DIRT.sub("", name).strip(".")
    meant = classify_dkim_target(clean) or classify_dkim_target(_respelt(clean))
    if meant is not None:
        return "bad_target", meant
    labels = name.split(".")
    microsoft = any("microsoft" in label or _one_edit(label, "onmicrosoft") for label in labels)
    if microsoft or _SELECTOR_LABEL.match(labels[0]):
        return "bad_target", None
    return "other_target", None


def _zones(domain: str) -> list[str]:
    """What a name server's editor may have appended: the domain or a parent of at least two labels, alone or behind _domainkey."""
    labels = domain.lower().split(".")
    zones = [".".join(labels[start:]) for start in range(max(1, len(labels) - 1))]
    return [f"{origin}{zone}" for zone in zones for origin in ("_domainkey.", "")]


def _respelt(name: str) -> str:
    """The name with slips in Microsoft's own labels mended: one letter wrong, missing, doubled or swapped."""
    if name.endswith(".dkim.mail.microsoft.com"):
        return name.removesuffix(".com")
    labels = name.split(".")
    if len(labels) < 4:
        return name
    if _one_edit(labels[1], "_domainkey"):
        labels[1] = "_domainkey"
    if re.match(r"elector[12]-", labels[0]):
        labels[0] = "s" + labels[0]
    if labels[-2] == "onmicrosoft" or _one_edit(labels[-2], "onmicrosoft"):
        labels[-2] = "onmicrosoft"
        if labels[-1] != "com" and _one_edit(labels[-1], "com"):
            labels[-1] = "com"
    return ".".join(labels)


def _one_edit(word: str, meant: str) -> bool:
    """The word is `meant` but for one letter put in, left out, changed or swapped with its neighbour."""
    if word == meant or abs(len(word) - len(meant)) > 1:
        return False
    start = 0
    while start < min(len(word), len(meant)) and word[start] == meant[start]:
        start += 1
    rest, wanted = word[start:], meant[start:]
    return (
        rest[1:] == wanted[1:]
        or rest[1:] == wanted
        or rest == wanted[1:]
        or (rest[:2] == wanted[1::-1] and rest[2:] == wanted[2:])
    )
