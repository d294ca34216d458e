"""A small world of names, answered as a good recursive resolver would: what a misbehaving one then spoils."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from servers.messages import Query, reply

from scanner.dns.answer import bytes_of_text

EXAMPLES = Path(__file__).parents[2] / "examples" / "evidence.jsonl"
ROOT_SOA = ". 300 IN SOA ns.root.test. hostmaster.root.test. 1 7200 3600 1209600 60"


@dataclass(frozen=True)
class World:
    """Record sets by (name, type), names in lower case with a final dot."""

    sets: dict[tuple[str, str], dns.rrset.RRset]

    @classmethod
    def of_evidence(cls, path: Path = EXAMPLES) -> World:
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        return cls(
            {
                (line["name"] + ".", line["type"]): _rrset(line["name"] + ".", line["type"], line["values"])
                for line in lines
                if line["values"]
            }
        )

    def truth(self, query: Query) -> dns.message.Message:
        """The whole chain and its end, or the proof that there is nothing there."""
        message = reply(query.message)
        name = query.name.lower()
        while (alias := self.sets.get((name, "CNAME"))) is not None and query.type != "CNAME":
            message.answer.append(alias)
            name = alias[0].target.to_text().lower()
        found = self.sets.get((name, query.type))
        if found is not None:
            message.answer.append(found)
            return message
        message.authority.append(dns.rrset.from_text(*ROOT_SOA.split(None, 4)))
        if not any(known == name or known.endswith(f".{name}") for known, _ in self.sets):
            message.set_rcode(dns.rcode.NXDOMAIN)
        return message


def _rrset(name: str, type_: str, values: Sequence[str]) -> dns.rrset.RRset:
    if type_ != "TXT":
        return dns.rrset.from_text_list(name, 300, "IN", type_, values)
    rdatas = []
    for value in values:
        octets = bytes_of_text(value)
        pieces = [octets[start : start + 255] for start in range(0, len(octets), 255)] or [b""]
        rdatas.append(
            dns.rdata.from_text("IN", "TXT", " ".join('"' + "".join(f"\\{o:03d}" for o in p) + '"' for p in pieces))
        )
    return dns.rrset.from_rdata_list(name, 300, rdatas)
