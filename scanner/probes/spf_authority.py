"""Whom an SPF tree lets pass: the Microsoft clouds, anyone at all, and what is said of everyone else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, Literal

from rules.facts import Host, Unknown
from scanner.microsoft365 import spf_cloud
from scanner.probes.kleene import Truth
from scanner.probes.spf_tree import Node, Step, Tree, steps_of
from scanner.records.spf import result_of

__all__ = ["CLOUDS", "cloud_reached", "clouds", "end", "includes", "lets_anyone_pass"]

End = Literal["pass", "neutral", "softfail", "fail", "none"]
CLOUDS: Final = ("worldwide", "gcchigh", "china")


def end(tree: Tree) -> End | Unknown:
    """The result for senders that no term matches: that of all, or where redirect= leads."""
    node, seen = tree.root, {tree.domain}
    while node.record is not None:
        if node.record.all is not None:
            return result_of(node.record.all)
        if node.record.redirect is None:
            return "none"
        step = node.steps[-1]
        if step.sender_dependent:
            return Unknown(f"{step.term.text} depends on the sender")
        if step.target is None or step.target in seen:
            return "none"
        seen.add(step.target)
        child = tree.node(step.target)
        if isinstance(child, Unknown):
            return child
        node = child
    return "none"


def includes(tree: Tree) -> tuple[Host | Unknown, ...]:
    """Every include: and redirect= target in order of evaluation, each once; an Unknown for what an unread record may lead to."""
    found: dict[Host | Unknown, None] = {}

    def visit(node: Node) -> None:
        for step in node.counting:
            if not step.descends or step.target is None or step.target in found:
                continue
            found[Host(step.target)] = None
            child = tree.node(step.target)
            if isinstance(child, Unknown):
                found.setdefault(child)
            elif child.name != tree.domain:
                visit(child)

    visit(tree.root)
    return tuple(found)


def _passing_steps(tree: Tree, own: Iterable[Step], of: Callable[[Node], Iterable[Step]]) -> Iterator[Step | Unknown]:
    """The steps by which a sender can pass, each node's once; an Unknown for what an unread record may hold.

    `own` are those of the domain itself, `of` gives those of another node. What a record of Microsoft holds is Microsoft's
    affair: it is not entered.
    """
    seen = {tree.domain}
    levels = [iter(own)]
    while levels:
        for step in levels[-1]:
            if not step.passes:
                continue
            yield step
            if not step.descends:
                continue
            if step.sender_dependent:
                yield Unknown(f"{step.term.text} depends on the sender")
            elif step.target is not None and step.target not in seen and not spf_cloud(step.target):
                seen.add(step.target)
                child = tree.node(step.target)
                if isinstance(child, Unknown):
                    yield child
                else:
                    levels.append(iter(of(child)))
                    break
        else:
            levels.pop()


def clouds(tree: Tree, only: Iterable[Step] | None = None) -> tuple[str | Unknown, ...]:
    """The Microsoft clouds that are authorised; an Unknown for what may authorise more. `only` takes the place of the domain's own steps."""
    found: dict[str | Unknown, None] = {}
    # Only steps to other records name a cloud or lead on, and all of them count.
    for step in _passing_steps(tree, tree.root.counting if only is None else only, lambda node: node.counting):
        if isinstance(step, Unknown):
            found.setdefault(step)
        elif step.descends and step.target is not None and (cloud := spf_cloud(step.target)):
            found.setdefault(cloud)
    if not found:
        return ()
    return (*(cloud for cloud in CLOUDS if cloud in found), *(part for part in found if isinstance(part, Unknown)))


def cloud_reached(reached: Iterable[str | Unknown], possible: frozenset[str | None]) -> Truth:
    """One of the clouds reached is the right one, whichever of the possible ones that is (None: any will do)."""
    reached = tuple(reached)
    known = {cloud for cloud in reached if isinstance(cloud, str)}
    hidden = next((cloud for cloud in reached if isinstance(cloud, Unknown)), None)
    verdicts = {bool(known) if cloud is None else cloud in known for cloud in possible}
    if verdicts == {True}:
        return True
    if hidden is not None:
        return hidden
    return Unknown("the Microsoft cloud could not be determined") if len(verdicts) > 1 else False


def lets_anyone_pass(tree: Tree) -> Truth:
    """Some term could let some sender pass. False for `v=spf1 -all`, and where there is no record."""
    if not tree.root.known:
        return tree.root.answer.unknown()
    if len(tree.root.records) > 1:
        # Receivers refuse to choose, but the records show that someone is meant to send.
        several = (steps_of(record, tree.domain, tree.domain).steps for record in tree.root.records)
        return any(step.passes for steps in several for step in steps)
    hidden: Unknown | None = None
    for step in _passing_steps(tree, tree.root.steps, lambda node: node.steps):
        if isinstance(step, Unknown):
            hidden = step if hidden is None else hidden
        elif not step.descends or (step.target is not None and spf_cloud(step.target)):
            return True
    return hidden if hidden is not None else False
