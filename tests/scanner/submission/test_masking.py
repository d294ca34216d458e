"""Secrets that are planted in inputs come out nowhere."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.submission.masking import mask

ROOT = Path(__file__).parents[3]
SECRET = "Plant3dS3cret"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


PLAIN = b64(f"\0shop@contoso.com\0{SECRET}")
LOGIN = b64(SECRET)
XOAUTH2 = b64(f"user=shop@contoso.com\x01auth=Bearer {SECRET}\x01\x01")
JWT = "eyJ" + b64(f'{{"alg":"{SECRET}"}}').rstrip("=") + ".eyJ" + b64(SECRET).rstrip("=") + ".c2ln"
FAIL = "535 5.7.3 Authentication unsuccessful"

PLANTED = [
    f"CLIENT -> SERVER: AUTH PLAIN {PLAIN}\nSERVER -> CLIENT: {FAIL}",
    f"AUTH LOGIN\n334 VXNlcm5hbWU6\n{b64('shop@contoso.com')}\n334 UGFzc3dvcmQ6\n{LOGIN}\n{FAIL}",
    f"C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: {b64('shop')}\nS: 334 UGFzc3dvcmQ6\nC: {LOGIN}\nS: {FAIL}",
    f" ~> AUTH LOGIN\n<~  334 UGFzc3dvcmQ6\n ~> {LOGIN}\n<~* {FAIL}",
    f"send: 'AUTH PLAIN {PLAIN}\\r\\n'\nreply: b'{FAIL}\\r\\n'",
    f"send: 'AUTH LOGIN c2hvcA==\\r\\n'\nreply: b'334 UGFzc3dvcmQ6\\r\\n'\nsend: '{LOGIN}\\r\\n'\nreply: b'{FAIL}\\r\\n'",
    f"CLIENT -> SERVER: AUTH LOGIN SERVER -> CLIENT: 334 UGFzc3dvcmQ6 CLIENT -> SERVER: {LOGIN} SERVER -> CLIENT: {FAIL}",
    f"AUTH XOAUTH2 {XOAUTH2}\n{FAIL}",
    f"AUTH XOAUTH2\n334\n{XOAUTH2}\n{FAIL}",
    f"AUTH CRAM-MD5\n334 PDEyMw==\n{b64('shop ' + SECRET)}\n{FAIL}",
    f"the string was {PLAIN} and then {FAIL}",
    f"Authorization: Bearer {SECRET}.{SECRET}\n{FAIL}",
    f"token {JWT} {FAIL}",
    f"MAILER_DSN=smtp://shop%40contoso.com:{SECRET}@smtp.office365.com:587 {FAIL}",
    f"smtp://shop:{SECRET}/with@sign@smtp.office365.com {FAIL}",
    f"MAIL_PASSWORD={SECRET}\n{FAIL}",
    f"password: {SECRET} two words\n{FAIL}",
    f"auth: {{ user: 'shop@contoso.com', pass: '{SECRET}' }} {FAIL}",
    f'{{"user": "shop@contoso.com", "password": "{SECRET} x"}} {FAIL}',
    f"$mail->Password = '{SECRET}'; {FAIL}",
    f"'smtp_pass' => \"{SECRET}\", {FAIL}",
    f"client_secret={SECRET}&grant_type=client_credentials {FAIL}",
    f"swaks --auth-user shop --auth-password {SECRET} --to x {FAIL}",
    f"curl smtp://smtp.office365.com --user shop@contoso.com:{SECRET} {FAIL}",
    f"Master-Key: {SECRET.encode().hex().upper()}0123456789ABCDEF {FAIL}",
]
ENCODED = (SECRET, LOGIN, PLAIN, XOAUTH2, LOGIN.rstrip("="), b64("shop " + SECRET), SECRET.encode().hex().upper(), JWT)


def leaks(text: str) -> list[str]:
    return [form for form in ENCODED if form in text]


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_secret_is_masked_and_the_reply_stays(planted: str) -> None:
    masked = mask(planted)
    assert not leaks(masked), masked
    assert "535 5.7.3" in masked


@pytest.mark.parametrize("format_", ["text", "json", "md"])
def test_no_planted_secret_comes_out_of_the_command(format_: str, tmp_path: Path) -> None:
    log = "".join(
        f"2026-11-20T09:00:{n:02} app[1]: error 550 5.1.1 user unknown {line}\n"
        for n, line in enumerate(line for planted in PLANTED for line in planted.splitlines())
        if n < 60
    )
    (tmp_path / "app.log").write_text(log)
    (tmp_path / "all.txt").write_text("\n\n".join(PLANTED))
    bounce = (
        "From: MAILER-DAEMON@x.test\nSubject: pass="
        + SECRET
        + "\nMIME-Version: 1.0\nMessage-ID: <1@x.test>\n\n"
        + "\n".join(PLANTED)
    )
    (tmp_path / "bounce.eml").write_text(bounce)
    for argument in [*PLANTED, "app.log", "all.txt", "bounce.eml"]:
        if argument.endswith((".log", ".txt", ".eml")) or argument in PLANTED[:2]:
            done = subprocess.run(
                [sys.executable, "-m", "scanner", "explain", "--format", format_, argument],
                cwd=tmp_path,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
            assert done.returncode in (0, 3), done.stderr
            assert not leaks(done.stdout + done.stderr), done.stdout
            if format_ == "json":
                json.loads(done.stdout)


@pytest.mark.parametrize(
    "harmless",
    [
        "535-5.7.8 Username and Password not accepted.",
        "SMTP ERROR: Password command failed: 535 5.7.3 Authentication unsuccessful",
        "250-AUTH LOGIN XOAUTH2",
        "504 5.7.4 Unrecognized authentication type",
        "https://support.google.com/mail/?p=BadCredentials",
        "Nov 20 09:00:01 relay postfix/qmgr[102]: 4ABCD12345: from=<shop@contoso.com>, size=1200, nrcpt=1 (queue active)",
        "AM0PR01CA0001.eurprd01.prod.outlook.com 2026-11-20T09:00:00.000Z 08DE000000000001",
    ],
)
def test_what_is_no_secret_stays(harmless: str) -> None:
    assert mask(harmless) == harmless
