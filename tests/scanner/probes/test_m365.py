import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.facts import Unknown
from scanner.probes import dkim, m365, mx
from scanner.probes.m365 import cloud_shown, possible_clouds

PROBES = [mx.PROBE, dkim.PROBE, m365.PROBE]
ALL = {"m365.tenant_domain", "m365.cloud", "m365.verification"}
U = "unknown"
S1 = "selector1._domainkey.contoso.com"
S2 = "selector2._domainkey.contoso.com"
T1 = "selector1-contoso-com._domainkey.contoso.onmicrosoft.com"
T2 = T1.replace("selector1", "selector2")
APEX = "contoso.com A 192.0.2.80\n"
MX = "contoso.com MX 0 contoso-com.mail.protection.outlook.com.\n"
MX_US = "contoso.com MX 0 contoso.mail.protection.office365.us.\n"
DKIM = f"{S1} CNAME {T1}.\n{S2} CNAME {T2}.\n"
DKIM_US = DKIM.replace("onmicrosoft.com", "onmicrosoft.us")
BOTH_FAIL = {(name, kind): "SERVFAIL" for name in (S1, S2) for kind in ("TXT", "CNAME")}
DOD = "autodiscover.contoso.com CNAME autodiscover-dod.office365.us.\n"
GCCH = "autodiscover.contoso.com CNAME autodiscover.office365.us.\n"


def facts_of(driver, records, faults=None, wanted=ALL):
    world = driver.World(APEX + records, faults)
    facts = driver.facts_of(world, driver.Target(domain="contoso.com"), PROBES, wanted)
    return {name: U if isinstance(facts[name], Unknown) else facts[name] for name in wanted}, world


@pytest.mark.parametrize(
    ("records", "faults", "cloud"),
    [
        (MX + DKIM, {}, "worldwide"),
        (MX, {}, "worldwide"),
        (DKIM, {}, "worldwide"),
        (MX.replace("mail.protection.outlook.com", "o-v1.mx.microsoft"), {}, "worldwide"),
        (f"{S1} CNAME selector1-contoso-com._domainkey.contoso.n-v1.dkim.mail.microsoft.\n", {}, "worldwide"),
        ("", {}, None),
        ("contoso.com MX 10 mail.contoso.com.\n", {}, None),
        ("contoso.com MX 10 contoso-de.mail.protection.outlook.de.\n", {}, None),
        (MX_US, {}, "gcchigh"),
        (MX_US + GCCH, {}, "gcchigh"),
        (MX_US + DOD, {}, "dod"),
        (DKIM_US + DOD, {}, "dod"),
        (DKIM_US, {}, "gcchigh"),
        (MX_US + DOD, {("autodiscover.contoso.com", "CNAME"): "TIMEOUT"}, U),
        (MX + DOD, {}, "worldwide"),
        ("contoso.com MX 0 contoso-com.mail.protection.partner.outlook.cn.\n", {}, "china"),
        (MX + DKIM_US, {}, None),
        (MX_US + DKIM, {}, None),
        (DKIM + "contoso.com MX 10 mail.contoso.com.\n", {("contoso.com", "MX"): "SERVFAIL"}, U),
        (MX + DKIM, BOTH_FAIL, U),
        ("", {("contoso.com", "MX"): "REFUSED", **BOTH_FAIL}, U),
        (
            f"{S1} CNAME {T1}.\n{S2} CNAME {T2.replace('.com', '.us')}.\n",
            {("contoso.com", "MX"): "SERVFAIL"},
            None,
        ),
    ],
)
def test_the_cloud_is_what_mx_and_dkim_show_together(driver, records, faults, cloud):
    facts, _ = facts_of(driver, records, faults)
    assert facts["m365.cloud"] == cloud


@pytest.mark.parametrize(
    ("records", "faults", "possible"),
    [
        (MX + DKIM, {}, {"worldwide"}),
        ("", {}, {None}),
        (MX + DKIM_US, {}, {None}),
        (MX, BOTH_FAIL, {"worldwide", None}),
        ("", {("contoso.com", "MX"): "SERVFAIL"}, {"worldwide", "gcchigh", "china", None}),
    ],
)
def test_what_could_not_be_read_leaves_several_clouds_possible(driver, records, faults, possible):
    world = driver.World(APEX + records, faults)
    wanted = {"mx.cloud", "dkim.tenant"}
    observed = driver.observe(world, driver.Target(domain="contoso.com"), PROBES, wanted)
    assert possible_clouds(observed) == possible
    shown = cloud_shown(observed)
    assert isinstance(shown, Unknown) if len(possible) > 1 else {shown} == possible


