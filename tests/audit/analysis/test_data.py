"""Loading from the library, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest
from sqlalchemy import update

from spine_core.audit.analysis.data import load
from spine_core.audit.ratings import rating as module
from spine_core.audit.ratings.log import BEGINNING, following
from spine_core.audit.ratings.log_store import catch_up, log
from spine_core.audit.ratings.protocol import Design
from spine_core.audit.ratings.rating import Answers, submit
from spine_core.audit.ratings.store import create_audit
from spine_core.library.database.schema import AuditEntryRow, ReferenceRow, now
from spine_core.library.errors import LibraryError
from spine_core.library.people import add_person
from spine_core.library.types import Role
from tests.audit.ratings.making import answers, small


@pytest.fixture
def audit(library, auditor, anna, ben) -> str:
    return create_audit(library, auditor, small(ben, anna))


def test_only_who_prepared_the_audit_and_administrators_see_results(library, auditor, anna, chief, audit):
    submit(library, anna, audit, 0, answers())
    assert load(library, auditor, audit).audit.id == load(library, chief, audit).audit.id == audit
    with pytest.raises(LibraryError, match="sees its results"):
        load(library, anna, audit)
    for stranger in (add_person(library, "Stranger"), add_person(library, "Other", Role.AUDITOR)):
        with pytest.raises(LibraryError, match="no such audit"):
            load(library, stranger, audit)


def test_a_correction_replaces_what_it_corrects_and_raters_are_places(library, auditor, anna, ben, audit):
    submit(library, anna, audit, 0, answers(2, text="first"))
    submit(library, ben, audit, 1, answers(5))
    submit(library, anna, audit, 0, answers(3, text="second"), reason="typing error")
    data = load(library, auditor, audit)
    # Ben is the first rater of the protocol.
    assert [(one.rater, one.sheet, one.corrected) for one in data.ratings] == [(1, 1, False), (2, 0, True)]
    corrected = data.ratings[1]
    assert {one["place"] for one in corrected.scores.values()} == {3}
    assert corrected.text == "second"
    assert data.protocol.findings[corrected.number - 1] == corrected.finding
    assert (data.corrections, data.repeats, len(data.entries)) == (1, 0, 3)
    assert data.entries == log(library, auditor, audit)
    assert data.audit.head == data.entries[-1].sha256
    assert data.log_sentence == "The log is whole: 3 entries, each with the hash of the one before."


def test_maps_have_their_metrics_and_findings_their_references(library, auditor, audit):
    with library.database.writing() as session:
        session.add(ReferenceRow(case_id="case1", level="L4/L5", condition="pfirrmann", grade="3"))
        session.add(ReferenceRow(case_id="case1", level="L4/L5", condition="other", grade="1"))
    data = load(library, auditor, audit)
    assert [data.reference(one) for one in data.protocol.findings] == [None, "3", None]
    assert {one.metrics["deletion.blur"] for one in data.maps} == {0.5}
    assert len(data.maps) == 15


def test_an_audit_without_ratings_is_whole(library, auditor, audit):
    data = load(library, auditor, audit)
    assert (data.entries, data.ratings, data.problem, data.audit.head) == ((), (), "", BEGINNING)


def test_a_changed_entry_is_reported(library, auditor, anna, audit):
    submit(library, anna, audit, 0, answers(2))
    submit(library, anna, audit, 1, answers(2))
    (first, _) = log(library, auditor, audit)
    with library.database.writing() as session:
        changed = update(AuditEntryRow).where(AuditEntryRow.number == 0)
        session.execute(changed.values(line=first.line().replace('"place":2', '"place":6')))
    data = load(library, auditor, audit)
    assert data.problem.startswith("database: entry 0 was changed")
    assert data.log_sentence.startswith("The log is damaged. Database: entry 0 was changed")


def test_entries_of_strangers_are_reported_and_left_out(library, auditor, anna, audit):
    submit(library, anna, audit, 0, answers())
    (entry,) = load(library, auditor, audit).entries
    forged = following(entry, {**entry.content, "rater": 999})
    with library.database.writing() as session:
        session.add(
            AuditEntryRow(
                audit_id=audit, number=1, line=forged.line(), sha256=forged.sha256, person_id=None, sheet=0
            )
        )
    data = load(library, auditor, audit)
    assert [one.rater for one in data.ratings] == [2]
    assert data.log_sentence.startswith("The log is damaged.")


def test_a_rating_that_is_on_its_way_to_the_file_is_no_damage(library, auditor, anna, audit, monkeypatch):
    with ThreadPoolExecutor(1) as pool:

        def slow(*arguments):
            # The database has the entry, the file does not.
            loading.append(pool.submit(load, library, auditor, audit))
            wait(loading, timeout=0.5)
            catch_up(*arguments)

        loading = []
        monkeypatch.setattr(module, "catch_up", slow)
        submit(library, anna, audit, 0, answers())
        data = loading[0].result(timeout=10)
    assert (data.problem, len(data.entries)) == ("", 1)


def test_sheets_without_maps_have_a_grade_and_no_scores(library, auditor, anna, monkeypatch):
    audit = create_audit(library, auditor, small(anna, design=Design.SEQUENTIAL))
    for number in range(3):
        submit(library, anna, audit, number, Answers({}, grade="3"))
    later = now() + timedelta(days=15)
    monkeypatch.setattr(module, "now", lambda: later)
    points = ((10.0, 22.0), (13.0, 22.0), (11.5, 20.5), (11.5, 23.5))
    submit(library, anna, audit, 3, answers(4, grade="4", region=points))
    found = load(library, auditor, audit).ratings
    assert [(one.with_maps, one.grade, one.region) for one in found] == [
        (False, "3", None),
        (False, "3", None),
        (False, "3", None),
        (True, "4", points),
    ]
    assert [len(one.scores) for one in found] == [0, 0, 0, 5]
