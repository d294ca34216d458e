"""An authority that issues tokens as Entra ID does (OpenID discovery, device code, client credentials), over HTTPS on loopback."""

from __future__ import annotations

import base64
import json
import ssl
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import trustme

TENANT = "contoso.onmicrosoft.com"


def token(**claims: Any) -> str:
    """A token of the form of a JSON web token, unsigned."""
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)] + [b"planted-signature"]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


@dataclass
class TokenEndpoint:
    """`answer` is what the token endpoint says, `status` with which HTTP status; `asked` is what it was asked with. A device code
    is confirmed by the user at the second poll."""

    url: str = ""
    status: int = 200
    answer: dict[str, Any] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    @property
    def tenant_url(self) -> str:
        return f"{self.url}/{TENANT}"

    def reply(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if path.endswith("/.well-known/openid-configuration"):
            return 200, {
                "issuer": f"{self.tenant_url}/v2.0",
                "authorization_endpoint": f"{self.tenant_url}/oauth2/v2.0/authorize",
                "token_endpoint": f"{self.tenant_url}/oauth2/v2.0/token",
                "device_authorization_endpoint": f"{self.tenant_url}/oauth2/v2.0/devicecode",
            }
        self.asked.append(form)
        if path.endswith("/devicecode"):
            return 200, {
                "user_code": "ABCD-1234",
                "device_code": "planted-device-code",
                "verification_uri": "https://login.example/device",
                "expires_in": 60,
                "interval": 0,
                "message": "open and enter",
            }
        polls = sum("device_code" in each for each in self.asked)
        if "device_code" in form and polls < 2:
            return 400, {"error": "authorization_pending", "error_description": "not yet"}
        return self.status, self.answer


@contextmanager
def token_endpoint(authority: trustme.CA) -> Iterator[TokenEndpoint]:
    """Runs one until the block ends."""
    told = TokenEndpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            self._answer(dict(urllib.parse.parse_qsl(body)))

        def _answer(self, form: dict[str, str]) -> None:
            status, document = told.reply(urllib.parse.urlsplit(self.path).path, form)
            octets = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(octets)))
            self.end_headers()
            self.wfile.write(octets)

        def log_message(self, *_: Any) -> None:
            """Tests need no log of it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    told.url = f"https://localhost:{server.server_port}"
    told.answer = {
        "token_type": "Bearer",
        "expires_in": 3600,
        "access_token": token(upn="shop@contoso.com", scp="SMTP.Send"),
    }
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
