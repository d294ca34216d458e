"""What to do, in this order: one list of jobs, each a line to read and the records, words and commands behind it.

A job is what one would do in one go: the records that the same failure asks for, the tasks that begin with the same
command, and what a fix says it comes after (`Fix.after`). Jobs stand by severity, then effort.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reports.kinds import Kind, kind_of
from reports.publish import Publication, Record, Task
from reports.words import ACTION_WORDS, first_sentence, listed, plural
from rules.results import EFFORTS, SEVERITIES, Effort, Owner, Result, Severity

__all__ = ["Part", "Step", "record_noun", "steps"]

_KINDS: Final = (("v=spf1", "SPF record"), ("v=dmarc1", "DMARC record"), ("v=dkim1", "DKIM record"))
_MOST_NAMES: Final = 2


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a job: a record to publish or a task; the other is None."""

    record: Record | None = None
    task: Task | None = None

    @property
    def rules(self) -> tuple[str, ...]:
        return self.record.rules if self.record else (self.task.rule,) if self.task else ()


@dataclass(frozen=True, slots=True)
class Step:
    """A job. `title` tells in a line what to do; `owners` who, in the order in which they act; `parts` are in the order
    of doing, with no text or command told twice. Without parts it is to find out what could not be checked.
    """

    number: int
    title: str
    severity: Severity
    owners: tuple[Owner, ...]
    effort: Effort | None
    rules: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def weight(self) -> str:
        """The severity for people: what counts for nothing is optional."""
        return "optional" if self.severity == "info" else self.severity


def steps(result: Result, todo: Publication) -> tuple[Step, ...]:
    """The jobs of a domain. Finding out comes first where the grade depends on it, else last."""
    lasting = {task.rule for task in todo.others if task.lasting}
    parts = [Part(record=_without(record, lasting)) for record in todo.records]
    parts += [Part(task=task) for task in todo.others]
    found = sorted((_step(job) for job in _jobs(parts)), key=_rank)
    unknown = [f.severity for f in result.findings if f.status == "unknown"]
    if unknown:
        ask = Step(0, _find_out(kind_of(result), len(unknown)), min(unknown, key=SEVERITIES.index), (), None, (), ())
        found = [ask, *found] if result.grade == "?" else [*found, ask]
    return tuple(replace(step, number=number) for number, step in enumerate(found, start=1))


def record_noun(record: Record) -> str:
    """What one calls it: `SPF record`, `MX record`."""
    start = record.value.lstrip('"').lower()
    if record.type == "TXT":
        return next((noun for tag, noun in _KINDS if start.startswith(tag)), "TXT record")
    if record.type == "CNAME" and "._domainkey." in record.name:
        return "DKIM record (CNAME)"
    return f"{record.type} record"


def _without(record: Record, lasting: set[str]) -> Record:
    """The record without the rules that it alone does not satisfy, unless there is no other."""
    return replace(record, rules=tuple(rule for rule in record.rules if rule not in lasting) or record.rules)


def _find_out(kind: Kind, number: int) -> str:
    waiting = f"{plural(number, 'check')} {'waits' if number == 1 else 'wait'} for it"
    return f"{kind.find_out}: {waiting}"


def _rank(step: Step) -> tuple[int, int]:
    return SEVERITIES.index(step.severity), EFFORTS.index(step.effort) if step.effort else 0


def _jobs(parts: Sequence[Part]) -> list[list[Part]]:
    """The parts in groups, in the order in which each group's first part comes."""
    head = list(range(len(parts)))

    def find(index: int) -> int:
        while head[index] != index:
            index = head[index]
        return index

    met: dict[object, int] = {}
    for index, part in enumerate(parts):
        for tie in _ties(part):
            first = find(met.setdefault(tie, index))
            other = find(index)
            head[max(first, other)] = min(first, other)
    groups: dict[int, list[Part]] = {}
    for index, part in enumerate(parts):
        groups.setdefault(find(index), []).append(part)
    return list(groups.values())


def _ties(part: Part) -> Iterable[object]:
    """Parts that share one of these are one job."""
    if part.record:
        return [("rule", rule) for rule in part.record.rules]
    if part.task is None:
        return []
    ties: list[object] = [("rule", rule) for rule in part.task.after]
    if part.task.after or not part.task.lasting:
        ties.append(("rule", part.task.rule))
    if part.task.command:
        task = part.task
        ties.append((task.rule.partition("-")[0], task.command, task.owner, task.effort, task.severity))
    return ties


