"""Expected values are worked out by hand, or by scikit-learn."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sklearn.metrics import brier_score_loss

from spine_core.library.errors import LibraryError
from spine_core.teaching.answers import CANNOT_TELL, Answer, Click
from spine_core.teaching.attempts import commit, open_attempt, reveal
from spine_core.teaching.confidence import brier_score, calibration, stated_probability
from spine_core.teaching.marks import Mark, own_marks, set_marks
from spine_core.teaching.reliance import Reliance, WrongNetwork, reliance, wrong_network
from spine_core.teaching.scores import by_condition, over_time, score
from tests.teaching.making import answer, released_set, worked


def mark(
    first="4",
    last=None,
    reference="4",
    network=None,
    confidence=4,
    condition="pfirrmann",
    number=0,
    **changes,
) -> Mark:
    before = Answer("L4/L5", condition, first, None if first == CANNOT_TELL else confidence)
    after = before if last is None else Answer("L4/L5", condition, last, None if last == CANNOT_TELL else 3)
    given = {
        "attempt": f"attempt{number}", "person": 1, "case": f"case{number}", "level": "L4/L5", "condition": condition,
        "reference": reference, "first": before, "last": after, "network": network, "distance": None, "hit": None,
        "seconds": 10.0, "committed": datetime(2026, 1, 1, tzinfo=UTC), "late": False,
    }  # fmt: skip
    return Mark(**(given | changes))


def test_a_score_by_hand():
    marks = [
        mark("4", number=0, seconds=10.0, distance=3.0, hit=True),
        mark("3", number=1, seconds=20.0, distance=9.0, hit=False),
        mark("2", number=2, seconds=30.0, hit=False, late=True),
        mark(CANNOT_TELL, number=3, seconds=60.0),
        mark("1", reference="1", condition="herniation", number=3, seconds=60.0),
    ]
    found = score(marks)
    assert (found.graded, found.cannot_tell, found.late) == (4, 1, 1)
    assert (found.exact.value, found.exact.n, found.exact.cases) == (0.5, 4, 4)
    assert (found.within_one.value, found.within_one.n) == (pytest.approx(2 / 3), 3)
    assert found.kappa is None
    assert (found.hit.value, found.hit.n) == (pytest.approx(1 / 3), 3)
    assert (found.distance.value, found.distance.n) == (6.0, 2)
    # The time of a case counts once, however many findings it has.
    assert (found.seconds.value, found.seconds.n) == (30.0, 4)
    low, high = found.exact.interval
    assert low < 0.5 < high


def test_a_score_of_nothing_is_empty():
    found = score([])
    assert (found.graded, found.exact.value, found.brier.value, found.calibration) == (0, None, None, ())
    only = score([mark(CANNOT_TELL)])
    assert (only.graded, only.cannot_tell, only.exact.value) == (0, 1, None)


def test_the_scale_of_confidence_goes_from_chance_to_certainty():
    assert [stated_probability(one, 2) for one in range(1, 6)] == [0.5, 0.625, 0.75, 0.875, 1.0]
    assert [stated_probability(one, 5) for one in range(1, 6)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])


def test_brier_and_calibration():
    given = [("4", 5), ("4", 3), ("3", 3), ("5", 1), ("4", 1)]
    marks = [mark(grade, confidence=one, number=number) for number, (grade, one) in enumerate(given)]
    expected = brier_score_loss([1, 1, 0, 0, 1], [1.0, 0.6, 0.6, 0.2, 0.2])
    assert brier_score([*marks, mark(CANNOT_TELL)]).value == pytest.approx(expected)
    assert [(one.confidence, one.stated, one.right.value, one.right.n) for one in calibration(marks)] == [
        (1, pytest.approx(0.2), 0.5, 2), (3, pytest.approx(0.6), 0.5, 2), (5, 1.0, 1.0, 1),
    ]  # fmt: skip


def test_by_condition_and_over_time():
    later = datetime(2026, 1, 15, 9, tzinfo=UTC)
    marks = [
        mark("4", committed=later),
        mark("3"),
        *(mark(grade, reference=grade, number=number) for number, grade in enumerate("345" * 4)),
        mark("1", reference="0", condition="herniation", committed=later),
    ]
    found = by_condition(marks)
    assert list(found) == ["herniation", "pfirrmann"]
    assert found["herniation"].exact.value == 0.0
    assert found["pfirrmann"].kappa.n == 14
    assert {day: one.exact.value for day, one in over_time(marks).items()} == {
        date(2026, 1, 1): pytest.approx(12 / 13),
        date(2026, 1, 15): 0.5,
    }


def test_what_the_networks_did_to_the_answers():
    marks = [
        mark("4", network="4"),
        mark("3", network="4"),
        mark("3", "4", network="4"),
        mark(CANNOT_TELL, "4", network="4"),
        mark("4", "5", network="5"),
        mark("4", CANNOT_TELL, network="5"),
        mark("2", "5", network="5"),
        mark("2"),
    ]
    assert reliance(marks) == Reliance(
        findings=7, kept_right=1, kept_wrong=1, to_right=2, to_wrong=2, otherwise=1
    )


def test_whether_a_wrong_network_was_noticed():
    marks = [
        mark("4", network="5"),
        mark("3", "4", network="5"),
        mark("4", "5", network="5"),
        mark("3", "5", network="5"),
        mark("5", network="5"),
        mark("3", network="5"),
        mark("4", "3", network="5"),
        mark("4", network="4"),
        mark("3"),
    ]
    assert wrong_network(marks) == WrongNetwork(
        findings=7, kept_right=1, corrected=1, followed=2, same=1, otherwise=2
    )


def test_marks_of_a_finished_attempt(library, teacher, anna):
    # The reference of the second case is V, and the network says IV.
    set_id = released_set(library, teacher)
    worked(library, anna, set_id, 0, "3", "4", click=Click("series", 1, 33.0, 24.0))
    worked(library, anna, set_id, 1, "5", "4", click=Click("series", 2, 30.0, 20.0))
    first, second = own_marks(library, anna)
    assert (first.reference, first.first.grade, first.last.grade, first.network) == ("4", "3", "4", "4")
    assert (first.distance, first.hit, first.right, first.right_at_last) == (5.0, True, False, True)
    assert (second.reference, second.network, second.right, second.right_at_last) == ("5", "4", True, False)
    # Two slices beside the place, which is no hit however near.
    assert (second.distance, second.hit) == (None, False)
    assert wrong_network((first, second)).followed == 1
    assert own_marks(library, teacher) == ()


def test_a_learner_is_marked_at_the_end_of_a_case_and_the_teacher_sees_it_before(
    library, teacher, anna, ben, chief
):
    set_id = released_set(library, teacher)
    attempt = open_attempt(library, anna, set_id, 0)
    assert set_marks(library, teacher, set_id) == ()
    commit(library, anna, attempt.id, answer("3"))
    assert own_marks(library, anna) == ()
    (seen,) = set_marks(library, teacher, set_id)
    assert (seen.person, seen.network, seen.hit) == (anna.id, None, None)
    reveal(library, anna, attempt.id)
    assert set_marks(library, chief, set_id)[0].network == "4"
    for person in (anna, ben):
        with pytest.raises(LibraryError, match="only who made"):
            set_marks(library, person, set_id)
