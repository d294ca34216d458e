"""Bounces: delivery status notifications as messages (RFC 3464), and the reports that servers write in their own words."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.message import Message

__all__ = ["Bounce", "FailedRecipient", "read_bounce"]

_MOST_RECIPIENTS = 200
_MOST_PARTS = 200
_TEXT = 200_000
_DIAGNOSTICS = re.compile(r"Diagnostic information for administrators:?", re.I)
_SMTP = re.compile(r"^\s*(?:smtp|x-[\w.-]+|dns|rfc822)\s*;\s*", re.I)
_SCRIPT = re.compile(r"<(style|script|head)\b.*?</\1\s*>", re.I | re.S)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_ORIGINAL = re.compile(
    r"^(?:Original message headers:|Original Message Headers|--- Below this line is a copy|------ This is a copy of)",
    re.I | re.M,
)


@dataclass(frozen=True, slots=True)
class FailedRecipient:
    """One recipient's fields (RFC 3464 section 2.3). `text` is what is to be explained."""

    address: str
    action: str
    status: str
    remote: str
    diagnostic: str
    text: str


@dataclass(frozen=True, slots=True)
class Bounce:
    """A bounce. Without recipients it has no delivery status part; `words` is then what its text says."""

    reported_by: str
    sender: str
    subject: str
    date: str
    recipients: tuple[FailedRecipient, ...]
    words: str
    is_bounce: bool


def read_bounce(octets: bytes) -> Bounce:
    """Reads a message. Never raises: what is broken in it is left out."""
    if octets.startswith(b"From "):
        octets = octets.partition(b"\n")[2]
    message = email.message_from_bytes(octets, policy=email.policy.compat32)
    parts = list(_parts(message))
    status = next(
        (
            part
            for part in parts
            if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status")
        ),
        None,
    )
    fields = _fields(status) if status is not None else []
    per_message = fields[0] if fields else {}
    words = _words(parts)
    original = next(
        (part for part in parts if part.get_content_type() in ("message/rfc822", "text/rfc822-headers")), None
    )
    recipients = tuple(
        _recipient(block, words) for block in fields if "final-recipient" in block or "diagnostic-code" in block
    )[:_MOST_RECIPIENTS]
    failed = _header(message, "X-Failed-Recipients")
    sender = _header(message, "From").lower()
    return Bounce(
        reported_by=_value(per_message.get("reporting-mta", "")) or _header(message, "From"),
        sender=_original_header(original, "From") or _header(message, "To"),
        subject=_original_header(original, "Subject") or _header(message, "Subject"),
        date=_original_header(original, "Date") or _header(message, "Date"),
        recipients=recipients,
        words=words,
        is_bounce=bool(recipients)
        or bool(failed)
        or status is not None
        or "mailer-daemon" in sender
        or "postmaster" in sender
        or "microsoftexchange" in sender
        or bool(_DIAGNOSTICS.search(words)),
    )


def _parts(message: Message) -> Iterator[Message]:
    for number, part in enumerate(message.walk()):
        if number >= _MOST_PARTS:
            return
        yield part


def _fields(part: Message) -> list[dict[str, str]]:
    """The groups of fields of a delivery status part: the message's first, then a recipient's each."""
    payload = part.get_payload()
    blocks = payload if isinstance(payload, list) else [email.message_from_string(str(payload))]
    return [
        {name.lower(): " ".join(str(value).split())[:4000] for name, value in block.items()}
        for block in blocks[: _MOST_RECIPIENTS + 1]
        if isinstance(block, Message)
    ]


def _recipient(block: dict[str, str], words: str) -> FailedRecipient:
    diagnostic = _SMTP.sub("", block.get("diagnostic-code", ""))
    status = block.get("status", "").split("(")[0].strip()
    remote = _value(block.get("remote-mta", ""))
    address = _value(block.get("final-recipient", "")) or _value(block.get("original-recipient", ""))
    text = f"host {remote} said: {diagnostic}" if remote and diagnostic else diagnostic
    if not diagnostic:
        text = f"{status} {_near(words, address)}".strip()
    return FailedRecipient(address, block.get("action", "").lower(), status, remote, diagnostic, text)


def _near(words: str, address: str) -> str:
    """What the bounce's own text says about an address."""
    start = words.lower().rfind(address.lower()) if address else -1
    return words[start : start + 1500] if start >= 0 else words[:1500]


def _value(field: str) -> str:
    """A field's value without its type: `dns; mail.contoso.com` (RFC 3464 section 2.1.2)."""
    return field.partition(";")[2].strip().strip("<>") if ";" in field else field.strip()


def _words(parts: list[Message]) -> str:
    """The text for people; of Exchange's reports from "Diagnostic information" on, the original's headers left out."""
    texts = [text for part in parts if part.get_content_type() == "text/plain" and (text := _text(part))]
    if not texts:
        texts = [_plain(text) for part in parts if part.get_content_type() == "text/html" and (text := _text(part))]
    whole = (texts[0] if texts else "")[:_TEXT]
    found = _DIAGNOSTICS.search(whole)
    shown = whole[found.start() :] if found else whole
    end = _ORIGINAL.search(shown, 1)
    return shown[: end.start()] if end else shown


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    charset = part.get_content_charset() or "utf-8"
    try:
        return payload.decode(charset, "replace")
    except LookupError:
        return payload.decode("utf-8", "replace")


def _plain(html: str) -> str:
    return _TAG.sub(" ", _SCRIPT.sub(" ", html[: 2 * _TEXT]))


def _header(message: Message, name: str) -> str:
    raw = message.get(name)
    if raw is None:
        return ""
    try:
        return " ".join(str(make_header(decode_header(str(raw)))).split())[:300]
    except (LookupError, ValueError, UnicodeError):
        return " ".join(str(raw).split())[:300]


def _original_header(part: Message | None, name: str) -> str:
    if part is None:
        return ""
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        return _header(payload[0], name)
    return _header(email.message_from_string(_text(part)[:60_000]), name)
