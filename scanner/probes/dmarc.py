"""The DMARC probe: what receivers are told to do with mail that fails (RFC 9989, RFC 9990 section 4).

Rounds: TXT at the domain's own _dmarc name; where nothing counts there, the names above it at once (the tree walk), with
the places where people publish the record by mistake; then the report destinations outside the organization. The names
above are asked in the first round if `domain.organizational` is wanted, since it needs the walk even where the domain has
a record of its own.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec
from msgspec.structs import replace

from rules.fact import documented
from rules.facts import NOT_ASKED, Dmarc, Host, NotAsked, Problem, Profile, Unknown
from rules.results import Target
from scanner.dns.answer import Answer, Question, Status
from scanner.probes.dmarc_reports import MOST_ASKED, Destination, destinations, unauthorised
from scanner.probes.dmarc_suggest import suggest
from scanner.probes.dmarc_walk import Found, WalkStep, answered, find, organizational, parents, question
from scanner.probes.probe import Ask, Collected, Observations, Probe, Rounds
from scanner.records.checkdmarc_adapter import base_domain
from scanner.records.dmarc import Policy, applied_policy, counts
from scanner.records.dmarc_mend import mend
from scanner.records.dmarc_near import NearMiss, near_miss
from scanner.records.dmarc_problems import problem

__all__ = ["PROBE", "DmarcObservation"]

ORGANIZATIONAL = "domain.organizational"
_FIELDS = frozenset(documented(Dmarc))
_OF_OWN_NAME = frozenset({"near_misses", "spf_records", "alias"})
_NEED_EXISTENCE = frozenset({"applied_policy", "suggested"})
_NEED_APEX = _NEED_EXISTENCE | {"problems"}
_LONGEST_NAME = 253


def _names(fields: Iterable[str]) -> frozenset[str]:
    return frozenset(f"dmarc.{field}" for field in fields)


_FROM_OWN_NAME = tuple(_names(_OF_OWN_NAME))
_FROM_EXISTENCE = tuple(_names(_NEED_EXISTENCE))
_FROM_DESTINATIONS = ("dmarc.unauthorised_destinations",)


class DmarcObservation(msgspec.Struct, frozen=True, gc=False):
    """What the probe saw.

    `wanted`: fields of `rules.facts.Dmarc` that were demanded. `steps`: the tree walk as far as it was asked, the domain
    itself first; empty where nothing of DMARC was demanded. `found`: the record that applies, told from them. `apex` and `mx`: TXT and MX of the domain itself, which tell
    whether it exists; `doubled`: TXT at the _dmarc name with the zone's name twice; each None where not asked.
    `destinations`: report destinations outside. `organizational`: the organizational domain (RFC 9989 section 4.10.2),
    NOT_ASKED unless `domain.organizational` was demanded; `organizational_asked`: the questions it was told from.
    """

    wanted: frozenset[str]
    steps: tuple[WalkStep, ...] = ()
    found: Found | Unknown | None = None
    apex: Answer | None = None
    mx: Answer | None = None
    doubled: Answer | None = None
    destinations: tuple[Destination, ...] = ()
    organizational: Host | Unknown | NotAsked = NOT_ASKED
    organizational_asked: tuple[Question, ...] = ()


def collect(target: Target, wanted: frozenset[str]) -> Rounds[DmarcObservation]:
    """Asks what the wanted facts need; see the module's text for the rounds."""
    fields = _fields(wanted)
    whole = ORGANIZATIONAL in wanted
    if not fields and not whole:
        return DmarcObservation(fields)
    domain = target.domain
    first = (domain, *parents(domain)) if whole else (domain,)
    questions = _asked(first)
    steps = answered(first, (yield questions) if questions else ())
    own, whole_walk = steps[0], steps
    beside: dict[str, Answer] = {}
    if own.record is None and own.answer.known and fields - _OF_OWN_NAME:
        rest = () if whole else parents(domain)
        extra = _extra_questions(own, fields)
        walk = _asked(rest)
        answers = yield (*walk, *extra.values())
        steps += answered(rest, answers[: len(walk)])
        beside = dict(zip(extra, answers[len(walk) :], strict=True))
    found = find(steps)
    outside: tuple[Destination, ...] = ()
    if isinstance(found, Found) and found.record.error is None and "unauthorised_destinations" in fields:
        outside = destinations(found)
    asked = [d for d in outside if d.question is not None][:MOST_ASKED]
    if asked:
        told = yield [cast(Question, d.question) for d in asked]
        by_host = {d.host: answer for d, answer in zip(asked, told, strict=True)}
        outside = tuple(replace(d, answer=by_host.get(d.host)) for d in outside)
    return DmarcObservation(
        wanted=fields,
        steps=steps,
        found=found,
        apex=beside.get("apex"),
        mx=beside.get("mx"),
        doubled=beside.get("doubled"),
        destinations=outside,
        organizational=organizational(whole_walk) if whole else NOT_ASKED,
        organizational_asked=questions if whole else (),
    )


