"""The one test message, and what a server's answer to it says."""

from __future__ import annotations

import datetime
import email.policy
import email.utils
import re
import uuid
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Final

__all__ = ["queue_id", "test_message"]

_QUEUED: Final = (
    re.compile(r"queued as ([A-Za-z0-9]{5,40})", re.I),  # Postfix, aiosmtpd
    re.compile(r"\bid=([A-Za-z0-9-]{5,60})", re.I),  # Exim
    re.compile(r"(<[^<>\s]{3,250}>) \[(?:InternalId=\d+, )?Hostname=[^\]]+\]"),  # Exchange
    re.compile(r"\b([A-Za-z0-9]{8,40}) Message accepted for delivery", re.I),  # Sendmail
    re.compile(r"\bOK +\d{9,} +([A-Za-z0-9.-]{8,80}) - gsmtp", re.I),  # Gmail
    re.compile(r"^2\d\d +(?:2\.\d\.\d +)?(?:OK|Accepted)[:, ]+([A-Za-z0-9._@<>=-]{6,120})$", re.I),
)


def test_message(
    sender: str, recipient: str, host: str, now: datetime.datetime, expectation: tuple[str, ...] = ()
) -> bytes:
    """A complete message (RFC 5322) with CRLF line ends, which says what it is. `now` with a time zone."""
    message = EmailMessage(policy=email.policy.SMTP)
    message["Date"] = email.utils.format_datetime(now)
    message["From"] = _address(sender)
    message["To"] = _address(recipient)
    message["Message-ID"] = f"<{uuid.uuid4().hex}@{sender.rpartition('@')[2]}>"
    message["Subject"] = f"Test of sending through {host}"
    message["Auto-Submitted"] = "auto-generated"
    lines = [
        f"This message shows that {sender} can send through {host}.",
        "It was sent on request by mailready; nothing needs to be answered.",
    ]
    if expectation:
        lines += ["", "What receivers are expected to find:", *(f"- {line}" for line in expectation)]
    message.set_content("\n".join(lines) + "\n", cte="quoted-printable")
    return message.as_bytes()


def queue_id(reply: str) -> str | None:
    """The id under which the server took the message, as its reply `250 ...` tells it; None where it tells none."""
    for pattern in _QUEUED:
        if match := pattern.search(reply):
            return match[1]
    return None


def _address(text: str) -> Address:
    local, _, domain = text.rpartition("@")
    return Address(username=local, domain=domain)
