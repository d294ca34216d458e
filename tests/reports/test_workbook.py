"""reports.workbook and reports.actions: what they hold, and that nothing in them is a formula."""

from __future__ import annotations

import csv
import io
import sys
import zipfile
from xml.etree import ElementTree

import pytest
import sample

from reports.actions import ACTION_COLUMNS
from reports.errors import ReportError
from reports.streams import render_one
from reports.workbook import DOMAIN_COLUMNS, Workbook
from rules.results import Change, Run

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
REPORT = sample.report()


def sheets(data: bytes) -> dict[str, list[list[str]]]:
    """The rows of each sheet; a formula anywhere fails."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        names = [sheet.attrib["name"] for sheet in book.iter(f"{SHEET}sheet")]
        for number, name in enumerate(names, 1):
            root = ElementTree.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml"))
            assert not list(root.iter(f"{SHEET}f"))
            assert not list(root.iter(f"{SHEET}hyperlink"))
            found[name] = [["".join(cell.itertext()) for cell in row] for row in root.iter(f"{SHEET}row")]
    return found


def test_a_workbook_has_domains_findings_and_actions() -> None:
    found = sheets(render_one(REPORT, "xlsx"))
    assert list(found) == ["domains", "findings", "actions"]
    assert found["domains"][0] == list(DOMAIN_COLUMNS)
    assert [row[0] for row in found["domains"][1:]] == [result.domain for result in REPORT.domains]
    assert len(found["findings"]) == 1 + sum(len(result.findings) for result in REPORT.domains)
    assert len(found["actions"]) == 1 + sum(len(result.changes) for result in REPORT.domains)


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "https://evil.test", "a\x07b", "x" * 40_000, "\ud800"]
)
def test_hostile_texts_are_texts(text: str) -> None:
    change = Change(action="add", name=text, type="TXT", value=text)
    report = sample.report(sample.result(client=text, ticket=text, changes=(change,)))
    found = sheets(render_one(report, "xlsx"))
    assert len(found["actions"]) == 2
    assert all(len(cell) < 32_767 for rows in found.values() for row in rows for cell in row)


def test_rows_over_the_limit_of_a_sheet_go_on_in_another() -> None:
    book = Workbook(Run(id="r", started="2026-11-21T09:00:00Z"), {}, most_rows=3)
    for number in range(5):
        book.add(sample.result(f"d{number}.test", findings=(), changes=()))
    out = io.BytesIO()
    book.write(out)
    found = sheets(out.getvalue())
    assert [name for name in found if name.startswith("domains")] == ["domains", "domains 2", "domains 3"]
    assert [row[0] for name in ("domains", "domains 2", "domains 3") for row in found[name][1:]] == [
        f"d{number}.test" for number in range(5)
    ]


def test_without_the_extra_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(ReportError, match=r"mailready\[xlsx\]"):
        render_one(REPORT, "xlsx")


def test_actions_are_the_records_to_publish_one_a_row() -> None:
    text = render_one(REPORT, "actions").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0]) == ACTION_COLUMNS
    changes = [(result.domain, change) for result in REPORT.domains for change in result.changes]
    assert [(row["domain"], row["action"], row["name"], row["type"]) for row in rows] == [
        (domain, change.action, change.name, change.type) for domain, change in changes
    ]


def test_no_cell_of_actions_begins_a_formula() -> None:
    change = Change(action="add", name="=cmd()", type="TXT", value="=1+1", replaces="@x")
    text = render_one(sample.report(sample.result(client="+1", changes=(change,))), "actions").decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert all(row[name].startswith("'") for name in ("client", "name", "value", "replaces"))
