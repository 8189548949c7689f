from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from spine_core.library.database.schema import RoomGuestRow
from spine_core.library.errors import LibraryError
from spine_core.teaching.answers import CANNOT_TELL, Answer, Click
from spine_core.teaching.rooms.guests import WrongCodeError, guest_of, guests, join, token_sha256
from spine_core.teaching.rooms.join_limit import OVER_ALL, PER_ADDRESS, JoinLimit
from spine_core.teaching.rooms.nicknames import checked_nickname
from spine_core.teaching.rooms.room_answers import give_answers, own_answers, room_answers
from spine_core.teaching.rooms.room_csv import room_csv
from spine_core.teaching.rooms.steps import go_to_case, reveal, show_reference
from spine_core.teaching.rooms.store import close_room, open_room
from spine_core.teaching.rooms.tally import tallies
from spine_core.teaching.rooms.types import Stage
from tests.teaching.making import ASKED, CONDITION, LEVEL, answer

BEFORE, AFTER = Stage.BEFORE, Stage.AFTER


@pytest.mark.parametrize("name", ["Mia", "<script>", "O'Neil & co", "Léa", "李雷", " two  words ", "x" * 24])
def test_a_nickname_is_text_of_any_script(name):
    assert checked_nickname(name) == " ".join(name.split())


@pytest.mark.parametrize(
    "name", ["", "  ", "x" * 25, "a\u202eb", "a\x00b", "\u0301\u0302", "\u200b", "a" + "\u0300" * 20]
)
def test_a_nickname_that_is_invisible_turned_or_piled_up_is_refused(name):
    with pytest.raises(LibraryError, match="1 to 24"):
        checked_nickname(name)


def test_a_guest_is_known_by_a_token_of_which_only_the_hash_is_stored(library, room):
    guest, token = join(library, room.code.lower(), "Mia")
    assert guest_of(library, room.code, token) == (guest, room)
    assert len(token) >= 43
    with library.database.reading() as session:
        stored = session.scalars(select(RoomGuestRow)).one()
        assert stored.token_sha256 == token_sha256(token)
        assert token not in repr(vars(stored))


def test_a_nickname_is_unique_in_its_room(library, teacher, set_id, room):
    join(library, room.code, "Léa")
    for name in ("Léa", "LEA", "l e a"):
        with pytest.raises(LibraryError, match="is taken"):
            join(library, room.code, name)
    other = open_room(library, teacher, set_id)
    assert join(library, other.code, "Léa")[0].number == 1


def test_thirty_who_join_at_once_have_thirty_numbers(library, teacher, room):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: join(library, room.code, f"Learner no. {number}"), range(30)))
    assert [one.number for one in guests(library, teacher, room.id)] == list(range(1, 31))


def test_two_rooms_do_not_see_each_other(library, teacher, set_id, room):
    other = open_room(library, teacher, set_id)
    _, token = join(library, room.code, "Mia")
    with pytest.raises(LibraryError, match="not in this room"):
        guest_of(library, other.code, token)
    with pytest.raises(LibraryError, match="not in this room"):
        give_answers(library, other.code, token, 0, BEFORE, answer())
    give_answers(library, room.code, token, 0, BEFORE, answer())
    assert room_answers(library, teacher, other.id) == ()
    assert guests(library, teacher, other.id) == ()


def test_a_wrong_code_and_a_closed_room_are_one_sentence(library, teacher, room):
    _, token = join(library, room.code, "Mia")
    close_room(library, teacher, room.id, keep_nicknames=True)
    for code in (room.code, "ZZZZZZ", "", "%"):
        with pytest.raises(WrongCodeError, match="no open room with this code"):
            join(library, code, "Ben")
    with pytest.raises(LibraryError, match="closed"):
        guest_of(library, room.code, token)
    with pytest.raises(LibraryError, match="closed"):
        give_answers(library, room.code, token, 0, BEFORE, answer())


