"""Experiments from synthetic discs to the file of predictions."""

from __future__ import annotations

import gzip
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from spine_core.networks.architectures import build
from spine_core.networks.outputs import LOGIT_SLICES, LOGITS
from spine_core.networks.preprocessing import Preprocessing
from spine_core.networks.registry import load_bundle
from spine_core.results.experiments import BACKBONE, EXPERIMENTS, RELEASED_BACKBONES
from spine_core.training.ablations import run as running
from spine_core.training.ablations.metrics import experiment_results
from spine_core.training.ablations.predictions import COLUMNS, Prediction, read_predictions
from spine_core.training.commands import TrainingRun, raw_logits
from spine_core.training.distillation import teachers
from spine_core.training.models.crop_augmentation import plain_views
from tests.training.ablations.conftest import COLUMN, TINY, Made, killed_in_the_second

TRAINING, HELD_OUT = (2, 3, 4), (1, 0)


def run_experiment(name: str, made: Made, work: Path, training=None) -> Path:
    work.mkdir(exist_ok=True)
    return running.run_arms(
        EXPERIMENTS[name], training or made(TRAINING), made(HELD_OUT), TrainingRun(work, work, seed=3), TINY,
        work / f"{name}.csv.gz",
    )  # fmt: skip


def predictions_of_arm(path: Path, arm: str) -> list[Prediction]:
    return [one for one in read_predictions(path)[1] if one.arm == arm]


