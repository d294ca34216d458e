"""What people paste: each fault by its code, and the record that was meant, where there is one reading."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.records.spf import is_spf, parse
from scanner.records.spf_mend import Mended, _as_meant, _mend, mend, merge, write
from scanner.records.spf_problems import CODES

M365 = "include:spf.protection.outlook.com"

# text, codes, the record that was meant (None: no certain one)
CASES: list[tuple[str, set[str], str | None]] = [
    ("v=spf1 -all", set(), "v=spf1 -all"),
    (f"v=spf1  {M365}  -all ", set(), f"v=spf1 {M365} -all"),
    # characters
    (f"v=spf1 {M365}\u00a0-all", {"no_break_space"}, f"v=spf1 {M365} -all"),
    (f"v=spf1\u00a0{M365} -all", {"no_break_space"}, f"v=spf1 {M365} -all"),
    (f"v=spf1 {M365}\\160-all", {"no_break_space"}, f"v=spf1 {M365} -all"),
    (f"v=spf1 {M365}\u2003-all", {"no_break_space"}, f"v=spf1 {M365} -all"),
    (f"v=spf1 \u200b\u200b{M365} -all", {"zero_width"}, f"v=spf1 {M365} -all"),
    ("\ufeffv=spf1 -all", {"zero_width"}, "v=spf1 -all"),
    ("v=spf1 a\tmx\r\n-all", {"control_character"}, "v=spf1 a mx -all"),
    ("v=spf1\tmx -all", {"control_character"}, "v=spf1 mx -all"),
    ("v=spf1 mx \u2013all", {"dash_lookalike"}, "v=spf1 mx -all"),
    ("v=spf1 mx \u2212all", {"dash_lookalike"}, "v=spf1 mx -all"),
    ("v=spf1 mx \\150all", {"dash_lookalike"}, "v=spf1 mx -all"),
    ("\u201cv=spf1 mx -all\u201d", {"smart_quotes"}, "v=spf1 mx -all"),
    ('"v=spf1 mx -all"', {"literal_quotes"}, "v=spf1 mx -all"),
    ('v=spf1 mx ~all"', {"literal_quotes"}, "v=spf1 mx ~all"),
    ('v=spf1 include:a.example" "include:b.example -all', {"literal_quotes"}, "v=spf1 include:a.example include:b.example -all"),
    ('v=spf1 include:a.exa" "mple -all', {"literal_quotes"}, "v=spf1 include:a.example -all"),
    ("v=spf1 include:b\u00fccher.example -all", {"bad_character"}, None),
    # version
    (" v=spf1 mx -all", {"leading_space"}, "v=spf1 mx -all"),
    ("V=SPF1 mx -all", {"uppercase_version"}, "v=spf1 mx -all"),
    ("v=spf1;mx;-all", {"separator"}, "v=spf1 mx -all"),
    ("v=spf1, mx -all", {"separator"}, "v=spf1 mx -all"),
    (f"v=spf1{M365} -all", {"version_without_space"}, f"v=spf1 {M365} -all"),
    ("v=spf1include:a.example~all", {"version_without_space", "missing_space"}, "v=spf1 include:a.example ~all"),
    ("v=spf1amxip4:192.0.2.1-all", {"version_without_space", "missing_space"}, "v=spf1 a mx ip4:192.0.2.1 -all"),
    ("v=spf 1 mx -all", {"misspelt_version"}, "v=spf1 mx -all"),
    ("v=spf mx -all", {"misspelt_version"}, "v=spf1 mx -all"),
    ("v=spf10 mx -all", {"misspelt_version"}, "v=spf1 mx -all"),
    ("v=spf1.0 mx -all", {"misspelt_version"}, "v=spf1 mx -all"),
    ("v = spf1 mx -all", {"misspelt_version"}, "v=spf1 mx -all"),
    ("v:spf1 mx -all", {"misspelt_version"}, "v=spf1 mx -all"),
    ("v=spfl mx -all", {"misspelt_version"}, "v=spf1 mx -all"),
    ("spf1 mx -all", {"misspelt_version"}, "v=spf1 mx -all"),
    ("MS=ms12345678 v=spf1 mx -all", {"text_before_version"}, "v=spf1 mx -all"),
    ("@ v=spf1 mx -all", {"text_before_version"}, "v=spf1 mx -all"),
    ("spf2.0/pra mx -all", {"sender_id"}, None),
    ("v=spf2.0/pra mx -all", {"sender_id"}, None),
    ("v=spf1 a -all v=spf1include:b.example ~all", {"missing_space", "two_records_in_one"}, "v=spf1 a include:b.example ~all"),
    # one mend that asks for another: more than one reading
    ("v=spf1 include:a.example-all/24", {"cidr_not_allowed"}, None),
    ("v=spf1 redirect=a.example..", {"trailing_dot"}, None),
    # separators and spaces
    (f"v=spf1 {M365} -all;", {"separator"}, f"v=spf1 {M365} -all"),
    ("v=spf1 mx, a, -all", {"separator"}, "v=spf1 mx a -all"),
    ("v=spf1 ip4:192.0.2.1,192.0.2.2 -all", {"separator"}, "v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 -all"),
    ("v=spf1 ip4;192.0.2.1 -all", {"separator"}, "v=spf1 ip4:192.0.2.1 -all"),
    (f"v=spf1 {M365[:8]} {M365[8:]} -all", {"space_in_term"}, f"v=spf1 {M365} -all"),
    ("v=spf1 ip4 : 192.0.2.1 - all", {"space_in_term"}, "v=spf1 ip4:192.0.2.1 -all"),
    ("v=spf1 ip4:192.0.2.0 /24 -all", {"space_in_term"}, "v=spf1 ip4:192.0.2.0/24 -all"),
    ("v=spf1 redirect= _spf.example.com", {"space_in_term"}, "v=spf1 redirect=_spf.example.com"),
    ("v=spf1 include:a.example~all", {"missing_space"}, "v=spf1 include:a.example ~all"),
    ("v=spf1 include:a.example-all", {"missing_space"}, "v=spf1 include:a.example -all"),
    ("v=spf1 include:a.exampleinclude:b.example -all", {"missing_space"}, "v=spf1 include:a.example include:b.example -all"),
    ("v=spf1 ip4:192.0.2.1+include:b.example -all", {"missing_space"}, "v=spf1 ip4:192.0.2.1 +include:b.example -all"),
    ("v=spf1 +a+mx~all", {"missing_space"}, "v=spf1 +a +mx ~all"),
    # terms
    ("v=spf1 include=a.example -all", {"equals_instead_of_colon"}, "v=spf1 include:a.example -all"),
    ("v=spf1 ip4=192.0.2.1 -all", {"equals_instead_of_colon"}, "v=spf1 ip4:192.0.2.1 -all"),
    ("v=spf1 redirect:_spf.example.com", {"colon_instead_of_equals"}, "v=spf1 redirect=_spf.example.com"),
    ("v=spf1 redirect=v=spf1 include:a.example -all", {"redirect_to_record"}, "v=spf1 include:a.example -all"),
    ("v=spf1 ipv4:192.0.2.1 -all", {"ip_mechanism_name"}, "v=spf1 ip4:192.0.2.1 -all"),
    ("v=spf1 ipv6:2001:db8::1 -all", {"ip_mechanism_name"}, "v=spf1 ip6:2001:db8::1 -all"),
    ("v=spf1 ip:192.0.2.1 ip:2001:db8::/32 -all", {"ip_mechanism_name"}, "v=spf1 ip4:192.0.2.1 ip6:2001:db8::/32 -all"),
    ("v=spf1 ip4:2001:db8::1 ip6:192.0.2.1 -all", {"wrong_family"}, "v=spf1 ip6:2001:db8::1 ip4:192.0.2.1 -all"),
    ("v=spf1 ip4:ip4:192.0.2.1 -all", {"repeated_prefix"}, "v=spf1 ip4:192.0.2.1 -all"),
    ("v=spf1 include:include:a.example -all", {"repeated_prefix"}, "v=spf1 include:a.example -all"),
    ("v=spf1 a:192.0.2.1/24 mx:2001:db8::1 -all", {"address_as_name"}, "v=spf1 ip4:192.0.2.1/24 ip6:2001:db8::1 -all"),
    ("v=spf1 192.0.2.1 -all", {"bare_address"}, "v=spf1 ip4:192.0.2.1 -all"),
    ("v=spf1 a.example -all", {"bare_name"}, None),
    ("v=spf1 ip4:mail.example.com -all", {"name_as_address"}, None),
    ("v=spf1 mx -al", {"misspelt_all"}, "v=spf1 mx -all"),
    ("v=spf1 mx ~alll", {"misspelt_all"}, "v=spf1 mx ~all"),
    ("v=spf1 inlcude:a.example -all", {"misspelt_mechanism"}, "v=spf1 include:a.example -all"),
    ("v=spf1 includes:a.example -all", {"misspelt_mechanism"}, "v=spf1 include:a.example -all"),
    ("v=spf1 include:a.example/32 -all", {"cidr_not_allowed"}, "v=spf1 include:a.example -all"),
    ("v=spf1 include:a.example. -all", {"trailing_dot"}, "v=spf1 include:a.example -all"),
    ("v=spf1 redirect=a.example.", {"trailing_dot"}, "v=spf1 redirect=a.example"),
    ("v=spf1 mx -all.", {"stray_punctuation"}, "v=spf1 mx -all"),
    ("v=spf1 mx -allMS=ms12345678", {"foreign_text", "text_after_all"}, "v=spf1 mx -all"),
    ("v=spf1 mx ?all;MS=ms1", {"separator", "foreign_text", "text_after_all"}, "v=spf1 mx ?all"),
    ("v=spf1 moo=cow mx -all", {"unknown_modifier"}, "v=spf1 moo=cow mx -all"),
    ("v=spf1 ra=postmaster mx -all", set(), "v=spf1 ra=postmaster mx -all"),
    ("v=spf1 include:joe@a.example -all", {"not_a_host_name"}, "v=spf1 include:joe@a.example -all"),
    ("v=spf1 include: -all", {"missing_domain"}, None),
    ("v=spf1 ip4:192.0.2 -all", {"bad_address"}, None),
    ("v=spf1 ip4:192.0.2.0/33 -all", {"bad_cidr"}, None),
    ("v=spf1 exists:%(i).example.com -all", {"bad_macro"}, None),
    ("v=spf1 redirect=a.example redirect=b.example", {"repeated_modifier"}, None),
    ("v=spf1 mx redirect=a.example REDIRECT=b.example -all", {"redirect_ignored", "repeated_modifier"}, "v=spf1 mx -all"),
    # order
    ("v=spf1 mx -all a:b.example", {"text_after_all"}, "v=spf1 mx -all"),
    ("v=spf1 mx -all / 3600", {"text_after_all"}, "v=spf1 mx -all"),
    ("v=spf1 mx -all exp=e.example", set(), "v=spf1 mx -all exp=e.example"),
    ("v=spf1 redirect=a.example mx -all", {"redirect_ignored"}, "v=spf1 mx -all"),
    ("v=spf1 a mx A ip4:192.0.2.1 ip4:192.0.2.1/32 -all", {"repeated_term"}, "v=spf1 a mx ip4:192.0.2.1 -all"),
    ("v=spf1 a ~all v=spf1 mx -all", {"two_records_in_one"}, "v=spf1 a mx ~all"),
    ("v=spf1 a -allv=spf1 mx -all", {"missing_space", "two_records_in_one"}, "v=spf1 a mx -all"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "codes", "meant"), CASES, ids=[ascii(text) for text, _, _ in CASES])
def test_a_near_miss_is_named_and_mended(text: str, codes: set[str], meant: str | None) -> None:
    mended = mend(text)
    assert mended is not None
    assert {problem.code for problem in mended.problems} == codes
    assert (write(mended.terms) if mended.terms is not None else None) == meant


@pytest.mark.parametrize("text", [text for text, codes, _ in CASES if not codes])
def test_what_is_right_is_left_as_it_is(text: str) -> None:
    mended = mend(text)
    assert mended is not None
    assert not mended.changed


@pytest.mark.parametrize(
    ("strings", "codes", "meant"),
    [
        (("v=spf1 include:a.example", "include:b.example -all"), {"split_without_space"}, "v=spf1 include:a.example include:b.example -all"),
        (("v=spf1", "mx -all"), {"split_without_space"}, "v=spf1 mx -all"),
        (("v=spf1 a:mail.example", "mx -all"), {"split_without_space"}, "v=spf1 a:mail.example mx -all"),
        (("v=spf1 a:mail.example", "MX/24 -all"), {"split_without_space"}, "v=spf1 a:mail.example MX/24 -all"),
        (("v=spf1 a:mail.example.", "mx -all"), set(), "v=spf1 a:mail.example.mx -all"),
        (("v=spf1 include:a.example", "-all"), {"split_without_space"}, "v=spf1 include:a.example -all"),
        (("v=spf1 ip4:192.0.", " 2.1 -all"), {"split_inside_term"}, "v=spf1 ip4:192.0.2.1 -all"),
        (("v=spf1 include:a.ex", "ample -all"), set(), "v=spf1 include:a.example -all"),
        (("v=spf1 include:a.example ", "-all"), set(), "v=spf1 include:a.example -all"),
        (("v=spf1 include:mail.", "mx -all"), set(), "v=spf1 include:mail.mx -all"),
    ],
)  # fmt: skip
def test_a_split_counts_only_where_it_hurts(strings: tuple[str, ...], codes: set[str], meant: str) -> None:
    mended = mend("".join(strings), strings)
    assert mended is not None
    assert {problem.code for problem in mended.problems} == codes
    assert mended.terms is not None
    assert write(mended.terms) == meant


@pytest.mark.parametrize(
    "text",
    ["MS=ms12345678", "google-site-verification=abc", "our spf is fine", "spf", "", "v=DMARC1; p=none", "see spf.md"],
)
def test_other_texts_have_nothing_to_do_with_spf(text: str) -> None:
    assert mend(text) is None


@pytest.mark.parametrize(
    ("records", "meant"),
    [
        (["a -all", "mx -all"], "v=spf1 a mx -all"),
        (["a -all", "mx ~all"], "v=spf1 a mx ~all"),
        (["a -all", "a mx"], "v=spf1 a mx -all"),
        (["redirect=a.example", "redirect=a.example"], "v=spf1 redirect=a.example"),
        (["redirect=a.example", "mx -all"], "v=spf1 mx include:a.example -all"),
        (["a exp=e.example -all", "mx exp=f.example -all"], "v=spf1 a mx -all exp=e.example"),
        (["a moo=cow -all", "mx -all"], "v=spf1 a mx moo=cow -all"),
        (["a foo -all", "mx -all"], None),
    ],
)
def test_records_merge_to_one_that_lets_the_same_senders_pass(records: list[str], meant: str | None) -> None:
    merged = merge([record.split() for record in records])
    assert (write(merged) if merged is not None else None) == meant


PIECE = st.sampled_from(
    [
        "v=spf1",
        "v=spf",
        "V=SPF1",
        "include:",
        "include:a.example",
        "ip4:192.0.2.1",
        "ipv4:192.0.2.1",
        "ip4:",
        "-all",
        "~all",
        "all",
        "-",
        ";",
        ",",
        '"',
        "'",
        "\xa0",
        "–all",
        "\u200b",
        "redirect=a.example",
        "redirect:",
        "a",
        "mx",
        "+a+mx",
        "a.example",
        "192.0.2.1",
        "/24",
        ":",
        "=",
        "MS=ms1",
        "%{i}",
        "%{d}.example",
        "\\160",
        "\t",
        "exp=a.example",
    ]
)


@given(st.lists(PIECE | st.text(max_size=6), max_size=12), st.sampled_from(["", " "]), st.booleans())
def test_mending_never_raises_and_gives_only_valid_records_that_stay(
    pieces: list[str], glue: str, version: bool
) -> None:
    strings = tuple(["v=spf1 "] * version + [piece + glue for piece in pieces])
    text = "".join(strings)
    mended = mend(text, strings)
    assert is_spf(text) <= (mended is not None)
    if mended is None:
        return
    assert {problem.code for problem in mended.problems} <= CODES.keys()
    if mended.terms is not None:
        record = write(mended.terms)
        assert parse(record).faults == ()
        again = mend(record)
        assert again is not None
        assert again.terms == mended.terms
    else:
        assert not mended.changed


TOKENS = (
    "a", "A", "mx", "mx/24", "mx:b.example", "ptr", "ip4:192.0.2.1", "ip4:192.0.2.1/32", "ip4:192.0.2.1/33", "IP4:192.0.2.1",
    "ip6:2001:db8::1", "ip6:::ffff:192.0.2.1", "include:b.example", "include:B.example", "include:b.example.", "?include:b.example",
    "exists:%{i}.b.example", "redirect=b.example", "exp=b.example", "x=y", "all", "-all", "~all", "al", "-all,", "v=spf1", "",
)  # fmt: skip


@given(st.lists(st.sampled_from(TOKENS), max_size=6))
def test_a_record_that_is_taken_as_meant_at_once_is_one_that_a_closer_look_leaves_as_it_is(tokens: list[str]) -> None:
    text = " ".join(["v=spf1", *tokens])
    terms = _as_meant(text)
    if terms is not None:
        assert _mend(text, ()) == Mended((), terms, False)


@pytest.mark.parametrize(
    "text", ["v=spf1", f"v=spf1 {M365} -all", "v=spf1 a mx/24 ip4:192.0.2.0/24 redirect=b.example"]
)
def test_usual_records_are_taken_as_meant_at_once(text: str) -> None:
    assert _as_meant(text) == tuple(text.split()[1:])
