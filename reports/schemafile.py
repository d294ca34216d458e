"""The published JSON Schema of reports, generated from the classes that are written.

`python -m reports.schemafile` writes it to reports/schema/report.v1.json; a test compares the two. The root takes any
document of the format: a whole report, the first line of NDJSON, or a further line; `$defs` has each by name.
Objects are open, since 1.x adds keys; every key of 1.0 is required, since mailready always writes it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import msgspec

from reports.jsondoc import Header
from rules.results import GRADES, SCHEMA, DomainResult, Report

__all__ = ["PATH", "schema", "schema_text"]

PATH: Final = Path(__file__).parent / "schema" / "report.v1.json"

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
    ("Report", "schema"): {"const": SCHEMA},
    ("Header", "schema"): {"const": SCHEMA},
    ("DomainResult", "domain"): {"minLength": 1},
    ("DomainResult", "grade"): {"enum": [*GRADES, "?", "-"]},
    ("DomainResult", "grade_low"): {"enum": [*GRADES, "-"]},
    ("DomainResult", "grade_high"): {"enum": [*GRADES, "-"]},
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


def schema() -> dict[str, Any]:
    """The schema, draft 2020-12."""
    _, components = msgspec.json.schema_components([Report, Header, DomainResult], ref_template="#/$defs/{name}")
    for definition in components.values():
        if definition.get("type") == "object" and "properties" in definition:
            definition["required"] = list(definition["properties"])
            definition.pop("additionalProperties", None)
            definition.pop("title", None)
            for inner in definition["properties"].values():
                inner.pop("default", None)
    for (name, *path), extra in _TIGHTER.items():
        place = components[name]["properties"]
        for step in path:
            place = place[step]
        _tighten(place, extra)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA,
        "title": "mailready report, version 1",
        "description": "A report, or a line of one as NDJSON: the first has no domains, each further one is a domain.",
        "if": {"type": "object", "required": ["domain"]},
        "then": {"$ref": "#/$defs/DomainResult"},
        "else": {
            "if": {"type": "object", "required": ["domains"]},
            "then": {"$ref": "#/$defs/Report"},
            "else": {"$ref": "#/$defs/Header"},
        },
        "$defs": components,
    }


def schema_text() -> str:
    """The schema as the committed file has it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _tighten(place: dict[str, Any], extra: dict[str, Any]) -> None:
    # A number or null: the bounds belong to the number.
    for inner in place.get("anyOf", []):
        if inner.get("type") == "integer":
            inner.update(extra)
            return
    place.update(extra)


if __name__ == "__main__":
    PATH.write_text(schema_text(), encoding="utf-8")
    print(f"Wrote {PATH}.")
