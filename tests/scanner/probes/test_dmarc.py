"""The DMARC probe: which questions it asks, in which rounds, and the facts that it makes of the answers."""

import fnmatch
import itertools

import pytest
from flattened import flatten
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.facts import NOT_ASKED, Profile, Unknown, catalogue
from rules.results import Target
from scanner.dns.answer import Answer, Link, Question, Status
from scanner.probes.dmarc import PROBE

FACTS = frozenset(name for name in catalogue() if name.startswith("dmarc."))
ORGANIZATIONAL = "domain.organizational"
ONBOARDING = Profile(
    name="onboarding", inbound="microsoft365", sends_from_m365=True, dmarc_policies=("quarantine", "reject")
)
FAILURES = [Status.SERVFAIL, Status.TIMEOUT, Status.REFUSED, Status.MALFORMED, Status.NOT_RECORDED]


class Zones:
    """A dict of names to TXT (a text or several), a status, or an alias ("-> target"); "MX name" holds other types."""

    def __init__(self, records, otherwise=Status.NXDOMAIN):
        self.records, self.otherwise, self.rounds = records, otherwise, []

    def answer(self, question):
        key = question.name if question.type == "TXT" else f"{question.type} {question.name}"
        held, chain = self.records.get(key, self.otherwise), ()
        if isinstance(held, str) and held.startswith("-> "):
            chain = (Link(question.name, held[3:]),)
            held = self.records.get(held[3:], Status.NXDOMAIN)
        if isinstance(held, Status):
            return Answer(question, held, chain=chain)
        return Answer(question, Status.NOERROR, (held,) if isinstance(held, str) else tuple(held), chain=chain)

    def observe(self, domain, wanted=FACTS):
        steps = PROBE.collect(Target(domain=domain), frozenset(wanted))
        try:
            questions = next(steps)
            while True:
                self.rounds.append([f"{question.type} {question.name}" for question in questions])
                questions = steps.send([self.answer(question) for question in questions])
        except StopIteration as end:
            return end.value

    def collected(self, domain, wanted=FACTS, profile=ONBOARDING):
        return PROBE.fold(Target(domain=domain), {"dmarc": self.observe(domain, wanted)}, profile)

    def facts(self, domain, wanted=FACTS, profile=ONBOARDING):
        return self.collected(domain, wanted, profile).facts


def codes(facts):
    return [problem.code for problem in facts.problems if not isinstance(problem, Unknown)]


# Rounds


def test_a_domain_with_its_own_record_costs_one_question():
    zones = Zones({"_dmarc.contoso.com": "v=DMARC1; p=reject; rua=mailto:dmarc@contoso.com"})
    zones.facts("contoso.com")
    assert zones.rounds == [["TXT _dmarc.contoso.com"]]


def test_report_hosts_outside_are_asked_in_the_round_after():
    zones = Zones({"_dmarc.contoso.com": "v=DMARC1; p=reject; rua=mailto:a@agg.example,mailto:b@agg.test"})
    zones.facts("contoso.com")
    assert zones.rounds[1:] == [
        ["TXT contoso.com._report._dmarc.agg.example", "TXT contoso.com._report._dmarc.agg.test"]
    ]


def test_a_domain_without_a_record_costs_one_round_more_for_the_whole_walk():
    zones = Zones({})
    zones.facts("mail.contoso.com")
    assert zones.rounds == [
        ["TXT _dmarc.mail.contoso.com"],
        [
            "TXT _dmarc.contoso.com",
            "TXT _dmarc.com",
            "TXT mail.contoso.com",
            "MX mail.contoso.com",
            "TXT _dmarc.mail.contoso.com.contoso.com",
        ],
    ]


def test_the_organizational_domain_makes_the_walk_part_of_the_first_round():
    zones = Zones({"_dmarc.contoso.com": "v=DMARC1; p=none", "_dmarc.mail.contoso.com": "v=DMARC1; p=reject"})
    seen = zones.observe("mail.contoso.com", {ORGANIZATIONAL})
    assert zones.rounds == [["TXT _dmarc.mail.contoso.com", "TXT _dmarc.contoso.com", "TXT _dmarc.com"]]
    assert seen.organizational == "contoso.com"
    assert [asked.name for asked in seen.organizational_asked] == [asked[4:] for asked in zones.rounds[0]]


def test_the_organizational_domain_is_not_told_unless_it_is_wanted():
    assert Zones({}).observe("contoso.com").organizational is NOT_ASKED


