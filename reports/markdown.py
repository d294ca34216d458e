"""Markdown for a ticket's comment: plain lists and code blocks only, since ticket systems differ in all else.

Of a domain: the verdict, what to do in which order, the records, then short lists of what failed and what could not be checked.
Of a list: counts, domains with the first thing to fix, the most common failures, rows that were skipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from reports.causes import Cause, causes
from reports.escape import markdown_block, markdown_code, markdown_text, shorten
from reports.kinds import Kind, kind_of
from reports.publish import Current, Publication, Record, Task, publication
from reports.senders import MOST_SENDERS, Sender, senders_of
from reports.standing import standing
from reports.steps import Step, record_noun, steps
from reports.summary import Row, Summary
from reports.verdict import verdict
from reports.words import (
    ACTION_WORDS,
    EFFORT_WORDS,
    OWNER_NAMES,
    OWNER_WORDS,
    display_name,
    grade_words,
    left_out_words,
    order_of,
    plural,
    score_words,
)
from rules.results import Finding, Report, Result

__all__ = ["domain_markdown", "list_markdown"]

_LONGEST_LINE: Final = 600
_MOST_STAYING: Final = 5
_MOST_FINDINGS: Final = 20
_MOST_STEPS: Final = 60
_MOST_CAUSES: Final = 20
_MOST_QUESTIONS: Final = 6
_MOST_DOUBTS: Final = 6
_MOST_ROWS: Final = 1000


def domain_markdown(result: Result, report: Report) -> str:
    """One domain, with `report` for the rules' texts."""
    todo = publication(result, report.rules)
    jobs = steps(result, todo)
    lines = [
        *_heading(f"{display_name(result)}: grade {grade_words(result)}, {score_words(result)}", "="),
        *([_text(words), ""] if (words := left_out_words(result)) else []),
        *_verdict(result, report, jobs),
        *_do(jobs, todo),
        *_publish(jobs, todo, kind_of(result)),
        *_senders(senders_of(result, report)),
        *_findings("What failed", [f for f in result.findings if f.status == "fail"]),
        *_unknown(causes(result)),
        *_footer(result, report),
    ]
    return "\n".join(lines).rstrip() + "\n"


def list_markdown(summary: Summary, report: Report) -> str:
    """A list, worst first, as `summary` counted it."""
    kind = summary.kind
    lines = [*_heading(f"{kind.about} of {kind.count(summary.domains)}", "=")]
    lines += _doubts(report)
    lines += [f"- {grade}: {kind.count(number)}" for grade, number in summary.grades()] + [""]
    lines += _heading(f"{kind.nouns.capitalize()}, worst first")
    rows = summary.worst(_MOST_ROWS)
    lines += [_row(row) for row in rows] or ["None."]
    if summary.domains > len(rows):
        lines.append(
            f"- and {plural(summary.domains - len(rows), f'more {kind.noun}', f'more {kind.nouns}')}; results.ndjson has them all"
        )
    lines += ["", *_heading("Most common failures")]
    lines += [
        f"- {markdown_code(rule)} {_text(title)}: fails on {kind.count(number)}"
        for rule, title, number in summary.common_failures(report.rules)
    ] or ["None."]
    lines.append("")
    if report.run.bad_rows:
        lines += _heading("Rows that were skipped")
        lines += [f"- {_text(f'{bad.source}, row {bad.row}: {bad.error}')}" for bad in report.run.bad_rows]
        lines += [f"- {report.run.more_bad_rows:,} more"] if report.run.more_bad_rows else []
        lines.append("")
    if report.run.unused_waivers:
        lines += _heading("Waivers that met no finding")
        lines += [
            f"- {markdown_code(waiver.rule)} for {_text(', '.join(waiver.domains))}, until {_text(waiver.expires)}"
            for waiver in report.run.unused_waivers
        ]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _doubts(report: Report) -> Iterator[str]:
    for doubt in report.run.doubts[:_MOST_DOUBTS]:
        yield _text(f"Doubt about the answers: {doubt}")
        yield ""


