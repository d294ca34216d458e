"""SMTP URLs, as Symfony Mailer, Laravel, Nodemailer and Django take them: `smtp://login:secret@host:port?option=value`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, unquote, urlencode

from rules.facts import Unknown
from scanner.secret import Secret
from scanner.submission.settings.settings import Correction, Settings, Target, truth
from scanner.submission.settings.values import Edit, Literal, Value

__all__ = ["DSN_SCHEMES", "read_dsn"]

DSN_SCHEMES: Final = ("smtp", "smtps", "smtp+tls", "smtp+ssl", "submission")
_DSN: Final = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?:(?P<user>[^:@/?#]*)(?::(?P<password>[^@/?#]*))?@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]*)(?::(?P<port>\d{1,5}))?(?P<path>/[^?#@]*)?(?:\?(?P<query>[^#@]*))?",
    re.I,
)
_OFFICE_SCHEMES: Final = ("microsoftgraph", "microsoft+api", "azure", "azure+api")


@dataclass(slots=True)
class _Dsn:
    """The places of scheme, host and what follows it in the file's text, and what is to follow."""

    scheme: tuple[int, int]
    host: tuple[int, int]
    end: int
    port: str
    path: str
    options: dict[str, str]

    def tail(self) -> Edit:
        """The edit that writes port, path and options anew."""
        port = f":{self.port}" if self.port else ""
        query = "?" + urlencode(self.options) if self.options else ""
        return Edit(self.host[1], self.end, port + self.path + query, group=f"dsn:{self.host[0]}")


def read_dsn(settings: Settings, key: str, value: Value | None, *, opportunistic: bool = True) -> bool:
    """Reads a DSN into the settings; whether the value is one for SMTP. The value is shown without its secret.

    `opportunistic`: whether the program uses STARTTLS only if it is offered, as Symfony Mailer does unless told otherwise.
    Text of which the parts cannot be told apart is hidden as a whole: a secret with an unencoded `@`, `#` or `/` may be anywhere in it.
    """
    if not isinstance(value, Literal) or not isinstance(value.value, str) or "://" not in value.value:
        if value is not None and not isinstance(value, Literal):
            taken = settings.take("host", key, value)
            settings.host = taken if isinstance(taken, Unknown) else settings.host
        return False
    text = value.value
    found = _DSN.fullmatch(text)
    if found is None:
        settings.hide(value.start, value.end)
        if "@" not in text and "#" not in text:
            settings.take("host", key, value)
        else:
            settings.take("password", key, value)
        reason = f"the address at {key} cannot be taken apart (line {settings.text.line(value.start)})"
        settings.host = Unknown(reason)
        settings.port = Unknown(reason)
        settings.encryption = Unknown(reason)
        settings.problem(
            "dsn_not_encoded",
            "The address cannot be taken apart: characters such as @ : / # in user name or password must be percent-encoded.",
            value.start,
        )
        return True
    scheme = found["scheme"].lower()
    if scheme not in DSN_SCHEMES:
        if found["password"]:
            settings.hide(value.start, value.end)
        return scheme in _OFFICE_SCHEMES
    begin = settings.text.content.find(text, value.start, value.end)
    _take_parts(settings, key, value, found, scheme, opportunistic)
    if begin < 0:
        settings.hide(value.start, value.end)
        return True
    if found["password"]:
        settings.hide(begin + found.start("password"), begin + found.end("password"))

    dsn = _Dsn(
        (begin + found.start("scheme"), begin + found.end("scheme")),
        (begin + found.start("host"), begin + found.end("host")),
        begin + found.end(),
        found["port"] or "",
        found["path"] or "",
        dict(parse_qsl(found["query"] or "")),
    )
    settings.correct = lambda what, target: _correct(dsn, what, target, opportunistic)
    return True


def _take_parts(
    settings: Settings, key: str, value: Literal, found: re.Match[str], scheme: str, opportunistic: bool
) -> None:
    shown = re.sub(r"(?<=:)[^:@]*(?=@)", "****", found[0]) if found["password"] else found[0]
    settings.take("host", key, Literal(shown, value.start, value.end))
    settings.host = found["host"].strip("[]") or None
    implicit = scheme in ("smtps", "smtp+ssl")
    settings.port = int(found["port"]) if found["port"] else (465 if implicit else None)
    settings.login = unquote(found["user"]) if found["user"] else None
    if found["password"]:
        settings.password = Secret(unquote(found["password"]))
        settings.take("password", key, Literal("x", value.start, value.end))
    settings.auth = "basic" if settings.login else "none"
    options = {name.lower(): text for name, text in parse_qsl(found["query"] or "")}
    if (
        implicit
        or (opportunistic and settings.port == 465)
        or options.get("encryption") == "ssl"
        or truth(options.get("secure")) is True
    ):
        settings.encryption = "tls"
    elif (
        scheme in ("smtp+tls", "submission")
        or truth(options.get("require_tls", options.get("requiretls"))) is True
        or options.get("encryption") in ("tls", "starttls")
    ):
        settings.encryption = "starttls"
    elif truth(options.get("auto_tls")) is False or truth(options.get("ignoretls")) is True:
        settings.encryption = "none"
    else:
        settings.encryption = "starttls_optional"
    verify = truth(options.get("verify_peer", options.get("tls.rejectunauthorized")))
    settings.verification = "off" if verify is False else "on" if verify is True else "unset"
    if "xoauth2" in options.get("auth_mode", "").lower():
        settings.auth = "oauth"


def _correct(dsn: _Dsn, what: str, target: Target, opportunistic: bool) -> Correction:
    if what == "host":
        return Correction((Edit(*dsn.host, target.host),))
    if what == "port":
        dsn.port = str(target.port)
        return Correction((dsn.tail(),))
    if what == "encryption":
        for name in ("encryption", "auto_tls", "secure", "ignoreTLS", "require_tls", "requireTLS"):
            dsn.options.pop(name, None)
        if target.encryption == "starttls":
            dsn.options["require_tls" if opportunistic else "requireTLS"] = "true"
        return Correction((Edit(*dsn.scheme, "smtps" if target.encryption == "tls" else "smtp"), dsn.tail()))
    if what == "verification":
        for name in ("verify_peer", "verify_peer_name", "allow_self_signed", "tls.rejectUnauthorized"):
            dsn.options.pop(name, None)
        return Correction((dsn.tail(),))
    return Correction()
