"""Settings files of applications: what is read of them, what is wrong in them, and how they are corrected."""

from __future__ import annotations

import datetime
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from rules.facts import Unknown
from scanner.library import open_library
from scanner.submission.judge import SubmissionJudge
from scanner.submission.settings.correcting import corrections_of
from scanner.submission.settings.diff import diff_of
from scanner.submission.settings.errors import SettingsError
from scanner.submission.settings.facts import facts_of
from scanner.submission.settings.reading import LARGEST, app_named, read_file, read_text
from scanner.submission.settings.recognise import APPS

FILES = Path(__file__).parent / "settings_files"
PLANTED = "Planted-5ecret"
ALL = sorted(path for path in FILES.rglob("*") if path.is_file())
FORMATS = [app.name for app in APPS]
BROKEN = sorted((FILES / "broken").iterdir())
GOOD = [path for path in ALL if "good" in str(path.relative_to(FILES))]
NOT_CORRECTED = {"APP-012", "AUTH-030", "AUTH-031"}
"""What no change of a file alone mends: a secret in clear, and that a password is used at all."""
NOT_IN_ONE_LINE = {"APP-009", "APP-010", "SEND-002"}
"""What only a person knows: the account to sign in with."""


@pytest.fixture(scope="module")
def judge() -> SubmissionJudge:
    library, profile = open_library((), "submission")
    return SubmissionJudge(library, profile=profile, today=datetime.date(2026, 11, 21))


def _failures(judge: SubmissionJudge, path: Path) -> list[set[str]]:
    return [
        {finding.rule for finding in _result(judge, facts).findings if finding.status == "fail"}
        for facts in facts_of(read_file(path))
    ]


def _result(judge: SubmissionJudge, facts):
    return judge.of(facts.submission, answers=facts.answers, evidence=facts.evidence).result


def _read_or_none(path: Path):
    try:
        return read_file(path)
    except SettingsError:
        return None


READABLE = [path for path in ALL if _read_or_none(path) is not None]


def _name(path: Path) -> str:
    return str(path.relative_to(FILES))


def test_there_are_at_least_sixty_files_and_some_of_every_format():
    assert len(ALL) >= 60
    read = {settings.app for path in READABLE for settings in read_file(path).senders}
    assert read == set(FORMATS)


@pytest.mark.parametrize("path", GOOD, ids=_name)
def test_good_settings_have_no_fault_but_the_end_of_passwords(judge, path):
    for failures in _failures(judge, path):
        assert failures <= {"AUTH-030", "AUTH-031"}


