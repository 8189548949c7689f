from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from pydicom.sr.codedict import codes

from spine_core.anatomy.outline_edits import outline_edit
from spine_core.anatomy.types import LEVELS, Structure
from spine_core.dicom_objects.codes import DISCS
from spine_core.dicom_objects.objects import make_objects
from spine_core.dicom_objects.segments import segments_of
from spine_core.grading.outlines import current_segmentations
from tests.dicom_objects.making import SEGMENTER, changed, masks
from tests.dicom_objects.tools import errors, frames_by_dcmtk


def made(found):
    (one,) = make_objects(found.material, found.sources, ["seg"])
    return one


def label(segment) -> str:
    return str(segment.SegmentLabel)


def test_each_structure_is_a_segment_with_its_code_and_its_network(demo):
    dataset = made(demo).dataset
    segments = {label(one): one for one in dataset.SegmentSequence}
    # The discs above and below have no level here.
    others = ["Disc, level not named", "Vertebrae", "Spinal canal"]
    assert list(segments) == [*(f"{level} disc" for level in LEVELS), *others]
    types = {name: one.SegmentedPropertyTypeCodeSequence[0] for name, one in segments.items()}
    for level in LEVELS:
        assert types[f"{level} disc"].CodeValue == DISCS[level].value
        assert types[f"{level} disc"].CodingSchemeDesignator == "SCT"
    assert types["Vertebrae"].CodeValue == codes.SCT.Vertebra.value
    assert types["Spinal canal"].CodeValue == "61853006"
    for one in segments.values():
        (algorithm,) = one.SegmentationAlgorithmIdentificationSequence
        assert one.SegmentAlgorithmType == "AUTOMATIC"
        assert (algorithm.AlgorithmName, algorithm.AlgorithmVersion) == (SEGMENTER.name, SEGMENTER.version)
        assert SEGMENTER.sha256 in algorithm.AlgorithmParameters
    assert len({one.TrackingUID for one in segments.values()}) == len(segments)


def test_a_structure_keeps_its_tracking_identity_in_the_next_export(demo):
    first, second = ([str(one.TrackingUID) for one in made(demo).dataset.SegmentSequence] for _ in range(2))
    assert first == second


def test_pixels_are_those_of_the_masks_by_an_independent_reader(every, tmp_path):
    one = made(every)
    drawn = frames_by_dcmtk(one.to_bytes(), tmp_path)
    (current,) = current_segmentations(every.material.reading)
    series = every.study.by_uid(current.series_uid)
    expected = {one.label: one.masks for one in segments_of(current, every.material.reading, series)}
    names = {int(each.SegmentNumber): label(each) for each in one.dataset.SegmentSequence}
    for frame, group in zip(drawn, one.dataset.PerFrameFunctionalGroupsSequence, strict=True):
        name = names[int(group.SegmentIdentificationSequence[0].ReferencedSegmentNumber)]
        position = np.array(group.PlanePositionSequence[0].ImagePositionPatient, float)
        index, *corner, away = series.geometry.to_pixel(position)
        assert corner == pytest.approx([0, 0], abs=1e-6)
        assert away < 1e-6
        assert np.array_equal(frame, expected[name].pop(index))
    assert not any(mask.any() for rest in expected.values() for mask in rest.values())


def test_a_pixel_lies_where_the_slice_has_it(oblique_mr):
    """The first pixel of the disc on the second slice is (11, 6): see ``making.masks`` and ``making.oblique``.

    The slice's corner is 4 mm from (-10, -60, 90) along the normal, which is (-0.866, 0.5, 0). Eleven rows of 0.7 mm
    lead down, six columns along (0.5, 0.866, 0).
    """
    dataset = made(oblique_mr).dataset
    shared = dataset.SharedFunctionalGroupsSequence[0]
    row, column = np.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, float).reshape(2, 3)
    down, right = map(float, shared.PixelMeasuresSequence[0].PixelSpacing)
    corners = {
        tuple(map(float, group.PlanePositionSequence[0].ImagePositionPatient))
        for group in dataset.PerFrameFunctionalGroupsSequence
    }
    second = max(corners)[:3] if max(corners)[1] > -60 else min(corners)
    assert second == pytest.approx((-10 - 4 * 0.75**0.5, -58, 90), abs=1e-6)
    point = np.array(second) + 11 * down * column + 6 * right * row
    expected = (-10 - 4 * 0.75**0.5 + 6 * 0.7 * 0.5, -58 + 6 * 0.7 * 0.75**0.5, 90 - 11 * 0.7)
    assert point == pytest.approx(expected, abs=1e-6)
    geometry = oblique_mr.study.series[0].geometry
    assert geometry.to_patient(1, 11, 6) == pytest.approx(expected, abs=1e-6)
    assert masks(oblique_mr.study.series[0], 1)[11, 6] == Structure.DISC


