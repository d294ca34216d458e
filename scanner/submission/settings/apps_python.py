"""What Python means: Django's settings, and programs that use smtplib."""

from __future__ import annotations

import re
from typing import Final

from rules.facts import Unknown
from scanner.submission.settings.settings import Correction, Line, Settings, Target, truth
from scanner.submission.settings.sheet import Sheet
from scanner.submission.settings.values import Assignment, Call, Edit, Literal, Script, Value

__all__ = ["read_django", "read_smtplib"]

_CONSTRUCTORS: Final = ("smtplib.SMTP", "smtplib.SMTP_SSL", "SMTP", "SMTP_SSL")
_UNVERIFIED: Final = ("_create_unverified_context", "_create_stdlib_context")
_VERIFIED: Final = "ssl.create_default_context()"
_OLD_TLS: Final = {
    "TLSv1": "TLSv1",
    "TLSv1_1": "TLSv1.1",
    "TLSv1_2": "TLSv1.2",
    "TLSv1_3": "TLSv1.3",
    "SSLv3": "SSLv3",
    "MINIMUM_SUPPORTED": "TLSv1",
}


def read_django(script: Script) -> list[Settings]:
    """Django: EMAIL_HOST, EMAIL_PORT, EMAIL_USE_TLS, EMAIL_USE_SSL, DEFAULT_FROM_EMAIL. EMAIL_USE_TLS is STARTTLS and requires it."""
    text = script.text
    mine = [
        one
        for one in script.assignments()
        if len(one.path) == 1 and one.path[0].startswith(("EMAIL_", "DEFAULT_FROM", "SERVER_EMAIL"))
    ]
    if not any(one.path[0].startswith("EMAIL_HOST") for one in mine):
        return []
    last = max(text.line(one.end) for one in mine)

    def write(key: str, rendered: str) -> Edit:
        return text.insert_line(last + 1, f"{text.indent(mine[-1].start)}{key} = {rendered}")

    sheet = Sheet(script, mine, write)
    settings = Settings(app="django", text=text, line=sheet.first_line)
    settings.host = settings.take_text("host", *sheet.find("EMAIL_HOST"))
    port_key, port = sheet.find("EMAIL_PORT")
    settings.port = settings.take_number("port", port_key, port) if port is not None else 25
    settings.login = settings.take_text("login", *sheet.find("EMAIL_HOST_USER"))
    settings.password = settings.take_secret(*sheet.find("EMAIL_HOST_PASSWORD"))
    from_key, sender = sheet.find("DEFAULT_FROM_EMAIL")
    settings.sender = settings.take_text("from", from_key, sender)
    settings.auth = "basic" if settings.login is not None else "none"
    starttls = truth(settings.take("encryption", *sheet.find("EMAIL_USE_TLS")))
    implicit = truth(settings.take("encryption", *sheet.find("EMAIL_USE_SSL")))
    for said in (implicit, starttls):
        if isinstance(said, Unknown):
            settings.encryption = said
            break
    else:
        settings.encryption = "tls" if implicit else "starttls" if starttls else "none"
    if implicit is True and starttls is True:
        settings.problem(
            "tls_set_twice", "EMAIL_USE_TLS and EMAIL_USE_SSL are both on; Django refuses to start with both."
        )

    def correct(what: str, target: Target) -> Correction:
        match what:
            case "host":
                return sheet.put(("EMAIL_HOST", target.host))
            case "port":
                return sheet.put(("EMAIL_PORT", target.port))
            case "encryption":
                tls = target.encryption == "tls"
                has_ssl = sheet.find("EMAIL_USE_SSL")[1] is not None
                has_tls = sheet.find("EMAIL_USE_TLS")[1] is not None
                return sheet.put(
                    ("EMAIL_USE_TLS", not tls if has_tls or not tls else None),
                    ("EMAIL_USE_SSL", tls if has_ssl or tls else None),
                )
            case "from":
                return sheet.put(("DEFAULT_FROM_EMAIL", target.sender))
        return Correction()

    settings.correct = correct
    return [settings]


def read_smtplib(script: Script) -> list[Settings]:
    """smtplib: one sender for every SMTP or SMTP_SSL that is made; what follows up to the next belongs to it."""
    calls = sorted(script.calls(), key=lambda call: (call.start, -call.end))
    makers = [call for call in calls if _is_constructor(call, script)]
    found = []
    for number, maker in enumerate(makers):
        end = makers[number + 1].start if number + 1 < len(makers) else len(script.text.content) + 1
        begin = 0 if number == 0 else makers[number - 1].end
        found.append(_Smtplib(script, maker, [c for c in calls if maker.start < c.start < end], begin, end).settings())
    return found


def _is_constructor(call: Call, script: Script) -> bool:
    if call.target not in _CONSTRUCTORS:
        return False
    return "." in call.target or f"smtplib.{call.target}" in script.imports


