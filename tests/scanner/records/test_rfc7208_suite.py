"""The RFC 7208 conformance suite (openspf.org, release 2014.04), classified as for an address that matches no term.

The suite gives the result for one sender; `spf.status` says whether the record can be used at all. So what is expected of a case
follows from its result:

    none                              none
    permerror                         permerror
    temperror                         unknown
    pass, fail, softfail, neutral     valid
    a list of results                 any of them

A sender that the suite lets match before an error is reached is the one thing that this cannot say; `OTHERWISE` names
those cases. The suite is fetched by the set-up (scripts/fetch_rfc7208_suite.py), because it has a licence of its own.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from rules.facts import Profile, Unknown
from rules.results import Target
from scanner.dns.answer import Answer, Link, Question, Status, text_of_bytes
from scanner.dns.presentation import BadFormError, canonical_name
from scanner.probes import spf

SUITE = Path(__file__).parents[3] / ".cache" / "rfc7208-tests.yml"

OTHERWISE: dict[str, tuple[str, str]] = {
    "include-at-limit": (
        "permerror",
        "its eleventh lookup stands behind the ip4 term that the suite's sender matches; who matches no term reaches it",
    ),
}
"""Case -> (what is expected, why it differs from the rule above)."""


def _cases() -> list[Any]:
    if not SUITE.is_file():
        return []
    found = []
    with SUITE.open(encoding="utf-8") as file:
        for scenario in yaml.safe_load_all(file):
            zone = _zone(scenario["zonedata"])
            found += [pytest.param(zone, case, id=name) for name, case in scenario["tests"].items()]
    return found


class _Zone:
    """The suite's zone data as answers. TIMEOUT holds for every type that a name has no records of."""

    def __init__(self) -> None:
        self.sets: dict[tuple[str, str], list[str]] = {}
        self.silent: set[str] = set()
        self.names: set[str] = set()

    def answer(self, question: Question) -> Answer:
        name, chain = question.name, ()
        while (alias := self.sets.get((name, "CNAME"))) and len(chain) < 8:
            chain = (*chain, Link(name, alias[0].removesuffix(".")))
            name = chain[-1].target
        if values := self.sets.get((name, question.type)):
            return Answer(question, Status.NOERROR, tuple(sorted(values)), chain=chain)
        if name in self.silent:
            return Answer(question, Status.TIMEOUT, chain=chain)
        return Answer(question, Status.NODATA if name in self.names else Status.NXDOMAIN, chain=chain)


def _name(text: str) -> str:
    return canonical_name(text.replace(" ", "\\032"))


def _zone(data: dict[str, list[Any]]) -> _Zone:
    zone = _Zone()
    for owner, entries in data.items():
        name = _name(owner)
        zone.names.add(name)
        records = [(kind, value) for entry in entries if isinstance(entry, dict) for kind, value in entry.items()]
        has_txt = any(kind == "TXT" for kind, _ in records)
        if "TIMEOUT" in entries:
            zone.silent.add(name)
        for kind, value in records:
            if kind == "SPF" and has_txt:
                continue
            if kind in ("SPF", "TXT"):
                if value != "NONE":
                    zone.sets.setdefault((name, "TXT"), []).append(_text(value))
            elif kind == "MX":
                host = f"{_name(value[1])}." if value[1] else "."
                zone.sets.setdefault((name, "MX"), []).append(f"{value[0]} {host}")
            elif kind == "CNAME":
                zone.sets.setdefault((name, "CNAME"), []).append(f"{_name(value)}.")
            else:
                zone.sets.setdefault((name, kind), []).append(str(value))
    return zone


def _text(value: str | list[str]) -> str:
    joined = value if isinstance(value, str) else "".join(value)
    return text_of_bytes(joined.encode("latin-1"))


def _status(zone: _Zone, domain: str) -> str:
    wanted = frozenset({"spf.status", "spf.error", "spf.problems"})
    target = Target(domain=domain)
    rounds = spf.PROBE.collect(target, wanted)
    questions = next(rounds)
    while True:
        try:
            questions = rounds.send([zone.answer(question) for question in questions])
        except StopIteration as end:
            facts = spf.PROBE.fold(target, {"spf": end.value}, Profile()).facts
            return "unknown" if isinstance(facts.status, Unknown) else facts.status


RESULTS = {"none": "none", "permerror": "permerror", "temperror": "unknown"}


@pytest.mark.parametrize(("zone", "case"), _cases())
def test_each_record_is_classified_as_the_suite_wants_it(
    zone: _Zone, case: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    sender = case["mailfrom"].rpartition("@")[2] or case["helo"]
    try:
        domain = _name(sender)
    except BadFormError:
        # Such a name is refused before anything is asked (RFC 7208 section 4.3: the result is none).
        assert case["result"] == "none"
        return
    name = request.node.callspec.id
    results = case["result"] if isinstance(case["result"], list) else [case["result"]]
    expected = {OTHERWISE[name][0]} if name in OTHERWISE else {RESULTS.get(result, "valid") for result in results}
    assert _status(zone, domain) in expected


def test_the_suite_is_there_and_whole() -> None:
    if not SUITE.is_file():
        message = (
            "the RFC 7208 suite is not in .cache/: run python scripts/fetch_rfc7208_suite.py .cache/rfc7208-tests.yml"
        )
        if os.environ.get("MAILREADY_CI"):
            pytest.fail(message)
        pytest.skip(message)
    cases = _cases()
    assert len(cases) == 203
    assert {case.id for case in cases} >= OTHERWISE.keys()
