"""What was said in a session, as evidence: bounded, and without secrets, also where the server repeats them."""

from __future__ import annotations

import base64
import urllib.parse
from typing import Final

from scanner.secret import Secret
from scanner.submission.masking import MASK

__all__ = ["Transcript"]

_MOST_LINES: Final = 200
_LONGEST_LINE: Final = 400
_SHORTEST_HIDDEN: Final = 3
"""Characters; a shorter text is no secret that could be told from chance."""


class Transcript:
    """Lines of one connection: `C:` what we said, `S:` what the server said, `*` what happened."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._hidden: list[str] = []
        self._dropped = 0

    def hide(self, *secrets: Secret) -> None:
        """From now on these are `****` in everything that passes, as they are and as base64 and percent-encoding write them."""
        for secret in secrets:
            plain = secret.reveal()
            coded = base64.b64encode(plain.encode()).decode()
            forms = {
                plain,
                coded,
                coded.rstrip("="),
                urllib.parse.quote(plain),
                urllib.parse.quote_plus(plain),
                repr(plain)[1:-1],
            }
            self._hidden += [form for form in forms if len(form) >= _SHORTEST_HIDDEN]
        self._hidden.sort(key=len, reverse=True)

    def clean(self, text: str) -> str:
        """The text without what is hidden."""
        for form in self._hidden:
            text = text.replace(form, MASK)
        return text

    def client(self, line: str) -> None:
        """A line that we sent, secrets left out by the caller."""
        self._add("C: ", line)

    def server(self, line: str) -> None:
        """A line that the server sent."""
        self._add("S: ", line)

    def event(self, text: str) -> None:
        """Something that happened."""
        self._add("* ", text)

    @property
    def lines(self) -> tuple[str, ...]:
        """Everything so far; what was too much is counted."""
        more = (f"* {self._dropped} more lines",) if self._dropped else ()
        return (*self._lines, *more)

    def _add(self, mark: str, text: str) -> None:
        if len(self._lines) >= _MOST_LINES:
            self._dropped += 1
            return
        shown = self.clean(text)
        cut = f"{shown[:_LONGEST_LINE]}... ({len(shown)} characters)" if len(shown) > _LONGEST_LINE else shown
        self._lines.append(mark + cut)
