"""`mailready scan` on networks that lie, lose and never end, as a user meets them."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from servers.manners import FORGING, HARMLESS, SPOILING, in_manner
from servers.misbehaving import Misbehaving, misbehaving_server
from servers.world import World

ROOT = Path(__file__).parents[3]


def scan(server: Misbehaving, *arguments: str, stderr: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scanner", "scan", "contoso.com", "--resolver", server.address, *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=stderr, text=True, cwd=ROOT, timeout=60, check=False)


def report(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.stdout, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def test_the_report_names_the_resolvers_and_how_much_each_answered() -> None:
    with misbehaving_server(in_manner(HARMLESS["honest"](), World.of_evidence())) as server:
        done = scan(server, "--format", "json", "-o", "-")
    assert (done.returncode, done.stderr) == (0, "")
    (resolver,) = report(done)["run"]["resolvers"]
    assert resolver["server"] == server.address
    assert resolver["answers"] > 0
    assert report(done)["run"]["doubts"] == []


@pytest.mark.parametrize("manner", ["silent", "tcp-drip", "tcp-cut", "garbage", "blocked"])
def test_a_scan_ends_in_time_with_everything_unknown(manner: str) -> None:
    with misbehaving_server(in_manner(SPOILING[manner](), World.of_evidence())) as server:
        done = scan(server, "--timeout", "1", "--format", "json", "-o", "-")
    assert (done.returncode, done.stderr) == (3, "")
    (domain,) = report(done)["domains"]
    assert domain["grade"] == "?"
    assert {finding["status"] for finding in domain["findings"]} <= {"unknown", "not_applicable"}
    assert {answer["status"] for answer in domain["answers"]} <= {"TIMEOUT", "MALFORMED", "REFUSED"}
    assert domain["changes"] == []


def test_what_a_portal_made_up_is_warned_of_once_and_replays_as_unknown(tmp_path: Path) -> None:
    record = tmp_path / "portal.jsonl"
    with misbehaving_server(
        in_manner(FORGING["portal"](World.of_evidence()), World.of_evidence()), traps=False
    ) as server:
        done = scan(server, "--record", str(record), "--format", "json", "-o", "-")
    assert done.returncode == 3
    (warning,) = done.stderr.splitlines()
    assert warning.startswith(
        f"mailready: doubtful: The resolver {server.address} also answers for names that cannot exist"
    )
    live = report(done)
    assert [warning.removeprefix("mailready: doubtful: ")] == live["run"]["doubts"]
    command = [sys.executable, "-m", "scanner", "scan", "contoso.com", "--evidence", str(record)]
    again = subprocess.run(
        [*command, "--format", "json", "-o", "-"], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False
    )
    replayed = report(again)
    assert again.returncode == 3
    assert (live["domains"], live["rules"]) == (replayed["domains"], replayed["rules"])
    assert replayed["run"]["doubts"] == []


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "soon", "4000"])
def test_a_time_that_is_none_is_refused(seconds: str) -> None:
    command = [sys.executable, "-m", "scanner", "scan", "contoso.com", "--timeout", seconds]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 2
    assert "--timeout" in done.stderr
    assert done.stdout == ""


def test_a_terminal_is_told_that_it_takes_long() -> None:
    ours, theirs = pty.openpty()
    with misbehaving_server(in_manner(SPOILING["silent"](), World.of_evidence())) as server:
        done = scan(server, "--timeout", "3", "--format", "json", "-o", "-", stderr=theirs)
    os.close(theirs)
    shown = os.read(ours, 1_000_000).decode()
    os.close(ours)
    assert done.returncode == 3
    assert "Asking about contoso.com: 0 answers so far, 3 s at most" in shown
