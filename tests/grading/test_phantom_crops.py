import numpy as np
import pytest

from spine_core.anatomy.types import LEVELS
from spine_core.grading.phantom_crops import true_disc
from spine_core.phantom import build, healthy, with_lesion


def test_true_disc_lies_where_the_phantom_has_it():
    phantom = build(with_lesion(healthy(3), "bulging", "L4/L5"))
    disc = true_disc(phantom, "L4/L5")
    index, row, column, _ = phantom.sagittal.to_pixel(phantom.centers["L4/L5"])
    assert disc.center_px == pytest.approx((row, column))
    assert abs(disc.slice_index - index) <= 1
    assert disc.caudal[0] > 0.8
    above = phantom.sagittal.to_pixel(phantom.centers[LEVELS[LEVELS.index("L4/L5") - 1]])
    assert disc.inter_disc_px == pytest.approx(np.hypot(row - above[1], column - above[2]), rel=0.25)
