"""Unusual pixel values: NaN, sentinels, very small and very large ones, and invalid windows."""

from __future__ import annotations

import json
import re

import nibabel
import numpy as np
import pytest
from pydicom.dataset import Dataset

from spine_core.study import SourceFile, open_study
from spine_core.study.frame import Frame
from spine_core.study.intensity.stack import grey_stack
from spine_core.study.intensity.window import percentile_range, presets, to_grey
from spine_core.study.types import Series, Severity
from tests.study.made import mr, random_pixels, stored

BODY = random_pixels(5, 48, 40).astype(np.float64)


def floats(values: np.ndarray, **elements: object) -> Dataset:
    """Float Pixel Data, or Double Float where single precision does not hold the values."""
    ds = mr(pixels=random_pixels(0, *values.shape), **elements)
    del ds.PixelData, ds.BitsStored, ds.HighBit, ds.PixelRepresentation
    double = bool(np.any(np.abs(values[np.isfinite(values)]) > np.finfo(np.float32).max))
    keyword = "DoubleFloatPixelData" if double else "FloatPixelData"
    ds.BitsAllocated = 64 if double else 32
    setattr(ds, keyword, values.astype(np.float64 if double else np.float32).tobytes())
    return ds


def opened(ds: Dataset) -> Series:
    return open_study([SourceFile("a", stored(ds))]).series[0]


def warnings_of(series: Series) -> list[str]:
    return [note.text for note in series.notes if note.severity is Severity.WARNING]


def levels(series: Series) -> int:
    """Different greys of the first slice as it opens."""
    return len(np.unique(to_grey(series, 0)))


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 1e300, -1e39])
def test_what_single_precision_cannot_hold_has_no_grey_value(wrong) -> None:
    values = BODY + 0.25
    values[:6, :6] = wrong
    series = opened(floats(values))
    np.testing.assert_array_equal(series.padding[0], np.pad(np.ones((6, 6), bool), ((0, 42), (0, 34))))
    assert np.all(np.isfinite(series.pixels))
    assert set(series.pixels[0, :6, :6].ravel()) == {series.pixels[0][~series.padding[0]].min()}
    assert percentile_range(series, 0, 100) == (series.pixels.min(), series.pixels.max())
    assert warnings_of(series) == [
        "36 pixels hold no number or one that is too large; they have no grey value and are shown black."
    ]
    assert levels(series) > 100


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 1e300])
def test_voxels_of_a_nifti_that_hold_no_number_have_no_grey_value(wrong) -> None:
    """The real values are far from 0: zeros in place of the invalid values would be the darkest by far."""
    volume = np.tile(BODY + 5000.5, (3, 1, 1))
    lost = np.zeros(volume.shape, bool)
    lost[:, :20] = True
    image = nibabel.Nifti1Image(np.where(lost, wrong, volume), np.diag([4.0, 0.7, 0.7, 1.0]))
    (series,) = open_study([SourceFile("a.nii", image.to_bytes())]).series
    assert series.padding.sum() == lost.sum()
    assert percentile_range(series, 0, 100) == (volume[~lost].min(), volume[~lost].max())
    assert series.pixels.min() == volume[~lost].min()
    assert f"{lost.sum()} pixels hold no number" in warnings_of(series)[0]


def test_a_rescale_to_infinity_leaves_no_grey_value_and_is_reported() -> None:
    series = opened(mr(pixels=random_pixels(1, 24, 16), RescaleSlope=1e306, RescaleIntercept=0))
    assert np.all(np.isfinite(series.pixels))
    assert warnings_of(series)
    assert all(np.isfinite(end) for ends in presets(series).values() for end in ends)


@pytest.mark.parametrize("size", [1e-9, 1e-25, 1e-60, 1e-300, 1e12, 1e30, 1e60, 1e300])
def test_values_of_any_size_are_shown_with_all_their_greys(size) -> None:
    values = (BODY - BODY.min()) / np.ptp(BODY) * size
    frame = Frame("a", "u", values)
    stack = grey_stack([frame])
    assert stack.padding is None
    assert np.all(np.isfinite(stack.pixels))
    series = opened(floats(values))
    if size > 1e-36:  # Float Pixel Data cannot hold less
        assert levels(series) > 150
        expected = opened(floats(BODY - BODY.min()))
        assert np.abs(to_grey(series, 0).astype(int) - to_grey(expected, 0)).max() <= 1
    scale = stack.pixels.max() / values.max()
    assert scale == pytest.approx(1.0, rel=1e-5) or any("times 1e" in note.text for note in stack.notes)


def test_grey_levels_lost_to_single_precision_are_reported() -> None:
    values = 1e9 + BODY % 64 + 0.5
    stack = grey_stack([Frame("a", "u", values)])
    assert any("grey levels are lost" in note.text for note in stack.notes)
    assert grey_stack([Frame("a", "u", BODY + 0.5)]).notes == ()


@pytest.mark.parametrize("value", [-32768, -9999, -20_000])
def test_a_value_far_below_all_others_means_no_value(value) -> None:
    pixels = np.pad(random_pixels(2, 48, 40), ((0, 0), (2, 2)), constant_values=value)
    pixels[20, 20] = value
    series = opened(mr(pixels=pixels))
    np.testing.assert_array_equal(series.padding[0], pixels == value)
    assert f"{(pixels == value).sum()} pixels hold {value}" in warnings_of(series)[0]
    assert levels(series) > 100


