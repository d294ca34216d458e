import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.fact import documented
from rules.facts import Unknown, catalogue
from scanner.dns.answer import Question
from scanner.probes import mx
from scanner.probes.mx import PROBE, clouds, only_null, receives_mail

ALL = frozenset(name for name in catalogue() if name.startswith("mx."))
U = "unknown"
M = "contoso-com.mail.protection.outlook.com"
M_A = f"{M} A 192.0.2.1"
N = "contoso-com.o-v1.mx.microsoft"
N_A = f"{N} A 192.0.2.2"
G = "eu-smtp-inbound-1.mimecast.com"
G_A = f"{G} A 192.0.2.3"
OLD_A = "mail.contoso.com A 192.0.2.4"
APEX = "contoso.com A 192.0.2.80"


def zone(*lines):
    """Records, where `10 host` alone is an MX of contoso.com."""
    return "\n".join(line if " " in line and not line[0].isdigit() else f"contoso.com MX {line}" for line in lines)


CASES = [
    ("the classic form", zone(f"0 {M}.", M_A), {}, {
        "status": "present", "hosts": (M,), "null": False, "provider": "microsoft365", "primary_provider": "microsoft365",
        "primary_kind": "microsoft365", "m365_format": "classic", "cloud": "worldwide", "leftovers": (), "unresolvable_hosts": (),
        "cname_hosts": (), "ip_literals": (), "expected_m365": M}),
    ("the 2025 form", zone(f"0 {N}.", N_A), {}, {"m365_format": "2025", "cloud": "worldwide", "primary_kind": "microsoft365", "expected_m365": N}),
    ("a partition nobody has seen", zone("0 contoso-com.qq7-v22.mx.microsoft."), {}, {"m365_format": "2025", "leftovers": ()}),
    ("GCC High", zone("0 contoso.mail.protection.office365.us."), {}, {"m365_format": "gov", "cloud": "gcchigh", "primary_kind": "microsoft365"}),
    ("China", zone("0 contoso-com.mail.protection.partner.outlook.cn."), {}, {"m365_format": "china", "cloud": "china"}),
    ("a retired form", zone("0 contoso-com.mail.eo.outlook.com.", M_A), {}, {
        "m365_format": "retired", "primary_kind": "microsoft365", "leftovers": (), "expected_m365": M}),
    ("Forefront's old host", zone("10 mail.messaging.microsoft.com."), {}, {"m365_format": "retired", "provider": "microsoft365"}),
    ("the closed German cloud", zone("10 contoso-de.mail.protection.outlook.de."), {}, {"m365_format": "retired", "cloud": None}),
    ("upper case without a final dot", zone("0 CONTOSO-COM.Mail.Protection.Outlook.COM", M_A), {}, {"hosts": (M,), "m365_format": "classic"}),
    ("mx.microsoft.com is no exchange of Microsoft's form", zone("0 mx.microsoft.com."), {}, {
        "primary_kind": "other", "m365_format": "none", "leftovers": ["mx.microsoft.com"]}),
    ("the consumer service", zone("0 contoso-com.olc.protection.outlook.com."), {}, {"provider": "outlook-consumer", "m365_format": "none", "cloud": None}),
    ("own zone appended", zone(f"0 {M}.contoso.com."), {}, {"primary_kind": "other", "unresolvable_hosts": (f"{M}.contoso.com",)}),
    ("the domain's dots kept in the token", zone("0 contoso.com.mail.protection.outlook.com."), {}, {"primary_kind": "other"}),
    ("the name by which an old tenant was verified", zone("32767 ms12345678.msv1.invalid.", f"0 {M}.", M_A), {}, {
        "primary_kind": "microsoft365", "provider": "mixed", "leftovers": ["ms12345678.msv1.invalid"]}),
    ("no MX", APEX, {}, {
        "status": "none", "hosts": (), "records": [], "null": False, "provider": "none", "primary_provider": "none", "primary_kind": "none",
        "m365_format": "none", "cloud": None, "leftovers": [], "unresolvable_hosts": (), "expected_m365": None}),
    ("no such domain", "fabrikam.test A 192.0.2.1", {}, {"status": "none", "hosts": ()}),
    ("the null MX", zone("0 ."), {}, {
        "status": "null_mx", "hosts": (), "null": True, "provider": "none", "primary_kind": "none", "leftovers": [""], "cname_hosts": ()}),
    ("the null MX with another preference is none the less no host", zone("10 ."), {}, {"status": "null_mx", "null": True}),
    ("the null MX beside another", zone("0 .", f"10 {M}.", M_A), {}, {
        "status": "present", "null": True, "hosts": (M,), "primary_kind": "microsoft365", "leftovers": [""]}),
    ("a gateway", zone(f"10 {G}.", G_A), {"inbound": "gateway"}, {
        "provider": "mimecast", "primary_provider": "mimecast", "primary_kind": "gateway", "m365_format": "none", "leftovers": []}),
    ("a gateway where Microsoft is expected", zone(f"10 {G}.", G_A), {}, {"leftovers": [G]}),
    ("Microsoft beside a gateway lets mail pass it by", zone(f"10 {G}.", f"20 {M}.", M_A, G_A), {"inbound": "gateway"}, {
        "provider": "mixed", "primary_provider": "mimecast", "primary_kind": "gateway", "leftovers": [M], "m365_format": "classic"}),
    ("an unknown host beside a gateway", zone(f"10 {G}.", "20 mail.contoso.com.", G_A, OLD_A), {"inbound": "gateway"}, {"leftovers": ["mail.contoso.com"]}),
    ("two gateways of one vendor", zone(f"10 {G}.", "10 eu-smtp-inbound-2.mimecast.com."), {"inbound": "gateway"}, {"provider": "mimecast", "leftovers": []}),
    ("two gateways of two vendors", zone(f"10 {G}.", "10 mx1.hc1.iphmx.com."), {"inbound": "gateway"}, {
        "provider": "mixed", "primary_provider": "mixed", "primary_kind": "gateway", "leftovers": []}),
    ("Google", zone("1 aspmx.l.google.com.", "5 alt1.aspmx.l.google.com."), {}, {
        "provider": "google", "primary_kind": "other", "leftovers": ["aspmx.l.google.com", "alt1.aspmx.l.google.com"]}),
    ("an own server", zone("10 mail.contoso.com.", OLD_A), {}, {"provider": "other", "primary_kind": "other", "leftovers": ["mail.contoso.com"]}),
    ("an own server where another system receives", zone("10 mail.contoso.com.", OLD_A), {"inbound": "other"}, {"leftovers": []}),
    ("a filter before another system is in order", zone(f"10 {G}.", G_A), {"inbound": "other"}, {"leftovers": []}),
    ("Microsoft where another system receives", zone("10 mail.contoso.com.", f"20 {M}.", OLD_A, M_A), {"inbound": "other"}, {"leftovers": [M]}),
    ("a null MX where another system receives", zone("0 .", "10 mail.contoso.com.", OLD_A), {"inbound": "other"}, {"leftovers": [""]}),
    ("every MX is left over where none is expected", zone("0 .", f"10 {M}.", M_A), {"inbound": "none"}, {"leftovers": [M]}),
    ("the null MX is right where none is expected", zone("0 ."), {"inbound": "none"}, {"leftovers": []}),
    ("an old server left behind Microsoft", zone(f"0 {M}.", "10 mail.contoso.com.", M_A, OLD_A), {}, {
        "provider": "mixed", "primary_kind": "microsoft365", "leftovers": ["mail.contoso.com"], "expected_m365": M}),
    ("Microsoft behind an old server", zone("0 mail.contoso.com.", f"10 {M}.", M_A, OLD_A), {}, {
        "primary_kind": "other", "m365_format": "classic", "expected_m365": M}),
    ("Microsoft and another at one preference", zone(f"10 {M}.", "10 mail.contoso.com.", M_A, OLD_A), {}, {
        "primary_kind": "mixed", "primary_provider": "mixed"}),
    ("hosts come by preference and not by name", zone("20 a.test.", "5 b.test.", "10 c.test."), {}, {"hosts": ("b.test", "c.test", "a.test")}),
    ("one preference: hosts by name", zone("10 b.test.", "10 a.test."), {}, {"hosts": ("a.test", "b.test")}),
    ("one host at two preferences", zone("10 mail.contoso.com.", "20 mail.contoso.com.", OLD_A), {}, {
        "hosts": ("mail.contoso.com",), "records": ["mail.contoso.com", "mail.contoso.com"]}),
    ("while moving: the new form waits behind the classic one", zone(f"0 {M}.", f"20 {N}.", M_A, N_A), {}, {
        "m365_format": "classic", "provider": "microsoft365", "leftovers": [], "expected_m365": M}),
    ("after the move: the classic form is last", zone(f"0 {N}.", f"30 {M}.", M_A, N_A), {}, {"m365_format": "2025", "expected_m365": N}),
    ("the highest preference", zone(f"65535 {M}.", M_A), {}, {"status": "present", "primary_kind": "microsoft365"}),
    ("a host without an address", zone("10 mail.contoso.com."), {}, {"unresolvable_hosts": ("mail.contoso.com",)}),
    ("a host with IPv6 alone", zone("10 mail.contoso.com.", "mail.contoso.com AAAA 2001:db8::1"), {}, {"unresolvable_hosts": ()}),
    ("a host that is an alias", zone("10 mail.contoso.com.", "mail.contoso.com CNAME host.test.", "host.test A 192.0.2.9"), {}, {
        "cname_hosts": ("mail.contoso.com",), "unresolvable_hosts": ()}),
    ("an alias that leads nowhere", zone("10 mail.contoso.com.", "mail.contoso.com CNAME host.test."), {}, {
        "cname_hosts": ("mail.contoso.com",), "unresolvable_hosts": ("mail.contoso.com",)}),
    ("an address as exchange", zone("10 192.0.2.1."), {}, {
        "ip_literals": ("192.0.2.1",), "hosts": ("192.0.2.1",), "unresolvable_hosts": (), "cname_hosts": (), "primary_kind": "other"}),
    ("an IPv6 address as exchange", zone("10 2001:db8::1"), {}, {"ip_literals": ("2001:db8::1",)}),
    ("a bracketed address as exchange", zone("10 [192.0.2.1]."), {}, {"ip_literals": ("[192.0.2.1]",)}),
    ("a token that Microsoft does not know", zone(f"0 {M}."), {}, {"unresolvable_hosts": (M,), "expected_m365": None}),
    ("the host of another domain of the tenant", zone("0 fabrikam-com.mail.protection.outlook.com.",
        "fabrikam-com.mail.protection.outlook.com A 192.0.2.5"), {}, {"expected_m365": "fabrikam-com.mail.protection.outlook.com"}),
    ("Microsoft knows the domain that still receives elsewhere", zone("10 mail.contoso.com.", OLD_A, M_A), {}, {"expected_m365": M}),
    ("Microsoft does not know the domain", zone("10 mail.contoso.com.", OLD_A), {}, {"expected_m365": None}),
    ("the old system may go where Microsoft knows the domain", zone("10 mail.contoso.com.", OLD_A, M_A), {}, {"superseded": ["mail.contoso.com"]}),
    ("the old system stays where Microsoft does not know the domain", zone("10 mail.contoso.com.", OLD_A), {}, {
        "leftovers": ["mail.contoso.com"], "superseded": []}),
    ("an old server beside a Microsoft host without an address stays", zone(f"0 {M}.", "10 mail.contoso.com.", OLD_A), {}, {
        "leftovers": ["mail.contoso.com"], "superseded": []}),
    ("what may go is open where Microsoft does not answer", zone("10 mail.contoso.com.", OLD_A), {"faults": {(M, "A"): "SERVFAIL"}}, {"superseded": U}),
    ("the way around a gateway may go", zone(f"10 {G}.", f"20 {M}.", M_A, G_A), {"inbound": "gateway"}, {"superseded": [M]}),
    ("the way around a gateway without an address stays", zone(f"10 {G}.", f"20 {M}.", M_A), {"inbound": "gateway"}, {"superseded": []}),
    ("where no mail is expected every MX may go", zone(f"10 {M}."), {"inbound": "none"}, {"superseded": [M]}),
    ("Microsoft does not answer for the domain", zone("10 mail.contoso.com.", OLD_A), {"faults": {(M, "A"): "SERVFAIL"}}, {"expected_m365": U}),
    ("a hyphenated domain's token is not built", "contoso-group.com A 192.0.2.1\ncontosogroup-com03f.mail.protection.outlook.com A 192.0.2.1",
        {"domain": "contoso-group.com"}, {"expected_m365": None}),
    ("a hyphenated domain's token is read from DKIM", "selector1._domainkey.contoso-group.com CNAME "
        "selector1-contosogroup-com03f._domainkey.contoso.onmicrosoft.com\ncontosogroup-com03f.mail.protection.outlook.com A 192.0.2.1",
        {"domain": "contoso-group.com"}, {"expected_m365": "contosogroup-com03f.mail.protection.outlook.com"}),
    ("a hyphenated domain's token is read from a retired exchange", "contoso-group.com MX 0 contosogroup-com03f.mail.eo.outlook.com.\n"
        "contosogroup-com03f.mail.protection.outlook.com A 192.0.2.1",
        {"domain": "contoso-group.com"}, {"expected_m365": "contosogroup-com03f.mail.protection.outlook.com"}),
    ("another domain's token is not taken from DKIM", "selector1._domainkey.contoso-group.com CNAME "
        "selector1-fabrikam-com._domainkey.contoso.onmicrosoft.com\nfabrikam-com.mail.protection.outlook.com A 192.0.2.1",
        {"domain": "contoso-group.com"}, {"expected_m365": None}),
    ("DKIM that could have told the token fails", "contoso-group.com A 192.0.2.1",
        {"domain": "contoso-group.com", "faults": {("selector1._domainkey.contoso-group.com", "TXT"): "TIMEOUT"}}, {"expected_m365": U}),
    ("the MX fails", zone(f"0 {M}.", M_A), {"faults": {("contoso.com", "MX"): "SERVFAIL"}}, dict.fromkeys(
        (name.removeprefix("mx.") for name in sorted(ALL)), U)),
    ("addresses fail", zone("10 mail.contoso.com.", OLD_A), {"faults": {("mail.contoso.com", "A"): "TIMEOUT", ("mail.contoso.com", "AAAA"): "TIMEOUT"}}, {
        "unresolvable_hosts": [U], "cname_hosts": [U], "hosts": ("mail.contoso.com",), "primary_kind": "other", "leftovers": ["mail.contoso.com"]}),
    ("only IPv6 fails, and IPv4 tells enough", zone("10 mail.contoso.com.", OLD_A), {"faults": {("mail.contoso.com", "AAAA"): "TIMEOUT"}}, {
        "unresolvable_hosts": (), "cname_hosts": ()}),
    ("IPv4 fails, and IPv6 is absent", zone("10 mail.contoso.com.", OLD_A), {"faults": {("mail.contoso.com", "A"): "TIMEOUT"}}, {
        "unresolvable_hosts": [U], "cname_hosts": ()}),
    ("an alias whose end fails is an alias", zone("10 mail.contoso.com.", "mail.contoso.com CNAME host.test."), {
        "faults": {("host.test", "A"): "SERVFAIL"}}, {"cname_hosts": ("mail.contoso.com",), "unresolvable_hosts": [U]}),
    ("the published Microsoft host cannot be looked up", zone(f"0 {M}.", M_A), {"faults": {(M, "A"): "SERVFAIL"}}, {
        "expected_m365": U, "primary_kind": "microsoft365", "m365_format": "classic"}),
    ("a value that is no MX", "contoso.com MX garbage", {}, dict.fromkeys(("status", "null", "provider", "primary_kind", "m365_format", "cloud"), U)),
    ("a value that is no MX beside a good one", "contoso.com MX garbage\n" + zone(f"0 {M}.", M_A), {}, {
        "status": "present", "hosts": [M, U], "primary_kind": U, "null": U, "provider": U}),
    ("a preference beyond 65535", zone(f"65536 {M}."), {}, {"status": U}),
    ("a preference that is no number", f"contoso.com MX ten {M}.", {}, {"status": U}),
    ("three words", zone(f"10 {M}. x"), {}, {"status": U}),
    ("the Microsoft host is to be published where none is", zone("10 mail.contoso.com.", OLD_A, M_A), {}, {"missing_m365": M}),
    ("a Microsoft host that is published is not missing, whatever its preference", zone("10 mail.contoso.com.", f"20 {M}.", OLD_A, M_A), {}, {
        "expected_m365": M, "missing_m365": None, "superseded": ["mail.contoso.com"]}),
    ("behind a gateway the Microsoft host would be a way around it", zone(f"10 {G}.", "20 contoso-com.mail.eo.outlook.com.", M_A, G_A),
        {"inbound": "gateway"}, {"missing_m365": None, "superseded": ["contoso-com.mail.eo.outlook.com"]}),
    ("whether the Microsoft host is missing is open where it does not answer", zone("10 mail.contoso.com.", OLD_A), {"faults": {(M, "A"): "SERVFAIL"}}, {
        "missing_m365": U}),
    ("a withdrawn form may go where its successor has an address", zone("0 contoso-com.mail.eo.outlook.com.", M_A), {}, {
        "missing_m365": M, "superseded": ["contoso-com.mail.eo.outlook.com"]}),
    ("a withdrawn form stays without a successor", zone("0 contoso-com.mail.eo.outlook.com."), {}, {"missing_m365": None, "superseded": []}),
    ("a withdrawn form beside its successor", zone(f"0 {M}.", "10 contoso-com.mail.eo.outlook.com.", M_A), {}, {
        "missing_m365": None, "superseded": ["contoso-com.mail.eo.outlook.com"]}),
    ("two clouds first", zone(f"0 {M}.", "0 contoso.mail.protection.office365.us."), {}, {"cloud": None, "primary_kind": "microsoft365"}),
    ("another cloud's host behind", zone(f"0 {M}.", "10 contoso.mail.protection.office365.us."), {}, {"cloud": "worldwide"}),
    ("another system's record in front of two clouds", zone("0 mail.contoso.com.", f"5 {M}.", "5 contoso.mail.protection.office365.us."), {}, {"cloud": None}),
    ("every null record", zone("0 .", "10 .", f"20 {M}.", M_A), {}, {"null_records": ["", ""], "superseded": ["", ""]}),
    ("no null record", zone(f"20 {M}.", M_A), {}, {"null_records": []}),
    ("a look-alike of Microsoft's name", zone(f"0 {M}.evil.test."), {}, {"provider": "other", "primary_kind": "other", "m365_format": "none"}),
    ("Microsoft's name without a token", zone("0 mail.protection.outlook.com."), {}, {"provider": "other", "m365_format": "none"}),
    ("Microsoft's name run together", zone("0 contosomail.protection.outlook.com."), {}, {"provider": "other", "m365_format": "none"}),
    ("a blank behind Microsoft's name", zone(f"0 {M}\\032."), {}, {"m365_format": "none"}),
    ("a preference alone", "contoso.com MX 10", {}, {"status": U}),
]  # fmt: skip


