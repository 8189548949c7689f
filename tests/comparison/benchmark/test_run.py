import json

import numpy as np
import pytest

from spine_core.comparison.benchmark import run
from spine_core.comparison.benchmark.phantom_pairs import FIRST_SEED, Pair
from spine_core.comparison.benchmark.ranking import Score, rank_methods
from spine_core.comparison.benchmark.run import plan, scores
from spine_core.explanation.registry import CONTROLS
from tests.explanation.toys import TARGET, Halves, disc_image, textured, untrained


def score(method, found, seed=0):
    return Score(method, "bulging", "L4/L5", seed, found, pointing_game=found > 0.5, relevance_drop=0.0)


def lit(place, seed=FIRST_SEED):
    """An image with a bright square and the same image without it. The square is the lesion."""
    healthy = np.abs(textured(48)) * 0.1
    lesion = healthy.copy()
    lesion[0, place, place] += 5.0
    changed = np.zeros((48, 48), dtype=bool)
    changed[place, place] = True
    return Pair("bulging", "L4/L5", seed, TARGET, "0", disc_image(lesion), disc_image(healthy), changed)


@pytest.fixture(scope="module")
def found():
    """A network of the first channel only, with a lesion that changes its score strongly."""
    network = Halves(3.0, 0.0)
    return {one.method: one for one in scores(network, lit(slice(16, 32)), plan(network, ["grad_cam"]))}


def test_true_map_detects_the_change_and_disappears_with_it(found):
    assert found["grad_cam"].auroc > 0.99
    assert found["grad_cam"].pointing_game
    assert found["grad_cam"].relevance_drop > 0.9


def test_random_map_detects_nothing_and_does_not_change(found):
    assert 0.3 < found["random"].auroc < 0.7
    assert found["random"].relevance_drop == pytest.approx(0.0)


def test_ranking_equals_hand_computed_values():
    given = [score("good", 0.9), score("bad", 0.4), score("good", 0.7, 1), score("bad", 0.6, 1)]
    first, second = rank_methods(given)
    assert (first.method, second.method) == ("good", "bad")
    assert first.auroc[0] == pytest.approx(0.8)
    assert first.auroc[1:] == pytest.approx((0.7, 0.9))
    assert second.pointing_game[0] == pytest.approx(0.5)
    assert first.rank == (1, 1, 1)
    assert first.pairs == 2
    assert first.gain is None, "there is no control among them"


def test_gain_over_the_best_control_is_paired():
    given = [
        score(name, found + 0.3 * seed, seed)
        for seed in range(2)
        for name, found in (("lime", 0.5), ("edges", 0.4), ("random", 0.2))
    ]
    lime, edges, random = rank_methods(given)
    # The second phantom is easier for all networks alike: the means move, the gain does not.
    assert lime.auroc[1:] == pytest.approx((0.5, 0.8))
    assert lime.gain == pytest.approx((0.1, 0.1, 0.1))
    assert edges.gain == (0, 0, 0)
    assert random.gain == pytest.approx((-0.2, -0.2, -0.2))


def test_indistinguishable_methods_have_the_same_rank_interval():
    random = np.random.default_rng(0)
    given = [score(name, random.random(), seed) for seed in range(12) for name in ("a", "b")]
    assert {one.rank[1:] for one in rank_methods(given)} == {(1, 2)}


@pytest.fixture
def people(monkeypatch):
    """Makes any number of phantoms, each with a lesion. Returns the list of the seeds that were made."""
    seeds = []

    def pairs(network, count, known):
        for seed in range(FIRST_SEED, FIRST_SEED + count):
            if seed not in known:
                seeds.append(seed)
                yield lit(slice(16, 32), seed)

    monkeypatch.setattr(run, "pairs", pairs)
    return seeds


def test_run_writes_ranking_and_scores(tmp_path, people):
    lines = []
    network = untrained(48)
    made = json.loads(run.run(network, 2, ["grad_cam"], tmp_path, lines.append).read_text())
    assert made["synthetic"] is True
    assert made["model"]["sha256"] == network.id.sha256
    names = {"grad_cam", *(control.name for control in CONTROLS)}
    assert {one["method"] for one in made["ranking"]} == names
    assert {one["method"] for one in made["lesions"]["bulging"]} == names
    assert "2 pairs of phantoms" in lines[-1]
    table = (tmp_path / f"{network.id.name}.csv").read_text().splitlines()
    assert len(table) == 1 + 2 * len(names)


def test_interrupted_run_resumes_and_ends_in_the_same_result(tmp_path, people):
    network = untrained(48)
    whole = run.run(network, 3, ["grad_cam"], tmp_path / "whole", lambda _: None).read_text()
    run.run(network, 1, ["grad_cam"], tmp_path / "two", lambda _: None)
    table = tmp_path / "two" / f"{network.id.name}.csv"
    # Half a line, as an incomplete copy of the file may have it.
    table.write_text(table.read_text() + "grad_cam,bulging,L4/L5,1,0.1,True,0.0\n")
    people.clear()
    lines: list[str] = []
    assert run.run(network, 3, ["grad_cam"], tmp_path / "two", lines.append).read_text() == whole
    assert people == [FIRST_SEED + 1, FIRST_SEED + 2]
    assert [line.split(":")[0] for line in lines if line.startswith("pair")] == ["pair 2 of 3", "pair 3 of 3"]


def test_a_method_is_added_to_the_pairs_of_a_finished_run(tmp_path, people, monkeypatch):
    network, asked = untrained(48), []
    explain = run.explain
    monkeypatch.setattr(run, "explain", lambda *args: asked.append(args[0]) or explain(*args))
    whole = run.run(network, 2, ["hires_cam", "grad_cam"], tmp_path / "whole", lambda _: None)
    run.run(network, 2, ["grad_cam"], tmp_path / "added", lambda _: None)
    asked.clear()
    added = run.run(network, 2, ["hires_cam", "grad_cam"], tmp_path / "added", lambda _: None)
    assert added.read_text() == whole.read_text()
    # Each of the two pairs has an image with and one without the lesion.
    assert asked == ["hires_cam"] * 4


def test_runs_of_other_plans_and_unknown_methods_are_refused(tmp_path, people):
    run.run(untrained(48), 1, ["grad_cam"], tmp_path, lambda _: None)
    with pytest.raises(ValueError, match="another network, backend, methods or settings"):
        run.run(untrained(48), 2, ["hires_cam"], tmp_path, lambda _: None)
    with pytest.raises(ValueError, match="unknown method x"):
        run.run(untrained(48), 1, ["x"], tmp_path, lambda _: None)
