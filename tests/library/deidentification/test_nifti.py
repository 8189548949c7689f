"""NIfTI and Analyze files lose their text and keep every voxel and the affine."""

from __future__ import annotations

import gzip
import io

import nibabel
import numpy as np
import pytest
from nibabel.nifti1 import Nifti1Extension

from spine_core.library.deidentification import check_reads_alike, deidentify_files
from spine_core.library.deidentification.nifti import compressed, deidentify_nifti, deidentify_pair
from spine_core.study import SourceFile, open_study
from tests.library.deidentification.made import SECRET, WORD

NAME = WORD.encode()
AFFINE = np.array([[-0.7, 0.01, 0, 30], [0.01, 0.8, 0, -60], [0, 0, 4.0, -90], [0, 0, 0, 1.0]])
VOXELS = np.random.default_rng(3).integers(-900, 900, (20, 22, 6, 2)).astype(np.int16)


def image(kind: type = nibabel.Nifti1Image) -> nibabel.Nifti1Image:
    made = kind(VOXELS, AFFINE)
    header = made.header
    for field in ("descrip", "aux_file", "intent_name", "db_name"):
        if field in header:
            header[field] = NAME
    header.extensions.append(Nifti1Extension("comment", NAME * 20))
    return made


@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
def test_text_extensions_and_trailing_bytes_go_and_voxels_and_affine_stay(kind):
    data = image(kind).to_bytes() + NAME
    cleaned = deidentify_nifti(data)
    assert data.count(NAME) > 20
    assert NAME not in cleaned
    before, after = (kind.from_bytes(one) for one in (data, cleaned))
    assert np.asarray(after.dataobj).tobytes() == np.asarray(before.dataobj).tobytes()
    assert after.affine.tobytes() == before.affine.tobytes()
    assert not after.header.extensions
    assert deidentify_nifti(cleaned) == cleaned


def test_the_compressed_file_holds_neither_name_nor_time():
    data = compressed(deidentify_nifti(image().to_bytes()))
    assert data[3] == 0  # no flag: neither file name nor comment
    assert data[4:8] == bytes(4)
    assert gzip.decompress(data) == deidentify_nifti(image().to_bytes())


def pair(kind: type) -> tuple[bytes, bytes]:
    made = kind(VOXELS[..., 0], AFFINE)
    made.header["descrip"] = NAME
    files = made.make_file_map({key: io.BytesIO() for key, _ in kind.files_types})
    made.to_file_map(files)
    return files["header"].fileobj.getvalue(), files["image"].fileobj.getvalue()


@pytest.mark.parametrize("kind", [nibabel.Nifti1Pair, nibabel.Spm99AnalyzeImage])
def test_pairs_lose_their_text_and_read_as_before(kind):
    header, voxels = pair(kind)
    sources = [SourceFile("Doe/scan.IMG", voxels + NAME), SourceFile("Doe/scan.HDR", header)]
    kept = deidentify_files(sources, SECRET)
    assert [file.name for file in kept.files] == ["0001.hdr", "0001.img"]
    assert NAME in header
    assert not [file for file in kept.files if NAME in file.data]
    check_reads_alike(open_study(sources), open_study(kept.files))


def test_the_patient_id_of_an_analyze_header_goes():
    header, voxels = pair(nibabel.Spm99AnalyzeImage)
    marked = header[:148] + NAME.ljust(80) + header[228:]
    fields = nibabel.Spm99AnalyzeImage.header_class.template_dtype.fields
    start = fields["patient_id"][1]
    marked = marked[:start] + b"DOE1947\0\0\0" + marked[start + 10 :]
    cleaned, same = deidentify_pair(marked, voxels)
    assert b"DOE" not in cleaned
    assert NAME not in cleaned
    assert same == voxels


def test_files_of_one_volume_give_equal_bytes_at_all_times():
    data = gzip.compress(image().to_bytes())
    first, second = (deidentify_files([SourceFile("Doe.nii.gz", data)], SECRET) for _ in range(2))
    assert first.files == second.files
    assert first.files[0].name == "0001.nii.gz"
