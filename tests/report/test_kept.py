"""Reports kept with a case, on SQLite and PostgreSQL."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest
from sqlalchemy import select

from spine_core.library.cases import delete
from spine_core.library.database.schema import ReportRow
from spine_core.library.errors import LibraryError
from spine_core.report.approval import amend, approve
from spine_core.report.draft import draft
from spine_core.report.editing import set_free_text
from spine_core.report.kept import keep_report, kept_report, kept_versions
from spine_core.report.serialise import report_hash
from spine_core.report.types import PatientFacts, Report
from tests.library.making import finding, kept
from tests.pages import fakes
from tests.report import making


@pytest.fixture
def case_id(library, anna) -> str:
    return kept(library, anna, finding("L4/L5", "pfirrmann", "4"), shared=True)


@pytest.fixture
def report() -> Report:
    return draft(fakes.study(), making.demo())


def named(report: Report) -> Report:
    patient = PatientFacts("Doe^Jane", "4711", "19700101", "F")
    return replace(report, header=replace(report.header, patient=patient, study_date="20200102"))


def test_a_draft_comes_back_with_what_it_went_on_from_and_is_replaced_with_every_change(
    library, anna, case_id, report
):
    first = keep_report(library, anna, case_id, report, report)
    edited = set_free_text(report, "No change.")
    second = keep_report(library, anna, case_id, edited, report, first.serial)
    (version,) = kept_versions(library, anna, case_id)
    assert version == second
    assert (version.version, version.approved, version.serial, version.person) == (1, False, 2, "Anna")
    found = kept_report(library, anna, version.id)
    assert (found.report, found.base) == (edited, report)


def test_the_patients_facts_are_not_stored_and_the_hash_of_what_the_reader_has_is(
    library, anna, case_id, report
):
    approved = approve(named(report), "Dr A")
    version = keep_report(library, anna, case_id, approved, None)
    assert version.sha256 == report_hash(approved)
    found = kept_report(library, anna, version.id).report
    assert (found.header.patient, found.header.study_date) == (None, "")
    assert replace(found, header=approved.header) == approved
    for sha256 in library.content.hashes():
        data = library.content.get(sha256)
        data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        assert b"Doe" not in data
        assert b"4711" not in data


def test_an_approved_version_stays_as_it_is_and_an_amendment_is_another_one(library, anna, case_id, report):
    approved = approve(report, "Dr A")
    version = keep_report(library, anna, case_id, approved, None)
    with pytest.raises(LibraryError, match="amend it"):
        keep_report(library, anna, case_id, report, report, version.serial)
    amended = amend(approved, "side was wrong")
    keep_report(library, anna, case_id, amended, amended)
    versions = kept_versions(library, anna, case_id)
    assert [(one.version, one.approved) for one in versions] == [(1, True), (2, False)]
    assert kept_report(library, anna, versions[0].id).report == approved
    assert kept_report(library, anna, versions[1].id).report.amendment.previous == versions[0].sha256


def test_two_tabs_do_not_overwrite_each_other(library, anna, case_id, report):
    keep_report(library, anna, case_id, report, report)
    with pytest.raises(LibraryError, match="another tab"):
        keep_report(library, anna, case_id, set_free_text(report, "mine"), report)
    (version,) = kept_versions(library, anna, case_id)
    assert kept_report(library, anna, version.id).report == report


def test_drafts_are_their_writers_and_approved_reports_everybodys_who_sees_the_case(
    library, anna, ben, case_id, report
):
    own = keep_report(library, anna, case_id, report, report)
    assert kept_versions(library, ben, case_id) == ()
    with pytest.raises(LibraryError, match="no such report"):
        kept_report(library, ben, own.id)
    keep_report(library, anna, case_id, approve(report, "Dr A"), None, own.serial)
    bens = keep_report(library, ben, case_id, report, report)
    assert [(one.person, one.approved) for one in kept_versions(library, ben, case_id)] == [
        ("Ben", False), ("Anna", True),
    ]  # fmt: skip
    assert kept_report(library, ben, own.id).report.approval.name == "Dr A"
    assert bens.id != own.id


def test_reports_of_a_hidden_case_are_hidden(library, anna, ben, report):
    case_id = kept(library, anna, finding("L4/L5", "pfirrmann", "4"), seed=2)
    own = keep_report(library, anna, case_id, approve(report, "Dr A"), None)
    for attempt in (
        lambda: kept_versions(library, ben, case_id),
        lambda: kept_report(library, ben, own.id),
        lambda: keep_report(library, ben, case_id, report, report),
    ):
        with pytest.raises(LibraryError, match="no such case"):
            attempt()


def test_files_of_replaced_and_deleted_reports_go(library, anna, case_id, report):
    before = set(library.content.hashes())
    first = keep_report(library, anna, case_id, report, report)
    keep_report(library, anna, case_id, set_free_text(report, "a"), report, first.serial)
    with library.database.reading() as session:
        row = session.scalars(select(ReportRow)).one()
        assert set(library.content.hashes()) - before == {row.content, row.base}
    delete(library, anna, case_id)
    assert list(library.content.hashes()) == []


def test_a_report_that_was_changed_in_the_folder_is_refused(library, anna, case_id, report):
    version = keep_report(library, anna, case_id, report, report)
    with library.database.reading() as session:
        content = session.scalars(select(ReportRow.content)).one()
    library.content.path(content).write_bytes(gzip.compress(b"{}"))
    with pytest.raises(LibraryError, match="was changed"):
        kept_report(library, anna, version.id)
