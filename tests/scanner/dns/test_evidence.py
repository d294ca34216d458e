"""Evidence files: what is read, what is refused and where, and that an answer survives the way there and back."""

from __future__ import annotations

import itertools
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.results import QueryRecord
from scanner.dns.answer import MAX_CHAIN, Answer, Link, Question, Status, chain_fault, text_of_bytes
from scanner.dns.errors import EvidenceError
from scanner.dns.evidence import Evidence, decompose, line_of, read_evidence
from scanner.dns.presentation import absolute, canonical_name
from scanner.dns.recorded import answer_from
from scanner.errors import UsageError

REALWORLD = Path(os.environ.get("MAILREADY_REALWORLD", Path(__file__).parents[4] / "shared/data/realworld"))


def read(tmp_path: Path, *contents: str | bytes) -> Evidence:
    paths = []
    for number, content in enumerate(contents):
        path = tmp_path / f"{number}.jsonl"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        paths.append(path)
    return read_evidence(paths)


def line(name: str = "contoso.com", type: str = "MX", values: Any = (), **more: Any) -> str:
    return json.dumps({"name": name, "type": type, "values": list(values), **more}) + "\n"


def found(evidence: Evidence, name: str, type_: str) -> QueryRecord:
    record = evidence.find(name, type_)
    assert record is not None
    return record


def test_the_example_of_the_format_is_read_and_written_as_it_is(tmp_path: Path) -> None:
    example = (
        '{"name":"contoso.com","type":"MX","status":"NOERROR","ttl":3600,"ad":false,'
        '"values":["0 contoso-com.mail.protection.outlook.com."],"server":"192.0.2.53","at":"2026-11-21T09:00:00Z"}\n'
    )
    record = found(read(tmp_path, example), "contoso.com", "MX")
    assert record == QueryRecord(
        name="contoso.com",
        type="MX",
        status="NOERROR",
        values=("0 contoso-com.mail.protection.outlook.com.",),
        ttl=3600,
        server="192.0.2.53",
        at="2026-11-21T09:00:00Z",
    )
    assert line_of(record) == example.encode()


def test_only_name_type_and_values_are_needed(tmp_path: Path) -> None:
    evidence = read(tmp_path, line("Contoso.COM.", "mx", ["10 B.contoso.com", "5 a.contoso.com"]) + line("x.test", "A"))
    assert found(evidence, "contoso.com", "MX").values == ("10 b.contoso.com.", "5 a.contoso.com.")
    assert found(evidence, "contoso.com", "MX").status == "NOERROR"
    assert found(evidence, "x.test", "A").status == "NODATA"


def test_unknown_keys_blank_lines_byte_order_mark_and_crlf_are_let_pass(tmp_path: Path) -> None:
    text = "\ufeff" + line(values=["10 a.test"], source="somewhere", flags=[{"deep": [1]}]) + "\n  \n" + line("b.test")
    evidence = read(tmp_path, text.replace("\n", "\r\n").rstrip())
    assert found(evidence, "contoso.com", "MX").values == ("10 a.test.",)
    assert found(evidence, "b.test", "MX").status == "NODATA"


def test_optional_keys_may_be_null(tmp_path: Path) -> None:
    nothing = dict.fromkeys(("status", "ttl", "ad", "server", "at", "reason", "strings"))
    assert found(read(tmp_path, line(**nothing)), "contoso.com", "MX").status == "NODATA"


def test_names_in_u_labels_are_found_by_their_a_labels(tmp_path: Path) -> None:
    assert found(read(tmp_path, line("bücher.example")), "xn--bcher-kva.example", "MX")


def test_a_record_that_is_told_twice_is_one(tmp_path: Path) -> None:
    record = found(read(tmp_path, line(values=["10 a.test.", "10 A.test"])), "contoso.com", "MX")
    assert record.values == ("10 a.test.",)


