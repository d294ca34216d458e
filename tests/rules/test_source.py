from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import source
from rules.errors import MAX_FAULTS, Fault, FaultLog, LoadError
from rules.source import MAX_BYTES, MAX_DEPTH, Mapping, Node, Scalar, Sequence, SourceFile, Unusable, parse, read


def faults(data: bytes | str) -> list[tuple[int, int, str]]:
    """Line, column and message of every fault of a file."""
    log = FaultLog()
    try:
        parse("pack.yaml", data if isinstance(data, bytes) else data.encode(), log)
        log.raise_if_any()
    except LoadError as error:
        return [(fault.line, fault.column, fault.message) for fault in error.faults]
    return []


def root(text: str) -> Node:
    log = FaultLog()
    file = parse("pack.yaml", text.encode(), log)
    log.raise_if_any()
    assert file is not None
    return file.root


def scalar(text: str) -> Scalar:
    node = root(text)
    assert isinstance(node, Scalar)
    return node


def test_nodes_know_their_lines_and_columns_from_one() -> None:
    node = root("a: 1\nbig:\n  - x\n  - {y: 'z'}\n")
    assert isinstance(node, Mapping)
    (first_key, first), (second_key, second) = node.entries
    assert (first_key.text, first_key.line, first_key.column) == ("a", 1, 1)
    assert first == Scalar("1", "", 1, 4)
    assert (second_key.line, second_key.column) == (2, 1)
    assert isinstance(second, Sequence)
    assert second.elements[0] == Scalar("x", "", 3, 5)
    inner = second.elements[1]
    assert isinstance(inner, Mapping)
    assert inner.entries[0][1] == Scalar("z", "'", 4, 9)


def test_columns_count_characters_and_not_bytes() -> None:
    node = root("{é𝄞: x}")
    assert isinstance(node, Mapping)
    assert node.entries[0][1].column == 6


@pytest.mark.parametrize(
    ("text", "boolean", "number", "is_null"),
    [
        ("true", True, None, False),
        ("false", False, None, False),
        ("null", None, None, True),
        ("12", None, 12, False),
        ("-7", None, -7, False),
        ("0", None, 0, False),
        ("'true'", None, None, False),
        ('"12"', None, None, False),
        ("'null'", None, None, False),
    ],
)
def test_only_true_false_null_and_decimal_numbers_are_typed(
    text: str, boolean: bool | None, number: int | None, is_null: bool
) -> None:
    node = scalar(text)
    assert (node.boolean, node.number, node.is_null) == (boolean, number, is_null)


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "yes",
        "on",
        "Off",
        "True",
        "NULL",
        "~",
        "010",
        "0o7",
        "0x1f",
        "1_000",
        "1:30",
        "2027-01-31",
        "6.10",
        "1e3",
        "-0",
        "+1",
        "--1",
        "00",
        ".5",
        ".inf",
        "=",
        "9999999999999999",
    ],
)
def test_what_yaml_would_type_otherwise_stays_text(text: str) -> None:
    node = scalar(text)
    assert (node.text, node.boolean, node.number, node.is_null) == (text, None, None, False)


