"""Looks at every address and port at once, and beside them at the control connection."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from typing import Final

from rules.facts import Unknown
from scanner.dns.source import Source
from scanner.smtp.errors import NotConnectedError
from scanner.smtp.wire import connect
from scanner.submission.checking.legacy import try_legacy
from scanner.submission.checking.looking import look
from scanner.submission.checking.observed import Control, LegacyTls, Observation, Resolved, Seen
from scanner.submission.checking.plan import CheckPlan, HostPort
from scanner.submission.checking.resolve import resolve

__all__ = ["is_own_machine", "observe", "tried_addresses"]

LEGACY_SECONDS: Final = 2.0
"""Seconds that trying old TLS versions has in any case."""
PER_FAMILY: Final = 2
"""Addresses of a family that are tried; a large service has a dozen, all alike."""


async def observe(plan: CheckPlan, source: Source) -> Observation:
    """Everything that shows without signing in, within `plan.seconds.total`."""
    deadline = time.monotonic() + plan.seconds.total
    controlling = asyncio.create_task(_control(plan, source, deadline))
    resolved = await resolve(plan.host, source, min(plan.seconds.lookup, plan.seconds.total))
    addresses = tried_addresses(resolved)
    seen = await asyncio.gather(*(look(plan, address, port, deadline) for port in plan.ports for address in addresses))
    legacy, words = await _legacy(plan, seen, deadline)
    return Observation(
        resolved=resolved, seen=tuple(seen), control=await controlling, legacy=legacy, legacy_words=words
    )


def tried_addresses(resolved: Resolved) -> tuple[str, ...]:
    """The first addresses of each family, IPv4 first."""
    families = {4: [a for a in resolved.addresses if ":" not in a], 6: [a for a in resolved.addresses if ":" in a]}
    return tuple(address for family in families.values() for address in family[:PER_FAMILY])


async def _legacy(plan: CheckPlan, seen: list[Seen], deadline: float) -> tuple[LegacyTls | Unknown, str]:
    """Tries old versions where encryption was seen to come about."""
    if not plan.legacy_tls:
        return "not_tried", ""
    encrypted = [each for each in seen if each.tls_version is not None]
    if not encrypted:
        reason = "no port let encryption come about, so old versions could not be tried"
        return Unknown(reason), reason
    best = next((each for each in encrypted if each.is_verified), encrypted[0])
    return await try_legacy(plan, best, max(deadline, time.monotonic() + LEGACY_SECONDS))


async def _control(plan: CheckPlan, source: Source, deadline: float) -> Control | None:
    """Connects to the control target and sends nothing."""
    target = plan.control
    if target is None:
        return None
    resolved = await resolve(target.host, source, min(plan.seconds.lookup, plan.seconds.total))
    if not resolved.addresses:
        return Control(target, "unreachable", f"its name has no address ({resolved.words})")
    outcomes = await asyncio.gather(*(_reach(address, target, plan, deadline) for address in tried_addresses(resolved)))
    for reached, words in outcomes:
        if reached:
            return Control(target, "reachable", words)
    return Control(target, "unreachable", outcomes[0][1])


async def _reach(address: str, target: HostPort, plan: CheckPlan, deadline: float) -> tuple[bool, str]:
    try:
        wire = await connect(address, target.port, within=plan.seconds.connect, deadline=deadline)
    except NotConnectedError as error:
        return error.state == "refused", error.text
    await wire.close()
    return True, f"connected in {wire.connect_ms} ms"


def is_own_machine(host: str) -> bool:
    """The host is this machine, to which no network leads."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