@pytest.mark.parametrize(
    ("name", "app", "facts"),
    [
        (
            "laravel/bad.env",
            "laravel",
            {"host": "outlook.office365.com", "port": 465, "encryption": "tls", "from_login": "mismatch"},
        ),
        ("laravel/scheme.env", "laravel", {"encryption": "tls", "port": 587, "login_form": "not_address"}),
        ("laravel/null.env", "laravel", {"encryption": "starttls_optional", "port": 25}),
        (
            "laravel/url.env",
            "laravel",
            {"host": "smtp.office365.com", "port": 465, "encryption": "tls", "from_login": "match"},
        ),
        (
            "env/bad.env",
            "env",
            {"host_kind": "ip_literal", "encryption": "tls", "verification": "off", "from_login": "mismatch"},
        ),
        (
            "env/grafana.env",
            "env",
            {"host": "smtp.office365.com", "port": 465, "encryption": "starttls_optional", "verification": "off"},
        ),
        (
            "symfony/bad.env",
            "symfony",
            {"host": "smtp.office365.com", "port": 465, "encryption": "tls", "verification": "off"},
        ),
        ("symfony/transport.php", "symfony", {"port": 465, "encryption": "tls", "login_form": "address"}),
        (
            "wp-mail-smtp/bad-wp-config.php",
            "wp-mail-smtp",
            {"host_kind": "other_microsoft", "encryption": "tls", "from_login": "mismatch"},
        ),
        ("wp-mail-smtp/auto-wp-config.php", "wp-mail-smtp", {"encryption": "starttls_optional"}),
        ("phpmailer/bad.php", "phpmailer", {"verification": "off", "encryption": "tls", "recipients": "external"}),
        ("phpmailer/class.php", "phpmailer", {"host": "outlook.office365.com", "auth_method": "none"}),
        ("phpmailer/prefix.php", "phpmailer", {"host": "smtp.office365.com", "port": 465, "encryption": "tls"}),
        ("django/bad.py", "django", {"host_kind": "consumer", "encryption": "tls", "from_login": "mismatch"}),
        ("django/missing.py", "django", {"port": 25, "encryption": "none"}),
        (
            "smtplib/bad.py",
            "smtplib",
            {"host": "smtp.office365.com", "port": 465, "encryption": "tls", "recipients": "both"},
        ),
        ("smtplib/unverified.py", "smtplib", {"verification": "off", "min_tls": "TLSv1", "encryption": "starttls"}),
        (
            "nodemailer/bad.js",
            "nodemailer",
            {"verification": "off", "min_tls": "TLSv1", "encryption": "tls", "from_login": "mismatch"},
        ),
        (
            "nodemailer/service.mjs",
            "nodemailer",
            {"host": "smtp-mail.outlook.com", "port": 587, "encryption": "starttls_optional"},
        ),
        ("nodemailer/config.json", "nodemailer", {"port": 465, "encryption": "tls", "from_login": "mismatch"}),
        (
            "appsettings/bad/appsettings.json",
            "appsettings",
            {"host_kind": "ip_literal", "verification": "off", "from_login": "mismatch"},
        ),
        (
            "appsettings/plain/appsettings.json",
            "appsettings",
            {"encryption": "none", "login_form": "not_address", "port": 25},
        ),
        (
            "dotnet-config/bad/web.config",
            "dotnet-config",
            {"host_kind": "legacy_tls", "encryption": "none", "port": 465},
        ),
        (
            "powershell/bad.ps1",
            "powershell",
            {"encryption": "none", "verification": "off", "min_tls": "TLSv1", "recipients": "external"},
        ),
        ("powershell/splat.ps1", "powershell", {"encryption": "none", "port": 25, "recipients": "internal"}),
        (
            "postfix/bad/main.cf",
            "postfix",
            {"encryption": "tls", "port": 465, "min_tls": "TLSv1", "auth_method": "basic"},
        ),
        ("postfix/old/main.cf", "postfix", {"port": 587, "encryption": "starttls_optional"}),
        ("msmtp/bad/msmtprc", "msmtp", {"encryption": "tls", "verification": "off", "from_login": "mismatch"}),
        ("msmtp/good/msmtprc", "msmtp", {"encryption": "starttls", "auth_method": "oauth", "port": 587}),
        ("ssmtp/bad/ssmtp.conf", "ssmtp", {"encryption": "tls", "port": 465}),
        ("grafana/bad/grafana.ini", "grafana", {"port": 465, "verification": "off", "from_login": "mismatch"}),
        (
            "alertmanager/bad.yml",
            "alertmanager",
            {"port": 465, "verification": "off", "min_tls": "TLSv1", "recipients": "both"},
        ),
        ("gitlab/bad/gitlab.rb", "gitlab", {"port": 465, "encryption": "tls", "verification": "off"}),
    ],
)
def test_settings_are_read_as_the_application_means_them(name, app, facts):
    found = facts_of(read_file(FILES / name))[0].submission
    assert found.app == app
    assert {key: getattr(found, key) for key in facts} == facts


def test_every_setting_has_its_line():
    file = read_file(FILES / "powershell" / "bad.ps1")
    found = {setting.what: setting.line for setting in facts_of(file)[0].submission.settings}
    assert found["host"] == 3
    assert found["password"] == 4
    assert found["port"] == 6
    assert found["min_tls"] == 1


def test_a_value_that_only_running_would_tell_is_unknown_and_never_missing():
    found = facts_of(read_file(FILES / "hostile" / "run.py"))[0].submission
    assert isinstance(found.host, Unknown)
    assert isinstance(found.host_kind, Unknown)


@pytest.mark.parametrize("path", BROKEN, ids=_name)
def test_a_file_that_does_not_parse_says_the_line_and_repeats_nothing(path):
    with pytest.raises(SettingsError) as caught:
        read_file(path)
    assert caught.value.line in (1, 2, 3)
    assert caught.value.reason
    assert PLANTED not in caught.value.reason


