"""Starts a name server as a child process on a free loopback port, and waits until it answers."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import pytest

LOOPBACK = "127.0.0.1"
DEADLINE = 20.0


def program(name: str, package: str) -> str:
    """The path of a server's program; without it the test is skipped, or fails where MAILREADY_CI is set."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin")
    if found is None:
        reason = f"{name} is not installed; on Debian: apt-get install {package}"
        if os.environ.get("MAILREADY_CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def free_port() -> int:
    """A loopback port that neither UDP nor TCP uses at this moment."""
    while True:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
        ):
            udp.bind((LOOPBACK, 0))
            port: int = udp.getsockname()[1]
            try:
                tcp.bind((LOOPBACK, port))
            except OSError:
                continue
            return port


@contextmanager
def running(command: list[str], log: Path, port: int, known: str) -> Iterator[None]:
    """Runs a server until the block ends; it is up when it answers a question for the name `known`."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    try:
        _wait(process, log, port, known)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], log: Path, port: int, known: str) -> None:
    deadline = time.monotonic() + DEADLINE
    query = dns.message.make_query(known, "SOA")
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(f"{process.args!r} ended at once:\n{log.read_text('utf-8', 'replace')}")
        try:
            answer = dns.query.udp(query, LOOPBACK, port=port, timeout=0.2)
        except (dns.exception.DNSException, OSError):
            continue
        if answer.answer:
            return
    raise AssertionError(f"{process.args!r} does not answer:\n{log.read_text('utf-8', 'replace')}")
