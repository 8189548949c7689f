import json
from dataclasses import replace

import numpy as np
import pytest

from spine_core.explanation.export import explanations_json
from spine_core.explanation.registry import explain
from spine_core.explanation.relevance_outside import relevance_outside, relevance_outside_words
from tests.explanation.toys import TARGET, Halves, disc_image, textured
from tests.pages import fakes


def below_the_edge(image, rows, weighting="t2"):
    """The image with its last ``rows`` outside the slice in the channel of ``weighting``, nothing in the others."""
    size = image.pixels.shape[-1]
    masks = {"t2": np.zeros((size, size), bool), "t1": np.zeros((size, size), bool)}
    masks[weighting][size - rows :] = True
    channels = tuple(
        None if channel is None else replace(channel, outside=masks[channel.weighting])
        for channel in image.channels
    )
    return replace(image, channels=channels)


def test_the_fraction_outside_equals_a_hand_computed_value():
    relevance = np.array([[1.0, -2.0], [3.0, 4.0]], np.float32)
    outside = np.array([[0.0, 1.0], [0.5, 0.0]], np.float32)
    # (2 + 3 / 2) of 10, of absolute values
    assert relevance_outside(relevance, outside) == pytest.approx(0.35)
    assert relevance_outside(-relevance, outside) == pytest.approx(0.35)
    assert relevance_outside(relevance, np.zeros((2, 2), np.float32)) == 0.0


def test_a_uniform_map_has_the_same_fraction_outside_as_the_input():
    image = below_the_edge(disc_image(textured(24)), 6, "t1")
    even = np.full((24, 24), 0.3, np.float32)
    assert relevance_outside(even, image.outside) == pytest.approx(image.outside_fraction)
    assert image.outside_fraction == pytest.approx(6 / 24 / 2)


def test_an_empty_map_and_an_unknown_outside_have_none():
    assert relevance_outside(np.zeros((4, 4), np.float32), np.ones((4, 4), np.float32)) is None
    assert relevance_outside(np.ones((4, 4), np.float32), None) is None


@pytest.mark.parametrize("method", ["grad_cam", "occlusion", "random", "edges"])
def test_every_explanation_has_its_fraction_outside(method):
    image = below_the_edge(disc_image(textured(24, t1=False)), 6)
    found = explain(method, Halves(3.0, 0.0), image, TARGET)
    by_hand = np.abs(found.attribution[-6:]).sum() / np.abs(found.attribution).sum()
    assert found.outside_fraction == pytest.approx(by_hand, rel=1e-4)
    assert explain(method, Halves(3.0, 0.0), disc_image(textured(24)), TARGET).outside_fraction is None


def test_words_name_both_fractions_and_are_empty_where_both_are_small():
    image = below_the_edge(disc_image(textured(100, t1=False)), 12)
    found = explain("random", Halves(3.0, 0.0), image, TARGET)
    words = relevance_outside_words(replace(found, outside_fraction=0.34), image)
    assert words == "34 % of the relevance lies outside the image, as does 12 % of the network's input"
    assert relevance_outside_words(replace(found, outside_fraction=0.0), image).startswith(
        "0 % of the relevance"
    )
    inside = below_the_edge(image, 0)
    assert relevance_outside_words(replace(found, outside_fraction=0.0), inside) == ""
    assert relevance_outside_words(replace(found, outside_fraction=None), image) == ""


def test_the_export_holds_the_fractions_of_map_input_and_channel():
    image = below_the_edge(disc_image(textured(24)), 6, "t1")
    found = explain("random", Halves(3.0, 0.0), image, TARGET)
    exported = json.loads(json.dumps(explanations_json([found], image, fakes.study(), [{}]), allow_nan=False))
    assert exported["outside_fraction"] == pytest.approx(0.125)
    assert [channel["outside_fraction"] for channel in exported["channels"]] == [0.0, 0.25]
    assert exported["explanations"][0]["outside_fraction"] == pytest.approx(found.outside_fraction)
