"""Pages with a brand in a real browser: the logo is drawn, axe is content in both schemes, nothing is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from chromium import visit
from playwright.sync_api import Browser

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def branded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    import sample

    from reports.brand import read_brand
    from reports.writers import render_one

    brand = read_brand(ROOT / "examples" / "brand" / "brand.yaml")
    folder = tmp_path_factory.mktemp("branded")
    for name, report in {"page": sample.report(sample.result()), "index": sample.many(6)}.items():
        (folder / f"{name}.html").write_bytes(render_one(report, "html", brand))
    return {name: folder / f"{name}.html" for name in ("page", "index")}


@pytest.mark.parametrize("name", ["page", "index"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_brand_is_drawn_readable_and_quiet(
    browser: Browser, branded: dict[str, Path], name: str, scheme: str
) -> None:
    with visit(browser, color_scheme=scheme) as seen:
        page = seen.go(branded[name])
        assert page.get_by_role("img", name="Wingtip Mail Services").evaluate("(logo) => logo.naturalWidth") > 0
        assert seen.axe() == []
        assert seen.misdeeds() == []
