import pytest

from rules.facts import Unknown, catalogue
from scanner.probes.auto import AUTO_FACTS, choose_profile

SERVFAIL = Unknown("SERVFAIL for MX contoso.com")


@pytest.mark.parametrize(
    ("parked", "kind", "provider", "profile", "words"),
    [
        (True, "none", "none", "parked", "neither sends nor receives"),
        (False, "gateway", "mimecast", "behind-gateway", "the gateway Mimecast"),
        (False, "gateway", "mixed", "behind-gateway", "a gateway"),
        (False, "microsoft365", "microsoft365", "onboarding", "no gateway that we know"),
        (False, "other", "google", "onboarding", "no gateway that we know"),
        (False, "mixed", "mixed", "onboarding", "several mail systems share the first place"),
        (False, "none", "none", "onboarding", "takes part in mail"),
        (SERVFAIL, "none", "none", "onboarding", "parked could not be determined: SERVFAIL for MX contoso.com"),
        (SERVFAIL, SERVFAIL, SERVFAIL, "onboarding", "could not be determined: SERVFAIL for MX contoso.com"),
        (False, SERVFAIL, SERVFAIL, "onboarding", "could not be determined: SERVFAIL for MX contoso.com"),
    ],
)
def test_the_profile_follows_from_the_facts_and_the_reason_says_which(parked, kind, provider, profile, words):
    facts = {"domain.parked": parked, "mx.primary_kind": kind, "mx.primary_provider": provider}
    chosen, reason = choose_profile(facts)
    assert chosen == profile
    assert words in reason


def test_facts_that_are_missing_lead_to_onboarding():
    assert choose_profile({})[0] == "onboarding"


def test_the_facts_demanded_are_in_the_catalogue():
    assert catalogue().keys() >= AUTO_FACTS
