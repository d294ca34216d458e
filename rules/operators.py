"""The operators: what each is for, what it compares, and how it says so in words.

Every operator on a single value makes a test that is false for null and unknown for an Unknown, whatever it compares
with; so no test ever raises on a value of its type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from rules.errors import FactError
from rules.facts import NOT_ASKED, Unknown, Value
from rules.kleene import Test, disjunction, join
from rules.literals import host_name
from rules.model import Facts, Verdict

__all__ = [
    "LIST_OPERATORS",
    "OPERATORS",
    "STRINGS",
    "Operator",
    "against",
    "fact_among",
    "fact_test",
    "field_among",
    "field_test",
    "read_fact",
    "shown",
    "with_literals",
]

STRINGS: Final = frozenset({"text", "host", "enum"})
"""Kinds that can be compared with each other: as hosts where one side is a host, else letter by letter."""
SCALARS: Final = STRINGS | {"bool", "int"}


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator on a single value.

    `kinds` are the kinds of facts it fits. `right` is what it compares with: `same` as the fact, a `name` (text that
    an enumeration need not hold), a `number` or a `flag`. `lists`: the right side is never, may be or must be a list.
    `words` say it: "is at most", "is not at most", and the same after a field's name, where the verb falls away.
    """

    name: str
    doc: str
    kinds: frozenset[str]
    right: Literal["same", "name", "number", "flag"]
    lists: Literal["never", "may", "must"]
    words: tuple[str, str, str, str]
    test: Callable[[Any, Any], bool]
    host_test: Callable[[Any, Any], bool]


def _equals(value: Any, other: Any) -> bool:
    return bool(value == other)


def _equals_host(value: str, other: str) -> bool:
    return host_name(value) == host_name(other)


def _like(value: str, pattern: str) -> bool:
    """Whether the pattern, in which * is any text, is the whole value. Linear: each piece is looked for once."""
    first, *middle = pattern.split("*")
    if not middle:
        return value == pattern
    last = middle.pop()
    end = len(value) - len(last)
    if end < len(first) or not value.startswith(first) or not value.endswith(last):
        return False
    position = len(first)
    for piece in middle:
        found = value.find(piece, position, end)
        if found < 0:
            return False
        position = found + len(piece)
    return True


def _like_host(value: str, pattern: str) -> bool:
    return _like(host_name(value), host_name(pattern))


def _under(value: str, name: str) -> bool:
    """RFC 9499 "subdomain": a name is one of itself. An empty name (the null MX's) has nothing below it here."""
    host, top = host_name(value), host_name(name)
    return bool(top) and (host == top or host.endswith("." + top))


def _contains_text(value: str, part: str) -> bool:
    return part in value


def _contains_text_host(value: str, part: str) -> bool:
    return part.lower() in host_name(value)


def _at_least(value: int, limit: int) -> bool:
    return value >= limit


def _at_most(value: int, limit: int) -> bool:
    return value <= limit


def _is(rest: str) -> tuple[str, str, str, str]:
    return f"is {rest}".rstrip(), f"is not {rest}".rstrip(), rest, f"not {rest}".rstrip()


_INT: Final = frozenset({"int"})

OPERATORS: Final[Mapping[str, Operator]] = {
    operator.name: operator
    for operator in (
        Operator("equals", "is this value", SCALARS, "same", "never", _is(""), _equals, _equals_host),
        Operator("in", "is one of these", STRINGS | _INT, "same", "must", _is("one of"), _equals, _equals_host),
        Operator(
            "like",
            "matches the pattern, or one of them; * is any text, dots included",
            STRINGS,
            "name",
            "may",
            ("matches", "does not match", "matching", "not matching"),
            _like,
            _like_host,
        ),
        Operator(
            "under",
            "is this host name or below it, or so with one of them; whole labels count",
            frozenset({"host"}),
            "name",
            "may",
            _is("at or below"),
            _under,
            _under,
        ),
        Operator(
            "contains_text",
            "has this text somewhere",
            frozenset({"text", "host"}),
            "name",
            "never",
            ("contains the text", "does not contain the text", "containing the text", "not containing the text"),
            _contains_text,
            _contains_text_host,
        ),
        Operator("at_least", "is this number or more", _INT, "number", "never", _is("at least"), _at_least, _at_least),
        Operator("at_most", "is this number or less", _INT, "number", "never", _is("at most"), _at_most, _at_most),
        Operator(
            "present",
            "true: has a value, even an empty one; false: is null",
            SCALARS | {"list"},
            "flag",
            "never",
            _is("present"),
            _equals,
            _equals,
        ),
    )
}

LIST_OPERATORS: Final[Mapping[str, str]] = {
    "every": "there is an element, and the test holds for each",
    "any": "the test holds for at least one element",
    "none": "the test holds for no element",
    "contains": "this value is an element; not for lists of records",
    "count": "the number of elements: at_least, at_most, equals",
}
"""The operators on lists, each with what it means."""