@pytest.mark.parametrize("path", READABLE, ids=_name)
def test_a_corrected_file_has_none_of_the_faults_that_the_diff_mends(judge, path, tmp_path):
    before = read_file(path)
    diff = diff_of(before)
    copy = tmp_path / path.name
    if diff.patch:
        _apply(diff.patch.replace(str(path), path.name), path, copy)
    else:
        shutil.copy(path, copy)
    if any("write:" in instruction for instruction in diff.instructions):
        _write_by_hand(path, copy)
    if "hostile" in str(path) or path.name == "unencoded.env":
        return
    left = set().union(*_failures(judge, copy)) - NOT_CORRECTED
    if any("full address" in note or "set a user name" in note for note in diff.instructions):
        left -= NOT_IN_ONE_LINE
    if any("obsolete" in note for note in diff.instructions):
        left -= {"APP-013"}
    assert left == set()


def _apply(patch: str, path: Path, copy: Path) -> None:
    shutil.copy(path, copy)
    subprocess.run(
        ["git", "apply", "--unidiff-zero", "--whitespace=nowarn", "-"],
        input=patch.encode("utf-8", "surrogateescape"),
        cwd=copy.parent,
        check=True,
        timeout=60,
    )


def _write_by_hand(path: Path, copy: Path) -> None:
    """What a person does who follows all instructions: every edit, those of lines with secrets too."""
    file = read_file(path)
    content = file.text.content
    for edit in reversed(corrections_of(file.senders).edits):
        content = content[: edit.start] + edit.text + content[edit.end :]
    copy.write_bytes(
        (file.bom + content).encode("utf-8" if file.encoding != "utf-16-le" else "utf-16-le", "surrogateescape")
    )


def test_each_format_has_a_file_that_a_diff_corrects():
    patched = {
        settings.app for path in READABLE for settings in read_file(path).senders if diff_of(read_file(path)).patch
    }
    assert patched == set(FORMATS)


@pytest.mark.parametrize("path", READABLE, ids=_name)
def test_no_planted_secret_is_in_what_is_read_or_corrected(judge, path):
    file = read_file(path)
    diff = diff_of(file)
    told = [diff.patch, *diff.instructions, repr(file.senders)]
    for facts in facts_of(file):
        result = _result(judge, facts)
        told += [repr(facts), repr(result), json.dumps(dict(result.facts), default=repr)]
    assert PLANTED not in "".join(told)
    assert "5ecret" not in "".join(told)


@pytest.mark.parametrize("format_", ["text", "html", "json", "ndjson", "csv", "md", "diff"])
def test_no_planted_secret_is_in_any_output_of_the_command(format_, tmp_path):
    options = (
        ["--diff"] if format_ == "diff" else [] if format_ == "text" else ["--format", format_, "-o", str(tmp_path)]
    )
    done = subprocess.run(
        [sys.executable, "-m", "scanner", "smtp", "settings", *options, *map(str, ALL)],
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 2
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert format_ in ("text", "diff") or written
    assert b"5ecret" not in done.stdout + done.stderr + written
    assert b"Traceback" not in done.stderr
    assert b"broken/web.config:3: not XML" in done.stderr


def test_a_broken_file_does_not_keep_the_others_from_being_judged(tmp_path):
    out = tmp_path / "out.json"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "scanner",
            "smtp",
            "settings",
            "-o",
            str(out),
            str(BROKEN[0]),
            str(FILES / "django/bad.py"),
        ],
        capture_output=True,
        check=False,
        timeout=60,
    )
    report = json.loads(out.read_bytes())
    assert done.returncode == 2
    assert [each["submission"].endswith("django/bad.py (django)") for each in report["submissions"]] == [True]
    assert report["run"]["bad_rows"][0]["row"] == 3


def test_a_list_of_applications_is_read(tmp_path):
    shutil.copy(FILES / "django/bad.py", tmp_path / "settings.txt")
    (tmp_path / "apps.csv").write_text(
        "file,app,client,recipients\nsettings.txt,django,Contoso,external\nmissing.env,,,\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "scanner", "smtp", "settings", "-f", str(tmp_path / "apps.csv"), "--format", "json"],
        capture_output=True,
        check=False,
        timeout=60,
    )
    report = json.loads(done.stdout)
    assert done.returncode == 2
    assert report["submissions"][0]["client"] == "Contoso"
    assert report["submissions"][0]["facts"]["submission"]["recipients"] == "external"
    assert "cannot be read" in report["run"]["bad_rows"][0]["error"]


