"""Text in, explanations out: which replies it holds, what each means, and which of them is the cause.

Pure: the same text, catalogue and day give the same answer. Secrets must have been masked before (masking.py).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from scanner.submission.catalogue import Catalogue, DatedFact, Entry, SourceRef
from scanner.submission.details import details
from scanner.submission.documents import (
    DatedNote,
    Explanation,
    FixStep,
    MeaningElsewhere,
    Missing,
    RuleRef,
    SourceNote,
    StandardMeaning,
)
from scanner.submission.matching import Match, best_in_words, best_match, claimed_elsewhere
from scanner.submission.replies import Reply, find_replies
from scanner.submission.untangle import one_line, searchable

__all__ = ["Explainer", "missing_reply"]

_SHOWN = 700


@dataclass(frozen=True, slots=True)
class _Found:
    reply: Reply | None
    match: Match | None

    @property
    def rank(self) -> int:
        return self.match.rank if self.match else 0

    @property
    def by_host(self) -> bool:
        return self.match is not None and self.match.score >= 300


@dataclass(frozen=True, slots=True)
class Explainer:
    """Explains with a catalogue, on a day. `rules` gives the titles of rules by id; `host` is a family given by the user."""

    catalogue: Catalogue
    today: datetime.date
    rules: Mapping[str, str]
    host: str = ""

    def explain(self, text: str, *, first_wins: bool = False, host: str = "") -> tuple[Explanation, ...]:
        """Every distinct cause in the text, the one to mend first in front; empty where no reply is in it.

        Of several equally telling replies the later one is the cause, since programs put their own words in front;
        `first_wins` is for sessions, where what comes later follows from what came before.
        """
        replies, lead = find_replies(text, self.catalogue, host or self.host)
        found = [_Found(reply, self._match(reply)) for reply in replies]
        if not any(item.rank >= 3 for item in found):
            words = best_in_words(searchable(lead if found else text[:400_000]), self.catalogue, host or self.host)
            if words and (not found or words.entry.family != "generic"):
                found.append(_Found(None, words))
        ordered = sorted(found, key=lambda item: (-item.rank, not item.by_host)) if first_wins else _latest_first(found)
        seen: dict[tuple[str, str, str], Explanation] = {}
        for item in ordered:
            told = self._told(item, lead if found else text)
            seen.setdefault((told.cause or "", told.host or "", told.status or "" if told.cause is None else ""), told)
        return tuple(seen.values())

    def _match(self, reply: Reply) -> Match | None:
        """The best entry; none where only common words speak and the number means different things at different hosts."""
        match = best_match(reply, self.catalogue)
        if (
            match
            and match.entry.weak
            and not reply.family
            and reply.status
            and claimed_elsewhere(reply, self.catalogue)
        ):
            return None
        return match

    def _told(self, item: _Found, lead: str) -> Explanation:
        reply, match = item.reply, item.match
        if match is None:
            assert reply is not None
            return self._by_class(reply)
        entry = match.entry
        cause = self.catalogue.causes[entry.cause]
        text = reply.text if reply else one_line(lead)
        host, name, origin = self._host(entry, reply)
        return Explanation(
            cause=cause.name,
            title=cause.title,
            certainty="certain" if match.certain else "likely",
            host=host,
            host_name=name,
            host_from=origin,
            code=reply.code or None if reply else None,
            status=reply.status or None if reply else None,
            temporary=reply.temporary if reply else None,
            reply=text[:_SHOWN],
            entry=entry.id,
            meaning=entry.meaning,
            details=details(text),
            fix=tuple(FixStep(step.do, step.run) for step in entry.fix),
            who=cause.who,
            source=_source(entry.source),
            dated=tuple(self._dated(self.catalogue.dates[name]) for name in entry.dated),
            rules=tuple(RuleRef(rule, self.rules.get(rule, "")) for rule in cause.rules),
            standard=self._standard(reply) if reply else None,
            elsewhere=(),
        )

    def _by_class(self, reply: Reply) -> Explanation:
        """Only what the code says by itself; nothing is guessed."""
        standard = self._standard(reply)
        family = self.catalogue.family(reply.family)
        said = [standard.code_class, standard.subject]
        said.append(f'IANA calls {reply.status} "{standard.detail}".' if standard.detail else "")
        said.append(f"{standard.reply}." if standard.reply and not standard.detail else "")
        elsewhere = {
            (entry.family, entry.cause): MeaningElsewhere(
                self._name(entry.family), entry.cause, self.catalogue.causes[entry.cause].title
            )
            for entry in (claimed_elsewhere(reply, self.catalogue) if reply.status and not reply.family else ())
        }
        fix = ["Read the words and links behind the code; the catalogue does not know this reply."]
        if elsewhere:
            fix.insert(0, "Say whose reply it is with --host: the same code means different things.")
        fix.append(
            "The code says that it is tried again by itself."
            if reply.temporary
            else "Ask the receiving side's administrators, with the time and the whole reply."
        )
        return Explanation(
            cause=None,
            title="The catalogue does not know this reply; this is what its code says.",
            certainty="class",
            host=reply.family or None,
            host_name=family.name if family else "",
            host_from=reply.family_from,
            code=reply.code or None,
            status=reply.status or None,
            temporary=reply.temporary,
            reply=reply.text[:_SHOWN],
            entry=None,
            meaning=" ".join(part for part in said if part),
            details=details(reply.text),
            fix=tuple(FixStep(step) for step in fix),
            who=("recipient", "sender"),
            source=_source(self.catalogue.codes.source),
            dated=(),
            rules=(),
            standard=standard,
            elsewhere=tuple(elsewhere.values()),
        )

    def without_reason(self) -> Explanation:
        """For a failure of which a log only says that it happened."""
        return Explanation(
            cause=None,
            title="The log says that it failed, and not why.",
            certainty="class",
            host=None,
            host_name="",
            host_from="",
            code=None,
            status=None,
            temporary=None,
            reply="",
            entry=None,
            meaning="Nothing about the cause stands in these lines or rows.",
            details=(),
            fix=(
                FixStep(
                    "Exchange Online: export the details of such a message; they hold the reply.",
                    "Get-MessageTraceV2 -Status Failed | Get-MessageTraceDetailV2 | Format-List Event,Detail",
                ),
                FixStep("Otherwise look at the bounce that the sender got; give it to mailready explain as .eml."),
            ),
            who=("tenant", "sender"),
            source=_source(self.catalogue.codes.source),
            dated=(),
            rules=(),
            standard=None,
            elsewhere=(),
        )

    def _host(self, entry: Entry, reply: Reply | None) -> tuple[str | None, str, str]:
        if entry.family == "client":
            return None, "the program itself", "its words"
        if reply and reply.family:
            return reply.family, self._name(reply.family), reply.family_from
        if entry.family == "generic":
            return None, "", ""
        return entry.family, self._name(entry.family), "its words" if _in_words(entry, reply) else "its code"

    def _name(self, family: str) -> str:
        known = self.catalogue.family(family)
        return known.name if known else family

    def _dated(self, fact: DatedFact) -> DatedNote:
        return DatedNote(
            fact.name, fact.on.isoformat(), self.today > fact.on, fact.told(self.today), _source(fact.source)
        )

    def _standard(self, reply: Reply) -> StandardMeaning:
        codes = self.catalogue.codes
        first = reply.status[:1] or str(reply.code)[:1]
        subject = reply.status.split(".")[1] if reply.status else ""
        detail = reply.status.partition(".")[2]
        return StandardMeaning(
            reply=codes.replies.get(str(reply.code), ""),
            code_class=codes.classes.get(first, ""),
            subject=codes.subjects.get(subject, ""),
            detail=codes.details.get(detail, ""),
        )


def missing_reply(text: str, catalogue: Catalogue) -> Missing:
    """How to get the reply out of the program that the text is of, where that is recognised, and in any case."""
    low = searchable(text[:400_000])
    program = next((program for program in catalogue.programs if any(sign in low for sign in program.signs)), None)
    if program is None:
        return Missing(None, "", catalogue.any_program)
    return Missing(program.id, program.name, (*program.how, catalogue.any_program[-1]))


def _latest_first(found: list[_Found]) -> list[_Found]:
    placed = sorted(enumerate(found), key=lambda item: (-item[1].rank, not item[1].by_host, -item[0]))
    return [item for _, item in placed]


def _in_words(entry: Entry, reply: Reply | None) -> bool:
    return reply is None or any(phrase in reply.low for phrase in entry.text)


def _source(source: SourceRef) -> SourceNote:
    return SourceNote(source.url, source.date, source.certainty)
