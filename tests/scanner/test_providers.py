import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.data import read_data
from scanner.providers import dns_provider, gateway_name, gateways, provider_of_mx, provider_of_spf


@pytest.mark.parametrize(
    ("host", "provider", "kind"),
    [
        ("mxa-00000001.gslb.pphosted.com", "proofpoint", "gateway"),
        ("mx1-us1.ppe-hosted.com.", "proofpoint-essentials", "gateway"),
        ("EU-SMTP-INBOUND-1.MIMECAST.COM", "mimecast", "gateway"),
        ("d100000.a.ess.de.barracudanetworks.com", "barracuda", "gateway"),
        ("cluster1.eu.messagelabs.com", "messagelabs", "gateway"),
        ("mx01.hornetsecurity.com", "hornetsecurity", "gateway"),
        ("mx-01-us-west-2.prod.hydra.sophos.com", "sophos", "gateway"),
        ("mx1.hc100-1.eu.iphmx.com", "cisco", "gateway"),
        ("contoso.in.tmes.trendmicro.eu", "trendmicro", "gateway"),
        ("contoso.in.tmes-anz.trendmicro.com", "trendmicro", "gateway"),
        ("cust1-1.in.mailcontrol.com", "forcepoint", "gateway"),
        ("aspmx.l.google.com", "google", "other"),
        ("alt1.aspmx.l.google.com", "google", "other"),
        ("smtp.google.com", "google", "other"),
        ("aspmx2.l.google.com", "google", "other"),
        ("contoso.hes.trendmicro.com", "trendmicro", "gateway"),
        ("ms12345678.msv1.invalid", "microsoft-verification", "other"),
        ("ms12345678.msv1.invalid.outlook.com", "microsoft-verification", "other"),
        ("inbound-smtp.eu-west-1.amazonaws.com", "amazon", "other"),
        ("mx.zoho.eu", "zoho", "other"),
        ("live-com.olc.protection.outlook.com", "outlook-consumer", "other"),
    ],
)
def test_an_mx_host_names_its_provider(host, provider, kind):
    found = provider_of_mx(host)
    assert found is not None
    assert (found.id, found.kind) == (provider, kind)


@pytest.mark.parametrize(
    "host",
    [
        "notmimecast.com",
        "mimecast.com.contoso.com",
        "ec2-192-0-2-1.compute-1.amazonaws.com",
        "www.trendmicro.com",
        "mail.contoso.com",
        "",
        ".",
    ],
)
def test_a_host_is_matched_by_labels_and_not_by_letters(host):
    assert provider_of_mx(host) is None


def test_an_spf_include_names_its_provider():
    assert provider_of_spf("eu._netblocks.mimecast.com").id == "mimecast"
    assert provider_of_spf("_spf.google.com").id == "google"
    assert provider_of_spf("spf.contoso.com") is None


@pytest.mark.parametrize(
    ("servers", "provider"),
    [
        (["ns-1.awsdns-02.org", "ns-2.awsdns-03.co.uk"], "Amazon Route 53"),
        (["ada.ns.cloudflare.com."], "Cloudflare"),
        (["ns1-01.azure-dns.com", "ns2-01.azure-dns.net"], "Azure DNS"),
        (["NS01.DOMAINCONTROL.COM"], "GoDaddy"),
        (["ns1.contoso.com", "ada.ns.cloudflare.com"], "Cloudflare"),
        (["ns-1.awsdns-02.org", "ada.ns.cloudflare.com"], "Amazon Route 53 and Cloudflare"),
        (["ns1.contoso.com"], None),
        (["ns-1.awsdns.org"], None),
        ([], None),
    ],
)
def test_name_servers_tell_who_hosts_a_zone(servers, provider):
    assert dns_provider(servers) == provider


def test_gateways_have_names_and_others_have_none_as_gateways():
    assert gateway_name("mimecast") == "Mimecast"
    assert gateway_name("google") is None
    assert len(gateways()) >= 25


@pytest.mark.parametrize(("file", "names"), [("providers.yaml", ("mx", "spf")), ("dns_providers.yaml", ("ns",))])
def test_every_entry_names_a_source_with_a_date_and_no_name_stands_twice(file, names):
    data = read_data(file)
    for source in data["sources"].values():
        assert source["text"]
        assert len(source["date"]) == len("2026-11-21")
    for key in names:
        listed = [name for entry in data["providers"] for name in entry[key]]
        assert len(listed) == len(set(listed))
        assert all(name == name.lower().strip(".") for name in listed)
    assert {entry["source"] for entry in data["providers"]} <= data["sources"].keys()
    titles = [entry.get("id", entry["name"]) for entry in data["providers"]]
    assert len(titles) == len(set(titles))


@given(st.text(max_size=300))
def test_no_text_makes_the_look_ups_raise(text):
    provider_of_mx(text)
    provider_of_spf(text)
    dns_provider([text, text + "."])
