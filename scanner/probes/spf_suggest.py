"""The SPF record to publish: the domain's own with what is surely wrong mended, Microsoft 365 authorised, and the end that the
profile asks for. Never a record that stops a sender who passes today, and none at all where there is more than one reading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from rules.facts import Profile, Unknown
from scanner.microsoft365 import spf_cloud, spf_hosts
from scanner.probes.spf_authority import End, cloud_reached, clouds, end
from scanner.probes.spf_count import LOOKUP_LIMIT, count_lookups
from scanner.probes.spf_faults import mended_records, near_misses, near_texts
from scanner.probes.spf_tree import Step, Tree, steps_of
from scanner.records.spf import Mechanism, Modifier, parse, read_term
from scanner.records.spf_mend import merge, write

__all__ = ["suggest", "superseded"]

_SIGNS: Final = {"pass": "+all", "neutral": "?all", "softfail": "~all", "fail": "-all"}
_WORDS: Final[dict[str, End]] = {"+": "pass", "?": "neutral", "~": "softfail", "-": "fail"}


def suggest(tree: Tree, profile: Profile, possible: frozenset[str | None]) -> str | Unknown | None:
    """The record, None where no certain one can be given, Unknown where it depends on what could not be read.

    `possible` are the Microsoft clouds that may be the domain's (None: none is shown, so any will do, and worldwide is added).
    What is published comes back as it is where nothing is to be changed.
    """
    root = tree.root
    if not root.known:
        return root.answer.unknown()
    if profile.inbound == "none" and profile.sends_from_m365 is False:
        return _nobody(root.records)
    mended = mended_records(root) if root.records else near_misses(root.answer)
    meant: list[tuple[str, ...]] = []
    for record in mended:
        if record.terms is None:
            return None
        meant.append(record.terms)
    terms = merge(meant) if len(meant) > 1 else meant[0] if meant else ()
    if terms is None:
        return None
    found = _useful(tree, list(terms))
    if not isinstance(found, Unknown):
        found = _with_microsoft(tree, found, profile, possible)
    if not isinstance(found, Unknown):
        found = _with_end(tree, found, profile)
    if isinstance(found, Unknown):
        return found
    if len(root.records) == 1 and not mended[0].changed and tuple(found) == terms:
        return root.records[0]
    text = write(found)
    return None if parse(text).faults or _passes_the_limit(tree, text) else text


def _nobody(records: tuple[str, ...]) -> str:
    """The record of a domain that neither sends nor receives, as published where it says just that."""
    text = write(("-all",))
    return next((record for record in records if " ".join(record.lower().split()) == text and len(records) == 1), text)


def _passes_the_limit(tree: Tree, text: str) -> bool:
    """The record is proved to need more lookups than receivers make, and what is published is not: it would stop everyone."""
    new, _ = count_lookups(tree, steps_of(text, tree.domain, tree.domain).counting)
    return new.above(LOOKUP_LIMIT) is True and count_lookups(tree)[0].above(LOOKUP_LIMIT) is not True


def superseded(tree: Tree, suggested: str | Unknown | None) -> tuple[str, ...] | Unknown:
    """The published texts that go when `suggested` is added beside them: all of several records, or the near misses of none."""
    if suggested is None or len(tree.root.records) == 1:
        return ()
    if isinstance(suggested, Unknown):
        return suggested
    texts = tree.root.records or near_texts(tree.root.answer)
    return tuple(text for text in texts if text != suggested)


def _lookups(tree: Tree, terms: list[str]) -> tuple[Step, ...]:
    """The steps of these terms that ask for a name, as if they stood at the domain: no others lead anywhere."""
    return steps_of(write(terms), tree.domain, tree.domain).counting


def _useful(tree: Tree, terms: list[str]) -> list[str] | Unknown:
    """The terms without those that let nobody pass and spoil the rest: names that cannot be in DNS, and each include: or redirect= of
    the domain itself, of a name that has no SPF record, or of one whose record is a permerror by itself."""
    useless: set[str] = set()
    for step in _lookups(tree, terms):
        if step.malformed:
            useless.add(step.term.text)
        if not step.descends or step.target is None or step.target not in tree.nodes:
            continue
        spoils = not spf_cloud(step.target) and _spoils(tree, step.target)
        if isinstance(spoils, Unknown):
            return spoils
        if spoils:
            useless.add(step.term.text)
    return [term for term in terms if term not in useless] if useless else terms


def _spoils(tree: Tree, name: str) -> bool | Unknown:
    """Whether the record at the name is by its own text a permerror for every sender that it has to decide on: there is none or more
    than one, it is not valid, or it leads back to itself or the domain. What it includes is its operator's affair."""
    if name == tree.domain:
        return True
    node = tree.node(name)
    if isinstance(node, Unknown):
        return node
    if node.record is None or node.record.faults:
        return True
    return any(step.descends and (step.malformed or step.target in (name, tree.domain)) for step in node.counting)