@functools.lru_cache(maxsize=256)
def _fields(wanted: frozenset[str]) -> frozenset[str]:
    """The wanted facts of this subject, without its name."""
    return frozenset(name.removeprefix("dmarc.") for name in wanted if name.startswith("dmarc.")) & _FIELDS


def _asked(domains: Iterable[str]) -> tuple[Question, ...]:
    return tuple([asked for asked in map(question, domains) if asked is not None])


def _extra_questions(own: WalkStep, fields: frozenset[str]) -> dict[str, Question]:
    """By field of the observation: what is asked beside the walk where the domain has no record of its own."""
    extra = {}
    if fields & _NEED_APEX:
        extra["apex"] = Question(own.domain, "TXT")
    if fields & _NEED_EXISTENCE:
        extra["mx"] = Question(own.domain, "MX")
    if "problems" in fields and not own.counting and not _near(own):
        doubled = f"_dmarc.{own.domain}.{base_domain(own.domain)}"
        if len(doubled) <= _LONGEST_NAME:
            extra["doubled"] = Question(doubled, "TXT")
    return extra


def _near(step: WalkStep) -> tuple[NearMiss, ...]:
    if len(step.counting) == len(step.answer.values) or not step.answer.known:
        return ()
    return tuple([near for near in map(near_miss, step.answer.values) if near is not None])


def fold(target: Target, observations: Observations, profile: Profile) -> Collected:
    """The facts that were demanded; each is Unknown exactly where an answer that could change it is."""
    seen: DmarcObservation = observations["dmarc"]
    if not seen.wanted or not seen.steps:
        return Collected(Dmarc())
    own, found = seen.steps[0], seen.found
    facts = _own_facts(own)
    facts.update(_record_facts(seen, found))
    if _NEED_EXISTENCE & seen.wanted:
        facts["applied_policy"] = _applied(seen, found)
    if "suggested" in seen.wanted:
        facts["suggested"] = suggest(own, found, facts["applied_policy"], profile)
    if "problems" in seen.wanted:
        facts["problems"] = _problems(seen, found)
    return Collected(Dmarc(**{name: facts[name] for name in seen.wanted}), _provenance(seen, found))


def _own_facts(own: WalkStep) -> dict[str, Any]:
    chain, known = own.answer.chain, own.answer.known
    if not known:
        hidden = own.answer.unknown()
        return {"near_misses": hidden, "spf_records": hidden, "alias": Host(chain[0].target) if chain else hidden}
    others = len(own.counting) < len(own.answer.values)
    return {
        "near_misses": tuple([near.text for near in _near(own)]) if others else (),
        "spf_records": _spf_records(own) if others else (),
        "alias": Host(chain[0].target) if chain else None,
    }


