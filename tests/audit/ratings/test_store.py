from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import URL, delete, update

from spine_core.audit.ratings import standing as module
from spine_core.audit.ratings.log import append_line, read_lines
from spine_core.audit.ratings.log_store import log, log_path, verify
from spine_core.audit.ratings.protocol import Design
from spine_core.audit.ratings.rating import (
    CORRECTION,
    RATING,
    Answers,
    draft,
    save_draft,
    submit,
    submitted_answers,
)
from spine_core.audit.ratings.sheets import sheets
from spine_core.audit.ratings.standing import next_sheet, standing, standings
from spine_core.audit.ratings.store import audits, change_protocol, create_audit, get_audit
from spine_core.library.database.backup import back_up, restore
from spine_core.library.database.engine import Database
from spine_core.library.database.schema import AuditEntryRow, AuditRow, now
from spine_core.library.errors import LibraryError
from spine_core.library.people import add_person
from spine_core.library.store import Library
from tests.audit.ratings.making import METHODS, answers, protocol, small


@pytest.fixture
def audit(library, auditor, anna, ben) -> str:
    return create_audit(library, auditor, small(anna, ben))


def test_ratings_go_into_the_log_by_method_though_letters_were_shown(library, anna, audit):
    sheet = next_sheet(library, anna, audit)
    given = Answers({letter: {"place": at} for at, letter in enumerate("ABCDE", 1)}, "clear", "4")
    submit(library, anna, audit, sheet.number, given)
    (entry,) = log(library, anna, audit)
    assert entry.content["type"] == RATING
    assert entry.content["scores"] == {
        sheet.methods[letter]: {"place": at} for at, letter in enumerate("ABCDE", 1)
    }
    assert set(entry.content["scores"]) == set(METHODS)
    assert (entry.content["text"], entry.content["grade"]) == ("clear", "4")
    assert next_sheet(library, anna, audit).number == sheet.number + 1
    assert list(read_lines(log_path(library, audit))) == [entry]
    assert verify(library, audit) == ""


def test_the_first_rating_freezes_the_protocol_and_a_change_is_a_new_version(
    library, auditor, anna, ben, audit
):
    changed = small(anna, ben, seed=5)
    assert change_protocol(library, auditor, audit, changed) == audit
    assert get_audit(library, auditor, audit).protocol == changed
    submit(library, anna, audit, 0, answers())
    other = change_protocol(library, auditor, audit, small(anna, ben, seed=6))
    assert other != audit
    assert get_audit(library, auditor, audit).protocol == changed
    assert get_audit(library, auditor, audit).frozen is not None
    assert get_audit(library, auditor, other).replaces == audit


def test_a_sheet_is_submitted_once_and_corrected_with_a_reason(library, anna, audit):
    submit(library, anna, audit, 0, answers(2))
    with pytest.raises(LibraryError, match="needs a reason"):
        submit(library, anna, audit, 0, answers(3))
    with pytest.raises(LibraryError, match="nothing to correct"):
        submit(library, anna, audit, 1, answers(3), reason="typing error")
    submit(library, anna, audit, 0, answers(3), reason="typing error")
    first, second = log(library, anna, audit)
    assert first.content["scores"]["lime"] == {"place": 2}
    assert (second.content["type"], second.content["reason"]) == (CORRECTION, "typing error")
    assert second.content["scores"]["lime"] == {"place": 3}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (answers(letters="ABCD"), "every map is rated"),
        (answers(letters="ABCDEF"), "every map is rated"),
        (answers(7), "from 1 to 6"),
        (answers(0), "from 1 to 6"),
        (Answers({letter: {} for letter in "ABCDE"}), "every question"),
    ],
)
def test_answers_that_were_not_asked_for_are_refused(library, anna, audit, given, reason):
    with pytest.raises(LibraryError, match=reason):
        submit(library, anna, audit, 0, given)
    assert log(library, anna, audit) == ()
    assert get_audit(library, anna, audit).frozen is None


def test_who_does_not_rate_sees_nothing(library, auditor, anna, chief, audit):
    stranger = add_person(library, "Stranger")
    assert audits(library, stranger) == ()
    for look in (get_audit, log, next_sheet):
        with pytest.raises(LibraryError, match="no such audit"):
            look(library, stranger, audit)
    with pytest.raises(LibraryError, match="no such audit"):
        submit(library, stranger, audit, 0, answers())
    assert [one.id for one in audits(library, anna)] == [audit]
    assert [one.id for one in audits(library, chief)] == [audit]
    with pytest.raises(LibraryError, match="no rater"):
        submit(library, auditor, audit, 0, answers())


def test_readers_prepare_no_audits_and_change_none(library, anna, ben, audit):
    with pytest.raises(LibraryError, match="only auditors"):
        create_audit(library, anna, small(anna, ben))
    with pytest.raises(LibraryError, match="only who prepared"):
        change_protocol(library, anna, audit, small(anna, ben, seed=9))


def test_a_draft_comes_back_and_two_tabs_do_not_collide(library, anna, ben, audit):
    assert draft(library, anna, audit, 0) == ({}, 0)
    state = save_draft(library, anna, audit, 0, {"A": 3}, 0)
    assert draft(library, anna, audit, 0) == ({"A": 3}, state)
    assert draft(library, ben, audit, 0) == ({}, 0)
    with pytest.raises(LibraryError, match="another tab"):
        save_draft(library, anna, audit, 0, {"A": 5}, 0)
    assert save_draft(library, anna, audit, 0, {"A": 5}, state) == state + 1
    submit(library, anna, audit, 0, answers())
    assert draft(library, anna, audit, 0) == ({}, 0)