def _with_microsoft(
    tree: Tree, terms: list[str], profile: Profile, possible: frozenset[str | None]
) -> list[str] | Unknown:
    if profile.sends_from_m365 is not True:
        return terms
    steps = _lookups(tree, terms)
    results: list[list[str]] = []
    authorised = _asked_only(tree, steps)
    for cloud in possible:
        reached = cloud_reached(authorised, frozenset({cloud}))
        if isinstance(reached, Unknown):
            return reached
        results.append(terms if reached else _with_include(terms, _host_for(cloud)))
    if any(result != results[0] for result in results):
        return Unknown("the Microsoft cloud could not be determined")
    return results[0]


def _host_for(cloud: str | None) -> str:
    """The host to include; DoD shares GCC High's, and where no cloud is shown it is the worldwide one."""
    hosts: Mapping[str, str] = {str(name): host for name, host in spf_hosts().items()}
    return hosts.get("gcchigh" if cloud == "dod" else cloud or "worldwide", hosts["worldwide"])


def _asked_only(tree: Tree, steps: Sequence[Step]) -> tuple[str | Unknown, ...]:
    """The clouds that the terms authorise. A mended term's name was not asked, and counts for what it is by itself."""
    readable = [step for step in steps if not step.descends or step.target in tree.nodes or step.sender_dependent]
    named = [step.target for step in steps if step.descends and step.passes and step.target is not None]
    direct = tuple(cloud for name in named if (cloud := spf_cloud(name)))
    return (*direct, *clouds(tree, readable))


def _with_include(terms: list[str], host: str) -> list[str]:
    wanted = f"include:{host}"
    weak = [term for term in terms if term[:1] in "-~?" and term[1:].lower().removesuffix(".") == wanted]
    if weak:
        return [wanted if term == weak[0] else term for term in terms]
    place = next((n for n, term in enumerate(terms) if not _is_matching(term)), len(terms))
    return [*terms[:place], wanted, *terms[place:]]


def _is_matching(term: str) -> bool:
    read = read_term(term)
    return isinstance(read, Mechanism) and read.name != "all"


def _with_end(tree: Tree, terms: list[str], profile: Profile) -> list[str] | Unknown:
    accepted = profile.spf_all if isinstance(profile.spf_all, tuple) and profile.spf_all else None
    read = [read_term(term) for term in terms]
    present = next((term for term in read if isinstance(term, Mechanism) and term.name == "all"), None)
    redirect = next((term for term in read if isinstance(term, Modifier) and term.name == "redirect"), None)
    now: End | Unknown = "none"
    if present:
        now = _WORDS[present.qualifier]
    elif redirect:
        if tree.root.record is None or tree.root.record.redirect != redirect:
            return terms  # a mended redirect=: where it leads has not been asked
        now = end(tree)
    if isinstance(now, Unknown):
        return now
    # Where nothing is published there is no end to keep; "-all" is what RFC 7208 and Microsoft's page show. An end that
    # was open so far may have let senders pass that the record does not name: "~all" does not turn them away at once.
    wanted = accepted[0] if accepted else "fail"
    if tree.root.records and accepted and "softfail" in accepted:
        wanted = "softfail"
    if wanted == "none" or (accepted is not None and now in accepted) or (accepted is None and (present or redirect)):
        return terms
    if present:
        return [_SIGNS[wanted] if term == present.text else term for term in terms]
    if redirect:
        terms = [f"include:{redirect.value}" if term == redirect.text else term for term in terms]
    place = next((n for n, term in enumerate(terms) if not _is_matching(term)), len(terms))
    return [*terms[:place], _SIGNS[wanted], *terms[place:]]
