from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import URL

from spine_core.library.database.backup import back_up, restore
from spine_core.library.database.engine import Database
from spine_core.library.database.schema import now
from spine_core.library.errors import LibraryError
from spine_core.library.people import add_person
from spine_core.library.store import Library
from spine_core.library.types import Role
from spine_core.teaching import attempts as module
from spine_core.teaching.answers import CANNOT_TELL, Answer, Click
from spine_core.teaching.attempt import State
from spine_core.teaching.attempts import change_mind, commit, debrief, open_attempt, reveal, save_draft
from spine_core.teaching.sets import share_set
from spine_core.teaching.shown import debriefed, draft, get_attempt, given, own_attempts, revealed
from tests.teaching.making import CONDITION, LEVEL, answer, released_set, worked


@pytest.fixture
def exercise(library, teacher) -> str:
    return released_set(library, teacher)


@pytest.fixture
def attempt(library, anna, exercise) -> str:
    return open_attempt(library, anna, exercise, 0).id


def test_a_case_from_open_to_debriefed(library, anna, exercise, attempt):
    assert get_attempt(library, anna, attempt).state is State.OPEN
    assert commit(library, anna, attempt, answer("3", 2)).state is State.COMMITTED
    assert reveal(library, anna, attempt).state is State.REVEALED
    (found,) = revealed(library, anna, attempt)
    assert (found.level, found.condition, found.grade) == (LEVEL, CONDITION, "4")
    assert change_mind(library, anna, attempt, answer("4", 5)) == 1
    assert change_mind(library, anna, attempt, answer("5", 3)) == 2
    done = debrief(library, anna, attempt)
    assert done.state is State.DEBRIEFED
    assert done.opened <= done.committed <= done.revealed <= done.debriefed
    assert done == get_attempt(library, anna, attempt)
    told = debriefed(library, anna, attempt)
    assert [one.grade for one in told.references] == ["4"]
    assert told.learning_point == "Look at the nucleus"
    assert told.places[0].radius == 5.0
    answers = given(library, anna, attempt)
    assert [(one.number, one.answers) for one in answers] == [
        (0, answer("3", 2)), (1, answer("4", 5)), (2, answer("5", 3)),
    ]  # fmt: skip
    assert answers[0].time == done.committed


def test_nothing_is_told_before_its_time(library, anna, attempt):
    for early in (
        lambda: reveal(library, anna, attempt),
        lambda: change_mind(library, anna, attempt, answer()),
        lambda: debrief(library, anna, attempt),
    ):
        with pytest.raises(LibraryError, match="commit your own answers first"):
            early()
    with pytest.raises(LibraryError, match="after you have committed"):
        revealed(library, anna, attempt)
    assert given(library, anna, attempt) == ()
    commit(library, anna, attempt, answer())
    with pytest.raises(LibraryError, match="after you have committed"):
        revealed(library, anna, attempt)
    for early in (
        lambda: change_mind(library, anna, attempt, answer()),
        lambda: debrief(library, anna, attempt),
    ):
        with pytest.raises(LibraryError, match="see what the networks say first"):
            early()
    reveal(library, anna, attempt)
    with pytest.raises(LibraryError, match="at the end of the case"):
        debriefed(library, anna, attempt)


def test_every_step_is_made_once(library, anna, attempt):
    commit(library, anna, attempt, answer("3"))
    with pytest.raises(LibraryError, match="are committed"):
        commit(library, anna, attempt, answer("5"))
    with pytest.raises(LibraryError, match="are committed"):
        save_draft(library, anna, attempt, {}, 0)
    reveal(library, anna, attempt)
    with pytest.raises(LibraryError, match="behind you"):
        reveal(library, anna, attempt)
    debrief(library, anna, attempt)
    for late in (
        lambda: change_mind(library, anna, attempt, answer("5")),
        lambda: debrief(library, anna, attempt),
        lambda: reveal(library, anna, attempt),
    ):
        with pytest.raises(LibraryError, match="behind you"):
            late()
    assert [one.answers for one in given(library, anna, attempt)] == [answer("3")]


def test_a_set_without_networks_reveals_nothing(library, teacher, anna):
    set_id = released_set(library, teacher, with_networks=False)
    attempt = open_attempt(library, anna, set_id, 0).id
    commit(library, anna, attempt, answer())
    with pytest.raises(LibraryError, match="without the networks"):
        reveal(library, anna, attempt)
    debrief(library, anna, attempt)
    with pytest.raises(LibraryError, match="after you have committed"):
        revealed(library, anna, attempt)
    assert debriefed(library, anna, attempt).references[0].grade == "4"


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ((), "every finding"),
        (answer() * 2, "every finding"),
        ((*answer(), Answer("L5/S1", CONDITION, "4", 3)), "every finding"),
        (answer("6"), "Pfirrmann grade is answered by"),
        (answer("4", None), "confidence from 1 to 5"),
        (answer("4", 0), "confidence from 1 to 5"),
        (answer("4", 6), "confidence from 1 to 5"),
        ((Answer(LEVEL, CONDITION, CANNOT_TELL, 3),), "without one"),
    ],
)
def test_answers_that_were_not_asked_for_are_refused(library, anna, attempt, answers, reason):
    with pytest.raises(LibraryError, match=reason):
        commit(library, anna, attempt, answers)
    assert get_attempt(library, anna, attempt).state is State.OPEN


def test_cannot_tell_is_an_answer_and_a_click_comes_back(library, anna, exercise, attempt):
    commit(library, anna, attempt, answer(CANNOT_TELL))
    other = open_attempt(library, anna, exercise, 1).id
    commit(library, anna, other, answer("4", 1, Click("series", 3, 10.5, 7.0)))
    assert given(library, anna, attempt)[0].answers[0].grade == CANNOT_TELL
    assert given(library, anna, other)[0].answers[0].click == Click("series", 3, 10.5, 7.0)