def test_what_was_not_asked_is_unknown():
    assert isinstance(cloud_shown({}), Unknown)


def test_autodiscover_is_asked_only_for_the_us_forms_and_only_for_the_cloud(driver):
    def asked(records, wanted):
        _, world = facts_of(driver, records, wanted=wanted)
        return any(question.name.startswith("autodiscover") for question in world.questions)

    assert asked(MX_US, {"m365.cloud"})
    assert asked(DKIM_US, {"m365.cloud"})
    assert not asked(MX + DKIM, {"m365.cloud"})
    assert not asked(MX_US + DKIM_US, {"m365.tenant_domain"})


@pytest.mark.parametrize(
    ("records", "faults", "tenant"),
    [
        (DKIM, {}, "contoso.onmicrosoft.com"),
        (f"{S2} CNAME {T2}.\n", {}, "contoso.onmicrosoft.com"),
        (f"{S1} CNAME selector1-contoso-com._domainkey.Contoso.n-v1.dkim.mail.microsoft.\n", {}, "contoso.onmicrosoft.com"),
        (DKIM_US, {}, "contoso.onmicrosoft.us"),
        (f"{S1} CNAME {T1}.contoso.com.\n", {}, "contoso.onmicrosoft.com"),
        (f"{S1} CNAME {T1}.\n{S2} CNAME {T2.replace('contoso.on', 'fabrikam.on')}.\n", {}, None),
        (f"{S1} CNAME k.sender.test.\n", {}, None),
        ("", {}, None),
        (DKIM, BOTH_FAIL, U),
        (DKIM, {(S1, "TXT"): "SERVFAIL"}, "contoso.onmicrosoft.com"),
    ],
)  # fmt: skip
def test_the_tenants_initial_domain_is_read_from_the_dkim_targets(driver, records, faults, tenant):
    facts, _ = facts_of(driver, records, faults)
    assert facts["m365.tenant_domain"] == tenant


@pytest.mark.parametrize(
    ("texts", "token"),
    [
        (["MS=ms12345678"], "MS=ms12345678"),
        ([" MS=ms12345678 "], "MS=ms12345678"),
        (["ms=MS12345678"], "ms=MS12345678"),
        (["v=verifydomain MS=1234567"], "MS=1234567"),
        (["v=spf1 -all", "MS=ms87654321", "MS=ms12345678"], "MS=ms12345678"),
        (["MS=ms12345678,"], None),
        (["MS=MS=ms12345678"], None),
        (["MS=abcdef"], None),
        (["v=spf1 -all"], None),
        ([], None),
    ],
)
def test_the_verification_token_is_found_among_the_texts(driver, texts, token):
    facts, _ = facts_of(driver, "".join(f"contoso.com TXT {text}\n" for text in texts))
    assert facts["m365.verification"] == token


def test_an_unread_apex_leaves_the_token_unknown(driver):
    facts, _ = facts_of(driver, "contoso.com TXT MS=ms12345678\n", {("contoso.com", "TXT"): "SERVFAIL"})
    assert facts["m365.verification"] == U


def test_two_rounds_tell_everything(driver):
    _, world = facts_of(driver, MX_US + DKIM_US + DOD)
    assert len(world.rounds) == 2


LINES = st.sampled_from(
    [
        MX,
        MX_US,
        f"{S1} CNAME {T1}.\n",
        f"{S2} CNAME {T2.replace('.com', '.us')}.\n",
        DOD,
        "contoso.com TXT MS=ms12345678\n",
    ]
)
FAULTS = st.dictionaries(
    st.sampled_from(
        [("contoso.com", "MX"), ("contoso.com", "TXT"), ("autodiscover.contoso.com", "CNAME"), *BOTH_FAIL, (T1, "TXT")]
    ),
    st.sampled_from(["SERVFAIL", "TIMEOUT", "REFUSED", "MALFORMED"]),
)


@settings(max_examples=300, deadline=None)
@given(lines=st.lists(LINES, unique=True), faults=FAULTS)
def test_a_failing_answer_never_changes_what_is_known(driver, lines, faults):
    whole, _ = facts_of(driver, "".join(lines))
    broken, _ = facts_of(driver, "".join(lines), faults)
    assert all(value in (U, whole[name]) for name, value in broken.items())


@settings(max_examples=200, deadline=None)
@given(
    kind=st.sampled_from(["MX", "TXT"]), value=st.text(alphabet=st.characters(exclude_characters="\n"), max_size=100)
)
def test_no_value_makes_the_probe_raise(driver, kind, value):
    facts, _ = facts_of(driver, f"contoso.com {kind} {value}\n")
    assert facts.keys() == ALL