def _step(job: Sequence[Part]) -> Step:
    doing = _in_order(job)
    severities = [severity for part in doing if (severity := _severity(part))]
    efforts = [effort for part in doing if (effort := _effort(part))]
    return Step(
        number=0,
        title=_title(doing),
        severity=min(severities, key=SEVERITIES.index),
        owners=tuple(dict.fromkeys(owner for part in doing if (owner := _owner(part)))),
        effort=max(efforts, key=EFFORTS.index) if efforts else None,
        rules=tuple(dict.fromkeys(rule for part in doing for rule in part.rules)),
        parts=_told_once(doing, _title(doing)),
    )


def _in_order(job: Sequence[Part]) -> list[Part]:
    """What stands in the way goes first, what comes after another part of the job last; else the order stays."""
    inside = {rule for part in job for rule in part.rules}
    records = [part.record for part in job if part.record]

    def place(part: Part) -> int:
        if part.record:
            return 0 if _in_the_way(part.record, records) else 1
        return 2 if part.task and inside.intersection(part.task.after) else 1

    return sorted(job, key=place)


def _in_the_way(record: Record, others: Sequence[Record]) -> bool:
    """A record to delete beside which another cannot be published: a CNAME stands alone (RFC 1034 section 3.6.2)."""
    return record.action == "delete" and any(
        other.action != "delete"
        and other.name == record.name
        and other.type != record.type
        and "CNAME" in (other.type, record.type)
        for other in others
    )


def _severity(part: Part) -> Severity | None:
    return part.record.severity if part.record else part.task.severity if part.task else None


def _effort(part: Part) -> Effort | None:
    return part.record.effort if part.record else part.task.effort if part.task else None


def _owner(part: Part) -> Owner | None:
    return part.record.owner if part.record else part.task.owner if part.task else None


def _told_once(doing: Sequence[Part], title: str) -> tuple[Part, ...]:
    """The parts without what the title says, and the texts and commands that an earlier part has."""
    told: set[str] = set()
    left = []
    for part in doing:
        if part.record:
            record = part.record
            new = replace(
                record,
                text=tuple(_beyond(title, text) for text in record.text if text not in told and _beyond(title, text)),
                commands=tuple(command for command in record.commands if command not in told),
            )
            told.update(record.text, record.commands)
            left.append(Part(record=new))
        elif part.task:
            task = part.task
            text = "" if task.text in told else _beyond(title, task.text)
            left.append(Part(task=replace(task, text=text, command="" if task.command in told else task.command)))
            told.update((task.text, task.command))
    return tuple(left)


def _beyond(title: str, text: str) -> str:
    """What a text says more than the title."""
    return text.strip().removeprefix(title + ".").strip()


def _title(doing: Sequence[Part]) -> str:
    """The task that the job ends in says what the whole is about; else the records do."""
    tasks = [part.task for part in doing if part.task]
    records = [part.record for part in doing if part.record]
    last = tasks[-1] if tasks else None
    if (
        last
        and last.after
        and not any(SEVERITIES.index(r.severity) <= SEVERITIES.index(last.severity) for r in records)
    ):
        return _sentence(last)
    if not records:
        alike = [f"“{task.title}”" for task in tasks[1:]]
        return f"{_sentence(tasks[0])}; likewise for {listed(alike)}" if alike else _sentence(tasks[0])
    if records[0].owner != "dns" and records[0].text:
        return first_sentence(records[0].text[0]).removesuffix(".")  # publishing it is not what takes the time
    return _record_title(records)


def _sentence(task: Task) -> str:
    return first_sentence(task.text or task.message).removesuffix(".")


def _record_title(records: Sequence[Record]) -> str:
    """`Replace the 2 SPF records at contoso.com by one`, `Add the MX record at contoso.com, then delete 2 MX records`."""
    groups: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        groups.setdefault((record.action, record_noun(record)), []).append(record)
    told = [_phrase(group) for group in groups.values()]
    return ", then ".join([told[0], *(phrase[:1].lower() + phrase[1:] for phrase in told[1:])])


def _phrase(records: Sequence[Record]) -> str:
    first = records[0]
    verb, noun = ACTION_WORDS[first.action], record_noun(first)
    names = list(dict.fromkeys(record.name for record in records))
    if len(records) == 1:
        gone = len(first.current.values)
        if first.action == "replace" and gone > 1:
            return f"{verb} the {gone} {_many(noun)} at {first.name} by one"
        what = f"{noun} “{first.value}”" if first.action == "delete" and first.type != "TXT" else noun
        return f"{verb} the {what} at {first.name}"
    where = f" at {' and '.join(names)}" if len(names) <= _MOST_NAMES else f" at {len(names)} names"
    return f"{verb} {'the' if len(names) > 1 else len(records)} {_many(noun)}{where}"


def _many(noun: str) -> str:
    return noun.replace("record", "records", 1)
