"""What is wrong with an SPF tree: whether receivers can use it at all, why not, and every problem on the way.

Judged as for an address that matches no term: every term up to all is read, in order, and so is every include.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final, Literal

from rules.facts import Problem, Unknown
from scanner.dns.answer import Answer, Status
from scanner.microsoft365 import obsolete_spf_includes, spf_cloud
from scanner.probes.kleene import Truth
from scanner.probes.spf_count import LOOKUP_LIMIT, VOID_LIMIT, Count, void_of, void_terms
from scanner.probes.spf_tree import MOST_MX_HOSTS, Node, Step, Tree, steps_of
from scanner.records.spf import canonical
from scanner.records.spf_lint import copies_microsoft, lint
from scanner.records.spf_mend import Mended, mend, write
from scanner.records.spf_problems import problem

__all__ = ["meant_steps", "mended_records", "near_misses", "near_texts", "problems", "text_problems", "verdict"]

_MOST: Final = 100
"""Problems of one domain: a record of 64 KB could have thousands."""

StatusFact = Literal["none", "valid", "permerror"] | Unknown


def verdict(tree: Tree, lookups: Count, voids: Count) -> tuple[StatusFact, str | Unknown | None]:
    """The status, and why it is a permerror.

    A permerror is proved by any cause that is seen, whatever could not be read; the reason is the first in a fixed order of
    causes, and unknown where one before it may be there. RFC 7208 sections 4.3 to 4.6, 5.2, 5.4 and 6.1.
    """
    root = tree.root
    if not root.answer.known:
        return root.answer.unknown(), root.answer.unknown()
    if not root.records:
        return "none", None
    doubt: Unknown | None = None
    for cause in _causes(tree, lookups, voids):
        if isinstance(cause, Unknown):
            doubt = cause if doubt is None else doubt
        else:
            return "permerror", cause.text if doubt is None else doubt
    return (doubt, doubt) if doubt is not None else ("valid", None)


def _causes(tree: Tree, lookups: Count, voids: Count) -> Iterator[Problem | Unknown]:
    root = tree.root
    if len(root.records) > 1:
        yield problem("multiple_records", root.records[0], len(root.records))
    if root.record is not None:
        for fault in root.record.faults[:1]:
            yield problem(fault.code, fault.term)
    yield from _limit(lookups.above(LOOKUP_LIMIT), "over_limit")
    for node in tree.order:
        for step in node.counting:
            yield from _fatal(tree, node, step)
    yield from _limit(voids.above(VOID_LIMIT), "void_limit")


def _limit(above: Truth, code: str, where: str = "") -> Iterator[Problem | Unknown]:
    if isinstance(above, Unknown):
        yield above
    elif above:
        yield problem(code, where)


def _fatal(tree: Tree, node: Node, step: Step) -> Iterator[Problem | Unknown]:
    """What makes this one term a permerror, or may."""
    if step.descends:
        where, at = step.term.text, _at(tree, node)
        if step.malformed:
            yield problem("malformed_name", where, at=at)
        if step.target is None:
            return
        child = tree.node(step.target)
        if isinstance(child, Unknown):
            yield child
        elif not child.records:
            yield problem(_absent_code(step, child.answer), where, at=at)
        elif len(child.records) > 1 or (child.record is not None and child.record.faults):
            yield problem("include_not_valid", where, at=at)
        return
    void = void_of(tree, step)
    if isinstance(void, Unknown):
        yield void  # receivers end in a temperror here, so nothing is proved (section 5)
    elif step.kind == "mx" and step.target is not None:
        answer = tree.answer(step.target, "MX")
        if isinstance(answer, Answer) and len(answer.values) > MOST_MX_HOSTS:
            yield problem("mx_too_many_hosts", step.term.text, at=_at(tree, node))


def _at(tree: Tree, node: Node) -> str:
    return "" if node.name == tree.domain else node.name


def _absent_code(step: Step, answer: Answer) -> str:
    if step.kind == "redirect":
        return "redirect_without_record"
    return "include_not_found" if answer.status is Status.NXDOMAIN else "include_without_record"


def problems(tree: Tree, lookups: Count, voids: Count) -> tuple[Problem | Unknown, ...]:
    """Every problem of the domain's record and of what it leads to, each once; an Unknown for what an unread answer may show.

    Where there is no record, the near misses among the domain's TXT records.
    """
    root = tree.root
    if not root.answer.known:
        return (root.answer.unknown(),)
    found: dict[Problem | Unknown, None] = {}
    for item in (*_of_own_text(tree), *_of_tree(tree, lookups, voids)):
        if len(found) >= _MOST and item not in found:
            found.setdefault(Unknown(f"more than {_MOST} problems"))
            break
        found.setdefault(item)
    return tuple(found)


def text_problems(tree: Tree) -> tuple[Problem, ...]:
    """Those of `problems` that the domain's own texts show: known as soon as its TXT records are."""
    return tuple(dict.fromkeys(itertools.islice(_of_own_text(tree), _MOST)))


