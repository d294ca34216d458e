"""Answers from evidence files, with no network: what `--evidence` scans from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

from rules.results import QueryRecord
from scanner.dns.answer import Answer, Link, Question, Status, chain_fault
from scanner.dns.evidence import read_evidence
from scanner.dns.patience import Patience
from scanner.dns.presentation import BadFormError, canonical_name, relative
from scanner.dns.source import Told

__all__ = ["Missing", "RecordedSource", "answer_from"]

Missing = Literal["unknown", "nodata"]
"""What a name without a line means: not recorded, or proved to have no such records."""

_MISSING: Final[Mapping[Missing, Status]] = {"unknown": Status.NOT_RECORDED, "nodata": Status.NODATA}
_PROVED: Final = frozenset({"NOERROR", "NODATA", "NXDOMAIN"})


class RecordedSource:
    """Replays evidence files; later files win. Raises EvidenceError, with every fault of the files."""

    def __init__(self, files: Sequence[Path], missing: Missing = "unknown") -> None:
        self.name = "evidence: " + ", ".join(path.name or str(path) for path in files)
        self._sets = read_evidence(files).sets
        self._missing = _MISSING[missing]

    async def ask(self, questions: Sequence[Question], patience: Patience | None = None) -> list[Answer]:
        return [answer_from(self._sets, question, self._missing) for question in questions]

    def told(self) -> Told:
        return Told()

    async def close(self) -> None:
        """There is nothing to free."""


def answer_from(
    sets: Mapping[str, Mapping[str, QueryRecord]], question: Question, missing: Status = Status.NOT_RECORDED
) -> Answer:
    """The answer that record sets give: an exact line first, else CNAMEs are followed to a line at their end.

    The inverse of `decompose`. NXDOMAIN at a name holds for every type of which nothing else is told (RFC 2308
    section 5), and a CNAME that could not be determined leaves every such type undetermined.
    """
    name, type_ = question.name, question.type
    if name not in sets:
        try:
            name = canonical_name(name)
        except BadFormError as error:
            return Answer(question, Status.MALFORMED, reason=str(error))
    chain: list[Link] = []
    ad = True
    while True:
        here = sets.get(name)
        if here is None:
            return Answer(question, missing, chain=tuple(chain))
        record = here.get(type_)
        if record is None:
            record = here.get("CNAME")
            if record is None or (record.status in _PROVED and record.status != "NOERROR"):
                record = _name_error(here)
                if record is None:
                    return Answer(question, missing, chain=tuple(chain))
            elif record.status == "NOERROR":
                target = relative(record.values[0])
                chain.append(Link(name, target, record.ttl))
                ad = ad and record.ad
                if fault := chain_fault(chain):
                    return Answer(
                        question,
                        Status.MALFORMED,
                        chain=tuple(chain),
                        ad=ad,
                        server=record.server,
                        at=record.at,
                        reason=fault,
                    )
                name = target
                continue
        return Answer(
            question=question,
            status=Status(record.status),
            values=record.values,
            ttl=record.ttl,
            chain=tuple(chain),
            ad=ad and record.ad,
            server=record.server,
            at=record.at,
            reason=record.reason,
            strings=record.strings,
        )


def _name_error(types: Mapping[str, QueryRecord]) -> QueryRecord | None:
    """The proof that the name does not exist, unless another line of the name says that it does."""
    found = None
    for record in types.values():
        if record.status == "NXDOMAIN":
            found = record
        elif record.status in _PROVED:
            return None
    return found
