"""The tree walk of RFC 9989 section 4.10 over small zones."""

import pytest

from rules.facts import Unknown
from scanner.dns.answer import Answer, Question, Status
from scanner.probes.dmarc_walk import Found, answered, find, organizational, parents, question

FAILURES = [Status.SERVFAIL, Status.TIMEOUT, Status.REFUSED, Status.MALFORMED, Status.NOT_RECORDED]


def walk(domain, records):
    """The steps for `domain`; `records` maps a domain to what its _dmarc name holds: a text, several, or a status."""
    domains = (domain, *parents(domain))
    answers = []
    for name in domains:
        held = records.get(name, Status.NXDOMAIN)
        asked = Question(f"_dmarc.{name}", "TXT")
        if isinstance(held, Status):
            answers.append(Answer(asked, held))
        else:
            answers.append(Answer(asked, Status.NOERROR, (held,) if isinstance(held, str) else tuple(held)))
    return answered(domains, [answer for name, answer in zip(domains, answers, strict=True) if question(name)])


def found_at(domain, records):
    found = find(walk(domain, records))
    return found.domain if isinstance(found, Found) else found


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("com", []),
        ("contoso.com", ["com"]),
        ("a.mail.contoso.com", ["mail.contoso.com", "contoso.com", "com"]),
        # Seven labels: one at a time.
        ("a.b.c.d.e.f.test", ["b.c.d.e.f.test", "c.d.e.f.test", "d.e.f.test", "e.f.test", "f.test", "test"]),
        # Eight labels: seven are left at once, which is one at a time too.
        ("a.b.c.d.e.f.g.test", ["b.c.d.e.f.g.test", "c.d.e.f.g.test", "d.e.f.g.test", "e.f.g.test", "f.g.test", "g.test", "test"]),
        # Nine and more: the names in between are not asked.
        ("x.a.b.c.d.e.f.g.test", ["b.c.d.e.f.g.test", "c.d.e.f.g.test", "d.e.f.g.test", "e.f.g.test", "f.g.test", "g.test", "test"]),
    ],
)  # fmt: skip
def test_the_walk_shortens_a_name_to_seven_labels_and_then_goes_up_one_by_one(domain, expected):
    assert list(parents(domain)) == expected


@pytest.mark.parametrize("labels", range(1, 60))
def test_a_walk_is_at_most_eight_questions(labels):
    assert 1 + len(parents(".".join(["a"] * labels))) <= 8


def test_a_name_too_long_for_dns_is_absent_without_being_asked():
    domain = ".".join(["a" * 60] * 4) + ".test"
    assert question(domain) is None
    steps = walk(domain, {"test": "v=DMARC1; p=none; psd=y"})
    assert steps[0].answer.absent
    assert find(steps).domain == "test"


def test_the_own_record_applies_whatever_stands_above():
    records = {
        "mail.contoso.com": "v=DMARC1; p=none",
        "contoso.com": "v=DMARC1; p=reject; psd=n",
        "com": Status.SERVFAIL,
    }
    assert found_at("mail.contoso.com", records) == "mail.contoso.com"


def test_the_record_with_the_fewest_labels_applies_to_a_domain_without_one():
    records = {"mail.contoso.com": "v=DMARC1; p=none", "contoso.com": "v=DMARC1; p=reject"}
    assert found_at("a.mail.contoso.com", records) == "contoso.com"
    assert organizational(walk("a.mail.contoso.com", records)) == "contoso.com"


def test_psd_n_ends_the_walk_and_makes_the_organizational_domain():
    records = {"mail.contoso.com": "v=DMARC1; p=none; psd=n", "contoso.com": "v=DMARC1; p=reject"}
    assert found_at("a.mail.contoso.com", records) == "mail.contoso.com"
    assert organizational(walk("a.mail.contoso.com", records)) == "mail.contoso.com"


def test_below_a_public_suffix_domain_the_organizational_domains_record_applies():
    records = {
        "contoso.gov.example": "v=DMARC1; p=none",
        "gov.example": "v=DMARC1; p=reject; psd=y",
        "example": "v=DMARC1; p=none",
    }
    assert found_at("mail.contoso.gov.example", records) == "contoso.gov.example"
    assert organizational(walk("mail.contoso.gov.example", records)) == "contoso.gov.example"


