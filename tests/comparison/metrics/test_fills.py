import numpy as np
import pytest

from spine_core.comparison.metrics.fills import FILLS, UNUSED, hidden_picture, scrambled
from spine_core.explanation.perturbation import baselines
from spine_core.explanation.registry import EXPLAINERS, explain
from tests.explanation.toys import TARGET, Halves, disc_image, textured


def test_no_method_can_use_the_fill_kept_for_the_tests():
    assert UNUSED not in baselines.BASELINES
    assert set(FILLS) - set(baselines.BASELINES) == {UNUSED}
    for method in EXPLAINERS:
        if "fill" in method.defaults() and "structure" not in method.name:
            with pytest.raises(ValueError, match="unknown fill"):
                explain(method.name, Halves(1.0, 0.5), disc_image(textured(16)), TARGET, 0, {"fill": UNUSED})


def test_scrambled_picture_keeps_mean_and_spectrum_and_loses_the_places():
    pixels = textured(64)
    out = scrambled(pixels, np.random.default_rng(0))
    inside = (out > pixels.min(axis=(1, 2), keepdims=True)) & (out < pixels.max(axis=(1, 2), keepdims=True))
    assert inside.mean() > 0.99, "hardly anything is clipped, so that the spectrum can be compared"
    before, after = (np.abs(np.fft.fft2(one)) for one in (pixels, out))
    assert np.corrcoef(before.ravel(), after.ravel())[0, 1] > 0.99
    assert out.mean(axis=(1, 2)) == pytest.approx(pixels.mean(axis=(1, 2)), abs=0.02)
    assert abs(np.corrcoef(pixels[0].ravel(), out[0].ravel())[0, 1]) < 0.3


def test_channels_keep_their_likeness():
    one = textured(48)[0]
    out = scrambled(np.stack([one, 2 * one]), np.random.default_rng(0))
    assert np.corrcoef(out[0].ravel(), out[1].ravel())[0, 1] == pytest.approx(1.0)


def test_missing_weighting_stays_missing_and_equal_seeds_give_equal_bytes():
    pixels = textured(32, t1=False)
    first, again, other = (hidden_picture(pixels, UNUSED, seed) for seed in (3, 3, 4))
    assert not first[1].any()
    assert first.tobytes() == again.tobytes() != other.tobytes()
    assert first.dtype == np.float32


def test_other_fills_are_the_methods_own():
    pixels = textured(32)
    assert hidden_picture(pixels, "blur", 0).tobytes() == baselines.blurred(pixels, baselines.BLUR).tobytes()
    with pytest.raises(ValueError, match="'grey'"):
        hidden_picture(pixels, "grey", 0)
