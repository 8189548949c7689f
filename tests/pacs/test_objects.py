"""Objects of a reading, stored in a real archive and fetched again by both protocols."""

from __future__ import annotations

import pytest
from pydicom import dcmread

from spine_core.dicom_objects.objects import make_objects
from spine_core.dicom_objects.read_report import read_report
from spine_core.dicom_objects.read_segmentation import read_segmentation
from spine_core.pacs.archive import archive_of
from spine_core.pacs.retrieval import retrieve
from spine_core.study import open_study, sources_from_path
from tests.dicom_objects.making import one_disc
from tests.pacs.conftest import dimse_server, web_server
from tests.study.made import mr, random_pixels, stored


@pytest.fixture(params=["dicomweb", "dimse"])
def protocol(request, orthanc_server, credentials):
    """An archive without a study, and a study UID of its own."""
    server = {
        "dicomweb": web_server(orthanc_server.url),
        "dimse": dimse_server(orthanc_server.dicom_port),
    }
    return archive_of(server[request.param]), f"1.2.3.{len(request.param)}"


@pytest.fixture
def sent(protocol, tmp_path):
    """The files of a small study and its objects, in the archive."""
    archive, study_uid = protocol
    folder = tmp_path / "study"
    folder.mkdir()
    for x in (0, 4):
        image = mr((x, 0, 0), pixels=random_pixels(x), StudyInstanceUID=study_uid,
                   SeriesInstanceUID=f"{study_uid}.1", PatientID=study_uid, SeriesNumber=1)  # fmt: skip
        (folder / f"{x}.dcm").write_bytes(stored(image))
    found = one_disc(sources_from_path(folder))
    objects = make_objects(found.material, found.sources)
    for number, one in enumerate(objects):
        (folder / f"object{number}.dcm").write_bytes(one.to_bytes())
    files = sorted(folder.iterdir())
    assert {one.reason for one in archive.store(files)} == {""}
    return archive, study_uid, {str(one.SOPInstanceUID): one for one in map(dcmread, files)}


def test_what_comes_back_is_what_was_stored(sent):
    archive, study_uid, datasets = sent
    found = retrieve(archive, study_uid, archive.series(study_uid))
    assert found.missing == ()
    there = {str(one.SOPInstanceUID): one for one in map(dcmread, found.files)}
    # Element by element; the file's own header may differ.
    assert there == datasets
    for uid, one in datasets.items():
        for pixels in ("PixelData", "FloatPixelData", "EncapsulatedDocument"):
            assert one.get(pixels) == there[uid].get(pixels)
    found.folder.delete()


def test_the_retrieved_folder_opens_with_its_outlines_and_its_report(sent):
    archive, study_uid, _ = sent
    found = retrieve(archive, study_uid, archive.series(study_uid))
    sources = list(sources_from_path(found.folder.path))
    study = open_study(sources)
    assert not study.problems
    assert {one.modality for one in study.series} == {"MR", "OT"}
    assert len([one for one in study.series if one.modality == "MR"]) == 1
    files = {one.sop_class_uid: found.folder.path / one.file for one in study.objects}
    assert len(files) == 4
    outlines = read_segmentation(files["1.2.840.10008.5.1.4.1.1.66.4"].read_bytes(), study)
    assert {one.slice_index for one in outlines.outlines} == {0, 1}
    report = read_report(files["1.2.840.10008.5.1.4.1.1.88.34"].read_bytes())
    assert {one.level for one in report.grades} == {"L4/L5"}
    found.folder.delete()