def test_later_lines_and_later_files_win(tmp_path: Path) -> None:
    evidence = read(tmp_path, line(values=["1 a.test"]) + line(values=["2 b.test"]), line("other.test"))
    assert found(evidence, "contoso.com", "MX").values == ("2 b.test.",)
    evidence = read(tmp_path, line(values=["1 a.test"]), line(values=["3 c.test"]))
    assert found(evidence, "contoso.com", "MX").values == ("3 c.test.",)


def test_a_later_file_replaces_a_record_set_by_a_cname_and_the_other_way_round(tmp_path: Path) -> None:
    text, alias = line("s.test", "TXT", ["pasted"]), line("s.test", "CNAME", ["target.test"])
    assert read(tmp_path, text, alias).find("s.test", "TXT") is None
    assert read(tmp_path, alias, text).find("s.test", "CNAME") is None
    assert read(tmp_path, alias, line("s.test", "TXT", status="SERVFAIL")).find("s.test", "CNAME") is not None
    assert read(tmp_path, text + alias).find("s.test", "TXT") is not None


def test_two_cnames_at_a_name_are_the_worlds_fault_and_not_the_files(tmp_path: Path) -> None:
    record = found(read(tmp_path, line("s.test", "CNAME", ["a.test", "b.test"])), "s.test", "CNAME")
    assert (record.status, record.values) == ("MALFORMED", ())
    assert record.reason.startswith("2 CNAME records at one name")


def test_a_target_that_ends_in_an_escaped_blank_is_a_name(tmp_path: Path) -> None:
    record = found(read(tmp_path, line("s.test", "CNAME", ["target.test\\032"])), "s.test", "CNAME")
    assert record.values == ("target.test\\032.",)


def test_boundaries_of_text_are_kept_where_there_are_several(tmp_path: Path) -> None:
    evidence = read(
        tmp_path,
        line("a.test", "TXT", ["b", "one two"], strings=[["b"], ["one ", "two"]])
        + line("b.test", "TXT", ["whole"], strings=[["whole"]])
        + line("c.test", "TXT", ["é"], strings=[["\\195", "\\169"]]),
    )
    assert found(evidence, "a.test", "TXT").strings == (("b",), ("one ", "two"))
    assert found(evidence, "b.test", "TXT").strings is None
    assert found(evidence, "c.test", "TXT").strings == (("\\195", "\\169"),)


