"""The commands of `mailready smtp` about applications, with their options: settings, snippet, advise."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["add_commands"]

TARGETS = "What to look at"
JUDGE = "How to judge"
REPORTS = "What comes out"


def add_commands(app: typer.Typer) -> None:
    """Adds the commands to `mailready smtp`."""
    app.command("settings")(settings)
    app.command("snippet")(snippet)
    app.command("advise")(advise)


def settings(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE", help="Settings files: .env, wp-config.php, main.cf and so on.", show_default=False
        ),
    ] = None,
    file: Annotated[
        list[Path] | None,
        typer.Option(
            "--file",
            "-f",
            metavar="LIST",
            help="A CSV with a row for each settings file: file, app, client, ticket, tenant, tags, recipients.",
            show_default=False,
            rich_help_panel=TARGETS,
        ),
    ] = None,
    app: Annotated[
        str,
        typer.Option(
            metavar="APP",
            help="What the files are of, where name and content do not show it: laravel, phpmailer, postfix and so on.",
            show_default=False,
            rich_help_panel=TARGETS,
        ),
    ] = "",
    recipients: Annotated[
        str,
        typer.Option(
            metavar="internal|external|both",
            help="Whom the applications write to: the own organization, others, or both.",
            show_default=False,
            rich_help_panel=TARGETS,
        ),
    ] = "",
    diff: Annotated[
        bool,
        typer.Option(
            "--diff",
            help="Print the corrected files as a unified diff, without lines that hold a secret: those are told.",
            rich_help_panel=REPORTS,
        ),
    ] = False,
    profile: Annotated[
        str, typer.Option(metavar="NAME|FILE", help="What is expected.", rich_help_panel=JUDGE)
    ] = "submission",
    pack: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DIR", help="A further directory of rule packs.", show_default=False, rich_help_panel=JUDGE
        ),
    ] = None,
    waivers: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Findings that are accepted for a time.", rich_help_panel=JUDGE)
    ] = None,
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR|FILE|-",
            help="Write reports: into a directory, or one format into a file or to standard output.",
            show_default=False,
            rich_help_panel=REPORTS,
        ),
    ] = "",
    formats: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="LIST",
            help="html, json, ndjson, csv, md; several with commas for a directory.",
            show_default=False,
            rich_help_panel=REPORTS,
        ),
    ] = "",
    brand: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Name, logo and colours for HTML reports.", show_default=False, rich_help_panel=REPORTS
        ),
    ] = None,
    fail_under: Annotated[
        str,
        typer.Option(
            metavar="GRADE",
            help="Exit 1 if a grade is below A, B, C or D; 3 if it may be.",
            show_default=False,
            rich_help_panel=REPORTS,
        ),
    ] = "",
    allow_bad_rows: Annotated[
        bool,
        typer.Option(
            "--allow-bad-rows", help="Do not exit 2 for files that could not be read.", rich_help_panel=TARGETS
        ),
    ] = False,
) -> None:
    """Audit how applications are configured to send, without running them.

    Exit codes: 0 fine; 1 below --fail-under; 2 wrong usage, or a file that does not parse (the others are judged); 3 not
    certain; 4 the reports could not be written.
    """
    from scanner.cli.smtp_settings import SettingsCommand
    from scanner.cli.submission_run import SubmissionOptions

    lists = tuple(file or ())
    options = SubmissionOptions(
        packs=tuple(pack or ()),
        profile=profile,
        waivers=waivers,
        output=output,
        formats=formats,
        brand=brand,
        fail_under=fail_under,
        inputs=(*lists, *(Path(name) for name in files or ())),
    )
    raise typer.Exit(
        SettingsCommand(
            files=tuple(files or ()),
            lists=lists,
            app=app,
            recipients=recipients,
            diff=diff,
            allow_bad_rows=allow_bad_rows,
            options=options,
        ).run()
    )


def snippet(
    app: Annotated[str, typer.Argument(help="The application: laravel, phpmailer, postfix and so on.")],
    way: Annotated[
        str,
        typer.Option(
            metavar="oauth|relay|password",
            help="How it is to send, where there is more than one way.",
            show_default=False,
        ),
    ] = "",
) -> None:
    """Print right settings of an application to start from."""
    from scanner.cli.smtp_snippet import print_snippet

    raise typer.Exit(print_snippet(app, way))


def advise(
    recipients: Annotated[
        str, typer.Option(metavar="internal|external|both", help="Whom it writes to.", show_default=False)
    ] = "",
    volume: Annotated[
        int | None, typer.Option(metavar="NUMBER", min=0, help="Recipients a day, about.", show_default=False)
    ] = None,
    kind: Annotated[str, typer.Option(metavar="device|app", help="What it is.", show_default=False)] = "",
    oauth: Annotated[
        str, typer.Option(metavar="yes|no", help="Whether it can sign in by OAuth.", show_default=False)
    ] = "",
    api: Annotated[
        str, typer.Option(metavar="yes|no", help="Whether it can call a web API in place of SMTP.", show_default=False)
    ] = "",
    static_address: Annotated[
        str,
        typer.Option(
            metavar="yes|no",
            help="Whether it sends from a static public address that is not shared.",
            show_default=False,
        ),
    ] = "",
    format_: Annotated[str, typer.Option("--format", metavar="text|json", help="How to show it.")] = "text",
) -> None:
    """Say which way of sending fits; in a terminal it asks what no option says.

    Exit codes: 0 a way fits; 3 none does, or answers are missing; 2 wrong usage.
    """
    from scanner.cli.smtp_advise import AdviseCommand

    given: dict[str, str | int] = {
        "recipients": recipients.strip().lower(),
        "volume": "" if volume is None else volume,
        "kind": kind.strip().lower(),
        "oauth": oauth.strip().lower(),
        "api": api.strip().lower(),
        "static_address": static_address.strip().lower(),
    }
    raise typer.Exit(AdviseCommand({name: said for name, said in given.items() if said != ""}, format_).run())
