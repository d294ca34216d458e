"""What .NET's files mean: appsettings.json, and web.config or app.config with system.net/mailSettings."""

from __future__ import annotations

from typing import Final

from rules.facts import Unknown
from scanner.submission.settings.settings import Correction, Encryption, Settings, Target, truth
from scanner.submission.settings.tables import TableSheet
from scanner.submission.settings.values import Edit, Entry, Literal, Script, Table, Value

__all__ = ["read_appsettings", "read_dotnet_config", "sections"]

_HOST: Final = (
    "Host",
    "SmtpHost",
    "Server",
    "SmtpServer",
    "MailServer",
    "SmtpAddress",
    "HostName",
    "MailHost",
    "EmailHost",
    "ServerAddress",
    "SmtpHostName",
)
_PORT: Final = ("Port", "SmtpPort", "MailPort", "ServerPort", "EmailPort")
_LOGIN: Final = (
    "UserName",
    "User",
    "Login",
    "SmtpUser",
    "SmtpUsername",
    "SmtpLogin",
    "Account",
    "MailUser",
    "AuthUser",
    "EmailUser",
)
_PASSWORD: Final = (
    "Password",
    "Pass",
    "SmtpPassword",
    "SmtpPass",
    "MailPassword",
    "AuthPassword",
    "EmailPassword",
    "AppPassword",
)
_FROM: Final = (
    "From",
    "FromAddress",
    "FromEmail",
    "SenderEmail",
    "Sender",
    "SenderAddress",
    "DefaultFrom",
    "EmailFrom",
    "MailFrom",
    "DefaultFromEmail",
    "NoReply",
)
_TO: Final = ("To", "ToAddress", "ToEmail", "Recipient", "Recipients")
_OPTIONS: Final = (
    "SecureSocketOptions",
    "SecureSocketOption",
    "Security",
    "Encryption",
    "SocketOptions",
    "TlsMode",
    "SecurityMode",
)
_ENABLE: Final = ("EnableSsl", "EnableTls", "UseStartTls", "StartTls", "UseTls", "EnableStartTls", "RequireTls")
_USE_SSL: Final = ("UseSsl", "Ssl", "UseSSL", "SmtpUseSsl")
_UNVERIFIED: Final = (
    "IgnoreCertificateErrors",
    "SkipCertificateValidation",
    "AllowInvalidCertificates",
    "TrustServerCertificate",
    "DisableCertificateValidation",
    "AcceptAllCertificates",
    "IgnoreSslErrors",
)
_CHECKED: Final = ("CheckCertificateRevocation", "ValidateCertificate", "VerifyCertificate")
_NAMES: Final = ("smtp", "mail", "email")


def sections(script: Script) -> list[tuple[tuple[str, ...], Table]]:
    """Objects of a JSON file that hold a mail server: a host beside port, user or encryption, or under a name of mail."""
    found = []
    for one in script.assignments():
        table = one.value
        if not isinstance(table, Table) or not isinstance(table.get(*_HOST), Literal):
            continue
        beside = sum(
            table.get(*names) is not None for names in (_PORT, _LOGIN, _PASSWORD, _FROM, _OPTIONS, _ENABLE + _USE_SSL)
        )
        named = any(word in part.lower() for part in one.path for word in _NAMES)
        smtp_keys = any(entry.key.lower().startswith("smtp") for entry in table.entries)
        if beside and (named or smtp_keys):
            found.append((one.path, table))
    return found


def read_appsettings(script: Script) -> list[Settings]:
    """One sender for every section that holds a mail server."""
    return [_section(script, table) for _, table in sections(script)]


