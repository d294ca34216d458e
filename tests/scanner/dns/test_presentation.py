"""Names and values in their one written form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.dns.answer import bytes_of_text, text_of_bytes
from scanner.dns.presentation import (
    BadFormError,
    absolute,
    canonical_name,
    canonical_value,
    is_dns_type,
    relative,
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("contoso.com", "contoso.com"),
        ("Contoso.COM.", "contoso.com"),
        (".", "."),
        ("*.contoso.com", "*.contoso.com"),
        ("_dmarc.contoso.com", "_dmarc.contoso.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example.", "xn--bcher-kva.example"),
        ("faß.example", "xn--fa-hia.example"),
        ("a\\.b.test", "a\\.b.test"),
        ("a\\065.test", "aa.test"),
        ("target\\032.test", "target\\032.test"),
        ("a" * 63 + ".test", "a" * 63 + ".test"),
        ("me$you@here.test", "me\\$you\\@here.test"),
    ],
)
def test_a_name_has_one_form(text: str, name: str) -> None:
    assert canonical_name(text) == name
    assert canonical_name(name) == name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty text"),
        ("a..b", "empty label"),
        (".a", "empty label"),
        ("a" * 64 + ".test", "longer than 63"),
        (".".join(["a" * 60] * 5), "255 octets"),
        ("a" * 5000, "255 octets"),
        ("a b.test", "blank"),
        ("a\n.test", "blank"),
        ("a\\", "backslash"),
        ("a\\9.test", "backslash"),
        ("a\\999.test", "backslash"),
        ("@", "zone file"),
        ("rf\ufffd.test", "IDNA 2008"),
    ],
)
def test_what_has_no_form_on_the_wire_is_no_name(text: str, says: str) -> None:
    with pytest.raises(BadFormError, match=says):
        canonical_name(text)


@given(st.text(max_size=300))
def test_any_text_is_a_name_or_is_refused(text: str) -> None:
    try:
        name = canonical_name(text)
    except BadFormError:
        return
    assert canonical_name(name) == name
    assert relative(absolute(name)) == name


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("A", "192.0.2.1", "192.0.2.1"),
        ("AAAA", "2001:DB8:0::1", "2001:db8::1"),
        ("MX", "010  Mail.Contoso.COM", "10 mail.contoso.com."),
        ("MX", "0 .", "0 ."),
        ("CNAME", "Target.test.", "target.test."),
        ("SRV", "1 2 443 host.test", "1 2 443 host.test."),
        ("SOA", "ns.test host.test 1 2 3 4 5", "ns.test. host.test. 1 2 3 4 5"),
        ("CAA", "0 issue letsencrypt.org", '0 issue "letsencrypt.org"'),
        ("CAA", "0 issue ;", '0 issue ";"'),
        ("CAA", '128 iodef "mailto:a@b.test"', '128 iodef "mailto:a@b.test"'),
        ("TXT", " kept as \t it is ", " kept as \t it is "),
        ("TXT", "a\\b \\092 \\999 \\255", "a\\092b \\092 \\092999 \\255"),
        ("TXT", "\\195\\169", "é"),
        ("TLSA", "3 1 0 AB cd", "3 1 0 abcd"),
        ("A", "\\# 4 c0000201", "192.0.2.1"),
        ("TYPE65280", "\\# 2 abcd", "\\# 2 abcd"),
    ],
)
def test_a_value_has_one_form(type_: str, text: str, value: str) -> None:
    assert canonical_value(type_, text) == value
    assert canonical_value(type_, value) == value


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("A", "192.0.2.256"),
        ("A", "192.0.2"),
        ("A", "192.0.2.1\x00"),
        ("AAAA", "192.0.2.1"),
        ("MX", "abc"),
        ("MX", "mail.contoso.com"),
        ("MX", "70000 mail.contoso.com"),
        ("MX", "-1 mail.contoso.com"),
        ("MX", "10 a b"),
        ("MX", "10 a..b"),
        ("CNAME", ""),
        ("CNAME", "a b"),
        ("SRV", "1 2 host.test"),
        ("SOA", "ns.test host.test 1 2 3 4"),
        ("CAA", "issue letsencrypt.org"),
        ("TLSA", "3 1 1 xyz"),
        ("DS", "nonsense"),
    ],
)
def test_what_no_record_of_the_type_holds_is_refused(type_: str, text: str) -> None:
    with pytest.raises(BadFormError):
        canonical_value(type_, text)


@given(
    st.sampled_from(["A", "AAAA", "MX", "CNAME", "SRV", "SOA", "CAA", "TXT", "TLSA", "NAPTR", "SVCB", "TYPE700"]),
    st.text(max_size=80) | st.from_regex(r"[0-9]{1,5} [a-z.]{1,9}( [a-z\"\\;()]{0,9})?", fullmatch=True),
)
def test_any_text_is_a_value_or_is_refused(type_: str, text: str) -> None:
    try:
        value = canonical_value(type_, text)
    except BadFormError:
        return
    assert canonical_value(type_, value) == value


@pytest.mark.parametrize("type_", ["A", "TXT", "HTTPS", "DNSKEY", "TYPE65280"])
def test_a_dns_type_is_known(type_: str) -> None:
    assert is_dns_type(type_)


@pytest.mark.parametrize("type_", ["mx", "ANY", "AXFR", "OPT", "MTA-STS", "SMTP", "", "TYPE70000"])
def test_what_no_record_has_is_no_dns_type(type_: str) -> None:
    assert not is_dns_type(type_)


@given(st.binary(max_size=400))
def test_octets_of_a_text_survive(data: bytes) -> None:
    text = text_of_bytes(data)
    assert bytes_of_text(text) == data
    assert canonical_value("TXT", text) == text
    text.encode("utf-8")
