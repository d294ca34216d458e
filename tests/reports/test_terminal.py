"""reports.terminal: readable at any width and in any encoding, records ready to paste."""

from __future__ import annotations

import io
import re
import subprocess
import sys

import pytest
import sample
from rich.console import Console

from reports.summary import row_of
from reports.terminal import print_domain, print_domains, print_report
from rules.results import DomainResult, QueryRecord, Report

REPORT = sample.report()


def shown(result: DomainResult, width: int = 100, **options: object) -> str:
    out = io.StringIO()
    print_domain(result, REPORT, Console(file=out, width=width, **options))  # type: ignore[arg-type]
    return out.getvalue()


def table(report: Report, width: int = 120) -> str:
    out = io.StringIO()
    print_domains([row_of(result) for result in report.domains], Console(file=out, width=width))
    return out.getvalue()


def test_the_worst_rows_of_a_list_are_told_with_the_grades_of_all_of_it() -> None:
    out = io.StringIO()
    rows = [row_of(sample.result())]
    print_domains(rows, Console(file=out, width=120), grades={"D": 3, "A": 1250})
    assert out.getvalue().splitlines()[-1].strip() == "1,253 domains: 1,250 A, 3 D"


def test_a_finding_about_settings_says_in_which_file_and_line_they_stand() -> None:
    answers = (QueryRecord(name="shop/.env:4", type="SETTING", status="NOERROR", values=("MAIL_PORT=465",)),)
    failure = next(finding for finding in sample.result().findings if finding.status == "fail")
    failed = sample.replace(failure, evidence=(0,))
    lines = shown(sample.replace(sample.result(), findings=(failed,), answers=answers)).splitlines()
    assert "    shop/.env:4" in lines


def test_records_stand_on_lines_of_their_own_that_nothing_wraps_at_any_width() -> None:
    for width in (20, 40, 80, 200):
        lines = shown(sample.result(), width).splitlines()
        assert sample.SPF_NEW in lines
        assert sample.SPF in lines
        assert "v=DMARC1; p=none; rua=mailto:dmarc@contoso.com" in lines
        assert "20 mail.oldhost.example." in lines


def test_a_value_of_a_thousand_characters_is_printed_whole() -> None:
    value = "v=spf1 " + "ip4:192.0.2.1 " * 90 + "-all"
    changed = sample.result(changes=(sample.replace(sample.changes()[0], value=value),))
    assert value in shown(changed, 60).splitlines()


def test_everything_that_is_not_a_record_fits_the_width() -> None:
    records = {sample.SPF, sample.SPF_NEW, "v=DMARC1; p=none; rua=mailto:dmarc@contoso.com"}
    lines = set(shown(sample.result(), 60).splitlines()) - records
    assert max(map(len, lines)) <= 60


def test_findings_stand_by_status_each_with_a_sign_and_a_word() -> None:
    said = shown(sample.result())
    order = [
        "✗ failed: 4",
        "⊘ blocked: 1",
        "? could not be checked: 1",
        "✓ passed: 4",
        "~ waived: 1",
        "– does not apply: 1",
    ]
    assert [said.index(words) for words in order] == sorted(said.index(words) for words in order)


def test_blocked_checks_stand_together_under_what_they_wait_for() -> None:
    (blocked,) = (f for f in sample.findings() if f.status == "blocked")
    two = (*sample.findings(), sample.replace(blocked, rule="SPF-006"))
    assert "SPF-005, SPF-006: wait for SPF-002" in shown(sample.result(findings=two)).splitlines()


def test_an_unknown_finding_names_the_question_and_why_it_was_not_answered() -> None:
    said = re.sub(r"\s+", " ", shown(sample.result()))
    assert (
        "CNAME selector2._domainkey.contoso.com: the server could not answer (SERVFAIL) (EDE 22: No Reachable Authority)"
        in said
    )


def test_the_grade_is_explained_with_what_holds_it_down() -> None:
    said = re.sub(r"\s+", " ", shown(sample.result()))
    assert "Held down by SPF-002." in said
    assert "SPF-002 16.0" in said
    assert "DKIM-002 8.0 if it fails" in said


def test_without_colour_there_is_no_escape_and_no_word_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    coloured = shown(sample.result(), force_terminal=True, color_system="truecolor")
    monkeypatch.setenv("NO_COLOR", "1")
    plain = shown(sample.result(), force_terminal=True)
    assert "\x1b[3" not in plain
    strip = re.compile(r"\x1b\[[0-9;]*m")
    assert strip.sub("", plain) == strip.sub("", coloured)


def test_a_terminal_that_knows_only_ascii_is_served() -> None:
    code = "import sample; from rich.console import Console; from reports.terminal import print_report\n"
    code += "print_report(sample.report(sample.result()), Console()); print_report(sample.report(), Console())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=False,
        env={"PYTHONIOENCODING": "ascii", "PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin"},
    )
    assert done.returncode == 0, done.stderr.decode()
    assert sample.SPF_NEW.encode() in done.stdout


def test_the_table_names_every_domain_with_grade_score_and_first_thing_to_fix() -> None:
    said = table(REPORT)
    for piece in ("contoso.com", "43 to 51", "does not authorise Microsoft 365", "fabrikam.com", "nothing", "? F-A"):
        assert piece in said
    assert "12 checks could not be completed" in re.sub(r"\s+", " ", said)
    assert "3 domains: 1 A, 1 D, 1 ?" in said


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_a_narrow_table_folds_and_drops_no_letter_of_a_name(width: int) -> None:
    name = "a-rather-long-label-for-a-domain.customer.example"
    said = table(sample.report(sample.result(name), sample.good()), width)
    assert "…" not in said
    assert max(map(len, said.splitlines())) <= width
    column = "".join(re.findall(r"[a-z.-]+", said))
    assert all(part in column for part in ("a-rather", "example"))


def test_one_domain_is_shown_in_full_and_several_as_a_table() -> None:
    one, several = io.StringIO(), io.StringIO()
    print_report(sample.report(sample.result()), Console(file=one, width=80))
    print_report(REPORT, Console(file=several, width=80))
    assert "How the grade is made" in one.getvalue()
    assert "How the grade is made" not in several.getvalue()
    assert "First thing to fix" in several.getvalue()


def test_importing_the_module_does_not_import_rich() -> None:
    code = "import sys, reports.terminal, reports.writers; sys.exit(any(m in sys.modules for m in ('rich', 'jinja2')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
