"""Paths, options and files that hold terminal escapes: what the command says of them moves no cursor."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from scanner.cli import main

EVIL = "\x1b]0;evil\x07\x1b[31m\u202e\x9b:smile:\udcff[red]"
LIVE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]")
ROOT = Path(__file__).parents[3]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / f"{EVIL}.jsonl").write_text('{"x"\n')
    (tmp_path / f"{EVIL}.yaml").write_text("waivers: [{rule: " + json.dumps("\x1b[31m") + "}]\n")
    (tmp_path / f"{EVIL}.csv").write_text(f"domian,{EVIL}\n", errors="surrogateescape")
    (tmp_path / f"{EVIL}.ndjson").write_text('{"schema": "\\u001b]0;x\\u0007", "tool": {}}\n')
    (tmp_path / f"{EVIL}").mkdir()
    (tmp_path / f"{EVIL}" / "p.yaml").write_text("pack: 1\nrules: 5\n")
    return tmp_path


COMMANDS = [
    ["scan", "{evil}"],
    ["scan", "-f", "{file}"],
    ["scan", "-f", "{file}.csv"],
    ["scan", "x.test", "--evidence", "{file}.jsonl"],
    ["scan", "x.test", "--evidence", "{file}-not-there"],
    ["scan", "x.test", "--pack", "{file}"],
    ["scan", "x.test", "--waivers", "{file}.yaml"],
    ["scan", "x.test", "--brand", "{file}.yaml"],
    ["scan", "x.test", "--profile", "{evil}"],
    ["scan", "x.test", "--resolver", "{evil}"],
    ["scan", "x.test", "--fail-under", "{evil}"],
    ["scan", "x.test", "--missing", "{evil}"],
    ["scan", "x.test", "--format", "{evil}", "-o", "out"],
    ["scan", "x.test", "--evidence", "{example}", "--record", "{file}-not-there/x"],
    ["rules", "show", "{evil}"],
    ["rules", "facts", "{evil}"],
    ["rules", "test", "--pack", "{file}"],
    ["report", "{file}.ndjson"],
    ["report", "{file}-not-there"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_refusal_quotes_what_was_given_harmlessly(
    command: list[str], files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {"evil": EVIL, "file": str(files / EVIL), "example": str(ROOT / "examples" / "evidence.jsonl")}
    monkeypatch.setattr(sys, "argv", ["mailready", *(word.format(**given) for word in command)])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert ended.value.code == 2
    assert "mailready: " in said.err
    assert not LIVE.search(said.out + said.err)


def test_the_names_of_written_files_are_told_harmlessly(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["scan", "contoso.com", "--evidence", str(ROOT / "examples" / "evidence.jsonl"), "--missing", "nodata"]
    monkeypatch.setattr(sys, "argv", ["mailready", *words, "-o", str(files / f"out{EVIL}"), "--format", "html"])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert ended.value.code == 0
    assert r"out\x1b]0;evil\x07\x1b[31m\u202e\x9b:smile:\udcff[red]" in said.out
    assert not LIVE.search(said.out + said.err)


def test_a_defect_is_told_harmlessly(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import scanner.cli.app

    def fail(**_: object) -> None:
        raise ZeroDivisionError(EVIL)

    monkeypatch.setattr(scanner.cli.app, "app", fail)
    with pytest.raises(SystemExit):
        main()
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert not LIVE.search(said)
