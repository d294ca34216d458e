"""`mailready explain` as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
INPUTS = ROOT / "tests" / "scanner" / "submission" / "inputs"


def explain(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scanner", "explain", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        timeout=60,
        check=False,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "100"},
    )


def document(*arguments: str, **options: Any) -> dict[str, Any]:
    return json.loads(explain("--format", "json", *arguments, **options).stdout)  # type: ignore[no-any-return]


REPLY = "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant."


def test_a_reply_is_explained_with_the_command_to_run_on_a_line_of_its_own() -> None:
    done = explain(REPLY)
    assert done.returncode == 0, done.stderr
    assert "✗ Signing in by SMTP is switched off for the whole organization." in done.stdout
    assert "\nSet-CASMailbox user@contoso.com -SmtpClientAuthenticationDisabled $false\n" in done.stdout


def test_words_without_quotes_are_one_text() -> None:
    assert document(*REPLY.split())["cause"] == "smtp_auth_disabled_tenant"


def test_standard_input_and_a_file_are_read() -> None:
    assert document("-", stdin=REPLY)["cause"] == "smtp_auth_disabled_tenant"
    assert document(str(INPUTS / "swaks.txt"))["cause"] == "not_signed_in"


def test_a_missing_reply_ends_with_3() -> None:
    done = explain("SMTP Error: Could not authenticate.")
    assert done.returncode == 3
    assert "SMTPDebug" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nowhere.log",), "nowhere.log: cannot be read: No such file"),
        (("tests",), "tests: is a directory"),
        (("--host", "nobody", "550"), "--host nobody: no such host"),
        (("--format", "xml", "550"), "--format xml"),
        ((str(ROOT / "docs" / "images" / "index.png"),), "is a picture"),
    ],
)
def test_what_cannot_be_read_ends_with_2_and_says_what_and_where(arguments: tuple[str, ...], says: str) -> None:
    done = explain(*arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("format_", ["text", "md", "json"])
def test_hostile_characters_are_harmless(format_: str) -> None:
    done = explain(
        "--format",
        format_,
        "550 5.1.1 user unknown \x1b[2J\x1b]0;x\x07 \u202e <script>alert(1)</script> `x` [y](javascript:z)",
    )
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "\x07" not in done.stdout
    assert format_ == "json" or "\u202e" not in done.stdout
    assert format_ != "md" or "](javascript" not in done.stdout.replace("`", "") or "`" in done.stdout


def test_the_host_option_takes_a_servers_name_too() -> None:
    assert document("--host", "gmail-smtp-in.l.google.com", "550 5.7.26 no")["cause"] == "unauthenticated"


def test_markdown_is_for_a_ticket() -> None:
    shown = explain("--format", "md", str(INPUTS / "postfix.log")).stdout
    assert "What to do first" in shown
    assert "```\nSet-CASMailbox user@contoso.com -SmtpClientAuthenticationDisabled $false\n```" in shown


def test_a_closed_pipe_is_no_traceback() -> None:
    done = subprocess.run(
        f"{sys.executable} -m scanner explain --format json '{REPLY}' | true",
        shell=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in done.stderr
