"""Whether the server still takes TLS 1.0 and 1.1. Only its own refusal counts as one: an alert, or 421 4.7.66."""

from __future__ import annotations

from typing import Final

from rules.facts import Unknown
from scanner.smtp.errors import SmtpError, TlsError
from scanner.smtp.session import Session
from scanner.smtp.tls import legacy
from scanner.smtp.transcript import Transcript
from scanner.smtp.wire import connect
from scanner.submission.checking.observed import LegacyTls, Seen
from scanner.submission.checking.plan import CheckPlan

__all__ = ["try_legacy"]

_REFUSING_ALERTS: Final = ("alert_protocol_version", "alert_insufficient_security")
"""Alerts 70 and 71 (RFC 8446 section 6.2), as OpenSSL names them."""
_LOCAL: Final = (
    "no_protocols_available",
    "no_ciphers_available",
    "unsupported_protocol",
    "no_suitable_signature_algorithm",
    "legacy_sigalg_disallowed_or_unsupported",
)
"""What OpenSSL says when it is itself that cannot."""
_TOO_OLD: Final = "4.7.66"


async def try_legacy(plan: CheckPlan, seen: Seen, deadline: float) -> tuple[LegacyTls | Unknown, str]:
    """What the server says to a client that speaks nothing newer than TLS 1.1, with words for people."""
    context = legacy()
    if context is None:
        return _unknown("the local OpenSSL is built without TLS 1.0 and 1.1, so they cannot be offered")
    transcript = Transcript()
    try:
        wire = await connect(seen.address, seen.plan.port, within=plan.seconds.connect, deadline=deadline)
    except SmtpError as error:
        return _unknown(error.text)
    try:
        session = Session(wire, transcript, plan.ehlo)
        if seen.plan.mode != "tls":
            await session.greeting()
            await session.ehlo()
            reply = await session.starttls()
            if not reply.ok:
                return _unknown(f"STARTTLS was answered with {reply.text}")
        await session.encrypt(context, plan.host)
        version = wire.tls.version() if wire.tls else None
        if seen.plan.mode == "tls":
            await session.greeting()
        reply, _ = await session.ehlo()
    except TlsError as error:
        if any(alert in error.alert for alert in _REFUSING_ALERTS):
            return "refused", f"the server refuses it ({error.alert.replace('_', ' ')})"
        if any(word in error.alert for word in _LOCAL):
            return _unknown(f"the local OpenSSL does not offer TLS 1.0 and 1.1 ({error.alert.replace('_', ' ')})")
        return _unknown(f"no encryption came about, without a refusal that names the version: {error.text}")
    except SmtpError as error:
        return _unknown(error.text)
    finally:
        await wire.close()
    if reply.ok:
        return "accepted", f"a session over {version} was answered"
    if _TOO_OLD in reply.text:
        return "refused", f"the server says {reply.text}"
    return _unknown(f"a session over {version} was answered with {reply.text}")


def _unknown(text: str) -> tuple[Unknown, str]:
    return Unknown(text), text
