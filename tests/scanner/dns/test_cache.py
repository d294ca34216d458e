"""Answers are kept as long as they hold, shared while they are under way, and never more of them than is allowed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from scanner.dns.answer import Answer, Link, Question, Status
from scanner.dns.cache import CachingSource
from scanner.dns.patience import Patience
from scanner.dns.signs import Remark
from scanner.dns.source import Told

MX = Question("contoso.com", "MX")
TXT = Question("contoso.com", "TXT")
HOST = "0 mail.contoso.com."


class Fake:
    """Gives prepared answers and notes what it was asked; `hold` keeps it from answering until it is set."""

    name = "fake"

    def __init__(self, *answers: Answer) -> None:
        self.answers = {answer.question: answer for answer in answers}
        self.asked: list[Question] = []
        self.hold: dict[Question, asyncio.Event] = {}
        self.closed = False

    async def ask(self, questions: Sequence[Question], patience: Patience | None = None) -> list[Answer]:
        self.asked += questions
        for question in questions:
            if question in self.hold:
                await self.hold[question].wait()
        return [self.answers.get(one, Answer(one, Status.NODATA, ttl=300)) for one in questions]

    def told(self) -> Told:
        return Told(signs=(Remark("us", "a doubt"),))

    async def close(self) -> None:
        self.closed = True


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(20):
            await test()

    asyncio.run(bounded())


async def until(there: Callable[[], bool]) -> None:
    """Lets the other tasks go on."""
    while not there():  # noqa: ASYNC110 - what is waited for is a list
        await asyncio.sleep(0)


def kept_for(answer: Answer) -> float:
    """The seconds after which an answer is asked for again, to a tenth."""
    fake, clock = Fake(answer), Clock()
    source = CachingSource(fake, clock=clock)

    async def test() -> None:
        while len(fake.asked) < 2:
            await source.ask([answer.question])
            clock.now += 0.1 if clock.now < 1010 else 1

    run(test)
    return round(clock.now - 1001, 1) if clock.now > 1010 else round(clock.now - 1000.1, 1)


class TestHowLong:
    @pytest.mark.parametrize(
        ("answer", "seconds"),
        [
            (Answer(MX, Status.NOERROR, (HOST,), ttl=300), 300),
            (Answer(MX, Status.NOERROR, (HOST,), ttl=300, chain=(Link("contoso.com", "b.test", 30),)), 30),
            (Answer(MX, Status.NOERROR, (HOST,), ttl=0), 0),
            (Answer(MX, Status.NODATA, ttl=40), 40),
            (Answer(MX, Status.NXDOMAIN, ttl=None), 60),
            (Answer(MX, Status.NXDOMAIN, ttl=700_000), 10_800),
            (Answer(MX, Status.SERVFAIL), 5),
            (Answer(MX, Status.TIMEOUT), 5),
        ],
        ids=lambda value: value.status.value if isinstance(value, Answer) else str(value),
    )
    def test_an_answer_is_kept_as_long_as_it_holds(self, answer: Answer, seconds: float) -> None:
        assert kept_for(answer) == pytest.approx(seconds, abs=1)

    def test_what_is_kept_is_the_answer_as_it_came(self) -> None:
        answer = Answer(MX, Status.NOERROR, (HOST,), ttl=300, server="192.0.2.53", at="2026-11-21T09:00:00Z")
        fake, clock = Fake(answer), Clock()
        source = CachingSource(fake, clock=clock)

        async def test() -> None:
            await source.ask([MX])
            clock.now += 100
            assert await source.ask([MX, MX]) == [answer, answer]

        run(test)
        assert fake.asked == [MX]


class TestOwnNames:
    def test_what_only_one_domain_asks_is_not_kept_and_what_others_ask_too_is(self) -> None:
        address, parent = Question("mail.contoso.com", "A"), Question("_dmarc.com", "TXT")
        fake = Fake()
        source = CachingSource(fake)

        async def test() -> None:
            for domain in ("contoso.com", "contoso.com", "fabrikam.com", ""):
                answers = await source.ask([MX, address, parent, MX], Patience(9, domain=domain))
                assert [answer.question for answer in answers] == [MX, address, parent, MX]

        run(test)
        # Its own each time; kept, once another has asked.
        assert fake.asked == [MX, address, parent, MX, MX]
        assert (source.told().asked, source.told().cached) == (5, 8)


class TestSharing:
    def test_a_question_under_way_is_not_asked_again(self) -> None:
        fake = Fake(Answer(MX, Status.NOERROR, (HOST,), ttl=0))
        source = CachingSource(fake)

        async def test() -> None:
            fake.hold[MX] = asyncio.Event()
            first = asyncio.create_task(source.ask([MX]))
            second = asyncio.create_task(source.ask([TXT, MX]))
            await until(lambda: TXT in fake.asked)
            fake.hold[MX].set()
            assert (await first)[0] == (await second)[1]

        run(test)
        assert sorted(question.type for question in fake.asked) == ["MX", "TXT"]
        assert (source.told().asked, source.told().cached) == (2, 1)

    def test_a_round_that_ends_before_it_is_waited_for_still_counts(self) -> None:
        fake = Fake(Answer(MX, Status.NOERROR, (HOST,), ttl=0))
        source = CachingSource(fake)

        async def test() -> None:
            fake.hold = {MX: asyncio.Event(), TXT: asyncio.Event()}
            first = asyncio.create_task(source.ask([MX]))
            second = asyncio.create_task(source.ask([TXT, MX]))
            await until(lambda: TXT in fake.asked)
            fake.hold[MX].set()
            await first
            fake.hold[TXT].set()
            assert (await second)[1].values == (HOST,)

        run(test)
        assert fake.asked == [MX, TXT]

    def test_who_is_given_up_does_not_take_the_others_along(self) -> None:
        fake = Fake(Answer(MX, Status.NOERROR, (HOST,), ttl=60))
        source = CachingSource(fake)

        async def test() -> None:
            fake.hold[MX] = asyncio.Event()
            first = asyncio.create_task(source.ask([MX]))
            second = asyncio.create_task(source.ask([MX]))
            await until(lambda: bool(fake.asked))
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
            fake.hold[MX].set()
            assert (await second)[0].values == (HOST,)

        run(test)
        assert fake.asked == [MX, MX]

    def test_what_one_had_no_time_for_the_next_asks_itself(self) -> None:
        fake = Fake(Answer(MX, Status.TIMEOUT, reason="not answered within 1 s, the time for one domain"))
        source = CachingSource(fake)

        async def test() -> None:
            assert (await source.ask([MX], Patience(0)))[0].status is Status.TIMEOUT
            fake.answers[MX] = Answer(MX, Status.NOERROR, (HOST,), ttl=60)
            assert (await source.ask([MX]))[0].values == (HOST,)

        run(test)

    def test_a_round_that_is_slow_for_other_reasons_is_not_waited_for(self) -> None:
        fake = Fake(Answer(MX, Status.NOERROR, (HOST,), ttl=60))
        source = CachingSource(fake)

        async def test() -> None:
            fake.hold[TXT] = asyncio.Event()
            slow = asyncio.create_task(source.ask([MX, TXT]))
            await until(lambda: bool(fake.asked))
            assert (await source.ask([MX]))[0].values == (HOST,)
            assert not slow.done()
            fake.hold[TXT].set()
            await slow

        run(test)
        assert fake.asked == [MX, TXT, MX]

    def test_waiting_for_others_costs_patience(self) -> None:
        fake = Fake()
        source = CachingSource(fake)
        patience = Patience(0.05)

        async def test() -> None:
            fake.hold[MX] = asyncio.Event()
            first = asyncio.create_task(source.ask([MX]))
            await until(lambda: bool(fake.asked))
            second = asyncio.create_task(source.ask([MX], patience))
            await until(lambda: len(fake.asked) == 2)
            assert patience.left <= 0
            fake.hold[MX].set()
            await asyncio.gather(first, second)

        run(test)


class TestBounds:
    def test_what_was_not_used_for_long_gives_way(self) -> None:
        fake = Fake()
        source = CachingSource(fake, most_answers=10)
        often, once = Question("often.test", "A"), Question("once.test", "A")

        async def test() -> None:
            await source.ask([once])
            for number in range(100):
                await source.ask([often, Question(f"n{number}.test", "A")])
            await source.ask([once])

        run(test)
        assert (fake.asked.count(often), fake.asked.count(once)) == (1, 2)

    def test_long_answers_count_for_more(self) -> None:
        long = [Question(f"{letter}.test", "TXT") for letter in "abcd"]
        fake = Fake(*(Answer(question, Status.NOERROR, ("x" * 10_000,), ttl=60) for question in long))
        source = CachingSource(fake, most_octets=50_000)

        async def test() -> None:
            for question in (*long, *long):
                await source.ask([question])

        run(test)
        assert len(fake.asked) == 8

    def test_nothing_stays_of_questions_that_have_ended(self) -> None:
        fake = Fake()
        source = CachingSource(fake, most_answers=10)

        async def test() -> None:
            await asyncio.gather(*(source.ask([Question(f"n{number}.test", "A")]) for number in range(100)))

        run(test)
        assert len(source._young) + len(source._old) <= 10
        assert not source._under_way


def test_what_the_source_below_tells_and_frees_is_passed_on() -> None:
    fake = Fake()
    source = CachingSource(fake)
    assert (source.name, source.told().doubts) == ("fake", ("a doubt",))
    asyncio.run(source.close())
    assert fake.closed
