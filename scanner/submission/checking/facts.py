"""Facts of an endpoint from what was seen and what became of signing in. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from rules.facts import Host, Problem, Submission, SubmissionAddress, SubmissionPort, Unknown
from scanner.submission.checking.diagnosis import Diagnosis, first_open
from scanner.submission.checking.observed import Note, Observation, Seen
from scanner.submission.checking.plan import CheckPlan
from scanner.submission.checking.signin import SignedIn

__all__ = ["endpoint_facts"]


def endpoint_facts(
    plan: CheckPlan, observed: Observation, diagnosis: Diagnosis, signed: SignedIn, now: datetime.datetime
) -> Submission:
    """The facts of an endpoint. Those of settings, and of dates, are left to the judge."""
    form = plan.form
    tried = observed.seen
    return Submission(
        name=plan.host,
        kind="endpoint",
        host=Host(plan.host),
        host_kind=form.kind,
        cloud=plan.cloud or form.cloud,
        resolves=observed.resolved.state,
        addresses=tuple(
            SubmissionAddress(
                address=seen.address,
                family="ipv6" if ":" in seen.address else "ipv4",
                port=seen.plan.port,
                state=seen.state,
            )
            for seen in tried
        ),
        ports=tuple(_port(first_open(observed, port.port), now) for port in plan.ports)
        if tried
        else _none_tried(observed),
        best_port=diagnosis.best_port,
        outbound_25=diagnosis.outbound_25,
        control=observed.control.state if observed.control else "not_tried",
        network=diagnosis.network,
        interception=diagnosis.interception,
        legacy_tls=observed.legacy,
        login=signed.login,
        login_mechanism=signed.mechanism,
        login_form=signed.login_form,
        reply_cause=signed.cause,
        send_as=signed.send_as,
        delivery=signed.delivery,
        queue_id=signed.queue_id,
        from_login=signed.from_login,
        from_domain=Host(signed.from_domain) if signed.from_domain else None,
        auth_method=signed.auth_method,
        problems=_problems([*diagnosis.notes, *(note for seen in tried for note in seen.notes), *signed.notes]),
    )


def _none_tried(observed: Observation) -> tuple[SubmissionPort, ...] | Unknown:
    """Without addresses there are no ports; where DNS failed nothing is known of them."""
    return observed.resolved.state if isinstance(observed.resolved.state, Unknown) else ()


def _port(seen: Seen, now: datetime.datetime) -> SubmissionPort:
    heard = seen.offer or (seen.before if seen.tls_version is None else None)
    return SubmissionPort(
        port=seen.plan.port,
        mode=seen.plan.mode,
        state=seen.state,
        connect_ms=seen.connect_ms,
        banner=seen.banner,
        starttls=seen.starttls,
        tls_version=seen.tls_version,
        cipher=seen.cipher,
        certificate=seen.certificate,
        issuer=seen.shown.issuer if seen.shown else None,
        certificate_days=seen.shown.days(now) if seen.shown else None,
        auth=heard.auth if heard else _unheard(seen),
        auth_before_tls=seen.before.auth if seen.before else (),
        size=heard.size if heard else None,
    )


def _unheard(seen: Seen) -> tuple[str, ...] | Unknown:
    """What AUTH offers where EHLO was not heard: nothing where there is no session, unknown where there is one."""
    if not seen.connected:
        return ()
    return Unknown(seen.reason or (seen.notes[-1].text if seen.notes else "EHLO was not answered"))


def _problems(notes: Iterable[Note]) -> tuple[Problem, ...]:
    found = {(note.code, note.text): note for note in notes}
    return tuple(
        Problem(code=note.code, text=f"{note.text[:1].upper()}{note.text[1:]}.".replace("..", "."), where=note.where)
        for note in found.values()
    )