def _section(script: Script, table: Table) -> Settings:
    sheet = TableSheet(script, table)
    settings = Settings(app="appsettings", text=script.text, line=script.text.line(table.start))
    host_key, host = sheet.find(*_HOST)
    port_key, port = sheet.find(*_PORT)
    from_key, sender = sheet.find(*_FROM)
    settings.host_and_port("host", host_key, host)
    if port is not None:
        settings.port = settings.take_number("port", port_key, port)
    credentials = sheet.inner("Credentials") or sheet.inner("Authentication") or sheet
    settings.login = settings.take_text(
        "login", *credentials.find(*_LOGIN, "Mail", *(("Email",) if not from_key else ()))
    )
    settings.password = settings.take_secret(*credentials.find(*_PASSWORD))
    for key in ("ClientSecret", "ApiKey"):
        if credentials.find(key)[1] is not None:
            settings.take_secret(*credentials.find(key))
    if isinstance(sender, Table):
        settings.sender = settings.take_text("from", from_key, sender.get("Address", "Email"))
    else:
        settings.sender = settings.take_text("from", from_key, sender)
    settings.add_recipients(*sheet.find(*_TO))
    settings.auth = "basic" if settings.login is not None else "none"
    if sheet.find("UseOAuth", "OAuth", "UseOAuth2")[1] is not None:
        said = truth(settings.take("auth", *sheet.find("UseOAuth", "OAuth", "UseOAuth2")))
        settings.auth = "oauth" if said is True else settings.auth
    _encryption(settings, sheet)
    _verification(settings, sheet)

    def correct(what: str, target: Target) -> Correction:
        match what:
            case "host":
                return sheet.put(
                    (host_key, target.host if port_key or ":" not in _text(host) else f"{target.host}:{target.port}")
                )
            case "port":
                return sheet.put((port_key or "Port", target.port))
            case "encryption":
                return _write_encryption(sheet, target)
            case "verification":
                off, on = sheet.find(*_UNVERIFIED)[0], sheet.find(*_CHECKED)[0]
                return sheet.put(*(((off, False),) if off else ()), *(((on, True),) if on else ()))
            case "from" if isinstance(sender, Literal):
                return sheet.put((from_key, target.sender))
        return Correction()

    settings.correct = correct
    return settings


def _text(value: Value | None) -> str:
    return str(value.value) if isinstance(value, Literal) else ""


def _encryption(settings: Settings, sheet: TableSheet) -> None:
    """MailKit's SecureSocketOptions, or EnableSsl of System.Net.Mail, which is STARTTLS and requires it."""
    word = settings.take_text("encryption", *sheet.find(*_OPTIONS))
    enabled = truth(settings.take("encryption", *sheet.find(*_ENABLE)))
    use_ssl = truth(settings.take("encryption", *sheet.find(*_USE_SSL)))
    for said in (word, enabled, use_ssl):
        if isinstance(said, Unknown):
            settings.encryption = said
            return
    settings.encryption = _by_word(str(word or "").lower(), settings)
    if word is None and enabled is not None:
        settings.encryption = "none" if not enabled else "tls" if settings.port == 465 else "starttls"
    elif word is None and use_ssl is not None:
        settings.encryption = "none"
        if use_ssl:
            unsure = Unknown(
                "UseSsl is STARTTLS in System.Net.Mail and implicit TLS in MailKit; EnableSsl or SecureSocketOptions would tell"
            )
            settings.encryption = "tls" if settings.port == 465 else unsure


def _by_word(word: str, settings: Settings) -> Encryption:
    if word in ("starttls", "tls", "2", "3"):
        return "starttls" if word != "2" else "tls"
    if word in ("sslonconnect", "ssl", "smtps", "implicit"):
        return "tls"
    if word in ("starttlswhenavailable", "4", "auto", "1"):
        return "tls" if settings.port == 465 and word in ("auto", "1") else "starttls_optional"
    return "none" if word in ("none", "0", "false") else "unset"


def _write_encryption(sheet: TableSheet, target: Target) -> Correction:
    implicit = target.encryption == "tls"
    changes: list[tuple[str, str | bool]] = []
    options, word = sheet.find(*_OPTIONS)
    enable, use_ssl = sheet.find(*_ENABLE)[0], sheet.find(*_USE_SSL)[0]
    if options:
        short = _text(word).lower() in ("tls", "ssl", "none", "starttls") and "socket" not in options.lower()
        names = ("SSL", "STARTTLS") if short else ("SslOnConnect", "StartTls")
        changes.append((options, names[0] if implicit else names[1]))
    if enable:
        changes.append((enable, True))
    if use_ssl and not options and not enable:
        if implicit:
            changes.append((use_ssl, True))
        else:
            entry = sheet.entry(use_ssl)
            assert entry is not None
            edit = Edit(entry.start, entry.end, '"EnableSsl": true')
            return Correction(
                (edit,),
                (
                    f"line {sheet.script.text.line(entry.start)}: {use_ssl} became EnableSsl, which is STARTTLS; the program must read it so.",
                ),
            )
    if not changes:
        changes.append(("EnableSsl", True))
    return sheet.put(*changes)


