"""What this checks: SPF (RFC 7208), the domain's record with everything that it leads to.

The TXT records of the domain; the record's grammar (section 12) and what people paste wrong; the whole tree of include: and
redirect= with its true number of lookups and void lookups (section 4.6.4); whether Microsoft 365 is authorised; and the record
to publish instead. Each level of the tree is one round of questions.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from rules.facts import Problem, Profile, Spf, Unknown
from rules.results import Target
from scanner.dns.answer import Question, Status
from scanner.probes import spf_authority, spf_count
from scanner.probes.kleene import Truth
from scanner.probes.m365 import possible_clouds
from scanner.probes.probe import Ask, Collected, Observations, Probe, Rounds
from scanner.probes.spf_addresses import addresses
from scanner.probes.spf_faults import meant_steps, mended_records, own_problems, problems, text_problems, verdict
from scanner.probes.spf_suggest import suggest, superseded
from scanner.probes.spf_tree import REACHES, Reach, Tree, walk
from scanner.records.spf import LONGEST_KEPT

__all__ = ["PROBE", "SpfObservation", "authorises_anyone"]


@dataclass(frozen=True, slots=True)
class SpfObservation:
    """The tree as far as it was walked, and the dotted names of the facts that were wanted of it."""

    tree: Tree
    wanted: frozenset[str]


_REACH: Final[Mapping[str, Reach]] = {
    "record": "record",
    "records": "record",
    "text_valid": "record",
    "text_problems": "record",
    "terms": "record",
    "redirect": "record",
    "all": "redirect",
    "includes": "includes",
    "authorises_m365": "includes",
    "clouds": "includes",
    "lookups": "includes",
    "lookups_at_least": "includes",
    "lookups_by_term": "includes",
    "over_limit": "includes",
    "suggested": "includes",
    "superseded": "includes",
    "status": "hosts",
    "error": "hosts",
    "problems": "hosts",
    "void_lookups": "hosts",
    "void_terms": "hosts",
    "addresses": "mx_hosts",
}
"""How far the tree must be walked for each fact."""


_OF_CLOUDS: Final = frozenset({"authorises_m365", "suggested", "superseded"})
"""Facts that depend on the cloud that MX and DKIM show."""


_OF_RECORD: Final = tuple(f"spf.{name}" for name, reach in _REACH.items() if reach == "record")
_OF_RECORDS: Final = tuple(f"spf.{name}" for name, reach in _REACH.items() if reach in ("redirect", "includes"))
_OF_OWN_TEXT: Final = frozenset({"text_problems", "problems"})
_OF_SUGGESTION: Final = frozenset({"suggested", "superseded"})
_COUNTED: Final = frozenset(
    {
        "status",
        "error",
        "problems",
        "lookups",
        "lookups_at_least",
        "lookups_by_term",
        "over_limit",
        "void_lookups",
        "void_terms",
    }
)


def _facts(*reaches: Reach) -> frozenset[str]:
    return frozenset(f"spf.{name}" for name, reach in _REACH.items() if reach in reaches)


@functools.lru_cache(maxsize=256)
def _names(wanted: frozenset[str]) -> frozenset[str]:
    """The wanted facts of this subject, without its name."""
    return frozenset(name.removeprefix("spf.") for name in wanted if name.startswith("spf."))


@functools.lru_cache(maxsize=256)
def _reach(wanted: frozenset[str]) -> Reach:
    reaches = [_REACH[name] for name in _names(wanted) if name in _REACH]
    return max(reaches, key=REACHES.index) if reaches else "record"


def _collect(target: Target, wanted: frozenset[str]) -> Rounds[SpfObservation]:
    tree = yield from walk(target.domain, _reach(wanted), meant_steps)
    return SpfObservation(tree, wanted)


def authorises_anyone(observation: SpfObservation) -> Truth:
    """Some term could let some sender pass: false for `v=spf1 -all` and where there is no record.

    Needs a walk of the includes, so a probe that asks for it needs "spf.includes".
    """
    return spf_authority.lets_anyone_pass(observation.tree)


def _record(tree: Tree) -> str | None:
    return tree.root.records[0] if len(tree.root.records) == 1 else None


def _terms(tree: Tree) -> tuple[str, ...]:
    return tuple(term.text for term in tree.root.record.terms) if tree.root.record else ()


def _redirect(tree: Tree) -> str | Unknown | None:
    if tree.root.record is None or tree.root.record.redirect is None:
        return None
    step = tree.root.steps[-1]
    return Unknown(f"{step.term.text} depends on the sender") if step.sender_dependent else step.target


_SIMPLE: Final[Mapping[str, Callable[[Tree], Any]]] = {
    "record": _record,
    "records": lambda tree: tree.root.records,
    "text_valid": lambda tree: tree.root.record is not None and not tree.root.record.faults,
    "terms": _terms,
    "redirect": _redirect,
    "all": spf_authority.end,
    "includes": spf_authority.includes,
    "clouds": spf_authority.clouds,
    "addresses": addresses,
}
"""Facts that are a function of the tree alone."""


def _fold(target: Target, observations: Observations, profile: Profile) -> Collected:
    del target
    observation: SpfObservation = observations["spf"]
    tree = observation.tree
    names = _names(observation.wanted)
    asked = _asked(tree)
    if not tree.root.known:
        hidden = tree.root.answer.unknown()
        return Collected(Spf(**{name: hidden for name in names if name in _REACH}), asked)
    possible = possible_clouds(observations) if names & _OF_CLOUDS else frozenset[str | None]()
    texts = _texts(tree)
    found = _found(tree, names, profile, possible) if texts is None else _found_kept(texts, names, profile, possible)
    return Collected(Spf(**found), asked)


def _found(tree: Tree, names: frozenset[str], profile: Profile, possible: frozenset[str | None]) -> dict[str, Any]:
    found: dict[str, Any] = {name: make(tree) for name, make in _SIMPLE.items() if name in names}
    own = own_problems(tree.root) if names & _OF_OWN_TEXT else []
    if "text_problems" in names:
        found["text_problems"] = text_problems(own)
    if names & _COUNTED:
        found |= _counted(tree, own, names)
    if "authorises_m365" in names:
        found["authorises_m365"] = spf_authority.cloud_reached(spf_authority.clouds(tree), possible)
    suggested = suggest(tree, profile, possible) if names & _OF_SUGGESTION else None
    if "suggested" in names:
        found["suggested"] = suggested
    if "superseded" in names:
        found["superseded"] = superseded(tree, suggested)
    return found


@dataclass(frozen=True, slots=True)
class _Texts:
    """A tree of which the texts, and the names at which they stand, tell everything. Equal texts make equal facts."""

    record: str
    below: tuple[tuple[str, Status, tuple[str, ...]], ...]
    tree: Tree = field(compare=False)


def _texts(tree: Tree) -> _Texts | None:
    """The texts of a tree, for the record that thousands of domains have alike: Microsoft's include and a few others.

    None where the facts depend on more: on other questions, on an answer that failed (its reason names the server), on
    what damaged texts were meant to say, or on the domain's own name.
    """
    root, domain = tree.root, tree.domain
    if len(root.records) != 1 or tree.answers:
        return None
    (mended,) = mended_records(root)
    if mended.changed or mended.problems or mended.terms is None:
        return None
    below: list[tuple[str, Status, tuple[str, ...]]] = []
    for node in tree.nodes.values():
        if not node.known:
            return None
        for step in node.counting:
            if step.target == domain:
                return None
        for text in node.records:
            if len(text) > LONGEST_KEPT or not text.isascii() or domain in text.lower():
                return None
        if node is not root:
            below.append((node.name, node.answer.status, node.records))
    return _Texts(root.records[0], tuple(below), tree)


@functools.lru_cache(maxsize=512)
def _found_kept(
    texts: _Texts, names: frozenset[str], profile: Profile, possible: frozenset[str | None]
) -> dict[str, Any]:
    return _found(texts.tree, names, profile, possible)


def _counted(tree: Tree, own: Iterable[Problem], names: frozenset[str]) -> dict[str, Any]:
    lookups, by_term = spf_count.count_lookups(tree)
    found: dict[str, Any] = {
        "lookups": lookups.value,
        "lookups_at_least": lookups.at_least,
        "lookups_by_term": spf_count.lookups_by_term(tree, by_term),
        "over_limit": lookups.above(spf_count.LOOKUP_LIMIT),
    }
    if tree.reaches("hosts"):
        seen = spf_count.looked_up(tree)
        voids = spf_count.count_voids(tree, seen)
        found["void_lookups"] = voids.value
        found["void_terms"] = spf_count.void_terms(tree, seen)
        found["status"], found["error"] = verdict(tree, lookups, voids, seen)
        if "problems" in names:
            found["problems"] = problems(tree, own, lookups, voids, seen)
    return {name: value for name, value in found.items() if name in names}


def _asked(tree: Tree) -> dict[tuple[str, ...], tuple[Question, ...]]:
    """The questions behind the facts: the domain's own TXT, every SPF record read, or everything."""
    own = (tree.root.answer.question,)
    records = tuple([node.answer.question for node in tree.nodes.values()])
    others = tuple([answer.question for answer in tree.answers.values()])
    return {(): records + others, _OF_RECORD: own, _OF_RECORDS: records}


_CLOUD_FACTS: Final = frozenset({"mx.cloud", "dkim.tenant"})

PROBE = Probe(
    subject="spf",
    asks=(
        Ask("TXT", "{domain}", _facts(*REACHES)),
        Ask(
            "TXT",
            "<each name of include: and redirect=>",
            _facts("includes", "hosts", "mx_hosts"),
            shared=True,
            when="where the SPF record, or one that it leads to, has such terms or was meant to have them",
        ),
        Ask("TXT", "<each name of redirect=>", _facts("redirect"), shared=True, when="where the record has redirect="),
        Ask("A", "<each name of a and exists:>", _facts("hosts", "mx_hosts"), when="where the tree has such terms"),
        Ask("AAAA", "<each name of a>", _facts("hosts", "mx_hosts"), when="where the tree has such terms"),
        Ask("MX", "<each name of mx>", _facts("hosts", "mx_hosts"), when="where the tree has such terms"),
        Ask("A", "<each MX host of mx>", _facts("mx_hosts"), when="where the tree has such terms"),
    ),
    collect=_collect,
    fold=_fold,
    needs=dict.fromkeys(("spf.authorises_m365", "spf.suggested", "spf.superseded"), _CLOUD_FACTS),
)
