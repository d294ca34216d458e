from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from rules.errors import LoadError
from rules.loader import load_library, load_waivers
from rules.model import Library, Waiver

GOOD = 'rule: DMARC-003, domains: [legacy.contoso.com, "*.fabrikam.com"], reason: migration, owner: ops@contoso.com'


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def loaded(path: Path, text: str, library: Library) -> tuple[Waiver, ...]:
    file = path / "w.yaml"
    file.write_text(text)
    return load_waivers(file, library)


def test_a_waiver_arrives_whole(tmp_path: Path, library: Library) -> None:
    text = f"waivers:\n  - {{{GOOD}, ticket: T-17, expires: 2027-01-31}}\n"
    assert loaded(tmp_path, text, library) == (
        Waiver(
            rule="DMARC-003",
            domains=("legacy.contoso.com", "*.fabrikam.com"),
            reason="migration",
            owner="ops@contoso.com",
            expires=datetime.date(2027, 1, 31),
            ticket="T-17",
            where=f"{tmp_path}/w.yaml:2:5",
        ),
    )


def test_an_empty_list_of_waivers_is_fine(tmp_path: Path, library: Library) -> None:
    assert loaded(tmp_path, "waivers: []\n", library) == ()


def test_a_waiver_may_speak_of_a_rule_of_a_pack_that_is_not_loaded(tmp_path: Path, library: Library) -> None:
    text = f"waivers: [{{{GOOD.replace('DMARC-003', 'QQ-001')}, expires: 2027-01-31}}]"
    assert loaded(tmp_path, text, library)[0].rule == "QQ-001"


@pytest.mark.parametrize(
    ("waiver", "fault"),
    [
        (GOOD, "a waiver lacks expires"),
        ("rule: DMARC-003, reason: x, owner: y, expires: 2027-01-31", "a waiver lacks domains, or submissions"),
        ("rule: DMARC-003, domains: [a.example], expires: 2027-01-31", "a waiver lacks reason, owner"),
        (f"{GOOD}, expires: 2027-02-30", 'there is no day "2027-02-30"'),
        (f"{GOOD}, expires: 20270131", "expires must be a date such as 2027-01-31"),
        (f"{GOOD}, expires: soon", "expires must be a date such as 2027-01-31"),
        (f"{GOOD}, expires: 2027-01-31, tiket: x", 'unknown key "tiket" of a waiver; did you mean "ticket"?'),
        (f"{GOOD.replace('migration', '')}, expires: 2027-01-31", "reason must not be empty"),
        (f"{GOOD.replace('DMARC-003', 'DMARC-999')}, expires: 2027-01-31", 'unknown rule "DMARC-999"'),
        (f"{GOOD.replace('DMARC-003', 'dmarc')}, expires: 2027-01-31", "rule must be capital letters"),
        (f"{GOOD.replace('legacy.contoso.com', 'https://contoso.com/')}, expires: 2027-01-31", "is not a domain"),
        (f"{GOOD.replace('legacy.contoso.com', 'a b')}, expires: 2027-01-31", "is not a domain"),
        (
            "rule: DMARC-003, domains: [], reason: x, owner: y, expires: 2027-01-31",
            "domains must have at least 1 element",
        ),
        ("rule: DMARC-003, domains: a.example, reason: x, owner: y, expires: 2027-01-31", "domains must be a list"),
    ],
)
def test_what_is_wrong_in_a_waiver_is_told(tmp_path: Path, library: Library, waiver: str, fault: str) -> None:
    with pytest.raises(LoadError) as caught:
        loaded(tmp_path, f"waivers:\n  - {{{waiver}}}\n", library)
    (found,) = caught.value.faults
    assert fault in found.message
    assert found.line == 2


def test_all_faults_of_a_waiver_file_are_told_at_once(tmp_path: Path, library: Library) -> None:
    with pytest.raises(LoadError) as caught:
        loaded(tmp_path, f"waivers:\n  - {{{GOOD}, expires: x}}\n  - {{rule: DMARC-999}}\n  - []\n", library)
    assert [fault.line for fault in caught.value.faults] == [2, 3, 3, 3, 4]


@pytest.mark.parametrize("text", ["", "waiver: []", "[]", "waivers: {}", "waivers:"])
def test_a_file_without_waivers_is_at_fault(tmp_path: Path, library: Library, text: str) -> None:
    with pytest.raises(LoadError):
        loaded(tmp_path, text, library)