def test_ten_raters_at_once_lose_nothing(library, auditor):
    raters = [add_person(library, f"Rater {number}") for number in range(10)]
    wanted = small(*raters)
    audit = create_audit(library, auditor, wanted)

    def rate(person):
        for sheet in sheets(wanted, person.id):
            submit(library, person, audit, sheet.number, answers())

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(rate, raters))
    entries = log(library, auditor, audit)
    assert len(entries) == 30
    assert {(one.content["rater"], one.content["sheet"]) for one in entries} == {
        (person.id, number) for person in raters for number in range(3)
    }
    assert verify(library, audit) == ""


def test_the_washout_is_enforced(library, auditor, anna, monkeypatch):
    audit = create_audit(library, auditor, small(anna, design=Design.SEQUENTIAL, washout_days=14))
    for number in range(3):
        submit(library, anna, audit, number, Answers({}, grade="3"))
    assert next_sheet(library, anna, audit) is None
    later = now() + timedelta(days=14, minutes=1)
    monkeypatch.setattr(module, "now", lambda: later)
    assert next_sheet(library, anna, audit).with_maps


def test_how_far_everybody_is(library, auditor, anna, ben, audit):
    submit(library, anna, audit, 0, answers())
    assert standing(library, anna, audit).submitted == 1
    assert standing(library, auditor, audit) is None
    assert {rater: one.submitted for rater, one in standings(library, auditor, audit).items()} == {
        anna.id: 1,
        ben.id: 0,
    }


def test_what_was_submitted_comes_back_by_letter(library, anna, audit):
    sheet = next_sheet(library, anna, audit)
    given = Answers(
        {letter: {"place": at} for at, letter in enumerate("ABCDE", 1)}, "clear", "4",
        ((1.0, 2.0), (5.0, 2.0), (3.0, 1.0), (3.0, 3.0)), 12.5,
    )  # fmt: skip
    with pytest.raises(LibraryError, match="nothing to correct"):
        submitted_answers(library, anna, audit, sheet)
    submit(library, anna, audit, sheet.number, given)
    assert submitted_answers(library, anna, audit, sheet) == given
    assert standing(library, anna, audit).done == (sheet,)


def test_a_map_that_is_not_stored_cannot_be_rated(library, auditor, anna):
    with pytest.raises(LibraryError, match="not stored"):
        create_audit(
            library, auditor, small(anna, findings=(replace(protocol(1).findings[0], maps={"lime": "x"}),))
        )


def test_a_restored_library_has_its_logs(library, auditor, anna, audit, tmp_path):
    submit(library, anna, audit, 0, answers())
    back_up(library, tmp_path / "backup.zip")
    folder = tmp_path / "other"
    folder.mkdir()
    other = Library(folder, Database(URL.create("sqlite", database=str(folder / "library.db"))))
    restore(other, tmp_path / "backup.zip")
    assert verify(other, audit) == ""
    submit(other, anna, audit, 1, answers())
    assert verify(other, audit) == ""
    other.database.close()


@pytest.fixture
def rated(library, anna, ben, audit) -> str:
    for person in (anna, ben):
        for number in range(3):
            submit(library, person, audit, number, answers())
    assert verify(library, audit) == ""
    return audit


def test_any_deleted_or_changed_row_is_found(library, rated):
    for number in range(6):
        with library.database.reading() as session:
            row = session.get(AuditEntryRow, (rated, number))
            kept = {column.key: getattr(row, column.key) for column in AuditEntryRow.__table__.columns}
        with library.database.writing() as session:
            session.execute(delete(AuditEntryRow).where(AuditEntryRow.number == number))
        assert verify(library, rated).startswith("database: ")
        with library.database.writing() as session:
            session.add(AuditEntryRow(**{**kept, "line": kept["line"].replace('"place":4', '"place":6')}))
        assert verify(library, rated).startswith("database: ")
        with library.database.writing() as session:
            session.execute(
                update(AuditEntryRow).where(AuditEntryRow.number == number).values(line=kept["line"])
            )
        assert verify(library, rated) == ""


def test_a_row_that_went_with_the_head_is_found_in_the_file(library, anna, rated):
    entries = log(library, anna, rated)
    with library.database.writing() as session:
        session.execute(delete(AuditEntryRow).where(AuditEntryRow.number == 5))
        session.execute(update(AuditRow).values(head=entries[4].sha256))
    assert verify(library, rated) == "file: it holds 6 entries, the database 5"


def test_a_changed_file_is_found_and_what_a_crash_left_out_comes_back(library, auditor, anna, ben, rated):
    path = log_path(library, rated)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines).replace('"place":4', '"place":5', 1))
    assert verify(library, rated) == "file: entry 0 was changed"
    # The process died after the database had the last two entries, while it wrote the first of them.
    path.write_text("".join(lines[:4]) + lines[4][:30])
    assert verify(library, rated) == "file: it holds 4 entries, the database 6"
    submit(library, anna, rated, 0, answers(1), reason="second thoughts")
    assert verify(library, rated) == ""
    assert len(list(read_lines(path))) == 7


def test_a_forged_entry_in_the_file_is_found(library, anna, rated):
    entries = log(library, anna, rated)
    append_line(log_path(library, rated), replace(entries[5], number=6, previous=entries[5].sha256))
    assert verify(library, rated) == "file: it holds 7 entries, the database 6"
