"""`mailready explain`: what a server's reply, a transcript, a log or a bounce means, and what to do."""

from __future__ import annotations

import datetime
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scanner.cli.lines import standard_input, standard_output
from scanner.cli.places import STANDARD
from scanner.errors import OutputError, UsageError
from scanner.submission.answering import answer_input, answer_text
from scanner.submission.catalogue import catalogue
from scanner.submission.documents import Document
from scanner.submission.explaining import Explainer
from scanner.submission.inputs import open_file
from scanner.version import version

__all__ = ["ExplainCommand"]

FORMATS: Final = ("text", "json", "md")
_SUFFIXES: Final = (".eml", ".log", ".txt", ".csv", ".msg", ".gz", ".json")
_EXIT_UNCERTAIN: Final = 3


@dataclass(frozen=True, slots=True)
class ExplainCommand:
    """The command's options, as given."""

    words: tuple[str, ...]
    host: str
    format: str

    def run(self) -> int:
        """Runs the command; the exit code: 0 explained, 3 only the class of a code is known or the reply is missing."""
        if self.format not in FORMATS:
            raise UsageError(f"--format {self.format}: no such format. Formats are {', '.join(FORMATS)}.")
        explainer = Explainer(
            catalogue(), datetime.datetime.now(datetime.UTC).date(), _rule_titles(), _family(self.host)
        )
        document = self._answer(explainer)
        self._show(document)
        return 0 if document.verdict in ("explained", "accepted") else _EXIT_UNCERTAIN

    def _answer(self, explainer: Explainer) -> Document:
        if not self.words and (sys.stdin is None or sys.stdin.isatty()):
            raise UsageError(
                'nothing to explain. Give the reply in quotes (mailready explain "535 5.7.139 ..."), a file, or - for standard input.'
            )
        if self.words in ((), (STANDARD,)):
            return answer_input(open_file(standard_input(), "standard input"), explainer, version())
        if len(self.words) == 1 and (path := _path(self.words[0])) is not None:
            try:
                with path.open("rb") as stream:
                    return answer_input(open_file(stream, str(path)), explainer, version())
            except OSError as error:
                raise UsageError(f"{path}: cannot be read: {error.strerror or error}.") from None
        return answer_text(" ".join(self.words), "text", explainer, version())

    def _show(self, document: Document) -> None:
        if self.format == "json":
            import msgspec

            _write(msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")
        elif self.format == "md":
            from scanner.cli.explain_markdown import markdown

            _write(markdown(document).encode("utf-8", "replace"))
        else:
            _write(_for_terminal(document))


def _for_terminal(document: Document) -> bytes:
    from rich.console import Console

    from scanner.cli.explain_terminal import print_document

    console = Console(highlight=False, emoji=False, markup=False)
    with console.capture() as captured:
        print_document(document, console)
    return captured.get().encode(console.encoding, "replace")


def _write(octets: bytes) -> None:
    stream = standard_output()
    try:
        stream.write(octets)
        stream.flush()
    except OSError as error:
        from scanner.cli.lines import give_up_output

        give_up_output()
        raise OutputError(f"standard output: {error.strerror or error}") from error


def _path(word: str) -> Path | None:
    """The path that a word means: of a file that is there, or of one that by its look was meant to be."""
    if len(word) > 4096 or "\n" in word or "\0" in word:
        return None
    path = Path(word)
    try:
        if path.is_dir():
            raise UsageError(f"{word}: is a directory; give a file in it.")
        exists = path.exists()
    except OSError:
        return None
    looks_like_one = " " not in word and (path.suffix.lower() in _SUFFIXES or word.startswith(("/", "./", "../", "~/")))
    return path if exists or looks_like_one else None


def _family(host: str) -> str:
    if not host:
        return ""
    known = catalogue()
    names = [family.family for family in known.families]
    wanted = host.strip().lower()
    aliases = {
        "m365": "microsoft365",
        "office365": "microsoft365",
        "microsoft": "microsoft365",
        "outlook": "outlook.com",
        "hotmail": "outlook.com",
        "google": "gmail",
        "aol": "yahoo",
        "apple": "icloud",
    }
    family = aliases.get(wanted, wanted)
    if family in names:
        return family
    from scanner.submission.replies import family_of

    found = family_of(wanted, known)
    if found:
        return found
    raise UsageError(f"--host {host}: no such host. Give {', '.join(names)}, or the server's name.")


def _rule_titles() -> dict[str, str]:
    from rules.errors import RulesError
    from rules.loader import load_library

    try:
        return {rule.id: rule.title for rule in load_library().rules.values()}
    except RulesError:
        return {}
