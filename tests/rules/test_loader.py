from __future__ import annotations

import hashlib
import itertools
import os
import random
import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import results
from rules.errors import LoadError, ProfileError
from rules.facts import Unknown
from rules.loader import load_library, load_profile, select
from rules.model import Library, Rule


def rule(name: str, further: str = "", **keys: str) -> str:
    """One sound rule as YAML; `further` are more keys, and named ones replace or (empty) drop those it has."""
    texts = {
        "title": "Lookups are within limits",
        "severity": "low",
        "assert": "{spf.lookups: {at_most: 10}}",
        "fail": "Too many lookups.",
        "why": "Receivers stop after ten.",
        "examples": "[{spf.lookups: 1, expect: pass}, {spf.lookups: 11, expect: fail}, "
        "{spf.lookups: {unknown: SERVFAIL}, expect: unknown}]",
    }
    texts |= {key.rstrip("_"): value for key, value in keys.items()}
    lines = [f"- id: {name}", *(f"  {key}: {value}" for key, value in texts.items() if value)]
    return "\n".join([*lines, textwrap.indent(textwrap.dedent(further).strip(), "  ")]).rstrip() + "\n"


def pack(*rules: str, head: str = "pack: mine\nversion: 1\n") -> str:
    return head + "rules:\n" + "".join(rules)


def write(directory: Path, **files: str) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (directory / f"{name}.yaml").write_text(text, "utf-8")
    return directory


def load(directory: Path, **files: str) -> Library:
    return load_library([write(directory, **files)])


def told(directory: Path, **files: str) -> list[str]:
    """The faults of a pack, without the directory before each."""
    with pytest.raises(LoadError) as caught:
        load(directory, **files)
    return [str(fault).removeprefix(f"{directory}/") for fault in caught.value.faults]


def loaded_rule(directory: Path, text: str) -> Rule:
    return load(directory, a=pack(text)).rules["XX-001"]


# What is built in


def test_the_built_in_library_loads_with_its_profiles_and_frameworks() -> None:
    library = load_library()
    assert [info.id for info in library.packs] == ["m365", "submission"]
    assert set(library.profiles) >= {"onboarding", "behind-gateway", "parked", "bulk-sender", "cis-m365", "scuba"}
    assert {name for found in library.rules.values() for name in found.maps} <= set(library.frameworks)
    for profile in library.profiles:
        assert select(library, profile).rules


# Packs


def test_a_pack_brings_its_rules_with_their_places(tmp_path: Path) -> None:
    library = load(tmp_path, a=pack(rule("XX-001")), b=pack(rule("XX-002")))
    assert library.rules["XX-001"].where == f"{tmp_path}/a.yaml:4:3"
    assert library.rules["XX-002"].pack == "mine"
    assert [info.id for info in library.packs] == ["m365", "submission", "mine"]
    assert library.packs[-1].version == "1"


def test_every_key_of_a_rule_arrives(tmp_path: Path) -> None:
    found = loaded_rule(
        tmp_path,
        rule(
            "XX-001",
            """
            needs: [SPF-001, QQ-001]
            when: {profile.sends_from_m365: true}
            pass: "Fine: {spf.lookups}."
            cap: D
            refs: ["https://www.rfc-editor.org/rfc/rfc7208#section-4.6.4"]
            maps: {cis_m365_v6: [2.1.8], google_bulk: [spf]}
            fix:
              effort: hours
              owner: sender
              text: Shorten {spf.record}.
              command: Get-It {domain}
              changes:
                - {action: replace, name: "{domain}", type: TXT, ttl: 3600, replaces: "{spf.record}", value: "{spf.suggested}"}
                - {action: delete, each: mx.leftovers, name: "{domain}", type: MX, value: "{item.preference} {item.host}"}
            """,
        ),
    )
    assert (found.title, found.severity, found.cap) == ("Lookups are within limits", "low", "D")
    assert found.needs == ("SPF-001", "QQ-001")
    assert found.when is not None
    assert found.when.text == "profile.sends_from_m365 is true"
    assert found.assertion.text == "spf.lookups is at most 10"
    assert found.refs == ("https://www.rfc-editor.org/rfc/rfc7208#section-4.6.4",)
    assert found.maps == {"cis_m365_v6": ("2.1.8",), "google_bulk": ("spf",)}
    assert found.fix is not None
    assert (found.fix.effort, found.fix.owner) == ("hours", "sender")
    replace, delete = found.fix.changes
    assert (replace.action, replace.ttl, replace.each) == ("replace", 3600, "")
    assert (delete.action, delete.ttl, delete.each, delete.replaces) == ("delete", None, "mx.leftovers", None)
    assert found.facts == {
        "profile.sends_from_m365",
        "spf.lookups",
        "spf.record",
        "spf.suggested",
        "mx.leftovers",
        "domain.name",
    }
    assert [example.expect for example in found.examples] == ["pass", "fail", "unknown"]
    assert found.examples[2].facts == {"spf.lookups": Unknown("SERVFAIL")}


