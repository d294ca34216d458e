"""What environment files mean: Laravel's, Symfony Mailer's and generic ones."""

from __future__ import annotations

from typing import Final

from rules.facts import Unknown
from scanner.submission.settings.dsn import DSN_SCHEMES, read_dsn
from scanner.submission.settings.settings import Correction, Encryption, Settings, Target, truth
from scanner.submission.settings.sheet import Sheet
from scanner.submission.settings.values import Assignment, Edit, Literal, Script

__all__ = ["ENV_HOST", "read_env", "read_laravel", "read_symfony_env"]

_PREFIXES: Final = (
    "SMTP_",
    "MAIL_",
    "EMAIL_",
    "MAILER_",
    "SMTP_MAIL_",
    "MAIL_SMTP_",
    "EMAIL_SMTP_",
    "GF_SMTP_",
    "MAIL",
    "SMTP",
    "EMAIL_SERVER_",
)


def _names(*ends: str) -> tuple[str, ...]:
    return tuple(prefix + end for prefix in _PREFIXES for end in ends)


ENV_HOST: Final = _names("HOST", "SERVER", "HOSTNAME", "ADDRESS", "RELAY", "SMARTHOST")
_PORT: Final = _names("PORT")
_LOGIN: Final = _names("USER", "USERNAME", "USER_NAME", "LOGIN", "HOST_USER", "AUTH_USERNAME", "AUTH_USER")
_PASSWORD: Final = _names("PASSWORD", "PASS", "HOST_PASSWORD", "AUTH_PASSWORD", "AUTH_PASS", "PASSWD", "APP_PASSWORD")
_FROM: Final = (
    *_names("FROM", "FROM_ADDRESS", "SENDER", "FROM_EMAIL", "DEFAULT_FROM", "DEFAULT_SENDER"),
    "DEFAULT_FROM_EMAIL",
    "FROM_EMAIL",
    "EMAIL_FROM",
)
_ENCRYPTION: Final = _names("ENCRYPTION", "SECURITY", "SECURE", "TLS_MODE", "PROTOCOL")
_STARTTLS: Final = _names(
    "STARTTLS", "TLS", "USE_TLS", "ENABLE_STARTTLS", "REQUIRE_TLS", "USE_STARTTLS", "STARTTLS_POLICY"
)
_IMPLICIT: Final = _names("SSL", "USE_SSL", "ENABLE_SSL")
_UNVERIFIED: Final = _names(
    "SKIP_VERIFY",
    "TLS_INSECURE",
    "INSECURE",
    "ALLOW_SELF_SIGNED",
    "INSECURE_SKIP_VERIFY",
    "ACCEPT_INVALID_CERTS",
    "TRUST_SERVER_CERTIFICATE",
)
_VERIFIED: Final = (
    *_names(
        "VERIFY_PEER",
        "TLS_REJECT_UNAUTHORIZED",
        "REJECT_UNAUTHORIZED",
        "VERIFY",
        "VERIFY_SSL",
        "TLS_VERIFY",
        "VERIFY_CERT",
    ),
    "NODE_TLS_REJECT_UNAUTHORIZED",
)
_RECIPIENTS: Final = (*_names("TO", "TO_ADDRESS", "RECIPIENT", "RECIPIENTS"), "TO_EMAIL")
_AUTH: Final = _names("AUTH_TYPE", "AUTH_MODE", "AUTH_METHOD", "AUTHENTICATION")
_MIN_TLS: Final = _names("TLS_MIN_VERSION", "MIN_TLS_VERSION", "TLS_VERSION")
_URLS: Final = (
    "MAILER_DSN",
    "MAIL_URL",
    "EMAIL_URL",
    "SMTP_URL",
    "MAILER_URL",
    "SMTP_DSN",
    "EMAIL_SERVER",
    "SMTP_CONNECTION_URL",
)


def sheet_of(script: Script) -> Sheet:
    """The file's variables; a new one is put behind the last that speaks of mail."""
    text = script.text
    mail = [one for one in script.assignments() if one.path[-1].upper().startswith(_PREFIXES)]
    last = max((text.line(one.end) for one in mail), default=text.line_count)

    def write(key: str, rendered: str) -> Edit:
        return text.insert_line(last + 1, f"{key}={rendered}")

    return Sheet(script, script.assignments(), write)


