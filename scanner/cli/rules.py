"""`mailready rules`: the rules as text. What is shown comes from the packs themselves."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path

from reports.escape import terminal
from rules.examples import run_examples
from rules.facts import CATALOGUE_SUBJECTS, catalogue
from rules.loader import select
from rules.model import Library, Rule, Template
from scanner.cli.lines import print_lines, tell
from scanner.errors import UsageError
from scanner.library import open_library
from scanner.plan import AUTO

__all__ = ["list_facts", "list_rules", "show_rule", "test_rules"]


def list_rules(packs: tuple[Path, ...], profile: str) -> int:
    """A line a rule: id, severity, title."""
    library, name = open_library(packs, profile)
    chosen = library.rules.values() if name == AUTO else select(library, name).rules
    print_lines(f"{rule.id:<10} {rule.severity:<9} {rule.title}" for rule in sorted(chosen, key=lambda rule: rule.id))
    return 0


def show_rule(packs: tuple[Path, ...], rule_id: str) -> int:
    """One rule in full."""
    library, _ = open_library(packs)
    rule = library.rules.get(rule_id.upper())
    if rule is None:
        near = difflib.get_close_matches(rule_id.upper(), library.rules, 1)
        hint = f"did you mean {near[0]}?" if near else "mailready rules list prints all."
        raise UsageError(f"no rule is called {rule_id}; {hint}")
    print_lines(_page(rule, library))
    return 0


def _page(rule: Rule, library: Library) -> list[str]:
    lines = [
        f"{rule.id}  {rule.title}",
        "",
        f"Severity   {rule.severity}" + (f", caps the grade at {rule.cap}" if rule.cap else ""),
    ]
    lines.append(f"Pack       {rule.pack} ({rule.where})")
    if rule.needs:
        lines.append(f"Needs      {', '.join(rule.needs)}")
    if rule.when:
        lines.append(f"Applies    when {rule.when.text}")
    lines += [f"Passes     when {rule.assertion.text}", "", rule.why]
    if rule.fix:
        lines += ["", f"To mend it ({rule.fix.owner}, {rule.fix.effort}): {_text(rule.fix.text)}"]
        if rule.fix.command:
            lines += ["", *(f"    {line}" for line in _text(rule.fix.command).splitlines())]
        for change in rule.fix.changes:
            lines.append(
                f"  {change.action} {_text(change.name)} {change.type} {_text(change.value)}{_repeats(change.each)}"
            )
    if rule.refs:
        lines += ["", *rule.refs]
    for framework, items in rule.maps.items():
        known = {item.id: item.title for item in library.frameworks[framework].requirements}
        lines += [f"{library.frameworks[framework].title} {item}: {known[item]}" for item in items]
    lines += ["", "Reads      " + ", ".join(sorted(rule.facts))]
    return lines


def _text(template: Template) -> str:
    """A template with its placeholders as a pack writes them."""
    return "".join(
        part if isinstance(part, str) else f"{{{part.fact or '.'.join(filter(None, ('item', part.item_field)))}}}"
        for part in template.parts
    )


def _repeats(each: str) -> str:
    return f"  (for each of {each})" if each else ""


def list_facts(subject: str) -> int:
    """A block a fact: name, type, meaning."""
    if subject and subject not in CATALOGUE_SUBJECTS:
        near = difflib.get_close_matches(subject, CATALOGUE_SUBJECTS, 1)
        hint = f"did you mean {near[0]}?" if near else f"subjects are {', '.join(CATALOGUE_SUBJECTS)}."
        raise UsageError(f"no subject is called {subject}; {hint}")
    print_lines(_fact_lines(subject))
    return 0


def _fact_lines(subject: str) -> Iterator[str]:
    for name, fact in catalogue().items():
        if subject and name.partition(".")[0] != subject:
            continue
        yield f"{name}  [{fact.describe()}]"
        yield f"    {fact.doc}"
        element = fact.element
        if element is not None and element.fields is not None:
            for field_name, field_type in element.fields.items():
                yield f"      .{field_name}  [{field_type.describe()}] {field_type.doc}"


def test_rules(packs: tuple[Path, ...]) -> int:
    """Runs every example; 0 if each gives what it expects, else 1."""
    library, _ = open_library(packs)
    outcomes = run_examples(library, library.profiles["onboarding"].facts)
    wrong = [outcome for outcome in outcomes if not outcome.ok]
    for outcome in wrong:
        tell(terminal(f"{outcome.where}: {outcome.rule}: expected {outcome.expected}, got {outcome.got}"))
    told = f"{len(outcomes) - len(wrong)} as expected, {len(wrong)} not"
    print_lines([f"{len(outcomes)} examples of {len(library.rules)} rules: {told}"])
    return 1 if wrong else 0
