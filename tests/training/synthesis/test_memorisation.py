import numpy as np
import pytest

from spine_core.training.synthesis.memorisation import copy_rate, nearest, variants


def textures(count, seed):
    from scipy import ndimage

    noise = np.random.default_rng(seed).normal(size=(count, 2, 16, 16))
    return ndimage.gaussian_filter(noise, (0, 0, 1, 1)).astype(np.float32)


def test_the_nearest_distance_is_the_root_mean_square():
    training = np.zeros((2, 1, 4, 4), np.float32)
    training[1] = 3
    assert nearest(np.full((1, 1, 4, 4), 1.0, np.float32), training)[0] == pytest.approx(1.0)
    assert nearest(np.full((1, 1, 4, 4), 2.5, np.float32), training)[0] == pytest.approx(0.5)


def test_mirrored_and_shifted_copies_are_found():
    training = textures(30, 0)
    copied = np.concatenate([training[:5, ..., ::-1], np.roll(training[5:10], 2, axis=-2)])
    found = copy_rate(copied, training, textures(50, 1))
    assert (found.copies, found.samples, found.rate) == (10, 10, 1.0)
    assert found.median == pytest.approx(0, abs=1e-3)


def test_the_rate_of_images_that_are_no_copies_has_wilsons_interval():
    training = textures(30, 0)
    found = copy_rate(textures(40, 2), training, textures(50, 1))
    assert found.copies <= 2
    # Wilson: with none of n, the upper end is z ** 2 / (n + z ** 2)
    none = copy_rate(textures(40, 2) + 5, training, textures(50, 1))
    assert (none.copies, none.low) == (0, 0)
    assert none.high == pytest.approx(1.96**2 / (40 + 1.96**2), abs=1e-3)


def test_every_training_image_is_looked_at_in_18_ways():
    assert len(variants(textures(3, 0))) == 3 * 18
