"""How `--profile auto` chooses: from a fixed set of facts, for each domain, with the reason in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rules.facts import Unknown, Value
from scanner.providers import gateway_name

__all__ = ["AUTO_FACTS", "choose_profile"]

AUTO_FACTS: Final = frozenset({"domain.parked", "mx.primary_kind", "mx.primary_provider"})
"""What is demanded before a profile is chosen."""


def choose_profile(facts: Mapping[str, Value]) -> tuple[str, str]:
    """The profile for a domain with these facts, and why. What could not be determined leads to onboarding."""
    parked = facts.get("domain.parked", _NOT_COLLECTED)
    kind = facts.get("mx.primary_kind", _NOT_COLLECTED)
    if parked is True:
        return "parked", "the domain neither sends nor receives mail, and no tenant is being prepared"
    if isinstance(kind, Unknown):
        return "onboarding", f"what receives the domain's mail could not be determined: {kind.reason}"
    if kind == "gateway":
        return "behind-gateway", f"its mail is received first by {_named(facts.get('mx.primary_provider'))}"
    if isinstance(parked, Unknown):
        return "onboarding", f"whether the domain is parked could not be determined: {parked.reason}"
    if kind == "mixed":
        return "onboarding", "the domain takes part in mail, and several mail systems share the first place in MX"
    return "onboarding", "the domain takes part in mail, and no gateway that we know receives first"


def _named(provider: Value) -> str:
    """The gateway's name; several gateways at one preference have none in common."""
    name = gateway_name(provider) if isinstance(provider, str) else None
    return f"the gateway {name}" if name else "a gateway"


_NOT_COLLECTED: Final = Unknown("it was not collected")
