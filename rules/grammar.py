"""The tables of the formats: which keys a pack, profile, waiver or framework file has, and what may stand under each.

The loader reads by these tables and the JSON Schemas are made of them, so that an editor and a load agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from rules.facts import JUDGED
from rules.results import ACTIONS, EFFORTS, OWNERS, SEVERITIES

__all__ = [
    "CHANGE",
    "EXAMPLE_STATUSES",
    "FIX",
    "FRAMEWORK",
    "OVERRIDE",
    "PACK",
    "PROFILE",
    "REQUIREMENT",
    "RULE",
    "WAIVER",
    "WAIVERS",
    "Choice",
    "Dictionary",
    "Field",
    "Flag",
    "Listing",
    "Number",
    "Shape",
    "Special",
    "Table",
    "Text",
]

MAX_FILES: Final = 200
"""Files in a directory of packs."""
MAX_RULES: Final = 1_000
"""Rules in a file."""
MAX_REQUIREMENTS: Final = 2_000
MAX_WAIVERS: Final = 10_000
MAX_EXAMPLES: Final = 100
"""Examples of a rule."""
MAX_CHANGES: Final = 20
"""Changes of a rule."""
MAX_LIST: Final = 1_000
"""Elements of any other list."""
MAX_TITLE: Final = 200
MAX_TEXT: Final = 4_000
MAX_ID: Final = 80

EXAMPLE_STATUSES: Final = ("pass", "fail", "unknown", "not_applicable")
RECORD_TYPES: Final = ("TXT", "MX", "CNAME", "A", "AAAA", "NS", "SRV", "CAA")
CAPS: Final = ("B", "C", "D", "F")


@dataclass(frozen=True, slots=True)
class Text:
    """Text of 1 to `most` characters. `pattern` must match the whole of it, and `says` what it means in words."""

    most: int = MAX_TEXT
    pattern: str = ""
    says: str = ""
    one_line: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Flag:
    """`true` or `false`."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of one shape."""

    element: Shape
    least: int = 0
    most: int = MAX_LIST


@dataclass(frozen=True, slots=True)
class Dictionary:
    """A mapping whose keys are names given by others, such as rule ids."""

    key: Text
    value: Shape
    most: int = MAX_LIST


