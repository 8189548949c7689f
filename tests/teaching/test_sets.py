from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update

from spine_core.anatomy.types import Source
from spine_core.audit.batch.store import delete_batch
from spine_core.library.cases import Description, delete, describe, get_case
from spine_core.library.database.schema import MapRow
from spine_core.library.errors import LibraryError
from spine_core.library.people import add_person, set_role
from spine_core.library.search import find_cases
from spine_core.library.types import Role
from spine_core.teaching.access import exercise_levels, open_exercise_case
from spine_core.teaching.attempts import commit, open_attempt, reveal
from spine_core.teaching.prepare_release import findings_to_release
from spine_core.teaching.release_store import not_released, read_released_map, release
from spine_core.teaching.sets import change_set, create_set, delete_set, get_set, sets, share_set, warnings
from spine_core.teaching.shown import given, own_attempts, revealed
from tests.audit.ratings.making import METHODS, attribution, batch_with_maps
from tests.library.making import finding, kept
from tests.teaching.making import (
    ASKED,
    answer,
    kept_case,
    kept_set,
    pure_set,
    released_set,
    set_with_maps,
    worked,
)


def test_learners_see_shared_sets_without_their_answers(library, teacher, anna, chief):
    exercise = kept_set(library, teacher)
    own = create_set(library, teacher, exercise)
    assert get_set(library, teacher, own).exercise == exercise
    assert sets(library, anna) == ()
    with pytest.raises(LibraryError, match="no such set"):
        get_set(library, anna, own)
    share_set(library, teacher, own, True)
    (seen,) = sets(library, anna)
    assert seen.exercise == exercise.without_answers()
    assert seen.shared
    assert get_set(library, chief, own).exercise == exercise


def test_only_teachers_and_administrators_make_sets_and_only_of_cases_that_they_see(
    library, teacher, anna, chief
):
    exercise = kept_set(library, teacher)
    other = add_person(library, "Other", Role.TEACHER)
    auditor = add_person(library, "Auditor", Role.AUDITOR)
    for person in (anna, auditor):
        with pytest.raises(LibraryError, match="only teachers"):
            create_set(library, person, exercise)
    with pytest.raises(LibraryError, match="no such case"):
        create_set(library, other, exercise)
    with pytest.raises(LibraryError, match="another study"):
        create_set(
            library, teacher, replace(exercise, cases=(replace(exercise.cases[0], study_sha256="0" * 64),))
        )
    create_set(library, chief, exercise)
    set_role(library, chief, teacher.id, Role.READER)
    with pytest.raises(LibraryError, match="only teachers"):
        create_set(library, teacher, exercise)


def test_others_change_delete_and_release_nothing(library, teacher, anna, chief):
    set_id = released_set(library, teacher)
    other = add_person(library, "Other", Role.TEACHER)
    for person in (anna, other):
        for deed in (
            lambda person=person: change_set(library, person, set_id, pure_set()),
            lambda person=person: delete_set(library, person, set_id),
            lambda person=person: share_set(library, person, set_id, False),
            lambda person=person: release(library, person, set_id, 0, ()),
            lambda person=person: not_released(library, person, set_id),
        ):
            with pytest.raises(LibraryError, match="only who made"):
                deed()
    delete_set(library, chief, set_id)
    assert sets(library, teacher) == ()


def test_a_set_with_attempts_becomes_a_new_version(library, teacher, anna):
    exercise = kept_set(library, teacher)
    set_id = create_set(library, teacher, exercise, shared=True)
    first = replace(exercise, title="Renamed")
    assert change_set(library, teacher, set_id, first, shared=True) == set_id
    assert get_set(library, teacher, set_id).exercise == first
    open_attempt(library, anna, set_id, 0)
    second = replace(exercise, title="Again", cases=exercise.cases[:1])
    new = change_set(library, teacher, set_id, second)
    assert new != set_id
    assert get_set(library, teacher, set_id).exercise == first
    assert get_set(library, teacher, new).replaces == set_id
    assert get_set(library, teacher, new).exercise == second


