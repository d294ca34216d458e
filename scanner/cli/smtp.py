"""The commands of `mailready smtp` and their options. What a command does is in the file of its name (smtp_check.py, ...)."""

from __future__ import annotations

import typer

__all__ = ["smtp_app"]

smtp_app = typer.Typer(
    no_args_is_help=True,
    help="How applications and devices send: try a server, read settings, choose a way.",
)
