"""`mailready scan --workers 2 --record` against a live server: cut off, resumed, and replayed to the same results."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import portfolio
from cut_off import ROOT, eager, telling, wait_for
from servers.manners import changing, in_manner
from servers.misbehaving import misbehaving_server
from servers.world import World

DOMAINS = 120


def results(path: Path) -> list[bytes]:
    data = path.read_bytes()
    assert data.endswith(b"\n")
    return sorted(data.splitlines()[1:])


def test_a_run_that_is_killed_goes_on_and_its_one_recording_replays_to_the_same(tmp_path: Path) -> None:
    names = portfolio.names(DOMAINS)
    rows = portfolio.write_list(tmp_path / "list.csv", names)
    world = World.of_evidence(portfolio.write_evidence(tmp_path / "world.jsonl", names))
    out, record = tmp_path / "out.ndjson", tmp_path / "record.jsonl"
    with misbehaving_server(in_manner(changing(), world)) as server:
        asked = ["scan", "-f", str(rows), "--resolver", server.address]
        given = [*asked, "--record", str(record), "-o", str(out), "--workers", "2", "--concurrency", "16"]
        with telling(*given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as (process, told):
            assert wait_for(DOMAINS // 3, told)
            process.send_signal(signal.SIGKILL)
            process.wait(60)
        done = subprocess.run(
            eager(*given, "--resume"), cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
        )
    assert done.returncode == 0, done.stderr
    assert "the run goes on" in done.stderr
    found = results(out)
    assert len(found) == len({json.loads(line)["domain"] for line in found}) == DOMAINS

    replay = [sys.executable, "-m", "scanner", "scan", "-f", str(rows), "--evidence", str(record)]
    again = subprocess.run(
        [*replay, "-o", str(tmp_path / "again.ndjson")], cwd=ROOT, capture_output=True, timeout=120, check=False
    )
    assert again.returncode == 0, again.stderr
    assert results(tmp_path / "again.ndjson") == found


def test_a_disk_that_takes_no_evidence_ends_the_run_and_says_so(tmp_path: Path) -> None:
    names = portfolio.names(20)
    rows = portfolio.write_list(tmp_path / "list.csv", names)
    evidence = portfolio.write_evidence(tmp_path / "world.jsonl", names)
    given = ["-f", str(rows), "--evidence", str(evidence), "--missing", "nodata", "-o", str(tmp_path / "out.ndjson")]
    done = subprocess.run(
        eager("scan", *given, "--record", "/dev/full", "--workers", "2"),
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 4, done.stderr
    assert "/dev/full: evidence cannot be written: No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
