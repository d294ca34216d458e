import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.facts import Unknown
from scanner.probes import dkim, dmarc, domain, mx, spf
from scanner.probes.domain import unicode_name

PROBES = [domain.PROBE, mx.PROBE, spf.PROBE, dkim.PROBE, dmarc.PROBE]
MAIL = {"domain.exists", "domain.receives_mail", "domain.sends_mail", "domain.parked"}
U = "unknown"
S1 = "selector1._domainkey.contoso.com"
S2 = "selector2._domainkey.contoso.com"
T1 = "selector1-contoso-com._domainkey.contoso.onmicrosoft.com"
KEY = "v=DKIM1; k=ed25519; p=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
MX = "contoso.com MX 0 contoso-com.mail.protection.outlook.com."
NULL = "contoso.com MX 0 ."
BARRED = "contoso.com TXT v=spf1 -all"
SPF = "contoso.com TXT v=spf1 ip4:192.0.2.0/24 -all"
TOKEN = "contoso.com TXT MS=ms12345678"
APEX = "contoso.com A 192.0.2.80"
MX_FAILS = {("contoso.com", "MX"): "SERVFAIL"}
TXT_FAILS = {("contoso.com", "TXT"): "SERVFAIL"}
DKIM_FAILS = {(name, kind): "SERVFAIL" for name in (S1, S2) for kind in ("TXT", "CNAME")}


def facts_of(driver, lines, faults=None, wanted=MAIL, **target):
    world = driver.World("\n".join(lines), faults)
    facts = driver.facts_of(world, driver.Target(**{"domain": "contoso.com", **target}), PROBES, wanted)
    return {name: U if isinstance(facts[name], Unknown) else facts[name] for name in wanted}