def _of_own_text(tree: Tree) -> Iterator[Problem]:
    root = tree.root
    if not root.records:
        for near in near_misses(root.answer):
            yield from near.problems
        return
    if len(root.records) > 1:
        yield problem("multiple_records", root.records[0], len(root.records))
    for record, mended in zip(root.records, mended_records(root), strict=True):
        yield from mended.problems
        yield from lint(write(mended.terms) if mended.changed and mended.terms is not None else record)
        if copied := copies_microsoft(record):
            yield problem("flattened_m365", " ".join(copied))


def _of_tree(tree: Tree, lookups: Count, voids: Count) -> Iterator[Problem | Unknown]:
    yield from _limit(lookups.above(LOOKUP_LIMIT), "over_limit", tree.root.records[0] if tree.root.records else "")
    if voids.at_least or voids.reason is not None:
        terms = ", ".join(term for term in void_terms(tree) if isinstance(term, str))
        yield from _limit(voids.above(VOID_LIMIT), "void_limit", terms)
    obsolete = obsolete_spf_includes()
    back = _ways_back(tree)
    for node in tree.order:
        for step in node.counting:
            where, at = step.term.text, _at(tree, node)
            yield from _fatal(tree, node, step)
            if step.sender_dependent and step.kind != "ptr":
                yield problem("sender_dependent", where, at=at)
            if step.malformed and not step.descends:
                yield problem("malformed_name", where, at=at)
            if not step.descends:
                if void_of(tree, step) is True:
                    yield problem("void_lookup", where, at=at)
                continue
            if step.target is None:
                continue
            if step.target == node.name:
                yield problem("self_include", where, at=at)
            elif (node.name, step.target) in back:
                yield problem("loop", where, at=at)
            if step.target in obsolete:
                yield problem("obsolete_microsoft_include", where, at=at)
            child = tree.node(step.target)
            allows_all = (
                isinstance(child, Node) and child.record and child.record.all and child.record.all.qualifier == "+"
            )
            if step.kind == "include" and step.passes and allows_all:
                yield problem("include_allows_all", where, at=at)
        if node is not tree.root and node.record and not spf_cloud(node.name) and node.name not in obsolete:
            copied = copies_microsoft(node.record.text)
            if copied:
                yield problem("flattened_m365", " ".join(copied), at=_at(tree, node))


def _ways_back(tree: Tree) -> frozenset[tuple[str, str]]:
    """The steps (record's name, target) that lead back to a record that is being read."""
    found: set[tuple[str, str]] = set()
    done: set[str] = set()
    path: set[str] = set()

    def visit(node: Node) -> None:
        path.add(node.name)
        for step in node.counting:
            if not step.descends or step.target is None:
                continue
            if step.target in path:
                found.add((node.name, step.target))
            elif step.target not in done and step.target in tree.nodes:
                visit(tree.nodes[step.target])
        path.discard(node.name)
        done.add(node.name)

    visit(tree.root)
    return frozenset(found)


def mended_records(root: Node) -> tuple[Mended, ...]:
    """Each of a name's SPF records as it was meant, in their order."""
    return tuple(_mended(root.answer, record) or Mended((), None, False) for record in root.records)


def near_misses(answer: Answer) -> tuple[Mended, ...]:
    """What resembles SPF among the TXT records of a name that has no SPF record."""
    found = (_mended(answer, value) for value in answer.values)
    return tuple(near for near in found if near is not None)


def meant_steps(root: Node) -> tuple[Step, ...]:
    """The steps that count of what a name's records, or the texts that resemble them, were meant to say."""
    meant = mended_records(root) if root.records else near_misses(root.answer)
    terms = (record.terms for record in meant if record.terms is not None)
    return tuple(step for each in terms for step in steps_of(write(each), root.name, root.name).counting)


def near_texts(answer: Answer) -> tuple[str, ...]:
    """The TXT records behind `near_misses`, as published, that hold nothing but what was meant as SPF."""
    found = ((value, _mended(answer, value)) for value in answer.values)
    return tuple(
        value
        for value, near in found
        if near is not None and all(problem.code != "text_before_version" for problem in near.problems)
    )


def _mended(answer: Answer, value: str) -> Mended | None:
    return mend(value, _strings(answer, value))


def _strings(answer: Answer, value: str) -> tuple[str, ...]:
    """The character-strings of a TXT, where the answer tells them."""
    if answer.strings and len(answer.strings) == len(answer.values):
        strings = answer.strings[answer.values.index(value)]
        if len(strings) > 1 and canonical("".join(strings)) == canonical(value):
            return strings
    return ()
