"""What this checks: the domain itself: whether it exists, whether it takes part in mail, and whether it is parked.

Most of it follows from what the other subjects saw. Asked here: MX and TXT of the domain, which the others ask too.
"""

from __future__ import annotations

import functools
from typing import Any, Final

import msgspec

from rules.fact import documented
from rules.facts import NOT_ASKED, Domain, Host, Profile, Unknown
from rules.results import Target
from scanner.dns.answer import Answer, Question, Status
from scanner.probes import dkim, mx
from scanner.probes.kleene import Truth, all_of, any_of, negation
from scanner.probes.m365 import verification_token
from scanner.probes.probe import Ask, Collected, Observations, Probe, Rounds
from scanner.probes.spf import authorises_anyone
from scanner.records.spf import is_spf

__all__ = ["PROBE", "DomainObservation", "unicode_name"]


class DomainObservation(msgspec.Struct, frozen=True, gc=False):
    """Which facts are wanted, and the answers for the domain's own name by type, those that were asked."""

    wanted: frozenset[str]
    own: tuple[Answer, ...] = ()


@functools.lru_cache(maxsize=256)
def _needs(wanted: frozenset[str]) -> tuple[frozenset[str], tuple[str, ...]]:
    """The wanted facts of this subject, and the types that they need asked."""
    here = wanted & _FACTS
    types = {"MX": {"domain.exists"}, "TXT": {"domain.exists", "domain.parked"}}
    return here, tuple(kind for kind, facts in types.items() if here & facts)


def _collect(target: Target, wanted: frozenset[str]) -> Rounds[DomainObservation]:
    here, types = _needs(wanted)
    own = tuple((yield [Question(target.domain, kind) for kind in types])) if types else ()
    return DomainObservation(here, own)


def unicode_name(domain: str) -> str:
    """The domain in U-labels (IDNA 2008); a label that is no valid A-label stays as it is."""
    if "xn--" not in domain:
        return domain
    import idna

    labels = []
    for label in domain.split("."):
        try:
            labels.append(idna.ulabel(label) if label.startswith("xn--") else label)
        except (idna.IDNAError, UnicodeError, ValueError, IndexError):
            labels.append(label)
    return ".".join(labels)


def _exists(answers: tuple[Answer, ...]) -> Truth:
    """NXDOMAIN holds for all types (RFC 8020), so one answer tells it for both, unless they contradict each other."""
    told = {
        bool(answer.chain) or answer.status is not Status.NXDOMAIN for answer in answers if answer.known or answer.chain
    }
    if len(told) == 2:
        return Unknown("the name servers deny the name for one type and know it for another")
    if told:
        return told.pop()
    return any_of([answer.unknown() for answer in answers])


def _sends(target: Target, observations: Observations) -> Truth:
    spf = observations.get("spf")
    authorised = authorises_anyone(spf) if spf is not None else Unknown("SPF was not asked")
    return any_of((authorised, _live_key(target, observations)))


def _live_key(target: Target, observations: Observations) -> Truth:
    observed = observations.get("dkim")
    return dkim.live_key(observed, target) if observed else Unknown("DKIM was not asked")


def _parked(target: Target, observations: Observations, txt: Answer) -> Truth:
    """Takes no part in mail. A tenant being prepared is a sign of the contrary, unless the domain says that it has no mail."""
    receives = mx.receives_mail(observations.get("mx"))
    sends = _sends(target, observations)
    says_no_mail = any_of((mx.only_null(observations.get("mx")), _bars_all_senders(txt)))
    return all_of((negation(receives), negation(sends), any_of((says_no_mail, negation(_prepared(observations, txt))))))


def _bars_all_senders(txt: Answer) -> Truth:
    """The one SPF record says -all; that nobody is authorised before it is asked apart."""
    if not txt.known:
        return txt.unknown()
    records = [text for text in txt.values if is_spf(text)]
    return len(records) == 1 and "-all" in records[0].lower().split()


def _prepared(observations: Observations, txt: Answer) -> Truth:
    """The domain was verified for a tenant, or its selectors point to Microsoft."""
    token = verification_token(txt)
    verified = token if isinstance(token, Unknown) else token is not None
    pointed = (
        cloud if isinstance(cloud, Unknown) else cloud is not None for cloud in dkim.clouds(observations.get("dkim"))
    )
    return any_of((verified, *pointed))


def _organizational(observations: Observations) -> tuple[Any, tuple[Question, ...]]:
    observed = observations.get("dmarc")
    found = observed.organizational if observed is not None else NOT_ASKED
    if found is NOT_ASKED:
        return Unknown("the DMARC records above the domain were not asked"), ()
    return found, observed.organizational_asked if observed is not None else ()


def _fold(target: Target, observations: Observations, profile: Profile) -> Collected:
    observed: DomainObservation = observations["domain"]
    wanted = observed.wanted
    fields: dict[str, Any] = {
        "name": Host(target.domain),
        "unicode": target.unicode or unicode_name(target.domain),
    }
    asked: dict[tuple[str, ...], tuple[Question, ...]] = {}
    exchange = Question(target.domain, "MX")
    text = Question(target.domain, "TXT")
    if "domain.exists" in wanted:
        fields["exists"] = _exists(observed.own)
        asked[("domain.exists",)] = (exchange, text)
    if "domain.organizational" in wanted:
        fields["organizational"], asked[("domain.organizational",)] = _organizational(observations)
    if "domain.receives_mail" in wanted:
        fields["receives_mail"] = mx.receives_mail(observations.get("mx"))
        asked[("domain.receives_mail",)] = (exchange,)
    if "domain.sends_mail" in wanted:
        fields["sends_mail"] = _sends(target, observations)
        asked[("domain.sends_mail",)] = (text, *_keys(observations))
    if "domain.parked" in wanted:
        (txt,) = [answer for answer in observed.own if answer.question.type == "TXT"]
        fields["parked"] = _parked(target, observations, txt)
        asked[("domain.parked",)] = (exchange, text, *_keys(observations))
    return Collected(Domain(**fields), asked)


def _keys(observations: Observations) -> tuple[Question, ...]:
    """The questions for the keys of the domain's selectors."""
    observed: dkim.DkimObservation | None = observations.get("dkim")
    if observed is None:
        return ()
    return tuple([question for seen in observed.selectors.values() for question in seen.questions])


_FACTS: Final = frozenset(f"domain.{name}" for name in documented(Domain))
_SENDING: Final = frozenset({"spf.includes", "dkim.selectors"})

PROBE = Probe(
    subject="domain",
    asks=(
        Ask("MX", "{domain}", frozenset({"domain.exists"})),
        Ask("TXT", "{domain}", frozenset({"domain.exists", "domain.parked"})),
    ),
    collect=_collect,
    fold=_fold,
    needs={
        "domain.organizational": frozenset({"dmarc.found_at"}),
        "domain.receives_mail": frozenset({"mx.status"}),
        "domain.sends_mail": _SENDING,
        "domain.parked": _SENDING | {"mx.status"},
    },
)
