"""Experiments from made-up discs to the file of predictions."""

from __future__ import annotations

import gzip
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from spine_core.networks.architectures import build
from spine_core.networks.grading_network import Preprocessing
from spine_core.networks.registry import load_bundle
from spine_core.networks.target import LOGIT_SLICES, LOGITS
from spine_core.results.experiments import BACKBONE, EXPERIMENTS, SHIPPED
from spine_core.training.ablations import run as running
from spine_core.training.ablations.metrics import outcomes
from spine_core.training.ablations.predictions import HEADS, Prediction, read
from spine_core.training.commands import Run, raw_logits
from spine_core.training.distillation import teachers
from spine_core.training.models.crop_augmentation import plain_views
from tests.training.ablations.conftest import COLUMN, TINY, Made, killed_in_the_second

LEARNED, HELD_OUT = (2, 3, 4), (1, 0)


def tried(name: str, made: Made, work: Path, learned=None) -> Path:
    work.mkdir(exist_ok=True)
    return running.try_arms(
        EXPERIMENTS[name], learned or made(LEARNED), made(HELD_OUT), Run(work, work, seed=3), TINY,
        work / f"{name}.csv.gz",
    )  # fmt: skip


def said(path: Path, arm: str) -> list[Prediction]:
    return [one for one in read(path)[1] if one.arm == arm]


@pytest.fixture
def lessons(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Teachers who call every bulge of the made-up discs by its name, kept in a file of their own."""
    kept, learned = tmp_path / "lessons.npz", made(LEARNED)
    taught = np.zeros((len(learned.keys), LOGITS), dtype=np.float32)
    taught[:, LOGIT_SLICES["bulging"]] = 4.0 * (learned.labels[:, :1, COLUMN["bulging"]] > 0) - 2.0
    teachers.save(kept, taught, learned, ["resnet18"])
    monkeypatch.setattr(teachers, "KEPT", kept)
    return kept


@pytest.mark.parametrize("name", EXPERIMENTS)
@pytest.mark.usefixtures("lessons")
def test_an_experiment_keeps_what_every_network_said_of_every_disc(
    name: str, made: Made, tmp_path: Path
) -> None:
    path = tried(name, made, tmp_path)
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    assert lines[0] == f"# python -m spine_core train experiment {name} --seed 3"
    assert lines[1] == ",".join(HEADS)
    (outcome,) = outcomes(tmp_path)
    assert outcome.command == lines[0].removeprefix("# ")
    assert {arm for row in outcome.rows for arm in row.aurocs.values} == {
        a.name for a in EXPERIMENTS[name].arms
    }
    arm = said(path, EXPERIMENTS[name].reference)
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


def test_a_killed_experiment_goes_on_and_ends_in_the_same_bytes(
    made: Made, tmp_path: Path, monkeypatch
) -> None:
    whole = tried("starts", made, tmp_path / "whole")
    killed_in_the_second(monkeypatch, running, lambda: tried("starts", made, tmp_path / "cut"))
    assert not list((tmp_path / "cut").glob("*.csv.gz"))
    told: list[str] = []
    monkeypatch.setattr(running, "say", told.append)
    again = tried("starts", made, tmp_path / "cut")
    assert sum("goes on after epoch 1" in line for line in told) == 1, "the first network was finished"
    assert sum("goes on after epoch 0" in line for line in told) == 1, "the second was in its last epoch"
    assert again.read_bytes() == whole.read_bytes()


def test_a_network_is_judged_by_its_weights_and_not_by_means_that_it_started_with(made: Made) -> None:
    torch.manual_seed(0)
    net = build(BACKBONE, 2)
    crops, contract = made(LEARNED), Preprocessing(size=TINY.size)

    def spread() -> float:
        seen = raw_logits(net, plain_views(crops, contract, np.ones((len(crops.keys), 2), dtype=bool)))
        return float(seen.std(axis=0).max())

    before, weights = spread(), {name: value.clone() for name, value in net.named_parameters()}
    running.settle(net, crops, contract, seed=0, plan=TINY.plan)
    assert before < 1e-4 < 1e-2 < spread(), (
        "an untrained network says nearly the same of every disc, then no more"
    )
    assert all(torch.equal(value, weights[name]) for name, value in net.named_parameters())


def test_what_is_taught_again_listens_to_the_teachers_and_has_a_network_of_each_backbone(
    made: Made, tmp_path: Path, lessons: Path
) -> None:
    first = said(tried("taught-again", made, tmp_path / "a"), "again")
    kept = np.load(lessons)
    np.savez(lessons, taught=-kept["taught"], keys=kept["keys"], backbones=kept["backbones"])
    second = said(tried("taught-again", made, tmp_path / "b"), "again")
    assert [one.score for one in first] != [one.score for one in second]
    (arm,) = [arm for arm in EXPERIMENTS["taught-again"].arms if arm.name == "again"]
    assert len(list((tmp_path / "a").glob("experiment*-taught-*.pt"))) == len(arm.backbones) == 3


def test_networks_that_answer_together_answer_with_their_mean() -> None:
    torch.manual_seed(0)
    nets = [build("resnet14", 2), build("resnet18", 2)]
    pictures = np.random.default_rng(0).normal(size=(3, 2, 32, 32)).astype(np.float32)
    one, two = (raw_logits(net, pictures) for net in nets)
    np.testing.assert_allclose(running._together(nets, pictures), (one + two) / 2, rtol=1e-5, atol=1e-7)


def test_the_networks_that_are_taught_again_are_those_that_ship() -> None:
    shipped = [member.architecture for member in load_bundle().grader.members]
    assert sorted(shipped) == sorted(SHIPPED)


def test_nothing_of_the_set_that_is_left_out_reaches_the_network(made: Made, tmp_path: Path) -> None:
    learned = made(LEARNED)
    spider = np.array([key[0] == "spider" for key in learned.keys])
    pixels, labels = learned.pixels.copy(), learned.labels.copy()
    pixels[spider] = 255 - pixels[spider]
    labels[spider, :, COLUMN["bulging"]] = 1 - labels[spider, :, COLUMN["bulging"]]
    other = replace(learned, pixels=pixels, labels=labels)
    name = "leave-one-set-out"
    first, second = tried(name, made, tmp_path / "a"), tried(name, made, tmp_path / "b", other)
    assert said(first, "sudirman") == said(second, "sudirman")
    assert said(first, "spider") != said(second, "spider")
    assert said(first, "both") != said(second, "both")
    # Each network is asked about both sets, but only what its own set has labels of.
    asked = {(one.source, one.condition) for one in said(first, "sudirman")}
    assert asked == {("sudirman", "bulging"), ("sudirman", "pfirrmann"), ("spider", "bulging")}


def test_networks_that_two_experiments_share_are_trained_once(
    made: Made, tmp_path: Path, monkeypatch
) -> None:
    first = tried("starts", made, tmp_path)
    told: list[str] = []
    monkeypatch.setattr(running, "say", told.append)
    second = tried("leave-one-set-out", made, tmp_path)
    assert sum(line.startswith("epoch") for line in told) == 2 * TINY.plan.epochs
    assert [one.score for one in said(second, "both")] == [one.score for one in said(first, "imagenet")]
