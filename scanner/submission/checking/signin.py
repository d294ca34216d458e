"""Signs in, tries an envelope, sends one message: as far as was asked for, and each once.

Nothing secret is sent outside of encryption that verified for the host. A refused sign-in is not tried again: each try
counts toward locking the account.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

from rules.facts import Unknown
from scanner.dns.answer import instant
from scanner.secret import Secret
from scanner.smtp.errors import SmtpError
from scanner.smtp.reply import Offer, Reply
from scanner.smtp.session import Mechanism, Session
from scanner.smtp.transcript import Transcript
from scanner.submission.checking.looking import open_session
from scanner.submission.checking.message import queue_id, test_message
from scanner.submission.checking.observed import Note, Seen
from scanner.submission.checking.plan import CheckPlan
from scanner.submission.documents import Explanation

__all__ = ["Credentials", "Errand", "Explain", "SignedIn", "run_errand", "without_session"]

Explain = Callable[[str], Explanation | None]
"""From a reply to what it means."""

_DENIED: Final = frozenset({"send_as_denied"})
_SIGNED_IN: Final = 235
_PERMANENT: Final = 500


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who signs in, and with what. `mechanism` is the one to take, or None for the first that is offered and fits."""

    user: str
    secret: Secret
    is_token: bool
    mechanism: Mechanism | None = None

    @property
    def fitting(self) -> tuple[Mechanism, ...]:
        if self.mechanism:
            return (self.mechanism,)
        return ("XOAUTH2",) if self.is_token else ("LOGIN", "PLAIN")


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be done besides looking. With `recipient` a message is sent; with only `sender` it ends before DATA."""

    credentials: Credentials | None = None
    sender: str = ""
    recipient: str = ""
    expectation: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self.credentials is None and not self.sender and not self.recipient

    @property
    def from_address(self) -> str:
        """The address to send as: the one named, else the login."""
        return self.sender or (self.credentials.user if self.credentials and "@" in self.credentials.user else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """What became of the errand. `reply` is the refusal that ended it, `explanation` what it means."""

    login: Literal["accepted", "refused", "not_tried"] | Unknown = "not_tried"
    mechanism: str | None = None
    login_form: Literal["address", "not_address", "none", "not_tried"] = "not_tried"
    auth_method: Literal["basic", "oauth", "none", "unset", "not_tried"] = "not_tried"
    send_as: Literal["allowed", "denied", "not_tried"] | Unknown = "not_tried"
    delivery: Literal["accepted", "refused", "not_tried"] | Unknown = "not_tried"
    queue_id: str | None = None
    from_login: Literal["match", "mismatch", "unset", "not_tried"] = "not_tried"
    from_domain: str = ""
    cause: str | Unknown | None = None
    reply: str = ""
    explanation: Explanation | None = None
    notes: tuple[Note, ...] = ()
    lines: tuple[str, ...] = ()
    where: str = ""
    at: str = ""


def without_session(plan: CheckPlan, errand: Errand, reason: str) -> SignedIn:
    """The errand could not be begun, and why. Nothing secret was sent."""
    signed = _begun(errand)
    if errand.is_empty:
        return signed
    unknown = Unknown(f"not tried: {reason}")
    note = Note("not_verified", f"nothing was sent to sign in: {reason}", plan.host)
    return replace(
        signed,
        login=unknown if errand.credentials else "not_tried",
        send_as=unknown if errand.credentials and errand.from_address else "not_tried",
        delivery=unknown if errand.recipient else "not_tried",
        notes=(*signed.notes, note),
    )


async def run_errand(plan: CheckPlan, seen: Seen, errand: Errand, explain: Explain, now: datetime.datetime) -> SignedIn:
    """Signs in where `seen` showed that a session is possible, and goes as far as the errand says."""
    transcript = Transcript()
    deadline = time.monotonic() + plan.seconds.signing_in
    if errand.credentials is not None:
        transcript.hide(errand.credentials.secret)
    signed = replace(_begun(errand), at=instant(), where=str(seen.place))
    try:
        session, offer = await open_session(plan, seen.address, seen.plan, deadline, transcript)
    except SmtpError as error:
        transcript.event(error.text)
        return replace(
            without_session(plan, errand, transcript.clean(error.text)),
            lines=transcript.lines,
            where=str(seen.place),
            at=signed.at,
        )
    try:
        signed = await _sign_in(signed, session, offer, errand, explain)
        if errand.credentials is None or signed.login == "accepted":
            signed = await _send(signed, session, plan, errand, explain, now)
    except SmtpError as error:
        transcript.event(error.text)
        signed = _broken(signed, error, errand, transcript.clean(error.text))
    finally:
        await session.quit()
    return replace(signed, lines=transcript.lines)


def _begun(errand: Errand) -> SignedIn:
    """What is known without the network: the form of the login, and whether From is the login."""
    login = errand.credentials
    address = errand.from_address
    notes: tuple[Note, ...] = ()
    from_login: Literal["match", "mismatch", "unset", "not_tried"] = "not_tried"
    if login is not None:
        from_login = (
            "unset" if not errand.sender else "match" if errand.sender.lower() == login.user.lower() else "mismatch"
        )
    if login is not None and from_login == "mismatch":
        text = f"the From address {errand.sender} is not the account that signs in ({login.user}); it needs the right Send As on that mailbox"
        notes = (Note("from_not_login", text, "MAIL FROM"),)
    return SignedIn(
        login_form="not_tried" if login is None else "address" if "@" in login.user else "not_address",
        auth_method="not_tried"
        if errand.is_empty
        else "none"
        if login is None
        else "oauth"
        if login.is_token
        else "basic",
        from_login=from_login,
        from_domain=address.rpartition("@")[2],
        notes=notes,
    )


async def _sign_in(signed: SignedIn, session: Session, offer: Offer, errand: Errand, explain: Explain) -> SignedIn:
    login = errand.credentials
    if login is None:
        return signed
    if not session.verified:
        reason = "this port is not encrypted"
        return replace(
            signed,
            login=Unknown(f"not tried: {reason}"),
            notes=(*signed.notes, Note("not_verified", f"nothing was sent to sign in: {reason}", signed.where)),
        )
    mechanism = next((name for name in login.fitting if name in offer.auth), None)
    if mechanism is None:
        offered = ", ".join(offer.auth) or "none"
        text = f"the server offers AUTH {offered}, and none of {', '.join(login.fitting)}; nothing was sent to sign in"
        return replace(
            signed, login=Unknown(f"not tried: {text}"), notes=(*signed.notes, Note("no_mechanism", text, signed.where))
        )
    reply = await session.sign_in(mechanism, login.user, login.secret)
    if reply.code == _SIGNED_IN:
        return replace(signed, login="accepted", mechanism=mechanism)
    # RFC 4954 section 6: 4yz says nothing about the credentials, only that they could not be judged now.
    login_is: Literal["refused"] | Unknown = (
        "refused" if reply.code >= _PERMANENT else Unknown(f"put off by the server: {reply.text}")
    )
    return _refused(replace(signed, login=login_is, mechanism=mechanism), f"AUTH {mechanism}", reply, explain)


async def _send(
    signed: SignedIn, session: Session, plan: CheckPlan, errand: Errand, explain: Explain, now: datetime.datetime
) -> SignedIn:
    sender = errand.from_address
    if not sender or not (errand.sender or errand.recipient):
        return signed
    recipient = errand.recipient or sender
    stage, reply = await session.envelope(sender, recipient)
    if not reply.ok:
        refused = _refused(signed, "MAIL FROM" if stage == "mail" else "RCPT TO", reply, explain)
        return _denied(refused, errand, at_data=False)
    if not errand.recipient:
        if errand.credentials is None:
            return signed
        text = "MAIL FROM and RCPT TO were accepted, which does not show it: Exchange Online refuses with SendAsDenied after the message; --send-to sends one"
        return replace(signed, send_as=Unknown(text), notes=(*signed.notes, Note("send_as_open", text, "RCPT TO")))
    reply = await session.message(test_message(sender, recipient, plan.host, now, errand.expectation))
    if not reply.ok:
        return _denied(_refused(signed, "DATA", reply, explain), errand, at_data=True)
    return replace(
        signed,
        delivery="accepted",
        send_as="allowed" if errand.credentials else "not_tried",
        queue_id=queue_id(reply.text),
    )


def _denied(signed: SignedIn, errand: Errand, *, at_data: bool) -> SignedIn:
    """Of a refusal that is not about the sender nothing follows for Send As."""
    denied = isinstance(signed.cause, str) and signed.cause in _DENIED
    send_as: Literal["denied", "not_tried"] | Unknown = "not_tried"
    if errand.credentials is not None:
        send_as = "denied" if denied else Unknown(f"refused for another reason: {signed.reply}")
    tried = at_data or (errand.recipient and not denied)  # one cause, one finding
    delivery: Literal["refused", "not_tried"] = "refused" if tried else "not_tried"
    return replace(signed, send_as=send_as, delivery=delivery)


def _refused(signed: SignedIn, command: str, reply: Reply, explain: Explain) -> SignedIn:
    told = explain(reply.text)
    cause: str | Unknown | None = (
        told.cause
        if told and told.cause
        else Unknown(f"the catalogue does not know the reply to {command}: {reply.text}")
    )
    fixes = (
        " ".join(
            f"{number}. {step.do}{f' ({step.run})' if step.run else ''}" for number, step in enumerate(told.fix, 1)
        )
        if told
        else ""
    )
    meaning = f" {told.title} {told.meaning} What to do, the likeliest first: {fixes}" if told else ""
    note = Note("reply_explained", f"{command} was answered with {reply.text!r}.{meaning}".rstrip("."), command)
    return replace(signed, cause=cause, reply=reply.text, explanation=told, notes=(*signed.notes, note))


def _broken(signed: SignedIn, error: SmtpError, errand: Errand, text: str) -> SignedIn:
    """The session ended in the middle: what was under way is unknown."""
    unknown = Unknown(text)
    login: Literal["accepted", "refused", "not_tried"] | Unknown = signed.login
    if errand.credentials is not None and signed.login == "not_tried":
        login = unknown
    return replace(
        signed,
        login=login,
        send_as=unknown if errand.credentials and errand.from_address else "not_tried",
        delivery=unknown if errand.recipient else "not_tried",
        notes=(*signed.notes, Note(error.code, text, signed.where)),
    )
