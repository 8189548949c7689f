"""A phantom study, and an Orthanc that has it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from pydicom import dcmread

from spine_core.pacs.archive import archive_of
from spine_core.pacs.servers import Protocol, Server
from spine_core.pacs.types import Archive
from spine_core.phantom import build, healthy, write_study
from tests.services import orthanc


@dataclass(frozen=True)
class Sent:
    """A study as it was sent: its files, and their data sets by SOP Instance UID."""

    uid: str
    files: tuple[Path, ...]

    @property
    def datasets(self):
        return {str(one.SOPInstanceUID): one for one in map(dcmread, self.files)}


@pytest.fixture(scope="session")
def sent(tmp_path_factory) -> Sent:
    """Two sagittal series of three slices and one axial of three."""
    folder = write_study(
        build(healthy(77)), tmp_path_factory.mktemp("sent"), sagittal=range(6, 9), axial=("L4/L5",)
    )
    files = tuple(sorted(folder.rglob("*.dcm")))
    return Sent(str(dcmread(files[0]).StudyInstanceUID), files)


@pytest.fixture(scope="session")
def orthanc_server(tmp_path_factory):
    if orthanc.program() is None:
        pytest.skip(orthanc.NO_ORTHANC)
    with orthanc.serving(tmp_path_factory.mktemp("orthanc")) as found:
        yield found


@pytest.fixture
def credentials(monkeypatch) -> None:
    monkeypatch.setenv("ARCHIVE_USER", orthanc.USER)
    monkeypatch.setenv("ARCHIVE_PASSWORD", orthanc.PASSWORD)


def web_server(url: str, **changes) -> Server:
    given = {"user_variable": "ARCHIVE_USER", "password_variable": "ARCHIVE_PASSWORD", "store": True}
    return Server("Archive", Protocol.DICOMWEB, url=url, **(given | changes))


def dimse_server(port: int, **changes) -> Server:
    given = {"host": "127.0.0.1", "ae_title": orthanc.AE_TITLE, "store": True}
    return Server("Archive", Protocol.DIMSE, port=port, **(given | changes))


@pytest.fixture(params=["dicomweb", "dimse"])
def archive(request, orthanc_server, credentials, sent) -> Archive:
    """Orthanc by each protocol, with the study in it."""
    found = {
        "dicomweb": web_server(orthanc_server.url),
        "dimse": dimse_server(orthanc_server.dicom_port),
    }
    chosen = archive_of(found[request.param])
    assert {one.reason for one in chosen.store(sent.files)} == {""}
    return chosen
