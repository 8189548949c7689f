"""Inputs of a study: sides by geometry, levels by the marks, and a cache that an interrupted run resumes from."""

from __future__ import annotations

import itertools
import shutil
from dataclasses import replace

import numpy as np
import pytest

from spine_core.anatomy.types import LEVELS
from spine_core.grading.types import DiscImage
from spine_core.networks.registry import Bundle, load_bundle
from spine_core.study import open_study, sources_from_path
from spine_core.study.types import Plane, Study, Weighting
from spine_core.training.rsna2024.crops import StudyCrops, all_crops, read_inputs
from spine_core.training.rsna2024.dataset import CONDITIONS, LabelledStudy, read_dataset
from spine_core.training.rsna2024.examples import graded
from spine_core.training.rsna2024.levels import StudySkippedError
from spine_core.training.rsna2024.views import SIZE
from tests.training.rsna2024.made import AXIAL, REVERSED, TRAINING

pytestmark = pytest.mark.slow

Inputs = dict[tuple[str, str], DiscImage]


@pytest.fixture(scope="module")
def study(rsna_folder) -> LabelledStudy:
    return next(one for one in read_dataset(rsna_folder).studies if one.study_id == TRAINING)


@pytest.fixture(scope="module")
def inputs(study) -> Inputs:
    return read_inputs(study, load_bundle())


@pytest.fixture(scope="module")
def opened(study) -> Study:
    return open_study(sources_from_path(study.folder))


def middle_mm(image: DiscImage, opened: Study, *, columns: float = 0.0) -> np.ndarray:
    """LPS mm of the middle of an input, or of a point so many input columns to its right."""
    (channel,) = image.channels
    assert channel is not None
    row, column = channel.frame([(SIZE - 1) / 2, (SIZE - 1) / 2 + columns])
    geometry = opened.by_uid(channel.series_uid).geometry
    assert geometry is not None
    return geometry.to_patient(channel.slice_index, row, column)


def test_a_complete_study_gives_25_inputs(inputs) -> None:
    assert set(inputs) == {(condition, level) for condition in CONDITIONS for level in LEVELS}
    assert all(image.pixels.shape == (1, SIZE, SIZE) for image in inputs.values())


@pytest.mark.parametrize(("name", "lateral", "tolerance"), [
    ("neural_foraminal_narrowing", 14.0, 2.3), ("subarticular_stenosis", 8.0, 0.1),
])  # fmt: skip
def test_left_inputs_show_the_patients_left_and_right_ones_the_right(
    name, lateral, tolerance, inputs, opened
) -> None:
    for level in LEVELS:
        left, right = (middle_mm(inputs[f"{side}_{name}", level], opened)[0] for side in ("left", "right"))
        # LPS: x grows to the patient's left. Sagittal slices lie 4.4 mm apart.
        assert (left - right) / 2 == pytest.approx(lateral, abs=tolerance)
        canal = middle_mm(inputs["spinal_canal_stenosis", level], opened)[0]
        assert right < canal < left


def test_left_recesses_are_mirrored_so_that_lateral_is_on_one_side(inputs, opened) -> None:
    for side, outward in (("left", 1), ("right", -1)):
        image = inputs[f"{side}_subarticular_stenosis", "L4/L5"]
        lateral = middle_mm(image, opened, columns=-10) - middle_mm(image, opened)
        assert lateral[0] * outward == pytest.approx(10 * 60 / SIZE, abs=0.01)


def test_each_condition_is_cut_from_the_series_that_its_readers_used(inputs, opened) -> None:
    expected = {
        "spinal_canal_stenosis": (Plane.SAGITTAL, Weighting.T2),
        "left_neural_foraminal_narrowing": (Plane.SAGITTAL, Weighting.T1),
        "right_subarticular_stenosis": (Plane.AXIAL, Weighting.T2),
    }
    for condition, facts in expected.items():
        series = opened.by_uid(inputs[condition, "L3/L4"].channels[0].series_uid)
        assert (series.plane, series.weighting) == facts