def test_nothing_is_asked_where_nothing_is_wanted():
    zones = Zones({})
    assert zones.facts("contoso.com", {"spf.record", "mx.hosts"}).status is NOT_ASKED
    assert zones.rounds == []


def test_a_failure_at_the_own_name_ends_the_asking():
    zones = Zones({"_dmarc.contoso.com": Status.SERVFAIL})
    zones.facts("contoso.com")
    assert zones.rounds == [["TXT _dmarc.contoso.com"]]


def test_no_more_than_ten_report_hosts_are_asked():
    rua = ",".join(f"mailto:a@agg{i}.example" for i in range(14))
    # Hosts under one registrable domain of the example suffix are each an organization of their own.
    zones = Zones({"_dmarc.contoso.com": f"v=DMARC1; p=none; rua={rua}"})
    facts = zones.facts("contoso.com")
    assert len(zones.rounds[1]) == 10
    assert [isinstance(host, Unknown) for host in facts.unauthorised_destinations] == [False] * 10 + [True] * 4


WORLDS = [
    {"_dmarc.contoso.com": "v=DMARC1; p=reject; rua=mailto:a@agg.example"},
    {"_dmarc.contoso.com": ("v=DMARC1; p=reject", "v=DMARC1; p=none")},
    {"_dmarc.contoso.com": "v=dmarc1; p=none"},
    {"_dmarc.com": "v=DMARC1; p=reject; sp=none; np=reject; psd=y; rua=mailto:a@agg.example"},
    {},
]


def declared(question, wanted):
    """The Ask that covers a question about contoso.com."""
    patterns = {
        "_dmarc.{domain}": "_dmarc.contoso.com",
        "{domain}": "contoso.com",
        "_dmarc.<top-level domain>": "_dmarc.com",
        "_dmarc.{domain}.<registrable domain>": "_dmarc.contoso.com.contoso.com",
        "<policy domain>._report._dmarc.<each report host outside the organization>": "*._report._dmarc.*",
    }
    return any(
        f"{ask.type} {name}" == question or fnmatch.fnmatchcase(question, f"{ask.type} {name}")
        for ask in PROBE.asks
        if ask.facts & wanted
        for name in [patterns.get(ask.name, ask.name)]
    )


@pytest.mark.parametrize("fact", sorted({*FACTS, ORGANIZATIONAL}))
@pytest.mark.parametrize("world", WORLDS)
def test_only_declared_questions_are_asked_for_a_fact_and_only_that_fact_is_told(fact, world):
    zones = Zones(world)
    facts = zones.facts("contoso.com", {fact})
    asked = [question for asked in zones.rounds for question in asked]
    assert asked
    assert all(declared(question, {fact}) for question in asked), asked
    assert {name for name, _ in flatten("dmarc", facts)} == {fact} - {ORGANIZATIONAL}


@pytest.mark.parametrize("world", WORLDS)
def test_a_fact_wanted_alone_is_the_same_as_with_all_others(world):
    whole = dict(flatten("dmarc", Zones(world).facts("contoso.com")))
    assert {fact: dict(flatten("dmarc", Zones(world).facts("contoso.com", {fact})))[fact] for fact in FACTS} == whole


@pytest.mark.parametrize("world", WORLDS)
def test_every_fact_names_questions_that_were_asked(world):
    zones = Zones(world)
    collected = zones.collected("contoso.com", FACTS | {ORGANIZATIONAL})
    asked = {question for asked in zones.rounds for question in asked}
    assert collected.asked[()]
    for questions in collected.asked.values():
        assert {f"{question.type} {question.name}" for question in questions} <= asked


# The record that applies


def test_the_own_record_makes_all_facts():
    record = (
        "v=DMARC1; p=reject; sp=quarantine; np=none; t=y; pct=50; fo=1; adkim=s; rua=mailto:a@contoso.com!1m;"
        " ruf=mailto:f@contoso.com"
    )
    facts = dict(flatten("dmarc", Zones({"_dmarc.contoso.com": (record, "unrelated")}).facts("contoso.com")))
    problems = facts.pop("dmarc.problems")
    facts.pop("dmarc.suggested")
    assert facts == {
        "dmarc.status": "valid",
        "dmarc.record": record,
        "dmarc.records": (record,),
        "dmarc.near_misses": (),
        "dmarc.spf_records": (),
        "dmarc.alias": None,
        "dmarc.found_at": "contoso.com",
        "dmarc.inherited": False,
        "dmarc.error": None,
        "dmarc.policy": "reject",
        "dmarc.subdomain_policy": "quarantine",
        "dmarc.nonexistent_policy": "none",
        "dmarc.applied_policy": "quarantine",
        "dmarc.testing": True,
        "dmarc.pct": 50,
        "dmarc.fo": "1",
        "dmarc.alignment_spf": "relaxed",
        "dmarc.alignment_dkim": "strict",
        "dmarc.rua": ("mailto:a@contoso.com",),
        "dmarc.ruf": ("mailto:f@contoso.com",),
        "dmarc.unauthorised_destinations": (),
        "dmarc.obsolete_tags": ("pct",),
    }
    assert {problem.code for problem in problems} == {"obsolete_tag", "partial_pct", "size_limit", "unrelated_txt"}


