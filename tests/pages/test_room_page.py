"""The teacher's page of a room, in memory."""

from __future__ import annotations

import pytest

from pages.components.teach.plain import plain
from pages.components.teach.rooms.live import live_rooms
from pages.components.teach.rooms.open_room_button import open_room_button
from spine_core.library.people import add_person
from spine_core.library.types import Role
from spine_core.teaching.rooms.guests import join
from spine_core.teaching.rooms.room_answers import give_answers
from spine_core.teaching.rooms.steps import go_to_case, reveal
from spine_core.teaching.rooms.store import get_room, open_room, rooms
from spine_core.teaching.rooms.types import Phase, Stage
from tests.pages.test_pages import texts
from tests.teaching.making import answer, set_with_maps


@pytest.fixture
def teacher(library, store):
    person = add_person(library, "Tea", Role.TEACHER)
    store.person_id = person.id
    return person


@pytest.fixture
def room(library, teacher):
    return open_room(library, teacher, set_with_maps(library, teacher)[0])


def shown(page, room):
    app = page("room")
    app.query_params["room"] = room.id
    return app.run()


def button(app, label):
    return next(one for one in app.button if one.label == label)


def test_without_a_set_the_page_says_what_a_room_needs(page, library, teacher):
    assert "Rooms are opened by teachers, for a set of exercises." in texts(page("room"))


def test_who_has_not_answered_is_named_and_nicknames_are_text(page, library, room):
    join(library, room.code, "*Mia* :smile:")
    _, token = join(library, room.code, "Ben")
    give_answers(library, room.code, token, 0, Stage.BEFORE, answer())
    found = texts(shown(page, room))
    assert "1 of 2 have answered" in found
    assert r"Not yet: \*Mia\* \:smile\: (0 of 1)" in found
    assert "Answered: Ben" in found


def test_a_teacher_leads_a_case_to_its_end(page, library, teacher, room):
    app = shown(page, room)
    assert [one.label for one in app.button if one.disabled] == ["Show the reference", "Previous case"]
    app = button(app, "Reveal the networks").click().run()
    assert get_room(library, teacher, room.id).phase is Phase.REVEALED
    assert "the networks are revealed" in texts(app)
    app = button(app, "Show the reference").click().run()
    app = button(app, "Next case").click().run()
    assert "Case 2 of 2: the class answers" in texts(app)
    app = button(app, "Previous case").click().run()
    assert "Case 1 of 2: the reference is shown" in texts(app)
    assert live_rooms().told(room.id).debriefing is not None


def test_a_step_that_is_not_possible_any_more_is_one_sentence(page, library, teacher, room):
    app = shown(page, room)
    # In another tab.
    go_to_case(library, teacher, room.id, 1)
    app = button(app, "Reveal the networks").click().run()
    assert not app.exception
    assert [one.value for one in app.toast] == ["The room is at another case by now."]
    assert get_room(library, teacher, room.id).phase is Phase.ANSWERING


def test_a_room_of_somebody_else_is_none(page, library, teacher, room, store):
    store.person_id = add_person(library, "Other", Role.TEACHER).id
    reveal(library, teacher, room.id, 0)
    app = shown(page, room)
    assert [one.value for one in app.error] == ["There is no such room."]
    assert room.code not in texts(app)


def test_another_page_opens_a_room_and_links_to_it(page, library, teacher, monkeypatch):
    set_id = set_with_maps(library, teacher)[0]
    monkeypatch.setattr(
        "pages.components.teach.rooms.choose_room.open_room_here",
        lambda store, library, person, set_id, go: open_room_button(store, library, person, set_id),
    )
    app = page("room")
    assert not app.get("page_link")
    app = button(app, "Open a room for a class").click().run()
    (made,) = rooms(library, teacher, set_id)
    (link,) = app.get("page_link")
    assert link.proto.label.startswith(f"Room {made.code}")
    assert link.proto.query_string == f"room={made.id}"


def test_a_reader_is_offered_no_room_for_the_set_of_a_teacher(page, library, room, store):
    store.person_id = add_person(library, "Reader").id
    app = page("room")
    assert "There is no set that you could open one for." in texts(app)
    assert not [one for one in app.button if one.label == "Open a room for a class"]


def test_text_that_somebody_typed_is_no_markdown():
    assert plain("[x](javascript:0) <b>") == r"\[x\]\(javascript\:0\) \<b\>"
