"""What one DMARC record says (RFC 9989 sections 4.7, 4.8 and 4.10.1). Pure; nothing is asked.

The tag list is split here, the meaning of each value is checkdmarc's (`checkdmarc_adapter`), and what follows from a fault
is RFC 9989's:

* a bad value of t, psd, adkim, aspf or fo gives way to its default, an empty or unknown tag to nothing;
* without a valid `p`, or with an invalid `sp` or `np`, the record acts as `p=none` if it has a valid rua address, and is
  unusable if it has none; a `p` that is merely absent is none;
* a tag that comes twice makes the whole list unusable (RFC 6376 section 3.2, which gives DMARC its syntax).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from scanner.records.checkdmarc_adapter import read_tags, report_address
from scanner.records.dmarc_plain import plain_tags
from scanner.records.dmarc_tags import HISTORIC_TAGS, LONGEST_CACHED, POLICY_TAGS, Tag, counts, known_tags, split

__all__ = [
    "DmarcRecord",
    "Policy",
    "ReportUri",
    "applied_policy",
    "counts",
    "read",
    "report_uri",
    "report_uris",
    "weaker",
]

Policy = Literal["none", "quarantine", "reject"]
POLICIES: tuple[Policy, ...] = ("none", "quarantine", "reject")
"""Weakest first."""

_LONGEST_URI = 1000
_HOST = re.compile(
    r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z", re.IGNORECASE
)
_AUTHORITY = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#@:\[\]]+)(?::[0-9]*)?(?:[/?#]|\Z)", re.IGNORECASE)
_PERCENT = re.compile(r"(?:100|[0-9]{1,2})\Z")


class ReportUri(msgspec.Struct, frozen=True, gc=False):
    """A valid report destination: the URI without blanks and without a historic size limit, and its host ("" if it has none)."""

    uri: str
    host: str


class DmarcRecord(msgspec.Struct, frozen=True, gc=False):
    """A record that counts. Values are those in effect, defaults included; None is a policy that is absent or invalid.

    `bad_policies` names p, sp and np where their value is invalid, `repeated` the tags that come more than once.
    `error` says why no DMARC processing follows from the record; None where it does.
    """

    text: str
    policy: Policy | None
    subdomain_policy: Policy | None
    nonexistent_policy: Policy | None
    testing: bool
    psd: Literal["y", "n", "u"]
    alignment_dkim: Literal["relaxed", "strict"]
    alignment_spf: Literal["relaxed", "strict"]
    fo: str
    rua: tuple[ReportUri, ...]
    ruf: tuple[ReportUri, ...]
    pct: int | None
    historic: tuple[str, ...]
    bad_policies: tuple[str, ...]
    repeated: tuple[str, ...]
    error: str | None


def read(text: str) -> DmarcRecord:
    """Reads a record for which `counts` holds. Never raises for anything in it."""
    return _read(text) if len(text) <= LONGEST_CACHED else _read.__wrapped__(text)


@functools.lru_cache(maxsize=4096)
def _read(text: str) -> DmarcRecord:
    plain = plain_tags(text)
    if plain is None:
        return _careful(text)
    return _record(text, plain, plain, _plain_uris(plain, "rua"), _plain_uris(plain, "ruf"))


def _careful(text: str) -> DmarcRecord:
    tags, repeated = known_tags(split(text))
    values = read_tags({name: tag.value for name, tag in tags.items() if tag.sound})
    rua, ruf = (tuple(u for u in report_uris(tags[n].value) if u) if n in tags else () for n in ("rua", "ruf"))
    bad = tuple(name for name in POLICY_TAGS if name in tags and values.get(name) is None)
    published = {name: tag.value for name, tag in tags.items()}
    return _record(text, published, values, rua, ruf, bad, repeated, _error(tags, bad, repeated, bool(rua)))


def _record(
    text: str,
    published: Mapping[str, str],
    values: Mapping[str, Any],
    rua: tuple[ReportUri, ...],
    ruf: tuple[ReportUri, ...],
    bad_policies: tuple[str, ...] = (),
    repeated: tuple[str, ...] = (),
    error: str | None = None,
) -> DmarcRecord:
    """The record with its defaults; `values` are what the values that are `published` mean."""
    return DmarcRecord(
        text=text,
        policy=values.get("p"),
        subdomain_policy=values.get("sp"),
        nonexistent_policy=values.get("np"),
        testing=values.get("t") == "y",
        psd=values.get("psd") or "u",
        alignment_dkim="strict" if values.get("adkim") == "s" else "relaxed",
        alignment_spf="strict" if values.get("aspf") == "s" else "relaxed",
        fo=values.get("fo") or "0",
        rua=rua,
        ruf=ruf,
        pct=_percent(published["pct"]) if "pct" in published else None,
        historic=tuple([name for name in HISTORIC_TAGS if name in published]),
        bad_policies=bad_policies,
        repeated=repeated,
        error=error,
    )


def _plain_uris(plain: Mapping[str, str], name: str) -> tuple[ReportUri, ...]:
    if name not in plain:
        return ()
    return tuple([ReportUri(uri, uri.rpartition("@")[2].lower()) for uri in plain[name].split(",")])


def _percent(value: str) -> int | None:
    return int(value) if _PERCENT.match(value.strip()) else None


def _error(tags: dict[str, Tag], bad: tuple[str, ...], repeated: tuple[str, ...], reported: bool) -> str | None:
    if repeated:
        return f"The record has the tag {repeated[0]} more than once, which makes its whole tag list invalid."
    if bad and not reported:
        tag = tags[bad[0]]
        return (
            f"{tag.text[:60]!r} is not a valid policy, and without a valid rua address the record then has no effect."
        )
    return None


def report_uris(value: str) -> tuple[ReportUri | None, ...]:
    """The URIs of a rua or ruf value in order, None in the place of each that is not valid. At most 100 are looked at."""
    return tuple(report_uri(uri) for uri in value.split(",", 100)[:100])


def report_uri(text: str) -> ReportUri | None:
    """One report URI, or None where it is not a syntactically valid one (RFC 3986, RFC 6068)."""
    uri = text.strip(" \t")
    if len(uri) > _LONGEST_URI or not uri.isascii() or not uri.isprintable():
        return None
    found = report_address(uri)
    if found is None:
        return None
    if found.scheme != "mailto":
        authority = _AUTHORITY.match(uri)
        return ReportUri(uri, authority[1].lower() if authority and _HOST.match(authority[1]) else "")
    # checkdmarc reads the front of a mailto URI and lets anything follow.
    limit = f"!{found.size_limit}" if found.size_limit else ""
    rest = uri[len("mailto:") + len(found.address) + len(limit) :]
    mailbox, _, host = found.address.rpartition("@")
    if (rest and not re.match(r"\?[!-~]*\Z", rest)) or "@" in mailbox or "," in mailbox or not _HOST.match(host):
        return None
    return ReportUri(f"mailto:{found.address}", host.lower())


def weaker(policy: Policy) -> Policy:
    """One step less, as `t=y` asks (RFC 9989 section 4.7)."""
    return POLICIES[max(POLICIES.index(policy) - 1, 0)]


def applied_policy(record: DmarcRecord, *, inherited: bool = False, exists: bool = True) -> Policy | None:
    """What receivers apply to mail of a domain: its own record's `p`, or of an inherited one `sp` or, where the domain
    does not exist, `np`; then `t`. None where the record has no effect (RFC 9989 section 4.10.1)."""
    if record.error is not None:
        return None
    if record.bad_policies:
        return "none"
    chosen = record.policy
    if inherited:
        chosen = record.subdomain_policy or chosen
        if not exists:
            chosen = record.nonexistent_policy or chosen
    chosen = chosen or "none"
    return weaker(chosen) if record.testing else chosen
