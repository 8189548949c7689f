import numpy as np
import pytest

from spine_core.explanation.perturbation.lime import regression, ridge, samples
from spine_core.explanation.perturbation.segments import superpixels
from spine_core.explanation.registry import explain
from tests.explanation.toys import TARGET, Linear, disc_image, textured


def test_regression_on_four_masks_equals_the_normal_equations():
    # score = 3 a - b + 0.5, all four masks; weights of the kernel exp(-d²/(2·0.25²)) for cosine distances
    # 0, 1 - 1/√2 (twice) and 1; ridge with alpha 1 on weighted, centred columns.
    shown = np.array([[1, 1], [1, 0], [0, 1], [0, 0]])
    scores = shown @ np.array([3.0, -1.0]) + 0.5
    distance = np.array([0, 1 - 2**-0.5, 1 - 2**-0.5, 1])
    kernel = np.exp(-(distance**2) / (2 * 0.25**2))
    centred = shown - np.average(shown, axis=0, weights=kernel)
    y = scores - np.average(scores, weights=kernel)
    expected = np.linalg.solve(centred.T @ (kernel[:, None] * centred) + np.eye(2), centred.T @ (kernel * y))
    found, _ = regression(shown, scores, np.random.RandomState(0))
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    np.testing.assert_allclose(ridge(shown, scores), expected, rtol=1e-9)


def test_the_regression_of_resamples_is_the_packages():
    random = np.random.RandomState(3)
    shown = samples(45, 40, random).reshape(90, 40)
    scores = random.standard_normal(90)
    found, _ = regression(shown, scores, random)
    np.testing.assert_allclose(ridge(shown, scores), found, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("which", ["first", "last"])
def test_first_and_last_superpixel_get_their_weight(which):
    # skimage numbers from 1 by default and lime from 0: the last superpixel was then never masked.
    image = disc_image(textured(48))
    pieces = superpixels(image.pixels, 60, 0.1)
    number = 0 if which == "first" else int(pieces.max())
    image.pixels[0][pieces == number] += 3.0
    pieces = superpixels(image.pixels, 60, 0.1)
    inside = np.zeros(pieces.shape)
    number = 0 if which == "first" else int(pieces.max())
    inside[pieces == number] = 1.0 / np.sum(pieces == number)
    network = Linear(np.stack([inside, np.zeros_like(inside)]))
    result = explain(
        "lime", network, image, TARGET, 0, {"baseline": "blur", "samples": 1000, "stop": "budget"}
    )
    from spine_core.explanation.perturbation.baselines import method_baseline

    baseline = method_baseline(image.pixels, "blur", pieces)
    true = float(np.sum(inside * (image.pixels[0] - baseline[0])))
    assert abs(true) > 0.1
    assert result.extra["weights"][number] == pytest.approx(true, rel=0.05)
    others = np.delete(result.extra["weights"], number)
    assert np.abs(others).max() < 0.05 * abs(true)


def test_equals_the_lime_package_for_the_same_masks():
    from lime.lime_image import LimeImageExplainer

    image = disc_image(textured(32, t1=False))
    weights = np.random.default_rng(1).normal(size=(2, 32, 32))
    ours = explain(
        "lime", Linear(weights), image, TARGET, 7, {"baseline": "mean", "samples": 200, "stop": "budget"}
    )

    def classifier(images):
        return np.einsum("nhw,hw->n", images[..., 0], weights[0])[:, None]

    class Ours(np.random.RandomState):
        """Returns our samples: complementary pairs."""

        def randint(self, low, high, size):
            return samples(100, size // 200, np.random.RandomState(7)).ravel()

    package = LimeImageExplainer(random_state=Ours(7), feature_selection="none").explain_instance(
        image.pixels[0].astype(np.float64),
        classifier,
        labels=(0,),
        top_labels=None,
        num_samples=200,
        segmentation_fn=lambda _: ours.extra["superpixels"],
        random_seed=0,
    )
    theirs = dict(package.local_exp[0])
    np.testing.assert_allclose(
        ours.extra["weights"], [theirs[number] for number in range(len(theirs))], rtol=1e-4, atol=1e-5
    )
    assert ours.diagnostic.value == pytest.approx(package.score, abs=1e-5)


def test_constant_network_gives_an_empty_map_though_r2_would_be_1():
    result = explain("lime", Linear(np.zeros((2, 32, 32)), bias=2.0), disc_image(textured(32)), TARGET)
    assert result.is_empty
    assert not result.attribution.any()
    assert result.diagnostic.value is None
    assert "did not respond" in result.diagnostic.caption
    assert result.target_score == 2.0


def test_every_superpixel_is_masked_in_half_of_the_samples():
    shown = samples(1000, 40, np.random.RandomState(0))
    assert shown[0, 0].all()
    np.testing.assert_array_equal(shown[:, 0], 1 - shown[:, 1])
    assert np.abs(shown[:, 0].mean(axis=0) - 0.5).max() < 0.06


def test_any_two_superpixels_are_shown_together_as_often_as_apart():
    shown = 2 * samples(1 + 2 * 64, 60, np.random.RandomState(0)) - 1
    for block in (shown[1:65, 0], shown[65:, 0]):
        np.testing.assert_array_equal(block.T @ block, 64 * np.eye(60))
    assert not np.array_equal(shown[1:65], shown[65:])


def test_each_sample_shows_a_segment_with_probability_one_half():
    # Of 400 seeds the same sample: any two pieces agree in half of them, give or take four standard errors.
    rows = np.array([samples(40, 30, np.random.RandomState(seed))[17, 0] for seed in range(400)])
    assert np.abs(rows.mean(axis=0) - 0.5).max() < 0.1
    alike = (rows[:, :, None] == rows[:, None, :]).mean(axis=0)
    assert np.abs(alike[~np.eye(30, dtype=bool)] - 0.5).max() < 0.1
    assert rows.sum(axis=1).std() == pytest.approx(30**0.5 / 2, rel=0.2)


@pytest.mark.parametrize("pieces", [1, 2, 3, 14, 64, 65])
def test_any_number_of_segments_and_samples_is_possible(pieces):
    for pairs in (1, 2, 100):
        assert samples(pairs, pieces, np.random.RandomState(0)).shape == (pairs, 2, pieces)


def test_map_holds_the_weight_of_each_superpixel():
    result = explain(
        "lime", Linear(np.ones((2, 32, 32))), disc_image(textured(32)), TARGET, 0, {"samples": 64}
    )
    np.testing.assert_array_equal(
        result.attribution, result.extra["weights"].astype(np.float32)[result.extra["superpixels"]]
    )
    assert result.model_evaluations == 64
