"""A list, evidence, a pack and waivers that hold every hostile text wherever a text of strangers can stand."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dns.name
from payloads import PAYLOADS, UNDECODABLE

OCTETS: tuple[bytes, ...] = (*(text.encode("utf-8", "surrogatepass") for text in PAYLOADS), *UNDECODABLE)
LONGEST_TXT = 60_000
LONGEST_CELL = 3_000
"""Of a list's cell: a row has at most 10,000 characters."""
MANY = "many-records.example"


FAILING, WAIVED = "failing.example", "waived.example"
"""Two domains that fail every rule of the pack; the second with a waiver for each."""


@dataclass(frozen=True)
class World:
    """Files for scans, in `folder`; `domains` are what the list asks for beside its bad rows."""

    folder: Path
    domains: tuple[str, ...]

    records = ("--file", "list.csv", "--allow-bad-rows", "--evidence", "evidence.jsonl", "--missing", "nodata")
    """`mailready scan` of a domain for each text."""
    rules = (FAILING, WAIVED, "--missing", "nodata", "--evidence", "evidence.jsonl")
    rules = (*rules, "--pack", "house", "--waivers", "waivers.yaml")
    """`mailready scan` of two domains with a rule for each text."""


def build(folder: Path) -> World:
    """Writes the files."""
    domains = tuple(f"p{number:03d}.example" for number in range(len(OCTETS)))
    with (folder / "evidence.jsonl").open("w", encoding="utf-8") as evidence:
        for domain, octets in zip(domains, OCTETS, strict=True):
            evidence.writelines(json.dumps(line) + "\n" for line in _answers(domain, octets))
        evidence.write(json.dumps(_line(MANY, "TXT", [_txt(octets[:2000]) for octets in OCTETS][:200])) + "\n")
    _write_list(folder / "list.csv", domains)
    (folder / "house").mkdir()
    pack = json.dumps(_pack(), ensure_ascii=False)
    (folder / "house" / "rules.yaml").write_text(pack, encoding="utf-8")
    waivers = json.dumps({"waivers": list(_waivers())}, ensure_ascii=False)
    (folder / "waivers.yaml").write_text(waivers, encoding="utf-8")
    return World(folder, (*domains, MANY))


def _txt(octets: bytes) -> str:
    """A TXT value as evidence writes it: what is no UTF-8, and the backslash, as \\ddd."""
    text = octets[:LONGEST_TXT].decode("utf-8", "surrogateescape").replace("\\", "\\092")
    return "".join(f"\\{ord(char) - 0xDC00:03d}" if "\udc80" <= char <= "\udcff" else char for char in text)


def _name(octets: bytes) -> str:
    """A name whose first label is the hostile text, as far as a label goes."""
    label = (octets[:63],) if octets else ()
    return dns.name.Name((*label, b"evil", b"test", b"")).to_text()


def _line(name: str, type_: str, values: list[str], **more: str) -> dict[str, object]:
    return {"name": name, "type": type_, "values": values, "ttl": 300, "server": "192.0.2.53", **more}


def _answers(domain: str, octets: bytes) -> Iterator[dict[str, object]]:
    txt, name = _txt(octets), _name(octets)
    said = octets[:2000].decode("utf-8", "replace")
    spf = f"v=spf1 include:{txt[:9000]}.evil.test {txt[:9000]} exp={txt[:9000]} ~all"
    yield _line(domain, "TXT", list(dict.fromkeys([txt, f"MS={txt[:9000]}", spf])), server=said, at=said)
    yield _line(domain, "MX", ["0 mx.evil.test.", f"10 {name}"])
    yield _line(domain, "NS", [f"ns1.{name}" if len(name) < 250 else name])
    yield _line(f"_dmarc.{domain}", "TXT", [f"v=DMARC1; p=none; rua=mailto:{txt[:9000]}; {txt[:9000]}; x={txt[:9000]}"])
    yield _line(f"selector1._domainkey.{domain}", "CNAME", [name])
    yield _line(f"selector2._domainkey.{domain}", "TXT", [f"v=DKIM1; n={txt[:9000]}; k={txt[:9000]}; p={txt[:9000]}"])
    yield _line(f"autodiscover.{domain}", "CNAME", [], status="SERVFAIL", reason=said, server=said)


def _write_list(path: Path, domains: tuple[str, ...]) -> None:
    with path.open("w", encoding="utf-8", errors="surrogatepass", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["domain", "client", "ticket", "tags"])
        for domain, octets in zip(domains, OCTETS, strict=True):
            cell = octets.decode("utf-8", "replace")[:LONGEST_CELL]
            rows.writerow([domain, cell, cell, cell])
        rows.writerow([MANY, "", "", ""])
        for text in PAYLOADS:
            rows.writerow([text, text[:100], "", ""])


def _texts(longest: int) -> Iterator[tuple[str, str]]:
    """Number and text, as far as a pack or a waiver may say it: nothing unseen (rules/source.py)."""
    for number, octets in enumerate(OCTETS):
        text = octets.decode("utf-8", "ignore")[:longest]
        if shown := "".join(char for char in text if char.isprintable()).strip():
            yield f"EVIL-{number:03d}", shown


def _pack() -> dict[str, object]:
    rules = []
    for rule, text in _texts(180):
        quoted = text.replace("{", "{{").replace("}", "}}")
        change = {"action": "add", "name": "{domain}", "type": "TXT", "ttl": 300, "value": quoted}
        fix = {"effort": "minutes", "owner": "dns", "text": quoted, "command": quoted, "changes": [change]}
        outcomes = {"fail": "none", "pass": "null_mx", "unknown": {"unknown": "TIMEOUT"}}
        rules.append(
            {
                "id": rule,
                "title": text,
                "severity": "high",
                "assert": {"mx.status": "null_mx"},
                "fail": quoted,
                "why": text,
                "fix": fix,
                "refs": ["https://evil.test/x"],
                "examples": [{"mx.status": status, "expect": expected} for expected, status in outcomes.items()],
            }
        )
    return {"pack": "house", "version": 1, "rules": rules}


def _waivers() -> Iterator[dict[str, object]]:
    for rule, text in _texts(180):
        told = {"rule": rule, "reason": text, "owner": text, "ticket": text}
        yield {**told, "domains": [WAIVED], "expires": "2999-01-31"}
        yield {**told, "domains": ["nobody.example"], "expires": "2999-01-31"}