class _Smtplib:
    """One connection: the call that makes it, and what is called up to `end`."""

    def __init__(self, script: Script, maker: Call, calls: list[Call], begin: int, end: int) -> None:
        self.script, self.text, self.maker = script, script.text, maker
        self.begin, self.end = begin, end
        mine = [call for call in calls if not maker.bound or call.receiver in (maker.bound, "")]
        self.starttls = next((call for call in mine if call.name == "starttls"), None)
        self.login = next((call for call in mine if call.name == "login"), None)
        self.connect = next((call for call in mine if call.name == "connect"), None)
        self.sending = [call for call in mine if call.name in ("sendmail", "send_message")]
        self.oauth = [call for call in mine if call.name in ("auth", "docmd")]
        source = self.connect if self.connect is not None and maker.argument("host", 0) is None else maker
        self.host_value, self.port_value = source.argument("host", 0), source.argument("port", 1)
        self.out = Settings(app="smtplib", text=self.text, line=self.text.line(maker.start))
        self.wrong: list[tuple[int, int, str]] = []
        self.too_old: Literal | None = None
        self.bare: Call | None = None
        self.sender_value: Value | None = None

    def settings(self) -> Settings:
        out = self.out
        implicit = self.maker.name == "SMTP_SSL"
        out.host_and_port("host", "host", self.host_value)
        if self.port_value is not None:
            out.port = out.take_number("port", "port", self.port_value)
        elif out.port is None:
            out.port = 465 if implicit else 25
        out.encryption = "tls" if implicit else "starttls" if self.starttls is not None else "none"
        if self.starttls is not None:
            out.lines.append(self._line("encryption", self.starttls, "starttls()"))
        if implicit:
            out.lines.append(self._line("encryption", self.maker, "SMTP_SSL"))
        self._signing_in()
        self._addresses()
        self._context()
        out.correct = self.correct
        return out

    def _line(self, what: str, call: Call, shown: str) -> Line:
        return Line(what, self.text.line(call.start), shown)

    def _signing_in(self) -> None:
        out = self.out
        if self.login is not None:
            out.login = out.take_text("login", "user", self.login.argument("user", 0))
            out.password = out.take_secret("password", self.login.argument("password", 1))
            out.auth = "basic"
        elif any("XOAUTH2" in self.text.content[call.start : call.end].upper() for call in self.oauth):
            out.auth = "oauth"
            for call in self.oauth:
                for held in call.arguments:
                    if isinstance(held, Literal) and str(held.value).upper().startswith("XOAUTH2 "):
                        out.hide(held.start, held.end)
        else:
            out.auth = "none"

    def _addresses(self) -> None:
        out = self.out
        for one in self.script.assignments():
            if len(one.path) == 2 and self.begin <= one.start < self.end:
                if one.path[1].lower() == "from":
                    self.sender_value = one.value
                elif one.path[1].lower() in ("to", "cc", "bcc"):
                    out.add_recipients(one.path[1], one.value)
        for call in self.sending:
            sender = call.argument("from_addr", 0 if call.name == "sendmail" else 1)
            self.sender_value = self.sender_value if self.sender_value is not None else sender
            to = call.argument("to_addrs", 1 if call.name == "sendmail" else 2)
            if to is not None and not out.recipients:
                out.add_recipients("to_addrs", to)
        out.sender = out.take_text("from", "From", self.sender_value)

    def _context(self) -> None:
        """Verification and the lowest version, as the TLS context has them."""
        out = self.out
        carrier = self.starttls if self.starttls is not None else self.maker if self.maker.name == "SMTP_SSL" else None
        if carrier is None:
            return
        context = carrier.argument("context")
        if context is None or (isinstance(context, Literal) and context.value is None):
            self.bare = carrier
            out.problem("unverified_by_default", "Without a context smtplib takes any certificate.", carrier.start)
        else:
            made = self.text.content[context.start : context.end]
            if any(name in made for name in _UNVERIFIED) or re.search(r"SSLContext\(", made):
                out.take("verification", "context", Literal(made, context.start, context.end))
                out.verification = "off" if any(name in made for name in _UNVERIFIED) else "unset"
                self.wrong.append((context.start, context.end, _VERIFIED))
            elif "create_default_context" in made:
                out.verification = "on"
            if "PROTOCOL_TLSv1" in made or "PROTOCOL_SSLv" in made:
                version = next((v for k, v in reversed(_OLD_TLS.items()) if f"PROTOCOL_{k}" in made), None)
                out.min_tls = version
        for one in self.script.assignments():
            self._context_setting(one)

    def _context_setting(self, one: Assignment) -> None:
        out, value = self.out, one.value
        if not isinstance(value, Literal) or len(one.path) < 2:
            return
        key = one.path[-1]
        if key == "check_hostname":
            out.take("verification", key, value)
            if value.value is False:
                out.verification = "off"
                self.wrong.append((value.start, value.end, "True"))
        elif key == "verify_mode":
            out.take("verification", key, value)
            if str(value.value).endswith("CERT_NONE"):
                out.verification = "off"
                self.wrong.append((value.start, value.end, "ssl.CERT_REQUIRED"))
        elif key == "minimum_version":
            out.take("min_tls", key, value)
            out.min_tls = _OLD_TLS.get(str(value.value).rpartition(".")[2], str(value.value))
            self.too_old = value

    def correct(self, what: str, target: Target) -> Correction:
        match what:
            case "host":
                return self._literal(self.host_value, self.script.render(target.host))
            case "port":
                if self.port_value is None and self.host_value is not None:
                    at = self.maker.end - 1 if self.host_value.end <= self.maker.start else self._behind_host()
                    return Correction(
                        (Edit(at, at, f", {target.port}" if at != self.maker.end - 1 else f", port={target.port}"),)
                    )
                return self._literal(self.port_value, str(target.port))
            case "encryption":
                return self._encryption(target)
            case "verification":
                return self._verification(target)
            case "min_tls" if self.too_old is not None:
                return Correction((Edit(self.too_old.start, self.too_old.end, "ssl.TLSVersion.TLSv1_2"),))
            case "from":
                return self._literal(self.sender_value, self.script.render(target.sender))
        return Correction()

    def _behind_host(self) -> int:
        assert self.host_value is not None
        return self.host_value.end if self.maker.start < self.host_value.start < self.maker.end else self.maker.end - 1

    def _literal(self, value: Value | None, written: str) -> Correction:
        if isinstance(value, Literal):
            return Correction((Edit(value.start, value.end, written),))
        return Correction()

    def _verification(self, target: Target) -> Correction:
        edits = [Edit(start, end, written, f"at:{start}") for start, end, written in self.wrong]
        if self.bare is not None:
            if target.encryption == "starttls" and self.maker.name == "SMTP_SSL":
                return Correction(done=True)
            said = self.bare.argument("context")
            if isinstance(said, Literal):
                edit = Edit(said.start, said.end, _VERIFIED, f"at:{said.start}")
                return Correction((*edits, edit, *self._import_ssl()))
            at = self.bare.end - 1
            comma = ", " if self.bare.arguments or self.bare.named else ""
            edits.append(Edit(at, at, f"{comma}context={_VERIFIED}", f"context:{at}"))
        return Correction((*edits, *self._import_ssl()) if edits else ())

    def _import_ssl(self) -> tuple[Edit, ...]:
        if "ssl" in self.script.imports:
            return ()
        for line in range(1, self.text.line_count + 1):
            content = self.text.content[self.text.line_start(line) : self.text.line_end(line)]
            if re.match(r"(?:import [\w., ]*\bsmtplib|from smtplib import)\b", content):
                edit = self.text.insert_line(line + 1, "import ssl")
                return (Edit(edit.start, edit.end, edit.text, "import ssl"),)
        return ()

    def _encryption(self, target: Target) -> Correction:
        name = self.text.content[self.maker.start : self.maker.end].partition("(")[0]
        at = self.maker.start + len(name)
        if target.encryption == "tls":
            if self.maker.name == "SMTP_SSL":
                return Correction()
            edits = [Edit(at, at, "_SSL")]
            if self.starttls is not None:
                line = self.text.line(self.starttls.start)
                edits.append(Edit(self.text.line_start(line), self.text.line_end(line), ""))
            return Correction(tuple(edits))
        edits = [Edit(at - len("_SSL"), at, "")] if self.maker.name == "SMTP_SSL" else []
        context = self.maker.argument("context")
        written = _VERIFIED
        for entry in self.maker.named:
            if entry.key == "context":
                if isinstance(context, Literal | Call) and self.maker.start < context.start:
                    written = self.text.content[context.start : context.end]
                source = self.text.content[entry.start : entry.end]
                written = source.partition("=")[2].strip() or written
                begin = self.text.content.rfind(",", self.maker.start, entry.start)
                edits.append(Edit(begin if begin > 0 else entry.start, entry.end, ""))
        if self.starttls is not None:
            return Correction(tuple(edits))
        place = self.login or (self.sending[0] if self.sending else None)
        receiver = self.maker.bound or "server"
        if place is None or self.text.line(place.start) == self.text.line(self.maker.start):
            note = (
                f"line {self.text.line(self.maker.end)}: call {receiver}.starttls(context={written}) before signing in."
            )
            return Correction(tuple(edits), (note,))
        line = self.text.line(place.start)
        added = self.text.insert_line(line, f"{self.text.indent(place.start)}{receiver}.starttls(context={written})")
        return Correction((*edits, added, *(self._import_ssl() if written == _VERIFIED else ())))
