from __future__ import annotations

from pathlib import Path

import pytest

from rules.errors import LoadError
from rules.loader import load_library, load_profile, select
from rules.model import Library

WHOLE = """
facts:
  profile.inbound: other
  profile.sends_from_m365: false
  profile.spf_all: [fail]
  profile.dmarc_policies: [reject]
  profile.dkim_bits: 1024
"""


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def loaded(path: Path, text: str, library: Library) -> Library:
    file = path / "p.yaml"
    file.write_text(text)
    return load_profile(file, library)


def told(path: Path, text: str, library: Library) -> str:
    with pytest.raises(LoadError) as caught:
        loaded(path, text, library)
    return str(caught.value)


def folded(path: Path, **profiles: str) -> Library:
    """The library with profiles of a directory, which may extend each other in any order."""
    (path / "profiles").mkdir()
    for name, text in profiles.items():
        (path / "profiles" / f"{name}.yaml").write_text(f"profile: {name}\n{text}")
    return load_library([path])


def test_a_profile_stands_by_itself_if_it_sets_all_facts(tmp_path: Path, library: Library) -> None:
    found = loaded(tmp_path, f"profile: ours\ntitle: Ours{WHOLE}", library)
    profile = found.profiles["ours"]
    assert profile.title == "Ours"
    assert profile.facts == {
        "profile.name": "ours",
        "profile.inbound": "other",
        "profile.sends_from_m365": False,
        "profile.spf_all": ("fail",),
        "profile.dmarc_policies": ("reject",),
        "profile.dkim_bits": 1024,
    }
    assert "ours" not in library.profiles, "the library that was given stays as it was"


def test_every_built_in_profile_sets_every_expected_fact_and_carries_its_own_name(library: Library) -> None:
    names = {frozenset(profile.facts) for profile in library.profiles.values()}
    assert len(names) == 1
    assert all(profile.facts["profile.name"] == name for name, profile in library.profiles.items())


def test_a_profile_says_what_differs_from_the_one_that_it_extends(tmp_path: Path, library: Library) -> None:
    text = "profile: ours\nextends: onboarding\nfacts: {profile.inbound: gateway}\nrules: {SPF-001: {severity: info}, DMARC-031: {enabled: true}, MX-001: {enabled: false}}\n"
    found = loaded(tmp_path, text, library)
    base, ours = library.profiles["onboarding"], found.profiles["ours"]
    assert ours.facts == {**base.facts, "profile.name": "ours", "profile.inbound": "gateway"}
    assert "DMARC-031" in base.disabled, "else this test shows nothing"
    assert ours.disabled == (base.disabled - {"DMARC-031"}) | {"MX-001"}
    chosen = {rule.id: rule.severity for rule in select(found, "ours").rules}
    assert chosen["SPF-001"] == "info"
    assert "DMARC-031" in chosen
    assert "MX-001" not in chosen


def test_the_nearer_profile_wins_over_the_one_further_off(tmp_path: Path) -> None:
    library = folded(
        tmp_path,
        a="extends: b\nfacts: {profile.dkim_bits: 3}\nrules: {SPF-001: {enabled: true}}\n",
        b="extends: c\nfacts: {profile.dkim_bits: 2, profile.spf_all: []}\nrules: {SPF-001: {enabled: false, severity: low}}\nframeworks: [cis_m365_v6]\n",
        c="extends: onboarding\nfacts: {profile.dkim_bits: 1}\n",
        d="extends: b\nframeworks: []\n",
    )
    assert library.profiles["a"].facts["profile.dkim_bits"] == 3
    assert library.profiles["a"].facts["profile.spf_all"] == ()
    assert library.profiles["a"].severities["SPF-001"] == "low"
    assert "SPF-001" in library.profiles["b"].disabled
    assert "SPF-001" not in library.profiles["a"].disabled
    assert library.profiles["a"].frameworks == ("cis_m365_v6",)
    assert library.profiles["d"].frameworks == ()


