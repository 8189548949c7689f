"""Phantoms of a head, a neck and a knee: their parts, counted, and that no two are alike."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import rice
from skimage.measure import label

from spine_core.training.evaluation.ood_phantoms import (
    BODIES,
    BONE,
    CORD,
    DISC,
    SIZE,
    head,
    heads,
    knee,
    knees,
    neck,
    necks,
)


@pytest.mark.parametrize("seed", range(4))
def test_a_neck_has_seven_bodies_with_discs_and_a_cord_behind_them(seed) -> None:
    drawn = neck(np.random.default_rng(seed))
    assert drawn.shape == (SIZE, SIZE)
    bodies, discs = label(drawn == BONE), label(drawn == DISC)
    assert bodies.max() == BODIES
    assert discs.max() >= BODIES
    row, column = np.argwhere(bodies == 4).mean(axis=0).round().astype(int)
    assert CORD in drawn[row, column:]
    assert CORD not in drawn[row, :column]


def test_a_knee_has_bones_that_do_not_touch() -> None:
    bones = label(knee(np.random.default_rng(0)) == BONE)
    assert bones.max() == 3, "femur, tibia, patella"


def test_a_head_is_surrounded_by_air() -> None:
    for seed in range(4):
        drawn = head(np.random.default_rng(seed))
        edge = np.concatenate([drawn[0], drawn[-1], drawn[:, 0], drawn[:, -1]])
        assert np.count_nonzero(edge) == 0
        assert 0.1 < (drawn > 0).mean() < 0.7


@pytest.mark.parametrize("drawn", [heads, necks, knees])
def test_images_are_reproducible_by_seed_and_all_differ(drawn) -> None:
    first, second = drawn(3), drawn(3)
    images = list(first)
    for one, again in zip(images, second, strict=True):
        assert one.dtype == np.uint8
        np.testing.assert_array_equal(one, again)
    assert not np.array_equal(images[0], images[1])


def test_noise_in_air_is_rician() -> None:
    """Of Rayleigh's distribution, which is Rice's without signal: sd / mean is 0.523 whatever the noise."""
    (image,) = knees(1)
    air = image[20:300, 2:30].astype(float)
    assert air.std() / air.mean() == pytest.approx(rice.std(0) / rice.mean(0), rel=0.1)
