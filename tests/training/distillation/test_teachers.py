"""Teachers: folds, heads of the datasets, averaging, and the distillation loss."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from spine_core.evaluation.datasets import DATASET_KEYS
from spine_core.networks.conditions import CONDITIONS
from spine_core.networks.outputs import LOGIT_SLICES, LOGITS
from spine_core.networks.preprocessing import Preprocessing
from spine_core.results import training_plans
from spine_core.training.commands import raw_logits
from spine_core.training.datasets.crop_cache import UNKNOWN, Crops
from spine_core.training.distillation import teachers
from spine_core.training.models import grader
from spine_core.training.models.crop_augmentation import plain_views

CONTRACT = Preprocessing(size=48)
BULGING = LOGIT_SLICES["bulging"].start


def discs(count: int) -> Crops:
    """Every second one is without T1, nothing is labelled, and every third one has a bright stripe."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 90, (count, 2, 64, 64)).astype(np.uint8)
    pixels[::3, 0, 26:38] += 150
    present = np.array([[True, i % 2 == 0] for i in range(count)])
    pixels[~present] = 0
    labels = np.full((count, 2, len(CONDITIONS)), UNKNOWN, dtype=np.int8)
    return Crops(pixels, present, labels, tuple(("spider", str(i), 2, "L4/L5") for i in range(count)))


HEADS = len(DATASET_KEYS)


def patients(**counts: int) -> Crops:
    """Two discs each of so many patients of every set."""
    keys = [
        (name, str(i), 2, level)
        for name, n in counts.items()
        for i in range(n)
        for level in ("L4/L5", "L5/S1")
    ]
    pixels = np.zeros((len(keys), 2, 8, 8), dtype=np.uint8)
    labels = np.full((len(keys), 2, len(CONDITIONS)), UNKNOWN, dtype=np.int8)
    return Crops(pixels, np.ones((len(keys), 2), dtype=bool), labels, tuple(keys))


def test_every_patient_is_in_one_fold_and_every_dataset_is_spread_evenly():
    crops = patients(sudirman=10, spider=5, phantom=5)
    parts = teachers.teacher_folds(crops)
    assert (parts[::2] == parts[1::2]).all(), "two discs of one patient"
    for name, each in (("sudirman", 4), ("spider", 2), ("phantom", 2)):
        own = parts[[key[0] == name for key in crops.keys]]
        assert np.bincount(own, minlength=teachers.TEACHER_FOLDS).tolist() == [each] * teachers.TEACHER_FOLDS


def labelled(crops: Crops, name: str, *conditions: str) -> None:
    columns = [[c.name for c in CONDITIONS].index(condition) for condition in conditions]
    rows = [i for i, key in enumerate(crops.keys) if key[0] == name]
    crops.labels[np.ix_(rows, [0, 1], columns)] = 0


def test_a_disc_uses_the_head_of_its_dataset_or_another_one_where_its_own_has_no_labels():
    crops = patients(sudirman=1, spider=1, phantom=1)
    labelled(crops, "sudirman", "bulging", "ddd")
    labelled(crops, "spider", "bulging", "herniation")
    labelled(crops, "phantom", *[c.name for c in CONDITIONS])
    heads = np.arange(HEADS, dtype=np.float32).repeat(LOGITS)[None].repeat(6, axis=0)
    result = teachers.route_heads(heads, crops, crops)
    assert result[:, BULGING].tolist() == [0, 0, 1, 1, 2, 2]
    assert result[:, LOGIT_SLICES["ddd"].start].tolist() == [0, 0, 0, 0, 2, 2], "SPIDER does not know it"
    assert result[:, LOGIT_SLICES["herniation"].start].tolist() == [1, 1, 1, 1, 2, 2], (
        "Sudirman does not know it"
    )
    assert (result[:, LOGIT_SLICES["modic"]] == 2).all(), "here no patient has it"


