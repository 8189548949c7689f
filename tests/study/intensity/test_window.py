from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pydicom
import pytest
from pydicom.pixels import apply_modality_lut, apply_windowing

from spine_core.study import SourceFile, open_study
from spine_core.study.intensity.window import display_window, presets, to_grey
from spine_core.study.types import Series
from tests.study.made import mr, stored

VALUES = np.arange(-300, 300, dtype=np.int16).reshape(20, 30) * 3


def both(**elements: object) -> tuple[Series, np.ndarray]:
    """A series, and what pydicom shows of it, scaled to 0 to 255."""
    data = stored(mr(pixels=VALUES, **elements))
    dataset = pydicom.dcmread(io.BytesIO(data))
    with np.errstate(over="ignore"):  # pydicom's own sigmoid overflows far from the centre
        shown = apply_windowing(apply_modality_lut(dataset.pixel_array, dataset), dataset)
    # the same window over a long ramp shows pydicom's own darkest and brightest values
    slope, intercept = float(dataset.get("RescaleSlope", 1)), float(dataset.get("RescaleIntercept", 0))
    low, high = -32768 * slope + intercept, 32767 * slope + intercept
    return open_study([SourceFile("a", data)]).series[0], (shown - low) / (high - low) * 255


@pytest.mark.parametrize("function", [None, "LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize(("centre", "width"), [(40, 400), (-100.5, 333.3), (0, 2)])
def test_windows_are_those_of_pydicom(function, centre, width) -> None:
    extra = {} if function is None else {"VOILUTFunction": function}
    series, expected = both(WindowCenter=centre, WindowWidth=width, **extra)
    assert display_window(series, 0) == (pytest.approx(centre), pytest.approx(width))
    assert np.max(np.abs(to_grey(series, 0).astype(float) - expected)) <= 0.51


def test_windows_apply_after_rescale() -> None:
    series, expected = both(WindowCenter=100, WindowWidth=500, RescaleSlope=2, RescaleIntercept=-50)
    assert np.max(np.abs(to_grey(series, 0).astype(float) - expected)) <= 0.51


def test_the_first_of_several_windows_is_used() -> None:
    series, _ = both(WindowCenter=[40, 300], WindowWidth=[400, 2000])
    assert display_window(series, 0) == (40, 400)


def test_monochrome1_is_shown_reversed() -> None:
    plain, _ = both(WindowCenter=40, WindowWidth=400)
    reversed_, _ = both(WindowCenter=40, WindowWidth=400, PhotometricInterpretation="MONOCHROME1")
    assert np.array_equal(to_grey(reversed_, 0), 255 - to_grey(plain, 0))
    assert to_grey(reversed_, 0)[0, 0] == 255


def test_without_a_header_the_first_and_the_last_percentiles_are_black_and_white() -> None:
    series, _ = both(WindowCenter=40, WindowWidth=400)
    series = replace(series, window=None)
    grey = to_grey(series, 0)
    assert np.mean(grey == 0) == pytest.approx(0.01, abs=0.005)
    assert np.mean(grey == 255) == pytest.approx(0.005, abs=0.005)
    assert np.all(np.diff(grey.ravel().astype(int)) >= 0)


def test_eight_bit_images_are_shown_in_full_range() -> None:
    from PIL import Image

    values = np.arange(256, dtype=np.uint8).reshape(16, 16)
    file = io.BytesIO()
    Image.fromarray(values).save(file, "PNG")
    series = open_study([SourceFile("a", file.getvalue())]).series[0]
    assert np.array_equal(to_grey(series, 0), values)


def test_a_stated_window_is_used() -> None:
    series, _ = both(WindowCenter=40, WindowWidth=400)
    assert set(np.unique(to_grey(series, 0, (0.5, 1)))) == {0, 255}
    with pytest.raises(ValueError, match="shows nothing"):
        to_grey(series, 0, (0, 0))


@pytest.mark.parametrize("value", [0, 7])
def test_an_empty_series_is_shown_without_error(value) -> None:
    data = stored(mr(pixels=np.full((8, 8), value, np.int16)))
    series = open_study([SourceFile("a", data)]).series[0]
    assert to_grey(series, 0).shape == (8, 8)


def test_a_slice_that_is_not_there_is_refused() -> None:
    series, _ = both(WindowCenter=40, WindowWidth=400)
    with pytest.raises(IndexError):
        display_window(series, 1)


def test_the_first_preset_is_the_headers_window_as_darkest_and_brightest_value():
    series, _ = both(WindowCenter=100, WindowWidth=201)
    name, shown = next(iter(presets(series).items()))
    assert name == "Header"
    # LINEAR: centre - 0.5 +- (width - 1) / 2
    assert shown == (-0.5, 199.5)


def test_percentile_presets_contain_the_fraction_of_values_that_they_name():
    series, _ = both()
    values = series.pixels.reshape(-1)
    found = presets(series)
    assert found["All values"] == (values.min(), values.max())
    low, high = found["MR 5-95 %"]
    assert ((values >= low) & (values <= high)).mean() == pytest.approx(0.9, abs=0.01)
