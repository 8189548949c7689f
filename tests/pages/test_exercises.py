"""Exercises on the page Teach: what learners and teachers are offered, and the steps behind the buttons."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from pages.components.audit import batch_process
from pages.components.teach.exercise.open_case import OPEN, hand_in, keep
from pages.components.teach.prepare.draft import add_cases
from spine_core.audit.batch.store import batches
from spine_core.library.cases import delete
from spine_core.library.database.schema import ExerciseAttemptRow, ReviewCardRow
from spine_core.library.people import add_person, built_in_person
from spine_core.library.reviews import set_references
from spine_core.library.types import ReferenceGrade, Role
from spine_core.teaching.attempt import State
from spine_core.teaching.attempts import open_attempt
from spine_core.teaching.sets import create_set, get_set, sets
from spine_core.teaching.shown import own_attempts
from tests.library.making import finding, kept
from tests.pages.conftest import settle
from tests.pages.test_pages import texts
from tests.teaching.making import (
    CONDITION,
    LEVEL,
    kept_case,
    kept_set,
    learning_set,
    pure_set,
    released_set,
    worked,
)

PRIMER = "Six steps on a computed phantom"


@pytest.fixture
def teacher(library, store):
    person = add_person(library, "Tess", Role.TEACHER)
    store.person_id = person.id
    return person


@pytest.fixture
def learner(library, store, teacher):
    person = add_person(library, "Lee")
    store.person_id = person.id
    return person


def at(app, **query):
    app.query_params.update(query)
    return shown(app, "Exercises")


def address(app, part: str) -> str:
    value = app.query_params[part]
    return value if isinstance(value, str) else value[0]


def shown(app, part: str):
    return app.segmented_control(key="teach-part").set_value(part).run()


def click(app, label: str):
    next(one for one in app.button if one.label == label).click()
    return app.run()


def component(app, name: str) -> dict:
    """What one of our components is told."""
    (found,) = [one for one in app.main if getattr(one.proto, "component_name", "").endswith(name)]
    return json.loads(found.proto.json)


def test_without_a_set_the_primer_is_shown_and_needs_no_name(page, library):
    app = page("teach")
    assert PRIMER in texts(app)
    app = shown(app, "Exercises")
    assert not app.exception
    assert "The library is empty. Name yourself" in texts(app)


def test_teachers_alone_are_offered_to_prepare(page, library, store, teacher, learner):
    assert "Prepare" not in page("teach").segmented_control(key="teach-part").options
    store.person_id = teacher.id
    assert "Prepare" in page("teach").segmented_control(key="teach-part").options


def test_a_teacher_who_is_alone_is_offered_to_prepare_before_they_were_asked_who_they_are(
    page, library, store, teacher
):
    store.person_id = None
    assert "Prepare" in page("teach").segmented_control(key="teach-part").options
    app = shown(page("teach"), "Prepare")
    assert not app.exception
    assert "You have no set yet." in texts(app)


def test_a_set_that_somebody_does_not_see_is_no_set(page, library, teacher, learner):
    hidden = create_set(library, teacher, kept_set(library, teacher))
    app = at(page("teach"), set=hidden)
    assert [one.value for one in app.error] == ["There is no such set of exercises."]


def test_the_bundled_sets_come_last_and_the_easy_one_first_of_them(page, library, store, teacher, learner):
    built_in = built_in_person(library)
    for title in ("Easy", "Hard"):
        released_set(library, built_in, title=title)
    released_set(library, teacher, title="Today")
    shown_titles = [one.value.split("**")[1] for one in page("teach").markdown if one.value.startswith("**")]
    assert shown_titles == ["Today", "Easy", "Hard"]


def test_the_list_tells_how_far_a_learner_is(page, library, store, teacher, learner):
    set_id = released_set(library, teacher, title="Discs *of* today")
    worked(library, learner, set_id, 0, "3")
    app = page("teach")
    assert not app.exception
    assert r"Discs \*of\* today" in texts(app)
    assert "1 of 2 cases read" in str([one.proto for one in app.get("progress")])
    app = click(app, "Go on")
    assert address(app, "set") == set_id
    app = settle(click(app, "Go on with the next case"), store)
    assert address(app, "case") == "2"
    assert own_attempts(library, learner)[-1].state is State.OPEN


def test_a_case_is_shown_with_its_levels_and_without_answers(page, library, store, teacher, learner):
    set_id = learning_set(library, teacher, time_limit_s=90.0)
    app = at(page("teach"), set=set_id, case="1")
    app = settle(click(app, "Begin this case"), store)
    assert not app.exception
    viewer, form = component(app, "spine_viewer"), component(app, "finding_form")
    assert [mark["level"] for mark in viewer["series"][0]["marks"]] == [LEVEL]
    assert viewer["series"][0]["outlines"] == viewer["series"][0]["places"] == []
    assert (viewer["maps"], form["network"], form["answers"]) == ({}, {}, {})
    assert 80 < form["remaining"] <= 90
    assert form["columns"][0]["grades"][-1] == ["cannot tell", "cannot tell"]
    everything = json.dumps([viewer, form]) + texts(app)
    assert not any(word in everything for word in ("nucleus", "consensus", "probabilit", "grad_cam"))


def test_a_set_without_networks_goes_from_the_commit_to_the_reference(page, library, store, teacher, learner):
    set_id = learning_set(library, teacher, with_networks=False)
    worked(library, learner, set_id, 0, "4", networks=False)
    app = settle(at(page("teach"), set=set_id, case="1"), store)
    assert not app.exception
    said = texts(app)
    assert "Look at the nucleus" in said
    assert "Networks" not in said
    assert address(click(app, "Next case"), "case") == "2"


def test_what_is_due_comes_first_with_another_case_for_it(page, library, store, teacher, learner):
    set_id = released_set(library, teacher, grades="444", network="444")
    worked(library, learner, set_id, 0, "3")
    with library.database.writing() as session:
        for row in session.query(ReviewCardRow):
            row.due -= timedelta(days=60)
    app = page("teach")
    assert "Due today: 1 boundary between grades" in texts(app)
    assert "Pfirrmann grade III against IV" in texts(app)
    app = click(app, "Read a case for it")
    assert address(app, "set") == set_id
    assert own_attempts(library, learner)[-1].place in (1, 2)


def test_scores_are_told_with_their_numbers(page, library, store, teacher, learner):
    app = shown(page("teach"), "My scores")
    assert "Your scores are here once you have finished a case." in texts(app)
    set_id = released_set(library, teacher)
    worked(library, learner, set_id, 0, "3", second="4")
    worked(library, learner, set_id, 1, "5")
    app = settle(app, store)
    assert not app.exception
    said = texts(app)
    assert "Your committed answers to 2 cases" in said
    assert "50%" in said
    assert "switched to right: **1**" in said
    assert "noticed, you were and stayed right: **1**" in said
    assert len(app.get("plotly_chart")) == 2


def test_a_teacher_makes_a_set_from_cases_of_the_library(page, library, store, teacher):
    case_id = kept(library, teacher, finding(LEVEL, CONDITION, "4"), seed=5, title="Old disc")
    set_references(library, teacher, case_id, [ReferenceGrade(LEVEL, CONDITION, "3", "two readers")])
    app = click(shown(page("teach"), "Prepare"), "New set")
    assert "Not complete: give the set a title." in texts(app)
    title = next(one for one in app.text_input if one.label == "Title")
    app = title.set_value("Discs of the week").run()
    minutes = next(one for one in app.number_input if "minutes" in one.label)
    app = minutes.set_value(2.0).run()
    part = next(one for one in app.segmented_control if one.label == "Part of the set")
    app = part.set_value("2. Its cases").run()
    draft = store.set_draft
    # AppTest does not select rows of a table.
    add_cases(draft, library, teacher, [case_id, case_id])
    app = app.run()
    assert "Not complete" not in texts(app)
    part = next(one for one in app.segmented_control if one.label == "Part of the set")
    app = settle(part.set_value("3. References and learning points").run(), store)
    assert not app.exception
    # Five levels are asked for at first, and one was kept.
    (warned,) = [one.value for one in app.warning]
    assert "without the position of" in warned
    form = component(app, "finding_form")
    assert form["answers"] == {f"{LEVEL} {CONDITION}": {"grade": "3"}}
    assert not form["asksConfidence"]
    point = next(one for one in app.text_area if one.label == "Learning point")
    app = point.set_value("Count from the sacrum").run()
    app = click(app, "Store the set")
    assert not app.exception
    (stored,) = sets(library, teacher)
    exercise = stored.exercise
    assert (exercise.title, exercise.time_limit_s) == ("Discs of the week", 120.0)
    assert exercise.cases[0].learning_point == "Count from the sacrum"
    assert exercise.cases[0].references[0].source == "two readers"
    app = click(app, "Share it with everybody here")
    assert get_set(library, teacher, stored.id).shared
    assert f"/teach?set={stored.id}" in [one.value for one in app.code]


def test_a_release_says_of_every_case_what_there_is(page, library, store, teacher):
    read = kept(library, teacher, finding(LEVEL, CONDITION, "4"), seed=5)
    unread = kept(library, teacher, seed=6)
    cases = tuple(kept_case(library, teacher, one) for one in (read, unread))
    set_id = create_set(library, teacher, pure_set(cases=cases))
    app = shown(page("teach"), "Prepare")
    app = settle(app.segmented_control(key=f"of-set-{set_id}").set_value("Networks").run(), store)
    assert list(app.dataframe[0].value["Released"]) == [False, False]
    assert app.dataframe[0].value["Note"][0] == "Not released yet"
    app = settle(click(app, "Release"), store)
    assert not app.exception
    table = app.dataframe[0].value
    assert list(table["Released"]) == [True, False]
    assert list(table["There is"]) == ["1 finding, without maps", "nothing"]
    assert "kept without a reading" in table["Note"][1]
    assert "1 case has findings without maps of this batch" in texts(app)


def test_results_of_a_set_and_its_file(page, library, store, teacher, learner):
    set_id = learning_set(library, teacher)
    worked(library, learner, set_id, 1, "5", second="4")
    store.person_id = teacher.id
    app = shown(page("teach"), "Prepare")
    app = settle(app.segmented_control(key=f"of-set-{set_id}").set_value("Results").run(), store)
    assert not app.exception
    (line,) = app.dataframe[0].value.to_dict("records")
    assert (line["Case"], line["Exact"], line["Within one"]) == (2, 0, "1")
    assert (line["Switched to right"], line["Networks' error noticed"]) == (1, "1 of 1")
    app = settle(app.segmented_control(key=f"of-set-{set_id}").set_value("File").run(), store)
    app = settle(click(app, "Make the file"), store)
    assert not app.exception
    assert app.get("download_button")


def test_a_stored_set_is_changed_and_deleted(page, library, store, teacher):
    set_id = create_set(library, teacher, kept_set(library, teacher))
    app = click(shown(page("teach"), "Prepare"), "Change it")
    title = next(one for one in app.text_input if one.label == "Title")
    app = click(title.set_value("Other discs").run(), "Store the set")
    assert get_set(library, teacher, set_id).exercise == replace(
        kept_set(library, teacher), title="Other discs"
    )
    app = click(app, "Delete this set")
    assert sets(library, teacher) == ()
    assert "You have no set yet." in texts(app)


def test_answers_that_another_tab_saved_since_are_not_overwritten(page, library, store, teacher, learner):
    set_id = released_set(library, teacher)
    attempt = open_attempt(library, learner, set_id, 0)
    app = settle(at(page("teach"), set=set_id, case="1"), store)
    with library.database.writing() as session:
        session.get_one(ExerciseAttemptRow, attempt.id).saved = 7
    opened = app.session_state[OPEN][1]
    for change in (keep, lambda *given, **answers: hand_in(*given, answers)):
        change(store, library, opened, answers={f"{LEVEL} {CONDITION}": {"grade": "4", "confidence": 3}})
        assert "another tab" in str(opened.problem)
    assert own_attempts(library, learner)[-1].state is State.OPEN
    assert "filled in further in another tab" in texts(app.run())
    app = click(app, "Load what is saved")
    assert "another tab" not in texts(app)


def test_a_case_that_was_deleted_does_not_stop_the_others(page, library, store, teacher, learner):
    set_id = released_set(library, teacher)
    open_attempt(library, learner, set_id, 0)
    delete(library, teacher, get_set(library, teacher, set_id).exercise.cases[0].case_id)
    app = settle(at(page("teach"), set=set_id, case="1"), store)
    assert not app.exception
    assert [one.value for one in app.error] == ["There is no such case."]
    assert address(click(app, "Next case"), "case") == "2"


def test_maps_that_are_missing_are_computed_by_a_batch(page, library, store, teacher, monkeypatch):
    started = []
    monkeypatch.setattr(batch_process, "start", lambda *given: started.append(given))
    set_id = released_set(library, teacher)
    app = shown(page("teach"), "Prepare")
    app = settle(app.segmented_control(key=f"of-set-{set_id}").set_value("Networks").run(), store)
    app = settle(click(app, "Compute their maps"), store)
    assert not app.exception
    (batch,) = batches(library, teacher)
    assert started == [(teacher, batch.id, 1)]
    assert (batch.plan.conditions, batch.plan.levels, batch.studies) == ((CONDITION,), (LEVEL,), 2)
    assert app.selectbox(key=f"release-batch-{set_id}").value == batch.id
    assert "Interrupted: 0 of 2 studies are done." in texts(app)
