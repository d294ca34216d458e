from __future__ import annotations

from typing import Any

from rules.examples import run_examples
from rules.facts import Unknown
from rules.model import Condition, Example, Library, Rule, Template


def limit_rule(*examples: tuple[dict[str, Any], str], needs: tuple[str, ...] = ()) -> Rule:
    """SPF stays within the profile's limit, where the profile sends."""

    def within(facts: Any) -> Any:
        lookups = facts["spf.lookups"]
        return lookups if isinstance(lookups, Unknown) else lookups <= 10

    return Rule(
        id="SPF-004",
        title="SPF stays within 10 lookups",
        severity="high",
        needs=needs,
        when=Condition(
            lambda facts: facts["profile.sends_from_m365"], frozenset({"profile.sends_from_m365"}), "it sends"
        ),
        assertion=Condition(within, frozenset({"spf.lookups"}), "spf.lookups is at most 10"),
        failed=Template(("Too many.",)),
        passed=None,
        why="",
        fix=None,
        cap="",
        refs=(),
        maps={},
        examples=tuple(Example(facts, expect, f"spf.yaml:{n}:9") for n, (facts, expect) in enumerate(examples, 20)),
        pack="m365",
        where="spf.yaml:1:5",
    )


PROFILE = {"profile.sends_from_m365": True}


def test_every_example_that_gives_what_it_expects_is_ok() -> None:
    rule = limit_rule(
        ({"spf.lookups": 10}, "pass"),
        ({"spf.lookups": 11}, "fail"),
        ({"spf.lookups": Unknown("SERVFAIL")}, "unknown"),
        ({"profile.sends_from_m365": False, "spf.lookups": 11}, "not_applicable"),
        ({"profile.sends_from_m365": Unknown("x"), "spf.lookups": 11}, "unknown"),
    )
    outcomes = run_examples([rule], PROFILE)
    assert [outcome.got for outcome in outcomes] == ["pass", "fail", "unknown", "not_applicable", "unknown"]
    assert all(outcome.ok for outcome in outcomes)
    assert [outcome.example for outcome in outcomes] == [1, 2, 3, 4, 5]
    assert outcomes[2].reason == "SERVFAIL"


def test_an_example_that_gives_something_else_is_told_with_its_place() -> None:
    (outcome,) = run_examples([limit_rule(({"spf.lookups": 11}, "pass"))], PROFILE)
    assert not outcome.ok
    assert (outcome.rule, outcome.got, outcome.expected) == ("SPF-004", "fail", "pass")
    assert outcome.where == "spf.yaml:20:9"


def test_examples_leave_needs_aside() -> None:
    (outcome,) = run_examples([limit_rule(({"spf.lookups": 3}, "pass"), needs=("SPF-001",))], PROFILE)
    assert outcome.ok


def test_a_whole_library_runs_in_the_order_of_its_rules() -> None:
    rule = limit_rule(({"spf.lookups": 3}, "pass"))
    library = Library(packs=(), rules={rule.id: rule}, profiles={}, frameworks={})
    assert run_examples(library, PROFILE) == run_examples([rule], PROFILE)
