import numpy as np
import pytest

from spine_core.compare.stability import repeatability, stability
from tests.compare.test_agreement import explained
from tests.explain.toys import TARGET, Halves, Linear, disc_image, textured


def test_mean_and_lowest_over_all_pairs_worked_out_by_hand():
    # Spearman: 1-2 0.6, 1-3 1.0, 2-3 0.6
    maps = [explained(m) for m in ([[1, 2], [3, 4]], [[2, 1], [4, 3]], [[10, 20], [30, 40]])]
    found = repeatability("a", maps)
    assert found.mean == pytest.approx(2.2 / 3)
    assert found.lowest == pytest.approx(0.6)


def test_empty_map_has_no_repeatability():
    assert repeatability("a", [explained(np.zeros((2, 2))), explained(np.ones((2, 2)))]).mean is None


def test_method_without_chance_repeats_fully():
    image = disc_image(textured(16))
    assert stability("grad_cam", Halves(1.0, -0.5), image, TARGET, (0, 1, 2)).mean == pytest.approx(1.0)


def test_more_samples_make_lime_steadier():
    image = disc_image(textured(32))
    network = Linear(np.random.default_rng(0).normal(size=(2, 32, 32)))
    few, many = (
        stability("lime", network, image, TARGET, (0, 1, 2), {"samples": count}).mean for count in (30, 1000)
    )
    assert few < many
    assert many > 0.9


def test_random_map_does_not_repeat():
    image = disc_image(textured(32))
    found = stability("random", Linear(np.zeros((2, 32, 32))), image, TARGET, (0, 1, 2))
    assert abs(found.mean) < 0.2
    assert found.seeds == (0, 1, 2)


def test_progress_runs_over_all_seeds():
    seen = []
    stability(
        "random",
        Linear(np.zeros((2, 8, 8))),
        disc_image(textured(8)),
        TARGET,
        (0, 1),
        progress=lambda done, what="": seen.append(done),
    )
    assert seen == [0.0, 0.5, 0.5, 1.0]


def test_one_seed_is_not_enough():
    with pytest.raises(ValueError, match="two seeds"):
        stability("random", Linear(np.zeros((2, 8, 8))), disc_image(textured(8)), TARGET, (0,))
