"""The commands and their options, as `--help` shows them. What a command does is in the file of its name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scanner.cli.numbers import seconds
from scanner.cli.smtp import smtp_app

__all__ = ["app"]

app = typer.Typer(
    name="mailready",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Tells whether domains are ready for mail with Microsoft 365, how good they are, and exactly which DNS records to publish.",
)
rules_app = typer.Typer(no_args_is_help=True, help="The rules that judge: list, explain and test them.")
app.add_typer(rules_app, name="rules")
app.add_typer(smtp_app, name="smtp")

TARGETS = "What to scan"
ANSWERS = "Where answers come from"
JUDGE = "How to judge"
REPORTS = "What comes out"

PackOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--pack",
        metavar="DIR",
        help="A further directory of rule packs. May be given more than once.",
        rich_help_panel=JUDGE,
    ),
]
ProfileOption = Annotated[
    str,
    typer.Option(
        "--profile",
        metavar="NAME|FILE",
        help="What is expected: onboarding, behind-gateway, parked, bulk-sender, cis-m365, scuba, a profile file, or auto: chosen for each domain.",
        rich_help_panel=JUDGE,
    ),
]

OutputOption = Annotated[
    str,
    typer.Option(
        "--output",
        "-o",
        metavar="DIR|FILE|-",
        help="Write reports: into a directory, or one format into a file or to standard output.",
        show_default=False,
        rich_help_panel=REPORTS,
    ),
]
FormatOption = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="LIST",
        help="html, json, ndjson, csv, md, actions (records to publish as CSV), xlsx; several with commas for a directory.",
        show_default=False,
        rich_help_panel=REPORTS,
    ),
]

BrandOption = Annotated[
    Path | None,
    typer.Option(
        "--brand",
        metavar="FILE",
        help="Name, logo, accent colour, contact and footer for HTML reports, as YAML or TOML.",
        show_default=False,
        rich_help_panel=REPORTS,
    ),
]


ClientOption = Annotated[
    list[str] | None,
    typer.Option(
        "--client",
        metavar="NAME",
        help="Only rows of this client. May be given more than once.",
        rich_help_panel=TARGETS,
    ),
]
TagOption = Annotated[
    list[str] | None,
    typer.Option(
        "--tag", metavar="TAG", help="Only rows with this tag. May be given more than once.", rich_help_panel=TARGETS
    ),
]
OnlyFailingOption = Annotated[
    bool,
    typer.Option(
        "--only-failing",
        help="Leave out domains that pass every check; what could not be checked stays.",
        rich_help_panel=REPORTS,
    ),
]


def _version(show: bool) -> None:
    if show:
        from scanner.version import version

        typer.echo(f"mailready {version()}")
        raise typer.Exit


@app.callback()
def start(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options that come before a command."""


@app.command()
def scan(
    domains: Annotated[
        list[str] | None,
        typer.Argument(
            help="Domains; URLs and e-mail addresses do too. - reads a list from standard input.", show_default=False
        ),
    ] = None,
    file: Annotated[
        list[str] | None,
        typer.Option(
            "--file",
            "-f",
            metavar="LIST",
            help="A list: a domain a line, or a CSV with a header (domain, client, ticket, profile, tenant, selectors, tags). - is standard input.",
            rich_help_panel=TARGETS,
        ),
    ] = None,
    profile: ProfileOption = "onboarding",
    pack: PackOption = None,
    waivers: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Findings that are accepted for a time.", rich_help_panel=JUDGE)
    ] = None,
    evidence: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Answer from recorded evidence, without a network. May be given more than once; later ones win.",
            rich_help_panel=ANSWERS,
        ),
    ] = None,
    missing: Annotated[
        str,
        typer.Option(
            metavar="unknown|nodata", help="What a name without a line in the evidence means.", rich_help_panel=ANSWERS
        ),
    ] = "unknown",
    record: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write every answer to an evidence file.", rich_help_panel=ANSWERS),
    ] = None,
    resolver: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST[:PORT]",
            help="Ask this resolver instead of the system's; tls://ADDRESS#NAME and https://HOST/dns-query too. May be given more than once: the next stands in for one that fails.",
            rich_help_panel=ANSWERS,
        ),
    ] = None,
    timeout: Annotated[
        float,
        seconds(0.1, 3600, "The longest that one domain may take; what is not answered by then is unknown.", ANSWERS),
    ] = 15.0,
    output: OutputOption = "",
    formats: FormatOption = "",
    brand: BrandOption = None,
    fail_under: Annotated[
        str,
        typer.Option(
            metavar="GRADE",
            help="Exit 1 if a domain's grade is below A, B, C or D; 3 if it may be.",
            show_default=False,
            rich_help_panel=REPORTS,
        ),
    ] = "",
    concurrency: Annotated[
        int,
        typer.Option(
            min=1,
            max=10_000,
            help="Domains under way at once, at most; fewer where they leave the processor no time.",
            rich_help_panel=ANSWERS,
        ),
    ] = 400,
    order: Annotated[
        str,
        typer.Option(
            metavar="finished|list",
            help="Order of the results: as the domains end, or as in the list, which waits for slow ones. Whole files are in the order of the list in any case.",
            show_default=False,
            rich_help_panel=REPORTS,
        ),
    ] = "",
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on with the run that was cut off in this -o, whatever ended it.",
            rich_help_panel=REPORTS,
        ),
    ] = False,
    retry_unknown: Annotated[
        Path | None,
        typer.Option(
            "--retry-unknown",
            metavar="RUN",
            help="Scan again only the domains of an earlier run of which something was unknown, and write the whole result anew.",
            show_default=False,
            rich_help_panel=TARGETS,
        ),
    ] = None,
    compact: Annotated[
        bool,
        typer.Option(
            "--compact",
            help="Keep at most 2 KB a domain: grade, score, statuses and changes. For very long lists.",
            rich_help_panel=REPORTS,
        ),
    ] = False,
    workers: Annotated[
        int,
        typer.Option(
            min=1, max=256, help="Processes that scan, each with --concurrency domains.", rich_help_panel=ANSWERS
        ),
    ] = 1,
    client: ClientOption = None,
    tag: TagOption = None,
    only_failing: OnlyFailingOption = False,
    quiet: Annotated[
        bool,
        typer.Option("--quiet", "-q", help="Say nothing of progress, and no summary.", rich_help_panel=REPORTS),
    ] = False,
    submission: Annotated[
        list[Path] | None,
        typer.Option(
            "--submission",
            metavar="FILE",
            help="Settings of an application that sends for the domain, judged and shown beside it. May be given more than once.",
            show_default=False,
            rich_help_panel=TARGETS,
        ),
    ] = None,
    all_facts: Annotated[
        bool,
        typer.Option(
            "--all-facts", help="Collect every fact, not only those that the rules read.", rich_help_panel=JUDGE
        ),
    ] = False,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Print which facts and questions the rules need, and ask nothing.", rich_help_panel=JUDGE
        ),
    ] = False,
    allow_bad_rows: Annotated[
        bool,
        typer.Option(
            "--allow-bad-rows", help="Do not exit 2 for rows of a list that had to be skipped.", rich_help_panel=TARGETS
        ),
    ] = False,
) -> None:
    """Scan domains and report where they stand.

    Exit codes: 0 fine; 1 below --fail-under; 2 wrong usage, list, pack or evidence; 3 not certain; 4 the run ended early;
    130 and 143 interrupted.
    """
    from scanner.cli.scan import ScanCommand
    from scanner.cli.wanted import Wanted

    raise typer.Exit(
        ScanCommand(
            domains=tuple(domains or ()),
            lists=tuple(file or ()),
            profile=profile,
            packs=tuple(pack or ()),
            waivers=waivers,
            evidence=tuple(evidence or ()),
            missing=missing,
            record=record,
            resolvers=tuple(resolver or ()),
            timeout=timeout,
            output=output,
            formats=formats,
            fail_under=fail_under,
            concurrency=concurrency,
            all_facts=all_facts,
            explain=explain,
            allow_bad_rows=allow_bad_rows,
            brand=brand,
            order=order,
            resume=resume,
            compact=compact,
            retry_unknown=retry_unknown,
            workers=workers,
            submissions=tuple(submission or ()),
            quiet=quiet,
            wanted=Wanted(tuple(client or ()), tuple(tag or ()), only_failing),
        ).run()
    )


