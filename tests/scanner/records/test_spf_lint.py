"""What a valid record is blamed for."""

from __future__ import annotations

import pytest

from scanner.records.spf_lint import copies_microsoft, lint


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("v=spf1 ip4:192.0.2.0/24 -all", []),
        ("v=spf1 redirect=_spf.example.com", []),
        ("v=spf1 mx", ["no_all"]),
        ("v=spf1 +all", ["pass_all"]),
        ("v=spf1 all", ["pass_all"]),
        ("v=spf1 ?all", ["neutral_all"]),
        ("v=spf1 ptr -all", ["ptr"]),
        ("v=spf1 -all ptr", []),
        ("v=spf1 ip4:192.0.2.1/24 -all", ["host_bits"]),
        ("v=spf1 ip6:2001:db8::1/64 -all", ["host_bits"]),
        ("v=spf1 ip4:10.0.0.1 -all", ["private_address"]),
        ("v=spf1 ip4:127.0.0.1 ip6:fe80::1 -all", ["private_address", "private_address"]),
        ("v=spf1 ip4:172.32.0.1 -all", []),
        ("v=spf1 ip4:0.0.0.0/0 -all", ["wide_network"]),
        ("v=spf1 ip4:128.0.0.0/1 ip6:2000::/3 -all", ["wide_network", "wide_network"]),
        ("v=spf1 " + "ip4:192.0.2.1 " * 40 + "-all", ["long_record"]),
    ],
)
def test_each_fault_of_a_valid_record_has_its_code(text: str, codes: list[str]) -> None:
    assert [problem.code for problem in lint(text)] == codes


def test_copies_of_microsofts_networks_are_recognised() -> None:
    text = "v=spf1 ip4:40.92.0.0/15 ip4:52.100.7.0/24 ip6:2a01:111:f400::/48 ip4:192.0.2.1 ip4:40.0.0.0/8 -all"
    assert copies_microsoft(text) == ("ip4:40.92.0.0/15", "ip4:52.100.7.0/24", "ip6:2a01:111:f400::/48")
