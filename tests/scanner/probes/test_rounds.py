import asyncio

import pytest

from scanner.dns.answer import Answer, Question, Status
from scanner.probes.probe import Collected, Probe
from scanner.probes.rounds import MOST_ROUNDS, close_demand, collect

A = Question("a.test", "A")
B = Question("b.test", "A")
C = Question("c.test", "A")


def probe(subject, collect_rounds, needs=None):
    return Probe(subject, (), collect_rounds, lambda *_: Collected(None), needs or {})


def in_rounds(*rounds):
    """A probe's generator that asks these rounds and returns the statuses it got."""

    def generator(target, wanted):
        seen = []
        for questions in rounds:
            answers = yield list(questions)
            seen.append([answer.status.value for answer in answers])
        return seen

    return generator


class Counting:
    """A source that notes its rounds and knows nothing."""

    name = "counting"

    def __init__(self):
        self.rounds = []

    async def ask(self, questions):
        self.rounds.append(list(questions))
        return [Answer(question, Status.NODATA) for question in questions]

    async def close(self):
        """Nothing to free."""


def run(driver, probes, wanted, asked=None, source=None):
    source = source or Counting()
    target = driver.Target(domain="contoso.com")
    return driver.finish(collect(source, target, probes, frozenset(wanted), {} if asked is None else asked)), source


def test_rounds_of_all_probes_travel_together_and_each_question_once(driver):
    probes = [probe("mx", in_rounds([A, B], [C])), probe("spf", in_rounds([B, C]))]
    observed, source = run(driver, probes, {"mx.status", "spf.status"})
    assert source.rounds == [[A, B, C]]
    assert observed == {"mx": [["NODATA", "NODATA"], ["NODATA"]], "spf": [["NODATA", "NODATA"]]}


def test_a_probe_of_which_no_fact_is_wanted_is_not_started(driver):
    observed, source = run(driver, [probe("mx", in_rounds([A])), probe("spf", in_rounds([B]))], {"spf.status"})
    assert source.rounds == [[B]]
    assert observed.keys() == {"spf"}


def test_what_was_answered_before_is_not_asked_again(driver):
    asked = {A: Answer(A, Status.SERVFAIL)}
    observed, source = run(driver, [probe("mx", in_rounds([A], [B]))], {"mx.status"}, asked)
    assert source.rounds == [[B]]
    assert observed["mx"] == [["SERVFAIL"], ["NODATA"]]
    assert asked.keys() == {A, B}


@pytest.mark.parametrize("abreast", [False, True])
def test_domains_that_go_abreast_take_each_step_together(driver, abreast):
    steps = []

    def noting(subject):
        def generator(target, wanted):
            steps.append((subject, target.domain))
            answers = yield [A]
            return [answer.status.value for answer in answers]

        return probe(subject, generator)

    async def main():
        probes = [noting("mx"), noting("spf")]
        targets = [driver.Target(domain=domain) for domain in ("contoso.com", "fabrikam.com")]
        scans = [collect(Counting(), one, probes, frozenset({"mx.a", "spf.a"}), {}, abreast=abreast) for one in targets]
        return await asyncio.gather(*scans)

    assert asyncio.run(main()) == [{"mx": ["NODATA"], "spf": ["NODATA"]}] * 2
    by_domain = [(subject, domain) for domain in ("contoso.com", "fabrikam.com") for subject in ("mx", "spf")]
    by_step = [(subject, domain) for subject in ("mx", "spf") for domain in ("contoso.com", "fabrikam.com")]
    assert steps == (by_step if abreast else by_domain)


def test_probes_without_questions_end_at_once(driver):
    observed, source = run(driver, [probe("mx", in_rounds()), probe("spf", in_rounds([]))], {"mx.a", "spf.a"})
    assert source.rounds == []
    assert observed == {"mx": [], "spf": [[]]}


@pytest.mark.parametrize("name", ["x" * 64 + ".test", "a." * 130 + "test"])
def test_a_name_that_dns_cannot_hold_is_not_sent_and_not_taken_for_absent(driver, name):
    observed, source = run(driver, [probe("mx", in_rounds([Question(name, "A")], [A]))], {"mx.status"})
    assert source.rounds == [[A]]
    assert observed["mx"] == [["MALFORMED"], ["NODATA"]]


def test_beyond_the_bound_questions_count_as_timed_out(driver):
    rounds = [[Question(f"{number}.test", "A")] for number in range(MOST_ROUNDS + 5)]
    observed, source = run(driver, [probe("mx", in_rounds(*rounds))], {"mx.status"})
    assert len(source.rounds) == MOST_ROUNDS
    assert observed["mx"][MOST_ROUNDS - 1 :] == [["NODATA"]] + [["TIMEOUT"]] * 5


def test_a_probe_that_asks_without_end_is_named(driver):
    def endless(target, wanted):
        number = 0
        while True:
            number += 1
            yield [Question(f"{number}.test", "A")]

    with pytest.raises(RuntimeError, match="mx"):
        run(driver, [probe("mx", endless)], {"mx.status"})


def test_a_probe_that_yields_empty_rounds_without_end_is_named(driver):
    def endless(target, wanted):
        while True:
            yield []

    with pytest.raises(RuntimeError, match="mx"):
        run(driver, [probe("mx", endless)], {"mx.status"})


def test_a_source_that_loses_answers_is_a_fault_and_the_probes_are_closed(driver):
    closed = []

    def generator(target, wanted):
        try:
            yield [A, B]
        finally:
            closed.append(True)

    class Losing(Counting):
        async def ask(self, questions):
            return [Answer(A, Status.NODATA)]

    with pytest.raises(ValueError, match="shorter"):
        run(driver, [probe("mx", generator)], {"mx.status"}, source=Losing())
    assert closed == [True]


def test_the_demand_is_closed_over_what_facts_are_made_from():
    probes = [
        probe("domain", in_rounds(), {"domain.parked": frozenset({"m365.cloud"})}),
        probe("m365", in_rounds(), {"m365.cloud": frozenset({"mx.cloud"}), "m365.tenant_domain": frozenset({"dkim.tenant"})}),
    ]  # fmt: skip
    assert close_demand({"domain.parked"}, probes) == {"domain.parked", "m365.cloud", "mx.cloud"}
    assert close_demand(set(), probes) == frozenset()


def test_needs_that_go_in_a_circle_end():
    probes = [
        probe("a", in_rounds(), {"a.x": frozenset({"b.y"})}),
        probe("b", in_rounds(), {"b.y": frozenset({"a.x"})}),
    ]
    assert close_demand({"a.x"}, probes) == {"a.x", "b.y"}
