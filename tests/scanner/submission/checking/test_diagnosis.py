"""What ports and control connection say together, for every combination that people meet."""

from __future__ import annotations

import pytest

from rules.facts import Unknown
from scanner.smtp.reply import Offer
from scanner.submission.checking.diagnosis import Diagnosis, diagnose
from scanner.submission.checking.observed import PROBLEMS, Control, Observation, Resolved, Seen, State
from scanner.submission.checking.plan import CheckPlan, HostPort, Mode, PortPlan

MICROSOFT = "smtp.office365.com"
OWN = "mail.contoso.test"
CONTROL = HostPort("outlook.office365.com", 443)
FOUND = Resolved("yes", ("192.0.2.1",), (), "from DNS")
OFFER = Offer(frozenset({"AUTH"}), ("LOGIN", "XOAUTH2"), 1000, False)


def seen(port: int, state: State | Unknown, mode: Mode = "starttls", address: str = "192.0.2.1") -> Seen:
    plan = PortPlan(port, mode)
    if state != "open":
        return Seen(address=address, plan=plan, state=state, reason="as the test says")
    return Seen(
        address=address,
        plan=plan,
        state="open",
        starttls="offered",
        tls_version="TLSv1.3",
        certificate="trusted",
        offer=OFFER,
        before=OFFER,
    )


def told(
    states: dict[int, State | Unknown],
    *,
    host: str = MICROSOFT,
    control: str | None = "reachable",
    resolved: Resolved = FOUND,
) -> Diagnosis:
    ports = tuple(PortPlan(port, "tls" if port == 465 else "starttls") for port in states)
    plan = CheckPlan(host=host, ports=ports, control=CONTROL if control else None)
    observed = Observation(
        resolved=resolved,
        seen=tuple(seen(port.port, states[port.port], port.mode) for port in ports),
        control=Control(CONTROL, control, "as the test says") if control else None,  # type: ignore[arg-type]
    )
    diagnosis = diagnose(plan, observed)
    assert {note.code for note in diagnosis.notes} <= PROBLEMS.keys()
    return diagnosis


def words(diagnosis: Diagnosis) -> str:
    return " | ".join(note.text for note in diagnosis.notes)


def test_a_network_that_drops_25_lets_587_work() -> None:
    diagnosis = told({587: "open", 25: "dropped", 465: "dropped"})
    assert (diagnosis.network, diagnosis.best_port, diagnosis.outbound_25) == ("ok", 587, "dropped")
    assert "this network drops outbound 25; 587 works" in words(diagnosis)
    assert "465 is not offered by Microsoft 365: use 587 with STARTTLS" in words(diagnosis)


def test_a_refusal_of_25_is_the_networks_only_where_the_server_is_known_to_listen() -> None:
    assert "this network refuses outbound 25" in words(told({587: "open", 25: "refused"}))
    own = told({587: "open", 25: "refused"}, host=OWN)
    assert "nothing listens there, or a firewall" in words(own)
    assert "465 is not offered" not in words(told({587: "open", 465: "refused"}, host=OWN))


@pytest.mark.parametrize(
    ("states", "host", "control", "network"),
    [
        ({587: "dropped", 25: "dropped"}, MICROSOFT, "reachable", "port_blocked"),
        ({587: "refused", 25: "dropped"}, MICROSOFT, "reachable", "port_blocked"),
        ({587: "dropped", 25: "dropped"}, MICROSOFT, "unreachable", "no_network"),
        ({587: "unreachable"}, MICROSOFT, "unreachable", "no_network"),
        ({587: "dropped"}, OWN, "reachable", None),
        ({587: "refused"}, OWN, "reachable", "ok"),
        ({587: "dropped"}, MICROSOFT, None, None),
        ({587: "not_smtp"}, MICROSOFT, "reachable", "ok"),
        ({587: Unknown("slow")}, MICROSOFT, "reachable", "ok"),
    ],
)
def test_where_no_session_came_about(
    states: dict[int, State | Unknown], host: str, control: str | None, network: str | None
) -> None:
    diagnosis = told(states, host=host, control=control)
    if network is None:
        assert isinstance(diagnosis.network, Unknown)
    else:
        assert diagnosis.network == network
    assert diagnosis.usable is None
    assert network == "ok" or diagnosis.notes


@pytest.mark.parametrize(
    ("state", "control", "network"),
    [
        ("no", "reachable", "ok"),
        ("no", "unreachable", "no_dns"),
        (Unknown("SERVFAIL"), "reachable", "ok"),
        (Unknown("SERVFAIL"), "unreachable", "no_dns"),
        (Unknown("SERVFAIL"), None, "no_dns"),
    ],
)
def test_where_the_name_leads_nowhere(state: object, control: str | None, network: str) -> None:
    diagnosis = told({}, control=control, resolved=Resolved(state, (), (), "as the test says"))  # type: ignore[arg-type]
    assert diagnosis.network == network
    assert isinstance(diagnosis.best_port, Unknown) == isinstance(state, Unknown)


def test_587_is_preferred_and_25_comes_last() -> None:
    assert told({25: "open", 587: "open", 465: "open"}, host=OWN).best_port == 587
    assert told({25: "open", 465: "open"}, host=OWN).best_port == 465
    assert told({25: "open", 465: "dropped"}, host=OWN).best_port == 25


def test_an_unknown_port_leaves_the_best_port_unknown_unless_another_works() -> None:
    assert isinstance(told({587: Unknown("slow")}).best_port, Unknown)
    assert told({587: Unknown("slow"), 25: "open"}).best_port == 25
    assert told({587: "dropped"}).best_port is None


def test_addresses_that_behave_differently_are_told() -> None:
    plan = CheckPlan(host=OWN, ports=(PortPlan(587, "starttls"),), control=None)
    alike = (seen(587, "open"), seen(587, "open", address="2001:db8::1"))
    other = (*alike, seen(587, "not_smtp", address="192.0.2.2"))
    resolved = Resolved("yes", ("192.0.2.1",))
    assert not diagnose(plan, Observation(resolved=resolved, seen=alike, control=None)).notes
    (note,) = diagnose(plan, Observation(resolved=resolved, seen=other, control=None)).notes
    assert note.code == "addresses_differ"