def test_without_an_organizational_record_the_public_suffix_domains_applies():
    records = {"gov.example": "v=DMARC1; p=reject; psd=y"}
    assert found_at("mail.contoso.gov.example", records) == "gov.example"
    assert found_at("contoso.gov.example", records) == "gov.example"
    assert organizational(walk("mail.contoso.gov.example", records)) == "contoso.gov.example"
    assert organizational(walk("contoso.gov.example", records)) == "contoso.gov.example"


def test_a_record_deeper_than_the_organizational_domain_is_passed_over():
    records = {"b.contoso.gov.example": "v=DMARC1; p=none", "gov.example": "v=DMARC1; p=reject; psd=y"}
    assert found_at("a.b.contoso.gov.example", records) == "gov.example"


def test_psd_y_at_the_top_level_domain_counts():
    records = {"bank": "v=DMARC1; p=reject; psd=y"}
    assert found_at("contoso.bank", records) == "bank"
    assert organizational(walk("contoso.bank", records)) == "contoso.bank"


def test_psd_y_at_the_start_is_no_reason_to_look_below_it():
    records = {"gov.example": "v=DMARC1; p=reject; psd=y", "example": "v=DMARC1; p=none"}
    assert organizational(walk("gov.example", records)) == "gov.example"


def test_several_records_at_a_name_are_discarded_and_the_walk_goes_on():
    records = {"mail.contoso.com": ["v=DMARC1; p=none", "v=DMARC1; p=reject"], "contoso.com": "v=DMARC1; p=quarantine"}
    assert found_at("mail.contoso.com", records) == "contoso.com"
    assert found_at("a.mail.contoso.com", records) == "contoso.com"


def test_other_txt_records_beside_the_one_that_counts_are_ignored():
    assert found_at("contoso.com", {"contoso.com": ["v=spf1 -all", "v=DMARC1; p=none", "x"]}) == "contoso.com"


def test_without_any_record_the_domain_is_its_own_organization():
    assert found_at("mail.contoso.com", {}) is None
    assert organizational(walk("mail.contoso.com", {})) == "mail.contoso.com"


def test_the_walk_of_a_very_long_name_passes_over_the_names_in_between():
    records = {"a.b.c.d.e.f.g.test": "v=DMARC1; p=none", "b.c.d.e.f.g.test": "v=DMARC1; p=reject"}
    assert found_at("x.a.b.c.d.e.f.g.test", records) == "b.c.d.e.f.g.test"


@pytest.mark.parametrize("status", FAILURES)
def test_a_failure_at_the_own_name_makes_everything_unknown(status):
    steps = walk("contoso.com", {"contoso.com": status, "com": "v=DMARC1; p=reject; psd=n"})
    assert isinstance(find(steps), Unknown)
    assert isinstance(organizational(steps), Unknown)


@pytest.mark.parametrize("status", FAILURES)
def test_a_failure_at_a_parent_that_could_decide_is_unknown(status):
    assert isinstance(found_at("mail.contoso.com", {"contoso.com": status}), Unknown)
    assert isinstance(found_at("mail.contoso.com", {"contoso.com": "v=DMARC1; p=none", "com": status}), Unknown)
    assert isinstance(
        found_at("a.mail.contoso.com", {"mail.contoso.com": status, "contoso.com": "v=DMARC1; p=none"}), Unknown
    )


@pytest.mark.parametrize("status", FAILURES)
def test_a_failure_above_the_end_of_the_walk_does_not_matter(status):
    records = {"contoso.com": "v=DMARC1; p=none; psd=n", "com": status}
    assert found_at("mail.contoso.com", records) == "contoso.com"
    assert organizational(walk("mail.contoso.com", records)) == "contoso.com"


@pytest.mark.parametrize("status", FAILURES)
def test_an_organizational_domain_is_known_where_every_possible_answer_gives_the_same(status):
    # psd=y one label above: contoso.bank is the organizational domain whatever its own name holds.
    assert (
        organizational(walk("contoso.bank", {"contoso.bank": status, "bank": "v=DMARC1; p=none; psd=y"}))
        == "contoso.bank"
    )


@pytest.mark.parametrize("status", FAILURES)
def test_two_failures_leave_the_organizational_domain_open(status):
    steps = walk("mail.contoso.bank", {"mail.contoso.bank": status, "contoso.bank": status, "bank": "v=DMARC1; psd=y"})
    assert isinstance(organizational(steps), Unknown)
