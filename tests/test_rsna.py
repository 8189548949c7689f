from __future__ import annotations

import json

import pydicom
import pytest

from spine_core.cli.main import main
from spine_core.study import open_study, sources_from_path
from spine_core.study.types import Plane, Study, Weighting
from tests.study.rsna import write_rsna_study, zipped


@pytest.fixture(scope="module")
def folder(demo_folder, tmp_path_factory: pytest.TempPathFactory):
    return write_rsna_study(demo_folder, tmp_path_factory.mktemp("rsna"), keep=3)


def facts(study: Study) -> list[tuple[object, ...]]:
    return [(s.plane, s.weighting, s.slices, s.not_gradable) for s in study.series]


def test_the_files_are_what_they_should_be(folder) -> None:
    first = pydicom.dcmread(next(folder.rglob("1.dcm")))
    assert "Modality" not in first
    assert "SOPClassUID" not in first
    assert first.file_meta.MediaStorageSOPClassUID.name == "Enhanced MR Image Storage"


def test_a_study_of_the_largest_public_set_opens_from_folder_and_zip_alike(folder, tmp_path) -> None:
    study = open_study(sources_from_path(folder))
    axial = "only sagittal series are graded, this one is axial"
    assert facts(study) == [
        (Plane.SAGITTAL, Weighting.T1, 5, ""),
        (Plane.SAGITTAL, Weighting.T2, 5, ""),
        *[(Plane.AXIAL, Weighting.T2, 3, axial)] * 5,
    ]
    assert not study.problems
    assert study.synthetic is False
    packed = open_study(sources_from_path(zipped(folder, tmp_path / "study.zip")))
    assert packed.sha256 == study.sha256


@pytest.mark.slow
def test_it_goes_from_the_shell_to_three_maps(folder, tmp_path, capsys) -> None:
    out = tmp_path / "out"
    arguments = ["explain", str(folder), "--out", str(out), "--level", "L4/L5", "--condition", "herniation"]
    assert main([*arguments, "--methods", "grad_cam,lime,partition_shap"]) == 0
    written = json.loads((out / "explanations.json").read_text())
    assert [one["method"] for one in written["explanations"]] == ["grad_cam", "lime", "partition_shap"]
    assert [channel["weighting"] for channel in written["channels"]] == ["t2", "t1"]
    for one in written["explanations"]:
        assert one["files"]
        assert all((out / name).stat().st_size > 100 for name in one["files"].values())
    assert capsys.readouterr().err == ""
