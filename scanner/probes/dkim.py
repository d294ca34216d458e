"""What this checks: the domain's DKIM selectors (RFC 6376 section 3.6; Microsoft Learn, "Set up DKIM").

Asked: TXT at `selector1._domainkey` and `selector2._domainkey`, whose CNAME comes with the answer; where the TXT fails and shows no
CNAME, the CNAME by itself; further selectors that the target's list names; and a name that nobody publishes, which a wildcard
answers. A selector2 whose CNAME leads to no key is dormant until the keys are rotated, and no fault.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from rules.facts import NOT_ASKED, Dkim, DkimSelector, Host, NamedDkimSelector, Profile, Unknown, catalogue
from rules.results import Target
from scanner.dns.answer import Answer, Question, Status
from scanner.microsoft365 import classify_dkim_target
from scanner.probes.kleene import Truth, any_of
from scanner.probes.probe import Ask, Collected, Observations, Probe, Rounds
from scanner.records.dkim import KeyStatus, KeyType, is_key_record, read_key
from scanner.records.dkim_target import (
    MICROSOFT_SELECTORS,
    TargetReading,
    other_selector,
    read_target,
)

__all__ = ["PROBE", "DkimObservation", "SelectorAnswers", "clouds", "live_key", "microsoft_targets", "wildcard_name"]

MOST_SELECTORS: Final = 20
"""Further selectors of one target that are asked for; lists are read as they come, so there must be an end."""

_SELECTOR_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")


class SelectorAnswers(msgspec.Struct, frozen=True, gc=False):
    """What was answered for one selector. `alias` is the CNAME's own answer, asked only where the TXT's failed without one.

    `cname` is the CNAME target at the selector's name; what was seen stands whatever the chain's end says.
    """

    name: str
    txt: Answer
    alias: Answer | None
    cname: Host | Unknown | None

    @property
    def questions(self) -> tuple[Question, ...]:
        return (self.txt.question,) if self.alias is None else (self.txt.question, self.alias.question)


def _answered(name: str, txt: Answer, alias: Answer | None = None) -> SelectorAnswers:
    return SelectorAnswers(name, txt, alias, _cname(txt, alias))


def _cname(txt: Answer, alias: Answer | None) -> Host | Unknown | None:
    if txt.chain:
        return _host(txt.chain[0].target)
    if txt.known:
        return None
    if alias is None or not alias.known:
        return (alias or txt).unknown()
    if alias.chain:
        return _host(alias.chain[0].target)
    return _host(alias.values[0]) if alias.values else None


class DkimObservation(msgspec.Struct, frozen=True, gc=False):
    """Answers by selector in the order asked, those of the list that were not asked with the reason, and the wildcard test's."""

    selectors: Mapping[str, SelectorAnswers]
    skipped: Mapping[str, Unknown]
    listed: bool
    wildcard: Answer | None
    wildcard_wanted: bool = True


def wildcard_name(domain: str) -> str:
    """A name that nobody publishes, derived from the domain so that a recording holds it."""
    return f"mailready-{hashlib.sha256(domain.encode()).hexdigest()[:12]}._domainkey.{domain}"


def _host(name: str) -> Host:
    return Host(name.lower().removesuffix("."))


def _further(selectors: Iterable[str]) -> tuple[list[str], dict[str, Unknown]]:
    """The list's selectors that can be asked for, and why the others cannot."""
    wanted: list[str] = []
    skipped: dict[str, Unknown] = {}
    for given in selectors:
        name = given.strip().lower().removesuffix(".")
        if name in MICROSOFT_SELECTORS or name in wanted or not name or len(skipped) >= MOST_SELECTORS:
            continue
        if len(name) > 200 or not all(_SELECTOR_LABEL.fullmatch(label) for label in name.split(".")):
            skipped[name[:63]] = Unknown("not asked: this is not a selector")
        elif len(wanted) == MOST_SELECTORS:
            skipped[name] = Unknown(f"not asked: the list names more than {MOST_SELECTORS} selectors")
        else:
            wanted.append(name)
    return wanted, skipped


class _Demand(msgspec.Struct, frozen=True, gc=False):
    """What the wanted facts need: which of Microsoft's two selectors, those of the list, and the test for a wildcard."""

    names: tuple[str, ...]
    listed: bool
    test: bool
    wildcard: bool


