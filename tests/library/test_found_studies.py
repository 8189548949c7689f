from __future__ import annotations

import io
import zipfile

import pydicom
import pytest
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid

from spine_core.library.found_studies import FoundStudy, found_studies, sources_of_import, unpacked
from spine_core.study.errors import StudyError
from spine_core.study.sources import SourceFile
from tests.library.making import picture


def dicom(patient: str, study: str) -> bytes:
    """A header without pixels."""
    data = pydicom.Dataset()
    data.PatientID, data.StudyInstanceUID = patient, study
    data.SOPClassUID, data.SOPInstanceUID = MRImageStorage, generate_uid()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    out = io.BytesIO()
    pydicom.dcmwrite(out, data, enforce_file_format=True)
    return out.getvalue()


def names(found: list[FoundStudy]) -> list[list[str]]:
    return [[file.name for file in one.files] for one in found]


def test_dicom_files_are_grouped_by_their_headers_wherever_they_lie():
    files = {
        "a/1": dicom("p", "1.2"), "a/2": dicom("p", "1.3"), "b/1": dicom("p", "1.2"), "b/2": dicom("q", "1.2"),
    }  # fmt: skip
    found = found_studies(SourceFile(name, data) for name, data in files.items())
    assert names(found) == [["a/1", "b/1"], ["a/2"], ["b/2"]]


def test_other_images_are_grouped_by_folder_and_each_its_own_in_the_uppermost():
    png = picture(0).data
    paths = ["one.png", "two.png", "s/t1.png", "s/t2.png", "pair.hdr", "pair.img", "s/deep/x.png"]
    found = found_studies(SourceFile(path, png) for path in paths)
    assert names(found) == [
        ["one.png"], ["two.png"], ["s/t1.png", "s/t2.png"], ["pair.hdr", "pair.img"], ["s/deep/x.png"],
    ]  # fmt: skip


def archive(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, data in files.items():
            made.writestr(name, data)
    return out.getvalue()


def test_a_zip_is_taken_apart_into_its_studies():
    png = picture(0).data
    data = archive({"x/1": dicom("p", "1.2"), "y/1": dicom("p", "1.3"), "z/a.png": png, "z/b.png": png})
    (one,) = found_studies([SourceFile("all.zip", data)])
    assert names(unpacked(one)) == [["all.zip/x/1"], ["all.zip/y/1"], ["all.zip/z/a.png", "all.zip/z/b.png"]]


@pytest.mark.parametrize("data", [b"PK\x03\x04 damaged", archive({})])
def test_a_zip_without_files_stays_one_entry_which_is_then_refused(data):
    (one,) = found_studies([SourceFile("all.zip", data)])
    assert unpacked(one) == [one]


def test_a_fingerprint_changes_with_content_and_not_with_order(tmp_path):
    first, second = SourceFile("a", b"1"), SourceFile("b", b"2")
    there = FoundStudy("a", (first, second)).fingerprint
    assert FoundStudy("b", (second, first)).fingerprint == there
    assert FoundStudy("a", (first, SourceFile("b", b"3"))).fingerprint != there
    path = tmp_path / "file"
    path.write_bytes(b"1")
    before = FoundStudy("a", (SourceFile("a", path),)).fingerprint
    path.write_bytes(b"12")
    assert FoundStudy("a", (SourceFile("a", path),)).fingerprint != before


def test_a_folder_is_walked_without_junk_and_an_empty_one_is_refused(tmp_path):
    for name in ("b/2.png", "a/1.png", ".hidden/x.png", "Thumbs.db"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert [file.name for file in sources_of_import(tmp_path)] == ["a/1.png", "b/2.png"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(StudyError, match="no files"):
        sources_of_import(tmp_path / "empty")
