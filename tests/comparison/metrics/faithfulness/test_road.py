import numpy as np
import pytest
from pytorch_grad_cam.metrics.road import NoisyLinearImputer, neighbors_weights
from scipy import sparse

from spine_core.comparison.metrics.faithfulness import road as module
from spine_core.comparison.metrics.faithfulness.road import FRACTIONS, Road, imputed
from spine_core.progress import Cancelled, silent
from tests.comparison.metrics.made import context, evaluated
from tests.explanation.toys import TARGET, Linear, disc_image, textured


@pytest.fixture
def quiet(monkeypatch):
    monkeypatch.setattr(module, "NOISE", 0.0)


def test_lone_pixel_becomes_the_weighted_mean_of_its_neighbours(quiet):
    pixels = np.array([[[1, 2, 3], [4, 100, 6], [7, 8, 9]]], np.float32)
    gone = np.zeros((3, 3), bool)
    gone[1, 1] = True
    found = imputed(pixels, gone, np.random.default_rng(0))
    assert found[0, 1, 1] == pytest.approx((2 + 4 + 6 + 8) / 6 + (1 + 3 + 7 + 9) / 12)
    corner = np.zeros((3, 3), bool)
    corner[0, 0] = True
    # in the corner only three neighbours are left, whose weights are scaled up to 1
    found = imputed(pixels, corner, np.random.default_rng(0))
    assert found[0, 0, 0] == pytest.approx((2 / 6 + 4 / 6 + 100 / 12) / (5 / 12))


@pytest.mark.parametrize("seed", range(3))
def test_imputes_what_the_authors_code_imputes(quiet, seed):
    random = np.random.default_rng(seed)
    pixels = textured(24, seed)
    gone = random.random((24, 24)) < 0.4
    gone[4:12, :9] = True
    left, right = NoisyLinearImputer.setup_sparse_system(~gone * 1.0, pixels, neighbors_weights)
    theirs = sparse.linalg.spsolve(left.tocsc(), right)
    np.testing.assert_allclose(imputed(pixels, gone, random)[:, gone], theirs.T, atol=1e-4)


def test_a_ramp_is_continued_and_a_missing_weighting_stays_missing(quiet):
    ramp = np.add.outer(np.arange(16), 2 * np.arange(16)).astype(np.float32)
    gone = np.zeros((16, 16), bool)
    gone[5:11, 4:10] = True
    found = imputed(np.stack([ramp, 0 * ramp]), gone, np.random.default_rng(0))
    np.testing.assert_allclose(found[0], ramp, atol=1e-4)
    assert not found[1].any()


def test_noise_is_added_to_removed_pixels_only():
    pixels, gone = textured(32), np.zeros((32, 32), bool)
    gone[8:24, 8:24] = True
    one, other = (imputed(pixels, gone, np.random.default_rng(seed)) for seed in (0, 1))
    assert (one[:, ~gone] == pixels[:, ~gone]).all()
    assert (one - other)[:, gone].std() == pytest.approx(np.sqrt(2) * module.NOISE, rel=0.2)
    assert imputed(pixels, gone & False, np.random.default_rng(0)) is pixels


def test_curve_of_a_linear_network_is_its_score_of_the_imputed_images():
    image = disc_image(textured(16))
    network = Linear(np.random.default_rng(0).normal(size=(2, 16, 16)), bias=0.5)
    relevance = np.random.default_rng(1).random((16, 16), dtype=np.float32)
    (found,) = Road().evaluate([evaluated(relevance, draw=3)], context(network, image, seed=7), silent)
    assert (found.method, found.draw) == ("a", 3)
    assert found.curve.fraction == pytest.approx(FRACTIONS)
    order = np.argsort(-relevance.ravel())
    for removed, expected in zip(FRACTIONS, found.curve.log_odds, strict=True):
        gone = np.zeros(256, bool)
        gone[order[: round(removed * 256)]] = True
        inputs = imputed(image.pixels, gone.reshape(16, 16), np.random.default_rng(7))
        assert expected == pytest.approx(network.score(inputs[None], TARGET)[0], abs=1e-4)
    steps = np.diff(FRACTIONS)
    by_hand = (steps * (found.curve.log_odds[1:] + found.curve.log_odds[:-1]) / 2).sum() / FRACTIONS[-1]
    assert found.value == found.curve.log_odds_auc == pytest.approx(by_hand)


def test_true_map_falls_faster_than_the_opposite_and_equal_seeds_give_equal_bytes():
    pixels = textured(48)
    weights = np.zeros((2, 48, 48))
    weights[0, 16:32, 16:32] = pixels[0, 16:32, 16:32] ** 3
    network, truth = Linear(weights), (weights * pixels)[0].astype(np.float32)
    maps = [evaluated(truth), evaluated(-truth, "opposite")]
    first, again = (Road().evaluate(maps, context(network, disc_image(pixels)), silent) for _ in range(2))
    assert first[0].curve.log_odds_auc < first[1].curve.log_odds_auc
    assert all(
        a.curve.log_odds.tobytes() == b.curve.log_odds.tobytes() for a, b in zip(first, again, strict=True)
    )


def test_cancel_takes_effect_between_two_images():
    calls = []

    def cancel(done, what=""):
        calls.append(done)
        if len(calls) == 4:
            raise Cancelled

    network = Linear(np.ones((2, 16, 16)))
    with pytest.raises(Cancelled):
        Road().evaluate([evaluated(textured(16)[0])] * 5, context(network, disc_image(textured(16))), cancel)
    assert network.evaluations == 1, "only the unperturbed image was evaluated"