def test_the_case_of_a_set_is_opened_by_who_sees_the_set_and_only_that_case(library, teacher, anna, ben):
    exercise = kept_set(library, teacher)
    hidden = kept(library, teacher, finding(*ASKED, "4"), seed=9)
    set_id = create_set(library, teacher, exercise)
    with pytest.raises(LibraryError, match="no such set"):
        open_exercise_case(library, anna, set_id, 0)
    share_set(library, teacher, set_id, True)
    study = open_exercise_case(library, anna, set_id, 1)
    assert study.sha256 == exercise.cases[1].study_sha256
    for place in (-1, 2):
        with pytest.raises(LibraryError, match="no such case"):
            open_exercise_case(library, anna, set_id, place)
    # In the library, neither this case nor another one of the teacher is hers to see.
    for case_id in (exercise.cases[1].case_id, hidden):
        with pytest.raises(LibraryError, match="no such case"):
            get_case(library, anna, case_id)


def test_a_learner_is_told_the_kept_levels_and_nothing_else_of_the_reading(library, teacher, anna):
    set_id = released_set(library, teacher)
    study = open_exercise_case(library, anna, set_id, 0)
    (found,) = exercise_levels(library, anna, set_id, 0, study)
    assert (found.level, found.series_uid, found.center_px) == ("L4/L5", study.series[0].uid, (30.0, 20.0))
    assert (found.confidence, found.source) == (1.0, Source.READER)
    without = create_set(
        library, teacher, pure_set(cases=(kept_case(library, teacher, kept(library, teacher, seed=9)),))
    )
    assert exercise_levels(library, teacher, without, 0, study) == ()
    with pytest.raises(LibraryError, match="no such set"):
        exercise_levels(library, anna, without, 0, study)


def test_a_case_that_its_owner_hides_from_the_teacher_is_hidden_from_learners(library, teacher, anna, ben):
    case_id = kept(library, ben, finding(*ASKED, "4"), seed=5, shared=True)
    exercise = kept_set(library, teacher)
    theirs = replace(
        exercise.cases[0], case_id=case_id, study_sha256=get_case(library, ben, case_id).study_sha256
    )
    set_id = create_set(library, teacher, replace(exercise, cases=(theirs,)), shared=True)
    open_exercise_case(library, anna, set_id, 0)
    describe(library, ben, case_id, Description(shared=False))
    with pytest.raises(LibraryError, match="no such case"):
        open_exercise_case(library, anna, set_id, 0)


def test_deleted_cases_and_sets_leave_attempts_behind(library, teacher, anna):
    set_id = released_set(library, teacher)
    attempt = worked(library, anna, set_id, 0, "4")
    case_id = get_set(library, teacher, set_id).exercise.cases[0].case_id
    delete(library, teacher, case_id)
    with pytest.raises(LibraryError, match="no such case"):
        open_exercise_case(library, anna, set_id, 0)
    # The set can still be changed, with the deleted case in it or without.
    exercise = get_set(library, teacher, set_id).exercise
    change_set(library, teacher, set_id, replace(exercise, title="After"))
    assert warnings(library, teacher, exercise) == ()
    delete_set(library, teacher, set_id)
    with pytest.raises(LibraryError, match="no such set"):
        get_set(library, anna, set_id)
    assert [one.id for one in own_attempts(library, anna)] == [attempt]
    assert given(library, anna, attempt)[0].answers == answer("4")
    assert revealed(library, anna, attempt)[0].grade == "4"


def test_the_same_patient_twice_is_warned_of(library, teacher):
    # All pictures of the tests are of one patient.
    assert warnings(library, teacher, kept_set(library, teacher)) == (
        "cases 1 and 2 are of the same patient",
    )


def test_released_maps_are_the_ones_of_the_batch_and_outlive_it(library, teacher, anna):
    set_id, batch_id = set_with_maps(library, teacher)
    assert not_released(library, teacher, set_id) == ()
    delete_batch(library, teacher, batch_id)
    attempt = open_attempt(library, anna, set_id, 0)
    commit(library, anna, attempt.id, answer())
    reveal(library, anna, attempt.id)
    (found,) = revealed(library, anna, attempt.id)
    assert (found.grade, found.prediction_set, found.uncertain) == ("4", ("4",), False)
    assert found.probabilities["4"] == pytest.approx(0.9)
    assert set(found.maps) == set(METHODS)
    assert found.view.size == 8
    for method in METHODS:
        shown = read_released_map(library, found, method)
        assert shown == pytest.approx(attribution(0, method), abs=1e-3)


