"""reports.charts: valid SVG that says in words what it draws."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from reports.charts import grade_badge, score_band, status_bar
from rules.results import STATUSES


def words(svg: str) -> tuple[str, str]:
    root = ET.fromstring(svg)
    assert root.attrib["role"] == "img"
    assert not any(name == "style" or name.startswith("on") for e in root.iter() for name in e.attrib)
    return root.findtext("title") or "", root.findtext("desc") or ""


@pytest.mark.parametrize("grade", ["A", "B", "C", "D", "F", "?", "-"])
def test_the_badge_shows_the_letter_and_says_the_grade(grade: str) -> None:
    svg = grade_badge(grade, "between <F> and A")
    assert words(svg)[0] == "Grade between <F> and A"
    assert ET.fromstring(svg).findtext("text") == grade


def test_the_bar_has_a_part_a_status_and_fills_its_width() -> None:
    svg = status_bar(dict.fromkeys(STATUSES, 3))
    parts = ET.fromstring(svg).findall("rect")
    assert [part.attrib["class"] for part in parts] == [f"s-{status}" for status in STATUSES]
    assert abs(sum(float(part.attrib["width"]) + 1.5 for part in parts) - 320) < 1
    assert "3 failed" in words(svg)[1]
    assert "3 could not be checked" in words(svg)[1]


def test_one_among_thousands_is_still_seen() -> None:
    svg = status_bar({"pass": 5000, "fail": 1})
    assert all(float(part.attrib["width"]) >= 4 for part in ET.fromstring(svg).findall("rect"))


def test_nothing_to_draw_draws_nothing() -> None:
    assert status_bar({}) == ""
    assert score_band(None, None, None) == ""


def test_the_band_tells_a_range_and_what_is_reachable() -> None:
    assert words(score_band(43, 51, 100))[1] == "The score is 43 to 51 of 100. Reachable is 100."
    assert words(score_band(43, 43, None))[1] == "The score is 43 of 100."


@pytest.mark.parametrize(("low", "high"), [(0, 0), (0, 100), (100, 100)])
def test_the_band_stays_inside_its_picture(low: int, high: int) -> None:
    band = ET.fromstring(score_band(low, high, 100)).find("rect[@class='reach']")
    assert band is not None
    assert float(band.attrib["x"]) >= 0
    assert float(band.attrib["x"]) + float(band.attrib["width"]) <= 320
