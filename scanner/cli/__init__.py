"""The command line: a file a command; this one only starts it, and imports nothing that `--help` does not need."""

from __future__ import annotations

import sys

from scanner import garbage

__all__ = ["main"]


def main() -> None:
    """The `mailready` command. Exit codes are those of DESIGN: 0, 1, 2, 3, 4, 130, 143."""
    garbage.seldom()
    from scanner.cli.app import app
    from scanner.errors import MailreadyError

    try:
        app(prog_name="mailready")
    except MailreadyError as error:
        _tell(f"mailready: {error}")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        _tell("mailready: interrupted")
        sys.exit(130)
    except Exception:  # a defect of ours must not look like a verdict: exit code 1 means "below --fail-under"
        import traceback

        _tell(traceback.format_exc().rstrip("\n"))
        _tell(
            "mailready: this is a defect in mailready, not in what you gave it; results written so far stand."
            " Please report it with the lines above."
        )
        sys.exit(MailreadyError.exit_code)


def _tell(text: str) -> None:
    """Lines on standard error. Errors quote paths, options and files, which may hold terminal escapes."""
    from reports.escape import terminal
    from scanner.cli.lines import tell

    tell("\n".join(map(terminal, text.split("\n"))))