def test_lines_of_types_that_are_not_dns_pass_as_they_are(tmp_path: Path) -> None:
    url = "https://mta-sts.Contoso.com/.well-known/mta-sts.txt"
    record = found(
        read(tmp_path, line(url, "mta-sts-policy", ["version: STSv1\n"], status="200")), url, "mta-sts-policy"
    )
    assert (record.status, record.values) == ("200", ("version: STSv1\n",))


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("{", "not JSON"),
        ('{"name":"a.test"} x', "not JSON"),
        (b'{"name":"\xff","type":"A","values":[]}', "not UTF-8"),
        (b'{"name":"\\ud800","type":"A","values":[]}', "not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "not a JSON object"),
        ('"text"', "not a JSON object"),
        ('{"type":"A","values":[]}', "name is missing"),
        ('{"nmae":"a.test","type":"A","values":[]}', "name is missing; is 'nmae' meant for it?"),
        ('{"name":"a.test","values":[]}', "type is missing"),
        ('{"name":"a.test","type":"A"}', "values is missing"),
        ('{"name":1,"type":"A","values":[]}', "name: is not a text"),
        ('{"name":"a.test","type":"A","values":"192.0.2.1"}', "values: is not a list of texts"),
        ('{"name":"a.test","type":"A","values":[1]}', "values: is not a list of texts"),
        ('{"name":"a.test","type":"A","values":null}', "values: is not a list of texts"),
        (line(type=""), "type: '' is no record type"),
        (line(type="A B"), "type: 'A B' is no record type"),
        (line(status="NXDOMIAN"), "status: 'NXDOMIAN' is no status; did you mean NXDOMAIN?"),
        (line(status="broken"), "status: 'broken' is no status; it is one of NOERROR, NODATA"),
        (line(status=5), "status: is not a text"),
        (line(status="SERVFAIL", values=["1 a.test"]), "status: SERVFAIL with values; only NOERROR has any"),
        (line(ttl="3600"), "ttl: is not a whole number"),
        (line(ttl=True), "ttl: is not a whole number"),
        (line(ttl=-1), "ttl: -1 is not between 0 and 4294967295"),
        (line(ttl=10**30), "is not between 0 and 4294967295"),
        (line(ad="yes"), "ad: is not true or false"),
        (line(at=5), "at: is not a text"),
        (line(reason=[]), "reason: is not a text"),
        (line(name="a..test"), "name: 'a..test' has an empty label"),
        (line(name=""), "name: an empty text is no domain name"),
        (line(name="x" * 64 + ".test"), "has a label longer than 63 octets"),
        (line(values=["abc"]), "values[0]: 'abc' is not of the form 'preference host'"),
        (line(values=["1 a.test", "1 a..b"]), "values[1]: 'a..b' has an empty label"),
        (line(type="A", values=["300.1.1.1"]), "values[0]: '300.1.1.1' is no IPv4 address"),
        (line(type="SRV", values=["1 2 a.test"]), "values[0]: '1 2 a.test' is not of the form"),
        (line(type="CNAME", values=["a b"]), "values[0]: 'a b' has a blank"),
        (line(type="TXT", values=["ab"], strings=[]), "strings: 0 lists for 1 values"),
        (line(type="TXT", values=["ab"], strings=[["a", "c"]]), "strings[0]: joined, they are not values[0]"),
        (line(type="TXT", values=["x" * 256], strings=[["x" * 256]]), "255 octets at most"),
        (line(type="TXT", values=["ab"], strings=["ab"]), "strings: is not a list of lists of texts"),
    ],
)
def test_a_fault_is_told_with_file_and_line(tmp_path: Path, content: str | bytes, fault: str) -> None:
    data = content.encode() if isinstance(content, str) else content
    with pytest.raises(EvidenceError) as caught:
        read(tmp_path, line().encode() + b"\n" + data)
    assert isinstance(caught.value, UsageError)
    (told,) = caught.value.faults
    assert told.startswith(f"{tmp_path / '0.jsonl'}:3: ")
    assert fault in told
    assert len(told) < 400


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError) as caught:
        read(
            tmp_path,
            "nonsense\n" + line() + line(values=["x", "1 a.test", "y"]),
            '{"name":1,"ttl":"x"}\n',
        )
    assert [fault.removeprefix(str(tmp_path)).partition(": ")[0] for fault in caught.value.faults] == [
        "/0.jsonl:1",
        "/0.jsonl:3",
        "/0.jsonl:3",
        "/1.jsonl:1",
        "/1.jsonl:1",
        "/1.jsonl:1",
        "/1.jsonl:1",
    ]
    assert str(caught.value) == "\n".join(caught.value.faults)


