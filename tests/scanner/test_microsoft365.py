import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.data import read_data
from scanner.microsoft365 import (
    autodiscover_cloud,
    classify_dkim_target,
    classify_mx,
    dkim_target,
    is_retired_dkim_target,
    obsolete_spf_includes,
    spf_cloud,
    spf_hosts,
    token_matches,
    token_of,
    tokens_documented,
)


@pytest.mark.parametrize(
    ("host", "form", "cloud", "token"),
    [
        ("contoso-com.mail.protection.outlook.com", "classic", "worldwide", "contoso-com"),
        ("CONTOSO-COM.Mail.Protection.Outlook.COM.", "classic", "worldwide", "contoso-com"),
        ("contoso-com.o-v1.mx.microsoft", "2025", "worldwide", "contoso-com"),
        ("contoso-com.zz9-v12.mx.microsoft.", "2025", "worldwide", "contoso-com"),
        ("contoso.mail.protection.office365.us", "gov", "gcchigh", "contoso"),
        ("contoso-cn.mail.protection.partner.outlook.cn", "china", "china", "contoso-cn"),
        ("mail.messaging.microsoft.com", "retired", "worldwide", ""),
        ("contoso-com.mail.eo.outlook.com", "retired", "worldwide", "contoso-com"),
        ("mail.eo.outlook.com", "retired", "worldwide", ""),
        ("contoso-de.mail.protection.outlook.de", "retired", None, "contoso-de"),
        ("mail.global.frontbridge.com", "retired", "worldwide", ""),
    ],
)
def test_each_microsoft_mx_form_is_told_with_its_cloud_and_token(host, form, cloud, token):
    found = classify_mx(host)
    assert found is not None
    assert (found.format, found.cloud, found.token) == (form, cloud, token)
    assert found.current is (form != "retired")


@pytest.mark.parametrize(
    "host",
    [
        "mx.microsoft.com",
        "contoso-com.o-v1.mx.microsoft.com",
        "mx.microsoft",
        "o-v1.mx.microsoft",
        "contoso-com.o.mx.microsoft",
        "a.b.o-v1.mx.microsoft",
        "contoso-com.o-v1.notmx.microsoft",
        "mail.protection.outlook.com",
        "contoso.com.mail.protection.outlook.com",
        "contoso-com.mail.protection.outlook.com.contoso.com",
        "evilmail.protection.outlook.com",
        "live-com.olc.protection.outlook.com",
        "ms12345678.msv1.invalid.outlook.com",
        "-.mail.protection.outlook.com",
        "con_toso.mail.protection.outlook.com",
        "",
        ".",
        "..",
    ],
)
def test_a_host_that_only_resembles_microsofts_is_not_a_tenants_mx(host):
    assert classify_mx(host) is None


@pytest.mark.parametrize(
    ("host", "form", "selector", "tenant", "cloud", "initial"),
    [
        (
            "selector1-contoso-com._domainkey.contoso.onmicrosoft.com",
            "classic",
            "selector1",
            "contoso",
            "worldwide",
            "contoso.onmicrosoft.com",
        ),
        (
            "selector2-contoso-com._domainkey.Contoso.n-v1.dkim.mail.microsoft.",
            "2025",
            "selector2",
            "contoso",
            "worldwide",
            "contoso.onmicrosoft.com",
        ),
        (
            "selector1-contoso-us._domainkey.contoso.onmicrosoft.us",
            "classic",
            "selector1",
            "contoso",
            "gcchigh",
            "contoso.onmicrosoft.us",
        ),
        (
            "selector1-contoso-cn._domainkey.contoso.partner.onmschina.cn",
            "classic",
            "selector1",
            "contoso",
            "china",
            "contoso.partner.onmschina.cn",
        ),
        (
            "selector1-contoso-cn._domainkey.contoso.onmschina.cn",
            "classic",
            "selector1",
            "contoso",
            "china",
            "contoso.onmschina.cn",
        ),
    ],
)
def test_each_dkim_target_form_names_its_tenant(host, form, selector, tenant, cloud, initial):
    found = classify_dkim_target(host)
    assert found is not None
    assert (found.format, found.selector, found.tenant, found.cloud, found.tenant_domain) == (
        form,
        selector,
        tenant,
        cloud,
        initial,
    )
    assert found.host == host.lower().removesuffix(".")


