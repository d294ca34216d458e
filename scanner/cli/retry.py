"""`--retry-unknown`: the rows of an earlier run, of which only those with unknowns are scanned again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from reports.errors import NotAReport
from reports.journal import journal_path
from reports.stored import stored_at, stored_files
from rules.results import BadRow, DomainResult, Report, SubmissionResult, Target
from scanner.cli.resume import differences, identity_of
from scanner.errors import UsageError

__all__ = ["RetryRows", "is_unknown", "target_of"]

ALIKE = ("version", "pack ", "profile", "waivers", "facts", "missing")
"""What must be the same for results of two runs to stand in one report."""


def is_unknown(result: DomainResult) -> bool:
    """Whether anything of it could not be determined."""
    return result.grade == "?" or any(finding.status == "unknown" for finding in result.findings)


def target_of(result: DomainResult) -> Target:
    """The target that a result is of."""
    return Target(
        domain=result.domain,
        unicode=result.unicode,
        client=result.client,
        ticket=result.ticket,
        profile=result.profile if result.profile_reason == "named by the list" else "",
        tenant=result.tenant,
        selectors=result.selectors,
        tags=result.tags,
    )


class RetryRows:
    """The rows of the run at `path`: a target to scan again, or a result to take over. To be iterated once.

    Raises UsageError when made for what is no finished run, and while iterating for a line that cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._told():
            self.files = stored_files(path)
            with stored_at(path) as stored:
                self.header: Report = stored.header
        if journal_path(self.files[0]).exists():
            raise UsageError(f"--retry-unknown {path}: that run is not finished. Finish it with --resume first.")
        self.bad: tuple[BadRow, ...] = self.header.run.bad_rows
        self.more_bad = self.header.run.more_bad_rows
        self.empty = False

    @property
    def bad_rows(self) -> int:
        """None of this run's."""
        return 0

    def __iter__(self) -> Iterator[tuple[int, Target | DomainResult]]:
        with self._told(), stored_at(self.path) as stored:
            for number, result in enumerate(stored.domains, 1):
                if isinstance(result, SubmissionResult):
                    raise UsageError(f"--retry-unknown {self.path}: submissions are not scanned again; run smtp anew.")
                yield number, target_of(result) if is_unknown(result) else result
            if stored.cut_off:
                raise UsageError(f"--retry-unknown {self.path}: breaks off at line {stored.cut_off}.")

    def refuse_another(self, header: Report) -> None:
        """Raises UsageError if the run judged otherwise than the one that `header` begins, naming every difference."""
        then, now = (_of_note(identity_of(report)) for report in (self.header, header))
        if found := list(differences(then, now)):
            raise UsageError(
                f"--retry-unknown {self.path}: that run judged otherwise: {'; '.join(found)}."
                " Give what it was given, or scan the whole list anew."
            )

    def _told(self) -> _Told:
        return _Told(self.path)


class _Told:
    """Turns what reading raises into a UsageError that names the run."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, NotAReport):
            raise UsageError(f"--retry-unknown {self._path}: {error}") from None
        if isinstance(error, OSError):
            raise UsageError(f"--retry-unknown {self._path}: cannot be read: {error.strerror or error}.") from None


def _of_note(identity: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in identity.items() if name.startswith(ALIKE)}
