"""Speaks SMTP over a Wire: greeting, EHLO, STARTTLS, AUTH, an envelope, a message (RFC 5321, 3207, 4954)."""

from __future__ import annotations

import base64
import contextlib
import ssl
from typing import Final, Literal

from scanner.secret import Secret
from scanner.smtp.errors import ProtocolError, SmtpError
from scanner.smtp.reply import Offer, Reply, read_offer, read_reply
from scanner.smtp.transcript import Transcript
from scanner.smtp.wire import Wire
from scanner.submission.masking import MASK

__all__ = ["Mechanism", "Session"]

Mechanism = Literal["LOGIN", "PLAIN", "XOAUTH2"]

_GREETING: Final = 220
_CONTINUE: Final = 334
_GO_ON: Final = 354


class Session:
    """One conversation. Every method raises SmtpError for what ends it; a refusal is a Reply."""

    def __init__(self, wire: Wire, transcript: Transcript, ehlo: str = "") -> None:
        self.wire = wire
        self.transcript = transcript
        self._ehlo = ehlo or _literal(wire.local_address)
        self.verified = False
        """The encryption stands, and the certificate verified for the server's name."""

    async def greeting(self) -> Reply:
        """The server's first words."""
        return await read_reply(self.wire, self.transcript, "the greeting")

    async def ehlo(self) -> tuple[Reply, Offer]:
        """What the server offers now; nothing where it refuses EHLO."""
        reply = await self.command(f"EHLO {self._ehlo}", "the answer to EHLO")
        return reply, read_offer(reply) if reply.ok else Offer(frozenset(), (), None, False)

    async def starttls(self) -> Reply:
        """Asks for encryption; with 220 `encrypt` follows."""
        return await self.command("STARTTLS", "the answer to STARTTLS")

    async def encrypt(self, context: ssl.SSLContext, hostname: str) -> None:
        """Turns encryption on."""
        await self.wire.start_tls(context, hostname)
        self.verified = context.verify_mode is ssl.CERT_REQUIRED and context.check_hostname
        tls = self.wire.tls
        assert tls is not None
        cipher = tls.cipher()
        self.transcript.event(
            f"TLS: {tls.version()}, {cipher[0] if cipher else 'no cipher'}, {'verified' if self.verified else 'not verified'}"
        )

    async def sign_in(self, mechanism: Mechanism, user: str, secret: Secret) -> Reply:
        """Signs in. Nothing is sent outside of verified encryption: raises ProtocolError there.

        The last reply is returned: 235, or the refusal (for XOAUTH2 the one behind its error document).
        """
        if not self.verified:
            raise ProtocolError("not_verified", "the connection is not verified; no password is sent over it")
        self.transcript.hide(secret)
        if mechanism == "LOGIN":
            return await self._login(user, secret)
        payload = _plain(user, secret) if mechanism == "PLAIN" else _xoauth2(user, secret)
        self.transcript.hide(payload)
        reply = await self._secretly(f"AUTH {mechanism} ", payload)
        if reply.code == _CONTINUE:
            if mechanism == "XOAUTH2":
                self.transcript.event(f"the token was refused with: {self.transcript.clean(_decoded(reply))}")
                return await self._secretly("", Secret(""))
            return await self._secretly("", payload)
        return reply

    async def _login(self, user: str, secret: Secret) -> Reply:
        name, password = (Secret(base64.b64encode(text.encode()).decode()) for text in (user, secret.reveal()))
        reply = await self.command("AUTH LOGIN", "the answer to AUTH LOGIN")
        for payload in (name, password):
            if reply.code != _CONTINUE:
                break
            reply = await self._secretly("", payload)
        return reply

    async def envelope(
        self, sender: str, recipient: str, size: int | None = None
    ) -> tuple[Literal["mail", "rcpt"], Reply]:
        """MAIL FROM and RCPT TO; the reply that refused, with its command, or the one to RCPT."""
        told = f" SIZE={size}" if size is not None else ""
        reply = await self.command(f"MAIL FROM:<{sender}>{told}", "the answer to MAIL FROM")
        if not reply.ok:
            return "mail", reply
        return "rcpt", await self.command(f"RCPT TO:<{recipient}>", "the answer to RCPT TO")

    async def message(self, octets: bytes) -> Reply:
        """DATA and a message with CRLF line ends; the last reply. Dots are doubled here."""
        reply = await self.command("DATA", "the answer to DATA")
        if reply.code != _GO_ON:
            return reply
        body = octets.replace(b"\r\n.", b"\r\n..")
        body = b"." + body if body.startswith(b".") else body
        end = b"" if body.endswith(b"\r\n") else b"\r\n"
        await self.wire.send(body + end + b".\r\n")
        self.transcript.event(f"a message of {len(octets)} octets")
        return await read_reply(self.wire, self.transcript, "the answer to the message")

    async def command(self, line: str, what: str) -> Reply:
        """Sends a command and reads its reply. Raises ProtocolError where the line would be two, or the server spoke unasked."""
        if any(character in line for character in "\r\n\0"):
            raise ProtocolError("line_break", "a command with a line break is not sent")
        if self.wire.unread:
            raise ProtocolError("spoke_unasked", "the server said something that nobody asked for")
        self.transcript.client(line)
        await self.wire.send(f"{line}\r\n".encode())
        return await read_reply(self.wire, self.transcript, what)

    async def quit(self) -> None:
        """Says goodbye and hangs up, without waiting for an answer."""
        with contextlib.suppress(SmtpError):
            self.transcript.client("QUIT")
            await self.wire.send(b"QUIT\r\n")
        await self.wire.close()

    async def _secretly(self, command: str, payload: Secret) -> Reply:
        self.transcript.client(f"{command}{MASK if payload else ''}")
        await self.wire.send(f"{command}{payload.reveal()}\r\n".encode())
        return await read_reply(self.wire, self.transcript, "the answer to AUTH")


def _literal(address: str) -> str:
    """An address as EHLO names it (RFC 5321 section 4.1.3)."""
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _plain(user: str, secret: Secret) -> Secret:
    """RFC 4616: identity to act as (none), name, password."""
    return Secret(base64.b64encode(f"\0{user}\0{secret.reveal()}".encode()).decode())


def _xoauth2(user: str, secret: Secret) -> Secret:
    """Microsoft and Google: user=NAME^Aauth=Bearer TOKEN^A^A."""
    return Secret(base64.b64encode(f"user={user}\x01auth=Bearer {secret.reveal()}\x01\x01".encode()).decode())


def _decoded(reply: Reply) -> str:
    try:
        return base64.b64decode("".join(reply.lines), validate=True).decode("utf-8", "replace")[:300]
    except ValueError:
        return reply.text[:300]
