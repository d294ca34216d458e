"""Answers from evidence: CNAMEs followed, what is missing, and what a line proves beside itself."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scanner.dns.answer import Answer, Link, Question, Status
from scanner.dns.errors import EvidenceError
from scanner.dns.recorded import Missing, RecordedSource


def ask(
    tmp_path: Path, lines: list[dict[str, Any]], name: str, type_: str = "TXT", missing: Missing = "unknown"
) -> Answer:
    path = tmp_path / "run.jsonl"
    path.write_text("".join(json.dumps({"values": [], **line}) + "\n" for line in lines))
    source = RecordedSource([path], missing)
    assert source.name == "evidence: run.jsonl"
    (answer,) = asyncio.run(source.ask([Question(name, type_)]))
    asyncio.run(source.close())
    assert answer.question == Question(name, type_)
    return answer


def alias(name: str, target: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "CNAME", "values": [target], **more}


def test_a_line_is_the_answer(tmp_path: Path) -> None:
    told = {"ttl": 60, "ad": True, "server": "192.0.2.53", "at": "2026-11-21T09:00:00Z"}
    answer = ask(tmp_path, [{"name": "a.test", "type": "TXT", "values": ["b", "a"], **told}], "a.test")
    assert answer == Answer(
        Question("a.test", "TXT"), Status.NOERROR, ("a", "b"), 60, (), True, "192.0.2.53", told["at"]
    )


@pytest.mark.parametrize("status", ["SERVFAIL", "REFUSED", "TIMEOUT", "MALFORMED", "NOT_RECORDED"])
@pytest.mark.parametrize("missing", ["unknown", "nodata"])
def test_a_failure_stays_a_failure_with_its_reason(tmp_path: Path, status: str, missing: Missing) -> None:
    answer = ask(
        tmp_path, [{"name": "a.test", "type": "TXT", "status": status, "reason": "why"}], "a.test", "TXT", missing
    )
    assert (answer.status, answer.reason, answer.known) == (status, "why", False)


@pytest.mark.parametrize(("missing", "status"), [("unknown", Status.NOT_RECORDED), ("nodata", Status.NODATA)])
def test_what_has_no_line_means_what_was_said(tmp_path: Path, missing: Missing, status: Status) -> None:
    lines = [{"name": "a.test", "type": "MX"}, alias("b.test", "c.test")]
    assert ask(tmp_path, lines, "a.test", "TXT", missing).status is status
    assert ask(tmp_path, lines, "z.test", "TXT", missing).status is status
    behind = ask(tmp_path, lines, "b.test", "TXT", missing)
    assert (behind.status, behind.chain) == (status, (Link("b.test", "c.test"),))


def test_a_cname_is_followed_for_every_other_type(tmp_path: Path) -> None:
    lines = [
        alias("a.test", "B.test", ttl=9, ad=True),
        alias("b.test", "c.test.", ttl=8, ad=True),
        {"name": "c.test", "type": "TXT", "values": ["end"], "ad": True},
        {"name": "c.test", "type": "A", "status": "NXDOMAIN"},
    ]
    answer = ask(tmp_path, lines, "a.test")
    assert answer.values == ("end",)
    assert answer.chain == (Link("a.test", "b.test", 9), Link("b.test", "c.test", 8))
    assert answer.ad
    assert ask(tmp_path, lines, "a.test", "A").absent
    cname = ask(tmp_path, lines, "a.test", "CNAME")
    assert (cname.values, cname.chain) == (("b.test.",), ())


def test_an_answer_is_only_signed_if_every_link_is(tmp_path: Path) -> None:
    lines = [alias("a.test", "b.test"), {"name": "b.test", "type": "TXT", "values": ["end"], "ad": True}]
    assert not ask(tmp_path, lines, "a.test").ad
    assert ask(tmp_path, lines, "b.test").ad


def test_the_line_of_the_type_itself_comes_before_the_cname(tmp_path: Path) -> None:
    lines = [alias("a.test", "b.test"), {"name": "a.test", "type": "TXT", "status": "SERVFAIL"}]
    answer = ask(tmp_path, lines, "a.test")
    assert (answer.status, answer.chain) == (Status.SERVFAIL, ())


@pytest.mark.parametrize(
    "lines",
    [
        [alias("a.test", "a.test")],
        [alias("a.test", "b.test"), alias("b.test", "a.test")],
        [alias("a.test", "b.test"), alias("b.test", "c.test"), alias("c.test", "b.test")],
    ],
)
@pytest.mark.parametrize("missing", ["unknown", "nodata"])
def test_a_loop_is_malformed(tmp_path: Path, lines: list[dict[str, Any]], missing: Missing) -> None:
    answer = ask(tmp_path, lines, "a.test", "TXT", missing)
    assert answer.status is Status.MALFORMED
    assert answer.reason.startswith("CNAME loop at ")


def test_sixteen_cnames_are_followed_and_no_more(tmp_path: Path) -> None:
    lines = [alias(f"n{n}.test", f"n{n + 1}.test") for n in range(17)]
    lines.append({"name": "n17.test", "type": "TXT", "values": ["end"]})
    assert ask(tmp_path, lines, "n1.test").values == ("end",)
    answer = ask(tmp_path, lines, "n0.test")
    assert (answer.status, answer.reason) == (Status.MALFORMED, "more than 16 CNAMEs in a row from n0.test")


def test_a_name_that_does_not_exist_has_no_records_of_any_type(tmp_path: Path) -> None:
    lines = [alias("a.test", "b.test"), {"name": "b.test", "type": "TXT", "status": "NXDOMAIN", "ttl": 30}]
    answer = ask(tmp_path, lines, "a.test", "MX")
    assert (answer.status, answer.ttl) == (Status.NXDOMAIN, 30)
    assert ask(tmp_path, lines, "b.test", "CNAME").status is Status.NXDOMAIN


def test_a_name_that_another_line_shows_is_not_taken_for_absent(tmp_path: Path) -> None:
    lines = [{"name": "a.test", "type": "TXT", "status": "NXDOMAIN"}, {"name": "a.test", "type": "A"}]
    assert ask(tmp_path, lines, "a.test", "MX").status is Status.NOT_RECORDED


@pytest.mark.parametrize("missing", ["unknown", "nodata"])
def test_a_cname_that_is_not_known_leaves_the_other_types_unknown(tmp_path: Path, missing: Missing) -> None:
    answer = ask(tmp_path, [{"name": "a.test", "type": "CNAME", "status": "SERVFAIL"}], "a.test", "TXT", missing)
    assert answer.status is Status.SERVFAIL
    two = ask(tmp_path, [{"name": "a.test", "type": "CNAME", "values": ["b.test", "c.test"]}], "a.test", "TXT", missing)
    assert (two.status, two.chain) == (Status.MALFORMED, ())


def test_a_wildcard_line_is_the_name_it_says(tmp_path: Path) -> None:
    lines = [{"name": "*.a.test", "type": "TXT", "values": ["any"]}]
    assert ask(tmp_path, lines, "x.a.test").status is Status.NOT_RECORDED
    assert ask(tmp_path, lines, "*.a.test").values == ("any",)


@pytest.mark.parametrize("missing", ["unknown", "nodata"])
@pytest.mark.parametrize("name", ["a..test", "x" * 64 + ".test", ""])
def test_a_name_that_cannot_be_asked_is_malformed(tmp_path: Path, name: str, missing: Missing) -> None:
    assert ask(tmp_path, [], name, "TXT", missing).status is Status.MALFORMED


def test_a_bad_file_is_refused_when_the_source_is_made(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text("nonsense\n")
    with pytest.raises(EvidenceError, match=r"bad\.jsonl:1: not JSON"):
        RecordedSource([path])


def test_replaying_needs_no_message_parser_and_no_network() -> None:
    code = "import sys, scanner.dns.recorded; print(sorted(n for n in sys.modules if n.split('.')[0] in {'dns', 'httpx', 'asyncio', 'idna'}))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
