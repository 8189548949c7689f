from __future__ import annotations

from spine_core.library.search import find_cases
from spine_core.teaching.access import case_of
from spine_core.teaching.attempts import commit, open_attempt, reveal
from spine_core.teaching.release_all import release_all, release_states
from spine_core.teaching.release_store import not_released
from spine_core.teaching.sets import create_set, get_set
from tests.audit.ratings.making import batch_with_maps
from tests.library.making import finding, kept
from tests.teaching.making import CONDITION, LEVEL, answer, kept_case, pure_set, set_with_maps


def test_every_case_says_what_can_be_released_and_why_not(library, teacher):
    batch_id = batch_with_maps(library, teacher, 1, grades="4")
    (with_maps,) = (one.id for one in find_cases(library, teacher).cases)
    plain = kept(library, teacher, finding(LEVEL, CONDITION, "3"), seed=21)
    other = kept(library, teacher, finding("L1/L2", "herniation", "1"), seed=22)
    unread = kept(library, teacher, seed=23)
    cases = tuple(kept_case(library, teacher, one) for one in (with_maps, plain, other, unread))
    set_id = create_set(library, teacher, pure_set(cases=cases))
    found = release_states(library, teacher, set_id, batch_id, ("grad_cam", "lime"))
    assert [(one.findings, one.with_maps) for one in found] == [(1, 1), (1, 0), (0, 0), (0, 0)]
    assert [one.reason[:24] for one in found] == [
        "",
        "",
        "the kept reading says no",
        "this case was kept witho",
    ]
    assert not any(one.released for one in found)
    done = release_all(library, teacher, set_id, batch_id, ("grad_cam", "lime"))
    assert [one.released for one in done] == [True, True, False, False]
    assert not_released(library, teacher, set_id) == (2, 3)
    assert [one.released for one in release_states(library, teacher, set_id)] == [True, True, False, False]
    exercise = get_set(library, teacher, set_id).exercise
    assert [one.case_id for one in done] == [case_of(exercise, place).case_id for place in range(4)]


def test_what_a_learner_has_seen_stays_and_the_others_are_released_anew(library, teacher, anna):
    set_id, batch_id = set_with_maps(library, teacher)
    attempt = open_attempt(library, anna, set_id, 0).id
    commit(library, anna, attempt, answer())
    reveal(library, anna, attempt)
    first, second = release_all(library, teacher, set_id, batch_id, ("lime",))
    assert "revealed to a learner" in first.reason
    assert (first.released, second.released, second.reason) == (True, True, "")
