"""What Nodemailer's options mean, in JavaScript and in JSON."""

from __future__ import annotations

from typing import Final

from rules.facts import Unknown
from scanner.submission.settings.dsn import read_dsn
from scanner.submission.settings.settings import Correction, Settings, Target, truth
from scanner.submission.settings.tables import TableSheet
from scanner.submission.settings.values import Call, Edit, Literal, Script, Table, Value

__all__ = ["looks_like_nodemailer", "read_nodemailer", "read_nodemailer_json"]

_SERVICES: Final = {
    "outlook365": ("smtp.office365.com", 587),
    "office365": ("smtp.office365.com", 587),
    "hotmail": ("smtp-mail.outlook.com", 587),
    "outlook": ("smtp-mail.outlook.com", 587),
    "gmail": ("smtp.gmail.com", 465),
}
"""Names that Nodemailer knows (its lib/well-known/services.json, read 2026-11-21); others are unknown to us."""
_SECRETS: Final = ("pass", "password", "clientSecret", "refreshToken", "accessToken", "privateKey")


def read_nodemailer(script: Script) -> list[Settings]:
    """`createTransport(options)` of a program: one sender for each."""
    found = []
    for call in script.calls():
        if call.name != "createTransport" or not call.arguments:
            continue
        options = call.arguments[0]
        defaults = call.arguments[1] if len(call.arguments) > 1 else None
        if isinstance(options, Table):
            settings = _transport(script, options, call)
        else:
            settings = Settings(app="nodemailer", text=script.text, line=script.text.line(call.start))
            if not read_dsn(settings, "createTransport", options, opportunistic=False):
                settings.host = settings.host or Unknown("the options of createTransport are computed")
                settings.port = Unknown("the options of createTransport are computed")
                settings.encryption = Unknown("the options of createTransport are computed")
        _messages(settings, script, call, defaults)
        found.append(settings)
    return found


def read_nodemailer_json(script: Script) -> list[Settings]:
    """Objects of a JSON file that look like Nodemailer's options: a host or service beside secure, auth or a port."""
    found = []
    for one in script.assignments():
        if isinstance(one.value, Table) and looks_like_nodemailer(one.value):
            settings = _transport(script, one.value, None)
            if settings.sender is None:
                settings.sender = settings.take_text("from", "from", one.value.get("from"))
            found.append(settings)
    return found


def looks_like_nodemailer(table: Table) -> bool:
    """Whether an object has the keys of Nodemailer's SMTP options."""
    auth = table.get("auth")
    has_auth = isinstance(auth, Table) and auth.get("user", "pass", "type") is not None
    server = table.get("host") is not None or table.get("service") is not None
    return server and (has_auth or table.get("secure") is not None or table.get("requireTLS") is not None)


def _transport(script: Script, options: Table, call: Call | None) -> Settings:
    text = script.text
    sheet = TableSheet(script, options)
    settings = Settings(app="nodemailer", text=text, line=text.line(call.start if call else options.start))
    settings.host = settings.take_text("host", *sheet.find("host"))
    settings.port = settings.take_number("port", *sheet.find("port"))
    service = settings.take_text("host", *sheet.find("service"))
    if settings.host is None and service is not None:
        known = _SERVICES.get(service.lower()) if isinstance(service, str) else None
        settings.host, port = known or (Unknown("a service whose server is not known here"), None)
        settings.port = settings.port or port
    _encryption(settings, sheet)
    _auth(settings, sheet)
    wrong = _tls(settings, sheet)
    limit = sheet.find("maxConnections")[1]
    if limit is not None:
        settings.connections = settings.take_number("connections", "maxConnections", limit)

    def correct(what: str, target: Target) -> Correction:
        match what:
            case "host":
                entry = sheet.entry("service")
                if sheet.find("host")[1] is None and entry is not None:
                    quoted = text.content[entry.start] if text.content[entry.start] in "'\"" else ""
                    written = f"{quoted}host{quoted}: {script.render(target.host)}"
                    return Correction((Edit(entry.start, entry.end, written),))
                return sheet.put(("host", target.host))
            case "port":
                return sheet.put(("port", target.port))
            case "encryption":
                implicit = target.encryption == "tls"
                has_ignore = sheet.find("ignoreTLS")[1] is not None
                return sheet.put(
                    ("secure", implicit),
                    ("requireTLS", None if implicit else True),
                    *((("ignoreTLS", False),) if has_ignore else ()),
                )
            case "verification":
                return Correction(tuple(Edit(v.start, v.end, written, f"at:{v.start}") for v, written in wrong))
            case "ciphers":
                inner = sheet.inner("tls")
                return inner.remove("ciphers") if inner is not None else Correction()
            case "min_tls":
                inner = sheet.inner("tls")
                return inner.put(("minVersion", "TLSv1.2")) if inner is not None else Correction()
            case "from":
                return sheet.put(("from", target.sender)) if sheet.find("from")[1] is not None else Correction()
        return Correction()

    settings.correct = correct
    return settings