@dataclass(frozen=True, slots=True)
class Field:
    """What stands under a key of a table."""

    shape: Shape
    doc: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping with fixed keys."""

    name: str
    fields: Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Special:
    """What has a grammar of its own: a condition, a template, an example, values of facts, the name of a list fact."""

    name: Literal["condition", "template", "example", "profile_facts", "list_fact"]


Shape = Text | Choice | Number | Flag | Listing | Dictionary | Table | Special

RULE_ID: Final = Text(
    MAX_ID, r"[A-Z][A-Z0-9]*-[0-9]{3}", "capital letters and digits, a dash and three digits (SPF-002)"
)
PACK_ID: Final = Text(MAX_ID, r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*", "small letters, digits, dashes and underscores")
FRAMEWORK_ID: Final = PACK_ID
PROFILE_ID: Final = PACK_ID
VERSION: Final = Text(40, r"[0-9A-Za-z][0-9A-Za-z.+-]*", "letters, digits, dots, plus signs and dashes")
REQUIREMENT_ID: Final = Text(MAX_ID, one_line=True)
MAPPED: Final = Listing(REQUIREMENT_ID, least=1)
TITLE: Final = Text(MAX_TITLE, one_line=True)
LINK: Final = Text(
    2_000,
    r"https://[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?(?:[/?#][!#$%&'()*+,./:;=?@\[\]A-Za-z0-9_~-]*)?",
    "an https:// address",
)
DATE: Final = Text(10, r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "a date such as 2027-01-31")
DOMAIN_PATTERN: Final = Text(300, one_line=True)
TEMPLATE: Final = Special("template")

CHANGE: Final = Table(
    "change",
    {
        "action": Field(Choice(ACTIONS), "What to do with the record.", required=True),
        "each": Field(Special("list_fact"), "A list fact; the change is repeated for each element, `{item}`."),
        "name": Field(TEMPLATE, "The record's full name, without final dot.", required=True),
        "type": Field(Choice(RECORD_TYPES), "The record's type.", required=True),
        "ttl": Field(Number(1, 604_800), "Seconds to publish it with."),
        "replaces": Field(TEMPLATE, "With `replace`, and only there: the value that goes away."),
        "value": Field(TEMPLATE, "The value to publish, or with `delete` to remove, as in a zone file.", required=True),
    },
)
FIX: Final = Table(
    "fix",
    {
        "effort": Field(Choice(EFFORTS), "How long the change takes.", required=True),
        "owner": Field(Choice(OWNERS), "Who must make it; provider: nobody on the customer's side.", required=True),
        "text": Field(TEMPLATE, "What to do, in full sentences.", required=True),
        "command": Field(TEMPLATE, "A command that does it or prints the value."),
        "after": Field(Listing(RULE_ID), "Rules whose failures are mended first, as one job with this one."),
        "changes": Field(Listing(CHANGE, most=MAX_CHANGES), "The records to publish."),
    },
)
RULE: Final = Table(
    "rule",
    {
        "id": Field(RULE_ID, "Stable name; reports, waivers and profiles use it.", required=True),
        "title": Field(TITLE, "What is true when the rule passes.", required=True),
        "severity": Field(Choice(SEVERITIES), "Weight in the score; a profile may change it.", required=True),
        "needs": Field(Listing(RULE_ID), "Rules that must pass first."),
        "when": Field(Special("condition"), "Where it is false, the rule is not applicable."),
        "assert": Field(Special("condition"), "Where it is true, the rule passes.", required=True),
        "fail": Field(TEMPLATE, "The message of a failure.", required=True),
        "pass": Field(TEMPLATE, "The message of a pass."),
        "why": Field(Text(), "Why it matters.", required=True),
        "fix": Field(FIX, "How a failure is mended."),
        "cap": Field(Choice(CAPS), "The best grade while the rule fails."),
        "refs": Field(Listing(LINK), "Where it is written."),
        "maps": Field(Dictionary(FRAMEWORK_ID, MAPPED), "Requirements of frameworks that it tests."),
        "examples": Field(
            Listing(Special("example"), least=3, most=MAX_EXAMPLES),
            "Facts and the status they give: at least one pass, one fail, one unknown.",
            required=True,
        ),
    },
)
PACK: Final = Table(
    "pack",
    {
        "pack": Field(PACK_ID, "The pack's id; the same in all files of its directory.", required=True),
        "version": Field(VERSION, "The pack's version; the same in all files of its directory.", required=True),
        "rules": Field(Listing(RULE, least=1, most=MAX_RULES), "The rules.", required=True),
    },
)
OVERRIDE: Final = Table(
    "override",
    {
        "severity": Field(Choice(SEVERITIES), "The rule's severity under this profile."),
        "enabled": Field(Flag(), "false leaves the rule out; true takes it in again."),
    },
)
PROFILE: Final = Table(
    "profile",
    {
        "profile": Field(PROFILE_ID, "The profile's name.", required=True),
        "title": Field(TITLE, "Which domains it is for."),
        "extends": Field(PROFILE_ID, "The profile that it starts from."),
        "judges": Field(Choice(JUDGED), "What it is for: domains (as where it is left out), or submissions."),
        "facts": Field(Special("profile_facts"), "Expected values: profile.* facts."),
        "rules": Field(Dictionary(RULE_ID, OVERRIDE), "Rules whose severity it changes or that it leaves out."),
        "frameworks": Field(Listing(FRAMEWORK_ID), "Only rules that map to one of these are chosen."),
    },
)
WAIVER: Final = Table(
    "waiver",
    {
        "rule": Field(RULE_ID, "The rule that is waived.", required=True),
        "domains": Field(Listing(DOMAIN_PATTERN, least=1), "Domains, or *.domain for all below one."),
        "submissions": Field(Listing(TITLE, least=1), "Ways of sending by their names; * and ? stand for anything."),
        "reason": Field(Text(), "Why it is accepted.", required=True),
        "owner": Field(TITLE, "Who answers for it.", required=True),
        "ticket": Field(TITLE, "Where it was agreed."),
        "expires": Field(DATE, "The last day on which it holds (UTC).", required=True),
    },
)
WAIVERS: Final = Table(
    "waivers",
    {"waivers": Field(Listing(WAIVER, most=MAX_WAIVERS), "Findings that are accepted for a time.", required=True)},
)
REQUIREMENT: Final = Table(
    "requirement",
    {
        "id": Field(REQUIREMENT_ID, "The requirement's number or name in the framework.", required=True),
        "title": Field(Text(500, one_line=True), "The requirement.", required=True),
        "testable": Field(Flag(), "false where public DNS cannot answer it; true if left out."),
        "note": Field(Text(), "Why it cannot be tested, or what is tested."),
        "url": Field(LINK, "Where it is written."),
    },
)
FRAMEWORK: Final = Table(
    "framework",
    {
        "framework": Field(FRAMEWORK_ID, "The framework's id, as rules' maps name it.", required=True),
        "title": Field(TITLE, "The framework's full name and version.", required=True),
        "url": Field(LINK, "Where it is published.", required=True),
        "requirements": Field(
            Listing(REQUIREMENT, least=1, most=MAX_REQUIREMENTS), "Every requirement, testable or not.", required=True
        ),
    },
)