def _spf_records(own: WalkStep) -> tuple[str, ...]:
    values = () if own.answer.chain else own.answer.values
    return tuple([value for value in values if _is_spf(value)])


def _is_spf(text: str) -> bool:
    return text[:6].lower() == "v=spf1"


def _record_facts(seen: DmarcObservation, found: Found | Unknown | None) -> dict[str, Any]:
    own = seen.steps[0]
    records: Any = own.counting
    if isinstance(found, Unknown):
        facts: dict[str, Any] = dict.fromkeys(_FIELDS - _OF_OWN_NAME, found)
        return {**facts, "records": records} if records else facts
    if found is None:
        error = _nothing_applies(seen)
        return {**_NO_RECORD, "status": "invalid" if error else "none", "records": records, "error": error}
    record = found.record
    return {
        "status": "invalid" if record.error else "valid",
        "record": record.text,
        "records": records or next(step.counting for step in seen.steps if step.domain == found.domain),
        "found_at": found.domain,
        "inherited": found.inherited,
        "error": record.error,
        "policy": record.policy,
        "subdomain_policy": record.subdomain_policy,
        "nonexistent_policy": record.nonexistent_policy,
        "testing": record.testing,
        "pct": record.pct,
        "fo": record.fo,
        "alignment_spf": record.alignment_spf,
        "alignment_dkim": record.alignment_dkim,
        "rua": tuple([uri.uri for uri in record.rua]),
        "ruf": tuple([uri.uri for uri in record.ruf]) if record.ruf else (),
        "unauthorised_destinations": unauthorised(seen.destinations) if seen.destinations else (),
        "obsolete_tags": record.historic,
    }


_NO_RECORD: Mapping[str, Any] = {
    **dict.fromkeys(_FIELDS - _OF_OWN_NAME),
    **dict.fromkeys(("inherited", "testing"), False),
    **dict.fromkeys(("rua", "ruf", "unauthorised_destinations", "obsolete_tags"), ()),
}
"""The facts of a domain to which no record applies, those aside that tell why."""


def _nothing_applies(seen: DmarcObservation) -> str | None:
    """Why something that is published has no effect; None where nothing was published that was meant as DMARC."""
    own = seen.steps[0]
    for step in seen.steps:
        if len(step.counting) > 1:
            return f"_dmarc.{step.domain} has {len(step.counting)} DMARC records, so receivers discard them all."
        if _near(step):
            return f"The TXT record at _dmarc.{step.domain} is not a DMARC record to receivers: {_near(step)[0].text[:200]}"
    if own.answer.chain and not own.answer.values:
        return f"_dmarc.{own.domain} is an alias of {own.answer.owner}, where there is no TXT record."
    return None


def _applied(seen: DmarcObservation, found: Found | Unknown | None) -> Policy | Unknown | None:
    if found is None or isinstance(found, Unknown):
        return found
    existing = applied_policy(found.record, inherited=found.inherited)
    if not found.inherited:
        return existing
    missing = applied_policy(found.record, inherited=True, exists=False)
    if existing == missing:
        return existing
    exists = _exists(seen)
    return exists if isinstance(exists, Unknown) else existing if exists else missing


def _exists(seen: DmarcObservation) -> bool | Unknown:
    """Whether the domain exists: NXDOMAIN for both TXT and MX says no, a proof of anything there says yes."""
    answers = [answer for answer in (seen.apex, seen.mx) if answer is not None]
    if any(answer.known and (answer.status is not Status.NXDOMAIN or answer.chain) for answer in answers):
        return True
    unknown = [answer for answer in answers if not answer.known]
    return unknown[0].unknown() if unknown else False


