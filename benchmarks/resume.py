"""How long it takes until a run of a long list goes on after it was cut off.

    python benchmarks/resume.py [--most N]

All but ten domains of the list are finished. Their results are a hole of the size that they would have (48 KB each),
since resuming does not read them: a million would be 48 GB.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from installed import ROOT, environment
from rich.console import Console
from rich.table import Table

sys.path[:0] = [str(ROOT)]

from reports.journal import write_log  # noqa: E402
from reports.jsondoc import decode_header  # noqa: E402
from scanner.tally import Note, Tally  # noqa: E402

SIZES = (1_000, 10_000, 100_000, 1_000_000)
LINE = 48_000
LEFT = 10


def scan(folder: Path, *more: str) -> float:
    """Seconds of one run of the command."""
    given = ("-f", "list.txt", "--evidence", "empty.jsonl", "--missing", "nodata", "-o", "out.ndjson", "-q")
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "scanner", "scan", *given, *more],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 3):
        sys.exit(done.stderr)
    return time.perf_counter() - began


def header_of(folder: Path, size: int) -> bytes:
    """The first line that a run of the list writes, taken from one that is ended there."""
    (folder / "list.txt").write_text("".join(f"client{number}.test\n" for number in range(size)), "utf-8")
    command = [sys.executable, "-m", "scanner", "scan", "-f", "list.txt", "--evidence", "empty.jsonl"]
    process = subprocess.Popen(
        [*command, "--missing", "nodata", "-o", "out.ndjson", "-q"],
        cwd=folder,
        env=environment(),
        stderr=subprocess.DEVNULL,
    )
    results = folder / "out.ndjson"
    while not (results.exists() and b"\n" in results.read_bytes()) and process.poll() is None:
        time.sleep(0.002)
    process.kill()
    process.wait()
    return results.read_bytes().partition(b"\n")[0]


def measure(size: int) -> tuple[float, float]:
    """Seconds of the resumed run, and of a run of the last ten alone."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "empty.jsonl").write_text("", "utf-8")
        header = header_of(folder, size)
        results = folder / "out.ndjson"
        done = size - LEFT
        results.write_bytes(header + b"\n")
        os.truncate(results, len(header) + 1 + done * LINE)
        tally = Tally()
        tally.add(Note(grade="A", low="A", high="A", failed=(), unknown=0, causes=(), answers=16))
        lines = ((row, LINE) for row in range(1, done + 1))
        write_log(results, decode_header(header).run.id, len(header) + 1, lines, tally.document())
        resumed = scan(folder, "--resume")
        with results.open("rb") as stream:
            stream.seek(len(header) + 1 + done * LINE)
            assert stream.read().count(b"\n") == LEFT
        results.unlink()
        (folder / "list.txt").write_text("".join(f"client{number}.test\n" for number in range(LEFT)), "utf-8")
        return resumed, scan(folder)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--most", type=int, default=SIZES[-1])
    options = parser.parse_args()
    table = Table(
        "domains",
        "results",
        "resumed, s",
        f"{LEFT} domains alone, s",
        title="Resuming a run of which 10 domains are left",
    )
    for size in [size for size in SIZES if size <= options.most]:
        resumed, alone = measure(size)
        table.add_row(f"{size:,}", f"{size * LINE / 1e9:.2f} GB", f"{resumed:.1f}", f"{alone:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
