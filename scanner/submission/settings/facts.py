"""From settings to the facts that rules read, with what was read as evidence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from rules.facts import Host, Problem, Submission, SubmissionSetting, Unknown
from rules.results import QueryRecord
from scanner.secret import Secret
from scanner.submission.hosts import host_form
from scanner.submission.masking import mask
from scanner.submission.settings.reading import FileSettings
from scanner.submission.settings.settings import Settings

__all__ = ["SettingsFacts", "address_in", "facts_of"]

Recipients = Literal["internal", "external", "both", "unset"]
_ADDRESS: Final = re.compile(r"[^\s<>,;:\"'()\[\]\\]+@[^\s<>,;:\"'()\[\]\\@]+")
_APP_PASSWORD: Final = re.compile(r"[a-z]{16}|[a-z]{4}(?:[ -][a-z]{4}){3}")
_FACTS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "host": ("host", "host_kind", "cloud"),
    "port": ("port",),
    "encryption": ("encryption",),
    "verification": ("verification",),
    "min_tls": ("min_tls",),
    "login": ("login_form", "from_login", "auth_method", "basic_auth"),
    "password": ("secrets_in_clear", "app_password", "basic_auth"),
    "from": ("from_login", "from_domain"),
    "auth": ("auth_method", "basic_auth"),
    "recipients": ("recipients",),
    "connections": ("connections",),
}


@dataclass(frozen=True, slots=True)
class SettingsFacts:
    """The facts of one sender, what was read of it, and which facts come from which of that (indices of `answers`)."""

    submission: Submission
    answers: tuple[QueryRecord, ...]
    evidence: Mapping[str, tuple[int, ...]]
    settings: Settings


def facts_of(file: FileSettings, recipients: Recipients = "unset") -> tuple[SettingsFacts, ...]:
    """The facts of every sender of a file. `recipients` is what the person who asks says of them; it goes before the file's word."""
    several = len(file.senders) > 1
    return tuple(_facts(file, settings, recipients, several) for settings in file.senders)


def _facts(file: FileSettings, settings: Settings, recipients: Recipients, several: bool) -> SettingsFacts:
    place = f"{file.path}:{settings.line}" if several else file.path
    form = settings.host if isinstance(settings.host, Unknown) else host_form(settings.host)
    lines = sorted(settings.lines, key=lambda line: line.line)
    submission = Submission(
        name=f"{place} ({settings.app})",
        kind="settings",
        app=settings.app,
        host=_host(settings.host),
        host_kind=form if isinstance(form, Unknown) else form.kind,
        cloud=form if isinstance(form, Unknown) else form.cloud,
        port=settings.port,
        encryption=settings.encryption,
        verification=settings.verification,
        min_tls=settings.min_tls,
        login_form=_login_form(settings),
        from_login=_from_login(settings),
        from_domain=_from_domain(settings),
        auth_method=settings.auth,
        app_password=_app_password(settings),
        secrets_in_clear=tuple(
            dict.fromkeys(f"{file.path}:{settings.text.line(start)}" for start, _ in sorted(settings.secrets))
        ),
        recipients=recipients if recipients != "unset" else _recipients(settings),
        connections=settings.connections,
        settings=tuple(
            SubmissionSetting(what=line.what, file=file.path, line=line.line, shown=line.shown) for line in lines
        ),
        problems=tuple(
            Problem(code=one.code, text=one.text, where=f"{file.path}:{one.where}") for one in settings.problems
        ),
    )
    answers = tuple(
        QueryRecord(name=f"{file.path}:{line.line}", type="SETTING", status="NOERROR", values=(line.shown,))
        for line in lines
    )
    evidence: dict[str, tuple[int, ...]] = {}
    for index, line in enumerate(lines):
        for fact in _FACTS_OF.get(line.what, ()):
            evidence[f"submission.{fact}"] = (*evidence.get(f"submission.{fact}", ()), index)
    return SettingsFacts(submission, answers, evidence, settings)


def _host(host: str | Unknown | None) -> Any:
    if host is None or isinstance(host, Unknown):
        return host
    return Host(mask(host).rstrip(".").lower())


def address_in(text: str) -> str:
    """The address of `Name <address>` or of a bare address, in lower case; "" for none."""
    found = _ADDRESS.findall(text)
    return found[-1].lower() if found else ""


def _login_form(settings: Settings) -> Any:
    login = settings.login
    if isinstance(login, Unknown):
        return login
    if isinstance(settings.auth, Unknown):
        return settings.auth
    if login is None:
        return "not_tried" if settings.auth in ("oauth", "unset") else "none"
    return "address" if _ADDRESS.fullmatch(login) else "not_address"


def _from_login(settings: Settings) -> Any:
    if settings.login is None or settings.sender is None:
        return "unset"
    for one in (settings.login, settings.sender):
        if isinstance(one, Unknown):
            return one
    return "match" if address_in(str(settings.sender)) == str(settings.login).strip().lower() else "mismatch"


def _from_domain(settings: Settings) -> Any:
    source = settings.sender if settings.sender is not None else settings.login
    if source is None or isinstance(source, Unknown):
        return source
    domain = address_in(source).rpartition("@")[2].rstrip(".")
    if not domain:
        return None
    try:
        import idna

        return Host(idna.encode(domain, uts46=True).decode("ascii"))
    except (idna.IDNAError, UnicodeError):
        return Host(mask(domain)) if domain.isascii() else None


def _app_password(settings: Settings) -> Any:
    if isinstance(settings.password, Unknown):
        return settings.password
    if not isinstance(settings.password, Secret) or settings.auth == "oauth":
        return "not_tried"
    return "yes" if _APP_PASSWORD.fullmatch(settings.password.reveal()) else "no"


def _recipients(settings: Settings) -> Any:
    """Internal are those of the sender's own domain, as far as the file alone tells."""
    if isinstance(settings.recipients, Unknown):
        return settings.recipients
    own = _from_domain(settings)
    if not settings.recipients or own is None:
        return "unset"
    if isinstance(own, Unknown):
        return own
    inside = {address.rpartition("@")[2].lower() == own for address in settings.recipients}
    return "both" if len(inside) == 2 else "internal" if inside == {True} else "external"
