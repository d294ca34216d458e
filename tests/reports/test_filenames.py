"""reports.filenames: names that are safe on every file system, and no two alike."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.filenames import LONGEST_STEM, file_stem


@pytest.mark.parametrize("domain", ["contoso.com", "xn--bcher-kva.example", "_dmarc.contoso.com", "1.test"])
def test_an_honest_name_stays_itself(domain: str) -> None:
    assert file_stem(domain) == domain


def test_names_are_lower_case() -> None:
    assert file_stem("Contoso.COM") == "contoso.com"


@given(st.text(max_size=300), st.text(max_size=10))
def test_no_name_is_a_path_hidden_reserved_or_too_long(domain: str, distinguish: str) -> None:
    stem = file_stem(domain, (), distinguish)
    assert re.fullmatch(r"[a-z0-9_][a-z0-9._-]*", stem)
    assert ".." not in stem
    assert len(stem) <= LONGEST_STEM
    assert not re.match(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", stem)


@pytest.mark.parametrize(
    "domain", ["../../etc/passwd", "con.test", "nul", ".hidden", "a/b", "a\\b", "", "x..y", "-", "."]
)
def test_a_dangerous_name_gets_a_hash(domain: str) -> None:
    assert re.search(r"-[0-9a-f]{12}$", file_stem(domain))


def test_a_long_name_is_shortened_and_stays_apart_from_its_like() -> None:
    one, two = ("a" * 60 + "." + "b" * 60 + "." + "c" * 60 + "." + end * 40 + ".test" for end in "xy")
    assert len(one) > LONGEST_STEM
    assert file_stem(one) != file_stem(two)
    assert file_stem(one).startswith("a" * 60)


def test_rows_of_one_domain_get_names_of_their_own_that_do_not_change() -> None:
    taken: set[str] = set()
    for client in ("a", "b", "c"):
        taken.add(file_stem("contoso.com", taken, client))
    assert len(taken) == 3
    assert "contoso.com" in taken
    assert file_stem("contoso.com", {"contoso.com"}, "b") in taken


def test_even_equal_rows_never_share_a_name() -> None:
    taken: set[str] = set()
    for _ in range(5):
        taken.add(file_stem("contoso.com", taken, "same"))
    assert len(taken) == 5
