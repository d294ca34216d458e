"""The next DMARC record to publish: the owner's own, its sure faults mended, and one careful step further where asked.

The steps are those of RFC 9989 sections 5 and 7: p=none with reports, quarantine with t=y, quarantine, reject. A domain
that neither sends nor receives takes them all at once: `v=DMARC1; p=reject;` (Microsoft's advice for parked domains).
"""

from __future__ import annotations

from rules.facts import Profile, Unknown
from scanner.probes.dmarc_walk import Found, WalkStep
from scanner.records.dmarc import Policy
from scanner.records.dmarc_mend import mend
from scanner.records.dmarc_near import near_miss
from scanner.records.dmarc_plain import plain_tags
from scanner.records.dmarc_tags import REPORT_TAGS, split

__all__ = ["suggest"]

_RANK = {"none": 0, "quarantine": 1, "reject": 2}


def suggest(
    own: WalkStep, found: Found | Unknown | None, applied: Policy | Unknown | None, profile: Profile
) -> str | Unknown | None:
    """The record to publish at the _dmarc name of `own`; None where nothing is to change, or not there.

    `found` and `applied` are the record and policy in effect. Not there means: the name is an alias whose record is kept
    elsewhere, or an inherited policy is enough. A report address that has to be made up is dmarc-reports@ the domain.
    """
    if not own.answer.known:
        return own.answer.unknown()
    if isinstance(found, Unknown):
        return found
    if own.answer.chain and own.answer.values:
        return None
    present = _present(own)
    if present is None and found is not None and found.inherited and found.record.error is None:
        if isinstance(applied, Unknown):
            return applied
        if _enough(applied or "none", profile):
            return None
        tags = _from_parent(found, applied or "none")
    else:
        tags = dict(mend(present).tags) if present is not None else {}
    if present is not None and found is not None and found.inherited and found.record.error is None:
        if isinstance(applied, Unknown):
            return applied
        tags = _at_least(tags, applied or "none")
    # What is not in effect yet is not made stricter than its owner meant it.
    in_effect = found is not None and found.record.error is None and (found.inherited == (present is None))
    tags = _lock(tags) if _parked(profile) else _advance(tags, own.domain, profile if in_effect else None)
    if len(own.counting) == 1 and _unchanged(own.counting[0], tags):
        return None
    return _text(tags, final_semicolon=present.rstrip().endswith(";") if present else _parked(profile))


def _present(own: WalkStep) -> str | None:
    """What the owner has at the name as one record that counts: the record, several as one, or what was meant as one."""
    texts = own.counting
    if not texts and own.answer.values:
        texts = tuple([near.mended for near in map(near_miss, own.answer.values) if near is not None])
    if len(texts) < 2:
        return texts[0] if texts else None
    # Tags that come twice are reduced to one by `mend`.
    joined = "; ".join([text.strip(" \t;") for text in texts])
    return f"{joined};" if texts[-1].rstrip().endswith(";") else joined


def _parked(profile: Profile) -> bool:
    return profile.sends_from_m365 is False and profile.inbound == "none"


def _enough(applied: Policy, profile: Profile) -> bool:
    """The policy is one that the profile accepts, or none that it accepts is stricter."""
    if _parked(profile):
        return applied == "reject"
    accepted = profile.dmarc_policies if isinstance(profile.dmarc_policies, (tuple, list)) else ()
    return applied in accepted or not any(_RANK[policy] > _RANK[applied] for policy in accepted)


def _from_parent(found: Found, applied: Policy) -> dict[str, str]:
    """The inherited record as one of the domain's own, with the policy that it has by inheritance.

    Reports asked for by a public suffix are its operator's, not the owner's.
    """
    if found.record.psd == "y":
        return {"p": applied}
    tags = {name: value for name, value in mend(found.record.text).tags if name not in ("sp", "np", "psd", "t")}
    return {**tags, "p": applied}


def _at_least(tags: dict[str, str], applied: Policy) -> dict[str, str]:
    """The owner's tags with the inherited policy, where theirs is weaker: mending a record must not open what is closed today."""
    meant = _RANK.get(tags.get("p", "none"), 0) - (tags.get("t") == "y")
    if meant >= _RANK[applied]:
        return tags
    return {**{name: value for name, value in tags.items() if name != "t"}, "p": applied}


def _lock(tags: dict[str, str]) -> dict[str, str]:
    kept = {
        name: value for name, value in tags.items() if name != "t" and (name not in ("sp", "np") or value == "reject")
    }
    return {**kept, "p": "reject"}


def _advance(tags: dict[str, str], domain: str, profile: Profile | None) -> dict[str, str]:
    """`tags` with reports asked for, and one step further where `profile` wants more than they give."""
    tags = {"p": "none", **tags}
    policy, testing = tags["p"], tags.get("t") == "y"
    if "rua" not in tags:
        tags["rua"] = f"mailto:dmarc-reports@{domain}"
        if policy == "none":
            return tags  # reports first: without them nobody knows what a policy would hit
    applied: Policy = "reject" if policy == "reject" else "quarantine" if policy == "quarantine" else "none"
    if testing:
        applied = "quarantine" if applied == "reject" else "none"
    if profile is None or _enough(applied, profile):
        return tags
    if policy == "none":
        return {**tags, "p": "quarantine", "t": "y"}
    if testing:
        return {name: value for name, value in tags.items() if name != "t"}
    return {**tags, "p": "reject"}


def _unchanged(text: str, tags: dict[str, str]) -> bool:
    """The published record says exactly `tags`, blanks and the case of values apart."""
    plain = plain_tags(text)
    if plain is not None:
        return plain == tags
    published = []
    for tag in split(text)[1:]:
        value = ",".join(uri.strip(" \t") for uri in tag.value.split(","))
        published.append((tag.name, value if tag.key in REPORT_TAGS else value.lower()))
    return sorted(published) == sorted(tags.items())


def _text(tags: dict[str, str], *, final_semicolon: bool) -> str:
    # Older receivers want p directly behind v.
    ordered = {name: tags[name] for name in ("p", "sp", "np", "t") if name in tags} | tags
    text = "; ".join(["v=DMARC1", *[f"{name}={value}" for name, value in ordered.items()]])
    return f"{text};" if final_semicolon else text
