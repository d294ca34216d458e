"""`mailready scan --submission FILE`: the settings of those that send for the domains, judged beside them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rules.model import Library, Waiver
from rules.results import BadRow, Report
from scanner.cli.sinks import ResultItem, Sink
from scanner.submission.judge import JudgedSubmission, SubmissionJudge
from scanner.submission.settings.errors import SettingsError
from scanner.submission.settings.facts import facts_of
from scanner.submission.settings.reading import read_file
from scanner.tally import Tally

__all__ = ["Senders", "read_senders"]

_AFTER_ALL: Final = 10**12
"""Rows of a list are numbered below this; senders stand behind all domains."""


@dataclass(frozen=True, slots=True)
class Senders:
    """What the files hold, judged; `bad` are those that could not be read."""

    judge: SubmissionJudge
    judged: tuple[JudgedSubmission, ...]
    bad: tuple[BadRow, ...]

    def headed(self, header: Report) -> Report:
        """The header of a run that has these senders too, for the pages of their domains."""
        texts = {rule.id: rule.text for rule in self.judge.selection.rules}
        return header.with_senders(tuple(each.result for each in self.judged), texts)

    def give(self, sink: Sink, tally: Tally, waivers: Sequence[Waiver]) -> None:
        """Hands them to where the domains went; their grades and waivers count for how the run ends, not as domains."""
        for number, each in enumerate(self.judged):
            met = tuple(place for place, waiver in enumerate(waivers) if waiver in each.used_waivers)
            tally.ends[each.result.grade_low, each.result.grade_high] += 1
            tally.waivers.update(met)
            sink.add(ResultItem(_AFTER_ALL + number, each.result))


def read_senders(
    files: Sequence[Path], library: Library, waivers: Sequence[Waiver], today: datetime.date
) -> Senders | None:
    """The senders of settings files; None where no file is given."""
    if not files:
        return None
    judge = SubmissionJudge(library, waivers=waivers, today=today)
    judged: list[JudgedSubmission] = []
    bad: list[BadRow] = []
    for path in files:
        try:
            found = facts_of(read_file(path))
        except SettingsError as error:
            bad.append(BadRow(source=str(path), row=error.line or 0, text="", error=error.reason))
            continue
        judged += [judge.of(each.submission, answers=each.answers, evidence=each.evidence) for each in found]
    return Senders(judge, tuple(judged), tuple(bad))
