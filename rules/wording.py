"""Values and templates in words, and the sentences that the engine makes where a rule brings none.

Substitution is one pass: what a placeholder brings in is never looked at again. Control characters, and whatever else
DNS text may hold, stay as they are; each output escapes for itself.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, Final

from rules.fact import documented
from rules.facts import Unknown, Value
from rules.model import Facts, Rule, Slot, Template
from rules.results import AppliedWaiver

__all__ = [
    "LONGEST",
    "Sentence",
    "Words",
    "around",
    "blocked_sentence",
    "command_of",
    "fill",
    "in_words",
    "needs_waived_sentence",
    "not_applicable_sentence",
    "pass_sentence",
    "resolve",
    "sentence_of",
    "shorten",
    "unknown_sentence",
    "whole_text_of",
    "with_waiver",
]

LONGEST: Final = 400
"""Characters of one value in a message; an SPF or DMARC record of ordinary length stays whole."""

_TELLING: Final = ("text", "host", "name")
"""The field that stands for a whole record, first that it has: a problem's text, an MX record's host, a name."""


_PLAIN_ARGUMENT: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._@:/=+-]*")
"""What means nothing but itself to PowerShell and POSIX shells, quoted or not."""


def in_words(value: Value, longest: int | None = None) -> str:
    """A value as messages show it: "could not be determined", "none", yes or no, lists with commas (sentences without).

    A record is shown by its most telling field. With `longest`, a longer text ends in an ellipsis, and a list ends
    with how many more elements there are.
    """
    kind: Any = type(value)
    if kind is str:
        return value if longest is None or len(value) <= longest else shorten(value, longest)
    if kind is tuple or kind is list:
        return _list_in_words(value, longest)
    if kind is Unknown:
        return "could not be determined"
    if value is None:
        return "none"
    if kind is bool:
        return "yes" if value else "no"
    fields = _fields_of(kind)
    return _record_in_words(value, fields, longest) if fields else str(value)


def _list_in_words(elements: tuple[Value, ...] | list[Value], longest: int | None) -> str:
    if not elements:
        return "none"
    if len(elements) == 1:
        return in_words(elements[0], longest)
    pieces: list[str] = []
    length = 0
    for element in elements:
        piece = in_words(element, longest)
        length += len(piece) + 2
        if longest is not None and pieces and length > longest:
            return f"{', '.join(pieces)} and {len(elements) - len(pieces)} more"
        pieces.append(piece)
    return (" " if all(piece.endswith(".") and " " in piece for piece in pieces) else ", ").join(pieces)


@functools.cache
def _fields_of(kind: type) -> tuple[str, ...]:
    """The fields by which a record of the kind is shown: the most telling one, else all; none for what is no record."""
    names = tuple(documented(kind))
    return next(((name,) for name in _TELLING if name in names), names)


def _record_in_words(record: Value, names: tuple[str, ...], longest: int | None) -> str:
    if names[0] in _TELLING:
        # The only empty host is the null MX's: the root.
        return in_words(getattr(record, names[0]), longest) or "."
    return " ".join(f"{name} {in_words(getattr(record, name), longest)}" for name in names)


def shorten(text: str, longest: int = LONGEST) -> str:
    """The text, or its beginning and an ellipsis, `longest` characters in all."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def resolve(slot: Slot, facts: Facts, item: Value = None) -> Value:
    """What a placeholder stands for; `item` is the element of `each`. A field of an Unknown or of none is that itself."""
    if slot.fact:
        return facts[slot.fact]
    if not slot.item_field or item is None or isinstance(item, Unknown):
        return item
    return getattr(item, slot.item_field, None)


class Words:
    """A domain's `facts` and its name for sentences: `name` of at most LONGEST characters, `whole` uncut."""

    __slots__ = ("_argument", "facts", "name", "whole")

    def __init__(self, facts: Facts, whole: str) -> None:
        self.facts = facts
        self.whole = whole
        self.name = shorten(self.whole)
        self._argument: str | None = None

    @property
    def argument(self) -> str:
        """The name as a command may hold it, else ""."""
        if self._argument is None:
            self._argument = _argument(self.whole)
        return self._argument


Sentence = Callable[[Words], str]
"""A template made ready for many domains."""


def sentence_of(template: Template, name: str) -> Sentence:
    """A function from the words of a domain to the template with these in its placeholders; `name` is the fact that names
    the domain.
    """
    others = [(place, fact) for place, fact in _facts_of(template) if fact != name]
    if len(others) == 1:  # nearly every sentence that says more than the domain's name
        ((place, other),) = others
        before, after = _pieces(template.parts[:place]), _pieces(template.parts[place + 1 :])
        if len(before) == len(after) == 1:  # without the name
            start, end = before[0], after[0]
            return lambda words: f"{start}{in_words(words.facts[other], LONGEST)}{end}"
        return lambda words: f"{words.name.join(before)}{in_words(words.facts[other], LONGEST)}{words.name.join(after)}"
    text = _format(template)
    facts = [fact for _, fact in _facts_of(template)]
    return lambda words: text % tuple([in_words(words.facts[fact], LONGEST) for fact in facts])


