"""Moves octets over one connection, in the clear or inside TLS, and never holds more of them than it was asked for.

The socket is read only when a line is wanted, in pieces of at most 16 KB, so a server that sends without end fills its own
buffers and not ours. TLS runs over memory (ssl.MemoryBIO), so that what came before the handshake can be seen: after
STARTTLS nothing may be in the clear any more (RFC 3207 section 5; CVE-2011-0411, CVE-2021-33515).
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import time
from typing import Final

from scanner.dns.answer import text_of_bytes
from scanner.smtp.errors import ClosedError, NotConnectedError, ProtocolError, SmtpError, TlsError, TooSlowError

__all__ = ["LONGEST_LINE", "Wire", "connect"]

LONGEST_LINE: Final = 4096
"""Octets of a line that are taken; RFC 5321 section 4.5.3.1.5 allows a server 512."""
_PIECE: Final = 16_384
_TLS_RECORDS: Final = frozenset({0x14, 0x15, 0x16, 0x17})
"""Types of a TLS record (RFC 8446 section 5.1); the first octet of anything else is a letter or a digit."""
_UNREACHABLE: Final = frozenset(
    {
        errno.ENETUNREACH,
        errno.EHOSTUNREACH,
        errno.EADDRNOTAVAIL,
        errno.EACCES,
        errno.EPERM,
        errno.EAFNOSUPPORT,
        errno.ENETDOWN,
        errno.EINVAL,
    }
)


async def connect(address: str, port: int, *, within: float, deadline: float) -> Wire:
    """A connection to an IP address, within seconds; `deadline` (of time.monotonic) holds for everything said over it.

    Raises NotConnectedError: refused (the other side said no), dropped (nobody said anything), unreachable (no way there).
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    began = time.monotonic()
    seconds = min(within, deadline - began)
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise NotConnectedError("unreachable", f"this machine has no {_family(address)}: {_words(error)}") from None
    try:
        sock.setblocking(False)
        async with asyncio.timeout(max(seconds, 0)):
            await asyncio.get_running_loop().sock_connect(sock, (address, port))
    except TimeoutError as error:
        sock.close()
        if error.errno == errno.ETIMEDOUT:
            raise NotConnectedError("dropped", "nothing answered until the system gave up") from None
        raise NotConnectedError("dropped", f"nothing answered within {seconds:.1f} s") from None
    except OSError as error:
        sock.close()
        if error.errno == errno.ECONNREFUSED:
            raise NotConnectedError("refused", "the connection was refused") from None
        if error.errno in _UNREACHABLE:
            raise NotConnectedError("unreachable", f"there is no way to it: {_words(error)}") from None
        raise NotConnectedError("refused", f"the connection failed: {_words(error)}") from None
    except BaseException:
        sock.close()
        raise
    return Wire(sock, deadline, round((time.monotonic() - began) * 1000))


