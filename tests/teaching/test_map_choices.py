from __future__ import annotations

import json

import pytest

from spine_core.audit.choices.log import NONE_OF_THEM, blinded_order
from spine_core.audit.ratings.log_store import log_path, verify
from spine_core.audit.ratings.store import NO_AUDIT, audits, get_audit
from spine_core.cli.main import main
from spine_core.library.database.schema import AuditEntryRow
from spine_core.library.errors import LibraryError
from spine_core.teaching.attempts import commit, debrief, open_attempt, reveal
from spine_core.teaching.map_choices import (
    MapChoice,
    choose_map,
    leave_open,
    own_choices,
    set_choices,
    sets_with_choices,
    shown_order,
)
from spine_core.teaching.shown import revealed
from tests.teaching.making import ASKED, CONDITION, answer, set_with_maps


@pytest.fixture
def set_id(library, teacher):
    return set_with_maps(library, teacher)[0]


def revealed_attempt(library, person, set_id, place=0) -> str:
    attempt = open_attempt(library, person, set_id, place)
    commit(library, person, attempt.id, answer())
    reveal(library, person, attempt.id)
    return attempt.id


def test_a_choice_is_stored_with_the_order_in_which_maps_were_shown(library, anna, set_id):
    attempt = revealed_attempt(library, anna, set_id)
    assert own_choices(library, anna, attempt) == {}
    choose_map(library, anna, attempt, ASKED, "lime")
    (finding,) = revealed(library, anna, attempt)
    letters = shown_order(attempt, finding)
    assert set(letters) == set(finding.maps)
    assert letters == blinded_order(attempt, *ASKED, sorted(finding.maps))
    assert own_choices(library, anna, attempt) == {ASKED: MapChoice(attempt, *ASKED, letters, "lime")}


def test_nobody_chooses_twice_since_the_maps_have_their_names_then(library, teacher, anna, set_id):
    attempt = revealed_attempt(library, anna, set_id)
    choose_map(library, anna, attempt, ASKED, "lime")
    with pytest.raises(LibraryError, match="have their names"):
        choose_map(library, anna, attempt, ASKED, "grad_cam")
    assert own_choices(library, anna, attempt)[ASKED].method == "lime"
    assert len(set_choices(library, teacher, set_id).entries) == 1


def test_who_had_the_maps_named_has_not_chosen_and_chooses_no_more(library, teacher, anna, set_id):
    attempt = revealed_attempt(library, anna, set_id)
    leave_open(library, anna, attempt, ASKED)
    leave_open(library, anna, attempt, ASKED)
    assert set(own_choices(library, anna, attempt)) == {ASKED}
    with pytest.raises(LibraryError, match="have their names"):
        choose_map(library, anna, attempt, ASKED, "lime")
    assert set_choices(library, teacher, set_id) is None


def test_a_map_is_chosen_between_the_reveal_and_the_reference(library, anna, set_id):
    attempt = open_attempt(library, anna, set_id, 0).id
    with pytest.raises(LibraryError, match="after you have committed"):
        choose_map(library, anna, attempt, ASKED, "lime")
    commit(library, anna, attempt, answer())
    with pytest.raises(LibraryError, match="after you have committed"):
        choose_map(library, anna, attempt, ASKED, "lime")
    reveal(library, anna, attempt)
    debrief(library, anna, attempt)
    with pytest.raises(LibraryError, match="behind you"):
        choose_map(library, anna, attempt, ASKED, "lime")


@pytest.mark.parametrize(("finding", "method"), [(ASKED, "saliency"), (("L1/L2", CONDITION), "lime")])
def test_only_a_map_that_was_shown_is_chosen(library, teacher, anna, set_id, finding, method):
    attempt = revealed_attempt(library, anna, set_id)
    with pytest.raises(LibraryError):
        choose_map(library, anna, attempt, finding, method)
    assert own_choices(library, anna, attempt) == {}
    assert set_choices(library, teacher, set_id) is None


def test_an_attempt_of_somebody_else_is_none(library, anna, ben, set_id):
    attempt = revealed_attempt(library, anna, set_id)
    with pytest.raises(LibraryError, match="no such attempt"):
        choose_map(library, ben, attempt, ASKED, "lime")
    with pytest.raises(LibraryError, match="no such attempt"):
        own_choices(library, ben, attempt)


def test_every_choice_is_an_entry_of_the_log_of_the_set(library, teacher, anna, ben, set_id):
    first, second = revealed_attempt(library, anna, set_id), revealed_attempt(library, ben, set_id, 1)
    choose_map(library, anna, first, ASKED, "lime")
    choose_map(library, ben, second, ASKED, NONE_OF_THEM)
    found = set_choices(library, teacher, set_id)
    assert (found.problem, found.raters) == ("", (1, 2))
    one, other = found.choices
    (finding,) = revealed(library, anna, first)
    assert (one.rater, one.number, one.chosen, one.order) == (1, 1, "lime", shown_order(first, finding))
    assert (one.grade, one.reference, one.own_grade, one.network_right) == ("4", "4", "4", True)
    assert (one.released_sha256, one.seed) == (finding.sha256, first)
    # The network reports 5 in the second case.
    assert (other.number, other.chosen, other.network_right) == (2, NONE_OF_THEM, False)
    content = found.entries[0].content
    assert content["maps"] == dict(finding.maps)
    assert content["rater"] == anna.id


def test_the_log_is_verified_like_that_of_a_rating_study(library, teacher, anna, set_id, capsys, monkeypatch):
    choose_map(library, anna, revealed_attempt(library, anna, set_id), ASKED, "lime")
    assert verify(library, set_id) == ""
    monkeypatch.setattr("spine_core.library.store.open_library", lambda: library)
    assert main(["audit", "verify"]) == 0
    assert capsys.readouterr().out == f"{set_id}\tunchanged\n"
    path = log_path(library, set_id)
    path.write_text(path.read_text().replace('"chosen":"lime"', '"chosen":"grad_cam"'))
    assert verify(library, set_id) == "file: entry 0 was changed"
    assert set_choices(library, teacher, set_id).problem
    with library.database.writing() as session:
        row = session.get_one(AuditEntryRow, (set_id, 0))
        line = json.loads(row.line)
        line["content"]["chosen"] = "grad_cam"
        row.line = json.dumps(line, sort_keys=True, separators=(",", ":"))
    assert verify(library, set_id).startswith("database:")


def test_who_made_the_set_sees_its_choices_and_no_rating_study_is_made_of_them(
    library, teacher, anna, chief, set_id
):
    choose_map(library, anna, revealed_attempt(library, anna, set_id), ASKED, "lime")
    for person in (teacher, chief):
        (there,) = sets_with_choices(library, person)
        assert there == set_id
        assert audits(library, person) == ()
        with pytest.raises(LibraryError, match=NO_AUDIT):
            get_audit(library, person, set_id)
    assert sets_with_choices(library, anna) == {}
    with pytest.raises(LibraryError, match="sees its results"):
        set_choices(library, anna, set_id)


def test_a_choice_at_a_case_that_is_read_again_is_a_repeat(library, teacher, anna, set_id, monkeypatch):
    attempt = revealed_attempt(library, anna, set_id)
    choose_map(library, anna, attempt, ASKED, "lime")
    debrief(library, anna, attempt)
    monkeypatch.setattr("spine_core.teaching.attempts.REPEAT_DAYS", 0)
    choose_map(library, anna, revealed_attempt(library, anna, set_id), ASKED, "grad_cam")
    found = set_choices(library, teacher, set_id).choices
    assert [(one.sheet, one.repeat, one.number) for one in found] == [(0, False, 1), (1, True, 1)]