def test_nothing_published_is_none_and_never_unknown():
    facts = Zones({}).facts("contoso.com")
    assert (facts.status, facts.record, facts.records, facts.found_at, facts.error) == ("none", None, (), None, None)
    assert (facts.inherited, facts.testing, facts.policy, facts.applied_policy) == (False, False, None, None)
    assert (facts.rua, facts.problems, facts.unauthorised_destinations) == ((), (), ())


def test_a_record_without_effect_is_invalid_and_says_why():
    facts = Zones({"_dmarc.contoso.com": "v=DMARC1; p=rejct", "_dmarc.com": "v=DMARC1; p=reject"}).facts("contoso.com")
    assert (facts.status, facts.found_at, facts.inherited) == ("invalid", "contoso.com", False)
    assert (facts.policy, facts.applied_policy) == (None, None)
    assert "rejct" in facts.error


def test_two_records_and_none_above_are_invalid():
    texts = ("v=DMARC1; p=none", "v=DMARC1; p=reject")
    facts = Zones({"_dmarc.contoso.com": texts}).facts("contoso.com")
    assert (facts.status, facts.record, facts.records, facts.applied_policy) == ("invalid", None, texts, None)
    assert "2 DMARC records" in facts.error
    assert codes(facts) == ["multiple_records"]


def test_two_records_leave_the_policy_to_the_parent_and_are_named():
    texts = ("v=DMARC1; p=none", "v=DMARC1; p=quarantine")
    facts = Zones({"_dmarc.mail.contoso.com": texts, "_dmarc.contoso.com": "v=DMARC1; p=reject"}).facts(
        "mail.contoso.com"
    )
    assert (facts.status, facts.found_at, facts.inherited, facts.applied_policy) == (
        "valid",
        "contoso.com",
        True,
        "reject",
    )
    assert (facts.record, facts.records) == ("v=DMARC1; p=reject", texts)
    assert codes(facts) == ["multiple_records"]


def test_two_records_at_the_parent_are_an_error_for_the_domain_below():
    texts = ("v=DMARC1; p=none", "v=DMARC1; p=quarantine")
    facts = Zones({"_dmarc.contoso.com": texts}).facts("mail.contoso.com")
    assert (facts.status, facts.records) == ("invalid", ())
    assert "_dmarc.contoso.com" in facts.error


@pytest.mark.parametrize("near", ["nv=DMARC1; p=reject", "v=dmarc1; p=reject", "p=reject; rua=mailto:a@contoso.com"])
def test_a_near_miss_is_invalid_and_shown(near):
    facts = Zones({"_dmarc.contoso.com": near}).facts("contoso.com")
    assert (facts.status, facts.record, facts.records, facts.near_misses) == ("invalid", None, (), (near,))
    assert facts.error is not None
    assert facts.problems[0].where == near


def test_a_near_miss_below_a_parents_record_is_named_beside_the_inherited_policy():
    zones = Zones({"_dmarc.mail.contoso.com": "v=DMARC1 p=reject", "_dmarc.contoso.com": "v=DMARC1; p=none"})
    facts = zones.facts("mail.contoso.com")
    assert (facts.status, facts.inherited, facts.applied_policy) == ("valid", True, "none")
    assert codes(facts) == ["missing_semicolon"]


@pytest.mark.parametrize(("text", "code"), [("v=spf1 -all", "spf_record"), ("hello", "unrelated_txt")])
def test_other_txt_at_the_name_is_no_attempt_at_dmarc(text, code):
    facts = Zones({"_dmarc.contoso.com": text}).facts("contoso.com")
    assert (facts.status, facts.error, facts.near_misses) == ("none", None, ())
    assert codes(facts) == [code]


