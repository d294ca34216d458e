"""A server that answers as Exchange Online does (aiosmtpd): STARTTLS, LOGIN and XOAUTH2, and whatever reply a test wants where."""

# ruff: noqa: N802 - aiosmtpd finds handlers by their names
from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import MISSING, SMTP, AuthResult, Envelope, LoginPassword, Session
from servers.daemon import LOOPBACK, free_port

HOST = "smtp.office365.com"
BANNER = "AM0PR01CA0001.outlook.office365.com Microsoft ESMTP MAIL Service ready at Sat, 21 Nov 2026 09:00:00 +0000"
ACCEPTED = "250 2.0.0 OK <0123456789abcdef@contoso.com> [Hostname=AM0PR01MB0001.eurprd01.prod.exchangelabs.com]"


@dataclass
class Exchange:
    """What to answer, and what came. `auth` empty: every sign-in is accepted. `tokens` are all that XOAUTH2 brought."""

    port: int = 0
    auth: str = ""
    mail: str = ""
    rcpt: str = ""
    data: str = ACCEPTED
    logins: list[tuple[str, str]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> Any:
        import base64

        self.tokens.append(base64.b64decode(args[1]).decode() if len(args) > 1 else "")
        if not self.auth:
            return AuthResult(success=True)
        error = base64.b64encode(b'{"status":"400","schemes":"Bearer"}').decode()
        if await server.challenge_auth(error, encode_to_b64=False) is MISSING:
            return AuthResult(success=False, handled=False)
        await server.push(self.auth)
        return AuthResult(success=False, handled=True)

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any
    ) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self.logins.append((given.login.decode(), given.password.decode()))
        return AuthResult(success=not self.auth, handled=False, message=self.auth or None)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.mail or "250 2.1.0 Sender OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not self.rcpt:
            envelope.rcpt_tos.append(address)
        return self.rcpt or "250 2.1.5 Recipient OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.messages.append(envelope.content)
        return self.data


@contextmanager
def exchange(authority: trustme.CA, *names: str, context: ssl.SSLContext | None = None) -> Iterator[Exchange]:
    """Runs one until the block ends; its certificate is for `smtp.office365.com` and what else is named."""
    if context is None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*(names or (HOST,))).configure_cert(context)
    told = Exchange()
    controller = Controller(
        told,
        hostname=LOOPBACK,
        port=free_port(),
        ready_timeout=20,
        tls_context=context,
        require_starttls=True,
        authenticator=told.authenticate,
        auth_require_tls=True,
        auth_exclude_mechanism=["PLAIN"],
        ident=BANNER,
        server_hostname="AM0PR01CA0001.outlook.office365.com",
    )
    controller.start()
    try:
        assert controller.server is not None
        told.port = controller.server.sockets[0].getsockname()[1]
        yield told
    finally:
        controller.stop()