@functools.lru_cache(maxsize=256)
def _demand(wanted: frozenset[str]) -> _Demand:
    both = bool(wanted & _NEED_BOTH)
    return _Demand(
        names=tuple(
            name for name in MICROSOFT_SELECTORS if both or any(fact.startswith(f"dkim.{name}.") for fact in wanted)
        ),
        listed="dkim.selectors" in wanted,
        test=bool(wanted & _NEED_WILDCARD),
        wildcard="dkim.wildcard" in wanted,
    )


def _collect(target: Target, wanted: frozenset[str]) -> Rounds[DkimObservation]:
    demand = _demand(wanted)
    further, skipped = _further(target.selectors) if demand.listed and target.selectors else ([], {})
    names = (*demand.names, *further)
    zone = f"_domainkey.{target.domain}"
    questions = [Question(f"{name}.{zone}", "TXT") for name in names]
    if demand.test:
        questions.append(Question(wildcard_name(target.domain), "TXT"))
    answers: Sequence[Answer] = ()
    if questions:
        answers = yield questions
    # The wildcard's answer, if it was asked for, is the one behind those of the names.
    selectors = {name: _answered(name, answer) for name, answer in zip(names, answers, strict=False)}
    failed = [name for name, seen in selectors.items() if isinstance(seen.cname, Unknown)]
    if failed:
        aliases = yield [Question(f"{name}.{zone}", "CNAME") for name in failed]
        for name, alias in zip(failed, aliases, strict=True):
            selectors[name] = _answered(name, selectors[name].txt, alias)
    return DkimObservation(
        selectors=selectors,
        skipped=skipped,
        listed=demand.listed,
        wildcard=answers[-1] if demand.test else None,
        wildcard_wanted=demand.wildcard,
    )


class _Key(msgspec.Struct, frozen=True, gc=False):
    """The key part of a selector's facts."""

    status: KeyStatus | Literal["none"]
    key_type: KeyType | None = None
    bits: int | None = None
    problem: str | None = None
    target_text: TargetReading | None = None


_NO_KEY: Final = _Key("none")


def _read_txt(answer: Answer, selector: str, target: Target) -> _Key | Unknown:
    """The key at the chain's end, or what stands there in its place."""
    if not answer.known:
        return answer.unknown()
    if not answer.values:
        return _NO_KEY
    texts: list[str] = []
    misplaced: TargetReading | None = None
    for text in answer.values:
        reading = _as_target(text, selector, target)
        if reading is not None:
            misplaced = misplaced or reading
        elif is_key_record(text):
            texts.append(text)
    if misplaced is not None and not answer.chain:
        return _Key("none" if not texts else "invalid", problem="target_as_txt", target_text=misplaced)
    if not texts:
        return _NO_KEY
    if len(texts) > 1:
        # RFC 6376 section 3.6.2.2: with more than one record at a selector the results are undefined.
        return _Key("invalid", problem="several_keys")
    key = read_key(texts[0])
    problem = None if key.reason is None else "weak_key" if key.reason == "weak_key" else "bad_key"
    return _Key(key.status, key.key_type, key.bits, problem)


def _as_target(text: str, selector: str, target: Target) -> TargetReading | None:
    """The CNAME target that was put into a TXT record, if the text is one."""
    if "=" in text or "." not in text or selector not in MICROSOFT_SELECTORS:
        return None
    reading = read_target(text.strip(), selector, target.domain, target.tenant)
    return reading if reading.target is not None or reading.problem in ("bad_target", "retired_target") else None


def _selector(seen: SelectorAnswers, target: Target) -> tuple[NamedDkimSelector, Host | None]:
    """The facts of one selector without `suggested`, and the mended form of a damaged target."""
    cname, key = seen.cname, _read_txt(seen.txt, seen.name, target)
    format_: Any = "none"
    matches: bool | Unknown = False
    tenant: str | Unknown | None = None
    problem = key if isinstance(key, Unknown) else key.problem
    mended: Host | None = None
    if isinstance(cname, Unknown):
        format_ = matches = tenant = problem = cname
    elif cname is not None:
        # The CNAME's own target decides, not what stands further on: Microsoft looks for its name there.
        reading = read_target(cname, seen.name, target.domain, target.tenant)
        format_, matches, mended = reading.format, reading.matches, reading.mended
        tenant = reading.target.tenant if reading.target else None
        problem = reading.problem or problem
    elif not isinstance(key, Unknown):
        mended = _mended(key.target_text)
        if problem is None and key.status != "none" and seen.name in MICROSOFT_SELECTORS:
            problem = "txt_instead_of_cname"
    facts = NamedDkimSelector(
        name=seen.name,
        cname=cname,
        target_format=format_,
        target_matches=matches,
        tenant=tenant,
        key_status=key if isinstance(key, Unknown) else key.status,
        key_type=key if isinstance(key, Unknown) else key.key_type,
        bits=key if isinstance(key, Unknown) else key.bits,
        problem=problem,
    )
    return facts, mended


