"""What `smtp check` shows a person before the findings: the ports, what they mean together, what became of signing in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from rules.facts import Submission, SubmissionPort, Unknown

if TYPE_CHECKING:
    from scanner.submission.checking.check import Checked
    from scanner.submission.checking.observed import Note, Seen

__all__ = ["check_lines"]

_STATES: Final = {
    "open": "open",
    "refused": "refused: the address says that the port is closed",
    "dropped": "dropped: nothing answers",
    "unreachable": "unreachable: there is no way to it from here",
    "closed_early": "closed before a session began",
    "not_smtp": "answers, but not with SMTP",
}
_TOLD_BELOW: Final = frozenset({"reply_explained", "from_not_login", "send_as_open"})
_MOST_NAMES: Final = 6


def check_lines(checked: Checked) -> Iterator[str]:
    """Lines of text, not yet made harmless for a terminal."""
    facts = checked.facts
    resolved = checked.observed.resolved
    yield f"{facts.host}: {', '.join(resolved.addresses[:8]) or 'no address'} ({resolved.words})"
    if checked.observed.control is not None:
        control = checked.observed.control
        yield f"control connection to {control.target}: {control.state} ({control.words})"
    if isinstance(facts.ports, tuple):
        for port in facts.ports:
            assert isinstance(port, SubmissionPort)
            yield from _port(port, [seen for seen in checked.observed.seen if seen.plan.port == port.port])
    if checked.observed.legacy_words:
        yield f"TLS 1.0 and 1.1: {_told(checked.observed.legacy)}: {checked.observed.legacy_words}"
    yield from _meaning(checked)
    yield from _signing_in(checked, facts)
    for sentence in checked.expectation:
        yield f"  {sentence}"


def _port(port: SubmissionPort, seen: list[Seen]) -> Iterator[str]:
    state = port.state
    words = f"unknown: {state.reason}" if isinstance(state, Unknown) else _STATES[state]
    yield f"port {port.port} ({port.mode.upper() if port.mode != 'plain' else 'plain'}): {words}"
    yield f"  {', '.join(f'{each.address} {_address(each)}' for each in seen)}"
    if port.banner:
        yield f"  greeting      {port.banner}"
    if port.tls_version:
        yield f"  encryption    {port.tls_version}, {port.cipher}"
    elif port.mode == "starttls" and port.starttls != "not_tried":
        yield f"  STARTTLS      {_told(port.starttls)}"
    shown = next((each.shown for each in seen if each.shown), None)
    if shown is not None:
        more = f" and {len(shown.names) - _MOST_NAMES} more" if len(shown.names) > _MOST_NAMES else ""
        yield f"  certificate   {_told(port.certificate)}; for {', '.join(shown.names[:_MOST_NAMES]) or 'no name'}{more}"
        yield f"                chain {' <- '.join((*shown.chain, shown.issuers[-1]) if shown.issuers[-1] != shown.chain[-1] else shown.chain)}"
        if shown.expires is not None:
            yield f"                expires {shown.expires:%Y-%m-%d} (in {port.certificate_days} days)"
    before = next((each.before for each in seen if each.before), None)
    if before is not None:
        yield f"  EHLO          {', '.join(sorted(before.keywords)) or 'nothing'}"
    inside = next((each.offer for each in seen if each.offer), None)
    if inside is not None:
        yield f"  EHLO in TLS   {', '.join(sorted(inside.keywords)) or 'nothing'}"
    if isinstance(port.auth, tuple) and port.auth:
        yield f"  AUTH          {', '.join(port.auth)}"
    if port.size is not None:
        yield f"  SIZE          {port.size} octets"


def _address(seen: Seen) -> str:
    if seen.connect_ms is not None:
        return f"in {seen.connect_ms} ms"
    return seen.state.replace("_", " ") if isinstance(seen.state, str) else "unknown"


def _meaning(checked: Checked) -> Iterator[str]:
    notes: list[Note] = list(checked.diagnosis.notes)
    notes += [note for seen in checked.observed.seen for note in seen.notes]
    notes += [note for note in checked.signed.notes if note.code not in _TOLD_BELOW]
    if notes:
        yield "What this means:"
    for text in dict.fromkeys(f"{note.where}: {note.text}" if note.where else note.text for note in notes):
        yield f"  - {text}"
    if isinstance(checked.diagnosis.best_port, int):
        yield f"  - port {checked.diagnosis.best_port} is the one to use"


def _signing_in(checked: Checked, facts: Submission) -> Iterator[str]:
    signed = checked.signed
    if signed.login != "not_tried":
        by = f" by {signed.mechanism}" if signed.mechanism else ""
        yield f"signing in{by}: {_told(signed.login)}"
    if signed.from_login == "mismatch":
        yield f"  {next(note.text for note in signed.notes if note.code == 'from_not_login')}"
    if signed.send_as != "not_tried":
        yield f"sending as the From address: {_told(signed.send_as)}"
    if signed.delivery != "not_tried":
        told = f", queue id {signed.queue_id}" if signed.queue_id else ""
        yield f"the test message: {_told(signed.delivery)}{told}"
    if signed.reply:
        yield f"the server said: {signed.reply}"


def _told(value: object) -> str:
    return f"unknown: {value.reason}" if isinstance(value, Unknown) else str(value).replace("_", " ")
