"""Which waivers speak of a rule on a domain, and which of them still hold."""

from __future__ import annotations

import datetime
import fnmatch
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rules.model import Waiver
from rules.names import ascii_name
from rules.results import AppliedWaiver

__all__ = ["WaiverBook", "applied"]


@dataclass(frozen=True, slots=True)
class _Entry:
    waiver: Waiver
    names: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]

    def matches(self, name: str) -> bool:
        return name in self.names or any(pattern.match(name) for pattern in self.patterns)


@dataclass(frozen=True, slots=True)
class WaiverBook:
    """Waivers by rule, compiled once for a run and looked up for each domain. `today` is the UTC date of the run."""

    entries: dict[str, tuple[_Entry, ...]]
    today: datetime.date

    @classmethod
    def of(cls, waivers: Iterable[Waiver], today: datetime.date) -> WaiverBook:
        """Domains are compared in A-labels without case and final dot. `*.fabrikam.com` is every subdomain and not
        the domain itself; elsewhere `*` and `?` are those of file names, and `*` crosses dots.
        """
        found: dict[str, list[_Entry]] = {}
        for waiver in waivers:
            domains = [ascii_name(domain) for domain in waiver.domains]
            globs = [domain for domain in domains if any(sign in domain for sign in "*?[")]
            entry = _Entry(
                waiver=waiver,
                names=frozenset(domains) - set(globs),
                patterns=tuple(
                    re.compile(pattern)
                    for pattern in (*map(fnmatch.translate, globs), *map(_of_any_text, waiver.submissions))
                ),
            )
            found.setdefault(waiver.rule, []).append(entry)
        return cls({rule: tuple(entries) for rule, entries in found.items()}, today)

    def of_rule(self, rule: str, name: str) -> tuple[Waiver, ...]:
        """Every waiver of the rule that names the domain or submission, expired or not, in the order in which they were given."""
        return tuple(entry.waiver for entry in self.entries.get(rule, ()) if entry.matches(name))

    def holds(self, waiver: Waiver) -> bool:
        """Through its expiry day."""
        return self.today <= waiver.expires

    def deciding(self, waivers: Sequence[Waiver]) -> Waiver:
        """Of waivers for one finding, not empty, the one to show: the first that holds, else the last to expire."""
        for waiver in waivers:
            if self.holds(waiver):
                return waiver
        return max(waivers, key=lambda waiver: waiver.expires)


def _of_any_text(name: str) -> str:
    """The pattern of a submission's name, in which brackets are nothing but themselves."""
    return fnmatch.translate(name.replace("[", "[[]"))


def applied(waiver: Waiver, *, expired: bool) -> AppliedWaiver:
    """The waiver as a finding carries it."""
    return AppliedWaiver(
        reason=waiver.reason,
        owner=waiver.owner,
        expires=waiver.expires.isoformat(),
        ticket=waiver.ticket,
        expired=expired,
    )
