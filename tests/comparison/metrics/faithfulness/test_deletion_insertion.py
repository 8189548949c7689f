import numpy as np
import pytest
from scipy.special import expit

from spine_core.comparison.metrics.base import select
from spine_core.comparison.metrics.faithfulness.deletion_insertion import (
    DELETION,
    INSERTION,
    DeletionInsertion,
)
from spine_core.explanation.perturbation.baselines import method_baseline
from spine_core.progress import Cancelled, silent
from tests.comparison.metrics.made import context, evaluated
from tests.explanation.toys import TARGET, Linear, disc_image, textured


@pytest.fixture
def image():
    return disc_image(textured(16))


@pytest.fixture
def network():
    return Linear(np.random.default_rng(0).normal(size=(2, 16, 16)), bias=0.5)


def curves(maps, network, image, baseline="blur"):
    """Deletion and insertion curve of every map."""
    results = DeletionInsertion().evaluate(maps, context(network, image, baseline), silent)
    assert {one.variant for one in results} == {baseline}
    pairs = zip(select(results, DELETION), select(results, INSERTION), strict=True)
    for deletion, insertion in pairs:
        assert deletion.value == deletion.curve.log_odds_auc
        yield deletion.curve, insertion.curve


def contributions(network, image):
    filled = method_baseline(image.pixels, "blur")
    return (network.weights * (image.pixels - filled)).sum(axis=0)


def test_curves_of_a_linear_network_are_the_running_sums_of_its_contributions(network, image):
    each = contributions(network, image)
    ((deletion, insertion),) = curves([evaluated(each)], network, image)
    ordered = np.sort(each.ravel())[::-1]
    counts = np.round(np.linspace(0, 256, 21)).astype(int)
    full = network.score(image.pixels[None], TARGET)[0]
    empty = full - each.sum()
    gained = np.array([ordered[:count].sum() for count in counts])
    np.testing.assert_allclose(insertion.log_odds, empty + gained, atol=1e-4)
    np.testing.assert_allclose(deletion.log_odds, full - gained, atol=1e-4)
    np.testing.assert_allclose(deletion.probability, expit(full - gained), atol=1e-4)
    np.testing.assert_allclose(deletion.fraction, counts / 256)
    by_hand = sum(
        (counts[i + 1] - counts[i]) / 256 * (gained[i] + gained[i + 1]) / 2 for i in range(len(counts) - 1)
    )
    assert insertion.log_odds_auc == pytest.approx(empty + by_hand, abs=1e-4)


def test_no_map_beats_the_true_contributions_of_a_linear_network(network, image):
    each = contributions(network, image).astype(np.float32)
    random = np.random.default_rng(3)
    maps = [evaluated(each), *(evaluated(random.random((16, 16)), "other") for _ in range(8))]
    truth, *others = curves(maps, network, image)
    assert truth[0].log_odds_auc < min(deletion.log_odds_auc for deletion, _ in others)
    assert truth[1].log_odds_auc > max(insertion.log_odds_auc for _, insertion in others)


def test_reversed_map_swaps_deletion_and_insertion(network, image):
    each = contributions(network, image).astype(np.float32)
    (_, insertion), (deletion, _) = curves([evaluated(each), evaluated(-each, "b")], network, image)
    np.testing.assert_allclose(deletion.log_odds, insertion.log_odds[::-1], atol=1e-4)


def test_ends_are_the_full_and_the_masked_image(network, image):
    ((deletion, insertion),) = curves([evaluated(np.zeros((16, 16)))], network, image, "mean")
    filled = method_baseline(image.pixels, "mean")
    full, empty = network.score(np.stack([image.pixels, filled]), TARGET)
    assert deletion.log_odds[[0, -1]] == pytest.approx([full, empty])
    assert insertion.log_odds[[0, -1]] == pytest.approx([empty, full])


def test_constant_network_gives_flat_curves(image):
    network = Linear(np.zeros((2, 16, 16)), bias=1.5)
    ((deletion, insertion),) = curves([evaluated(textured(16)[0])], network, image)
    assert deletion.log_odds_auc == pytest.approx(1.5)
    assert insertion.probability_auc == pytest.approx(expit(1.5))


def test_cancel_stops_between_batches(network, image):
    def cancel(done, what=""):
        if network.evaluations:
            raise Cancelled

    maps = [evaluated(textured(16)[0])] * 5
    with pytest.raises(Cancelled):
        DeletionInsertion().evaluate(maps, context(network, image), cancel)
    assert network.evaluations <= 32
