"""Slices grouped into series where SeriesInstanceUID is missing, too coarse or too fine."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from pydicom.dataset import Dataset

from spine_core.study import SourceFile, open_study
from spine_core.study.series_grouping import clusters
from spine_core.study.types import Plane, Series, Weighting
from tests.study.made import AXIAL, CORONAL, SAGITTAL, mr, random_pixels, stored

NUMBERS = itertools.count()
T1 = {"EchoTime": 9, "RepetitionTime": 600, "SeriesDescription": "t1_tse_sag"}
T2 = {"EchoTime": 102, "RepetitionTime": 3500, "SeriesDescription": "t2_tse_sag"}


def opened(*datasets: Dataset, names: list[str] | None = None) -> tuple[Series, ...]:
    names = names or [f"f{next(NUMBERS)}" for _ in datasets]
    return open_study([SourceFile(n, stored(ds)) for n, ds in zip(names, datasets, strict=True)]).series


def stack(
    seed: int, first: float = 0.0, step: float = 4.0, slices: int = 5, **elements: object
) -> list[Dataset]:
    return [
        mr(
            (first + step * at, -80, 100),
            pixels=random_pixels(100 * seed + at),
            **{"InstanceNumber": 100 * seed + at, **elements},
        )
        for at in range(slices)
    ]


def pixels(seed: int, slices: int = 5) -> np.ndarray:
    return np.stack([random_pixels(100 * seed + at) for at in range(slices)])


# ---- one series with several UIDs


@pytest.mark.parametrize("uid", [None, ""])
def test_series_without_uid_are_separated_by_other_header_values(uid) -> None:
    one, two = opened(
        *stack(1, SeriesInstanceUID=uid, SeriesNumber=2, **T1),
        *stack(2, SeriesInstanceUID=uid, SeriesNumber=3, **T2),
    )
    assert (one.weighting, two.weighting) == (Weighting.T1, Weighting.T2)
    assert np.array_equal(one.pixels, pixels(1))
    assert np.array_equal(two.pixels, pixels(2))
    assert one.uid
    assert two.uid
    assert one.uid != two.uid


def test_without_uid_number_and_name_contrast_orientation_and_size_separate_series() -> None:
    nameless = {"SeriesInstanceUID": None, "SeriesDescription": None}
    found = opened(
        *stack(1, **{**T1, **nameless}),
        *stack(2, **{**T2, **nameless}),
        *(mr((0, 0, 5.0 * at), AXIAL, random_pixels(300 + at), **nameless) for at in range(4)),
        *(mr((4.0 * at, 0, 0), pixels=random_pixels(400 + at, 32, 32), **nameless) for at in range(3)),
    )
    assert sorted((s.plane, s.weighting, s.slices, s.rows) for s in found) == sorted(
        [
            (Plane.SAGITTAL, Weighting.T1, 5, 24),
            (Plane.SAGITTAL, Weighting.T2, 5, 24),
            (Plane.AXIAL, Weighting.T2, 4, 24),
            (Plane.SAGITTAL, Weighting.T2, 3, 32),
        ]
    )


def test_one_uid_per_slice_is_one_series() -> None:
    datasets = [*stack(1, **T2), *stack(2, **T1)]
    for number, ds in enumerate(datasets):
        ds.SeriesInstanceUID = f"1.2.3.{number + 50}"
    one, two = opened(*datasets)
    assert np.array_equal(one.pixels, pixels(1))
    assert np.array_equal(two.pixels, pixels(2))


def test_two_single_slices_with_numbers_of_their_own_stay_two_series() -> None:
    found = opened(
        mr((0, 0, 0), SeriesInstanceUID="1.2.3.61", SeriesNumber=1, pixels=random_pixels(1)),
        mr((9, 0, 0), SeriesInstanceUID="1.2.3.62", SeriesNumber=2, pixels=random_pixels(2)),
    )
    assert [series.slices for series in found] == [1, 1]


def test_a_frame_of_reference_per_slice_neither_splits_nor_relates_stacks() -> None:
    datasets = stack(1)
    for number, ds in enumerate(datasets):
        ds.FrameOfReferenceUID = f"1.2.3.{number + 70}"
    (series,) = opened(*datasets)
    assert series.slices == 5
    assert series.frame_of_reference_uid is None


def test_directions_that_jitter_by_less_than_a_degree_are_one_stack() -> None:
    datasets = []
    for at, degrees in enumerate((0.0, 0.4, -0.4, 0.3, -0.2)):
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        datasets.append(mr((4.0 * at, 0, 0), (0, c, -s, 0, -s, -c), random_pixels(at), InstanceNumber=at))
    (series,) = opened(*datasets)
    assert series.slices == 5
    assert series.geometry is not None
    assert np.allclose(series.geometry.row_direction, SAGITTAL[:3], atol=np.radians(0.1))
    assert abs(series.geometry.row_direction @ series.geometry.column_direction) < 1e-12


# ---- several stacks with one UID


@pytest.mark.parametrize("apart", [0.0, 1.0, 2.0, 3.3, 40.0])
def test_two_contrasts_under_one_uid_are_two_stacks(apart) -> None:
    one, two = opened(*stack(1, **T1), *stack(2, first=apart, **T2))
    assert (one.weighting, two.weighting) == (Weighting.T1, Weighting.T2)
    assert np.array_equal(one.pixels, pixels(1))
    assert np.array_equal(two.pixels, pixels(2))


@pytest.mark.parametrize(
    ("keyword", "values"),
    [
        ("EchoTime", (80, 110)),
        ("InversionTime", (150, 900)),
        ("ImageType", (["ORIGINAL", "PRIMARY", "M"], ["DERIVED", "PRIMARY", "M", "NORM"])),
        ("DiffusionBValue", (50.0, 800.0)),
    ],
)
def test_what_makes_another_contrast_splits_a_millimetre_apart_too(keyword, values) -> None:
    found = opened(*stack(1, **{keyword: values[0]}), *stack(2, first=1.0, **{keyword: values[1]}))
    assert [np.array_equal(s.pixels, pixels(n)) for n, s in enumerate(found, start=1)] == [True, True]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"AcquisitionNumber": 1}, {"AcquisitionNumber": 2}),
        ({"EchoNumbers": 1}, {"EchoNumbers": 2}),
        ({"AcquisitionTime": "100000"}, {"AcquisitionTime": "101500"}),
        ({}, {}),  # instance numbers start anew
    ],
)
def test_a_repetition_a_millimetre_away_is_a_stack_of_its_own(first, second) -> None:
    found = opened(*stack(1, **first), *stack(2, first=1.0, **second))
    assert [np.array_equal(s.pixels, pixels(n)) for n, s in enumerate(found, start=1)] == [True, True]


def test_odd_and_even_slices_of_two_acquisitions_stay_one_stack() -> None:
    datasets = [
        mr((4.4 * at, 0, 0), pixels=random_pixels(at), AcquisitionNumber=1 + at % 2, InstanceNumber=at)
        for at in range(10)
    ]
    (series,) = opened(*datasets)
    assert np.array_equal(series.pixels, np.stack([random_pixels(at) for at in range(10)]))


def test_times_that_differ_by_rounding_are_one_contrast() -> None:
    datasets = [
        mr((4.0 * at, 0, 0), pixels=random_pixels(at), EchoTime=102 + 0.1 * (at % 3)) for at in range(6)
    ]
    assert [series.slices for series in opened(*datasets)] == [6]


def test_stations_half_covering_one_another_are_two_stacks() -> None:
    lower = [mr((4.0 * at + 2, -80, -100), pixels=random_pixels(200 + at)) for at in range(5)]
    assert [series.slices for series in opened(*stack(1), *lower)] == [5, 5]


def test_a_shift_of_less_than_a_station_is_none() -> None:
    datasets = [mr((4.0 * at, 0, 0.7 * at), pixels=random_pixels(at)) for at in range(8)]
    assert [series.slices for series in opened(*datasets)] == [8]


def test_one_uid_for_a_whole_study_makes_no_localizer_of_it() -> None:
    axial = [
        mr((0, 0, 5.0 * at), AXIAL, random_pixels(300 + at), **{**T2, "EchoTime": 98}) for at in range(5)
    ]
    found = opened(*stack(1, **T1), *stack(2, **T2), *axial)
    assert [(s.plane, s.not_gradable) for s in found][:2] == [(Plane.SAGITTAL, "")] * 2


def test_a_localizer_with_one_uid_per_plane_is_known_by_its_number() -> None:
    planes = enumerate((SAGITTAL, AXIAL, CORONAL))
    found = opened(
        *(
            mr(
                orientation=plane,
                SeriesInstanceUID=f"1.2.3.{n + 80}",
                SeriesNumber=1,
                pixels=random_pixels(n),
            )
            for n, plane in planes
        )
    )
    assert [series.not_gradable for series in found] == ["a localizer"] * 3


# ---- order


def test_slices_with_one_position_are_one_stack_in_the_order_of_slice_location() -> None:
    order = [2, 0, 1, 4, 3]
    datasets = [
        mr((0, 0, 0), pixels=random_pixels(n), SliceLocation=4.0 * n, InstanceNumber=9 - n) for n in order
    ]
    (series,) = opened(*datasets)
    assert series.geometry is None
    assert series.plane is Plane.SAGITTAL
    assert np.array_equal(series.pixels, np.stack([random_pixels(n) for n in range(5)]))
    assert any("order of Slice Location" in note.text for note in series.notes)


def test_without_locations_instance_numbers_give_the_order_and_without_both_the_files() -> None:
    order = [2, 0, 1]
    (series,) = opened(*(mr((0, 0, 0), pixels=random_pixels(n), InstanceNumber=n) for n in order))
    assert np.array_equal(series.pixels, np.stack([random_pixels(n) for n in range(3)]))
    assert any("order of their instance numbers" in note.text for note in series.notes)
    (series,) = opened(*(mr(None, pixels=random_pixels(n), InstanceNumber=None) for n in order))
    assert np.array_equal(series.pixels, np.stack([random_pixels(n) for n in order]))
    assert any("order of the files" in note.text for note in series.notes)


def test_repeats_in_different_folders_are_two_stacks() -> None:
    same = {"SeriesInstanceUID": None, "SeriesDescription": None, "InstanceNumber": None}
    names = [f"{folder}/{at}" for folder in ("a", "b") for at in range(3)]
    datasets = [mr((4.0 * (n % 3), 0, 0), pixels=random_pixels(n), **same) for n in range(6)]
    one, two = opened(*datasets, names=names)
    assert np.array_equal(one.pixels, np.stack([random_pixels(n) for n in range(3)]))
    assert np.array_equal(two.pixels, np.stack([random_pixels(n) for n in range(3, 6)]))


def test_clusters_are_single_linkage() -> None:
    assert clusters([10.0, 1.0, 1.4, 10.3, 30.0], 0.5).tolist() == [1, 0, 0, 1, 2]
    assert clusters([100.0, 100.9, 102.5], 0.0, 0.01).tolist() == [0, 0, 1]
