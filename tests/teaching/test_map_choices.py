from __future__ import annotations

import pytest

from spine_core.library.errors import LibraryError
from spine_core.teaching.attempts import commit, open_attempt, reveal
from spine_core.teaching.map_choices import (
    NONE_OF_THEM,
    MapChoice,
    ShownMap,
    choice_counts,
    choices_csv,
    choose_map,
    own_choices,
    shown_maps,
)
from tests.teaching.making import ASKED, CONDITION, LEVEL, answer, set_with_maps

LETTERS = ("lime", "grad_cam", "partition_shap")


@pytest.fixture
def set_id(library, teacher):
    return set_with_maps(library, teacher)[0]


def revealed_attempt(library, person, set_id, place=0) -> str:
    attempt = open_attempt(library, person, set_id, place)
    commit(library, person, attempt.id, answer())
    reveal(library, person, attempt.id)
    return attempt.id


def test_a_choice_is_stored_with_the_order_in_which_maps_were_shown_and_may_be_changed(library, anna, set_id):
    attempt = revealed_attempt(library, anna, set_id)
    assert own_choices(library, anna, attempt) == {}
    choose_map(library, anna, attempt, ASKED, LETTERS, "lime")
    choose_map(library, anna, attempt, ASKED, LETTERS, "grad_cam")
    assert own_choices(library, anna, attempt) == {ASKED: MapChoice(attempt, *ASKED, LETTERS, "grad_cam")}


def test_nothing_is_chosen_before_the_reveal(library, anna, set_id):
    attempt = open_attempt(library, anna, set_id, 0).id
    with pytest.raises(LibraryError, match="after you have committed"):
        choose_map(library, anna, attempt, ASKED, LETTERS, "lime")
    commit(library, anna, attempt, answer())
    with pytest.raises(LibraryError, match="after you have committed"):
        choose_map(library, anna, attempt, ASKED, LETTERS, "lime")


@pytest.mark.parametrize(
    ("finding", "letters", "method"),
    [
        (ASKED, LETTERS, "control edges"),
        (ASKED, ("lime", "saliency"), "lime"),
        (ASKED, ("lime", "lime"), "lime"),
        (ASKED, (), NONE_OF_THEM),
        (("L1/L2", CONDITION), LETTERS, "lime"),
    ],
)
def test_only_a_map_that_was_shown_is_chosen(library, anna, set_id, finding, letters, method):
    attempt = revealed_attempt(library, anna, set_id)
    with pytest.raises(LibraryError):
        choose_map(library, anna, attempt, finding, letters, method)
    assert own_choices(library, anna, attempt) == {}


def test_an_attempt_of_somebody_else_is_none(library, anna, ben, set_id):
    attempt = revealed_attempt(library, anna, set_id)
    with pytest.raises(LibraryError, match="no such attempt"):
        choose_map(library, ben, attempt, ASKED, LETTERS, "lime")
    with pytest.raises(LibraryError, match="no such attempt"):
        own_choices(library, ben, attempt)


def test_who_made_the_set_gets_a_row_per_map_that_was_shown(library, teacher, anna, ben, set_id):
    first, second = revealed_attempt(library, anna, set_id), revealed_attempt(library, ben, set_id)
    choose_map(library, anna, first, ASKED, LETTERS, "lime")
    choose_map(library, ben, second, ASKED, ("grad_cam", "lime"), NONE_OF_THEM)
    found = shown_maps(library, teacher, set_id)
    assert found == (
        ShownMap(first, anna.id, 0, LEVEL, CONDITION, "lime", "A", 1),
        ShownMap(first, anna.id, 0, LEVEL, CONDITION, "grad_cam", "B", 0),
        ShownMap(first, anna.id, 0, LEVEL, CONDITION, "partition_shap", "C", 0),
        ShownMap(second, ben.id, 0, LEVEL, CONDITION, "grad_cam", "A", 0),
        ShownMap(second, ben.id, 0, LEVEL, CONDITION, "lime", "B", 0),
    )
    lines = choices_csv(found).splitlines()
    assert lines[:2] == [
        "learner,attempt,case,level,condition,method,letter,chosen",
        "1,1,1,L4/L5,pfirrmann,lime,A,1",
    ]
    assert lines[-1] == "2,2,1,L4/L5,pfirrmann,lime,B,0"
    assert choice_counts(found) == {"lime": (1, 2), "grad_cam": (0, 2), "partition_shap": (0, 1)}
    with pytest.raises(LibraryError, match="sees its results"):
        shown_maps(library, anna, set_id)
