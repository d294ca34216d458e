"""What is recorded replays as it was answered, whatever was answered; and nothing that was there is lost."""

from __future__ import annotations

import asyncio
import errno
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from servers.misbehaving import BEHAVIOURS, Misbehaving
from servers.unbound import Unbound

from scanner.dns.answer import Answer, Link, Question, Status
from scanner.dns.errors import EvidenceError, RecordingError, RecordPathError
from scanner.dns.live import LiveSource
from scanner.dns.patience import Patience
from scanner.dns.recorded import RecordedSource
from scanner.dns.recording import Recorder, RecordingSource
from scanner.dns.resolvers import parse_resolver
from scanner.dns.source import Told
from scanner.errors import OutputError, UsageError


class Scripted:
    """Gives the answers it was made with, in their order, whatever is asked."""

    name = "scripted"

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.closed = False

    def told(self) -> Told:
        return Told()

    async def ask(self, questions: Sequence[Question], patience: Patience | None = None) -> list[Answer]:
        return [self._answers.pop(0) for _ in questions]

    async def close(self) -> None:
        self.closed = True


def record(path: Path, *answers: Answer, append: bool = False) -> list[Answer]:
    """Records the answers one by one; what was answered."""

    async def run() -> list[Answer]:
        source = RecordingSource(Scripted(*answers), path, append=append)
        given = [(await source.ask([answer.question]))[0] for answer in answers]
        await source.close()
        return given

    return asyncio.run(run())


def replay(path: Path, *questions: Question) -> list[Answer]:
    return asyncio.run(RecordedSource([path]).ask(questions))


def text(name: str, *values: str, status: Status = Status.NOERROR, **more: object) -> Answer:
    return Answer(Question(name, "TXT"), status, values, **more)  # type: ignore[arg-type]


def live(path: Path, address: str, questions: list[Question], timeouts: Sequence[float]) -> list[Answer]:
    async def run() -> list[Answer]:
        source = RecordingSource(LiveSource([parse_resolver(address)], timeouts=timeouts), path)
        assert source.name == f"resolver {address}"
        given = await source.ask(questions)
        again = await source.ask(questions)
        await source.close()
        # On a busy machine an answer may come the second time only; everything else stays to the letter.
        same = [one == first or (one.known and not first.known) for one, first in zip(again, given, strict=True)]
        assert all(same), "what was recorded is what is answered"
        return again

    return asyncio.run(run())


@pytest.mark.servers
def test_a_live_scan_replays_as_it_was(unbound: Unbound, tmp_path: Path) -> None:
    names = [
        "contoso.com",
        "_dmarc.contoso.com",
        "selector1._domainkey.contoso.com",
        "selector2._domainkey.contoso.com",
        "fabrikam.com",
        "nothing.fabrikam.com",
        "under.fabrikam.com",
        "odd.test",
        "one.odd.test",
        "gone.odd.test",
        "dormant.odd.test",
        "escaped.odd.test",
        "long.odd.test",
        "split.odd.test",
        "several.odd.test",
        "latin1.odd.test",
        "backslash.odd.test",
        "empty.odd.test",
        "control.odd.test",
        "quotes.odd.test",
        "dotted\\.label.odd.test",
        "mx.odd.test",
        "nullmx.odd.test",
        "self.odd.test",
        "circle.odd.test",
        "chain1.odd.test",
        "any.wild.odd.test",
        "www.lame.test",
        "elsewhere.example",
    ]
    names += ["bad..name", "x" * 64 + ".test"]
    questions = [Question(name, type_) for name in names for type_ in ("TXT", "MX", "A", "CNAME", "NS", "SOA", "CAA")]
    path = tmp_path / "run.jsonl"
    answers = live(path, unbound.address, questions, (5, 5, 5))
    assert {answer.status for answer in answers} == set(Status) - {Status.TIMEOUT, Status.NOT_RECORDED}
    assert replay(path, *questions) == answers


def test_every_misbehaviour_replays_as_it_was(misbehaving: Misbehaving, tmp_path: Path) -> None:
    questions = [Question(f"{label}.misbehaving.test", "TXT") for label in BEHAVIOURS]
    path = tmp_path / "run.jsonl"
    answers = live(path, misbehaving.address, questions, (0.7, 0.7, 0.7))
    assert {Status.SERVFAIL, Status.REFUSED, Status.TIMEOUT, Status.MALFORMED} < {answer.status for answer in answers}
    assert replay(path, *questions) == answers


def test_a_record_set_is_written_once_and_answered_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    chain = (Link("b.test", "a.test", 9),)
    given = record(
        path,
        text("a.test", "x", ttl=300, at="first"),
        text("a.test", "x", ttl=200, at="second"),
        text("b.test", "x", ttl=100, at="third", chain=chain),
    )
    assert [answer.ttl for answer in given] == [300, 300, 300]
    assert given[2].chain == chain
    assert len(path.read_text().splitlines()) == 2
    assert replay(path, *(answer.question for answer in given)) == given


