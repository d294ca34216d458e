"""A failed rule tells of the elements that made it fail, not of all that the list holds."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from rules.facts import Problem, Unknown
from rules.judge import judge
from rules.loader import load_library, select

PACK = """\
pack: ours
version: 1
rules:
  - id: OUR-001
    title: Nothing is wrong
    severity: low
    assert: {CONDITION}
    fail: "{domain}: {spf.problems}"
    why: It matters.
    fix: {effort: minutes, owner: dns, text: Mend it.}
    examples:
      - {spf.problems: [], expect: pass}
      - {spf.problems: [{code: ptr}], expect: fail}
      - {spf.problems: {unknown: SERVFAIL}, expect: unknown}
"""
PROBLEMS = (
    Problem(code="ptr", text="The term ptr is slow.", where="ptr"),
    Unknown("SERVFAIL"),
    Problem(code="long_record", text="The record is long.", where=""),
    Problem(code="ptr", text="And here is another.", where="-ptr"),
)


def message(folder: Path, condition: str) -> str:
    (folder / "ours.yaml").write_text(PACK.replace("{CONDITION}", condition), "utf-8")
    selection = select(load_library([folder]), "onboarding")
    (rule,) = (rule for rule in selection.rules if rule.id == "OUR-001")
    alone = type(selection)(selection.profile, (rule,), rule.facts)
    facts = {"domain.name": "contoso.com", "spf.problems": PROBLEMS, **selection.profile.facts}
    (finding,) = judge(alone, facts, today=datetime.date(2026, 11, 21)).findings
    assert finding.status == "fail"
    return finding.message


@pytest.mark.parametrize(
    "condition",
    [
        "{spf.problems: {none: {code: ptr}}}",
        "{all: [{spf.problems: {none: {code: ptr}}}, {spf.problems: {count: {at_most: 0}}}]}",
    ],
)
def test_only_what_none_forbids_is_told(condition: str, tmp_path: Path) -> None:
    assert message(tmp_path, condition) == "contoso.com: The term ptr is slow. And here is another."


@pytest.mark.parametrize(
    "condition",
    [
        "{any: [{spf.problems: {none: {code: ptr}}}, {spf.problems: {count: {at_most: 0}}}]}",
        "{not: {spf.problems: {any: {code: ptr}}}}",
    ],
)
def test_where_no_element_alone_decides_all_are_told(condition: str, tmp_path: Path) -> None:
    said = message(tmp_path, condition)
    assert "The record is long." in said
    assert "could not be determined" in said