def test_a_record_at_the_doubled_zone_name_is_found_there():
    facts = Zones({"_dmarc.contoso.com.contoso.com": "v=DMARC1; p=reject"}).facts("contoso.com")
    assert facts.status == "none"
    assert [(problem.code, problem.where) for problem in facts.problems] == [
        ("doubled_zone", "_dmarc.contoso.com.contoso.com")
    ]


def test_a_subdomains_doubled_name_ends_in_its_registrable_domain():
    facts = Zones({"_dmarc.mail.contoso.com.contoso.com": "v=DMARC1; p=reject"}).facts("mail.contoso.com")
    assert codes(facts) == ["doubled_zone"]


def test_a_record_at_the_domain_itself_is_named():
    facts = Zones({"contoso.com": ("v=spf1 -all", "v=DMARC1; p=reject")}).facts("contoso.com")
    assert (facts.status, codes(facts)) == ("none", ["at_apex"])


def test_an_alias_is_followed_and_shown():
    zones = Zones({"_dmarc.contoso.com": "-> dmarc.fabrikam.com", "dmarc.fabrikam.com": "v=DMARC1; p=reject"})
    facts = zones.facts("contoso.com")
    assert (facts.status, facts.found_at, facts.alias) == ("valid", "contoso.com", "dmarc.fabrikam.com")


def test_an_alias_of_nothing_is_invalid():
    facts = Zones({"_dmarc.contoso.com": "-> dmarc.fabrikam.com"}).facts("contoso.com")
    assert (facts.status, facts.alias, codes(facts)) == ("invalid", "dmarc.fabrikam.com", ["dangling_alias"])


def test_an_alias_stays_known_where_its_end_fails():
    zones = Zones({"_dmarc.contoso.com": "-> dmarc.fabrikam.com", "dmarc.fabrikam.com": Status.SERVFAIL})
    facts = zones.facts("contoso.com")
    assert facts.alias == "dmarc.fabrikam.com"
    assert isinstance(facts.status, Unknown)


# Inheritance

PARENT = "v=DMARC1; p=reject; sp=quarantine; np=none"


@pytest.mark.parametrize(
    ("held", "applied"),
    [
        ({"mail.contoso.com": "text", "MX mail.contoso.com": Status.NODATA}, "quarantine"),
        ({"mail.contoso.com": Status.NODATA, "MX mail.contoso.com": Status.NODATA}, "quarantine"),
        ({"mail.contoso.com": Status.SERVFAIL, "MX mail.contoso.com": "10 mx.contoso.com."}, "quarantine"),
        ({}, "none"),
    ],
)
def test_sp_holds_for_a_domain_that_exists_and_np_for_one_that_does_not(held, applied):
    facts = Zones({"_dmarc.contoso.com": PARENT, **held}).facts("mail.contoso.com")
    assert (facts.policy, facts.subdomain_policy, facts.nonexistent_policy) == ("reject", "quarantine", "none")
    assert (facts.inherited, facts.found_at, facts.applied_policy) == (True, "contoso.com", applied)


@pytest.mark.parametrize("status", FAILURES)
def test_unknown_existence_matters_only_where_sp_and_np_differ(status):
    unclear = {"mail.contoso.com": status, "MX mail.contoso.com": status}
    assert isinstance(
        Zones({"_dmarc.contoso.com": PARENT, **unclear}).facts("mail.contoso.com").applied_policy, Unknown
    )
    same = {"_dmarc.contoso.com": "v=DMARC1; p=none; sp=reject", **unclear}
    assert Zones(same).facts("mail.contoso.com").applied_policy == "reject"


def test_a_public_suffix_domains_policy_is_inherited():
    facts = Zones({"_dmarc.bank": "v=DMARC1; p=reject; psd=y"}).facts("contoso.bank")
    assert (facts.status, facts.found_at, facts.applied_policy) == ("valid", "bank", "reject")


def test_report_hosts_of_an_inherited_record_authorise_the_domain_that_has_the_record():
    zones = Zones(
        {
            "_dmarc.contoso.com": "v=DMARC1; p=none; rua=mailto:a@agg.example",
            "contoso.com._report._dmarc.agg.example": "v=DMARC1",
        }
    )
    assert zones.facts("mail.contoso.com").unauthorised_destinations == ()


# Unknown is not absent


@pytest.mark.parametrize("status", FAILURES)
def test_a_failure_at_the_own_name_makes_every_fact_unknown(status):
    facts = Zones({"_dmarc.contoso.com": status, "_dmarc.com": "v=DMARC1; p=reject"}).facts("contoso.com")
    assert all(isinstance(value, Unknown) for _, value in flatten("dmarc", facts))
    assert "_dmarc.contoso.com" in facts.status.reason


