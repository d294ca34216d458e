"""Finds servers' replies in text: three-digit codes (RFC 5321), enhanced status codes (RFC 3463), and whose reply it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from scanner.submission.catalogue import Catalogue
from scanner.submission.untangle import one_line, searchable, untangle

__all__ = ["Reply", "accepted", "family_of", "find_replies"]

MAX_TEXT: Final = 400_000
"""Characters of one text that are looked at."""
MAX_REPLIES: Final = 60
"""Replies of one text that are looked at; the first and the last ones."""
_CONTEXT: Final = 300
"""Characters before a reply in which its server may be named."""

_STATUS: Final = r"([245])\.([0-7])\.(\d{1,3})"
# A version number such as PHP 5.3.10 or WordPress 5.2.2 looks like a status code.
_ENHANCED: Final = re.compile(
    r"(?<![\d._/v-])(?<!php )(?<!version )(?<!wordpress )(?<!python )(?<!phpmailer )(?<!exim )(?<!node )(?<!linux )"
    r"(?<!magento )(?<!joomla )(?<!drupal )(?<!laravel )(?<!swiftmailer )(?<!rails )(?<!ver )(?<!release )"
    rf"{_STATUS}(?![\d/]|\.\d)",
    re.IGNORECASE,
)
_JOINT: Final = r"[\s,:;b'\"(#<>\[\]-]{1,8}"
_PAIR: Final = re.compile(rf"(?<![\d.:/])([2345]\d\d){_JOINT}(?:[a-z_]{{2,12}} )?{_STATUS}(?![\d/]|\.\d)")
_CODES: Final = (
    "211|220|221|235|250|251|252|334|354|421|422|430|431|432|441|442|446|447|449|450|451|452|453|454|455|471|"
    "500|501|502|503|504|510|511|512|513|517|520|521|523|525|530|533|534|535|538|540|541|550|551|552|553|554|555|556|557|571"
)
_BASIC: Final = re.compile(
    rf"(?:^[ \t>|*~<!-]{{0,40}}|(?:\b(?:said|response|reply|returned|error|code|status|smtp|server|client|after|message|data|recv|response was|"
    rf"with|got|is|was|received|failure|failed|reason|diagnostic-code|permanent|temporary|smtpcode|responsecode|smtp_code|led|s|"
    rf"command|from|to|exception|smtp error)\b['\"]?[\s:;=(]{{1,4}}|[:;=('\"\[{{#>~|*]\s?)['\"(b]{{0,3}})"
    rf"({_CODES})(?=[\s\-:,;'\")\]]|$)(?!\s*(?:ms|s|bytes|kb|mb|px|messages|seconds)\b)(?!:\d\d)",
    re.IGNORECASE | re.MULTILINE,
)
_ANOTHER: Final = re.compile(r"(?:->|said:|returned|response:)[\s'\"]*$", re.IGNORECASE)
_CUT: Final = re.compile(
    r"\n[ \t]{0,40}(?:at \S|<?[-~]+>?\s|===|-> |~> |C: |>>> |send: |.{0,60}CLIENT -> SERVER|Traceback|Stack trace:|\w+Error: SMTP)"
)
"""What a program says after a reply: the next command, or where in the program it happened."""
_OWN: Final = re.compile(r"dsn=$")
_HTTP: Final = re.compile(r"http(?:/\d(?:\.\d)?|s?://\S*)?\s*(?:status|error|code|response)?[\s:]*$", re.IGNORECASE)
_REPEATED: Final = re.compile(r"(?:dsn=|\bstatus:\s*|responsecode['\"]?:\s*|smtp_code\s*=\s*)$", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"[\w.+%=-]{1,64}@[\w.-]{1,253}")
_ACCEPTED: Final = re.compile(
    r"status=sent\b|\b2\.0\.0 ok\b|\b2\.6\.0\b.{0,400}queued mail|queued (?:as|for|mail)|250[ -]ok id=|2\.0\.0 accept",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """A refusal in a text. `code` is 0 and `status` empty where the text has none.

    `text` is the reply on one line as it was written, from its code to the next one; `low` the same in lower case.
    """

    code: int
    status: str
    text: str
    low: str
    start: int
    family: str
    family_from: str

    @property
    def temporary(self) -> bool | None:
        """Whether the server lets the sender try again; None where no code says so."""
        first = self.status[:1] or (str(self.code)[:1] if self.code else "")
        return None if not first else first == "4"


@dataclass(slots=True)
class _Mark:
    start: int
    end: int
    code: int
    status: str

    @property
    def fails(self) -> bool:
        return self.status.startswith(("4", "5")) if self.status else self.code >= 400

    @property
    def detail(self) -> str:
        return self.status.partition(".")[2]


def find_replies(text: str, catalogue: Catalogue, host: str = "") -> tuple[list[Reply], str]:
    """The refusals of a text in their order, and what stands before the first code (all of it where there is none).

    `host` is a family that is known from elsewhere.
    """
    text = untangle(text[:MAX_TEXT])
    marks = _merged(text, _marks(text))
    lead = text[: marks[0].start] if marks else text
    whole = family_of(text, catalogue)
    replies = []
    for index, mark in enumerate(marks):
        if not mark.fails:
            continue
        end = marks[index + 1].start if index + 1 < len(marks) else len(text)
        part = _CUT.split(text[mark.start : min(end, mark.start + 4000)], maxsplit=1)[0]
        family, origin = _family(text, part, mark.start, catalogue, host, whole)
        replies.append(
            Reply(mark.code, mark.status, one_line(part)[:2000], searchable(part), mark.start, family, origin)
        )
    if len(replies) > MAX_REPLIES:
        half = MAX_REPLIES // 2
        replies = replies[:half] + replies[-half:]
    return replies, lead


def accepted(text: str) -> bool:
    """The text says that a server took the message."""
    return _ACCEPTED.search(untangle(text[:MAX_TEXT])) is not None


def family_of(text: str, catalogue: Catalogue) -> str:
    """The family whose signs are in the text, addresses left out; empty where there are none."""
    low = _ADDRESS.sub(" ", text).lower()
    return next((family.family for family in catalogue.families if any(sign in low for sign in family.signs)), "")


def _family(text: str, part: str, start: int, catalogue: Catalogue, host: str, whole: str) -> tuple[str, str]:
    if host:
        return host, "--host"
    if _OWN.search(text[max(0, start - 4) : start]) and " said: " not in part:
        return "", ""  # Postfix's own words about a server, not the server's
    own = family_of(part, catalogue)
    if own:
        return own, "its words"
    before = family_of(text[max(0, start - _CONTEXT) : start], catalogue)
    if before:
        return before, "the server named before it"
    return (whole, "another part of the text") if whole else ("", "")


def _marks(text: str) -> list[_Mark]:
    marks: dict[int, _Mark] = {}
    taken: list[tuple[int, int]] = []
    for pair in _PAIR.finditer(text):
        marks[pair.start()] = _Mark(pair.start(), pair.end(), int(pair[1]), f"{pair[2]}.{pair[3]}.{pair[4]}")
        taken.append(pair.span())
    spans = iter(sorted(taken))
    span = next(spans, None)
    for match in _ENHANCED.finditer(text):
        while span and span[1] < match.end():
            span = next(spans, None)
        if span and span[0] <= match.start() < span[1]:
            continue
        marks[match.start()] = _Mark(match.start(), match.end(), 0, match[0])
    for match in _BASIC.finditer(text):
        start = match.start(1)
        if start not in marks and not _HTTP.search(text[max(0, start - 40) : start]):
            marks[start] = _Mark(start, match.end(1), int(match[1]), "")
    return [marks[start] for start in sorted(marks)]


def _merged(text: str, marks: list[_Mark]) -> list[_Mark]:
    """The marks without those that only repeat another one's code."""
    kept: list[_Mark] = []
    details = {mark.detail for mark in marks if mark.code and mark.status}
    codes = {mark.code for mark in marks if mark.code and mark.status}
    for mark in marks:
        repeated = _REPEATED.search(text[max(0, mark.start - 20) : mark.start]) is not None
        if repeated and (
            (mark.status and not mark.code and mark.detail in details) or (not mark.status and mark.code in codes)
        ):
            continue
        previous = kept[-1] if kept else None
        if previous is not None:
            another = _ANOTHER.search(text[max(0, mark.start - 16) : mark.start])
            if mark.code == previous.code and mark.status in (previous.status, "") and not another:
                continue
            if mark.status and mark.status == previous.status and (not mark.code or not previous.code):
                previous.code = previous.code or mark.code
                continue
        kept.append(mark)
    return kept
