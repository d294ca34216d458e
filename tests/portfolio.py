"""Lists of made-up domains, and evidence for them, for runs over many."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

__all__ = ["names", "write_evidence", "write_list"]

_TENANT = "contoso"


def names(number: int) -> list[str]:
    return [f"d{index:06d}.example" for index in range(number)]


def write_list(path: Path, domains: Iterable[str]) -> Path:
    """A CSV list with clients and tickets."""
    rows = (f"{domain},Client {index % 7},T-{index}\n" for index, domain in enumerate(domains))
    path.write_text("domain,client,ticket\n" + "".join(rows), "utf-8")
    return path


def write_evidence(path: Path, domains: Iterable[str]) -> Path:
    """Most are in order, every seventh has no DMARC record, every eleventh has servers that fail."""
    with path.open("w", encoding="utf-8") as stream:
        for index, domain in enumerate(domains):
            for line in _lines(index, domain):
                stream.write(json.dumps(line) + "\n")
    return path


def _lines(index: int, domain: str) -> Iterator[dict[str, object]]:
    dashed = domain.replace(".", "-")
    if index % 11 == 10:
        for type_ in ("MX", "TXT"):
            yield {"name": domain, "type": type_, "values": [], "status": "SERVFAIL", "server": "192.0.2.53"}
    else:
        yield {"name": domain, "type": "MX", "values": [f"0 {dashed}.mail.protection.outlook.com."]}
        yield {"name": domain, "type": "TXT", "values": ["v=spf1 include:spf.protection.outlook.com -all"]}
    for selector in ("selector1", "selector2"):
        target = f"{selector}-{dashed}._domainkey.{_TENANT}.onmicrosoft.com."
        yield {"name": f"{selector}._domainkey.{domain}", "type": "CNAME", "values": [target]}
    if index % 7:
        yield {"name": f"_dmarc.{domain}", "type": "TXT", "values": [f"v=DMARC1; p=reject; rua=mailto:d@{domain}"]}
