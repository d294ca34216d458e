"""docs/smtp-check.md says what the check gives."""

from __future__ import annotations

import re
from pathlib import Path

from rules.loader import load_library
from scanner.submission.checking.observed import PROBLEMS

DOCS = Path(__file__).parents[4] / "docs" / "smtp-check.md"


def test_every_code_of_a_problem_is_documented_with_its_meaning() -> None:
    text = DOCS.read_text("utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{code}` | {meaning} |" for code, meaning in PROBLEMS.items()]


def test_the_rule_on_sessions_names_only_codes_that_there_are() -> None:
    place = load_library().rules["NET-012"].where.partition(":")[0]
    found = re.search(r"code:\s+in: \[([^\]]+)\]", Path(place).read_text("utf-8"))
    assert found is not None
    assert {code.strip() for code in found[1].split(",")} <= PROBLEMS.keys()
