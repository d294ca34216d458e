"""A scanned domain as its line of NDJSON, whole or compact, without making its findings first.

Most of a line are findings, and most of these are the same to the letter for all domains of an outcome. So the line is put
together from pieces of JSON that are kept with the outcome's sheet, and from what is the domain's own: its name, each of
its facts and places once, the sentences and fixes in which facts stand. It is the line that `encode_domain` writes of
the result.
"""

from __future__ import annotations

import functools
import operator
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from reports.compact import Statuses, statuses_of
from reports.jsondoc import encode_briefly, encode_domain, encode_fact, encode_value
from rules.findings import Exhibits, Form, Provenance, Sheet
from rules.judge import Draft
from rules.results import Finding
from scanner.scan import Scanned, nested

__all__ = ["brief_line_of", "line_of"]


def line_of(scanned: Scanned) -> bytes:
    """The line, without its end."""
    # A waiver is told in words of its own.
    layout = None if scanned.draft.waived else _layout_of(scanned.draft)
    if layout is not None:
        try:
            return _put_together(scanned, layout)
        except (UnicodeEncodeError, OverflowError):
            pass  # odd text, which `encode_domain` has a way with
    return encode_domain(scanned.result)


def brief_line_of(scanned: Scanned) -> bytes:
    """The line of `--compact`, without its end."""
    return encode_briefly(scanned.head, _statuses(scanned.draft.sheet))


@functools.lru_cache(maxsize=1024)
def _statuses(sheet: Sheet) -> Statuses:
    return statuses_of((form.rule, form.severity, form.status) for form in sheet.forms)


def _put_together(scanned: Scanned, layout: _Layout) -> bytes:
    values = scanned.draft.words.facts
    names, facts = tuple(values), list(map(encode_fact, values.values()))
    findings = layout.filled(scanned.draft, dict(zip(names, facts, strict=True)))
    gap = _gap("")
    before, _, between, _, behind = encode_value(replace(scanned.head, findings=gap, facts=gap)).split(_MARK)
    return b"".join((before, *findings, between, *_facts_layout(names).filled(facts), behind))


_MARK: Final = b"\0"
"""Stands around the name of a gap, and nowhere else: JSON has it escaped."""


def _gap(name: str) -> Any:
    """Encoded, a gap that is to be filled with other JSON."""
    return msgspec.Raw(_MARK + name.encode() + _MARK)


class _Pieces:
    """JSON with gaps, as `encode_value` made it; `order` has for each gap the number of what fills it."""

    def __init__(self, pieces: Sequence[bytes], order: Sequence[int]) -> None:
        self._order = order
        self._pieces = [b""] * (2 * len(order) + 1)
        self._pieces[::2] = pieces

    def filled(self, values: Sequence[bytes]) -> list[bytes]:
        """The pieces with those of the values between them."""
        pieces = self._pieces.copy()
        pieces[1::2] = map(values.__getitem__, self._order)
        return pieces


@functools.lru_cache(maxsize=256)
def _facts_layout(names: tuple[str, ...]) -> _Pieces:
    """The facts, to be filled with their values in the order of the names."""
    pieces = encode_value(nested({name: _gap(str(number)) for number, name in enumerate(names)})).split(_MARK)
    return _Pieces(pieces[::2], list(map(int, pieces[1::2])))


class _Layout:
    """The findings of a sheet, to be filled with what is a domain's own."""

    def __init__(self, sheet: Sheet, exhibits: Exhibits) -> None:
        names = tuple(dict.fromkeys(name for shown in exhibits.shown for name in shown))
        self._facts: Callable[[Mapping[str, bytes]], Iterable[bytes]] = (
            operator.itemgetter(*names) if len(names) > 1 else lambda facts: [facts[name] for name in names]
        )
        self._told = [form.told for form in sheet.forms if form.told]
        self._mends = [form.mend for form in sheet.forms if form.mend]
        # As `filled` gives them.
        kinds = (
            [("name", "")],
            [("fact", name) for name in names],
            [("places", number) for number in range(len(exhibits.shown))],
            [("told", form.rule) for form in sheet.forms if form.told],
            [("mended", form.rule) for form in sheet.forms if form.mend],
        )
        numbers = {what: number for number, what in enumerate(what for kind in kinds for what in kind)}
        pieces, gaps = [b"["], list[_Own]()
        for form in sheet.forms:
            own_pieces, own_gaps = _written(form, exhibits.shown[form.exhibit])
            pieces[-1] += (b"," if gaps else b"") + own_pieces[0]
            pieces += own_pieces[1:]
            gaps += own_gaps
        pieces[-1] += b"]"
        self._pieces = _Pieces(pieces, [numbers[gap] for gap in gaps])

    def filled(self, draft: Draft, facts: Mapping[str, bytes]) -> list[bytes]:
        """The JSON in pieces; `facts` are JSON by name."""
        words = draft.words
        return self._pieces.filled(
            [
                encode_value(words.name)[1:-1],
                *self._facts(facts),
                *_places(draft.exhibits, draft.provenance),
                *[encode_value(told(words)) for told in self._told],
                *[encode_value(mend(words)) for mend in self._mends],
            ]
        )


@functools.lru_cache(maxsize=1024)
def _places(exhibits: Exhibits, provenance: Provenance) -> list[bytes]:
    """Of each exhibit."""
    return list(map(encode_value, exhibits.places(provenance)))


_Own = tuple[str, str] | tuple[str, int]
"""What fills a gap: the domain's name, a fact by its name, the places of an exhibit by its number, what is told or mended
with facts in it by the rule.
"""


@functools.lru_cache(maxsize=4096)
def _written(form: Form, shown: tuple[str, ...]) -> tuple[list[bytes], list[_Own]]:
    """A finding in pieces, and what comes between them. Kept because the sheets of a selection share most of their forms."""
    finding = Finding(
        form.rule,
        form.severity,
        form.status,
        _gap("message"),
        form.expected,
        _gap("observed"),
        _gap("evidence"),
        form.blocked_by,
        _gap("fix") if form.mend else form.fix,
    )
    first, *rest = encode_value(finding).split(_MARK)
    pieces, gaps = [first], list[_Own]()

    def own(gap: _Own, behind: bytes = b"") -> None:
        gaps.append(gap)
        pieces.append(behind)

    for name, behind in zip(rest[::2], rest[1::2], strict=True):
        if name == b"message" and form.told:
            own(("told", form.rule))
        elif name == b"message":
            start, *further = [encode_value(piece)[1:-1] for piece in form.around]
            pieces[-1] += b'"' + start
            for piece in further:
                own(("name", ""), piece)
            pieces[-1] += b'"'
        elif name == b"observed":
            pieces[-1] += b"{"
            for number, fact in enumerate(sorted(shown)):
                pieces[-1] += (b"," if number else b"") + encode_value(fact) + b":"
                own(("fact", fact))
            pieces[-1] += b"}"
        elif name == b"evidence":
            own(("places", form.exhibit))
        else:
            own(("mended", form.rule))
        pieces[-1] += behind
    return pieces, gaps


_layouts: weakref.WeakKeyDictionary[Sheet, _Layout | None] = weakref.WeakKeyDictionary()


def _layout_of(draft: Draft) -> _Layout | None:
    """That of the draft's sheet. A sheet that only one domain has is not worth it, so: from the second time on."""
    sheet = draft.sheet
    if sheet not in _layouts:
        _layouts[sheet] = None
        return None
    layout = _layouts[sheet]
    if layout is None:
        layout = _layouts[sheet] = _Layout(sheet, draft.exhibits)
    return layout
