"""Sessions as evidence: what was said, a record for each address and port. Secrets were left out as the lines were made."""

from __future__ import annotations

from collections.abc import Mapping

from rules.facts import Unknown
from rules.results import QueryRecord
from scanner.submission.checking.observed import Observation, Seen
from scanner.submission.checking.signin import SignedIn

__all__ = ["evidence_of"]

_NETWORK = ("best_port", "outbound_25", "network", "interception", "legacy_tls", "ports", "addresses", "problems")
_SIGNING_IN = ("login", "login_mechanism", "reply_cause", "send_as", "delivery", "queue_id")


def evidence_of(
    observed: Observation, signed: SignedIn
) -> tuple[tuple[QueryRecord, ...], Mapping[str, tuple[int, ...]]]:
    """Every record, and for each fact the places of those that it was made from."""
    dns = list(observed.resolved.records)
    sessions = [_session(seen) for seen in observed.seen]
    control = []
    if observed.control is not None:
        reached = observed.control.state == "reachable"
        words = observed.control.words
        control = [
            QueryRecord(
                name=str(observed.control.target),
                type="CONTROL",
                status="NOERROR" if reached else "TIMEOUT",
                values=(words,),
            )
        ]
    errand = []
    if signed.lines:
        errand = [QueryRecord(name=signed.where, type="SMTP-AUTH", status="NOERROR", values=signed.lines, at=signed.at)]
    legacy = (
        [QueryRecord(name="TLS 1.0 and 1.1", type="TLS", status="NOERROR", values=(observed.legacy_words,))]
        if observed.legacy_words
        else []
    )
    records = (*dns, *sessions, *control, *legacy, *errand)
    first, last = len(dns), len(dns) + len(sessions)
    network = tuple(range(first, last + len(control) + len(legacy)))
    places: dict[str, tuple[int, ...]] = {f"submission.{name}": network for name in _NETWORK}
    places["submission.resolves"] = tuple(range(first))
    places["submission.control"] = tuple(range(last, last + len(control)))
    places |= {f"submission.{name}": (len(records) - 1,) for name in _SIGNING_IN if errand}
    return records, places


def _session(seen: Seen) -> QueryRecord:
    """A session that came about is an answer; one that did not is as unanswered as a question of DNS."""
    state = seen.state
    if isinstance(state, Unknown) or state in ("dropped", "unreachable"):
        return QueryRecord(
            name=str(seen.place), type="SMTP", status="TIMEOUT", values=seen.lines, at=seen.at, reason=seen.reason
        )
    status = "REFUSED" if state == "refused" else "MALFORMED" if state in ("not_smtp", "closed_early") else "NOERROR"
    return QueryRecord(
        name=str(seen.place), type="SMTP", status=status, values=seen.lines, at=seen.at, reason=seen.reason
    )