def _problems(seen: DmarcObservation, found: Found | Unknown | None) -> tuple[Problem | Unknown, ...] | Unknown:
    """Problems at the domain's own name; of the record that applies, or where none does of those further up; of the place."""
    own = seen.steps[0]
    if not own.answer.known:
        return own.answer.unknown()
    problems: list[Problem | Unknown] = list(_at(own))
    if isinstance(found, Unknown):
        problems.append(found)
    elif found and found.inherited:
        problems += mend(found.record.text).problems
    elif found is None:
        problems += [p for step in seen.steps[1:] for p in _at(step) if p.code not in ("spf_record", "unrelated_txt")]
    if own.record is None:
        if own.answer.chain and not own.answer.values:
            problems.append(problem("dangling_alias", f"_dmarc.{own.domain} -> {own.answer.owner}"))
        for code, answer in (("at_apex", seen.apex), ("doubled_zone", seen.doubled)):
            if answer is not None and not answer.known:
                problems.append(answer.unknown())
            elif answer is not None and any(map(counts, answer.values)):
                problems.append(problem(code, answer.question.name))
    return tuple(problems) if len(problems) < 2 else tuple(dict.fromkeys(problems))


def _at(step: WalkStep) -> list[Problem]:
    """Problems of the TXT records at one name."""
    problems: list[Problem] = []
    if not step.answer.values:
        return problems
    if len(step.counting) > 1:
        problems.append(problem("multiple_records", f"_dmarc.{step.domain}"))
    for value in step.answer.values if step.answer.known else ():
        if counts(value):
            problems += mend(value).problems
            continue
        near = near_miss(value)
        if near is not None:
            problems += [problem(code, value) for code in near.codes] + list(mend(near.mended).problems)
        else:
            problems.append(problem("spf_record" if _is_spf(value) else "unrelated_txt", value))
    return problems


def _provenance(seen: DmarcObservation, found: Found | Unknown | None) -> dict[tuple[str, ...], tuple[Question, ...]]:
    own = seen.steps[0]
    at_own = _asked((own.domain,))
    reports = tuple([d.question for d in seen.destinations if d.question and d.answer])
    if own.record is not None:  # it is asked for nowhere else, and nothing but its report hosts beside it
        return {(): at_own, _FROM_DESTINATIONS: at_own + reports}
    walk = _asked([step.domain for step in seen.steps]) if own.answer.known else at_own
    judged = walk
    if isinstance(found, Found) and found.inherited:
        judged += tuple([a.question for a in (seen.apex, seen.mx) if a])
    return {
        (): walk,
        _FROM_OWN_NAME: at_own,
        _FROM_EXISTENCE: judged,
        ("dmarc.problems",): walk + tuple([a.question for a in (seen.apex, seen.doubled) if a]),
        _FROM_DESTINATIONS: walk + reports,
    }


_WALK = f"if no record counts at the domain's own name, or {ORGANIZATIONAL} is wanted"

PROBE = Probe(
    subject="dmarc",
    asks=(
        Ask("TXT", "_dmarc.{domain}", _names(_FIELDS) | {ORGANIZATIONAL}),
        *(
            Ask("TXT", name, _names(_FIELDS - _OF_OWN_NAME) | {ORGANIZATIONAL}, shared=shared, when=_WALK)
            for name, shared in (("_dmarc.<each domain above>", False), ("_dmarc.<top-level domain>", True))
        ),
        Ask(
            "TXT",
            "{domain}",
            _names(_NEED_EXISTENCE | {"problems"}),
            when="if no record counts at the domain's own name",
        ),
        Ask("MX", "{domain}", _names(_NEED_EXISTENCE), when="if no record counts at the domain's own name"),
        Ask(
            "TXT",
            "_dmarc.{domain}.<registrable domain>",
            _names({"problems"}),
            when="if nothing like DMARC is at the domain's own name",
        ),
        Ask(
            "TXT",
            "<policy domain>._report._dmarc.<each report host outside the organization>",
            _names({"unauthorised_destinations"}),
            when=f"if the record names such hosts; at most {MOST_ASKED}",
        ),
    ),
    collect=collect,
    fold=fold,
)
