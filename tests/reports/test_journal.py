"""reports.journal: results and the file beside them, whatever the moment at which a run is cut off."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from reports.errors import OutputFailed
from reports.journal import Journal, journal_path, progress_of, write_log

HEADER = b'{"header":1}'


def line(row: int) -> bytes:
    return f'{{"row":{row},"text":"{"x" * (row % 13)}"}}'.encode()


def results_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()[1:]


def test_a_finished_run_leaves_its_results_alone(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "r", HEADER, "run")
    for row in (1, 2):
        journal.append(line(row), row)
    journal.finish()
    assert [path.name for path in tmp_path.iterdir()] == ["r"]
    assert (tmp_path / "r").read_bytes() == HEADER + b"\n" + line(1) + b"\n" + line(2) + b"\n"


def test_nothing_is_claimed_before_it_is_recorded(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "r", HEADER, "run")
    journal.append(line(1), 1)
    progress = progress_of(tmp_path / "r", "run")
    assert progress is not None
    assert list(progress.rows) == []
    journal.checkpoint({"done": 1})
    journal.abandon()
    progress = progress_of(tmp_path / "r", "run")
    assert progress is not None
    assert (list(progress.rows), progress.counted) == ([1], {"done": 1})


def _made(path: Path, rows: list[int]) -> None:
    journal = Journal(path, HEADER, "run")
    for number, row in enumerate(rows, 1):
        journal.append(line(row), row, f"page-{row}" if row % 5 == 0 else "")
        if number % 3 == 0:
            journal.checkpoint({"done": number})
            journal._settle()
    journal.abandon()


def test_from_any_cut_of_the_two_files_a_run_goes_on_without_loss_repetition_or_broken_line(tmp_path: Path) -> None:
    """Both files cut at any length, as a crash of the machine leaves them, in any combination."""
    choose = random.Random(20261121)
    rows = choose.sample(range(1, 31), 30)
    path = tmp_path / "r"
    _made(path, rows)
    whole, log = path.read_bytes(), journal_path(path).read_bytes()
    for _ in range(300):
        path.write_bytes(whole[: choose.randint(len(HEADER) + 1, len(whole))])
        journal_path(path).write_bytes(log[: choose.randint(0, len(log))])
        progress = progress_of(path, "run")
        if progress is None:
            assert len(journal_path(path).read_bytes().splitlines()) < 2
            continue
        assert progress.counted.get("done", 0) == len(progress.rows)
        journal = Journal(path, HEADER, "run", progress)
        for row in rows:
            if row not in progress.rows:
                journal.append(line(row), row)
        told = [(row, text) for row, _, text in journal.lines({"done": 30})]
        assert told == [(row, line(row)) for row in sorted(rows)]
        journal.finish()
        assert sorted(results_of(path)) == sorted(line(row) for row in rows)


def test_names_are_kept_with_their_rows(tmp_path: Path) -> None:
    _made(tmp_path / "r", [5, 1, 10])
    progress = progress_of(tmp_path / "r", "run")
    assert progress is not None
    assert progress.names == {5: "page-5", 10: "page-10"}


@pytest.mark.parametrize("log", [b"", b"diary\n", b'{"resume":"other","end":13}\n', b'{"resume":"run","end":999}\n'])
def test_a_file_beside_that_says_nothing_of_the_run_is_no_progress(tmp_path: Path, log: bytes) -> None:
    (tmp_path / "r").write_bytes(HEADER + b"\n")
    journal_path(tmp_path / "r").write_bytes(log)
    assert progress_of(tmp_path / "r", "run") is None


def test_a_log_made_anew_says_what_it_was_told(tmp_path: Path) -> None:
    (tmp_path / "r").write_bytes(HEADER + b"\n" + line(2) + b"\n" + line(1) + b"\n")
    sizes = [len(line(2)) + 1, len(line(1)) + 1]
    write_log(tmp_path / "r", "run", len(HEADER) + 1, zip([2, 1], sizes, strict=True), {"done": 2})
    progress = progress_of(tmp_path / "r", "run")
    assert progress is not None
    assert list(progress.places()) == [(1, len(HEADER) + 1 + sizes[0]), (2, len(HEADER) + 1)]


def test_a_place_that_cannot_be_written_is_named_and_says_how_to_go_on(tmp_path: Path) -> None:
    with pytest.raises(OutputFailed, match=r"nowhere.*No such file.*--resume"):
        Journal(tmp_path / "nowhere" / "r", HEADER, "run")
