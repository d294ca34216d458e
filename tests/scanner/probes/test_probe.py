"""What every probe promises: it provides its part of the catalogue, and asks what it declares."""

import fnmatch
import re

import pytest

from rules.facts import Unknown, catalogue, catalogue_of
from scanner.plan import PROBES

DOMAIN = "mail.contoso-group.com"
ZONE = """
mail.contoso-group.com MX 10 eu-smtp-inbound-1.mimecast.com.
mail.contoso-group.com MX 20 contoso.mail.protection.office365.us.
mail.contoso-group.com TXT v=spf1 include:spf.protection.outlook.com a:host.contoso-group.com -all
spf.protection.outlook.com TXT v=spf1 ip4:192.0.2.0/24 -all
selector1._domainkey.mail.contoso-group.com CNAME selector1-mail-contosogroup-com0._domainkey.contoso.onmicrosoft.us.
contoso-group.com NS ns1.contoso-group.com.
_dmarc.contoso-group.com TXT v=DMARC1; p=none; rua=mailto:d@reports.test
"""
FAULTS = {("selector2._domainkey.mail.contoso-group.com", "TXT"): "SERVFAIL"}


def test_all_probes_together_provide_exactly_the_catalogue(driver):
    wanted = set(catalogue_of("domains"))
    profile = driver.Profile(
        inbound="microsoft365", sends_from_m365=True, spf_all=("fail",), dmarc_policies=("reject",)
    )
    facts = driver.facts_of(driver.World(ZONE, FAULTS), driver.Target(domain=DOMAIN), PROBES, wanted, profile)
    assert facts.keys() == wanted


@pytest.mark.parametrize("fact", sorted(catalogue_of("domains")))
def test_each_fact_can_be_had_alone(driver, fact):
    profile = driver.Profile(
        inbound="microsoft365", sends_from_m365=True, spf_all=("fail",), dmarc_policies=("reject",)
    )
    facts = driver.facts_of(driver.World(ZONE, FAULTS), driver.Target(domain=DOMAIN), PROBES, {fact}, profile)
    assert fact in facts
    whole = set(catalogue_of("domains"))
    together = driver.facts_of(driver.World(ZONE, FAULTS), driver.Target(domain=DOMAIN), PROBES, whole, profile)
    assert facts[fact] == together[fact] or isinstance(facts[fact], Unknown) is isinstance(together[fact], Unknown)


def pattern(name):
    """A declared name as a shell pattern: what answers tell stands for anything."""
    return re.sub(r"<[^>]*>", "*", name.replace("{domain}", DOMAIN))


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.subject)
def test_a_probe_asks_only_what_it_declares_for_the_wanted_facts(driver, probe):
    for fact in (name for name in catalogue() if name.startswith(f"{probe.subject}.")):
        world = driver.World(ZONE, FAULTS)
        driver.observe(world, driver.Target(domain=DOMAIN, selectors=("k1",)), [probe], {fact})
        declared = [(ask.type, pattern(ask.name)) for ask in probe.asks if fact in ask.facts]
        for question in world.questions:
            assert any(question.type == kind and fnmatch.fnmatchcase(question.name, name) for kind, name in declared), (
                fact,
                question,
            )


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.subject)
def test_what_a_probe_declares_names_facts_of_the_catalogue(probe):
    for ask in probe.asks:
        assert ask.facts <= catalogue().keys()
    for name, needed in probe.needs.items():
        assert name in catalogue()
        assert needed <= catalogue().keys()


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.subject)
def test_provenance_names_facts_of_the_subject(driver, probe):
    wanted = set(catalogue_of("domains"))
    target = driver.Target(domain=DOMAIN)
    profile = driver.Profile(
        inbound="microsoft365", sends_from_m365=True, spf_all=("fail",), dmarc_policies=("reject",)
    )
    world = driver.World(ZONE, FAULTS)
    observed = driver.observe(world, target, PROBES, wanted)
    collected = probe.fold(target, observed, profile)
    for name, questions in driver.provenance(collected, probe.subject).items():
        assert name in catalogue()
        assert set(questions) <= set(world.questions), name
