"""DICOM objects on the page Report: made from the open study, downloaded, sent after a dialog."""

from __future__ import annotations

import io
import zipfile

import pytest
from pydicom import dcmread

from pages.components.report.dicom_panel import archived
from pages.components.session.state import Upload
from spine_core.library.people import add_person
from spine_core.pacs.sending import Outcome
from spine_core.study import open_study, sources_from_path
from tests.pages import fakes
from tests.pages.conftest import settle
from tests.pages.test_report import approve, press, texts

PACS = """
[[server]]
name = "Hospital"
protocol = "dimse"
host = "127.0.0.1"
ae_title = "ORTHANC"
store = true

[[server]]
name = "Other"
protocol = "dimse"
host = "127.0.0.1"
ae_title = "OTHER"
"""


@pytest.fixture
def uploaded(store, demo_folder):
    """The demonstration study is open as if it had been uploaded."""
    sources = tuple(sources_from_path(demo_folder))
    store.clear()
    store.opened, store.study = Upload(sources), open_study(sources)
    store.adopt(fakes.reading_of(store.study))
    return store


@pytest.fixture
def configured(library, monkeypatch, tmp_path):
    path = tmp_path / "pacs.toml"
    path.write_text(PACS)
    monkeypatch.setenv("SPINELENS_PACS", str(path))
    return library


def made(page, store, kinds=("sr", "pdf")):
    app = page("report")
    app.multiselect(key="report-dicom-kinds").set_value(list(kinds))
    return settle(press(app, "report-make-dicom"), store)


def objects(store):
    (job,) = [job for key, job in store.jobs.items() if key.startswith("report-dicom-")]
    return job.result


def keys(app) -> list[str]:
    return [one.key for one in app.button]


def test_a_study_of_other_files_has_no_objects_and_the_page_says_why(page):
    app = page("report")
    assert not app.exception
    assert "No DICOM object can be made: " in texts(app)
    assert "report-make-dicom" not in keys(app)


def test_objects_are_made_of_the_open_study_and_taken_along_in_one_file(page, uploaded, library):
    app = made(page, uploaded)
    assert not app.exception
    found = objects(uploaded)
    assert [one.kind for one in found] == ["sr", "pdf"]
    with zipfile.ZipFile(io.BytesIO(archived(found))) as archive:
        read = [dcmread(io.BytesIO(archive.read(name))) for name in archive.namelist()]
    assert {str(one.StudyInstanceUID) for one in read} == {uploaded.study.series[0].study_uid}
    assert "Sending is off" in texts(app)


def test_an_edited_report_has_no_objects_yet(page, uploaded, library):
    app = made(page, uploaded)
    assert "report-make-dicom" not in keys(app)
    app = approve(app)
    assert "report-make-dicom" in keys(app)


def test_an_amendment_names_the_object_of_the_version_before(page, uploaded, library):
    app = approve(page("report"))
    app = made(page, uploaded, ["sr"])
    (first,) = objects(uploaded)
    app.text_input(key="report-reason").set_value("Wrong side")
    press(app, "report-amend")
    made(page, uploaded, ["sr"])
    (second,) = objects(uploaded)
    (named,) = second.dataset.PredecessorDocumentsSequence
    (series,) = named.ReferencedSeriesSequence
    assert series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == first.dataset.SOPInstanceUID


def test_only_servers_that_may_store_are_offered_and_only_to_somebody(page, uploaded, configured):
    app = made(page, uploaded)
    assert "names a person" in texts(app)
    uploaded.person_id = add_person(configured, "Anna").id
    app = app.run()
    assert app.selectbox(key="report-archive").options == ["Hospital"]


def test_a_draft_goes_after_an_explicit_yes_and_what_was_refused_is_said(
    page, uploaded, configured, monkeypatch
):
    sent = []

    def send_objects(library, person, server, wanted, dispatch, progress):
        sent.append((person.name, server.name, [one.kind for one in wanted], dispatch.approved))
        return [Outcome(one.label, str(number)) for number, one in enumerate(wanted[:-1])] + [
            Outcome(wanted[-1].label, "9", "the server refused it, with status 0xA700")
        ]

    monkeypatch.setattr("pages.components.report.sending_panel.send_objects", send_objects)
    uploaded.person_id = add_person(configured, "Anna").id
    app = press(made(page, uploaded), "report-send")
    assert "go to **Hospital**" in texts(app)
    assert "nobody has approved it" in texts(app)
    assert app.button(key="report-send-now").disabled
    app = app.checkbox(key="report-send-draft").check().run()
    app = settle(press(app, "report-send-now"), uploaded)
    assert sent == [("Anna", "Hospital", ["sr", "pdf"], False)]
    assert "0xA700" in texts(app)
    assert "go to **Hospital**" not in texts(app), "the dialog is closed"


def test_a_case_of_the_library_is_not_sent_for_its_identifiers_are_pseudonyms(page, uploaded, configured):
    uploaded.person_id = add_person(configured, "Anna").id
    app = made(page, uploaded)
    uploaded.opened = Upload((), case_id="1" * 32)
    app = app.run()
    assert "de-identified" in texts(app)
    assert "report-send" not in keys(app)
