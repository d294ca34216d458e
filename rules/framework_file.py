"""Reads a framework file: every requirement of a standard that rules map to, also those that DNS cannot answer."""

from __future__ import annotations

from rules.entries import Page
from rules.errors import quote
from rules.grammar import FRAMEWORK, REQUIREMENT
from rules.results import FrameworkText, Requirement
from rules.source import Node

__all__ = ["read_framework_file"]


def read_framework_file(page: Page) -> tuple[FrameworkText, Node] | None:
    """The framework and the place of its id; None if it is none. Faults go to the page."""
    entry = page.table(page.file.root, FRAMEWORK)
    if entry is None:
        return None
    requirements: dict[str, Requirement] = {}
    for node in entry.elements("requirements"):
        requirement = page.table(node, REQUIREMENT)
        if requirement is None:
            continue
        found = Requirement(
            id=requirement.text("id"),
            title=requirement.text("title"),
            testable=requirement.flag("testable") is not False,
            note=requirement.text("note"),
            url=requirement.text("url"),
        )
        if found.id and requirements.setdefault(found.id, found) is not found:
            page.fault(requirement.nodes["id"], f"duplicate requirement {quote(found.id)}")
    name = entry.text("framework")
    text = FrameworkText(
        id=name, title=entry.text("title"), url=entry.text("url"), requirements=tuple(requirements.values())
    )
    return text, entry.nodes.get("framework", entry.node)