def read_laravel(script: Script) -> list[Settings]:
    """Laravel: MAIL_HOST, MAIL_PORT, MAIL_ENCRYPTION (to 10) or MAIL_SCHEME (from 11), MAIL_URL, MAIL_FROM_ADDRESS."""
    sheet = sheet_of(script)
    settings = _begun("laravel", sheet)
    key, url = sheet.find("MAIL_URL")
    from_key, sender = sheet.find("MAIL_FROM_ADDRESS")
    settings.sender = settings.take_text("from", from_key, sender)
    if url is not None and read_dsn(settings, key, url):
        inner = settings.correct
        settings.correct = lambda what, target: (
            sheet.put((from_key or "MAIL_FROM_ADDRESS", target.sender))
            if what == "from"
            else inner(what, target)
            if inner
            else Correction()
        )
        return [settings]
    _server(settings, sheet, ("MAIL_HOST",), ("MAIL_PORT",), ("MAIL_USERNAME",), ("MAIL_PASSWORD",))
    _verification(settings, sheet)
    scheme_key, scheme = sheet.find("MAIL_SCHEME")
    encryption_key, encryption = sheet.find("MAIL_ENCRYPTION")
    settings.encryption = _laravel_encryption(
        settings.take_text("encryption", encryption_key, encryption), settings.take_text("encryption", scheme_key, scheme),
        settings.port, scheme is not None,
    )  # fmt: skip
    if settings.host is None and settings.login is None:
        return []

    def correct(what: str, target: Target) -> Correction:
        if what == "encryption":
            if scheme is not None:
                wanted = "smtps" if target.encryption == "tls" else "smtp"
                return sheet.put(("MAIL_SCHEME", wanted), ("MAIL_ENCRYPTION", None if encryption is None else "tls"))
            return sheet.put(("MAIL_ENCRYPTION", "ssl" if target.encryption == "tls" else "tls"))
        return _correct(sheet, what, target, "MAIL_HOST", "MAIL_PORT", from_key or "MAIL_FROM_ADDRESS")

    settings.correct = correct
    return [settings]


def _laravel_encryption(
    encryption: str | Unknown | None, scheme: str | Unknown | None, port: int | Unknown | None, has_scheme: bool
) -> Encryption | Unknown:
    for one in (scheme, encryption):
        if isinstance(one, Unknown):
            return one
    word = (encryption or "").lower() if isinstance(encryption, str) else ""
    name = (scheme or "").lower() if isinstance(scheme, str) else ""
    if name == "smtps" or word in ("ssl", "smtps"):
        return "tls"
    if name == "smtp" or word in ("tls", "starttls"):
        return "starttls"
    if port == 465 and has_scheme:
        return "tls"
    return (
        "starttls_optional"
        if word in ("null", "none", "false", "") and (encryption is not None or has_scheme)
        else "unset"
    )


def read_symfony_env(script: Script) -> list[Settings]:
    """Symfony Mailer: MAILER_DSN, and any other variable with an SMTP URL."""
    sheet = sheet_of(script)
    found = []
    for key in sheet.keys():  # noqa: SIM118 - a sheet is no mapping
        name, value = sheet.find(key)
        if isinstance(value, Literal) and str(value.value).partition("://")[0].lower() in DSN_SCHEMES:
            settings = Settings(app="symfony", text=script.text, line=script.text.line(value.start))
            read_dsn(settings, name, value)
            found.append(settings)
    return found


def read_env(script: Script) -> list[Settings]:
    """Variables whose names say what they are: SMTP_HOST, EMAIL_PORT, MAIL_USER and their like, or an SMTP URL."""
    sheet = sheet_of(script)
    settings = _begun("env", sheet)
    _host_key, host = sheet.find(*ENV_HOST)
    if host is None:
        for key, value in (sheet.find(name) for name in _URLS):
            if value is not None and read_dsn(settings, key, value, opportunistic=key.upper().startswith("MAILER")):
                return [settings]
        return []
    return [named_settings(settings, sheet)]


def named_settings(settings: Settings, sheet: Sheet) -> Settings:
    """Fills in settings from variables by their names; `correct` writes them back."""
    host_key, host = sheet.find(*ENV_HOST)
    port_key, _ = sheet.find(*_PORT)
    from_key, sender = sheet.find(*_FROM)
    _server(settings, sheet, ENV_HOST, _PORT, _LOGIN, _PASSWORD)
    settings.sender = settings.take_text("from", from_key, sender)
    settings.add_recipients(*sheet.find(*_RECIPIENTS))
    _verification(settings, sheet)
    min_key, min_tls = sheet.find(*_MIN_TLS)
    settings.min_tls = settings.take_text("min_tls", min_key, min_tls)
    auth_key, auth = sheet.find(*_AUTH)
    method = settings.take_text("auth", auth_key, auth)
    if isinstance(method, str) and "oauth" in method.lower():
        settings.auth = "oauth"
    prefix = next(
        (one for one in sorted(_PREFIXES, key=len, reverse=True) if host_key.upper().startswith(one)), "SMTP_"
    )
    _generic_encryption(settings, sheet)

    def correct(what: str, target: Target) -> Correction:
        if what == "encryption":
            return _write_encryption(sheet, target, prefix)
        if what == "host" and isinstance(host, Literal) and ":" in str(host.value):
            return sheet.put((host_key, f"{target.host}:{target.port}"))
        if what == "port" and not port_key and isinstance(host, Literal) and ":" in str(host.value):
            return sheet.put((host_key, f"{target.host}:{target.port}"))
        return _correct(sheet, what, target, host_key, port_key or f"{prefix}PORT", from_key or f"{prefix}FROM")

    settings.correct = correct
    return settings


def _begun(app: str, sheet: Sheet) -> Settings:
    text = sheet.text
    lines = [
        text.line(value.start)
        for key in sheet.keys()  # noqa: SIM118 - a sheet is no mapping
        if key.upper().startswith(_PREFIXES)
        for _, value in (sheet.find(key),)
        if value is not None
    ]
    return Settings(app=app, text=text, line=min(lines, default=1))