def test_text_is_taken_as_the_file_has_it(tmp_path: Path) -> None:
    found = loaded_rule(tmp_path, rule("XX-001", title="6.10", why="1183", fail="no", refs="[]"))
    assert (found.title, found.why, found.failed.parts) == ("6.10", "1183", ("no",))


def test_the_digest_covers_names_and_bytes_in_the_order_of_names(tmp_path: Path) -> None:
    texts = {"b": pack(rule("XX-002")), "a": pack(rule("XX-001"))}
    digest = load(tmp_path / "one", **texts).packs[-1].digest
    expected = hashlib.sha256()
    for name in ("a", "b"):
        data = texts[name].encode()
        expected.update(f"{name}.yaml\0{len(data)}\0".encode() + data)
    assert digest == expected.hexdigest()
    assert load(tmp_path / "two", **texts).packs[-1].digest == digest
    assert load(tmp_path / "three", a=texts["a"], c=texts["b"]).packs[-1].digest != digest
    assert load(tmp_path / "four", a=texts["a"] + "# x\n", b=texts["b"]).packs[-1].digest != digest


def test_a_directory_may_hold_several_packs_with_profiles_and_frameworks(tmp_path: Path) -> None:
    write(tmp_path / "first", a=pack(rule("XX-001", "maps: {ours: [1.10]}")))
    write(tmp_path / "second", a=pack(rule("YY-001"), head="pack: yours\nversion: 2.0\n"))
    write(tmp_path / "profiles", ours="profile: ours\nextends: parked\nframeworks: [ours]\n")
    write(
        tmp_path / "frameworks",
        ours="framework: ours\ntitle: Ours\nurl: https://a.example/\nrequirements:\n"
        "  - {id: 1.10, title: Lookups}\n  - {id: 2, title: Not in DNS, testable: false, note: A setting.}\n",
    )
    (tmp_path / ".git").mkdir()
    (tmp_path / "notes.txt").write_text("x")
    library = load_library([tmp_path])
    assert [(info.id, info.version) for info in library.packs[2:]] == [("mine", "1"), ("yours", "2.0")]
    assert [found.id for found in select(library, "ours").rules] == ["XX-001"]
    assert library.frameworks["ours"].requirements == (
        results.Requirement(id="1.10", title="Lookups"),
        results.Requirement(id="2", title="Not in DNS", testable=False, note="A setting."),
    )


def test_a_single_file_is_a_pack_too(tmp_path: Path) -> None:
    write(tmp_path, a=pack(rule("XX-001")), b="nonsense")
    assert "XX-001" in load_library([tmp_path / "a.yaml"]).rules


def test_a_directory_given_twice_is_read_once(tmp_path: Path) -> None:
    write(tmp_path, a=pack(rule("XX-001")))
    assert "XX-001" in load_library([tmp_path, tmp_path]).rules


