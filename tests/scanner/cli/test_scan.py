"""`mailready scan` as a user runs it: a process, its files, its exit code."""

from __future__ import annotations

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from reports.jsondoc import decode_report

ROOT = Path(__file__).parents[3]
EVIDENCE = str(ROOT / "examples" / "evidence.jsonl")
CLIENTS = str(ROOT / "examples" / "clients.csv")
EXAMPLES = ("--evidence", EVIDENCE, "--missing", "nodata")


def mailready(*arguments: str, stdin: str | None = None, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scanner", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        timeout=60,
        check=False,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "100"},
        **options,
    )


def document(*arguments: str, **options: Any) -> dict[str, Any]:
    done = mailready("scan", *arguments, "--format", "json", "-o", "-", **options)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def without_run(data: bytes | str) -> dict[str, Any]:
    report = json.loads(data)
    del report["run"]
    return report  # type: ignore[no-any-return]


def test_one_domain_is_told_in_full_on_the_terminal() -> None:
    done = mailready("scan", "contoso.com", *EXAMPLES)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().startswith("contoso.com: grade A")
    assert "What to publish" in done.stdout


def test_several_domains_are_a_table_with_grades() -> None:
    done = mailready("scan", "contoso.com", "fabrikam.com", *EXAMPLES)
    assert "Grade" in done.stdout
    assert "fabrikam.com" in done.stdout
    assert done.returncode == 0