def test_levels_are_where_the_canal_was_marked(inputs, study, opened) -> None:
    for mark in study.coordinates:
        series = next(
            one for one in opened.series if f"{mark.series_id}/{mark.instance_number}.dcm" in one.files
        )
        point = series.geometry.to_patient(0, mark.y, mark.x)
        for condition in CONDITIONS:
            away = middle_mm(inputs[condition, mark.level], opened) - point
            assert abs(away[2]) < 10.0  # discs lie 30 mm apart


def test_marks_of_the_next_level_move_the_inputs_by_one_level(study, inputs) -> None:
    names = dict(itertools.pairwise(LEVELS))
    shifted = [replace(one, level=names[one.level]) for one in study.coordinates if one.level in names]
    moved = read_inputs(replace(study, coordinates=tuple(shifted)), load_bundle())
    assert {level for _, level in moved} == set(LEVELS[1:])
    for condition in CONDITIONS:
        for old, new in names.items():
            np.testing.assert_array_equal(moved[condition, new].pixels, inputs[condition, old].pixels)


def test_grades_follow_condition_side_and_level(study, inputs) -> None:
    keys = list(inputs)
    pixels = np.stack([inputs[key].pixels for key in keys])
    crops = StudyCrops(pixels, tuple(key[0] for key in keys), tuple(key[1] for key in keys))
    found = {(one.condition, one.level): one for one in graded(study, crops)}
    assert len(found) == 24
    assert ("left_neural_foraminal_narrowing", "L1/L2") not in found
    assert found["left_neural_foraminal_narrowing", "L4/L5"].grade == 2
    assert found["right_neural_foraminal_narrowing", "L4/L5"].grade == 1
    assert found["left_neural_foraminal_narrowing", "L5/S1"].grade == 0
    for key, one in found.items():
        np.testing.assert_array_equal(one.pixels, inputs[key].pixels)


class Unused(Bundle):
    """The released networks, which must not be asked for anything."""

    def detect(self, series, progress=None):
        raise AssertionError


def unused() -> Bundle:
    bundle = load_bundle()
    return Unused(bundle.detector, bundle.segmenter, bundle.grader)


def test_an_interrupted_run_resumes_from_the_stored_inputs(study, tmp_path) -> None:
    wrong = replace(
        study,
        study_id="9",
        coordinates=tuple(replace(one, level=REVERSED[one.level]) for one in study.coordinates),
    )
    lines: list[str] = []
    ((_, first), (_, skipped)) = all_crops((study, wrong), load_bundle(), tmp_path, lines.append)
    ((_, again), (_, still)) = all_crops((study, wrong), unused(), tmp_path, lines.append)
    assert len(first.pixels) == 25
    np.testing.assert_array_equal(again.pixels, first.pixels)
    assert (again.conditions, again.levels) == (first.conditions, first.levels)
    assert "more than one level away" in skipped.skipped
    assert still.skipped == skipped.skipped
    assert len(still.pixels) == 0
    assert lines.count(f"study 9 is skipped: {skipped.skipped}") == 2
    assert lines.count("2 of 2 studies read") == 2


def test_other_marks_make_the_inputs_anew(study, tmp_path) -> None:
    list(all_crops((study,), load_bundle(), tmp_path, str))
    other = replace(study, coordinates=study.coordinates[1:])
    with pytest.raises(AssertionError):
        list(all_crops((other,), unused(), tmp_path, str))


def test_a_study_that_cannot_be_opened_is_skipped_with_the_reason(study, tmp_path) -> None:
    broken = tmp_path / "1" / "2" / "3.dcm"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"no image")
    with pytest.raises(StudySkippedError, match="it cannot be opened"):
        read_inputs(replace(study, folder=tmp_path / "1"), load_bundle())


def test_a_study_of_axial_slices_alone_is_skipped(study, tmp_path) -> None:
    axial = study.folder / AXIAL
    shutil.copytree(axial, tmp_path / "1" / axial.name)
    with pytest.raises(StudySkippedError, match="no discs were found"):
        read_inputs(replace(study, folder=tmp_path / "1"), load_bundle())
