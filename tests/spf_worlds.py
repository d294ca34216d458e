"""Small worlds of SPF for the tests of its probe: a zone in text, the walk through it, and cases with what they must give.

A world is lines of `name type value`; "@" is contoso.com, and Microsoft's records are always there.
"""

from __future__ import annotations

from typing import Any

import pytest
from flattened import flatten

from rules.facts import Profile, Unknown
from rules.results import Target
from scanner.dns.answer import Answer, Question, Status
from scanner.probes import spf

DOMAIN = "contoso.com"
TARGET = Target(domain=DOMAIN)
FACTS = frozenset(f"spf.{name}" for name in spf._REACH)
M365 = "include:spf.protection.outlook.com"
MICROSOFT = """
spf.protection.outlook.com TXT v=spf1 ip4:40.92.0.0/15 ip4:52.100.0.0/15 ip6:2a01:111:f400::/48 -all
spf.protection.office365.us TXT v=spf1 ip4:52.103.0.0/17 -all
spf.protection.partner.outlook.cn TXT v=spf1 ip4:139.219.0.0/16 -all
"""


def zone(text: str) -> dict[tuple[str, str], list[str]]:
    sets: dict[tuple[str, str], list[str]] = {}
    for line in (text + MICROSOFT).strip().splitlines():
        if not line.strip():
            continue
        name, kind, value = line.strip().split(" ", 2)
        sets.setdefault((DOMAIN if name == "@" else name, kind), []).append(value)
    return sets


def answer(sets: dict[tuple[str, str], list[str]], faults: dict[tuple[str, str], Status], question: Question) -> Answer:
    key = (question.name, question.type)
    if key in faults:
        return Answer(question, faults[key], server="192.0.2.53")
    if key in sets:
        return Answer(question, Status.NOERROR, tuple(sorted(sets[key])))
    exists = any(name == question.name for name, _ in sets)
    return Answer(question, Status.NODATA if exists else Status.NXDOMAIN)


def walked(
    text: str,
    wanted: frozenset[str] = FACTS,
    faults: dict[tuple[str, str], Status] | None = None,
) -> tuple[spf.SpfObservation, list[list[Question]]]:
    """The observation, and the questions round by round."""
    sets = zone(text)
    rounds: list[list[Question]] = []
    collecting = spf.PROBE.collect(TARGET, wanted)
    questions = next(collecting)
    while True:
        rounds.append(list(questions))
        try:
            questions = collecting.send([answer(sets, faults or {}, question) for question in questions])
        except StopIteration as end:
            return end.value, rounds


ONBOARDING = Profile(name="onboarding", sends_from_m365=True, spf_all=("fail", "softfail"))
NO_MAIL = Profile(name="parked", inbound="none", sends_from_m365=False, spf_all=("fail",))
PARKED = Profile(name="parked", sends_from_m365=False, spf_all=("fail",))


def facts(
    text: str,
    wanted: frozenset[str] = FACTS,
    faults: dict[tuple[str, str], Status] | None = None,
    profile: Profile = ONBOARDING,
    clouds: frozenset[str | None] = frozenset({"worldwide"}),
) -> dict[str, Any]:
    observation, _ = walked(text, wanted, faults)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spf, "possible_clouds", lambda observations: clouds)
        folded = spf.PROBE.fold(TARGET, {"spf": observation}, profile)
    return {name.removeprefix("spf."): value for name, value in flatten("spf", folded.facts)}


def codes(found: dict[str, Any]) -> set[str]:
    return {item.code if not isinstance(item, Unknown) else "unknown" for item in found["problems"]}


A_MANY = "\n".join(f"x{n}.example TXT v=spf1 ip4:192.0.2.{n} -all" for n in range(12))
INCLUDES = " ".join(f"include:x{n}.example" for n in range(10))

