"""Whatever a server does, the check ends in time with a cause, and holds little of what was said."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import trustme
from servers import smtp_manners as manners
from servers.daemon import LOOPBACK, free_port
from servers.smtp_manners import Manner, never_accepting, smtp_manner

from rules.facts import Unknown
from scanner.dns.answer import Answer, Question
from scanner.dns.patience import Patience
from scanner.dns.source import Told
from scanner.submission.checking.diagnosis import diagnose
from scanner.submission.checking.network import observe
from scanner.submission.checking.observed import PROBLEMS, Seen
from scanner.submission.checking.plan import CheckPlan, HostPort, Mode, PortPlan, Seconds

HANGS = 30.0
"""Seconds after which a check that does not end is given up; never what a test decides on."""


class NoDns:
    """Nobody asks here for what is an address already."""

    name = "none"

    async def ask(self, questions: Sequence[Question], patience: Patience | None = None) -> list[Answer]:
        raise AssertionError(f"asked for {questions}")

    def told(self) -> Told:
        return Told()

    async def close(self) -> None:
        """Nothing is open."""


def looked_at(port: int, mode: Mode = "starttls", seconds: float = 1.0, **options: Any) -> Seen:
    plan = CheckPlan(
        host=LOOPBACK,
        ports=(PortPlan(port, mode),),
        control=None,
        seconds=Seconds(total=seconds, connect=seconds),
        **options,
    )
    observed = asyncio.run(asyncio.wait_for(observe(plan, NoDns()), HANGS))
    (seen,) = observed.seen
    assert {note.code for note in seen.notes} <= PROBLEMS.keys()
    return seen


def reason(value: object) -> str:
    assert isinstance(value, Unknown), value
    return value.reason


@pytest.mark.parametrize(
    ("manner", "state", "starttls", "problem"),
    [
        (manners.huge_line, "not_smtp", "not_tried", "line_too_long"),
        (manners.huge_greeting, "not_smtp", "not_tried", "reply_too_long"),
        (manners.bad_utf8, "open", "missing", "bad_octets"),
        (manners.hangs_up, "closed_early", "not_tried", "closed"),
        (manners.hangs_up_in_greeting, "closed_early", "not_tried", "closed"),
        (manners.hangs_up_in_offers, "closed_early", "not_tried", "closed"),
        (manners.hangs_up_in_handshake, "open", "failed", "closed_in_handshake"),
        (manners.speaks_plainly, "open", "failed", "plain_text"),
        (manners.injects, "open", "failed", "injected_data"),
        (manners.refuses_starttls, "open", "failed", "starttls_refused"),
        (manners.overwrites_starttls, "open", "stripped", "starttls_stripped"),
        (manners.no_starttls, "open", "missing", None),
        (manners.speaks_http, "not_smtp", "not_tried", "not_a_reply"),
        (manners.refuses, "open", "not_tried", "greeting_refused"),
    ],
)
def test_bad_manners_have_a_cause(manner: Manner, state: str, starttls: str, problem: str | None) -> None:
    with smtp_manner(manner, server_context()) as port:
        seen = looked_at(port, seconds=8.0)
    assert (seen.state, seen.starttls) == (state, starttls)
    assert [note.code for note in seen.notes][:1] == ([problem] if problem else [])
    assert not seen.is_verified


@pytest.mark.parametrize("manner", [manners.silent, manners.drips])
def test_a_server_that_does_not_come_to_the_point_is_unknown_and_not_closed(manner: Manner) -> None:
    with smtp_manner(manner) as port:
        seen = looked_at(port)
    assert "the greeting was not complete within" in reason(seen.state)
    assert [note.code for note in seen.notes] == ["too_slow"]
    assert seen.connect_ms is not None


def test_five_thousand_lines_of_ehlo_are_not_taken() -> None:
    with smtp_manner(manners.many_offers) as port:
        seen = looked_at(port, seconds=8.0)
    assert seen.state == "open"
    assert "more than 128 lines" in reason(seen.starttls)
    assert [note.code for note in seen.notes] == ["reply_too_long"]


def test_an_ehlo_that_is_refused_leaves_starttls_unknown() -> None:
    with smtp_manner(manners.refuses_ehlo) as port:
        seen = looked_at(port, seconds=8.0)
    assert "Invalid domain name" in reason(seen.starttls)


@pytest.mark.parametrize("manner", [manners.huge_line, manners.huge_greeting, manners.many_offers])
def test_memory_does_not_grow_with_what_is_said(manner: Manner) -> None:
    with smtp_manner(manners.no_starttls) as port:
        looked_at(port, seconds=8.0)  # what is loaded once
    with smtp_manner(manner) as port:
        tracemalloc.start()
        looked_at(port, seconds=8.0)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 1_500_000


def test_implicit_tls_that_speaks_in_the_clear_is_no_smtp() -> None:
    with smtp_manner(manners.no_starttls) as port:
        seen = looked_at(port, "tls", seconds=8.0)
    assert seen.state == "not_smtp"
    assert [note.code for note in seen.notes] == ["plain_text"]


def test_a_closed_port_is_refused_and_one_that_never_accepts_is_dropped() -> None:
    assert looked_at(free_port()).state == "refused"
    with never_accepting() as port:
        seen = looked_at(port)
    assert seen.state == "dropped"
    assert "nothing answered within" in seen.reason


def test_all_ports_take_the_time_of_one(tmp_path: Path) -> None:
    with smtp_manner(manners.silent) as first, smtp_manner(manners.drips) as second, never_accepting() as third:
        plan = CheckPlan(
            host=LOOPBACK,
            ports=(PortPlan(first, "starttls"), PortPlan(second, "tls"), PortPlan(third, "plain")),
            control=HostPort(LOOPBACK, first),
            seconds=Seconds(total=1.0, connect=1.0),
        )
        observed = asyncio.run(asyncio.wait_for(observe(plan, NoDns()), HANGS))
    assert len(observed.seen) == 3
    assert observed.control is not None and observed.control.state == "reachable"
    assert diagnose(plan, observed).usable is None


_AUTHORITY = trustme.CA()


def server_context() -> Any:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _AUTHORITY.issue_cert(LOOPBACK).configure_cert(context)
    return context
