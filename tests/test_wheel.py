"""The wheel: what users install holds everything, and works outside the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DATA = (".yaml", ".json", ".html", ".css", ".js", ".svg", ".txt")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    (built,) = out.glob("*.whl")
    return built


def test_the_wheel_holds_every_module_and_data_file(wheel: Path) -> None:
    expected = {
        str(path.relative_to(ROOT))
        for package in ("scanner", "rules", "reports")
        for path in (ROOT / package).rglob("*")
        if path.suffix in (".py", *DATA) or path.name == "py.typed"
    }
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    assert expected <= held
    assert {name.partition("/")[0].partition("-")[0] for name in held} == {"scanner", "rules", "reports", "mailready"}


def test_the_installed_wheel_scans_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    place = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(place), str(wheel)]
    subprocess.run(install, check=True, capture_output=True, timeout=120)
    (tmp_path / "evidence.jsonl").write_bytes((ROOT / "examples" / "evidence.jsonl").read_bytes())
    environment = {**os.environ, "PYTHONPATH": str(place)}

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    where = run("-c", "import scanner, rules, reports; print(scanner.__file__, rules.__file__, reports.__file__)")
    assert all(name.startswith(str(place)) for name in where.stdout.split())
    script = str(place / "bin" / "mailready")
    assert run(script, "--version").stdout.startswith("mailready ")
    scan = ("scan", "contoso.com", "--evidence", "evidence.jsonl", "--missing", "nodata")
    done = run(script, *scan, "--format", "json", "-o", "-")
    assert done.returncode == 0, done.stderr
    (result,) = json.loads(done.stdout)["domains"]
    assert (result["domain"], result["grade"]) == ("contoso.com", "A")
    page = run(script, *scan, "--format", "html", "-o", "-")
    assert "<!doctype html>" in page.stdout.lower()
