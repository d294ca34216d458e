"""The published JSON Schemas of reports, generated from the classes that are written.

`python -m reports.schemafile` writes them to reports/schema/: report.v1.json, and compact.v1.json for the compact form; a
test compares the two with what is made here. The root takes any document of the format: a whole report, the first line of NDJSON, or a further line; `$defs` has each by name.
Objects are open, since 1.x adds keys; every key of 1.0 is required, since mailready always writes it. `submissions` came
later, and is written where there are any.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from reports.compact import Compact
from reports.jsondoc import Header
from rules.results import COMPACT_SCHEMA, GRADES, SCHEMA, DomainResult, Report

__all__ = ["COMPACT_PATH", "PATH", "CompactReport", "compact_schema", "schema", "schema_text"]

PATH: Final = Path(__file__).parent / "schema" / "report.v1.json"
COMPACT_PATH: Final = Path(__file__).parent / "schema" / "compact.v1.json"

_ANSWER_STATUSES: Final = [
    "NOERROR",
    "NODATA",
    "NXDOMAIN",
    "SERVFAIL",
    "REFUSED",
    "TIMEOUT",
    "MALFORMED",
    "NOT_RECORDED",
]
_UNKNOWABLE: Final = {"description": 'By fact; one that could not be determined is {"unknown": reason}.'}
_PERCENT: Final = {"minimum": 0, "maximum": 100}
_INDEX: Final = {"minimum": 0}
_TIME: Final = {"pattern": r"^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z)?$"}

# What the types do not say, by class, key, and "items" for the elements of a list.
_TIGHTER: Final[dict[tuple[str, ...], dict[str, Any]]] = {
    ("DomainResult", "domain"): {"minLength": 1},
    ("SubmissionResult", "submission"): {"minLength": 1},
    ("SubmissionResult", "grade"): {"enum": [*GRADES, "?", "-"]},
    ("SubmissionResult", "grade_low"): {"enum": [*GRADES, "-"]},
    ("SubmissionResult", "grade_high"): {"enum": [*GRADES, "-"]},
    ("SubmissionResult", "facts"): _UNKNOWABLE,
    ("DomainResult", "grade"): {"enum": [*GRADES, "?", "-"]},
    ("DomainResult", "grade_low"): {"enum": [*GRADES, "-"]},
    ("DomainResult", "grade_high"): {"enum": [*GRADES, "-"]},
    ("Compact", "domain"): {"minLength": 1},
    ("Compact", "grade"): {"enum": [*GRADES, "?", "-"]},
    ("Compact", "grade_low"): {"enum": [*GRADES, "-"]},
    ("Compact", "grade_high"): {"enum": [*GRADES, "-"]},
    ("CompactScore", "low"): _PERCENT,
    ("CompactScore", "high"): _PERCENT,
    ("CompactScore", "reachable"): _PERCENT,
    ("DomainResult", "facts"): _UNKNOWABLE,
    ("Finding", "observed"): _UNKNOWABLE,
    ("Finding", "rule"): {"minLength": 1},
    ("Finding", "evidence", "items"): _INDEX,
    ("LostPoints", "points"): _PERCENT,
    ("Change", "name"): {"minLength": 1},
    ("Change", "type"): {"minLength": 1},
    ("QueryRecord", "name"): {"minLength": 1},
    ("QueryRecord", "type"): {"minLength": 1},
    ("QueryRecord", "status"): {"enum": _ANSWER_STATUSES},
    ("QueryRecord", "at"): _TIME,
    ("QueryRecord", "ttl"): _INDEX,
    ("Change", "ttl"): _INDEX,
    ("Score", "low"): _PERCENT,
    ("Score", "high"): _PERCENT,
    ("Score", "reachable"): _PERCENT,
    ("RuleText", "refs", "items"): {"pattern": "^https://"},
    ("Run", "started"): _TIME,
    ("Run", "finished"): _TIME,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactReport(Header):
    """A whole report of compact domains."""

    domains: tuple[Compact, ...] = ()


def schema() -> dict[str, Any]:
    """The schema of reports, draft 2020-12."""
    return _schema(SCHEMA, "mailready report, version 1", Report, DomainResult)


def compact_schema() -> dict[str, Any]:
    """The schema of compact reports."""
    return _schema(COMPACT_SCHEMA, "mailready compact report, version 1", CompactReport, Compact)


_SUBMISSION: Final = {
    "if": {"type": "object", "required": ["submission"]},
    "then": {"$ref": "#/$defs/SubmissionResult"},
}


def _schema(identifier: str, title: str, report: type, domain: type) -> dict[str, Any]:
    _, components = msgspec.json.schema_components([report, Header, domain], ref_template="#/$defs/{name}")
    for definition in components.values():
        if definition.get("type") == "object" and "properties" in definition:
            definition["required"] = [key for key in definition["properties"] if key != "submissions"]
            definition.pop("additionalProperties", None)
            definition.pop("title", None)
            for inner in definition["properties"].values():
                inner.pop("default", None)
    constant = {"const": identifier}
    tighter = _TIGHTER | {(report.__name__, "schema"): constant, ("Header", "schema"): constant}
    for (name, *path), extra in tighter.items():
        if name not in components:
            continue
        place = components[name]["properties"]
        for step in path:
            place = place[step]
        _tighten(place, extra)
    further = {
        "if": {"type": "object", "required": ["domains"]},
        "then": {"$ref": f"#/$defs/{report.__name__}"},
        "else": {"$ref": "#/$defs/Header"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": identifier,
        "title": title,
        "description": "A report, or a line of one as NDJSON: the first has no domains, each further one is a domain"
        + (" or a submission." if "SubmissionResult" in components else "."),
        "if": {"type": "object", "required": ["domain"]},
        "then": {"$ref": f"#/$defs/{domain.__name__}"},
        "else": (_SUBMISSION | {"else": further}) if "SubmissionResult" in components else further,
        "$defs": components,
    }


def schema_text(document: dict[str, Any] | None = None) -> str:
    """A schema as the committed file has it; by default that of reports."""
    return json.dumps(document or schema(), indent=2, ensure_ascii=False) + "\n"


def _tighten(place: dict[str, Any], extra: dict[str, Any]) -> None:
    # A number or null: the bounds belong to the number.
    for inner in place.get("anyOf", []):
        if inner.get("type") == "integer":
            inner.update(extra)
            return
    place.update(extra)


if __name__ == "__main__":
    for path, document in ((PATH, schema()), (COMPACT_PATH, compact_schema())):
        path.write_text(schema_text(document), encoding="utf-8")
        print(f"Wrote {path}.")
