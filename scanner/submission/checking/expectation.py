"""What receivers are expected to find of a message from a domain, as its DNS scan says. Pure but for `expectation_of`, which asks.

Only mail that leaves through Microsoft 365 is spoken of: another server's addresses are not known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rules.facts import Unknown, Value
from rules.loader import select
from rules.model import Library
from rules.results import Target
from scanner.dns.source import Source
from scanner.plan import PROBES, make_plan
from scanner.probes.rounds import collect
from scanner.scan import facts_of

__all__ = ["expectation_of", "expected"]

WANTED: Final = frozenset(
    {
        "spf.status",
        "spf.authorises_m365",
        "spf.all",
        "dkim.selector1.key_status",
        "dkim.selector1.target_matches",
        "dkim.selector2.key_status",
        "dkim.selector2.target_matches",
        "dmarc.status",
        "dmarc.applied_policy",
    }
)


async def expectation_of(domain: str, source: Source, library: Library, *, through_microsoft: bool) -> tuple[str, ...]:
    """A sentence each for SPF, DKIM and DMARC of a From domain."""
    target = Target(domain=domain, unicode=domain)
    plan = make_plan(select(library, "onboarding"), all_facts=True)
    observed = await collect(source, target, PROBES, WANTED, {})
    facts, _ = await facts_of(target, plan, observed, wanted=WANTED)
    return expected(domain, facts, through_microsoft=through_microsoft)


def expected(domain: str, facts: Mapping[str, Value], *, through_microsoft: bool) -> tuple[str, ...]:
    """The sentences. What could not be asked is said to be unknown, and nothing is concluded from it."""
    spf, spf_words = _spf(domain, facts, through_microsoft)
    dkim, dkim_words = _dkim(domain, facts, through_microsoft)
    return (spf_words, dkim_words, _dmarc(domain, facts, spf, dkim))


def _spf(domain: str, facts: Mapping[str, Value], microsoft: bool) -> tuple[bool | None, str]:
    status = facts.get("spf.status")
    if isinstance(status, Unknown):
        return None, f"SPF: could not be determined ({status.reason})."
    if status == "none":
        return False, f"SPF: {domain} publishes no record, so it does not pass."
    if status == "permerror":
        return False, f"SPF: the record of {domain} cannot be used by receivers (permerror), so it does not pass."
    if not microsoft:
        return (
            None,
            f"SPF: {domain} has a record; whether it authorises this server's outgoing addresses is not known here.",
        )
    authorised = facts.get("spf.authorises_m365")
    if isinstance(authorised, Unknown):
        return None, f"SPF: could not be determined ({authorised.reason})."
    if authorised:
        return True, f"SPF: passes for {domain}; its record authorises Microsoft 365."
    return False, f"SPF: the record of {domain} does not authorise Microsoft 365, so it does not pass."


def _dkim(domain: str, facts: Mapping[str, Value], microsoft: bool) -> tuple[bool | None, str]:
    if not microsoft:
        return None, f"DKIM: whether this server signs for {domain} is not known here."
    selectors = [
        (facts.get(f"dkim.{name}.key_status"), facts.get(f"dkim.{name}.target_matches"))
        for name in ("selector1", "selector2")
    ]
    if any(key == "live" and matches is True for key, matches in selectors):
        return (
            True,
            f"DKIM: a selector of Microsoft 365 has its key for {domain}, so the signature passes if signing is switched on.",
        )
    unknown = next((part for selector in selectors for part in selector if isinstance(part, Unknown)), None)
    if unknown is not None:
        return None, f"DKIM: could not be determined ({unknown.reason})."
    return (
        False,
        f"DKIM: no selector of Microsoft 365 is published for {domain}; the signature is that of the tenant's onmicrosoft.com domain, which is not aligned.",
    )


def _dmarc(domain: str, facts: Mapping[str, Value], spf: bool | None, dkim: bool | None) -> str:
    status, policy = facts.get("dmarc.status"), facts.get("dmarc.applied_policy")
    if isinstance(status, Unknown):
        return f"DMARC: could not be determined ({status.reason})."
    passes = (
        "passes"
        if spf or dkim
        else "fails"
        if spf is False and dkim is False
        else "depends on the parts that are not known"
    )
    if status != "valid":
        what = "no record" if status == "none" else "a record that cannot be used"
        return f"DMARC: {domain} has {what}; it would be judged thus: {passes}."
    told: Any = "not known" if isinstance(policy, Unknown) else policy
    return f"DMARC: {passes}; the policy for {domain} is {told}."
