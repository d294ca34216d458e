"""What is told in other words of a domain and of a way of sending; all else of a report is the same for both."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from reports.words import plural
from rules.results import Owner, Result, SubmissionResult

__all__ = ["DOMAIN", "MIXED", "SUBMISSION", "Kind", "kind_of", "kind_of_all"]


@dataclass(frozen=True, slots=True)
class Kind:
    """`headlines` are by grade: where nothing failed, and where something did. `strengths` and `matters` are by the beginning of
    rules' ids. `open_matters` takes {matters}.
    """

    noun: str
    nouns: str
    about: str
    doing: str
    evidence: str
    evidence_words: str
    place: str
    nothing: str
    only_tasks: str
    nothing_known: str
    find_out: str
    headlines: Mapping[str, tuple[str, str]]
    sender: str
    strengths: Mapping[str, str]
    matters: Mapping[str, str]
    open_matters: str
    consequence: str
    unread: str

    def count(self, number: int) -> str:
        return plural(number, self.noun, self.nouns)

    def whose(self, owner: Owner, words: Mapping[Owner, str]) -> str:
        return self.sender if owner == "sender" else words[owner]


DOMAIN: Final = Kind(
    noun="domain",
    nouns="domains",
    about="Mail readiness",
    doing="What to publish",
    evidence="Evidence: every query",
    evidence_words="{number} asked about this domain, and the answers on which the findings rest. TTL in seconds.",
    place="Name",
    nothing="No DNS record has to change.",
    only_tasks="No record can be given to paste; what else is to do stands below.",
    nothing_known="No record can be proposed: {checks} could not be completed. Scan again when DNS answers.",
    find_out="Find out why DNS gave no answer, and scan again",
    headlines={
        "A": (
            "Mail for {domain} is set up well.",
            "Mail for {domain} is set up well; a few points can still be better.",
        ),
        "B": (
            "Mail for {domain} is in good order.",
            "Mail for {domain} works, but something in it is worth mending soon.",
        ),
        "C": (
            "Mail for {domain} works with gaps.",
            "Mail for {domain} works, but has gaps that put delivery or its good name at risk.",
        ),
        "D": (
            "Mail for {domain} has a serious fault.",
            "Mail for {domain} has a serious fault that should be mended now.",
        ),
        "F": ("Mail for {domain} is not set up.", "Mail for {domain} is not set up as it has to be."),
    },
    sender="the services that send the mail",
    strengths={
        "MX": "Mail arrives where it should",
        "SPF": "the servers that may send are named (SPF)",
        "DKIM": "mail can be signed so that nobody can change it unnoticed (DKIM)",
        "DMARC": "receivers are told what to do with forgeries (DMARC)",
    },
    matters={
        "DOMAIN": "the domain itself",
        "MX": "where its mail goes (MX)",
        "SPF": "which servers may send its mail (SPF)",
        "DKIM": "the signatures of its mail (DKIM)",
        "DMARC": "what receivers are to do with forgeries (DMARC)",
    },
    open_matters="DNS gave no usable answer about {matters}, so whether that is in order is not known yet.",
    consequence="Their mail is lost or looks forged, or anyone can send mail in their name.",
    unread="find out what DNS did not answer",
)
SUBMISSION: Final = Kind(
    noun="way of sending",
    nouns="ways of sending",
    about="Sending readiness",
    doing="What to do",
    evidence="Evidence: every session and setting",
    evidence_words="{number} read or tried, with secrets masked: what the findings rest on.",
    place="Place",
    nothing="Nothing has to be changed.",
    only_tasks="Settings and tenant, not DNS, are to be changed.",
    nothing_known="No change can be proposed: {checks} could not be completed. Try again when the reasons below are gone.",
    find_out="Find out why these parts could not be seen, and check again",
    headlines={
        "A": (
            "{domain} is set up well for sending.",
            "{domain} is set up well for sending; a few points can still be better.",
        ),
        "B": (
            "{domain} is in good order for sending.",
            "{domain} can send, but something in it is worth mending soon.",
        ),
        "C": (
            "{domain} can send, with gaps.",
            "{domain} may send, but has gaps that put its mail or its password at risk.",
        ),
        "D": ("{domain} has a serious fault.", "{domain} has a serious fault that should be mended now."),
        "F": ("{domain} is not set up for sending.", "{domain} is not set up for sending as it has to be."),
    },
    sender="whoever runs the application or the network",
    strengths={
        "HOST": "The right server is used",
        "NET": "the network lets the mail out",
        "TLS": "the encryption is in order",
        "AUTH": "signing in is in order",
        "SEND": "the sender fits the account",
        "APP": "the settings fit together",
    },
    matters={
        "HOST": "which server is used",
        "NET": "what the network lets out",
        "TLS": "the encryption",
        "AUTH": "signing in",
        "SEND": "whether the sender is accepted",
        "APP": "the settings",
    },
    open_matters="It could not be found out about {matters}, so whether that is in order is not known yet.",
    consequence="They cannot send, or their password or mail is at risk.",
    unread="find out what could not be read or tried",
)
MIXED: Final = Kind(
    noun="domain or way of sending",
    nouns="domains and ways of sending",
    about=DOMAIN.about,
    doing=DOMAIN.doing,
    evidence=DOMAIN.evidence,
    evidence_words=DOMAIN.evidence_words,
    place=DOMAIN.place,
    nothing=DOMAIN.nothing,
    only_tasks=DOMAIN.only_tasks,
    nothing_known=DOMAIN.nothing_known,
    find_out=DOMAIN.find_out,
    headlines=DOMAIN.headlines,
    sender=DOMAIN.sender,
    strengths=DOMAIN.strengths,
    matters=DOMAIN.matters,
    open_matters=DOMAIN.open_matters,
    consequence="Mail is lost or looks forged, anyone can send in their name, or they cannot send.",
    unread="find out what could not be read",
)


def kind_of(result: Result) -> Kind:
    return SUBMISSION if isinstance(result, SubmissionResult) else DOMAIN


def kind_of_all(kinds: Collection[Kind]) -> Kind:
    """The words for a list of these kinds; domains where there are none."""
    names = {kind.noun: kind for kind in kinds}
    return MIXED if len(names) > 1 else next(iter(names.values()), DOMAIN)