class Wire:
    """One connection. Every method raises TooSlowError when the deadline passes and ClosedError when the other side hangs up."""

    def __init__(self, sock: socket.socket, deadline: float, connect_ms: int) -> None:
        self._sock = sock
        self._began = time.monotonic()
        self._buffer = bytearray()
        self._tls: ssl.SSLObject | None = None
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self.deadline = deadline
        self.connect_ms = connect_ms

    @property
    def tls(self) -> ssl.SSLObject | None:
        """The encryption, once it stands."""
        return self._tls

    @property
    def local_address(self) -> str:
        """Our own address of this connection."""
        return str(self._sock.getsockname()[0]).partition("%")[0]

    @property
    def unread(self) -> int:
        """Octets that came and were not asked for yet."""
        return len(self._buffer)

    async def line(self, what: str) -> bytes:
        """The next line without its end. `what` names what is waited for. Raises ProtocolError for one that is too long."""
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > LONGEST_LINE:
                raise ProtocolError("line_too_long", f"{what} has a line of more than {LONGEST_LINE} octets")
            piece = await self._read(what)
            if not piece:
                raise ClosedError(f"in {what}" if self._buffer else f"before {what}")
            self._buffer += piece
        if end > LONGEST_LINE:
            raise ProtocolError("line_too_long", f"{what} has a line of more than {LONGEST_LINE} octets")
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line.removesuffix(b"\r")

    async def send(self, octets: bytes) -> None:
        """Sends octets."""
        if self._tls is None:
            await self._send_raw(octets)
            return
        view = memoryview(octets)
        while view:
            done = self._tls.write(view[:_PIECE])
            view = view[done:]
            await self._flush()

    async def start_tls(self, context: ssl.SSLContext, hostname: str) -> None:
        """Turns encryption on. Raises TlsError, and ProtocolError where something was said in the clear behind STARTTLS."""
        if self._buffer:
            raise ProtocolError(
                "injected_data",
                f"{len(self._buffer)} octets in the clear came behind the answer to STARTTLS, before encryption: somebody puts words "
                "into the session (RFC 3207 section 5)",
            )
        tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=hostname)
        first = True
        try:
            while True:
                try:
                    tls.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    await self._flush()
                    piece = await self._recv("the TLS handshake")
                    if not piece:
                        raise TlsError(
                            "closed_in_handshake", "the server closed the connection in the TLS handshake"
                        ) from None
                    if first and piece[0] not in _TLS_RECORDS:
                        raise TlsError(
                            "plain_text", f"instead of TLS the server said in the clear: {_shown(piece)}"
                        ) from None
                    first = False
                    self._incoming.write(piece)
            await self._flush()
        except ssl.SSLCertVerificationError as error:
            await self._farewell()
            raise TlsError(
                "certificate", f"the certificate was not accepted: {error.verify_message}", error.verify_code
            ) from None
        except ssl.SSLError as error:
            await self._farewell()
            reason = (error.reason or "").lower()
            raise TlsError(
                "handshake", f"the TLS handshake failed: {reason.replace('_', ' ') or 'no reason given'}", alert=reason
            ) from None
        self._tls = tls

    async def close(self) -> None:
        """Ends the connection without waiting for the other side."""
        self._sock.close()

    async def _farewell(self) -> None:
        """Sends the alert that says why, if the line still takes it."""
        try:
            await self._flush()
        except SmtpError:
            return

    async def _read(self, what: str) -> bytes:
        if self._tls is None:
            return await self._recv(what)
        while True:
            try:
                return self._tls.read(_PIECE)
            except ssl.SSLWantReadError:
                await self._flush()
                piece = await self._recv(what)
                if not piece:
                    return b""
                self._incoming.write(piece)
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""
            except ssl.SSLError as error:
                raise TlsError(
                    "broken",
                    f"the encryption broke: {(error.reason or 'no reason given').lower().replace('_', ' ')}",
                    alert=(error.reason or "").lower(),
                ) from None

    async def _flush(self) -> None:
        if self._outgoing.pending:
            await self._send_raw(self._outgoing.read())

    async def _send_raw(self, octets: bytes) -> None:
        try:
            async with asyncio.timeout(self._left()):
                await asyncio.get_running_loop().sock_sendall(self._sock, octets)
        except TimeoutError:
            raise TooSlowError("sending", self._spent()) from None
        except OSError as error:
            raise ClosedError(f"while we sent ({_words(error)})") from None

    async def _recv(self, what: str) -> bytes:
        try:
            async with asyncio.timeout(self._left()):
                return await asyncio.get_running_loop().sock_recv(self._sock, _PIECE)
        except TimeoutError:
            raise TooSlowError(what, self._spent(), len(self._buffer)) from None
        except OSError as error:
            raise ClosedError(f"in {what} ({_words(error)})") from None

    def _left(self) -> float:
        return max(self.deadline - time.monotonic(), 0)

    def _spent(self) -> float:
        return time.monotonic() - self._began


def _family(address: str) -> str:
    return "IPv6" if ":" in address else "IPv4"


def _words(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def _shown(octets: bytes) -> str:
    """The beginning of what was said, on one line."""
    return text_of_bytes(octets[:60]).replace("\r\n", " ").strip()
