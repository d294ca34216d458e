"""`mailready smtp settings`: audits how applications are configured to send, and prints corrected files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from reports.escape import terminal
from rules.results import BadRow
from scanner.cli.lines import give_up_output, say, standard_output
from scanner.cli.submission_run import SubmissionOptions
from scanner.errors import OutputError, UsageError
from scanner.submission.apps_list import AppRow, read_apps
from scanner.submission.judge import JudgedSubmission, Origin, SubmissionJudge
from scanner.submission.settings.diff import diff_of
from scanner.submission.settings.errors import SettingsError
from scanner.submission.settings.facts import Recipients, facts_of
from scanner.submission.settings.reading import FileSettings, app_named, read_file

__all__ = ["SettingsCommand"]

RECIPIENTS: Final = ("internal", "external", "both")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsCommand:
    """The command's options, as given."""

    files: tuple[str, ...]
    lists: tuple[Path, ...] = ()
    app: str = ""
    recipients: str = ""
    diff: bool = False
    allow_bad_rows: bool = False
    options: SubmissionOptions

    def run(self) -> int:
        """Runs the command; the exit code. Raises MailreadyError."""
        if self.recipients and self.recipients not in RECIPIENTS:
            raise UsageError(f"--recipients {self.recipients}: give {', '.join(RECIPIENTS)}.")
        if self.app:
            app_named(self.app)
        bad: list[BadRow] = []
        rows = [*self._given(), *self._listed(bad)]
        if not rows and not bad:
            raise UsageError("no settings file is given. Name the files, or a list of them with -f.")
        if self.diff:
            if self.options.output or self.options.formats:
                raise UsageError("--diff prints to standard output and goes with no -o and no --format.")
            return self._print_diffs(rows, bad)
        run = self.options.open("settings files")
        judged = [each for row in rows for each in _judged(row, run.judge, bad)]
        return run.write(judged, bad_rows=tuple(bad), allow_bad_rows=self.allow_bad_rows)

    def _given(self) -> Iterator[AppRow]:
        recipients = cast(Recipients, self.recipients or "unset")
        for row, name in enumerate(self.files, 1):
            yield AppRow(Path(name), self.app, Origin(), recipients, row)

    def _listed(self, bad: list[BadRow]) -> Iterator[AppRow]:
        for path in self.lists:
            try:
                with path.open("rb") as stream:
                    for row in read_apps(stream, str(path), path.parent):
                        if isinstance(row, AppRow):
                            yield row
                        else:
                            bad.append(row)
            except OSError as error:
                raise UsageError(f"{path}: cannot be read: {error.strerror or error}.") from None

    def _print_diffs(self, rows: list[AppRow], bad: list[BadRow]) -> int:
        """Patches to standard output, instructions to standard error. 0; 2 where a file could not be read."""
        patches = []
        for row in rows:
            file = _read(row, bad)
            if file is None:
                continue
            diff = diff_of(file)
            patches.append(diff.patch)
            for instruction in diff.instructions:
                say(f"{file.path}: {instruction}")
            if not diff.patch and not diff.instructions:
                say(f"{file.path}: nothing to correct")
        _write("".join(patches))
        _tell(bad)
        return 2 if bad and not self.allow_bad_rows else 0


def _read(row: AppRow, bad: list[BadRow]) -> FileSettings | None:
    try:
        return read_file(row.file, app_named(row.app) if row.app else None)
    except UsageError as error:
        bad.append(BadRow(source=str(row.file), row=0, text="", error=str(error)))
    except SettingsError as error:
        bad.append(BadRow(source=str(row.file), row=error.line or 0, text="", error=error.reason))
    return None


def _judged(row: AppRow, judge: SubmissionJudge, bad: list[BadRow]) -> Iterator[JudgedSubmission]:
    file = _read(row, bad)
    for facts in facts_of(file, row.recipients) if file is not None else ():
        yield judge.of(facts.submission, answers=facts.answers, evidence=facts.evidence, origin=row.origin)


def _tell(bad: list[BadRow]) -> None:
    for one in bad:
        say(f"{one.source}:{one.row}: {one.error}" if one.row else f"{one.source}: {one.error}")


def _write(patch: str) -> None:
    """The patch to the octet, so that it applies; made harmless where a terminal shows it."""
    stream = standard_output()
    if sys.stdout.isatty():
        patch = "".join(f"{terminal(line)}\n" for line in patch.split("\n")[:-1])
    try:
        stream.write(patch.encode("utf-8", "surrogateescape"))
        stream.flush()
    except OSError as error:
        give_up_output()
        raise OutputError(f"standard output: {error.strerror or error}") from error