def test_a_key_with_nothing_after_it_is_null() -> None:
    node = root("a:\n")
    assert isinstance(node, Mapping)
    value = node.entries[0][1]
    assert isinstance(value, Scalar)
    assert value.is_null


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a: &here 1\nb: *here\n", 1, 4, 'anchors are not allowed: "here"'),
        ("a: 1\nb: *gone\n", 2, 4, 'aliases are not allowed: "gone"'),
        ("a: {<<: {b: 1}}\n", 1, 5, "merge keys (<<) are not allowed"),
        ("a: !!str 1\n", 1, 4, "tags are not allowed"),
        ("a: !x [1]\n", 1, 4, "tags are not allowed"),
        ("a: !!python/object/apply:os.system [x]\n", 1, 4, "tags are not allowed"),
        ("a: ! 1\n", 1, 4, "tags are not allowed"),
        ("a: 1\n---\nb: 1\n", 2, 1, "a second document"),
        ("%YAML 1.1\n---\na: 1\n", 1, 1, "directives"),
        ("%TAG ! tag:x,2000:\n---\na: 1\n", 1, 1, "directives"),
        ("a: 1\nb: 2\na: 3\n", 3, 1, 'duplicate key "a"; it is in line 1 already'),
        ('"a": 1\na: 3\n', 2, 1, 'duplicate key "a"'),
        ("[1, 2]: x\n", 1, 1, "a key must be text"),
        ("? {a: b}\n: x\n", 1, 3, "a key must be text"),
        ("a: [1\nb: 2\n", 2, 2, "is not YAML"),
        ("a: b: c\n", 1, 5, "is not YAML"),
        ("\ta: 1\n", 1, 1, "is not YAML"),
        ('a: "\\x1b[2J"\n', 1, 4, "U+001B"),
        ("a: x\x1b[2J\n", 1, 5, "U+001B"),
        ("ok: 1\na: x\u2028y\n", 2, 5, "U+2028"),
    ],
)
def test_what_is_not_allowed_is_told_where_it_stands(text: str, line: int, column: int, words: str) -> None:
    found = faults(text)
    assert found[0][:2] == (line, column), found
    assert words in found[0][2]


def test_all_faults_of_a_file_that_parses_are_told_at_once() -> None:
    found = faults("a: &x 1\nb: *x\nc: !!int 3\na: 2\nd: {<<: 1}\n")
    assert [line for line, _, _ in found] == [1, 2, 3, 4, 5]


def test_an_alias_leaves_a_node_of_which_no_second_fault_is_told() -> None:
    log = FaultLog()
    file = parse("x.yaml", b"a: *gone", log)
    assert file is not None
    assert isinstance(file.root, Mapping)
    assert file.root.entries[0][1] == Unusable(1, 4)


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "---\n...\n"])
def test_an_empty_file_says_so(text: str) -> None:
    assert faults(text) == [(1, 1, "is empty")]


def test_a_byte_order_mark_says_so() -> None:
    assert "byte order mark" in faults(b"\xef\xbb\xbfa: 1\n")[0][2]


def test_bytes_that_are_not_utf_8_are_told_where_they_stand() -> None:
    assert faults("a: é\nb: ".encode() + b"\xff\n") == [(2, 4, "is not UTF-8")]
    assert faults("a: 1\n".encode("utf-16"))[0][2] == "is not UTF-8"


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_nesting_ends_at_the_limit_however_deep_the_file_goes(opening: str) -> None:
    found = faults(opening * 100_000)
    assert len(found) == 1
    assert "nests deeper" in found[0][2] or "not YAML" in found[0][2]
    inside = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert faults(inside) == []
    assert faults(f"[{inside}]") == [(1, MAX_DEPTH + 1, f"nests deeper than {MAX_DEPTH} levels")]


def test_faults_without_end_are_not_told_without_end() -> None:
    found = faults("\n".join(["a: 1"] * 5_000))
    assert len(found) == MAX_FAULTS + 1
    assert "the rest is not told" in found[-1][2]


def test_a_file_that_is_too_large_missing_or_no_file_is_told_and_not_read(tmp_path: Path) -> None:
    large = tmp_path / "large.yaml"
    large.write_bytes(b"#" * (MAX_BYTES + 1))
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    log = FaultLog()
    assert [read(file, file.name, log) for file in (large, tmp_path / "missing.yaml", tmp_path, pipe)] == [None] * 4
    with pytest.raises(LoadError) as caught:
        log.raise_if_any()
    told = [str(fault) for fault in caught.value.faults]
    assert told[0] == f"large.yaml: is larger than {MAX_BYTES:,} bytes"
    assert all("is not a file that can be read" in text for text in told[1:])


def test_a_file_that_may_not_be_read_is_told_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("a: 1")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    log = FaultLog()
    assert read(file, "x.yaml", log) is None
    with pytest.raises(LoadError, match="cannot be read: Permission denied"):
        log.raise_if_any()


