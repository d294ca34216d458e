"""What PHP means: constants of WP Mail SMTP, PHPMailer, and Symfony Mailer."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from rules.facts import Unknown
from scanner.submission.settings.dsn import DSN_SCHEMES, read_dsn
from scanner.submission.settings.settings import Correction, Encryption, Settings, Target, truth
from scanner.submission.settings.sheet import Sheet
from scanner.submission.settings.values import Assignment, Call, Edit, Literal, Script, Table, Value

__all__ = ["read_phpmailer", "read_symfony_php", "read_symfony_yaml", "read_wp_mail_smtp"]

_OAUTH_MAILERS: Final = ("outlook", "gmail", "zoho")


def read_wp_mail_smtp(script: Script) -> list[Settings]:
    """wp-config.php with the constants of WP Mail SMTP: WPMS_SMTP_HOST, WPMS_SMTP_PORT, WPMS_SSL and so on."""
    text = script.text
    constants = [
        Assignment((str(name.value),), call.arguments[1], call.start, call.end)
        for call in script.calls()
        if call.target == "define" and len(call.arguments) > 1 and isinstance(name := call.arguments[0], Literal)
    ]
    mine = [one for one in constants if one.path[0].startswith("WPMS_")]
    if not mine:
        return []
    last = max(text.line(one.end) for one in mine)

    def write(key: str, rendered: str) -> Edit:
        return text.insert_line(last + 1, f"define( '{key}', {rendered} );")

    sheet = Sheet(script, mine, write)
    settings = Settings(app="wp-mail-smtp", text=text, line=sheet.first_line)
    settings.host_and_port("host", *sheet.find("WPMS_SMTP_HOST"))
    key, port = sheet.find("WPMS_SMTP_PORT")
    settings.port = settings.take_number("port", key, port) if port is not None else settings.port
    settings.login = settings.take_text("login", *sheet.find("WPMS_SMTP_USER"))
    settings.password = settings.take_secret(*sheet.find("WPMS_SMTP_PASS"))
    for key in ("WPMS_OUTLOOK_CLIENT_SECRET", "WPMS_GMAIL_CLIENT_SECRET"):
        if sheet.find(key)[1] is not None:
            settings.take_secret(*sheet.find(key))
    settings.sender = settings.take_text("from", *sheet.find("WPMS_MAIL_FROM"))
    mailer = settings.take_text("auth", *sheet.find("WPMS_MAILER"))
    auth = truth(settings.take("auth", *sheet.find("WPMS_SMTP_AUTH")))
    settings.auth = (
        "oauth" if mailer in _OAUTH_MAILERS else "none" if auth is False or settings.login is None else "basic"
    )
    word = settings.take_text("encryption", *sheet.find("WPMS_SSL"))
    auto = truth(settings.take("encryption", *sheet.find("WPMS_SMTP_AUTOTLS")))
    settings.encryption = _by_word(word, auto, sheet.find("WPMS_SSL")[1] is not None)
    if settings.host is None and settings.auth != "oauth":
        return []

    def correct(what: str, target: Target) -> Correction:
        match what:
            case "host":
                return sheet.put(("WPMS_SMTP_HOST", target.host))
            case "port":
                return sheet.put(("WPMS_SMTP_PORT", target.port))
            case "encryption":
                return sheet.put(("WPMS_SSL", "ssl" if target.encryption == "tls" else "tls"))
            case "from":
                return sheet.put(("WPMS_MAIL_FROM", target.sender))
        return Correction()

    settings.correct = correct
    return [settings]


def _by_word(word: str | Unknown | None, auto: bool | Unknown | None, is_set: bool) -> Encryption | Unknown:
    """PHPMailer's SMTPSecure with SMTPAutoTLS, which is on unless it is switched off."""
    if isinstance(word, Unknown):
        return word
    name = (word or "").lower().replace("phpmailer::", "")
    if name in ("ssl", "encryption_smtps"):
        return "tls"
    if name in ("tls", "encryption_starttls"):
        return "starttls"
    if isinstance(auto, Unknown):
        return auto
    if auto is False:
        return "none"
    return "starttls_optional" if is_set or auto is True else "unset"


def read_phpmailer(script: Script) -> list[Settings]:
    """PHPMailer: one sender for every variable of which `Host` is set."""
    groups: dict[tuple[str, ...], list[Assignment]] = {}
    for one in script.assignments():
        if len(one.path) > 1:
            groups.setdefault(one.path[:2] if "SMTPOptions" in one.path[1:2] else one.path[:-1], []).append(one)
    found = []
    for path, members in groups.items():
        if any(one.path[-1] == "Host" for one in members):
            found.append(_phpmailer(script, path, members))
    return found


