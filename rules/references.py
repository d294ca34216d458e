"""References between files: rules that rules, profiles and waivers name, requirements that rules map to, and their order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rules.entries import Page
from rules.errors import quote
from rules.facts import judged_by
from rules.model import Rule
from rules.pack_file import Drafted
from rules.profile_file import DraftedProfile
from rules.results import FrameworkText
from rules.source import Node

__all__ = ["KnownRules", "check_frameworks", "check_judged", "check_maps", "needed_first", "tell_cycles"]


class KnownRules:
    """The rules that were loaded, to check names of rules by.

    A name that no rule has is a fault only if its prefix (SPF of SPF-002) is one that a loaded rule has: else it
    may be of a pack that is not loaded today. `complete` is false where a file of rules could not be read.
    """

    def __init__(self, rules: Iterable[str], complete: bool = True) -> None:
        self._ids = frozenset(rules)
        self._prefixes = frozenset(name.partition("-")[0] for name in self._ids)
        self._complete = complete

    def check_all(self, page: Page, named: Iterable[tuple[str, Node]]) -> None:
        """Faults for misspelt names."""
        if not self._complete:
            return
        for name, node in named:
            if name and name not in self._ids and name.partition("-")[0] in self._prefixes:
                page.unknown(node, f"rule {quote(name)}", name, sorted(self._ids))


def check_maps(draft: Drafted, frameworks: Mapping[str, FrameworkText]) -> None:
    """Faults for frameworks and requirements that there are not."""
    for framework, node, items in draft.maps:
        if framework not in frameworks:
            draft.page.unknown(node, f"framework {quote(framework)}", framework, frameworks)
            continue
        known = [requirement.id for requirement in frameworks[framework].requirements]
        for item, item_node in items:
            if item not in known:
                draft.page.unknown(item_node, f"requirement {quote(item)} of {framework}", item, known)


def check_judged(draft: Drafted, rules: Mapping[str, Rule]) -> None:
    """Faults for a rule that reads facts of domains and of submissions, and for needs across the two."""
    rule = draft.rule
    kinds = {kind: name for name in sorted(rule.facts, reverse=True) if (kind := judged_by(name))}
    if len(kinds) > 1:
        names = " and ".join(sorted(kinds.values()))
        hint = "; write {submission.name} for the name" if "domain.name" in rule.facts else ""
        draft.page.fault(
            draft.id_node, f"a rule judges domains or submissions, and {quote(rule.id)} reads {names}{hint}"
        )
        return
    for name, node in draft.needs:
        if name in rules and rules[name].judged != rule.judged:
            draft.page.fault(node, f"{quote(name)} judges {rules[name].judged}, and {quote(rule.id)} {rule.judged}")


def check_frameworks(draft: DraftedProfile, frameworks: Mapping[str, FrameworkText]) -> None:
    """Faults for frameworks that a profile names and that there are not."""
    for framework, node in draft.frameworks:
        if framework not in frameworks:
            draft.page.unknown(node, f"framework {quote(framework)}", framework, frameworks)


def needed_first(rules: Mapping[str, Rule]) -> tuple[Rule, ...]:
    """Rules in their order, but each after those that it needs; needs that are not among them are ignored.

    The rules' needs have no cycle. Walked with a stack of its own: a chain may be longer than Python's recursion.
    """
    ordered: dict[str, Rule] = {}
    for name in rules:
        waiting = [name]
        while waiting:
            rule = rules[waiting[-1]]
            open_needs = [need for need in rule.needs if need in rules and need not in ordered]
            if open_needs:
                waiting.extend(reversed(open_needs))
            else:
                ordered.setdefault(waiting.pop(), rule)
    return tuple(ordered.values())


def tell_cycles(drafts: Sequence[Drafted]) -> None:
    """Faults for rules that need each other, each cycle as a path at the `needs` that closes it."""
    by_id = {draft.rule.id: draft for draft in drafts}
    done: set[str] = set()
    for start in by_id:
        path: dict[str, int] = {start: 0} if start not in done else {}
        while path:
            name = next(reversed(path))
            needs = by_id[name].needs
            if path[name] == len(needs):
                done.add(name)
                path.popitem()
                continue
            need, node = needs[path[name]]
            path[name] += 1
            if need in path:
                names = list(path)
                cycle = [*names[names.index(need) :], need]
                by_id[name].page.fault(node, f"rules need each other: {' -> '.join(cycle)}")
            elif need in by_id and need not in done:
                path[need] = 0
