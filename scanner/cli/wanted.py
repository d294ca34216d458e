"""`--client`, `--tag` and `--only-failing`: which rows are scanned, and which results are shown."""

from __future__ import annotations

from dataclasses import dataclass

from rules.results import Result, Target

__all__ = ["Wanted"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Clients and tags of which a row must have one, where any are named; compared without case."""

    clients: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    only_failing: bool = False

    def row(self, row: Target | Result) -> bool:
        """Whether a row's client and tags are wanted."""
        clients, tags = _folded(self.clients), _folded(self.tags)
        return (not clients or row.client.strip().casefold() in clients) and (
            not tags or not tags.isdisjoint(_folded(row.tags))
        )

    def result(self, result: Result) -> bool:
        """Whether a result is wanted. Failing is what fails a check or may: unknown is not fine."""
        if not self.row(result):
            return False
        return not self.only_failing or any(
            finding.status == "unknown" or (finding.status == "fail" and finding.severity != "info")
            for finding in result.findings
        )


def _folded(texts: tuple[str, ...]) -> set[str]:
    return {text.strip().casefold() for text in texts}
