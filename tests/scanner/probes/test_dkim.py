import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.fact import documented
from rules.facts import Unknown, catalogue
from scanner.probes import dkim
from scanner.probes.dkim import PROBE, live_key, wildcard_name

ALL = frozenset(name for name in catalogue() if name.startswith("dkim."))


def spki(bits):
    def der(tag, content):
        size = len(content)
        long = size.to_bytes(2, "big")
        return bytes([tag]) + (bytes([size]) if size < 0x80 else b"\x82" + long) + content

    modulus = (1 << (bits - 1)) + 1
    number = der(2, modulus.to_bytes(bits // 8 + 1, "big"))
    key = der(0x30, number + der(2, b"\x01\x00\x01"))
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    return base64.b64encode(der(0x30, algorithm + der(3, b"\0" + key))).decode()


KEY = f"v=DKIM1; k=rsa; p={spki(2048)}"
T1 = "selector1-contoso-com._domainkey.contoso.onmicrosoft.com"
T2 = "selector2-contoso-com._domainkey.contoso.onmicrosoft.com"
N1 = "selector1-contoso-com._domainkey.contoso.n-v1.dkim.mail.microsoft"
N2 = "selector2-contoso-com._domainkey.contoso.n-v1.dkim.mail.microsoft"
S1 = "selector1._domainkey.contoso.com"
S2 = "selector2._domainkey.contoso.com"
PAIR = f"{S1} CNAME {T1}.\n{S2} CNAME {T2}.\n{T1} TXT {KEY}\n"
NEW_PAIR = f"{S1} CNAME {N1}.\n{S2} CNAME {N2}.\n{N1} TXT {KEY}\n"
OWN = "k1.dkim.fabrikam.com"
U = "unknown"


def one(target, text=""):
    """selector1 alone, pointing to a target; with a record there."""
    return f"{S1} CNAME {target}\n" + (f"{target.lower().rstrip('.')} TXT {text}\n" if text else "")


CASES = [
    ("both in the classic form, one live", PAIR, {}, {
        "selector1.cname": T1, "selector1.target_format": "classic", "selector1.target_matches": True,
        "selector1.tenant": "contoso", "selector1.key_status": "live", "selector1.key_type": "rsa", "selector1.bits": 2048,
        "selector1.problem": None, "selector1.suggested": None, "selector2.key_status": "none", "selector2.problem": None,
        "selector2.target_matches": True, "selector2.bits": None, "tenant": "contoso", "same_target": False, "wildcard": False}),
    ("both in the 2025 form", NEW_PAIR, {}, {
        "selector1.target_format": "2025", "selector1.target_matches": True, "selector1.key_status": "live",
        "selector2.target_format": "2025", "selector2.key_status": "none", "selector2.problem": None, "tenant": "contoso"}),
    ("upper case and a tenant in capitals", one("Selector1-CONTOSO-com._domainkey.Contoso.onmicrosoft.COM.", KEY), {}, {
        "selector1.cname": T1, "selector1.target_matches": True, "selector1.tenant": "contoso", "selector1.key_status": "live"}),
    ("no final dot", one(T1, KEY), {}, {"selector1.cname": T1, "selector1.target_matches": True}),
    ("an alias of one's own, which Microsoft does not follow to its target", f"{S1} CNAME {OWN}\n{OWN} CNAME {T1}\n{T1} TXT {KEY}", {}, {
        "selector1.cname": OWN, "selector1.target_format": "other", "selector1.target_matches": False, "selector1.tenant": None,
        "selector1.key_status": "live", "selector1.problem": "other_target"}),
    ("an alias of one's own that goes nowhere else", f"{S1} CNAME {OWN}\n{OWN} TXT {KEY}", {}, {
        "selector1.target_format": "other", "selector1.target_matches": False, "selector1.problem": "other_target", "selector1.key_status": "live"}),
    ("another's target whose end does not answer", f"{S1} CNAME {OWN}\n{OWN} CNAME {T1}", {"faults": {(OWN, "TXT"): "SERVFAIL"}}, {
        "selector1.cname": OWN, "selector1.target_format": "other", "selector1.problem": "other_target", "selector1.key_status": U}),
    ("another Microsoft service's target", one("selector1-azurecomm-prod-net._domainkey.azurecomm.net"), {}, {
        "selector1.target_format": "other", "selector1.problem": "other_target", "selector1.suggested": None}),
    ("the name _domainkey and the zone appended", one(f"{T1}._domainkey.contoso.com."), {}, {
        "selector1.problem": "zone_appended", "selector1.suggested": T1}),
    ("a target as TXT is superseded by the CNAME", f"{S1} TXT {T1}", {}, {"selector1.suggested": T1, "selector1.superseded": (T1,), "selector2.superseded": ()}),
    ("a copied key is superseded by the target that selector2 tells", f"{S1} TXT {KEY}\n{S2} CNAME {T2}", {}, {
        "selector1.suggested": T1, "selector1.superseded": (KEY,)}),
    ("a key whose successor is not known stays", f"{S1} TXT {KEY}", {}, {"selector1.suggested": None, "selector1.superseded": ()}),
    ("what a wildcard answers cannot be deleted at the selector", f"{S1} TXT {KEY}\n{S2} CNAME {T2}\n{wildcard_name('contoso.com')} TXT {KEY}", {}, {
        "selector1.suggested": T1, "selector1.superseded": ()}),
    ("whether a wildcard answers is open", f"{S1} TXT {KEY}\n{S2} CNAME {T2}", {"faults": {(wildcard_name("contoso.com"), "TXT"): "SERVFAIL"}}, {
        "selector1.suggested": T1, "selector1.superseded": U}),
    ("nothing published", "contoso.com TXT hello", {}, {
        "selector1.cname": None, "selector1.target_format": "none", "selector1.target_matches": False, "selector1.tenant": None,
        "selector1.key_status": "none", "selector1.key_type": None, "selector1.bits": None, "selector1.problem": None,
        "selector1.suggested": None, "tenant": None, "same_target": False, "wildcard": False}),
    ("selector2 is missing and follows from selector1", one(T1, KEY), {}, {
        "selector2.cname": None, "selector2.suggested": T2, "selector1.suggested": None}),
    ("selector1 is missing and follows from selector2", f"{S2} CNAME {N2}.", {}, {"selector1.suggested": N1}),
    ("selector2 dormant: its target exists without a key", PAIR + f"{T2} A 192.0.2.1", {}, {
        "selector2.cname": T2, "selector2.key_status": "none", "selector2.problem": None}),
    ("both live", PAIR + f"{T2} TXT {KEY}", {}, {"selector1.key_status": "live", "selector2.key_status": "live"}),
    ("swapped", f"{S1} CNAME {T2}.\n{S2} CNAME {T1}.\n{T1} TXT {KEY}", {}, {
        "selector1.problem": "wrong_selector", "selector1.target_matches": False, "selector1.suggested": T1,
        "selector2.problem": "wrong_selector", "selector2.suggested": T2, "same_target": False, "selector1.tenant": "contoso"}),
    ("both at selector1's target", f"{S1} CNAME {T1}.\n{S2} CNAME {T1}.\n{T1} TXT {KEY}", {}, {
        "same_target": True, "selector1.problem": None, "selector2.problem": "wrong_selector", "selector2.suggested": T2}),
    ("another domain's target", one(T1.replace("contoso-com", "fabrikam-com"), KEY), {}, {
        "selector1.problem": "other_domain", "selector1.target_matches": False, "selector1.key_status": "live",
        "selector1.suggested": None, "selector1.tenant": "contoso"}),
    ("another domain's target beside a right one", f"{S1} CNAME {T1.replace('contoso-com', 'fabrikam-com')}.\n{S2} CNAME {T2}.", {}, {
        "selector1.problem": "other_domain", "selector1.suggested": T1}),
    ("the initial domain's own selector", one("selector1-contoso-onmicrosoft-com._domainkey.contoso.onmicrosoft.com", KEY), {}, {
        "selector1.problem": "other_domain"}),
    ("the listed tenant agrees", PAIR, {"tenant": "contoso.onmicrosoft.com"}, {"selector1.problem": None}),
    ("the listed tenant is another", PAIR, {"tenant": "fabrikam"}, {
        "selector1.problem": "other_tenant", "selector1.target_matches": False, "selector1.suggested": None,
        "selector2.problem": "other_tenant", "tenant": "contoso"}),
    ("the listed tenant is a GUID", PAIR, {"tenant": "00000000-0000-4000-8000-000000000000"}, {"selector1.problem": None}),
    ("two tenants", f"{S1} CNAME {T1}.\n{S2} CNAME {T2.replace('contoso.on', 'fabrikam.on')}.", {}, {
        "selector1.tenant": "contoso", "selector2.tenant": "fabrikam", "tenant": None}),
    ("own zone appended to both", f"{S1} CNAME {T1}.contoso.com.\n{S2} CNAME {T2}.contoso.com.", {}, {
        "selector1.problem": "zone_appended", "selector1.target_format": "other", "selector1.target_matches": False,
        "selector1.suggested": T1, "selector2.suggested": T2, "selector1.cname": f"{T1}.contoso.com", "selector1.key_status": "none"}),
    ("own zone appended to the 2025 form", one(N1 + ".contoso.com."), {}, {
        "selector1.problem": "zone_appended", "selector1.suggested": N1}),
    ("a blank at the end", one(T1 + "\\032"), {}, {"selector1.problem": "bad_target", "selector1.suggested": T1}),
    ("a misspelt zone", one(T1.replace("onmicrosoft", "onmicorsoft")), {}, {"selector1.problem": "bad_target", "selector1.suggested": T1}),
    ("the 2025 form with .com at the end", one(N1 + ".com."), {}, {"selector1.problem": "bad_target", "selector1.suggested": N1}),
    ("a damaged target without a certain mending", one("selector1-contoso-com._domainkey.contoso.com."), {}, {
        "selector1.problem": "bad_target", "selector1.suggested": None}),
    ("the damage is mended from the sibling", f"{S1} CNAME selector1-contoso-com._domainkey.contoso.com.\n{S2} CNAME {T2}.", {}, {
        "selector1.problem": "bad_target", "selector1.suggested": T1}),
    ("the closed German cloud", one(T1.replace(".com", ".de")), {}, {"selector1.problem": "retired_target", "selector1.suggested": None}),
    ("another sender's target", one("s1.dkim.sender.test.", KEY), {}, {
        "selector1.problem": "other_target", "selector1.target_format": "other", "selector1.key_status": "live", "selector1.tenant": None}),
    ("the apex as target", one("contoso.com."), {}, {"selector1.problem": "other_target", "selector1.key_status": "none"}),
    ("target published as TXT", f"{S1} TXT {T1}", {}, {
        "selector1.problem": "target_as_txt", "selector1.cname": None, "selector1.key_status": "none", "selector1.suggested": T1,
        "selector1.target_format": "none"}),
    ("target published as TXT with a final dot", f"{S1} TXT {N1}.", {}, {
        "selector1.problem": "target_as_txt", "selector1.suggested": N1}),
    ("selector2's target as TXT at selector1", f"{S1} TXT {T2}", {}, {"selector1.problem": "target_as_txt", "selector1.suggested": T1}),
    ("target as TXT with the zone appended", f"{S1} TXT {T1}.contoso.com", {}, {
        "selector1.problem": "target_as_txt", "selector1.suggested": T1}),
    ("another domain's target as TXT", f"{S1} TXT selector1-fabrikam-com._domainkey.contoso.onmicrosoft.com", {}, {
        "selector1.problem": "target_as_txt", "selector1.suggested": None}),
    ("a damaged target as TXT", f"{S1} TXT selector1-contoso-com._domainkey.contoso.com", {}, {"selector1.problem": "target_as_txt"}),
    ("target as TXT beside a key", f"{S1} TXT {T1}\n{S1} TXT {KEY}", {}, {
        "selector1.problem": "target_as_txt", "selector1.key_status": "invalid"}),
    ("a key in the place of the CNAME", f"{S1} TXT {KEY}", {}, {
        "selector1.problem": "txt_instead_of_cname", "selector1.key_status": "live", "selector1.bits": 2048,
        "selector1.target_format": "none", "selector1.target_matches": False}),
    ("a key in the place of the CNAME, mended from the sibling", f"{S1} TXT {KEY}\n{S2} CNAME {T2}.", {}, {"selector1.suggested": T1}),
    ("a revoked key in the place of the CNAME", f"{S1} TXT v=DKIM1; p=", {}, {
        "selector1.problem": "txt_instead_of_cname", "selector1.key_status": "revoked", "selector1.bits": None}),
    ("a revoked key", one(T1, "v=DKIM1; p="), {}, {"selector1.key_status": "revoked", "selector1.problem": None, "selector1.key_type": "rsa"}),
    ("a testing key", one(T1, KEY + "; t=y"), {}, {"selector1.key_status": "testing", "selector1.problem": None, "selector1.bits": 2048}),
    ("an Ed25519 key", one(T1, "v=DKIM1; k=ed25519; p=" + base64.b64encode(bytes(32)).decode()), {}, {
        "selector1.key_status": "live", "selector1.key_type": "ed25519", "selector1.bits": 256}),
    ("a key of 1024 bits", one(T1, f"v=DKIM1; p={spki(1024)}"), {}, {"selector1.bits": 1024, "selector1.problem": None}),
    ("a key of 512 bits", one(T1, f"v=DKIM1; p={spki(512)}"), {}, {
        "selector1.bits": 512, "selector1.problem": "weak_key", "selector1.key_status": "invalid", "selector1.target_matches": True}),
    ("a damaged key", one(T1, "v=DKIM1; p=AAAA"), {}, {"selector1.problem": "bad_key", "selector1.key_status": "invalid", "selector1.bits": None}),
    ("text that is no key", one(T1, "hello"), {}, {"selector1.problem": "bad_key", "selector1.key_status": "invalid"}),
    ("a key of an unknown kind", one(T1, "v=DKIM1; k=pqc; p=AAAA"), {}, {"selector1.key_type": "other", "selector1.problem": "bad_key"}),
    ("several keys", one(T1, KEY) + f"{T1} TXT v=DKIM1; p=", {}, {
        "selector1.problem": "several_keys", "selector1.key_status": "invalid", "selector1.bits": None}),
    ("a key beside a record of another kind", one(T1, KEY) + f"{T1} TXT v=spf1 -all", {}, {
        "selector1.key_status": "live", "selector1.problem": None}),
    ("only a record of another kind", f"{S1} TXT v=spf1 -all", {}, {"selector1.key_status": "none", "selector1.problem": None}),
    ("a verification token that a wildcard brings here", f"{S1} TXT google-site-verification=abc", {}, {
        "selector1.key_status": "none", "selector1.problem": None}),
    ("the problem of the target is told before that of the key", one(T2, "v=DKIM1; p=AAAA"), {}, {"selector1.problem": "wrong_selector"}),
    ("a CNAME that leads on", one(T1) + f"{T1} CNAME k._domainkey.host.test.\nk._domainkey.host.test TXT {KEY}", {}, {
        "selector1.cname": T1, "selector1.key_status": "live"}),
    ("GCC High", one("selector1-contoso-com._domainkey.contoso.onmicrosoft.us."), {}, {
        "selector1.target_format": "classic", "selector1.target_matches": True, "selector1.tenant": "contoso"}),
    ("China", one("selector1-contoso-com._domainkey.contoso.partner.onmschina.cn."), {}, {"selector1.target_matches": True}),
    ("SERVFAIL behind a seen CNAME", PAIR, {"faults": {(T1, "TXT"): "SERVFAIL"}}, {
        "selector1.cname": T1, "selector1.target_format": "classic", "selector1.target_matches": True, "selector1.tenant": "contoso",
        "selector1.key_status": U, "selector1.key_type": U, "selector1.bits": U, "selector1.problem": U, "selector1.suggested": None,
        "tenant": "contoso", "same_target": False}),
    ("SERVFAIL of the TXT, and the CNAME asked by itself", PAIR, {"faults": {(S1, "TXT"): "SERVFAIL"}}, {
        "selector1.cname": T1, "selector1.target_matches": True, "selector1.key_status": U, "tenant": "contoso"}),
    ("TXT and CNAME both fail", PAIR, {"faults": {(S1, "TXT"): "TIMEOUT", (S1, "CNAME"): "TIMEOUT"}}, {
        "selector1.cname": U, "selector1.target_format": U, "selector1.target_matches": U, "selector1.tenant": U,
        "selector1.problem": U, "selector1.suggested": U, "tenant": U, "same_target": U, "selector2.cname": T2,
        "selector2.suggested": None}),
    ("the TXT fails and there is no CNAME", f"{S1} TXT {KEY}", {"faults": {(S1, "TXT"): "REFUSED"}}, {
        "selector1.cname": None, "selector1.target_format": "none", "selector1.target_matches": False, "selector1.key_status": U,
        "selector1.problem": U, "selector1.suggested": U}),
    ("a bad target is told though the key fails", one(T2), {"faults": {(T2, "TXT"): "SERVFAIL"}}, {
        "selector1.problem": "wrong_selector", "selector1.key_status": U, "selector1.suggested": T1}),
    ("the sibling fails", f"{S2} CNAME {T2}.", {"faults": {(S2, "TXT"): "SERVFAIL", (S2, "CNAME"): "SERVFAIL"}}, {
        "selector1.cname": None, "selector1.suggested": U, "selector2.suggested": U, "tenant": U, "same_target": False}),
    ("everything malformed", PAIR, {"faults": {(n, t): "MALFORMED" for n in (S1, S2) for t in ("TXT", "CNAME")}}, {
        "selector1.cname": U, "selector2.cname": U, "tenant": U, "same_target": U}),
    ("a wildcard with text", f"*._domainkey.contoso.com TXT v=DKIM1; p=\n{wildcard_name('contoso.com')} TXT v=DKIM1; p=", {}, {"wildcard": True}),
    ("a wildcard alias", f"{wildcard_name('contoso.com')} CNAME contoso.com.", {}, {"wildcard": True}),
    ("the wildcard test fails", PAIR, {"faults": {(wildcard_name("contoso.com"), "TXT"): "SERVFAIL"}}, {"wildcard": U}),
    ("a hyphenated domain with its token", "selector1._domainkey.contoso-group.com CNAME "
        "selector1-contosogroup-com03f._domainkey.contoso.onmicrosoft.com.", {"domain": "contoso-group.com"}, {
        "selector1.target_matches": True, "selector1.problem": None}),
    ("a hyphenated domain with the token of another", "selector1._domainkey.contoso-group.com CNAME "
        "selector1-contoso-com._domainkey.contoso.onmicrosoft.com.", {"domain": "contoso-group.com"}, {
        "selector1.target_matches": False, "selector1.problem": "other_domain"}),
    ("an internationalised domain is not judged by its token", "selector1._domainkey.xn--bcher-kva.test CNAME "
        "selector1-anything._domainkey.contoso.onmicrosoft.com.", {"domain": "xn--bcher-kva.test"}, {"selector1.target_matches": True}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("records", "options", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_pair_of_selectors_is_read(driver, records, options, expected):
    world = driver.World(records, options.get("faults"))
    target = driver.Target(domain=options.get("domain", "contoso.com"), tenant=options.get("tenant", ""))
    facts = driver.facts_of(world, target, [PROBE], ALL)
    shown = {name: U if isinstance(facts[f"dkim.{name}"], Unknown) else facts[f"dkim.{name}"] for name in expected}
    assert shown == expected


def test_there_are_at_least_sixty_cases():
    assert len(CASES) >= 60


def test_two_rounds_are_enough_and_one_where_nothing_fails(driver):
    world = driver.World(PAIR)
    driver.facts_of(world, driver.Target(domain="contoso.com"), [PROBE], ALL)
    assert len(world.rounds) == 1
    world = driver.World(PAIR, {(S1, "TXT"): "SERVFAIL"})
    driver.facts_of(world, driver.Target(domain="contoso.com"), [PROBE], ALL)
    assert [question.type for question in world.rounds[1]] == ["CNAME"]


def test_only_what_is_wanted_is_asked(driver):
    world = driver.World(PAIR)
    facts = driver.facts_of(world, driver.Target(domain="contoso.com"), [PROBE], {"dkim.selector1.cname"})
    assert [question.name for question in world.questions] == [S1]
    assert not any(name.startswith(("dkim.selector2", "dkim.wildcard")) for name in facts)
    world = driver.World(PAIR)
    driver.facts_of(world, driver.Target(domain="contoso.com"), [PROBE], {"dkim.wildcard"})
    assert [question.name for question in world.questions] == [wildcard_name("contoso.com")]


def test_further_selectors_of_the_list_are_looked_at(driver):
    records = (
        PAIR + f"k1._domainkey.contoso.com TXT v=DKIM1; p={spki(1024)}\nk2._domainkey.contoso.com CNAME k2.sender.test."
    )
    target = driver.Target(domain="contoso.com", selectors=("K1", "k2.", "selector1", "k1", "a b", "x..y", ""))
    facts = driver.facts_of(driver.World(records), target, [PROBE], ALL)
    found = {entry.name: entry for entry in facts["dkim.selectors"]}
    assert list(found) == ["selector1", "selector2", "k1", "k2", "a b", "x..y"]
    assert (found["k1"].key_status, found["k1"].bits, found["k1"].problem) == ("live", 1024, None)
    assert (found["k2"].cname, found["k2"].target_format, found["k2"].problem) == ("k2.sender.test", "other", None)
    assert found["selector1"].target_matches is True
    assert isinstance(found["a b"].key_status, Unknown)


def test_a_list_of_selectors_has_an_end(driver):
    target = driver.Target(domain="contoso.com", selectors=tuple(f"s{number}" for number in range(500)))
    world = driver.World(PAIR)
    facts = driver.facts_of(world, target, [PROBE], ALL)
    assert len(world.questions) == 2 + dkim.MOST_SELECTORS + 1
    assert isinstance(facts["dkim.selectors"][-1].key_status, Unknown)


def test_the_wildcard_name_is_derived_from_the_domain():
    digest = hashlib.sha256(b"contoso.com").hexdigest()[:12]
    assert wildcard_name("contoso.com") == f"mailready-{digest}._domainkey.contoso.com"


@pytest.mark.parametrize(
    ("records", "faults", "live"),
    [
        (PAIR, {}, True),
        (PAIR, {(T2, "TXT"): "SERVFAIL"}, True),
        (PAIR, {(T1, "TXT"): "SERVFAIL"}, U),
        (one(T1, "v=DKIM1; p="), {}, False),
        ("contoso.com TXT hello", {}, False),
    ],
)
def test_a_live_key_is_a_sign_of_a_sender(driver, records, faults, live):
    target = driver.Target(domain="contoso.com")
    observed = driver.observe(driver.World(records, faults), target, [PROBE], ALL)
    verdict = live_key(observed["dkim"], target)
    assert (U if isinstance(verdict, Unknown) else verdict) == live


def test_provenance_names_the_questions_of_each_fact(driver):
    target = driver.Target(domain="contoso.com")
    observed = driver.observe(driver.World(PAIR), target, [PROBE], ALL)
    asked = driver.provenance(PROBE.fold(target, observed, driver.Profile()), "dkim")
    names = {fact: [question.name for question in questions] for fact, questions in asked.items()}
    assert names["dkim.selector1.cname"] == [S1]
    assert names["dkim.selector1.suggested"] == names["dkim.tenant"] == [S1, S2]
    assert names["dkim.selector2.superseded"] == [S1, S2, wildcard_name("contoso.com")]
    assert names["dkim.wildcard"] == [wildcard_name("contoso.com")]


RECORDS = st.sampled_from(
    [
        f"{S1} CNAME {T1}.", f"{S1} CNAME {T2}.", f"{S1} CNAME {N1}.", f"{S1} CNAME {T1}.contoso.com.", f"{S1} CNAME {T1}\\032",
        f"{S2} CNAME {T2}.", f"{S2} CNAME {N2}.", f"{S2} CNAME {T1}.", f"{S2} CNAME {T2.replace('contoso.on', 'fabrikam.on')}.",
        f"{S1} TXT {T1}", f"{S1} TXT {KEY}", f"{S2} TXT v=DKIM1; p=", f"{T1} TXT {KEY}", f"{T2} TXT {KEY}", f"{N1} TXT garbage",
        f"{wildcard_name('contoso.com')} TXT {KEY}", "contoso.com TXT hello",
        f"{S1} CNAME {OWN}.", f"{OWN} CNAME {T1}.", f"{OWN} TXT {KEY}",
    ]
)  # fmt: skip
FAULTS = st.dictionaries(
    st.sampled_from(
        [(n, t) for n in (S1, S2, T1, T2, N1, OWN, wildcard_name("contoso.com")) for t in ("TXT", "CNAME")]
    ),
    st.sampled_from(["SERVFAIL", "TIMEOUT", "REFUSED", "MALFORMED", "NOT_RECORDED"]),
)


def settled(value):
    """The parts of a fact that are known, by place."""
    if isinstance(value, Unknown):
        return {}
    if isinstance(value, tuple):
        return {
            (place, name): part
            for place, entry in enumerate(value)
            for name, part in vars_of(entry)
            if not isinstance(part, Unknown)
        }
    return {"": value}


def vars_of(entry):
    if isinstance(entry, str):
        return [("", entry)]
    return [(name, getattr(entry, name)) for name in documented(type(entry))]


@settings(max_examples=400, deadline=None)
@given(records=st.lists(RECORDS, min_size=1, max_size=8, unique=True), faults=FAULTS)
def test_a_failing_answer_never_changes_what_is_known(driver, records, faults):
    aliases = {line.split(" ")[0]: line for line in records if " CNAME " in line}
    texts = [line for line in records if " TXT " in line and line.split(" ")[0] not in aliases]
    zone = "\n".join(["contoso.com A 192.0.2.1", *aliases.values(), *texts])
    target = driver.Target(domain="contoso.com")
    whole = driver.facts_of(driver.World(zone), target, [PROBE], ALL)
    broken = driver.facts_of(driver.World(zone, faults), target, [PROBE], ALL)
    for name, value in broken.items():
        known = settled(whole[name])
        assert all(known.get(place) == part for place, part in settled(value).items()), name


@settings(max_examples=200, deadline=None)
@given(
    kind=st.sampled_from(["TXT", "CNAME"]),
    value=st.text(
        alphabet=st.characters(exclude_characters="\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"), min_size=1, max_size=200
    ),
)
def test_no_value_makes_the_probe_raise(driver, kind, value):
    facts = driver.facts_of(driver.World(f"{S1} {kind} {value}"), driver.Target(domain="contoso.com"), [PROBE], ALL)
    assert facts.keys() == ALL