STATUS: list[tuple[str, str, int, int, set[str]]] = [
    ("@ MX 0 .", "none", 0, 0, set()),
    ("@ TXT MS=ms12345678", "none", 0, 0, set()),
    ("@ TXT v=spf1", "valid", 0, 0, {"no_all"}),
    ("@ TXT v=spf1 -all", "valid", 0, 0, set()),
    ("@ TXT V=SPF1 -all", "valid", 0, 0, {"uppercase_version"}),
    (f"@ TXT v=spf1 {M365} -all", "valid", 1, 0, set()),
    ("@ TXT v=spf1 ip4:192.0.2.1 +all", "valid", 0, 0, {"pass_all"}),
    ("@ TXT v=spf1 -all\n@ TXT v=spf1 mx -all", "permerror", 0, 0, {"multiple_records"}),
    ("@ TXT v=spf1 -all\n@ TXT V=SPF1 ~all", "permerror", 0, 0, {"multiple_records", "uppercase_version"}),
    ("@ TXT v=spf1 -all\n@ TXT spf2.0/pra -all", "valid", 0, 0, set()),
    ("@ TXT spf2.0/pra -all", "none", 0, 0, {"sender_id"}),
    ("@ TXT v=spf1;mx", "none", 0, 0, {"separator"}),
    ("@ TXT v=spf1include:a.example\na.example TXT v=spf1 -all", "none", 0, 0, {"version_without_space"}),
    # syntax errors anywhere
    ("@ TXT v=spf1 moo -all", "permerror", 0, 0, {"unknown_mechanism"}),
    ("@ TXT v=spf1 -all moo", "permerror", 0, 0, {"text_after_all"}),
    ("@ TXT v=spf1 ipv4:192.0.2.1 -all", "permerror", 0, 0, {"ip_mechanism_name"}),
    (f"@ TXT v=spf1 include: {M365[8:]} -all", "permerror", 0, 0, {"space_in_term"}),
    ("@ TXT v=spf1 redirect=v=spf1", "permerror", 0, 0, {"bad_domain", "no_all"}),
    ("@ TXT v=spf1 mx \u2013all", "permerror", 1, 1, {"dash_lookalike", "void_lookup"}),
    # a, mx, exists, ptr
    ("@ TXT v=spf1 a -all\n@ A 192.0.2.1", "valid", 1, 0, set()),
    ("@ TXT v=spf1 a -all\n@ AAAA 2001:db8::1", "valid", 1, 0, set()),
    ("@ TXT v=spf1 a -all", "valid", 1, 1, {"void_lookup"}),
    ("@ TXT v=spf1 a:x.example a:y.example -all", "valid", 2, 2, {"void_lookup"}),
    ("@ TXT v=spf1 a:x.example a:y.example mx:z.example -all", "permerror", 3, 3, {"void_lookup", "void_limit"}),
    ("@ TXT v=spf1 mx -all\n@ MX 10 mail.contoso.com.\nmail.contoso.com A 192.0.2.1", "valid", 1, 0, set()),
    ("@ TXT v=spf1 mx -all\n@ MX 10 mail.contoso.com.", "valid", 1, 0, set()),
    ("@ TXT v=spf1 mx -all\n@ MX 0 .", "valid", 1, 0, set()),
    ("@ TXT v=spf1 mx -all", "valid", 1, 1, {"void_lookup"}),
    ("@ TXT v=spf1 mx -all\n" + "\n".join(f"@ MX {n} m{n}.example." for n in range(10)), "valid", 1, 0, set()),
    ("@ TXT v=spf1 mx -all\n" + "\n".join(f"@ MX {n} m{n}.example." for n in range(11)), "permerror", 1, 0, {"mx_too_many_hosts"}),
    ("@ TXT v=spf1 exists:x.example -all", "valid", 1, 1, {"void_lookup"}),
    ("@ TXT v=spf1 exists:x.example -all\nx.example A 127.0.0.2", "valid", 1, 0, set()),
    ("@ TXT v=spf1 exists:%{ir}.x.example -all", "valid", 1, 0, {"sender_dependent"}),
    ("@ TXT v=spf1 ptr ptr:x.example -all", "valid", 2, 0, {"ptr"}),
    ("@ TXT v=spf1 a:mail..example -all", "valid", 1, 0, {"malformed_name"}),
    ("@ TXT v=spf1 a:%{d}.%{o} -all\ncontoso.com.contoso.com A 192.0.2.1", "valid", 1, 0, set()),
    ("@ TXT v=spf1 a:%{d2}.example -all\ncontoso.com.example A 192.0.2.1", "valid", 1, 0, set()),
    # include
    ("@ TXT v=spf1 include:x.example -all\nx.example TXT v=spf1 ip4:192.0.2.1 -all", "valid", 1, 0, set()),
    ("@ TXT v=spf1 include:x.example -all\nx.example TXT v=spf1 a mx -all\nx.example A 192.0.2.1\nx.example MX 0 .", "valid", 3, 0, set()),
    ("@ TXT v=spf1 include:x.example -all", "permerror", 1, 1, {"include_not_found"}),
    ("@ TXT v=spf1 include:x.example -all\nx.example A 192.0.2.1", "permerror", 1, 1, {"include_without_record"}),
    ("@ TXT v=spf1 include:x.example -all\nx.example TXT hello", "permerror", 1, 0, {"include_without_record"}),
    ("@ TXT v=spf1 ?include:x.example -all", "permerror", 1, 1, {"include_not_found"}),
    ("@ TXT v=spf1 include:x.example -all\nx.example TXT v=spf1 moo", "permerror", 1, 0, {"include_not_valid"}),
    ("@ TXT v=spf1 include:x.example -all\nx.example TXT v=spf1 -all\nx.example TXT v=spf1 ~all", "permerror", 1, 0, {"include_not_valid"}),
    ("@ TXT v=spf1 include:x..example -all", "permerror", 1, 0, {"malformed_name"}),
    ("@ TXT v=spf1 -all include:x.example", "valid", 0, 0, {"text_after_all"}),
    ("@ TXT v=spf1 include:x.example -all\nx.example TXT v=spf1 -all include:gone.example", "valid", 1, 0, set()),
    ("@ TXT v=spf1 include:x.example -all\nx.example TXT v=spf1 +all", "valid", 1, 0, {"include_allows_all"}),
    ("@ TXT v=spf1 include:%{i}.x.example -all", "valid", 1, 0, {"sender_dependent"}),
    ("@ TXT v=spf1 include:x.example include:X.example. -all\nx.example TXT v=spf1 a -all\nx.example A 192.0.2.1", "valid", 4, 0, {"repeated_term", "trailing_dot"}),
    ("@ TXT v=spf1 include:spf.messaging.microsoft.com -all\nspf.messaging.microsoft.com TXT v=spf1 -all", "valid", 1, 0, {"obsolete_microsoft_include"}),
    ("@ TXT v=spf1 ip4:40.92.0.0/15 ip4:192.0.2.1 -all", "valid", 0, 0, {"flattened_m365"}),
    # redirect
    ("@ TXT v=spf1 redirect=x.example\nx.example TXT v=spf1 mx -all\nx.example MX 0 .", "valid", 2, 0, set()),
    ("@ TXT v=spf1 redirect=x.example", "permerror", 1, 1, {"redirect_without_record"}),
    ("@ TXT v=spf1 redirect=x.example -all", "valid", 0, 0, {"redirect_ignored"}),
    ("@ TXT v=spf1 redirect=%{d}.x.example\ncontoso.com.x.example TXT v=spf1 -all", "valid", 1, 0, set()),
    ("@ TXT v=spf1 redirect=%{l}.x.example", "valid", 1, 0, {"sender_dependent"}),
    ("@ TXT v=spf1 include:x.example -all\nx.example TXT v=spf1 redirect=y.example\ny.example TXT v=spf1 redirect=gone.example", "permerror", 3, 1, {"redirect_without_record"}),
    # loops
    ("@ TXT v=spf1 include:contoso.com -all", "permerror", 11, 0, {"self_include", "over_limit"}),
    ("@ TXT v=spf1 redirect=contoso.com", "permerror", 11, 0, {"self_include", "over_limit"}),
    ("@ TXT v=spf1 include:x.example -all\nx.example TXT v=spf1 include:contoso.com -all", "permerror", 11, 0, {"loop", "over_limit"}),
    ("@ TXT v=spf1 include:x.example -all\nx.example TXT v=spf1 -all include:contoso.com", "valid", 1, 0, set()),
    # limits
    (f"@ TXT v=spf1 {INCLUDES} -all\n{A_MANY}", "valid", 10, 0, set()),
    (f"@ TXT v=spf1 {INCLUDES} include:x10.example -all\n{A_MANY}", "permerror", 11, 0, {"over_limit"}),
    (f"@ TXT v=spf1 {INCLUDES} a -all\n{A_MANY}\n@ A 192.0.2.1", "permerror", 11, 0, {"over_limit"}),
    (f"@ TXT v=spf1 {INCLUDES} ip4:192.0.2.1 ip6:2001:db8::1 -all exp=e.example\n{A_MANY}", "valid", 10, 0, set()),
    (f"@ TXT v=spf1 {INCLUDES} -all a mx ptr\n{A_MANY}", "valid", 10, 0, {"text_after_all"}),
    (f"@ TXT v=spf1 {INCLUDES} include:big.example -all\n{A_MANY}\nbig.example TXT v=spf1 {INCLUDES} -all", "permerror", 21, 0, {"over_limit"}),
    ("@ TXT v=spf1 exp=gone.example -all", "valid", 0, 0, set()),
]  # fmt: skip

