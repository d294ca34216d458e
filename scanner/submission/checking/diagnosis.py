"""What the ports, the certificates and the control connection say together. Pure."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from rules.facts import Unknown
from scanner.data import read_data
from scanner.submission.checking.observed import CONNECTED, Note, Observation, Seen
from scanner.submission.checking.plan import CheckPlan

__all__ = ["Diagnosis", "diagnose", "middlebox_of"]

Network = Literal["ok", "no_dns", "no_network", "port_blocked", "not_tried"]
Interception = Literal["none", "untrusted_chain", "middlebox_issuer", "starttls_stripped", "not_tried"]
Outbound = Literal["open", "dropped", "refused", "not_tried"]

_PREFERRED: Final = (587, 25)
_RELAY: Final = 25
_IMPLICIT_TLS: Final = 465
_NO_465: Final = frozenset({"client_submission", "legacy_tls", "hve", "relay_mx"})
"""Servers of Microsoft, of which none listens on 465 ("If your device recommends or defaults to port 465, it doesn't support
SMTP AUTH client submission", Microsoft Learn, set up a device or application to send)."""
_BY_STATE: Final = ("open", "closed_early", "not_smtp", "refused", "dropped", "unreachable")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The sum. `notes` are sentences, the most telling first; `usable` is where a session for `best_port` is possible."""

    network: Network | Unknown
    interception: Interception | Unknown
    outbound_25: Outbound | Unknown
    best_port: int | Unknown | None
    usable: Seen | None
    notes: tuple[Note, ...]


def diagnose(plan: CheckPlan, observed: Observation) -> Diagnosis:
    """What is the matter, if anything is."""
    usable = _usable(observed)
    network, said = _network(plan, observed)
    interception, opened = _interception(observed)
    notes = [*said, *opened, *_ports(plan, observed, usable), *_differing(observed)]
    return Diagnosis(
        network=network,
        interception=interception,
        outbound_25=_outbound(observed),
        best_port=_best(observed, usable),
        usable=usable,
        notes=tuple(notes),
    )


@functools.cache
def _middleboxes() -> tuple[tuple[str, str], ...]:
    data = read_data("submission/middleboxes.yaml")
    return tuple((word, entry["name"]) for entry in data["issuers"] for word in entry["words"])


def middlebox_of(issuers: tuple[str, ...]) -> str:
    """The product that signs in the server's place, by an issuer's name; empty where none is known."""
    for issuer in issuers:
        low = issuer.lower()
        for word, name in _middleboxes():
            if word in low:
                return name
    return ""


def _usable(observed: Observation) -> Seen | None:
    """The best place for a session: verified TLS, 587 before others and implicit TLS before 25; else a port that is to be plain."""

    def rank(seen: Seen) -> tuple[int, int]:
        port = seen.plan.port
        order = 0 if port == _PREFERRED[0] else 3 if port == _RELAY else 1 if seen.plan.mode == "starttls" else 2
        return (0 if seen.is_verified else 1, order)

    works = [seen for seen in observed.seen if seen.is_verified or (seen.plan.mode == "plain" and seen.is_open)]
    return min(works, key=rank, default=None)


def _best(observed: Observation, usable: Seen | None) -> int | Unknown | None:
    if usable is not None:
        return usable.plan.port
    doubtful = next(
        (seen for seen in observed.seen if isinstance(seen.state, Unknown) or isinstance(seen.certificate, Unknown)),
        None,
    )
    if doubtful is not None:
        reason = doubtful.state if isinstance(doubtful.state, Unknown) else doubtful.certificate
        assert isinstance(reason, Unknown)
        return reason
    return observed.resolved.state if isinstance(observed.resolved.state, Unknown) else None


def _network(plan: CheckPlan, observed: Observation) -> tuple[Network | Unknown, list[Note]]:
    control = observed.control
    reached = control is not None and control.state == "reachable"
    beside = f"the control connection to {control.target}" if control else "no control connection"
    if observed.resolved.state == "no":
        text = f"{plan.host} has no address ({observed.resolved.words})"
        if control is None:
            return Unknown("no control connection was tried"), [Note("host_not_found", text, plan.host)]
        if reached:
            return "ok", [
                Note(
                    "host_not_found",
                    f"{text}, while {beside} works: the name is wrong, or was taken out of DNS",
                    plan.host,
                )
            ]
        return "no_dns", [
            Note("no_dns", f"DNS does not resolve: {text}, and {beside} fails too ({control.words})", plan.host)
        ]
    if isinstance(observed.resolved.state, Unknown):
        text = f"DNS does not answer for {plan.host}: {observed.resolved.words}"
        if reached:
            return "ok", [Note("no_dns", f"{text}; {beside} works, so the fault is with that name", plan.host)]
        return "no_dns", [Note("no_dns", f"{text}; {beside} fails too" if control else text, plan.host)]
    if any(seen.connected for seen in observed.seen):
        return "ok", []
    tried = ", ".join(str(port.port) for port in plan.ports)
    refused = any(seen.state == "refused" for seen in observed.seen)
    if refused and not plan.form.is_microsoft:
        return "ok", [
            Note(
                "ports_blocked",
                f"{plan.host} refuses connections to {tried}: nothing listens there, or a firewall answers in its place",
                plan.host,
            )
        ]
    if control is None:
        reason = f"nothing was reached at {plan.host}, and no control connection was tried"
        return Unknown(reason), [Note("no_network", reason, plan.host)]
    if not reached:
        text = f"nothing was reached: neither {plan.host} on {tried} nor {beside} ({control.words})"
        return "no_network", [Note("no_network", text, plan.host)]
    if not plan.form.is_microsoft:
        reason = f"no answer from {plan.host} on {tried}, while {beside} works: this network drops the ports, or the host is down"
        return Unknown(reason), [Note("ports_blocked", reason, plan.host)]
    how = "refuses" if refused else "drops"
    text = f"this network {how} connections to {plan.host} on {tried}, while {beside} works: have 587 opened outbound"
    return "port_blocked", [Note("ports_blocked", text, plan.host)]


def _interception(observed: Observation) -> tuple[Interception | Unknown, list[Note]]:
    """Listed issuer, untrusted chain, or STARTTLS taken out; in this order, the most telling first."""
    shown = [seen for seen in observed.seen if seen.shown is not None]
    for seen in shown:
        assert seen.shown is not None
        if product := middlebox_of(seen.shown.issuers):
            text = f"TLS interception: {product} signed the certificate ({seen.shown.issuer}), so it opens what passes; let this connection out of inspection"
            return "middlebox_issuer", [Note("intercepted", text, str(seen.place))]
    for seen in shown:
        assert seen.shown is not None
        if seen.certificate == "untrusted":
            return "untrusted_chain", [Note("intercepted", _untrusted(seen), str(seen.place))]
    for seen in observed.seen:
        if seen.starttls == "stripped":
            return "starttls_stripped", [
                Note(
                    "intercepted", "a middlebox strips STARTTLS: no encryption is possible through it", str(seen.place)
                )
            ]
    for seen in shown:
        if isinstance(seen.certificate, Unknown):
            return seen.certificate, []
    return ("none" if shown else "not_tried"), []


def _untrusted(seen: Seen) -> str:
    assert seen.shown is not None
    return (
        f"the certificate of {seen.shown.subject} was issued by {seen.shown.issuer}, which this machine does not trust: something on the "
        "way opens TLS, or the server has a certificate of its own authority, which --ca-file adds"
    )


def _ports(plan: CheckPlan, observed: Observation, usable: Seen | None) -> Iterator[Note]:
    works = f"; {usable.plan.port} works" if usable is not None and usable.plan.port != _RELAY else ""
    for port in plan.ports:
        seen = [each for each in observed.seen if each.plan == port]
        if not seen or any(each.connected for each in seen):
            continue
        where = str(port.port)
        if port.port == _IMPLICIT_TLS and plan.form.kind in _NO_465:
            yield Note("port_465_not_offered", "465 is not offered by Microsoft 365: use 587 with STARTTLS", where)
        elif port.port == _RELAY and any(each.connected for each in observed.seen):
            yield Note("port_25_blocked", f"{_no_25(plan, seen)}{works}", where)


def _no_25(plan: CheckPlan, seen: list[Seen]) -> str:
    """Microsoft's servers listen on 25, so the network stands in the way; of another server a refusal may be its own."""
    if not any(each.state == "refused" for each in seen):
        return "this network drops outbound 25"
    if plan.form.is_microsoft:
        return "this network refuses outbound 25"
    return f"{plan.host} refuses 25: nothing listens there, or a firewall answers in its place"


def _differing(observed: Observation) -> Iterator[Note]:
    """Addresses of one port that were reached and are not alike: the application may meet either."""
    ports = dict.fromkeys(seen.plan for seen in observed.seen)
    for port in ports:
        kinds = {
            (str(seen.state), str(seen.starttls), str(seen.certificate)): seen
            for seen in observed.seen
            if seen.plan == port and seen.connected
        }
        if len(kinds) > 1:
            told = "; ".join(
                f"{seen.address}: {state}, STARTTLS {starttls}, certificate {certificate}"
                for (state, starttls, certificate), seen in kinds.items()
            )
            yield Note(
                "addresses_differ",
                f"addresses of port {port.port} behave differently: {told}".replace("_", " "),
                str(port.port),
            )


def _outbound(observed: Observation) -> Outbound | Unknown:
    seen = [each for each in observed.seen if each.plan.port == _RELAY]
    if not seen:
        return "not_tried"
    if any(each.connected for each in seen):
        return "open"
    states = {each.state for each in seen if isinstance(each.state, str)}
    if "refused" in states:
        return "refused"
    if "dropped" in states:
        return "dropped"
    return Unknown(seen[0].reason)


def first_open(observed: Observation, port: int) -> Seen:
    """The address that stands for a port: the first of those that went furthest."""
    seen = [each for each in observed.seen if each.plan.port == port]
    return min(
        seen, key=lambda each: _BY_STATE.index(each.state) if isinstance(each.state, str) else len(CONNECTED) - 1
    )
