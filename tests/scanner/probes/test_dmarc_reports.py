"""Report destinations outside the organization (RFC 9990 section 4)."""

import msgspec
import pytest

from rules.facts import Host, Unknown
from scanner.dns.answer import Answer, Question, Status
from scanner.probes.dmarc_reports import MOST_ASKED, destinations, external_hosts, unauthorised
from scanner.probes.dmarc_walk import Found
from scanner.records.dmarc import read


def found(record, domain="contoso.com"):
    return Found(Host(domain), read(record), inherited=False)


def judged(record, held):
    """`held` maps a host to what its authorisation name holds: texts, or a status."""
    asked = []
    for destination in destinations(found(record)):
        value = held.get(destination.host, Status.NXDOMAIN)
        answer = (
            Answer(destination.question, value)
            if isinstance(value, Status)
            else Answer(destination.question, Status.NOERROR, value)
        )
        asked.append(msgspec.structs.replace(destination, answer=answer))
    return unauthorised(asked)


def test_hosts_of_the_same_organization_need_no_authorisation():
    record = "v=DMARC1; p=none; rua=mailto:a@contoso.com,mailto:b@mail.contoso.com,mailto:c@CONTOSO.com"
    assert external_hosts(found(record)) == ()
    assert external_hosts(found(record, "sub.contoso.com")) == ()


def test_the_public_suffix_list_tells_organizations_apart():
    record = "v=DMARC1; p=none; rua=mailto:a@fabrikam.co.uk"
    assert external_hosts(found(record, "contoso.co.uk")) == ("fabrikam.co.uk",)


def test_hosts_of_rua_and_ruf_are_asked_once_each_at_the_policy_domains_name():
    record = (
        "v=DMARC1; p=none; rua=mailto:a@agg.example,mailto:b@agg.example; ruf=mailto:c@AGG.example,https://fail.test/in"
    )
    asked = [destination.question for destination in destinations(found(record, "mail.contoso.com"))]
    assert asked == [
        Question("mail.contoso.com._report._dmarc.agg.example", "TXT"),
        Question("mail.contoso.com._report._dmarc.fail.test", "TXT"),
    ]


RUA = "v=DMARC1; p=none; rua=mailto:a@agg.example"


@pytest.mark.parametrize(
    ("texts", "refused"),
    [
        (("v=DMARC1",), False),
        (("v=DMARC1;",), False),
        (("v=spf1 -all", "v=DMARC1; rua=mailto:x@agg.example"), False),
        (("v=DMARC1", "v=DMARC1; p=none"), False),
        (("v=dmarc1",), True),
        (("v=spf1 -all",), True),
        (Status.NXDOMAIN, True),
        (Status.NODATA, True),
    ],
)
def test_a_destination_authorises_with_a_record_that_begins_with_the_version(texts, refused):
    assert judged(RUA, {"agg.example": texts}) == (("agg.example",) if refused else ())


@pytest.mark.parametrize(
    "status", [Status.SERVFAIL, Status.TIMEOUT, Status.REFUSED, Status.MALFORMED, Status.NOT_RECORDED]
)
def test_a_failure_is_an_unknown_element_beside_the_known_ones(status):
    record = f"{RUA}; ruf=mailto:f@fail.test,mailto:g@good.test"
    refused = judged(record, {"agg.example": status, "good.test": ("v=DMARC1",)})
    assert isinstance(refused[0], Unknown)
    assert refused[1:] == ("fail.test",)


def test_a_name_too_long_for_dns_authorises_nothing():
    host = ".".join(["b" * 60] * 4) + ".test"
    (destination,) = destinations(found(f"v=DMARC1; p=none; rua=mailto:a@{host}"))
    assert destination.question is None
    assert unauthorised([destination]) == (host,)


def test_destinations_beyond_the_limit_are_unknown_and_not_refused():
    record = "v=DMARC1; p=none; rua=" + ",".join(f"mailto:a@agg{i}.example" for i in range(MOST_ASKED + 2))
    asked = destinations(found(record))
    assert len(asked) == MOST_ASKED + 2
    assert all(isinstance(element, Unknown) for element in unauthorised(asked))
