"""What a reply says beside its code: who may not send as whom, which checks failed, which address, in reply to what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

__all__ = ["details"]

_SEND_AS: Final = re.compile(r"([\w.+'-]+@[\w.-]+\w) (?:is )?not allowed to send as ([\w.+'-]+@[\w.-]+\w)", re.I)
_SPF: Final = re.compile(r"\bspf\s*=\s*(\w+)", re.I)
_DKIM: Final = re.compile(r"\bdkim\s*=\s*(did not pass|\w+)", re.I)
_DMARC: Final = re.compile(r"\bdmarc\s*=\s*(\w+)", re.I)
_GMAIL_SPF: Final = re.compile(r"\bspf \[?([\w.-]+)\]? with ip:? \[?([0-9a-f.:]+)\]?\s*=\s*(did not pass|\w+)", re.I)
_DOMAIN: Final = re.compile(
    r"sending domain \[?([\w-]+(?:\.[\w-]+)+)\]?|unauthenticated e?mail from \[?([\w-]+(?:\.[\w-]+)+)\]?", re.I
)
_ADDRESS: Final = re.compile(
    r"\[((?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]{1,4}:[0-9a-f:]{3,40})\]|\bip[= ]((?:\d{1,3}\.){3}\d{1,3})", re.I
)
_SERVER: Final = re.compile(r"(?:LastAttemptedServerName|FQDN)=([\w.-]+)", re.I)
_INSIDE: Final = re.compile(r"\[Message=([^\]]{1,300})\]")
_IN_REPLY: Final = re.compile(r"\(in reply to ([^)]{1,60})\)", re.I)


def details(text: str) -> tuple[str, ...]:
    """Sentences about one reply's text; each only where the reply says so."""
    return tuple(dict.fromkeys(_sentences(text)))


def _sentences(text: str) -> Iterator[str]:
    if found := _SEND_AS.search(text):
        yield f"Signed in as {found[1]}, From is {found[2]}."
    spf, dkim, dmarc = _SPF.search(text), _DKIM.search(text), _DMARC.search(text)
    if found := _GMAIL_SPF.search(text):
        yield f"SPF of {found[1]} for {found[2]}: {_verdict(found[3])}."
    elif spf and (dkim or dmarc):
        yield f"SPF: {_verdict(spf[1])}."
    if dkim:
        yield f"DKIM: {_verdict(dkim[1])}."
    if dmarc and (spf or dkim):
        yield f"DMARC: {_verdict(dmarc[1])}."
    if found := _DOMAIN.search(text):
        yield f"The domain is {found[1] or found[2]}."
    if found := _ADDRESS.search(text):
        yield f"The address named is {found[1] or found[2]}."
    if found := _SERVER.search(text):
        yield f"The receiving server tried last was {found[1]}."
    if found := _INSIDE.search(text):
        yield f"Inside it stands: {found[1]}"
    if found := _IN_REPLY.search(text):
        yield f"It came in reply to {found[1]}."


def _verdict(word: str) -> str:
    return {"did not pass": "did not pass", "did": "did not pass"}.get(word.lower(), word.lower())
