import json

import numpy as np
import pytest

from spine_core.compare import benchmark
from spine_core.compare.benchmark import CONTROLS, Score, scores, standings
from spine_core.compare.pairs import Pair
from tests.explain.toys import TARGET, Halves, disc_image, textured, untrained


def score(method, found, seed=0):
    return Score(method, "bulging", "L4/L5", seed, found, hit=found > 0.5, left=0.0)


def lit(place):
    """A picture with a bright square, and the same without: the square is what changed."""
    well = np.abs(textured(48)) * 0.1
    ill = well.copy()
    ill[0, place, place] += 5.0
    changed = np.zeros((48, 48), dtype=bool)
    changed[place, place] = True
    return Pair("bulging", "L4/L5", 0, TARGET, "0", disc_image(ill), disc_image(well), changed)


@pytest.fixture(scope="module")
def found():
    """A network that sees nothing but the first channel, on a lesion that it cannot miss."""
    pair = lit(slice(16, 32))
    return {
        one.method: one for one in scores(Halves(3.0, 0.0), [pair], ["grad_cam", *CONTROLS], lambda _: None)
    }


def test_true_map_finds_the_change_and_leaves_with_it(found):
    assert found["grad_cam"].found > 0.99
    assert found["grad_cam"].hit
    assert found["grad_cam"].left > 0.9


def test_random_map_finds_nothing_and_stays(found):
    assert 0.3 < found["random"].found < 0.7
    assert found["random"].left == pytest.approx(0.0)


def test_standings_worked_out_by_hand():
    given = [score("good", 0.9), score("bad", 0.4), score("good", 0.7, 1), score("bad", 0.6, 1)]
    first, second = standings(given)
    assert (first.method, second.method) == ("good", "bad")
    assert first.found[0] == pytest.approx(0.8)
    assert first.found[1:] == pytest.approx((0.7, 0.9))
    assert second.hit[0] == pytest.approx(0.5)
    assert first.rank == (1, 1, 1)
    assert first.pairs == 2


def test_methods_that_cannot_be_told_apart_share_the_span_of_their_ranks():
    random = np.random.default_rng(0)
    given = [score(name, random.random(), seed) for seed in range(12) for name in ("a", "b")]
    assert {one.rank[1:] for one in standings(given)} == {(1, 2)}


def test_run_writes_standings_and_refuses_unknown_methods(tmp_path, monkeypatch):
    monkeypatch.setattr(benchmark, "pairs", lambda network, count: [lit(slice(16, 32))])
    said = []
    path = benchmark.run(untrained(48), 1, ["grad_cam"], tmp_path, said.append)
    made = json.loads(path.read_text())
    assert made["synthetic"] is True
    assert {one["method"] for one in made["standings"]} == {"grad_cam", *CONTROLS}
    assert "1 pairs of phantoms" in said[-1]
    with pytest.raises(ValueError, match="unknown method x"):
        benchmark.run(untrained(48), 1, ["x"], tmp_path, said.append)