def _encryption(settings: Settings, sheet: TableSheet) -> None:
    secure = truth(settings.take("encryption", *sheet.find("secure")))
    required = truth(settings.take("encryption", *sheet.find("requireTLS")))
    ignored = truth(settings.take("encryption", *sheet.find("ignoreTLS")))
    for said in (secure, required, ignored):
        if isinstance(said, Unknown):
            settings.encryption = said
            return
    implicit = secure is True or (secure is None and settings.port == 465)
    settings.encryption = "tls" if implicit else "none" if ignored else "starttls" if required else "starttls_optional"
    if settings.port is None:
        settings.port = 465 if implicit else 587


def _auth(settings: Settings, sheet: TableSheet) -> None:
    auth = sheet.inner("auth")
    if auth is None:
        value = sheet.find("auth")[1]
        settings.auth = "none" if value is None else Unknown("the auth option is computed")
        return
    settings.login = settings.take_text("login", *auth.find("user"))
    method = settings.take_text("auth", *auth.find("type"))
    for key in _SECRETS:
        name, value = auth.find(key)
        if value is not None:
            taken = settings.take_secret(name, value)
            settings.password = taken if key in ("pass", "password") else settings.password
    is_oauth = isinstance(method, str) and "oauth2" in method.lower()
    settings.auth = "oauth" if is_oauth else "basic" if settings.login is not None else "none"


def _tls(settings: Settings, sheet: TableSheet) -> list[tuple[Literal, str]]:
    """Options of the TLS socket; those that switch verification off, with what they should say."""
    tls = sheet.inner("tls")
    if tls is None:
        return []
    wrong = []
    key, value = tls.find("rejectUnauthorized")
    said = truth(settings.take("verification", key, value))
    if isinstance(said, Unknown):
        settings.verification = said
    elif said is not None:
        settings.verification = "on" if said else "off"
        if not said and isinstance(value, Literal):
            wrong.append((value, "true"))
    key, value = tls.find("minVersion")
    settings.min_tls = settings.take_text("min_tls", key, value)
    key, value = tls.find("ciphers")
    if isinstance(value, Literal):
        settings.take("ciphers", key, value)
        if "ssl" in str(value.value).lower() and "!ssl" not in str(value.value).lower():
            settings.problem("obsolete_ciphers", "tls.ciphers asks for ciphers of SSLv3; leave it out.", value.start)
    return wrong


def _messages(settings: Settings, script: Script, call: Call, defaults: Value | None) -> None:
    """From and recipients: of the transport's defaults, and of what is sent by it."""
    own: Literal | None = None
    tables = [defaults] if isinstance(defaults, Table) else []
    tables += [
        argument
        for other in script.calls()
        if other.name == "sendMail" and (not call.bound or other.receiver == call.bound)
        for argument in other.arguments
        if isinstance(argument, Table)
    ]
    for table in tables:
        sender = table.get("from")
        if settings.sender is None and sender is not None:
            settings.sender = settings.take_text("from", "from", sender)
            own = sender if isinstance(sender, Literal) else None
        for key in ("to", "cc", "bcc"):
            if table.get(key) is not None:
                settings.add_recipients(key, table.get(key))
    inner = settings.correct
    if own is not None:
        place = own

        def correct(what: str, target: Target) -> Correction:
            if what == "from":
                return Correction((Edit(place.start, place.end, script.render(target.sender)),))
            return inner(what, target) if inner is not None else Correction()

        settings.correct = correct
