"""What is said of a message: the id in the server's answer, and what its receiver should find."""

from __future__ import annotations

import pytest

from rules.facts import Unknown, Value
from scanner.submission.checking.expectation import WANTED, expected
from scanner.submission.checking.message import queue_id


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        ("250 2.0.0 Ok: queued as 4XyZ1k2mN3z9", "4XyZ1k2mN3z9"),
        ("250 2.0.0 OK <abc@contoso.com> [Hostname=AM0PR01MB0001.eurprd01.prod.exchangelabs.com]", "<abc@contoso.com>"),
        ("250 OK id=1t2u3v-0004Ab-XY", "1t2u3v-0004Ab-XY"),
        ("250 2.0.0 0AL9x0123456789 Message accepted for delivery", "0AL9x0123456789"),
        ("250 2.0.0 OK  1700000000 a1-20020a05600c-si123.45 - gsmtp", "a1-20020a05600c-si123.45"),
        ("250 2.0.0 OK", None),
        ("250 thank you", None),
    ],
)
def test_the_queue_id_is_found_where_the_reply_tells_it(reply: str, found: str | None) -> None:
    assert queue_id(reply) == found


GOOD: dict[str, Value] = {
    "spf.status": "valid",
    "spf.authorises_m365": True,
    "spf.all": "fail",
    "dkim.selector1.key_status": "live",
    "dkim.selector1.target_matches": True,
    "dkim.selector2.key_status": "none",
    "dkim.selector2.target_matches": True,
    "dmarc.status": "valid",
    "dmarc.applied_policy": "reject",
}
NONE: dict[str, Value] = GOOD | {
    "spf.status": "none",
    "dkim.selector1.key_status": "none",
    "dkim.selector1.target_matches": False,
}


def test_a_domain_in_order_passes_all_three() -> None:
    spf, dkim, dmarc = expected("contoso.com", GOOD, through_microsoft=True)
    assert "passes for contoso.com" in spf and "signature passes" in dkim
    assert dmarc == "DMARC: passes; the policy for contoso.com is reject."
    assert set(GOOD) == WANTED


def test_without_spf_and_dkim_dmarc_fails() -> None:
    spf, dkim, dmarc = expected("contoso.com", NONE, through_microsoft=True)
    assert "does not pass" in spf and "not aligned" in dkim
    assert "DMARC: fails" in dmarc


@pytest.mark.parametrize(
    "name", sorted(WANTED - {"spf.all", "dkim.selector2.key_status", "dkim.selector2.target_matches"})
)
def test_what_could_not_be_asked_is_unknown_and_never_a_failure(name: str) -> None:
    told = " ".join(expected("contoso.com", GOOD | {name: Unknown("SERVFAIL")}, through_microsoft=True))
    assert "could not be determined (SERVFAIL)" in told or "is not known" in told
    assert "fails" not in told and "does not pass" not in told


def test_of_another_server_nothing_is_claimed() -> None:
    spf, dkim, dmarc = expected("contoso.com", GOOD, through_microsoft=False)
    assert "not known here" in spf and "not known here" in dkim
    assert "depends on the parts that are not known" in dmarc
