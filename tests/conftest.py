"""Real name servers on loopback ports, started once for each test process and stopped at its end.

Property tests have no deadline for one example, since a busy machine would miss it, and are the same in every CI run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings
from servers.misbehaving import Misbehaving, Silent, misbehaving_server, silent_server
from servers.nsd import Nsd
from servers.nsd import nsd as start_nsd
from servers.signed import SignedZones, signed_zones
from servers.unbound import Unbound
from servers.unbound import unbound as start_unbound

settings.register_profile("mailready", deadline=None, derandomize=bool(os.environ.get("MAILREADY_CI")))
settings.load_profile("mailready")


@pytest.fixture(scope="session")
def nsd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nsd]:
    """An authoritative server with every zone of tests/zones."""
    with start_nsd(tmp_path_factory.mktemp("nsd")) as server:
        yield server


@pytest.fixture(scope="session")
def unbound(nsd: Nsd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Unbound]:
    """A recursive resolver for the zones of `nsd`."""
    with start_unbound(tmp_path_factory.mktemp("unbound"), nsd) as server:
        yield server


@pytest.fixture(scope="session")
def signed(tmp_path_factory: pytest.TempPathFactory) -> SignedZones:
    """Zones that are signed, damaged, expired, stripped of signatures, and never signed."""
    return signed_zones(tmp_path_factory.mktemp("signed"))


@pytest.fixture(scope="session")
def signing_nsd(signed: SignedZones, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nsd]:
    """An authoritative server for the zones of `signed`."""
    with start_nsd(tmp_path_factory.mktemp("nsd"), signed.folder) as server:
        yield server


@pytest.fixture(scope="session")
def validating(signed: SignedZones, signing_nsd: Nsd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Unbound]:
    """A resolver that validates the zones of `signed`, and says why it fails."""
    with start_unbound(tmp_path_factory.mktemp("unbound"), signing_nsd, anchors=signed.anchors) as server:
        yield server


@pytest.fixture(scope="session")
def silently_validating(
    signed: SignedZones, signing_nsd: Nsd, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Unbound]:
    """A resolver that validates the zones of `signed`, and keeps its reasons to itself."""
    folder = tmp_path_factory.mktemp("unbound")
    with start_unbound(folder, signing_nsd, anchors=signed.anchors, ede=False) as server:
        yield server


@pytest.fixture
def misbehaving() -> Iterator[Misbehaving]:
    """A server whose behaviour the first label of the name chooses."""
    with misbehaving_server() as server:
        yield server


@pytest.fixture
def silent() -> Iterator[Silent]:
    """A port that takes queries and never answers."""
    with silent_server() as server:
        yield server
