"""What `mailready scan` shows in a terminal: a table of domains, or one domain in full.

Text from outside is handed to rich as Text, never as markup, and went through `escape.terminal`. Every status has a
sign and a word, so that nothing is told by colour alone. Records to publish are printed on lines of their own that
nothing wraps, cuts or indents, so that they can be pasted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from reports.escape import shorten, terminal
from reports.kinds import DOMAIN, SUBMISSION, Kind, kind_of, kind_of_all
from reports.publish import Publication, Record, Task, publication
from reports.steps import Step, steps
from reports.summary import Row, row_of
from reports.verdict import verdict
from reports.words import (
    ACTION_WORDS,
    ANSWER_WORDS,
    EFFORT_WORDS,
    OWNER_NAMES,
    OWNER_WORDS,
    STATUS_SIGNS,
    STATUS_WORDS,
    display_name,
    grade_words,
    order_of,
    plural,
    score_words,
)
from rules.results import STATUSES, Finding, Report, Result

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

__all__ = ["print_domain", "print_domains", "print_report"]

_LONGEST: Final = 600
_COLOURS: Final = {
    "fail": "red",
    "blocked": "yellow",
    "unknown": "magenta",
    "pass": "green",
    "waived": "cyan",
    "not_applicable": "bright_black",
    "A": "green",
    "B": "green",
    "C": "yellow",
    "D": "red",
    "F": "red",
    "?": "magenta",
    "-": "bright_black",
}


def print_report(report: Report, console: Console) -> None:
    """One domain in full where there is only one, else the table of all."""
    if len(report.results) == 1:
        print_domain(report.results[0], report, console)
    elif len(report.domains) == 1:
        print_domain(report.domains[0], report, console)
        _title(console, "How its mail is sent")
        print_domains([row_of(result) for result in report.submissions], console, SUBMISSION)
    else:
        print_domains([row_of(r) for r in report.results], console, kind_of_all([kind_of(r) for r in report.results]))


def print_domains(
    rows: Sequence[Row], console: Console, kind: Kind = DOMAIN, grades: Mapping[str, int] | None = None
) -> None:
    """A table: grade, score, domain, first thing to fix. Rows stand in the order given.

    `grades` counts the domains of the whole list by grade, where the rows are only a part of it.
    """
    from rich import box
    from rich.table import Table

    clients = any(row.client for row in rows)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), expand=False)
    table.add_column("Grade", no_wrap=True)
    table.add_column("Score", no_wrap=True)
    table.add_column(kind.noun.capitalize(), overflow="fold", min_width=12)
    if clients and console.width >= 100:
        table.add_column("Client", overflow="fold", min_width=8)
    table.add_column("First thing to fix", overflow="fold", min_width=20)
    for row in rows:
        first = row.first or (f"{plural(row.unknown, 'check')} could not be completed" if row.unknown else "nothing")
        cells = [
            _text(console, _short_grade(row), _COLOURS.get(row.grade, "")),
            _text(console, row.score_words.replace(" of 100", "")),
            _text(console, row.name),
        ]
        if clients and console.width >= 100:
            cells.append(_text(console, row.client))
        table.add_row(*cells, _text(console, first))
    console.print(table)
    counted = Counter(row.grade for row in rows) if grades is None else grades
    console.print(_text(console, f"{kind.count(sum(counted.values()))}: {_tally(counted)}"))


def print_domain(result: Result, report: Report, console: Console) -> None:
    """One domain: verdict, what to publish, findings by status, what is unknown and why, how the grade is made."""
    todo = publication(result, report.rules)
    jobs = steps(result, todo)
    words = verdict(result, jobs)
    _title(
        console,
        f"{display_name(result)}: grade {grade_words(result)}, {score_words(result)}",
        _COLOURS.get(result.grade, ""),
    )
    sentences = (words.headline, *words.consequences, words.remedy)
    _print(console, " ".join(shorten(sentence, _LONGEST) for sentence in sentences if sentence))
    _do(console, jobs)
    _publish(console, jobs, todo, kind_of(result))
    _findings(console, result)
    _grade(console, result)


def _do(console: Console, jobs: Sequence[Step]) -> None:
    if not jobs:
        return
    _title(console, "Do this, in this order")
    for step in jobs:
        how = [step.weight, ", then ".join(OWNER_NAMES[owner] for owner in step.owners), step.effort or ""]
        _say(console, f"{step.number}. {step.title} ({', '.join(filter(None, how))})")


def _publish(console: Console, jobs: Sequence[Step], todo: Publication, kind: Kind) -> None:
    _title(console, f"{kind.doing}, step by step")
    host = todo.host
    if host.provider:
        _say(console, f"The zone is hosted by {host.provider}.")
    elif host.nameservers:
        _say(console, f"The zone is answered by {', '.join(host.nameservers[:8])}.")
    elif host.reason:
        _say(console, f"Who hosts the zone could not be determined: {host.reason}")
    if not todo.records:
        _say(console, todo.nothing)
    for step in jobs:
        if step.parts:
            console.print()
            _say(console, f"{step.number}. {step.title}", "bold")
        for part in step.parts:
            if part.record:
                _record(console, part.record)
            elif part.task:
                _task(console, part.task)
    if todo.ideas:
        _title(console, "Worth a thought (no faults)")
    for task in todo.ideas:
        _say(console, f"- {task.title}")
        _task(console, task)


def _record(console: Console, record: Record) -> None:
    ttl = f", TTL {record.ttl}" if record.ttl is not None else ""
    host = f" (in most panels {record.host})" if record.host else ""
    _say(
        console,
        f"{ACTION_WORDS[record.action]} {record.type} at {record.name}{host}{ttl}; {EFFORT_WORDS[record.effort]}",
    )
    for text in record.text:
        _say(console, text)
    if record.current.values:
        _say(console, "Delete:" if record.action == "delete" else "Now:")
        for value in record.current.values:
            _paste(console, value, "red")
    elif record.current.state == "unknown":
        _say(console, f"What is there now could not be determined: {record.current.reason}")
    elif record.current.state == "absent":
        _say(console, "There is no such record now.")
    if record.action != "delete":
        _say(console, "Publish:")
        _paste(console, record.value, "green")
        if record.strings:
            _say(console, "The same in strings of at most 255 characters:")
            _paste(console, " ".join(record.strings), "green")
    if record.current.staying:
        _say(
            console,
            f"{plural(len(record.current.staying), f'other {record.type} record')} at this name to be left as found.",
        )


def _task(console: Console, task: Task) -> None:
    if task.text:
        _say(console, task.text)
    if task.owner and task.effort:
        _say(console, f"{OWNER_WORDS[task.owner]}; it {EFFORT_WORDS[task.effort]}")
    for line in task.command.splitlines():
        _paste(console, line, "")


def _findings(console: Console, result: Result) -> None:
    for status in STATUSES:
        found = [finding for finding in result.findings if finding.status == status]
        if not found:
            continue
        _title(console, f"{STATUS_SIGNS[status]} {STATUS_WORDS[status]}: {len(found)}", _COLOURS[status])
        if status in {"pass", "not_applicable"}:
            _say(console, _by_subject(found))
            continue
        if status == "blocked":
            waiting: dict[str, list[str]] = {}
            for finding in found:
                waiting.setdefault(finding.blocked_by or "another check", []).append(finding.rule)
            for needed, rules in waiting.items():
                _say(console, f"{', '.join(rules)}: wait for {needed}")
            continue
        for finding in sorted(found, key=order_of):
            _finding(console, finding, result)


def _by_subject(findings: Iterable[Finding]) -> str:
    """How many findings of which subject: the part of the rule's id before the dash."""
    counted: dict[str, int] = {}
    for finding in findings:
        subject = finding.rule.partition("-")[0]
        counted[subject] = counted.get(subject, 0) + 1
    return ", ".join(f"{subject} {counted[subject]}" for subject in sorted(counted))


