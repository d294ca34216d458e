"""What replies for names that cannot exist tell of a resolver."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from scanner.dns.answer import Link, Question, Status
from scanner.dns.forgery import Forgery, forgery_in, trap_questions
from scanner.dns.reply import Reply

ABSENT = Reply(Status.NXDOMAIN)
EMPTY = Reply(Status.NODATA)
PORTAL = Reply(Status.NOERROR, values=("198.51.100.7",))
REAL = Reply(Status.NOERROR, values=("192.0.2.1",))
SOA = Reply(Status.NOERROR, values=("ns.example.com. host.example.com. 1 2 3 4 5",))


def forgery(by_type: Mapping[str, Reply], usual: Reply = ABSENT, public: Reply = SOA) -> Forgery | None:
    return forgery_in(
        {
            question: public if question.type == "SOA" else by_type.get(question.type, usual)
            for question in trap_questions()
        }
    )


def found(*arguments: Mapping[str, Reply], **options: Reply) -> Forgery:
    result = forgery(*arguments, **options)
    assert result is not None
    return result


def test_the_names_are_new_each_time_and_cannot_exist() -> None:
    first, second = ({question.name for question in trap_questions()} for _ in range(2))
    assert first & second == {"example.com"}
    assert {name.rpartition(".")[2] for name in first} == {"invalid", "example", "com"}


@pytest.mark.parametrize("usual", [ABSENT, Reply(Status.REFUSED), Reply(Status.SERVFAIL), Reply(Status.TIMEOUT)])
def test_who_says_the_truth_or_nothing_makes_nothing_up(usual: Reply) -> None:
    assert forgery({}, usual) is None
    assert forgery({}, usual, public=usual if usual is not ABSENT else SOA) is None
    assert forgery_in({}) is None


def test_an_address_for_what_cannot_exist_is_a_forgery_wherever_it_comes_again() -> None:
    made_up = found({"A": PORTAL})
    assert made_up.objection("A", PORTAL)
    assert made_up.objection("A", Reply(Status.NOERROR, values=("192.0.2.1", "198.51.100.7")))
    assert not made_up.objection("A", REAL)
    assert not made_up.objection("TXT", Reply(Status.NOERROR, values=("v=spf1 -all",)))
    assert not made_up.objection("TXT", EMPTY)
    assert not made_up.objection("TXT", ABSENT)
    assert not made_up.objection("NS", Reply(Status.NOERROR, values=("ns.contoso.com.",)))
    assert "is 198.51.100.7" in made_up.example


def test_who_says_that_such_names_exist_proves_no_absence() -> None:
    made_up = found({"A": PORTAL}, usual=EMPTY)
    assert made_up.objection("TXT", EMPTY)
    assert made_up.objection("NS", EMPTY)
    assert not made_up.objection("NS", ABSENT)


def test_a_type_that_is_empty_everywhere_is_proved_absent_nowhere() -> None:
    made_up = found({"TXT": EMPTY})
    assert made_up.objection("TXT", EMPTY)
    assert not made_up.objection("TXT", ABSENT)
    assert not made_up.objection("MX", EMPTY)
    assert "TXT" in made_up.example


def test_one_empty_answer_among_denials_is_an_oddity() -> None:
    questions = trap_questions()
    replies = {question: EMPTY if number == 0 else ABSENT for number, question in enumerate(questions)}
    assert forgery_in({**replies, Question("example.com", "SOA"): SOA}) is None


def test_other_records_each_time_leave_none_to_be_believed() -> None:
    replies = {
        question: Reply(Status.NOERROR, values=(f"10 {question.name}.",)) if question.type == "MX" else ABSENT
        for question in trap_questions()
    }
    made_up = forgery_in({**replies, Question("example.com", "SOA"): SOA})
    assert made_up is not None
    assert made_up.objection("MX", Reply(Status.NOERROR, values=("10 mail.contoso.com.",)))
    assert not made_up.objection("A", REAL)
    assert made_up.objection("NS", Reply(Status.NOERROR, values=("ns.contoso.com.",))), "of a type that was not tried"


@pytest.mark.parametrize("status", [Status.NOERROR, Status.NODATA, Status.NXDOMAIN, None])
def test_what_leads_to_the_portal_by_an_alias_is_a_forgery(status: Status | None) -> None:
    values = PORTAL.values if status is Status.NOERROR else ()
    made_up = found({"A": Reply(status, values=values, links=(Link("x.invalid", "portal.test"),))})
    led = Reply(Status.NODATA, links=(Link("contoso.com", "portal.test"),))
    assert made_up.objection("TXT", led)
    assert made_up.objection("CNAME", Reply(Status.NOERROR, values=("portal.test.",)))
    assert not made_up.objection("CNAME", Reply(Status.NOERROR, values=("elsewhere.test.",)))


@pytest.mark.parametrize("public", [ABSENT, EMPTY])
def test_who_denies_what_exists_is_doubted_and_believed(public: Reply) -> None:
    secluded = found({}, public=public)
    assert secluded.secluded
    assert not secluded.example
    for reply in (ABSENT, EMPTY, REAL):
        assert not secluded.objection("MX", reply)
