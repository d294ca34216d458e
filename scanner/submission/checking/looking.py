"""Looks at one address and port: a session as far as it goes without signing in.

Where verified encryption does not come about, a second session looks at what there is instead: only so can be told
whose certificate stands in the way, and what is offered behind it. Nothing secret ever goes over that one.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field, replace
from typing import Final

from rules.facts import Unknown
from scanner.dns.answer import instant
from scanner.smtp.errors import ClosedError, NotConnectedError, ProtocolError, SmtpError, TlsError, TooSlowError
from scanner.smtp.reply import Offer
from scanner.smtp.session import Session
from scanner.smtp.tls import Certificate, certificate_of, has_roots, looking, verifying
from scanner.smtp.transcript import Transcript
from scanner.smtp.wire import connect
from scanner.submission.checking.observed import CertificateState, Note, Seen, StartTls, State
from scanner.submission.checking.plan import CheckPlan, PortPlan

__all__ = ["look", "open_session"]

_READY: Final = 220
_EXPIRED: Final = 10
_NAME: Final = frozenset({62, 64})
"""OpenSSL's X509_V_ERR_CERT_HAS_EXPIRED, _HOSTNAME_MISMATCH and _IP_ADDRESS_MISMATCH (x509_vfy.h)."""
_OFFERS_STARTTLS: Final = frozenset({"client_submission", "legacy_tls", "hve"})
"""Servers of Microsoft of which it is known that they offer STARTTLS: where it is missing, it was taken out."""


@dataclass(slots=True)
class _Look:
    """What a session has shown so far."""

    place: str
    state: State | Unknown = "open"
    reason: str = ""
    banner: str | None = None
    starttls: StartTls | Unknown = "not_tried"
    tls_version: str | None = None
    cipher: str | None = None
    shown: Certificate | None = None
    before: Offer | None = None
    offer: Offer | None = None
    refused: TlsError | None = None
    verified: bool = False
    notes: list[Note] = field(default_factory=list)

    def note(self, code: str, text: str) -> None:
        self.notes.append(Note(code, text, self.place))

    def stop(self, state: State | Unknown, error: SmtpError) -> None:
        """The session ended before it could be called one."""
        self.state, self.reason = state, error.text
        self.note(error.code, error.text)


async def look(plan: CheckPlan, address: str, port: PortPlan, deadline: float) -> Seen:
    """Everything that shows without signing in; never raises for what the server does."""
    at = instant()
    transcript = Transcript()
    first, connect_ms = await _session(plan, address, port, deadline, transcript, verifying(plan.ca_file))
    if first.refused is None:
        return _seen(first, address, port, connect_ms, transcript, _judged(first, plan), at)
    transcript.event("a second connection, to look at what is offered without trusting it")
    second, _ = await _session(plan, address, port, deadline, transcript, looking())
    merged = _merged(first, second)
    return _seen(merged, address, port, connect_ms, transcript, _judged(merged, plan), at)


async def open_session(
    plan: CheckPlan, address: str, port: PortPlan, deadline: float, transcript: Transcript
) -> tuple[Session, Offer]:
    """A session inside verified encryption, greeted, with what it offers; without encryption only where the port is plain.

    Raises SmtpError.
    """
    wire = await connect(address, port.port, within=plan.seconds.connect, deadline=deadline)
    try:
        transcript.event(f"connected to {address} port {port.port}")
        session = Session(wire, transcript, plan.ehlo)
        if port.mode == "tls":
            await session.encrypt(verifying(plan.ca_file), plan.host)
        await session.greeting()
        _, offer = await session.ehlo()
        if port.mode == "starttls":
            await _must_start(session)
            await session.encrypt(verifying(plan.ca_file), plan.host)
            _, offer = await session.ehlo()
    except BaseException:
        await wire.close()
        raise
    return session, offer


async def _must_start(session: Session) -> None:
    reply = await session.starttls()
    if reply.code != _READY:
        raise ProtocolError("starttls_refused", f"STARTTLS was refused: {reply.text}")


async def _session(
    plan: CheckPlan, address: str, port: PortPlan, deadline: float, transcript: Transcript, context: ssl.SSLContext
) -> tuple[_Look, int | None]:
    seen = _Look(f"{address} port {port.port}")
    try:
        wire = await connect(address, port.port, within=plan.seconds.connect, deadline=deadline)
    except NotConnectedError as error:
        seen.state, seen.reason = error.state, error.text
        transcript.event(f"{address} port {port.port}: {error.text}")
        return seen, None
    transcript.event(f"connected to {address} port {port.port} in {wire.connect_ms} ms")
    session = Session(wire, transcript, plan.ehlo)
    try:
        if await _greet(seen, session, plan, port, context) and await _hello(seen, session, port):
            if port.mode == "starttls":
                await _start(seen, session, plan, context)
            if seen.refused is None:
                await session.quit()
    except SmtpError as error:
        transcript.event(error.text)
        _ended(seen, error)
    finally:
        await wire.close()
    return seen, wire.connect_ms


