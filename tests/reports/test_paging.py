"""reports.rowstore and the pages of a long index: every domain is on one of them, worst first."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import hostile
import pytest
import sample

from reports.index import PAGE_ROWS, Pager
from reports.jsondoc import encode_domain
from reports.rowstore import RowStore
from reports.summary import row_of
from reports.writers import DirectoryWriter
from rules.results import Score

REPORT = sample.report()


@pytest.mark.parametrize("in_memory", [0, 7, 10_000])
def test_rows_come_worst_first_wherever_they_are_kept(in_memory: int) -> None:
    choose = random.Random(3)
    rows = [
        row_of(
            sample.result(
                f"d{number}.test",
                grade=choose.choice("ABCDF"),
                score=Score(low=choose.randint(0, 100), high=100, reachable=100),
            )
        )
        for number in range(50)
    ]
    store = RowStore(in_memory)
    for row in rows:
        store.add(row)
    assert len(store) == 50
    assert list(store.worst_first()) == sorted(rows, key=lambda row: row.rank)


def test_a_pager_leads_to_the_ends_and_the_neighbours() -> None:
    assert [number for number, _ in Pager(1, 1, 1, 9).links] == [1]
    assert Pager(7, 50, 6001, 7000).links == (
        (1, "index.html"),
        (6, "index-6.html"),
        (7, "index-7.html"),
        (8, "index-8.html"),
        (50, "index-50.html"),
    )


def index_of(out: Path, number: int) -> None:
    header = replace(REPORT, domains=())
    writer = DirectoryWriter(out, ("html",), header)
    for place in range(number):
        writer.add_line(encode_domain(sample.result(f"d{place:05}.test", findings=())))
    writer.close(REPORT.run)


def test_a_long_index_is_pages_that_hold_every_domain_once(tmp_path: Path) -> None:
    index_of(tmp_path, 2 * PAGE_ROWS + 5)
    names = ["index.html", "index-2.html", "index-3.html"]
    assert sorted(path.name for path in tmp_path.glob("index*.html")) == sorted(names)
    found: list[str] = []
    for name in names:
        data = (tmp_path / name).read_bytes()
        assert len(data) <= 700_000
        links = [value for _, attribute, value in hostile.Reader(data).attributes if attribute == "href"]
        found += [link for link in links if link.startswith("domains/")]
        others = {link for link in links if link.startswith("index")}
        assert others >= {"index.html", name}
    assert sorted(found) == [f"domains/d{place:05}.test.html" for place in range(2 * PAGE_ROWS + 5)]


def test_pages_of_an_earlier_and_longer_index_go(tmp_path: Path) -> None:
    index_of(tmp_path, PAGE_ROWS + 1)
    (tmp_path / "index-old.html").write_text("somebody's own", "utf-8")
    index_of(tmp_path, PAGE_ROWS)
    assert sorted(path.name for path in tmp_path.glob("index*.html")) == ["index-old.html", "index.html"]
