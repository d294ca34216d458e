"""The judgement of real domains: nothing breaks, everything has its type, and unknown is never taken for absent."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
import realworld
from jsonschema import Draft202012Validator
from realworld import fact, facts_of, has_type, is_unknown
from realworld_oddities import ODDITIES, Oddity

from reports.jsondoc import decode_domain, encode_domain
from reports.schemafile import PATH
from rules.results import DomainResult, Target
from scanner.dns.recorded import Missing

pytestmark = [
    pytest.mark.realworld,
    pytest.mark.skipif(
        not realworld.record_files(), reason=f"no record sets in {realworld.FOLDER}; set MAILREADY_REALWORLD"
    ),
]

Results = dict[str, DomainResult]
SAMPLE = 200
DECIDED = frozenset({"pass", "fail"})


def scanned(missing: Missing) -> Results:
    return {result.domain: result for result in realworld.scan(realworld.targets(realworld.domains()), missing)}


@pytest.fixture(scope="module")
def unknown() -> Results:
    """A name without a line is not recorded: nobody knows what is there."""
    return scanned("unknown")


@pytest.fixture(scope="module")
def nodata() -> Results:
    """A name without a line has no records."""
    return scanned("nodata")


@pytest.fixture(scope="module")
def both(unknown: Results, nodata: Results) -> list[DomainResult]:
    return [*unknown.values(), *nodata.values()]


def of(results: Results, oddity: Oddity) -> DomainResult:
    """The result of an oddity's domain; a name below a zone, or one with selectors, is scanned by itself."""
    known = None if oddity.selectors else results.get(oddity.domain)
    if known is not None:
        return known
    (found,) = realworld.scan([Target(domain=oddity.domain, selectors=oddity.selectors)], oddity.missing)
    return found


def test_every_domain_is_judged(unknown: Results, nodata: Results) -> None:
    assert len(unknown) > 4000
    assert unknown.keys() == nodata.keys()
    assert {result.profile for result in nodata.values()} >= {"onboarding", "behind-gateway", "parked"}


def test_every_fact_has_the_type_of_the_catalogue(both: list[DomainResult]) -> None:
    wrong = [
        (result.domain, name, value)
        for result in both
        for name, fact_type, value in facts_of(result)
        if not has_type(value, fact_type)
    ]
    assert wrong == []


def test_every_result_is_written_as_one_line(both: list[DomainResult]) -> None:
    assert not [result.domain for result in both if b"\n" in encode_domain(result)]


def test_results_are_read_back_and_valid_by_the_published_schema(both: list[DomainResult]) -> None:
    validator = Draft202012Validator(json.loads(PATH.read_text(encoding="utf-8")))
    for result in random.Random(7208).sample(both, SAMPLE):
        line = encode_domain(result)
        assert encode_domain(decode_domain(line)) == line
        validator.validate(json.loads(line))


def contradictions(name: str, partial: Any, whole: Any) -> Iterator[str]:
    """Where a fact of partly unknown records says something that the same records with nothing unknown do not."""
    if is_unknown(partial) or partial == whole:
        return
    if name == "spf.lookups_at_least" and not is_unknown(whole) and partial <= whole:
        return
    if isinstance(partial, dict) and isinstance(whole, dict) and partial.keys() == whole.keys():
        for key, value in partial.items():
            yield from contradictions(f"{name}.{key}", value, whole[key])
        return
    if isinstance(partial, list) and isinstance(whole, list):
        seen = [item for item in partial if not is_unknown(item)]
        complete = len(seen) == len(partial)
        strangers = [item for item in seen if all(any(contradictions(name, item, other)) for other in whole)]
        if not strangers and (not complete or len(partial) == len(whole)):
            return
    yield f"{name}: {partial!r} became {whole!r}"


def test_what_is_not_recorded_is_never_taken_for_absent(unknown: Results, nodata: Results) -> None:
    """That nothing is there is one of the ways in which an unknown can end, so that nothing known may change by it."""
    wrong = [
        (domain, contradiction)
        for domain, result in unknown.items()
        if result.profile == nodata[domain].profile
        for name, _, value in facts_of(result)
        for contradiction in contradictions(name, value, fact(nodata[domain].facts, name))
    ]
    assert wrong == []


def test_no_rule_decides_by_what_is_not_recorded(unknown: Results, nodata: Results) -> None:
    wrong = []
    for domain, result in unknown.items():
        whole = {finding.rule: finding.status for finding in nodata[domain].findings}
        for finding in result.findings:
            if finding.status not in DECIDED:
                continue
            if finding.observed and all(is_unknown(value) for value in finding.observed.values()):
                wrong.append((domain, finding.rule, finding.status, "all that it saw is unknown"))
            elif result.profile == nodata[domain].profile and whole[finding.rule] != finding.status:
                wrong.append((domain, finding.rule, finding.status, whole[finding.rule]))
    assert wrong == []


def test_no_change_takes_away_the_last_way_in(both: list[DomainResult]) -> None:
    """Who deletes the MX records that are shown still receives mail, unless no mail is expected."""
    wrong = []
    for result in both:
        exchanges = [change for change in result.changes if change.type == "MX"]
        gone = [change for change in exchanges if change.action == "delete" and change.value != "0 ."]
        remains = fact(result.facts, "mx.expected_m365")
        if gone and result.profile != "parked" and not isinstance(remains, str):
            receiving = [r for r in fact(result.facts, "mx.records") if r["resolves"] is True]
            deleted = {change.value for change in gone}
            if all(f"{record['preference']} {record['host']}." in deleted for record in receiving):
                wrong.append((result.domain, deleted))
    assert wrong == []


def test_a_suggested_spf_record_is_valid_and_settles_the_matter(nodata: Results) -> None:
    """What is suggested stands in place of what is there, and is judged again."""
    changed = [result for result in nodata.values() if is_changed(fact(result.facts, "spf"))]
    wrong = []
    for before in random.Random(7208).sample(changed, SAMPLE):
        spf = fact(before.facts, "spf")
        (after,) = realworld.scan(
            [Target(domain=before.domain, profile=before.profile)], "nodata", {before.domain: spf["suggested"]}
        )
        published = fact(after.facts, "spf")
        if not published["text_valid"] or (published["over_limit"] is True and spf["over_limit"] is not True):
            wrong.append((before.domain, "broken", spf["suggested"]))
        if is_changed(published):
            wrong.append((before.domain, spf["suggested"], published["suggested"]))
    assert wrong == []


def is_changed(spf: dict[str, Any]) -> bool:
    return isinstance(spf["suggested"], str) and spf["suggested"] != spf["record"]


@pytest.mark.parametrize("oddity", ODDITIES, ids=lambda oddity: f"{oddity.kind}: {oddity.domain}")
def test_a_known_oddity_is_judged_as_a_person_judges_it(oddity: Oddity, unknown: Results, nodata: Results) -> None:
    result = of(nodata if oddity.missing == "nodata" else unknown, oddity)
    assert dict(oddity.differences(result)) == {}


def test_the_table_has_many_kinds_of_oddity() -> None:
    assert len({oddity.kind for oddity in ODDITIES}) == len(ODDITIES) >= 50
