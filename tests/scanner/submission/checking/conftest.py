"""A Postfix of the tests' own, once for each test process."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from servers.postfix import Postfix
from servers.postfix import postfix as start_postfix


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """The authority of every test server's certificate."""
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


@pytest.fixture(scope="session")
def postfix(authority: trustme.CA) -> Iterator[Postfix]:
    """Postfix with TLS and SASL; in a folder that its own user can reach."""
    with tempfile.TemporaryDirectory() as folder, start_postfix(Path(folder), authority) as server:
        yield server