def test_directories_without_packs_and_files_that_would_be_overlooked_are_told(tmp_path: Path) -> None:
    assert told(tmp_path / "empty") == [f"{tmp_path}/empty: holds no *.yaml file, nor does a directory in it"]
    with pytest.raises(LoadError, match="there is no such directory of packs"):
        load_library([tmp_path / "gone"])
    (write(tmp_path / "yml", a=pack(rule("XX-001"))) / "b.yml").write_text("")
    with pytest.raises(LoadError, match=r"b\.yml: rename it to \*\.yaml"):
        load_library([tmp_path / "yml"])
    os.mkfifo(write(tmp_path / "pipe", a=pack(rule("XX-001"))) / "b.yaml")
    with pytest.raises(LoadError, match=r"b\.yaml: is not a file"):
        load_library([tmp_path / "pipe"])


def test_the_files_of_a_pack_agree_on_its_id_and_version(tmp_path: Path) -> None:
    found = told(
        tmp_path,
        a=pack(rule("XX-001")),
        b=pack(rule("XX-002"), head="pack: yours\nversion: 1\n"),
        c=pack(rule("XX-003"), head="pack: mine\nversion: 2\n"),
    )
    assert found[0].startswith("b.yaml:1:7: the files of a directory are one pack")
    assert found[1].startswith("c.yaml:2:10: the files of a pack have one version")


def test_two_packs_do_not_share_an_id(tmp_path: Path) -> None:
    found = told(tmp_path, a=pack(rule("XX-001"), head="pack: m365\nversion: 1\n"))
    assert found == ['a.yaml:1:7: there is a pack "m365" already; give this one another id']


def test_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    write(tmp_path / "profiles", p="profile: [")
    found = told(tmp_path, a="", b=pack(rule("XX-001", severity="hihg")), c="\ufeffpack: x")
    assert [text.split(":")[0] for text in found] == ["a.yaml", "b.yaml", "c.yaml", "profiles/p.yaml"]
    assert 'did you mean "high"?' in found[1]


# Rules


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (rule("XX-1"), "4:7: id must be capital letters and digits, a dash and three digits (SPF-002)"),
        (rule("XX-001", "neds: []"), '11:3: unknown key "neds" of a rule; did you mean "needs"?'),
        (rule("XX-001", why=""), "4:3: a rule lacks why"),
        (rule("XX-001", title="", why=""), "4:3: a rule lacks title, why"),
        (rule("XX-001", title="[]"), "5:10: title must be text, not a list"),
        (rule("XX-001", title="null"), "5:10: title must be text, not null"),
        (rule("XX-001", title="'a\n\n    b'"), "5:10: title must be one line"),
        (rule("XX-001", title="x" * 201), "5:10: title is longer than 200 characters"),
        (rule("XX-001", "cap: A"), '11:8: cap must be one of B, C, D, F, not "A"'),
        (rule("XX-001", "refs: ['http://a.example/']"), "11:10: an element of refs must be an https:// address"),
        (rule("XX-001", "refs: ['https://a.example/ b']"), "11:10: an element of refs must be an https:// address"),
        (rule("XX-001", "refs: ['https://a.example/\\x07']"), "11:10: an element of refs must be an https:// address"),
        (rule("XX-001", "refs: ['javascript:alert(1)']"), "11:10: an element of refs must be an https:// address"),
        (rule("XX-001", "refs: [https://a.example/, https://a.example/]"), "11:30: refs names"),
        (rule("XX-001", "maps: {cis: [x]}"), '11:10: unknown framework "cis"'),
        (rule("XX-001", "maps: {cis_m365_v5: [2.1.8]}"), 'did you mean "cis_m365_v6"?'),
        (
            rule("XX-001", "maps: {cis_m365_v6: [2.1.88]}"),
            '11:24: unknown requirement "2.1.88" of cis_m365_v6; did you mean',
        ),
        (rule("XX-001", "maps: {cis_m365_v6: []}"), "11:23: cis_m365_v6 must have at least 1 element"),
        (rule("XX-001", "needs: [SPF-999]"), '11:11: unknown rule "SPF-999"'),
        (rule("XX-001", "needs: [XX-010]"), '11:11: unknown rule "XX-010"; did you mean "XX-001"?'),
        (rule("XX-001", "needs: [XX-001]"), "11:11: rules need each other: XX-001 -> XX-001"),
        (rule("XX-001", "fix: {effort: hours, owner: dns}"), "11:8: a fix lacks text"),
        (rule("XX-001", "fix: {effort: hour, owner: dns, text: x}"), 'did you mean "hours"?'),
        (rule("XX-001") + rule("XX-001"), '11:7: duplicate rule "XX-001"; it is at '),
        ("- x\n", '4:3: a rule must be a mapping, not "x"'),
    ],
)
def test_what_is_wrong_in_a_rule_is_told_where_it_stands(tmp_path: Path, text: str, fault: str) -> None:
    found = told(tmp_path, a=pack(text))
    assert len(found) == 1, found
    assert fault in found[0]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("{action: replace, name: a, type: TXT, value: b}", "a change with replace lacks replaces"),
        (
            "{action: add, name: a, type: TXT, value: b, replaces: c}",
            "replaces belongs to a change with replace, not add",
        ),
        ("{action: delete, name: a, type: TXT, value: b, replaces: c}", "belongs to a change with replace, not delete"),
        ("{action: add, name: a, type: TXT}", "a change lacks value"),
        ("{action: add, name: a, type: PTR, value: b}", "type must be one of TXT, MX, CNAME"),
        ("{action: add, name: a, type: TXT, value: b, ttl: 0}", "ttl must be a whole number from 1 to 604,800"),
        ("{action: add, name: a, type: TXT, value: b, ttl: 604801}", "ttl must be a whole number"),
        ("{action: add, name: a, type: TXT, value: b, each: spf.record}", "each takes a list, and spf.record is text"),
        ("{action: add, name: a, type: TXT, value: b, each: mx.host}", 'did you mean "mx.hosts"?'),
        ('{action: add, name: a, type: TXT, value: "{item}"}', "has a meaning only in a change with each"),
    ],
)
def test_what_is_wrong_in_a_change_is_told(tmp_path: Path, change: str, fault: str) -> None:
    text = rule("XX-001", f"fix: {{effort: hours, owner: dns, text: x, changes: [{change}]}}")
    (found,) = told(tmp_path, a=pack(text))
    assert fault in found