def _server(
    settings: Settings,
    sheet: Sheet,
    hosts: tuple[str, ...],
    ports: tuple[str, ...],
    logins: tuple[str, ...],
    passwords: tuple[str, ...],
) -> None:
    port_key, port = sheet.find(*ports)
    settings.host_and_port("host", *sheet.find(*hosts))
    if port is not None:
        settings.port = settings.take_number("port", port_key, port)
    login = settings.take_text("login", *sheet.find(*logins))
    settings.login = None if login == "null" else login
    password_key, password = sheet.find(*passwords)
    if isinstance(password, Literal) and password.value == "null":
        password = None
    settings.password = settings.take_secret(password_key, password)
    settings.auth = "none" if settings.login is None else "basic"


def _verification(settings: Settings, sheet: Sheet) -> None:
    for names, means in ((_UNVERIFIED, "off"), (_VERIFIED, "on")):
        key, value = sheet.find(*names)
        if value is None:
            continue
        said = truth(settings.take("verification", key, value))
        if isinstance(said, Unknown):
            settings.verification = said
        elif said is not None:
            settings.verification = "off" if (means == "off") == said else "on"


def _generic_encryption(settings: Settings, sheet: Sheet) -> None:
    """From words (`tls`, `ssl`, `starttls`) or from yes and no (`SMTP_SECURE`, `SMTP_USE_TLS`, `SMTP_SSL`)."""
    key, value = sheet.find(*_ENCRYPTION)
    tls_key, tls = sheet.find(*_STARTTLS)
    ssl_key, ssl = sheet.find(*_IMPLICIT)
    word = settings.take_text("encryption", key, value)
    starttls = settings.take_text("encryption", tls_key, tls)
    implicit = truth(settings.take("encryption", ssl_key, ssl))
    for one in (word, starttls, implicit):
        if isinstance(one, Unknown):
            settings.encryption = one
            return
    name = str(word or "").lower()
    policy = str(starttls or "").lower()
    if name in ("ssl", "smtps", "implicit", "ssl/tls") or implicit is True or (name and truth(name) is True):
        settings.encryption = "tls"
    elif name in ("tls", "starttls") or "mandatory" in policy or policy == "always" or truth(starttls) is True:
        settings.encryption = "starttls"
    elif "opportunistic" in policy or policy in ("auto", "optional") or (name and truth(name) is False):
        settings.encryption = "starttls_optional"
    elif "nostarttls" in policy or starttls is not None or implicit is False:
        settings.encryption = "none"


def _write_encryption(sheet: Sheet, target: Target, prefix: str) -> Correction:
    key, value = sheet.find(*_ENCRYPTION)
    tls_key, _ = sheet.find(*_STARTTLS)
    ssl_key, _ = sheet.find(*_IMPLICIT)
    implicit = target.encryption == "tls"
    changes: list[tuple[str, str | bool | None]] = []
    if ssl_key:
        changes.append((ssl_key, implicit))
    if key:
        written = str(value.value).lower() if isinstance(value, Literal) else ""
        if truth(written) in (True, False) and written not in ("", "none", "null"):
            changes.append((key, implicit))
            changes.append((f"{prefix}REQUIRE_TLS", None) if implicit or tls_key else (f"{prefix}REQUIRE_TLS", True))
        else:
            changes.append((key, "ssl" if implicit else "tls"))
    if tls_key:
        policy = tls_key.upper().endswith("POLICY")
        changes.append(
            (
                tls_key,
                ("MandatoryStartTLS" if policy else True) if not implicit else ("NoStartTLS" if policy else False),
            )
        )
    if not key and not tls_key and not (ssl_key and implicit):
        changes.append((f"{prefix}ENCRYPTION", "ssl" if implicit else "starttls"))
    return sheet.put(*changes)


def _correct(sheet: Sheet, what: str, target: Target, host: str, port: str, sender: str) -> Correction:
    if what == "host":
        return sheet.put((host, target.host))
    if what == "port":
        return sheet.put((port, target.port))
    if what == "from":
        return sheet.put((sender, target.sender))
    if what == "min_tls":
        key, _ = sheet.find(*_MIN_TLS)
        return sheet.put((key, "TLSv1.2")) if key else Correction()
    if what == "verification":
        off, on = sheet.find(*_UNVERIFIED)[0], [name for name in _VERIFIED if sheet.find(name)[0]]
        numbers = [(name, _yes_as_written(sheet, name)) for name in on]
        return sheet.put(*numbers, *(((off, False),) if off else ()))
    return Correction()


def _yes_as_written(sheet: Sheet, name: str) -> str | bool:
    _, value = sheet.find(name)
    return "1" if isinstance(value, Literal) and str(value.value) in ("0", "1") else True


def assigned(script: Script, *keys: str) -> list[Assignment]:
    """The assignments whose last part is one of the keys, without regard to case."""
    wanted = {key.lower() for key in keys}
    return [one for one in script.assignments() if one.path[-1].lower() in wanted]
