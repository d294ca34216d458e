"""Which resolvers are asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.dns.errors import ResolverError
from scanner.dns.resolvers import Resolver, parse_resolver, resolvers_for, system_resolvers
from scanner.errors import UsageError


@pytest.mark.parametrize(
    ("text", "address", "port", "shown"),
    [
        ("192.0.2.53", "192.0.2.53", 53, "192.0.2.53"),
        ("192.0.2.53:53", "192.0.2.53", 53, "192.0.2.53"),
        (" 127.0.0.1:5353 ", "127.0.0.1", 5353, "127.0.0.1:5353"),
        ("::1", "::1", 53, "::1"),
        ("[::1]", "::1", 53, "::1"),
        ("[2001:DB8::53]:5353", "2001:db8::53", 5353, "[2001:db8::53]:5353"),
        ("fe80::1%eth0", "fe80::1%eth0", 53, "fe80::1%eth0"),
    ],
)
def test_an_address_with_or_without_a_port_is_a_trusted_resolver(
    text: str, address: str, port: int, shown: str
) -> None:
    resolver = parse_resolver(text)
    assert resolver == Resolver(address, port, trusted=True)
    assert str(resolver) == shown


@pytest.mark.parametrize(
    ("text", "resolver", "shown"),
    [
        ("tls://192.0.2.53", Resolver("192.0.2.53", 853, trusted=True, way="tls"), "tls://192.0.2.53"),
        (
            "TLS://[2001:DB8::53]:8853#DNS.Contoso.com",
            Resolver("2001:db8::53", 8853, trusted=True, way="tls", host="dns.contoso.com"),
            "tls://[2001:db8::53]:8853#dns.contoso.com",
        ),
        (
            "https://dns.contoso.com/dns-query",
            Resolver("dns.contoso.com", 443, trusted=True, way="https", url="https://dns.contoso.com/dns-query"),
            "https://dns.contoso.com/dns-query",
        ),
        (
            "https://192.0.2.53:8443",
            Resolver("192.0.2.53", 8443, trusted=True, way="https", url="https://192.0.2.53:8443/dns-query"),
            "https://192.0.2.53:8443/dns-query",
        ),
    ],
)
def test_resolvers_may_be_asked_over_tls_and_https(text: str, resolver: Resolver, shown: str) -> None:
    assert parse_resolver(text) == resolver
    assert str(resolver) == shown
    assert parse_resolver(shown) == resolver


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("tls://dns.contoso.com", "no IP address"),
        ("tls://192.0.2.53:0", "1 to 65535"),
        ("tls://192.0.2.53#", "no host name"),
        ("tls://192.0.2.53#a b", "no host name"),
        ("quic://192.0.2.53", "no way to ask"),
        ("https://", "https://HOST/PATH"),
        ("https://user:secret@dns.contoso.com/", "https://HOST/PATH"),
        ("https://dns.contoso.com:99999/", "no URL"),
        ("https://dns contoso.com/", "https://HOST/PATH"),
        ("dns.contoso.com", "no IP address"),
        ("", "no IP address"),
        ("192.0.2.53:", "port is missing"),
        ("[::1]:", "port is missing"),
        ("192.0.2.53:0", "1 to 65535"),
        ("192.0.2.53:65536", "1 to 65535"),
        ("192.0.2.53:x", "1 to 65535"),
        ("192.0.2.53:٥٣", "1 to 65535"),
        ("[::1", r"\[2001:db8::53\]:53"),
        ("[::1]5353", r"\[2001:db8::53\]:53"),
        ("192.0.2.999", "no IP address"),
        ("1.2.3", "no IP address"),
    ],
)
def test_what_is_no_address_is_a_usage_error(text: str, says: str) -> None:
    with pytest.raises(ResolverError, match=says) as caught:
        parse_resolver(text)
    assert isinstance(caught.value, UsageError)
    assert repr(text) in str(caught.value)


def test_resolvers_named_twice_are_asked_once() -> None:
    assert [str(r) for r in resolvers_for(["192.0.2.2", "192.0.2.1", "192.0.2.2:53"])] == ["192.0.2.2", "192.0.2.1"]


def test_the_systems_resolvers_are_those_of_resolv_conf(tmp_path: Path) -> None:
    conf = tmp_path / "resolv.conf"
    conf.write_text(
        "# nameserver 192.0.2.9\nsearch contoso.com\noptions ndots:5\nnameserver 127.0.0.53\n"
        "nameserver\t192.0.2.1  # comment\nnameserver nonsense\nnameserver 2001:db8::1\nnameserver 192.0.2.4\n"
    )
    assert system_resolvers(conf) == (
        Resolver("127.0.0.53", trusted=True),
        Resolver("192.0.2.1"),
        Resolver("2001:db8::1"),
    )


@pytest.mark.parametrize("text", ["", "search contoso.com\n", "nameserver nonsense\n", "\xff\xfe\x00"])
def test_a_system_without_a_resolver_says_what_to_give(tmp_path: Path, text: str) -> None:
    conf = tmp_path / "resolv.conf"
    conf.write_bytes(text.encode("latin-1"))
    with pytest.raises(ResolverError, match="--resolver"):
        system_resolvers(conf)


def test_a_resolv_conf_that_cannot_be_read_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(ResolverError, match="--resolver"):
        system_resolvers(tmp_path / "absent")