CASES = [
    ("receives and sends", [MX, SPF], {}, (True, True, True, False)),
    ("nothing at all", [APEX], {}, (True, False, False, True)),
    ("no such domain", ["fabrikam.test A 192.0.2.1"], {}, (False, False, False, True)),
    ("locked down: null MX and -all", [NULL, BARRED], {}, (True, False, False, True)),
    ("only the null MX", [NULL], {}, (True, False, False, True)),
    ("only -all", [BARRED], {}, (True, False, False, True)),
    ("sends only", [SPF], {}, (True, False, True, False)),
    ("a null MX, but it sends", [NULL, SPF], {}, (True, False, True, False)),
    ("receives only", [MX, BARRED], {}, (True, True, False, False)),
    ("a live key is a sender", [NULL, f"{S1} TXT {KEY}"], {}, (True, False, True, False)),
    ("a revoked key is none", [APEX, f"{S1} TXT v=DKIM1; p="], {}, (True, False, False, True)),
    ("a tenant is being prepared: verified", [TOKEN], {}, (True, False, False, False)),
    ("a tenant is being prepared: DKIM", [APEX, f"{S1} CNAME {T1}."], {}, (True, False, False, False)),
    ("verified, but it says that it has no mail", [TOKEN, BARRED], {}, (True, False, False, True)),
    ("verified, with the null MX", [TOKEN, NULL], {}, (True, False, False, True)),
    ("verified, ~all says nothing for certain", [TOKEN, "contoso.com TXT v=spf1 ~all"], {}, (True, False, False, False)),
    ("a CNAME of another sender is no tenant", [APEX, f"{S1} CNAME k.sender.test."], {}, (True, False, False, True)),
    ("MX fails", [MX, SPF], MX_FAILS, (True, U, True, False)),
    ("MX fails of a parked one", [BARRED], MX_FAILS, (True, U, False, U)),
    ("TXT fails, and it receives", [MX, SPF], TXT_FAILS, (True, True, U, False)),
    ("TXT fails of a parked one", [NULL, BARRED], TXT_FAILS, (True, False, U, U)),
    ("TXT fails, and a key lives", [NULL, f"{S1} TXT {KEY}"], TXT_FAILS, (True, False, True, False)),
    ("DKIM fails of a parked one", [NULL, BARRED], DKIM_FAILS, (True, False, U, U)),
    ("DKIM fails, and SPF lets send", [SPF], DKIM_FAILS, (True, False, True, False)),
    ("everything fails", [MX], {**MX_FAILS, **TXT_FAILS, **DKIM_FAILS}, (U, U, U, U)),
    ("NXDOMAIN by one answer, the other fails", ["fabrikam.test A 192.0.2.1"], TXT_FAILS, (False, False, U, U)),
    ("answers that contradict each other", [MX], {("contoso.com", "TXT"): "NXDOMAIN"}, (U, True, False, False)),
    ("an alias that leads nowhere exists", ["contoso.com CNAME gone.test."], {}, (True, False, False, True)),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "faults", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_domains_part_in_mail_is_told(driver, lines, faults, expected):
    facts = facts_of(driver, lines, faults)
    names = ("domain.exists", "domain.receives_mail", "domain.sends_mail", "domain.parked")
    assert tuple(facts[name] for name in names) == expected


def test_a_live_key_at_a_listed_selector_makes_a_sender(driver):
    lines = [NULL, f"k1._domainkey.contoso.com TXT {KEY}"]
    assert facts_of(driver, lines)["domain.sends_mail"] is False
    assert facts_of(driver, lines, selectors=("k1",))["domain.sends_mail"] is True


def test_the_organizational_domain_is_that_of_the_dmarc_walk(driver):
    lines = ["_dmarc.contoso.com TXT v=DMARC1; p=reject", "mail.contoso.com A 192.0.2.1"]
    wanted = {"domain.organizational"}
    assert facts_of(driver, lines, wanted=wanted, domain="mail.contoso.com") == {"domain.organizational": "contoso.com"}
    faults = {("_dmarc.contoso.com", "TXT"): "SERVFAIL"}
    assert facts_of(driver, lines, faults, wanted, domain="mail.contoso.com") == {"domain.organizational": U}


def test_the_name_needs_no_question(driver):
    world = driver.World(APEX)
    facts = driver.facts_of(
        world, driver.Target(domain="xn--bcher-kva.test"), PROBES, {"domain.name", "domain.unicode"}
    )
    assert facts["domain.name"] == "xn--bcher-kva.test"
    assert facts["domain.unicode"] == "bücher.test"
    assert world.questions == []


@pytest.mark.parametrize(
    ("domain_name", "shown"),
    [
        ("contoso.com", "contoso.com"),
        ("xn--bcher-kva.test", "bücher.test"),
        ("www.xn--bcher-kva.test", "www.bücher.test"),
        ("xn--a.test", "xn--a.test"),
        ("xn--.test", "xn--.test"),
        ("xn--99999999999.xn--bcher-kva.test", "xn--99999999999.bücher.test"),
    ],
)
def test_a_label_that_is_no_valid_a_label_stays(domain_name, shown):
    assert unicode_name(domain_name) == shown


@given(st.text(max_size=100))
def test_no_domain_makes_the_name_raise(text):
    unicode_name("xn--" + text)


LINES = st.sampled_from(
    [
        MX,
        NULL,
        BARRED,
        SPF,
        TOKEN,
        APEX,
        f"{S1} CNAME {T1}.",
        f"{T1} TXT {KEY}",
        f"{S2} TXT {KEY}",
        "contoso.com TXT v=spf1 ~all",
    ]
)
FAULTS = st.dictionaries(
    st.sampled_from([*MX_FAILS, *TXT_FAILS, *DKIM_FAILS, (T1, "TXT")]),
    st.sampled_from(["SERVFAIL", "TIMEOUT", "REFUSED", "MALFORMED"]),
)


@settings(max_examples=300, deadline=None)
@given(lines=st.lists(LINES, unique=True), faults=FAULTS)
def test_a_failing_answer_never_changes_what_is_known(driver, lines, faults):
    whole, broken = facts_of(driver, lines), facts_of(driver, lines, faults)
    assert all(value in (U, whole[name]) for name, value in broken.items())
