import numpy as np
import pytest

from spine_core.explanation.perturbation.baselines import BASELINES, baseline
from spine_core.explanation.perturbation.superpixels import blocks, superpixels
from tests.explanation.toys import textured


def test_mean_fill_is_the_mean_of_each_piece_in_each_channel():
    pixels = np.arange(32, dtype=np.float32).reshape(2, 4, 4)
    found = baseline(pixels, "mean", blocks(4, 2))
    # upper left block of the first channel: 0, 1, 4, 5
    assert found[0, 0, 0] == found[0, 1, 1] == 2.5
    # lower right block of the second: 26, 27, 30, 31
    assert found[1, 3, 3] == 28.5


def test_inpainting_continues_a_plane_across_the_hidden_piece():
    rows, columns = np.mgrid[:24, :24].astype(np.float32)
    pixels = (rows + 2 * columns)[None]
    found = baseline(pixels, "inpaint", blocks(24, 3))
    inner = (slice(8, 16), slice(8, 16))
    np.testing.assert_allclose(found[0][inner], pixels[0][inner], atol=0.5)
    mean = baseline(pixels, "mean", blocks(24, 3))
    assert np.abs(mean[0][inner] - pixels[0][inner]).max() > 5


def test_blur_keeps_a_flat_picture_and_takes_away_detail():
    flat = np.full((1, 32, 32), 2.0, np.float32)
    np.testing.assert_allclose(baseline(flat, "blur", blocks(32, 1)), flat, rtol=1e-5)
    stripes = np.tile([1.0, -1.0], 16).astype(np.float32)[None, None].repeat(32, 1)
    assert np.abs(baseline(stripes, "blur", blocks(32, 1))[..., 8:24]).max() < 1e-3


@pytest.mark.parametrize("fill", BASELINES)
def test_missing_channel_stays_zeros(fill):
    pixels = textured(32, t1=False)
    found = baseline(pixels, fill, superpixels(pixels, 16, 0.1))
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


def test_picture_without_any_channel_still_has_pieces():
    assert superpixels(np.zeros((2, 16, 16), np.float32), 16, 0.1).max() == 15