def test_a_file_of_another_kind_is_not_read_to_its_end(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError) as caught:
        read(tmp_path, "nonsense\n" * 5000)
    assert len(caught.value.faults) == 1001
    assert str(caught.value).endswith("... and 901 more faults")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_named_as_such(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(EvidenceError, match=r"0\.jsonl:1: the file is UTF-16; save it as UTF-8"):
        read(tmp_path, ("\ufeff" + line()).encode(encoding))


def test_a_line_without_end_is_not_taken_into_memory(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="longer than 4 MiB"):
        read(tmp_path, b" " * (5 * 1024 * 1024))


@pytest.mark.parametrize("path", ["absent.jsonl", "."])
def test_a_file_that_cannot_be_read_is_told_with_the_others(tmp_path: Path, path: str) -> None:
    with pytest.raises(EvidenceError, match="cannot be read"):
        read_evidence([tmp_path / path])


def test_what_is_not_known_is_left_out_of_a_line() -> None:
    record = QueryRecord(name="a.test", type="A", status="TIMEOUT", reason="no answer")
    assert (
        line_of(record)
        == b'{"name":"a.test","type":"A","status":"TIMEOUT","ad":false,"values":[],"reason":"no answer"}\n'
    )


labels = st.binary(min_size=1, max_size=8).map(
    lambda octets: canonical_name("".join(f"\\{octet:03d}" for octet in octets))
) | st.from_regex(r"[a-z0-9_-]{1,12}", fullmatch=True)
names = st.lists(labels, min_size=1, max_size=4).map(".".join)
texts = st.lists(st.binary(max_size=20), min_size=1, max_size=3)
times = st.sampled_from(["", "2026-11-21T09:00:00Z"])


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """Any answer that a Source may give: chains up to the limit and loops, all statuses, all octets."""
    path = draw(st.lists(names, min_size=1, max_size=MAX_CHAIN + 2, unique=True))
    if draw(st.booleans()):
        path = path[:3]
    if len(path) > 1 and draw(st.integers(0, 4)) == 0:
        path.append(draw(st.sampled_from(path)))  # a loop
    type_ = draw(st.sampled_from(["TXT", "MX", "A", "CNAME"]))
    path = path[: 1 if type_ == "CNAME" else MAX_CHAIN + 2]  # a source follows no further
    ttls = st.none() | st.integers(0, 2**31 - 1)
    chain = tuple(Link(name, target, draw(ttls)) for name, target in itertools.pairwise(path))
    told: Mapping[str, Any] = {"server": draw(st.sampled_from(["", "192.0.2.53"])), "at": draw(times)}
    question = Question(path[0], type_)
    if fault := chain_fault(chain):
        return Answer(question, Status.MALFORMED, chain=chain, ad=draw(st.booleans()), reason=fault, **told)
    status = draw(st.sampled_from(list(Status)))
    values: list[str] = []
    strings = None
    if status is Status.NOERROR:
        if type_ == "TXT":
            sets = draw(st.lists(texts, min_size=1, max_size=3))
            pairs = sorted({(text_of_bytes(b"".join(s)), tuple(map(text_of_bytes, s))) for s in sets})
            values = [value for value, _ in pairs]
            if any(len(pieces) > 1 for _, pieces in pairs):
                strings = tuple(pieces for _, pieces in pairs)
        elif type_ == "MX":
            hosts = draw(st.lists(st.tuples(st.integers(0, 65535), names), min_size=1, max_size=3))
            values = sorted({f"{preference} {absolute(host)}" for preference, host in hosts})
        elif type_ == "A":
            values = sorted(
                {f"192.0.2.{number}" for number in draw(st.sets(st.integers(0, 255), min_size=1, max_size=3))}
            )
        else:
            values = [absolute(draw(names))]
    return Answer(
        question,
        status,
        values=tuple(values),
        ttl=draw(ttls),
        chain=chain,
        ad=draw(st.booleans()),
        reason=draw(st.text(max_size=20)),
        strings=strings,
        **told,
    )


@given(answers())
def test_an_answer_survives_the_way_to_lines_and_back(tmp_path_factory: pytest.TempPathFactory, answer: Answer) -> None:
    path = tmp_path_factory.getbasetemp() / "answer.jsonl"
    path.write_bytes(b"".join(map(line_of, decompose(answer))))
    assert answer_from(read_evidence([path]).sets, answer.question) == answer


@pytest.mark.realworld
def test_records_of_real_domains_are_all_read_in_half_a_second() -> None:
    files = sorted(path for path in REALWORLD.glob("*.jsonl") if "traits" not in path.name)
    if not files:
        pytest.skip(f"no record sets in {REALWORLD}; name their folder by MAILREADY_REALWORLD")
    began = time.process_time()
    evidence = read_evidence(files)
    assert time.process_time() - began < 1.5, "three times what it may take, for slow machines"
    written = {
        (canonical_name(document["name"]), document["type"])
        for path in files
        for document in map(msgspec.json.decode, path.read_bytes().splitlines())
    }
    assert {(name, type_) for name, types in evidence.sets.items() for type_ in types} == written
    assert all(record.status == "NOERROR" for types in evidence.sets.values() for record in types.values())