def test_a_directory_gets_every_report_under_the_names_of_the_design(tmp_path: Path) -> None:
    done = mailready("scan", "-f", CLIENTS, *EXAMPLES, "--profile", "auto", "-o", f"{tmp_path}/out/")
    assert done.returncode == 3, done.stderr
    out = tmp_path / "out"
    assert {path.name for path in out.iterdir()} == {
        "index.html",
        "domains",
        "report.json",
        "results.ndjson",
        "findings.csv",
    }
    assert (out / "domains" / "contoso.com.html").exists()
    report = decode_report((out / "report.json").read_bytes())
    assert len(report.domains) == 8
    assert len((out / "results.ndjson").read_text("utf-8").splitlines()) == 9
    with (out / "findings.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["domain"] for row in rows} == {result.domain for result in report.domains}


def test_the_list_tells_client_ticket_and_tags(tmp_path: Path) -> None:
    report = document("-f", CLIENTS, *EXAMPLES)
    by_name = {result["domain"]: result for result in report["domains"]}
    assert (by_name["contoso.com"]["client"], by_name["contoso.com"]["ticket"]) == ("Contoso", "T-101")
    assert report["domains"][0]["domain"] == "contoso.com"


def test_a_recorded_scan_replays_to_the_same_result(tmp_path: Path) -> None:
    record = tmp_path / "record.jsonl"
    first = document("-f", CLIENTS, *EXAMPLES, "--record", str(record))
    again = document("-f", CLIENTS, "--evidence", str(record))
    assert without_run(json.dumps(first)) == without_run(json.dumps(again))


def test_two_runs_over_the_same_evidence_differ_only_in_run() -> None:
    first, again = (document("contoso.com", *EXAMPLES) for _ in range(2))
    assert without_run(json.dumps(first)) == without_run(json.dumps(again))
    assert first["run"]["id"] != again["run"]["id"]


def test_standard_input_is_a_list() -> None:
    done = mailready(
        "scan", "-", *EXAMPLES, "--format", "ndjson", "-o", "-", stdin="Contoso.com.\nhttps://fabrikam.com/x\n"
    )
    names = [json.loads(line)["domain"] for line in done.stdout.splitlines()[1:]]
    assert names == ["contoso.com", "fabrikam.com"]


def test_bad_rows_are_said_skipped_and_make_the_exit_code_2(tmp_path: Path) -> None:
    rows = tmp_path / "list.csv"
    rows.write_text("domain,client\ncontoso.com,A\nnonsense,B\nfabrikam.com,C\n", "utf-8")
    done = mailready("scan", "-f", str(rows), *EXAMPLES, "--format", "json", "-o", "-")
    assert done.returncode == 2
    assert f"{rows}:3: 'nonsense' is a single label" in done.stderr
    report = json.loads(done.stdout)
    assert len(report["domains"]) == 2
    assert report["run"]["bad_rows"][0]["row"] == 3
    assert mailready("scan", "-f", str(rows), *EXAMPLES, "--allow-bad-rows").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("contoso.com",), 0),
        (("contoso.com", "--fail-under", "A"), 0),
        (("fabrikam.com", "--fail-under", "B"), 1),
        (("fabrikam.com", "--fail-under", "d"), 0),
        (("northwind.example",), 3),
        (("northwind.example", "--fail-under", "B"), 3),
        (("northwind.example", "fabrikam.com", "--fail-under", "B"), 1),
    ],
)
def test_the_exit_code_says_where_domains_stand(arguments: tuple[str, ...], code: int) -> None:
    assert mailready("scan", *arguments, *EXAMPLES).returncode == code


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "nothing to scan"),
        (("contoso",), "single label"),
        (("contoso.com", "--profile", "onbording"), "did you mean onboarding"),
        (("contoso.com", "--profile", "nowhere.yaml"), "nowhere.yaml"),
        (("contoso.com", "--fail-under", "E"), "no such grade"),
        (("contoso.com", "--format", "pdf", "-o", "out/"), "no format 'pdf'"),
        (("contoso.com", "--format", "json,html", "-o", "-"), "takes one format"),
        (("contoso.com", "--missing", "maybe"), "give unknown or nodata"),
        (("contoso.com", "--evidence", "nowhere.jsonl"), "nowhere.jsonl"),
        (("-f", "nowhere.csv"), "nowhere.csv"),
        (("contoso.com", "--waivers", "nowhere.yaml"), "nowhere.yaml"),
        (("contoso.com", "--pack", "nowhere"), "nowhere"),
        (("contoso.com", "--resolver", "dns.example"), "no IP address"),
        (("contoso.com", "--evidence", EVIDENCE, "--resolver", "127.0.0.1"), "exclude each other"),
        (("contoso.com", "--evidence", EVIDENCE, "--record", EVIDENCE), "would write over"),
        (("contoso.com", "--evidence", EVIDENCE, "-o", "/nowhere/at/all.json"), "/nowhere/at/all.json"),
        (("contoso.com", "--evidence", EVIDENCE, "--record", "/nowhere/at/all.jsonl"), "cannot be written"),
        (("-", "-f", "-"), "given twice"),
        (("contoso.com", "--concurrency", "0"), "concurrency"),
    ],
)
def test_what_cannot_be_used_ends_with_2_and_says_why(arguments: tuple[str, ...], says: str) -> None:
    done = mailready("scan", *arguments, stdin="")
    assert done.returncode == 2
    assert says in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_every_fault_of_bad_evidence_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"name":"a.test"}\nnot json\n{"name":"a.test","type":"MX","values":["ten mail"]}\n', "utf-8")
    done = mailready("scan", "a.test", "--evidence", str(path))
    assert done.returncode == 2
    assert all(f"{path}:{line}:" in done.stderr for line in (1, 2, 3))


def test_every_fault_of_a_bad_pack_is_named_with_its_place(tmp_path: Path) -> None:
    pack = tmp_path / "ours.yaml"
    pack.write_text("pack: ours\nversion: 1\nrules:\n  - id: OUR-001\n    titel: x\n    severity: grave\n", "utf-8")
    done = mailready("scan", "contoso.com", "--evidence", EVIDENCE, "--pack", str(tmp_path))
    assert done.returncode == 2
    assert f"{pack}:5:5:" in done.stderr
    assert f"{pack}:6:15:" in done.stderr


def test_waivers_hold_expire_and_are_reported_unused(tmp_path: Path) -> None:
    path = tmp_path / "waivers.yaml"
    path.write_text(
        "waivers:\n"
        "  - {rule: DMARC-004, domains: [fabrikam.com], reason: migration, owner: ops@contoso.com, expires: 2099-01-31}\n"
        "  - {rule: MX-001, domains: [nobody.example], reason: never, owner: ops@contoso.com, expires: 2099-01-31}\n",
        "utf-8",
    )
    done = mailready("scan", "fabrikam.com", *EXAMPLES, "--waivers", str(path), "--format", "json", "-o", "-")
    report = json.loads(done.stdout)
    statuses = {finding["rule"]: finding["status"] for finding in report["domains"][0]["findings"]}
    assert statuses["DMARC-004"] == "waived"
    assert [waiver["rule"] for waiver in report["run"]["unused_waivers"]] == ["MX-001"]
    assert "met no finding" in done.stderr


