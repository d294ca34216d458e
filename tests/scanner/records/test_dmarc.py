"""What one DMARC record says, record by record."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scanner.records import dmarc, dmarc_mend
from scanner.records.dmarc import applied_policy, counts, read, report_uri, weaker
from scanner.records.dmarc_mend import mend
from scanner.records.dmarc_near import near_miss
from scanner.records.dmarc_plain import plain_tags
from scanner.records.dmarc_problems import CODES

NONE, QUARANTINE, REJECT, UNUSABLE = "none", "quarantine", "reject", None
RUA = "rua=mailto:dmarc@contoso.com"

# Record, policy applied at the domain itself, codes of its problems, further fields of DmarcRecord.
COUNTING = [
    ("v=DMARC1; p=none", NONE, [], {"policy": "none", "rua": (), "fo": "0", "psd": "u", "pct": None, "testing": False}),
    ("v=DMARC1; p=quarantine", QUARANTINE, [], {"policy": "quarantine", "alignment_spf": "relaxed"}),
    ("v=DMARC1; p=reject", REJECT, [], {"policy": "reject", "alignment_dkim": "relaxed"}),
    ("v=DMARC1; p=reject;", REJECT, [], {}),
    ("v=DMARC1;p=reject", REJECT, [], {}),
    ("v=DMARC1 ; p=reject ; ", REJECT, [], {}),
    ("v=DMARC1;\tp\t=\treject\t;", REJECT, [], {}),
    ("V=DMARC1; p=reject", REJECT, ["tag_case"], {}),
    ("v = DMARC1; p = reject", REJECT, [], {}),
    # RFC 9989 section 4.8: the policies are ABNF literals, and those do not tell capitals from small letters.
    ("v=DMARC1; p=Reject", REJECT, [], {"policy": "reject"}),
    ("v=DMARC1; p=NONE", NONE, [], {"policy": "none"}),
    ("v=DMARC1; P=reject", REJECT, ["tag_case"], {"policy": "reject"}),
    # Section 4.7: any order behind v.
    (f"v=DMARC1; {RUA}; sp=none; p=reject", REJECT, [], {"policy": "reject", "subdomain_policy": "none"}),
    (
        "v=DMARC1; p=reject; sp=quarantine; np=none",
        REJECT,
        [],
        {"subdomain_policy": "quarantine", "nonexistent_policy": "none"},
    ),
    # Section 4.7: p is recommended; an absent one is none.
    ("v=DMARC1", NONE, ["no_policy"], {"policy": None, "error": None}),
    ("v=DMARC1;", NONE, ["no_policy"], {"policy": None}),
    (f"v=DMARC1; {RUA}", NONE, ["no_policy"], {"policy": None, "error": None}),
    ("v=DMARC1; sp=reject", NONE, ["no_policy"], {"policy": None, "subdomain_policy": "reject"}),
    # Section 4.10.1: without a valid p, or with an invalid sp or np, rua decides.
    ("v=DMARC1; p=rejct", UNUSABLE, ["bad_policy"], {"policy": None, "bad_policies": ("p",)}),
    (f"v=DMARC1; p=rejct; {RUA}", NONE, ["bad_policy"], {"policy": None, "error": None}),
    ("v=DMARC1; p=quarantaine", UNUSABLE, ["bad_policy"], {}),
    ("v=DMARC1; p=", UNUSABLE, ["bad_policy"], {"bad_policies": ("p",)}),
    ("v=DMARC1; p=monitor", UNUSABLE, ["bad_policy"], {}),
    ("v=DMARC1; p=reject.", UNUSABLE, ["bad_policy"], {}),
    (
        "v=DMARC1; p=reject; sp=nothing",
        UNUSABLE,
        ["bad_subdomain_policy"],
        {"policy": "reject", "bad_policies": ("sp",)},
    ),
    (f"v=DMARC1; p=reject; sp=nothing; {RUA}", NONE, ["bad_subdomain_policy"], {"policy": "reject"}),
    (f"v=DMARC1; p=reject; np=all; {RUA}", NONE, ["bad_nonexistent_policy"], {"policy": "reject"}),
    ("v=DMARC1; p=reject; np=all", UNUSABLE, ["bad_nonexistent_policy"], {}),
    ("v=DMARC1; p=rejct; rua=dmarc@contoso.com", UNUSABLE, ["bad_policy", "missing_mailto"], {"rua": ()}),
    # t lowers what is applied by one step.
    ("v=DMARC1; p=reject; t=y", QUARANTINE, [], {"testing": True, "policy": "reject"}),
    ("v=DMARC1; p=quarantine; t=y", NONE, [], {"testing": True}),
    ("v=DMARC1; p=none; t=y", NONE, [], {"testing": True}),
    ("v=DMARC1; p=reject; t=n", REJECT, [], {"testing": False}),
    ("v=DMARC1; p=reject; t=Y", QUARANTINE, [], {"testing": True}),
    # A bad value of another tag gives way to its default.
    ("v=DMARC1; p=reject; t=maybe", REJECT, ["bad_value"], {"testing": False}),
    ("v=DMARC1; p=reject; psd=x", REJECT, ["bad_value"], {"psd": "u"}),
    (
        "v=DMARC1; p=reject; adkim=x; aspf=s",
        REJECT,
        ["bad_value"],
        {"alignment_dkim": "relaxed", "alignment_spf": "strict"},
    ),
    ("v=DMARC1; p=reject; adkim=strict", REJECT, ["bad_value"], {"alignment_dkim": "relaxed"}),
    ("v=DMARC1; p=reject; adkim=S; aspf=s", REJECT, [], {"alignment_dkim": "strict", "alignment_spf": "strict"}),
    ("v=DMARC1; p=reject; fo=2", REJECT, ["bad_value"], {"fo": "0"}),
    ("v=DMARC1; p=reject; fo=0:1; ruf=mailto:f@contoso.com", REJECT, ["bad_value"], {"fo": "0"}),
    ("v=DMARC1; p=reject; fo=1:d:s; ruf=mailto:f@contoso.com", REJECT, [], {"fo": "1:d:s"}),
    ("v=DMARC1; p=reject; fo=1", REJECT, ["fo_without_ruf"], {"fo": "1"}),
    ("v=DMARC1; p=reject; fo=0", REJECT, [], {"fo": "0"}),
    ("v=DMARC1; p=reject; psd=y", REJECT, [], {"psd": "y"}),
    ("v=DMARC1; p=reject; psd=N", REJECT, [], {"psd": "n"}),
    # Historic tags stay visible.
    ("v=DMARC1; p=reject; pct=100", REJECT, ["obsolete_tag"], {"pct": 100, "historic": ("pct",)}),
    ("v=DMARC1; p=reject; pct=20", REJECT, ["obsolete_tag", "partial_pct"], {"pct": 20}),
    ("v=DMARC1; p=reject; pct=0", REJECT, ["obsolete_tag", "partial_pct"], {"pct": 0}),
    ("v=DMARC1; p=reject; pct=101", REJECT, ["obsolete_tag", "bad_value"], {"pct": None}),
    ("v=DMARC1; p=reject; pct=half", REJECT, ["obsolete_tag", "bad_value"], {"pct": None, "historic": ("pct",)}),
    ("v=DMARC1; p=reject; ri=86400; rf=afrf", REJECT, ["obsolete_tag"], {"historic": ("rf", "ri")}),
    # Pieces that are not tags, or not known ones.
    ("v=DMARC1;; p=reject", REJECT, ["empty_tag"], {}),
    ("v=DMARC1; p=reject;;", REJECT, ["empty_tag"], {}),
    ("v=DMARC1; p=reject; 0", REJECT, ["malformed_tag"], {}),
    ("v=DMARC1; p=reject; fo:0", REJECT, ["malformed_tag"], {"fo": "0"}),
    ("v=DMARC1; p:reject", NONE, ["malformed_tag", "no_policy"], {"policy": None}),
    ("v=DMARC1; p=reject; color=blue", REJECT, ["unknown_tag"], {}),
    ("v=DMARC1; p=reject; rau=mailto:dmarc@contoso.com", REJECT, ["unknown_tag"], {"rua": ()}),
    # RFC 6376 section 3.2: a tag that comes twice makes the list invalid.
    ("v=DMARC1; p=none; p=reject", UNUSABLE, ["duplicate_tag"], {"repeated": ("p",)}),
    (f"v=DMARC1; p=none; {RUA}; rua=mailto:b@contoso.com", UNUSABLE, ["duplicate_tag"], {"repeated": ("rua",)}),
    ("v=DMARC1; p=none; v=DMARC1; p=reject", UNUSABLE, ["duplicate_tag"], {"repeated": ("v", "p")}),
    ("v=DMARC1; p=none; color=blue; color=red", NONE, ["unknown_tag"], {"repeated": ()}),
    # Separators.
    (f"v=DMARC1; p=reject, {RUA}", UNUSABLE, ["comma_separator"], {"policy": None, "rua": ()}),
    (f"v=DMARC1; p=reject {RUA}", UNUSABLE, ["missing_semicolon"], {"policy": None}),
    # Characters that only look right.
    ("v=DMARC1; p=reject\u00a0", UNUSABLE, ["no_break_space"], {"policy": None}),
    ("v=DMARC1;\u00a0p=reject", NONE, ["no_break_space", "no_policy"], {"policy": None}),
    ("v=DMARC1; p=\u201creject\u201d", UNUSABLE, ["smart_quote", "quotes"], {}),
    ('v=DMARC1; p="reject"', UNUSABLE, ["quotes"], {}),
    ("v=DMARC1; \u200bp=reject", NONE, ["zero_width_character", "no_policy"], {}),
    # Report addresses.
    (f"v=DMARC1; p=none; {RUA}!10m", NONE, ["size_limit"], {"rua": ("mailto:dmarc@contoso.com",)}),
    (
        f"v=DMARC1; p=none; {RUA} , mailto:b@fabrikam.com",
        NONE,
        [],
        {"rua": ("mailto:dmarc@contoso.com", "mailto:b@fabrikam.com")},
    ),
    (
        f"v=DMARC1; p=none; {RUA}; mailto:b@fabrikam.com",
        NONE,
        ["uri_separator"],
        {"rua": ("mailto:dmarc@contoso.com",)},
    ),
    (f"v=DMARC1; p=none; {RUA} mailto:b@fabrikam.com", NONE, ["uri_separator"], {"rua": ()}),
    ("v=DMARC1; p=none; rua=mailto: dmarc@contoso.com", NONE, ["blank_in_uri"], {"rua": ()}),
    ("v=DMARC1; p=none; rua= mailto:dmarc@contoso.com", NONE, [], {"rua": ("mailto:dmarc@contoso.com",)}),
    ("v=DMARC1; p=none; rua=dmarc@contoso.com", NONE, ["missing_mailto"], {"rua": ()}),
    ("v=DMARC1; p=none; rua=mailto:dmarc", NONE, ["bad_report_uri"], {"rua": ()}),
    ("v=DMARC1; p=none; rua=", NONE, ["bad_report_uri"], {"rua": ()}),
    (
        "v=DMARC1; p=none; rua=https://reports.example/in",
        NONE,
        ["unsupported_scheme"],
        {"rua": ("https://reports.example/in",)},
    ),
    ("v=DMARC1; p=none; rua=MAILTO:Dmarc@Contoso.com", NONE, [], {"rua": ("mailto:Dmarc@Contoso.com",)}),
    ("v=DMARC1; p=none; ruf=mailto:f@contoso.com", NONE, [], {"ruf": ("mailto:f@contoso.com",), "rua": ()}),
]

# TXT, codes of what keeps it from counting, the text that would count.
NEAR = [
    ("nv=DMARC1; p=reject", ["version_misspelt"], "v=DMARC1; p=reject"),
    ("=DMARC1; p=reject", ["version_misspelt"], "v=DMARC1; p=reject"),
    ("DMARC1; p=reject", ["version_misspelt"], "v=DMARC1; p=reject"),
    ("v:DMARC1; p=none", ["version_misspelt"], "v=DMARC1; p=none"),
    ("v==DMARC1; p=none", ["version_misspelt"], "v=DMARC1; p=none"),
    ("vDMARC1; p=none", ["version_misspelt"], "v=DMARC1; p=none"),
    ("v=DMARC 1; p=none", ["version_misspelt"], "v=DMARC1; p=none"),
    ("v=DMARC-1; p=none", ["version_misspelt"], "v=DMARC1; p=none"),
    ("v=DMARC; p=none", ["version_misspelt"], "v=DMARC1; p=none"),
    ("v=DMARC", ["version_misspelt"], "v=DMARC1"),
    ("v=DMARC2; p=none", ["version_misspelt"], "v=DMARC1; p=none"),
    ("v=DMARC1.0; p=none", ["version_misspelt"], "v=DMARC1; p=none"),
    ("v=DMARC1.; p=none", ["version_misspelt"], "v=DMARC1; p=none"),
    ("v=DMARCl; p=none", ["version_misspelt"], "v=DMARC1; p=none"),
    ("v=DMRAC1; p=none", ["version_misspelt"], "v=DMARC1; p=none"),
    ("v=dmarc1; p=none", ["version_case"], "v=DMARC1; p=none"),
    ("v=Dmarc1", ["version_case"], "v=DMARC1"),
    (" v=DMARC1; p=none", ["leading_blank"], "v=DMARC1; p=none"),
    ("v=DMARC1 p=none", ["missing_semicolon"], "v=DMARC1; p=none"),
    ("v=DMARC1p=none", ["missing_semicolon"], "v=DMARC1; p=none"),
    ("v=DMARC1. p=none", ["missing_semicolon"], "v=DMARC1; p=none"),
    ("v=DMARC1:p=none", ["missing_semicolon"], "v=DMARC1; p=none"),
    ("v=DMARC1, p=none, rua=mailto:d@contoso.com", ["comma_separator"], "v=DMARC1; p=none, rua=mailto:d@contoso.com"),
    ("p=none", ["no_version"], "v=DMARC1; p=none"),
    ("p=none; rua=mailto:d@contoso.com", ["no_version"], "v=DMARC1; p=none; rua=mailto:d@contoso.com"),
    ("p=none; v=DMARC1; sp=reject", ["version_not_first"], "v=DMARC1; p=none; sp=reject"),
    ("TXT v=DMARC1; p=none", ["text_before_version"], "v=DMARC1; p=none"),
    ("_dmarc.contoso.com. IN TXT v=DMARC1; p=none", ["text_before_version"], "v=DMARC1; p=none"),
    ('"v=DMARC1; p=none"', ["quotes"], "v=DMARC1; p=none"),
    ("'v=DMARC1; p=none'", ["quotes"], "v=DMARC1; p=none"),
    ("\u201cv=DMARC1; p=none\u201d", ["smart_quote", "quotes"], "v=DMARC1; p=none"),
    ("v\u2013DMARC1; p=none", ["dash", "version_misspelt"], "v=DMARC1; p=none"),
    ("v=DMARC1\u00a0; p=none", ["no_break_space"], "v=DMARC1 ; p=none"),
    ("v=DMARC1\\160; p=none", ["no_break_space"], "v=DMARC1 ; p=none"),
    ("\u200bv=DMARC1; p=none", ["zero_width_character"], "v=DMARC1; p=none"),
    ("\ufeffv=DMARC1; p=none", ["zero_width_character"], "v=DMARC1; p=none"),
    ("v=DMARC1\\092; p=none", ["backslash"], "v=DMARC1; p=none"),
    ("v=DMARC1\n; p=none", ["control_character"], "v=DMARC1 ; p=none"),
    ("\uff56=DMARC1; p=none", ["odd_character"], "v=DMARC1; p=none"),
]

UNRELATED = [
    "",
    "v=spf1 -all",
    "v=spf1 include:_dmarc.contoso.com -all",
    "v=TLSRPTv1; rua=mailto:tls@contoso.com",
    "v=STSv1; id=20260101",
    "v=BIMI1; l=https://contoso.com/logo.svg",
    "v=DKIM1; k=rsa; p=MIGfMA0",
    "k=rsa; p=none",
    "google-site-verification=abc",
    "dmarc-verification=abc",
    "dmarc",
    "MS=ms12345678",
    "This name takes part in DMARC since 2019.",
    "x" * 70_000,
]


@pytest.mark.parametrize(("text", "applied", "codes", "fields"), COUNTING, ids=[row[0] for row in COUNTING])
def test_a_counting_record_reads_as_rfc_9989_has_it(text, applied, codes, fields):
    assert counts(text)
    assert near_miss(text) is None
    record = read(text)
    assert applied_policy(record) == applied
    assert (record.error is None) == (applied is not UNUSABLE)
    for name, value in fields.items():
        found = getattr(record, name)
        assert (tuple(uri.uri for uri in found) if name in ("rua", "ruf") else found) == value, name
    assert list(dict.fromkeys(problem.code for problem in mend(text).problems)) == codes or sorted(
        {problem.code for problem in mend(text).problems}
    ) == sorted(codes)


@pytest.mark.parametrize(("text", "codes", "mended"), NEAR, ids=[repr(row[0]) for row in NEAR])
def test_a_near_miss_is_named_and_shown_mended(text, codes, mended):
    assert not counts(text)
    found = near_miss(text)
    assert found is not None
    assert (list(found.codes), found.mended) == (codes, mended)
    assert counts(found.mended)


@pytest.mark.parametrize("text", UNRELATED, ids=[text[:40] for text in UNRELATED])
def test_other_txt_records_are_no_near_misses(text):
    assert not counts(text)
    assert near_miss(text) is None


def test_the_tables_hold_at_least_eighty_records():
    assert len(COUNTING) + len(NEAR) + len(UNRELATED) >= 80


def test_every_code_has_a_sentence_that_says_where():
    assert all("{where}" in sentence for sentence in CODES.values())


def test_every_code_of_a_record_is_met_in_the_tables():
    met = {problem.code for row in COUNTING for problem in mend(row[0]).problems}
    met |= {code for row in NEAR for code in row[1]}
    of_places = {"multiple_records", "doubled_zone", "at_apex", "spf_record", "unrelated_txt", "dangling_alias"}
    assert set(CODES) - met == of_places


def test_an_inherited_record_applies_sp_to_existing_and_np_to_missing_domains():
    record = read("v=DMARC1; p=reject; sp=quarantine; np=none")
    assert applied_policy(record, inherited=True) == "quarantine"
    assert applied_policy(record, inherited=True, exists=False) == "none"


def test_np_falls_back_to_sp_and_then_to_p():
    assert applied_policy(read("v=DMARC1; p=none; sp=reject"), inherited=True, exists=False) == "reject"
    assert applied_policy(read("v=DMARC1; p=quarantine"), inherited=True, exists=False) == "quarantine"


def test_test_mode_lowers_an_inherited_policy_too():
    assert applied_policy(read("v=DMARC1; p=none; sp=reject; t=y"), inherited=True) == "quarantine"


def test_weaker_stops_at_none():
    assert [weaker(policy) for policy in ("reject", "quarantine", "none")] == ["quarantine", "none", "none"]


@pytest.mark.parametrize(
    ("uri", "host"),
    [
        ("mailto:a@contoso.com", "contoso.com"),
        ("mailto:a@CONTOSO.com!10m", "contoso.com"),
        ("mailto:a+b%21c@contoso.com", "contoso.com"),
        ("mailto:a@contoso.com?subject=report", "contoso.com"),
        ("https://reports.example:8443/in", "reports.example"),
        ("https://user@reports.example/in", "reports.example"),
        ("urn:example:a", ""),
    ],
)
def test_a_valid_report_uri_tells_its_host(uri, host):
    found = report_uri(uri)
    assert found is not None
    assert found.host == host


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "a@contoso.com",
        "mailto:",
        "mailto:a",
        "mailto:a@",
        "mailto:a@contoso..com",
        "mailto:a@contoso.com mailto:b@contoso.com",
        "mailto:a@contoso.com garbage",
        "mailto:a@b@contoso.com",
        "mailto:a@contoso.com\u200b",
        "mailto:<a@contoso.com>",
        "mailto:" + "a" * 2000 + "@contoso.com",
        "https://a b/",
    ],
)
def test_what_is_not_a_report_uri_is_none(uri):
    assert report_uri(uri) is None


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("v=DMARC1; p=rejct; sp=quarantined", {"p": "reject", "sp": "quarantine"}),
        ("v=DMARC1; p=rejected; np=foo", {"p": "reject"}),
        ("v=DMARC1; p=non; t=Yes; adkim=strict", {"p": "none", "adkim": "s"}),
        ("v=DMARC1; p=reject; fo=1", {"p": "reject"}),
        (
            "v=DMARC1; p=reject; fo=1; ruf=mailto:f@contoso.com",
            {"p": "reject", "fo": "1", "ruf": "mailto:f@contoso.com"},
        ),
        (
            "v=DMARC1; P=Reject; fo:1; ruf=mailto:f@contoso.com",
            {"p": "reject", "fo": "1", "ruf": "mailto:f@contoso.com"},
        ),
        (
            "v=DMARC1; p=none, rua=a@contoso.com b@contoso.com",
            {"p": "none", "rua": "mailto:a@contoso.com,mailto:b@contoso.com"},
        ),
        (
            "v=DMARC1; p=none; rua=mailto:a@contoso.com!5m; mailto:b@contoso.com",
            {"p": "none", "rua": "mailto:a@contoso.com,mailto:b@contoso.com"},
        ),
        (
            "v=DMARC1; p=none; rua=mailto=a@contoso.com, malto:b@contoso.com, mailto:<c@contoso.com>",
            {"p": "none", "rua": "mailto:a@contoso.com,mailto:b@contoso.com,mailto:c@contoso.com"},
        ),
        (
            "v=DMARC1; p=none; rau=mailto:a@contoso.com; akdim=s; x=y",
            {"p": "none", "rua": "mailto:a@contoso.com", "adkim": "s"},
        ),
        (
            "v=DMARC1; p=reject; p=none; rua=mailto:a@contoso.com; rua=mailto:b@contoso.com",
            {"p": "none", "rua": "mailto:a@contoso.com,mailto:b@contoso.com"},
        ),
        ("v=DMARC1; p=reject; pct=50; rf=afrf; ri=3600; junk;", {"p": "reject"}),
    ],
)
def test_sure_faults_are_mended_and_the_rest_is_dropped(text, tags):
    assert dict(mend(text).tags) == tags


ODD_TEXT = st.one_of(
    st.text(max_size=200),
    st.text(alphabet="v=DMARC1;p rejctnoqu,:@\"'\\.\u00a0\u200b\u2013!0amilto", max_size=120),
    st.lists(
        st.sampled_from(
            ["v=DMARC1", "p=reject", "p=rejct", "sp=none", "np=x", "rua=mailto:a@contoso.com", "rua=a@b", "fo=1:d", "t=y", "psd=n",
             "pct=5", "", " ", "0", "ruf=", "=", "p=", "\u00a0", "adkim=S", ",", "rua=mailto:a@b.example,,c", "v=spf1", "\\059"]
        ),
        max_size=12,
    ).map("; ".join),
)  # fmt: skip


@given(ODD_TEXT)
@example("v=DMARC1;" * 500)
@example("v=DMARC1; rua=" + "mailto:a@b.example," * 400)
def test_no_text_makes_reading_raise(text):
    if counts(text):
        record = read(text)
        assert applied_policy(record) in (None, "none", "quarantine", "reject")
        assert len(mend(text).problems) <= 40
    else:
        found = near_miss(text)
        assert found is None or (counts(found.mended) and found.codes and set(found.codes) <= set(CODES))


@given(ODD_TEXT)
def test_a_mended_record_has_no_fault_left_but_an_absent_policy(text):
    mended = mend(text if counts(text) else f"v=DMARC1; {text}")
    again = "; ".join(["v=DMARC1", *(f"{name}={value}" for name, value in mended.tags)])
    assert {problem.code for problem in mend(again).problems} <= {"no_policy", "fo_without_ruf", "unsupported_scheme"}
    assert read(again).error is None


PIECES = [
    "p=none", "p=reject", "p=rejct", "P=none", " p = none", "p=none ", "sp=quarantine", "np=reject", "t=y", "t=x", "psd=n", "adkim=s", "aspf=r",
    "fo=1", "fo=1:d", "pct=100", "pct=20", "pct=x", "pct=", "rf=afrf", "rf=AFRF sp=none", "ri=86400", "ri=1,p=none", "", " ", "junk", "v=DMARC1",
    "rua=mailto:a@contoso.com", "rua= mailto:a@contoso.com , mailto:b@FABRIKAM.com", "rua=mailto:a@contoso.com,mailto:a@contoso.com",
    "rua=mailto:a@contoso.com!10m", "rua=a@contoso.com", "rua=MAILTO:a@contoso.com", "rua=mailto:a@contoso.com,", "ruf=mailto:f@contoso.com",
    "ruf=https://contoso.com/in", "rua=mailto:a@" + "b" * 60 + ".contoso.com", "rua=mailto:a@" + "b" * 64 + ".com", 'p="none"', "x=y", "p=\\none",
]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["v=DMARC1", "v=DMARC1;", *(row[0] for row in COUNTING), *(f"v=DMARC1; {piece}" for piece in PIECES)]
)
def test_a_record_beyond_doubt_reads_as_the_careful_way_reads_it(text):
    _agree(text)


@given(
    st.sampled_from(["v=DMARC1", "v=DMARC1 ", " v=DMARC1", "V=DMARC1"]),
    st.lists(st.sampled_from(PIECES), max_size=6),
    st.sampled_from([";", "; ", " ;", ";\t"]),
    st.sampled_from(["", ";", "; ", ";;"]),
)
def test_records_beyond_doubt_read_as_the_careful_way_reads_them(version, pieces, separator, end):
    _agree(separator.join([version, *pieces]) + end)


def _agree(text):
    plain = plain_tags(text)
    if plain is None:
        return
    assert dmarc.read(text) == dmarc._careful(text)
    straight, careful = [], []
    assert dmarc_mend._straight(text, plain, straight) == dmarc_mend._careful(text, careful)
    assert straight == careful


def test_what_nearly_all_publish_is_beyond_doubt():
    text = "v=DMARC1; p=none; sp=none; rua=mailto:a@contoso.com, mailto:b@fabrikam.com;adkim=r; pct=100; fo=1;"
    assert plain_tags(text) == {
        "p": "none",
        "sp": "none",
        "rua": "mailto:a@contoso.com,mailto:b@fabrikam.com",
        "adkim": "r",
        "pct": "100",
        "fo": "1",
    }
    assert plain_tags("v=DMARC1; p=rejct") is None
