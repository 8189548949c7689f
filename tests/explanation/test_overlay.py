import numpy as np
import pytest

from spine_core.explanation.base import Explanation, MethodDiagnostic
from spine_core.explanation.overlay import colour, overlay, scale_by_peak, to_slice
from spine_core.grading.types import ModelId
from spine_core.study.geometry import Affine2, crop_frame
from tests.explanation.toys import TARGET, disc_image


def explained(relevance, *, method="lime", signed=True, zero=False):
    relevance = np.asarray(relevance, dtype=np.float32)
    return Explanation(
        method, "L4/L5", TARGET, relevance, signed, relevance.shape, 0.0, MethodDiagnostic("", None, ""), {}, 0, 0.0, 1,
        ModelId("m", "1", "0"), zero,
    )  # fmt: skip


def test_map_is_resampled_by_the_frame():
    relevance = np.arange(16, dtype=np.float32).reshape(4, 4)
    image = disc_image(np.ones((2, 4, 4)), Affine2(((1.0, 0.0), (0.0, 1.0)), (2.0, 3.0)))
    found = to_slice(explained(relevance), image, 0, (8, 9))
    np.testing.assert_allclose(found[2:6, 3:7], relevance)
    outside = np.ones((8, 9), bool)
    outside[2:6, 3:7] = False
    assert np.isnan(found[outside]).all()


def test_peak_of_a_rotated_and_stretched_crop_maps_to_its_slice_pixel():
    frame = crop_frame((60.0, 40.0), (0.9, 0.3), 30.0, 64, 1.25)
    relevance = np.zeros((64, 64), np.float32)
    relevance[9:12, 49:52] = 1.0
    found = to_slice(explained(relevance), disc_image(np.ones((2, 64, 64)), frame), 0, (120, 100))
    peak = np.unravel_index(np.nanargmax(found), found.shape)
    assert np.abs(np.array(peak) - frame((10.0, 50.0))).max() < 1.0


def test_missing_channel_has_no_slice():
    pixels = np.ones((2, 4, 4))
    pixels[1] = 0
    with pytest.raises(ValueError, match="channel 1 is missing"):
        to_slice(explained(np.ones((4, 4))), disc_image(pixels), 1, (8, 8))


def test_scale_by_peak_is_each_maps_largest_value_and_0_for_empty_maps():
    maps = [
        explained([[1, -3], [0, 0]]),
        explained([[0.5, 0], [0, 0]]),
        explained([[0.1, 0], [0, 0]], zero=True),
    ]
    assert scale_by_peak(maps) == (3.0, 0.5, 0.0)


def test_empty_map_and_outside_are_transparent():
    assert not colour(np.ones((2, 2), np.float32), 0.0, signed=True).any()
    found = colour(np.array([[np.nan, 0.0, 1.0]], np.float32), 1.0, signed=True, opacity=1.0)
    assert found[0, :, 3].tolist() == [0, 0, 255]


def test_threshold_removes_weak_relevance_of_either_sign():
    found = colour(
        np.array([[-0.6, -0.4, 0.4, 0.6]], np.float32), 1.0, signed=True, threshold=0.5, opacity=0.5
    )
    assert found[0, :, 3].tolist() == [128, 0, 0, 128]


def test_unsigned_map_shows_its_positive_part_only():
    found = colour(np.array([[-1.0, 1.0]], np.float32), 1.0, signed=False)
    assert found[0, 0, 3] == 0
    assert found[0, 1, 3] > 0


def test_signs_are_blue_and_orange():
    against, speaks_for = colour(np.array([[-1.0, 1.0]], np.float32), 1.0, signed=True)[0].astype(int)
    assert against[2] > against[0]
    assert speaks_for[0] > speaks_for[2]


@pytest.mark.parametrize("signed", [False, True])
def test_colour_scales_change_lightness_monotonically(signed):
    from skimage.color import rgb2lab

    ramp = np.linspace(0.02, 1.0, 50, dtype=np.float32)[None]
    lightness = rgb2lab(colour(ramp, 1.0, signed=signed)[..., :3])[0, :, 0]
    assert (np.diff(lightness) > -0.2).all()
    assert lightness[-1] - lightness[0] > 30


def test_values_beyond_the_scale_take_the_colour_of_its_end():
    found = colour(np.array([[1.0, 5.0]], np.float32), 1.0, signed=True)
    assert found[0, 0].tolist() == found[0, 1].tolist()


@pytest.mark.parametrize("bad", [{"threshold": 1.5}, {"opacity": -0.1}])
def test_fractions_outside_0_to_1_are_refused(bad):
    with pytest.raises(ValueError, match="between 0 and 1"):
        colour(np.ones((2, 2), np.float32), 1.0, signed=True, **bad)


def test_transparent_overlay_leaves_the_slice_grey():
    image = np.linspace(0, 100, 64, dtype=np.float32).reshape(8, 8)
    found = overlay(image, np.zeros((8, 8, 4), np.uint8))
    assert (found[..., 0] == found[..., 1]).all()
    assert found[0, 0, 0] == 0
    assert found[7, 7, 0] == 255
    over = np.zeros((8, 8, 4), np.uint8)
    over[..., :] = (10, 20, 30, 255)
    assert (overlay(image, over) == (10, 20, 30)).all()
