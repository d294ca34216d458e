"""What a fact is made of: its value or Unknown, and the fields of subjects and records. The catalogue is in `rules.facts`."""

import dataclasses
import enum
from dataclasses import dataclass
from typing import Any, Final, NewType, TypeVar, Union

__all__ = ["NOT_ASKED", "Fact", "Host", "NotAsked", "Problem", "Unknown", "Value", "fact", "part"]

T = TypeVar("T")

Host = NewType("Host", str)
"""A domain or host name: A-labels, lower case, no final dot. Compared without case and final dot."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """What could not be determined, and why: `Unknown("SERVFAIL from 192.0.2.53")`."""

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


def fact(doc: str) -> Any:
    """A field of a subject: not asked until a probe sets it, documented for `mailready rules facts`."""
    return dataclasses.field(default=NOT_ASKED, metadata={"doc": doc})


def part(doc: str) -> Any:
    """A field of a record inside a list fact: always set by the probe that makes the record."""
    return dataclasses.field(metadata={"doc": doc})


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A near miss or fault in a record, with a stable code so that nothing has to match English."""

    code: str = part("Stable name of the kind of problem, such as no_break_space.")
    text: str = part("One sentence for people.")
    where: str = part("The term, tag or record in which it was found.")