def test_faults_print_one_to_a_line_with_file_line_and_column_in_the_order_of_the_file() -> None:
    log = FaultLog()
    log.add("b.yaml", 9, 1, "late")
    log.add("b.yaml", 2, 7, "early")
    log.add("a.yaml", 1, 1, "other")
    with pytest.raises(LoadError) as caught:
        log.raise_if_any()
    assert str(caught.value) == "b.yaml:2:7: early\nb.yaml:9:1: late\na.yaml:1:1: other"
    assert caught.value.faults[0] == Fault("b.yaml", 2, 7, "early")


def test_a_fault_prints_on_one_line_whatever_the_file_is_called() -> None:
    assert str(Fault("a\n\x1b[2J.yaml", 1, 1, "x")) == "a\\n\\x1b[2J.yaml:1:1: x"


@pytest.mark.parametrize(
    ("text", "offset", "place"),
    [
        ("k: ab{c", 2, (1, 6)),
        ("k: 'ab{c'", 2, (1, 7)),
        ('k: "ab{c"', 2, (1, 7)),
        ('k: "\\x61b{c"', 2, (1, 4)),  # an escape: only the scalar's own place is sure
        ("k: |\n  one\n  a{b\n", 5, (3, 4)),
        ("k: |\n  {one\n", 0, (2, 3)),
        ("k: |\n  one\n\n    a{b\n", 8, (4, 6)),
        ("k: one\n  two{", 7, (1, 4)),  # folded
        ("k: >\n  one\n  two{\n", 7, (1, 4)),
    ],
)
def test_a_character_is_placed_where_that_can_be_told(text: str, offset: int, place: tuple[int, int]) -> None:
    file = parse("x.yaml", text.encode(), FaultLog())
    assert file is not None
    assert isinstance(file.root, Mapping)
    value = file.root.entries[0][1]
    assert isinstance(value, Scalar)
    assert file.place_of(value, offset) == place


def _parsed(data: bytes) -> SourceFile | None:
    """Parses, and shows that no other exception than LoadError leaves the reader."""
    try:
        return parse("x.yaml", data, FaultLog())
    except LoadError:
        return None


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_tree_or_faults(data: bytes) -> None:
    log = FaultLog()
    file = parse("x.yaml", data, log)
    assert file is not None or len(log) > 0


@settings(max_examples=500, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "- ",
                "a",
                ": ",
                "\n",
                "  ",
                "{",
                "}",
                "[",
                "]",
                ", ",
                "&x ",
                "*x",
                "!!t ",
                "|",
                ">",
                "'",
                '"',
                "\\",
                "<<",
                "? ",
                "#",
                "---\n",
                "...\n",
                "%YAML 1.1\n",
                "\t",
                "true",
                "null",
                "12",
                "\\ud800",
                "\\UFFFFFFFF",
                "é",
                "\r",
            ]
        ),
        max_size=40,
    ).map("".join),
    st.sampled_from([yaml.SafeLoader, source._LOADER]),
)
def test_anything_like_yaml_gives_a_tree_or_faults_with_either_parser(text: str, loader: type) -> None:
    before = source._LOADER
    source._LOADER = loader  # type: ignore[misc]
    try:
        log = FaultLog()
        file = parse("x.yaml", text.encode(), log)
        assert file is not None or len(log) > 0
    finally:
        source._LOADER = before  # type: ignore[misc]


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), max_size=8),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcdef", min_size=1, max_size=4), inner),
        max_leaves=20,
    )
)
def test_what_yaml_writes_is_read_as_it_was(value: object) -> None:
    def plain(node: Node) -> object:
        if isinstance(node, Scalar):
            return node.text
        if isinstance(node, Sequence):
            return [plain(element) for element in node.elements]
        assert isinstance(node, Mapping)
        return {key.text: plain(inner) for key, inner in node.entries}

    file = _parsed(yaml.safe_dump(value, allow_unicode=True, default_style='"', default_flow_style=True).encode())
    if file is not None:
        assert plain(file.root) == value
