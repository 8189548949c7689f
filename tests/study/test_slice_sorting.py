from __future__ import annotations

import itertools

import numpy as np
import pytest

from spine_core.study import SourceFile, open_study
from spine_core.study.types import Plane, Series, Severity
from tests.study.made import AXIAL, CORONAL, SAGITTAL, mr, random_pixels, stored

NUMBERS = itertools.count()


def opened(*datasets: object) -> tuple[Series, ...]:
    return open_study([SourceFile(f"f{next(NUMBERS)}", stored(ds)) for ds in datasets]).series


@pytest.mark.parametrize(
    ("orientation", "axis", "plane"),
    [
        (SAGITTAL, 0, Plane.SAGITTAL),
        (tuple(-c for c in SAGITTAL[:3]) + SAGITTAL[3:], 0, Plane.SAGITTAL),
        (CORONAL, 1, Plane.CORONAL),
        (AXIAL, 2, Plane.AXIAL),
    ],
)
def test_slices_ascend_along_the_patient_axis_regardless_of_their_numbers(orientation, axis, plane) -> None:
    places = [12.0, -8.0, 4.0, -4.0, 8.0, 0.0]
    datasets = []
    for number, place in enumerate(places):
        position = [0.0, 0.0, 0.0]
        position[axis] = place
        datasets.append(mr(position, orientation, random_pixels(number), InstanceNumber=number))
    (series,) = opened(*datasets)
    assert series.plane is plane
    assert series.geometry.positions[:, axis].tolist() == sorted(places)
    expected = [random_pixels(places.index(place)) for place in sorted(places)]
    assert np.array_equal(series.pixels, np.stack(expected))
    assert list(series.sop_instance_uids) == [
        datasets[places.index(place)].SOPInstanceUID for place in sorted(places)
    ]


def tilted(degrees: float) -> tuple[float, ...]:
    angle = np.radians(degrees)
    return (1, 0, 0, 0, float(np.cos(angle)), float(-np.sin(angle)))


def test_angled_axial_slabs_become_stacks_of_their_own() -> None:
    datasets = [
        mr((0, 0, -40 * slab + 4 * step), tilted(angle), random_pixels(10 * slab + step))
        for slab, angle in enumerate((-5, 8, 25))
        for step in range(3)
    ]
    series = opened(*datasets)
    assert [one.uid for one in series] == ["1.2.3.4", "1.2.3.4#2", "1.2.3.4#3"]
    assert [one.slices for one in series] == [3, 3, 3]
    assert {one.plane for one in series} == {Plane.AXIAL}
    assert all(one.not_gradable == "only sagittal series are graded, this one is axial" for one in series)


@pytest.mark.parametrize(
    ("keyword", "values"),
    [
        ("EchoTime", (12, 102)),
        ("EchoNumbers", (1, 2)),
        (
            "ImageType",
            (["ORIGINAL", "PRIMARY", "DIXON", "WATER"], ["ORIGINAL", "PRIMARY", "DIXON", "IN_PHASE"]),
        ),
        ("TemporalPositionIdentifier", (1, 2)),
    ],
)
def test_the_same_position_with_another_contrast_is_another_stack(keyword, values) -> None:
    datasets = [
        mr((4.0 * step, 0, 0), pixels=random_pixels(10 * kind + step), **{keyword: value})
        for step in range(4)
        for kind, value in enumerate(values)
    ]
    one, two = opened(*datasets)
    assert np.array_equal(one.pixels, np.stack([random_pixels(step) for step in range(4)]))
    assert np.array_equal(two.pixels, np.stack([random_pixels(10 + step) for step in range(4)]))


def test_repeats_over_time_are_separated_by_rank_although_every_slice_has_its_own_time() -> None:
    datasets = [
        mr(
            (4.0 * step, 0, 0),
            pixels=random_pixels(10 * turn + step),
            AcquisitionTime=f"1000{20 * turn + step:02d}",
        )
        for step in range(4)
        for turn in range(2)
    ]
    one, two = opened(*datasets)
    assert np.array_equal(one.pixels, np.stack([random_pixels(step) for step in range(4)]))
    assert np.array_equal(two.pixels, np.stack([random_pixels(10 + step) for step in range(4)]))


def test_one_number_per_slice_does_not_split_a_stack() -> None:
    datasets = [
        mr((4.0 * step, 0, 0), pixels=random_pixels(10 * turn + step), AcquisitionNumber=10 * turn + step + 1)
        for step in range(6)
        for turn in range(2)
    ]
    assert [series.slices for series in opened(*datasets)] == [6, 6]