def test_needs_of_rules_of_packs_that_are_not_loaded_are_no_fault(tmp_path: Path) -> None:
    assert loaded_rule(tmp_path, rule("XX-001", "needs: [QQ-001]")).needs == ("QQ-001",)


def test_a_cycle_in_needs_is_told_as_a_path_once(tmp_path: Path) -> None:
    needs = {"XX-001": "XX-002", "XX-002": "XX-003", "XX-003": "XX-001", "XX-004": "XX-001"}
    found = told(tmp_path, a=pack(*(rule(name, f"needs: [{need}]") for name, need in needs.items())))
    assert len(found) == 1
    assert found[0].endswith("rules need each other: XX-001 -> XX-002 -> XX-003 -> XX-001")


def test_a_file_that_cannot_be_read_makes_no_faults_in_the_others(tmp_path: Path) -> None:
    write(tmp_path / "profiles", p="profile: p\nextends: q\nrules: {XX-009: {enabled: false}}\n", q="profile: [")
    write(tmp_path / "frameworks", f="framework: [")
    text = pack(rule("XX-001", "needs: [XX-009]\nmaps: {ours: [1]}"))
    assert [line.split(":")[0] for line in told(tmp_path, a=text, b="rules: [")] == [
        "b.yaml",
        "frameworks/f.yaml",
        "profiles/q.yaml",
    ]


# Examples


@pytest.mark.parametrize(
    ("examples", "fault"),
    [
        ("[]", "examples must have at least 3 elements"),
        ("[{spf.lookups: 1, expect: pass}] # x", "examples must have at least 3 elements"),
        (
            "[{spf.lookups: 1, expect: pass}, {spf.lookups: 2, expect: pass}, {spf.lookups: 99, expect: fail}]",
            "no example that expects unknown",
        ),
        (
            "[{spf.lookups: 1, expect: pass}, {spf.lookups: 2, expect: pass}, {spf.lookups: 9, expect: pass}]",
            "no example that expects fail or unknown",
        ),
    ],
)
def test_a_rule_without_a_pass_a_fail_and_an_unknown_example_does_not_load(
    tmp_path: Path, examples: str, fault: str
) -> None:
    assert any(fault in text for text in told(tmp_path, a=pack(rule("XX-001", examples=examples))))


