"""Transcripts of SMTP sessions: openssl s_client, swaks, PHPMailer, smtplib, Nodemailer, MailKit, curl, Postfix verbose.

What the program showed beside the replies often says more than they do: that it never signed in, that STARTTLS is
missing from the server's list, that it signs in by a method that is not offered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal

from scanner.submission.documents import SessionFacts
from scanner.submission.untangle import untangle

__all__ = ["looks_like_session", "session_facts"]

Side = Literal["client", "server", "other"]

_CLIENT: Final = re.compile(
    r"^.{0,120}?(?:CLIENT\s*->\s*SERVER:|\bC:|(?:^|\s)(?:~>|->|-->|>>>?)(?=\s|b')|\bsend:|(?:^|\]: )>(?= )|DEBUG SMTP: (?=AUTH)|Sent:)\s*[bB]?['\"]?",
    re.I,
)
_SERVER: Final = re.compile(
    r"^.{0,120}?(?:SERVER\s*->\s*CLIENT:|\bS:|(?:^|\s)(?:<~|<-|<--|<\*\*|<~\*|<<<?)(?=\s|b')|\breply:|SMTP INBOUND:|(?:^|\]: )<(?= )|Received:)\s*[bB]?['\"]?",
    re.I,
)
_STAMP: Final = re.compile(r"^[\[(]?\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\S*[\])]?\s+(?:\w+\s+)?(?:\[\w+\]\s+)?")
_REPLY: Final = re.compile(r"^([2345]\d\d)(?:[ -](.*)|$)", re.S)
_COMMAND: Final = re.compile(
    r"^(EHLO|HELO|LHLO|STARTTLS|AUTH|MAIL FROM|RCPT TO|DATA|QUIT|RSET|NOOP|BDAT)\b(.*)", re.I | re.S
)
_TLS: Final = re.compile(
    r"=== TLS started|SSL handshake has read|SSL-Session:|New, TLSv1|Cipher is |Connection upgraded|using TLSv1|TLS connection established|\(SSL\)|tls started",
    re.I,
)
_BANNER: Final = re.compile(r"([\w-]+(?:\.[\w-]+)+)")
_MICROSOFT: Final = re.compile(r"outlook\.(?:office365\.)?com|office365", re.I)


def looks_like_session(text: str) -> bool:
    """The text shows a dialogue: a greeting or EHLO, and replies."""
    sides = [side for side, said in _dialogue(text[:200_000]) if side != "other" or said]
    commands = replies = 0
    for side, said in _dialogue(text[:200_000]):
        if side == "client" and _COMMAND.match(said):
            commands += 1
        elif side == "server" and _REPLY.match(said):
            replies += 1
    return bool(sides) and commands >= 1 and replies >= 2


def session_facts(text: str) -> SessionFacts:
    """What the transcript shows beside the replies."""
    server = last = ""
    offered: list[str] = []
    encrypted: bool | None = None
    signed_in: bool | None = None
    starttls_offered = starttls_asked = listed = mail = False
    tried, failed_at = "", ""
    if _TLS.search(text):
        encrypted = True
    for side, said in _dialogue(text[:400_000]):
        if side == "client" and (command := _COMMAND.match(said)):
            last = " ".join(f"{command[1].upper()}{command[2]}".split())[:100]
            name = command[1].upper()
            if name in ("EHLO", "HELO"):
                offered, listed = [], False
            elif name == "STARTTLS":
                starttls_asked = True
            elif name == "AUTH":
                tried = command[2].split()[0].upper() if command[2].split() else ""
            elif name == "MAIL FROM":
                mail = True
                signed_in = bool(signed_in)
        elif side == "server" and (reply := _REPLY.match(said)):
            code, words = int(reply[1]), reply[2] or ""
            if code == 220 and not server and (banner := _BANNER.search(words)):
                server = banner[1]
            elif code == 220 and starttls_asked:
                encrypted = True
            elif code == 250:
                listed = listed or last.startswith("EHLO")
                starttls_offered = starttls_offered or words.strip().upper() == "STARTTLS"
                if words.upper().startswith("AUTH"):
                    offered = words[4:].replace("=", " ").split()
            elif code == 235:
                signed_in = True
            elif code >= 400 and not failed_at:
                failed_at = last
                signed_in = False if last.startswith("AUTH") else signed_in
    if encrypted is None and listed:
        encrypted = False
    notes = list(
        _notes(
            server,
            offered,
            tried,
            signed_in,
            mail=mail,
            encrypted=encrypted,
            missing_starttls=listed and not starttls_offered,
        )
    )
    return SessionFacts(server, tuple(offered), encrypted, signed_in, failed_at or last, tuple(notes))


def _notes(
    server: str,
    offered: list[str],
    tried: str,
    signed_in: bool | None,
    *,
    mail: bool,
    encrypted: bool | None,
    missing_starttls: bool,
) -> Iterator[str]:
    if missing_starttls and not encrypted and _MICROSOFT.search(server):
        yield "The server's list after EHLO has no STARTTLS, which Microsoft 365 always offers: something on the way, such as a firewall or virus guard, removes it."
    if mail and not signed_in and not tried:
        yield "The program named a sender (MAIL FROM) without signing in (no AUTH)."
        if encrypted is False:
            yield "It did not encrypt either; servers offer the sign-in only behind STARTTLS."
    if tried and offered and tried not in {method.upper() for method in offered}:
        yield f"The program signs in by {tried}; the server offers {', '.join(offered)}."


def _dialogue(text: str) -> Iterator[tuple[Side, str]]:
    """Every line with who said it, without the program's own prefix."""
    speaker: Side = "other"
    for line in untangle(text).splitlines():
        bare = _STAMP.sub("", line.strip()).strip()
        if not bare:
            continue
        if _REPLY.match(bare):
            yield "server", bare
        elif found := _SERVER.match(line):
            speaker = "server"
            yield "server", line[found.end() :].strip()
        elif found := _CLIENT.match(line):
            speaker = "client"
            yield "client", line[found.end() :].strip()
        elif _COMMAND.match(bare):
            yield "client", bare
        else:
            yield speaker if speaker == "server" else "other", bare
