"""The one arrow of dependency: scanner -> reports -> rules."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("scanner", "reports", "rules")


def modules() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in the file, names that may be modules included."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def allowed(importer: str, imported: str) -> bool:
    package = imported.partition(".")[0]
    if package not in PACKAGES or importer == "scanner":
        return True
    if importer == "reports":
        return package == "reports" or imported == "rules.results" or imported.startswith("rules.results.")
    return package == "rules"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_stands_below_it(path: Path) -> None:
    importer = path.relative_to(ROOT).parts[0]
    wrong = [name for name in imports(path) if not allowed(importer, name)]
    assert not wrong


def test_a_wrong_arrow_would_be_seen() -> None:
    assert not allowed("rules", "scanner.dns.answer")
    assert not allowed("rules", "reports.page")
    assert not allowed("reports", "scanner.targets")
    assert not allowed("reports", "rules.facts")
    assert allowed("reports", "rules.results.Finding")
    assert allowed("scanner", "rules.facts")


def test_only_the_adapter_imports_checkdmarc() -> None:
    """By statement, or by importlib, which the adapter uses to load it late."""
    by_name = re.compile(r"import_module\(\s*f?[\"']checkdmarc")
    users = [
        path.name
        for path in modules()
        if by_name.search(path.read_text("utf-8"))
        or any(name.partition(".")[0] == "checkdmarc" for name in imports(path))
    ]
    assert users == ["checkdmarc_adapter.py"]


def test_rules_and_reports_do_not_await_or_open_sockets() -> None:
    for path in modules():
        if path.relative_to(ROOT).parts[0] == "scanner":
            continue
        names = {name.partition(".")[0] for name in imports(path)}
        assert not names & {"asyncio", "socket", "httpx", "requests", "dns"}, path
