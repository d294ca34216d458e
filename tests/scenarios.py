"""Scenario zones: small zones with what must be found in them, and what must not (tests/scenarios/*.yaml)."""

from __future__ import annotations

import datetime
import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from rules.loader import load_library
from rules.model import Library
from scanner.dns.answer import Answer, Question
from scanner.dns.recorded import RecordedSource
from scanner.plan import make_plans
from scanner.scan import ScanOptions, scan_options

FOLDER = Path(__file__).parent / "scenarios"
TODAY = datetime.date(2026, 11, 21)


@dataclass(frozen=True)
class Scenario:
    """One zone, the profile it is judged by, and what is expected."""

    name: str
    about: str
    domain: str
    profile: str
    missing: str
    answers: tuple[dict[str, Any], ...]
    fails: tuple[str, ...]
    not_fails: tuple[str, ...]
    statuses: dict[str, str] = field(default_factory=dict)
    grade: str = ""
    changes: tuple[dict[str, Any], ...] = ()
    tenant: str = ""
    selectors: tuple[str, ...] = ()


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def _scenario(path: Path) -> Scenario:
    raw = _read(path)
    shared = [line for name in raw.get("include", []) for line in _read(FOLDER / "shared" / f"{name}.yaml")]
    assert raw["scenario"] == path.stem
    unknown = raw.keys() - {"scenario", "include", *Scenario.__dataclass_fields__}
    assert not unknown, f"{path}: {unknown}"
    return Scenario(
        name=raw["scenario"],
        about=raw["about"],
        domain=raw["domain"],
        profile=raw.get("profile", "onboarding"),
        missing=raw.get("missing", "nodata"),
        answers=(*shared, *raw["answers"]),
        fails=tuple(raw.get("fails") or ()),
        not_fails=tuple(raw.get("not_fails") or ()),
        statuses=raw.get("statuses") or {},
        grade=raw.get("grade", ""),
        changes=tuple(raw.get("changes") or ()),
        tenant=raw.get("tenant", ""),
        selectors=tuple(raw.get("selectors") or ()),
    )


@functools.cache
def scenarios() -> tuple[Scenario, ...]:
    """Every scenario, by name."""
    return tuple(_scenario(path) for path in sorted(FOLDER.glob("*.yaml")))


@functools.cache
def library() -> Library:
    return load_library()


@functools.cache
def options() -> ScanOptions:
    """Every built-in profile made ready, for scans with --profile auto too. To compile them takes longer than a scan, and there
    are thousands.
    """
    plans = make_plans(library(), sorted(library().profiles), auto=True)
    return scan_options(plans, profile="onboarding", today=TODAY)


def source_of(scenario: Scenario, folder: Path) -> RecordedSource:
    """The scenario's zone as recorded evidence."""
    path = folder / f"{scenario.name}.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in scenario.answers), "utf-8")
    return RecordedSource([path], missing=scenario.missing)


class FaultySource:
    """Another Source, with the answers to some questions replaced."""

    def __init__(self, inner: RecordedSource) -> None:
        self.name = "faulty"
        self.inner = inner
        self.faults: dict[Question, Answer] = {}
        self.asked: dict[Question, None] = {}

    async def ask(self, questions: Sequence[Question]) -> list[Answer]:
        self.asked.update(dict.fromkeys(questions))
        answers = await self.inner.ask(questions)
        return [self.faults.get(question, answer) for question, answer in zip(questions, answers, strict=True)]

    async def close(self) -> None:
        await self.inner.close()


__all__ = ["FaultySource", "Scenario", "library", "options", "scenarios", "source_of"]
