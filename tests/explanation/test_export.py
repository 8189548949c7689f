import json
from dataclasses import replace

import nibabel
import numpy as np
import pytest
from PIL import Image

from spine_core import DISCLAIMER
from spine_core.explanation.export import write_explanations
from spine_core.explanation.registry import explain
from spine_core.study import SourceFile, open_study
from spine_core.study.geometry import Affine2, StackGeometry
from spine_core.study.types import Patient, Plane, Series, Study, Weighting
from tests.explanation.toys import TARGET, Halves, disc_image, textured

SECRET = "DOE^JANE"
FRAME = Affine2(((1.0, 0.0), (0.0, 1.0)), (5.0, 7.0))


@pytest.fixture
def study():
    pixels = np.random.default_rng(0).integers(0, 1000, (1, 40, 50)).astype(np.int16)
    series = Series(
        "1.2.3",
        SECRET,
        "MR",
        Plane.SAGITTAL,
        Weighting.T2,
        "",
        pixels,
        None,
        None,
        None,
        (f"{SECRET}.dcm",),
        (None,),
    )
    return Study((series,), (), Patient("1", SECRET, SECRET), "ab" * 32)


@pytest.fixture
def written(study, tmp_path):
    image = disc_image(textured(24, t1=False), FRAME)
    network = Halves(3.0, 0.0)
    made = [
        explain(name, network, image, TARGET, 2, few)
        for name, few in (
            ("grad_cam", None),
            ("lime", {"samples": 50}),
            ("partition_shap", {"max_evals": 40}),
        )
    ]
    return made, write_explanations(made, image, study, tmp_path / "out")


def test_json_holds_what_is_needed_to_reproduce_each_map(written):
    made, path = written
    found = json.loads(path.read_text())
    assert path.name == "explanations.json"
    assert found["disclaimer"] == DISCLAIMER
    assert found["study"]["sha256"] == "ab" * 32
    assert [entry["method"] for entry in found["explanations"]] == ["grad_cam", "lime", "partition_shap"]
    for explanation, entry in zip(made, found["explanations"], strict=True):
        assert entry["settings"] == dict(explanation.settings)
        assert entry["seed"] == 2
        assert entry["network"] == {"name": "halves", "version": "1", "sha256": "0" * 64}
        assert entry["target"]["label"] == "Disc bulging: present"
        assert entry["target"]["kind"] == "grade"
        assert entry["diagnostic"]["caption"]
        assert entry["target_score"] == pytest.approx(explanation.target_score)
        assert entry["native_shape"] == list(explanation.native_shape)
    assert found["channels"][0]["crop_to_slice"]["offset"] == [5.0, 7.0]
    assert found["channels"][1] is None


def test_maps_and_overlays_are_written_in_crop_and_slice_size(written):
    made, path = written
    for explanation, entry in zip(made, json.loads(path.read_text())["explanations"], strict=True):
        np.testing.assert_array_equal(np.load(path.parent / entry["files"]["map"]), explanation.attribution)
        on_slice = np.load(path.parent / entry["files"]["slice_map"])
        np.testing.assert_allclose(on_slice[5:29, 7:31], explanation.attribution, atol=1e-6)
        with Image.open(path.parent / entry["files"]["overlay"]) as png:
            assert png.size == (50, 40)
            assert png.text["Disclaimer"] == DISCLAIMER
            pixels = np.asarray(png).astype(int)
        coloured = np.ptp(pixels, axis=2) > 0
        assert coloured[5:29, 7:31].any()
        assert not coloured[:5].any()
        assert not coloured[:, 31:].any()


def test_nifti_map_lies_on_its_slice_in_patient_coordinates(study, tmp_path):
    geometry = StackGeometry(
        np.array([[30.0, -80.0, 60.0]]), np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, -1.0]), (2.0, 1.5)
    )
    (plain,) = study.series
    placed = replace(
        study, series=(replace(plain, geometry=geometry, spacing=(2.0, 1.5), slice_thickness=4.0),)
    )
    image = disc_image(textured(24, t1=False), FRAME)
    made = explain("grad_cam", Halves(3.0, 0.0), image, TARGET)
    path = write_explanations([made], image, placed, tmp_path)
    (entry,) = json.loads(path.read_text())["explanations"]
    volume = nibabel.load(tmp_path / entry["files"]["nifti"])
    assert volume.shape == (50, 40, 1)
    np.testing.assert_array_equal(
        np.asarray(volume.dataobj)[..., 0].T, np.load(tmp_path / entry["files"]["slice_map"])
    )
    # Pixel (row 10, column 20) in LPS is (30, -80 + 20 * 1.5, 60 - 10 * 2); RAS turns the signs of the first two.
    np.testing.assert_allclose(volume.affine @ [20, 10, 0, 1], [-30.0, 50.0, 40.0, 1.0])
    assert volume.header["sform_code"] == 1
    # The product reads its own map as the slice that it lies on.
    again = open_study([SourceFile("map.nii.gz", (tmp_path / entry["files"]["nifti"]).read_bytes())])
    np.testing.assert_allclose(again.series[0].geometry.to_patient(0, 10, 20), [30.0, -50.0, 40.0])


def test_nothing_of_the_patient_is_written(written):
    _, path = written
    for file in path.parent.iterdir():
        assert SECRET not in file.name
        assert SECRET.encode() not in file.read_bytes()


def test_file_names_hold_no_slash_of_the_level(written):
    _, path = written
    names = sorted(file.name for file in path.parent.iterdir())
    assert "L4-L5_bulging_grade_1_lime_seed2.npy" in names
    assert len(names) == 13
