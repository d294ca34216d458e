"""`mailready scan` against a real authoritative server and resolver."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
LIVE = ("contoso.com", "fabrikam.com", "nothing.test", "lame.test", "odd.test")


def scan(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "scanner", "scan", *arguments]
    return subprocess.run(command, capture_output=True, cwd=ROOT, timeout=120, check=False)


def report(*arguments: str) -> dict[str, Any]:
    done = scan(*arguments, "--format", "json", "-o", "-")
    assert done.stdout, done.stderr.decode()
    return json.loads(done.stdout)  # type: ignore[no-any-return]


@pytest.mark.servers
def test_a_live_domain_is_judged_by_what_its_servers_say(unbound: Any) -> None:
    (result,) = report("contoso.com", "--resolver", unbound.address)["domains"]
    assert result["facts"]["mx"]["status"] == "present"
    assert result["facts"]["spf"]["authorises_m365"] is True
    assert result["facts"]["dkim"]["selector1"]["key_status"] == "live"
    assert {answer["server"] for answer in result["answers"]} == {unbound.address}
    assert not [finding for finding in result["findings"] if finding["status"] == "unknown"]


@pytest.mark.servers
def test_a_recorded_live_scan_replays_to_the_same_bytes_but_for_the_run(unbound: Any, tmp_path: Path) -> None:
    record = tmp_path / "record.jsonl"
    live = report(*LIVE, "--resolver", unbound.address, "--record", str(record), "--all-facts")
    replayed = report(*LIVE, "--evidence", str(record), "--all-facts")
    del live["run"], replayed["run"]
    assert json.dumps(live) == json.dumps(replayed)


@pytest.mark.servers
def test_failing_servers_are_unknown_and_missing_names_are_absent(unbound: Any) -> None:
    lame, nothing = report("lame.test", "nothing.test", "--resolver", unbound.address)["domains"]
    assert "unknown" in lame["facts"]["mx"]["status"]
    assert "SERVFAIL" in lame["facts"]["mx"]["status"]["unknown"]
    assert not [finding for finding in lame["findings"] if finding["status"] == "fail"]
    assert nothing["facts"]["domain"]["exists"] is False
    assert nothing["facts"]["mx"]["status"] == "none"
