"""Postfix with TLS and SASL on loopback ports: what many applications really send through.

It takes mail for `accepted.test` and throws it away, lets two accounts sign in, and holds each to its own From address.
"""

from __future__ import annotations

import os
import pwd
import shutil
import smtplib
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from servers.daemon import DEADLINE, LOOPBACK, free_port, program

USER = "shop@contoso.com"
OTHER = "info@contoso.com"
PASSWORD = "correct horse"
HOST = "localhost"


@dataclass(frozen=True)
class Postfix:
    """Ports on 127.0.0.1, and the file of the authority that signed its certificate, which is for `localhost`."""

    starttls: int
    tls: int
    plain: int
    ca_file: Path

    @property
    def ports(self) -> str:
        return f"{self.starttls}/starttls,{self.tls}/tls,{self.plain}/plain"


@contextmanager
def postfix(folder: Path, authority: trustme.CA) -> Iterator[Postfix]:
    """Starts a Postfix of its own; `folder` must be one that its user can reach. Skips where root or a package is missing."""
    binary = program("postfix", "postfix")
    saslpasswd = program("saslpasswd2", "sasl2-bin")
    if os.geteuid() != 0:
        pytest.skip("Postfix can be started by root only")
    ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(ca_file)
    server = authority.issue_cert(HOST, LOOPBACK)
    chain = folder / "chain.pem"
    server.private_key_and_cert_chain_pem.write_to_path(chain)
    chain.chmod(0o600)
    ports = Postfix(free_port(), free_port(), free_port(), ca_file)
    config = _configure(folder, ports, chain)
    for user in (USER, OTHER):
        name, _, realm = user.partition("@")
        command = [saslpasswd, "-p", "-c", "-f", str(folder / "sasldb2"), "-u", realm, name]
        subprocess.run(command, input=PASSWORD.encode(), check=True, timeout=20)
    shutil.chown(folder / "sasldb2", "postfix")
    subprocess.run([binary, "-c", str(config), "check"], check=True, timeout=30, capture_output=True)
    with (folder / "master.log").open("wb") as log:
        master = subprocess.Popen(
            [_master(), "-c", str(config), "-d"], stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )
    try:
        _wait(master, ports, folder)
        yield ports
    finally:
        master.terminate()
        try:
            master.wait(10)
        except subprocess.TimeoutExpired:
            master.kill()
            master.wait()


def _master() -> str:
    for folder in ("/usr/lib/postfix/sbin", "/usr/libexec/postfix", "/usr/lib/postfix"):
        if (Path(folder) / "master").is_file():
            return f"{folder}/master"
    raise AssertionError("Postfix is installed, and its master is nowhere")


def _configure(folder: Path, ports: Postfix, chain: Path) -> Path:
    for path in (folder, *list(folder.parents)[:3]):
        if path.stat().st_uid == os.geteuid():
            path.chmod(path.stat().st_mode | 0o055)
    config = folder / "config"
    config.mkdir()
    sasl = config / "sasl"  # where Debian's Postfix looks, whatever cyrus_sasl_config_path says
    sasl.mkdir()
    (sasl / "smtpd.conf").write_text(
        f"pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: {folder / 'sasldb2'}\nmech_list: PLAIN LOGIN\n"
    )
    (folder / "senders").write_text(f"/^{USER}$/ {USER}\n/^{OTHER}$/ {OTHER}\n")
    data, queue = folder / "data", folder / "queue"
    data.mkdir()
    queue.mkdir()
    owner = pwd.getpwnam("postfix")
    os.chown(data, owner.pw_uid, owner.pw_gid)
    (config / "main.cf").write_text(
        f"""compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder / "mail.log"}
maillog_file_prefixes = {folder}
myhostname = mail.contoso.test
mydestination =
mynetworks =
inet_interfaces = {LOOPBACK}
inet_protocols = ipv4
relay_domains = accepted.test
relay_transport = discard:
default_transport = discard:
local_transport = discard:
alias_maps =
local_recipient_maps =
smtpd_tls_chain_files = {chain}
smtpd_tls_mandatory_protocols = >=TLSv1.2
smtpd_tls_protocols = >=TLSv1.2
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
cyrus_sasl_config_path = {sasl}
smtpd_sasl_security_options = noanonymous
smtpd_sasl_local_domain =
broken_sasl_auth_clients = yes
smtpd_sender_login_maps = regexp:{folder / "senders"}
smtpd_sender_restrictions = reject_sender_login_mismatch
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
message_size_limit = 36700160
"""
    )
    secure = "-o smtpd_tls_auth_only=yes -o smtpd_sasl_auth_enable=yes"
    (config / "master.cf").write_text(
        f"""{LOOPBACK}:{ports.starttls} inet n - n - - smtpd -o smtpd_tls_security_level=encrypt {secure}
{LOOPBACK}:{ports.tls} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes {secure}
{LOOPBACK}:{ports.plain} inet n - n - - smtpd -o smtpd_tls_security_level=none
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
discard unix - - n - - discard
error unix - - n - - error
retry unix - - n - - error
postlog unix-dgram n - n - 1 postlogd
"""
    )
    return config


def _wait(master: subprocess.Popen[bytes], ports: Postfix, folder: Path) -> None:
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        if master.poll() is not None:
            break
        try:
            with smtplib.SMTP(LOOPBACK, ports.plain, timeout=5):
                return
        except (OSError, smtplib.SMTPException):
            continue
    log = folder / "mail.log"
    said = log.read_text("utf-8", "replace") if log.is_file() else ""
    raise AssertionError(f"Postfix does not answer:\n{(folder / 'master.log').read_text('utf-8', 'replace')}\n{said}")
