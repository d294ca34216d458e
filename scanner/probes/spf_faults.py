"""What is wrong with an SPF tree: whether receivers can use it at all, why not, and every problem on the way.

Judged as for an address that matches no term: every term up to all is read, in order, and so is every include.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Final, Literal

from rules.facts import Problem, Unknown
from scanner.dns.answer import Answer, Status
from scanner.microsoft365 import obsolete_spf_includes, spf_cloud
from scanner.probes.kleene import Truth
from scanner.probes.spf_count import LOOKUP_LIMIT, VOID_LIMIT, Count, LookedUp, void_terms
from scanner.probes.spf_tree import MOST_MX_HOSTS, Node, Step, Tree, steps_of
from scanner.records.spf import canonical
from scanner.records.spf_lint import copies_microsoft, lint
from scanner.records.spf_mend import Mended, mend, write
from scanner.records.spf_problems import problem

__all__ = [
    "meant_steps",
    "mended_records",
    "near_misses",
    "near_texts",
    "own_problems",
    "problems",
    "text_problems",
    "verdict",
]

_MOST: Final = 100
"""Problems of one domain: a record of 64 KB could have thousands."""

StatusFact = Literal["none", "valid", "permerror"] | Unknown


def verdict(tree: Tree, lookups: Count, voids: Count, seen: LookedUp) -> tuple[StatusFact, str | Unknown | None]:
    """The status, and why it is a permerror.

    A permerror is proved by any cause that is seen, whatever could not be read; the reason is the first in a fixed order of
    causes, and unknown where one before it may be there. RFC 7208 sections 4.3 to 4.6, 5.2, 5.4 and 6.1.
    """
    root = tree.root
    if not root.known:
        return root.answer.unknown(), root.answer.unknown()
    if not root.records:
        return "none", None
    doubt: Unknown | None = None
    for cause in _causes(tree, lookups, voids, seen):
        if isinstance(cause, Unknown):
            doubt = cause if doubt is None else doubt
        else:
            return "permerror", cause.text if doubt is None else doubt
    return (doubt, doubt) if doubt is not None else ("valid", None)


def _causes(tree: Tree, lookups: Count, voids: Count, seen: LookedUp) -> Iterator[Problem | Unknown]:
    root = tree.root
    if len(root.records) > 1:
        yield problem("multiple_records", root.records[0], len(root.records))
    if root.record is not None:
        for fault in root.record.faults[:1]:
            yield problem(fault.code, fault.term)
    yield from _limit(lookups.above(LOOKUP_LIMIT), "over_limit")
    for node, steps in seen:
        for step, void in steps:
            if (fatal := _fatal(tree, node, step, void)) is not None:
                yield fatal
    yield from _limit(voids.above(VOID_LIMIT), "void_limit")


def _limit(above: Truth, code: str, where: str = "") -> tuple[Problem | Unknown, ...]:
    if isinstance(above, Unknown):
        return (above,)
    return (problem(code, where),) if above else ()


def _fatal(tree: Tree, node: Node, step: Step, void: Truth) -> Problem | Unknown | None:
    """What makes this one term a permerror, or may. `void`: its own lookup finds nothing."""
    if step.descends:
        if step.target is None:
            return problem("malformed_name", step.term.text, at=_at(tree, node)) if step.malformed else None
        child = tree.node(step.target)
        if isinstance(child, Unknown):
            return child
        if not child.records:
            return problem(_absent_code(step, child.answer), step.term.text, at=_at(tree, node))
        if len(child.records) > 1 or (child.record is not None and child.record.faults):
            return problem("include_not_valid", step.term.text, at=_at(tree, node))
    elif isinstance(void, Unknown):
        return void  # receivers end in a temperror here, so nothing is proved (section 5)
    elif step.kind == "mx" and step.target is not None:
        answer = tree.answer(step.target, "MX")
        if isinstance(answer, Answer) and len(answer.values) > MOST_MX_HOSTS:
            return problem("mx_too_many_hosts", step.term.text, at=_at(tree, node))
    return None


def _at(tree: Tree, node: Node) -> str:
    return "" if node.name == tree.domain else node.name


def _absent_code(step: Step, answer: Answer) -> str:
    if step.kind == "redirect":
        return "redirect_without_record"
    return "include_not_found" if answer.status is Status.NXDOMAIN else "include_without_record"


def problems(
    tree: Tree, own: Iterable[Problem], lookups: Count, voids: Count, seen: LookedUp
) -> tuple[Problem | Unknown, ...]:
    """Every problem of the domain's record and of what it leads to, each once; an Unknown for what an unread answer may show.

    `own` are those of the domain's own texts.
    """
    root = tree.root
    if not root.known:
        return (root.answer.unknown(),)
    found: dict[Problem | Unknown, None] = {}
    for item in (*own, *_of_tree(tree, lookups, voids, seen)):
        if len(found) >= _MOST and item not in found:
            found.setdefault(Unknown(f"more than {_MOST} problems"))
            break
        found.setdefault(item)
    return tuple(found)


def text_problems(own: Iterable[Problem]) -> tuple[Problem, ...]:
    """Those of `problems` that the domain's own texts show: known as soon as its TXT records are."""
    return tuple(dict.fromkeys(itertools.islice(own, _MOST)))


