"""reports.schemafile: the published schema is the generated one, takes what is written, refuses what is not."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sample
from jsonschema import Draft202012Validator

from reports.jsondoc import encode_ndjson, encode_report
from reports.schemafile import PATH, schema, schema_text


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(PATH.read_text(encoding="utf-8")))


def test_the_published_schema_is_the_one_that_the_classes_make() -> None:
    assert PATH.read_text(encoding="utf-8") == schema_text(), "run: python -m reports.schemafile"


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())


def test_reports_and_every_line_of_ndjson_are_valid(validator: Draft202012Validator) -> None:
    report = sample.report()
    validator.validate(json.loads(encode_report(report)))
    for line in encode_ndjson(report).splitlines():
        validator.validate(json.loads(line))


def test_a_long_list_is_valid(validator: Draft202012Validator) -> None:
    validator.validate(json.loads(encode_report(sample.many(30))))


def test_further_keys_are_allowed_since_later_versions_add_some(validator: Draft202012Validator) -> None:
    document = json.loads(encode_report(sample.report()))
    document["later"] = document["domains"][0]["findings"][0]["later"] = 1
    validator.validate(document)


def paths(document: Any, *path: Any) -> Any:
    """Every (path, object, key) of the first of everything."""
    if isinstance(document, dict):
        for key, inner in document.items():
            yield path, document, key
            yield from paths(inner, *path, key)
    elif isinstance(document, list) and document:
        yield from paths(document[0], *path, 0)


OPEN = {"facts", "observed", "maps", "rules", "frameworks"}
"""Maps whose keys are data."""


def test_every_key_that_is_written_is_required(validator: Draft202012Validator) -> None:
    text = encode_report(sample.report())
    places = [(path, key) for path, _, key in paths(json.loads(text)) if not OPEN & set(path[-2:])]
    places = [(path, key) for path, key in places if not OPEN & set(path)]
    assert len(places) > 50
    for path, key in places:
        document = json.loads(text)
        place = document
        for step in path:
            place = place[step]
        del place[key]
        if key != "domains" or path:  # without domains a report is the header of NDJSON
            assert not validator.is_valid(document), (path, key)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema",), "https://mailready.example/schema/report.v2.json"),
        (("run", "started"), "yesterday"),
        (("domains", 0, "grade"), "E"),
        (("domains", 0, "grade_low"), "?"),
        (("domains", 0, "score", "low"), 101),
        (("domains", 0, "score", "high"), -1),
        (("domains", 0, "score", "low"), "43"),
        (("domains", 0, "findings", 0, "status"), "error"),
        (("domains", 0, "findings", 0, "severity"), "fatal"),
        (("domains", 0, "findings", 0, "evidence"), [-1]),
        (("domains", 0, "findings", 2, "fix", "owner"), "me"),
        (("domains", 0, "findings", 2, "fix", "effort"), "years"),
        (("domains", 0, "changes", 0, "action"), "drop"),
        (("domains", 0, "changes", 0, "ttl"), -1),
        (("domains", 0, "answers", 0, "status"), "OK"),
        (("domains", 0, "answers", 0, "values"), "one"),
        (("rules", "SPF-001", "refs"), ["http://example.com"]),
        (("domains", 0, "domain"), ""),
    ],
)
def test_a_wrong_value_is_refused(validator: Draft202012Validator, path: tuple[Any, ...], value: Any) -> None:
    document = json.loads(encode_report(sample.report()))
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert not validator.is_valid(document)


def test_a_wrong_line_of_ndjson_is_refused(validator: Draft202012Validator) -> None:
    line = json.loads(encode_ndjson(sample.report()).splitlines()[1])
    line["findings"][0]["status"] = "warn"
    assert not validator.is_valid(line)
