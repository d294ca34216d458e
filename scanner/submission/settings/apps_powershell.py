"""What a PowerShell script means that sends by Send-MailMessage or System.Net.Mail.SmtpClient."""

from __future__ import annotations

import re
from typing import Final

from rules.facts import Unknown
from scanner.submission.settings.settings import Correction, Line, Settings, Target, truth
from scanner.submission.settings.values import (
    Assignment,
    Call,
    Computed,
    Edit,
    Entry,
    Literal,
    Many,
    Script,
    Table,
    Value,
)

__all__ = ["read_powershell_script"]

_PARAMETERS: Final = ("SmtpServer", "Port", "UseSsl", "Credential", "From", "To", "Cc", "Bcc", "Subject", "Body")
_ALIASES: Final = {"comp": "SmtpServer", "computername": "SmtpServer"}
_SECURE: Final = "convertto-securestring"


def read_powershell_script(script: Script) -> list[Settings]:
    """One sender for every Send-MailMessage and every SmtpClient."""
    found = []
    for call in script.calls():
        if call.target.lower() == "send-mailmessage":
            found.append(_send_mail_message(script, call))
        elif call.target == "new smtpclient":
            found.append(_smtp_client(script, call))
    for settings in found:
        _surroundings(settings, script)
    return found


def _parameters(call: Call) -> tuple[dict[str, Entry], Table | None]:
    """The parameters by their full names (PowerShell takes any beginning that is unique), splatted tables included."""
    splatted = next((value for value in call.arguments if isinstance(value, Table)), None)
    found: dict[str, Entry] = {}
    for entry in (*(splatted.entries if splatted else ()), *call.named):
        given = entry.key.lower()
        names = [name for name in _PARAMETERS if name.lower().startswith(given)]
        name = _ALIASES.get(given) or (names[0] if len(names) == 1 or given in ("p", "f", "t") else entry.key)
        found[name] = entry
    return found, splatted


def _send_mail_message(script: Script, call: Call) -> Settings:
    text = script.text
    settings = Settings(app="powershell", text=text, line=text.line(call.start))
    parameters, splatted = _parameters(call)

    def value(name: str) -> Value | None:
        entry = parameters.get(name)
        return entry.value if entry is not None else None

    settings.host = settings.take_text("host", "SmtpServer", value("SmtpServer"))
    port = value("Port")
    settings.port = settings.take_number("port", "Port", port) if port is not None else 25
    ssl = truth(settings.take("encryption", "UseSsl", value("UseSsl")))
    settings.encryption = ssl if isinstance(ssl, Unknown) else "starttls" if ssl else "none"
    settings.sender = settings.take_text("from", "From", value("From"))
    for name in ("To", "Cc", "Bcc"):
        if value(name) is not None:
            settings.add_recipients(name, value(name))
    _credential(settings, value("Credential"))
    settings.problem(
        "obsolete_client",
        "Send-MailMessage is obsolete: Microsoft says not to use it, and it cannot sign in by OAuth.",
        call.start,
    )
    if any(isinstance(one, Computed) for one in call.arguments):
        _unknown_splat(settings, parameters)

    def put(name: str, written: str) -> Correction:
        held = value(name)
        if isinstance(held, Literal) and name in parameters:
            if held.start == held.end:
                return Correction()
            return Correction((Edit(held.start, held.end, written),))
        if held is not None:
            return Correction()
        if splatted is not None:
            at = splatted.start + 2
            return Correction((Edit(at, at, f" {name} = {written};"),))
        head = call.start + len("Send-MailMessage")
        return Correction((Edit(head, head, f" -{name}" if name == "UseSsl" else f" -{name} {written}"),))

    def correct(what: str, target: Target) -> Correction:
        match what:
            case "host":
                return put("SmtpServer", script.render(target.host))
            case "port":
                return put("Port", str(target.port))
            case "encryption":
                return put("UseSsl", "$true")
            case "from":
                return put("From", script.render(target.sender))
        return _correct_surroundings(script, what)

    settings.correct = correct
    return settings


def _unknown_splat(settings: Settings, parameters: dict[str, Entry]) -> None:
    reason = Unknown("parameters are handed over in a variable that is computed")
    if "SmtpServer" not in parameters:
        settings.host = reason
    if "Port" not in parameters:
        settings.port = reason
    if "UseSsl" not in parameters:
        settings.encryption = reason
    if "Credential" not in parameters:
        settings.auth = reason


