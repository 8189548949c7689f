from __future__ import annotations

from datetime import UTC, datetime, timedelta

from spine_core.teaching.attempt import Attempt, State
from spine_core.teaching.exercise import Order, order_of
from spine_core.teaching.set_progress import set_progress
from tests.teaching.making import pure_set

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def attempt(place: int, state: State = State.DEBRIEFED, days: float = 1.0) -> Attempt:
    moment = NOW - timedelta(days=days)
    return Attempt(f"{place}", "set", 1, place, state, moment, moment, None, None, late=False)


def test_the_first_case_of_the_order_comes_first():
    exercise = pure_set(5, order=Order.SHUFFLED, seed=3)
    found = set_progress(exercise, (), 1, NOW)
    assert (found.cases, found.done, found.begun) == (5, 0, False)
    assert found.next_place == order_of(exercise, 1)[0]


def test_a_case_that_was_begun_comes_before_one_that_was_not():
    found = set_progress(pure_set(3), (attempt(0), attempt(2, State.REVEALED)), 1, NOW)
    assert (found.done, found.next_place) == (1, 2)


def test_when_all_are_read_the_next_one_waits_for_a_fortnight():
    found = set_progress(pure_set(2), (attempt(0, days=3), attempt(1, days=2)), 1, NOW)
    assert (found.done, found.next_place) == (2, None)
    assert found.again == NOW + timedelta(days=11)


def test_after_a_fortnight_a_case_is_read_again():
    attempts = (attempt(0, days=3), attempt(1, days=15))
    found = set_progress(pure_set(2), attempts, 1, NOW)
    assert (found.next_place, found.again) == (1, None)
    second = set_progress(pure_set(2), (*attempts, attempt(1, State.OPEN, days=0)), 1, NOW)
    assert (second.done, second.next_place) == (2, 1)
