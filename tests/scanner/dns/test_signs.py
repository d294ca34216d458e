"""scanner.dns.signs: what several processes found doubtful is told once, with the numbers of all."""

from __future__ import annotations

from scanner.dns.signs import PrivateNames, Remark, Strain
from scanner.dns.source import Told, together


def test_a_remark_about_one_thing_is_made_once_whatever_its_words() -> None:
    first, second = Remark("192.0.2.1", "It makes up a.invalid."), Remark("192.0.2.1", "It makes up b.invalid.")
    other = Remark("192.0.2.2", "It makes up c.invalid.")
    assert together([Told(signs=(first,)), Told(signs=(second, other))]).doubts == (first.sentence, other.sentence)


def test_what_was_not_answered_is_added_up_by_resolver() -> None:
    told = together(
        [Told(signs=(Strain("a", 100, 20, 10),)), Told(signs=(Strain("a", 50, 10, 5), Strain("b", 9, 9, 0)))]
    )
    assert told.signs == (Strain("a", 150, 30, 15), Strain("b", 9, 9, 0))
    assert "30 of 150 queries" in told.doubts[0]


def test_private_names_are_named_once_and_what_is_beyond_a_few_is_counted() -> None:
    shared = ("mx.contoso.com", "10.0.0.1")
    one = PrivateNames("a", (shared, ("b.test", "10.0.0.2")), 0)
    other = PrivateNames("a", (shared, ("c.test", "10.0.0.3"), ("d.test", "10.0.0.4")), 5)
    (sign,) = together([Told(signs=(one,)), Told(signs=(other,))]).signs
    assert sign == PrivateNames("a", (shared, ("b.test", "10.0.0.2"), ("c.test", "10.0.0.3")), 6)


def test_signs_of_different_kinds_about_one_resolver_stay_apart() -> None:
    signs = (Remark("a", "It lies."), Strain("a", 9, 9, 0), PrivateNames("a", (("x.test", "10.0.0.1"),)))
    assert together([Told(signs=signs)]).signs == signs
