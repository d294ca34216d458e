"""What the files of mail programs mean: Postfix main.cf, msmtp and ssmtp."""

from __future__ import annotations

import re
from typing import Final

from scanner.secret import Secret
from scanner.submission.settings.settings import Correction, Encryption, Settings, Target, truth
from scanner.submission.settings.sheet import Sheet
from scanner.submission.settings.values import Assignment, Edit, Literal, Script, Value

__all__ = ["read_msmtp_accounts", "read_postfix_relay", "read_ssmtp_conf"]

_LEVELS: Final[dict[str, Encryption]] = {
    "none": "none",
    "may": "starttls_optional",
    "dane": "starttls_optional",
    "encrypt": "starttls",
    "dane-only": "starttls",
    "fingerprint": "starttls",
    "verify": "starttls",
    "secure": "starttls",
}
_VERIFYING: Final = ("verify", "secure", "fingerprint", "dane-only")
_OLD: Final = ("SSLv2", "SSLv3", "TLSv1", "TLSv1.1")
_ROOTS: Final = "/etc/ssl/certs/ca-certificates.crt"


def read_postfix_relay(script: Script) -> list[Settings]:
    """Postfix's way out: relayhost with smtp_sasl_* and smtp_tls_* (postconf(5)); none where no relayhost is set."""
    text = script.text
    last = text.line_count if text.content.endswith("\n") else text.line_count + 1

    def write(key: str, rendered: str) -> Edit:
        return text.insert_line(last, f"{key} = {rendered}")

    sheet = Sheet(script, script.assignments(), write)
    key, relay = sheet.find("relayhost")
    if relay is None or (isinstance(relay, Literal) and not relay.value):
        return []
    settings = Settings(app="postfix", text=text, line=text.line(relay.start))
    settings.host_and_port("host", key, relay)
    bracketed = isinstance(relay, Literal) and str(relay.value).startswith("[")
    if settings.port is None and isinstance(relay, Literal):
        service = str(relay.value).rpartition(":")[2]
        settings.port = {"submission": 587, "smtps": 465, "submissions": 465}.get(service, 25)
        settings.split_host(str(relay.value).removesuffix(f":{service}")) if settings.port != 25 else None
    _postfix_tls(settings, sheet)
    _postfix_auth(settings, sheet)

    def correct(what: str, target: Target) -> Correction:
        if what in ("host", "port"):
            name = f"[{target.host}]" if bracketed or what == "host" or target.host != settings.host else target.host
            fixed = sheet.put((key, f"{name}:{target.port}"))
            notes = ("postmap sasl_passwd anew with the new host and port as its key.",) if what == "host" else ()
            return Correction(
                tuple(Edit(e.start, e.end, e.text, "relayhost") for e in fixed.edits), fixed.notes + notes
            )
        return _correct_postfix(sheet, what, target)

    settings.correct = correct
    return [settings]


def _postfix_tls(settings: Settings, sheet: Sheet) -> None:
    level = settings.take_text("encryption", *sheet.find("smtp_tls_security_level"))
    enforce = truth(settings.take("encryption", *sheet.find("smtp_enforce_tls")))
    use = truth(settings.take("encryption", *sheet.find("smtp_use_tls")))
    wrapper = truth(settings.take("encryption", *sheet.find("smtp_tls_wrappermode")))
    if isinstance(level, str):
        settings.encryption = _LEVELS.get(level.lower(), "unset")
        settings.verification = "on" if level.lower() in _VERIFYING else "unset"
        if level.lower() == "encrypt":
            value = sheet.find("smtp_tls_security_level")[1]
            settings.problem(
                "unverified_by_default",
                "The level encrypt takes any certificate; secure verifies it.",
                value.start if value else None,
            )
    elif level is not None:
        settings.encryption = level
    elif enforce is True:
        settings.encryption = "starttls"
    else:
        settings.encryption = "starttls_optional" if use is True else "none"
    if wrapper is True:
        settings.encryption = "tls"
    for name in ("smtp_tls_mandatory_protocols", "smtp_tls_protocols"):
        key, value = sheet.find(name)
        taken = settings.take_text("min_tls", key, value)
        if isinstance(taken, str) and settings.min_tls is None:
            settings.min_tls = _lowest(taken)


def _lowest(protocols: str) -> str | None:
    """The lowest version that Postfix's list of protocols lets in: `>=TLSv1.2`, `!SSLv2, !SSLv3`, `TLSv1.2 TLSv1.3`."""
    words = re.split(r"[\s,:]+", protocols)
    order = (*_OLD, "TLSv1.2", "TLSv1.3")
    for word in words:
        if word.startswith(">="):
            return next((one for one in order if one.lower() == word[2:].lower()), word[2:])
    named = [one for one in order if one.lower() in (word.lower() for word in words)]
    if named:
        return named[0]
    refused = {word[1:].lower() for word in words if word.startswith("!")}
    return next((one for one in order[2:] if one.lower() not in refused), None) if refused else None


