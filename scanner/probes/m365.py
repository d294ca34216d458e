"""What this checks: the Microsoft 365 tenant as DNS shows it.

Most of it is told by the MX hosts and the DKIM targets, whose forms differ by cloud and name the tenant. GCC High and DoD share
theirs; only autodiscover tells them apart, so it is asked where the form is theirs and nowhere else.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from rules.facts import M365, Host, Profile, Unknown
from rules.results import Target
from scanner.dns.answer import Answer, Question
from scanner.microsoft365 import autodiscover_cloud, classify_dkim_target, classify_mx
from scanner.probes import dkim, mx
from scanner.probes.probe import Ask, Collected, Observations, Probe, Rounds
from scanner.records.dkim_target import MICROSOFT_SELECTORS

__all__ = ["PROBE", "M365Observation", "cloud_shown", "possible_clouds", "verification_token"]

CLOUDS: Final = ("worldwide", "gcchigh", "china")
"""Clouds that MX and DKIM targets tell apart; gcchigh stands for DoD too."""

_NONE_SHOWN: Final = frozenset({None})

_VERIFICATION = re.compile(r"\s*(?:v=verifydomain\s+)?(MS=ms[0-9]{4,12}|MS=[0-9]{4,12})\s*", re.IGNORECASE)


class M365Observation(msgspec.Struct, frozen=True, gc=False):
    """The apex TXT (where verification is wanted), and autodiscover's CNAME (where the cloud is and the form is .us)."""

    txt: Answer | None = None
    cloud_wanted: bool = False
    autodiscover: Answer | None = None


def _collect(target: Target, wanted: frozenset[str]) -> Rounds[M365Observation]:
    domain = target.domain
    verification, cloud = "m365.verification" in wanted, "m365.cloud" in wanted
    questions: list[Question] = []
    if verification:
        questions.append(Question(domain, "TXT"))
    if cloud:
        questions.append(Question(domain, "MX"))
        questions += _selectors(domain)
    if not questions:
        return M365Observation()
    answers = yield questions
    autodiscover = None
    if cloud and any(map(_shows_gov, answers)):
        (autodiscover,) = yield [Question(f"autodiscover.{domain}", "CNAME")]
    return M365Observation(answers[0] if verification else None, cloud, autodiscover)


def _selectors(domain: str) -> tuple[Question, ...]:
    return tuple([Question(f"{selector}._domainkey.{domain}", "TXT") for selector in MICROSOFT_SELECTORS])


def _shows_gov(answer: Answer) -> bool:
    if answer.question.type == "MX":
        for value in answer.values:
            parts = value.split()
            form = classify_mx(parts[-1].lower().removesuffix(".")) if parts else None
            if form is not None and form.cloud == "gcchigh":
                return True
    elif answer.chain:
        target = classify_dkim_target(answer.chain[0].target)
        return target is not None and target.cloud == "gcchigh"
    return False


def possible_clouds(observations: Observations) -> frozenset[str | None]:
    """Every cloud that MX and DKIM may show, given what could not be read; None: they show none, or disagree.

    What holds for each of them (an SPF include that is right in every case) is known whatever could not be read.
    """
    told = {*mx.clouds(observations.get("mx")), *dkim.clouds(observations.get("dkim"))}
    shown = frozenset([cloud for cloud in told if isinstance(cloud, str)])
    if len(shown) > 1:
        return _NONE_SHOWN
    if not any(isinstance(cloud, Unknown) for cloud in told):
        return shown or _NONE_SHOWN
    return frozenset((None, *(shown or CLOUDS)))


def cloud_shown(observations: Observations) -> str | Unknown | None:
    """The cloud that MX hosts and DKIM targets show: worldwide, gcchigh (DoD too) or china.

    None where neither shows one or they disagree; Unknown where what could not be read may change the answer.
    """
    possible = possible_clouds(observations)
    if len(possible) == 1:
        (cloud,) = possible
        return cloud
    told = (*mx.clouds(observations.get("mx")), *dkim.clouds(observations.get("dkim")))
    return next(cloud for cloud in told if isinstance(cloud, Unknown))


def _cloud(observed: M365Observation, observations: Observations) -> str | Unknown | None:
    shown = cloud_shown(observations)
    if shown != "gcchigh":
        return shown
    answer = observed.autodiscover
    if answer is None:
        return Unknown("autodiscover, which tells GCC High and DoD apart, was not asked")
    if answer.chain:
        target = answer.chain[0].target
    elif answer.known:
        target = answer.values[0] if answer.values else ""
    else:
        return answer.unknown()
    return "dod" if autodiscover_cloud(target) == "dod" else "gcchigh"


def _tenant_domain(target: Target, observations: Observations) -> Host | Unknown | None:
    """The initial domain that the DKIM targets name; None where they name none or disagree."""
    found: set[Host] = set()
    unread: Unknown | None = None
    for reading in dkim.microsoft_targets(observations.get("dkim"), target.domain).values():
        if isinstance(reading, Unknown):
            unread = reading
        elif reading is not None and reading.target is not None:
            found.add(reading.target.tenant_domain)
    if len(found) > 1:
        return None
    return unread if unread is not None else next(iter(found), None)


def verification_token(answer: Answer) -> str | Unknown | None:
    """The `MS=ms########` text by which a tenant proves that it owns the domain; the first of several."""
    if not answer.known:
        return answer.unknown()
    for text in sorted(answer.values):
        if match := _VERIFICATION.fullmatch(text):
            return match[1]
    return None


def _fold(target: Target, observations: Observations, profile: Profile) -> Collected:
    observed: M365Observation = observations["m365"]
    fields: dict[str, Any] = {}
    asked: dict[tuple[str, ...], tuple[Question, ...]] = {}
    selectors = _selectors(target.domain)
    if observed.cloud_wanted:
        fields["cloud"] = _cloud(observed, observations)
        further = (observed.autodiscover.question,) if observed.autodiscover else ()
        asked[("m365.cloud",)] = (Question(target.domain, "MX"), *selectors, *further)
    if "dkim" in observations:
        fields["tenant_domain"] = _tenant_domain(target, observations)
        asked[("m365.tenant_domain",)] = selectors
    if observed.txt is not None:
        fields["verification"] = verification_token(observed.txt)
        asked[("m365.verification",)] = (observed.txt.question,)
    return Collected(M365(**fields), asked)


_CLOUD: Final = frozenset({"m365.cloud"})

PROBE = Probe(
    subject="m365",
    asks=(
        Ask("MX", "{domain}", _CLOUD),
        Ask("TXT", "selector1._domainkey.{domain}", _CLOUD),
        Ask("TXT", "selector2._domainkey.{domain}", _CLOUD),
        Ask("CNAME", "autodiscover.{domain}", _CLOUD, when="where MX or DKIM are of the form of GCC High and DoD"),
        Ask("TXT", "{domain}", frozenset({"m365.verification"})),
    ),
    collect=_collect,
    fold=_fold,
    needs={
        "m365.cloud": frozenset({"mx.cloud", "dkim.tenant"}),
        "m365.tenant_domain": frozenset({"dkim.tenant"}),
    },
)
