"""Compiles conditions: nodes to closures over facts, type-checked against the catalogue, and to words.

condition := mapping (all of it) | list (all of it) | {all: [..]} | {any: [..]} | {not: condition}
mapping   := fact: scalar | fact: {operator: value, ...}
lists     := {every|any|none: test} | {contains: x} | {count: {at_least|at_most|equals: n}}
test      := {operator: value} on plain elements | a condition over field names on records
value     := literal | list | {fact: other.fact}
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rules import kleene, lists, operators, source
from rules.entries import Page, name_of
from rules.errors import quote
from rules.facts import FactType
from rules.grammar import MAX_LIST, Text
from rules.kleene import Test
from rules.literals import plain_value
from rules.model import Asks, Condition, Facts, Look
from rules.operators import LIST_OPERATORS, OPERATORS, Operator
from rules.source import Node, Scalar

__all__ = ["compile_condition"]

_JOINERS: Final = ("all", "any", "not")
_FACT_NAME: Final = Text(100, one_line=True)


@dataclass(frozen=True, slots=True)
class _Part:
    """A compiled piece. `yes` and `no` are its words and those of its opposite; `joined` if they need brackets."""

    test: Test
    yes: str
    no: str
    joined: bool = False
    facts: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    hit: Test | None = None
    """Of every or none: the test of an element that spoils it."""
    culprits: tuple[tuple[str, Test], ...] = ()
    asks: Asks = ""
    literals: frozenset[Any] = frozenset()
    """As those of a `Look`."""
    looks: tuple[Look, ...] = ()


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where names are looked up: the facts, or the fields of a list's records. `path` leads to the fields ("mx.records.")."""

    types: Mapping[str, FactType]
    path: str = ""

    @property
    def noun(self) -> str:
        return f"field of {self.path[:-1]}" if self.path else "fact"


def compile_condition(page: Page, node: Node, types: Mapping[str, FactType]) -> Condition | None:
    """Compiles a condition over the facts of a catalogue; None after faults, all of which go to the page."""
    before = len(page.log)
    part = _Compiler(page, types).condition(node, _Scope(types))
    if part is None or len(page.log) > before:
        return None
    test = functools.partial(part.test, None)
    return Condition(test, part.facts, part.yes, part.fields, dict(part.culprits), part.looks)


