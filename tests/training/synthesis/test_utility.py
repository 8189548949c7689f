import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from spine_core.results.generator_results import (
    log_test,
    released_use,
    store_results,
    stored_results,
    use_of,
)
from spine_core.synthesis.types import Use
from spine_core.training.synthesis.gates import ImageSet, utilities
from spine_core.training.synthesis.judges import (
    NETWORKS,
    as_scores,
    build_judge,
    judge_scores,
    prior_by_level,
    regression,
    train_judge,
)
from spine_core.training.synthesis.utility import ARMS, gradable_tasks, mean_auroc, utility

UNKNOWN = -1


def row(gain, loss, real=0.7):
    """A judge in whose levels alone there is an AUROC of 0.6."""
    figures = {"gain": {"low": gain}, "loss": {"high": loss}}
    return figures | {"real": {"low": real}, "prior": {"value": 0.6}}


@pytest.mark.parametrize(
    ("rows", "use"),
    [
        ([], Use.UNKNOWN),
        ([row(-0.01, 0.1)], Use.TOY),
        ([row(0.02, 0.1), row(-0.01, 0.1)], Use.TOY),
        ([row(0.02, -0.05)], Use.WEAK),
        ([row(0.02, 0.01)], Use.EQUAL),
        ([row(0.02, 0.01), row(-0.01, 0.1, real=0.58)], Use.EQUAL),
        ([row(-0.01, 0.1, real=0.58)], Use.UNKNOWN),
    ],
)
def test_the_use_is_decided_by_the_intervals(rows, use):
    assert use_of(rows) is use


def test_figures_are_stored_by_generator_and_fold_and_the_test_is_logged(tmp_path):
    path = tmp_path / "figures.json"
    store_results("flow", "selection", {"utility": [row(0.1, 0.1)]}, path)
    assert released_use(path) is Use.UNKNOWN, "only the test patients decide"
    store_results("flow", "test", {"utility": [row(0.1, 0.1)]}, path)
    assert set(stored_results(path)["flow"]) == {"selection", "test"}
    assert released_use(path) is Use.EQUAL
    log = tmp_path / "log.jsonl"
    log_test("abc", {"imagenet": 0.1}, log)
    log_test("abd", {"imagenet": 0.2}, log)
    assert len(log.read_text().splitlines()) == 2


def test_the_prior_is_the_frequency_at_the_level():
    # Level 1: three of grade 2, one of grade 3, and one more of each of the five grades.
    labels = np.array([[1, 0, UNKNOWN]] * 3 + [[2, 1, UNKNOWN]])
    found = prior_by_level(labels, np.ones(4, np.int64), np.array([1, 2]))
    assert found["pfirrmann", "2"].tolist() == pytest.approx([4 / 9, 1 / 5])
    assert found["bulging", "1"].tolist() == pytest.approx([2 / 6, 1 / 2])
    assert found["herniation", "1"].tolist() == pytest.approx([1 / 2, 1 / 2])


def labelled(count=60):
    rng = np.random.default_rng(0)
    labels = np.full((count, 3), UNKNOWN)
    labels[:, 1] = rng.integers(2, size=count)
    return labels, rng


def test_the_mean_auroc_is_that_of_scikit_learn():
    labels, rng = labelled()
    labels[:, 0] = rng.integers(1, 4, size=len(labels))
    tables = [rng.random((len(labels), count)).round(1) for count in (5, 2, 2)]
    tasks = gradable_tasks(labels)
    assert tasks == [("pfirrmann", "2"), ("pfirrmann", "3"), ("pfirrmann", "4"), ("bulging", "1")]
    expected = [roc_auc_score(labels[:, 0] == grade, tables[0][:, grade]) for grade in (1, 2, 3)]
    expected.append(roc_auc_score(labels[:, 1] == 1, tables[1][:, 1]))
    found = mean_auroc(as_scores(tables), labels, tasks, np.arange(len(labels)))
    assert found == pytest.approx(np.mean(expected))


def test_the_gain_is_over_the_prior_and_the_loss_against_real_images():
    labels, _ = labelled()
    certain = np.stack([1 - labels[:, 1], labels[:, 1]], axis=1).astype(float)
    blind = np.full((len(labels), 5), 0.2), np.full((len(labels), 2), 0.5)
    knows, guesses = as_scores([blind[0], certain, blind[1]]), as_scores([blind[0], blind[1], blind[1]])
    scores = {"synthetic": knows, "real": knows, "both": knows, "prior": guesses}
    patients = np.array([f"p{number // 2}" for number in range(len(labels))])
    found = utility("test", 0, scores, labels, patients, 60)
    assert (found.synthetic.value, found.prior.value) == (1.0, 0.5)
    assert (found.gain.value, found.gain.low, found.gain.high) == (0.5, 0.5, 0.5)
    assert found.loss.value == 0
    assert set(found.by_grade) == {"bulging=1"}
    assert set(found.by_grade["bulging=1"]) == set(ARMS)


def test_a_regression_learns_what_the_features_tell():
    labels, rng = labelled()
    features = np.stack(
        [labels[:, 1] + rng.normal(0, 0.1, len(labels)), rng.normal(size=len(labels))], axis=1
    )
    found = regression(features, labels, np.array([[0.0, 0.0], [1.0, 0.0]]))
    assert found["bulging", "1"][0] < 0.5 < found["bulging", "1"][1]
    assert not found["herniation", "1"].any(), "nothing is known of it"


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_of_the_literature_takes_both_weightings(name):
    import torch

    side = {"inception_v3": 96}.get(name, 64)
    found = build_judge(name).eval()(torch.zeros(1, 2, side, side))
    assert found.shape == (1, 9)


def test_a_judge_learns_from_small_images():
    labels, rng = labelled(64)
    images = rng.normal(0, 0.3, (64, 2, 64, 64)).astype(np.float32)
    images[:, 0] += 2.0 * labels[:, 1, None, None]
    net = train_judge("squeezenet1_1", images[:32], labels[:32], epochs=6)
    found = judge_scores("squeezenet1_1", net, images[32:])["bulging", "1"]
    assert roc_auc_score(labels[32:, 1], found) > 0.9


def test_judges_are_taught_by_as_many_real_images_as_generated_ones():
    labels, rng = labelled(40)
    tokens = np.concatenate([np.ones((40, 1), int), labels + 1, np.ones((40, 2), int)], axis=1)
    features = labels[:, 1:2] + rng.normal(0, 0.2, (40, 1))
    images = ImageSet(np.zeros((40, 2, 8, 8), np.float32), tokens, np.array([f"p{n}" for n in range(40)]))
    fewer = images.where(np.arange(40) < 30)
    (found,) = utilities(fewer, images, images, [features[:30], features, features], {}, 0, print)
    assert found["images"] == 30
    assert found["synthetic"]["value"] > 0.95
    assert found["prior"]["value"] == 0.5