def own_problems(root: Node) -> list[Problem]:
    """What is wrong with the domain's own texts; where there is no record, with the near misses among its TXT records."""
    if not root.records:
        return [found for near in near_misses(root.answer) for found in near.problems]
    found: list[Problem] = []
    if len(root.records) > 1:
        found.append(problem("multiple_records", root.records[0], len(root.records)))
    for record, mended in zip(root.records, mended_records(root), strict=True):
        found += mended.problems
        found += lint(write(mended.terms) if mended.changed and mended.terms is not None else record)
        if copied := copies_microsoft(record):
            found.append(problem("flattened_m365", " ".join(copied)))
    return found


def _of_tree(tree: Tree, lookups: Count, voids: Count, seen: LookedUp) -> list[Problem | Unknown]:
    over = _limit(lookups.above(LOOKUP_LIMIT), "over_limit", tree.root.records[0] if tree.root.records else "")
    found: list[Problem | Unknown] = list(over)
    if voids.at_least or voids.reason is not None:
        terms = ", ".join(term for term in void_terms(tree, seen) if isinstance(term, str))
        found += _limit(voids.above(VOID_LIMIT), "void_limit", terms)
    back = _ways_back(tree) if lookups.endless else frozenset[tuple[str, str]]()
    for node, steps in seen:
        for step, void in steps:
            if (fatal := _fatal(tree, node, step, void)) is not None:
                found.append(fatal)
            found += _descent(tree, node, step, back) if step.descends else _lookup(tree, node, step, void)
        if node is not tree.root and node.record and not spf_cloud(node.name):
            copied = () if node.name in obsolete_spf_includes() else copies_microsoft(node.record.text)
            if copied:
                found.append(problem("flattened_m365", " ".join(copied), at=_at(tree, node)))
    return found


def _lookup(tree: Tree, node: Node, step: Step, void: Truth) -> tuple[Problem, ...]:
    """What is to be said of a term that asks for something else than a record."""
    code = "void_lookup" if void is True else "malformed_name" if step.malformed else ""
    if step.sender_dependent and step.kind != "ptr":
        code = "sender_dependent"
    return (problem(code, step.term.text, at=_at(tree, node)),) if code else ()


def _descent(tree: Tree, node: Node, step: Step, back: frozenset[tuple[str, str]]) -> list[Problem]:
    """What is to be said of a term that leads to another record. `back`: the steps that lead to one that is being read."""
    codes: list[str] = []
    target = step.target
    if target is None:
        codes += ["sender_dependent"] if step.sender_dependent else []
    else:
        if target == node.name:
            codes.append("self_include")
        elif (node.name, target) in back:
            codes.append("loop")
        if target in obsolete_spf_includes():
            codes.append("obsolete_microsoft_include")
        child = tree.nodes.get(target)
        end = child.record.all if child is not None and child.record is not None else None
        if end is not None and end.qualifier == "+" and step.kind == "include" and step.passes:
            codes.append("include_allows_all")
    return [problem(code, step.term.text, at=_at(tree, node)) for code in codes]


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
    return tuple([_mended(root.answer, record) or Mended((), None, False) for record in root.records])


def near_misses(answer: Answer) -> tuple[Mended, ...]:
    """What resembles SPF among the TXT records of a name that has no SPF record."""
    found = [_mended(answer, value) for value in answer.values]
    return tuple([near for near in found if near is not None])


def meant_steps(root: Node) -> tuple[Step, ...]:
    """The steps that count of what a name's records, or the texts that resemble them, were meant to say; none where its
    record says what it was meant to."""
    meant = mended_records(root) if root.records else near_misses(root.answer)
    if root.record is not None and not meant[0].changed:
        return ()
    terms = [record.terms for record in meant if record.terms is not None]
    return tuple([step for each in terms for step in steps_of(write(each), root.name, root.name).counting])


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
