"""Scans of the real record sets that MAILREADY_REALWORLD names, which are read where they lie and never copied."""

from __future__ import annotations

import asyncio
import datetime
import functools
import gc
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rules.facts import FactType, catalogue, judged_by
from rules.loader import load_library
from rules.results import DomainResult, Target
from scanner.dns.answer import Answer, Question, Status
from scanner.dns.recorded import Missing, RecordedSource
from scanner.dns.source import Source
from scanner.plan import AUTO, make_plans
from scanner.scan import ScanOptions, scan_domain, scan_options
from scanner.targets import read_arguments

ROOT = Path(__file__).parent.parent
FOLDER = Path(os.environ.get("MAILREADY_REALWORLD") or ROOT.parent / "shared" / "data" / "realworld")
TODAY = datetime.date(2026, 11, 21)


def record_files() -> list[Path]:
    """Every file of record sets; a file of traits holds labels."""
    return sorted(path for path in FOLDER.glob("*.jsonl") if "traits" not in path.name)


def domains() -> list[str]:
    """Every domain of every record file, in the order in which they come."""
    found: dict[str, None] = {}
    for path in record_files():
        with path.open(encoding="utf-8") as lines:
            found.update((json.loads(line)["domain"], None) for line in lines)
    return list(found)


@functools.cache
def source(missing: Missing) -> RecordedSource:
    """All record files as evidence at once."""
    return RecordedSource(record_files(), missing)


@functools.cache
def options() -> ScanOptions:
    """Profile auto, and the whole catalogue of facts."""
    library = load_library()
    plans = make_plans(library, sorted(library.profiles), all_facts=True, auto=True)
    return scan_options(plans, profile=AUTO, today=TODAY)


class Republished:
    """The recorded source, but with another SPF record at some names, in place of all SPF records there."""

    name = "republished"

    def __init__(self, recorded: RecordedSource, spf: Mapping[str, str]) -> None:
        self._recorded, self._spf = recorded, spf

    async def ask(self, questions: Sequence[Question]) -> list[Answer]:
        return [self._with_spf(answer) for answer in await self._recorded.ask(questions)]

    async def close(self) -> None:
        await self._recorded.close()

    def _with_spf(self, answer: Answer) -> Answer:
        record = self._spf.get(answer.question.name)
        if record is None or answer.question.type != "TXT":
            return answer
        others = [value for value in answer.values if "spf" not in value.lower()]
        return Answer(answer.question, Status.NOERROR, values=tuple(sorted([*others, record])))


def scan(targets: Iterable[Target], missing: Missing, spf: Mapping[str, str] | None = None) -> list[DomainResult]:
    """The result of each target; `spf` gives names other SPF records than theirs."""
    answers: Source = Republished(source(missing), spf) if spf else source(missing)

    async def run() -> list[DomainResult]:
        return [(await scan_domain(target, answers, options())).result for target in targets]

    gc.disable()  # results stay in memory, so that collections only look at more and more of them
    try:
        return asyncio.run(run())
    finally:
        gc.enable()


def targets(names: Iterable[str]) -> list[Target]:
    """The targets of names that are domains; each of them is."""
    read = list(read_arguments(list(names)))
    refused = [row for row in read if not isinstance(row, Target)]
    assert not refused, refused
    return [row for row in read if isinstance(row, Target)]


def is_unknown(value: object) -> bool:
    return isinstance(value, dict) and value.keys() == {"unknown"}


def fact(facts: Mapping[str, Any], name: str) -> Any:
    """A fact of a result by its dotted name. KeyError where it was not collected."""
    value: Any = facts
    for step in name.split("."):
        value = value[step]
    return value


def facts_of(result: DomainResult) -> Iterator[tuple[str, FactType, Any]]:
    """Every fact of a result with its type in the catalogue; the catalogue is collected whole."""
    for name, fact_type in catalogue().items():
        if judged_by(name) != "submissions":
            yield name, fact_type, fact(result.facts, name)


def has_type(value: object, expected: FactType) -> bool:
    """The document form of a fact, of a list's element or of a record's field is of its type, or unknown."""
    if is_unknown(value):
        return isinstance(value["unknown"], str) and bool(value["unknown"])  # type: ignore[index]
    if value is None:
        return expected.nullable
    match expected.kind:
        case "bool":
            return isinstance(value, bool)
        case "int":
            return isinstance(value, int) and not isinstance(value, bool)
        case "text":
            return isinstance(value, str)
        case "host":
            return isinstance(value, str) and value == value.lower() and not value.endswith(".")
        case "enum":
            return value in expected.choices
        case "list":
            element = expected.element
            return isinstance(value, list) and element is not None and all(has_type(item, element) for item in value)
        case "record":
            fields = expected.fields or {}
            return (
                isinstance(value, dict)
                and value.keys() == fields.keys()
                and all(has_type(inner, fields[name]) for name, inner in value.items())
            )
