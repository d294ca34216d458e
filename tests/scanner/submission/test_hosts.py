"""Whose server a host is."""

from __future__ import annotations

from typing import get_args

import pytest

from scanner.data import read_data
from scanner.submission.hosts import CLOUDS, HostKind, cloud_endpoint, host_form


@pytest.mark.parametrize(
    ("host", "kind", "cloud"),
    [
        ("smtp.office365.com", "client_submission", "worldwide"),
        ("SMTP.Office365.com.", "client_submission", "worldwide"),
        ("smtp.office365.us", "client_submission", "gcchigh"),
        ("outlook.office365.com", "mailbox_protocols", "worldwide"),
        ("contoso-com.mail.protection.outlook.com", "relay_mx", "worldwide"),
        ("contoso-com.o-v1.mx.microsoft", "relay_mx", "worldwide"),
        ("smtp.hve.mx.microsoft", "hve", "worldwide"),
        ("pod51000.outlook.com", "other_microsoft", "worldwide"),
        ("smtp.contoso.com", "other", None),
        ("smtp.office365.com.contoso.com", "other", None),
        ("192.0.2.1", "ip_literal", None),
        ("[2001:db8::1]", "ip_literal", None),
        ("", "none", None),
        (None, "none", None),
    ],
)
def test_a_host_is_known_by_its_name(host: str | None, kind: str, cloud: str | None) -> None:
    form = host_form(host)
    assert (form.kind, form.cloud) == (kind, cloud)


def test_every_cloud_has_an_endpoint_for_programs_and_a_control_connection() -> None:
    for cloud in CLOUDS:
        endpoint = cloud_endpoint(cloud)
        assert host_form(endpoint.host).kind == "client_submission"
        assert host_form(endpoint.host).cloud == cloud
        assert endpoint.control.endswith(":443")


def test_every_entry_has_a_known_kind_source_and_date() -> None:
    for entry in read_data("submission/hosts.yaml")["hosts"]:
        assert entry["kind"] in get_args(HostKind)
        assert entry["source"] and entry["date"]