def _verification(settings: Settings, sheet: TableSheet) -> None:
    for names, is_off in ((_UNVERIFIED, True), (_CHECKED[1:], False)):
        key, value = sheet.find(*names)
        said = truth(settings.take("verification", key, value))
        if isinstance(said, Unknown):
            settings.verification = said
        elif said is not None:
            settings.verification = "off" if said is is_off else "on"


def read_dotnet_config(script: Script) -> list[Settings]:
    """`<system.net><mailSettings><smtp from><network host port enableSsl userName password>` of web.config or app.config."""
    elements = list(script.assignments())
    found = []
    for smtp in elements:
        if smtp.path[-2:] != ("mailSettings", "smtp") or not isinstance(smtp.value, Table):
            continue
        network = next(
            (one for one in elements if one.path == (*smtp.path, "network") and one.start > smtp.start), None
        )
        if network is not None and isinstance(network.value, Table):
            found.append(_network(script, smtp.value, network.value))
    found += _app_settings(script)
    return found


class _Attributes(TableSheet):
    """Attributes of an element."""

    def _add(self, key: str, written: str) -> Edit:
        first = self.table.entries[0].end if self.table.entries else self.table.end - 1
        return Edit(first, first, f" {key}={written}")


def _network(script: Script, smtp: Table, network: Table) -> Settings:
    text = script.text
    settings = Settings(app="dotnet-config", text=text, line=text.line(smtp.start))
    sheet, outer = _Attributes(script, network), _Attributes(script, smtp)
    settings.host = settings.take_text("host", *sheet.find("host"))
    port = sheet.find("port")[1]
    settings.port = settings.take_number("port", "port", port) if port is not None else 25
    settings.login = settings.take_text("login", *sheet.find("userName"))
    settings.password = settings.take_secret(*sheet.find("password"))
    settings.sender = settings.take_text("from", *outer.find("from"))
    own = truth(settings.take("auth", *sheet.find("defaultCredentials")))
    settings.auth = "basic" if settings.login is not None else "unset" if own is True else "none"
    if own is True and settings.login is not None:
        settings.problem(
            "default_credentials", "defaultCredentials is on: userName and password are not used.", network.start
        )
    enabled = truth(settings.take("encryption", *sheet.find("enableSsl")))
    settings.encryption = enabled if isinstance(enabled, Unknown) else "starttls" if enabled else "none"

    def correct(what: str, target: Target) -> Correction:
        match what:
            case "host":
                return sheet.put(("host", target.host))
            case "port":
                return sheet.put(("port", str(target.port)))
            case "encryption":
                return sheet.put(("enableSsl", True))
            case "auth":
                return sheet.put(("defaultCredentials", False))
            case "from":
                return outer.put(("from", target.sender))
        return Correction()

    settings.correct = correct
    return settings


def _app_settings(script: Script) -> list[Settings]:
    """`<appSettings>` with keys such as SmtpHost: read as if they were a section."""
    entries: list[Entry] = []
    for one in script.assignments():
        if one.path[-2:] == ("appSettings", "add") and isinstance(one.value, Table):
            key, value = one.value.get("key"), one.value.get("value")
            if isinstance(key, Literal) and isinstance(value, Literal):
                name = str(key.value).rpartition(":")[2].rpartition(".")[2]
                entries.append(Entry(name, value, one.start, one.end))
    mail = [
        entry
        for entry in entries
        if any(word in entry.key.lower() for word in (*_NAMES, "user", "pass", "port", "ssl", "from"))
    ]
    table = Table(tuple(mail), mail[0].start, mail[-1].end) if mail else None
    if table is None or not isinstance(table.get(*(name for name in _HOST if "mtp" in name or "ail" in name)), Literal):
        return []
    settings = _section(script, table)
    settings.app = "dotnet-config"
    return [settings]