@pytest.mark.parametrize("value", [1e30, 9.96921e36, 1e20])
def test_a_value_far_above_all_others_along_the_edge_means_no_value(value) -> None:
    values = np.pad(BODY, 3, constant_values=value)
    series = opened(floats(values))
    np.testing.assert_array_equal(series.padding[0], values == value)
    assert levels(series) > 100


def test_burned_in_text_and_hot_pixels_keep_their_grey() -> None:
    pixels = random_pixels(2, 48, 40).astype(np.uint16)
    pixels[20:24, 10:30] = 65_535
    series = opened(mr(pixels=pixels))
    assert series.padding is None
    assert series.pixels.max() == 65_535


def test_labels_far_apart_are_no_sentinels() -> None:
    labels = np.zeros((48, 40), np.int16)
    labels[10:20], labels[20:30], labels[:, :3] = 1, 2, 1000
    assert opened(mr(pixels=labels)).padding is None


def test_air_far_below_soft_tissue_is_no_sentinel() -> None:
    """CT: air at -1024 fills most of the image, tissue lies within 200 units."""
    rng = np.random.default_rng(0)
    pixels = (rng.normal(40, 40, (48, 40))).astype(np.int16)
    pixels[:, :12] = rng.normal(-1000, 8, (48, 12)).astype(np.int16)
    assert opened(mr(pixels=pixels)).padding is None


@pytest.mark.parametrize("window", [(60_000, 400), (-5000, 100), (500, 1e9), (1e300, 1e300), (500, 100_000)])
def test_a_window_that_shows_nothing_is_replaced_by_percentiles(window) -> None:
    ds = mr(pixels=random_pixels(4, 48, 40), WindowCenter=window[0], WindowWidth=window[1])
    series = opened(ds)
    assert series.window is None
    assert any("window in the header shows nothing" in text for text in warnings_of(series))
    assert levels(series) > 100
    assert next(iter(presets(series))) == "Whole image"


@pytest.mark.parametrize("window", [(900, 400), (700, 1), (500, 5000), (300, 2)])
def test_a_window_that_shows_something_is_kept(window) -> None:
    pixels = np.arange(48 * 40, dtype=np.int16).reshape(48, 40) % 1500
    series = opened(mr(pixels=pixels, WindowCenter=window[0], WindowWidth=window[1]))
    assert series.window == window
    assert warnings_of(series) == []


def test_a_flat_image_keeps_its_window() -> None:
    series = opened(mr(pixels=np.full((48, 40), 7, np.int16), WindowCenter=5000, WindowWidth=10))
    assert series.window == (5000, 10)


@pytest.mark.parametrize("function", [None, "LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize("width", [1.0, 0.8, 1.5])
def test_a_window_over_fractions_shows_greys_and_not_black_and_white(function, width) -> None:
    extra = {} if function is None else {"VOILUTFunction": function}
    values = (BODY - BODY.min()) / np.ptp(BODY)
    series = opened(floats(values, WindowCenter=0.5, WindowWidth=width, **extra))
    assert series.window == (0.5, width)
    assert levels(series) > 100
    if function != "SIGMOID":
        low, high = next(iter(presets(series).values()))
        assert (low, high) == pytest.approx((0.5 - width / 2, 0.5 + width / 2))
        expected = np.clip((series.pixels[0] - low) / (high - low), 0, 1) * 255
        assert np.abs(to_grey(series, 0) - expected).max() <= 0.51


def test_a_window_below_one_over_whole_numbers_shows_nothing() -> None:
    assert opened(mr(pixels=random_pixels(0, 48, 40), WindowCenter=900, WindowWidth=0.5)).window is None


@pytest.mark.parametrize("level", [0.0, 7.0, 1e-20, 1e20, -1e35])
def test_presets_of_a_flat_image_are_apart(level) -> None:
    series = opened(floats(np.full((8, 8), level)))
    for low, high in presets(series).values():
        assert np.float32(low) < np.float32(high)
    assert to_grey(series, 0).shape == (8, 8)


@pytest.mark.parametrize(
    "elements",
    [
        {"PixelSpacing": [1e308, 1e308]},
        {"PixelSpacing": [1e-300, 1e-300]},
        {"ImagePositionPatient": [1e300, 0, 0]},
        {"WindowCenter": 1e308, "WindowWidth": 1e308},
        {"RescaleSlope": 1e300},
        {"RescaleSlope": 1e-300},
    ],
)
def test_huge_header_values_never_reach_the_viewer(elements) -> None:
    from pages.components.viewer.pixel_route import PixelStore
    from pages.components.viewer.viewer_data import series_data, viewer_data

    study = open_study([SourceFile(str(n), stored(mr((4.0 * n, 0, 0), **elements))) for n in range(3)])
    data = [series_data(PixelStore("me"), study, series, "name") for series in study.series]
    sent = json.dumps(viewer_data(study.sha256, data, []), allow_nan=False)
    assert not re.search(r"e\+3\d\d", sent)