def _postfix_auth(settings: Settings, sheet: Sheet) -> None:
    enabled = truth(settings.take("auth", *sheet.find("smtp_sasl_auth_enable")))
    settings.auth = "none" if not enabled else "basic"
    mechanisms = settings.take_text("auth", *sheet.find("smtp_sasl_mechanism_filter"))
    if isinstance(mechanisms, str) and "xoauth2" in mechanisms.lower() and "login" not in mechanisms.lower():
        settings.auth = "oauth"
    key, maps = sheet.find("smtp_sasl_password_maps")
    if isinstance(maps, Literal) and str(maps.value).startswith(("static:", "inline:")):
        kind, _, held = str(maps.value).partition(":")
        user, _, secret = held.strip("{}").partition("=")[2 if kind == "inline" else 0].strip().partition(":")
        if secret:
            settings.login = user or None
            settings.password = Secret(secret)
            settings.hide(maps.start, maps.end)
            settings.take("password", key, Literal("x", maps.start, maps.end))
    elif maps is not None:
        settings.take("credentials_file", key, maps)
    if settings.auth == "basic":
        options = settings.take_text("auth", *sheet.find("smtp_sasl_tls_security_options")) or settings.take_text(
            "auth", *sheet.find("smtp_sasl_security_options")
        )
        if options is None or (isinstance(options, str) and "noplaintext" in options):
            settings.problem(
                "plaintext_mechanisms_refused",
                "smtp_sasl_security_options refuses LOGIN and PLAIN unless it is set to noanonymous: no mechanism is left.",
            )
        if settings.login is None and maps is not None:
            from rules.facts import Unknown

            settings.login = Unknown("the login is in another file (smtp_sasl_password_maps)")
            settings.password = Unknown("the password is in another file (smtp_sasl_password_maps)")


def _correct_postfix(sheet: Sheet, what: str, target: Target) -> Correction:
    if what == "encryption":
        implicit = target.encryption == "tls"
        has_wrapper = sheet.find("smtp_tls_wrappermode")[1] is not None
        level = sheet.find("smtp_tls_security_level")[1]
        strong = isinstance(level, Literal) and level.value in ("encrypt", *_VERIFYING)
        return sheet.put(
            *((("smtp_tls_security_level", "secure"),) if not strong else ()),
            *((("smtp_tls_CAfile", _ROOTS),) if not strong and not _has_roots(sheet) else ()),
            ("smtp_tls_wrappermode", implicit if has_wrapper or implicit else None),
            *((("smtp_enforce_tls", True),) if sheet.find("smtp_enforce_tls")[1] is not None else ()),
        )
    if what == "verification":
        roots = () if _has_roots(sheet) else (("smtp_tls_CAfile", _ROOTS),)
        return sheet.put(("smtp_tls_security_level", "secure"), *roots)
    if what == "min_tls":
        names = [
            name for name in ("smtp_tls_mandatory_protocols", "smtp_tls_protocols") if sheet.find(name)[1] is not None
        ]
        return sheet.put(*((name, ">=TLSv1.2") for name in names))
    if what == "auth":
        key = (
            "smtp_sasl_tls_security_options"
            if sheet.find("smtp_sasl_tls_security_options")[1]
            else "smtp_sasl_security_options"
        )
        return sheet.put((key, "noanonymous"))
    return Correction()


def _has_roots(sheet: Sheet) -> bool:
    return any(sheet.find(name)[1] is not None for name in ("smtp_tls_CAfile", "smtp_tls_CApath"))


def read_msmtp_accounts(script: Script) -> list[Settings]:
    """msmtp: every account with a host, over the defaults and the account that it inherits from (`account b : a`)."""
    accounts: dict[str, list[Assignment]] = {}
    for one in script.assignments():
        accounts.setdefault(one.path[0], []).append(one)
    shared = accounts.get("", []) + accounts.get("defaults", [])
    by_name: dict[str, list[Assignment]] = {}
    found = []
    for account, own in accounts.items():
        if account in ("", "defaults"):
            continue
        name, _, parents = account.partition("#")[0].partition(":")
        inherited = [one for parent in re.split(r"[\s,]+", parents.strip()) for one in by_name.get(parent, [])]
        by_name[name.strip()] = [*inherited, *own]
        if any(one.path[1] == "host" for one in own):
            found.append(_msmtp(script, [*shared, *inherited, *own], own))
    if not found and any(one.path[1] == "host" for one in shared):
        found.append(_msmtp(script, shared, shared))
    return found


