"""What people write for a domain, and what lists hold."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.results import BadRow, Target
from scanner.errors import UsageError
from scanner.targets import InvalidDomainError, normalise, read_arguments, read_list, unique


def rows(text: str | bytes, profiles: tuple[str, ...] | None = None) -> list[Target | BadRow]:
    data = text.encode("utf-8") if isinstance(text, str) else text
    return list(read_list(io.BytesIO(data), "list.csv", profiles))


@pytest.mark.parametrize(
    ("written", "domain"),
    [
        ("contoso.com", "contoso.com"),
        ("  CONTOSO.Com.  ", "contoso.com"),
        ("https://www.contoso.com/path?q=1#x", "www.contoso.com"),
        ("HTTP://user:secret@contoso.com:8080/", "contoso.com"),
        ("contoso.com/contact", "contoso.com"),
        ("contoso.com:443", "contoso.com"),
        ("jane.doe@contoso.com", "contoso.com"),
        ("mailto:jane@contoso.com", "contoso.com"),
        ("<jane@contoso.com>", "contoso.com"),
        ('"contoso.com"', "contoso.com"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("MÜNCHEN.example", "xn--mnchen-3ya.example"),
        ("straße.example", "xn--strae-oqa.example"),
        ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("_dmarc.contoso.com", "_dmarc.contoso.com"),
        ("a.b.c.d.e.f.g.h.contoso.com", "a.b.c.d.e.f.g.h.contoso.com"),
    ],
)
def test_what_people_write_becomes_the_domain(written: str, domain: str) -> None:
    assert normalise(written)[0] == domain


def test_the_unicode_form_is_kept_for_people() -> None:
    assert normalise("xn--mnchen-3ya.example") == ("xn--mnchen-3ya.example", "münchen.example")


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "no domain"),
        ("contoso", "single label"),
        ("192.0.2.1", "is an address"),
        ("[2001:db8::1]", "is an address"),
        ("http://[2001:db8::1]/", "is an address"),
        ("*.contoso.com", "wildcard"),
        ("contoso..com", "empty label"),
        (".contoso.com", "empty label"),
        ("con toso.com", "character"),
        ("contoso.com;rm -rf", "character"),
        ("-contoso.com", "hyphen"),
        (f"{'a' * 64}.com", "64 octets"),
        (f"{'a.' * 130}com", "octets"),
        ("contoso.123", "ends in a number"),
        ("https:///path", "without a host"),
        ("xn--a.example", "IDNA"),
        ("x" * 2000, "too long"),
        ("../../etc/passwd", "empty label"),
        ("\x1b[31mcontoso.com", "character"),
    ],
)
def test_what_is_no_domain_is_refused_with_the_reason(written: str, why: str) -> None:
    with pytest.raises(InvalidDomainError, match=why):
        normalise(written)


@given(st.text())
def test_any_text_is_a_domain_or_refused(text: str) -> None:
    try:
        ascii_name, _ = normalise(text)
    except InvalidDomainError:
        return
    assert ascii_name.isascii()
    assert normalise(ascii_name)[0] == ascii_name


@given(st.binary(max_size=400))
def test_any_bytes_are_rows_or_a_usage_error(data: bytes) -> None:
    try:
        found = rows(data)
    except UsageError:
        return
    assert all(isinstance(row, Target | BadRow) for row in found)


def test_a_text_file_holds_a_domain_a_line_and_comments() -> None:
    found = rows("# our clients\ncontoso.com\n\nfabrikam.com  # old\nno domain\n")
    assert [row.domain for row in found if isinstance(row, Target)] == ["contoso.com", "fabrikam.com"]
    (bad,) = [row for row in found if isinstance(row, BadRow)]
    assert (bad.row, bad.text) == (5, "no domain")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_carries_what_the_list_says_of_a_domain(delimiter: str) -> None:
    header = ["Domain", "client", "ticket", "profile", "tenant", "selectors", "tags"]
    row = ["contoso.com", '"Contoso, Ltd."', "T-17", "parked", "contoso", "s1 s2", "vip|eu"]
    (target,) = rows("\ufeff" + delimiter.join(header) + "\r\n" + delimiter.join(row) + "\r\n", ("parked",))
    assert target == Target(
        domain="contoso.com",
        unicode="contoso.com",
        client="Contoso, Ltd.",
        ticket="T-17",
        profile="parked",
        tenant="contoso",
        selectors=("s1", "s2"),
        tags=("vip", "eu"),
    )


def test_every_bad_row_is_reported_with_its_number_and_the_rest_is_read() -> None:
    text = "domain,profile\ncontoso.com,\nnonsense,\nfabrikam.com,prked\na.test,parked,extra\nb.test,parked\n"
    found = rows(text, ("parked", "onboarding"))
    assert [(row.row, row.error) for row in found if isinstance(row, BadRow)] == [
        (3, "'nonsense' is a single label; give the whole domain, such as nonsense.com"),
        (4, "unknown profile 'prked'; did you mean parked?"),
        (5, "3 cells under a header of 2; a cell that holds ',' is written in quotes"),
    ]
    assert [row.domain for row in found if isinstance(row, Target)] == ["contoso.com", "b.test"]


def test_a_row_number_is_the_line_on_which_the_row_begins() -> None:
    found = rows('domain,client\ncontoso.com,"two\nlines"\nbad one,x\n')
    (bad,) = [row for row in found if isinstance(row, BadRow)]
    assert bad.row == 4


def test_rows_that_are_not_utf8_or_far_too_long_are_bad_rows() -> None:
    found = rows(b"domain,client\ncontoso.com,M\xfcller\n" + b"a" * 90_000 + b",x\nfabrikam.com,y\nbad\n")
    assert [row.domain for row in found if isinstance(row, Target)] == ["fabrikam.com"]
    bad = [(row.row, row.error[:40]) for row in found if isinstance(row, BadRow)]
    assert bad == [
        (2, "the row is not UTF-8; save the list as U"),
        (3, "the row has more than 10000 characters"),
        (5, "'bad' is a single label; give the whole "),
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ("name,client\ncontoso.com,x\n", "no domain column"),
        ("domian,client\ncontoso.com,x\n", "did you mean domain"),
        ("domain,profil\ncontoso.com,x\n", "did you mean profile"),
        ("domain,client,client\ncontoso.com,x,y\n", "more than once"),
        ("domain\ncontoso.com\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_a_file_that_is_no_list_scans_nothing(text: str | bytes, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        rows(text)


def test_only_identical_rows_merge() -> None:
    found = list(unique(rows("domain,client\ncontoso.com,A\ncontoso.com,B\ncontoso.com,A\n")))
    assert [(row.domain, row.client) for row in found if isinstance(row, Target)] == [
        ("contoso.com", "A"),
        ("contoso.com", "B"),
    ]


def test_arguments_are_rows_of_the_command_line() -> None:
    good, bad = read_arguments(["Contoso.com", "contoso"])
    assert isinstance(good, Target)
    assert isinstance(bad, BadRow)
    assert (bad.source, bad.row) == ("command line", 2)
