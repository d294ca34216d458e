"""One Chromium for all tests here, and the pages that they look at: of the example scan, and of the sample report.

The package scope ends the browser with the last test here: while it runs, its event loop keeps others of the same
process from running one.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import chromium
from playwright.sync_api import Browser

sys.path.insert(0, str(Path(__file__).parent.parent / "reports"))

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports of the example evidence, as `make demo` writes them."""
    out = tmp_path_factory.mktemp("example")
    command = [sys.executable, "-m", "scanner", "scan", "--file", "examples/clients.csv"]
    command += ["--evidence", "examples/evidence.jsonl", "--missing", "nodata", "--profile", "auto"]
    command += ["-o", str(out), "--format", "html,json,csv,md,ndjson"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 3, ended.stderr  # one domain is unreadable
    return out


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
