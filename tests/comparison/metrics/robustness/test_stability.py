import dataclasses

import numpy as np
import pytest

from spine_core.comparison.metrics.robustness.stability import Change, repeatability, stability
from spine_core.explanation.registry import explain
from tests.comparison.metrics.agreement.test_agreement import explained
from tests.explanation.toys import TARGET, Halves, Linear, disc_image, textured


def steady(method, change, network, image, settings=None):
    return stability(explain(method, network, image, TARGET, 0, settings), change, network, image)


def test_mean_and_lowest_over_all_pairs_equal_hand_computed_values():
    # Spearman: 1-2 0.6, 1-3 1.0, 2-3 0.6
    maps = [explained(m) for m in ([[1, 2], [3, 4]], [[2, 1], [4, 3]], [[10, 20], [30, 40]])]
    found = repeatability("a", Change.SEED, maps)
    assert found.mean == pytest.approx(2.2 / 3)
    assert found.lowest == pytest.approx(0.6)
    assert found.count == 3


def test_empty_map_has_no_repeatability():
    maps = [explained(np.zeros((2, 2))), explained(np.ones((2, 2)))]
    assert repeatability("a", Change.SEED, maps).mean is None


def test_deterministic_method_is_fully_stable():
    found = steady("grad_cam", Change.SEED, Halves(1.0, -0.5), disc_image(textured(16)))
    assert found.mean == pytest.approx(1.0)


def test_random_map_is_unstable_over_seeds_and_independent_of_noise():
    network, image = Linear(np.ones((2, 32, 32))), disc_image(textured(32))
    assert abs(steady("random", Change.SEED, network, image).mean) < 0.2
    assert steady("random", Change.NOISE, network, image).mean == pytest.approx(1.0)


def test_more_samples_make_lime_more_stable():
    image = disc_image(textured(32))
    network = Linear(np.random.default_rng(0).normal(size=(2, 32, 32)))
    few, many = (
        steady("lime", Change.SEED, network, image, {"samples": count, "stop": "budget"}).mean
        for count in (30, 1000)
    )
    assert few < many
    assert many > 0.9


def test_noise_changes_the_map_but_not_a_missing_weighting():
    image = disc_image(textured(16, t1=False))
    seen = []

    class Watching(Halves):
        def features(self, images):
            seen.append(images.numpy().copy())
            return super().features(images)

    found = steady("grad_cam", Change.NOISE, Watching(1.0, -0.5), image)
    assert 0.5 < found.mean < 1.0
    assert len({one.tobytes() for one in seen}) == 3
    assert not any(one[:, 1].any() for one in seen)


def test_map_that_shifts_with_the_image_is_stable_under_a_shift():
    image = disc_image(textured(32))
    assert steady("edges", Change.SHIFT, Halves(1.0, 0.0), image).mean > 0.95
    still = steady("random", Change.SHIFT, Halves(1.0, 0.0), image)
    assert still.mean < 0.2


def test_regions_are_shifted_with_the_image():
    regions = np.zeros((32, 32), np.uint8)
    regions[8:16, 8:16] = 1
    image = dataclasses.replace(disc_image(textured(32)), regions=regions)
    found = steady("structure_shap", Change.SHIFT, Linear(np.ones((2, 32, 32))), image)
    assert found.mean > 0.8


def test_neighbouring_slice_is_compared_once_and_is_required():
    image, network = disc_image(textured(32)), Halves(1.0, -0.5)
    first = explain("grad_cam", network, image, TARGET)
    same = stability(first, Change.SLICE, network, image, neighbour=image)
    assert same.count == 1
    assert same.mean == pytest.approx(1.0)
    other = stability(first, Change.SLICE, network, image, neighbour=disc_image(textured(32, seed=1)))
    assert other.mean < 0.6
    with pytest.raises(ValueError, match="no neighbouring slice"):
        stability(first, Change.SLICE, network, image)
