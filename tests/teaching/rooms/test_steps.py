from __future__ import annotations

import re

import pytest

from spine_core.library.errors import LibraryError
from spine_core.library.people import add_person
from spine_core.library.types import Role
from spine_core.teaching.release_store import release
from spine_core.teaching.rooms.codes import ALPHABET, new_code, written_code
from spine_core.teaching.rooms.guests import guests, join
from spine_core.teaching.rooms.steps import focus_on, go_to_case, reveal, show_reference
from spine_core.teaching.rooms.store import close_room, get_room, open_room, projector_secret, rooms
from spine_core.teaching.rooms.told import told
from spine_core.teaching.rooms.types import Phase
from spine_core.teaching.sets import change_set, create_set, delete_set, get_set
from tests.teaching.making import ASKED, kept_set


def test_a_code_has_six_characters_that_do_not_look_alike():
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200
    assert all(re.fullmatch(f"[{ALPHABET}]{{6}}", one) for one in codes)
    assert not set("0O1IL") & set(ALPHABET)
    assert written_code(" abc-d23 ") == "ABCD23"


def test_a_case_goes_from_answering_to_the_reveal_to_the_reference_and_tells_nothing_earlier(
    library, teacher, room
):
    before = told(library, room.id)
    assert (room.phase, before.released, before.debriefing) == (Phase.ANSWERING, None, None)
    assert before.exercise.cases[0].learning_point == ""
    assert before.exercise.cases[0].references == ()
    with pytest.raises(LibraryError, match="reveal what the networks say first"):
        show_reference(library, teacher, room.id, 0)

    assert reveal(library, teacher, room.id, 0).phase is Phase.REVEALED
    after = told(library, room.id)
    assert [one.grade for one in after.released] == ["4"]
    assert set(after.released[0].maps) == {
        "grad_cam",
        "lime",
        "partition_shap",
        "control random",
        "control edges",
    }
    assert after.debriefing is None
    assert after.exercise.cases[0].learning_point == ""

    assert show_reference(library, teacher, room.id, 0).phase is Phase.REFERENCE
    end = told(library, room.id)
    assert end.debriefing.learning_point == "Look at the nucleus"
    assert [one.grade for one in end.debriefing.references] == ["4"]
    assert [one.radius for one in end.debriefing.places] == [5.0]
    # Nothing goes back.
    assert reveal(library, teacher, room.id, 0).phase is Phase.REFERENCE


def test_a_case_that_was_shown_is_as_far_as_it_was_when_the_class_comes_back(library, teacher, room):
    reveal(library, teacher, room.id, 0)
    assert go_to_case(library, teacher, room.id, 1).phase is Phase.ANSWERING
    assert go_to_case(library, teacher, room.id, 0).phase is Phase.REVEALED
    with pytest.raises(LibraryError, match="no such case"):
        go_to_case(library, teacher, room.id, 2)
    with pytest.raises(LibraryError, match="no such case"):
        go_to_case(library, teacher, room.id, -1)


def test_every_step_counts_the_version_up_and_a_repeated_one_does_not(library, teacher, room):
    versions = [
        room.version,
        reveal(library, teacher, room.id, 0).version,
        reveal(library, teacher, room.id, 0).version,
        show_reference(library, teacher, room.id, 0).version,
        go_to_case(library, teacher, room.id, 1).version,
        go_to_case(library, teacher, room.id, 1).version,
        focus_on(library, teacher, room.id, ASKED).version,
        close_room(library, teacher, room.id).version,
        close_room(library, teacher, room.id).version,
    ]
    assert versions == [0, 1, 1, 2, 3, 3, 3, 4, 4]


def test_a_step_from_an_older_page_does_not_reveal_another_case(library, teacher, room):
    go_to_case(library, teacher, room.id, 1)
    with pytest.raises(LibraryError, match="another case by now"):
        reveal(library, teacher, room.id, 0)
    assert get_room(library, teacher, room.id).phase is Phase.ANSWERING


def test_a_set_without_networks_goes_from_answering_to_the_reference(library, teacher):
    made = create_set(library, teacher, kept_set(library, teacher, with_networks=False))
    room = open_room(library, teacher, made)
    with pytest.raises(LibraryError, match="without the networks"):
        reveal(library, teacher, room.id, 0)
    show_reference(library, teacher, room.id, 0)
    assert told(library, room.id).released is None
    assert told(library, room.id).debriefing is not None


def test_teachers_who_see_a_set_open_a_room_and_nobody_else_sees_it(library, teacher, set_id, anna, chief):
    with pytest.raises(LibraryError, match="only teachers and administrators open a room"):
        open_room(library, anna, set_id)
    other = add_person(library, "Other teacher", Role.TEACHER)
    room = open_room(library, other, set_id)
    assert [one.id for one in rooms(library, other)] == [room.id]
    assert rooms(library, teacher) == ()
    for person in (teacher, anna):
        for ask in (get_room, guests, close_room):
            with pytest.raises(LibraryError, match="no such room"):
                ask(library, person, room.id)
        with pytest.raises(LibraryError, match="no such room"):
            reveal(library, person, room.id, 0)
    assert get_room(library, chief, room.id) == room


def test_a_room_of_a_set_that_others_do_not_see_cannot_be_opened(library, teacher):
    made = create_set(library, teacher, kept_set(library, teacher), shared=False)
    other = add_person(library, "Other teacher", Role.TEACHER)
    with pytest.raises(LibraryError, match="no such set"):
        open_room(library, other, made)


def test_nicknames_go_with_the_room_unless_they_are_kept(library, teacher, set_id):
    for keep, names in ((False, ["Learner 1", "Learner 2"]), (True, ["Learner 2", "Mia"])):
        room = open_room(library, teacher, set_id)
        join(library, room.code, "Learner 2")
        join(library, room.code, "Mia")
        closed = close_room(library, teacher, room.id, keep_nicknames=keep)
        assert closed.closed is not None
        assert [one.nickname for one in guests(library, teacher, room.id)] == names
        with pytest.raises(LibraryError, match="this room is closed"):
            reveal(library, teacher, room.id, 0)


def test_the_set_of_a_room_stays_as_it_is(library, teacher, room, set_id):
    exercise = get_set(library, teacher, set_id).exercise
    assert change_set(library, teacher, set_id, exercise) != set_id
    reveal(library, teacher, room.id, 0)
    with pytest.raises(LibraryError, match="stays as it is"):
        release(library, teacher, set_id, 0, ())
    delete_set(library, teacher, set_id)
    assert told(library, room.id).released


def test_the_secret_of_a_projector_is_the_same_after_a_restart_and_differs_between_rooms(library, room):
    assert projector_secret(library, room.id) == projector_secret(library, room.id)
    assert projector_secret(library, room.id) != projector_secret(library, "other")
    assert len(projector_secret(library, room.id)) == 64