@pytest.mark.parametrize("status", FAILURES)
def test_a_failure_at_a_parent_leaves_what_the_own_name_shows(status):
    texts = ("v=DMARC1; p=none", "v=DMARC1; p=reject")
    facts = Zones({"_dmarc.contoso.com": texts, "_dmarc.com": status}).facts("contoso.com")
    assert isinstance(facts.status, Unknown)
    assert facts.records == texts
    assert codes(facts) == ["multiple_records"]
    assert any(isinstance(problem, Unknown) for problem in facts.problems)


@pytest.mark.parametrize("status", FAILURES)
def test_a_failure_at_a_report_host_touches_nothing_else(status):
    record = "v=DMARC1; p=reject; rua=mailto:a@agg.example"
    good = dict(flatten("dmarc", Zones({"_dmarc.contoso.com": record}).facts("contoso.com")))
    zones = Zones({"_dmarc.contoso.com": record, "contoso.com._report._dmarc.agg.example": status})
    failed = dict(flatten("dmarc", zones.facts("contoso.com")))
    (refused,) = failed.pop("dmarc.unauthorised_destinations")
    assert isinstance(refused, Unknown)
    assert good.pop("dmarc.unauthorised_destinations") == ("agg.example",)
    assert failed == good


RECORDS = [
    "v=DMARC1; p=none",
    "v=DMARC1; p=reject; sp=none; np=quarantine; rua=mailto:a@agg.example,mailto:b@contoso.com",
    "v=DMARC1; p=quarantine; psd=n; t=y",
    "v=DMARC1; p=reject; psd=y",
    "v=DMARC1; p=rejct",
    ("v=DMARC1; p=none", "v=DMARC1; p=reject"),
    "nv=DMARC1; p=none",
    "v=spf1 -all",
    "-> elsewhere.test",
    Status.NODATA,
    Status.NXDOMAIN,
]
NAMES = [
    "_dmarc.mail.contoso.com",
    "_dmarc.contoso.com",
    "_dmarc.com",
    "mail.contoso.com",
    "MX mail.contoso.com",
    "_dmarc.mail.contoso.com.contoso.com",
    "contoso.com._report._dmarc.agg.example",
    "mail.contoso.com._report._dmarc.agg.example",
]


def weakened(before, after):
    """`after` says nothing else than `before`: it may know less."""
    if isinstance(after, Unknown) or before == after:
        return True
    if not isinstance(after, tuple) or not any(isinstance(element, Unknown) for element in after):
        return False
    return {element for element in after if not isinstance(element, Unknown)} <= set(before)


@settings(max_examples=150, deadline=None)
@given(st.fixed_dictionaries({name: st.sampled_from(RECORDS) for name in NAMES}), st.sampled_from(FAILURES))
def test_no_failure_turns_a_known_fact_into_another(world, status):
    healthy = Zones(world)
    seen = healthy.observe("mail.contoso.com", FACTS | {ORGANIZATIONAL})
    before = {**dict(flatten("dmarc", Zones(world).facts("mail.contoso.com"))), ORGANIZATIONAL: seen.organizational}
    asked = sorted({name.removeprefix("TXT ") for names in healthy.rounds for name in names})
    for failed in itertools.chain(itertools.combinations(asked, 1), itertools.combinations(asked, 2)):
        broken = {**world, **dict.fromkeys(failed, status)}
        after = dict(flatten("dmarc", Zones(broken).facts("mail.contoso.com")))
        after[ORGANIZATIONAL] = Zones(broken).observe("mail.contoso.com", {ORGANIZATIONAL}).organizational
        wrong = {name: (before[name], value) for name, value in after.items() if not weakened(before[name], value)}
        assert not wrong, failed


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), st.lists(st.text(max_size=80), max_size=3).map(tuple)))
def test_no_text_in_dns_makes_the_probe_raise(world):
    facts = dict(flatten("dmarc", Zones(world).facts("mail.contoso.com", FACTS | {ORGANIZATIONAL})))
    assert facts.keys() == FACTS


def test_questions_are_in_the_form_that_a_source_takes():
    zones = Zones({"_dmarc.contoso.com": "v=DMARC1; p=none; rua=mailto:a@AGG.Example"})
    zones.facts("contoso.com")
    assert zones.answer(Question("contoso.com._report._dmarc.agg.example", "TXT")).absent
    assert zones.rounds[1] == ["TXT contoso.com._report._dmarc.agg.example"]
