import threading

import numpy as np
import pytest

from spine_core.comparison.metrics.robustness.adversarial import STEP, map_step, random_step, score_step
from spine_core.explanation.perturbation.masked_scores import RESPONSE_FLOOR
from spine_core.explanation.registry import explain
from spine_core.progress import Cancelled, silent
from tests.explanation.toys import TARGET, Halves, Mean, disc_image, textured, untrained


def score(network, pixels):
    return float(network.score(pixels[None], TARGET)[0])


def test_score_step_equals_hand_computed_step():
    # log-odds = 2 * mean of T2 - 1 * mean of T1: every T2 pixel goes down, every T1 pixel up
    network, pixels = Halves(2.0, -1.0), textured(16)
    found = score_step(network, pixels, TARGET)
    np.testing.assert_allclose(found[0] - pixels[0], -STEP, atol=1e-6)
    np.testing.assert_allclose(found[1] - pixels[1], STEP, atol=1e-6)
    assert score(network, found) - score(network, pixels) == pytest.approx(-3 * STEP, abs=1e-5)


def test_random_step_has_the_same_size_and_hardly_changes_the_score():
    network, pixels = untrained(64), textured(64)
    worst = score_step(network, pixels, TARGET)
    luck = random_step(pixels, np.random.default_rng(0))
    assert np.abs(luck - pixels).max() == pytest.approx(np.abs(worst - pixels).max(), abs=1e-6)
    fell = score(network, pixels) - score(network, worst)
    assert fell > 3 * abs(score(network, pixels) - score(network, luck))


@pytest.mark.parametrize(
    "step", [lambda n, p: score_step(n, p, TARGET), lambda n, p: map_step(n, p, TARGET, silent)]
)
def test_missing_weighting_stays_missing(step):
    pixels = textured(64, t1=False)
    found = step(untrained(64), pixels)
    assert not found[1].any()
    assert np.abs(found - pixels).max() <= STEP + 1e-6


def mass_where_it_was(network, before, after):
    first, second = (
        explain("grad_cam", network, disc_image(one), TARGET).extra["raw"] for one in (before, after)
    )
    top = np.argsort(-first, axis=None)[: max(1, round(0.1 * first.size))]
    fractions = [np.maximum(one, 0).ravel()[top].sum() / np.maximum(one, 0).sum() for one in (first, second)]
    return fractions[0], fractions[1]


@pytest.mark.parametrize(
    "network", [untrained(96), Mean(untrained(96), untrained(96, gain=10.0))], ids=["one", "two"]
)
def test_map_step_changes_the_map_more_than_a_random_step_at_an_equal_score(network):
    pixels = textured(96)
    found = map_step(network, pixels, TARGET, silent)
    assert abs(score(network, found) - score(network, pixels)) <= RESPONSE_FLOOR + 1e-3
    before, after = mass_where_it_was(network, pixels, found)
    _, luck = mass_where_it_was(network, pixels, random_step(pixels, np.random.default_rng(0)))
    assert after < before
    assert before - after > 2 * abs(before - luck)


def test_map_step_returns_the_image_where_the_map_cannot_change():
    # no gradient anywhere: the score does not depend on the image
    pixels = textured(32)
    assert (map_step(Halves(0.0, 0.0), pixels, TARGET, silent) == pixels).all()


def test_shared_network_gives_equal_bytes_in_many_threads():
    network, pixels = untrained(64), textured(64)
    alone = map_step(network, pixels, TARGET, silent).tobytes()
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(map_step(network, pixels, TARGET, silent).tobytes()))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {alone}


def test_search_can_be_cancelled():
    def cancel(done, what=""):
        if done > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        map_step(Halves(1.0, 0.5), textured(32), TARGET, cancel)
