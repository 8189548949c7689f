"""The report of a case on the page Report and beside the case in the library."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.session.state import SessionState
from spine_core.library.cases import get_case
from spine_core.library.people import add_person
from spine_core.report.kept import keep_report, kept_report, kept_versions
from spine_core.report.serialise import report_hash
from tests.library.making import finding, kept
from tests.pages import fakes
from tests.pages.test_report import approve, edit, press, sentence, texts


@pytest.fixture
def anna(library, store):
    person = add_person(library, "Anna")
    store.person_id = person.id
    return person


@pytest.fixture
def case_id(library, anna, store) -> str:
    """The open study is a case of Anna's."""
    store.case_id = kept(library, anna, finding("L4/L5", "pfirrmann", "4"), shared=True)
    return store.case_id


def opened_again(case_id, person) -> SessionState:
    """Another session, hours later, with the same case and reading."""
    found = SessionState(study=fakes.study(), case_id=case_id, person_id=person.id)
    found.adopt(fakes.reading())
    return found


def test_a_study_that_is_not_kept_says_how_long_its_report_lasts(page, store):
    assert "lasts as long as the study is open" in texts(page("report"))


def test_every_change_is_kept_and_there_again_with_the_case(page, store, library, anna, case_id):
    app = edit(page("report"), "Mine.")
    assert "every change is kept" in texts(app)
    (version,) = kept_versions(library, anna, case_id)
    assert kept_report(library, anna, version.id).report == store.report.report
    later = opened_again(case_id, anna)
    app = page("report", later)
    assert sentence(later).text == "Mine."
    assert "has changed since" not in texts(app)
    # It goes on there: what is edited now is kept as well.
    edit(app, "Mine, later.")
    (version,) = kept_versions(library, anna, case_id)
    assert [one.text for one in kept_report(library, anna, version.id).report.section("L4/L5").sentences][:1]
    assert sentence(later).text == "Mine, later."
    assert kept_report(library, anna, version.id).report == later.report.report


def test_a_case_that_reads_otherwise_by_now_offers_a_new_draft(page, store, library, anna, case_id):
    edit(page("report"), "Mine.")
    later = opened_again(case_id, anna)
    later.adopt(replace(fakes.reading(), corrections=("L4/L5 moved",)))
    app = page("report", later)
    assert "has changed since this draft" in texts(app)
    press(app, "report-again")
    assert later.report.report.section("general").sentences
    assert sentence(later).text == "Mine."


def test_an_approved_report_comes_back_approved_and_its_amendment_names_it(
    page, store, library, anna, case_id
):
    app = page("report")
    app.toggle(key="report-patient").set_value(True).run()
    approve(app)
    approved = store.report.report
    assert approved.header.patient is not None
    later = opened_again(case_id, anna)
    app = page("report", later)
    assert "Approved by Dr. A. Reader" in texts(app)
    assert later.report.report.header.patient is None
    app.text_input(key="report-reason").set_value("Wrong side")
    press(app, "report-amend")
    versions = kept_versions(library, anna, case_id)
    assert [(one.version, one.approved) for one in versions] == [(1, True), (2, False)]
    assert later.report.report.amendment.previous == versions[0].sha256 == report_hash(approved)


def test_versions_from_before_the_study_was_kept_are_kept_with_it(page, store, library, anna):
    app = approve(page("report"))
    app.text_input(key="report-reason").set_value("Wrong side")
    app = press(app, "report-amend")
    store.case_id = kept(library, anna, finding("L4/L5", "pfirrmann", "4"))
    app.run()
    assert [(one.version, one.approved) for one in kept_versions(library, anna, store.case_id)] == [
        (1, True), (2, False),
    ]  # fmt: skip


def test_another_tab_is_not_overwritten_and_nothing_is_lost(page, store, library, anna, case_id):
    app = page("report")
    (version,) = kept_versions(library, anna, case_id)
    found = kept_report(library, anna, version.id)
    keep_report(library, anna, case_id, found.report, found.base, version.serial)
    app = edit(app, "Mine.")
    assert "changed in another tab" in texts(app)
    assert sentence(store).text == "Mine.", "it stays on the page"
    app = press(app, "report-load")
    assert sentence(store).text != "Mine."
    edit(app, "Mine again.")
    (version,) = kept_versions(library, anna, case_id)
    assert kept_report(library, anna, version.id).report == store.report.report


def test_another_person_in_the_tab_has_their_own_report(page, store, library, anna, case_id):
    app = edit(page("report"), "Anna's.")
    ben = add_person(library, "Ben")
    store.person_id = ben.id
    app.run()
    assert sentence(store).text != "Anna's."
    edit(app, "Ben's.")
    assert len(kept_versions(library, ben, case_id)) == 1
    (annas,) = kept_versions(library, anna, case_id)
    words = [one.text for one in kept_report(library, anna, annas.id).report.section("L4/L5").sentences]
    assert "Anna's." in words


def test_the_case_shows_its_reports_with_files(page, store, library, anna, case_id):
    approve(edit(page("report"), "Mine."))

    def card(store, library, person, case):
        from pages.components.library.case_reports import case_reports

        case_reports(store, library, person, case)

    app = AppTest.from_function(card, args=(store, library, anna, get_case(library, anna, case_id))).run()
    assert not app.exception
    assert app.text[0].value.startswith("Version 1 by Anna, approved, ")
    assert [one.proto.label for one in app.get("download_button")] == ["HTML", "JSON"]
