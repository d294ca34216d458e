"""The published JSON Schema of `mailready explain --format json`, generated from the classes that are written.

`python -m scanner.submission.schemafile` writes it to scanner/submission/schema/explain.v1.json; a test compares the two.
Objects are open, since 1.x adds keys; every key of 1.0 is required, since mailready always writes it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import msgspec

from scanner.submission.catalogue import WHO, catalogue
from scanner.submission.documents import SCHEMA, Document

__all__ = ["PATH", "schema", "schema_text"]

PATH: Final = Path(__file__).parent / "schema" / "explain.v1.json"

_CAUSES: Final = {("Document", "cause"), ("Explanation", "cause"), ("Group", "cause"), ("Recipient", "cause")}


def schema() -> dict[str, Any]:
    """The schema, draft 2020-12."""
    (_,), components = msgspec.json.schema_components([Document], ref_template="#/$defs/{name}")
    for definition in components.values():
        definition["required"] = list(definition["properties"])
        definition.pop("additionalProperties", None)
        definition.pop("title", None)
        for inner in definition["properties"].values():
            inner.pop("default", None)
    for name, key in _CAUSES:
        components[name]["properties"][key] = {
            "description": "A name of the closed list of causes, or null where only a code's class is known.",
            "enum": [*sorted(catalogue().causes), None],
        }
    components["Document"]["properties"]["schema"] = {"const": SCHEMA}
    components["Explanation"]["properties"]["who"]["items"] = {"enum": list(WHO)}
    for name in ("SourceNote",):
        components[name]["properties"]["url"]["pattern"] = "^https://"
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA,
        "title": "mailready explain, version 1",
        "$ref": "#/$defs/Document",
        "$defs": components,
    }


def schema_text() -> str:
    """The schema as the committed file has it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(schema_text(), encoding="utf-8")
    print(f"Wrote {PATH}.")