def test_released_maps_go_with_their_set(library, teacher):
    set_id, batch_id = set_with_maps(library, teacher)
    delete_batch(library, teacher, batch_id)
    before = set(library.content.hashes())
    exercise = get_set(library, teacher, set_id).exercise
    change_set(library, teacher, set_id, replace(exercise, cases=exercise.cases[:1]))
    assert len(before - set(library.content.hashes())) == len(METHODS)
    delete_set(library, teacher, set_id)
    assert len(before - set(library.content.hashes())) == 2 * len(METHODS)


def test_a_new_version_keeps_what_was_released(library, teacher, anna):
    set_id, _ = set_with_maps(library, teacher)
    open_attempt(library, anna, set_id, 0)
    exercise = get_set(library, teacher, set_id).exercise
    turned = replace(exercise, cases=exercise.cases[::-1])
    new = change_set(library, teacher, set_id, turned, shared=True)
    attempt = open_attempt(library, anna, new, 1)
    commit(library, anna, attempt.id, answer())
    reveal(library, anna, attempt.id)
    (found,) = revealed(library, anna, attempt.id)
    assert read_released_map(library, found, "lime") == pytest.approx(attribution(0, "lime"), abs=1e-3)


def test_only_maps_of_the_case_itself_are_released(library, teacher):
    set_id, batch_id = set_with_maps(library, teacher)
    cases = get_set(library, teacher, set_id).exercise.cases
    of_other = findings_to_release(library, teacher, cases[1].case_id, {ASKED}, batch_id)
    with pytest.raises(LibraryError, match="not stored"):
        release(library, teacher, set_id, 0, of_other)
    with pytest.raises(LibraryError, match="released twice"):
        release(library, teacher, set_id, 1, of_other * 2)


def test_what_a_learner_has_seen_is_not_released_anew(library, teacher, anna):
    set_id = released_set(library, teacher)
    worked(library, anna, set_id, 0, "4")
    with pytest.raises(LibraryError, match="stays as it is"):
        release(library, teacher, set_id, 0, ())
    release(library, teacher, set_id, 1, ())


def test_only_maps_of_the_reported_grade_and_the_methods_that_were_chosen_are_prepared(library, teacher):
    batch_id = batch_with_maps(library, teacher, 1, twins=True, grades="4")
    (case_id,) = (one.id for one in find_cases(library, teacher).cases)
    (found,) = findings_to_release(
        library, teacher, case_id, {ASKED}, batch_id, ["lime", "grad_cam~random", "control edges"]
    )
    assert set(found.maps) == {"lime", "grad_cam~random", "control edges"}
    assert findings_to_release(library, teacher, case_id, {("L5/S1", "pfirrmann")}, batch_id) == ()
    other = kept(library, teacher, seed=8)
    with pytest.raises(LibraryError, match="without a reading"):
        findings_to_release(library, teacher, other, {ASKED})


@pytest.mark.parametrize("change", [{"grade": "3"}, {"network_sha256": "f" * 64}])
def test_maps_of_another_grade_or_network_say_nothing_about_the_reading(library, teacher, change):
    batch_id = batch_with_maps(library, teacher, 1, grades="4")
    (case_id,) = (one.id for one in find_cases(library, teacher).cases)
    with library.database.writing() as session:
        session.execute(update(MapRow).values(**change))
    (found,) = findings_to_release(library, teacher, case_id, {ASKED}, batch_id)
    assert (found.grade, found.maps, found.view) == ("4", {}, None)


def test_a_verdict_in_words_comes_with_its_map(library, teacher):
    batch_id = batch_with_maps(library, teacher, 1, grades="4")
    (case_id,) = (one.id for one in find_cases(library, teacher).cases)
    with library.database.writing() as session:
        session.execute(
            update(MapRow).where(MapRow.method == "lime").values(outcome="no better than controls")
        )
    (found,) = findings_to_release(library, teacher, case_id, {ASKED}, batch_id)
    assert found.verdicts == {
        "lime": "LIME is no better than maps made without the network: do not take it for the reason."
    }
