"""The metrics compared with Quantus, an independent implementation (Hedström 2023, arXiv 2202.06861)."""

import numpy as np
import pytest
import quantus
from quantus.functions.perturb_func import noisy_linear_imputation
from quantus.functions.similarity_func import correlation_spearman, ssim

from spine_core.comparison.metrics.agreement.agreement import overlap, rank_correlation, similarity
from spine_core.comparison.metrics.complexity.sparseness import gini
from spine_core.comparison.metrics.faithfulness import road
from spine_core.comparison.metrics.faithfulness.deletion_insertion import DeletionInsertion
from spine_core.comparison.metrics.localisation.localisation import in_region
from spine_core.explanation.perturbation.baselines import metric_baseline
from spine_core.progress import silent
from tests.comparison.metrics.made import context, evaluated
from tests.explanation.toys import TARGET, Linear, disc_image, textured

QUIET = {"disable_warnings": True, "normalise": False, "abs": False}
SIZE = 16


@pytest.fixture(params=range(3))
def random(request):
    return np.random.default_rng(request.param)


class Asked:
    """A network with the interface that Quantus expects."""

    def __init__(self, network):
        self.network = network

    def shape_input(self, images, shape, **_):
        return images.reshape(shape).astype(np.float32)

    def predict(self, images):
        return self.network.score(images, TARGET)[:, None]


@pytest.mark.parametrize("baseline", ["blur", "mean", "scrambled"])
def test_deletion_curve_is_that_of_pixel_flipping(random, baseline):
    image = disc_image(textured(SIZE, int(random.integers(100))))
    network = Linear(random.normal(size=(2, SIZE, SIZE)))
    relevance = random.normal(size=(SIZE, SIZE)).astype(np.float32)
    baseline_values = metric_baseline(image.pixels, baseline, 0).ravel()

    def replace_indices(arr, indices, **_):
        out = arr.copy()
        out[0, indices[0]] = baseline_values[indices[0]]
        return out

    steps = 8
    flipping = quantus.PixelFlipping(
        perturb_func=replace_indices, features_in_step=2 * SIZE * SIZE // steps, **QUIET
    )
    theirs = flipping.evaluate_batch(
        model=Asked(network),
        x_batch=image.pixels[None],
        y_batch=np.zeros(1, int),
        a_batch=relevance[None, None],
    )
    ours, _ = DeletionInsertion(steps=steps).evaluate(
        [evaluated(relevance)], context(network, image, baseline), silent
    )
    np.testing.assert_allclose(ours.curve.log_odds[1:], theirs[0], atol=1e-4)


def test_removed_pixels_are_imputed_equally(random, monkeypatch):
    monkeypatch.setattr(road, "NOISE", 0.0)
    pixels = textured(SIZE, int(random.integers(100)))
    gone = random.random((SIZE, SIZE)) < 0.45
    theirs = noisy_linear_imputation(pixels.astype(float), np.flatnonzero(gone), noise=0.0)
    np.testing.assert_allclose(road.imputed(pixels, gone, random), theirs.reshape(pixels.shape), atol=1e-5)


def test_rank_correlation_and_structural_similarity(random):
    one, other = random.random((2, SIZE, SIZE))
    other = (other + one) / 2
    assert rank_correlation(one, other) == pytest.approx(correlation_spearman(one.ravel(), other.ravel()))
    # Quantus takes the range of values from the maps; ours scales each map by its peak, so that the range is 1
    one, other = (part / part.max() for part in (one, other))
    one[0, 0] = other[0, 0] = 0
    assert similarity(one, other) == pytest.approx(ssim(one, other, win_size=7))


def test_overlap_of_the_strongest_cells(random):
    one, other = random.random((2, SIZE, SIZE))
    top = 26
    mask = np.zeros(SIZE * SIZE, bool)
    mask[np.argsort(-other, axis=None)[:top]] = True
    theirs = quantus.TopKIntersection(k=top, **QUIET).evaluate_batch(
        a_batch=one[None, None], s_batch=mask.reshape(1, 1, SIZE, SIZE)
    )
    assert overlap(one, other, top, random) == pytest.approx(float(theirs[0]))


def test_pointing_and_relevance_mass(random):
    relevance = random.random((SIZE, SIZE)).astype(np.float32)
    place = random.random((SIZE, SIZE)) < 0.5
    given = {"a_batch": relevance[None, None].astype(float), "s_batch": place[None, None]}
    mass_found, hit, *_ = (one.value for one in in_region(evaluated(relevance), place))
    assert hit == float(quantus.PointingGame(**QUIET).evaluate_batch(**given)[0])
    mass = quantus.RelevanceMassAccuracy(**QUIET).evaluate_batch(**given)[0]
    assert mass_found == pytest.approx(float(mass))


def test_sparseness(random):
    relevance = random.random((SIZE, SIZE)) ** 4
    sparse = quantus.Sparseness(**QUIET)
    theirs = sparse.evaluate_batch(x_batch=relevance[None, None], a_batch=relevance.copy()[None, None])
    assert gini(relevance) == pytest.approx(float(theirs[0]), rel=1e-4), "Quantus adds 1e-7 to every cell"