@app.command()
def report(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="A report.json or results.ndjson, or the directory that scan -o made. - is standard input.",
            show_default=False,
        ),
    ],
    output: OutputOption = "",
    formats: FormatOption = "",
    brand: BrandOption = None,
    client: ClientOption = None,
    tag: TagOption = None,
    only_failing: OnlyFailingOption = False,
) -> None:
    """Make reports from a stored one, without scanning.

    Exit codes: 0 fine; 2 wrong usage, or no report of mailready; 4 the reports could not be written.
    """
    from scanner.cli.report import ReportCommand
    from scanner.cli.wanted import Wanted

    wanted = Wanted(tuple(client or ()), tuple(tag or ()), only_failing)
    raise typer.Exit(ReportCommand(run=run, output=output, formats=formats, brand=brand, wanted=wanted).make())


@app.command("explain")
def explain_reply(
    text: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TEXT|FILE|-",
            help="A server's reply, or a file: a session's transcript, a log, a message trace, a bounce (.eml). - is standard input.",
            show_default=False,
        ),
    ] = None,
    host: Annotated[
        str,
        typer.Option(
            metavar="HOST",
            help="Whose reply it is, where the text does not show it: microsoft365, outlook.com, gmail, yahoo, icloud, or a server's name.",
            show_default=False,
        ),
    ] = "",
    format_: Annotated[str, typer.Option("--format", metavar="text|json|md", help="How to show it.")] = "text",
) -> None:
    """Explain what a mail server said: the cause, what to do, who can.

    Exit codes: 0 explained; 3 only the code's class is known, or the reply is missing; 2 wrong usage or unreadable input.
    """
    from scanner.cli.explain_reply import ExplainCommand

    raise typer.Exit(ExplainCommand(words=tuple(text or ()), host=host, format=format_).run())


@rules_app.command("list")
def rules_list(pack: PackOption = None, profile: ProfileOption = "onboarding") -> None:
    """Every rule that a profile chooses, with its severity."""
    from scanner.cli.rules import list_rules

    raise typer.Exit(list_rules(tuple(pack or ()), profile))


@rules_app.command("show")
def rules_show(
    rule: Annotated[str, typer.Argument(help="A rule's id, such as SPF-002.")], pack: PackOption = None
) -> None:
    """One rule in full: what it checks, why, how to mend it, where it comes from."""
    from scanner.cli.rules import show_rule

    raise typer.Exit(show_rule(tuple(pack or ()), rule))


@rules_app.command("facts")
def rules_facts(
    subject: Annotated[str, typer.Argument(help="Only this subject, such as spf.", show_default=False)] = "",
) -> None:
    """The vocabulary of rules: every fact with its type and meaning."""
    from scanner.cli.rules import list_facts

    raise typer.Exit(list_facts(subject))


@rules_app.command("test")
def rules_test(pack: PackOption = None) -> None:
    """Run the examples of every rule."""
    from scanner.cli.rules import test_rules

    raise typer.Exit(test_rules(tuple(pack or ())))