def test_nothing_of_a_file_is_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in (FILES / "hostile").rglob("*"):
        if path.is_file():
            _read_or_none(path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("deep.json", '{"Smtp":' * 5000 + "1" + "}" * 5000),
        ("deep.js", "createTransport(" + "{a:" * 5000 + "1" + "}" * 5000 + ")"),
        ("deep.py", "EMAIL_HOST = " + "(" * 5000 + "1" + ")" * 5000),
        ("deep.yml", "smtp_smarthost: " + "[" * 5000 + "]" * 5000),
        ("aliases.yml", (FILES / "hostile/alias.yml").read_text()),
        ("deep.config", "<mailSettings>" * 5000 + "</mailSettings>" * 5000),
        ("deep.php", "<?php WPMS_; $a = " + "[" * 5000 + "]" * 5000 + ";"),
        ("deep.rb", "gitlab_rails['smtp_address'] = " + "[" * 5000 + "]" * 5000),
        ("deep.ps1", "Send-MailMessage -SmtpServer " + "(" * 2000 + "1" + ")" * 2000),
    ],
)
def test_deep_nesting_is_refused(name, content):
    with pytest.raises(SettingsError):
        read_text(name, content)


def test_a_file_that_is_too_large_is_refused(tmp_path):
    path = tmp_path / ".env"
    path.write_bytes(b"MAIL_HOST=a\n" * (LARGEST // 10))
    with pytest.raises(SettingsError, match="larger than"):
        read_file(path)


def test_what_is_no_file_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "missing", Path("/dev/zero")):
        with pytest.raises(SettingsError):
            read_file(path)


def test_an_application_can_be_named_where_the_name_says_nothing():
    content = (FILES / "msmtp/bad/msmtprc").read_text()
    assert read_text("backup.txt", content, app_named("msmtp")).senders[0].app == "msmtp"
    with pytest.raises(SettingsError, match="GitLab"):
        read_text("backup.rb", "x = 1\n", app_named("gitlab"))


def test_a_diff_names_no_line_end_in_a_file_name():
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "a\n+++ b.env"
        path.write_text(
            "MAIL_HOST=outlook.office365.com\nMAIL_PORT=587\nMAIL_USERNAME=a@contoso.com\nMAIL_ENCRYPTION=tls\n"
        )
        patch = diff_of(read_file(path, app_named("laravel"))).patch
    assert [line[:3] for line in patch.splitlines()] == ["---", "+++", "@@ ", "-MA", "+MA"]


def test_a_connection_that_is_a_member_is_followed():
    content = """import smtplib
class Mailer:
    def __init__(self):
        self.server = smtplib.SMTP("smtp.office365.com", 587)
        self.server.starttls()
        self.server.login("user@contoso.com", "Planted-5ecret")
"""
    found = facts_of(read_text("mailer.py", content))[0].submission
    assert (found.encryption, found.login_form, found.auth_method) == ("starttls", "address", "basic")


def test_powershell_that_the_grammar_does_not_know_is_passed_over_where_it_has_nothing_of_mail():
    known = (
        "Send-MailMessage -SmtpServer smtp.office365.com -Port 465 -From a@contoso.com -To b@contoso.com -Subject x\n"
    )
    odd = "Get-ChildItem | Where-Object { $_.Length -gt 1MB }\n$level = $loud ? 1 : 2\n"
    assert facts_of(read_text("a.ps1", odd + known))[0].submission.port == 465
    with pytest.raises(SettingsError):
        read_text("a.ps1", known.replace("x\n", '"x\n'))


def test_a_credential_that_is_made_with_named_parameters_is_read():
    content = """$user = "app@contoso.com"
$word = ConvertTo-SecureString -String "Planted-5ecret" -AsPlainText -Force
$made = New-Object -TypeName System.Management.Automation.PSCredential -ArgumentList $user, $word
Send-MailMessage -SmtpServer smtp.office365.com -Port 587 -UseSsl -Credential $made -From $user -To $user -Subject x
"""
    found = facts_of(read_text("send.ps1", content))[0].submission
    assert (found.login_form, found.from_login, found.secrets_in_clear) == ("address", "match", ("send.ps1:2",))
