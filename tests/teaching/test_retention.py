from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from spine_core.library.database.schema import now
from spine_core.networks.conditions import BY_NAME
from spine_core.teaching import attempts as module
from spine_core.teaching.answers import CANNOT_TELL, Answer
from spine_core.teaching.attempts import commit, open_attempt
from spine_core.teaching.boundaries import Boundary, boundaries_of
from spine_core.teaching.cards import rating_of
from spine_core.teaching.exercise_case import Reference
from spine_core.teaching.retention import NextCase, due, next_cases
from spine_core.teaching.sets import create_set, share_set
from tests.teaching.making import answer, kept_set, released_set, worked


@pytest.mark.parametrize(
    ("condition", "reference", "given", "expected"),
    [
        ("pfirrmann", "3", "4", ["3/4"]),
        ("pfirrmann", "3", "5", ["3/4"]),
        ("pfirrmann", "3", "1", ["2/3"]),
        ("pfirrmann", "3", "3", ["2/3", "3/4"]),
        ("pfirrmann", "5", "5", ["4/5"]),
        ("pfirrmann", "1", CANNOT_TELL, ["1/2"]),
        ("herniation", "1", "0", ["0/1"]),
        ("herniation", "0", "0", ["0/1"]),
        ("modic", "3", "1", ["1/3"]),
        ("modic", "1", "1", ["0/1", "1/2", "1/3"]),
    ],
)
def test_which_boundary_an_answer_is_about(condition, reference, given, expected):
    found = boundaries_of(BY_NAME[condition], reference, Answer("L4/L5", condition, given, 3))
    assert [one.key for one in found] == expected


def test_a_boundary_in_words():
    boundary = Boundary.of("pfirrmann", "3/4")
    assert boundary.label(BY_NAME["pfirrmann"]) == "Pfirrmann grade III against IV"
    assert boundary.key == "3/4"


def test_how_well_a_boundary_was_known():
    assert [int(rating_of(True, one)) for one in range(1, 6)] == [2, 2, 3, 3, 4]
    assert int(rating_of(False, 5)) == 1
    assert int(rating_of(False, None)) == 1


@pytest.mark.parametrize(
    ("grade", "confidence", "days", "key"),
    [
        # FSRS-6: the first interval is the initial stability of the rating, 0.21, 1.29, 2.31 or 8.30 days, rounded.
        ("5", 5, 1, "4/5"),
        (CANNOT_TELL, None, 1, "3/4"),
        ("4", 1, 1, "3/4"),
        ("4", 3, 2, "3/4"),
        ("4", 5, 8, "3/4"),
    ],
)
def test_the_first_answer_sets_when_a_boundary_is_due(library, teacher, anna, grade, confidence, days, key):
    set_id = released_set(library, teacher)
    attempt = open_attempt(library, anna, set_id, 0)
    done = commit(library, anna, attempt.id, answer(grade, confidence))
    then = done.committed + timedelta(days=days)
    assert due(library, anna, then - timedelta(minutes=1)) == ()
    (card,) = due(library, anna, then)
    assert (card.boundary.key, card.due) == (key, then)
    assert due(library, teacher, then) == ()


def test_an_answer_that_was_right_again_is_due_later(library, teacher, anna, monkeypatch):
    set_id = released_set(library, teacher, "44", "44")
    attempt = open_attempt(library, anna, set_id, 0)
    first = commit(library, anna, attempt.id, answer("4", 3)).committed
    # Two days later, when the card is due.
    later = first + timedelta(days=2)
    monkeypatch.setattr(module, "now", lambda: later)
    attempt = open_attempt(library, anna, set_id, 1)
    commit(library, anna, attempt.id, answer("4", 3))
    assert due(library, anna, later + timedelta(days=5)) == ()
    # The same card, not a second one for the other boundary of grade IV.
    (card,) = due(library, anna, later + timedelta(days=60))
    assert card.boundary.key == "3/4"


def test_a_case_with_several_discs_reviews_a_boundary_once_by_the_worst_answer(library, teacher, anna):
    exercise = kept_set(library, teacher, "4", "4")
    references = (Reference("L4/L5", "pfirrmann", "4"), Reference("L5/S1", "pfirrmann", "4"))
    exercise = replace(
        exercise, levels=("L3/L4", "L4/L5", "L5/S1"),
        cases=(replace(exercise.cases[0], references=references),),
    )  # fmt: skip
    set_id = create_set(library, teacher, exercise, shared=True)
    attempt = open_attempt(library, anna, set_id, 0)
    given = [
        Answer("L3/L4", "pfirrmann", "1", 5),
        Answer("L4/L5", "pfirrmann", "3", 5),
        Answer("L5/S1", "pfirrmann", "4", 5),
    ]
    done = commit(library, anna, attempt.id, given)
    (card,) = due(library, anna, done.committed + timedelta(days=60))
    assert (card.boundary.key, card.due) == ("3/4", done.committed + timedelta(days=1))


def test_two_cases_committed_at_once_make_one_card(library, teacher, anna):
    set_id = released_set(library, teacher, "4444", "4444")
    opened = [open_attempt(library, anna, set_id, place).id for place in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: commit(library, anna, one, answer("4")), opened))
    assert len(due(library, anna, now() + timedelta(days=400))) == 1


def test_next_cases_lie_at_the_boundary_and_were_not_seen_for_fourteen_days(
    library, teacher, anna, monkeypatch
):
    set_id = released_set(library, teacher, "4532", "4444")
    boundary = Boundary("pfirrmann", "4", "5")
    assert next_cases(library, anna, boundary, now(), 9) == (
        NextCase(set_id, 0, True),
        NextCase(set_id, 1, True),
    )
    worked(library, anna, set_id, 0, "4")
    assert next_cases(library, anna, boundary, now(), 9) == (NextCase(set_id, 1, True),)
    later = now() + timedelta(days=14, minutes=1)
    # What was never seen comes first.
    assert [one.place for one in next_cases(library, anna, boundary, later, 9)] == [1, 0]
    assert [one.place for one in next_cases(library, anna, boundary, later)] == [1]
    monkeypatch.setattr(module, "now", lambda: later)
    open_attempt(library, anna, set_id, 0)
    share_set(library, teacher, set_id, False)
    assert next_cases(library, anna, boundary, later, 9) == ()


def test_a_test_of_retention_is_without_networks(library, teacher, anna):
    exercise = kept_set(library, teacher, "44", "44")
    with_networks = create_set(library, teacher, replace(exercise, cases=exercise.cases[:1]), shared=True)
    without = create_set(library, teacher, replace(exercise, with_networks=False), shared=True)
    boundary = Boundary("pfirrmann", "3", "4")
    found = next_cases(library, anna, boundary, now(), 9, with_networks=False)
    assert found == (NextCase(without, 0, False), NextCase(without, 1, False))
    worked(library, anna, with_networks, 0, "4")
    # The same study in another set was seen as well.
    assert next_cases(library, anna, boundary, now(), 9, with_networks=False) == (
        NextCase(without, 1, False),
    )
