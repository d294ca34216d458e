"""The grammar of RFC 7208 section 12, term by term, and what no text may do to the parser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.records.spf import BadTerm, Mechanism, Modifier, canonical, is_spf, parse, read_term, result_of
from scanner.records.spf_problems import CODES, SYNTAX_CODES, problem

VALID = [
    "all",
    "+all",
    "-all",
    "~ALL",
    "?All",
    "include:_spf.contoso.com",
    "+Include:_SPF.contoso.com",
    "include:%{d}",
    "include:_spf.%{d2}.contoso.com",
    "include:a.example.",
    "a",
    "mx",
    "A",
    "MX",
    "a/24",
    "a//64",
    "a/0//0",
    "mx/32//128",
    "a:contoso.com",
    "a:contoso.com/24//64",
    "mx:contoso.com/24",
    "a:a:b/c.contoso.com",
    "a:%{d}/24",
    "a:xn--bcher-kva.example",
    "a:foo.example.xn--zckzah",
    "a:foo.1-2",
    "a:.com",
    "a:%%.com",
    "a:%_%-.contoso.com",
    "ptr",
    "ptr:contoso.com",
    "-ptr:%{d}",
    "ip4:192.0.2.1",
    "ip4:192.0.2.0/24",
    "ip4:0.0.0.0/0",
    "ip4:255.255.255.255/32",
    "IP4:192.0.2.1",
    "ip6:2001:db8::",
    "ip6:2001:db8::/32",
    "ip6:::1",
    "ip6:::ffff:192.0.2.1/128",
    "ip6:2001:DB8:0:0:0:0:0:1/0",
    "exists:%{ir}.%{v}._spf.%{d2}",
    "exists:%{l1r+-/=_,.}.contoso.com",
    "exists:%{S127}.contoso.com",
    "exists:contoso.com",
    "redirect=_spf.contoso.com",
    "REDIRECT=%{d}",
    "exp=explain.%{d}",
    "exp=%{o}",
    "moo=cow",
    "moo.cow-far_out=man:dog/cat",
    "x=",
    "a=b",
    "include=contoso.com",
    "ra=postmaster",
    "v=spf1",
    "x=%{h}/%%",
]

INVALID = {
    "unknown_mechanism": [
        "moo",
        "all.",
        "ip:192.0.2.1",
        "ipv4:192.0.2.1",
        "redirect:contoso.com",
        "-",
        "+",
        ":",
        "/24",
        "contoso.com",
        "--all",
        "+redirect=contoso.com",
        "a24",
        "include.contoso.com",
        "~al",
        "i~all",
        "-x=y",
    ],
    "missing_domain": [
        "include",
        "include:",
        "exists",
        "exists:",
        "a:",
        "mx:",
        "ptr:",
        "a:/24",
        "redirect=",
        "exp=",
        "include/24",
    ],
    "missing_address": ["ip4", "ip4:", "ip6", "ip6:", "ip4/24"],
    "unexpected_value": ["all:contoso.com", "-all/8", "all:", "ptr/24"],
    "bad_domain": [
        "include:contoso",
        "a:museum",
        "a:museum.",
        "a:192.0.2.1",
        "a:contoso.123",
        "a:contoso.-com",
        "a:contoso.com-",
        "a:contoso.com:8080",
        "include:contoso.com/24",
        "a:contoso.com/24/64",
        "exists:%{d}com",
        "redirect=contoso",
        "exp=-all",
        "ptr:contoso.com..",
        "redirect=v=spf1",
        "mx:c_m.c_m",
        "a:contoso.com//64//64",
    ],
    "bad_macro": [
        "exists:%",
        "exists:%(d).com",
        "exists:%{x}.com",
        "exists:%{d",
        "exists:%{d0}.com",
        "exists:%{c}.com",
        "exists:%{r}.com",
        "exists:%{t}.com",
        "exists:foo%.com",
        "moo=%abc",
        "redirect=%{dd}",
        "exists:%{d2r2}.com",
        "exists:%{d:}.com",
        "x=50%",
    ],
    "bad_address": [
        "ip4:192.0.2",
        "ip4:192.0.2.256",
        "ip4:192.0.2.01",
        "ip4:2001:db8::1",
        "ip4:contoso.com",
        "ip4:/24",
        "ip4:192.0.2.1:25",
        "ip4:192.0.2.1.",
        "ip6:192.0.2.1",
        "ip6:2001:db8::1::2",
        "ip6::CAFE::BABE",
        "ip6:fe80::1%1",
        "ip4:192.0.2.1,192.0.2.2",
    ],
    "bad_cidr": [
        "ip4:192.0.2.1/33",
        "ip4:192.0.2.1/",
        "ip4:192.0.2.1/024",
        "ip4:192.0.2.1//32",
        "ip6:::1/129",
        "ip6:::1//64",
        "a/33",
        "a//129",
        "a/24/64",
        "a/",
        "mx//",
        "a/x",
        "ip4:192.0.2.1/24/",
        "ip4:192.0.2.1/255.255.255.0",
    ],
    "bad_modifier": ["1up=foo", "=all", "_x=y"],
    "bad_character": [
        "ip4:192.0.2.1\t",
        "–all",
        "include:bücher.example",
        "a:contoso.com\xa0",
        "a:x\x00.com",
        "\\150all",
        "\u200binclude:contoso.com",
        "x=é",
    ],
}


@pytest.mark.parametrize("term", VALID)
def test_a_term_of_the_grammar_is_read(term: str) -> None:
    assert isinstance(read_term(term), Mechanism | Modifier)


@pytest.mark.parametrize(("code", "term"), [(code, term) for code, terms in INVALID.items() for term in terms])
def test_a_term_outside_the_grammar_carries_its_fault(code: str, term: str) -> None:
    found = read_term(term)
    assert isinstance(found, BadTerm)
    assert (found.fault.code, found.fault.term) == (code, term)


def test_every_syntax_code_has_a_case_and_a_sentence() -> None:
    assert INVALID.keys() | {"repeated_modifier"} == SYNTAX_CODES
    assert all(sentence.endswith(".") for sentence in CODES.values())


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("v=spf1", True),
        ("V=SpF1 -all", True),
        ("v=spf1 ", True),
        ("\\118=spf1 -all", True),
        ("v=spf1;", False),
        ("v=spf10", False),
        (" v=spf1", False),
        ("v=spf1\t-all", False),
        ("v=spf1\u00a0-all", False),
        ("v=spf1include:contoso.com", False),
        ("spf2.0/pra", False),
        ("", False),
        ("v=\u017fpf1 -all", False),
    ],
)
def test_only_the_exact_version_makes_a_text_an_spf_record(text: str, counts: bool) -> None:
    assert is_spf(text) is counts


def test_a_syntax_error_counts_wherever_it_stands() -> None:
    assert [fault.term for fault in parse("v=spf1 foo -all bar").faults] == ["foo", "bar"]


def test_redirect_and_exp_may_occur_once_and_other_modifiers_often() -> None:
    assert [f.code for f in parse("v=spf1 redirect=a.example REDIRECT=b.example").faults] == ["repeated_modifier"]
    assert [f.code for f in parse("v=spf1 exp=a.example -all exp=b.example").faults] == ["repeated_modifier"]
    assert parse("v=spf1 moo=a moo=b -all").faults == ()


def test_receivers_read_up_to_the_first_all() -> None:
    record = parse("v=spf1 a redirect=b.example ?all mx -all")
    assert [term.name for term in record.evaluated] == ["a"]
    assert record.all is not None
    assert result_of(record.all) == "neutral"
    assert record.redirect is None


def test_redirect_applies_where_there_is_no_all_and_wherever_it_stands() -> None:
    record = parse("v=spf1  redirect=b.example  a ")
    assert record.redirect is not None
    assert record.redirect.value == "b.example"


def test_networks_know_their_ends() -> None:
    term = read_term("ip4:192.0.2.77/25")
    assert isinstance(term, Mechanism)
    assert term.network is not None
    assert (term.network.first, term.network.last) == (0xC0000200, 0xC000027F)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a", "+A"),
        ("include:_spf.example.com", "-Include:_SPF.EXAMPLE.COM."),
        ("ip4:192.0.2.0/24", "ip4:192.0.2.9/24"),
        ("ip6:2001:db8::", "ip6:2001:DB8:0::0/128"),
        ("mx/32", "mx"),
    ],
)
def test_terms_that_match_the_same_have_equal_targets(one: str, other: str) -> None:
    first, second = read_term(one), read_term(other)
    assert isinstance(first, Mechanism)
    assert isinstance(second, Mechanism)
    assert first.target == second.target


def test_octets_outside_utf8_stay_escaped_and_others_do_not() -> None:
    assert canonical("v=spf1 \\045all \\150 \\092") == "v=spf1 -all \\150 \\092"
    assert parse("v=spf1 \\045all").faults == ()


def test_a_backslash_is_a_visible_character() -> None:
    assert isinstance(read_term("exists:a\\092b.example"), Mechanism)


def test_a_long_term_is_cut_in_a_problem() -> None:
    found = problem("unknown_mechanism", "x" * 5000)
    assert len(found.where) == 200
    assert len(found.text) < 300


TERM = st.sampled_from([*VALID, *(term for terms in INVALID.values() for term in terms)])
SCRAP = st.text(st.characters(codec="utf-8"), max_size=30) | st.text("aimx4:/.%{}=-~ 192vspf1d\\0", max_size=40)


@given(st.lists(TERM | SCRAP, max_size=8).map(" ".join))
def test_no_text_makes_the_parser_raise(rest: str) -> None:
    record = parse(f"v=spf1 {rest}")
    assert len(record.faults) == sum(isinstance(term, BadTerm) for term in record.terms)
    is_spf(rest)


@given(st.lists(st.sampled_from([term for term in VALID if "=" not in term]), max_size=12))
def test_valid_mechanisms_in_any_order_make_a_valid_record(terms: list[str]) -> None:
    assert parse(" ".join(["v=spf1", *terms])).faults == ()


@pytest.mark.parametrize("sign", ["", "+", "-", "~", "?", "=", " "])
@pytest.mark.parametrize(
    "address",
    ["192.0.2.1", "0.0.0.0", "255.255.255.255", "256.0.0.1", "192.0.2", "192.0.2.01", "192.0.2.1.", "\u0661.0.0.1"],
)
@pytest.mark.parametrize("length", ["", "/", "/0", "/00", "/9", "/09", "/24", "/30", "/32", "/33", "/320"])
def test_an_ip4_as_usual_is_read_as_any_other_spelling_of_it(sign: str, address: str, length: str) -> None:
    usual, other = read_term(f"{sign}ip4:{address}{length}"), read_term(f"{sign}IP4:{address}{length}")
    assert type(usual) is type(other)
    if isinstance(usual, Mechanism) and isinstance(other, Mechanism):
        assert (usual.qualifier, usual.name, usual.network) == (other.qualifier, other.name, other.network)
