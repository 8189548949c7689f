"""Objects are sent into a real archive by both protocols, and every one is in the log."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydicom import dcmread
from pydicom.uid import generate_uid

from spine_core.dicom_objects.types import DicomObject
from spine_core.library.people import add_person
from spine_core.library.store import open_library
from spine_core.library.types import Role
from spine_core.pacs import sending
from spine_core.pacs.archive import archive_of
from spine_core.pacs.errors import PacsError
from spine_core.pacs.sending import CANCELLED, send_objects
from spine_core.pacs.sent_log import NO_ANSWER, Dispatch, sent_objects
from spine_core.pacs.types import StudyQuery
from spine_core.progress import Cancelled
from tests.pacs.conftest import dimse_server, web_server
from tests.services.ports import free_port

DISPATCH = Dispatch("Archive", "d" * 64, approved=True)


@pytest.fixture
def library(tmp_path, monkeypatch):
    monkeypatch.setenv("SPINELENS_HOME", str(tmp_path))
    monkeypatch.delenv("SPINELENS_DATABASE", raising=False)
    return open_library()


@pytest.fixture
def anna(library):
    return add_person(library, "Anna")


def made(sent, count=2) -> list[DicomObject]:
    """New instances in a new study."""
    study, found = generate_uid(), []
    for number, file in enumerate(sent.files[:count], start=1):
        one = dcmread(file)
        one.StudyInstanceUID, one.SOPInstanceUID = study, generate_uid()
        one.file_meta.MediaStorageSOPInstanceUID = one.SOPInstanceUID
        found.append(DicomObject("sc", f"Picture {number}", one))
    return found


def uid(one) -> str:
    return str(one.dataset.SOPInstanceUID)


@pytest.fixture(params=["dicomweb", "dimse"])
def server(request, orthanc_server, credentials):
    if request.param == "dicomweb":
        return web_server(orthanc_server.url)
    return dimse_server(orthanc_server.dicom_port)


def test_what_is_sent_is_in_the_archive_and_in_the_log(server, sent, library, anna):
    objects = made(sent)
    outcomes = send_objects(library, anna, server, objects, DISPATCH)
    assert [(one.label, one.reason) for one in outcomes] == [("Picture 1", ""), ("Picture 2", "")]
    study = str(objects[0].dataset.StudyInstanceUID)
    there = archive_of(server).series(study)
    assert sum(one.instances or 0 for one in there) == 2
    log = sent_objects(library, anna)
    assert [(one.sop_instance_uid, one.reason) for one in log] == [(uid(one), "") for one in objects[::-1]]
    assert {(one.person, one.kind, one.dispatch) for one in log} == {("Anna", "sc", DISPATCH)}
    assert archive_of(server).studies(StudyQuery(patient_id=str(objects[0].dataset.PatientID), modality=""))


def test_a_server_that_is_not_configured_for_storing_gets_nothing(
    orthanc_server, credentials, sent, library, anna
):
    with pytest.raises(PacsError, match="store = true"):
        send_objects(library, anna, web_server(orthanc_server.url, store=False), made(sent), DISPATCH)
    assert sent_objects(library, anna) == ()


# pynetdicom leaves the socket of a refused connection to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_server_that_does_not_answer_is_one_sentence_and_nothing_was_sent(sent, library, anna):
    with pytest.raises(PacsError):
        send_objects(library, anna, dimse_server(free_port()), made(sent), DISPATCH)
    assert sent_objects(library, anna) == ()


def test_after_a_cancel_the_rest_is_not_sent(server, sent, library, anna):
    def progress(done, what=""):
        if done > 0:
            raise Cancelled

    outcomes = send_objects(library, anna, server, made(sent), DISPATCH, progress)
    assert [one.reason for one in outcomes] == ["", CANCELLED]
    assert len(sent_objects(library, anna)) == 1


def test_an_object_on_its_way_is_in_the_log_whatever_happens(sent, library, anna, monkeypatch):
    class Killed:
        def verify(self) -> None:
            pass

        def store(self, files):
            raise KeyboardInterrupt

    monkeypatch.setattr(sending, "archive_of", lambda server: Killed())
    with pytest.raises(KeyboardInterrupt):
        send_objects(library, anna, dimse_server(104), made(sent), DISPATCH)
    (entry,) = sent_objects(library, anna)
    assert entry.reason == NO_ANSWER


def test_a_refusal_is_in_the_outcome_and_in_the_log(server, sent, library, anna):
    (one,) = made(sent, 1)
    # No archive takes an object without an identifier of its study.
    del one.dataset.StudyInstanceUID
    (outcome,) = send_objects(library, anna, server, [one], replace(DISPATCH, approved=False))
    assert outcome.reason
    (entry,) = sent_objects(library, anna)
    assert (entry.reason, entry.dispatch.approved) == (outcome.reason, False)


def test_people_see_what_they_sent_and_an_administrator_everything(server, sent, library, anna):
    chief, ben = add_person(library, "Chief", Role.ADMINISTRATOR), add_person(library, "Ben")
    send_objects(library, anna, server, made(sent, 1), DISPATCH)
    assert sent_objects(library, ben) == ()
    assert [one.person for one in sent_objects(library, chief)] == ["Anna"]
