"""Macro expansion as in the examples of RFC 7208 section 7.4, as far as no sender is needed."""

from __future__ import annotations

import pytest

from scanner.records.spf_macros import MacroError, expand, read_domain_spec, read_macro_string

DOMAIN = "email.example.com"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("%{d}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d3}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{o}", "origin.example.net"),
        ("%{O1}._spf.%{D2}", "net._spf.example.com"),
        ("_spf.example.com.", "_spf.example.com"),
        ("macro%%percent%_%_space%-url-space.example.com", "macro%percent  space%20url-space.example.com"),
        ("%{d999999999999999999999}", "email.example.com"),
        ("%{d.-}", "email.example.com"),
    ],
)
def test_what_needs_no_sender_is_expanded(text: str, name: str) -> None:
    spec = read_domain_spec(text)
    assert spec is not None
    assert expand(spec, domain=DOMAIN, origin="origin.example.net") == name


def test_other_delimiters_split_the_name() -> None:
    spec = read_domain_spec("%{d1r-}.example.com")
    assert spec is not None
    assert expand(spec, domain="a-b-c", origin="") == "a.example.com"


@pytest.mark.parametrize("text", ["%{i}.example.com", "%{l}._spf.%{d}", "%{s}", "%{p}.com.example", "%{v}", "%{h}"])
def test_what_depends_on_the_sender_is_not_expanded(text: str) -> None:
    spec = read_domain_spec(text)
    assert spec is not None
    assert spec.sender_dependent
    assert expand(spec, domain=DOMAIN, origin=DOMAIN) is None


def test_a_name_that_grows_too_long_loses_labels_on_the_left() -> None:
    spec = read_domain_spec("%{d}." * 12 + "example.com")
    assert spec is not None
    name = expand(spec, domain="a-label-of-twenty-one.test", origin="")
    assert name == "test." + "a-label-of-twenty-one.test." * 8 + "example.com"


def test_explanations_alone_may_use_c_r_and_t() -> None:
    assert len(read_macro_string("%{c} %{r} %{t}", explanation=True)) == 5
    for letter in "crt":
        with pytest.raises(MacroError):
            read_macro_string(f"%{{{letter}}}")


def test_upper_case_letters_escape_their_value() -> None:
    spec = read_domain_spec("%{D}")
    assert spec is not None
    assert expand(spec, domain="a&b.example", origin="") == "a%26b.example"
