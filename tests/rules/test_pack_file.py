from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.entries import Page
from rules.errors import FaultLog, LoadError
from rules.facts import catalogue
from rules.pack_file import PackFile, read_pack_file
from rules.source import parse

PACKS = sorted(Path(str(resources.files("rules"))).glob("packs/*/*.yaml"))


def read(text: str) -> PackFile | None:
    """Reads a pack file. Raises LoadError with its faults."""
    log = FaultLog()
    file = parse("p.yaml", text.encode(), log)
    found = read_pack_file(Page(file, log), catalogue()) if file else None
    log.raise_if_any()
    return found


@pytest.mark.parametrize("path", PACKS, ids=[path.stem for path in PACKS])
def test_every_rule_of_a_file_is_read_and_knows_its_place(path: Path) -> None:
    text = path.read_text("utf-8")
    found = read(text)
    assert found is not None
    lines = text.splitlines()
    for draft in found.rules:
        line = int(draft.rule.where.split(":")[1])
        assert lines[line - 1].strip() == f"- id: {draft.rule.id}"
    assert len(found.rules) == sum(line.startswith("  - id: ") for line in lines)


def test_a_file_that_is_no_pack_says_what_it_lacks() -> None:
    with pytest.raises(LoadError, match="1:1: a pack must be a mapping, not a list"):
        read("[]")
    with pytest.raises(LoadError, match="1:1: a pack lacks pack, version, rules"):
        read("{}")
    with pytest.raises(LoadError, match="2:8: rules must be a list, not null"):
        read("{pack: x, version: 1,\nrules: }")


def test_faults_in_many_rules_are_told_in_the_order_of_the_file() -> None:
    text = "pack: x\nversion: 1\nrules:\n" + "".join(f"  - {{id: XX-{n:03}, titel: x}}\n" for n in range(20))
    with pytest.raises(LoadError) as caught:
        read(text)
    faults = caught.value.faults
    assert [fault.line for fault in faults] == [line for line in range(4, 24) for _ in range(2)]
    assert all("did you mean" in fault.message for fault in faults[1::2])


def test_a_rule_that_fails_to_compile_hides_no_fault_of_its_other_parts() -> None:
    rule = "- {id: XX-001, title: x, severity: low, assert: {spf.al: fail}, fail: '{x}', why: '', examples: [{spf.all: fail}]}"
    with pytest.raises(LoadError) as caught:
        read(f"pack: x\nversion: 1\nrules:\n{rule}\n")
    words = " ".join(fault.message for fault in caught.value.faults)
    for part in ("spf.al", '"{x}"', "why must not be empty", "lacks expect", "at least 3"):
        assert part in words


_EDITS = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.sampled_from(["drop", "double", "cut", "insert"]),
        st.sampled_from(["x", ": ", "- ", "{", "}", "]", "'", "null", "[1]", "\n", "  ", "&a", "é"]),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PACKS), st.integers(0, 20), _EDITS)
def test_a_damaged_pack_is_read_or_has_faults_with_places_in_it(
    path: Path, first: int, edits: list[tuple[float, str, str]]
) -> None:
    head, *rules = path.read_text("utf-8").split("\n  - id: ")
    text = head + "".join("\n  - id: " + rule for rule in rules[first % len(rules) :][:2])
    for at, edit, piece in edits:
        lines = text.split("\n")
        number = min(int(at * len(lines)), len(lines) - 1)
        line = lines[number]
        middle = int(at * len(line))
        lines[number : number + 1] = {
            "drop": [],
            "double": [line, line],
            "cut": [line[:middle]],
            "insert": [line[:middle] + piece + line[middle:]],
        }[edit]
        text = "\n".join(lines)
    try:
        assert read(text) is not None
    except LoadError as error:
        count = text.count("\n") + 2
        assert all(0 < fault.line <= count and fault.column > 0 and fault.message for fault in error.faults)


def test_drafts_keep_places_for_what_is_checked_later() -> None:
    found = read(PACKS[0].read_text("utf-8"))
    assert found is not None
    draft = next(draft for draft in found.rules if draft.needs)
    need, node = draft.needs[0]
    assert draft.page.file.lines[node.line - 1][node.column - 1 :].startswith(need)
