"""The catalogue is whole: names, sources, rules, phrases; and the pages made from it are up to date."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from rules.loader import load_library
from scanner.submission import manual, schemafile
from scanner.submission.answering import answer_text
from scanner.submission.catalogue import GROUPS, WHO, Entry, StatusPattern, catalogue
from scanner.submission.explaining import Explainer

KNOWN = catalogue()


def test_there_are_at_least_100_entries_with_ids_of_their_own() -> None:
    assert len(KNOWN.entries) >= 100
    assert len({entry.id for entry in KNOWN.entries}) == len(KNOWN.entries)


@pytest.mark.parametrize("entry", KNOWN.entries, ids=lambda entry: entry.id)
def test_an_entry_is_whole(entry: Entry) -> None:
    assert entry.cause in KNOWN.causes
    assert entry.meaning.endswith((".", "?"))
    assert entry.fix
    assert entry.source.url.startswith("https://")
    assert entry.source.certainty in ("confirmed", "secondary", "reported")
    datetime.date.fromisoformat(entry.source.date)
    assert set(entry.dated) <= set(KNOWN.dates)
    assert entry.text or entry.words or entry.code_alone
    for phrase in (*entry.text, *entry.words):
        assert phrase == phrase.lower().strip()
        assert len(phrase) >= 3, phrase


def test_every_cause_is_used_and_whole() -> None:
    used = {entry.cause for entry in KNOWN.entries}
    assert used == set(KNOWN.causes)
    for cause in KNOWN.causes.values():
        assert cause.group in GROUPS
        assert cause.who and set(cause.who) <= set(WHO)
        assert cause.urgent in (1, 2, 3)
        assert cause.title.endswith(".")


def test_every_rule_that_would_have_foretold_a_cause_exists() -> None:
    rules = load_library().rules
    assert not {rule for cause in KNOWN.causes.values() for rule in cause.rules} - set(rules)


@pytest.mark.parametrize(
    "code",
    [
        "5.7.57",
        "5.7.3",
        "5.7.139",
        "5.7.30",
        "5.7.60",
        "5.2.252",
        "4.3.2",
        "4.7.66",
        "4.4.316",
        "4.4.7",
        "5.4.300",
        "4.4.8",
        "5.4.8",
        "4.7.5",
        "5.7.5",
        "4.7.321",
        "5.7.322",
        "5.7.323",
        "5.7.324",
        "5.7.325",
        "5.4.1",
        "5.4.6",
        "5.4.14",
        "5.1.8",
        "5.1.10",
        "5.5.0",
        "5.1.90",
        "5.2.2",
        "5.2.121",
        "5.2.122",
        "5.7.1",
        "5.7.12",
        "5.7.124",
        "5.7.133",
        "5.7.134",
        "5.7.135",
        "5.7.136",
        "5.7.193",
        "5.7.23",
        "5.7.25",
        "4.7.26",
        "5.7.64",
        "5.7.68",
        "5.7.236",
        "5.7.367",
        "5.7.501",
        "5.7.502",
        "5.7.503",
        "5.7.511",
        "5.7.506",
        "5.7.508",
        "5.7.510",
        "5.7.512",
        "5.7.513",
        "5.7.800",
        "5.7.509",
        "5.7.515",
        "5.7.606",
        "5.7.649",
        "5.7.703",
        "5.7.705",
        "5.7.708",
        "5.7.750",
        "5.7.4",
        "4.2.0",
        "5.5.4",
        "5.5.124",
        "5.2.0",
        "5.7.51",
        "5.4.312",
        "5.4.316",
        "5.4.317",
        "4.4.317",
        "4.4.101",
        "4.7.320",
        "4.7.500",
        "4.7.650",
        "4.7.651",
    ],
)
def test_every_code_of_the_reference_is_in_the_catalogue(code: str) -> None:
    assert any(entry.fits_status(code) for entry in KNOWN.entries if entry.family in ("microsoft365", "outlook.com"))


@pytest.mark.parametrize("sign", ["(s3140)", "(s3150)", "(s844)", "(s8001)", "(s8002)"])
def test_outlook_coms_own_codes_are_known(sign: str) -> None:
    assert any(sign in entry.text for entry in KNOWN.entries if entry.family == "outlook.com")


@pytest.mark.parametrize(
    ("pattern", "fits", "not_"),
    [("x.7.139", "4.7.139", "5.7.13"), ("5.7.606-649", "5.7.649", "5.7.650"), ("4.7.0", "4.7.0", "5.7.0")],
)
def test_a_status_pattern_fits_what_it_says(pattern: str, fits: str, not_: str) -> None:
    parsed = StatusPattern.parse(pattern)
    assert parsed.fits(fits)
    assert not parsed.fits(not_)
    assert str(parsed) == pattern


def test_the_page_is_made_from_the_catalogue() -> None:
    assert manual.PATH.read_text("utf-8") == manual.manual(), "run python -m scanner.submission.manual"


def test_the_schema_is_made_from_the_classes() -> None:
    assert schemafile.PATH.read_text("utf-8") == schemafile.schema_text(), "run python -m scanner.submission.schemafile"


@pytest.mark.parametrize(
    "text", ["535 5.7.139 basic authentication is disabled", "550 5.7.26 x", "nothing", "250 2.0.0 Ok: queued as 1"]
)
def test_every_answer_fits_the_schema(text: str) -> None:
    answer = answer_text(text, "text", Explainer(KNOWN, datetime.date(2026, 11, 21), {}), "0")
    document: Any = json.loads(msgspec.json.encode(answer))
    jsonschema.validate(document, schemafile.schema())


@pytest.mark.parametrize("name", sorted(path.name for path in (Path(__file__).parent / "inputs").iterdir()))
def test_every_answer_to_a_file_fits_the_schema(name: str) -> None:
    from tests.scanner.submission.test_inputs import of

    jsonschema.validate(json.loads(msgspec.json.encode(of(name))), schemafile.schema())
