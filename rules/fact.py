"""What a fact is made of: its value or Unknown, and the fields of subjects and records. The catalogue is in `rules.facts`."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, NewType, TypeVar, Union, cast, dataclass_transform

import msgspec
import msgspec.structs

__all__ = [
    "NOT_ASKED",
    "Fact",
    "Host",
    "NotAsked",
    "Problem",
    "Unknown",
    "Value",
    "changed",
    "documented",
    "fact",
    "part",
    "subject",
]

T = TypeVar("T")

Host = NewType("Host", str)
"""A domain or host name: A-labels, lower case, no final dot. Compared without case and final dot."""


class Unknown(msgspec.Struct, frozen=True, gc=False, rename={"reason": "unknown"}):
    """What could not be determined, and why: `Unknown("SERVFAIL from 192.0.2.53")`. JSON has it as `{"unknown": reason}`."""

    reason: str

    def __bool__(self) -> bool:
        raise TypeError("an Unknown is neither true nor false; test for it with isinstance")


class NotAsked(enum.Enum):
    """The type of `NOT_ASKED`."""

    NOT_ASKED = "not asked"


NOT_ASKED: Final = NotAsked.NOT_ASKED

Fact = Union[T, Unknown, NotAsked]  # noqa: UP007 - a generic alias needs Union on 3.11
Value = Any
"""A fact's value as rules meet it: bool, int, str, None, Unknown, or a tuple of str, records and Unknown."""


@dataclass(frozen=True, slots=True)
class _Field:
    doc: str
    default: Any


def fact(doc: str) -> Any:
    """A field of a subject: not asked until a probe sets it, documented for `mailready rules facts`."""
    return _Field(doc, NOT_ASKED)


def part(doc: str) -> Any:
    """A field of a record inside a list fact: always set by the probe that makes the record."""
    return _Field(doc, msgspec.NODEFAULT)


_DOCS: Final[dict[type, Mapping[str, str]]] = {}


# Type checkers take `fact(...)` for a default, so that only `part` must be given.
@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(part,))
def subject(kind: type[T]) -> type[T]:
    """Makes a subject, or a record inside a list fact, of a class of documented fields: made by keyword, never changed,
    compared by value.

    What it makes is a msgspec struct: a scan makes a dozen for each domain, and a frozen dataclass takes six times as long.
    """
    fields: dict[str, _Field] = {name: getattr(kind, name) for name in kind.__annotations__}
    made = msgspec.defstruct(
        kind.__name__,
        [(name, kind.__annotations__[name], field.default) for name, field in fields.items()],
        module=kind.__module__,
        namespace={"__doc__": kind.__doc__},
        frozen=True,
        kw_only=True,
        gc=False,
    )
    _DOCS[made] = MappingProxyType({name: field.doc for name, field in fields.items()})
    return cast(type[T], made)


def documented(kind: type) -> Mapping[str, str]:
    """What a subject's or record's fields are, by name; empty for any other type."""
    return _DOCS.get(kind, _NOTHING)


_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


def changed(one: T, **fields: Value) -> T:
    """A subject or record with other values in some fields."""
    return cast(T, msgspec.structs.replace(cast(msgspec.Struct, one), **fields))


@subject
class Problem:
    """A near miss or fault in a record, with a stable code so that nothing has to match English."""

    code: str = part("Stable name of the kind of problem, such as no_break_space.")
    text: str = part("One sentence for people.")
    where: str = part("The term, tag or record in which it was found.")