def test_indistinguishable_repeats_are_separated_with_a_warning() -> None:
    datasets = [
        mr((4.0 * step, 0, 0), pixels=random_pixels(10 * turn + step))
        for turn in range(2)
        for step in range(4)
    ]
    one, two = opened(*datasets)
    assert (one.slices, two.slices) == (4, 4)
    assert any("the header does not distinguish them" in note.text for note in two.notes)


def test_an_exact_copy_is_dropped_with_a_note() -> None:
    datasets = [mr((4.0 * step, 0, 0), pixels=random_pixels(step)) for step in range(4)]
    (series,) = opened(*datasets, mr((4.0, 0, 0), pixels=random_pixels(1)))
    assert series.slices == 4
    assert any("twice" in note.text for note in series.notes)


def test_a_missing_slice_is_reported_with_its_position() -> None:
    (series,) = opened(*(mr((x, 0, 0), pixels=random_pixels(x)) for x in (0, 4, 12)))
    (note,) = [note for note in series.notes if "missing" in note.text]
    assert note.severity is Severity.WARNING
    assert note.text.startswith("Between slices 2 and 3 the step is 8.0 mm instead of 4.0 mm")


def test_an_even_stack_has_no_notes() -> None:
    (series,) = opened(*(mr((x, 0, 0), pixels=random_pixels(x)) for x in (0, 4, 8, 12)))
    assert series.notes == ()


def test_stations_of_a_long_spine_are_separated() -> None:
    datasets = [
        mr((4.0 * step, 0, -300.0 * station), pixels=random_pixels(10 * station + step))
        for station in range(2)
        for step in range(3)
    ]
    one, two = opened(*datasets)
    assert one.geometry.positions[0, 2] == 0
    assert two.geometry.positions[0, 2] == -300


def test_another_matrix_in_one_series_is_another_stack() -> None:
    series = opened(mr((0, 0, 0), pixels=random_pixels(1)), mr((4, 0, 0), pixels=random_pixels(2, 32, 32)))
    assert [one.pixels.shape for one in series] == [(1, 24, 16), (1, 32, 32)]


def test_a_localizer_in_three_planes_is_recognised_without_its_name() -> None:
    series = opened(mr(orientation=SAGITTAL), mr(orientation=AXIAL), mr(orientation=CORONAL))
    assert [one.not_gradable for one in series] == ["a localizer"] * 3


@pytest.mark.parametrize(
    "elements",
    [
        {"ImagePositionPatient": None},
        {"ImageOrientationPatient": None},
        {"ImagePositionPatient": [float("nan"), 0, 0]},
        {"ImageOrientationPatient": [0, 1, 0, 0, 0.5, -0.9]},
        {"ImageOrientationPatient": [0, 0, 0, 0, 0, 0]},
    ],
)
def test_slices_without_a_position_are_in_the_order_of_their_numbers(elements) -> None:
    order = [3, 1, 2]
    series = opened(
        *(mr((4.0 * n, 0, 0), pixels=random_pixels(n), InstanceNumber=n, **elements) for n in order)
    )
    assert len(series) == 1
    assert series[0].geometry is None
    usable = "ImageOrientationPatient" not in elements
    assert series[0].plane is (Plane.SAGITTAL if usable else Plane.UNKNOWN)
    assert np.array_equal(series[0].pixels, np.stack([random_pixels(n) for n in (1, 2, 3)]))
    assert any("no usable positions" in note.text for note in series[0].notes)


@pytest.mark.parametrize("spacing", [[0, 0], [-0.7, 0.7], [float("nan"), 0.7]])
def test_unusable_spacing_leaves_no_millimetres(spacing) -> None:
    (series,) = opened(mr(PixelSpacing=spacing))
    assert series.spacing is None
    assert series.geometry is None
    assert any(note.severity is Severity.ERROR and "spacing" in note.text for note in series.notes)


@pytest.mark.parametrize("orientation", [(0, -1, 0, 0, 0, -1), (0, 1, 0, 0, 0, 1), (0, 0, -1, 0, 1, 0)])
def test_a_rotated_or_mirrored_sagittal_series_is_reported_and_not_graded(orientation) -> None:
    (series,) = opened(mr(orientation=orientation))
    assert "rotated or mirrored" in series.not_gradable
    assert any("rotated or mirrored" in note.text for note in series.notes)
