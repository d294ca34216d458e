"""One Chromium for all tests here, and the pages that they look at: of the example scan, of the sample report, and of
scans of hostile records and rules.

The package scope ends the browser with the last test here: while it runs, its event loop keeps others of the same
process from running one. Scans are other processes, once for all workers.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import hostile_world
import pytest
from chromium import chromium
from playwright.sync_api import Browser

sys.path.insert(0, str(Path(__file__).parent.parent / "reports"))

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def _once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """The folder that `make` fills, made by the first worker that asks for it."""
    root = factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        root = root.parent
    folder, made = root / name, root / f"{name}.made"
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            folder.mkdir()
            make(folder)
            made.touch()
    return folder


def scan(folder: Path, *options: str, expect: int) -> None:
    """`mailready scan` with every format into `folder`/out; what it printed stays beside it."""
    command = [sys.executable, "-m", "scanner", "scan", *options]
    command += ["-o", "out", "--format", "html,json,csv,md,ndjson"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False, timeout=300)
    assert ended.returncode == expect, ended.stderr
    (folder / "stdout").write_bytes(ended.stdout)
    (folder / "stderr").write_bytes(ended.stderr)


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports of the example evidence, as `make demo` writes them, with the example brand."""
    options = ["--file", str(ROOT / "examples" / "clients.csv"), "--missing", "nodata", "--profile", "auto"]
    options += ["--evidence", str(ROOT / "examples" / "evidence.jsonl")]
    options += ["--brand", str(ROOT / "examples" / "brand" / "brand.yaml")]

    def make(folder: Path) -> None:
        scan(folder, *options, expect=3)  # one domain is unreadable

    return _once(tmp_path_factory, "example", make) / "out"


@pytest.fixture(scope="session")
def hostile_records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scan of a domain for each hostile text (tests/hostile_world.py), its printed lines and `out`."""

    def make(folder: Path) -> None:
        scan(folder, *hostile_world.build(folder).records, expect=0)

    return _once(tmp_path_factory, "hostile-records", make)


@pytest.fixture(scope="session")
def hostile_rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scan of two domains with a rule and a waiver for each hostile text."""

    def make(folder: Path) -> None:
        scan(folder, *hostile_world.build(folder).rules, expect=0)

    return _once(tmp_path_factory, "hostile-rules", make)


@pytest.fixture(scope="session")
def pages(example: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pages of every kind by name: faults, nothing readable, nothing wrong, every status and waivers; two indexes."""
    import sample

    from reports.writers import render_one

    folder = tmp_path_factory.mktemp("sample")
    (folder / "every-status.html").write_bytes(render_one(sample.report(sample.result()), "html"))
    (folder / "long-index.html").write_bytes(render_one(sample.many(60), "html"))
    return {
        "faults": example / "domains" / "fabrikam.com.html",
        "unreadable": example / "domains" / "northwind.example.html",
        "good": example / "domains" / "contoso.com.html",
        "every-status": folder / "every-status.html",
        "index": example / "index.html",
        "long-index": folder / "long-index.html",
    }
