r"""Takes secrets out of text before anything else sees it.

What goes: what a client sends to sign in (AUTH PLAIN, LOGIN, XOAUTH2, CRAM-MD5, NTLM, and the lines that answer a 334),
bearer tokens and JSON web tokens, passwords in URLs and DSNs, values of settings whose name says password, secret or
token, passwords on command lines, and TLS session keys. Everything that `explain` repeats went through here.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Final

__all__ = ["MASK", "Masker", "mask"]

MASK: Final = "****"

_B64: Final = r"[A-Za-z0-9+/_-]{2,}={0,2}"
_METHODS: Final = (
    r"PLAIN|LOGIN|XOAUTH2|OAUTHBEARER|CRAM-MD5|NTLM|GSSAPI|DIGEST-MD5|SCRAM-SHA-[0-9-]+(?:PLUS)?|XYMCOOKIE"
)
# The reply code that may stand behind "AUTH LOGIN:" in a log is no payload.
_AUTH: Final = re.compile(
    rf"\b(AUTH[ =\"']+(?:{_METHODS})[ \t]+(?!command|failed|SERVER\b|CLIENT\b|[SC]:|XOAUTH2\b|PLAIN\b|LOGIN\b|[245]\d\d\b))(\S+)",
    re.I,
)
_STARTS_AUTH: Final = re.compile(rf"\bAUTH[ =\"']+(?:{_METHODS})\b", re.I)
_CHALLENGE: Final = re.compile(rf"(?<!\d)334(?:[ -]+(?:{_B64}))?", re.I)
_AFTER_CHALLENGE: Final = re.compile(
    rf"((?<!\d)334(?:[ -]+{_B64})?['\"\\rn]*\s+(?:(?:CLIENT|SERVER)\s*->\s*\w+:\s+|\S*[:>\]](?:\s+|(?=[A-Za-z0-9+/]))){{0,4}}(?:[bB]?['\"])?)({_B64})(?=['\"\\\s]|$)",
)
_BEARER: Final = re.compile(r"\b(Bearer[ \t]+)[A-Za-z0-9._~+/=-]{6,}", re.I)
_JWT: Final = re.compile(r"\beyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){1,4}")
_XOAUTH2: Final = re.compile(r"\bdXNlcj[A-Za-z0-9+/_-]{12,}={0,2}")
_URL: Final = re.compile(r"\b([a-z][a-z0-9+.-]{1,30}://[^\s:/@'\"<>]*):([^\s'\"<>]+)@", re.I)
_NAME_OF_ONE: Final = (
    r"(?:password|passwd|passphrase|passwort|pwd|secret|token|api[_-]?key|apikey|access[_-]?key|private[_-]?key|authpw"
    r"|(?:smtp|mail|email|auth)[_-]?pass|(?<![A-Za-z])pass|sasl_pass)"
)
_QUOTED: Final = r"b?'(?:[^'\\\n]|\\.)*'|b?\"(?:[^\"\\\n]|\\.)*\""
_SETTING: Final = re.compile(
    rf"({_NAME_OF_ONE}\w{{0,20}}\\?['\"\]]{{0,3}}\s*(?:=>|:=|=|:)\s*\\?)"
    rf"(?!\s*[245]\d\d[ -])({_QUOTED}|[^\s,;'\"<>{{}}()]+)",
    re.I,
)
_SETTING_LINE: Final = re.compile(
    rf"^(\s*(?:export\s+|set\s+|\$env:)?[\w.$>-]{{0,40}}{_NAME_OF_ONE}\w{{0,20}}\s*[=:]\s*)(?!\s*[245]\d\d[ -])(?=\S)([^'\"\n]*?)(?=\s[245]\d\d[ -]|$)",
    re.I | re.M,
)
_OPTION: Final = re.compile(
    rf"((?<!\S)--?(?:auth-password|ap|xp|password|passwd|pass|auth-pass|token|oauth2-bearer|smtp-pass)(?:[ =]+))({_QUOTED}|[^\s'\"]+)",
    re.I,
)
_USER_OPTION: Final = re.compile(r"((?<!\S)(?:-u|--user)[ =]+['\"]?[^\s:'\"]+:)[^\s'\"]+")
_SESSION_KEY: Final = re.compile(r"\b((?:Master-Key|Resumption PSK|PSK|Session-ID)\s*:\s*)[0-9A-Fa-f]{16,}")
_LONG_B64: Final = re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{11,}={0,2}(?![A-Za-z0-9+/=])")
_PAYLOAD: Final = re.compile(rf"^(.*?)({_B64})((?:\\[rn])*['\"]?\s*)$", re.S)
_SERVER: Final = re.compile(r"(?<!\d)[2345]\d\d(?:[ -]|$)")


def mask(text: str) -> str:
    """The text with every secret that can be recognised replaced by `****`. Lines stay lines."""
    masker = Masker()
    return "".join(map(masker.line, text.splitlines(keepends=True)))


class Masker:
    """Masks line by line, and remembers that a sign-in is under way, whose answers are secrets by their place."""

    def __init__(self) -> None:
        self._signing_in = 0

    def line(self, line: str) -> str:
        """The line without secrets."""
        masked = self._payload(line)
        low = line.lower()
        for needles, pattern, replacement in _STEPS:
            if any(needle in low for needle in needles):
                masked = pattern.sub(replacement, masked)
        return _LONG_B64.sub(_plain, masked)

    def _payload(self, line: str) -> str:
        """Masks the client's answer to a challenge: the last word of a line that the server did not say."""
        if _STARTS_AUTH.search(line) or _CHALLENGE.search(line):
            self._signing_in = 4
            return line
        if not self._signing_in or not line.strip():
            return line
        if _SERVER.search(line):
            self._signing_in = 0
            return line
        self._signing_in -= 1
        found = _PAYLOAD.match(line)
        if found is None or (" " in found[1].strip() and not re.search(r"[:>\]~]\s*b?['\"]?$", found[1])):
            return line
        return f"{found[1]}{MASK}{found[3]}"


