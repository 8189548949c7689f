"""The region of a sagittal slice on which its pane opens."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pages.components.slices import Mark, marks
from pages.components.viewer.spine_region import spine_region
from pages.components.viewer.viewer_data import drawn
from spine_core.study.types import Plane, Series
from tests.pages import fakes


def series_like(pixels: np.ndarray, **changes) -> Series:
    return replace(fakes.study().series[0], pixels=pixels[None], **changes)


def test_discs_have_one_inter_disc_distance_around_them_and_the_slice_is_the_limit():
    study, reading = fakes.study(), fakes.reading()
    series = study.series[0]
    # Centres at rows 24, 48, ... 120 and column 60: 24 pixels apart.
    assert spine_region(series, marks(study, series, reading.discs)) == [[0.0, 36.0], [144.0, 84.0]]
    assert drawn(study, series, reading)["spine"] == [[0.0, 36.0], [144.0, 84.0]]
    upper = tuple(disc for disc in reading.discs if disc.level in ("L1/L2", "L2/L3"))
    assert spine_region(series, marks(study, series, upper)) == [[0.0, 36.0], [72.0, 84.0]]
    lower = [Mark("L4/L5", 2, (130.0, 120.0), (0.0, 0.0)), Mark("L5/S1", 2, (154.0, 120.0), (0.0, 0.0))]
    assert spine_region(series, lower) == [[106.0, 96.0], [159.5, 127.5]], "clipped at the last pixel's edge"


def test_margins_are_equal_in_millimetres_where_pixels_are_not_square():
    series = replace(fakes.study().series[0], spacing=(3.0, 1.0))
    discs = [Mark("L3/L4", 2, (40.0, 60.0), (0.0, 0.0)), Mark("L4/L5", 2, (50.0, 60.0), (0.0, 0.0))]
    # Ten rows of 3 mm are 30 mm: ten rows, or 30 columns.
    assert spine_region(series, discs) == [[30.0, 30.0], [60.0, 90.0]]


@pytest.mark.parametrize("inverted", [False, True])
def test_before_a_reading_the_body_is_the_region(inverted):
    pixels = np.full((100, 80), 5, np.int16)
    pixels[10:90, 20:50] = 300
    pixels[40, 70] = 900  # one bright pixel of noise outside
    series = series_like(-pixels if inverted else pixels, inverted=inverted)
    assert spine_region(series, []) == [[9.5, 19.5], [89.5, 49.5]]


def test_padding_is_no_background():
    pixels = np.full((100, 80), -2000, np.int16)
    pixels[20:, :] = 0
    pixels[30:90, 20:50] = 300
    padding = np.zeros((1, 100, 80), bool)
    padding[0, :20] = True
    assert spine_region(series_like(pixels, padding=padding), []) == [[29.5, 19.5], [89.5, 49.5]]


def test_an_even_slice_and_another_plane_have_no_region():
    assert spine_region(series_like(np.zeros((50, 50), np.int16)), []) is None
    series = fakes.study().series[0]
    discs = marks(fakes.study(), series, fakes.reading().discs)
    assert spine_region(replace(series, plane=Plane.AXIAL), discs) is None