def _heading(text: str, underline: str = "-") -> list[str]:
    # Underlined, because it reads as a heading even where a ticket system shows the source.
    shown = _text(text)
    return [shown, underline * max(3, min(len(shown), 80)), ""]


def _text(text: str) -> str:
    return markdown_text(shorten(text, _LONGEST_LINE))


def _verdict(result: Result, report: Report, jobs: Sequence[Step]) -> Iterator[str]:
    yield from _doubts(report)
    words = verdict(result, jobs)
    held = standing(result, report.rules)
    yield _text(words.headline)
    for paragraph in (words.consequences, (words.remedy,), (held.held, held.reachable)):
        if told := " ".join(_text(sentence) for sentence in paragraph if sentence):
            yield ""
            yield told
    yield ""


def _do(jobs: Sequence[Step], todo: Publication) -> Iterator[str]:
    yield from _heading("Do this, in this order" if jobs else "Nothing has to be done")
    if not any(step.parts for step in jobs):
        yield todo.nothing
        yield ""
    for step in jobs[:_MOST_STEPS]:
        how = [step.weight, ", then ".join(OWNER_NAMES[owner] for owner in step.owners), step.effort or ""]
        yield f"{step.number}. {_text(step.title)} ({', '.join(filter(None, how))})"
    if len(jobs) > _MOST_STEPS:
        yield ""
        yield f"{plural(len(jobs) - _MOST_STEPS, 'more step')} stand in results.ndjson."
    yield ""


def _publish(jobs: Sequence[Step], todo: Publication, kind: Kind) -> Iterator[str]:
    doing = [step for step in jobs if step.parts]
    if doing:
        yield from _heading(f"{kind.doing}, step by step")
        yield from _host(todo)
    for step in doing[:_MOST_STEPS]:
        yield f"Step {step.number}: {_text(step.title)}"
        yield ""
        for part in step.parts:
            if part.record:
                yield from _record(part.record)
            elif part.task:
                yield from _task(part.task)
    if todo.ideas:
        yield from _heading("Worth a thought (no faults)")
        for task in todo.ideas:
            yield f"- {_text(task.title)}"
            yield ""
            yield from _task(task)


def _senders(senders: Sequence[Sender]) -> Iterator[str]:
    if senders:
        yield from _heading("How its mail is sent")
    for sender in senders[:MOST_SENDERS]:
        through = f", through {markdown_code(sender.through)}" if sender.through else ""
        yield f"- {sender.grade_words}, {sender.score_words}: {markdown_code(sender.name)}{through}"
        for step in sender.steps[:_MOST_STEPS]:
            yield f"  - {_text(step.title)} ({step.weight})"
        if sender.unknown:
            yield f"  - {plural(sender.unknown, 'check')} could not be completed"
    if len(senders) > MOST_SENDERS:
        yield f"- and {len(senders) - MOST_SENDERS} more, in results.ndjson"
    if senders:
        yield ""


def _host(todo: Publication) -> Iterator[str]:
    host = todo.host
    servers = ", ".join(host.nameservers[:8])
    if host.provider:
        yield f"The zone is hosted by {_text(host.provider)}{f' ({_text(servers)})' if servers else ''}."
    elif servers:
        yield f"The zone is answered by {_text(servers)}."
    elif host.reason:
        yield f"Who hosts the zone could not be determined: {_text(host.reason)}"
    else:
        return
    yield ""


