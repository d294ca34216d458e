"""The worked example of CONTRIBUTING.md is a pack that loads, and its examples hold."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from rules.examples import run_examples
from rules.loader import load_library

PAGE = Path(__file__).parents[2] / "CONTRIBUTING.md"


def worked_example() -> str:
    """The YAML block of the page, as a reader would save it."""
    block = re.search(r"```yaml\n(.*?)```", textwrap.dedent(PAGE.read_text("utf-8")), re.DOTALL)
    assert block is not None
    return textwrap.dedent(block[1])


def test_the_worked_example_loads_and_passes_its_examples(tmp_path: Path) -> None:
    (tmp_path / "reports.yaml").write_text(worked_example(), "utf-8")
    library = load_library([tmp_path])
    rule = library.rules["HOUSE-001"]
    outcomes = run_examples([rule], library.profiles["onboarding"].facts)
    assert len(outcomes) == 3
    assert all(outcome.ok for outcome in outcomes)
