"""A network of the tests' own in which packets are lost: this file is run as a program inside `unshare --net` (root, Linux).

192.0.2.1 has a server on port 587, and packets to its port 25 are dropped; so is whatever is sent to 192.0.2.77. To 198.51.100.1 there is
no route.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = "192.0.2.1"
NOBODY = "192.0.2.77"
NO_ROUTE = "198.51.100.1"
CONTROL_PORT = 8443


def enter_or_skip() -> list[str]:
    """How to run a program in such a network; skips where that is not allowed."""
    unshare, ip, rules = shutil.which("unshare"), shutil.which("ip"), shutil.which("iptables")
    if os.geteuid() != 0 or None in (unshare, ip, rules):
        pytest.skip("a network of its own takes root, unshare, iproute2 and iptables")
    assert unshare is not None
    probe = subprocess.run(
        [unshare, "--net", "sh", "-c", "ip link set lo up && iptables -L -n"],
        check=False,
        capture_output=True,
        timeout=20,
    )
    if probe.returncode != 0:
        pytest.skip("this machine lets nobody make a network")
    return [unshare, "--net", sys.executable, str(Path(__file__))]


def main(folder: str, *arguments: str) -> int:
    """Makes the network, starts a server in it, and runs `mailready smtp check` with the arguments."""
    for command in (
        "ip link set lo up",
        f"ip addr add {HERE}/32 dev lo",
        f"ip addr add {NOBODY}/32 dev lo",
        f"iptables -A INPUT -d {HERE} -p tcp --dport 25 -j DROP",
        f"iptables -A INPUT -d {NOBODY} -j DROP",
    ):
        subprocess.run(command.split(), check=True, timeout=20)
    root = Path(__file__).parent.parent
    sys.path[:0] = [str(root), str(root.parent)]
    import socket
    import ssl
    import threading

    from servers.smtp_manners import Line, greets

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(folder) / "chain.pem")

    def serve(listener: socket.socket) -> None:
        while True:
            connection, _ = listener.accept()
            line = Line(connection, context, threading.Event())
            greets(line)
            line.hear()
            line.say("220 go\n")
            line.encrypt()
            line.hear()
            line.say("250-mail.contoso.test\n250 AUTH LOGIN XOAUTH2\n")
            line.hear()

    threading.Thread(target=serve, args=(socket.create_server((HERE, 587)),), daemon=True).start()
    held = socket.create_server((HERE, CONTROL_PORT))
    from scanner.cli import main as mailready

    sys.argv = ["mailready", "smtp", "check", *arguments]
    with held:
        mailready()
    return 0


if __name__ == "__main__":
    sys.path.pop(0)
    sys.exit(main(*sys.argv[1:]))
