"""The next record to publish."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.facts import Host, Profile, Unknown
from scanner.dns.answer import Answer, Link, Question, Status
from scanner.probes import dmarc_walk
from scanner.probes.dmarc_suggest import suggest
from scanner.probes.dmarc_walk import Found
from scanner.records.dmarc import applied_policy, counts, read
from scanner.records.dmarc_mend import mend

ENFORCED = Profile(
    name="onboarding", inbound="microsoft365", sends_from_m365=True, dmarc_policies=("quarantine", "reject")
)
STRICT = Profile(name="scuba", inbound="microsoft365", sends_from_m365=True, dmarc_policies=("reject",))
RELAXED = Profile(
    name="bulk", inbound="microsoft365", sends_from_m365=True, dmarc_policies=("none", "quarantine", "reject")
)
PARKED = Profile(name="parked", inbound="none", sends_from_m365=False, dmarc_policies=("reject",))

RUA = "rua=mailto:dmarc@contoso.com"
DEFAULT = "rua=mailto:dmarc-reports@contoso.com"


def own(*texts, status=None, alias=""):
    chain = (Link("_dmarc.contoso.com", alias),) if alias else ()
    status = status or (Status.NOERROR if texts else Status.NXDOMAIN)
    return dmarc_walk.step("contoso.com", Answer(Question("_dmarc.contoso.com", "TXT"), status, texts, chain=chain))


def suggested(*texts, profile=ENFORCED):
    """The suggestion for a domain with these TXT at its own name and nothing above."""
    step = own(*texts)
    found = Found(Host("contoso.com"), step.record, inherited=False) if step.record else None
    return suggest(step, found, applied_policy(step.record) if step.record else None, profile)


def inherited(parent, *texts, profile=ENFORCED):
    found = Found(Host("com"), read(parent), inherited=True)
    return suggest(own(*texts), found, applied_policy(found.record, inherited=True), profile)


@pytest.mark.parametrize(
    ("present", "profile", "expected"),
    [
        # The steps
        (None, ENFORCED, f"v=DMARC1; p=none; {DEFAULT}"),
        ("v=DMARC1; p=none", ENFORCED, f"v=DMARC1; p=none; {DEFAULT}"),
        (f"v=DMARC1; p=none; {RUA}", ENFORCED, f"v=DMARC1; p=quarantine; t=y; {RUA}"),
        (f"v=DMARC1; p=quarantine; t=y; {RUA}", ENFORCED, f"v=DMARC1; p=quarantine; {RUA}"),
        (f"v=DMARC1; p=quarantine; {RUA}", ENFORCED, None),
        (f"v=DMARC1; p=quarantine; {RUA}", STRICT, f"v=DMARC1; p=reject; {RUA}"),
        (f"v=DMARC1; p=reject; t=y; {RUA}", STRICT, f"v=DMARC1; p=reject; {RUA}"),
        (f"v=DMARC1; p=reject; t=y; {RUA}", ENFORCED, None),
        (f"v=DMARC1; p=reject; {RUA}", STRICT, None),
        (f"v=DMARC1; p=none; {RUA}", RELAXED, None),
        ("v=DMARC1; p=reject", ENFORCED, f"v=DMARC1; p=reject; {DEFAULT}"),
        # Parked
        (None, PARKED, "v=DMARC1; p=reject;"),
        ("v=DMARC1; p=reject;", PARKED, None),
        ("v=DMARC1;p=reject", PARKED, None),
        (f"v=DMARC1; p=none; sp=none; t=y; {RUA};", PARKED, f"v=DMARC1; p=reject; {RUA};"),
        ("v=DMARC1; p=reject; sp=reject; adkim=s; aspf=s", PARKED, None),
        # The owner's tags stay, historic ones go
        (f"v=DMARC1; {RUA}; p=reject; adkim=s; ruf=mailto:f@contoso.com; fo=1", ENFORCED, None),
        (f"v=DMARC1; {RUA}; p=reject; pct=100; ri=3600", ENFORCED, f"v=DMARC1; p=reject; {RUA}"),
        (f"v=DMARC1; p=reject; sp=none; {RUA}; adkim=s; pct=50", ENFORCED, f"v=DMARC1; p=reject; sp=none; {RUA}; adkim=s"),
        # Sure faults
        (f"v=DMARC1; p=rejct; {RUA}", STRICT, f"v=DMARC1; p=reject; {RUA}"),
        ("v=DMARC1; p=reject; rua=dmarc@contoso.com", STRICT, f"v=DMARC1; p=reject; {RUA}"),
        (f"v=DMARC1; p=reject, {RUA}", STRICT, f"v=DMARC1; p=reject; {RUA}"),
        (f"v=DMARC1;; P=reject; {RUA}!10m;", STRICT, f"v=DMARC1; p=reject; {RUA};"),
        (f"v=dmarc1; p=reject; {RUA}", STRICT, f"v=DMARC1; p=reject; {RUA}"),
        (f"nv=DMARC1; p=quarantine; {RUA}", STRICT, f"v=DMARC1; p=quarantine; {RUA}"),
        (f"v=DMARC1 p=none {RUA}", STRICT, f"v=DMARC1; p=none; {RUA}"),
        # What cannot be mended with certainty is not kept
        ("v=DMARC1; p=banana", ENFORCED, f"v=DMARC1; p=none; {DEFAULT}"),
        ("v=spf1 -all", ENFORCED, f"v=DMARC1; p=none; {DEFAULT}"),
    ],
)  # fmt: skip
def test_the_next_record(present, profile, expected):
    assert suggested(*([present] if present else []), profile=profile) == expected


def test_of_two_records_one_is_made_with_the_weaker_policy_and_all_reports():
    first, second = f"v=DMARC1; p=reject; {RUA}", "v=DMARC1; p=none; rua=mailto:b@contoso.com; adkim=s"
    expected = "v=DMARC1; p=none; rua=mailto:dmarc@contoso.com,mailto:b@contoso.com; adkim=s"
    assert suggested(first, second, profile=STRICT) == expected


def test_an_inherited_policy_that_is_accepted_needs_no_record():
    assert inherited(f"v=DMARC1; p=reject; {RUA}") is None
    assert inherited(f"v=DMARC1; p=reject; {RUA}", profile=PARKED) is None


def test_an_inherited_policy_that_is_too_weak_is_taken_one_step_further():
    parent = f"v=DMARC1; p=reject; sp=none; psd=n; {RUA}"
    assert inherited(parent) == f"v=DMARC1; p=quarantine; t=y; {RUA}"
    assert inherited(parent, profile=PARKED) == f"v=DMARC1; p=reject; {RUA};"


def test_reports_to_a_public_suffix_are_not_taken_over():
    assert inherited(f"v=DMARC1; p=quarantine; psd=y; {RUA}", profile=STRICT) == f"v=DMARC1; p=reject; {DEFAULT}"


@pytest.mark.parametrize(
    ("parent", "meant", "suggested"),
    [
        ("p=none", "p=quarantine", "p=quarantine"),
        ("p=quarantine", "p=reject", "p=reject"),
        # What is closed today by inheritance stays closed.
        ("p=reject", "p=quarantine", "p=reject"),
        ("p=reject", "p=none", "p=reject"),
        ("p=reject", "p=reject; t=y", "p=reject"),
        ("p=quarantine", "p=reject; t=y", "p=reject; t=y"),
        ("p=quarantine; t=y", "p=none", "p=none"),
        ("p=none; sp=reject", "p=none", "p=reject"),
    ],
)
def test_a_near_miss_below_an_inherited_policy_is_mended_and_made_no_weaker(parent, meant, suggested):
    assert inherited(f"v=DMARC1; {parent}", f"v=dmarc1; {meant}; {RUA}") == f"v=DMARC1; {suggested}; {RUA}"


def test_a_record_kept_behind_an_alias_is_not_to_be_changed_here():
    step = own("v=DMARC1; p=none", alias="dmarc.fabrikam.com")
    assert suggest(step, Found(Host("contoso.com"), step.record, inherited=False), "none", STRICT) is None


def test_a_failed_answer_makes_the_suggestion_unknown():
    assert isinstance(suggest(own(status=Status.SERVFAIL), None, None, ENFORCED), Unknown)
    assert isinstance(suggest(own(), Unknown("SERVFAIL"), Unknown("SERVFAIL"), ENFORCED), Unknown)
    found = Found(Host("com"), read("v=DMARC1; p=none; np=reject"), inherited=True)
    assert isinstance(suggest(own(), found, Unknown("SERVFAIL"), ENFORCED), Unknown)


TAGS = ["p=none", "p=quarantine", "p=reject", "p=rejct", "p=x", "P=none", "sp=none", "sp=reject", "np=bad", "t=y", "t=x", "psd=n", "pct=5",
        "rf=afrf", RUA, "rua=dmarc@contoso.com", "rua=mailto:a@b.example!5m; mailto:c@d.example", "ruf=mailto:f@contoso.com", "fo=1", "fo=9",
        "adkim=strict", "", "junk", "x=y", "\u00a0p=reject", 'p="reject"', "rua=https://x.example/"]  # fmt: skip
PROFILES = st.sampled_from([ENFORCED, STRICT, RELAXED, PARKED])
TEXTS = st.tuples(
    st.sampled_from(["v=DMARC1", "v=dmarc1", "nv=DMARC1", ""]), st.lists(st.sampled_from(TAGS), max_size=6)
).map(lambda parts: "; ".join([parts[0], *parts[1]]))


@given(st.lists(TEXTS | st.text(max_size=60), max_size=3, unique=True), PROFILES)
def test_a_suggestion_is_valid_and_following_it_ends_where_the_profile_is_content(texts, profile):
    present = texts
    for _ in range(6):
        record = suggested(*present, profile=profile)
        if record is None:
            break
        assert counts(record)
        assert read(record).error is None
        assert {problem.code for problem in mend(record).problems} <= {"fo_without_ruf", "unsupported_scheme"}
        present = [record]
    assert record is None
    (final,) = (text for text in present if counts(text))
    assert applied_policy(read(final)) in profile.dmarc_policies
    if profile is PARKED:
        assert "none" not in (read(final).subdomain_policy, read(final).nonexistent_policy)
    else:
        assert read(final).rua
