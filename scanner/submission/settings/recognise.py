"""Which application a file is of, by its content and its name, and which readers read it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from scanner.submission.settings.apps_dotnet import read_appsettings, read_dotnet_config
from scanner.submission.settings.apps_env import read_env, read_laravel, read_symfony_env
from scanner.submission.settings.apps_node import read_nodemailer, read_nodemailer_json
from scanner.submission.settings.apps_php import (
    read_phpmailer,
    read_symfony_php,
    read_symfony_yaml,
    read_wp_mail_smtp,
)
from scanner.submission.settings.apps_powershell import read_powershell_script
from scanner.submission.settings.apps_python import read_django, read_smtplib
from scanner.submission.settings.apps_server import read_msmtp_accounts, read_postfix_relay, read_ssmtp_conf
from scanner.submission.settings.apps_service import read_alertmanager, read_gitlab, read_grafana
from scanner.submission.settings.dotenv_file import read_dotenv
from scanner.submission.settings.line_files import read_ini, read_msmtp, read_postfix, read_ssmtp
from scanner.submission.settings.php_code import read_php
from scanner.submission.settings.powershell_code import read_powershell
from scanner.submission.settings.python_code import read_python
from scanner.submission.settings.script_code import read_javascript, read_json, read_ruby
from scanner.submission.settings.settings import Settings
from scanner.submission.settings.structured_files import read_xml, read_yaml
from scanner.submission.settings.values import Script, Text

__all__ = ["APPS", "App", "Form", "candidates"]

Parse = Callable[[Text], Script]
Read = Callable[[Script], list[Settings]]


@dataclass(frozen=True, slots=True)
class Form:
    """A syntax that an application is configured in, with the reader of its meaning.

    `names` are endings of file names in lower case; `signs` is what the content must have for the form to be tried.
    """

    parse: Parse
    read: Read
    names: tuple[str, ...]
    signs: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class App:
    """An application: its name for `--app` and in reports, as people call it, and its forms."""

    name: str
    title: str
    forms: tuple[Form, ...]


def _signs(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.I | re.M)


_ENV: Final = (".env", ".env.*", "*.env", ".env.local", "*.envrc")
_PHP: Final = ("*.php", "*.inc", "*.phtml")
_JS: Final = ("*.js", "*.mjs", "*.cjs", "*.jsx")

APPS: Final[tuple[App, ...]] = (
    App(
        "laravel",
        "Laravel (.env)",
        (
            Form(
                read_dotenv,
                read_laravel,
                _ENV,
                _signs(
                    r"^\s*(export\s+)?(MAIL_MAILER|MAIL_DRIVER|MAIL_FROM_ADDRESS|MAIL_ENCRYPTION|MAIL_SCHEME|MAIL_URL|MAIL_HOST)\s*="
                ),
            ),
        ),
    ),
    App(
        "symfony",
        "Symfony Mailer (DSN, PHP, YAML)",
        (
            Form(read_dotenv, read_symfony_env, _ENV, _signs(r"^\s*(export\s+)?MAILER_(DSN|URL)\s*=")),
            Form(read_php, read_symfony_php, _PHP, _signs(r"fromDsn|EsmtpTransport|Swift_SmtpTransport")),
            Form(read_yaml, read_symfony_yaml, ("*.yaml", "*.yml"), _signs(r"smtps?://")),
        ),
    ),
    App("wp-mail-smtp", "WP Mail SMTP (wp-config.php)", (Form(read_php, read_wp_mail_smtp, _PHP, _signs(r"WPMS_")),)),
    App(
        "phpmailer",
        "PHPMailer",
        (Form(read_php, read_phpmailer, _PHP, _signs(r"->\s*(SMTPAuth|SMTPSecure|isSMTP|Host)\b")),),
    ),
    App(
        "django",
        "Django",
        (Form(read_python, read_django, ("*.py",), _signs(r"^\s*EMAIL_(HOST|BACKEND|PORT|USE_TLS)\b")),),
    ),
    App("smtplib", "Python smtplib", (Form(read_python, read_smtplib, ("*.py", "*.pyw"), _signs(r"\bsmtplib\b")),)),
    App(
        "nodemailer",
        "Nodemailer",
        (
            Form(read_javascript, read_nodemailer, _JS, _signs(r"createTransport\s*\(")),
            Form(
                read_json,
                read_nodemailer_json,
                ("*.json", "*.jsonc"),
                _signs(r"\"(secure|auth|requireTLS|service)\"\s*:"),
            ),
        ),
    ),
    App(
        "appsettings",
        "appsettings.json (.NET)",
        (
            Form(
                read_json,
                read_appsettings,
                ("appsettings*.json", "*.json", "*.jsonc"),
                _signs(r"\"\w*(host|server|smtpaddress)\w*\"\s*:"),
            ),
        ),
    ),
    App(
        "dotnet-config",
        "web.config, app.config (.NET)",
        (Form(read_xml, read_dotnet_config, ("*.config", "*.xml"), _signs(r"<mailSettings|<appSettings")),),
    ),
    App(
        "powershell",
        "PowerShell",
        (
            Form(
                read_powershell,
                read_powershell_script,
                ("*.ps1", "*.psm1", "*.psd1"),
                _signs(r"Send-MailMessage|Mail\.SmtpClient"),
            ),
        ),
    ),
    App(
        "postfix",
        "Postfix (main.cf)",
        (
            Form(
                read_postfix,
                read_postfix_relay,
                ("main.cf", "*.cf"),
                _signs(r"^\s*(relayhost|smtp_tls_\w+|smtp_sasl_\w+|myhostname)\s*="),
            ),
        ),
    ),
    App(
        "msmtp",
        "msmtp",
        (
            Form(
                read_msmtp,
                read_msmtp_accounts,
                ("msmtprc", ".msmtprc", "*msmtprc*", "*msmtp*"),
                _signs(r"^\s*(account|defaults)\b|^\s*host\s+\S"),
            ),
        ),
    ),
    App("ssmtp", "sSMTP", (Form(read_ssmtp, read_ssmtp_conf, ("ssmtp.conf", "*ssmtp*"), _signs(r"^\s*mailhub\s*=")),)),
    App(
        "grafana",
        "Grafana",
        (
            Form(
                read_ini, read_grafana, ("grafana.ini", "custom.ini", "defaults.ini", "*.ini"), _signs(r"^\s*\[smtp\]")
            ),
        ),
    ),
    App(
        "alertmanager",
        "Prometheus Alertmanager",
        (Form(read_yaml, read_alertmanager, ("*.yml", "*.yaml"), _signs(r"smtp_smarthost|email_configs|smtp_from")),),
    ),
    App(
        "gitlab",
        "GitLab (gitlab.rb)",
        (Form(read_ruby, read_gitlab, ("gitlab.rb", "*.rb"), _signs(r"gitlab_rails\s*\[")),),
    ),
    App(
        "env",
        "environment file (.env)",
        (Form(read_dotenv, read_env, _ENV, _signs(r"^\s*(export\s+)?\w*(SMTP|MAIL)\w*\s*=")),),
    ),
)
"""In the order in which they are tried; the first of which the content has the signs and the name fits."""


def candidates(name: str, content: str) -> list[tuple[App, Form]]:
    """The forms that a file may be of, the likeliest first: those whose signs it has and whose names fit, then those
    whose signs alone it has, where its name fits no form at all."""
    base = PurePath(name).name.lower()
    signed = [(app, form) for app in APPS for form in app.forms if form.signs.search(content)]
    named = [(app, form) for app, form in signed if _fits(base, form)]
    if named:
        return named
    known = any(_fits(base, form) for app in APPS for form in app.forms)
    return [] if known else _by_look(signed, content)


def _fits(base: str, form: Form) -> bool:
    return any(PurePath(base).match(pattern) for pattern in form.names)


def _by_look(signed: list[tuple[App, Form]], content: str) -> list[tuple[App, Form]]:
    """Of a file whose name says nothing (`settings.txt`, a name with a suffix behind it) what its beginning says."""
    start = content.lstrip()[:200].lower()
    if start.startswith("<?php"):
        return [one for one in signed if one[1].parse is read_php]
    if start.startswith("<"):
        return [one for one in signed if one[1].parse is read_xml]
    if start.startswith("{"):
        return [one for one in signed if one[1].parse is read_json]
    return [one for one in signed if one[1].parse not in (read_php, read_xml, read_json)]