def test_what_was_unknown_gives_way_to_what_is_known_and_never_the_other_way_round(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    failed = text("a.test", status=Status.SERVFAIL)
    given = record(path, failed, text("a.test", "x"), failed)
    assert [answer.status for answer in given] == [Status.SERVFAIL, Status.NOERROR, Status.NOERROR]
    assert replay(path, failed.question) == given[2:]


def test_a_zone_that_changes_in_the_run_leaves_one_whole_state(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    before = Answer(Question("a.test", "CNAME"), Status.NODATA)
    after = text("a.test", "x", chain=(Link("a.test", "b.test"),))
    given = record(path, before, after)
    assert given == [before, after]
    assert replay(path, after.question) == [after]


def test_a_chain_that_was_seen_outlives_a_failure_to_ask_for_it_again(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    question = Question("alias.test", "TXT")
    seen = Answer(question, Status.NOERROR, values=("end",), chain=(Link("alias.test", "end.test", 60),))
    assert record(path, seen, Answer(question, Status.TIMEOUT, reason="no answer")) == [seen, seen]


STATUSES = st.sampled_from([Status.NOERROR, Status.NODATA, Status.NXDOMAIN, Status.SERVFAIL, Status.TIMEOUT])


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """To few questions, so that they contradict each other; some by way of an alias."""
    name, type_, status = draw(st.sampled_from("ab")), draw(st.sampled_from(["A", "TXT"])), draw(STATUSES)
    value = {"A": "192.0.2.1", "TXT": "v"}[type_]
    values = (f"{value}{draw(st.integers(0, 2))}",) if status is Status.NOERROR else ()
    chain = (Link(f"{name}.test", f"{draw(st.sampled_from('bc'))}.test", 60),) if draw(st.booleans()) else ()
    chain = chain if chain and chain[0].name != chain[0].target else ()
    return Answer(Question(f"{name}.test", type_), status, values, 300, chain, draw(st.booleans()), "192.0.2.53", "now")


@settings(max_examples=150, deadline=None)
@given(st.lists(answers(), min_size=1, max_size=8))
def test_what_is_answered_is_what_the_file_says_by_then(told: list[Answer]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(Path(folder) / "evidence")
        for answer in told:
            (given_,) = recorder.keep([answer])
            assert replay(Path(folder) / "evidence", answer.question) == [given_]
            assert given_.known or not answer.known or answer.chain
        recorder.close()


def test_each_round_is_in_the_file_before_the_next(tmp_path: Path) -> None:
    async def run() -> None:
        source = RecordingSource(Scripted(text("a.test", "1"), text("b.test", "2")), path)
        for number, name in enumerate(("a.test", "b.test"), 1):
            await source.ask([Question(name, "TXT")])
            (answer,) = await RecordedSource([path]).ask([Question(name, "TXT")])
            assert answer.values == (str(number),)

    path = tmp_path / "run.jsonl"
    asyncio.run(run())


def test_an_older_recording_is_replaced_or_continued(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    record(path, text("a.test", "1"))
    record(path, text("b.test", "2"))
    assert replay(path, Question("a.test", "TXT"))[0].status is Status.NOT_RECORDED
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert record(path, text("c.test", "3"), text("b.test", "changed"), append=True)[1].values == ("2",)
    assert [a.values for a in replay(path, Question("b.test", "TXT"), Question("c.test", "TXT"))] == [("2",), ("3",)]


def test_what_is_no_recording_is_not_continued(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("my notes")
    with pytest.raises(EvidenceError):
        record(path, append=True)
    assert path.read_text() == "my notes"


@pytest.mark.parametrize("way", ["same", "hard link", "symbolic link", "detour"])
def test_an_input_is_never_recorded_onto(tmp_path: Path, way: str) -> None:
    evidence, path = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    evidence.write_text("precious\n")
    if way == "same":
        path = evidence
    elif way == "hard link":
        os.link(evidence, path)
    elif way == "symbolic link":
        path.symlink_to(evidence)
    else:
        (tmp_path / "sub").mkdir()
        path = tmp_path / "sub" / ".." / "in.jsonl"
    with pytest.raises(RecordPathError, match="record to another file") as caught:
        RecordingSource(Scripted(), path, inputs=[tmp_path / "other.jsonl", evidence])
    assert isinstance(caught.value, UsageError)
    assert evidence.read_text() == "precious\n"


@pytest.mark.parametrize("place", [".", "absent/run.jsonl"])
def test_a_path_that_cannot_be_written_is_a_usage_error(tmp_path: Path, place: str) -> None:
    with pytest.raises(RecordPathError, match="cannot be written"):
        RecordingSource(Scripted(), tmp_path / place)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device /dev/full of Linux")
def test_a_full_disk_ends_the_recording_with_what_and_why() -> None:
    async def run() -> None:
        scripted = Scripted(text("a.test", "x"), text("b.test", "y"))
        source = RecordingSource(scripted, Path("/dev/full"))
        for name in ("a.test", "b.test"):
            with pytest.raises(RecordingError, match=r"^/dev/full: evidence can") as caught:
                await source.ask([Question(name, "TXT")])
            assert isinstance(caught.value, OutputError)
        await source.close()
        await source.close()
        assert scripted.closed

    asyncio.run(run())


def test_half_a_line_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        """A file on a disk with room for ten more octets."""

        def __init__(self, path: Path, mode: str) -> None:
            self._file = path.open(mode)
            self._room = 10_000

        def write(self, data: bytes | memoryview) -> int:
            if not self._room:
                raise OSError(errno.ENOSPC, "No space left on device")
            taken = min(self._room, len(data))
            self._room -= taken
            self._file.write(data[:taken])
            self._file.flush()
            return taken

        def tell(self) -> int:
            return self._file.tell()

        def truncate(self, size: int) -> None:
            self._file.truncate(size)

        def close(self) -> None:
            self._file.close()

    monkeypatch.setattr("scanner.dns.recording.io.FileIO", Full)
    path = tmp_path / "run.jsonl"
    answers = [text(f"n{number}.test", "x" * 200) for number in range(100)]
    with pytest.raises(RecordingError, match="No space left on device"):
        record(path, *answers)
    kept = replay(path, *(answer.question for answer in answers))
    assert [answer.known for answer in kept] == sorted((answer.known for answer in kept), reverse=True)
    assert 20 < sum(answer.known for answer in kept) < 100