def _finding(console: Console, finding: Finding, result: Result) -> None:
    _say(console, f"{STATUS_SIGNS[finding.status]} {finding.rule} ({finding.severity}) {finding.message}")
    if finding.status == "unknown":
        for index in finding.evidence:
            if 0 <= index < len(result.answers):
                query = result.answers[index]
                reason = f" ({query.reason})" if query.reason else ""
                _say(console, f"    {query.type} {query.name}: {ANSWER_WORDS.get(query.status, query.status)}{reason}")
    elif places := _places(finding, result):
        _say(console, f"    {', '.join(places)}")
    if finding.waiver:
        kind = "waiver expired" if finding.waiver.expired else "waived until"
        _say(console, f"    {kind} {finding.waiver.expires}: {finding.waiver.reason} ({finding.waiver.owner})")


def _places(finding: Finding, result: Result) -> list[str]:
    """Where in the files of an application the settings stand that a finding is about: "shop/.env:3"."""
    known = (result.answers[index] for index in finding.evidence if 0 <= index < len(result.answers))
    return [query.name for query in known if query.type == "SETTING"]


def _grade(console: Console, result: Result) -> None:
    _title(console, "How the grade is made")
    score = result.score
    reachable = f"; reachable {score.reachable}" if score.reachable is not None else ""
    _say(
        console,
        f"Score {score_words(result)}, grade {grade_words(result)}{reachable}. Profile {result.profile}"
        + (f" ({result.profile_reason})." if result.profile_reason else "."),
    )
    if result.cap_by:
        _say(console, f"Held down by {', '.join(result.cap_by)}.")
    lost = sorted(score.lost, key=lambda item: -item.points)
    if lost:
        parts = (
            f"{item.rule} {item.points:.1f}" + (" if it fails" if item.status == "unknown" else "") for item in lost
        )
        _say(console, f"Points lost: {', '.join(parts)}.")


def _title(console: Console, text: str, colour: str = "") -> None:
    console.print()
    _say(console, text, f"bold {colour}".strip())


def _say(console: Console, text: str, style: str = "") -> None:
    _print(console, shorten(text, _LONGEST), style)


def _print(console: Console, text: str, style: str = "") -> None:
    console.print(_text(console, text, style), highlight=False, overflow="fold")


def _paste(console: Console, text: str, style: str) -> None:
    """On one line of its own, whatever the width, with nothing before and behind it."""
    console.print(_text(console, text, style), highlight=False, soft_wrap=True)


def _text(console: Console, text: str, style: str = "") -> Text:
    from rich.text import Text

    shown = terminal(text)
    if not console.encoding.startswith("utf"):
        shown = shown.encode(console.encoding, "backslashreplace").decode(console.encoding)
    return Text(shown, style=style)


def _short_grade(row: Row) -> str:
    return "? " + row.grade_words.removeprefix("between ").replace(" and ", "-") if row.grade == "?" else row.grade


def _tally(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{counted[grade]:,} {grade}" for grade in "ABCDF?-" if counted.get(grade)) or "none"
