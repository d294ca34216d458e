"""The commands of `mailready smtp` and their options. What a command does is in the file of its name (smtp_check.py, ...)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scanner.cli.numbers import seconds
from scanner.cli.smtp_application import add_commands

__all__ = ["smtp_app"]

SERVER = "Which server"
LOGIN = "Signing in and sending"
JUDGE = "How to judge"
REPORTS = "What comes out"


def _opt(*names: str, metavar: str, help: str, panel: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        *names, metavar=metavar, help=help, rich_help_panel=panel, show_default=False
    )
    return option


smtp_app = typer.Typer(
    no_args_is_help=True,
    help="How applications and devices send: try a server, read settings, choose a way.",
)


@smtp_app.command()
def check(
    host: Annotated[
        str,
        typer.Argument(metavar="[HOST]", help="The server; the cloud's own where none is named.", show_default=False),
    ] = "",
    ports: Annotated[
        str,
        typer.Option(
            metavar="LIST",
            help="Ports, each with starttls, tls or plain if need be: 10587/starttls,10465/tls,10025/plain. 465 is tls, others starttls.",
            rich_help_panel=SERVER,
        ),
    ] = "587,25,465",
    cloud: Annotated[str, _opt("--cloud", metavar="NAME", help="worldwide, gcchigh, dod or china.", panel=SERVER)] = "",
    control: Annotated[
        str,
        _opt(
            "--control",
            metavar="HOST:PORT|none",
            help="A server to connect to beside it, to tell the network's fault from the host's. Nothing is sent there.",
            panel=SERVER,
        ),
    ] = "",
    legacy_tls: Annotated[
        bool,
        typer.Option(
            "--legacy-tls", help="Try whether the server still takes TLS 1.0 and 1.1.", rich_help_panel=SERVER
        ),
    ] = False,
    ca_file: Annotated[
        Path | None, _opt("--ca-file", metavar="FILE", help="Trust these certificates too (PEM).", panel=SERVER)
    ] = None,
    ehlo: Annotated[
        str,
        _opt("--ehlo", metavar="NAME", help="The name to greet with, instead of this machine's address.", panel=SERVER),
    ] = "",
    resolver: Annotated[
        list[str] | None,
        _opt(
            "--resolver",
            metavar="HOST[:PORT]",
            help="Ask this resolver instead of the system's. May be repeated.",
            panel=SERVER,
        ),
    ] = None,
    timeout: Annotated[float, seconds(0.5, 300, "The longest that looking may take.", SERVER)] = 8.0,
    user: Annotated[
        str,
        _opt(
            "--user",
            metavar="NAME",
            help="Sign in as this account. The password is asked for unless it is given below.",
            panel=LOGIN,
        ),
    ] = "",
    password_env: Annotated[
        str, _opt("--password-env", metavar="VAR", help="The environment variable with the password.", panel=LOGIN)
    ] = "",
    password_file: Annotated[
        str,
        _opt("--password-file", metavar="FILE|-", help="The file with the password; - is standard input.", panel=LOGIN),
    ] = "",
    auth: Annotated[
        str, _opt("--auth", metavar="NAME", help="login, plain or xoauth2 instead of the first that fits.", panel=LOGIN)
    ] = "",
    token_file: Annotated[
        str,
        _opt("--token-file", metavar="FILE|-", help="The file with an OAuth token; - is standard input.", panel=LOGIN),
    ] = "",
    oauth: Annotated[
        str,
        _opt(
            "--oauth",
            metavar="device|client",
            help="Get a token: a user enters a code, or the application signs in as itself (needs the extra oauth).",
            panel=LOGIN,
        ),
    ] = "",
    tenant: Annotated[
        str, _opt("--tenant", metavar="NAME", help="The organization's domain or id, for --oauth.", panel=LOGIN)
    ] = "",
    client_id: Annotated[
        str, _opt("--client-id", metavar="ID", help="The application's id, for --oauth.", panel=LOGIN)
    ] = "",
    client_secret_env: Annotated[
        str,
        _opt(
            "--client-secret-env", metavar="VAR", help="The environment variable with the client secret.", panel=LOGIN
        ),
    ] = "",
    client_secret_file: Annotated[
        str, _opt("--client-secret-file", metavar="FILE|-", help="The file with the client secret.", panel=LOGIN)
    ] = "",
    client_certificate: Annotated[
        Path | None,
        _opt(
            "--client-certificate",
            metavar="FILE",
            help="The application's certificate and private key (PEM), instead of a secret.",
            panel=LOGIN,
        ),
    ] = None,
    authority: Annotated[
        str,
        _opt("--authority", metavar="URL", help="Where tokens are issued, instead of the cloud's own.", panel=LOGIN),
    ] = "",
    sender: Annotated[
        str,
        _opt(
            "--from",
            metavar="ADDRESS",
            help="Try to send as this address: MAIL FROM and RCPT TO, and stop before the message.",
            panel=LOGIN,
        ),
    ] = "",
    send_to: Annotated[
        str, _opt("--send-to", metavar="ADDRESS", help="Send one test message to this address.", panel=LOGIN)
    ] = "",
    profile: Annotated[
        str, typer.Option("--profile", metavar="NAME|FILE", help="What is expected.", rich_help_panel=JUDGE)
    ] = "submission",
    pack: Annotated[
        list[Path] | None,
        _opt("--pack", metavar="DIR", help="A further directory of rule packs. May be repeated.", panel=JUDGE),
    ] = None,
    waivers: Annotated[
        Path | None, _opt("--waivers", metavar="FILE", help="Findings that are accepted for a time.", panel=JUDGE)
    ] = None,
    output: Annotated[
        str, _opt("--output", "-o", metavar="DIR|FILE|-", help="Write reports, as scan does.", panel=REPORTS)
    ] = "",
    formats: Annotated[
        str,
        _opt(
            "--format",
            metavar="LIST",
            help="html, json, ndjson, csv, md; several with commas for a directory.",
            panel=REPORTS,
        ),
    ] = "",
    brand: Annotated[
        Path | None, _opt("--brand", metavar="FILE", help="Name, logo and colours for HTML reports.", panel=REPORTS)
    ] = None,
    record: Annotated[
        Path | None,
        _opt(
            "--record",
            metavar="FILE",
            help="Write answers and sessions to an evidence file, without secrets.",
            panel=REPORTS,
        ),
    ] = None,
    fail_under: Annotated[
        str,
        _opt(
            "--fail-under",
            metavar="GRADE",
            help="Exit 1 if the grade is below A, B, C or D; 3 if it may be.",
            panel=REPORTS,
        ),
    ] = "",
) -> None:
    """Try a server that takes mail from programs: ports, encryption, signing in, sending.

    Passwords and tokens go only over encryption that verified for the host, and are never shown or kept.

    Exit codes: 0 fine; 1 below --fail-under; 2 wrong usage; 3 not certain; 4 the output failed; 130 and 143 interrupted.
    """
    from scanner.cli.smtp_check import SmtpCheckCommand
    from scanner.cli.smtp_login import LoginOptions
    from scanner.cli.submission_run import SubmissionOptions

    login = LoginOptions(
        user=user,
        password_env=password_env,
        password_file=password_file,
        mechanism=auth,
        token_file=token_file,
        oauth=oauth,
        tenant=tenant,
        client_id=client_id,
        client_secret_env=client_secret_env,
        client_secret_file=client_secret_file,
        client_certificate=client_certificate,
        authority=authority,
        sender=sender,
        recipient=send_to,
    )
    command = SmtpCheckCommand(
        host=host,
        ports=ports,
        cloud=cloud,
        control=control,
        legacy_tls=legacy_tls,
        ca_file=ca_file,
        ehlo=ehlo,
        login=login,
        timeout=timeout,
        resolvers=tuple(resolver or ()),
        record=record,
        reporting=SubmissionOptions(
            profile=profile,
            packs=tuple(pack or ()),
            waivers=waivers,
            output=output,
            formats=formats,
            brand=brand,
            fail_under=fail_under,
        ),
    )
    raise typer.Exit(command.run())


add_commands(smtp_app)
