import pytest

from rules.facts import Unknown
from scanner.dns.answer import Question
from scanner.probes import dns
from scanner.probes.dns import PROBE, parents

ALL = {"dns.provider", "dns.nameservers"}
U = "unknown"
NS = "contoso.com NS ada.ns.cloudflare.com.\ncontoso.com NS BOB.ns.cloudflare.com."
SERVERS = ("ada.ns.cloudflare.com", "bob.ns.cloudflare.com")


@pytest.mark.parametrize(
    ("domain", "records", "faults", "servers", "provider"),
    [
        ("contoso.com", NS, {}, SERVERS, "Cloudflare"),
        ("contoso.com", "contoso.com NS ns1.contoso.com.", {}, ("ns1.contoso.com",), None),
        ("contoso.com", "contoso.com A 192.0.2.1", {}, (), None),
        ("mail.contoso.com", NS + "\nmail.contoso.com A 192.0.2.1", {}, SERVERS, "Cloudflare"),
        ("a.b.c.contoso.com", NS, {}, SERVERS, "Cloudflare"),
        (
            "a.b.contoso.com",
            NS + "\nb.contoso.com NS ns1.domaincontrol.com.",
            {},
            ("ns1.domaincontrol.com",),
            "GoDaddy",
        ),
        (
            "www.contoso.com",
            NS + "\nwww.contoso.com CNAME host.test.\nhost.test NS ns.host.test.",
            {},
            SERVERS,
            "Cloudflare",
        ),
        ("www.contoso.co.uk", "contoso.co.uk NS ns1.domaincontrol.com.", {}, ("ns1.domaincontrol.com",), "GoDaddy"),
        ("contoso.com", NS, {("contoso.com", "NS"): "SERVFAIL"}, U, U),
        ("mail.contoso.com", NS, {("mail.contoso.com", "NS"): "TIMEOUT"}, U, U),
        ("mail.contoso.com", NS, {("contoso.com", "NS"): "REFUSED"}, U, U),
        (
            "a.b.contoso.com",
            NS + "\nb.contoso.com NS ns1.domaincontrol.com.",
            {("contoso.com", "NS"): "REFUSED"},
            ("ns1.domaincontrol.com",),
            "GoDaddy",
        ),
    ],
)
def test_the_zone_that_holds_the_domain_tells_who_hosts_it(driver, domain, records, faults, servers, provider):
    facts = driver.facts_of(driver.World(records, faults), driver.Target(domain=domain), [PROBE], ALL)
    shown = {name: U if isinstance(value, Unknown) else value for name, value in facts.items()}
    assert shown == {"dns.nameservers": servers, "dns.provider": provider}


def test_parents_are_asked_in_one_round_and_only_where_needed(driver):
    world = driver.World(NS)
    driver.facts_of(world, driver.Target(domain="a.b.contoso.com"), [PROBE], ALL)
    assert [[question.name for question in questions] for questions in world.rounds] == [
        ["a.b.contoso.com"],
        ["b.contoso.com", "contoso.com"],
    ]
    world = driver.World(NS)
    driver.facts_of(world, driver.Target(domain="contoso.com"), [PROBE], ALL)
    assert world.questions == [Question("contoso.com", "NS")]


def test_a_suffix_of_a_hosting_company_is_no_end_of_the_search():
    assert parents("app.contoso.github.io") == ["contoso.github.io", "github.io"]
    assert parents("mail.contoso.co.uk") == ["contoso.co.uk"]
    assert parents("contoso.co.uk") == []
    assert parents("co.uk") == []
    assert parents("uk") == []


def test_a_very_deep_name_is_not_searched_without_end(driver):
    domain = "a." * 60 + "contoso.com"
    world = driver.World(NS)
    facts = driver.facts_of(world, driver.Target(domain=domain), [PROBE], ALL)
    assert len(world.questions) == 1 + dns.MOST_PARENTS
    assert isinstance(facts["dns.nameservers"], Unknown)


@pytest.mark.parametrize("domain", ["", ".", "..", "a..b.c", "xn--.xn--.xn--", "-.-.-"])
def test_an_odd_domain_does_not_raise(driver, domain):
    driver.facts_of(driver.World(NS), driver.Target(domain=domain), [PROBE], ALL)
