"""What needs no server: configuration, queries, preselection, private folders."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from pydicom.dataset import Dataset

from spine_core.pacs.attributes import found_series, found_studies
from spine_core.pacs.errors import PacsError
from spine_core.pacs.preselection import preselected
from spine_core.pacs.private_folder import PREFIX, PrivateFolder, delete_left_behind
from spine_core.pacs.servers import Protocol, Server, configured_servers
from spine_core.pacs.types import FoundSeries, StudyQuery

CONFIGURATION = """
[[server]]
name = "Hospital"
protocol = "dicomweb"
url = "https://pacs.example/dicom-web"
user_variable = "PACS_USER"
password_variable = "PACS_PASSWORD"

[[server]]
name = "Scanner"
protocol = "dimse"
host = "10.0.0.5"
port = 11112
ae_title = "MR1"
store = true
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "pacs.toml"
    monkeypatch.setenv("SPINELENS_PACS", str(path))
    return path


def test_without_a_configuration_there_are_no_servers(file):
    assert configured_servers() == ()


def test_servers_are_read_and_storing_is_off_unless_said(file):
    file.write_text(CONFIGURATION)
    hospital, scanner = configured_servers()
    assert (hospital.protocol, hospital.store) == (Protocol.DICOMWEB, False)
    assert (scanner.port, scanner.calling_ae_title, scanner.store) == (11112, "SPINELENS", True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[server]]\nname = 'A'", "lacks 'protocol'"),
        ("[[server]]\nname = 'A'\nprotocol = 'ftp'", "ftp"),
        ("[[server]]\nname = 'A'\nprotocol = 'dicomweb'\nurl = 'pacs'", "http"),
        (
            "[[server]]\nname = 'A'\nprotocol = 'dicomweb'\nurl = 'https://me:secret@pacs'",
            "no user or password",
        ),
        ("[[server]]\nname = 'A'\nprotocol = 'dimse'\nhost = 'x'", "ae_title"),
        ("[[server]]\nname = 'A'\nprotocol = 'dimse'\npassword = 'x'", "unknown setting 'password'"),
        ("[[server]]\nname = 'A'\nprotocol = 'dicomweb'\nurl = 'https://x'\nuser_variable = 'U'", "together"),
        (CONFIGURATION.replace("Scanner", "Hospital"), "same name"),
        ("server = 5", "cannot be read"),
        ("not toml", "cannot be read"),
    ],
)
def test_a_wrong_configuration_is_said_in_a_sentence(file, text, message):
    file.write_text(text)
    with pytest.raises(PacsError, match=message):
        configured_servers()


def test_a_query_for_everything_is_refused():
    for empty in ({}, {"patient_name": "*"}, {"description": " ?*"}):
        with pytest.raises(ValueError, match="a query needs"):
            StudyQuery(**empty)
    with pytest.raises(ValueError, match="YYYYMMDD"):
        StudyQuery(date_from="1.2.2024")


def test_a_query_as_dicom_writes_it():
    query = StudyQuery("Doe^J", "12", "20240101", "", "lumbar", modality="")
    assert query.matching() == {
        "PatientName": "Doe^J*",
        "PatientID": "12",
        "StudyDate": "20240101-",
        "StudyDescription": "*lumbar*",
    }
    assert StudyQuery(date_from="20240101", date_to="20240101").matching()["StudyDate"] == "20240101"
    assert StudyQuery(date_to="20240101").matching()["StudyDate"] == "-20240101"


def answer(**values) -> Dataset:
    found = Dataset()
    for keyword, value in values.items():
        setattr(found, keyword, value)
    return found


def test_answers_that_lack_attributes_or_come_twice():
    answers = [answer(StudyInstanceUID="1.1"), answer(StudyInstanceUID="1.2", StudyDate="20240101"), answer(),
               answer(StudyInstanceUID="1.1", ModalitiesInStudy=["MR", "SR"])]  # fmt: skip
    found = found_studies(answers, 10)
    assert [one.uid for one in found] == ["1.2", "1.1"]
    assert found[1].modalities == ()
    assert found[1].series is None
    assert len(found_studies(answers, 1)) == 1


def test_series_are_in_the_order_of_their_numbers():
    answers = [answer(SeriesInstanceUID="1.1", SeriesNumber=10), answer(SeriesInstanceUID="1.2"),
               answer(SeriesInstanceUID="1.3", SeriesNumber=2, NumberOfSeriesRelatedInstances=15)]  # fmt: skip
    found = found_series(answers)
    assert [one.uid for one in found] == ["1.3", "1.1", "1.2"]
    assert found[0].instances == 15


def series(uid: str, description: str, modality: str = "MR", part: str = "") -> FoundSeries:
    return FoundSeries(uid, 1, modality, description, part)


def test_lumbar_mr_is_preselected():
    found = [
        series("1", "Localizer"), series("2", "t2_tse_sag", part="LSPINE"), series("3", "t1_tse_sag", part="L-SPINE"),
        series("4", "t2 tra", part="CSPINE"), series("5", "Phoenix report", "SR"), series("6", "t2_tse_tra L3-S1"),
        series("7", "SAG T2 CERVICAL"),
    ]  # fmt: skip
    assert preselected(found) == ("2", "3", "6")
    # All are of another part: the user decides.
    assert preselected([found[3], found[4]]) == ("4",)


def test_a_private_folder_goes_with_who_made_it():
    folder = PrivateFolder()
    path = folder.path
    assert path.stat().st_mode & 0o777 == 0o700
    (path / "a").write_text("x")
    del folder
    assert not path.exists()


def test_folders_of_ended_processes_are_deleted_and_no_others(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ended = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    )
    dead = int(ended.stdout)
    left, running, other = (
        tmp_path / name for name in (f"{PREFIX}{dead}-a", f"{PREFIX}{os.getpid()}-b", f"{PREFIX}x-c")
    )
    elsewhere = tmp_path / "elsewhere"
    for one in (left, running, other, elsewhere):
        one.mkdir()
    (tmp_path / f"{PREFIX}{dead}-link").symlink_to(elsewhere)
    assert delete_left_behind() == 1
    assert not left.exists()
    assert running.exists()
    assert other.exists()
    assert elsewhere.exists()


def test_a_server_without_a_name_is_none():
    with pytest.raises(ValueError, match="name"):
        Server(" ", Protocol.DIMSE, host="a", ae_title="B")
