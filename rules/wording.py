"""Values and templates in words, and the sentences that the engine makes where a rule brings none.

Substitution is one pass: what a placeholder brings in is never looked at again. Control characters, and whatever else
DNS text may hold, stay as they are; each output escapes for itself.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Final

from rules.facts import NAME_FACTS, Unknown, Value
from rules.model import Facts, Rule, Slot, Template
from rules.results import AppliedWaiver

__all__ = [
    "LONGEST",
    "Sentence",
    "Words",
    "blocked_sentence",
    "fill",
    "in_words",
    "needs_waived_sentence",
    "not_applicable_sentence",
    "pass_sentence",
    "render",
    "render_command",
    "resolve",
    "sentence_of",
    "shorten",
    "unknown_sentence",
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
    if isinstance(value, str):
        return value if longest is None or len(value) <= longest else shorten(value, longest)
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Unknown):
        return "could not be determined"
    if isinstance(value, tuple | list):
        return _list_in_words(value, longest)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _record_in_words(value, longest)
    return str(value)


def _list_in_words(elements: tuple[Value, ...] | list[Value], longest: int | None) -> str:
    if not elements:
        return "none"
    pieces: list[str] = []
    length = 0
    for element in elements:
        piece = in_words(element, longest)
        length += len(piece) + 2
        if longest is not None and pieces and length > longest:
            return f"{', '.join(pieces)} and {len(elements) - len(pieces)} more"
        pieces.append(piece)
    return (" " if all(piece.endswith(".") and " " in piece for piece in pieces) else ", ").join(pieces)


def _record_in_words(record: Value, longest: int | None) -> str:
    names = [field.name for field in dataclasses.fields(record)]
    for name in _TELLING:
        if name in names:
            # The only empty host is the null MX's: the root.
            return in_words(getattr(record, name), longest) or "."
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


def render(template: Template, facts: Facts, longest: int | None = LONGEST) -> str:
    """The template with its placeholders in words, each of at most `longest` characters; None for any length."""
    pieces = []
    for part in template.parts:
        if isinstance(part, str):
            pieces.append(part)
        else:
            pieces.append(in_words(facts[part.fact] if part.fact else None, longest))
    return "".join(pieces)


class Words(dict[str, str]):
    """A domain's facts in words as messages show them, by name, each made when it is first asked for."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def __missing__(self, fact: str) -> str:
        words = self[fact] = in_words(self._facts[fact] if fact else None, LONGEST)
        return words


Sentence = Callable[[Words], str]
"""A template made ready for many domains."""


def sentence_of(template: Template) -> Sentence:
    """A function that makes of the words of a domain's facts what `render` makes of the template and the facts."""
    facts = tuple(part.fact for part in template.parts if isinstance(part, Slot))
    if len(facts) == 1:  # nearly every sentence: it names the domain and nothing else
        (fact,) = facts
        pieces = [part if isinstance(part, str) else "" for part in template.parts]
        place = pieces.index("")
        before, after = "".join(pieces[:place]), "".join(pieces[place:])
        return lambda words: f"{before}{words[fact]}{after}"
    text = "".join(part.replace("%", "%%") if isinstance(part, str) else "%s" for part in template.parts)
    return lambda words: text % tuple(map(words.__getitem__, facts))


def fill(template: Template, facts: Facts, item: Value = None) -> str | None:
    """The template as data to publish, uncut; None if a placeholder is none, Unknown, an empty list or has an Unknown
    in its list: such a text would publish words.
    """
    pieces: list[str] = []
    for part in template.parts:
        if isinstance(part, str):
            pieces.append(part)
            continue
        value = resolve(part, facts, item)
        if value is None or isinstance(value, Unknown) or value == ():
            return None
        if isinstance(value, tuple) and any(element is None or isinstance(element, Unknown) for element in value):
            return None
        pieces.append(in_words(value))
    return "".join(pieces)


def render_command(template: Template, facts: Facts) -> str:
    """A command to paste into a shell; "" if a placeholder cannot be filled.

    Records are written by strangers, and a command is run as it stands. So a value that could mean more to a shell
    than itself (spaces, quotes, `;`, `$`, anything beyond ASCII) drops the command.
    """
    for part in template.parts:
        if isinstance(part, Slot):
            value = resolve(part, facts)
            for element in value if isinstance(value, tuple) else (value,):
                if not _PLAIN_ARGUMENT.fullmatch(in_words(element)):
                    return ""
    return fill(template, facts) or ""


def pass_sentence(rule: Rule) -> Sentence:
    """The rule's `pass`, or one for a rule without."""
    return sentence_of(rule.passed or Template((_name(rule), f" passes the check “{rule.title}”.")))


def _name(rule: Rule) -> Slot:
    return Slot(NAME_FACTS[rule.judged])


def unknown_sentence(rule: Rule, domain: str, reason: str, *, needed: Rule | None = None, applies: bool = True) -> str:
    """Why a check could not be completed: a fact's `reason`, perhaps met by a `needed` rule, or by `when`."""
    sentence = f"The check “{rule.title}” could not be completed for {domain}"
    because = sentence_end(shorten(reason))
    if needed is not None:
        return f"{sentence}, because {needed.id} (“{needed.title}”), which it needs, could not be: {because}"
    if not applies:
        return f"{sentence}, because it could not be determined whether it applies: {because}"
    return f"{sentence}: {because}"


def blocked_sentence(rule: Rule, domain: str, first: Rule) -> str:
    """`first` is the failed rule at the end of the chain of needs: mending anything else does not help yet."""
    return (
        f"The check “{rule.title}” cannot be passed by {domain} yet: {first.id} (“{first.title}”) must be mended first."
    )


def not_applicable_sentence(rule: Rule) -> Sentence:
    """For a rule whose `when` is false."""
    condition = sentence_end(rule.when.text) if rule.when else "a condition that is not met."
    parts = (f"The check “{rule.title}” does not apply to ", _name(rule), f". It is made only where {condition}")
    return sentence_of(Template(parts))


def needs_waived_sentence(rule: Rule, domain: str, waived: Rule) -> str:
    """For a rule that does not apply because one that it needs is `waived`."""
    because = f"{waived.id} (“{waived.title}”), which it needs, is waived."
    return f"The check “{rule.title}” does not apply to {domain}: {because}"


def with_waiver(message: str, waiver: AppliedWaiver) -> str:
    """The message of a finding, and the waiver that holds for it or has expired."""
    ticket = f", ticket {waiver.ticket}" if waiver.ticket else ""
    verb = "A waiver expired on" if waiver.expired else "Waived through"
    return f"{sentence_end(message)} {verb} {waiver.expires}: {waiver.reason} (owner {waiver.owner}{ticket})."


def sentence_end(text: str) -> str:
    """The text with a full stop, unless it ends a sentence already."""
    text = text.rstrip()
    return text if text.endswith((".", "!", "?", "…", ".”")) else f"{text}."
