import dataclasses

import numpy as np
import pytest

from spine_core.anatomy.model import LEVELS
from spine_core.compare import pairs
from spine_core.grading.network import Contract
from spine_core.grading.target import Target
from spine_core.phantom import build, healthy, with_lesion
from tests.compare.test_benchmark import lit


def test_only_pairs_that_are_graded_right_count(monkeypatch):
    pair = dataclasses.replace(lit(slice(16, 32)), target=Target("bulging", "1"))
    monkeypatch.setattr(pairs, "_pair", lambda contract, lesion, level, seed: pair)

    class Sure:
        contract = Contract(size=48)

        def __init__(self, answers):
            self._answers = np.repeat(np.array(answers, np.float32)[:, None], 20, axis=1)

        def answers(self, pictures):
            return self._answers

    assert len(list(pairs.pairs(Sure([2, -2]), 3, ["bulging"]))) == 3
    assert not list(pairs.pairs(Sure([2, 2]), 3, ["bulging"]))
    assert not list(pairs.pairs(Sure([-2, 2]), 3, ["bulging"]))


def test_pair_of_phantoms_differs_around_the_lesion_only():
    pair = pairs._pair(Contract(size=64), "modic", "L4/L5", 3)
    assert pair.target == Target("modic", "2")
    assert pair.normal == "0"
    assert pair.ill.pixels.shape == (2, 64, 64)
    assert 0 < pair.changed.mean() < 0.5
    rows = np.flatnonzero(pair.changed.any(axis=1))
    assert 32 - 26 < rows.mean() < 32 + 26, "the endplates lie around the middle of the crop"
    assert set(np.unique(pair.ill.regions)) == {0, 1, 2, 3}


def test_true_disc_lies_where_the_phantom_has_it():
    phantom = build(with_lesion(healthy(3), "bulging", "L4/L5"))
    disc = pairs._disc(phantom, "L4/L5")
    index, row, column, _ = phantom.sagittal.to_pixel(phantom.centers["L4/L5"])
    assert disc.center_px == pytest.approx((row, column))
    assert abs(disc.slice_index - index) <= 1
    assert disc.down[0] > 0.8
    above = phantom.sagittal.to_pixel(phantom.centers[LEVELS[LEVELS.index("L4/L5") - 1]])
    assert disc.pitch_px == pytest.approx(np.hypot(row - above[1], column - above[2]), rel=0.25)
