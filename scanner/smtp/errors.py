"""What can go wrong in a session, drawn as a tree. Each has a stable `code` and one sentence for people.

    SmtpError
    ├── NotConnectedError     state: refused, dropped or unreachable
    ├── TooSlowError          the deadline passed
    ├── ClosedError           the other side closed
    ├── ProtocolError    what was said is no SMTP, or more than a client takes
    └── TlsError         no encryption came about; `verify_code` is OpenSSL's where a certificate was refused

`injected_data` and `plain_after_starttls` are a ProtocolError and a TlsError: somebody speaks where nobody may.
"""

from __future__ import annotations

from typing import Literal

__all__ = ["ClosedError", "NotConnectedError", "ProtocolError", "SmtpError", "TlsError", "TooSlowError"]


class SmtpError(Exception):
    """A session ended early; `code` is stable, the text is a sentence without its full stop."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class NotConnectedError(SmtpError):
    """No connection came about."""

    def __init__(self, state: Literal["refused", "dropped", "unreachable"], text: str) -> None:
        super().__init__(state, text)
        self.state = state


class TooSlowError(SmtpError):
    """The deadline passed; `octets` had come of what was waited for."""

    def __init__(self, what: str, seconds: float, octets: int = 0) -> None:
        came = f"; {octets} octets came" if octets else ""
        super().__init__("too_slow", f"{what} was not complete within {seconds:.1f} s{came}")
        self.octets = octets


class ClosedError(SmtpError):
    """The other side closed the connection."""

    def __init__(self, what: str) -> None:
        super().__init__("closed", f"the server closed the connection {what}")


class ProtocolError(SmtpError):
    """What the other side said cannot be taken."""


class TlsError(SmtpError):
    """The handshake failed."""

    def __init__(self, code: str, text: str, verify_code: int = 0, alert: str = "") -> None:
        super().__init__(code, text)
        self.verify_code = verify_code
        self.alert = alert
