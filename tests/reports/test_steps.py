"""reports.steps: one job a step, in the order of doing, told once."""

from __future__ import annotations

from typing import Any

import sample
from sample import replace

from reports.publish import publication
from reports.steps import Step, steps
from rules.results import Change, DomainResult, Finding, Fix


def of(result: DomainResult) -> tuple[Step, ...]:
    return steps(result, publication(result, sample.RULES))


def failure(rule: str, severity: Any = "medium", **fix: Any) -> Finding:
    given: dict[str, Any] = {"effort": "minutes", "owner": "dns", "text": f"Mend {rule}. Then rest."} | fix
    return Finding(rule=rule, severity=severity, status="fail", message="It fails.", expected="", fix=Fix(**given))


def change(*rules: str, **given: Any) -> Change:
    return Change(**({"action": "add", "name": "contoso.com", "type": "TXT", "value": "x", "rules": rules} | given))


def made(*findings: Finding, changes: tuple[Change, ...] = (), **given: Any) -> tuple[Step, ...]:
    return of(sample.result(findings=findings, changes=changes, **given))


def titles(found: tuple[Step, ...]) -> list[str]:
    return [step.title for step in found]


def test_steps_stand_by_severity_then_effort_and_are_numbered() -> None:
    found = made(
        failure("A-001", effort="hours"),
        failure("B-001"),
        failure("C-001", "critical", effort="days"),
        failure("D-001", "low"),
    )
    assert titles(found) == ["Mend C-001", "Mend B-001", "Mend A-001", "Mend D-001"]
    assert [step.number for step in found] == [1, 2, 3, 4]


def test_tasks_that_begin_with_the_same_command_are_one_step_and_tell_it_once() -> None:
    (step,) = made(failure("DKIM-001", command="Get-It"), failure("DKIM-002", command="Get-It"))
    assert [part.task.command for part in step.parts if part.task] == ["Get-It", ""]
    assert step.title == "Mend DKIM-001; likewise for “The second selector points to Microsoft 365”"


def test_the_same_command_for_different_things_makes_two_steps() -> None:
    assert len(made(failure("MX-001", command="Get-It"), failure("SPF-001", command="Get-It"))) == 2
    assert len(made(failure("MX-001", command="Get-It"), failure("MX-002", command="Get-It", effort="hours"))) == 2


def test_what_comes_after_another_failure_is_the_end_of_one_job_with_its_severity() -> None:
    last = failure("DKIM-006", "high", owner="tenant", effort="hours", after=("DKIM-001", "DKIM-009"))
    (step,) = made(last, failure("DKIM-001"))
    assert step.rules == ("DKIM-001", "DKIM-006")
    assert (step.severity, step.effort, step.owners) == ("high", "hours", ("dns", "tenant"))
    assert step.title == "Mend DKIM-006"
    assert step.parts[-1].task is not None
    assert step.parts[-1].task.text == "Then rest."  # the title says the rest


def test_a_lighter_task_after_a_record_leaves_the_step_its_record() -> None:
    (step,) = made(
        failure("SPF-014", "critical"),
        failure("SPF-024", "low", after=("SPF-014",)),
        changes=(change("SPF-014", action="replace", replaces="y", severity="critical"),),
    )
    assert step.title == "Replace the TXT record at contoso.com"
    assert step.rules == ("SPF-014", "SPF-024")


def test_records_that_one_failure_asks_for_are_one_step() -> None:
    found = made(
        failure("DKIM-007"),
        changes=tuple(
            change(
                "DKIM-007",
                action="replace",
                type="CNAME",
                replaces="a.",
                value="b.",
                name=f"s{n}._domainkey.contoso.com",
            )
            for n in (1, 2)
        ),
    )
    assert titles(found) == [
        "Replace the DKIM records (CNAME) at s1._domainkey.contoso.com and s2._domainkey.contoso.com"
    ]
    assert [part.record.text for part in found[0].parts if part.record] == [("Mend DKIM-007. Then rest.",), ()]


def test_a_record_to_add_and_those_to_delete_are_told_in_one_line() -> None:
    (step,) = made(
        failure("MX-002"),
        changes=(
            change("MX-002", type="MX", value="0 new.example."),
            change("MX-002", type="MX", action="delete", value="10 a.example."),
            change("MX-002", type="MX", action="delete", value="20 b.example."),
        ),
    )
    assert step.title == "Replace the 2 MX records at contoso.com by one"


def test_an_alias_goes_before_a_record_takes_its_place() -> None:
    (step,) = made(
        failure("DMARC-016"),
        changes=(
            change("DMARC-016", value="v=DMARC1; p=none"),
            change("DMARC-016", action="delete", type="CNAME", value="gone.example."),
        ),
    )
    assert step.title == (
        "Delete the CNAME record “gone.example.” at contoso.com, then add the DMARC record at contoso.com"
    )


def test_a_record_that_others_publish_or_that_takes_weeks_is_told_by_its_advice() -> None:
    (step,) = made(
        failure("DMARC-004", effort="weeks", owner="sender"),
        changes=(change("DMARC-004", value="v=DMARC1; p=reject", owner="sender", effort="weeks"),),
    )
    assert step.title == "Mend DMARC-004"
    assert [part.record.text for part in step.parts if part.record] == [("Then rest.",)]


def test_what_counts_for_nothing_is_optional() -> None:
    (step,) = made(failure("X-1", "info"), changes=(change("X-1", severity="info"),))
    assert step.weight == "optional"


def test_what_lasts_longer_than_publishing_is_a_step_of_its_own_behind_the_record() -> None:
    found = made(
        failure("DMARC-010"),
        failure("DMARC-004", effort="weeks", owner="sender"),
        changes=(change("DMARC-010", "DMARC-004", value="v=DMARC1; p=none", severity="medium"),),
    )
    assert [(step.title, step.rules) for step in found] == [
        ("Add the DMARC record at contoso.com", ("DMARC-010",)),
        ("Mend DMARC-004", ("DMARC-004",)),
    ]


def test_finding_out_comes_first_where_the_grade_is_open_and_last_elsewhere() -> None:
    unknown = replace(sample.findings()[7], severity="critical")
    assert titles(made(failure("A-001"), unknown))[-1].startswith("Find out why DNS gave no answer")
    assert titles(made(failure("A-001"), unknown, grade="?"))[0].startswith("Find out why DNS gave no answer")


def test_nothing_to_do_is_no_step() -> None:
    assert of(sample.good()) == ()
    assert made(failure("MX-014", "info")) == ()
