"""What was seen of a server, before anything is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from rules.facts import Unknown
from rules.results import QueryRecord
from scanner.smtp.reply import Offer
from scanner.smtp.tls import Certificate
from scanner.submission.checking.plan import HostPort, PortPlan

__all__ = [
    "CONNECTED",
    "PROBLEMS",
    "CertificateState",
    "Control",
    "LegacyTls",
    "Note",
    "Observation",
    "Resolved",
    "Seen",
    "StartTls",
    "State",
]

State = Literal["open", "refused", "dropped", "unreachable", "closed_early", "not_smtp"]
StartTls = Literal["offered", "missing", "failed", "stripped", "not_tried"]
CertificateState = Literal["trusted", "untrusted", "wrong_name", "expired", "none", "not_tried"]
LegacyTls = Literal["refused", "accepted", "not_tried"]

CONNECTED: Final[frozenset[State]] = frozenset({"open", "closed_early", "not_smtp"})

PROBLEMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "closed": "The server closed the connection in the middle.",
        "too_slow": "An answer was not complete within the deadline.",
        "line_too_long": "A line of the server's is longer than any client takes.",
        "reply_too_long": "A reply of the server's is longer than any client takes.",
        "not_a_reply": "What the server said is no SMTP.",
        "bad_octets": "The greeting has octets that are no UTF-8.",
        "greeting_refused": "The server greets with a refusal.",
        "ehlo_refused": "The server refuses EHLO.",
        "starttls_refused": "The server offers STARTTLS and then refuses it.",
        "starttls_stripped": "Something on the way takes STARTTLS out.",
        "injected_data": "Words in the clear came behind the answer to STARTTLS, before encryption.",
        "plain_text": "Instead of TLS the server speaks in the clear.",
        "closed_in_handshake": "The server closed the connection in the TLS handshake.",
        "handshake": "The TLS handshake failed.",
        "broken": "The encryption broke.",
        "certificate": "The certificate was not accepted.",
        "spoke_unasked": "The server said something that nobody asked for.",
        "line_break": "A command with a line break was not sent.",
        "intercepted": "Something on the way opens the encryption.",
        "port_25_blocked": "Port 25 does not get through from this network.",
        "port_465_not_offered": "Microsoft 365 does not offer port 465.",
        "ports_blocked": "This network does not let the ports out.",
        "no_dns": "DNS does not answer in this network.",
        "no_network": "Nothing can be reached from this network.",
        "host_not_found": "The host's name has no address.",
        "addresses_differ": "Addresses of the host behave differently.",
        "not_verified": "The password or token was not sent, for want of verified encryption.",
        "no_mechanism": "The server offers no mechanism that fits the credentials.",
        "no_token": "No token was issued to sign in with.",
        "token_of_another": "The token is that of another account than the login.",
        "token_scope": "The token lacks the right to send by SMTP.",
        "from_not_login": "The From address is not the account that signs in.",
        "send_as_open": "Whether the account may send as the From address shows only when a message is sent.",
        "reply_explained": "The server refused; what its reply means.",
    }
)
"""Every code of submission.problems that a check gives; docs/smtp-check.md has the list."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that is worth saying: a code of PROBLEMS, a sentence, and where it shows (587, 192.0.2.1:587, a command)."""

    code: str
    text: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a name leads to. `state` is not_tried for an IP address; `words` says where the addresses are from."""

    state: Literal["yes", "no", "not_tried"] | Unknown
    addresses: tuple[str, ...] = ()
    records: tuple[QueryRecord, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One address and port. `reason` explains a state other than open; `before` and `offer` are what EHLO offered in the clear and
    inside TLS (None: not heard); `lines` is the transcript."""

    address: str
    plan: PortPlan
    state: State | Unknown
    reason: str = ""
    connect_ms: int | None = None
    banner: str | None = None
    starttls: StartTls | Unknown = "not_tried"
    tls_version: str | None = None
    cipher: str | None = None
    certificate: CertificateState | Unknown = "not_tried"
    shown: Certificate | None = None
    before: Offer | None = None
    offer: Offer | None = None
    notes: tuple[Note, ...] = ()
    lines: tuple[str, ...] = ()
    at: str = ""

    @property
    def connected(self) -> bool:
        """The address answered, whatever it said."""
        return isinstance(self.state, Unknown) or self.state in CONNECTED

    @property
    def is_open(self) -> bool:
        return self.state == "open" if isinstance(self.state, str) else False

    @property
    def is_verified(self) -> bool:
        """A session inside verified TLS is possible here."""
        return self.is_open and self.certificate == "trusted" and self.offer is not None

    @property
    def place(self) -> HostPort:
        return HostPort(self.address, self.plan.port)


@dataclass(frozen=True, slots=True)
class Control:
    """The control connection."""

    target: HostPort
    state: Literal["reachable", "unreachable", "not_tried"] | Unknown
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Everything that was seen without signing in."""

    resolved: Resolved
    seen: tuple[Seen, ...]
    control: Control | None
    legacy: LegacyTls | Unknown = "not_tried"
    legacy_words: str = ""
