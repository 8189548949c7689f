import numpy as np
import pytest
from scipy.special import expit

from spine_core.comparison.metrics.faithfulness.deletion_insertion import Ranked, averaged, faithfulness
from spine_core.explanation.perturbation.baselines import baseline
from spine_core.explanation.perturbation.superpixels import superpixels
from spine_core.progress import Cancelled, silent
from tests.explanation.toys import TARGET, Linear, disc_image, textured


@pytest.fixture
def image():
    return disc_image(textured(16))


@pytest.fixture
def network():
    return Linear(np.random.default_rng(0).normal(size=(2, 16, 16)), bias=0.5)


def contributions(network, image):
    hidden = baseline(image.pixels, "blur", superpixels(image.pixels, 60, 0.1))
    return (network.weights * (image.pixels - hidden)).sum(axis=0)


def test_curves_of_a_linear_network_are_the_running_sums_of_its_contributions(network, image):
    each = contributions(network, image)
    found = faithfulness(
        [Ranked("truth", each.astype(np.float32))], network, image, TARGET, "blur", 0, silent
    )[0]
    ordered = np.sort(each.ravel())[::-1]
    counts = np.round(np.linspace(0, 256, 21)).astype(int)
    full = network.score(image.pixels[None], TARGET)[0]
    empty = full - each.sum()
    gained = np.array([ordered[:count].sum() for count in counts])
    np.testing.assert_allclose(found.insertion.log_odds, empty + gained, atol=1e-4)
    np.testing.assert_allclose(found.deletion.log_odds, full - gained, atol=1e-4)
    np.testing.assert_allclose(found.deletion.probability, expit(full - gained), atol=1e-4)
    np.testing.assert_allclose(found.deletion.fraction, counts / 256)
    by_hand = sum(
        (counts[i + 1] - counts[i]) / 256 * (gained[i] + gained[i + 1]) / 2 for i in range(len(counts) - 1)
    )
    assert found.insertion.log_odds_auc == pytest.approx(empty + by_hand, abs=1e-4)


def test_no_map_beats_the_true_contributions_of_a_linear_network(network, image):
    each = contributions(network, image).astype(np.float32)
    random = np.random.default_rng(3)
    maps = [Ranked("truth", each), *(Ranked("other", random.random((16, 16), np.float32)) for _ in range(8))]
    truth, *others = faithfulness(maps, network, image, TARGET, "blur", 0, silent)
    assert truth.deletion.log_odds_auc < min(one.deletion.log_odds_auc for one in others)
    assert truth.insertion.log_odds_auc > max(one.insertion.log_odds_auc for one in others)


def test_reversed_map_swaps_deletion_and_insertion(network, image):
    each = contributions(network, image).astype(np.float32)
    forward, backward = faithfulness(
        [Ranked("f", each), Ranked("b", -each)], network, image, TARGET, "blur", 0, silent
    )
    np.testing.assert_allclose(backward.deletion.log_odds, forward.insertion.log_odds[::-1], atol=1e-4)


def test_ends_are_the_full_and_the_hidden_picture(network, image):
    found = faithfulness(
        [Ranked("a", np.zeros((16, 16), np.float32))], network, image, TARGET, "mean", 0, silent
    )[0]
    hidden = baseline(image.pixels, "mean", superpixels(image.pixels, 60, 0.1))
    full, empty = network.score(np.stack([image.pixels, hidden]), TARGET)
    assert found.deletion.log_odds[[0, -1]] == pytest.approx([full, empty])
    assert found.insertion.log_odds[[0, -1]] == pytest.approx([empty, full])


def test_constant_network_gives_flat_curves(image):
    network = Linear(np.zeros((2, 16, 16)), bias=1.5)
    found = faithfulness([Ranked("a", textured(16)[0])], network, image, TARGET, "blur", 0, silent)[0]
    assert found.deletion.log_odds_auc == pytest.approx(1.5)
    assert found.insertion.probability_auc == pytest.approx(expit(1.5))


def test_average_of_draws_is_their_mean_curve(network, image):
    random = np.random.default_rng(0)
    maps = [Ranked("random", random.random((16, 16), np.float32), draw) for draw in range(3)]
    curves = faithfulness([*maps, Ranked("other", maps[0].map)], network, image, TARGET, "blur", 0, silent)
    mean = averaged(curves, "random")
    np.testing.assert_allclose(
        mean.deletion.log_odds, np.mean([c.deletion.log_odds for c in curves[:3]], axis=0)
    )
    assert mean.insertion.log_odds_auc == pytest.approx(
        np.mean([c.insertion.log_odds_auc for c in curves[:3]])
    )
    with pytest.raises(ValueError, match="'edges'"):
        averaged(curves, "edges")


def test_cancel_stops_between_batches(network, image):
    def cancel(done, what=""):
        if network.pictures:
            raise Cancelled

    maps = [Ranked("a", textured(16)[0])] * 5
    with pytest.raises(Cancelled):
        faithfulness(maps, network, image, TARGET, "blur", 0, cancel)
    assert network.pictures <= 32
