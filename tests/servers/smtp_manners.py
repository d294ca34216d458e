"""SMTP servers of bad manners: each listens on a loopback port of its own and treats every connection alike."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from servers.daemon import LOOPBACK

Manner = Callable[["Line"], None]

_PATIENCE = 20.0
"""Seconds after which a server that nobody talks to any more ends."""


class Line:
    """The server's side of one connection."""

    def __init__(self, connection: socket.socket, context: ssl.SSLContext | None, ended: threading.Event) -> None:
        self._connection, self._context, self._ended = connection, context, ended

    def say(self, text: str | bytes) -> None:
        """Sends lines; LF becomes CRLF in text."""
        self._connection.sendall(text if isinstance(text, bytes) else text.replace("\n", "\r\n").encode())

    def hear(self) -> str:
        """The next line, or nothing at the end."""
        octets = b""
        while not octets.endswith(b"\n"):
            got = self._connection.recv(1)
            if not got:
                break
            octets += got
        return octets.decode("utf-8", "replace").strip()

    def encrypt(self) -> None:
        assert self._context is not None
        self._connection = self._context.wrap_socket(self._connection, server_side=True)

    def wait(self, seconds: float = _PATIENCE) -> bool:
        """Says nothing until the test ends; true where it has."""
        return self._ended.wait(seconds)


@contextmanager
def smtp_manner(manner: Manner, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Runs a server until the block ends; its port."""
    ended = threading.Event()
    listener = socket.create_server((LOOPBACK, 0))

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(_PATIENCE)
            manner(Line(connection, context, ended))

    def accept() -> None:
        while not ended.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


@contextmanager
def never_accepting() -> Iterator[int]:
    """A port whose queue is full, so that nothing answers: as if a firewall dropped the packets (Linux)."""
    with contextlib.ExitStack() as held:
        listener = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
        listener.bind((LOOPBACK, 0))
        listener.listen(0)
        for _ in range(4):
            waiting = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def greets(line: Line, offers: str = "STARTTLS") -> None:
    """As a well-behaved server does, up to EHLO."""
    line.say("220 mail.contoso.test ESMTP\n")
    line.hear()
    line.say(f"250-mail.contoso.test\n250 {offers}\n")


def silent(line: Line) -> None:
    line.wait()


def drips(line: Line) -> None:
    """An octet at a time, never a line."""
    for octet in b"220 " + b"a" * 1000:
        line.say(bytes([octet]))
        if line.wait(0.1):
            return


def huge_line(line: Line) -> None:
    for _ in range(160):
        line.say(b"2" * 65_536)


def huge_greeting(line: Line) -> None:
    for _ in range(1600):
        line.say(b"220-" + b"a" * 1000 + b"\r\n" + b"220-b\r\n" * 800)


def bad_utf8(line: Line) -> None:
    line.say(b"220 mail \xff\xfe\xc3( ESMTP\r\n")
    line.hear()
    line.say("250 mail.contoso.test\n")
    line.hear()


def many_offers(line: Line) -> None:
    line.say("220 mail.contoso.test ESMTP\n")
    line.hear()
    line.say("250-mail.contoso.test\n" + "".join(f"250-X{number}\n" for number in range(5000)) + "250 STARTTLS\n")
    line.wait()


def hangs_up(line: Line) -> None:
    """At once."""


def hangs_up_in_greeting(line: Line) -> None:
    line.say(b"220-mail.contoso.test wel")


def hangs_up_in_offers(line: Line) -> None:
    line.say("220 mail.contoso.test ESMTP\n")
    line.hear()
    line.say(b"250-mail.contoso.test\r\n250-STAR")


def hangs_up_in_handshake(line: Line) -> None:
    greets(line)
    line.hear()
    line.say("220 go\n")


def speaks_plainly(line: Line) -> None:
    """Offers STARTTLS and goes on in the clear."""
    greets(line)
    line.hear()
    line.say("220 go\n")
    line.hear()
    line.say("250-mail.contoso.test\n250 AUTH LOGIN\n")
    line.wait()


def injects(line: Line) -> None:
    """Puts words of its own behind the answer to STARTTLS, as an attacker on the way would."""
    greets(line)
    line.hear()
    line.say("220 go\n250-mail.contoso.test\n250 AUTH LOGIN\n")
    line.encrypt()
    line.wait()


def refuses_starttls(line: Line) -> None:
    greets(line)
    line.hear()
    line.say("454 4.7.0 TLS not available due to local problem\n")
    line.hear()


def overwrites_starttls(line: Line) -> None:
    """As Cisco's SMTP inspection does."""
    greets(line, "XXXXXXXA")
    line.hear()


def no_starttls(line: Line) -> None:
    greets(line, "SIZE 1000")
    line.hear()


def speaks_http(line: Line) -> None:
    line.say("HTTP/1.1 400 Bad Request\n\n")


def refuses(line: Line) -> None:
    line.say("554 5.7.1 no service for you\n")
    line.hear()


def refuses_ehlo(line: Line) -> None:
    line.say("220 mail.contoso.test ESMTP\n")
    line.hear()
    line.say("501 5.5.4 Invalid domain name\n")
    line.hear()