def write_predictions(work, crops: Crops, backbone: str, value: float) -> None:
    for part in range(teachers.TEACHER_FOLDS):
        raw = np.full(((teachers.teacher_folds(crops) == part).sum(), LOGITS), value + part, dtype=np.float32)
        np.savez(teachers.predictions_path(work, backbone, part), raw=raw)


def test_out_of_fold_logits_are_joined_in_the_order_of_the_discs(tmp_path):
    crops = patients(spider=7)
    write_predictions(tmp_path, crops, "resnet14", 0.0)
    write_predictions(tmp_path, crops, "efficientnet_lite0", 10.0)
    result = teachers.read_teacher_logits(tmp_path, crops)
    assert list(result) == ["efficientnet_lite0", "resnet14"]
    assert result["resnet14"][:, 0].tolist() == teachers.teacher_folds(crops).tolist()
    # Nothing is labelled, so nothing can be calibrated: the mean stays as it is.
    np.testing.assert_allclose(
        teachers.average_teachers(result, crops)[:, 0], 5.0 + teachers.teacher_folds(crops)
    )


def test_a_missing_fold_is_named(tmp_path):
    crops = patients(spider=7)
    with pytest.raises(teachers.SoftTargetsError, match="no teacher predictions"):
        teachers.read_teacher_logits(tmp_path, crops)
    write_predictions(tmp_path, crops, "resnet14", 0.0)
    teachers.predictions_path(tmp_path, "resnet14", 3).unlink()
    with pytest.raises(teachers.SoftTargetsError, match="train teacher --backbone resnet14 --fold 3"):
        teachers.read_teacher_logits(tmp_path, crops)


def test_overconfident_teachers_are_calibrated_on_the_labels():
    # Their logits are 20 where one in four is wrong: the soft target is log 3.
    crops = patients(spider=400)
    labelled(crops, "spider", "bulging")
    column = [c.name for c in CONDITIONS].index("bulging")
    crops.labels[np.arange(800) % 4 > 0, :, column] = 1
    soft_targets = teachers.average_teachers(
        {"resnet14": np.full((800, LOGITS), 20.0, dtype=np.float32)}, crops
    )
    assert soft_targets[:, BULGING] == pytest.approx(np.log(3), abs=0.05)


def test_stored_soft_targets_are_matched_by_disc_and_a_missing_disc_is_an_error(tmp_path):
    crops = patients(spider=3)
    soft_targets = np.linspace(-4, 4, 6 * LOGITS, dtype=np.float32).reshape(6, LOGITS)
    teachers.save_soft_targets(tmp_path / "soft_targets.npz", soft_targets, crops, ["resnet18", "resnet14"])
    again, backbones = teachers.load_soft_targets(tmp_path / "soft_targets.npz", crops)
    np.testing.assert_allclose(again, soft_targets, atol=2e-3)
    assert backbones == ("resnet14", "resnet18")
    fewer = crops.where([False, True, True, False, True, True])
    np.testing.assert_array_equal(
        teachers.load_soft_targets(tmp_path / "soft_targets.npz", fewer)[0], again[[1, 2, 4, 5]]
    )
    with pytest.raises(teachers.SoftTargetsError, match="lacks some of the training discs"):
        teachers.load_soft_targets(tmp_path / "soft_targets.npz", patients(spider=4))


def test_soft_targets_of_discs_above_l1_l2_that_share_a_name_keep_their_order(tmp_path):
    crops = patients(spider=1)
    crops = dataclasses.replace(crops, keys=(("spider", "p", 2, "other"),) * len(crops.keys))
    soft_targets = np.linspace(-4, 4, len(crops.keys) * LOGITS, dtype=np.float32).reshape(-1, LOGITS)
    teachers.save_soft_targets(tmp_path / "soft_targets.npz", soft_targets, crops, ["resnet18"])
    np.testing.assert_allclose(
        teachers.load_soft_targets(tmp_path / "soft_targets.npz", crops)[0], soft_targets, atol=2e-3
    )


