"""reports.zonefile: what is printed to paste reads back, by a real zone parser, as what was meant."""

from __future__ import annotations

import dns.rdata
import dns.zonefile
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.zonefile import absolute, plain_value, rdata, record_line, txt_octets, txt_strings


def parsed(line: str) -> dns.rdata.Rdata:
    """The one record of a line, as dnspython reads it."""
    (rrset,) = dns.zonefile.read_rrsets(line, rdclass=None, origin=".", relativize=False, default_ttl=60)
    (record,) = rrset
    return record


@given(st.text(max_size=600).map(lambda text: text.encode("utf-8", "replace").decode("utf-8")))
def test_a_txt_reads_back_as_the_octets_it_stands_for(text: str) -> None:
    record = parsed(record_line("x.test", 60, "TXT", text))
    assert b"".join(record.strings) == txt_octets(text)
    assert all(len(string) <= 255 for string in record.strings)


@given(st.text(max_size=300), st.sampled_from(["MX", "CNAME", "A", "CAA", "TXT", "x y"]), st.text(max_size=80))
def test_every_line_is_one_line_of_printable_ascii(value: str, type_: str, name: str) -> None:
    line = record_line(name, 60, type_, value)
    assert all(" " <= character <= "~" for character in line)


@pytest.mark.parametrize(
    ("text", "strings"),
    [
        ("v=spf1 -all", ('"v=spf1 -all"',)),
        ('say "hi"', (r'"say \"hi\""',)),
        (r"back\092slash", (r'"back\\slash"',)),
        (r"octet\255\009", (r'"octet\255\009"',)),
        (r"no escape \9x \999", (r'"no escape \\9x \\999"',)),
        ("é", (r'"\195\169"',)),
        ("", ('""',)),
    ],
)
def test_evidence_text_is_written_as_quoted_strings(text: str, strings: tuple[str, ...]) -> None:
    assert txt_strings(text) == strings


def test_long_values_are_divided_at_255_octets_and_not_at_255_characters() -> None:
    assert [len(string) - 2 for string in txt_strings("a" * 600)] == [255, 255, 90]
    divided = txt_strings("é" * 200)
    assert [string.count("\\") for string in divided] == [255, 145]


def test_a_plain_value_is_what_one_types_and_an_odd_one_is_quoted() -> None:
    assert plain_value("TXT", "v=spf1 -all") == "v=spf1 -all"
    assert plain_value("TXT", r"a\092b") == r"a\b"
    assert plain_value("TXT", "é") == r'"\195\169"'
    assert plain_value("TXT", " x") == '" x"'
    assert plain_value("TXT", "") == '""'
    assert (
        plain_value("MX", "0 contoso-com.mail.protection.outlook.com.") == "0 contoso-com.mail.protection.outlook.com."
    )


def test_records_of_other_types_read_back() -> None:
    assert parsed(record_line("contoso.com.", 3600, "MX", "0 mx.contoso.com.")).to_text() == "0 mx.contoso.com."
    assert parsed(record_line("contoso.com", None, "CNAME", "x.example.")).to_text() == "x.example."
    caa = parsed(record_line("contoso.com", 60, "CAA", '0 issue "ca.example; x=1"'))
    assert caa.to_text() == '0 issue "ca.example; x=1"'


def test_comments_brackets_and_lines_cannot_be_smuggled_in() -> None:
    assert rdata("CNAME", "x. ; comment") == r"x. \; comment"
    assert rdata("MX", "0 x.\n$INCLUDE /etc/passwd") == r"0 x.\010$INCLUDE /etc/passwd"
    assert rdata("A", "(1.2.3.4)") == r"\(1.2.3.4\)"
    assert absolute("$ORIGIN x") == r"\036ORIGIN\032x."
    assert absolute("contoso.com.") == absolute("contoso.com") == "contoso.com."