def _mended(reading: TargetReading | None) -> Host | None:
    if reading is None:
        return None
    return reading.target.host if reading.matches and reading.target else reading.mended


def _suggested(
    name: str, own: tuple[NamedDkimSelector, Host | None], sibling: NamedDkimSelector, target: Target
) -> Host | Unknown | None:
    """What to publish at a selector whose target does not match: that mended, or the sibling's with the number changed."""
    facts, mended = own
    if isinstance(facts.target_matches, Unknown):
        return facts.target_matches
    if mended is not None:
        return mended
    if isinstance(facts.problem, Unknown):
        # An unread TXT may hold the target that belongs into the CNAME.
        return facts.problem
    if isinstance(sibling.cname, Unknown):
        return sibling.cname
    if sibling.target_matches is not True or not isinstance(sibling.cname, str):
        return None
    return read_target(sibling.cname, name, target.domain, target.tenant).mended


def _fold(target: Target, observations: Observations, profile: Profile) -> Collected:
    observed: DkimObservation = observations["dkim"]
    selectors, wildcard = observed.selectors, observed.wildcard
    read = {name: _selector(seen, target) for name, seen in selectors.items()}
    fields: dict[str, Any] = {}
    own = [name for name in MICROSOFT_SELECTORS if name in read]
    both = len(own) == len(MICROSOFT_SELECTORS)
    questions = {name: seen.questions for name, seen in selectors.items()}
    pair: tuple[Question, ...] = ()
    for name in own:
        pair += questions[name]
    asked: dict[tuple[str, ...], tuple[Question, ...]] = {(): pair}
    if wildcard is not None:
        asked[_SUPERSEDED] = (*pair, wildcard.question)
    for name in own:
        facts, _ = read[name]
        suggested: Any = NOT_ASKED
        superseded: Any = NOT_ASKED
        if both and facts.target_matches is True:
            suggested, superseded = None, ()
        elif both:
            suggested = _suggested(name, read[name], read[other_selector(name)][0], target)
            superseded = _superseded(selectors[name], suggested, wildcard)
        fields[name] = DkimSelector(
            cname=facts.cname,
            target_format=facts.target_format,
            target_matches=facts.target_matches,
            tenant=facts.tenant,
            key_status=facts.key_status,
            key_type=facts.key_type,
            bits=facts.bits,
            problem=facts.problem,
            suggested=suggested,
            superseded=superseded,
        )
        asked[_DOTTED[name]] = questions[name]
    if both:
        first, second = read[own[0]][0], read[own[1]][0]
        fields["tenant"] = _agreed(first.tenant, second.tenant)
        fields["same_target"] = _same(first.cname, second.cname)
    if observed.listed:
        unasked = [
            NamedDkimSelector(name=name, **dict.fromkeys(_SELECTOR_FIELDS, why))
            for name, why in observed.skipped.items()
        ]
        fields["selectors"] = (*[facts for facts, _ in read.values()], *unasked)
        asked[("dkim.selectors",)] = tuple(itertools.chain.from_iterable(questions.values()))
    if wildcard is not None and observed.wildcard_wanted:
        fields["wildcard"] = _answers_anything(wildcard)
        asked[("dkim.wildcard",)] = (wildcard.question,)
    return Collected(Dkim(**fields), asked)


def _superseded(
    seen: SelectorAnswers, suggested: Host | Unknown | None, wildcard: Answer | None
) -> tuple[str, ...] | Unknown:
    """The TXT records in the place of the suggested CNAME, which no other record may stand beside (RFC 1034 section 3.6.2)."""
    if suggested is None:
        return ()
    if isinstance(suggested, Unknown):
        return suggested
    if isinstance(seen.cname, str):
        return ()
    if not seen.txt.known:
        return seen.txt.unknown()
    if not seen.txt.values or wildcard is None:
        return ()
    if not wildcard.known:
        return wildcard.unknown()
    return () if wildcard.values == seen.txt.values else seen.txt.values


