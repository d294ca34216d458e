"""docs/submission.md: made from the data, and the data fits the rules and the dates."""

from __future__ import annotations

from rules.loader import load_library, select
from scanner.data import read_data
from scanner.submission.claims import PATH, VERDICTS, page

DATA = read_data("submission/claims.yaml")
CLAIMS = {claim["id"]: claim for claim in DATA["claims"]}


def test_the_page_is_made_from_the_data() -> None:
    assert PATH.read_text("utf-8") == page(), "write it anew: python -m scanner.submission.claims"


def test_the_claims_that_guides_repeat_are_all_answered() -> None:
    verdicts = {name: claim["verdict"] for name, claim in CLAIMS.items()}
    assert verdicts["port-465"] == verdicts["port-25"] == "false"
    assert verdicts["app-passwords"] == "misleading"
    assert verdicts["oauth-required"] == "not_yet"
    assert verdicts["tls-1-2"] == "true"


def test_every_claim_names_sources_and_rules_that_there_are() -> None:
    rules = {rule.id for rule in select(load_library(), "submission").rules}
    kinds = read_data("submission/basic_auth.yaml")["kinds"]
    for claim in CLAIMS.values():
        assert claim["verdict"] in VERDICTS
        assert claim["sources"]
        assert set(claim["sources"]) <= DATA["sources"].keys()
        assert claim["rules"]
        assert set(claim["rules"]) <= rules, claim["id"]
        assert claim.get("basic_auth", "hve") in kinds
    used = {name for claim in CLAIMS.values() for name in claim["sources"]}
    assert used == DATA["sources"].keys()


def test_links_are_https() -> None:
    assert all(source["url"].startswith("https://") or not source["url"] for source in DATA["sources"].values())
