import numpy as np
import pytest

from spine_core.comparison.metrics.robustness import corruptions
from spine_core.comparison.metrics.robustness.corruptions import (
    CORRUPTIONS,
    Corruption,
    contrasted,
    corrupt,
    denoised,
    ghosted,
    rician,
    shaded,
)
from tests.explanation.toys import textured


@pytest.fixture
def magnitude():
    image = textured(96)[0].astype(np.float64)
    return image - image.min()


@pytest.fixture
def random():
    return np.random.default_rng(0)


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_intensity_range_and_missing_weighting_are_preserved_and_equal_seeds_give_equal_bytes(kind):
    pixels = textured(64, t1=False)
    pixels[0] += np.random.default_rng(0).normal(0, 0.1, (64, 64))
    out = corrupt(pixels, kind, 1)
    assert out.dtype == np.float32
    assert not out[1].any()
    assert np.percentile(out[0], [1, 99.5]) == pytest.approx(np.percentile(pixels[0], [1, 99.5]), abs=1e-3)
    assert corrupt(pixels, kind, 1).tobytes() == out.tobytes()
    assert 0.01 < np.sqrt(np.mean((out[0] - pixels[0]) ** 2)) < 0.7
    assert np.corrcoef(out[0].ravel(), pixels[0].ravel())[0, 1] > 0.85, "the image is still recognisable"


def test_rician_noise_of_an_empty_image_has_the_mean_of_a_rayleigh_distribution(random):
    empty = np.zeros((200, 200))
    empty[0, 0] = 1.0
    found = rician(empty, random).ravel()[1:]
    assert found.mean() == pytest.approx(corruptions.NOISE * np.sqrt(np.pi / 2), rel=0.01)
    assert (found >= 0).all()


def test_rician_noise_on_bright_tissue_is_nearly_normal(random):
    found = rician(np.ones((200, 200)), random)
    assert found.std() == pytest.approx(corruptions.NOISE, rel=0.02)
    assert found.mean() == pytest.approx(1 + corruptions.NOISE**2 / 2, abs=1e-3)


def test_denoising_reduces_the_error_of_a_noisy_image(random):
    clean = np.kron(random.random((8, 8)), np.ones((12, 12)))
    noisy = clean + random.normal(0, 0.05, clean.shape)
    assert np.abs(denoised(noisy, random) - clean).mean() < 0.6 * np.abs(noisy - clean).mean()


def test_shading_is_smooth_and_has_the_stated_amplitude(magnitude, random):
    field = shaded(magnitude + 1, random) / (magnitude + 1)
    assert (field.min(), field.max()) == pytest.approx((1 - corruptions.BIAS, 1 + corruptions.BIAS))
    assert np.abs(np.diff(field, axis=0)).max() < 4 * corruptions.BIAS / len(field)


def test_contrast_keeps_order_black_and_white(magnitude, random):
    found = contrasted(magnitude, random)
    assert (found.min(), found.max()) == pytest.approx((0, magnitude.max()))
    assert (np.argsort(found, axis=None) == np.argsort(magnitude, axis=None)).all()


def test_ghosts_have_the_expected_displacement_and_vanish_without_motion(monkeypatch, random):
    point = np.zeros((90, 90))
    point[45, 30] = 1.0
    found = ghosted(point, random)
    rows = found[:, 30]
    assert rows.argmax() == 45
    assert rows[[34, 36, 54, 56]].min() > 5 * np.median(rows), "ghosts at a ninth of the image"
    assert found[:, :30].max() < 1e-9, "nothing moves across the lines"
    monkeypatch.setattr(corruptions, "MOTION", 0.0)
    np.testing.assert_allclose(ghosted(point, random), point, atol=1e-12)


def test_adversarial_steps_are_no_corruptions():
    assert set(Corruption) - set(CORRUPTIONS) == {
        Corruption.RANDOM_STEP,
        Corruption.SCORE_STEP,
        Corruption.MAP_STEP,
    }
