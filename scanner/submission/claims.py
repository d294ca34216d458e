"""docs/submission.md: what guides claim about sending through Microsoft 365, and what is so.

Made from data/submission/claims.yaml, the dates of data/submission/basic_auth.yaml and the rules of the pack, so that the
page cannot say other than they do. `python -m scanner.submission.claims` writes it; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from rules.loader import load_library, select
from rules.model import Rule
from scanner.data import read_data

__all__ = ["PATH", "VERDICTS", "page"]

PATH: Final = Path(__file__).parents[2] / "docs" / "submission.md"

VERDICTS: Final[Mapping[str, str]] = {
    "true": "True",
    "false": "False",
    "misleading": "Misleading",
    "not_yet": "Not yet",
    "depends": "It depends",
}
_CERTAINTY: Final[Mapping[str, str]] = {
    "confirmed": "the maker's own word",
    "secondary": "another's account of it",
    "reported": "seen in published replies",
}
_INTRODUCTION: Final = """\
# Sending through Microsoft 365: what guides claim, and what is so

Half of what goes wrong with printers, shops, scripts and CRMs was copied from a guide. Here are the claims that guides repeat, what is
true of each, since when and on whose word, and which rules of the pack `submission` look at it (`mailready rules show APP-001`).
Where Microsoft's own word is not at hand, that is said; nothing unconfirmed decides a failure.

    mailready smtp check                       # does this network reach the server, and what does it offer
    mailready smtp settings .env main.cf       # how applications are set up
    mailready smtp settings -f apps.csv -o out # a whole fleet: file, app, client, ticket, tenant, tags, recipients
    mailready smtp advise                      # which way of sending fits
    mailready explain "535 5.7.139 ..."        # what the server's reply means
    mailready scan contoso.com --submission .env
"""


def page() -> str:
    """The page."""
    data = read_data("submission/claims.yaml")
    rules = select(load_library(), "submission").rules
    lines = [_INTRODUCTION, *_table(data["claims"]), *_claims(data), *_dates(), *_pack(rules)]
    return "\n".join(lines).rstrip() + "\n"


def _table(claims: list[dict[str, Any]]) -> Iterator[str]:
    yield "| claim | verdict |"
    yield "| --- | --- |"
    for claim in claims:
        yield f"| [{claim['claim']}](#{claim['id']}) | {VERDICTS[claim['verdict']]} |"
    yield ""


def _claims(data: dict[str, Any]) -> Iterator[str]:
    sources = data["sources"]
    for claim in data["claims"]:
        yield f'## <a id="{claim["id"]}"></a>“{claim["claim"]}”'
        yield ""
        yield f"**{VERDICTS[claim['verdict']]}.** {claim['truth']}"
        yield ""
        if claim["since"]:
            yield f"- Since when: {claim['since']}"
        for name in claim["sources"]:
            source = sources[name]
            link = f"[{source['name']}]({source['url']})" if source["url"] else source["name"]
            yield f"- On whose word: {link}, {source['date']} ({_CERTAINTY[source['certainty']]})"
        yield f"- Rules: {', '.join(f'`{rule}`' for rule in claim['rules'])}"
        if "basic_auth" in claim:
            yield f"- Dates: [the table below](#basic-authentication-{claim['basic_auth'].replace('_', '-')})"
        yield ""


def _dates() -> Iterator[str]:
    yield "## The dates of basic authentication"
    yield ""
    yield "Rules compute these against the date of the run (UTC): the same file gives another finding when the day has come."
    yield ""
    data = read_data("submission/basic_auth.yaml")
    for kind, known in data["kinds"].items():
        also = [name for name, like in data["like"].items() if like == kind]
        names = ", ".join(f"`{name}`" for name in (kind, *also))
        yield f'### <a id="basic-authentication-{kind.replace("_", "-")}"></a>{names} ({", ".join(known["clouds"])})'
        yield ""
        for step in known["states"]:
            when = f"until {step['until']}" if "until" in step else "after that" if len(known["states"]) > 1 else "now"
            yield f"- {when}: `{step['state']}`"
        yield f"- source: {known['source']} (read {known['read']})"
        yield ""


def _pack(rules: tuple[Rule, ...]) -> Iterator[str]:
    yield "## The rules"
    yield ""
    yield "| rule | severity | is true when it passes |"
    yield "| --- | --- | --- |"
    for rule in sorted(rules, key=lambda rule: rule.id):
        yield f"| `{rule.id}` | {rule.severity} | {rule.title} |"


if __name__ == "__main__":
    PATH.write_text(page(), encoding="utf-8")
    print(f"Wrote {PATH}.")