def test_a_draft_comes_back_and_two_tabs_do_not_collide(library, anna, exercise, attempt):
    assert draft(library, anna, attempt) == ({}, 0)
    assert save_draft(library, anna, attempt, {"grade": "3"}, 0) == 1
    assert draft(library, anna, attempt) == ({"grade": "3"}, 1)
    with pytest.raises(LibraryError, match="another tab"):
        save_draft(library, anna, attempt, {"grade": "5"}, 0)
    assert save_draft(library, anna, attempt, {"grade": "5"}, 1) == 2
    # The other tab opens the case again and finds the same attempt.
    assert open_attempt(library, anna, exercise, 0).id == attempt
    commit(library, anna, attempt, answer())
    assert draft(library, anna, attempt)[0] == {}


def test_the_second_answer_has_a_draft_of_its_own(library, anna, attempt):
    first = save_draft(library, anna, attempt, {"grade": "3"}, 0)
    commit(library, anna, attempt, answer())
    with pytest.raises(LibraryError, match="committed"):
        save_draft(library, anna, attempt, {"grade": "5"}, first)
    reveal(library, anna, attempt)
    # A tab that still shows the first form is behind.
    with pytest.raises(LibraryError, match="another tab"):
        save_draft(library, anna, attempt, {"grade": "5"}, first)
    content, known = draft(library, anna, attempt)
    assert content == {}
    save_draft(library, anna, attempt, {"grade": "5"}, known)
    assert draft(library, anna, attempt)[0] == {"grade": "5"}
    debrief(library, anna, attempt)
    content, known = draft(library, anna, attempt)
    assert content == {}
    with pytest.raises(LibraryError, match="committed"):
        save_draft(library, anna, attempt, {"grade": "5"}, known)


def test_two_commits_at_once_store_one(library, anna, attempt):
    def try_commit(grade):
        try:
            return commit(library, anna, attempt, answer(grade)).state
        except LibraryError as error:
            return str(error)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(try_commit, "2345"))
    assert found.count(State.COMMITTED) == 1
    assert len(given(library, anna, attempt)) == 1


def test_two_tabs_that_open_a_case_at_once_share_one_attempt(library, anna, exercise):
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: open_attempt(library, anna, exercise, 1).id, range(4)))
    assert len(set(found)) == 1


def test_a_commit_after_the_time_limit_is_stored_as_late(library, teacher, anna, ben, monkeypatch):
    set_id = released_set(library, teacher, time_limit_s=60.0)
    for person, seconds, late in ((anna, 65.0, False), (ben, 65.5, True)):
        monkeypatch.setattr(module, "now", now)
        attempt = open_attempt(library, person, set_id, 0)
        then = attempt.opened + timedelta(seconds=seconds)
        monkeypatch.setattr(module, "now", lambda then=then: then)
        done = commit(library, person, attempt.id, answer())
        assert (done.late, done.seconds) == (late, seconds)
        assert get_attempt(library, person, attempt.id).late is late
        assert len(given(library, person, attempt.id)) == 1


def test_a_case_is_read_again_after_fourteen_days(library, anna, exercise, monkeypatch):
    first = worked(library, anna, exercise, 0, "4")
    with pytest.raises(LibraryError, match="can be read again from"):
        open_attempt(library, anna, exercise, 0)
    later = now() + timedelta(days=14, minutes=1)
    monkeypatch.setattr(module, "now", lambda: later)
    second = open_attempt(library, anna, exercise, 0)
    assert second.id != first
    assert [one.id for one in own_attempts(library, anna, exercise)] == [first, second.id]


def test_attempts_are_ones_own(library, teacher, anna, ben, chief, exercise, attempt):
    commit(library, anna, attempt, answer())
    reveal(library, anna, attempt)
    debrief(library, anna, attempt)
    for person in (ben, teacher, chief):
        for look in (get_attempt, draft, given, revealed, debriefed, reveal, debrief):
            with pytest.raises(LibraryError, match="no such attempt"):
                look(library, person, attempt)
        for deed in (commit, change_mind):
            with pytest.raises(LibraryError, match="no such attempt"):
                deed(library, person, attempt, answer())
        assert own_attempts(library, person) == ()


def test_who_does_not_see_the_set_opens_nothing_and_goes_no_further(
    library, teacher, anna, attempt, exercise
):
    share_set(library, teacher, exercise, False)
    other = add_person(library, "Other", Role.TEACHER)
    for person in (anna, other):
        with pytest.raises(LibraryError, match="no such set"):
            open_attempt(library, person, exercise, 1)
    with pytest.raises(LibraryError, match="no such set"):
        commit(library, anna, attempt, answer())
    with pytest.raises(LibraryError, match="no such case"):
        open_attempt(library, teacher, exercise, 2)


def test_a_restored_library_goes_on_with_its_attempts(library, anna, teacher, attempt, tmp_path):
    save_draft(library, anna, attempt, {"grade": "3"}, 0)
    back_up(library, tmp_path / "backup.zip")
    folder = tmp_path / "other"
    folder.mkdir()
    other = Library(folder, Database(URL.create("sqlite", database=str(folder / "library.db"))))
    restore(other, tmp_path / "backup.zip")
    assert draft(other, anna, attempt) == ({"grade": "3"}, 1)
    commit(other, anna, attempt, answer())
    reveal(other, anna, attempt)
    assert revealed(other, anna, attempt)[0].grade == "4"
    other.database.close()
