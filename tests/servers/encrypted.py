"""A resolver over TLS and one over HTTPS, on loopback ports, with a certificate of their own."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import dns.message
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from servers.behaviours import BEHAVIOURS
from servers.daemon import LOOPBACK
from servers.messages import Query
from servers.misbehaving import honest, is_trap

NAME = "dns.contoso.com"


@dataclass
class Encrypted:
    """`connections` that were made, and `asked` queries by the first label."""

    port: int
    connections: int = 0
    asked: list[str] = field(default_factory=list)


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Contexts for a server that is `NAME` and 127.0.0.1, and for a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName(NAME), x509.IPAddress(ipaddress.ip_address(LOOPBACK))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    chain = folder / "server.pem"
    chain.write_bytes(
        made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(serialization.Encoding.PEM, *private)
    )
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(chain)
    return server, ssl.create_default_context(cafile=str(chain))


def answer(told: Encrypted, wire: bytes) -> bytes:
    """What the misbehaving server of these tests would say over TCP."""
    message = dns.message.from_wire(wire)
    name = message.question[0].name.to_text()
    query = Query(message, 0, True)
    if is_trap(name):
        return honest(query)[0].wire
    told.asked.append(query.label)
    return BEHAVIOURS[query.label](query)[0].wire


@asynccontextmanager
async def resolver(context: ssl.SSLContext, *, https: bool = False, most: int = 1000) -> AsyncIterator[Encrypted]:
    """Answers `most` queries of a connection, then closes it."""
    told = Encrypted(0)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told.connections += 1
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                for _ in range(most):
                    writer.write(await (_post(told, reader) if https else _framed(told, reader)))
                    await writer.drain()
        finally:
            writer.close()

    listening = await asyncio.start_server(connected, LOOPBACK, 0, ssl=context)
    told.port = listening.sockets[0].getsockname()[1]
    try:
        yield told
    finally:
        listening.close()


async def _framed(told: Encrypted, reader: asyncio.StreamReader) -> bytes:
    wire = answer(told, await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big")))
    return len(wire).to_bytes(2, "big") + wire


async def _post(told: Encrypted, reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii").lower()
    if not head.startswith("post /dns-query http/1.1\r\n") or "content-type: application/dns-message" not in head:
        return b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
    length = int(head.partition("content-length:")[2].partition("\r\n")[0])
    wire = answer(told, await reader.readexactly(length))
    start = f"HTTP/1.1 200 OK\r\ncontent-type: application/dns-message\r\ncontent-length: {len(wire)}\r\n\r\n"
    return start.encode("ascii") + wire
