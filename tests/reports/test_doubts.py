"""Who answered in a run, and what is doubtful of it, in every format that tells of a run."""

from __future__ import annotations

import json

import pytest
import sample

from reports.causes import TRY_WORDS, causes
from reports.writers import render_one
from rules.results import QueryRecord, Report, ResolverUse

DOUBT = "The resolver 192.0.2.1 answers <b>anything</b> (A of x.invalid is 198.51.100.7): sign in."
RESOLVERS = (ResolverUse(server="192.0.2.1", answers=0), ResolverUse(server="192.0.2.2", answers=1234))


def doubtful(number: int) -> Report:
    report = sample.report()
    run = sample.replace(report.run, source="resolver 192.0.2.1, 192.0.2.2", resolvers=RESOLVERS, doubts=(DOUBT,))
    return sample.replace(report, run=run, domains=report.domains[:number])


@pytest.mark.parametrize("domains", [1, 2])
def test_a_page_shows_a_doubt_harmlessly_and_who_answered(domains: int) -> None:
    page = render_one(doubtful(domains), "html").decode()
    shown = page.partition('<script type="application/json"')[0]
    assert shown.count("Doubt about the answers:") == 1
    assert "answers &lt;b&gt;anything&lt;/b&gt;" in shown
    assert "<b>anything" not in shown
    assert "192.0.2.1 gave 0 answers. 192.0.2.2 gave 1,234 answers." in " ".join(shown.split())


@pytest.mark.parametrize("domains", [1, 2])
def test_markdown_tells_a_doubt_once(domains: int) -> None:
    text = render_one(doubtful(domains), "md").decode()
    assert text.count("Doubt about the answers: The resolver 192.0.2.1") == 1
    assert "`<b>anything</b>`" in text, "in a code span it is no HTML"


def test_json_has_both() -> None:
    run = json.loads(render_one(doubtful(1), "json"))["run"]
    assert run["doubts"] == [DOUBT]
    assert run["resolvers"][1] == {"server": "192.0.2.2", "answers": 1234}


@pytest.mark.parametrize("format_", ["html", "md"])
def test_without_a_doubt_there_is_nothing_to_see(format_: str) -> None:
    assert "Doubt" not in render_one(sample.report(), format_).decode().partition("application/json")[0]


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [
        ("REFUSED", "blocked by the resolver, so nothing is known of the name itself (extended error 15)", "filter"),
        ("MALFORMED", "the resolver answers alike for names that cannot exist, so it makes answers up", "Sign in"),
        ("TIMEOUT", "not answered within 15 s, the time for one domain", "--timeout"),
        ("SERVFAIL", "fails DNSSEC validation (extended error 7, signature expired)", "signed again"),
        ("SERVFAIL", "fails DNSSEC validation: the resolver answers only if told not to check", "signed again"),
        ("MALFORMED", "CNAME loop at contoso.com", "aliases"),
        ("TIMEOUT", "no answer; 3 attempts", TRY_WORDS["TIMEOUT"]),
    ],
)
def test_what_to_try_follows_the_reason_of_a_live_scan(status: str, reason: str, words: str) -> None:
    result = next(result for result in sample.report().domains if any(f.status == "unknown" for f in result.findings))
    query = QueryRecord(name="contoso.com", type="MX", status=status, server="192.0.2.1", reason=reason)
    findings = tuple(
        sample.replace(finding, evidence=(0,)) for finding in result.findings if finding.status == "unknown"
    )
    (cause,) = causes(sample.replace(result, answers=(query,), findings=findings))
    assert words in cause.advice