def test_phantom_discs_lie_at_their_true_centres(demo, demo_folder):
    truth = json.loads((demo_folder.parent / "truth.json").read_text())["levels"]
    (current,) = current_segmentations(demo.material.reading)
    series = demo.study.by_uid(current.series_uid)
    for one in segments_of(current, demo.material.reading, series)[:5]:
        level = one.label.removesuffix(" disc")
        index, row, column, _ = series.geometry.to_pixel(truth[level]["center_mm"])
        assert one.masks[index][round(row), round(column)], level


def test_a_disc_at_no_level_has_no_level(oblique_mr):
    reading = oblique_mr.material.reading
    far = replace(reading.discs[0], center_px=(12.0, 16.0))
    (one,) = make_objects(
        changed(oblique_mr, reading=replace(reading, discs=(far,))), oblique_mr.sources, ["seg"]
    )
    first = one.dataset.SegmentSequence[0]
    assert label(first) == "Disc, level not named"
    assert first.SegmentedPropertyTypeCodeSequence[0].CodingSchemeDesignator == "99SPINELENS"


def test_levels_that_the_reader_shifted_name_the_segments(oblique_mr):
    reading = oblique_mr.material.reading
    shifted = replace(reading, discs=(replace(reading.discs[0], level="L3/L4"),))
    (one,) = make_objects(changed(oblique_mr, reading=shifted), oblique_mr.sources, ["seg"])
    assert label(one.dataset.SegmentSequence[0]) == "L3/L4 disc"


def edited(found, structure: Structure, rows: slice, columns: slice, index: int = 1):
    """The reading with an outline that the reader drew."""
    reading, series = found.material.reading, found.study.series[0]
    mask = np.zeros((series.rows, series.columns), bool)
    mask[rows, columns] = True
    edit = outline_edit(
        series, reading.anatomies[0], (index, structure), mask, ("Anna", "2026-12-01T10:00:00+00:00")
    )
    return replace(reading, outline_edits=(edit,)), mask


def test_outlines_that_the_reader_drew_are_written_with_their_name(oblique_mr, tmp_path):
    reading, mask = edited(oblique_mr, Structure.DISC, slice(10, 16), slice(6, 10))
    (one,) = make_objects(changed(oblique_mr, reading=reading), oblique_mr.sources, ["seg"])
    segments = {label(each): each for each in one.dataset.SegmentSequence}
    disc, canal = segments["L4/L5 disc"], segments["Spinal canal"]
    assert (disc.SegmentAlgorithmType, disc.SegmentDescription) == ("SEMIAUTOMATIC", "Edited by Anna")
    assert canal.SegmentAlgorithmType == "AUTOMATIC"
    assert "SegmentDescription" not in canal
    assert one.dataset.ContentDescription == "Outlines by a network, some edited by a reader"
    drawn = frames_by_dcmtk(one.to_bytes(), tmp_path)
    assert any(np.array_equal(frame, mask) for frame in drawn)
    assert not errors(one.to_bytes(), tmp_path)


def test_an_outline_on_a_slice_that_was_not_segmented_is_written(oblique_mr):
    reading, _ = edited(oblique_mr, Structure.CANAL, slice(2, 20), slice(13, 15), index=2)
    (one,) = make_objects(changed(oblique_mr, reading=reading), oblique_mr.sources, ["seg"])
    assert one.label.startswith("Segmentation: 3 structures on 3 slices")
    canal = next(each for each in one.dataset.SegmentSequence if label(each) == "Spinal canal")
    assert canal.SegmentAlgorithmType == "SEMIAUTOMATIC"


def test_outlines_without_a_segmenter_are_manual(oblique_mr):
    reading, _ = edited(oblique_mr, Structure.CANAL, slice(2, 20), slice(13, 15))
    reading = replace(reading, segmenter=None, anatomies=(replace(reading.anatomies[0], masks={}),))
    (one,) = make_objects(changed(oblique_mr, reading=reading), oblique_mr.sources, ["seg"])
    (segment,) = one.dataset.SegmentSequence
    assert (segment.SegmentAlgorithmType, segment.SegmentDescription) == ("MANUAL", "Edited by Anna")
    assert "SegmentationAlgorithmIdentificationSequence" not in segment
