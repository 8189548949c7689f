import numpy as np
import pytest

from spine_core.explanation.perturbation.baselines import (
    BASELINES,
    BLUR,
    METHOD_BASELINES,
    UNUSED_BASELINE,
    blurred,
    method_baseline,
    metric_baseline,
    phase_scrambled,
)
from spine_core.explanation.perturbation.segments import blocks, superpixels
from spine_core.explanation.registry import EXPLAINERS, explain
from tests.explanation.toys import TARGET, Halves, disc_image, textured


def test_mean_baseline_is_the_mean_of_each_segment_in_each_channel():
    pixels = np.arange(32, dtype=np.float32).reshape(2, 4, 4)
    found = method_baseline(pixels, "mean", blocks(4, 2))
    # upper left block of the first channel: 0, 1, 4, 5
    assert found[0, 0, 0] == found[0, 1, 1] == 2.5
    # lower right block of the second: 26, 27, 30, 31
    assert found[1, 3, 3] == 28.5


def test_inpainting_continues_a_plane_across_the_masked_segment():
    rows, columns = np.mgrid[:24, :24].astype(np.float32)
    pixels = (rows + 2 * columns)[None]
    found = method_baseline(pixels, "inpaint", blocks(24, 3))
    inner = (slice(8, 16), slice(8, 16))
    np.testing.assert_allclose(found[0][inner], pixels[0][inner], atol=0.5)
    mean = method_baseline(pixels, "mean", blocks(24, 3))
    assert np.abs(mean[0][inner] - pixels[0][inner]).max() > 5


def test_blur_keeps_a_flat_image_and_removes_detail():
    flat = np.full((1, 32, 32), 2.0, np.float32)
    np.testing.assert_allclose(method_baseline(flat, "blur", blocks(32, 1)), flat, rtol=1e-5)
    stripes = np.tile([1.0, -1.0], 16).astype(np.float32)[None, None].repeat(32, 1)
    assert np.abs(method_baseline(stripes, "blur", blocks(32, 1))[..., 8:24]).max() < 1e-3


@pytest.mark.parametrize("name", BASELINES)
def test_missing_channel_stays_zeros(name):
    pixels = textured(32, t1=False)
    found = metric_baseline(pixels, name, 0)
    assert not found[1].any()
    assert found[0].any()


def test_superpixels_are_numbered_from_0_without_gaps():
    pieces = superpixels(textured(96), 60, 0.1)
    np.testing.assert_array_equal(np.unique(pieces), np.arange(pieces.max() + 1))
    assert 30 <= pieces.max() + 1 <= 90


def test_superpixels_follow_the_present_channel_only():
    both, one = textured(64), textured(64, t1=False)
    np.testing.assert_array_equal(superpixels(one, 30, 0.1), superpixels(one[:1], 30, 0.1))
    assert (superpixels(both, 30, 0.1) != superpixels(one, 30, 0.1)).any()


def test_superpixels_split_at_an_edge():
    pixels = np.zeros((1, 64, 64), np.float32)
    pixels[:, :, :29] = 1.0
    pieces = superpixels(pixels, 16, 0.01)
    left, right = set(pieces[:, :27].ravel()), set(pieces[:, 31:].ravel())
    assert not left & right


def test_image_without_any_channel_still_has_segments():
    assert superpixels(np.zeros((2, 16, 16), np.float32), 16, 0.1).max() == 15


def test_no_method_can_use_the_baseline_reserved_for_metrics():
    assert set(BASELINES) - set(METHOD_BASELINES) == {UNUSED_BASELINE}
    for method in EXPLAINERS:
        if "baseline" in method.defaults() and "structure" not in method.name:
            with pytest.raises(ValueError, match="unknown baseline"):
                explain(
                    method.name,
                    Halves(1.0, 0.5),
                    disc_image(textured(16)),
                    TARGET,
                    0,
                    {"baseline": UNUSED_BASELINE},
                )


def test_scrambled_image_preserves_mean_and_spectrum_but_not_structure():
    pixels = textured(64)
    out = phase_scrambled(pixels, np.random.default_rng(0))
    inside = (out > pixels.min(axis=(1, 2), keepdims=True)) & (out < pixels.max(axis=(1, 2), keepdims=True))
    assert inside.mean() > 0.99, "hardly anything is clipped, so that the spectrum can be compared"
    before, after = (np.abs(np.fft.fft2(one)) for one in (pixels, out))
    assert np.corrcoef(before.ravel(), after.ravel())[0, 1] > 0.99
    assert out.mean(axis=(1, 2)) == pytest.approx(pixels.mean(axis=(1, 2)), abs=0.02)
    assert abs(np.corrcoef(pixels[0].ravel(), out[0].ravel())[0, 1]) < 0.3


def test_scrambled_channels_preserve_their_correlation():
    one = textured(48)[0]
    out = phase_scrambled(np.stack([one, 2 * one]), np.random.default_rng(0))
    assert np.corrcoef(out[0].ravel(), out[1].ravel())[0, 1] == pytest.approx(1.0)


def test_missing_weighting_stays_missing_and_equal_seeds_give_equal_bytes():
    pixels = textured(32, t1=False)
    first, again, other = (metric_baseline(pixels, UNUSED_BASELINE, seed) for seed in (3, 3, 4))
    assert not first[1].any()
    assert first.tobytes() == again.tobytes() != other.tobytes()
    assert first.dtype == np.float32


def test_other_baselines_are_those_of_the_methods():
    pixels = textured(32)
    assert metric_baseline(pixels, "blur", 0).tobytes() == blurred(pixels, BLUR).tobytes()
    with pytest.raises(ValueError, match="'grey'"):
        metric_baseline(pixels, "grey", 0)
