"""The score and the grade against a plain second reading of the design, over random graphs of rules."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import structs

from rules.facts import Unknown
from rules.judge import Judgement, judge
from rules.model import Condition, FixSpec, Profile, Rule, Selection, Template, Waiver
from rules.results import GRADES, SCORE_SENTENCES
from rules.score import grade, letter, stake

TODAY = datetime.date(2026, 11, 21)
WEIGHTS = {"critical": 10, "high": 7, "medium": 4, "low": 1, "info": 0}
UNKNOWN = Unknown("SERVFAIL for TXT contoso.com")


@dataclass(frozen=True)
class Sketch:
    """A rule in a graph: what its `when` and assertion give, and what it is worth. `needs` are ids."""

    id: str
    when: Any = None
    holds: Any = True
    severity: str = "high"
    needs: tuple[str, ...] = ()
    cap: str = ""
    owner: str = "dns"
    waived: bool = False

    @property
    def own(self) -> str:
        if isinstance(self.when, Unknown):
            return "unsure"
        if self.when is False:
            return "not_applicable"
        return "unknown" if isinstance(self.holds, Unknown) else "pass" if self.holds else "fail"


def condition(fact: str) -> Condition:
    return Condition(lambda facts: facts[fact], frozenset({fact}), f"{fact} is true")


def rule(sketch: Sketch) -> Rule:
    return Rule(
        id=sketch.id,
        title=f"Title of {sketch.id}",
        severity=sketch.severity,  # type: ignore[arg-type]
        needs=sketch.needs,
        when=None if sketch.when is None else condition(f"{sketch.id}.when"),
        assertion=condition(f"{sketch.id}.holds"),
        failed=Template((f"{sketch.id} failed.",)),
        passed=None,
        why="",
        fix=FixSpec("minutes", sketch.owner, Template(("Mend it.",)), None, ()) if sketch.owner else None,  # type: ignore[arg-type]
        cap=sketch.cap,
        refs=(),
        maps={},
        examples=(),
        pack="test",
        where="",
    )


def facts_of(sketches: Sequence[Sketch]) -> dict[str, Any]:
    facts: dict[str, Any] = {"domain.name": "contoso.com"}
    for sketch in sketches:
        facts |= {f"{sketch.id}.when": sketch.when, f"{sketch.id}.holds": sketch.holds}
    return facts


def waivers_of(sketches: Sequence[Sketch]) -> list[Waiver]:
    return [Waiver(s.id, ("contoso.com",), "migration", "ops", TODAY, "", "") for s in sketches if s.waived]


def judged(*sketches: Sketch, order: Sequence[int] | None = None) -> Judgement:
    ordered = [sketches[number] for number in order] if order is not None else sketches
    selection = Selection(Profile("test", "", {}, {}, frozenset()), tuple(rule(sketch) for sketch in ordered))
    return judge(selection, facts_of(sketches), waivers=waivers_of(sketches), today=TODAY)


def statuses_of(judgement: Judgement) -> dict[str, str]:
    return {finding.rule: finding.status for finding in judgement.findings}


# The design, read a second time: by names instead of numbers, with fractions instead of integers.


def plainly_settled(sketches: Sequence[Sketch], own: Mapping[str, str], held: frozenset[str]) -> dict[str, str]:
    statuses: dict[str, str] = {}
    for sketch in sketches:
        needed = [statuses[need] for need in sketch.needs]
        status = own[sketch.id]
        if sketch.id in held:
            status = "waived"
        elif status != "not_applicable":
            if {"fail", "blocked"} & set(needed):
                status = "blocked"
            elif "waived" in needed:
                status = "not_applicable"
        statuses[sketch.id] = status
    return statuses


def plain_points(sketches: Sequence[Sketch], statuses: Mapping[str, str]) -> Fraction | None:
    total = sum(WEIGHTS[s.severity] for s in sketches if statuses[s.id] in ("pass", "fail", "blocked"))
    gained = sum(WEIGHTS[s.severity] for s in sketches if statuses[s.id] == "pass")
    return Fraction(100 * gained, total) if total else None


def plain_letter(points: int) -> str:
    return "A" if points >= 90 else "B" if points >= 75 else "C" if points >= 60 else "D" if points >= 40 else "F"


def plain_grade(sketches: Sequence[Sketch], statuses: Mapping[str, str], points: int) -> str:
    letters = [plain_letter(points)]
    for sketch in sketches:
        if statuses[sketch.id] in ("fail", "blocked"):
            letters += {"critical": ["D"], "high": ["B"]}.get(sketch.severity, [])
            letters += [sketch.cap] if sketch.cap else []
    return max(letters, key=GRADES.index)


def rounded(points: Fraction) -> int:
    return floor(points + Fraction(1, 2))


def resolutions(sketches: Sequence[Sketch], judgement: Judgement) -> Iterator[dict[str, str]]:
    """The statuses under every way in which what could not be determined may turn out."""
    held = frozenset(rule for rule, status in statuses_of(judgement).items() if status == "waived")
    ways = {"unknown": ("pass", "fail"), "unsure": ("pass", "fail", "not_applicable")}
    choices = [ways.get(sketch.own, (sketch.own,)) for sketch in sketches]
    for choice in itertools.product(*choices):
        own = dict(zip((sketch.id for sketch in sketches), choice, strict=True))
        yield plainly_settled(sketches, own, held)


@st.composite
def graphs(draw: st.DrawFn) -> list[Sketch]:
    verdicts = st.sampled_from([True, True, False, UNKNOWN])
    sketches: list[Sketch] = []
    for number in range(draw(st.integers(1, 5))):
        ids = [sketch.id for sketch in sketches]
        sketches.append(
            Sketch(
                id=f"R-{number}",
                when=draw(st.sampled_from([None, None, None, True, False, UNKNOWN])),
                holds=draw(verdicts),
                severity=draw(st.sampled_from(sorted(WEIGHTS))),
                needs=tuple(draw(st.lists(st.sampled_from(ids), unique=True, max_size=3))) if ids else (),
                cap=draw(st.sampled_from(["", "", "", *GRADES])),
                owner=draw(st.sampled_from(["", "dns", "provider"])),
                waived=draw(st.sampled_from([False, False, False, True])),
            )
        )
    return sketches


BLOCKED_UNSURE = [
    Sketch("R-0", holds=False, severity="low"),
    Sketch("R-1", severity="low"),
    Sketch("R-2", when=UNKNOWN, severity="critical", needs=("R-0",)),
]


@settings(max_examples=600, deadline=None)
@given(graphs())
@example(BLOCKED_UNSURE)
@example([Sketch("R-0", holds=UNKNOWN, waived=True), Sketch("R-1", needs=("R-0",), holds=False)])
def test_the_range_contains_every_resolution_of_the_unknowns(sketches: list[Sketch]) -> None:
    judgement = judged(*sketches)
    for statuses in resolutions(sketches, judgement):
        points = plain_points(sketches, statuses)
        if points is None:
            continue
        score = judgement.score
        assert score.low is not None
        assert score.high is not None
        assert score.low <= rounded(points) <= score.high
        mark = plain_grade(sketches, statuses, rounded(points))
        if judgement.grade != "?":
            assert mark == judgement.grade
        assert GRADES.index(judgement.grade_high) <= GRADES.index(mark) <= GRADES.index(judgement.grade_low)


@settings(max_examples=600, deadline=None)
@given(graphs())
def test_the_ends_of_the_range_are_all_unknowns_failed_and_all_passed(sketches: list[Sketch]) -> None:
    judgement = judged(*sketches)
    held = frozenset(rule for rule, status in statuses_of(judgement).items() if status == "waived")
    own = {sketch.id: sketch.own for sketch in sketches}
    low = plainly_settled(sketches, {r: "fail" if o in ("unknown", "unsure") else o for r, o in own.items()}, held)
    high = plainly_settled(sketches, {r: "pass" if o in ("unknown", "unsure") else o for r, o in own.items()}, held)
    low_points, high_points = plain_points(sketches, low), plain_points(sketches, high)
    if low_points is None:
        assert (judgement.score.low, judgement.score.high, judgement.score.reachable) == (None, None, None)
        assert (judgement.grade, judgement.grade_low, judgement.grade_high) == ("-", "-", "-")
        return
    assert judgement.score.low == rounded(low_points)
    assert judgement.grade_low == plain_grade(sketches, low, rounded(low_points))
    if not any(high[s.id] == "blocked" and s.own == "unsure" for s in sketches) and high_points is not None:
        assert judgement.score.high == rounded(high_points)
        assert judgement.grade_high == plain_grade(sketches, high, rounded(high_points))


@settings(max_examples=400, deadline=None)
@given(graphs())
def test_with_statuses_held_turning_one_fail_into_a_pass_never_lowers_the_score(sketches: list[Sketch]) -> None:
    statuses = list(statuses_of(judged(*sketches)).values())
    held = ["not_applicable" if status == "waived" else status for status in statuses]
    verdicts = ["fail" if status == "blocked" else status for status in held]
    stakes = [stake(s.id, s.severity, s.cap, mendable=True) for s in sketches]  # type: ignore[arg-type]
    alone: list[tuple[int, ...]] = [() for _ in sketches]

    def graded(changed: list[str]) -> tuple[int, int, int, int]:
        result = grade(stakes, alone, changed, changed)  # type: ignore[arg-type]
        if result.score.low is None or result.score.high is None:
            return (0, 0, 0, 0)
        letters = (-GRADES.index(result.grade_low), -GRADES.index(result.grade_high))
        return (result.score.low, result.score.high, *letters)

    before = graded(verdicts)
    for number, verdict in enumerate(verdicts):
        if verdict == "fail":
            after = graded([*verdicts[:number], "pass", *verdicts[number + 1 :]])
            assert all(new >= old for new, old in zip(after, before, strict=True))


@settings(max_examples=400, deadline=None)
@given(graphs(), st.randoms(use_true_random=False))
def test_the_judgement_is_the_same_in_any_order_of_facts_and_rules(sketches: list[Sketch], random: Any) -> None:
    placed: list[int] = []
    while len(placed) < len(sketches):
        ready = [
            number
            for number, sketch in enumerate(sketches)
            if number not in placed and set(sketch.needs) <= {sketches[p].id for p in placed}
        ]
        placed.append(random.choice(ready))
    first, again, other = judged(*sketches), judged(*sketches), judged(*sketches, order=placed)
    assert first == again
    assert {f.rule: f for f in first.findings} == {f.rule: f for f in other.findings}
    plain = structs.replace(first, findings=(), used_waivers=())
    assert plain == structs.replace(other, findings=(), used_waivers=())
    assert set(first.used_waivers) == set(other.used_waivers)
    facts = facts_of(sketches)
    selection = Selection(Profile("test", "", {}, {}, frozenset()), tuple(rule(sketch) for sketch in sketches))
    turned = judge(selection, dict(reversed(facts.items())), waivers=waivers_of(sketches), today=TODAY)
    assert turned == first


@settings(max_examples=400, deadline=None)
@given(graphs())
def test_lost_points_and_the_lower_end_add_up_to_a_hundred(sketches: list[Sketch]) -> None:
    score = judged(*sketches).score
    if score.low is None:
        assert score.lost == ()
        return
    assert 100 - sum(loss.points for loss in score.lost) == pytest.approx(score.low, abs=0.5 + 1e-9)
    assert all(loss.points > 0 and loss.status in ("fail", "blocked", "unknown") for loss in score.lost)
    assert list(score.lost) == sorted(score.lost, key=lambda loss: (-loss.points, loss.rule))


@settings(max_examples=400, deadline=None)
@given(graphs())
def test_the_reachable_score_is_never_below_the_lower_end(sketches: list[Sketch]) -> None:
    score = judged(*sketches).score
    if score.low is not None:
        assert score.reachable is not None
        assert score.low <= score.reachable <= 100
        if all(sketch.owner != "provider" for sketch in sketches):
            assert score.reachable == 100


@pytest.mark.parametrize(
    ("points", "expected"),
    [(100, "A"), (90, "A"), (89, "B"), (75, "B"), (74, "C"), (60, "C"), (59, "D"), (40, "D"), (39, "F"), (0, "F")],
)
def test_letters_begin_at_90_75_60_and_40(points: int, expected: str) -> None:
    assert letter(points) == expected


def test_the_score_is_rounded_half_up() -> None:
    # 7 of 8 is 87.5; integer division and banker's rounding of 62.5 would both go down.
    assert judged(Sketch("R-0", severity="high"), Sketch("R-1", severity="low", holds=False)).score.low == 88
    halves = [Sketch(f"R-{n}", severity="low", holds=n < 5) for n in range(8)]
    assert judged(*halves).score.low == 63


def test_a_failed_critical_rule_caps_at_d_and_is_named() -> None:
    good = [Sketch(f"G-{n}", severity="critical") for n in range(20)]
    judgement = judged(*good, Sketch("BAD", severity="critical", holds=False))
    assert (judgement.score.low, judgement.grade, judgement.cap_by) == (95, "D", ("BAD",))


def test_a_failed_high_rule_caps_at_b_and_a_medium_one_at_nothing() -> None:
    good = [Sketch(f"G-{n}", severity="critical") for n in range(20)]
    assert judged(*good, Sketch("BAD", severity="high", holds=False)).grade == "B"
    judgement = judged(*good, Sketch("BAD", severity="medium", holds=False))
    assert (judgement.grade, judgement.cap_by) == ("A", ())


def test_a_cap_that_is_no_worse_than_the_letter_of_the_score_names_nobody() -> None:
    judgement = judged(Sketch("G"), Sketch("BAD", severity="critical", holds=False))
    assert (judgement.score.low, judgement.grade, judgement.cap_by) == (41, "D", ())


def test_the_cap_of_a_blocked_rule_counts() -> None:
    good = [Sketch(f"G-{n}", severity="critical") for n in range(20)]
    first = Sketch("FIRST", severity="low", holds=False)
    judgement = judged(*good, first, Sketch("THEN", severity="low", cap="F", needs=("FIRST",)))
    assert statuses_of(judgement)["THEN"] == "blocked"
    assert (judgement.grade, judgement.cap_by) == ("F", ("THEN",))


def test_an_info_rule_weighs_nothing_but_its_own_cap_holds() -> None:
    judgement = judged(Sketch("G"), Sketch("BAD", severity="info", cap="C", holds=False))
    assert (judgement.score.low, judgement.grade, judgement.cap_by, judgement.score.lost) == (100, "C", ("BAD",), ())


def test_info_rules_alone_are_nothing_to_judge_whatever_they_would_cap() -> None:
    judgement = judged(Sketch("BAD", severity="info", cap="C", holds=False))
    assert (judgement.score.low, judgement.score.high, judgement.score.reachable) == (None, None, None)
    assert (judgement.grade, judgement.cap_by) == ("-", ())


def test_nothing_applicable_is_nothing_to_judge() -> None:
    assert judged(Sketch("R-0", when=False)).grade == "-"
    assert judged(Sketch("R-0", holds=False, waived=True)).grade == "-"
    assert judged().grade == "-"


def test_an_end_with_nothing_left_to_judge_loses_nothing() -> None:
    # If INFO passes, its dependent does not apply, for WAIVED is waived; if INFO fails, the dependent is blocked.
    judgement = judged(
        Sketch("INFO", severity="info", holds=UNKNOWN),
        Sketch("WAIVED", holds=False, waived=True),
        Sketch("BOTH", needs=("INFO", "WAIVED")),
    )
    assert (judgement.score.low, judgement.score.high, judgement.score.reachable) == (0, 100, 100)
    assert (judgement.grade, judgement.grade_low, judgement.grade_high) == ("?", "F", "A")


def test_a_rule_that_may_not_apply_does_not_hold_the_upper_end_down_while_it_is_blocked() -> None:
    judgement = judged(*BLOCKED_UNSURE)
    assert statuses_of(judgement)["R-2"] == "unknown"
    assert (judgement.score.low, judgement.score.high) == (8, 50)


def test_an_unknown_that_cannot_change_the_letter_leaves_it_shown() -> None:
    good = [Sketch(f"G-{n}", severity="critical") for n in range(20)]
    judgement = judged(*good, Sketch("ODD", severity="low", holds=UNKNOWN))
    assert (judgement.score.low, judgement.score.high, judgement.grade) == (100, 100, "A")
    judgement = judged(*good, Sketch("ODD", severity="medium", holds=UNKNOWN))
    assert (judgement.score.low, judgement.score.high, judgement.grade) == (98, 100, "A")


def test_a_cap_that_hangs_on_an_unknown_makes_the_grade_open() -> None:
    good = [Sketch(f"G-{n}", severity="critical") for n in range(20)]
    judgement = judged(*good, Sketch("ODD", severity="critical", holds=UNKNOWN))
    assert (judgement.grade, judgement.grade_low, judgement.grade_high) == ("?", "D", "A")
    assert judgement.cap_by == ("ODD",)


def test_an_unknown_need_is_decided_together_with_what_needs_it() -> None:
    judgement = judged(Sketch("R-0", holds=UNKNOWN), Sketch("R-1", needs=("R-0",)), Sketch("R-2"))
    assert (judgement.score.low, judgement.score.high) == (33, 100)
    assert [(loss.rule, loss.status) for loss in judgement.score.lost] == [("R-0", "unknown"), ("R-1", "unknown")]


def test_what_only_a_provider_can_mend_is_out_of_reach_with_all_that_it_blocks() -> None:
    judgement = judged(
        Sketch("G", severity="critical"),
        Sketch("THEIRS", severity="critical", holds=False, owner="provider"),
        Sketch("BEHIND", severity="critical", holds=False, needs=("THEIRS",)),
        Sketch("OURS", severity="critical", holds=False),
        Sketch("NO-FIX", severity="critical", holds=False, owner=""),
    )
    assert (judgement.score.low, judgement.score.reachable) == (20, 60)


def test_the_worked_example_of_the_page_is_right() -> None:
    # docs/score.md
    def example_domain(lookups: Any, policy: Any) -> Judgement:
        return judged(
            Sketch("MX-002", severity="critical"),
            Sketch("SPF-001", severity="critical"),
            Sketch("SPF-004", severity="high", needs=("SPF-001",), holds=lookups),
            Sketch("DKIM-001", severity="high"),
            Sketch("DMARC-001", severity="high", holds=False),
            Sketch("DMARC-004", severity="medium", needs=("DMARC-001",), holds=policy),
            Sketch("MX-014", severity="low", holds=False, owner="provider"),
            Sketch("MX-020", severity="medium", when=False),
        )

    judgement = example_domain(UNKNOWN, None)
    assert statuses_of(judgement)["DMARC-004"] == "blocked"
    assert (judgement.score.low, judgement.score.high, judgement.score.reachable) == (59, 74, 98)
    assert (judgement.grade, judgement.grade_low, judgement.grade_high) == ("?", "D", "C")
    assert [(loss.rule, round(loss.points, 1)) for loss in judgement.score.lost] == [
        ("DMARC-001", 15.2),
        ("SPF-004", 15.2),
        ("DMARC-004", 8.7),
        ("MX-014", 2.2),
    ]
    assert example_domain(True, None).grade == "C"


def test_readers_are_told_the_weights_and_letters_that_the_score_is_made_with() -> None:
    told = " ".join(SCORE_SENTENCES)
    for severity in ("critical", "high", "medium", "low"):
        weight = stake("R-0", severity, "", mendable=True).weight  # type: ignore[arg-type]
        assert f"{severity} {weight}" in told
    for name, least in (("A", 90), ("B", 75), ("C", 60), ("D", 40)):
        assert f"{name} from {least}" in told
        assert letter(least) == name
        assert letter(least - 1) > name
