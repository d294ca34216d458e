"""`mailready smtp snippet APP`: right settings to start from."""

from __future__ import annotations

from scanner.cli.lines import print_lines, say
from scanner.errors import UsageError
from scanner.submission.snippets import snippets

__all__ = ["print_snippet"]


def print_snippet(app: str, way: str) -> int:
    """Prints the settings to standard output, and what else is to be done to standard error. Raises UsageError."""
    wanted = app.strip().lower()
    mine = [snippet for snippet in snippets() if snippet.app == wanted]
    if not mine:
        names = ", ".join(dict.fromkeys(snippet.app for snippet in snippets()))
        raise UsageError(f"{app or 'snippet'}: no such application. Applications are {names}.")
    fitting = [snippet for snippet in mine if way in ("", snippet.way)]
    if not fitting:
        raise UsageError(f"--way {way}: {app} has {', '.join(snippet.way for snippet in mine)}.")
    chosen = fitting[0]
    print_lines(chosen.text.rstrip("\n").split("\n"))
    others = [snippet.way for snippet in mine if snippet is not chosen]
    say(f"{chosen.file}, way {chosen.way}." + (f" Others: --way {', '.join(others)}." if others else ""))
    for note in chosen.notes:
        say(note)
    if chosen.way == "password":
        say("user name and password last only for a time: mailready smtp advise tells the dates.")
    if chosen.way == "relay":
        say("relay needs an inbound connector and an open port 25: mailready smtp advise --static-address yes.")
    return 0