"""World, status, lookups, void lookups, codes of problems."""

SUGGESTED: list[tuple[str, Profile, str | None]] = [
    ("@ TXT hello", ONBOARDING, f"v=spf1 {M365} -all"),
    ("@ TXT hello", PARKED, "v=spf1 -all"),
    ("@ TXT hello", Profile(sends_from_m365=True, spf_all=("softfail",)), f"v=spf1 {M365} ~all"),
    (f"@ TXT v=spf1  {M365} ~all", ONBOARDING, f"v=spf1  {M365} ~all"),
    (f"@ TXT V=SPF1 {M365} -all", ONBOARDING, f"V=SPF1 {M365} -all"),
    ("@ TXT v=spf1 mx -all\n@ MX 0 .", ONBOARDING, f"v=spf1 mx {M365} -all"),
    ("@ TXT v=spf1 mx\n@ MX 0 .", ONBOARDING, f"v=spf1 mx {M365} ~all"),
    (f"@ TXT v=spf1 ?{M365} -all", ONBOARDING, f"v=spf1 {M365} -all"),
    (f"@ TXT v=spf1 -all {M365}", ONBOARDING, f"v=spf1 {M365} -all"),
    (f"@ TXT v=spf1 {M365} ?all", ONBOARDING, f"v=spf1 {M365} ~all"),
    (f"@ TXT v=spf1 {M365} +all", ONBOARDING, f"v=spf1 {M365} ~all"),
    (f"@ TXT v=spf1 {M365} ~all", PARKED, f"v=spf1 {M365} -all"),
    (f"@ TXT v=spf1 {M365}", ONBOARDING, f"v=spf1 {M365} ~all"),
    (f"@ TXT v=spf1 {M365} exp=e.example", ONBOARDING, f"v=spf1 {M365} ~all exp=e.example"),
    (f"@ TXT v=spf1 {M365} ptr -all", ONBOARDING, f"v=spf1 {M365} ptr -all"),
    (f"@ TXT v=spf1 {M365} {M365} a A -all\n@ A 192.0.2.1", ONBOARDING, f"v=spf1 {M365} a -all"),
    (f"@ TXT v=spf1 {M365} include:gone.example -all", ONBOARDING, f"v=spf1 {M365} -all"),
    (f"@ TXT v=spf1 {M365}\u00a0-all", ONBOARDING, f"v=spf1 {M365} -all"),
    (f"@ TXT v=spf1\u00a0{M365} -all", ONBOARDING, f"v=spf1 {M365} -all"),
    (f"@ TXT v=spf1 moo {M365} -all", ONBOARDING, None),
    ("@ TXT v=spf1 ip4:mail.example -all", ONBOARDING, None),
    ("@ TXT spf2.0/pra mx -all", ONBOARDING, None),
    (f"@ TXT v=spf1 a -all\n@ TXT v=spf1 {M365} ~all", ONBOARDING, f"v=spf1 a {M365} ~all"),
    (f"@ TXT v=spf1 {M365} moo\n@ TXT v=spf1 -all", ONBOARDING, None),
    ("@ TXT v=spf1 redirect=x.example\nx.example TXT v=spf1 mx -all\nx.example MX 0 .", ONBOARDING, f"v=spf1 {M365} redirect=x.example"),
    ("@ TXT v=spf1 redirect=x.example\nx.example TXT v=spf1 mx ?all\nx.example MX 0 .", ONBOARDING, f"v=spf1 {M365} include:x.example ~all"),
    (f"@ TXT v=spf1 redirect=x.example\nx.example TXT v=spf1 {M365} -all", ONBOARDING, "v=spf1 redirect=x.example"),
    ("@ TXT v=spf1 redirect=gone.example", ONBOARDING, f"v=spf1 {M365} ~all"),
    (f"@ TXT v=spf1 a -all v=spf1 {M365} -all", ONBOARDING, f"v=spf1 a {M365} -all"),
    (f"@ TXT v=spf1 include: gone.example {M365} -all", ONBOARDING, f"v=spf1 {M365} -all"),
    (f"@ TXT v=spf1 redirect:x.example\nx.example TXT v=spf1 {M365} -all", ONBOARDING, "v=spf1 redirect=x.example"),
    (f"@ TXT v=spf1include:x.example -all\nx.example TXT v=spf1 {M365} -all", ONBOARDING, "v=spf1 include:x.example -all"),
    (f"@ TXT v=spf1 include:x.example -all\n@ TXT v=spf1 include:gone.example ~all\nx.example TXT v=spf1 {M365} -all", ONBOARDING,
        "v=spf1 include:x.example ~all"),
    (f"@ TXT v=spf1 include: x.example {M365} -all\nx.example TXT v=spf1 {INCLUDES} -all\n{A_MANY}", ONBOARDING, None),
    (f"@ TXT v=spf1 mx include:contoso.com {M365} -all\n@ MX 0 .", ONBOARDING, f"v=spf1 mx {M365} -all"),
    (f"@ TXT v=spf1 mx {M365} redirect=CONTOSO.com.\n@ MX 0 .", ONBOARDING, f"v=spf1 mx {M365} ~all"),
    (f"@ TXT v=spf1 {INCLUDES} -all\n{A_MANY}", ONBOARDING, None),
    (f"@ TXT v=spf1 include:x.example {M365} -all\nx.example TXT v=spf1 foo -all", ONBOARDING, f"v=spf1 {M365} -all"),
    (f"@ TXT v=spf1 include:x.example {M365} -all\nx.example TXT v=spf1 -all\nx.example TXT v=spf1 ~all", ONBOARDING, f"v=spf1 {M365} -all"),
    (f"@ TXT v=spf1 include:x.example {M365} -all\nx.example TXT v=spf1 include:x.example -all", ONBOARDING, f"v=spf1 {M365} -all"),
    (f"@ TXT v=spf1 include:x.example {M365} -all\nx.example TXT v=spf1 include:contoso.com -all", ONBOARDING, f"v=spf1 {M365} -all"),
    (f"@ TXT v=spf1 include:x.example {M365} -all\nx.example TXT v=spf1 include:y..example -all", ONBOARDING, f"v=spf1 {M365} -all"),
    # What a service includes is for the service to mend.
    (f"@ TXT v=spf1 include:x.example {M365} -all\nx.example TXT v=spf1 include:y.example -all", ONBOARDING, f"v=spf1 include:x.example {M365} -all"),
    (f"@ TXT v=spf1 include:x..example a:y..example {M365} -all", ONBOARDING, f"v=spf1 {M365} -all"),
    # A service's record that is read only behind its all does no harm.
    (f"@ TXT v=spf1 include:x.example {M365} -all\nx.example TXT v=spf1 -all include:y.example", ONBOARDING, f"v=spf1 include:x.example {M365} -all"),
    (f"@ TXT v=spf1 include: x.example {M365} ~all", NO_MAIL, "v=spf1 -all"),
    ("@ TXT v=spf1 +all\n@ TXT v=spf1 mx -all", NO_MAIL, "v=spf1 -all"),
    ("@ TXT v=spf1  -ALL", NO_MAIL, "v=spf1  -ALL"),
    (f"@ TXT v=spf1 {INCLUDES} ~all\n{A_MANY}", PARKED, f"v=spf1 {INCLUDES} -all"),
    (f"@ TXT v=spf1 {INCLUDES} a {M365} a ~all\n{A_MANY}", ONBOARDING, f"v=spf1 {INCLUDES} a {M365} ~all"),
]  # fmt: skip
"""World, profile, the record to publish."""
