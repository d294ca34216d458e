"""From the fixes of failed rules to the records to publish: filled, merged, and free of contradictions.

What two rules want may clash at one name. The change of the higher severity stays, at equal severity that of the
earlier rule, and the other is dropped; its rule's fix still says in words what is wrong. Two changes clash if

* both take the same value away, with different outcomes;
* one publishes what the other takes away;
* both publish a CNAME, or one publishes a CNAME and the other anything at all (RFC 1034 section 3.6.2);
* both publish a TXT record of the same kind: the text up to the first space or semicolon, such as v=spf1. Two of a
  kind at one name make both useless (RFC 7208 section 4.5, RFC 9989 section 4.10).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from rules.facts import Unknown
from rules.model import ChangeSpec, Facts, FixSpec, Rule
from rules.names import ascii_name
from rules.results import EFFORTS, SEVERITIES, Change, Severity
from rules.wording import fill

__all__ = ["HOST_VALUES", "changes_of"]

HOST_VALUES: Final = frozenset({"CNAME", "DNAME", "MX", "NS", "PTR", "SRV"})
"""Types whose value ends in a host name."""

_KIND_END: Final = re.compile(r"[ ;]")


def changes_of(failed: Iterable[tuple[Rule, Severity]], facts: Facts) -> tuple[Change, ...]:
    """The changes that the failed rules call for, by severity, then effort, then the order of the rules.

    Each rule comes with the severity that the profile gives it. A change that a fact cannot fill is left out.
    """
    wanted: list[Change] = []
    for rule, severity in failed:
        if rule.fix is not None and rule.fix.changes:
            wanted += _changes_of_rule(rule, rule.fix, severity, facts)
    if len(wanted) > 1:
        wanted = _without_clashes(sorted(_merge(wanted), key=lambda change: SEVERITIES.index(change.severity)))
        wanted.sort(key=_weight)
    return tuple(wanted)


def _changes_of_rule(rule: Rule, fix: FixSpec, severity: Severity, facts: Facts) -> list[Change]:
    made: list[Change] = []
    for spec in fix.changes:
        items = facts[spec.each] if spec.each else (None,)
        if not isinstance(items, tuple | list):
            continue
        for item in items:
            if isinstance(item, Unknown):
                continue
            filled = _filled(spec, facts, item)
            if filled is not None:
                name, value, replaces = filled
                made.append(
                    Change(
                        action=spec.action,
                        name=name,
                        type=spec.type,
                        value=value,
                        ttl=spec.ttl,
                        replaces=replaces,
                        rules=(rule.id,),
                        severity=severity,
                        owner=fix.owner,
                        effort=fix.effort,
                    )
                )
    return made


def _filled(spec: ChangeSpec, facts: Facts, item: object) -> tuple[str, str, str] | None:
    """The change's name, value and what it replaces; None if it cannot be filled, publishes nothing or changes nothing."""
    value = fill(spec.value, facts, item)
    name = fill(spec.name, facts, item) if value is not None else None
    if name is None or value is None:
        return None
    name, value = ascii_name(name), _normal_value(spec.type, value)
    replaces = ""
    if spec.action == "replace":
        replaced = fill(spec.replaces, facts, item) if spec.replaces else None
        replaces = _normal_value(spec.type, replaced) if replaced is not None else ""
        if not replaces or replaces == value:
            return None
    if not name or not value:
        return None
    return name, value, replaces


def _normal_value(type_: str, value: str) -> str:
    """A host at the end of the value in A-labels and with a final dot; an MX whose host is empty is the null MX."""
    if type_ not in HOST_VALUES or not value.strip():
        return value
    fields = value.split()
    if type_ == "MX" and len(fields) == 1 and fields[0].isdecimal():
        fields.append("")
    return " ".join([*fields[:-1], ascii_name(fields[-1]) + "."])


def _merge(changes: Iterable[Change]) -> list[Change]:
    """Equal changes as one, in the place of the first: every rule named, the rest as the highest severity has it; at
    equal severity as the rule that needs the least effort has it.
    """
    merged: dict[tuple[str, ...], Change] = {}
    for change in changes:
        key = (change.action, change.name, change.type, change.value, change.replaces)
        known = merged.get(key)
        if known is None:
            merged[key] = change
            continue
        first, second = (change, known) if _is_graver(change, known) else (known, change)
        merged[key] = replace(
            first,
            rules=tuple(dict.fromkeys(known.rules + change.rules)),
            ttl=first.ttl if first.ttl is not None else second.ttl,
        )
    return list(merged.values())


def _is_graver(one: Change, other: Change) -> bool:
    return _weight(one) < _weight(other)


def _weight(change: Change) -> tuple[int, int]:
    return SEVERITIES.index(change.severity), EFFORTS.index(change.effort)


def _without_clashes(changes: Sequence[Change]) -> list[Change]:
    """Each change that does not clash with one before it."""
    kept: list[Change] = []
    claims: set[tuple[str, ...]] = set()
    for change in changes:
        claimed, refused = _claims(change)
        if claims.isdisjoint(refused):
            claims.update(claimed)
            kept.append(change)
    return kept


def _claims(change: Change) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """What a change lays claim to, and the claims of others with which it clashes."""
    name, type_ = change.name, change.type
    taken = {"add": "", "replace": change.replaces, "delete": change.value}[change.action]
    claimed: list[tuple[str, ...]] = []
    refused: list[tuple[str, ...]] = []
    if taken:
        claimed.append(("takes away", name, type_, taken))
        refused += [("takes away", name, type_, taken), ("publishes", name, type_, taken)]
    if change.action != "delete":
        claimed += [("publishes", name, type_, change.value), ("publishes at", name)]
        refused += [("takes away", name, type_, change.value), ("publishes alias at", name)]
        if type_ == "CNAME":
            claimed.append(("publishes alias at", name))
            refused.append(("publishes at", name))
        elif type_ == "TXT":
            kind = ("publishes kind", name, _KIND_END.split(change.value, maxsplit=1)[0].lower())
            claimed.append(kind)
            refused.append(kind)
    return claimed, refused
