"""Query, retrieve and store against a real archive, by both protocols."""

from __future__ import annotations

import stat

import pytest
from pydicom import dcmread

from spine_core.pacs.archive import archive_of
from spine_core.pacs.errors import PacsError
from spine_core.pacs.preselection import preselected
from spine_core.pacs.retrieval import retrieve
from spine_core.pacs.types import StudyQuery
from spine_core.progress import Cancelled
from spine_core.study import open_study, sources_from_path
from tests.pacs.conftest import dimse_server, web_server


def by_patient(**changes) -> StudyQuery:
    return StudyQuery(**({"patient_id": "SYNTHETIC-77"} | changes))


def test_an_archive_answers_and_finds_the_study_once(archive, sent):
    archive.verify()
    (found,) = archive.studies(by_patient())
    assert found.uid == sent.uid
    assert (found.patient_name, found.patient_id, found.date) == (
        "Synthetic^Phantom",
        "SYNTHETIC-77",
        "20000101",
    )
    assert "MR" in found.modalities
    assert "Synthetic" not in repr(found), "no patient in a log"


@pytest.mark.parametrize(
    "query",
    [
        StudyQuery(patient_name="Synth"),
        StudyQuery(date_from="19991231", date_to="20000102"),
        StudyQuery(date_from="20000101", date_to="20000101"),
        StudyQuery(description="spine phantom"),
        by_patient(modality=""),
    ],
)
def test_queries_that_match(archive, sent, query):
    assert sent.uid in {one.uid for one in archive.studies(query)}


@pytest.mark.parametrize(
    "query",
    [
        by_patient(modality="CT"),
        by_patient(date_from="20000102"),
        StudyQuery(patient_name="Nobody"),
        StudyQuery(patient_id="SYNTHETIC-7"),
    ],
)
def test_queries_that_do_not(archive, query):
    assert archive.studies(query) == ()


def test_what_is_retrieved_is_what_was_sent(archive, sent):
    series = archive.series(sent.uid)
    assert [(one.number, one.modality, one.instances) for one in series] == [
        (1, "MR", 3),
        (2, "MR", 3),
        (3, "MR", 3),
    ]
    assert preselected(series) == tuple(one.uid for one in series)
    told = []
    found = retrieve(archive, sent.uid, series, lambda done, what="": told.append(done))
    assert found.missing == ()
    assert stat.S_IMODE(found.folder.path.stat().st_mode) == 0o700
    assert told == sorted(told)
    assert told[-1] == 1.0
    there = {str(one.SOPInstanceUID): one for one in map(dcmread, found.files)}
    # Element by element, pixels to the byte; the file's own header may differ.
    assert there == sent.datasets
    assert all(there[uid].PixelData == one.PixelData for uid, one in sent.datasets.items())
    found.folder.delete()
    assert not found.folder.path.exists()


def test_a_retrieved_study_reads_as_from_disk(archive, sent):
    found = retrieve(archive, sent.uid, archive.series(sent.uid))
    from_disk = open_study(list(sources_from_path(sent.files[0].parents[1])))
    assert open_study(list(sources_from_path(found.folder.path))).sha256 == from_disk.sha256


def test_a_cancelled_retrieval_leaves_nothing(archive, sent, monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)

    def stops(done: float, what: str = "") -> None:
        if done > 0.2:
            raise Cancelled

    with pytest.raises(Cancelled):
        retrieve(archive, sent.uid, archive.series(sent.uid), stops)
    assert list(tmp_path.iterdir()) == []
    # The connection that was broken off does no harm to the next one.
    archive.verify()


def test_a_study_that_is_not_there(archive):
    assert archive.series("1.2.3.4") == ()
    series = archive.series("1.2.3.4")
    with pytest.raises(PacsError, match="no images"):
        retrieve(archive, "1.2.3.4", series)


def test_a_wrong_password_is_said_and_not_shown(orthanc_server, credentials, monkeypatch):
    monkeypatch.setenv("ARCHIVE_PASSWORD", "guessed-password")
    with pytest.raises(PacsError, match="user or password are wrong") as refused:
        archive_of(web_server(orthanc_server.url)).verify()
    assert "guessed" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_credential_that_is_not_set_is_named(orthanc_server, credentials, monkeypatch):
    monkeypatch.delenv("ARCHIVE_USER")
    with pytest.raises(PacsError, match="ARCHIVE_USER, which Archive needs, is not set"):
        archive_of(web_server(orthanc_server.url))


# pynetdicom leaves the socket of a refused connection to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("server", [web_server("http://127.0.0.1:9/dicom-web"), dimse_server(9)])
def test_a_server_that_is_not_there(server, credentials):
    with pytest.raises(PacsError, match="Archive"):
        archive_of(server).verify()