def trained_logits(
    crops: Crops, plan: training_plans.TrainingPlan, extra: grader.DistillationTargets, work
) -> np.ndarray:
    """Raw logits of a network for its own training discs."""
    weights = grader.train(
        crops, CONTRACT, work / "state.pt", backbone="resnet14", plan=plan, start={}, extra=extra,
        log=lambda _: None,
    )  # fmt: skip
    net = grader.build("resnet14", 2)
    if extra.heads is not None:
        grader.with_heads("resnet14", net, 2)
    net.load_state_dict(weights)
    return raw_logits(net, plain_views(crops, CONTRACT, crops.present))


def test_separate_heads_learn_opposite_definitions_of_two_datasets(tmp_path):
    # A bright stripe means yes in one set and no in the other: one head for both could not learn it.
    crops = discs(48)
    bright = np.arange(48) % 3 == 0
    own = np.arange(48) % 2
    crops.labels[:, :, [c.name for c in CONDITIONS].index("bulging")] = (bright ^ (own == 1))[:, None]
    plan = training_plans.TrainingPlan(epochs=8, batch=12, learning_rate=2e-3)
    logits = trained_logits(crops, plan, grader.DistillationTargets(heads=own), tmp_path).reshape(
        48, 2, LOGITS
    )[:, :, BULGING]
    assert logits[bright, 0].min() > logits[~bright, 0].max()
    assert logits[bright, 1].max() < logits[~bright, 1].min()


def test_the_distillation_loss_has_no_gradient_at_the_soft_targets():
    # Labels that weigh positives by w move a logit by log w: the teacher's is moved alike.
    soft_targets = torch.linspace(-3, 3, LOGITS)[None]
    weight = torch.linspace(0.5, 6.0, LOGITS)
    logits = soft_targets + weight.log()
    for condition in CONDITIONS:
        if condition.name == "modic":
            # The probabilities of categories sum to 1; their prevalence is not corrected.
            part = LOGIT_SLICES["modic"]
            logits[:, part] = soft_targets[:, part] + weight[part].clamp(1.0).log() + 7.0
    logits.requires_grad_()
    teachers.distillation_loss(logits, soft_targets, weight).backward()
    assert logits.grad.abs().max() < 1e-7


def test_the_distillation_loss_equals_the_hand_computed_cross_entropy():
    # All logits 0 against all logits 0: log 2 for each yes or no, log 4 for the four Modic types.
    zeros, ones = torch.zeros(2, LOGITS), torch.ones(LOGITS)
    targets = (np.log(2) * (len(CONDITIONS) - 1) + np.log(4)) / len(CONDITIONS)
    assert teachers.distillation_loss(zeros, zeros, ones).item() == pytest.approx(targets)
    # A student at 0 whose target is certain has the loss log 2 as before, a confidently wrong one has more.
    sure, wrong = zeros.clone(), zeros.clone()
    sure[:, BULGING], wrong[:, BULGING] = 20.0, -20.0
    assert teachers.distillation_loss(zeros, sure, ones).item() == pytest.approx(targets)
    more = (20.0 - np.log(2)) / len(CONDITIONS)
    assert teachers.distillation_loss(wrong, sure, ones).item() == pytest.approx(targets + more, rel=1e-5)


def test_a_network_without_labels_learns_from_soft_targets(tmp_path):
    crops = discs(48)
    bright = np.arange(48) % 3 == 0
    soft_targets = np.zeros((48, LOGITS), dtype=np.float32)
    soft_targets[:, BULGING] = np.where(bright, 4.0, -4.0)
    plan = training_plans.TrainingPlan(epochs=6, batch=12, learning_rate=2e-3)
    logits = trained_logits(crops, plan, grader.DistillationTargets(logits=soft_targets), tmp_path)[
        :, BULGING
    ]
    assert logits[bright].min() > logits[~bright].max()
