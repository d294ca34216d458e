"""From the options of `smtp check` to who signs in, with what, and what is sent. Secrets come from files, the environment, standard
input or a prompt, never from the command line, where every user of the machine could read them."""

from __future__ import annotations

import getpass
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from scanner.cli.lines import standard_input
from scanner.cli.places import STANDARD
from scanner.errors import UsageError
from scanner.secret import Secret
from scanner.smtp.session import Mechanism
from scanner.submission.checking.oauth import TokenOrder
from scanner.submission.checking.plan import CheckPlan, parse_address
from scanner.submission.checking.signin import Credentials, Errand

__all__ = ["LoginOptions"]

_LONGEST: Final = 65_536
"""Characters of a password or token file; a token of Entra ID has some 3,000."""
_MECHANISMS: Final = ("login", "plain", "xoauth2")
_WAYS: Final = ("device", "client")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginOptions:
    """The options about signing in and sending, as given."""

    user: str = ""
    password_env: str = ""
    password_file: str = ""
    mechanism: str = ""
    token_file: str = ""
    oauth: str = ""
    tenant: str = ""
    client_id: str = ""
    client_secret_env: str = ""
    client_secret_file: str = ""
    client_certificate: Path | None = None
    authority: str = ""
    sender: str = ""
    recipient: str = ""

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that are read."""
        named = (self.password_file, self.token_file, self.client_secret_file)
        return (*(Path(name) for name in named if name and name != STANDARD), *filter(None, [self.client_certificate]))

    def errand(self) -> Errand:
        """What to do besides looking, secrets read. With --oauth the token is still to be got. Raises UsageError."""
        self._fit()
        sender = parse_address(self.sender, "--from") if self.sender else ""
        recipient = parse_address(self.recipient, "--send-to") if self.recipient else ""
        credentials = (
            None
            if self.oauth or not self.user
            else Credentials(self.user, self._secret(), bool(self.token_file), self._mechanism)
        )
        if recipient and not sender:
            if "@" not in self.user:
                raise UsageError("--send-to needs a sender: give --from, or --user with a full address.")
            parse_address(self.user, "--user")
        return Errand(credentials, sender, recipient)

    def order(self, plan: CheckPlan) -> TokenOrder | None:
        """How to get a token; None where none is to be got."""
        if not self.oauth:
            return None
        secret = None
        if self.oauth == "client" and self.client_certificate is None:
            secret = self._read("client secret", self.client_secret_env, self.client_secret_file, "--client-secret")
        return TokenOrder(
            way="device" if self.oauth == "device" else "client",
            tenant=self.tenant,
            client_id=self.client_id,
            cloud=plan.cloud or plan.form.cloud or "worldwide",
            secret=secret,
            certificate=self.client_certificate,
            authority=self.authority,
            ca_file=plan.ca_file,
        )

    @property
    def _mechanism(self) -> Mechanism | None:
        return cast(Mechanism, self.mechanism.upper()) if self.mechanism else None

    def _secret(self) -> Secret:
        if self.token_file:
            return _from_file(self.token_file, "--token-file")
        return self._read(f"password of {self.user}", self.password_env, self.password_file, "--password")

    def _read(self, what: str, env: str, file: str, option: str) -> Secret:
        if file:
            return _from_file(file, f"{option}-file")
        if env:
            value = os.environ.get(env, "")
            if not value:
                raise UsageError(f"{option}-env {env}: this environment variable is not set, or empty.")
            return Secret(_one_line(value, f"{option}-env {env}"))
        if sys.stdin is None or not sys.stdin.isatty():
            raise UsageError(f"no {what}: give {option}-file or {option}-env, or run in a terminal to be asked for it.")
        return Secret(getpass.getpass(f"The {what}: "))

    def _fit(self) -> None:
        """Raises UsageError for options that contradict each other or lack one."""
        if self.mechanism and self.mechanism.lower() not in _MECHANISMS:
            raise UsageError(f"--auth {self.mechanism}: give {', '.join(_MECHANISMS)}.")
        if self.oauth and self.oauth not in _WAYS:
            raise UsageError(
                f"--oauth {self.oauth}: give device (a user enters a code) or client (the application signs in as itself)."
            )
        means = {
            "--password-env": self.password_env,
            "--password-file": self.password_file,
            "--token-file": self.token_file,
            "--oauth": self.oauth,
        }
        given = [option for option, value in means.items() if value]
        if len(given) > 1:
            raise UsageError(f"{' and '.join(given)} exclude each other: give one.")
        if not self.user and (given or self.mechanism):
            raise UsageError(f"{(given or ['--auth'])[0]} needs --user: who signs in.")
        if any(character in self.user for character in "\r\n\0\x01"):
            raise UsageError("--user: a name with control characters cannot sign in.")
        is_token = bool(self.oauth or self.token_file)
        if self.mechanism and (self.mechanism.lower() == "xoauth2") != is_token:
            raise UsageError(
                f"--auth {self.mechanism}: xoauth2 takes a token (--token-file or --oauth), login and plain take a password."
            )
        if self.oauth and not (self.tenant and self.client_id):
            raise UsageError("--oauth needs --tenant (its domain or id) and --client-id (the application's).")
        if self.authority and not self.authority.startswith("https://"):
            raise UsageError(f"--authority {self.authority}: give an https:// address.")
        if [self.password_file, self.token_file, self.client_secret_file].count(STANDARD) > 1:
            raise UsageError("standard input can give one secret only.")


def _from_file(name: str, option: str) -> Secret:
    try:
        if name == STANDARD:
            octets = standard_input().read(_LONGEST + 1)
        else:
            with Path(name).open("rb") as stream:
                octets = stream.read(_LONGEST + 1)
    except OSError as error:
        raise UsageError(f"{option} {name}: cannot be read: {error.strerror or error}.") from None
    if len(octets) > _LONGEST:
        raise UsageError(f"{option} {name}: is longer than {_LONGEST} octets; that is no password or token.")
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{option} {name}: is not UTF-8 text.") from None
    return Secret(_one_line(text.rstrip("\r\n"), f"{option} {name}"))


def _one_line(text: str, where: str) -> str:
    if not text:
        raise UsageError(f"{where}: is empty.")
    if any(character in text for character in "\r\n\0\x01"):
        raise UsageError(f"{where}: holds more than one line, or control characters; give the secret alone.")
    return text
