"""The README is true: its output is what the command prints, its figures and links are those of the project."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from rules.loader import load_library

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_the_output_shown_is_what_the_command_prints() -> None:
    block = re.search(r"```console\n\$ (mailready [^\n]+)\n(.*?)\n\.\.\.\n```", README, re.DOTALL)
    assert block
    done = subprocess.run(
        [sys.executable, "-m", "scanner", *shlex.split(block[1])[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1"},
        check=False,
    )
    printed = [line.rstrip() for line in done.stdout.strip().splitlines()]
    shown = block[2].splitlines()
    assert printed[: len(shown)] == shown


def test_the_number_of_rules_is_right() -> None:
    (number,) = re.findall(r"(\d+) of them in YAML", README)
    assert int(number) == len(load_library().rules)


def test_every_link_and_picture_is_there() -> None:
    links = re.findall(r"\]\(([^)#]+)", README)
    assert links
    assert not [link for link in links if not link.startswith("https://") and not (ROOT / link).exists()]


def test_the_commands_shown_are_commands() -> None:
    names = set(re.findall(r"^    mailready (\w+)", README, re.MULTILINE))
    assert names == {"scan", "report", "rules", "explain", "smtp"}
