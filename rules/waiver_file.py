"""Reads a waiver file: findings that somebody accepts, with a reason, an owner and a last day."""

from __future__ import annotations

import datetime
import re
from typing import Final

from rules.entries import Entry, Page
from rules.errors import quote
from rules.grammar import WAIVER, WAIVERS
from rules.model import Waiver
from rules.source import Node

__all__ = ["read_waiver_file"]

_PATTERN: Final = re.compile(r"[^\s/@:,;\[\]]+")


def read_waiver_file(page: Page) -> list[tuple[Waiver, Node]]:
    """Waivers, each with the place of its rule's id. Faults go to the page."""
    entry = page.table(page.file.root, WAIVERS, "a waiver file")
    found = []
    for node in entry.elements("waivers") if entry else ():
        waiver = page.table(node, WAIVER)
        if waiver is not None:
            found.append((_waiver(page, waiver), waiver.nodes.get("rule", node)))
    return found


def _waiver(page: Page, entry: Entry) -> Waiver:
    domains = entry.texts("domains")
    for domain, node in domains:
        if not _PATTERN.fullmatch(domain):
            page.fault(node, f"{quote(domain)} is not a domain; write a name such as contoso.com, or *.contoso.com")
    if not {"domains", "submissions"} & entry.nodes.keys():
        page.fault(entry.node, "a waiver lacks domains, or submissions for a rule that judges these")
    return Waiver(
        rule=entry.text("rule"),
        domains=tuple(domain for domain, _ in domains),
        reason=entry.text("reason"),
        owner=entry.text("owner"),
        expires=_date(page, entry),
        ticket=entry.text("ticket"),
        where=page.where(entry.node),
        submissions=tuple(name for name, _ in entry.texts("submissions")),
    )


def _date(page: Page, entry: Entry) -> datetime.date:
    text = entry.text("expires")
    try:
        return datetime.date.fromisoformat(text) if text else datetime.date.min
    except ValueError:
        page.fault(entry.nodes["expires"], f"expires: there is no day {quote(text)}")
        return datetime.date.min