def shown(value):
    """Unknown as a word, records by their host."""
    if isinstance(value, Unknown):
        return U
    if isinstance(value, tuple):
        return [shown(entry) for entry in value]
    return getattr(value, "host", value)


@pytest.mark.parametrize(
    ("records", "options", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_set_of_mx_records_is_read(driver, records, options, expected):
    world = driver.World(records + "\n" + APEX, options.get("faults"))
    target = driver.Target(domain=options.get("domain", "contoso.com"))
    profile = driver.Profile(inbound=options.get("inbound", "microsoft365"))
    facts = driver.facts_of(world, target, [PROBE], ALL, profile)
    found = {name: shown(facts[f"mx.{name}"]) for name in expected}
    assert found == {name: shown(value) for name, value in expected.items()}


def test_there_are_at_least_sixty_cases():
    assert len(CASES) >= 60


def test_a_record_tells_everything_of_one_exchange(driver):
    world = driver.World(zone(f"0 {M}.", "10 192.0.2.1.", "0 .", M_A))
    null, microsoft, address = driver.facts_of(world, driver.Target(domain="contoso.com"), [PROBE], ALL)["mx.records"]
    assert (null.host, null.preference, null.provider, null.kind, null.resolves, null.is_cname, null.is_ip) == (
        "", 0, "none", "none", False, False, False)  # fmt: skip
    assert (microsoft.kind, microsoft.resolves, microsoft.is_cname, microsoft.is_ip) == (
        "microsoft365",
        True,
        False,
        False,
    )
    assert (address.kind, address.resolves, address.is_cname, address.is_ip) == ("other", False, False, True)


def test_addresses_are_asked_only_where_they_are_wanted(driver):
    world = driver.World(zone(f"0 {M}.", M_A))
    facts = driver.facts_of(world, driver.Target(domain="contoso.com"), [PROBE], {"mx.status", "mx.cloud"})
    assert world.questions == [Question("contoso.com", "MX")]
    assert "mx.records" not in facts
    assert facts["mx.cloud"] == "worldwide"


def test_addresses_and_the_name_at_microsoft_are_one_round(driver):
    world = driver.World(zone("10 mail.contoso.com.", OLD_A, M_A))
    driver.facts_of(world, driver.Target(domain="contoso.com"), [PROBE], ALL)
    assert [len(questions) for questions in world.rounds] == [1, 3]


def test_an_unknown_mx_leaves_what_was_not_asked_unasked(driver):
    world = driver.World(APEX, {("contoso.com", "MX"): "REFUSED"})
    facts = driver.facts_of(world, driver.Target(domain="contoso.com"), [PROBE], {"mx.status"})
    assert "mx.records" not in facts
    assert "mx.expected_m365" not in facts
    assert facts["mx.status"] == Unknown("REFUSED for MX contoso.com from 192.0.2.53")


def test_a_huge_record_set_has_an_end(driver):
    hosts = [f"h{number}.test" for number in range(3000)]
    world = driver.World(zone(*(f"10 {host}." for host in hosts)))
    facts = driver.facts_of(world, driver.Target(domain="contoso.com"), [PROBE], ALL)
    assert len(world.questions) <= 2 + 2 * mx.MOST_HOSTS
    assert len(facts["mx.records"]) == 3000
    assert isinstance(facts["mx.records"][-1].resolves, Unknown)
    assert sum(isinstance(host, Unknown) for host in facts["mx.unresolvable_hosts"]) == 3000 - mx.MOST_HOSTS


def test_a_profile_that_expects_nothing_leaves_leftovers_unknown(driver):
    facts = driver.facts_of(
        driver.World(zone(f"0 {M}.")), driver.Target(domain="contoso.com"), [PROBE], ALL, driver.Profile()
    )
    assert isinstance(facts["mx.leftovers"], Unknown)
    assert isinstance(facts["mx.superseded"], Unknown)


def test_provenance_names_the_questions_of_each_fact(driver):
    target = driver.Target(domain="contoso.com")
    observed = driver.observe(driver.World(zone("10 mail.contoso.com.", OLD_A)), target, [PROBE], ALL)
    asked = driver.provenance(PROBE.fold(target, observed, driver.Profile(inbound="microsoft365")), "mx")
    assert asked["mx.status"] == asked["mx.cloud"] == (Question("contoso.com", "MX"),)
    assert Question("mail.contoso.com", "AAAA") in asked["mx.unresolvable_hosts"]
    assert Question(M, "A") not in asked["mx.unresolvable_hosts"]
    assert Question(M, "A") in asked["mx.expected_m365"]
    assert Question(M, "A") in asked["mx.superseded"]


@pytest.mark.parametrize(
    ("records", "fault", "receives", "null", "cloud"),
    [
        (zone(f"0 {M}."), None, True, False, ["worldwide"]),
        (zone("0 ."), None, False, True, []),
        (APEX, None, False, False, []),
        (zone("0 mail.contoso.com."), None, True, False, []),
        (zone("0 .", "0 a b"), None, U, U, [U]),
        (APEX, "SERVFAIL", U, U, [U]),
    ],
)
def test_other_subjects_learn_what_the_mx_records_say(driver, records, fault, receives, null, cloud):
    world = driver.World(records, {("contoso.com", "MX"): fault} if fault else None)
    observed = driver.observe(world, driver.Target(domain="contoso.com"), [PROBE], {"mx.status"})["mx"]
    assert (shown(receives_mail(observed)), shown(only_null(observed)), shown(clouds(observed))) == (
        receives,
        null,
        cloud,
    )


def test_what_was_not_asked_is_unknown_to_other_subjects():
    assert isinstance(receives_mail(None), Unknown)
    assert isinstance(only_null(None), Unknown)
    assert all(isinstance(cloud, Unknown) for cloud in clouds(None))


VALUES = st.sampled_from(
    [f"0 {M}.", f"20 {N}.", f"10 {G}.", "10 mail.contoso.com.", "5 alias.contoso.com.", "0 .", "10 192.0.2.1.", "0 contoso-com.mail.eo.outlook.com."]
)  # fmt: skip
OTHERS = st.sampled_from(
    [M_A, N_A, G_A, OLD_A, "alias.contoso.com CNAME mail.contoso.com.", "mail.contoso.com AAAA 2001:db8::1", APEX]
)
FAULTS = st.dictionaries(
    st.sampled_from(
        [
            ("contoso.com", "MX"),
            *((n, t) for n in (M, N, G, "mail.contoso.com", "alias.contoso.com") for t in ("A", "AAAA")),
        ]
    ),
    st.sampled_from(["SERVFAIL", "TIMEOUT", "REFUSED", "MALFORMED", "NOT_RECORDED"]),
)


def settled(value):
    """What a fact says for certain: (elements that are known, whether more may follow), or a scalar."""
    if isinstance(value, Unknown):
        return None
    if isinstance(value, tuple):
        return [part for entry in value if not isinstance(entry, Unknown) for part in parts(entry)]
    return value


def parts(entry):
    if not hasattr(entry, "host"):
        return [entry]
    fields = ((name, getattr(entry, name)) for name in documented(type(entry)))
    return [(entry.host, entry.preference, *field) for field in fields if not isinstance(field[1], Unknown)]


@settings(max_examples=400, deadline=None)
@given(
    values=st.lists(VALUES, max_size=4, unique=True),
    others=st.lists(OTHERS, max_size=6, unique=True),
    faults=FAULTS,
    inbound=st.sampled_from(["microsoft365", "gateway", "other", "none"]),
)
def test_a_failing_answer_never_changes_what_is_known(driver, values, others, faults, inbound):
    text = zone(*values, *others, APEX)
    target, profile = driver.Target(domain="contoso.com"), driver.Profile(inbound=inbound)
    whole = driver.facts_of(driver.World(text), target, [PROBE], ALL, profile)
    broken = driver.facts_of(driver.World(text, faults), target, [PROBE], ALL, profile)
    for name, value in broken.items():
        known, before = settled(value), settled(whole[name])
        if isinstance(known, list):
            assert all(part in before for part in known), name
            complete = not any(isinstance(entry, Unknown) for entry in value)
            assert not complete or len(value) == len(whole[name]), name
        elif known is not None:
            assert known == before, name


@settings(max_examples=300, deadline=None)
@given(values=st.lists(st.text(alphabet=st.characters(exclude_characters="\n"), max_size=80), max_size=5))
def test_no_value_makes_the_probe_raise(driver, values):
    text = "\n".join(f"contoso.com MX {value}" for value in values)
    facts = driver.facts_of(driver.World(text), driver.Target(domain="contoso.com"), [PROBE], ALL)
    assert facts.keys() == ALL
