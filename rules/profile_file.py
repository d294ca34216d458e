"""Reads profile files and folds in what they extend."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, cast

from rules.entries import Page, name_of
from rules.errors import quote
from rules.facts import FactType, Judged, Value
from rules.grammar import OVERRIDE, PROFILE
from rules.literals import plain_value
from rules.model import Profile
from rules.results import Severity
from rules.source import Mapping as MappingNode
from rules.source import Node

__all__ = ["AUTO", "DEFAULT_PROFILE", "DraftedProfile", "fold_profiles", "read_profile_file"]

DEFAULT_PROFILE: Final = "onboarding"
AUTO: Final = "auto"
"""Not a profile but the wish that one is chosen for each domain."""

_NAME: Final = "profile.name"


@dataclass(frozen=True, slots=True)
class DraftedProfile:
    """A profile as its file has it, with the places of what can only be checked when all files are read."""

    profile: Profile
    extends: str
    enabled: frozenset[str]
    chosen: bool
    judging: bool
    page: Page
    node: Node
    extends_node: Node
    rules: tuple[tuple[str, Node], ...]
    frameworks: tuple[tuple[str, Node], ...]


def read_profile_file(page: Page, types: Mapping[str, FactType]) -> DraftedProfile | None:
    """Reads one profile; None if it is none. Faults go to the page."""
    entry = page.table(page.file.root, PROFILE)
    if entry is None:
        return None
    name = entry.text("profile")
    if name == AUTO:
        page.fault(
            entry.nodes["profile"], "auto is no name for a profile: it asks for one to be chosen for each domain"
        )
    severities: dict[str, Severity] = {}
    disabled: set[str] = set()
    enabled: set[str] = set()
    rules: list[tuple[str, Node]] = []
    for rule, key, node in entry.pairs("rules"):
        rules.append((rule, key))
        override = page.table(node, OVERRIDE, f"the override of {rule}")
        if override is None:
            continue
        if not override.node.entries:
            page.fault(node, f"nothing is said of {rule}; write severity or enabled")
        if severity := override.text("severity"):
            severities[rule] = cast(Severity, severity)
        flag = override.flag("enabled")
        if flag is not None:
            (enabled if flag else disabled).add(rule)
    frameworks = tuple(entry.texts("frameworks"))
    facts = _facts(page, entry.nodes["facts"], types) if "facts" in entry.nodes else {}
    profile = Profile(
        name,
        entry.text("title"),
        facts,
        severities,
        frozenset(disabled),
        tuple(text for text, _ in frameworks),
        cast(Judged, entry.text("judges") or "domains"),
    )
    return DraftedProfile(
        profile=profile,
        extends=entry.text("extends"),
        enabled=frozenset(enabled),
        chosen="frameworks" in entry.nodes,
        judging="judges" in entry.nodes,
        page=page,
        node=entry.nodes.get("profile", entry.node),
        extends_node=entry.nodes.get("extends", entry.node),
        rules=tuple(rules),
        frameworks=frameworks,
    )


def _facts(page: Page, node: Node, types: Mapping[str, FactType]) -> dict[str, Value]:
    if not isinstance(node, MappingNode):
        page.fault(node, f"facts must be a mapping of profile.* facts, not {name_of(node)}")
        return {}
    settable = expected_facts(types)
    found: dict[str, Value] = {}
    for key, value in node.entries:
        if key.text in settable:
            found[key.text] = plain_value(page, value, types[key.text], key.text)
        elif key.text == _NAME:
            page.fault(key, f"{_NAME} is always the profile's own name; leave it out")
        elif key.text in types:
            page.fault(key, f"a profile sets profile.* facts only, not {key.text}")
        else:
            page.unknown(key, f"fact {quote(key.text)}", key.text, settable)
    return found


def expected_facts(types: Mapping[str, FactType]) -> list[str]:
    """The facts that every profile must have after `extends`: all profile.* but the name."""
    return [name for name in types if name.startswith("profile.") and name != _NAME]


def fold_profiles(
    drafts: Iterable[DraftedProfile], known: Mapping[str, Profile], types: Mapping[str, FactType], complete: bool = True
) -> dict[str, Profile]:
    """The drafted profiles with what they extend folded in; `known` ones are folded already.

    Faults: the same name twice, an unknown base (not told where not all files could be read: not `complete`),
    a cycle, and a fact that neither the profile nor its bases set.
    """
    by_name: dict[str, DraftedProfile] = {}
    for draft in drafts:
        name = draft.profile.name
        if name and (name in known or by_name.setdefault(name, draft) is not draft):
            draft.page.fault(draft.node, f"there is a profile {quote(name)} already; give this one another name")
    folded: dict[str, Profile] = {}
    told: set[str] = set()
    for name in by_name:
        if name in folded:
            continue
        chain = _chain(name, by_name, folded, known, complete, told)
        base = folded.get(chain[-1].extends) or known.get(chain[-1].extends) if chain else None
        for draft in reversed(chain):
            base = _over(base, draft)
            folded[draft.profile.name] = base
            missing = [fact for fact in expected_facts(types) if fact not in base.facts]
            if missing and draft.profile.name not in told:
                draft.page.fault(draft.node, f"the profile and those it extends do not set {', '.join(missing)}")
                told.add(draft.profile.name)
    return folded


def _chain(
    name: str,
    drafts: Mapping[str, DraftedProfile],
    folded: Mapping[str, Profile],
    known: Mapping[str, Profile],
    complete: bool,
    told: set[str],
) -> list[DraftedProfile]:
    """The profile and the drafts that it extends, nearest first, up to one that is folded or extends nothing."""
    chain = [drafts[name]]
    names = [name]
    while (base := chain[-1].extends) and base not in folded and base not in known:
        if base in names:
            cycle = [*names[names.index(base) :], base]
            if not told.intersection(cycle):
                chain[-1].page.fault(chain[-1].extends_node, f"profiles extend each other: {' -> '.join(cycle)}")
            told.update(names)
            break
        if base not in drafts:
            if complete:
                chain[-1].page.unknown(chain[-1].extends_node, f"profile {quote(base)}", base, [*known, *drafts])
            told.update(names)
            break
        names.append(base)
        chain.append(drafts[base])
    if chain[-1].extends in told:
        told.update(names)
    return chain


def _over(base: Profile | None, draft: DraftedProfile) -> Profile:
    """A draft over its base: its own word wins; the facts always carry its own name."""
    own = draft.profile
    if base is None:
        return dataclasses.replace(own, facts={**own.facts, _NAME: own.name})
    return Profile(
        own.name,
        own.title,
        {**base.facts, **own.facts, _NAME: own.name},
        {**base.severities, **own.severities},
        (base.disabled - draft.enabled) | own.disabled,
        own.frameworks if draft.chosen else base.frameworks,
        own.judges if draft.judging else base.judges,
    )