def _msmtp(script: Script, members: list[Assignment], own: list[Assignment]) -> Settings:
    text = script.text
    last = max(text.line(one.end) for one in own)

    def write(key: str, rendered: str) -> Edit:
        return text.insert_line(last + 1, f"{text.indent(own[-1].start)}{key} {rendered}")

    sheet = Sheet(script, members, write)
    host_at = sheet.find("host")[1]
    settings = Settings(app="msmtp", text=text, line=text.line(host_at.start) if host_at else 1)
    settings.host = settings.take_text("host", *sheet.find("host"))
    key, port = sheet.find("port")
    tls = truth(settings.take("encryption", *sheet.find("tls")))
    starttls = truth(settings.take("encryption", *sheet.find("tls_starttls")))
    settings.encryption = "none" if not tls else "tls" if starttls is False else "starttls"
    settings.port = (
        settings.take_number("port", key, port) if port is not None else 465 if settings.encryption == "tls" else 25
    )
    check = truth(settings.take("verification", *sheet.find("tls_certcheck")))
    settings.verification = "off" if check is False else "on" if check is True else "unset"
    settings.login = settings.take_text("login", *sheet.find("user"))
    settings.password = settings.take_secret(*sheet.find("password"))
    if sheet.find("passwordeval")[1] is not None:
        settings.take("credentials_file", *sheet.find("passwordeval"))
    settings.sender = settings.take_text("from", *sheet.find("from"))
    method = settings.take_text("auth", *sheet.find("auth"))
    word = method.lower() if isinstance(method, str) else "off"
    settings.auth = "oauth" if word in ("oauthbearer", "xoauth2") else "none" if word == "off" else "basic"
    if settings.auth == "none" and settings.login is not None:
        settings.problem("auth_switched_off", "A user is set, but auth is not on: msmtp does not sign in.")

    def correct(what: str, target: Target) -> Correction:
        match what:
            case "host":
                return sheet.put(("host", target.host))
            case "port":
                return sheet.put(("port", target.port))
            case "encryption":
                implicit = target.encryption == "tls"
                has = sheet.find("tls_starttls")[1] is not None
                return sheet.put(("tls", True), ("tls_starttls", not implicit if has or implicit else None))
            case "verification":
                return sheet.put(("tls_certcheck", True))
            case "auth":
                return sheet.put(("auth", True))
            case "from":
                return sheet.put(("from", target.sender))
        return Correction()

    settings.correct = correct
    return settings


def read_ssmtp_conf(script: Script) -> list[Settings]:
    """ssmtp: mailhub, UseTLS, UseSTARTTLS, AuthUser, AuthPass. ssmtp does not verify certificates unless it is given roots."""
    text = script.text
    mine = list(script.assignments())
    last = max((text.line(one.end) for one in mine), default=text.line_count)

    def write(key: str, rendered: str) -> Edit:
        return text.insert_line(last + 1, f"{key}={rendered}")

    sheet = Sheet(script, mine, write)
    key, hub = sheet.find("mailhub")
    if hub is None:
        return []
    settings = Settings(app="ssmtp", text=text, line=text.line(hub.start))
    settings.host_and_port("host", key, hub)
    starttls = truth(settings.take("encryption", *sheet.find("UseSTARTTLS")))
    tls = truth(settings.take("encryption", *sheet.find("UseTLS")))
    settings.encryption = "starttls" if starttls else "tls" if tls else "none"
    settings.port = settings.port if settings.port is not None else 465 if settings.encryption == "tls" else 25
    settings.login = settings.take_text("login", *sheet.find("AuthUser"))
    settings.password = settings.take_secret(*sheet.find("AuthPass"))
    settings.auth = "basic" if settings.login is not None else "none"
    settings.sender = _address(settings.take_text("from", *sheet.find("root")))
    if settings.encryption != "none" and sheet.find("TLS_CA_File")[1] is None and sheet.find("TLS_CA_Dir")[1] is None:
        settings.problem("unverified_by_default", "Without TLS_CA_File ssmtp takes any certificate.", hub.start)

    def correct(what: str, target: Target) -> Correction:
        if what in ("host", "port"):
            name = target.host
            fixed = sheet.put((key, f"{name}:{target.port}"))
            return Correction(tuple(Edit(e.start, e.end, e.text, "mailhub") for e in fixed.edits), fixed.notes)
        if what == "encryption":
            roots = () if sheet.find("TLS_CA_File", "TLS_CA_Dir")[1] is not None else (("TLS_CA_File", _ROOTS),)
            return sheet.put(("UseTLS", True), ("UseSTARTTLS", target.encryption == "starttls"), *roots)
        if what == "verification":
            return (
                Correction((), (), True)
                if settings.encryption != target.encryption
                else sheet.put(("TLS_CA_File", _ROOTS))
            )
        if what == "from":
            return sheet.put(("root", target.sender))
        return Correction()

    settings.correct = correct
    return [settings]


def _address(value: Value | object) -> str | None:
    """ssmtp's root is a From address only where it is an address; else a local name."""
    return value if isinstance(value, str) and "@" in value else None
