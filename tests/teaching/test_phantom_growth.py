from __future__ import annotations

from dataclasses import replace

import pytest

from spine_core.library.people import built_in_person
from spine_core.phantom import write_study
from spine_core.teaching.access import open_exercise_case
from spine_core.teaching.answers import CANNOT_TELL, Answer
from spine_core.teaching.attempts import commit, open_attempt, reveal
from spine_core.teaching.exercise import order_of
from spine_core.teaching.phantom_sets import install
from spine_core.teaching.phantom_sets.bundle import GRADED_SET, MIXED_SET, read_bundle
from spine_core.teaching.phantom_sets.growth import missing_sets, title_of
from spine_core.teaching.phantom_sets.install import Drawn, draw_next
from spine_core.teaching.phantom_sets.words import WORDS
from spine_core.teaching.sets import change_set, sets
from spine_core.teaching.shown import own_attempts, revealed

CASES = 3


@pytest.fixture(params=[GRADED_SET])
def bundle(request, monkeypatch):
    """Three cases of one of the bundled sets, of three sagittal slices each."""
    whole = read_bundle()
    few = replace(whole, cases=whole.cases_of(request.param)[:CASES])
    monkeypatch.setattr(install, "read_bundle", lambda: few)
    monkeypatch.setattr(
        install, "write_case",
        lambda phantom, folder, progress: write_study(
            phantom, folder, progress, sagittal=range(6, 9), axial=()
        ),
    )  # fmt: skip
    monkeypatch.setattr(
        "spine_core.teaching.phantom_sets.growth.WORDS", {request.param: WORDS[request.param]}
    )
    return few


def the_set(library, person):
    (found,) = sets(library, person)
    return found


def revealed_case(library, person, stored, place: int):
    """What is revealed of a case after "cannot tell" to everything."""
    attempt = open_attempt(library, person, stored.id, place)
    commit(library, person, attempt.id, [Answer(*asked, CANNOT_TELL) for asked in stored.exercise.asked])
    reveal(library, person, attempt.id)
    return revealed(library, person, attempt.id)


@pytest.mark.slow
def test_a_set_can_be_begun_with_its_first_case_and_grows_with_the_others(library, anna, bundle):
    assert draw_next(library) == Drawn(1, CASES)
    first = the_set(library, anna)
    assert len(first.exercise.cases) == 1
    assert first.exercise.description == WORDS[GRADED_SET].growing
    assert missing_sets(library) == (GRADED_SET,)
    assert revealed_case(library, anna, first, 0)
    assert draw_next(library) == Drawn(2, CASES)
    assert draw_next(library) == Drawn(3, CASES)
    last = the_set(library, anna)
    assert last.id == first.id
    assert last.exercise.cases[:1] == first.exercise.cases
    assert len(own_attempts(library, anna, last.id)) == 1
    assert last.exercise.description == WORDS[GRADED_SET].description
    assert {one.condition for one in revealed_case(library, anna, last, 2)} == set(last.exercise.conditions)
    assert open_exercise_case(library, anna, last.id, 2).synthetic
    assert missing_sets(library) == ()
    assert draw_next(library) is None


@pytest.mark.slow
def test_cases_that_are_ready_before_their_turn_wait_for_it(library, anna, bundle):
    first = (library.folder, title_of(bundle.cases[0]))
    install._DRAWN_NOW.add(first)
    try:
        assert draw_next(library) == Drawn(1, CASES)
        assert sets(library, anna) == ()
    finally:
        install._DRAWN_NOW.discard(first)
    draw_next(library)
    # The set of somebody who sees answers: the cases are in the order of the bundle.
    cases = the_set(library, built_in_person(library)).exercise.cases
    assert [one.learning_point for one in cases] == [one.learning_point for one in bundle.cases[:2]]


@pytest.mark.slow
def test_a_set_that_somebody_has_changed_stays_as_it_is(library, chief, bundle):
    draw_next(library)
    draw_next(library)
    found = the_set(library, chief)
    changed = replace(found.exercise, cases=found.exercise.cases[::-1])
    change_set(library, chief, found.id, changed, shared=True)
    draw_next(library)
    assert draw_next(library) is None
    assert the_set(library, chief).exercise == changed


@pytest.mark.slow
@pytest.mark.parametrize("bundle", [MIXED_SET], indirect=True)
def test_a_shuffled_set_comes_complete_since_its_order_depends_on_its_length(library, anna, bundle):
    draw_next(library)
    draw_next(library)
    assert sets(library, anna) == ()
    draw_next(library)
    found = the_set(library, anna)
    assert len(order_of(found.exercise, anna.id)) == CASES
    assert found.exercise.description == WORDS[MIXED_SET].description
