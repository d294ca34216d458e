"""No output, report, evidence file, log or traceback holds a secret, whatever becomes of the session."""

from __future__ import annotations

import base64
import io
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from servers.daemon import LOOPBACK
from servers.exchange import Exchange, exchange
from servers.token_endpoint import TENANT, TokenEndpoint, token, token_endpoint

import scanner.cli

USER = "shop@contoso.com"
PASSWORD = "Planted/hunter2+password"
CLIENT_SECRET = "Planted~client~secret~8Q"
TOKEN = token(upn=USER, scp="SMTP.Send", planted="inside-the-token")


def _coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode().rstrip("=")


NEEDLES = (
    PASSWORD,
    "hunter2",
    CLIENT_SECRET,
    TOKEN,
    *TOKEN.split(".")[1:],
    _coded(PASSWORD),
    _coded(f"\0{USER}\0{PASSWORD}")[4:],
    _coded(TOKEN)[:40],
    _coded(f"user={USER}\x01auth=Bearer {TOKEN}\x01\x01")[:-4],
    "planted-device-code",
)


@pytest.fixture(scope="module")
def server(authority: trustme.CA) -> Iterator[Exchange]:
    with exchange(authority, "localhost", LOOPBACK) as running:
        yield running


@pytest.fixture
def endpoint(authority: trustme.CA) -> Iterator[TokenEndpoint]:
    with token_endpoint(authority) as running:
        running.answer |= {"access_token": TOKEN}
        yield running


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that any logger says, but for that of the test's server, which is the other side."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(lambda record: not record.name.startswith("mail"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["mailready", "smtp", "check", "localhost", *arguments])
    with pytest.raises(SystemExit) as ended:
        scanner.cli.main()
    code = ended.value.code
    assert isinstance(code, int)
    return code


def hold_nothing(folder: Path, captured: tuple[str, str], log: str) -> None:
    texts = {"stdout": captured[0], "stderr": captured[1], "log": log}
    texts |= {str(path): path.read_text("utf-8", "replace") for path in folder.rglob("*") if path.is_file()}
    found = [(place, needle) for place, text in texts.items() for needle in NEEDLES if needle in text]
    assert not found


REPLIES = [
    "",
    "535 5.7.139 Authentication unsuccessful, basic authentication is disabled.",
    "535 5.7.8 you said {secret}, which is {coded}",
]


@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize("way", ["password", "token", "client", "device"])
def test_reports_evidence_and_logs_hold_no_secret(
    way: str,
    reply: str,
    server: Exchange,
    endpoint: TokenEndpoint,
    ca_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    logged: io.StringIO,
) -> None:
    secrets, out = tmp_path / "secrets", tmp_path / "out"
    secrets.mkdir()
    (secrets / "token").write_text(TOKEN)
    monkeypatch.setenv("PLANTED", PASSWORD)
    monkeypatch.setenv("PLANTED_CLIENT", CLIENT_SECRET)
    authority = ["--tenant", TENANT, "--client-id", "app", "--authority", endpoint.url]
    ways = {
        "password": ["--password-env", "PLANTED"],
        "token": ["--token-file", str(secrets / "token")],
        "client": ["--oauth", "client", "--client-secret-env", "PLANTED_CLIENT", *authority],
        "device": ["--oauth", "device", *authority],
    }
    secret = TOKEN if way != "password" else PASSWORD
    server.auth = reply.format(secret=secret, coded=_coded(secret))
    server.logins.clear()
    server.tokens.clear()
    looking = ["--ports", f"{server.port}/starttls", "--ca-file", str(ca_file), "--record", str(tmp_path / "out.jsonl")]
    reports = ["-o", str(out), "--format", "html,json,ndjson,csv,md"]
    code = run(monkeypatch, *looking, "--user", USER, *ways[way], "--send-to", "info@fabrikam.test", *reports)
    assert code in (0, 3)
    assert server.logins or server.tokens
    (secrets / "token").unlink()
    hold_nothing(tmp_path, capfd.readouterr(), logged.getvalue())


def test_a_traceback_holds_no_secret(
    server: Exchange,
    ca_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    logged: io.StringIO,
) -> None:
    def broken(*_: object) -> bytes:
        raise RuntimeError("a defect")

    server.auth = ""
    monkeypatch.setattr("scanner.submission.checking.signin.test_message", broken)
    monkeypatch.setenv("PLANTED", PASSWORD)
    looking = ["--ports", f"{server.port}/starttls", "--ca-file", str(ca_file), "--format", "json"]
    code = run(monkeypatch, *looking, "--user", USER, "--password-env", "PLANTED", "--send-to", "info@fabrikam.test")
    captured = capfd.readouterr()
    assert code == 4
    assert "RuntimeError: a defect" in captured.err
    hold_nothing(tmp_path, captured, logged.getvalue())


@pytest.mark.parametrize(
    ("content", "said"),
    [("", "is empty"), (f"{PASSWORD}\nsecond", "more than one line"), ("x" * 70_000, "longer than")],
)
def test_a_file_that_holds_no_single_secret_is_refused_without_showing_it(
    content: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "password"
    file.write_text(content)
    assert run(monkeypatch, "--user", USER, "--password-file", str(file)) == 2
    captured = capfd.readouterr()
    assert said in captured.err
    assert "hunter2" not in captured.err + captured.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--user", USER], "run in a terminal to be asked"),
        (["--user", USER, "--password-env", "NOT_SET_ANYWHERE"], "is not set"),
        (["--password-env", "PATH"], "needs --user"),
        (["--user", USER, "--password-env", "PATH", "--token-file", "x"], "exclude each other"),
        (["--user", USER, "--oauth", "device"], "needs --tenant"),
        (["--user", USER, "--oauth", "browser"], "give device"),
        (["--user", USER, "--auth", "ntlm", "--password-env", "PATH"], "give login, plain, xoauth2"),
        (["--user", USER, "--auth", "xoauth2", "--password-env", "PATH"], "takes a token"),
        (["--send-to", "info@fabrikam.test"], "needs a sender"),
        (["--from", "a@contoso.com\nRCPT TO:<b@fabrikam.test>"], "is no mail address"),
        (["--ports", "587/startls"], "did you mean starttls"),
        (["--ports", "0"], "is no port"),
        (["--control", "localhost"], "give a host and a port"),
        (["--cloud", "mars"], "give one of worldwide"),
        (["--ca-file", "/nowhere/ca.pem"], "cannot be read"),
        (["--profile", "onboarding"], "judges domains"),
    ],
)
def test_wrong_usage_is_told_with_what_to_do(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert run(monkeypatch, *arguments) == 2
    assert said in capfd.readouterr().err