@pytest.mark.parametrize(
    "host",
    [
        "selector1-contoso-com._domainkey.contoso.onmicrosoft.com.contoso.com",
        "selector1-contoso-com.domainkey.contoso.onmicrosoft.com",
        "selector3-contoso-com._domainkey.contoso.onmicrosoft.com",
        "selector1-contoso-com._domainkey.contoso.n-v1.dkim.mail.microsoft.com",
        "selector1-contoso-com._domainkey.contoso-n-v1.dkim.mail.microsoft",
        "selector1-contoso-com._domainkey.contoso.nv1.dkim.mail.microsoft",
        "selector1-contoso-com._domainkey.a.b.onmicrosoft.com",
        "selector1-contoso-com._domainkey.onmicrosoft.com",
        "selector1-._domainkey.contoso.onmicrosoft.com",
        "selector1-contoso-com._domainkey.contoso.onmicrosoft.com\\032",
        "contoso.onmicrosoft.com",
        "",
    ],
)
def test_a_target_that_is_not_exactly_of_a_form_is_not_read(host):
    assert classify_dkim_target(host) is None


def test_a_target_swapped_to_the_other_selector_keeps_domain_tenant_and_partition():
    first = classify_dkim_target("selector1-contoso-com._domainkey.contoso.n-v1.dkim.mail.microsoft")
    assert first is not None
    second = dkim_target(first, "selector2")
    assert second.host == "selector2-contoso-com._domainkey.contoso.n-v1.dkim.mail.microsoft"
    assert classify_dkim_target(second.host) == second


def test_the_closed_german_cloud_is_told_apart():
    assert is_retired_dkim_target("selector1-contoso-de._domainkey.contoso.onmicrosoft.de")
    assert not is_retired_dkim_target("selector1-contoso-de._domainkey.contoso.onmicrosoft.com")


def test_each_cloud_has_one_spf_host():
    assert spf_hosts() == {
        "worldwide": "spf.protection.outlook.com",
        "gcchigh": "spf.protection.office365.us",
        "china": "spf.protection.partner.outlook.cn",
    }
    assert spf_cloud("SPF.Protection.Outlook.com.") == "worldwide"
    assert spf_cloud("evil.spf.protection.outlook.com") is None
    assert not set(spf_hosts().values()) & set(obsolete_spf_includes())


def test_autodiscover_tells_dod_from_gcc_high():
    assert autodiscover_cloud("autodiscover-dod.office365.us.") == "dod"
    assert autodiscover_cloud("autodiscover.office365.us") == "gcchigh"
    assert autodiscover_cloud("autodiscover.contoso.com") is None


@pytest.mark.parametrize(
    ("domain", "token"),
    [
        ("contoso.com", "contoso-com"),
        ("Mail.Contoso.co.uk.", "mail-contoso-co-uk"),
        ("a-b.test", "ab-test0c"),
        ("abcd-e.test", "abcde-test01b"),
        ("abcdefgh-i.test", "abcdefghi-test02b"),
    ],
)
def test_tokens_follow_the_documented_rule_and_the_one_read_from_samples(domain, token):
    assert token_of(domain) == token
    assert token_matches(token, domain)


@pytest.mark.parametrize(
    ("token", "domain", "matches"),
    [
        ("contoso-com", "contoso.com", True),
        ("CONTOSO-COM", "contoso.com", True),
        ("fabrikam-com", "contoso.com", False),
        ("contoso-com0c", "contoso.com", False),
        ("mail-contoso-com", "contoso.com", False),
        ("contosogroup-com03f", "contoso-group.com", True),
        ("contosogroup-com", "contoso-group.com", True),
        ("contoso-group-com", "contoso-group.com", True),
        ("contoso-com", "contoso-group.com", False),
        ("anything", "xn--bcher-kva.test", True),
        ("anything", "a" * 54 + ".test", True),
    ],
)
def test_a_token_is_another_domains_only_where_that_is_proved(token, domain, matches):
    assert token_matches(token, domain) is matches


def test_a_token_may_be_built_only_where_the_rule_is_documented():
    assert tokens_documented("contoso.com")
    assert not tokens_documented("contoso-group.com")
    assert not tokens_documented("a" * 60 + ".test")


@given(st.text(max_size=300))
def test_no_text_makes_the_readers_raise(text):
    classify_mx(text)
    classify_dkim_target(text)
    spf_cloud(text)
    token_matches(text, text)
    token_of(text)


@given(st.from_regex(r"[a-z0-9-]{1,20}(\.[a-z0-9-]{1,10}){1,3}", fullmatch=True))
def test_every_domain_matches_its_own_token(domain):
    assert token_matches(token_of(domain), domain)


def test_every_entry_of_the_data_names_source_and_date():
    entries = [entry for group in read_data("microsoft365.yaml").values() for entry in group]
    assert entries
    for entry in entries:
        assert entry["source"], entry
        year, month, day = entry["date"].split("-")
        assert (len(year), len(month), len(day)) == (4, 2, 2), entry
