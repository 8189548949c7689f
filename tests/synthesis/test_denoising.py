import numpy as np
import pytest
import torch

from spine_core.synthesis.denoising import denoised, noise_level, wiener_filtered
from spine_core.weights import ModelId


class Flat:
    """Knows one image: level 1 in every pixel. From x(t), the clean image is 1 whatever the noise."""

    id = ModelId("flat", "1", "0" * 64)

    def __init__(self):
        self.times = []

    def clean(self, images, time, tokens):
        self.times.append(time)
        return torch.ones(images.shape).numpy() * tokens[:, -2:, None, None]


@pytest.fixture
def noisy():
    return 1 + np.random.default_rng(0).normal(0, 0.3, (2, 192, 192)).astype(np.float32)


def test_the_noise_of_a_flat_image_is_its_standard_deviation(noisy):
    assert noise_level(noisy[0]) == pytest.approx(0.3, rel=0.02)
    ramp = np.linspace(0, 5, 64, dtype=np.float32)[None].repeat(64, axis=0)
    assert noise_level(ramp) < 0.01


def test_the_time_is_that_of_an_image_as_noisy_and_the_rest_is_the_generators(noisy):
    flat = Flat()
    found = denoised(noisy, flat)
    # The mean over 3 x 3 pixels has a third of the noise: 0.1, and 1 / 1.1
    assert flat.times == [pytest.approx(1 / 1.1, abs=0.006)]
    assert np.abs(found - 1).mean() < 0.6 * np.abs(noisy - 1).mean()


def test_a_missing_weighting_stays_missing(noisy):
    noisy[1] = 0
    assert not denoised(noisy, Flat())[1].any()


def test_the_wiener_filter_brings_a_noisy_image_closer_to_the_clean_one():
    random = np.random.default_rng(0)
    clean = np.kron(random.random((8, 8)), np.ones((12, 12)))
    noisy = clean + random.normal(0, 0.05, clean.shape)
    assert np.abs(wiener_filtered(noisy, 0.05) - clean).mean() < 0.8 * np.abs(noisy - clean).mean()


def test_the_wiener_filter_keeps_a_flat_image_and_one_without_noise():
    flat = np.full((12, 12), 3.0)
    assert wiener_filtered(flat, 0.1) == pytest.approx(3.0), "up to the border"
    random = np.random.default_rng(0).random((12, 12))
    assert (wiener_filtered(random, 0.0) == random).all()
