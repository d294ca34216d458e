"""What Microsoft lets become of user name and password on a day, for one way of sending (data/submission/basic_auth.yaml)."""

from __future__ import annotations

import datetime
import functools
from typing import Any, Final, Literal, cast

from rules.facts import NOT_ASKED, Submission, Unknown
from scanner.data import read_data

__all__ = ["basic_auth"]

State = Literal["allowed", "off_by_default", "removed", "not_used"]

_PASSWORD: Final = frozenset({"LOGIN", "PLAIN", "CRAM-MD5", "DIGEST-MD5", "NTLM"})


def basic_auth(submission: Submission, today: datetime.date) -> tuple[State | Unknown, str | Unknown | None]:
    """The facts `submission.basic_auth` and `submission.basic_auth_end` on a day (UTC)."""
    used = _uses_password(submission)
    if isinstance(used, Unknown):
        return used, used
    kind = submission.host_kind
    if isinstance(kind, Unknown):
        return (kind, kind) if used else ("not_used", None)
    known = _of_kind(str(kind)) if used else None
    if known is None:
        return "not_used", None
    cloud = submission.cloud if submission.cloud not in (None, NOT_ASKED) else "worldwide"
    if cloud not in known["clouds"]:
        reason = Unknown(f"the dates that Microsoft gives are not of the cloud {cloud}")
        return reason, reason
    end, until = _at(known["ends"], today)
    days = abs((until - today).days) if until else 0
    text = end["text"].replace("{days}", "1 day" if days == 1 else f"{days} days")
    return cast(State, _at(known["states"], today)[0]["state"]), text


def _uses_password(submission: Submission) -> bool | Unknown:
    """What was tried says more than what is set. Nothing said of either is no password that could be judged."""
    mechanism, method = submission.login_mechanism, submission.auth_method
    if isinstance(mechanism, str):
        return mechanism.upper() in _PASSWORD
    for fact in (mechanism, method):
        if isinstance(fact, Unknown):
            return fact
    return method == "basic"


def _at(steps: list[dict[str, Any]], today: datetime.date) -> tuple[dict[str, Any], datetime.date | None]:
    """The step that holds on a day, and the day that it counts to or from."""
    last: datetime.date | None = None
    for step in steps:
        if "until" not in step:
            return step, last
        last = datetime.date.fromisoformat(step["until"])
        if today <= last:
            return step, last
    raise ValueError("the last step has no end")


@functools.cache
def _of_kind(kind: str) -> dict[str, Any] | None:
    data = read_data("submission/basic_auth.yaml")
    return cast("dict[str, Any] | None", data["kinds"].get(data["like"].get(kind, kind)))
