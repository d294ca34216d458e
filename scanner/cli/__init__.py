"""The command line: a file a command; this one only starts it, and imports nothing that `--help` does not need."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """The `mailready` command. Exit codes are those of DESIGN: 0, 1, 2, 3, 4, 130, 143."""
    from scanner.cli.app import app
    from scanner.errors import MailreadyError

    try:
        app(prog_name="mailready")
    except MailreadyError as error:
        print(f"mailready: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("mailready: interrupted", file=sys.stderr)
        sys.exit(130)