def test_a_full_disk_ends_the_run_with_4_and_a_clear_message() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    done = mailready("scan", "contoso.com", *EXAMPLES, "--format", "json", "-o", str(full))
    assert done.returncode == 4
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_an_answering_resolver_everything_is_unknown_and_the_exit_code_is_3() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        report = document("contoso.com", "--resolver", f"127.0.0.1:{port}")
    (result,) = report["domains"]
    assert not [finding for finding in result["findings"] if finding["status"] in ("fail", "pass")]
    assert (result["grade"], result["score"]["low"], result["score"]["high"]) == ("?", 0, 100)
    assert {answer["status"] for answer in result["answers"]} == {"TIMEOUT"}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_writes_what_is_finished_and_says_so(number: int, code: int, tmp_path: Path) -> None:
    """A resolver that answers nothing keeps the run busy; its first question is the moment to interrupt."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.settimeout(30)
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "scanner", "scan", "contoso.com", "fabrikam.com"),
                *("--resolver", f"127.0.0.1:{silent.getsockname()[1]}", "-o", f"{tmp_path}/out/"),
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        watchdog = threading.Timer(60, process.kill)
        watchdog.start()
        silent.recv(512)
        process.send_signal(number)
        _, said = process.communicate()
        watchdog.cancel()
    assert process.returncode == code, said
    assert "interrupted: 0 of 2 domains begun are finished and written" in said
    assert (tmp_path / "out" / "report.json").exists()


def test_explain_prints_the_plan_and_asks_nothing() -> None:
    done = mailready("scan", "--explain", "--resolver", "192.0.2.1")
    assert done.returncode == 0
    assert "Asked for every domain" in done.stdout
    assert "_dmarc.{domain}" in done.stdout


def test_all_facts_collects_the_whole_catalogue() -> None:
    from rules.facts import catalogue, judged_by

    (result,) = document("contoso.com", *EXAMPLES, "--all-facts")["domains"]
    names: set[str] = set()

    def walk(prefix: str, value: Any) -> None:
        if prefix.removeprefix(".") in catalogue():
            names.add(prefix.removeprefix("."))
        elif isinstance(value, dict):
            for key, inner in value.items():
                walk(f"{prefix}.{key}", inner)

    walk("", result["facts"])
    assert names == {name for name in catalogue() if judged_by(name) != "submissions"}


def test_facts_that_nobody_demanded_are_left_out(tmp_path: Path) -> None:
    profile = tmp_path / "tiny.yaml"
    profile.write_text(
        "profile: tiny\nextends: onboarding\nrules:\n"
        + "".join(f"  {rule}: {{enabled: false}}\n" for rule in _rule_ids() if rule != "MX-001"),
        "utf-8",
    )
    (result,) = document("contoso.com", *EXAMPLES, "--profile", str(profile))["domains"]
    assert result["profile"] == "tiny"
    assert "spf" not in result["facts"]
    assert [finding["rule"] for finding in result["findings"]] == ["MX-001"]


def _rule_ids() -> list[str]:
    done = mailready("rules", "list", "--profile", "auto")
    return [line.split()[0] for line in done.stdout.splitlines()]


def test_rules_can_be_listed_shown_and_tested() -> None:
    assert len(_rule_ids()) >= 35
    shown = mailready("rules", "show", "spf-002")
    assert shown.returncode == 0
    assert "Severity" in shown.stdout
    missing = mailready("rules", "show", "SPF-9999")
    assert missing.returncode == 2
    assert mailready("rules", "test").returncode == 0
    facts = mailready("rules", "facts", "spf")
    assert "spf.lookups  [int]" in facts.stdout
    assert mailready("rules", "facts", "spff").returncode == 2


def test_hostile_text_never_reaches_the_terminal_alive(tmp_path: Path) -> None:
    path = tmp_path / "hostile.jsonl"
    hostile = "v=spf1 \x1b]0;owned\x07 \u202e[bold]x[/bold] -all"
    path.write_text(json.dumps({"name": "contoso.com", "type": "TXT", "values": [hostile]}) + "\n", "utf-8")
    done = mailready("scan", "contoso.com", "--evidence", str(path), "--missing", "nodata")
    assert "\x1b" not in done.stdout + done.stderr
    assert "\u202e" not in done.stdout
    assert "[bold]" in done.stdout


@pytest.mark.parametrize(
    "options",
    [
        ("-f", "list.csv", "-o", "list.csv", "--format", "csv"),
        ("-f", "list.csv", "-o", "./list.csv"),
        ("-f", "list.csv", "--record", "list.csv"),
        ("contoso.com", "--waivers", "waivers.yaml", "--format", "json", "-o", "waivers.yaml"),
        ("contoso.com", "--evidence", "more.jsonl", "-o", "more.jsonl"),
        ("contoso.com", "--evidence", "more.jsonl", "--record", "link.jsonl"),
        ("-f", "findings.csv", "-o", "."),
        ("contoso.com", "--record", "new.json", "-o", "new.json"),
        ("contoso.com", "--record", "out/results.ndjson", "-o", "out/"),
    ],
)
def test_nothing_that_the_run_reads_or_writes_is_written_over(options: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("domain\ncontoso.com\n", "utf-8")
    (tmp_path / "findings.csv").write_text("domain\ncontoso.com\n", "utf-8")
    (tmp_path / "waivers.yaml").write_text("waivers: []\n", "utf-8")
    (tmp_path / "more.jsonl").write_text('{"name":"contoso.com","type":"A","values":[]}\n', "utf-8")
    (tmp_path / "link.jsonl").symlink_to("more.jsonl")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    done = mailready_at(tmp_path, "scan", *options, *EXAMPLES)
    assert done.returncode == 2, done.stderr
    assert b"Name another" in done.stderr
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def mailready_at(folder: Path, *arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """The command in a folder of its own; octets in, octets out."""
    command = [sys.executable, "-m", "scanner", *arguments]
    environment = {**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run(command, cwd=folder, timeout=60, check=False, env=environment, **streams)


@pytest.mark.parametrize("options", [("-o", "reports"), ("-o", "reports", "--format", "json"), ("-o", "reports/")])
def test_a_new_name_without_a_suffix_becomes_a_directory(options: tuple[str, ...], tmp_path: Path) -> None:
    assert mailready_at(tmp_path, "scan", "contoso.com", *EXAMPLES, *options).returncode == 0
    assert (tmp_path / "reports" / "report.json").exists()


def test_one_format_goes_into_a_file_that_is_there_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "ticket").write_text("old", "utf-8")
    assert mailready_at(tmp_path, "scan", "contoso.com", *EXAMPLES, "--format", "md", "-o", "ticket").returncode == 0
    assert (tmp_path / "ticket").read_text("utf-8").startswith("contoso.com: grade A")


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")
@pytest.mark.parametrize(
    "command",
    [
        ("rules", "list"),
        ("rules", "facts"),
        ("rules", "show", "SPF-001"),
        ("rules", "test"),
        ("scan", "--explain"),
        ("scan", "contoso.com", *EXAMPLES),
        ("scan", "contoso.com", *EXAMPLES, "--format", "json"),
    ],
)
def test_a_full_output_ends_every_command_with_4_and_a_sentence(command: tuple[str, ...], tmp_path: Path) -> None:
    with FULL.open("wb") as full:
        done = mailready_at(tmp_path, *command, stdout=full)
    assert done.returncode == 4
    assert b"standard output: No space left on device" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command", [("rules", "facts"), ("scan", "contoso.com", *EXAMPLES), ("scan", "contoso.com", *EXAMPLES, "-o", "-")]
)
def test_an_output_that_nobody_reads_ends_with_4_and_never_as_a_grade(command: tuple[str, ...], tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = mailready_at(tmp_path, *command, stdout=write)
    finally:
        os.close(write)
    assert done.returncode == 4
    assert b"standard output: Broken pipe" in done.stderr
    assert b"Traceback" not in done.stderr