def _phpmailer(script: Script, path: tuple[str, ...], members: list[Assignment]) -> Settings:
    text = script.text
    members = members + [
        one
        for one in script.assignments()
        if one.path[: len(path)] == path and "SMTPOptions" in one.path and one not in members
    ]
    host_at = next(one for one in members if one.path[-1] == "Host")
    receiver = re.split(r"->\s*Host\b", text.content[host_at.start : host_at.end])[0]
    last = max(text.line(one.end) for one in members if one.path[-1] not in ("Body", "Subject", "AltBody"))

    def write(key: str, rendered: str) -> Edit:
        return text.insert_line(last + 1, f"{text.indent(host_at.start)}{receiver}->{key} = {rendered};")

    sheet = Sheet(script, members, write)
    settings = Settings(app="phpmailer", text=text, line=text.line(host_at.start))
    host = settings.take_text("host", "Host", sheet.find("Host")[1])
    key, port = sheet.find("Port")
    settings.port = settings.take_number("port", key, port)
    prefix = ""
    if isinstance(host, Unknown):
        settings.host = host
    elif host:
        first = host.split(";")[0]
        prefix = first.partition("://")[0] if "://" in first else ""
        settings.split_host(first)
    settings.login = settings.take_text("login", *sheet.find("Username"))
    settings.password = settings.take_secret(*sheet.find("Password"))
    settings.sender = settings.take_text("from", *sheet.find("From"))
    calls = [call for call in script.calls() if tuple(call.receiver.split(".")) == path]
    from_call = next((call for call in calls if call.name == "setFrom"), None)
    if from_call is not None:
        settings.sender = settings.take_text("from", "setFrom", from_call.argument("address", 0))
    for call in calls:
        if call.name in ("addAddress", "addCC", "addBCC"):
            settings.add_recipients(call.name, call.argument("address", 0))
    _phpmailer_auth(settings, sheet, calls)
    secure_key, secure = sheet.find("SMTPSecure")
    word = settings.take_text("encryption", secure_key, secure) or (prefix if prefix in ("ssl", "tls") else None)
    auto = truth(settings.take("encryption", *sheet.find("SMTPAutoTLS")))
    if isinstance(word, str) and word.lower() == "false":
        word = None
    settings.encryption = _by_word(word, auto, secure is not None)
    if secure is None and auto is None and not prefix:
        settings.encryption = "starttls_optional"
    unverified = _ssl_options(settings, members)
    sender_value = from_call.argument("address", 0) if from_call is not None else None

    def correct(what: str, target: Target) -> Correction:
        if what == "encryption":
            constant = secure is None or "::" in text.content[secure.start : secure.end] or "ENCRYPTION_" in str(secure)
            words = ("PHPMailer::ENCRYPTION_SMTPS", "PHPMailer::ENCRYPTION_STARTTLS") if constant else ("ssl", "tls")
            fixed = sheet.put(("SMTPSecure", words[0] if target.encryption == "tls" else words[1]))
            return Correction((*fixed.edits, *(_host_edit(sheet, target).edits if prefix else ())), fixed.notes)
        if what == "host":
            return _host_edit(sheet, target)
        if what == "port":
            return sheet.put(("Port", target.port))
        if what == "auth":
            return sheet.put(("SMTPAuth", True))
        if what == "verification":
            return Correction(tuple(Edit(one.start, one.end, right) for one, right in unverified))
        if what == "from":
            if isinstance(sender_value, Literal):
                return Correction((Edit(sender_value.start, sender_value.end, script.render(target.sender)),))
            return sheet.put(("From", target.sender)) if from_call is None else Correction()
        return Correction()

    settings.correct = correct
    return settings


def _host_edit(sheet: Sheet, target: Target) -> Correction:
    fixed = sheet.put(("Host", target.host))
    return Correction(tuple(Edit(e.start, e.end, e.text, f"host:{e.start}") for e in fixed.edits), fixed.notes)


def _phpmailer_auth(settings: Settings, sheet: Sheet, calls: list[Call]) -> None:
    auth = truth(settings.take("auth", *sheet.find("SMTPAuth")))
    method = settings.take_text("auth", *sheet.find("AuthType"))
    oauth = any(call.name == "setOAuth" for call in calls)
    if oauth or (isinstance(method, str) and method.upper() == "XOAUTH2"):
        settings.auth = "oauth"
    elif isinstance(auth, Unknown):
        settings.auth = auth
    else:
        settings.auth = "basic" if auth else "none"
    if settings.auth == "none" and settings.login is not None:
        settings.problem(
            "auth_switched_off", "A user name is set, but SMTPAuth is not on: the program does not sign in."
        )