def _second(match: re.Match[str]) -> str:
    value = match[2]
    if value.strip("'\"b\\ ") in ("", MASK, "null", "None", "true", "false"):
        return match[0]
    quote = value[-1] if value[-1] in "'\"" else ""
    return f"{match[1]}{quote}{MASK}{quote}"


def _plain(match: re.Match[str]) -> str:
    """Masks base64 that decodes to what AUTH PLAIN sends: identity, NUL, name, NUL, password (RFC 4616)."""
    text = match[0]
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return text
    parts = decoded.split(b"\0")
    if len(parts) == 3 and parts[1] and parts[2] and all(byte >= 0x20 for part in parts for byte in part):
        return MASK
    return MASK if decoded.startswith(b"user=") else text


_NAMES: Final = ("pass", "pwd", "secret", "token", "key", "authpw")
_STEPS: Final[tuple[tuple[tuple[str, ...], re.Pattern[str], str | Callable[[re.Match[str]], str]], ...]] = (
    (("auth",), _AUTH, _second),
    (("334",), _AFTER_CHALLENGE, _second),
    (("bearer",), _BEARER, rf"\1{MASK}"),
    (("eyj",), _JWT, MASK),
    (("dxnlcj",), _XOAUTH2, MASK),
    (("://",), _URL, rf"\1:{MASK}@"),
    (_NAMES, _SETTING_LINE, rf"\1{MASK}"),
    (_NAMES, _SETTING, _second),
    ((" -", "\t-"), _OPTION, _second),
    (("-u", "--user"), _USER_OPTION, rf"\1{MASK}"),
    (("master-key", "psk", "session-id"), _SESSION_KEY, rf"\1{MASK}"),
)
"""What to look for, in the order of looking; a pattern is tried only where one of its words is in the line."""