def _smtp_client(script: Script, call: Call) -> Settings:
    text = script.text
    settings = Settings(app="powershell", text=text, line=text.line(call.start))
    host, port = call.argument("", 0), call.argument("", 1)
    members = {
        one.path[-1].lower(): one
        for one in script.assignments()
        if len(one.path) == 2 and one.path[0].lower() == call.bound
    }
    members = members if call.bound else {}

    def member(name: str) -> Value | None:
        one = members.get(name.lower())
        return one.value if one is not None else None

    host, port = host or member("Host"), port or member("Port")
    settings.host = settings.take_text("host", "Host", host)
    settings.port = settings.take_number("port", "Port", port) if port is not None else 25
    ssl = truth(settings.take("encryption", "EnableSsl", member("EnableSsl")))
    settings.encryption = ssl if isinstance(ssl, Unknown) else "starttls" if ssl else "none"
    _credential(settings, member("Credentials"))

    def correct(what: str, target: Target) -> Correction:
        if what == "host" and isinstance(host, Literal):
            return Correction((Edit(host.start, host.end, script.render(target.host)),))
        if what == "port":
            if isinstance(port, Literal):
                return Correction((Edit(port.start, port.end, str(target.port)),))
            return _member_line(script, call, "Port", str(target.port)) if port is None else Correction()
        if what == "encryption":
            enabled = member("EnableSsl")
            if isinstance(enabled, Literal):
                return Correction((Edit(enabled.start, enabled.end, "$true"),))
            return _member_line(script, call, "EnableSsl", "$true") if enabled is None else Correction()
        return _correct_surroundings(script, what)

    settings.correct = correct
    return settings


def _member_line(script: Script, call: Call, name: str, written: str) -> Correction:
    if not call.bound:
        return Correction((), (f"line {script.text.line(call.start)}: set {name} of the client to {written}.",))
    line = script.text.line(call.end) + 1
    return Correction(
        (script.text.insert_line(line, f"{script.text.indent(call.start)}${call.bound}.{name} = {written}"),)
    )


def _credential(settings: Settings, value: Value | None) -> None:
    """`New-Object PSCredential(user, secure string)`; what is asked at run time is unknown and no secret in the file."""
    if value is None:
        settings.auth = "none"
        return
    if isinstance(value, Call) and value.target in ("new pscredential", "new networkcredential") and value.arguments:
        arguments = value.arguments[0].values if isinstance(value.arguments[0], Many) else value.arguments
        settings.login = settings.take_text("login", "Credential", arguments[0])
        if len(arguments) > 1:
            second = arguments[1]
            settings.password = settings.take_secret("Credential", _secure_text(second) or second)
        settings.auth = "basic"
        return
    settings.lines.append(Line("password", settings.text.line(value.start), "Credential = (computed)"))
    settings.login = Unknown(f"the credential is computed (line {settings.text.line(value.start)})")
    settings.password = Unknown(f"the credential is computed (line {settings.text.line(value.start)})")
    settings.auth = "basic"


def _secure_text(value: Value) -> Literal | None:
    """The text that `ConvertTo-SecureString "..." -AsPlainText` is given."""
    if isinstance(value, Call) and value.target.lower() == _SECURE:
        held = value.argument("String", 0)
        return held if isinstance(held, Literal) else None
    return None


def _surroundings(settings: Settings, script: Script) -> None:
    """What holds for the whole script: secrets in clear, TLS versions, verification."""
    for call in script.calls():
        text = _secure_text(call)
        if text is not None and call.argument("AsPlainText") is not None:
            settings.hide(text.start, text.end)
    for one, source in _point_manager(script):
        if one.path[-1] == "SecurityProtocol":
            versions = list(re.findall(r"\b(Ssl3|Tls1[123]|Tls)\b", source, re.I))
            settings.lines.append(
                Line("min_tls", script.text.line(one.start), f"SecurityProtocol = {', '.join(versions)}")
            )
            names = {"ssl3": "SSLv3", "tls": "TLSv1", "tls11": "TLSv1.1", "tls12": "TLSv1.2", "tls13": "TLSv1.3"}
            settings.min_tls = names[min((v.lower() for v in versions), key=list(names).index)] if versions else None
        elif "true" in source.lower():
            settings.verification = "off"
            settings.lines.append(
                Line("verification", script.text.line(one.start), "ServerCertificateValidationCallback = { $true }")
            )


def _point_manager(script: Script) -> list[tuple[Assignment, str]]:
    """The assignments to ServicePointManager's TLS version and certificate callback, with what is assigned."""
    return [
        (one, script.text.content[one.start : one.end].partition("=")[2])
        for one in script.assignments()
        if one.path[-1] in ("SecurityProtocol", "ServerCertificateValidationCallback")
    ]


def _correct_surroundings(script: Script, what: str) -> Correction:
    edits = []
    for one, source in _point_manager(script):
        begin = one.end - len(source.lstrip())
        if what == "min_tls" and one.path[-1] == "SecurityProtocol":
            edits.append(Edit(begin, one.end, "[Net.SecurityProtocolType]::Tls12", f"at:{begin}"))
        elif what == "verification" and one.path[-1] != "SecurityProtocol":
            edits.append(Edit(begin, one.end, "$null", f"at:{begin}"))
    return Correction(tuple(edits))