@pytest.mark.parametrize(
    ("example", "fault"),
    [
        ("{expect: pass}", "the example lacks spf.lookups, which the rule reads"),
        ("{spf.lookups: 1, spf.all: fail, expect: pass}", "the rule does not read spf.all; leave it out"),
        ("{spf.lookups: 1, profile.inbound: none, expect: pass}", "the rule does not read profile.inbound"),
        ("{spf.lookups: 1, spf.recrd: x, expect: pass}", 'unknown fact "spf.recrd"; did you mean "spf.record"?'),
        ("{spf.lookups: x, expect: pass}", 'spf.lookups must be a whole number, not "x"'),
        ("{spf.lookups: null, expect: pass}", "spf.lookups is never null; it is a whole number"),
        ("{spf.lookups: {unknwon: x}, expect: pass}", "spf.lookups must be a whole number, not a mapping"),
        ("{spf.lookups: {unknown: ''}, expect: pass}", "the reason why spf.lookups is unknown must not be empty"),
        (
            "{spf.lookups: 1, expect: blocked}",
            'expect must be one of pass, fail, unknown, not_applicable, not "blocked"',
        ),
        ("{spf.lookups: 1}", "the example lacks expect"),
        ("x", "an example must be a mapping of facts and expect"),
    ],
)
def test_what_is_wrong_in_an_example_is_told(tmp_path: Path, example: str, fault: str) -> None:
    good = (
        "{spf.lookups: 1, expect: pass}, {spf.lookups: 11, expect: fail}, {spf.lookups: {unknown: x}, expect: unknown}"
    )
    (found,) = told(tmp_path, a=pack(rule("XX-001", examples=f"[{good}, {example}]")))
    assert fault in found


def test_examples_of_lists_give_the_fields_that_the_rule_reads_and_the_rest_is_not_given(tmp_path: Path) -> None:
    text = rule(
        "XX-001",
        assert_="{mx.records: {every: {kind: other, resolves: true}}}",
        examples="""
    - {mx.records: [{kind: other, resolves: true, host: A.Example.}, {kind: other, resolves: {unknown: late}}], expect: unknown}
    - {mx.records: [{unknown: SERVFAIL}], expect: unknown}
    - {mx.records: [], expect: fail}
    - {mx.records: [{kind: other, resolves: true}], expect: pass}""",
    )
    examples = loaded_rule(tmp_path, text).examples
    first, second = examples[0].facts["mx.records"]
    assert (first["host"], first["resolves"], second["resolves"]) == ("a.example", True, Unknown("late"))
    assert second["preference"] == Unknown("not given in the example")
    assert examples[1].facts["mx.records"] == (Unknown("SERVFAIL"),)
    missing = text.replace("[{kind: other, resolves: true}]", "[{kind: other}]")
    (found,) = told(tmp_path / "b", a=pack(missing))
    assert "the record lacks resolves, which the rule reads" in found
    (found,) = told(tmp_path / "c", a=pack(text.replace("host: A", "hots: A")))
    assert 'unknown field "hots"' in found
    assert 'did you mean "host"?' in found


# Selection


def test_needed_rules_come_first_and_the_rest_stays_in_order(tmp_path: Path) -> None:
    needs = {"XX-001": "[XX-004, XX-003]", "XX-002": "[]", "XX-003": "[XX-004]", "XX-004": "[QQ-001]"}
    library = load(tmp_path, a=pack(*(rule(name, f"needs: {need}") for name, need in needs.items())))
    order = [found.id for found in select(library).rules if found.id.startswith("XX")]
    assert order == ["XX-004", "XX-003", "XX-001", "XX-002"]