async def _greet(seen: _Look, session: Session, plan: CheckPlan, port: PortPlan, context: ssl.SSLContext) -> bool:
    """Encryption where it comes first, and the greeting. False where nothing may follow."""
    try:
        if port.mode == "tls":
            await session.encrypt(context, plan.host)
            _encrypted(seen, session)
        reply = await session.greeting()
    except TlsError as error:
        session.transcript.event(error.text)
        seen.refused = error if error.code in ("certificate", "handshake") else None
        seen.stop("closed_early" if error.code == "closed_in_handshake" else "not_smtp", error)
        return False
    except TooSlowError as error:
        session.transcript.event(error.text)
        seen.stop(Unknown(f"connected, but {error.text}"), error)
        return False
    except SmtpError as error:
        session.transcript.event(error.text)
        seen.stop("closed_early" if isinstance(error, ClosedError) else "not_smtp", error)
        return False
    seen.banner = " ".join(reply.lines)
    if not reply.clean:
        seen.note("bad_octets", "the greeting has octets that are no UTF-8")
    if reply.code != _READY:
        seen.note("greeting_refused", f"the server greets with {reply.text}")
        return False
    return True


async def _hello(seen: _Look, session: Session, port: PortPlan) -> bool:
    """EHLO, in the clear unless encryption came first."""
    reply, offer = await session.ehlo()
    if not reply.ok:
        seen.note("ehlo_refused", f"EHLO was answered with {reply.text}")
        if port.mode != "tls":
            seen.starttls = Unknown(f"EHLO was answered with {reply.text}")
        return False
    if port.mode == "tls":
        seen.offer = offer
    else:
        seen.before = offer
        seen.starttls = "offered" if offer.starttls else "missing"
    return True


async def _start(seen: _Look, session: Session, plan: CheckPlan, context: ssl.SSLContext) -> None:
    """STARTTLS, the handshake and EHLO again."""
    assert seen.before is not None
    if not seen.before.starttls:
        masked = seen.before.masked or "****" in (seen.banner or "")
        if masked or plan.form.kind in _OFFERS_STARTTLS:
            seen.starttls = "stripped"
            why = "a keyword of EHLO is overwritten" if masked else f"{plan.host} offers it everywhere else"
            seen.note("starttls_stripped", f"STARTTLS is taken out on the way: {why}")
        return
    reply = await session.starttls()
    if reply.code != _READY:
        seen.starttls = "failed"
        seen.note("starttls_refused", f"STARTTLS is offered, and then answered with {reply.text}")
        return
    try:
        await session.encrypt(context, plan.host)
    except SmtpError as error:
        session.transcript.event(error.text)
        if isinstance(error, TlsError) and error.code in ("certificate", "handshake"):
            seen.refused = error
        seen.starttls = Unknown(error.text) if isinstance(error, TooSlowError) else "failed"
        seen.note(error.code, error.text)
        return
    _encrypted(seen, session)
    _, seen.offer = await session.ehlo()


def _encrypted(seen: _Look, session: Session) -> None:
    tls = session.wire.tls
    assert tls is not None
    cipher = tls.cipher()
    seen.tls_version, seen.cipher = tls.version(), cipher[0] if cipher else None
    seen.shown, seen.verified = certificate_of(tls), session.verified


def _ended(seen: _Look, error: SmtpError) -> None:
    """The session ended after the greeting."""
    seen.note(error.code, error.text)
    if isinstance(error, ClosedError) and seen.before is None and seen.tls_version is None:
        seen.state, seen.reason = "closed_early", error.text
    elif seen.starttls == "not_tried" and seen.tls_version is None:
        seen.starttls = Unknown(error.text)
    elif seen.starttls == "offered" and seen.tls_version is None:
        seen.starttls = Unknown(error.text) if isinstance(error, TooSlowError) else "failed"


def _merged(first: _Look, second: _Look) -> _Look:
    """What the untrusting look showed, with the fault for which it was needed."""
    assert first.refused is not None
    if second.tls_version is None:
        return replace(first, notes=[*first.notes])
    notes = list(dict.fromkeys([*(note for note in first.notes if note.code == first.refused.code), *second.notes]))
    return replace(second, refused=first.refused, verified=False, notes=notes)


def _judged(seen: _Look, plan: CheckPlan) -> CertificateState | Unknown:
    """How the certificate verified for the host's name."""
    if seen.verified:
        return "trusted"
    if seen.refused is None or seen.refused.code != "certificate":
        return (
            "not_tried"
            if seen.shown is None
            else Unknown("the handshake failed with a verifying client, and not without verifying")
        )
    if seen.refused.verify_code == _EXPIRED:
        return "expired"
    if seen.refused.verify_code in _NAME:
        return "wrong_name"
    if not has_roots(plan.ca_file):
        return Unknown(
            "this machine has no root certificates to verify against; install ca-certificates or give --ca-file"
        )
    return "untrusted"


def _seen(
    seen: _Look,
    address: str,
    port: PortPlan,
    connect_ms: int | None,
    transcript: Transcript,
    certificate: CertificateState | Unknown,
    at: str,
) -> Seen:
    return Seen(
        address=address,
        plan=port,
        state=seen.state,
        reason=seen.reason,
        connect_ms=connect_ms,
        banner=seen.banner,
        starttls=seen.starttls,
        tls_version=seen.tls_version,
        cipher=seen.cipher,
        certificate=certificate,
        shown=seen.shown,
        before=seen.before,
        offer=seen.offer,
        notes=tuple(seen.notes),
        lines=transcript.lines,
        at=at,
    )