def test_with_frameworks_only_rules_that_map_to_one_of_them_are_chosen(tmp_path: Path, library: Library) -> None:
    found = loaded(tmp_path, "profile: ours\nextends: onboarding\nframeworks: [google_bulk, cis_m365_v6]\n", library)
    rules = select(found, "ours").rules
    assert rules
    assert all({"google_bulk", "cis_m365_v6"} & set(rule.maps) for rule in rules)
    left_out = set(library.rules) - {rule.id for rule in rules} - found.profiles["ours"].disabled
    assert all(not {"google_bulk", "cis_m365_v6"} & set(library.rules[name].maps) for name in left_out)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "profile: ours\n",
            "1:10: the profile and those it extends do not set profile.inbound, profile.sends_from_m365",
        ),
        ("profile: ours\nextends: onbording\n", '2:10: unknown profile "onbording"; did you mean "onboarding"?'),
        ("profile: onboarding\nextends: parked\n", '1:10: there is a profile "onboarding" already'),
        ("profile: ours\nextends: ours\n", "2:10: profiles extend each other: ours -> ours"),
        ("profile: auto\nextends: parked\n", "1:10: auto is no name for a profile"),
        ("profile: Ours\nextends: parked\n", "1:10: profile must be small letters"),
        ("profile: ours\nextends: parked\nfact: {}\n", '3:1: unknown key "fact" of a profile; did you mean "facts"?'),
        ("profile: ours\nextends: parked\nfacts: {profile.inbund: none}\n", 'did you mean "profile.inbound"?'),
        ("profile: ours\nextends: parked\nfacts: {profile.inbound: nobody}\n", "profile.inbound must be one of"),
        (
            "profile: ours\nextends: parked\nfacts: {profile.spf_all: fail}\n",
            'profile.spf_all must be a list, not "fail"',
        ),
        (
            "profile: ours\nextends: parked\nfacts: {profile.spf_all: [hard]}\n",
            "an element of profile.spf_all must be one of",
        ),
        ("profile: ours\nextends: parked\nfacts: {profile.dkim_bits: {unknown: x}}\n", "must be a whole number"),
        ("profile: ours\nextends: parked\nfacts: {profile.name: x}\n", "profile.name is always the profile's own name"),
        (
            "profile: ours\nextends: parked\nfacts: {spf.lookups: 3}\n",
            "a profile sets profile.* facts only, not spf.lookups",
        ),
        ("profile: ours\nextends: parked\nfacts: [x]\n", "facts must be a mapping"),
        ("profile: ours\nextends: parked\nrules: {SPF-999: {enabled: false}}\n", '3:9: unknown rule "SPF-999"'),
        ("profile: ours\nextends: parked\nrules: {SPF-001: {enabld: false}}\n", 'did you mean "enabled"?'),
        (
            "profile: ours\nextends: parked\nrules: {SPF-001: {enabled: no}}\n",
            'enabled must be true or false, not "no"',
        ),
        ("profile: ours\nextends: parked\nrules: {SPF-001: {severity: hihg}}\n", 'did you mean "high"?'),
        ("profile: ours\nextends: parked\nrules: {SPF-001: {}}\n", "nothing is said of SPF-001"),
        ("profile: ours\nextends: parked\nrules: [SPF-001]\n", "rules must be a mapping, not a list"),
        ("profile: ours\nextends: parked\nframeworks: [cis_m365_v5]\n", 'did you mean "cis_m365_v6"?'),
        ("", "1:1: is empty"),
        ("[]", "1:1: a profile must be a mapping, not a list"),
    ],
)
def test_what_is_wrong_in_a_profile_is_told_where_it_stands(
    tmp_path: Path, library: Library, text: str, fault: str
) -> None:
    found = told(tmp_path, text, library)
    assert len(found.splitlines()) == 1, found
    assert fault in found


def test_a_profile_may_speak_of_rules_of_a_pack_that_is_not_loaded(tmp_path: Path, library: Library) -> None:
    found = loaded(tmp_path, "profile: ours\nextends: parked\nrules: {QQ-001: {enabled: false}}\n", library)
    assert "QQ-001" in found.profiles["ours"].disabled


def test_a_cycle_in_extends_is_told_as_a_path_once(tmp_path: Path) -> None:
    with pytest.raises(LoadError) as caught:
        folded(tmp_path, a="extends: b\n", b="extends: c\n", c="extends: a\n", d="extends: a\n")
    (fault,) = caught.value.faults
    assert fault.message == "profiles extend each other: a -> b -> c -> a"


def test_a_chain_of_extends_may_be_longer_than_the_recursion_of_python(tmp_path: Path) -> None:
    names = [f"p{number}" for number in range(199)]
    texts = {name: f"extends: {base}\n" for name, base in zip(names, [*names[1:], "parked"], strict=True)}
    assert folded(tmp_path, **texts).profiles["p0"].facts["profile.inbound"] == "none"


def test_a_profile_file_that_is_missing_is_a_load_error(tmp_path: Path, library: Library) -> None:
    with pytest.raises(LoadError, match="is not a file that can be read"):
        load_profile(tmp_path / "gone.yaml", library)
