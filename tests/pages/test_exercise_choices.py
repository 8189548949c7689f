"""Choices between blinded maps, where teachers and auditors read them: pages Teach and Audit."""

from __future__ import annotations

import pytest

from spine_core.library.people import add_person
from spine_core.library.types import Role
from spine_core.teaching.attempts import commit, open_attempt, reveal
from spine_core.teaching.map_choices import choose_map
from tests.pages.conftest import settle
from tests.pages.test_pages import texts
from tests.teaching.making import ASKED, answer, set_with_maps

VIEW = "Choices from exercises"


@pytest.fixture
def teacher(library, store):
    person = add_person(library, "Tess", Role.TEACHER)
    store.person_id = person.id
    return person


@pytest.fixture
def set_id(library, teacher):
    """A set at which two learners have chosen."""
    made = set_with_maps(library, teacher)[0]
    for name, method in (("Anna", "lime"), ("Ben", "grad_cam")):
        learner = add_person(library, name)
        attempt = open_attempt(library, learner, made, 0)
        commit(library, learner, attempt.id, answer())
        reveal(library, learner, attempt.id)
        choose_map(library, learner, attempt.id, ASKED, method)
    return made


def choices(app, store):
    return settle(app.segmented_control(key="audit-view").set_value(VIEW).run(), store)


def counts(app) -> dict[str, tuple[str, str]]:
    table = next(one.value for one in app.dataframe if "Chosen" in one.value)
    return dict(zip(table["Method"], zip(table["Chosen"], table["Shown"], strict=True), strict=True))


def test_the_audit_page_counts_the_choices_and_vouches_for_their_log(page, library, store, set_id):
    app = choices(page("audit"), store)
    assert not app.exception
    found = counts(app)
    assert (found["LIME"], found["Grad-CAM"], found["Control: edges"]) == (("1", "2"), ("1", "2"), ("0", "2"))
    assert "Counts only: fewer than 10 maps were shown to two learners." in texts(app)
    assert "2 choices of 2 learners" in texts(app)
    assert "The log is whole: 2 entries" in texts(app)


def test_the_results_of_the_set_have_the_same(page, library, store, set_id):
    app = page("teach")
    app.query_params["set"] = set_id
    app = app.segmented_control(key="teach-part").set_value("Prepare").run()
    app = settle(app.segmented_control(key=f"of-set-{set_id}").set_value("Results").run(), store)
    assert not app.exception
    assert counts(app)["LIME"] == ("1", "2")


def test_other_teachers_and_learners_see_none(page, library, store, set_id):
    for role in (Role.TEACHER, Role.AUDITOR, Role.READER):
        store.person_id = add_person(library, f"Other {role.value}", role).id
        app = choices(page("audit"), store)
        assert "No choices yet" in texts(app)
        assert not app.dataframe
