from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spine_core.dicom_objects.objects import make_objects, unavailable
from spine_core.dicom_objects.parametric_map import OUTSIDE
from spine_core.explanation.overlay import to_slice
from spine_core.networks.target import Target, TargetKind
from spine_core.study import SourceFile, open_study
from tests.dicom_objects.making import SIDE, changed, ramp
from tests.dicom_objects.tools import errors, floats_by_dcmtk

HERNIATION = Target("herniation", "1")


def made(found, *explanations):
    given = changed(found, explanations=explanations or found.material.explanations)
    return make_objects(given, found.sources, ["map"])


def stored(one) -> np.ndarray:
    dataset = one.dataset
    return np.frombuffer(dataset.FloatPixelData, np.float32).reshape(dataset.Rows, dataset.Columns)


def test_values_are_the_map_on_its_slice_by_an_independent_reader(every, tmp_path):
    (one,) = made(every)
    image = every.material.reading.images["L4/L5"]
    series = every.study.by_uid(image.channels[0].series_uid)
    expected = to_slice(every.material.explanations[0], image, 0, (series.rows, series.columns))
    outside = np.isnan(expected)
    found = stored(one)
    assert np.array_equal(found[~outside], expected[~outside])
    assert np.all(found[outside] == OUTSIDE)
    assert outside.any()
    assert (~outside).any()
    assert np.array_equal(floats_by_dcmtk(one.to_bytes(), tmp_path).reshape(found.shape), found)


def test_the_value_of_a_pixel_is_that_of_the_ramp_at_its_place(oblique_mr):
    """The disc's crop is upright, so that a row of the slice has one value: -1 in its first row, 1 in its last."""
    (one,) = made(oblique_mr)
    image = oblique_mr.material.reading.images["L4/L5"]
    frame = image.channels[0].frame
    rows, column = np.array([8, 12, 15]), 8
    in_crop = frame.inverse()(np.stack([rows, np.full(3, column)], axis=1))[:, 0]
    assert stored(one)[rows, column] == pytest.approx(-1 + 2 * in_crop / (SIDE - 1), abs=1e-5)


def test_the_map_lies_in_the_plane_of_its_slice(every):
    dataset = made(every)[0].dataset
    channel = every.material.reading.images["L4/L5"].channels[0]
    geometry = every.study.by_uid(channel.series_uid).geometry
    shared, (own,) = dataset.SharedFunctionalGroupsSequence[0], dataset.PerFrameFunctionalGroupsSequence
    corner = np.array(own.PlanePositionSequence[0].ImagePositionPatient, float)
    row, column = np.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, float).reshape(2, 3)
    down, right = map(float, shared.PixelMeasuresSequence[0].PixelSpacing)
    point = corner + 7 * down * column + 5 * right * row
    assert point == pytest.approx(geometry.to_patient(channel.slice_index, 7, 5), abs=1e-4)


def test_pixels_outside_the_input_are_padding_and_the_others_have_a_meaning(demo):
    dataset = made(demo)[0].dataset
    (mapping,) = dataset.SharedFunctionalGroupsSequence[0].RealWorldValueMappingSequence
    values = stored(made(demo)[0])
    assert np.float32(dataset.FloatPixelPaddingValue) == OUTSIDE
    assert np.float32(dataset.FloatPixelPaddingRangeLimit) == OUTSIDE
    assert 0 < OUTSIDE < 1e-30
    assert (mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept) == (1, 0)
    assert mapping.DoubleFloatRealWorldValueFirstValueMapped == values.min()
    assert mapping.DoubleFloatRealWorldValueLastValueMapped == values.max()
    assert np.all(np.isfinite(values))


@pytest.mark.parametrize(
    ("method", "code", "scheme"),
    [("grad_cam", "130403", "DCM"), ("eigen_cam", "130402", "DCM"), ("lime", "130404", "DCM"),
     ("integrated_gradients", "130404", "DCM"), ("random", "CONTROL-MAP", "99SPINELENS")],
)  # fmt: skip
def test_the_quantity_is_coded_by_method(oblique_mr, method, code, scheme):
    dataset = made(oblique_mr, ramp("L4/L5", HERNIATION, method))[0].dataset
    (mapping,) = dataset.SharedFunctionalGroupsSequence[0].RealWorldValueMappingSequence
    (concept,) = mapping.QuantityDefinitionSequence[0].ConceptCodeSequence
    assert (concept.CodeValue, concept.CodingSchemeDesignator) == (code, scheme)
    assert dataset.ContentLabel == method.upper()[:16]


def test_what_is_needed_to_make_the_map_again_is_written(demo):
    text = made(demo)[0].dataset.ImageComments
    for words in (
        "Grad-CAM",
        "samples 10",
        "Seed: 3",
        "Disc herniation: present, L4/L5",
        "ensemble",
        "e" * 64,
    ):
        assert words in text
    assert "It is no finding" in text


def test_the_window_of_signed_and_unsigned_maps_is_their_scale(oblique_mr):
    windows = []
    for signed in (True, False):
        dataset = made(oblique_mr, ramp("L4/L5", HERNIATION, signed=signed))[0].dataset
        (window,) = dataset.SharedFunctionalGroupsSequence[0].FrameVOILUTSequence
        windows.append((float(window.WindowCenter), float(window.WindowWidth)))
    assert windows == [(0.0, 2.0), (0.5, 1.0)]


def test_maps_of_tiny_relevance_are_valid_too(oblique_mr, tmp_path):
    faint = ramp("L4/L5", HERNIATION)
    faint = replace(faint, attribution=faint.attribution / 1e6)
    (one,) = made(oblique_mr, faint)
    assert not errors(one.to_bytes(), tmp_path)
    (window,) = one.dataset.SharedFunctionalGroupsSequence[0].FrameVOILUTSequence
    assert float(window.WindowWidth) == pytest.approx(2e-6)


def test_an_empty_map_is_written_as_zeros_and_says_so(oblique_mr):
    empty = ramp("L4/L5", HERNIATION)
    empty = replace(empty, attribution=np.zeros_like(empty.attribution), is_empty=True)
    (one,) = made(oblique_mr, empty)
    assert set(np.unique(stored(one))) == {np.float32(0), OUTSIDE}
    assert "the map is empty" in one.dataset.ImageComments


def test_every_explanation_is_an_object_of_one_series(demo):
    targets = [HERNIATION, Target("pfirrmann", "4", TargetKind.AT_LEAST)]
    objects = made(demo, *(ramp("L4/L5", one) for one in targets))
    assert len({one.dataset.SeriesInstanceUID for one in objects}) == 1
    assert [int(one.dataset.InstanceNumber) for one in objects] == [1, 2]
    assert "at least IV" in objects[1].label


def test_a_map_of_a_disc_that_is_not_there_is_refused(oblique_mr):
    given = changed(oblique_mr, explanations=(ramp("L1/L2", HERNIATION),))
    assert unavailable(given) == {"map": "an explanation is of a disc that this reading does not show"}


def test_a_map_opens_next_to_its_images(demo):
    (one,) = made(demo)
    study = open_study([*demo.sources[:2], SourceFile("map.dcm", one.to_bytes())])
    shown = next(series for series in study.series if series.uid == str(one.dataset.SeriesInstanceUID))
    assert shown.not_gradable
    outside = stored(one) == OUTSIDE
    assert np.array_equal(shown.padding[0], outside)
    assert np.array_equal(shown.pixels[0][~outside], stored(one)[~outside])
