"""The reference for authors of packs stays true to the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rules import errors, grammar, source
from rules.examples import run_examples
from rules.grammar import Table
from rules.loader import load_library, load_profile, load_waivers
from rules.operators import LIST_OPERATORS, OPERATORS

PAGE = (Path(__file__).parents[2] / "docs" / "rule-language.md").read_text("utf-8")
BLOCKS = {text.split(":")[0]: text for text in re.findall(r"```yaml\n(\w.*?)```", PAGE, re.DOTALL)}
TABLES = [value for value in vars(grammar).values() if isinstance(value, Table)]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_key_is_told(table: Table) -> None:
    assert [key for key in table.fields if not re.search(rf"`{key}[`:]|\b{key}:", PAGE)] == []


def test_every_operator_is_told_and_no_other() -> None:
    rows = PAGE.partition("| operator |")[2].partition("\n\n")[0].splitlines()[2:]
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert told == {*OPERATORS, *LIST_OPERATORS}


def test_the_limits_are_those_of_the_code() -> None:
    limits = dict(re.findall(r"^\| ([a-z, ]+) \| (\d[\d, a-z]*) \|$", PAGE, re.MULTILINE))
    assert limits == {
        "size of a file": f"{source.MAX_BYTES:,} bytes",
        "depth of nesting": f"{source.MAX_DEPTH}",
        "files in a directory": f"{grammar.MAX_FILES}",
        "rules in a file": f"{grammar.MAX_RULES:,}",
        "examples, changes of a rule": f"{grammar.MAX_EXAMPLES}, {grammar.MAX_CHANGES}",
        "other lists": f"{grammar.MAX_LIST:,}",
        "titles, other text": f"{grammar.MAX_TITLE}, {grammar.MAX_TEXT:,} characters",
        "requirements, waivers in a file": f"{grammar.MAX_REQUIREMENTS:,}, {grammar.MAX_WAIVERS:,}",
        "faults told": f"{errors.MAX_FAULTS}",
    }


def test_what_the_page_shows_loads_and_its_examples_hold(tmp_path: Path) -> None:
    for folder, name in (("house", "pack"), ("frameworks", "framework"), ("profiles", "profile")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "shown.yaml").write_text(BLOCKS[name])
    waivers = tmp_path / "accepted.txt"
    waivers.write_text(BLOCKS["waivers"])
    library = load_library([tmp_path / "house"])
    outcomes = run_examples([library.rules["HOUSE-001"]], library.profiles["onboarding"].facts)
    assert [outcome.ok for outcome in outcomes] == [True] * 5
    assert load_waivers(waivers, library)[0].ticket == "T-17"
    assert "strict" in load_profile(tmp_path / "profiles" / "shown.yaml", library).profiles
    assert "house_rules" in load_library([tmp_path]).frameworks
