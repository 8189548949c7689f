from __future__ import annotations

from dataclasses import replace

import pytest

from spine_core.teaching.duplicates import duplicates
from spine_core.teaching.exercise import ExerciseSet, Order, order_of
from spine_core.teaching.exercise_case import Reference, ReferencePlace
from tests.teaching.making import pure_case, pure_set


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"title": "  "}, "has a title"),
        ({"title": "x" * 201}, "has a title"),
        ({"cases": ()}, "1 to 500 cases"),
        ({"cases": (pure_case(1), pure_case(1))}, "in the set twice"),
        ({"conditions": ()}, "asks for a condition"),
        ({"levels": ("L9/L10",)}, "that are graded"),
        ({"conditions": ("beauty",)}, "that are graded"),
        ({"levels": ("L4/L5", "L4/L5")}, "asked for twice"),
        ({"time_limit_s": 0.0}, "longer than 0 s"),
        ({"seed": -1}, "not negative"),
    ],
)
def test_a_set_that_nobody_could_work_through_is_refused(change, reason):
    with pytest.raises(ValueError, match=reason):
        pure_set(**change)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"references": (Reference("L4/L5", "pfirrmann", "6"),)}, "one of the grades"),
        ({"references": (Reference("L4/L5", "beauty", "1"),)}, "that are graded"),
        ({"references": (Reference("L4/L5", "pfirrmann", "1"),) * 2}, "one reference grade"),
        ({"places": (ReferencePlace("L4/L5", "pfirrmann", "s", 0, 1.0, 1.0, 0.0),)}, "a radius above 0"),
    ],
)
def test_a_case_with_a_reference_that_does_not_exist_is_refused(change, reason):
    with pytest.raises(ValueError, match=reason):
        pure_case(1, **change)


def test_a_set_survives_json_and_equal_sets_have_one_hash():
    one = pure_set(
        order=Order.SHUFFLED, seed=3, time_limit_s=60.0, with_networks=False,
        cases=(pure_case(1, places=(ReferencePlace("L4/L5", "pfirrmann", "s", 2, 1.0, 1.5, 4.0),)),),
    )  # fmt: skip
    assert ExerciseSet.of(one.values()) == one
    assert ExerciseSet.of(one.values()).sha256 == one.sha256
    assert replace(one, seed=4).sha256 != one.sha256


def test_every_learner_has_an_own_order_which_stays():
    shuffled = pure_set(20, order=Order.SHUFFLED, seed=1)
    assert sorted(order_of(shuffled, 7)) == list(range(20))
    assert order_of(shuffled, 7) == order_of(shuffled, 7)
    assert order_of(shuffled, 7) != order_of(shuffled, 8)
    assert order_of(pure_set(20), 7) == tuple(range(20))


def test_all_findings_are_asked_for_and_answers_can_be_taken_out():
    one = pure_set(levels=("L4/L5", "L5/S1"), conditions=("pfirrmann", "herniation"))
    assert one.asked == (
        ("L4/L5", "pfirrmann"), ("L4/L5", "herniation"), ("L5/S1", "pfirrmann"), ("L5/S1", "herniation"),
    )  # fmt: skip
    hidden = one.without_answers()
    assert [case.case_id for case in hidden.cases] == [case.case_id for case in one.cases]
    assert "consensus" not in str(hidden.values())


def test_duplicates_are_warned_of():
    same = pure_case(3, study_sha256=pure_case(0).study_sha256)
    cases = [pure_case(0), pure_case(1), pure_case(2), same]
    patients = {"case0": "A", "case3": "A", "case1": "B", "case2": "B"}
    assert duplicates(cases) == ("cases 1 and 4 are the same study",)
    assert duplicates(cases, patients) == (
        "cases 1 and 4 are the same study",
        "cases 2 and 3 are of the same patient",
    )
    assert duplicates(cases[:2], patients) == ()
