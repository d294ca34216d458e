"""docs/explain.md, made from the catalogue, so that the page and the command cannot disagree.

`python -m scanner.submission.manual` writes it; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scanner.submission.catalogue import GROUPS, WHO, Catalogue, Entry, catalogue

__all__ = ["PATH", "manual"]

PATH: Final = Path(__file__).parents[2] / "docs" / "explain.md"

_INTRODUCTION: Final = """\
# What mail servers say: `mailready explain`

    mailready explain "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant."
    mailready explain session.txt          # openssl s_client, swaks, PHPMailer, smtplib, Nodemailer, MailKit, curl
    mailready explain /var/log/mail.log    # Postfix, Exim; message trace and tracking of Exchange as CSV; any program's log
    mailready explain bounce.eml           # a delivery status notification (RFC 3464), Exchange's reports
    journalctl -u postfix@- | mailready explain -
    mailready explain --host gmail "550 5.7.26"
    mailready explain --format json FILE   # or md, for a ticket

It says what is the cause, what to click or run in the order of likelihood, who can, on whose word, which dates matter, and
which rules of `mailready scan` would have foretold it.

- **The host decides.** The same number means different things at different hosts (5.7.26 and 5.7.30 at Gmail and at
  Microsoft 365). Whose reply it is, is read from its words, server names, links and from what stands before it; an
  address is no sign. Where nothing tells, `--host` can; otherwise the meanings are listed and none is chosen.
- **The cause is often the second code.** Programs and servers wrap what others said. All replies of a text are looked at; one
  that only wraps another, or only says that something failed, stands back.
- **Nothing is guessed.** A text without a server's reply gets "the reply is missing" and how to get it out of the program.
  A reply that the catalogue does not know gets what its code says by itself (RFC 5321, RFC 3463, IANA), and no more.
- **Secrets do not come out again.** What programs send to sign in, tokens, passwords in settings, URLs and on command lines are masked
  in everything that is repeated. It recognises them by form and place: look at a text before you show it to others.
- **Logs stream.** Failures are grouped by cause and sender, with counts and times. An account is pointed out that in one hour sent to
  five times as many recipients as usual (and at least 100), or as addresses of other domains than its own.

Exit codes: 0 explained (or accepted), 3 only the code's class is known or the reply is missing, 2 wrong usage or unreadable input.

## JSON

`--format json` writes one object, described by `scanner/submission/schema/explain.v1.json`; within 1.x keys are only added.
`cause` is a name of the list below or null; `verdict` is `explained`, `class_only`, `reply_missing`, `accepted` or
`nothing_found`. `explanations` has the one to mend first in front. `certainty` is `certain` where host and words, or words that only
one family uses, agree, `likely` where only a number or common words speak, `class` where only the code's class is known. A log's
`groups` point into `explanations`. `source.certainty` is `confirmed` (the maker's own page), `secondary` (somebody else's account
of it) or `reported` (seen in published replies).
"""


def manual() -> str:
    """The page."""
    known = catalogue()
    return "\n".join([_INTRODUCTION, *_who(), *_causes(known), *_replies(known), *_dates(known)]).rstrip() + "\n"


def _who() -> Iterator[str]:
    yield "## Who can mend it"
    yield ""
    yield from (f"- `{name}`: {words}" for name, words in WHO.items())
    yield ""


def _causes(known: Catalogue) -> Iterator[str]:
    yield f"## The causes: a closed list of {len(known.causes)}"
    yield ""
    yield "A name never changes its meaning. Rules are those of `mailready rules show` that would have foretold the cause."
    for group, title in GROUPS.items():
        yield ""
        yield f"### {title}"
        yield ""
        yield "| cause | what it means | who | foretold by |"
        yield "| --- | --- | --- | --- |"
        for cause in known.causes.values():
            if cause.group == group:
                yield f"| `{cause.name}` | {cause.title} | {', '.join(cause.who)} | {', '.join(cause.rules)} |"
    yield ""


def _replies(known: Catalogue) -> Iterator[str]:
    yield f"## The replies: {len(known.entries)} entries"
    yield ""
    yield "x stands for 4 or 5. An entry is known by one of its phrases, or by its code where the host is known."
    families = dict.fromkeys(entry.family for entry in known.entries)
    for family in families:
        named = known.family(family)
        yield ""
        yield f"### {named.name if named else {'generic': 'Any server', 'client': 'The program itself'}[family]}"
        yield ""
        yield "| entry | codes | words | cause | source |"
        yield "| --- | --- | --- | --- | --- |"
        yield from (_row(entry) for entry in known.entries if entry.family == family)
    yield ""


def _row(entry: Entry) -> str:
    codes = " ".join([*map(str, sorted(entry.replies)), *map(str, entry.statuses)])
    phrases = [*entry.text, *entry.words]
    words = ", ".join(f"`{_cell(phrase)}`" for phrase in phrases[:3]) + (", ..." if len(phrases) > 3 else "")
    return f"| `{entry.id}` | {codes} | {words} | `{entry.cause}` | [{entry.source.date}, {entry.source.certainty}]({entry.source.url}) |"


def _cell(phrase: str) -> str:
    return phrase.replace("|", "\\|").replace("`", "'")


def _dates(known: Catalogue) -> Iterator[str]:
    yield "## Dates"
    yield ""
    yield "Told against the day of the run."
    yield ""
    for fact in known.dates.values():
        yield f"- **{fact.on.isoformat()}** `{fact.name}`: {_plain(fact.before)} Afterwards: {_plain(fact.after)} ([{fact.source.date}, {fact.source.certainty}]({fact.source.url}))"


def _plain(text: str) -> str:
    return (
        text.replace(", in {days} days;", ";")
        .replace(", in {days} days.", ".")
        .replace(" ({days} days ago)", "")
        .replace(" ({days} days)", "")
        .replace("{date}", "that day")
    )


if __name__ == "__main__":
    PATH.write_text(manual(), encoding="utf-8")
    print(f"Wrote {PATH}.")