def whole_text_of(template: Template, name: str) -> Sentence:
    """The same with values uncut."""
    if (pieces := around(template, name)) is not None:
        return lambda words: words.whole.join(pieces)
    text = _format(template)
    facts = [fact for _, fact in _facts_of(template)]
    return lambda words: text % tuple([in_words(words.facts[fact]) for fact in facts])


def command_of(template: Template, name: str) -> Sentence:
    """A function from the words of a domain to a command to paste into a shell; "" if a placeholder cannot be filled in.

    Records are written by strangers, and a command is run as it stands. So a value that could mean more to a shell
    than itself (spaces, quotes, `;`, `$`, anything beyond ASCII) drops the command.
    """
    if (pieces := around(template, name)) is not None:
        if len(pieces) == 1:
            return lambda _words: pieces[0]
        return lambda words: words.argument.join(pieces) if words.argument else ""
    text = _format(template)
    facts = [fact for _, fact in _facts_of(template)]

    def command(words: Words) -> str:
        filled = tuple([_argument(words.facts[fact]) for fact in facts])
        return "" if "" in filled else text % filled

    return command


def _argument(value: Value) -> str:
    """A value as an argument of a command; "" for one that is none."""
    text = _publishable(value)
    for element in value if isinstance(value, tuple) else (value,):
        if not _PLAIN_ARGUMENT.fullmatch(in_words(element)):
            return ""
    return text or ""


def _format(template: Template) -> str:
    return "".join(part.replace("%", "%%") if isinstance(part, str) else "%s" for part in template.parts)


def around(template: Template, name: str) -> tuple[str, ...] | None:
    """The pieces of a template around the domain's name, where no other fact stands in it: joined by the name they are
    the sentence. None for another template; `name` is the fact that names the domain.
    """
    return None if any(fact != name for _, fact in _facts_of(template)) else _pieces(template.parts)


def _pieces(parts: tuple[str | Slot, ...]) -> tuple[str, ...]:
    pieces = [""]
    for part in parts:
        if isinstance(part, str):
            pieces[-1] += part
        else:
            pieces.append("")
    return tuple(pieces)


def _facts_of(template: Template) -> list[tuple[int, str]]:
    """The facts in a template in order, each with the place of its part."""
    return [(place, part.fact) for place, part in enumerate(template.parts) if isinstance(part, Slot)]


def fill(template: Template, facts: Facts, item: Value = None) -> str | None:
    """The template as data to publish, uncut; None if a placeholder is none, Unknown, an empty list or has an Unknown
    in its list: such a text would publish words.
    """
    pieces: list[str] = []
    for part in template.parts:
        piece = part if isinstance(part, str) else _publishable(resolve(part, facts, item))
        if piece is None:
            return None
        pieces.append(piece)
    return "".join(pieces)


def _publishable(value: Value) -> str | None:
    if value is None or isinstance(value, Unknown) or value == ():
        return None
    if isinstance(value, tuple) and any(element is None or isinstance(element, Unknown) for element in value):
        return None
    return in_words(value)


def pass_sentence(rule: Rule, name: Slot) -> Template:
    """The rule's `pass`, or one for a rule without; `name` stands for the domain here and below."""
    return rule.passed or Template((name, f" passes the check “{rule.title}”."))


def unknown_sentence(
    rule: Rule, name: Slot, reason: str, *, needed: Rule | None = None, applies: bool = True
) -> Template:
    """Why a check could not be completed: a fact's `reason`, perhaps met by a `needed` rule, or by `when`."""
    because = sentence_end(shorten(reason))
    if needed is not None:
        because = f", because {needed.id} (“{needed.title}”), which it needs, could not be: {because}"
    elif not applies:
        because = f", because it could not be determined whether it applies: {because}"
    else:
        because = f": {because}"
    return Template((f"The check “{rule.title}” could not be completed for ", name, because))


def blocked_sentence(rule: Rule, name: Slot, first: Rule) -> Template:
    """`first` is the failed rule at the end of the chain of needs: mending anything else does not help yet."""
    mended = f" yet: {first.id} (“{first.title}”) must be mended first."
    return Template((f"The check “{rule.title}” cannot be passed by ", name, mended))


def not_applicable_sentence(rule: Rule, name: Slot) -> Template:
    """For a rule whose `when` is false."""
    condition = sentence_end(rule.when.text) if rule.when else "a condition that is not met."
    return Template((f"The check “{rule.title}” does not apply to ", name, f". It is made only where {condition}"))


def needs_waived_sentence(rule: Rule, name: Slot, waived: Rule) -> Template:
    """For a rule that does not apply because one that it needs is `waived`."""
    because = f": {waived.id} (“{waived.title}”), which it needs, is waived."
    return Template((f"The check “{rule.title}” does not apply to ", name, because))


def with_waiver(message: str, waiver: AppliedWaiver) -> str:
    """The message of a finding, and the waiver that holds for it or has expired."""
    ticket = f", ticket {waiver.ticket}" if waiver.ticket else ""
    verb = "A waiver expired on" if waiver.expired else "Waived through"
    return f"{sentence_end(message)} {verb} {waiver.expires}: {waiver.reason} (owner {waiver.owner}{ticket})."


def sentence_end(text: str) -> str:
    """The text with a full stop, unless it ends a sentence already."""
    text = text.rstrip()
    return text if text.endswith((".", "!", "?", "…", ".”")) else f"{text}."