@pytest.fixture
def soft_targets(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Soft targets that equal the labels of bulging, in a file of their own."""
    stored, training = tmp_path / "soft_targets.npz", made(TRAINING)
    logits = np.zeros((len(training.keys), LOGITS), dtype=np.float32)
    logits[:, LOGIT_SLICES["bulging"]] = 4.0 * (training.labels[:, :1, COLUMN["bulging"]] > 0) - 2.0
    teachers.save_soft_targets(stored, logits, training, ["resnet18"])
    monkeypatch.setattr(teachers, "SOFT_TARGETS", stored)
    return stored


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPERIMENTS)
@pytest.mark.usefixtures("soft_targets")
def test_an_experiment_stores_the_predictions_of_every_arm_for_every_disc(
    name: str, made: Made, tmp_path: Path
) -> None:
    path = run_experiment(name, made, tmp_path)
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    assert lines[0] == f"# python -m spine_core ablation {name} --seed 3"
    assert lines[1] == ",".join(COLUMNS)
    (result,) = experiment_results(tmp_path)
    assert result.command == lines[0].removeprefix("# ")
    assert {arm for row in result.rows for arm in row.aurocs.values} == {
        a.name for a in EXPERIMENTS[name].arms
    }
    arm = predictions_of_arm(path, EXPERIMENTS[name].reference)
    # 6 patients a set on T2, 4 of them on T1 too; Pfirrmann is not graded on T1; the disc above L1/L2 is not read
    assert Counter((one.source, one.condition, one.sequence) for one in arm) == {
        ("sudirman", "bulging", "t2"): 6, ("sudirman", "bulging", "t1"): 4, ("sudirman", "pfirrmann", "t2"): 6,
        ("spider", "bulging", "t2"): 6, ("spider", "bulging", "t1"): 4,
        ("spider", "herniation", "t2"): 6, ("spider", "herniation", "t1"): 4,
    }  # fmt: skip
    assert {one.fold for one in arm} == {0, 1}
    assert all(0 <= one.score <= 1 and one.truth == (int(one.patient) % 4 > 1) for one in arm)
    for one in arm:
        if one.condition == "pfirrmann":
            assert one.label == ("4" if one.truth else "2")
        else:
            assert one.label == str(int(one.truth))
            assert one.grade == str(int(one.score > 0.5))


@pytest.mark.slow
def test_an_interrupted_experiment_resumes_and_ends_in_the_same_bytes(
    made: Made, tmp_path: Path, monkeypatch
) -> None:
    whole = run_experiment("init", made, tmp_path / "whole")
    killed_in_the_second(monkeypatch, running, lambda: run_experiment("init", made, tmp_path / "cut"))
    assert not list((tmp_path / "cut").glob("*.csv.gz"))
    log: list[str] = []
    monkeypatch.setattr(running, "report", log.append)
    again = run_experiment("init", made, tmp_path / "cut")
    assert sum("resuming after epoch 1" in line for line in log) == 1, "the first network was finished"
    assert sum("resuming after epoch 0" in line for line in log) == 1, "the second was in its last epoch"
    assert again.read_bytes() == whole.read_bytes()


def test_batch_norm_statistics_are_those_of_the_training_discs(made: Made) -> None:
    torch.manual_seed(0)
    net = build(BACKBONE, 2)
    crops, preprocessing = made(TRAINING), Preprocessing(size=TINY.size)

    def spread() -> float:
        seen = raw_logits(net, plain_views(crops, preprocessing, np.ones((len(crops.keys), 2), dtype=bool)))
        return float(seen.std(axis=0).max())

    before, weights = spread(), {name: value.clone() for name, value in net.named_parameters()}
    running.update_batch_norm(net, crops, preprocessing, seed=0, plan=TINY.plan)
    assert before < 1e-4 < 1e-2 < spread(), (
        "before the update an untrained network predicts nearly the same for every disc"
    )
    assert all(torch.equal(value, weights[name]) for name, value in net.named_parameters())


@pytest.mark.slow
def test_retrained_networks_depend_on_the_soft_targets_and_there_is_one_per_backbone(
    made: Made, tmp_path: Path, soft_targets: Path
) -> None:
    first = predictions_of_arm(run_experiment("corrected-labels", made, tmp_path / "a"), "retrained")
    stored = np.load(soft_targets)
    np.savez(soft_targets, logits=-stored["logits"], keys=stored["keys"], backbones=stored["backbones"])
    second = predictions_of_arm(run_experiment("corrected-labels", made, tmp_path / "b"), "retrained")
    assert [one.score for one in first] != [one.score for one in second]
    (arm,) = [arm for arm in EXPERIMENTS["corrected-labels"].arms if arm.name == "retrained"]
    assert len(list((tmp_path / "a").glob("experiment*-distilled-*.pt"))) == len(arm.backbones) == 3


def test_the_logits_of_several_networks_are_averaged() -> None:
    torch.manual_seed(0)
    nets = [build("resnet14", 2), build("resnet18", 2)]
    images = np.random.default_rng(0).normal(size=(3, 2, 32, 32)).astype(np.float32)
    one, two = (raw_logits(net, images) for net in nets)
    np.testing.assert_allclose(running._mean_logits(nets, images), (one + two) / 2, rtol=1e-5, atol=1e-7)


def test_the_retrained_networks_are_the_released_ones() -> None:
    released = [member.architecture for member in load_bundle().grader.members]
    assert sorted(released) == sorted(RELEASED_BACKBONES)


@pytest.mark.slow
def test_the_dataset_that_is_left_out_does_not_affect_the_network(made: Made, tmp_path: Path) -> None:
    training = made(TRAINING)
    spider = np.array([key[0] == "spider" for key in training.keys])
    pixels, labels = training.pixels.copy(), training.labels.copy()
    pixels[spider] = 255 - pixels[spider]
    labels[spider, :, COLUMN["bulging"]] = 1 - labels[spider, :, COLUMN["bulging"]]
    other = replace(training, pixels=pixels, labels=labels)
    name = "leave-one-dataset-out"
    first, second = (
        run_experiment(name, made, tmp_path / "a"),
        run_experiment(name, made, tmp_path / "b", other),
    )
    assert predictions_of_arm(first, "sudirman") == predictions_of_arm(second, "sudirman")
    assert predictions_of_arm(first, "spider") != predictions_of_arm(second, "spider")
    assert predictions_of_arm(first, "both") != predictions_of_arm(second, "both")
    # Each network is tasks about both sets, but only what its own set has labels of.
    tasks = {(one.source, one.condition) for one in predictions_of_arm(first, "sudirman")}
    assert tasks == {("sudirman", "bulging"), ("sudirman", "pfirrmann"), ("spider", "bulging")}


@pytest.mark.slow
def test_networks_that_two_experiments_share_are_trained_once(
    made: Made, tmp_path: Path, monkeypatch
) -> None:
    first = run_experiment("init", made, tmp_path)
    log: list[str] = []
    monkeypatch.setattr(running, "report", log.append)
    second = run_experiment("leave-one-dataset-out", made, tmp_path)
    assert sum(line.startswith("epoch") for line in log) == 2 * TINY.plan.epochs
    assert [one.score for one in predictions_of_arm(second, "both")] == [
        one.score for one in predictions_of_arm(first, "imagenet")
    ]
