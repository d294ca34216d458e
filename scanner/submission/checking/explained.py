"""What a reply of the server that was tried means: the catalogue of `mailready explain`, told whose reply it is."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from scanner.submission.checking.signin import Explain
from scanner.submission.documents import Explanation
from scanner.submission.hosts import host_form

__all__ = ["reply_explainer"]


def reply_explainer(host: str, today: datetime.date, titles: Mapping[str, str]) -> Explain:
    """Explains replies of a host on a day. The catalogue is read when the first one is refused; `titles` are of rules."""

    def explain(reply: str) -> Explanation | None:
        from scanner.submission.catalogue import catalogue
        from scanner.submission.explaining import Explainer
        from scanner.submission.replies import family_of

        known = catalogue()
        form = host_form(host)
        family = family_of(host, known)
        if form.is_microsoft:
            family = "outlook.com" if form.kind == "consumer" else "microsoft365"
        told = Explainer(known, today, titles, family).explain(reply)
        return told[0] if told else None

    return explain
