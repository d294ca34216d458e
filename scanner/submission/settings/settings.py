"""One way of sending as a file configures it, in plain words, and the draft that readers fill in."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from rules.facts import Problem, Unknown
from scanner.secret import Secret
from scanner.submission.masking import MASK, mask
from scanner.submission.settings.values import Assignment, Call, Computed, Edit, Many, Plain, Table, Text, Value
from scanner.submission.settings.values import Literal as LiteralValue

__all__ = ["Auth", "Correction", "Encryption", "Line", "Settings", "Target", "Verification", "truth"]

Encryption = Literal["starttls", "starttls_optional", "tls", "none", "unset"]
Verification = Literal["on", "off", "unset"]
Auth = Literal["basic", "oauth", "none", "unset"]

_LONGEST_SHOWN: Final = 160
_HOST_WITH_PORT: Final = re.compile(r"(?:\[(?P<literal>[^\]]*)\]|(?P<host>[^:\[\]]*))(?::(?P<port>\d{1,5}))?")
_TRUE: Final = {"true", "yes", "on", "1", "$true", "(true)"}
_FALSE: Final = {"false", "no", "off", "0", "$false", "(false)", "", "null", "(null)", "(empty)", "none"}


@dataclass(frozen=True, slots=True)
class Line:
    """A setting as the file has it: what it sets, where, and how it is shown, secrets masked."""

    what: str
    line: int
    shown: str


@dataclass(frozen=True, slots=True)
class Target:
    """What the settings should say: server, port, how to encrypt, and the From address ("" leaves it)."""

    host: str
    port: int
    encryption: Literal["starttls", "tls"]
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """How a file is put right: edits of its text, and what a person must do by hand."""

    edits: tuple[Edit, ...] = ()
    notes: tuple[str, ...] = ()
    done: bool = False
    """Nothing is left to change: another correction does it."""


Correct = Callable[[str, Target], Correction]
"""The correction of host, port, encryption, verification, min_tls or from, towards a target."""


@dataclass(slots=True, kw_only=True)
class Settings:
    """One way of sending. None is not set, Unknown is set to what only running the application would tell.

    `secrets` are the places of secrets in the text, `recipients` the addresses that the file names.
    """

    app: str
    text: Text
    line: int = 1
    host: str | Unknown | None = None
    port: int | Unknown | None = None
    encryption: Encryption | Unknown = "unset"
    verification: Verification | Unknown = "unset"
    min_tls: str | Unknown | None = None
    login: str | Unknown | None = None
    password: Secret | Unknown | None = None
    sender: str | Unknown | None = None
    auth: Auth | Unknown = "unset"
    recipients: list[str] | Unknown = field(default_factory=list)
    connections: int | Unknown | None = None
    lines: list[Line] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    secrets: list[tuple[int, int]] = field(default_factory=list)
    correct: Correct | None = None

    def take(self, what: str, key: str, value: Value | None) -> Plain | Unknown:
        """Notes a setting and gives its value: Unknown for one that is computed, None for none."""
        if value is None:
            return None
        line = self.text.line(value.start)
        self.lines.append(Line(what, line, f"{mask(key)} = {self._shown(what, value)}"))
        if isinstance(value, LiteralValue):
            if _is_placeholder(value.value):
                return Unknown(f"filled in from outside the file (line {line})")
            return value.value
        if isinstance(value, Computed):
            reason = "given by a variable" if value.reason.startswith("$") else value.reason
            return Unknown(f"{reason} (line {line})")
        return Unknown(f"computed (line {line})")

    def take_text(self, what: str, key: str, value: Value | None) -> str | Unknown | None:
        """As `take`, for text; empty text is None."""
        taken = self.take(what, key, value)
        if taken is None or isinstance(taken, Unknown):
            return taken
        return str(taken).strip() or None

    def take_number(self, what: str, key: str, value: Value | None) -> int | Unknown | None:
        """As `take`, for a number; text that is none is Unknown and told as a problem."""
        taken = self.take(what, key, value)
        if taken is None or isinstance(taken, Unknown | int):
            return taken
        text = str(taken).strip()
        if text.isascii() and text.isdigit() and len(text) <= 5:
            return int(text)
        if not text or text.lower() == "null":
            return None
        assert value is not None
        self.problem("not_a_number", f"The {what} is not a number.", value.start)
        return Unknown(f"not a number (line {self.text.line(value.start)})")

    def take_secret(self, key: str, value: Value | None) -> Secret | Unknown | None:
        """As `take`, for a secret: wrapped, its place remembered."""
        if isinstance(value, LiteralValue):
            text = "" if value.value is None else str(value.value)
            taken = self.take("password", key, value)
            if not text:
                return None
            if isinstance(taken, Unknown):
                return taken
            written = self.text.content[value.start : value.end]
            quoted = len(written) > 1 and written[0] == written[-1] and written[0] in "'\"`"
            self.hide(value.start + quoted, value.end - quoted)
            return Secret(text)
        taken = self.take("password", key, value)
        return taken if isinstance(taken, Unknown) else None

    def hide(self, start: int, end: int) -> None:
        """Remembers where a secret stands."""
        self.secrets.append((start, end))

    def host_and_port(self, what: str, key: str, value: Value | None) -> None:
        """Reads `host`, `host:port`, `[host]:port` or a URL-like `tls://host:port` into host and port."""
        taken = self.take_text(what, key, value)
        if not isinstance(taken, str):
            if taken is not None:
                self.host = taken
            return
        self.split_host(taken)

    def split_host(self, text: str) -> None:
        """Sets host, and port where one stands behind it."""
        bare = text.partition("://")[2] or text
        found = _HOST_WITH_PORT.fullmatch(bare.strip())
        if found is None:
            self.host = mask(bare.strip())
            return
        host = found["literal"] if found["literal"] is not None else found["host"]
        self.host = host.strip().removeprefix("ipv6:").removeprefix("IPv6:") or None
        if found["port"]:
            self.port = int(found["port"])

    def problem(self, code: str, text: str, offset: int | None = None) -> None:
        """Notes a fault or oddity; `offset` is where, the sender's own line where it is None."""
        line = self.line if offset is None else self.text.line(offset)
        self.problems.append(Problem(code=code, text=text, where=str(line)))

    def add_recipients(self, key: str, value: Value | None) -> None:
        """Notes whom the file writes to."""
        for single in value.values if isinstance(value, Many) else (value,):
            taken = self.take_text("recipients", key, single)
            if isinstance(taken, Unknown):
                self.recipients = taken
            elif taken is not None and not isinstance(self.recipients, Unknown):
                self.recipients += _ADDRESS.findall(taken)

    def _shown(self, what: str, value: Value) -> str:
        if what == "password" and isinstance(value, LiteralValue):
            return "" if value.value in (None, "") else "(from outside)" if _is_placeholder(value.value) else MASK
        if isinstance(value, LiteralValue):
            text = "" if value.value is None else str(value.value)
            return mask(text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "...")
        return (
            "(computed)"
            if isinstance(value, Computed | Call)
            else "(several)"
            if isinstance(value, Many | Table)
            else ""
        )


_ADDRESS: Final = re.compile(r"[^\s<>,;:\"'()\[\]]+@[A-Za-z0-9.-]+")


_PLACEHOLDER: Final = re.compile(
    r"\{\{.*\}\}|<%.*%>|%env\(.*\)%|\$\{\{?[^{}]+\}?\}|\$\([^()]+\)|\$[A-Z][A-Z0-9_]*|#\{[^{}]+\}#?|__[A-Z0-9_]+__",
    re.S,
)


def _is_placeholder(value: Plain) -> bool:
    """Whether a value is wholly a reference that something else fills in, such as a template or the environment."""
    return isinstance(value, str) and _PLACEHOLDER.fullmatch(value.strip()) is not None


def truth(value: Plain | Unknown) -> bool | Unknown | None:
    """Yes or no as settings files say it; None for what is not set; Unknown for text that is neither."""
    if value is None or isinstance(value, bool | Unknown):
        return value
    word = str(value).strip().lower()
    if word in _TRUE:
        return True
    return False if word in _FALSE else Unknown("neither yes nor no")


def last_of(assignments: Sequence[Assignment]) -> Assignment | None:
    """The assignment that holds in the end."""
    return assignments[-1] if assignments else None
