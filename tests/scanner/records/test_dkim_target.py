import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.records.dkim_target import other_selector, read_target, tenant_prefix

GOOD = "selector1-contoso-com._domainkey.contoso.onmicrosoft.com"
NEW = "selector1-contoso-com._domainkey.contoso.n-v1.dkim.mail.microsoft"


@pytest.mark.parametrize("target", [GOOD, NEW, GOOD.upper() + ".", NEW.replace("contoso.n", "Contoso.n")])
def test_the_domains_own_target_matches(target):
    reading = read_target(target, "selector1", "contoso.com")
    assert (reading.matches, reading.problem, reading.mended) == (True, None, None)


@pytest.mark.parametrize(
    ("target", "problem", "mended"),
    [
        (GOOD.replace("selector1", "selector2"), "wrong_selector", GOOD),
        (NEW.replace("selector1", "selector2"), "wrong_selector", NEW),
        (GOOD.replace("contoso-com", "fabrikam-com"), "other_domain", None),
        ("selector2-fabrikam-com._domainkey.contoso.onmicrosoft.com", "wrong_selector", None),
        (GOOD + ".contoso.com", "zone_appended", GOOD),
        (NEW + ".contoso.com.", "zone_appended", NEW),
        (GOOD.replace("contoso-com", "fabrikam-com") + ".contoso.com", "zone_appended", None),
        (GOOD + r"\032", "bad_target", GOOD),
        (r"\"" + GOOD + r"\"", "bad_target", GOOD),
        (GOOD + r"\194\160", "bad_target", GOOD),
        (NEW + ".com", "bad_target", NEW),
        (GOOD.replace("onmicrosoft", "onmircosoft"), "bad_target", GOOD),
        (GOOD.replace("onmicrosoft", "onmicrosft"), "bad_target", GOOD),
        (GOOD.replace("onmicrosoft", "onmicrosofft"), "bad_target", GOOD),
        (GOOD.replace("onmicrosoft", "onmicrasoft"), "bad_target", GOOD),
        (GOOD.removesuffix("m"), "bad_target", GOOD),
        (GOOD.replace("_domainkey", "domainkey"), "bad_target", GOOD),
        (GOOD.removeprefix("s"), "bad_target", GOOD),
        (GOOD.replace("onmicrosoft.com", "onmicrosoft.net"), "bad_target", None),
        ("selector1-contoso-com._domainkey.contoso-n-v1.dkim.mail.microsoft.com", "bad_target", None),
        ("selector1-contoso-com._domainkey.contoso.com", "bad_target", None),
        ("selector1-contoso-com", "bad_target", None),
        (GOOD.replace("onmicrosoft.com", "onmicrosoft.de"), "retired_target", None),
        ("selector1.dkim.sender.test", "other_target", None),
        ("contoso.com", "other_target", None),
        ("", "other_target", None),
    ],
)
def test_what_is_wrong_with_a_target_is_named_and_mended_only_where_certain(target, problem, mended):
    reading = read_target(target, "selector1", "contoso.com")
    assert (reading.matches, reading.problem, reading.mended) == (False, problem, mended)


def test_a_parents_zone_may_be_appended_too():
    target = "selector1-mail-contoso-com._domainkey.contoso.onmicrosoft.com"
    reading = read_target(target + ".contoso.com", "selector1", "mail.contoso.com")
    assert (reading.problem, reading.mended) == ("zone_appended", target)


def test_the_listed_tenant_is_compared_without_case():
    assert read_target(GOOD, "selector1", "contoso.com", "CONTOSO.onmicrosoft.com").matches
    assert read_target(GOOD, "selector1", "contoso.com", "fabrikam").problem == "other_tenant"
    assert read_target(GOOD + r"\032", "selector1", "contoso.com", "fabrikam").mended is None


@pytest.mark.parametrize(
    ("tenant", "prefix"),
    [
        ("contoso", "contoso"),
        ("Contoso.onmicrosoft.com.", "contoso"),
        ("contoso.onmicrosoft.us", "contoso"),
        ("contoso.partner.onmschina.cn", "contoso"),
        ("contoso.com", ""),
        ("00000000-0000-4000-8000-000000000000", ""),
        ("", ""),
    ],
)
def test_a_tenant_is_named_by_prefix_or_initial_domain_and_not_by_guid(tenant, prefix):
    assert tenant_prefix(tenant) == prefix


def test_selectors_of_other_senders_are_not_judged_by_microsofts_rules():
    reading = read_target("k1.dkim.sender.test", "k1", "contoso.com")
    assert (reading.format, reading.matches, reading.problem) == ("other", False, None)
    assert read_target(GOOD, "k1", "contoso.com").problem is None


def test_each_selector_has_the_other():
    assert other_selector("selector1") == "selector2"
    assert other_selector("selector2") == "selector1"


@given(
    st.one_of(st.text(max_size=600), st.from_regex(r"s?elector[12]-[a-z.-]{0,40}microsoft[a-z.]{0,9}", fullmatch=True)),
    st.sampled_from(["selector1", "selector2", "k1"]),
    st.text(max_size=40),
    st.text(max_size=40),
)
def test_no_text_makes_the_reader_raise(target, selector, domain, tenant):
    reading = read_target(target, selector, domain, tenant)
    assert not (reading.matches and reading.problem)
