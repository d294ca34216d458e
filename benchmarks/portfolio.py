"""A portfolio of domains that are well set up for Microsoft 365, with every answer in memory.

The typical client of an MSP: MX, an SPF record with Microsoft's include and one other, two DKIM CNAMEs with keys, DMARC.
What all of them share (Microsoft's SPF record, the name servers' provider) is shared here too.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator, Sequence

from rules.results import Target
from scanner.dns.answer import Answer, Link, Question, Status
from scanner.dns.patience import Patience
from scanner.dns.source import Told

__all__ = ["PortfolioSource", "key_record", "target"]

_AT = "2026-11-21T09:00:00Z"
_SERVER = "192.0.2.53"
_RSA_2048 = bytes.fromhex("30820122300d06092a864886f70d01010105000382010f003082010a0282010100")
_EXPONENT = bytes.fromhex("0203010001")
_SPF = {
    "spf.protection.outlook.com": "v=spf1 ip4:40.92.0.0/15 ip4:40.107.0.0/16 ip4:52.100.0.0/15 ip4:52.102.0.0/16 "
    "ip4:52.103.0.0/17 ip4:104.47.0.0/17 ip6:2a01:111:f400::/48 ip6:2a01:111:f403::/49 ip6:2a01:111:f403:8000::/51 "
    "ip6:2a01:111:f403:c000::/51 ip6:2a01:111:f403:f000::/52 -all",
    "_spf.crm.example": "v=spf1 ip4:203.0.113.0/24 ~all",
    "spf.shop.example": "v=spf1 ip4:198.51.100.0/24 ~all",
}


def target(number: int) -> Target:
    """The domain of this number."""
    return Target(domain=f"client{number}.test")


class PortfolioSource:
    """Answers for the first `number` domains; what is not there does not exist."""

    name = "portfolio"

    def __init__(self, number: int) -> None:
        self._answers: dict[Question, Answer] = {}
        random_bytes = random.Random(7).randbytes
        shared = [_txt(name, text) for name, text in _SPF.items()]
        shared.append(_txt("_dmarc.test", ""))
        domains = (answer for place in range(number) for answer in _domain(place, random_bytes(256)))
        for answer in (*shared, *domains):
            self._answers[answer.question] = answer

    async def ask(self, questions: Sequence[Question], patience: Patience | None = None) -> list[Answer]:
        known = self._answers
        return [
            known.get(question) or Answer(question, Status.NXDOMAIN, ttl=300, server=_SERVER, at=_AT)
            for question in questions
        ]

    def told(self) -> Told:
        return Told()

    async def close(self) -> None:
        """There is nothing to free."""


def _domain(number: int, random_bytes: bytes) -> Iterator[Answer]:
    domain, token, tenant = target(number).domain, f"client{number}-test", f"client{number}"
    exchange = f"{token}.mail.protection.outlook.com"
    other = "_spf.crm.example" if number % 2 else "spf.shop.example"
    yield _answer(domain, "MX", f"0 {exchange}.")
    yield _answer(exchange, "A", "192.0.2.10", "192.0.2.11")
    yield _answer(exchange, "AAAA", "2001:db8::10")
    yield _answer(domain, "NS", "ns1.host.example.", "ns2.host.example.")
    yield _answer(
        domain, "TXT", f"MS=ms{number:08d}", f"v=spf1 include:spf.protection.outlook.com include:{other} -all"
    )
    policy = ("none", "quarantine", "reject", "reject")[number % 4]
    yield _txt(f"_dmarc.{domain}", f"v=DMARC1; p={policy}; rua=mailto:dmarc@{domain}; fo=1")
    text = key_record(random_bytes)
    for selector in ("selector1", "selector2"):
        name, end = f"{selector}._domainkey.{domain}", f"{selector}-{token}._domainkey.{tenant}.onmicrosoft.com"
        yield Answer(
            Question(name, "TXT"),
            Status.NOERROR,
            (text,),
            ttl=3600,
            chain=(Link(name, end, 3600),),
            server=_SERVER,
            at=_AT,
            strings=((text[:255], text[255:]),),
        )


def key_record(modulus: bytes) -> str:
    """A DKIM record as Microsoft writes it, with the public key of these 256 octets."""
    key = _RSA_2048 + bytes([modulus[0] | 0x80]) + modulus[1:] + _EXPONENT
    return f"v=DKIM1; k=rsa; p={base64.b64encode(key).decode()};"


def _txt(name: str, text: str) -> Answer:
    return _answer(name, "TXT", *filter(None, [text]))


def _answer(name: str, type_: str, *values: str) -> Answer:
    status = Status.NOERROR if values else Status.NODATA
    return Answer(Question(name, type_), status, tuple(sorted(values)), ttl=3600, server=_SERVER, at=_AT)