def test_what_a_rule_needs_comes_in_the_order_in_which_it_names_it(tmp_path: Path) -> None:
    rules = [rule("XX-001", "needs: [XX-003, XX-002]"), rule("XX-002"), rule("XX-003")]
    order = [found.id for found in select(load(tmp_path, a=pack(*rules))).rules if found.id.startswith("XX")]
    assert order == ["XX-003", "XX-002", "XX-001"]


def test_a_chain_of_needs_may_be_longer_than_the_recursion_of_python(tmp_path: Path) -> None:
    names = [f"{letter}-{number:03}" for letter in ("XA", "XB") for number in range(900)]
    chain = [rule(name, f"needs: [{need}]") for name, need in itertools.pairwise(names)] + [rule(names[-1])]
    library = load(tmp_path, a=pack(*chain[:900]), b=pack(*chain[900:]))
    order = [found.id for found in select(library).rules if found.id.startswith("X")]
    assert order == names[::-1]


def test_a_selection_is_in_an_order_that_can_be_judged_however_the_rules_stand(tmp_path: Path) -> None:
    chance = random.Random(7)
    names = [f"XX-{number:03}" for number in range(60)]
    needs = {name: chance.sample(names[:at], min(at, chance.randrange(4))) for at, name in enumerate(names)}
    shuffled = chance.sample(names, len(names))
    library = load(tmp_path, a=pack(*(rule(name, f"needs: [{', '.join(needs[name])}]") for name in shuffled)))
    order = [found.id for found in select(library).rules if found.id.startswith("XX")]
    assert sorted(order) == names
    assert all(order.index(need) < order.index(name) for name in names for need in needs[name])


def test_a_selection_demands_what_its_rules_read_but_not_the_profiles_facts(tmp_path: Path) -> None:
    text = rule("XX-001", "when: {profile.sends_from_m365: true}", fail='"{dmarc.fo} {domain}"')
    write(tmp_path / "profiles", only="profile: only\nextends: onboarding\nframeworks: [ours]\n")
    write(
        tmp_path / "frameworks",
        f="framework: ours\ntitle: O\nurl: https://a.example/\nrequirements: [{id: a, title: A}]\n",
    )
    library = load(tmp_path, a=pack(text + "  maps: {ours: [a]}\n"))
    assert select(library, "only").facts == {"spf.lookups", "dmarc.fo", "domain.name"}


def test_an_unknown_profile_is_told_with_the_nearest() -> None:
    library = load_library()
    with pytest.raises(ProfileError, match='unknown profile "onbording"; did you mean "onboarding"'):
        select(library, "onbording")
    with pytest.raises(ProfileError, match=r"there are .*onboarding"):
        select(library, "zzz")


# Anything


_PIECES = st.sampled_from(
    [
        "pack: x\n",
        "version: 1\n",
        "rules:\n",
        "  - ",
        "id: XX-001\n",
        "    ",
        "title: a\n",
        "assert: ",
        "{spf.all: fail}",
        "\n",
        "examples: ",
        "[",
        "]",
        "{",
        "}",
        "maps: ",
        "needs: [XX-001]",
        "fix: ",
        "changes: ",
        ": ",
        "null",
        "'",
        '"',
        "fail: {x}\n",
        "profile: p\n",
        "extends: p\n",
        "facts: ",
        "framework: f\n",
        "requirements: ",
        "waivers: ",
        "&a ",
        "*a",
        "expires: 2027-02-30\n",
    ]
)


@settings(max_examples=50, deadline=None)
@given(st.lists(_PIECES, max_size=30).map("".join) | st.text(max_size=80), st.binary(max_size=60))
def test_garbage_raises_load_errors_only(tmp_path_factory: pytest.TempPathFactory, text: str, data: bytes) -> None:
    directory = tmp_path_factory.mktemp("garbage")
    for name, content in (
        ("a.yaml", text.encode()),
        ("profiles/a.yaml", text.encode()),
        ("frameworks/a.yaml", text.encode() + data),
    ):
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_bytes(content)
    with pytest.raises(LoadError) as caught:
        load_library([directory])
    assert all(fault.message for fault in caught.value.faults)
    with pytest.raises(LoadError):
        load_profile(directory / "frameworks" / "a.yaml", Library((), {}, {}, {}))