def _record(record: Record) -> Iterator[str]:
    what = f"{ACTION_WORDS[record.action]} {record_noun(record)} at"
    yield f"- {_text(what)} {markdown_code(record.name)}"
    if record.host:
        yield f"- Name in most control panels: {markdown_code(record.host)}"
    yield f"- Type {_text(record.type)}{'' if record.ttl is None else f', TTL {record.ttl}'}"
    yield f"- Who: {OWNER_WORDS[record.owner]}; it {EFFORT_WORDS[record.effort]}"
    yield f"- Asked for by: {', '.join(map(markdown_code, record.rules)) or 'no rule'}"
    yield from (f"- {_text(text)}" for text in record.text)
    yield ""
    yield from _current(record.current, record.action)
    if record.action == "delete":
        return
    yield "Publish:"
    yield ""
    yield markdown_block([record.value])
    if record.strings:
        yield "The same as strings of at most 255 characters, for providers that want it so:"
        yield ""
        yield markdown_block([" ".join(record.strings)])


def _current(current: Current, action: str) -> Iterator[str]:
    if current.values:
        yield "Delete:" if action == "delete" else "Now:"
        yield ""
        yield markdown_block([shorten(value, _LONGEST_LINE) for value in current.values])
    elif current.state == "unknown":
        yield f"What is there now could not be determined: {_text(current.reason)}"
        yield ""
    elif current.state == "absent":
        yield "There is no such record now."
        yield ""
    if current.staying:
        shown = current.staying[:_MOST_STAYING]
        more = len(current.staying) - len(shown)
        yield "These stay as they are:"
        yield ""
        yield markdown_block(
            [shorten(value, _LONGEST_LINE) for value in shown] + ([f"({plural(more, 'more record')})"] if more else [])
        )


def _task(task: Task) -> Iterator[str]:
    yield f"- {_text(task.text or task.message)}"
    if task.owner and task.effort:
        yield f"- Who: {OWNER_WORDS[task.owner]}; it {EFFORT_WORDS[task.effort]}"
    yield ""
    if task.command:
        yield markdown_block(task.command.splitlines())


def _findings(title: str, findings: Sequence[Finding]) -> Iterator[str]:
    if not findings:
        return
    yield from _heading(title)
    for finding in sorted(findings, key=order_of)[:_MOST_FINDINGS]:
        yield f"- {markdown_code(finding.rule)} ({finding.severity}) {_text(finding.message)}"
    if len(findings) > _MOST_FINDINGS:
        yield f"- and {len(findings) - _MOST_FINDINGS:,} more"
    yield ""


def _unknown(found: Sequence[Cause]) -> Iterator[str]:
    """Each cause once, with what to try and the rules that it holds up."""
    if not found:
        return
    yield from _heading("What could not be checked, and why")
    for cause in found[:_MOST_CAUSES]:
        asked = ", ".join(f"{query.type} {query.name}" for _, query in cause.questions[:_MOST_QUESTIONS])
        more = len(cause.questions) - _MOST_QUESTIONS
        told = [cause.title, f": {asked}" if asked else "", f" and {more} more" if more > 0 else ""]
        yield f"- {_text(''.join(told) + (f', from {cause.server}' if cause.server else ''))}"
        if cause.reason:
            yield f"  - Reason: {_text(cause.reason)}"
        yield f"  - What to try: {_text(cause.advice)}"
        yield f"  - Holds up {plural(len(cause.findings), 'check')}: {', '.join(markdown_code(f.rule) for f in cause.findings)}"
    if len(found) > _MOST_CAUSES:
        yield f"- and {plural(len(found) - _MOST_CAUSES, 'more cause')}"
    yield ""


def _footer(result: Result, report: Report) -> Iterable[str]:
    packs = ", ".join(f"{pack.id} {pack.version} ({pack.digest[:12]})" for pack in report.tool.packs)
    when = report.run.finished or report.run.started
    yield f"{_text(f'Profile {result.profile}; {report.tool.name} {report.tool.version}; rules {packs}; {when}')}"


def _row(row: Row) -> str:
    first = f": {_text(row.first)}" if row.first else ""
    client = f" ({_text(row.client)})" if row.client else ""
    return f"- {row.grade_words}, {row.score_words}: {markdown_code(row.domain)}{client}{first}"
