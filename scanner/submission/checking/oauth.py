"""Gets a token to sign in with (msal), and reads what a token says of itself.

Tokens are kept in memory only and given to nobody but the mail server.
"""

from __future__ import annotations

import base64
import binascii
import importlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from scanner.data import read_data
from scanner.errors import MailreadyError, UsageError
from scanner.secret import Secret
from scanner.smtp.tls import verifying
from scanner.smtp.transcript import Transcript
from scanner.submission.checking.observed import Note
from scanner.submission.hosts import Cloud

__all__ = ["TokenError", "TokenOrder", "get_token", "token_notes"]

_SECONDS: Final = 15
_SMTP_RIGHTS: Final = frozenset({"SMTP.Send", "SMTP.SendAsApp"})


class TokenError(MailreadyError):
    """No token was issued; the text is what was said, without secrets."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class TokenOrder:
    """How to get a token: by a code that a user enters elsewhere, or as the application itself, with a secret or with a
    certificate (a PEM file with its private key). `authority` is the cloud's unless named."""

    way: Literal["device", "client"]
    tenant: str
    client_id: str
    cloud: Cloud
    secret: Secret | None = None
    certificate: Path | None = None
    authority: str = ""
    ca_file: Path | None = None

    @property
    def authority_url(self) -> str:
        return f"{(self.authority or _cloud(self.cloud)['authority']).rstrip('/')}/{self.tenant}"

    @property
    def scope(self) -> str:
        scope: str = _cloud(self.cloud)["delegated" if self.way == "device" else "app"]
        return scope


def get_token(order: TokenOrder, say: Callable[[str], None]) -> Secret:
    """A token, from the authority. `say` tells the user where to enter the device code. Blocks; raises TokenError, and
    UsageError where msal is not installed or the certificate cannot be read."""
    try:
        msal, httpx = importlib.import_module("msal"), importlib.import_module("httpx")
    except ImportError:
        raise UsageError(
            "--oauth needs msal, which comes with the extra oauth: pip install 'mailready[oauth]'."
        ) from None
    logging.getLogger("msal").setLevel(logging.WARNING)  # it logs whole requests, device codes among them
    hidden = Transcript()
    options: dict[str, Any] = {
        "authority": order.authority_url,
        # requests, which msal takes by itself, lets the environment decide on the roots; redirects would carry secrets on
        "http_client": httpx.Client(verify=verifying(order.ca_file), timeout=_SECONDS, follow_redirects=False),
        "instance_discovery": False if order.authority else None,
    }
    try:
        if order.way == "device":
            answer = _by_device(msal.PublicClientApplication(order.client_id, **options), order, say)
        else:
            if order.secret:
                hidden.hide(order.secret)
            application = msal.ConfidentialClientApplication(
                order.client_id, client_credential=_credential(order), **options
            )
            answer = application.acquire_token_for_client(scopes=[order.scope])
    except MailreadyError:
        raise
    except Exception as error:  # msal and the HTTP library under it raise what they like; none of it may end the check
        raise TokenError(f"no token from {order.authority_url}: {hidden.clean(_first_line(error))}") from None
    token = answer.get("access_token")
    if not isinstance(token, str) or not token:
        said = f"{answer.get('error', 'no error named')}: {_first_line(answer.get('error_description', ''))}"
        raise TokenError(f"no token from {order.authority_url}: {hidden.clean(said)}")
    return Secret(token)


def _by_device(application: Any, order: TokenOrder, say: Callable[[str], None]) -> Mapping[str, Any]:
    flow: Mapping[str, Any] = application.initiate_device_flow(scopes=[order.scope])
    if "user_code" not in flow:
        return flow
    say(f"To sign in, open {flow.get('verification_uri', 'the sign-in page')} and enter the code {flow['user_code']}.")
    answer: Mapping[str, Any] = application.acquire_token_by_device_flow(flow)
    return answer


def _credential(order: TokenOrder) -> Any:
    if order.certificate is None:
        return order.secret.reveal() if order.secret else ""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    try:
        pem = order.certificate.read_bytes()
        certificate = x509.load_pem_x509_certificate(pem)
    except OSError as error:
        raise UsageError(
            f"--client-certificate {order.certificate}: cannot be read: {error.strerror or error}."
        ) from None
    except ValueError:
        raise UsageError(f"--client-certificate {order.certificate}: holds no certificate in PEM form.") from None
    if b"PRIVATE KEY-----" not in pem:
        raise UsageError(f"--client-certificate {order.certificate}: holds no private key; give one file with both.")
    thumbprint = certificate.fingerprint(hashes.SHA1()).hex()  # noqa: S303 - the name Entra ID knows a certificate by
    return {
        "private_key": pem.decode("ascii", "replace"),
        "thumbprint": thumbprint,
        "public_certificate": pem.decode("ascii", "replace"),
    }


def token_notes(token: Secret, user: str) -> tuple[Note, ...]:
    """What is wrong with a token by its own words: another user's, or without the right to send. Its signature is not verified;
    the server does that. A token that cannot be read says nothing."""
    claims = _claims(token)
    notes = []
    owner = next((str(claims[name]) for name in ("upn", "preferred_username", "unique_name") if claims.get(name)), "")
    if owner and owner.lower() != user.lower():
        text = f"the token is that of {owner}, and the login is {user}; it works only for its own mailbox and those that it may act for"
        notes.append(Note("token_of_another", text, "XOAUTH2"))
    rights = {*str(claims.get("scp", "")).split(), *map(str, _listed(claims.get("roles")))}
    if ("scp" in claims or "roles" in claims) and not rights & _SMTP_RIGHTS:
        held = ", ".join(sorted(rights)) or "none"
        notes.append(
            Note("token_scope", f"the token has the rights {held}, and neither SMTP.Send nor SMTP.SendAsApp", "XOAUTH2")
        )
    return tuple(notes)


def _claims(token: Secret) -> Mapping[str, Any]:
    parts = token.reveal().split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _first_line(said: object) -> str:
    return (str(said).strip().splitlines() or ["no reason given"])[0][:500]


def _cloud(cloud: Cloud) -> Mapping[str, str]:
    clouds: Mapping[str, Mapping[str, str]] = read_data("submission/oauth.yaml")["clouds"]
    return clouds[cloud]