def test_an_answer_may_be_changed_while_its_stage_lasts_and_is_kept_then(library, teacher, room):
    _, token = join(library, room.code, "Mia")
    click = Click("series", 3, 1.5, 2.5)
    give_answers(library, room.code, token, 0, BEFORE, answer("3"))
    give_answers(library, room.code, token, 0, BEFORE, answer("4", 2, click))
    with pytest.raises(LibraryError, match="the class has gone on"):
        give_answers(library, room.code, token, 0, AFTER, answer("5"))
    reveal(library, teacher, room.id, 0)
    with pytest.raises(LibraryError, match="the class has gone on"):
        give_answers(library, room.code, token, 0, BEFORE, answer("5"))
    give_answers(library, room.code, token, 0, AFTER, answer("5"))
    show_reference(library, teacher, room.id, 0)
    for stage in Stage:
        with pytest.raises(LibraryError, match="the class has gone on"):
            give_answers(library, room.code, token, 0, stage, answer("1"))
    assert own_answers(library, room.code, token, 0) == {BEFORE: answer("4", 2, click), AFTER: answer("5")}
    go_to_case(library, teacher, room.id, 1)
    with pytest.raises(LibraryError, match="the class has gone on"):
        give_answers(library, room.code, token, 0, BEFORE, answer("1"))


@pytest.mark.parametrize(
    "wrong",
    [
        (Answer("L1/L2", CONDITION, "4", 3),),
        (Answer(LEVEL, CONDITION, "9", 3),),
        (Answer(LEVEL, CONDITION, "4", 6),),
        (Answer(LEVEL, CONDITION, "4"),),
        (Answer(LEVEL, CONDITION, CANNOT_TELL, 3),),
        answer() * 2,
    ],
)
def test_what_is_not_asked_for_is_not_stored(library, teacher, room, wrong):
    _, token = join(library, room.code, "Mia")
    with pytest.raises(LibraryError):
        give_answers(library, room.code, token, 0, BEFORE, wrong)
    assert room_answers(library, teacher, room.id) == ()


def test_the_answers_of_a_class_are_counted_before_and_after(library, teacher, room):
    tokens = [join(library, room.code, name)[1] for name in ("Mia", "Ben", "Cleo", "Silent")]
    click = Click("series", 0, 10.0, 20.0)
    for token, grade in zip(tokens, ("3", "4", CANNOT_TELL), strict=False):
        give_answers(library, room.code, token, 0, BEFORE, answer(grade, 4, click if grade == "3" else None))
    reveal(library, teacher, room.id, 0)
    give_answers(library, room.code, tokens[0], 0, AFTER, answer("4", 5))
    (found,) = tallies(room_answers(library, teacher, room.id, 0), (ASKED,))
    none = dict.fromkeys(("1", "2", "3", "4", "5"), 0)
    assert found.counts[BEFORE] == none | {"3": 1, "4": 1, CANNOT_TELL: 1}
    # Who did not change their mind counts again.
    assert found.counts[AFTER] == none | {"4": 2, CANNOT_TELL: 1}
    assert (found.taps[BEFORE], found.taps[AFTER]) == ((click,), ())


def test_the_table_has_a_line_per_answer_and_runs_no_formula(library, teacher, anna, room):
    tokens = [join(library, room.code, name)[1] for name in ("Mia", "=1+1")]
    give_answers(library, room.code, tokens[0], 0, BEFORE, answer("3", 2, Click("series", 4, 1.5, 2.5)))
    give_answers(library, room.code, tokens[1], 0, BEFORE, answer("4"))
    reveal(library, teacher, room.id, 0)
    give_answers(library, room.code, tokens[1], 0, AFTER, answer(CANNOT_TELL))
    lines = room_csv(library, teacher, room.id).splitlines()
    assert lines == [
        "learner,case,level,condition,stage,grade,confidence,click_slice,click_row,click_column,reference,right",
        "Mia,1,L4/L5,pfirrmann,before,3,2,5,1.5,2.5,4,0",
        "'=1+1,1,L4/L5,pfirrmann,before,4,4,,,,4,1",
        "'=1+1,1,L4/L5,pfirrmann,after,cannot tell,,,,,4,0",
    ]
    with pytest.raises(LibraryError, match="no such room"):
        room_csv(library, anna, room.id)


def test_codes_cannot_be_tried_for_long():
    time = [0.0]
    limit = JoinLimit(lambda: time[0])
    for _ in range(PER_ADDRESS):
        assert not limit.refuses("a")
        limit.wrong("a")
    assert limit.refuses("a")
    assert not limit.refuses("b")
    for number in range(OVER_ALL - PER_ADDRESS):
        limit.wrong(f"address {number}")
    assert limit.refuses("b")
    time[0] = 61.0
    assert not limit.refuses("a")
    assert not limit.refuses("b")
