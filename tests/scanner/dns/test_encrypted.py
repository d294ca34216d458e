"""Resolvers that are asked over TLS and over HTTPS."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence

import pytest
from servers.encrypted import NAME, Encrypted, certificate, resolver

from scanner.dns.answer import Answer, Question, Status
from scanner.dns.live import LiveSource
from scanner.dns.resolvers import parse_resolver

Contexts = tuple[ssl.SSLContext, ssl.SSLContext]


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> Contexts:
    return certificate(tmp_path_factory.mktemp("certificate"))


def ask(
    contexts: Contexts,
    labels: Sequence[str],
    *,
    at: str = "tls://127.0.0.1:{port}",
    trusting: bool = True,
    most: int = 1000,
) -> tuple[list[Answer], Encrypted]:
    """The answers to TXT questions about `labels`, in a round, from a resolver of the tests."""
    server, client = contexts

    async def run() -> tuple[list[Answer], Encrypted]:
        async with resolver(server, https=at.startswith("https"), most=most) as told:
            source = LiveSource(
                [parse_resolver(at.format(port=told.port))],
                timeouts=(5, 5, 5),
                tls=client if trusting else ssl.create_default_context(),
            )
            answers = await source.ask([Question(f"{label}.misbehaving.test", "TXT") for label in labels])
            await source.close()
            return answers, told

    return asyncio.run(run())


WAYS = ["tls://127.0.0.1:{port}", "https://127.0.0.1:{port}/dns-query"]


@pytest.mark.parametrize("at", [*WAYS, f"tls://127.0.0.1:{{port}}#{NAME}"])
def test_questions_are_answered(contexts: Contexts, at: str) -> None:
    answers, told = ask(contexts, ["fine", "nxdomain", "open-chain"], at=at)
    assert [answer.status for answer in answers] == [Status.NOERROR, Status.NXDOMAIN, Status.NOERROR]
    assert [answer.values for answer in answers] == [("fine",), (), ("at the end",)]
    assert answers[0].server == str(parse_resolver(at.format(port=told.port)))


def test_a_connection_serves_many_questions(contexts: Contexts) -> None:
    answers, told = ask(contexts, ["fine", "nodata", "ad", "twice", "ttl-zero"])
    assert all(answer.known for answer in answers)
    assert told.connections == 1


def test_a_connection_that_ends_early_costs_no_answer(contexts: Contexts) -> None:
    answers, told = ask(contexts, ["fine", "nodata", "ad", "twice"], most=10)
    assert all(answer.known for answer in answers)
    assert told.connections > 1


@pytest.mark.parametrize("at", WAYS)
def test_who_cannot_prove_who_it_is_is_not_asked(contexts: Contexts, at: str) -> None:
    answers, told = ask(contexts, ["fine"], at=at, trusting=False)
    assert answers[0].status is Status.TIMEOUT
    assert "cannot be reached: " in answers[0].reason
    assert "self-signed certificate" in answers[0].reason
    assert told.asked == []


def test_a_certificate_for_another_name_is_not_taken(contexts: Contexts) -> None:
    answers, told = ask(contexts, ["fine"], at="tls://127.0.0.1:{port}#other.contoso.com")
    assert answers[0].status is Status.TIMEOUT
    assert "other.contoso.com" in answers[0].reason
    assert told.asked == []


@pytest.mark.parametrize("at", WAYS)
def test_what_answers_another_question_proves_nothing(contexts: Contexts, at: str) -> None:
    answers, _ = ask(contexts, ["tcp-wrong-question"], at=at)
    assert (answers[0].status, answers[0].reason) == (Status.MALFORMED, "the message answers another question")


@pytest.mark.parametrize("at", WAYS)
def test_failures_are_told_as_over_udp(contexts: Contexts, at: str) -> None:
    (answer,), _ = ask(contexts, ["servfail"], at=at)
    assert answer.status is Status.SERVFAIL
    assert "no reachable authority" in answer.reason


def test_a_server_that_is_no_resolver_is_said_to_be_none(contexts: Contexts) -> None:
    (answer,), _ = ask(contexts, ["fine"], at="https://127.0.0.1:{port}/elsewhere")
    assert answer.status is Status.TIMEOUT
    assert "HTTP status 404" in answer.reason