class _Compiler:
    """Compiles one condition. Methods return None where a fault was told. Depth is bounded by the reader's."""

    def __init__(self, page: Page, types: Mapping[str, FactType]) -> None:
        self._page = page
        self._types = types

    def condition(self, node: Node, scope: _Scope) -> _Part | None:
        if isinstance(node, source.Sequence):
            return self._joined(node, [self.condition(element, scope) for element in node.elements], "and")
        if isinstance(node, source.Mapping):
            parts = [self._entry(key, value, scope) for key, value in node.entries]
            return self._joined(node, parts, "and")
        what = f"a condition over {scope.path[:-1]}" if scope.path else "a condition"
        self._page.fault(node, f"{what} must be a mapping or a list, not {name_of(node)}")
        return None

    def _joined(self, node: Node, parts: Sequence[_Part | None], joiner: str) -> _Part | None:
        if not parts:
            self._page.fault(node, "an empty condition says nothing")
        good = [part for part in parts if part is not None]
        if not good or len(good) < len(parts):
            return None
        if len(good) == 1:
            return good[0]
        test = kleene.all_of([part.test for part in good]) if joiner == "and" else kleene.any_of([p.test for p in good])
        yes = f" {joiner} ".join(f"({part.yes})" if part.joined else part.yes for part in good)
        # Where one of several would do, no element can be said to have spoilt it.
        culprits = tuple(culprit for part in good for culprit in part.culprits) if joiner == "and" else ()
        looks = tuple(look for part in good for look in part.looks)
        return _Part(test, yes, f"not ({yes})", True, *_reads(good), culprits=culprits, looks=looks)

    def _entry(self, key: Scalar, value: Node, scope: _Scope) -> _Part | None:
        if key.text in _JOINERS:
            return self._combined(key, value, scope)
        if key.text not in scope.types:
            self._page.unknown(key, f"{scope.noun} {quote(key.text)}", key.text, [*scope.types, *_JOINERS])
            return None
        fact_type = scope.types[key.text]
        part = self._about(value, fact_type, _Subject(key.text, scope.path))
        if part is None:
            return None
        test, name = part.test, key.text
        among = part.literals if part.asks == "among" else None
        if scope.path:
            read = operators.field_test(name, test) if among is None else operators.field_among(name, among)
            return _Part(read, part.yes, part.no, part.joined, part.facts, part.fields | {scope.path + name})
        read = operators.fact_test(name, test) if among is None else operators.fact_among(name, among)
        culprits = ((name, part.hit),) if part.hit else ()
        fields = tuple(sorted(field.removeprefix(f"{name}.") for field in part.fields))
        looks = (Look(fact_type, functools.partial(read, None), part.facts, fields, part.asks, part.literals),)
        return _Part(
            read, part.yes, part.no, part.joined, part.facts | {name}, part.fields, culprits=culprits, looks=looks
        )

    def _combined(self, key: Scalar, value: Node, scope: _Scope) -> _Part | None:
        if key.text == "not":
            part = self.condition(value, scope)
            if part is None:
                return None
            joined = part.joined and not part.no.startswith("not (")
            negated = kleene.negate(part.test)
            return _Part(negated, part.no, part.yes, joined, part.facts, part.fields, looks=part.looks)
        if not isinstance(value, source.Sequence):
            self._page.fault(value, f"{key.text} takes a list of conditions, not {name_of(value)}")
            return None
        parts = [self.condition(element, scope) for element in value.elements]
        return self._joined(value, parts, "and" if key.text == "all" else "or")

    def _about(self, node: Node, fact_type: FactType, subject: _Subject) -> _Part | None:
        """What is said of one fact, field or element: a literal, or operators that are all required."""
        if isinstance(node, source.Mapping):
            if not node.entries:
                self._page.fault(node, f"nothing is said of {subject.label}")
                return None
            parts = [self._operator(key, value, fact_type, subject) for key, value in node.entries]
            return self._joined(node, parts, "and")
        if fact_type.kind == "list":
            hint = "every, any, none, contains or count"
            self._page.fault(node, f"{subject.label} is a list; say {hint}")
            return None
        if isinstance(node, source.Sequence):
            self._page.fault(node, f"{subject.label} is not a list; for one of several values write {{in: [...]}}")
            return None
        return self._compared(node, OPERATORS["equals"], fact_type, subject)

    def _operator(self, key: Scalar, value: Node, fact_type: FactType, subject: _Subject) -> _Part | None:
        name = key.text
        if fact_type.kind == "list" and name in LIST_OPERATORS and fact_type.element is not None:
            if name == "contains":
                return self._contains(key, value, fact_type.element, subject)
            if name == "count":
                return self._count(value, subject)
            return self._quantified(name, value, fact_type.element, subject)
        if name in OPERATORS and fact_type.kind in OPERATORS[name].kinds:
            if name == "present":
                flag = self._page.flag(value, "present")
                yes, no = subject.words(("is present", "is absent", "present", "absent"), "")
                words = (yes, no) if flag else (no, yes)
                return None if flag is None else _Part(operators.present(flag), *words, asks="presence")
            return self._compared(value, OPERATORS[name], fact_type, subject)
        fitting = [*LIST_OPERATORS, "present"] if fact_type.kind == "list" else _fitting(fact_type)
        if name in OPERATORS or name in LIST_OPERATORS:
            kind = "a list" if fact_type.kind == "list" else f"{fact_type.kind}, not a list"
            kind = kind if name in LIST_OPERATORS or fact_type.kind == "list" else fact_type.kind
            self._page.fault(key, f"{name} does not fit {subject.label}, which is {kind}; use {', '.join(fitting)}")
        elif name == "fact":
            self._page.fault(key, f"to compare {subject.label} with another fact write {{equals: {{fact: ...}}}}")
        else:
            self._page.unknown(key, f"operator {quote(name)}", name, fitting)
        return None

    def _compared(self, node: Node, operator: Operator, fact_type: FactType, subject: _Subject) -> _Part | None:
        if isinstance(node, source.Mapping):
            return self._with_fact(node, operator, fact_type, subject)
        right = _right_type(operator, fact_type)
        what = f"{operator.name} of {subject.label}" if operator.name != "equals" else subject.label
        if isinstance(node, source.Sequence):
            if operator.lists == "never":
                hint = "; for one of several values use in" if operator.name == "equals" else ""
                self._page.fault(node, f"{what} takes one value, not a list{hint}")
                return None
            if not node.elements or len(node.elements) > MAX_LIST:
                size = "an empty list is never met" if not node.elements else f"more than {MAX_LIST:,} elements"
                self._page.fault(node, f"{what}: {size}")
                return None
            values = [self._literal(element, operator, right, what) for element in node.elements]
            some = "one of " if operator.name != "in" else ""
            listed = some + ", ".join(map(operators.shown, values))
        else:
            if operator.lists == "must":
                hint = "; for one value use equals" if isinstance(node, Scalar) else ""
                self._page.fault(node, f"{what} takes a list, not {name_of(node)}{hint}")
                return None
            values = [self._literal(node, operator, right, what)]
            listed = operators.shown(values[0])
        if None in values:
            return None
        test = operators.with_literals(operator, fact_type.kind, tuple(values))
        plain = operator.name in ("equals", "in") and fact_type.kind != "host"
        words = subject.words(operator.words, listed)
        if plain:
            return _Part(test, *words, asks="among", literals=frozenset(values))
        if operator.name in ("at_least", "at_most"):
            (number,) = values
            least = frozenset({number if operator.name == "at_least" else number + 1})
            return _Part(test, *words, asks="least", literals=least)
        return _Part(test, *words)

    def _literal(self, node: Node, operator: Operator, right: FactType, what: str) -> Any:
        value = plain_value(self._page, node, right, what)
        if value == "" and operator.name not in ("equals", "in"):
            self._page.fault(node, f"{what} must not be empty")
            return None
        return value

    def _with_fact(
        self, node: source.Mapping, operator: Operator, fact_type: FactType, subject: _Subject
    ) -> _Part | None:
        other = self._other_fact(node, operator.name)
        if other is None:
            return None
        side = other
        if other.kind == "list" and operator.lists != "never" and other.element is not None:
            side = other.element
        elif operator.lists == "must":
            self._page.fault(node, f"{operator.name} takes a list, and {other.name} is {other.describe()}; use equals")
            return None
        both = {fact_type.kind, side.kind}
        fits = len(both) == 1 or both <= operators.STRINGS
        if "record" in both or "list" in both or not fits or (operator.name == "under" and side.kind != "host"):
            self._page.fault(
                node,
                f"{operator.name} cannot compare {subject.label} ({fact_type.describe()}) with {other.name} ({other.describe()})",
            )
            return None
        if operator.right == "same" and both == {"enum"} and not set(fact_type.choices) & set(side.choices):
            self._page.fault(node, f"{subject.label} and {other.name} have no value in common")
            return None
        words = subject.words(operator.words, other.name)
        return _Part(operators.against(operator, "host" in both, other.name), *words, facts=frozenset({other.name}))

    def _other_fact(self, node: source.Mapping, operator: str) -> FactType | None:
        if [key.text for key, _ in node.entries] != ["fact"]:
            self._page.fault(node, f"{operator} takes a literal or {{fact: other.fact}}, not a mapping")
            return None
        named = node.entries[0][1]
        name = self._page.text(named, _FACT_NAME, "fact")
        if name is None:
            return None
        if name not in self._types:
            self._page.unknown(named, f"fact {quote(name)}", name, self._types)
        return self._types.get(name)

    def _quantified(self, name: str, node: Node, element: FactType, subject: _Subject) -> _Part | None:
        if element.kind == "record" and element.fields is not None:
            part = self.condition(node, _Scope(element.fields, f"{subject.path}{subject.name}."))
            verb = "has"
        elif not isinstance(node, source.Mapping):
            hint = f"write {{equals: {node.text}}}" if isinstance(node, Scalar) else "it is {operator: value}"
            self._page.fault(node, f"{name} of {subject.label} takes a test; {hint}")
            return None
        else:
            part = self._about(node, element, _Subject("", "", noun=f"an element of {subject.name}"))
            verb = ""
        if part is None:
            return None
        said = f"({part.yes})" if part.joined and " or " in part.yes else part.yes
        rest = " ".join(word for word in (subject.name, verb, said) if word)
        negative = {"every": f"not every {rest}", "any": f"no {rest}", "none": f"some {rest}"}
        positive = {"every": f"every {rest}", "any": f"some {rest}", "none": f"no {rest}"}
        test = {"every": lists.every, "any": lists.some, "none": lists.none}[name](part.test)
        hit = {"every": kleene.negate(part.test), "none": part.test}.get(name)
        yes, no = positive[name], negative[name]
        return _Part(test, yes, no, part.joined, part.facts, part.fields, hit, asks="elements")

    def _contains(self, key: Scalar, node: Node, element: FactType, subject: _Subject) -> _Part | None:
        if element.kind in ("record", "list"):
            self._page.fault(key, f"contains does not fit {subject.label}, whose elements are {element.kind}s; use any")
            return None
        if isinstance(node, source.Sequence):
            self._page.fault(node, f"contains of {subject.label} takes one value; for several write any: {{in: [...]}}")
            return None
        part = self._compared(
            node, OPERATORS["equals"], element, _Subject("", "", noun=f"an element of {subject.name}")
        )
        if part is None:
            return None
        value = part.yes.removeprefix("is ")
        words = subject.words(("contains", "does not contain", "containing", "not containing"), value)
        return _Part(lists.some(part.test), *words, facts=part.facts)

    def _count(self, node: Node, subject: _Subject) -> _Part | None:
        if not isinstance(node, source.Mapping) or not node.entries:
            hint = f"; write {{equals: {node.text}}}" if isinstance(node, Scalar) and node.number is not None else ""
            self._page.fault(node, f"count of {subject.label} takes at_least, at_most or equals{hint}")
            return None
        number = FactType(f"the number of {subject.name}", "int", False, "")
        parts: list[_Part | None] = []
        for key, value in node.entries:
            if key.text not in lists.COUNTS:
                self._page.unknown(key, f"operator {quote(key.text)} of count", key.text, lists.COUNTS)
                parts.append(None)
                continue
            # Compiled as a comparison of numbers for its checks and words; the test itself is one of ranges.
            said = self._compared(value, OPERATORS[key.text], number, _Subject(number.name, ""))
            parts.append(said and self._counted(key.text, value, said))
        return self._joined(node, parts, "and")

    def _counted(self, name: str, node: Node, said: _Part) -> _Part:
        limit: Callable[[Facts], Any]
        if isinstance(node, Scalar):
            number = node.number
            limit = lambda _: number  # noqa: E731
            return _Part(lists.count(name, limit), said.yes, said.no, asks="size", literals=frozenset({number}))
        (fact,) = said.facts
        limit = lambda facts: operators.read_fact(facts, fact)  # noqa: E731
        return _Part(lists.count(name, limit), said.yes, said.no, facts=said.facts)


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is spoken of: a fact, a field (`path` is set) or, with no name, the elements of a list."""

    name: str
    path: str
    noun: str = ""

    @property
    def label(self) -> str:
        return self.noun or self.name

    def words(self, forms: tuple[str, str, str, str], rest: str) -> tuple[str, str]:
        """The statement and its opposite. Fields take the forms that follow "has kind", others those with a verb."""
        yes, no = forms[2:] if self.path else forms[:2]
        return tuple(" ".join(w for w in (self.name, form, rest) if w) for form in (yes, no))  # type: ignore[return-value]


def _reads(parts: Sequence[_Part]) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset().union(*(part.facts for part in parts)), frozenset().union(*(part.fields for part in parts))


def _fitting(fact_type: FactType) -> list[str]:
    return [name for name, operator in OPERATORS.items() if fact_type.kind in operator.kinds]


def _right_type(operator: Operator, fact_type: FactType) -> FactType:
    """The type of literals on the right: a pattern or a part of a value is text, whatever the fact's choices."""
    if operator.right == "name" and operator.name != "under":
        return FactType(fact_type.name, "text", False, "")
    return fact_type
