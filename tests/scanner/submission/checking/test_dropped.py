"""Lost packets in a network of the tests' own, seen through the command line."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import trustme
from servers.dropping_network import CONTROL_PORT, HERE, NO_ROUTE, NOBODY, enter_or_skip


def facts(folder: Path, *arguments: str, control: str) -> dict[str, Any]:
    command = [
        *enter_or_skip(),
        str(folder),
        *arguments,
        "--control",
        control,
        "--format",
        "json",
        "--resolver",
        NOBODY,
    ]
    done = subprocess.run(command, check=False, capture_output=True, timeout=60, text=True)
    assert done.returncode in (0, 3), done.stderr
    (submission,) = json.loads(done.stdout)["submissions"]
    found: dict[str, Any] = submission["facts"]["submission"]
    return found


def certified(tmp_path: Path) -> Path:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    authority.issue_cert(HERE).private_key_and_cert_chain_pem.write_to_path(tmp_path / "chain.pem")
    return tmp_path


def test_a_network_that_drops_25_and_lets_587_out_is_told(tmp_path: Path) -> None:
    folder = certified(tmp_path)
    found = facts(folder, HERE, "--ca-file", str(folder / "ca.pem"), "--timeout", "2", control=f"{HERE}:{CONTROL_PORT}")
    states = {port["port"]: port["state"] for port in found["ports"]}
    assert states == {587: "open", 25: "dropped", 465: "refused"}
    assert (found["outbound_25"], found["best_port"], found["control"], found["network"]) == (
        "dropped",
        587,
        "reachable",
        "ok",
    )
    assert "This network drops outbound 25; 587 works." in {problem["text"] for problem in found["problems"]}


def test_where_everything_is_dropped_the_control_connection_tells_whose_fault_it_is(tmp_path: Path) -> None:
    folder = certified(tmp_path)
    found = facts(folder, NOBODY, "--timeout", "1", control=f"{HERE}:{CONTROL_PORT}")
    assert {address["state"] for address in found["addresses"]} == {"dropped"}
    assert "the network drops the ports, or the host is down" in found["network"]["unknown"].replace(
        "this network", "the network"
    )
    found = facts(folder, NOBODY, "--timeout", "1", control=f"{NOBODY}:443")
    assert (found["network"], found["control"]) == ("no_network", "unreachable")


def test_where_there_is_no_route_it_is_unreachable_and_not_dropped(tmp_path: Path) -> None:
    found = facts(certified(tmp_path), NO_ROUTE, control=f"{NO_ROUTE}:443")
    assert {address["state"] for address in found["addresses"]} == {"unreachable"}
    assert found["network"] == "no_network"


def test_dns_that_does_not_answer_is_told(tmp_path: Path) -> None:

    found = facts(certified(tmp_path), "smtp.contoso.test", control=f"{NOBODY}:443")
    assert found["network"] == "no_dns"
    assert "unknown" in found["resolves"]