def present(wanted: bool) -> Test:
    def test(value: Value, _facts: Facts) -> Verdict:
        return value if isinstance(value, Unknown) else (value is not None) is wanted

    return test


def with_literals(operator: Operator, kind: str, literals: tuple[Any, ...]) -> Test:
    """The test of a value of a kind against literals, any of which will do."""
    if operator.test is _equals:
        return (
            _among(frozenset(map(host_name, literals)), hosts=True) if kind == "host" else _among(frozenset(literals))
        )
    if operator.test is _under:
        return _under_any(tuple(filter(None, map(host_name, literals))))
    compare = operator.host_test if kind == "host" else operator.test
    is_single = len(literals) == 1

    def test(value: Value, _facts: Facts) -> Verdict:
        if value is None:
            return False
        if isinstance(value, Unknown):
            return value
        return compare(value, literals[0]) if is_single else any(compare(value, literal) for literal in literals)

    return test


def _among(literals: frozenset[Any], *, hosts: bool = False) -> Test:
    """The test whether a value is one of the literals, among which null never is."""

    def test(value: Value, _facts: Facts) -> Verdict:
        return value if isinstance(value, Unknown) else value in literals

    def host_test(value: Value, _facts: Facts) -> Verdict:
        if value is None:
            return False
        return value if isinstance(value, Unknown) else host_name(value) in literals

    return host_test if hosts else test


def _under_any(names: tuple[str, ...]) -> Test:
    """The test whether a host is one of the names or below one: `_under` for several, which are made ready once."""
    below = tuple(f".{name}" for name in names)

    def test(value: Value, _facts: Facts) -> Verdict:
        if value is None:
            return False
        if isinstance(value, Unknown):
            return value
        host = host_name(value)
        return host in names or host.endswith(below)

    return test


def fact_test(name: str, test: Test) -> Test:
    """The test of the fact of this name, whatever value it is called with. Raises FactError as `read_fact`."""

    def read(_value: Any, facts: Facts) -> Verdict:
        value = facts.get(name, NOT_ASKED)
        return test(read_fact(facts, name) if value is NOT_ASKED else value, facts)

    return read


def fact_among(name: str, literals: frozenset[Any]) -> Test:
    """`fact_test` whether the fact is one of the literals, in one step: most tests of a pack are this one."""

    def read(_value: Any, facts: Facts) -> Verdict:
        value = facts.get(name, NOT_ASKED)
        if value is NOT_ASKED:
            value = read_fact(facts, name)
        return value if isinstance(value, Unknown) else value in literals

    return read


def against(operator: Operator, hosts: bool, fact: str) -> Test:
    """The test of a value against another fact, or against any element of it if that is a list.

    Null on either side is false, whatever the other side is, and so is an empty list: nothing can make it true.
    An Unknown element of the list may be equal to anything. `hosts`: one side is a host name.
    """
    compare = operator.host_test if hosts else operator.test

    def test(value: Value, facts: Facts) -> Verdict:
        other = read_fact(facts, fact)
        if value is None or other is None or other == ():
            return False
        unknowns = [side for side in (value, other) if isinstance(side, Unknown)]
        if unknowns:
            return join(unknowns)
        if not isinstance(other, tuple):
            return compare(value, other)
        return disjunction(element if isinstance(element, Unknown) else compare(value, element) for element in other)

    return test


def read_fact(facts: Facts, name: str) -> Value:
    """A fact's value. Raises FactError if it was not collected."""
    try:
        value = facts[name]
    except KeyError:
        raise FactError(f"the fact {name} was not collected, but a rule reads it") from None
    if value is NOT_ASKED:
        raise FactError(f"the fact {name} was not asked for, but a rule reads it")
    return value


def field_test(name: str, test: Test) -> Test:
    """The test of a record's field of this name. Raises FactError as `read_field`."""
    return lambda record, facts: test(read_field(record, name), facts)


def field_among(name: str, literals: frozenset[Any]) -> Test:
    """`field_test` whether the field is one of the literals, in one step."""

    def read(record: Any, _facts: Facts) -> Verdict:
        value = read_field(record, name)
        return value if isinstance(value, Unknown) else value in literals

    return read


def read_field(record: Any, name: str) -> Value:
    """A field of a record: of a dataclass of the catalogue, or of a mapping."""
    try:
        return record[name] if isinstance(record, dict) else getattr(record, name)
    except (KeyError, AttributeError):
        raise FactError(f"a record has no field {name}, but a rule reads it") from None


def shown(value: Value) -> str:
    """A literal in words: plain where it reads as one word, else in quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return text if re.fullmatch(r"[\w.*:/@=+~-]+", text) else f'"{text}"'
