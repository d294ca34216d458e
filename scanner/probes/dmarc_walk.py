"""The tree walk of RFC 9989 section 4.10: which names are asked, which record applies, which domain is organizational.

Pure. A step whose answer is unknown may hold any record or none; what follows is known only where it follows in every case.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from rules.facts import Host, Unknown
from scanner.dns.answer import Answer, Question, Status
from scanner.records.dmarc import DmarcRecord, counts, read

__all__ = ["Found", "WalkStep", "answered", "find", "organizational", "parents", "question", "step"]

_LONGEST_DOMAIN = 253 - len("_dmarc.")
"""Octets of a domain whose _dmarc name DNS can hold."""
_MOST_ABOVE = 7


class WalkStep(msgspec.Struct, frozen=True, gc=False):
    """A domain on the walk and the answer for TXT at its _dmarc name; the step of the domain itself is the first.

    `counting` are the records that count; if more than one, receivers discard them all. `record` is the one that is left.
    """

    domain: str
    answer: Answer
    counting: tuple[str, ...] = ()
    record: DmarcRecord | None = None

    @property
    def stops(self) -> bool:
        """The walk ends here: psd=n or psd=y."""
        record = self.record
        return record is not None and record.psd != "u"


class Found(msgspec.Struct, frozen=True, gc=False):
    """The record that applies and the domain at whose _dmarc name it is."""

    domain: Host
    record: DmarcRecord
    inherited: bool


def parents(domain: str) -> tuple[str, ...]:
    """The domains above `domain` that the walk asks, longest first and the top-level domain last; at most seven.

    From eight labels on, the walk goes on at the last seven: `a.b.c.d.e.f.g.h` at `b.c.d.e.f.g.h`, and so does a name of
    twenty labels (RFC 9989 section 4.10, steps 4 to 8).
    """
    above: list[str] = []
    _, _, rest = domain.partition(".")
    while rest:
        above.append(rest)
        _, _, rest = rest.partition(".")
    return tuple(above[-_MOST_ABOVE:])


def question(domain: str) -> Question | None:
    """TXT at the domain's _dmarc name; None where that name is longer than DNS allows, so that nothing can be there."""
    return Question(f"_dmarc.{domain}", "TXT") if len(domain) <= _LONGEST_DOMAIN else None


def step(domain: str, answer: Answer) -> WalkStep:
    """The step of a domain, its answer read."""
    if not answer.values or not answer.known:
        return WalkStep(domain, answer)
    counting = tuple([text for text in answer.values if counts(text)])
    return WalkStep(domain, answer, counting, read(counting[0]) if len(counting) == 1 else None)


def answered(domains: Iterable[str], answers: Iterable[Answer]) -> tuple[WalkStep, ...]:
    """The steps of `domains`, given the answers to their questions in the same order; domains without one have no record."""
    rest = iter(answers)
    return tuple(
        [step(domain, next(rest) if len(domain) <= _LONGEST_DOMAIN else _unheld(domain)) for domain in domains]
    )


def _unheld(domain: str) -> Answer:
    return Answer(Question(f"_dmarc.{domain}", "TXT"), Status.NXDOMAIN, reason="the name is too long to exist")


def find(steps: Sequence[WalkStep]) -> Found | Unknown | None:
    """The record that applies to the domain of the first step; None where there is none (RFC 9989 section 4.10.1).

    The domain's own; else, among the names above that have one, the organizational domain's (`organizational`), else the
    public suffix domain's. `steps` may be the first alone where it has a record or is unknown.
    """
    own, above = steps[0], steps[1:]
    if not own.answer.known:
        return own.answer.unknown()
    if own.record is not None:
        return Found(Host(own.domain), own.record, inherited=False)
    held: list[tuple[WalkStep, DmarcRecord]] = []
    for higher in above:
        if not higher.answer.known:
            # Whatever it holds would apply, or would end the walk before the records further up.
            return higher.answer.unknown()
        if higher.record is not None:
            held.append((higher, higher.record))
            if higher.stops:
                break
    if not held:
        return None
    holder, record = held[-1]
    if record.psd == "y" and len(held) > 1 and _below(own.domain, holder.domain) == held[-2][0].domain:
        holder, record = held[-2]
    return Found(Host(holder.domain), record, inherited=True)


def _below(domain: str, suffix: str) -> str:
    """The name one label below `suffix` on the way to `domain`."""
    return ".".join(domain.split(".")[-(suffix.count(".") + 2) :])


def organizational(steps: Sequence[WalkStep]) -> Host | Unknown:
    """The organizational domain of the domain of the first step (RFC 9989 section 4.10.2), from the whole walk."""
    reached: list[WalkStep] = []
    for step in steps:
        reached.append(step)
        if step.stops:
            break
    unknown = [i for i, step in enumerate(reached) if not step.answer.known]
    marks = [step.record.psd if step.record is not None else "" for step in reached]
    if len(unknown) > 1:
        # Either may hold psd=n and would then be the organizational domain.
        return reached[unknown[0]].answer.unknown()
    if not unknown:
        return _organizational(steps[0].domain, [step.domain for step in reached], marks)
    found = set()
    for mark in ("", "u", "n", "y"):
        marks[unknown[0]] = mark
        found.add(_organizational(steps[0].domain, [step.domain for step in reached], marks))
    return found.pop() if len(found) == 1 else reached[unknown[0]].answer.unknown()


def _organizational(start: str, domains: Sequence[str], marks: Sequence[str]) -> Host:
    """`marks` are the psd values of the records at `domains`, longest name first; "" where there is no record."""
    chosen = start
    for domain, mark in zip(domains, marks, strict=True):
        if mark == "n":
            return Host(domain)
        if mark == "y":
            return Host(_below(start, domain) if domain != start else start)
        if mark:
            chosen = domain
    return Host(chosen)
