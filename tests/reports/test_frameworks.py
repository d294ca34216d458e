"""reports.frameworks: a requirement's outcome follows from its rules, and never says more than was looked at."""

from __future__ import annotations

import pytest
import sample
from sample import replace

from reports.frameworks import JudgedRequirement, judge_frameworks
from rules.results import FrameworkText, Requirement, RuleText


def judge(*statuses: str, testable: bool = True, left_out: int = 0) -> JudgedRequirement:
    names = [f"R-{number}" for number in range(len(statuses) + left_out)]
    template = sample.findings()[0]
    findings = tuple(replace(template, rule=n, status=s) for n, s in zip(names, statuses, strict=False))  # type: ignore[arg-type]
    rules = {name: RuleText(title="", why="", maps={"f": ("1",)}) for name in names}
    requirement = Requirement(id="1", title="", testable=testable)
    framework = {"f": FrameworkText(id="f", title="", url="", requirements=(requirement,))}
    (judged,) = judge_frameworks(sample.result(findings=findings), framework, rules)
    assert judged.tally == {judged.requirements[0].outcome: 1}
    return judged.requirements[0]


@pytest.mark.parametrize(
    ("statuses", "outcome"),
    [
        (("pass",), "met"),
        (("pass", "not_applicable"), "met"),
        (("pass", "fail"), "not_met"),
        (("fail", "unknown"), "not_met"),
        (("pass", "blocked"), "not_met"),
        (("pass", "unknown"), "unknown"),
        (("unknown", "waived"), "unknown"),
        (("pass", "waived"), "waived"),
        (("not_applicable",), "not_applicable"),
        ((), "not_judged"),
    ],
)
def test_the_outcome_follows_from_the_statuses(statuses: tuple[str, ...], outcome: str) -> None:
    assert judge(*statuses).outcome == outcome


def test_what_public_dns_cannot_answer_stays_untestable_whatever_maps_to_it() -> None:
    assert judge("pass", testable=False).outcome == "not_testable"


def test_rules_that_the_profile_left_out_are_named() -> None:
    judged = judge("pass", left_out=2)
    assert judged.rules == ("R-0",)
    assert judged.left_out == ("R-1", "R-2")


def test_every_requirement_of_every_framework_is_there() -> None:
    judged = judge_frameworks(sample.result(), sample.FRAMEWORKS, sample.RULES)
    assert [j.framework.id for j in judged] == ["cis_m365_v6", "scuba"]
    outcomes = {r.requirement.id: r.outcome for j in judged for r in j.requirements}
    assert outcomes == {
        "2.1.1": "not_testable",
        "2.1.8": "not_met",
        "2.1.9": "met",
        "2.1.10": "not_met",
        "MS.EXO.1.1v1": "met",
        "MS.EXO.4.2v1": "waived",
        "MS.EXO.4.9v1": "not_judged",
    }
