"""What should be other in settings, and the edits that make it so."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from scanner.submission.hosts import cloud_endpoint, host_form
from scanner.submission.settings.facts import address_in
from scanner.submission.settings.settings import Correction, Settings, Target
from scanner.submission.settings.values import Edit

__all__ = ["Corrections", "correction_target", "corrections_of", "wanted"]

_HVE: Final = "smtp.hve.mx.microsoft"
_WRONG: Final = ("legacy_tls", "mailbox_protocols", "consumer", "other_microsoft")
_BY_PROBLEM: Final = {
    "unverified_by_default": "verification",
    "not_a_number": "port",
    "plaintext_mechanisms_refused": "auth",
    "auth_switched_off": "auth",
    "default_credentials": "auth",
    "obsolete_ciphers": "ciphers",
    "tls_set_twice": "encryption",
}
_ORDER: Final = ("host", "port", "encryption", "verification", "min_tls", "from", "auth", "ciphers")


@dataclass(frozen=True, slots=True)
class Corrections:
    """The edits of a file's text, none overlapping, and what a person must do by hand."""

    edits: tuple[Edit, ...]
    notes: tuple[str, ...]


def corrections_of(senders: Sequence[Settings]) -> Corrections:
    """The corrections of all senders of one file."""
    edits: list[Edit] = []
    notes: list[str] = []
    for settings in senders:
        target = correction_target(settings)
        for what in wanted(settings, target):
            correction = settings.correct(what, target) if settings.correct is not None else Correction()
            edits += correction.edits
            notes += correction.notes
            if what == "from" and correction.edits:
                notes.append(
                    f"From became {target.sender}; it may stay as it was if the account has Send As on that address."
                )
            if not (correction.edits or correction.notes or correction.done):
                notes.append(_by_hand(settings, what, target))
        notes += _never_by_file(settings)
    return Corrections(_merged(edits), tuple(dict.fromkeys(notes)))


def correction_target(settings: Settings) -> Target:
    """Where the settings should point: what is right already stays."""
    host = settings.host if isinstance(settings.host, str) else ""
    form = host_form(host)
    sender = settings.login if isinstance(settings.login, str) and "@" in settings.login else ""
    if form.kind == "client_submission":
        return Target(host, 587, "starttls", sender)
    if form.kind in _WRONG or _is_public_address(settings):
        return Target(cloud_endpoint(form.cloud or "worldwide").host, 587, "starttls", sender)
    if form.kind == "hve":
        return Target(_HVE, 587, "starttls", sender)
    if form.kind == "acs":
        return Target(host, 587, "starttls", sender)
    if form.kind == "relay_mx":
        return Target(host, 25, "starttls", sender)
    port = settings.port if isinstance(settings.port, int) else 587
    return Target(host, port, "tls" if port == 465 else "starttls", sender)


def _is_public_address(settings: Settings) -> bool:
    """An address of the Internet that is signed in to: taken for Microsoft 365, where a name belongs."""
    try:
        address = ipaddress.ip_address(str(settings.host).strip("[]"))
    except ValueError:
        return False
    return address.is_global and settings.auth in ("basic", "oauth")


def wanted(settings: Settings, target: Target) -> tuple[str, ...]:
    """What should be corrected, in the order in which it is written: host, port, encryption and so on."""
    wrong: set[str] = set()
    host = settings.host
    if isinstance(host, str) and target.host and host.rstrip(".").lower() != target.host.lower():
        wrong.add("host")
    kind = host_form(host if isinstance(host, str) else "").kind
    ours = "host" in wrong or kind in ("client_submission", "hve", "acs", "relay_mx")
    if isinstance(settings.port, int) and ours and settings.port != target.port:
        wrong.add("port")
    if settings.port is None and ours:
        wrong.add("port")
    if isinstance(settings.encryption, str) and settings.encryption != target.encryption:
        wrong.add("encryption")
    if settings.verification == "off":
        wrong.add("verification")
    if isinstance(settings.min_tls, str) and settings.min_tls not in ("TLSv1.2", "TLSv1.3"):
        wrong.add("min_tls")
    if _sends_as_another(settings) and target.sender and kind in ("client_submission", "hve", *_WRONG, "ip_literal"):
        wrong.add("from")
    wrong |= {_BY_PROBLEM[one.code] for one in settings.problems if one.code in _BY_PROBLEM}
    return tuple(what for what in _ORDER if what in wrong)


def _sends_as_another(settings: Settings) -> bool:
    if not isinstance(settings.sender, str) or not isinstance(settings.login, str):
        return False
    return address_in(settings.sender) != settings.login.strip().lower()


def _by_hand(settings: Settings, what: str, target: Target) -> str:
    right = {
        "host": f"the server is to be {target.host}",
        "port": f"the port is to be {target.port}",
        "encryption": "encryption is to be required "
        + ("from the start (implicit TLS)" if target.encryption == "tls" else "(STARTTLS)"),
        "verification": "the certificate is to be verified",
        "min_tls": "TLS 1.2 is to be the lowest version",
        "from": f"From is to be {target.sender}",
    }
    line = next((line.line for line in settings.lines if line.what == what), settings.line)
    return f"line {line}: {right.get(what, 'see the findings')}; the file's form has no place to write it here."


def _never_by_file(settings: Settings) -> list[str]:
    """What no change of the file alone puts right."""
    notes = []
    if settings.secrets:
        lines = ", ".join(dict.fromkeys(str(settings.text.line(start)) for start, _ in sorted(settings.secrets)))
        notes.append(
            f"line {lines}: move the secret out of the file (environment or a store for secrets), and change it."
        )
    kind = host_form(settings.host if isinstance(settings.host, str) else "").kind
    signs_in = kind in ("client_submission", "hve", *_WRONG)
    if signs_in and isinstance(settings.login, str) and "@" not in settings.login:
        line = next((one.line for one in settings.lines if one.what == "login"), settings.line)
        notes.append(f"line {line}: the user name is to be the account's full address (user@contoso.com).")
    if signs_in and settings.login is None and settings.auth == "none":
        notes.append(f"line {settings.line}: set a user name, or send through a connector (mailready smtp advise).")
    if signs_in and settings.auth == "basic":
        notes.append("user name and password: plan the change to OAuth (mailready smtp advise).")
    if kind == "ip_literal" and not _is_public_address(settings):
        notes.append(
            f"line {settings.line}: write the server's name in place of its address; the file does not tell it."
        )
    if kind == "relay_mx" and settings.auth == "basic":
        notes.append(
            f"line {settings.line}: an MX host takes no sign-in; leave user name and password out, or use client submission."
        )
    if any(one.code == "dsn_not_encoded" for one in settings.problems):
        notes.append(
            f"line {settings.line}: percent-encode user name and password in the address, @ as %40, / as %2F, # as %23."
        )
    if any(one.code == "obsolete_client" for one in settings.problems):
        notes.append(
            f"line {settings.line}: Send-MailMessage is obsolete; Send-MgUserMail of Microsoft Graph takes its place."
        )
    return notes


def _merged(edits: list[Edit]) -> tuple[Edit, ...]:
    """The edits in the order of the text: of a group the last, of equal ones one, of overlapping ones the first."""
    last = {edit.group: edit for edit in edits if edit.group}
    chosen: list[Edit] = []
    for edit in dict.fromkeys(last.get(edit.group, edit) for edit in edits):
        if not any(_overlap(edit, other) for other in chosen):
            chosen.append(edit)
    return tuple(sorted(chosen, key=lambda edit: (edit.start, edit.end)))


def _overlap(one: Edit, other: Edit) -> bool:
    return one.start < other.end and other.start < one.end