def _ssl_options(settings: Settings, members: list[Assignment]) -> list[tuple[Literal, str]]:
    """Options of the TLS context that switch verification off, with what they should say."""
    wrong: list[tuple[Literal, str]] = []

    def look(key: str, value: Value) -> None:
        if isinstance(value, Table):
            for entry in value.entries:
                look(entry.key, entry.value)
        elif key in ("verify_peer", "verify_peer_name", "allow_self_signed") and isinstance(value, Literal):
            settings.take("verification", key, value)
            right = key != "allow_self_signed"
            if truth(value.value) is not right:
                wrong.append((value, "true" if right else "false"))

    for one in members:
        if "SMTPOptions" in one.path:
            look(one.path[-1], one.value)
    if wrong:
        settings.verification = "off"
    return wrong


def read_symfony_php(script: Script) -> list[Settings]:
    """Symfony Mailer in PHP: `Transport::fromDsn('...')`, `new EsmtpTransport(host, port, tls)`, and DSNs in arrays."""
    found = []
    for call in script.calls():
        if call.name == "fromDsn" and isinstance(call.argument("dsn", 0), Literal):
            settings = Settings(app="symfony", text=script.text, line=script.text.line(call.start))
            if read_dsn(settings, "dsn", call.argument("dsn", 0)):
                found.append(settings)
        elif call.target in ("new EsmtpTransport", "new Swift_SmtpTransport"):
            found.append(_esmtp(script, call))
    return found


def _esmtp(script: Script, call: Call) -> Settings:
    text = script.text
    settings = Settings(app="symfony", text=text, line=text.line(call.start))
    host, port, tls = call.argument("host", 0), call.argument("port", 1), call.argument("tls", 2)
    settings.host = settings.take_text("host", "host", host)
    settings.port = settings.take_number("port", "port", port)
    said = settings.take("encryption", "tls", tls)
    settings.encryption = (
        said
        if isinstance(said, Unknown)
        else "tls"
        if said is True or said in ("ssl",) or (said is None and settings.port == 465)
        else "starttls"
        if said == "tls"
        else "starttls_optional"
    )
    for other in script.calls():
        if (
            other.start < call.start
            and not other.bound
            and other.name not in ("setUsername", "setPassword", "from", "to")
        ):
            continue
        if other.name == "setUsername" and settings.login is None:
            settings.login = settings.take_text("login", "setUsername", other.argument("username", 0))
        elif other.name == "setPassword" and settings.password is None:
            settings.password = settings.take_secret("setPassword", other.argument("password", 0))
        elif other.name == "from" and settings.sender is None:
            settings.sender = settings.take_text("from", "from", other.argument("address", 0))
        elif other.name == "setRequireTls" and truth(
            settings.take("encryption", "setRequireTls", other.argument("requireTls", 0))
        ):
            settings.encryption = "starttls" if settings.encryption == "starttls_optional" else settings.encryption
    settings.auth = "basic" if settings.login is not None else "none"
    settings.correct = _correct_call(script, call, host, port, tls)
    return settings


def _correct_call(
    script: Script, call: Call, host: Value | None, port: Value | None, tls: Value | None
) -> Callable[[str, Target], Correction]:
    text = script.text

    def set_literal(value: Value | None, after: Value | None, written: str) -> Correction:
        if isinstance(value, Literal):
            return Correction((Edit(value.start, value.end, written),))
        return (
            Correction((Edit(after.end, after.end, f", {written}"),))
            if value is None and after is not None
            else Correction()
        )

    def correct(what: str, target: Target) -> Correction:
        if what == "host":
            return set_literal(host, None, script.render(target.host))
        if what == "port":
            return set_literal(port, host, str(target.port))
        if what == "encryption":
            if target.encryption == "tls":
                return set_literal(tls, port, "true")
            first = set_literal(tls, None, "false") if tls is not None else Correction()
            if not call.bound:
                return Correction(
                    first.edits, (f"line {text.line(call.start)}: call setRequireTls(true) on the transport.",)
                )
            line = text.line(call.end) + 1
            added = text.insert_line(line, f"{text.indent(call.start)}${call.bound}->setRequireTls(true);")
            return Correction((*first.edits, added))
        return Correction()

    return correct


def read_symfony_yaml(script: Script) -> list[Settings]:
    """`framework.mailer.dsn` and `transports` of Symfony's configuration in YAML."""
    found = []
    for one in script.assignments():
        value = one.value
        if not isinstance(value, Literal) or str(value.value).partition("://")[0].lower() not in DSN_SCHEMES:
            continue
        settings = Settings(app="symfony", text=script.text, line=script.text.line(one.start))
        if read_dsn(settings, one.path[-1], value):
            found.append(settings)
    return found