def _agreed(first: object, second: object) -> object:
    """The tenant that both targets name, or the only one that is named."""
    if isinstance(first, Unknown):
        return first
    if isinstance(second, Unknown):
        return second
    return first or second if first is None or second is None or first == second else None


def _same(first: object, second: object) -> Truth:
    if first is None or second is None:
        return False
    if isinstance(first, Unknown):
        return first
    return second if isinstance(second, Unknown) else first == second


def _answers_anything(answer: Answer) -> Truth:
    if answer.chain or answer.status is Status.NOERROR:
        return True
    return False if answer.known else answer.unknown()


def live_key(observed: DkimObservation, target: Target) -> Truth:
    """Receivers can verify mail with the key of some selector that was looked at."""
    truths: list[Truth] = []
    for seen in observed.selectors.values():
        key = _read_txt(seen.txt, seen.name, target)
        truths.append(key if isinstance(key, Unknown) else key.status in ("live", "testing"))
    return any_of(truths)


def microsoft_targets(observed: DkimObservation | None, domain: str) -> Mapping[str, TargetReading | Unknown | None]:
    """For each of Microsoft's selectors its target read (None without a CNAME), whatever the tenant."""
    found: dict[str, TargetReading | Unknown | None] = {}
    for name in MICROSOFT_SELECTORS:
        seen = observed.selectors.get(name) if observed else None
        if seen is None:
            found[name] = Unknown(f"{name}._domainkey was not asked")
            continue
        cname = seen.cname
        found[name] = read_target(cname, name, domain) if isinstance(cname, str) else cname
    return found


def clouds(observed: DkimObservation | None) -> tuple[str | Unknown | None, ...]:
    """The Microsoft cloud of each of the two selectors' targets; None where it is not Microsoft's."""
    found: list[str | Unknown | None] = []
    for name in MICROSOFT_SELECTORS:
        seen = observed.selectors.get(name) if observed else None
        cname = seen.cname if seen else Unknown(f"{name}._domainkey was not asked")
        target = classify_dkim_target(cname) if isinstance(cname, str) else None
        found.append(cname if isinstance(cname, Unknown) else target.cloud if target else None)
    return tuple(found)


_SELECTOR_FIELDS: Final = (
    "cname",
    "target_format",
    "target_matches",
    "tenant",
    "key_status",
    "key_type",
    "bits",
    "problem",
)
_DOTTED: Final = {name: tuple(f"dkim.{name}.{field}" for field in _SELECTOR_FIELDS) for name in MICROSOFT_SELECTORS}
_ALL: Final = frozenset(name for name in catalogue() if name.startswith("dkim."))
_SUPERSEDED: Final = tuple(f"dkim.{name}.superseded" for name in MICROSOFT_SELECTORS)
_NEED_WILDCARD: Final = frozenset({*_SUPERSEDED, "dkim.wildcard"})
_NEED_BOTH: Final = frozenset(
    {
        *_SUPERSEDED,
        "dkim.selectors",
        "dkim.tenant",
        "dkim.same_target",
        "dkim.selector1.suggested",
        "dkim.selector2.suggested",
    }
)


def _ask(name: str, type_: str, when: str = "") -> Ask:
    facts = frozenset(fact for fact in _ALL if fact.startswith(f"dkim.{name}.")) | _NEED_BOTH
    return Ask(type_, f"{name}._domainkey.{{domain}}", facts, when=when)


_IF_FAILED: Final = "where the TXT answer fails and shows no CNAME"

PROBE = Probe(
    subject="dkim",
    asks=(
        _ask("selector1", "TXT"),
        _ask("selector2", "TXT"),
        _ask("selector1", "CNAME", _IF_FAILED),
        _ask("selector2", "CNAME", _IF_FAILED),
        Ask(
            "TXT",
            "<each further selector>._domainkey.{domain}",
            frozenset({"dkim.selectors"}),
            when="where the list of domains names selectors",
        ),
        Ask("CNAME", "<each further selector>._domainkey.{domain}", frozenset({"dkim.selectors"}), when=_IF_FAILED),
        Ask("TXT", "mailready-<12 hex digits of the domain's SHA-256>._domainkey.{domain}", _NEED_WILDCARD),
    ),
    collect=_collect,
    fold=_fold,
)
